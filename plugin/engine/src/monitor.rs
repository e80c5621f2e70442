//! The engine: activities in, time forward, alerts out. The only file that knows the order of the steps.
//!
//! `observe` takes in and decides nothing; `advance` closes weeks one by one (`closing.rs`, and `rising.rs` for the rise
//! watch), and then judges what is still open. What the state looks like as text is `snapshot.rs`.

mod answer;
mod closing;
mod intake;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod properties;
mod question;
#[cfg(test)]
mod rise_properties;
mod rising;

pub use answer::{Error, Intake, Point, Progress, SeriesStanding, Standing, Tallies};

use crate::account::{Account, Map};
use crate::activity::{INSTANT_MAX, INSTANT_MIN, Instant};
use crate::alert::Alert;
use crate::calendar::{Calendar, Week};
use crate::counting::{self, WeekFacts};
use crate::open::Buffer;
use crate::policy::{POLICY_BYTES_MAX, Policy};
use crate::population::Population;
use crate::problem::{Fault, Problem};
use crate::threshold::{self, Moment};
use closing::{Closing, Undelivered};
use std::collections::VecDeque;

/// Most accounts of an instance.
pub const ACCOUNTS_MAX: usize = 100_000;
/// Most records or lines of one call.
pub const BATCH_RECORDS_MAX: usize = 100_000;
/// Most bytes of text of one call.
pub const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most alerts of one answer.
pub const ALERTS_MAX: usize = 10_000;

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
    /// What all accounts of the tenant did together.
    pub(crate) population: Population,
    /// The week that is being closed, while shards agree.
    closing: Option<Closing>,
    /// What closed weeks showed, until `advance` answers.
    pub(crate) decided: Vec<Alert>,
    undelivered: Undelivered,
    /// Memory that is lent from call to call; holds nothing.
    buffers: Buffers,
}

#[derive(Debug, Default)]
struct Buffers {
    buffer: Buffer,
    facts: WeekFacts,
    order: Vec<usize>,
    rising: rising::Buffers,
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
            let reached = self.close_weeks(to)?;
            let mut told = std::mem::take(&mut self.decided);
            if reached == to {
                self.judge_items(to, &mut told)?;
            }
            self.now = Some(reached);
            let Undelivered { before, counted, left_out } = std::mem::take(&mut self.undelivered);
            let weeks = before.zip(self.closed).map(|(before, closed)| closed - before);
            progress.weeks_closed = weeks.and_then(|weeks| u32::try_from(weeks).ok()).unwrap_or_default();
            (progress.counted, progress.left_out) = (counted, left_out);
            told.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
            self.untold.extend(told);
        }
        progress.alerts = self.untold.drain(..self.untold.len().min(ALERTS_MAX)).collect();
        // With alerts still to be told, the present time is not reached yet.
        progress.reached = self.now.unwrap_or(to) - i64::from(!self.untold.is_empty());
        Ok(progress)
    }

    /// Shards agree before `advance(to)`: what this one says, given the sums of what all have said; nothing: there is
    /// nothing more to agree on. Weeks that were agreed on are closed.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::TimeWentBack`]; [`Error::TimeOutOfRange`]; [`Error::Disagreement`] where sums
    /// are of another length than was said, or of shards with another list of signals.
    pub fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        self.check_time(to)?;
        if !sums.is_empty() {
            let said = self.closing.as_ref().map_or(0, |closing| closing.said.len());
            if said != sums.len() {
                return Err(Error::Disagreement(format!("{} sums, {said} were answered", sums.len())));
            }
            self.check_lists(sums)?;
            self.answer(to, sums)?;
        }
        self.question(to)
    }

    /// Whether shards agree: a week is half closed, or closed and not told of.
    pub(crate) fn is_agreeing(&self) -> bool {
        self.closing.is_some() || self.undelivered.before.is_some()
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
    fn close_weeks(&mut self, to: Instant) -> Result<Instant, Error> {
        let newest = self.setup()?.calendar.newest_closed(to);
        loop {
            let said = self.question(to)?;
            if said.is_empty() {
                break;
            }
            self.answer(to, &said)?;
            let closed = self.closed.filter(|closed| self.closing.is_none() && *closed < newest);
            if let Some(closed) = closed.filter(|_| self.decided.len() >= ALERTS_MAX) {
                return Ok(self.setup()?.calendar.closes(closed));
            }
        }
        Ok(to)
    }

    fn judge_items(&mut self, to: Instant, told: &mut Vec<Alert>) -> Result<(), Error> {
        let setup = self.setup.as_ref().ok_or(Error::NotConfigured)?;
        for (name, account) in &mut self.accounts {
            if !account.changed && account.due.is_none_or(|due| due > to) {
                continue;
            }
            let moment = Moment { account: name, at: to, calendar: &setup.calendar };
            let mut episodes = std::mem::take(&mut account.episodes);
            let from = told.len();
            let live =
                counting::live_view(&mut account.tracks, to, &setup.policy.counting, &mut self.buffers.order);
            let policies = setup.policy.signals_of(name, live.profile());
            let mut due = live.next;
            for (signal, policy) in policies.each() {
                let next = threshold::judge_items(moment, signal, policy, &live, &mut episodes, told);
                due = [due, next].into_iter().flatten().min();
            }
            drop(live);
            account.due = due;
            account.changed = false;
            account.episodes = episodes;
            for alert in told.iter_mut().skip(from) {
                account.name_each_other(alert, &setup.calendar);
            }
        }
        Ok(())
    }
}

fn too_large(limit: usize) -> Error {
    Error::TooLarge(u32::try_from(limit).unwrap_or(u32::MAX))
}
