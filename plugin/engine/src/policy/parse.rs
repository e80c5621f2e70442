//! JSON to a policy, telling every problem at once.

use super::fields::{
    COUNT_MAX, COUNTING, Field, LIMIT_MAX, MATCH, RISE_BUDGET, RISES, SIGNAL, Setting, Shape, TOP, WEEKS_MAX,
};
use super::glob::{self, Glob};
use super::{Matching, OVERRIDES_MAX, Override, Policy, SignalPolicies};
use crate::problem::{Fault, PROBLEMS_MAX, Problem};
use crate::settings::{Lasting, Level, SignalPolicy};
use crate::signals::SignalId;
use chrono_tz::Tz;
use redtape_model::problem::escaped;
use serde_json::{Map, Value};

type Table = Map<String, Value>;

pub(super) fn parse(json: &str) -> Result<Policy, Vec<Problem>> {
    let mut faults = Vec::new();
    let policy = match serde_json::from_str::<Value>(json) {
        Err(error) => {
            faults.push(Fault::new("", json, format!("a JSON object: {error}")));
            None
        }
        Ok(Value::Object(table)) => Some(read_policy(&table, &mut faults)),
        Ok(other) => {
            faults.push(Fault::new("", &other.to_string(), "a JSON object"));
            None
        }
    };
    match policy {
        Some(policy) if faults.is_empty() => Ok(policy),
        _ => Err(faults.into_iter().take(PROBLEMS_MAX).map(|fault| Problem::new(0, fault)).collect()),
    }
}

fn read_policy(table: &Table, faults: &mut Vec<Fault>) -> Policy {
    let mut policy = Policy { text: Value::Object(table.clone()).to_string(), ..Policy::default() };
    read_fields(table, "", TOP, |_| true, &["counting", "rises", "signals", "override"], &mut policy, faults);
    if let Some(counting) = subtable(table, "", "counting", faults) {
        read_fields(counting, "/counting", COUNTING, |_| true, &[], &mut policy.counting, faults);
    }
    if let Some(rises) = subtable(table, "", "rises", faults) {
        read_fields(rises, "/rises", RISES, |_| true, &[], &mut policy.rises, faults);
        for signal in policy.signals.iter_mut() {
            (signal.rise_level, signal.rise_budget) = (policy.rises.level, policy.rises.budget);
        }
    }
    let mut signals = policy.signals.clone();
    if let Some(tables) = subtable(table, "", "signals", faults) {
        read_signals(tables, "/signals", |_| true, &mut signals, faults);
    }
    policy.signals = signals;
    match table.get("override") {
        None => {}
        Some(Value::Array(entries)) if entries.len() <= OVERRIDES_MAX => {
            for (i, entry) in entries.iter().enumerate() {
                if let Some(read) = read_override(entry, &format!("/override/{i}"), &policy.signals, faults) {
                    policy.overrides.push(read);
                }
            }
        }
        Some(Value::Array(entries)) => {
            let found = format!("{} overrides", entries.len());
            faults.push(Fault::new("/override", &found, format!("at most {OVERRIDES_MAX} overrides")));
        }
        Some(other) => {
            faults.push(Fault::new("/override", &other.to_string(), "a list of tables: [[override]]"))
        }
    }
    policy
}

fn read_override(
    value: &Value,
    at: &str,
    base: &SignalPolicies,
    faults: &mut Vec<Fault>,
) -> Option<Override> {
    let Value::Object(table) = value else {
        faults.push(Fault::new(at, &value.to_string(), "a table with `match` and `signals`"));
        return None;
    };
    unknown_keys(table, at, &["match", "signals"], faults);
    let mut matching = Matching::default();
    match subtable(table, at, "match", faults) {
        Some(keys) if !keys.is_empty() => {
            read_fields(keys, &format!("{at}/match"), MATCH, |_| true, &[], &mut matching, faults);
        }
        Some(_) => faults.push(Fault::new(format!("{at}/match"), "{}", one_of_keys(MATCH))),
        None if table.contains_key("match") => {}
        None => faults.push(Fault::new(format!("{at}/match"), "nothing", one_of_keys(MATCH))),
    }
    let mut signals = base.clone();
    match subtable(table, at, "signals", faults) {
        Some(tables) if !tables.is_empty() => {
            read_signals(tables, &format!("{at}/signals"), |key| key != RISE_BUDGET, &mut signals, faults)
        }
        None if table.contains_key("signals") => {}
        // An override that changes nothing is a mistake of whoever wrote it.
        Some(_) | None => {
            faults.push(Fault::new(format!("{at}/signals"), "nothing", "the signals that differ, as tables"));
        }
    }
    Some(Override { matching, signals })
}

