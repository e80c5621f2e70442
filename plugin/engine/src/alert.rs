//! Alerts: their identity, and the episode that one alert is.
//!
//! When an episode opens and ends is `threshold.rs`; here is what it is made of, and how it is told.

use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::LiveView;
use crate::plausible;
use crate::signals::{OpenLimits, SignalId};
use crate::tracks::{Ending, Family, Subject, Trail};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// The account name that stands for the tenant itself: what all its accounts do together.
pub const TENANT: &str = "*";

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
    /// The value is out for as long as the policy asks, and the alert was told.
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
    /// The series' own past.
    Rise,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Cause::Threshold => "threshold",
            Cause::Rise => "rise",
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
    /// The name of the account, or [`TENANT`].
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
    /// The usual rate; none: the cause is a threshold, or it is the account as a whole.
    pub expected: Option<f64>,
    /// The limit of this severity.
    pub threshold: Option<f64>,
    /// The probability of a rise; none: the cause is a threshold.
    pub confidence: Option<f64>,
    /// Of the numbers.
    pub unit: String,
    /// `back`, `settled`, `accepted`, `acted`, `not-creep` or `gone`; empty while not resolved.
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
    /// Whether its times lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        [self.opened, self.since, self.at].into_iter().all(plausible::instant)
    }

    /// The order of alerts in every answer. No two of one answer have the same: an episode that ends and one that
    /// opens at the same instant differ in when they opened.
    pub fn rank(&self) -> (Instant, &str, &str, &str, Cause, Instant) {
        (self.at, &self.account, &self.signal, &self.subject, self.cause, self.opened)
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

/// What an alert says, beyond its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// One sentence with the numbers.
    pub summary: String,
    /// The smallest correction; empty: none known.
    pub suggestion: String,
}

/// An alert that is pending or firing, with what decides how it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// What is out.
    pub signal: SignalId,
    /// Plan or request; empty: the account.
    pub subject: Box<str>,
    /// Pending or firing.
    pub state: State,
    /// How far out.
    pub severity: Severity,
    /// When it opened.
    pub opened: Instant,
    /// Onset of what is out.
    pub since: Instant,
    /// When its state was decided.
    pub at: Instant,
    /// The newest value.
    pub value: f64,
    /// The limit of this severity.
    pub threshold: Option<f64>,
    /// The newest activities it rests on.
    pub evidence: Trail,
    /// How many there are.
    pub evidence_total: u32,
    /// What it says.
    pub words: Words,
    /// Its plan or request is at the critical limit.
    pub is_critical: bool,
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
    /// Whether its times lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        [self.opened, self.since, self.at].into_iter().all(plausible::instant)
    }

    /// A pending episode.
    pub fn open(signal: SignalId, subject: &str, opened: Instant, since: Instant) -> Self {
        Self {
            signal,
            subject: subject.into(),
            state: State::Pending,
            severity: Severity::Warning,
            opened,
            since,
            at: opened,
            value: 0.0,
            threshold: None,
            evidence: Trail::default(),
            evidence_total: 0,
            words: Words::default(),
            is_critical: false,
            below_warning: 0,
            below_critical: 0,
            ending: None,
            further: None,
            verdict: None,
        }
    }

    /// What has the name of its subject now.
    pub fn item<'a>(&self, live: &LiveView<'a>) -> Option<Item<'a>> {
        let signal = self.signal.signal()?;
        Item::of(signal.open.as_ref()?, live.subject(signal.family, &self.subject)?, live.now())
    }

    /// Whether it is about this item of its name. A round or count that began after the alert opened is another one.
    pub fn is_about(&self, item: &Item<'_>) -> bool {
        item.subject.since() <= self.opened && item.value > 0.0
    }

    /// Takes over the numbers of an item, and says them beside the limit.
    pub fn rest_on(&mut self, item: &Item<'_>, is_critical: bool, calendar: &Calendar) {
        let activities = item.subject.activities();
        self.value = rounded(item.value);
        self.evidence = item.subject.ids().newest_of(activities);
        self.evidence_total = activities;
        self.is_critical = is_critical;
        let words = (item.limits.words)(&item.subject, self.value, calendar);
        let kind = if is_critical { "critical limit" } else { "limit" };
        let limit = crate::signals::number(self.threshold.unwrap_or_default());
        self.words = Words {
            summary: format!("{words}; the {kind} is {limit}"),
            suggestion: (item.limits.suggestion)(&item.subject),
        };
    }

    /// The same with the newest numbers of what it is about, as far as that is still there.
    pub fn refreshed(&self, live: &LiveView<'_>, calendar: &Calendar) -> Episode {
        let mut newest = self.clone();
        if let Some(item) = self.item(live).filter(|item| self.is_about(item)) {
            newest.rest_on(&item, self.is_critical, calendar);
        }
        newest
    }

    /// Whether its signal looks at this family.
    pub fn is_of(&self, family: Family) -> bool {
        self.signal.signal().is_some_and(|signal| signal.family == family)
    }

    /// Its id: it follows from what it is about and when it opened.
    pub fn id(&self, account: &str) -> String {
        alert_id(account, self.signal.name(), Cause::Threshold, &self.subject, self.opened)
    }

    /// The alert as it is told to people.
    pub fn told(&self, account: &str) -> Alert {
        let Words { summary, suggestion } = self.words.clone();
        let summary =
            self.further.as_ref().map_or_else(|| summary.clone(), |further| further.told_with(&summary));
        Alert {
            id: self.id(account),
            account: account.to_owned(),
            signal: self.signal.name().to_owned(),
            cause: Cause::Threshold,
            subject: self.subject.to_string(),
            state: self.state,
            severity: self.severity,
            opened: self.opened,
            since: self.since,
            at: self.at,
            value: self.value,
            expected: None,
            threshold: self.threshold,
            confidence: None,
            unit: self.signal.about().unit.to_owned(),
            resolution: String::new(),
            evidence: self.evidence.newest().into_iter().map(str::to_owned).collect(),
            evidence_total: self.evidence_total,
            summary,
            suggestion,
        }
    }
}

/// One open plan or request, as one signal sees it.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Which one.
    pub subject: Subject<'a>,
    /// Its value now.
    pub value: f64,
    /// How it is held against limits.
    pub limits: &'static OpenLimits,
}

impl<'a> Item<'a> {
    /// What a signal sees of a subject; none: nothing to judge.
    pub fn of(limits: &'static OpenLimits, subject: Subject<'a>, now: Instant) -> Option<Self> {
        (limits.value)(&subject, now).map(|value| Self { subject, value, limits })
    }
}

impl Further {
    fn told_with(&self, summary: &str) -> String {
        let Further { count, critical, limit } = self;
        let (more, own) = if *count == 1 {
            ("1 more is".to_owned(), "an alert of its own")
        } else {
            (format!("{count} more are"), "alerts of their own")
        };
        let worse = if *critical == 0 { String::new() } else { format!(", {critical} of them critical") };
        format!("{summary}; {more} at or above {limit}{worse}, without {own}")
    }
}

/// A stable hash of what an alert is about; lengths keep the parts apart.
pub(crate) fn alert_id(account: &str, signal: &str, cause: Cause, subject: &str, opened: Instant) -> String {
    let parts = [account, signal, cause.name(), subject, &opened.to_string()];
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

/// `value` rounded to 4 decimals, so that every runtime tells the same digits.
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
