//! Activities as the engine holds them: one shape for both doors, checked once.
//!
//! What a line of text looks like is `ndjson.rs`, what a typed record looks like is the contract's business, and
//! what counts is the engine's.

use crate::problem::Fault;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Text of an activity, mostly borrowed from the line it came in.
pub type Text<'a> = Cow<'a, str>;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;

/// 1900-01-01T00:00:00Z, the first instant taken.
pub const INSTANT_MIN: Instant = -2_208_988_800_000;
/// The last millisecond of 2199.
pub const INSTANT_MAX: Instant = 7_258_118_399_999;
/// Most bytes of a name: ids, accounts, plans, requests, people.
pub const NAME_BYTES_MAX: usize = 200;
/// Most participants of one meeting.
pub const PARTICIPANTS_MAX: usize = 10_000;
/// Most tags of one profile.
pub const TAGS_MAX: usize = 50;
/// Minutes of a day: from here on a meeting is an all-day entry.
pub const DAY_MINUTES: i32 = 1_440;

/// Whose side somebody is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Not known.
    #[default]
    Unknown,
    /// The company that runs the CRM.
    Internal,
    /// The account.
    Customer,
    /// A third party that works for the company.
    Contractor,
}

/// Somebody, or a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant<'a> {
    /// As the CRM names them; empty: not known.
    pub id: Text<'a>,
    /// Whose side they are on.
    pub side: Side,
}

/// What became of a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeetingStatus {
    /// It took place.
    #[default]
    Held,
    /// It counts once its time has passed.
    Planned,
    /// It does not count.
    Cancelled,
}

/// A meeting; the activity's `at` is its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting<'a> {
    /// Length in minutes; none: not known.
    pub duration_min: Option<i32>,
    /// Who took part; empty: not known.
    pub participants: Vec<Participant<'a>>,
    /// The CRM's series id; empty: derived.
    pub series: Text<'a>,
    /// At most [`NAME_BYTES_MAX`] bytes of it; only to derive a series.
    pub title: Text<'a>,
    /// Whether attendance is compulsory; none: not known.
    pub mandatory: Option<bool>,
    /// What became of it.
    pub status: MeetingStatus,
    /// An entry without hours.
    pub all_day: bool,
}

/// A version of a plan; the activity's `at` is when it was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVersion<'a> {
    /// Unique within the account.
    pub plan: Text<'a>,
    /// The CRM's number; none: the next one.
    pub version: Option<u32>,
    /// Who wrote it.
    pub author: Text<'a>,
    /// This version was accepted.
    pub decided: bool,
}

/// What was done with a request at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Handed in.
    Requested,
    /// Handed on.
    Forwarded,
    /// Handed back.
    Returned,
    /// Decided: yes.
    Approved,
    /// Decided: no.
    Rejected,
    /// Taken back; ends the round without a decision.
    Withdrawn,
}

/// One hand-over of a request: `from` held it, `to` acted on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalStep<'a> {
    /// Unique within the account.
    pub request: Text<'a>,
    /// From 1; orders the steps of one instant.
    pub step: Option<u32>,
    /// Who held it; an empty id: not known.
    pub from: Participant<'a>,
    /// Who acted; an empty id: not known.
    pub to: Participant<'a>,
    /// What was done.
    pub outcome: Outcome,
}

/// What happened to a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// It is new.
    #[default]
    Added,
    /// It changed.
    Amended,
    /// It is gone.
    Retired,
}

/// What kind of rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it, as in the contract")]
pub enum RuleKind {
    #[default]
    Rule,
    Report,
    Field,
    Form,
    MeetingSeries,
    ApprovalStage,
}

/// A rule, or something that works like one, came, changed or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChange<'a> {
    /// Unique within the account.
    pub rule: Text<'a>,
    /// What happened to it.
    pub change: RuleAction,
    /// What kind it is of.
    pub what: RuleKind,
}

/// Who wrote to whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it, as in the contract")]
pub enum Direction {
    #[default]
    FromCustomer,
    ToCustomer,
}

/// A message between the customer and the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange<'a> {
    /// The conversation; empty: not known.
    pub thread: Text<'a>,
    /// Who wrote to whom.
    pub direction: Direction,
}

/// Who serves the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it, as in the contract")]
pub enum Service {
    #[default]
    Unknown,
    InHouse,
    Outsourced,
}

/// Facts about the account; they replace the earlier ones whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile<'a> {
    /// Empty: none.
    pub tier: Text<'a>,
    /// Who serves the account.
    pub service: Service,
    /// Free words.
    pub tags: Vec<Text<'a>>,
}