fn one_of_keys<T>(fields: &[Field<T>]) -> String {
    let keys: Vec<&str> = fields.iter().map(|field| field.key).collect();
    format!("a table with at least one of {}", quoted(&keys))
}

fn read_signals(
    tables: &Table,
    at: &str,
    has: impl Fn(&str) -> bool,
    signals: &mut SignalPolicies,
    faults: &mut Vec<Fault>,
) {
    let names: Vec<&str> = SignalId::all().map(SignalId::name).collect();
    unknown_keys(tables, at, &names, faults);
    for (signal, target) in SignalId::all().zip(signals.iter_mut()) {
        let Some(table) = subtable(tables, at, signal.name(), faults) else { continue };
        let at = format!("{at}/{}", signal.name());
        let before = faults.len();
        let allowed = |key: &str| signal.has_option(key) && has(key);
        read_fields(table, &at, SIGNAL, allowed, &[], target, faults);
        if faults.len() == before {
            check_order(table, &at, signal, target, faults);
        }
    }
}

/// A critical limit below its warning would never let the warning be seen.
fn check_order(table: &Table, at: &str, signal: SignalId, policy: &SignalPolicy, faults: &mut Vec<Fault>) {
    let pairs = [
        ("warning", policy.warning, "critical", policy.critical),
        ("open_warning", policy.open_warning, "open_critical", policy.open_critical),
    ];
    for (low_key, low, high_key, high) in pairs {
        let (Some(low), Some(high)) = (low, high) else { continue };
        if high >= low {
            continue;
        }
        // The key that was written is the one to correct.
        if table.contains_key(high_key) {
            let expected = format!("at least the {low_key} of {low} {}, or \"off\"", signal.about().unit);
            faults.push(Fault::new(format!("{at}/{high_key}"), &high.to_string(), expected));
        } else {
            let expected =
                format!("at most the {high_key} of {high} {}: give that one too", signal.about().unit);
            faults.push(Fault::new(format!("{at}/{low_key}"), &low.to_string(), expected));
        }
    }
}

/// Reads the allowed keys of `fields` into `target`; every other key but the `tables` is a fault.
fn read_fields<T>(
    table: &Table,
    at: &str,
    fields: &[Field<T>],
    allowed: impl Fn(&str) -> bool,
    tables: &[&str],
    target: &mut T,
    faults: &mut Vec<Fault>,
) {
    let mut known: Vec<&str> = fields.iter().map(|field| field.key).filter(|key| allowed(key)).collect();
    for field in fields.iter().filter(|field| allowed(field.key)) {
        let Some(value) = table.get(field.key) else { continue };
        match read_setting(value, field.shape) {
            Ok(setting) => (field.set)(target, setting),
            Err(expected) => {
                faults.push(Fault::new(format!("{at}/{}", field.key), &value.to_string(), expected));
            }
        }
    }
    known.extend(tables);
    unknown_keys(table, at, &known, faults);
}

fn unknown_keys(table: &Table, at: &str, known: &[&str], faults: &mut Vec<Fault>) {
    for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
        let pointer = escaped(key);
        faults.push(Fault::new(
            format!("{at}/{pointer}"),
            key,
            format!("a known key: one of {}", quoted(known)),
        ));
    }
}

