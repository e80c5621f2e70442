//! Alerts: their identity, and the episode that one alert is.
//!
//! When an episode opens and ends is `threshold.rs`; here is what it is made of.

use crate::activity::Instant;
use crate::counting::{Ending, Family, Trail};
use crate::signals;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// How far a value is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it, as in the contract")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The value is there, not yet for as long as the policy asks.
    Pending,
    /// Out.
    Firing,
    /// The last word on this alert.
    Resolved,
}

/// What found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A number in the policy.
    Threshold,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Cause::Threshold => "threshold",
        }
    }
}

/// What people say of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// This is the new normal.
    Accepted,
    /// It is not creep.
    NotCreep,
    /// Something was done.
    Acted,
}

/// One episode of one thing that is out, as it stands at `at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// 16 hex digits, fixed for the life of the episode.
    pub id: String,
    /// Whose.
    pub account: String,
    /// Kebab-case.
    pub signal: String,
    /// What found it.
    pub cause: Cause,
    /// Plan or request; empty: the account.
    pub subject: String,
    /// Where it stands.
    pub state: State,
    /// How far out.
    pub severity: Severity,
    /// When the episode opened.
    pub opened: Instant,
    /// Onset of what is out.
    pub since: Instant,
    /// When this state was decided.
    pub at: Instant,
    /// The value at `at`.
    pub value: f64,
    /// The limit of this severity.
    pub threshold: Option<f64>,
    /// Of the numbers.
    pub unit: String,
    /// `back` or `gone`; empty while not resolved.
    pub resolution: String,
    /// Newest first, at most 20.
    pub evidence: Vec<String>,
    /// How many there are.
    pub evidence_total: u32,
    /// One sentence with the numbers.
    pub summary: String,
    /// The smallest correction; empty: none known.
    pub suggestion: String,
}

impl Alert {
    /// The order of alerts in every answer. No two of one answer have the same: an episode that ends and one that
    /// opens at the same instant differ in when they opened.
    pub fn rank(&self) -> (Instant, &str, &str, &str, Cause, Instant) {
        (self.at, &self.account, &self.signal, &self.subject, self.cause, self.opened)
    }

    /// Takes over the newest of a trail as evidence.
    pub fn rest_on(&mut self, trail: &Trail) {
        self.evidence = trail.newest.iter().map(|id| id.to_string()).collect();
        self.evidence_total = trail.total;
    }
}

/// Subjects at the limit without an alert of their own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Further {
    /// How many.
    pub count: u32,
    /// How many of them are critical.
    pub critical: u32,
    /// The warning's limit.
    pub limit: f64,
}

/// An alert that is pending or firing, with what decides how it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// As it stands.
    pub alert: Alert,
    /// Measured weeks in a row below the warning.
    pub below_warning: u32,
    /// Measured weeks in a row below the critical limit.
    pub below_critical: u32,
    /// How its request or plan ended since it was last judged.
    pub ending: Option<Ending>,
    /// Further subjects at the limit that are no alerts of their own, told with the last of five.
    pub further: Option<Further>,
    /// What people said of it.
    pub verdict: Option<Verdict>,
}

impl Episode {
    /// A pending episode; its id follows from what it is about and when it opened.
    pub fn open(
        account: &str,
        signal: &str,
        subject: &str,
        unit: &str,
        opened: Instant,
        since: Instant,
    ) -> Self {
        let cause = Cause::Threshold;
        let alert = Alert {
            id: alert_id(account, signal, cause, subject, opened),
            account: account.to_owned(),
            signal: signal.to_owned(),
            cause,
            subject: subject.to_owned(),
            state: State::Pending,
            severity: Severity::Warning,
            opened,
            since,
            at: opened,
            value: 0.0,
            threshold: None,
            unit: unit.to_owned(),
            resolution: String::new(),
            evidence: Vec::new(),
            evidence_total: 0,
            summary: String::new(),
            suggestion: String::new(),
        };
        Self { alert, below_warning: 0, below_critical: 0, ending: None, further: None, verdict: None }
    }

    /// Whether its signal looks at this family.
    pub fn is_of(&self, family: Family) -> bool {
        signals::find(&self.alert.signal).is_some_and(|(_, signal)| signal.family() == family)
    }

    /// The alert as it is told to people.
    pub fn told(&self) -> Alert {
        let mut alert = self.alert.clone();
        if let Some(further) = self.further.filter(|_| alert.state != State::Resolved) {
            let Further { count, critical, limit } = further;
            let (more, own) = if count == 1 {
                ("1 more is".to_owned(), "an alert of its own")
            } else {
                (format!("{count} more are"), "alerts of their own")
            };
            let worse = if critical == 0 { String::new() } else { format!(", {critical} of them critical") };
            alert.summary = format!("{}; {more} at or above {limit}{worse}, without {own}", alert.summary);
        }
        alert
    }
}

/// A stable hash of what an alert is about; lengths keep the parts apart.
fn alert_id(account: &str, signal: &str, cause: Cause, subject: &str, opened: Instant) -> String {
    let parts = [account, signal, cause.name(), subject, &opened.to_string()];
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

/// `value` rounded to 4 decimals, so that every runtime tells the same digits.
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
