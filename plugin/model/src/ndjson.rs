//! One line of text to one [`Activity`], or a [`Fault`] that says what would be right.
//!
//! The fields are listed in `wit/README.md`; unknown ones are ignored, because CRMs add fields. What makes an activity
//! valid beyond its types is `activity.rs`.

mod instant;
pub mod names;
pub mod plain;
mod quick;
pub mod rfc3339;
mod value;

use crate::activity::{
    Activity, ApprovalStep, Direction, Exchange, Happening, Instant, Meeting, MeetingStatus, Outcome,
    Participant, PlanVersion, Profile, RuleAction, RuleChange, RuleKind, Service, Side, Text, kept_title,
};
use crate::problem::Fault;
use chrono::DateTime;
use value::{Fields, Value};

/// Most bytes of one line, without its line end.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// So much of a broken line is quoted before the place where it breaks.
const AROUND_BYTES: usize = 30;
const TEXT: &str = "text of 1 to 200 bytes";
const TIME: &str = "an RFC 3339 time with its offset, such as 2026-05-09T14:30:00Z";
const MINUTES: &str = "whole minutes, such as 45";
const KINDS: &[(&str, Kind)] = &[
    ("meeting", Kind::Meeting),
    ("plan-version", Kind::PlanVersion),
    ("approval-step", Kind::ApprovalStep),
    ("rule-change", Kind::RuleChange),
    ("exchange", Kind::Exchange),
    ("profile", Kind::Profile),
    ("retraction", Kind::Retraction),
];
const SIDES: &[(&str, Side)] = &[
    ("unknown", Side::Unknown),
    ("internal", Side::Internal),
    ("customer", Side::Customer),
    ("contractor", Side::Contractor),
];
const STATUSES: &[(&str, MeetingStatus)] = &[
    ("held", MeetingStatus::Held),
    ("planned", MeetingStatus::Planned),
    ("cancelled", MeetingStatus::Cancelled),
];
const OUTCOMES: &[(&str, Outcome)] = &[
    ("requested", Outcome::Requested),
    ("forwarded", Outcome::Forwarded),
    ("returned", Outcome::Returned),
    ("approved", Outcome::Approved),
    ("rejected", Outcome::Rejected),
    ("withdrawn", Outcome::Withdrawn),
];
const CHANGES: &[(&str, RuleAction)] =
    &[("added", RuleAction::Added), ("amended", RuleAction::Amended), ("retired", RuleAction::Retired)];
const RULE_KINDS: &[(&str, RuleKind)] = &[
    ("rule", RuleKind::Rule),
    ("report", RuleKind::Report),
    ("field", RuleKind::Field),
    ("form", RuleKind::Form),
    ("meeting-series", RuleKind::MeetingSeries),
    ("approval-stage", RuleKind::ApprovalStage),
];
const DIRECTIONS: &[(&str, Direction)] =
    &[("from-customer", Direction::FromCustomer), ("to-customer", Direction::ToCustomer)];
const SERVICES: &[(&str, Service)] =
    &[("unknown", Service::Unknown), ("in-house", Service::InHouse), ("outsourced", Service::Outsourced)];

#[derive(Clone, Copy)]
enum Kind {
    Meeting,
    PlanVersion,
    ApprovalStep,
    RuleChange,
    Exchange,
    Profile,
    Retraction,
}

/// Reads one line.
///
/// # Errors
/// The first fault: a line over [`LINE_BYTES_MAX`], no JSON object, a field missing, of a wrong type or out of range.
///
/// ```
/// let line = r#"{"id":"m1","at":"2026-05-09T14:30:00+02:00","account":"acme","kind":"meeting","duration_min":30}"#;
/// assert_eq!(redtape_model::ndjson::parse_line(line).unwrap().at, 1_778_329_800_000);
/// ```
pub fn parse_line(line: &str) -> Result<Activity<'_>, Fault> {
    let common = if line.len() <= LINE_BYTES_MAX { quick::parse(line) } else { None };
    match common {
        Some(activity) => Ok(activity),
        None => parse_line_by_serde(line),
    }
}

