//! What is kept of a series while it may be rising, and the episode that one alert of a rise is.

use crate::activity::Instant;
use crate::alert::{Severity, State, Verdict};
use crate::calendar::Week;
use crate::horizon::SILENT_WEEKS_MAX;
use crate::plausible;
use crate::settings::LISTED;
use crate::signals::{MEASURED, Part, SignalId, WeekPart};
use crate::tracks::{EVIDENCE_MAX, Trail};
use serde::{Deserialize, Serialize};

/// Parts of what rises that are counted apart; those beyond are not counted.
const PARTS_MAX: usize = 8;
/// Weeks that `not-creep` keeps a series quiet.
const QUIET_WEEKS: Week = 26;
/// Below it nothing is suspected: a rise began in the week after the last such one.
pub(super) const CALM: f32 = -4.0;
/// Log-odds of P = 0.05: alerts end below it.
pub const LOW: f32 = -2.944;
/// Weeks in a row below [`LOW`] after which a rise is over.
pub const LOW_WEEKS: u8 = 4;
/// How much higher the usual rate must be at the end for the rise to have settled.
const SETTLED_FROM: f64 = 1.2;

/// What a series that may be rising rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Suspicion {
    /// The newest activities since it began.
    pub evidence: Trail,
    /// How many there are.
    pub total: u32,
    /// What they are made of, and how much of it: series of meetings, plans, kinds of hops, steps.
    pub parts: Vec<Part>,
    /// Somebody said that it is no creep: quiet through this week.
    pub quiet_until: Option<Week>,
    /// The episode, once it is at the level of watching.
    pub rise: Option<Rise>,
}

/// A rise that is pending or firing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rise {
    /// Pending: listed, not told.
    pub state: State,
    /// The highest so far.
    pub severity: Severity,
    /// When it opened.
    pub opened: Instant,
    /// When it was told last.
    pub at: Instant,
    /// When the rise began.
    pub since: Instant,
    /// The rate of now, of this signal's kind; a probability where it is the account as a whole.
    pub value: f64,
    /// The usual rate; none where it is the account as a whole.
    pub expected: Option<f64>,
    /// Log-odds of the newest measured week.
    pub score: f64,
    /// How all accounts moved together.
    pub factor: f64,
    /// The usual rate when it was told first.
    pub usual_at_first: f64,
    /// Closed weeks in a row with nothing to measure.
    pub silent: u32,
    /// Of the account as a whole: which signals, from which rate to which.
    pub members: Vec<Member>,
    /// What people said of it.
    pub verdict: Option<Verdict>,
}

/// A signal that speaks for the account as a whole, with its usual rate and the rate of now.
pub type Member = (SignalId, f64, f64);

/// What a closed week says of one series, and what it is held against.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The week that has closed.
    pub week: Week,
    /// When it closed.
    pub at: Instant,
    /// When the rise began, if it is one.
    pub since: Instant,
    /// Log-odds; none: there was nothing to measure, or it is too early.
    pub score: Option<f64>,
    /// Weeks in a row in which it was low.
    pub low_weeks: u8,
    /// Whether the level became the new usual.
    pub settled: bool,
    /// From which log-odds on it is listed, and told; none: the policy does not ask.
    pub levels: Option<(f64, f64)>,
    /// The usual rate and the rate of now.
    pub rates: (f64, f64),
    /// The usual rate outside of creep; of the account as a whole, by how much that of its signals has grown.
    pub usual: f64,
    /// How all accounts moved together.
    pub factor: f64,
    /// By how much; none: it follows from the rates.
    pub severity: Option<Severity>,
    /// Whether a limit is reached as well.
    pub at_limit: bool,
    /// Of the account as a whole.
    pub members: Vec<Member>,
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It fires, or is worse.
    Fires,
    /// It is over, and how.
    Ends(&'static str),
}

impl Suspicion {
    /// Adds what a week rests on, oldest first.
    pub fn rests_on(&mut self, ids: &[&[u8]], parts: Vec<WeekPart<'_>>) {
        self.rests_on_more(u32::try_from(ids.len()).unwrap_or(u32::MAX));
        let older = ids.len().saturating_sub(EVIDENCE_MAX as usize);
        ids.iter().skip(older).for_each(|id| self.evidence.push(id));
        self.evidence.keep_newest(EVIDENCE_MAX, 0);
        for WeekPart { name, amount, title } in parts {
            let full = self.parts.len() >= PARTS_MAX;
            match self.parts.iter_mut().find(|held| *held.name == *name) {
                Some(held) => {
                    held.amount = held.amount.saturating_add(amount);
                    if !title.trim().is_empty() && *held.title != *title {
                        held.title = title.into();
                    }
                }
                None if full => {}
                None => self.parts.push(Part { name: name.into(), amount, title: title.into() }),
            }
        }
    }

    /// Adds activities that are only counted.
    pub fn rests_on_more(&mut self, activities: u32) {
        self.total = self.total.saturating_add(activities);
    }

