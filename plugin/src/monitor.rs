//! The engine: activities in, time forward, alerts out. The only file that knows the order of the steps.
//!
//! `observe` takes in and decides nothing; `advance` closes weeks one by one, each account by itself, and then judges what
//! is still open. What the state looks like as text is `snapshot.rs`.

mod answer;
mod intake;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod properties;
mod question;

pub use answer::{Error, Intake, Point, Progress, SeriesStanding, Standing, Tallies};

use crate::account::{Account, Map};
use crate::activity::{INSTANT_MAX, INSTANT_MIN, Instant};
use crate::alert::Alert;
use crate::calendar::{Calendar, DAY_MS, Week};
use crate::counting::{self, WeekFacts};
use crate::open::Scratch;
use crate::policy::{POLICY_BYTES_MAX, Policy};
use crate::problem::{Fault, Problem};
use crate::signals::SignalName;
use crate::threshold::{self, Moment};
use std::collections::VecDeque;

/// Most accounts of an instance.
pub const ACCOUNTS_MAX: usize = 100_000;
/// Most records or lines of one call.
pub const BATCH_RECORDS_MAX: usize = 100_000;
/// Most bytes of text of one call.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most alerts of one answer.
pub const ALERTS_MAX: usize = 10_000;
/// How far an activity may lie ahead of the present time: 400 days.
pub const AHEAD_MS_MAX: i64 = 400 * DAY_MS;

/// One tenant, or one shard of one.
#[derive(Debug, Default)]
pub struct Monitor {
    pub(crate) setup: Option<Setup>,
    pub(crate) now: Option<Instant>,
    /// The newest closed week.
    pub(crate) closed: Option<Week>,
    pub(crate) accounts: Map<Account>,
    /// Decided, but not yet told: answers are limited.
    pub(crate) untold: VecDeque<Alert>,
    pub(crate) dropped: Tallies,
    /// Memory that is lent from call to call; holds nothing.
    lent: Lent,
}

#[derive(Debug, Default)]
struct Lent {
    scratch: Scratch,
    facts: WeekFacts,
    order: Vec<usize>,
}

/// What `configure` sets.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) policy: Policy,
    pub(crate) calendar: Calendar,
}

impl Setup {
    pub(crate) fn new(policy: Policy) -> Self {
        let calendar = Calendar::new(policy.time_zone, policy.lateness_days);
        Self { policy, calendar }
    }
}

impl Monitor {
    /// Sets the policy, or another one.
    ///
    /// # Errors
    /// [`Error::Policy`] with every problem; [`Error::TooLarge`].
    pub fn configure(&mut self, policy: &str) -> Result<(), Error> {
        if policy.len() > POLICY_BYTES_MAX {
            return Err(too_large(POLICY_BYTES_MAX));
        }
        let policy = Policy::parse(policy).map_err(Error::Policy)?;
        if let Some(setup) = self.setup.as_ref().filter(|_| self.closed.is_some()) {
            let held = &setup.policy;
            let mut faults = Vec::new();
            if held.time_zone != policy.time_zone {
                let expected =
                    format!("\"{}\": the zone is fixed once time has moved", held.time_zone.name());
                faults.push(Fault::new("/time_zone", policy.time_zone.name(), expected));
            }
            if held.lateness_days != policy.lateness_days {
                let expected =
                    format!("\"{}d\": the lateness is fixed once time has moved", held.lateness_days);
                faults.push(Fault::new("/lateness", &format!("{}d", policy.lateness_days), expected));
            }
            if !faults.is_empty() {
                return Err(Error::Policy(faults.into_iter().map(|fault| Problem::new(0, fault)).collect()));
            }
        }
        log::info!(
            "policy set: time_zone={} lateness_days={}",
            policy.time_zone.name(),
            policy.lateness_days
        );
        self.setup = Some(Setup::new(policy));
        self.accounts.values_mut().for_each(|account| account.changed = true);
        Ok(())
    }