impl Profile<'_> {
    /// The same facts, borrowed from nothing.
    pub fn into_owned(self) -> Profile<'static> {
        let owned = |text: Text<'_>| Cow::Owned(text.into_owned());
        Profile {
            tier: owned(self.tier),
            service: self.service,
            tags: self.tags.into_iter().map(owned).collect(),
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening<'a> {
    /// People met, or will.
    Meeting(Meeting<'a>),
    /// A plan was issued again.
    PlanVersion(PlanVersion<'a>),
    /// A request was handed over.
    ApprovalStep(ApprovalStep<'a>),
    /// A rule came, changed or went.
    RuleChange(RuleChange<'a>),
    /// Somebody wrote.
    Exchange(Exchange<'a>),
    /// The account's facts changed.
    Profile(Profile<'a>),
    /// The named activity must not count any more.
    Retraction(Text<'a>),
}

/// One thing that happened on one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity<'a> {
    /// Unique within `account`.
    pub id: Text<'a>,
    /// When it happened.
    pub at: Instant,
    /// Whose it is.
    pub account: Text<'a>,
    /// When this content was written.
    pub revised: Option<Instant>,
    /// What happened.
    pub happening: Happening<'a>,
}

impl Activity<'_> {
    /// Checks everything a type cannot say: lengths, ranges, reserved names.
    ///
    /// # Errors
    /// The first fault, with the field as a JSON Pointer of the text form.
    pub fn check(&self) -> Result<(), Fault> {
        name("/id", &self.id)?;
        check_account(&self.account)?;
        instant("/at", self.at)?;
        if let Some(revised) = self.revised {
            instant("/revised", revised)?;
        }
        match &self.happening {
            Happening::Meeting(meeting) => check_meeting(meeting),
            Happening::PlanVersion(plan) => {
                name("/plan", &plan.plan)?;
                optional_name("/author", &plan.author)
            }
            Happening::ApprovalStep(step) => check_step(step),
            Happening::RuleChange(rule) => name("/rule", &rule.rule),
            Happening::Exchange(exchange) => optional_name("/thread", &exchange.thread),
            Happening::Profile(profile) => check_profile(profile),
            Happening::Retraction(of) => {
                name("/of", of)?;
                if *of == self.id {
                    return Err(Fault::new(
                        "/of",
                        &quoted(of),
                        "the id of another activity than the retraction itself",
                    ));
                }
                Ok(())
            }
        }
    }
}

fn check_meeting(meeting: &Meeting<'_>) -> Result<(), Fault> {
    optional_name("/series", &meeting.series)?;
    let count = meeting.participants.len();
    if count > PARTICIPANTS_MAX {
        let expected = format!("at most {PARTICIPANTS_MAX} participants");
        return Err(Fault::new("/participants", &format!("{count} participants"), expected));
    }
    meeting.participants.iter().enumerate().try_for_each(|(i, p)| {
        optional_name("", &p.id).map_err(|fault| fault.within(i).within("participants"))
    })
}

fn check_step(step: &ApprovalStep<'_>) -> Result<(), Fault> {
    name("/request", &step.request)?;
    if step.step == Some(0) {
        return Err(Fault::new("/step", "0", "a whole number from 1 to 4294967295"));
    }
    optional_name("/from", &step.from.id)?;
    optional_name("/to", &step.to.id)
}

/// Checks that an account can have this name.
///
/// # Errors
/// Why it cannot.
pub fn check_account(account: &str) -> Result<(), Fault> {
    name("/account", account)?;
    if account == "*" {
        return Err(Fault::new("/account", "\"*\"", "another name: `*` is the tenant itself"));
    }
    Ok(())
}

fn check_profile(profile: &Profile<'_>) -> Result<(), Fault> {
    optional_name("/tier", &profile.tier)?;
    let count = profile.tags.len();
    if count > TAGS_MAX {
        return Err(Fault::new("/tags", &format!("{count} tags"), format!("at most {TAGS_MAX} tags")));
    }
    let mut tags = profile.tags.iter().enumerate();
    tags.try_for_each(|(i, tag)| name("", tag).map_err(|fault| fault.within(i).within("tags")))
}

fn name(field: &str, text: &str) -> Result<(), Fault> {
    // Nearly every name begins with something to see, and needs no closer look.
    let is_visible = text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
    if !is_visible && text.trim().is_empty() {
        return Err(Fault::new(
            field,
            &quoted(text),
            format!("1 to {NAME_BYTES_MAX} bytes, not only spaces"),
        ));
    }
    optional_name(field, text)
}

fn optional_name(field: &str, text: &str) -> Result<(), Fault> {
    if text.len() <= NAME_BYTES_MAX {
        return Ok(());
    }
    Err(Fault::new(field, &quoted(text), format!("at most {NAME_BYTES_MAX} bytes, not {}", text.len())))
}

/// As JSON would write it, which is how everything found is told.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn instant(field: &str, at: Instant) -> Result<(), Fault> {
    if (INSTANT_MIN..=INSTANT_MAX).contains(&at) {
        return Ok(());
    }
    Err(Fault::new(field, &at.to_string(), "a time in the years 1900 to 2199"))
}

/// The part of a title that is kept: its first [`NAME_BYTES_MAX`] bytes, at a character border.
pub fn kept_title(title: &str) -> &str {
    let mut end = title.len().min(NAME_BYTES_MAX);
    while !title.is_char_boundary(end) {
        end -= 1;
    }
    title.get(..end).unwrap_or_default()
}