    /// What several series rest on together; the parts are those of the first.
    pub fn of_all<'a>(each: impl Iterator<Item = &'a Suspicion>) -> Self {
        let mut all = Self::default();
        for held in each {
            all.rests_on_more(held.total);
            for id in held.evidence.newest().into_iter().rev() {
                all.evidence.push(id.as_bytes());
            }
            if all.parts.is_empty() {
                all.parts.clone_from(&held.parts);
            }
        }
        all.evidence.keep_newest(EVIDENCE_MAX, 0);
        all
    }

    /// Whether its rise is fading: what comes now is no evidence of it.
    pub fn is_fading(&self) -> bool {
        self.rise.as_ref().is_some_and(|rise| rise.score < f64::from(LISTED))
    }

    /// Whether nothing of it is needed any more.
    pub fn is_over(&self, score: f32, week: Week) -> bool {
        score < CALM && self.rise.is_none() && self.quiet_until.is_none_or(|until| until < week)
    }

    /// Somebody says that it is no creep.
    pub fn be_quiet(&mut self, week: Week) {
        self.quiet_until = Some(week + QUIET_WEEKS);
    }

    /// Whether its times lie in the calendar and its numbers can be.
    pub(crate) fn is_plausible(&self) -> bool {
        let rise = |rise: &Rise| {
            let times = [rise.opened, rise.at, rise.since].into_iter().all(plausible::instant);
            let members = rise.members.iter().flat_map(|(_, usual, now)| [*usual, *now]);
            let numbers = [rise.value, rise.score, rise.factor, rise.usual_at_first];
            let all = numbers.into_iter().chain(rise.expected).chain(members);
            times && rise.members.len() <= MEASURED && all.into_iter().all(|it| it.abs() <= 1e16)
        };
        self.parts.len() <= PARTS_MAX
            && self.quiet_until.is_none_or(plausible::week)
            && self.rise.as_ref().is_none_or(rise)
    }

    /// Holds a closed week against the levels; what is to be told, and of which rise.
    pub fn judge(&mut self, week: &Assessment) -> Option<(Told, Rise)> {
        let mut rise = self.rise.take();
        let told = self.course(&mut rise, week);
        match told {
            Some(Told::Ends(_)) => {
                rise.filter(|rise| rise.state == State::Firing).zip(told).map(|(rise, told)| (told, rise))
            }
            _ => {
                self.rise = rise;
                told.zip(self.rise.clone())
            }
        }
    }

    fn course(&self, rise: &mut Option<Rise>, week: &Assessment) -> Option<Told> {
        let Some((listed, speaks)) = week.levels else { return rise.as_ref().map(|_| Told::Ends("gone")) };
        let Some(score) = week.score else {
            let rise = rise.as_mut()?;
            rise.silent = rise.silent.saturating_add(1);
            return (rise.silent >= SILENT_WEEKS_MAX).then_some(Told::Ends("gone"));
        };
        if week.settled {
            return rise.as_ref().map(|_| Told::Ends("settled"));
        }
        if rise.is_none() {
            let is_quiet = self.quiet_until.is_some_and(|until| week.week <= until);
            if is_quiet || score < listed.min(speaks) {
                return None;
            }
        }
        let held = rise.get_or_insert_with(|| Rise::open(week));
        if week.low_weeks >= LOW_WEEKS {
            let acted = held.verdict == Some(Verdict::Acted);
            let settled = week.usual > SETTLED_FROM * held.usual_at_first;
            return Some(Told::Ends(if settled {
                "settled"
            } else if acted {
                "acted"
            } else {
                "back"
            }));
        }
        held.take(week, score, listed.min(speaks));
        let severity = week.severity();
        let is_first = held.state == State::Pending;
        if score < speaks || !is_first && severity <= held.severity {
            return None;
        }
        if is_first {
            held.usual_at_first = week.rates.0;
        }
        (held.state, held.severity, held.at) = (State::Firing, severity, week.at);
        Some(Told::Fires)
    }
}

impl Assessment {
    /// A week that says nothing.
    pub fn silent(week: Week, at: Instant) -> Self {
        Self {
            week,
            at,
            since: at,
            score: None,
            low_weeks: 0,
            settled: false,
            levels: None,
            rates: (1.0, 1.0),
            usual: 0.0,
            factor: 1.0,
            severity: None,
            at_limit: false,
            members: Vec::new(),
        }
    }

    /// How far out: by value over expected, one step up where a limit is reached as well.
    fn severity(&self) -> Severity {
        let severity = self.severity.unwrap_or_else(|| severity_of(self.rates));
        match severity {
            Severity::Info if self.at_limit => Severity::Warning,
            Severity::Warning if self.at_limit => Severity::Critical,
            severity => severity,
        }
    }
}

/// The probability that has these log-odds.
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

/// Value over expected from which on a rise is a warning, and critical.
const WARNING_FROM: f64 = 1.4;
const CRITICAL_FROM: f64 = 2.0;

/// How far out a rise from the first to the second rate is.
pub(super) fn severity_of((expected, value): (f64, f64)) -> Severity {
    if value >= CRITICAL_FROM * expected {
        Severity::Critical
    } else if value >= WARNING_FROM * expected {
        Severity::Warning
    } else {
        Severity::Info
    }
}

impl Rise {
    fn open(week: &Assessment) -> Self {
        Self {
            state: State::Pending,
            severity: Severity::Info,
            opened: week.at,
            at: week.at,
            since: week.since,
            value: 0.0,
            expected: None,
            score: 0.0,
            factor: 1.0,
            usual_at_first: week.rates.0,
            silent: 0,
            members: Vec::new(),
            verdict: None,
        }
    }

    /// Takes over the newest numbers; once it fades, those of the rise itself stay.
    fn take(&mut self, week: &Assessment, score: f64, listed: f64) {
        (self.silent, self.score) = (0, score);
        if score < listed {
            return;
        }
        (self.factor, self.since) = (week.factor, week.since);
        self.members.clone_from(&week.members);
        if week.severity.is_some() {
            (self.value, self.expected) = (self.probability(), None);
        } else {
            (self.value, self.expected) = (week.rates.1, Some(week.rates.0));
        }
    }

    /// The probability of a rise.
    pub fn probability(&self) -> f64 {
        probability(self.score)
    }
}