    /// Moves time to `to`: closes weeks, judges what is open, and tells what changed.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::TimeWentBack`]; [`Error::TimeOutOfRange`].
    pub fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        self.check_time(to)?;
        let mut progress = Progress::default();
        if self.untold.is_empty() {
            let mut told = Vec::new();
            let reached = self.close_weeks(to, &mut told, &mut progress)?;
            if reached == to {
                self.judge_items(to, &mut told)?;
            }
            self.now = Some(reached);
            told.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
            self.untold.extend(told);
        }
        progress.alerts = self.untold.drain(..self.untold.len().min(ALERTS_MAX)).collect();
        // With alerts still to be told, the present time is not reached yet.
        progress.reached = self.now.unwrap_or(to) - i64::from(!self.untold.is_empty());
        Ok(progress)
    }

    /// Shards agree before `advance(to)`. Nothing that is decided yet needs more than one account.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::TimeWentBack`]; [`Error::TimeOutOfRange`]; [`Error::Disagreement`].
    pub fn agree(&self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        self.check_time(to)?;
        if sums.is_empty() {
            return Ok(Vec::new());
        }
        Err(Error::Disagreement(format!("{} sums, 0 were answered", sums.len())))
    }

    fn check_time(&self, to: Instant) -> Result<(), Error> {
        self.setup()?;
        if !(INSTANT_MIN..=INSTANT_MAX).contains(&to) {
            return Err(Error::TimeOutOfRange(to));
        }
        match self.now {
            Some(now) if to < now => Err(Error::TimeWentBack(now)),
            _ => Ok(()),
        }
    }

    pub(crate) fn setup(&self) -> Result<&Setup, Error> {
        self.setup.as_ref().ok_or(Error::NotConfigured)
    }

    /// Closes every week that is over at `to`; the instant reached, earlier when the answer is full.
    fn close_weeks(
        &mut self,
        to: Instant,
        told: &mut Vec<Alert>,
        progress: &mut Progress,
    ) -> Result<Instant, Error> {
        let newest = self.setup()?.calendar.newest_closed(to);
        let mut before = self.closed;
        let mut reached = to;
        while let Some(week) = self.next_week()?.filter(|week| *week <= newest) {
            // The first week of all is the first with an activity.
            before = before.or(Some(week - 1));
            self.close_week(week, told, progress)?;
            self.closed = Some(week);
            if told.len() >= ALERTS_MAX && week < newest {
                reached = self.setup()?.calendar.closes(week);
                break;
            }
        }
        if reached == to {
            self.closed = Some(self.closed.map_or(newest, |closed| closed.max(newest)));
        }
        let closed = self.closed.unwrap_or(newest);
        progress.weeks_closed = before.map_or(0, |before| u32::try_from(closed - before).unwrap_or(0));
        Ok(reached)
    }

    /// The next week with something to do, whether it is over or not.
    fn next_week(&self) -> Result<Option<Week>, Error> {
        let calendar = &self.setup()?.calendar;
        let after = self.closed.map(|week| week + 1);
        if after.is_some() && self.accounts.values().any(is_live) {
            return Ok(after);
        }
        let earliest = self.accounts.values().filter_map(|account| account.earliest).min();
        Ok(earliest.map(|at| calendar.week_of(at)).map(|week| after.map_or(week, |after| week.max(after))))
    }

    fn close_week(
        &mut self,
        week: Week,
        told: &mut Vec<Alert>,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let setup = self.setup.as_ref().ok_or(Error::NotConfigured)?;
        let end = setup.calendar.start(week + 1);
        let at = setup.calendar.closes(week);
        let facts = &mut self.lent.facts;
        // In no particular order: what is told is sorted afterwards.
        for (name, account) in &mut self.accounts {
            if !is_live(account) && account.earliest.is_none_or(|earliest| earliest >= end) {
                continue;
            }
            counting::close_week(account, week, end, &setup.policy.counting, facts);
            account.remember(facts);
            progress.counted += facts.counted;
            for (rule, families) in facts.record.left_out() {
                progress.left_out.add(rule.name(), families.values().map(|count| u64::from(*count)).sum());
            }
            self.dropped.add("open-requests", facts.requests_dropped);
            self.dropped.add("plans", facts.plans_dropped);
            let moment = Moment { account: name, at, calendar: &setup.calendar };
            let policies = setup.policy.signals_of(name, &account.profile);
            for ((signal, policy), run) in SignalName::all().zip(policies).zip(&mut account.runs) {
                if signal.signal().judges_weeks() {
                    threshold::judge_week(moment, signal, policy, facts, run, &mut account.episodes, told);
                }
            }
        }
        Ok(())
    }

    fn judge_items(&mut self, to: Instant, told: &mut Vec<Alert>) -> Result<(), Error> {
        let setup = self.setup.as_ref().ok_or(Error::NotConfigured)?;
        for (name, account) in &mut self.accounts {
            if !account.changed && account.due.is_none_or(|due| due > to) {
                continue;
            }
            let moment = Moment { account: name, at: to, calendar: &setup.calendar };
            let mut episodes = std::mem::take(&mut account.episodes);
            let look = counting::look(account, to, &setup.policy.counting, &mut self.lent.order);
            let policies = setup.policy.signals_of(name, look.profile());
            let mut due = look.next;
            for (signal, policy) in SignalName::all().zip(policies) {
                let next = threshold::judge_items(moment, signal, policy, &look, &mut episodes, told);
                due = [due, next].into_iter().flatten().min();
            }
            drop(look);
            account.due = due;
            account.changed = false;
            account.episodes = episodes;
        }
        Ok(())
    }
}

/// Whether weeks must be closed for an account though nothing happened in them.
fn is_live(account: &Account) -> bool {
    let judged = |episode: &crate::alert::Episode| episode.subject.is_empty();
    account.episodes.iter().any(judged) || account.runs.iter().any(threshold::Run::is_live)
}

fn too_large(limit: usize) -> Error {
    Error::TooLarge(u32::try_from(limit).unwrap_or(u32::MAX))
}