fn subtable<'a>(table: &'a Table, at: &str, key: &str, faults: &mut Vec<Fault>) -> Option<&'a Table> {
    match table.get(key)? {
        Value::Object(found) => Some(found),
        other => {
            faults.push(Fault::new(format!("{at}/{key}"), &other.to_string(), "a table"));
            None
        }
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The setting that `value` is, or what would be right.
fn read_setting(value: &Value, shape: Shape) -> Result<Setting, String> {
    let read = match shape {
        Shape::Version => value.as_u64().filter(|version| *version == 1).map(|_| Setting::Whole(1)),
        Shape::Zone => value.as_str().and_then(|name| name.parse::<Tz>().ok()).map(Setting::Zone),
        Shape::Days(max) => value.as_str().and_then(days).filter(|days| *days <= max).map(Setting::Whole),
        Shape::Flag => value.as_bool().map(Setting::Flag),
        Shape::Whole(max) => whole(value).filter(|number| *number <= max).map(Setting::Whole),
        Shape::Limit => limit(value).map(Setting::Limit),
        Shape::Lasting => value.as_str().and_then(lasting).map(Setting::Lasting),
        Shape::Level => {
            let level = |name| Level::ALL.into_iter().find(|level| level.name() == name);
            value.as_str().and_then(level).map(Setting::Level)
        }
        Shape::Budget => value.as_str().and_then(budget).map(Setting::Budget),
        Shape::Weeks(max) => {
            value.as_str().and_then(weeks).filter(|weeks| (1..=max).contains(weeks)).map(Setting::Whole)
        }
        Shape::Glob => {
            let is_pattern = |text: &&str| !text.is_empty() && Glob::is_within_limits(text);
            value.as_str().filter(is_pattern).map(|text| Setting::Text(text.to_owned()))
        }
        Shape::Text => {
            value.as_str().filter(|text| !text.is_empty()).map(|text| Setting::Text(text.to_owned()))
        }
        Shape::OneOf(names) => {
            value.as_str().filter(|text| names.contains(text)).map(|text| Setting::Text(text.to_owned()))
        }
    };
    read.ok_or_else(|| expectation(shape))
}

/// What a value of this shape looks like, for people.
pub(super) fn expectation(shape: Shape) -> String {
    match shape {
        Shape::Version => "1, the version of this format".to_owned(),
        Shape::Zone => "a time zone of the IANA database, such as \"Europe/London\"".to_owned(),
        Shape::Days(max) => format!("days or weeks as text, such as \"7d\" or \"1w\", at most {max} days"),
        Shape::Flag => "true or false".to_owned(),
        Shape::Whole(max) => format!("a whole number from 0 to {max}"),
        Shape::Limit => "a number above 0 and up to 1000000000, or \"off\"".to_owned(),
        Shape::Lasting => format!("\"2w\" or \"3 of 4w\", 1 to {WEEKS_MAX} weeks"),
        Shape::Level => format!("one of {}", quoted(&Level::ALL.map(Level::name))),
        Shape::Budget => "\"1 per 50 account-years\", both numbers from 1 to 1000000, or \"off\"".to_owned(),
        Shape::Weeks(max) => format!("weeks as text, \"1w\" to \"{max}w\""),
        Shape::Glob => format!(
            "a name or a pattern, such as \"acme\" or \"north-*\", of at most {} bytes and {} signs `*` or `?`",
            glob::BYTES_MAX,
            glob::SIGNS_MAX
        ),
        Shape::Text => "text that is not empty".to_owned(),
        Shape::OneOf(names) => format!("one of {}", quoted(names)),
    }
}

fn whole(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn limit(value: &Value) -> Option<Option<f64>> {
    if value.as_str() == Some("off") {
        return Some(None);
    }
    value.as_f64().filter(|number| *number > 0.0 && *number <= LIMIT_MAX).map(Some)
}

fn days(text: &str) -> Option<u32> {
    match text.strip_suffix('d') {
        Some(days) => count(days),
        None => weeks(text).and_then(|weeks| weeks.checked_mul(7)),
    }
}

fn weeks(text: &str) -> Option<u32> {
    text.strip_suffix('w').and_then(count)
}

fn lasting(text: &str) -> Option<Lasting> {
    let (need, of) = match text.split_once(" of ") {
        Some((need, of)) => (count(need)?, weeks(of)?),
        None => (weeks(text)?, weeks(text)?),
    };
    ((1..=of).contains(&need) && of <= WEEKS_MAX).then_some(Lasting { need, of })
}

/// Alerts an account-year.
fn budget(text: &str) -> Option<Option<f64>> {
    if text == "off" {
        return Some(None);
    }
    let (alerts, years) = text.strip_suffix(" account-years")?.split_once(" per ")?;
    let number = |text| count(text).filter(|number| (1..=COUNT_MAX).contains(number)).map(f64::from);
    Some(Some(number(alerts)? / number(years)?))
}

/// Digits only: no sign, no space.
fn count(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(policy: &str, expected: Expect) {
        let names: Vec<&str> = SignalId::all().map(SignalId::name).collect();
        let names = quoted(&names);
        let told = match Policy::parse(policy) {
            Ok(_) => "fine".to_owned(),
            Err(problems) => {
                let lines = problems
                    .iter()
                    .map(|p| format!("{}: found {}, expected {}\n", p.field, p.found, p.expected))
                    .map(|line| line.replace(&names, "NAMES"));
                lines.collect()
            }
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn all_problems_are_told_together() {
        check(
            r#"{"version":2,"time_zone":"Europe/Lundun","lateness":"7","counting":{"solo":1,"a/b":2},
                "signals":{"meeting-count":{"warning":0,"critical":"many","for":"4 of 3w"},"meetings":{},
                "plan-versions":{"for":"2w"},"approval-hops":{"open_warning":12}},
                "override":[{"match":{},"signals":{"meeting-hours":{"critical":3}}},{"signals":3},7]}"#,
            expect![[r#"
                /version: found 2, expected 1, the version of this format
                /time_zone: found "Europe/Lundun", expected a time zone of the IANA database, such as "Europe/London"
                /lateness: found "7", expected days or weeks as text, such as "7d" or "1w", at most 60 days
                /counting/solo: found 1, expected true or false
                /counting/a~1b: found a/b, expected a known key: one of `cancelled`, `all_day`, `solo`, `no_duration`, `same_version`, `bulk_edit_plans`
                /signals/meetings: found meetings, expected a known key: one of NAMES
                /signals/meeting-count/warning: found 0, expected a number above 0 and up to 1000000000, or "off"
                /signals/meeting-count/critical: found "many", expected a number above 0 and up to 1000000000, or "off"
                /signals/meeting-count/for: found "4 of 3w", expected "2w" or "3 of 4w", 1 to 26 weeks
                /signals/plan-versions/for: found for, expected a known key: one of `enabled`, `warning`, `critical`, `keep_firing_for`, `rise`, `rise_level`, `rise_budget`
                /signals/approval-hops/open_warning: found 12, expected at most the open_critical of 9 hops/request: give that one too
                /override/0/match: found {}, expected a table with at least one of `account`, `tier`, `service`, `tag`
                /override/0/signals/meeting-hours/critical: found 3, expected at least the warning of 10 h/week, or "off"
                /override/1/match: found nothing, expected a table with at least one of `account`, `tier`, `service`, `tag`
                /override/1/signals: found 3, expected a table
                /override/2: found 7, expected a table with `match` and `signals`
            "#]],
        );
    }

    #[test]
    fn mistakes_about_rises_are_told() {
        check(
            r#"{"rises":{"level":"loud","budget":"1 per year"},
                "signals":{"meeting-hours":{"rise":"yes","rise_budget":"0 per 5 account-years"},"creep":{"warning":1}},
                "override":[{"match":{"tier":"key"},"signals":{"plan-versions":{"rise_budget":"off"}}}]}"#,
            expect![[r#"
                /rises/level: found "loud", expected one of `watch`, `notice`, `likely`, `sure`
                /rises/budget: found "1 per year", expected "1 per 50 account-years", both numbers from 1 to 1000000, or "off"
                /signals/meeting-hours/rise: found "yes", expected true or false
                /signals/meeting-hours/rise_budget: found "0 per 5 account-years", expected "1 per 50 account-years", both numbers from 1 to 1000000, or "off"
                /signals/creep/warning: found warning, expected a known key: one of `enabled`, `rise_level`, `rise_budget`
                /override/0/signals/plan-versions/rise_budget: found rise_budget, expected a known key: one of `enabled`, `warning`, `critical`, `keep_firing_for`, `rise`, `rise_level`
            "#]],
        );
    }

    #[test]
    fn what_holds_for_rises_holds_for_each_signal_that_says_nothing() {
        let policy = Policy::parse(
            r#"{"rises":{"level":"sure","budget":"1 per 10 account-years"},
                "signals":{"plan-versions":{"rise_level":"watch","rise_budget":"off"},"meeting-hours":{"rise":false}},
                "override":[{"match":{"tier":"key"},"signals":{"approval-days":{"rise":false}}}]}"#,
        )
        .unwrap();
        for (signal, held) in policy.signals.each() {
            let own = signal.name() == "plan-versions";
            assert_eq!(held.rise_level, if own { Level::Watch } else { Level::Sure }, "{}", signal.name());
            assert_eq!(*policy.budgets().get(signal), Some(0.1).filter(|_| !own), "{}", signal.name());
            // What any account is watched for is followed for all.
            let is_watched = signal.name() != "meeting-hours" && signal.defaults().enabled;
            assert_eq!(*policy.watched().get(signal), is_watched, "{}", signal.name());
        }
    }

    #[test]
    fn the_first_override_that_matches_holds() {
        let policy = Policy::parse(
            r#"{"override":[{"match":{"tier":"key","tag":"eu"},"signals":{"meeting-count":{"warning":7}}},
                            {"match":{"account":"north-*"},"signals":{"meeting-count":{"critical":"off"}}}]}"#,
        )
        .unwrap();
        let key =
            crate::activity::Profile { tier: "key".into(), tags: vec!["eu".into()], ..Default::default() };
        let plain = crate::activity::Profile { tier: "key".into(), ..Default::default() };
        let of = |account: &str, profile| {
            let meetings = policy.signals_of(account, profile).get(SignalId::find("meeting-count").unwrap());
            (meetings.warning, meetings.critical)
        };
        assert_eq!(of("north-1", &key), (Some(7.0), Some(8.0)));
        assert_eq!(of("north-1", &plain), (Some(5.0), None));
        assert_eq!(of("south", &plain), (Some(5.0), Some(8.0)));
    }
}