/// Reads one line by serde_json alone: what [`parse_line`] falls back on, and is compared with.
///
/// # Errors
/// As [`parse_line`].
#[doc(hidden)]
pub fn parse_line_by_serde(line: &str) -> Result<Activity<'_>, Fault> {
    if line.len() > LINE_BYTES_MAX {
        let expected = format!("a line of at most {LINE_BYTES_MAX} bytes");
        return Err(Fault::new("", &format!("{} bytes", line.len()), expected));
    }
    let mut fields: Fields<'_> = serde_json::from_str(line).map_err(|error| syntax_fault(line, &error))?;
    let id = required_text(&mut fields, "id")?;
    let at = required_instant(&mut fields, "at")?;
    let account = required_text(&mut fields, "account")?;
    let revised = optional_instant(&mut fields, "revised")?;
    let kind = required_choice(&mut fields, "kind", KINDS)?;
    let happening = match kind {
        Kind::Meeting => Happening::Meeting(meeting(&mut fields, at)?),
        Kind::PlanVersion => Happening::PlanVersion(plan_version(&mut fields)?),
        Kind::ApprovalStep => Happening::ApprovalStep(approval_step(&mut fields)?),
        Kind::RuleChange => Happening::RuleChange(RuleChange {
            rule: required_text(&mut fields, "rule")?,
            change: required_choice(&mut fields, "change", CHANGES)?,
            what: required_choice(&mut fields, "what", RULE_KINDS)?,
        }),
        Kind::Exchange => Happening::Exchange(Exchange {
            thread: optional_text(&mut fields, "thread")?,
            direction: required_choice(&mut fields, "direction", DIRECTIONS)?,
        }),
        Kind::Profile => Happening::Profile(profile(&mut fields)?),
        Kind::Retraction => Happening::Retraction(required_text(&mut fields, "of")?),
    };
    let activity = Activity { id, at, account, revised, happening };
    activity.check()?;
    Ok(activity)
}

fn meeting<'a>(fields: &mut Fields<'a>, at: Instant) -> Result<Meeting<'a>, Fault> {
    let stated = optional_whole(fields, "duration_min", i64::from(i32::MIN), i64::from(i32::MAX), MINUTES)?;
    Ok(Meeting {
        duration_min: minutes(at, optional_instant(fields, "end")?, stated),
        participants: list(fields, "participants", participant)?,
        series: optional_text(fields, "series")?,
        title: kept(optional_text(fields, "title")?),
        mandatory: optional_flag(fields, "mandatory")?,
        status: optional_choice(fields, "status", STATUSES)?.unwrap_or_default(),
        all_day: optional_flag(fields, "all_day")?.unwrap_or(false),
    })
}

/// The length of a meeting. Both ends beat the stated one: CRMs' own duration fields are wrong often enough.
fn minutes(at: Instant, end: Option<Instant>, stated: Option<i64>) -> Option<i32> {
    let minutes = end.map_or(stated, |end| Some((end - at + 30_000).div_euclid(60_000)));
    minutes.map(|minutes| i32::try_from(minutes).unwrap_or(if minutes < 0 { i32::MIN } else { i32::MAX }))
}

/// A title, shortened to what is kept of it.
fn kept(title: Text<'_>) -> Text<'_> {
    match title {
        Text::Borrowed(title) => kept_title(title).into(),
        Text::Owned(title) => kept_title(&title).to_owned().into(),
    }
}

fn plan_version<'a>(fields: &mut Fields<'a>) -> Result<PlanVersion<'a>, Fault> {
    Ok(PlanVersion {
        plan: required_text(fields, "plan")?,
        version: optional_u32(fields, "version", 0)?,
        author: optional_text(fields, "author")?,
        decided: optional_flag(fields, "decided")?.unwrap_or(false),
    })
}

fn approval_step<'a>(fields: &mut Fields<'a>) -> Result<ApprovalStep<'a>, Fault> {
    Ok(ApprovalStep {
        request: required_text(fields, "request")?,
        step: optional_u32(fields, "step", 1)?,
        from: optional_participant(fields, "from")?,
        to: optional_participant(fields, "to")?,
        outcome: required_choice(fields, "outcome", OUTCOMES)?,
    })
}

fn profile<'a>(fields: &mut Fields<'a>) -> Result<Profile<'a>, Fault> {
    Ok(Profile {
        tier: optional_text(fields, "tier")?,
        service: optional_choice(fields, "service", SERVICES)?.unwrap_or_default(),
        tags: list(fields, "tags", text)?,
    })
}

fn optional_participant<'a>(fields: &mut Fields<'a>, key: &str) -> Result<Participant<'a>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok(Participant::default()),
        value => participant(value).map_err(|fault| fault.within(key)),
    }
}

