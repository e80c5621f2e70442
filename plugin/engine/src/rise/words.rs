//! A rise as an alert: its numbers, and the sentence that a tired reader understands.

use super::LOW_WEEKS;
use super::suspicion::{Member, Rise, Suspicion, severity_of as size_of};
use crate::activity::Instant;
use crate::alert::{Alert, Cause, Severity, State, TENANT, alert_id, rounded};
use crate::calendar::Calendar;
use crate::horizon::SILENT_WEEKS_MAX;
use crate::settings::LISTED;
use crate::signals::{Parts, SignalId};

/// The alert of a rise as it stands.
pub fn told(account: &str, signal: SignalId, rise: &Rise, rests: &Suspicion, calendar: &Calendar) -> Alert {
    let beyond = beyond(signal);
    Alert {
        id: id(account, signal, rise),
        account: account.to_owned(),
        signal: signal.name().to_owned(),
        cause: Cause::Rise,
        subject: String::new(),
        state: rise.state,
        severity: rise.severity,
        opened: rise.opened,
        since: rise.since.min(rise.at),
        at: rise.at,
        // Of the account as a whole it is the probability.
        value: rounded(rise.expected.map_or(rise.probability(), |_| rise.value + beyond)),
        expected: rise.expected.map(|expected| rounded(expected + beyond)),
        threshold: None,
        unit: signal.about().unit.to_owned(),
        confidence: Some(rounded(rise.probability())),
        resolution: String::new(),
        evidence: rests.evidence.newest().into_iter().map(str::to_owned).collect(),
        evidence_total: rests.total,
        summary: summary(account, signal, rise, calendar),
        suggestion: suggestion(signal, rise, rests),
    }
}

/// The last word on a rise: how it ended, and with which usual rate.
pub fn ended(
    account: &str,
    signal: SignalId,
    rise: &Rise,
    rests: &Suspicion,
    at: Instant,
    (how, usual): (&str, f64),
    calendar: &Calendar,
) -> Alert {
    let (about, beyond) = (signal.about(), beyond(signal));
    let (noun, per) = (about.noun, about.per);
    let [now, before, usual_now] = [rise.value, rise.usual_at_first, usual].map(|value| rate(value + beyond));
    let summary = match (how, rise.expected) {
        ("back", None) => format!("no family of signals has been suspected for {LOW_WEEKS} weeks"),
        ("acted", None) => {
            format!("no family of signals has been suspected for {LOW_WEEKS} weeks, after something was done")
        }
        ("back", _) => {
            format!("{noun} are back at a usual {usual_now} {per}, with P below 0.05 for {LOW_WEEKS} weeks")
        }
        ("acted", _) => format!("{noun} are back at a usual {usual_now} {per} after something was done"),
        ("settled", None) => {
            "the account as a whole has stayed more formal: this is the new usual".to_owned()
        }
        ("settled", _) => {
            format!(
                "{noun} have settled at a usual {usual_now} {per}, up from {before}: this is the new usual"
            )
        }
        ("accepted", None) => "the account as a whole was accepted as it is".to_owned(),
        ("accepted", _) => format!("{noun} at about {now} {per} were accepted as the new usual"),
        ("not-creep", _) => "somebody said that it is no creep: quiet for 26 weeks".to_owned(),
        _ if rise.silent >= SILENT_WEEKS_MAX => {
            format!("there was nothing to measure for {SILENT_WEEKS_MAX} weeks")
        }
        _ => "the policy does not watch for this rise any more".to_owned(),
    };
    let told = told(account, signal, rise, rests, calendar);
    let is_measured = rise.expected.is_some() && matches!(how, "back" | "settled" | "acted");
    Alert {
        state: State::Resolved,
        at,
        value: if is_measured { rounded(usual + beyond) } else { told.value },
        resolution: how.to_owned(),
        summary,
        suggestion: String::new(),
        ..told
    }
}

/// The id of a rise: it follows from what it is about and when it opened.
pub fn id(account: &str, signal: SignalId, rise: &Rise) -> String {
    alert_id(account, signal.name(), Cause::Rise, "", rise.opened)
}

/// The severity of an account as a whole: that of its largest rise.
pub fn severity_of(members: &[Member]) -> Severity {
    let sizes = members.iter().map(|(_, usual, now)| size_of((*usual, *now)));
    sizes.max().unwrap_or(Severity::Info)
}

fn summary(account: &str, signal: SignalId, rise: &Rise, calendar: &Calendar) -> String {
    let since = calendar.date(rise.since);
    let certainty = if rise.score < f64::from(LISTED) {
        format!("; it is fading (P {:.2})", rise.probability())
    } else {
        format!(" (P {:.2})", rise.probability())
    };
    let Some(expected) = rise.expected else {
        let members: Vec<String> = rise.members.iter().map(member).collect();
        let members = if members.is_empty() { String::new() } else { format!(": {}", members.join(", ")) };
        return format!("the account as a whole has grown more formal since {since}{certainty}{members}");
    };
    let (about, beyond) = (signal.about(), beyond(signal));
    let who = if account == TENANT { "over all accounts, " } else { "" };
    let (usual, now) = (rate(expected + beyond), rate(rise.value + beyond));
    let company = company(rise.factor);
    let (noun, per) = (about.noun, about.per);
    format!("{who}{noun} rose from a usual {usual} to {now} {per} since {since}{certainty}{company}")
}

fn member((signal, usual, now): &Member) -> String {
    let (about, beyond) = (signal.about(), beyond(*signal));
    let (usual, now) = (rate(usual + beyond), rate(now + beyond));
    format!("{} from a usual {usual} to {now} {}", about.noun, about.per)
}

/// What people count and the watch does not.
fn beyond(signal: SignalId) -> f64 {
    signal.signal().map_or(0.0, |signal| signal.watch.beyond)
}

/// How all accounts moved together; nothing where there is no together.
fn company(factor: f64) -> String {
    if factor == 1.0 {
        return String::new();
    }
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a number saturates")]
    match libm::round((factor - 1.0) * 100.0) as i64 {
        0 => "; all accounts together did not move".to_owned(),
        percent => format!("; all accounts together moved by {percent:+} %"),
    }
}

fn suggestion(signal: SignalId, rise: &Rise, rests: &Suspicion) -> String {
    // Of an account as a whole: what its first signal suggests.
    let of = rise.members.first().map_or(signal, |(signal, ..)| *signal);
    of.signal().map_or_else(String::new, |signal| (signal.suggestion)(&Parts(&rests.parts)))
}

/// A rate as people write it: one decimal, two where it is small.
fn rate(value: f64) -> String {
    if value < 0.95 { format!("{value:.2}") } else { format!("{value:.1}") }
}