fn participant(value: Value<'_>) -> Result<Participant<'_>, Fault> {
    match value {
        Value::Text(id) => Ok(Participant { id, side: Side::Unknown }),
        Value::Object(members) => {
            let mut found = Participant::default();
            for (at, (key, member)) in members.iter().enumerate() {
                let is_known = matches!(&**key, "id" | "side");
                let mut before = members.iter().take(at);
                if is_known && before.any(|(other, value)| other == key && value != member) {
                    return Err(repeated(key));
                }
            }
            for (key, member) in members {
                match (&*key, member) {
                    ("id" | "side", Value::Null) => {}
                    ("id", member) => found.id = text(member).map_err(|fault| fault.within("id"))?,
                    ("side", member) => {
                        found.side = choice(&member, SIDES).map_err(|fault| fault.within("side"))?;
                    }
                    _ => {}
                }
            }
            Ok(found)
        }
        other => Err(Fault::new(
            "",
            &other.to_string(),
            "text, or an object such as {\"id\":\"u1\",\"side\":\"customer\"}",
        )),
    }
}

// One function a shape: what is taken, and what a fault of it says.

fn required_text<'a>(fields: &mut Fields<'a>, key: &str) -> Result<Text<'a>, Fault> {
    let value = fields.take(key);
    match value {
        Value::Text(text) => Ok(text),
        other => Err(Fault::new(format!("/{key}"), &other.to_string(), TEXT)),
    }
}

fn optional_text<'a>(fields: &mut Fields<'a>, key: &str) -> Result<Text<'a>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok("".into()),
        Value::Text(text) => Ok(text),
        other => Err(Fault::new(format!("/{key}"), &other.to_string(), "text")),
    }
}

fn text(value: Value<'_>) -> Result<Text<'_>, Fault> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(Fault::new("", &other.to_string(), "text")),
    }
}

fn required_instant(fields: &mut Fields<'_>, key: &str) -> Result<Instant, Fault> {
    instant(&fields.take(key)).map_err(|fault| fault.within(key))
}

fn optional_instant(fields: &mut Fields<'_>, key: &str) -> Result<Option<Instant>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok(None),
        value => instant(&value).map(Some).map_err(|fault| fault.within(key)),
    }
}

fn instant(value: &Value<'_>) -> Result<Instant, Fault> {
    let Value::Text(text) = value else { return Err(Fault::new("", &value.to_string(), TIME)) };
    let Ok(time) = DateTime::parse_from_rfc3339(text) else {
        return Err(Fault::new("", &value.to_string(), TIME));
    };
    let at = time.timestamp_millis();
    if (crate::activity::INSTANT_MIN..=crate::activity::INSTANT_MAX).contains(&at) {
        return Ok(at);
    }
    Err(Fault::new("", &value.to_string(), "a time in the years 1900 to 2199"))
}

fn optional_flag(fields: &mut Fields<'_>, key: &str) -> Result<Option<bool>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(flag)),
        other => Err(Fault::new(format!("/{key}"), &other.to_string(), "true or false")),
    }
}

fn optional_u32(fields: &mut Fields<'_>, key: &str, min: u32) -> Result<Option<u32>, Fault> {
    let expected =
        if min == 0 { "a whole number from 0 to 4294967295" } else { "a whole number from 1 to 4294967295" };
    let number = optional_whole(fields, key, i64::from(min), i64::from(u32::MAX), expected)?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

fn optional_whole(
    fields: &mut Fields<'_>,
    key: &str,
    min: i64,
    max: i64,
    expected: &str,
) -> Result<Option<i64>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok(None),
        Value::Whole(number) if (min..=max).contains(&number) => Ok(Some(number)),
        other => Err(Fault::new(format!("/{key}"), &other.to_string(), expected)),
    }
}

fn required_choice<T: Copy>(fields: &mut Fields<'_>, key: &str, choices: &[(&str, T)]) -> Result<T, Fault> {
    choice(&fields.take(key), choices).map_err(|fault| fault.within(key))
}

fn optional_choice<T: Copy>(
    fields: &mut Fields<'_>,
    key: &str,
    choices: &[(&str, T)],
) -> Result<Option<T>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok(None),
        value => choice(&value, choices).map(Some).map_err(|fault| fault.within(key)),
    }
}

fn choice<T: Copy>(value: &Value<'_>, choices: &[(&str, T)]) -> Result<T, Fault> {
    if let Value::Text(text) = value
        && let Some((_, chosen)) = choices.iter().find(|(name, _)| name == text)
    {
        return Ok(*chosen);
    }
    let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
    Err(Fault::new("", &value.to_string(), format!("one of {}", names.join(", "))))
}

fn list<'a, T>(
    fields: &mut Fields<'a>,
    key: &str,
    element: impl Fn(Value<'a>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    match fields.take(key) {
        Value::Missing | Value::Null => Ok(Vec::new()),
        Value::List(values) => {
            let elements = values.into_iter().enumerate();
            elements.map(|(i, value)| element(value).map_err(|fault| fault.within(i).within(key))).collect()
        }
        other => Err(Fault::new(format!("/{key}"), &other.to_string(), "a list")),
    }
}

fn repeated(key: &str) -> Fault {
    Fault::new(format!("/{key}"), &format!("`{key}` twice"), "each field at most once")
}

/// A fault of the text itself, quoting it from shortly before where serde_json gave up.
fn syntax_fault(line: &str, error: &serde_json::Error) -> Fault {
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    // serde_json's word for a bare word that is none of true, false and null.
    let reason = if reason == "expected ident" { "a bare word" } else { reason };
    if let Some(key) = reason.strip_prefix(value::REPEATED) {
        return repeated(key);
    }
    if reason.starts_with("invalid type") {
        return Fault::new("", line, "a JSON object");
    }
    // What stands around the place says more than the rest of the line.
    let place = error.column().saturating_sub(1).min(line.len());
    let mut from = place.saturating_sub(AROUND_BYTES);
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    let found = line.get(from..).unwrap_or_default();
    Fault::new("", found, format!("one JSON object a line: {reason} at column {}", error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(line: &str, expected: Expect) {
        let told = match parse_line(line) {
            Ok(activity) => format!("{activity:?}"),
            Err(fault) => format!("{}: found {}, expected {}", fault.field, fault.found, fault.expected),
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn offsets_leap_years_and_fractions_are_read() {
        let at = |text: &str| {
            parse_line(&format!(r#"{{"id":"a","at":"{text}","account":"b","kind":"retraction","of":"c"}}"#))
                .map(|activity| activity.at)
        };
        assert_eq!(at("2024-02-29T00:30:00+01:00").unwrap(), at("2024-02-28T23:30:00Z").unwrap());
        assert_eq!(at("1970-01-01T00:00:00.123456Z").unwrap(), 123);
        assert_eq!(at("1900-01-01T00:00:00Z").unwrap(), crate::activity::INSTANT_MIN);
        assert_eq!(at("2199-12-31T23:59:59.999Z").unwrap(), crate::activity::INSTANT_MAX);
        assert!(at("1899-12-31T23:59:59.999Z").is_err() && at("2199-12-31T23:59:59-01:00").is_err());
        assert!(at("2023-02-29T00:00:00Z").is_err() && at("1900-02-29T00:00:00Z").is_err());
    }

    #[test]
    fn the_end_beats_a_stated_duration() {
        let line = r#"{"id":"a","at":"2026-05-09T14:00:00Z","end":"2026-05-09T14:45:00Z","duration_min":0,"account":"b","kind":"meeting","participants":["u1",{"id":"u2","side":"customer","x":1}]}"#;
        check(
            line,
            expect![[
                r#"Activity { id: "a", at: 1778335200000, account: "b", revised: None, happening: Meeting(Meeting { duration_min: Some(45), participants: [Participant { id: "u1", side: Unknown }, Participant { id: "u2", side: Customer }], series: "", title: "", mandatory: None, status: Held, all_day: false }) }"#
            ]],
        );
    }

    #[test]
    fn a_repeated_field_and_broken_text_are_named() {
        check(r#"{"id":"a","id":"b"}"#, expect!["/id: found `id` twice, expected each field at most once"]);
        check(
            r#"{"id":"a","at":"2026-05-09T14:00:00Z","account":"b","kind":"meeting","participants":["u1",{"id":"u2","side":"internal","side":"customer"}]}"#,
            expect!["/participants/1/side: found `side` twice, expected each field at most once"],
        );
        check(
            r#"{"id":"a","at":nope}"#,
            expect![[
                r#": found {"id":"a","at":nope}, expected one JSON object a line: a bare word at column 17"#
            ]],
        );
        check("[1]", expect![": found [1], expected a JSON object"]);
    }
}
