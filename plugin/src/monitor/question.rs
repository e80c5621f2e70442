//! Reading the state, and the two calls that change it by name: `feedback` and `forget`.

use super::{Error, Monitor, Point, SeriesStanding, Setup, Standing, Tallies};
use crate::account::{Account, HISTORY_WEEKS, SLEEP_WEEKS, WARM_UP_WEEKS, Watch};
use crate::activity::{Instant, Profile};
use crate::alert::{Alert, Episode, Verdict};
use crate::calendar::Week;
use crate::counting::{self, Family};
use crate::signals::{self, SIGNALS, Signal};
use std::collections::BTreeSet;

impl Monitor {
    /// Alerts pending and firing, of the named accounts; of all, if none is named.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::UnknownAccount`].
    pub fn open_alerts(&self, accounts: &[String]) -> Result<Vec<Alert>, Error> {
        let setup = self.setup()?;
        let told = |(name, account)| told(name, account, self.now, setup);
        let mut alerts: Vec<Alert> = if accounts.is_empty() {
            self.accounts.iter().map(|(name, account)| (&**name, account)).flat_map(told).collect()
        } else {
            accounts.iter().try_for_each(|name| self.account(name).map(|_known| ()))?;
            let names: BTreeSet<&str> = accounts.iter().map(String::as_str).collect();
            names
                .into_iter()
                .filter_map(|name| Some((name, self.accounts.get(name)?)))
                .flat_map(told)
                .collect()
        };
        alerts.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
        Ok(alerts)
    }

    /// The closed weeks of one series, oldest first, the newest [`HISTORY_WEEKS`] at most.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::UnknownAccount`]; [`Error::UnknownSignal`].
    pub fn history(&self, account: &str, signal: &str) -> Result<Vec<Point>, Error> {
        let setup = self.setup()?;
        let name = account;
        let account = self.account(name)?;
        let (place, signal) =
            signals::find(signal).ok_or_else(|| Error::UnknownSignal(crate::problem::shorten(signal)))?;
        let (Some(first), Some(closed)) = (account.first, self.closed) else { return Ok(Vec::new()) };
        let policy = setup.policy.signals_of(name, &account.profile).get(place);
        let threshold =
            policy.filter(|policy| policy.enabled && signal.judges_weeks()).and_then(|policy| policy.warning);
        let from = first.max(closed - HISTORY_WEEKS + 1);
        let watches = watches(account, signal.family(), from, closed);
        let points = (from..=closed).zip(watches).map(|(week, watch)| Point {
            week: setup.calendar.start(week),
            watch,
            value: value(account, signal, week),
            threshold,
            left_out: left_out(account, signal.family(), week),
        });
        Ok(points.collect())
    }

    /// Takes down what people say of an open alert.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::UnknownAlert`].
    pub fn feedback(&mut self, alert: &str, verdict: Verdict) -> Result<Alert, Error> {
        let setup = self.setup.as_ref().ok_or(Error::NotConfigured)?;
        for (name, account) in &mut self.accounts {
            let is_it = |episode: &&mut Episode| episode.id(name) == alert;
            if let Some(episode) = account.episodes.iter_mut().find(is_it) {
                episode.verdict = Some(verdict);
                let told = told(name, account, self.now, setup).into_iter().find(|open| open.id == alert);
                return told.ok_or_else(|| Error::UnknownAlert(crate::problem::shorten(alert)));
            }
        }
        Err(Error::UnknownAlert(crate::problem::shorten(alert)))
    }

    /// Where the instance stands.
    pub fn status(&self) -> Standing {
        let sum = |size: fn(&Account) -> usize| {
            u32::try_from(self.accounts.values().map(size).sum::<usize>()).unwrap_or(u32::MAX)
        };
        Standing {
            now: self.now,
            accounts: sum(|_| 1),
            open_activities: sum(|account| account.open.len()),
            open_alerts: sum(|account| account.episodes.len()),
            series: self.series(),
            dropped: self.dropped.clone(),
        }
    }

    fn series(&self) -> Vec<SeriesStanding> {
        let Ok(setup) = self.setup() else { return Vec::new() };
        let mut standings: Vec<SeriesStanding> = SIGNALS
            .iter()
            .map(|signal| SeriesStanding { signal: signal.name(), asleep: 0, warming_up: 0, watching: 0 })
            .collect();
        for (name, account) in &self.accounts {
            let policies = setup.policy.signals_of(name, &account.profile);
            for ((signal, policy), standing) in SIGNALS.iter().zip(policies).zip(&mut standings) {
                match self.closed.map_or(Watch::Asleep, |closed| account.watch(signal.family(), closed)) {
                    _ if !policy.enabled => {}
                    Watch::Asleep => standing.asleep += 1,
                    Watch::WarmingUp => standing.warming_up += 1,
                    Watch::Watching => standing.watching += 1,
                }
            }
        }
        let on = |standing: &SeriesStanding| standing.asleep + standing.warming_up + standing.watching > 0;
        let base = setup.policy.signals_of("", &Profile::default());
        let mut kept = standings.into_iter().zip(base).collect::<Vec<_>>();
        kept.retain(|(standing, policy)| policy.enabled || on(standing));
        kept.into_iter().map(|(standing, _)| standing).collect()
    }

    /// Names of accounts after `after`, in byte order, at most `limit`.
    pub fn accounts(&self, after: &str, limit: u32) -> Vec<String> {
        let mut names: Vec<&str> =
            self.accounts.keys().map(|name| &**name).filter(|name| *name > after).collect();
        names.sort_unstable();
        names.into_iter().take(limit as usize).map(str::to_owned).collect()
    }

    /// Erases accounts; how many were known.
    ///
    /// # Errors
    /// [`Error::NotConfigured`].
    pub fn forget(&mut self, accounts: &[String]) -> Result<u32, Error> {
        self.setup()?;
        let known = accounts.iter().filter(|name| self.accounts.remove(name.as_str()).is_some()).count();
        self.untold.retain(|alert| self.accounts.contains_key(alert.account.as_str()));
        Ok(u32::try_from(known).unwrap_or(u32::MAX))
    }

    pub(crate) fn account(&self, name: &str) -> Result<&Account, Error> {
        self.accounts.get(name).ok_or_else(|| Error::UnknownAccount(crate::problem::shorten(name)))
    }
}

/// The open alerts of an account with the newest numbers of what they are about.
fn told(name: &str, account: &Account, now: Option<Instant>, setup: &Setup) -> Vec<Alert> {
    let episodes = account.episodes.iter();
    let has_items = account.episodes.iter().any(|episode| !episode.subject.is_empty());
    let Some(now) = now.filter(|_| has_items) else {
        return episodes.map(|episode| episode.told(name, &setup.calendar)).collect();
    };
    // Looking brings an account up to date; a question must not change it.
    let mut copy = account.clone();
    let look = counting::look(&mut copy, now, &setup.policy.counting, &mut Vec::new());
    episodes.map(|episode| episode.refreshed(&look).told(name, &setup.calendar)).collect()
}

/// The value of a week; weeks without anything are not remembered one by one.
fn value(account: &Account, signal: &dyn Signal, week: Week) -> Option<f64> {
    let begun = account.first.is_some_and(|first| first <= week);
    let empty = crate::counting::WeekRecord::empty(week);
    signal.week_value(account.week(week).unwrap_or(&empty)).filter(|_| begun).map(crate::alert::rounded)
}

fn left_out(account: &Account, family: Family, week: Week) -> Tallies {
    let mut tallies = Tallies::default();
    for (rule, families) in account.week(week).iter().flat_map(|record| record.left_out()) {
        tallies.add(rule.name(), families.get(&family).map_or(0, |count| u64::from(*count)));
    }
    tallies
}

/// Whether there was enough to judge by, week by week, walking back from what is known now.
fn watches(account: &Account, family: Family, from: Week, closed: Week) -> Vec<Watch> {
    let measured = |week: Week| {
        let record = account.week(week);
        match family {
            Family::Approvals => record.is_some_and(|record| record.rounds > 0),
            _ => true,
        }
    };
    let first = account.seen_of(family).and_then(|seen| seen.first);
    let mut last_active: Option<Week> = None;
    // Before the remembered weeks there was enough, or the account is younger than they are.
    let remembered = first.is_some_and(|first| first >= from);
    let mut count = if remembered { 0 } else { WARM_UP_WEEKS };
    let mut found = Vec::new();
    for week in from..=closed {
        if account.week(week).is_some() {
            last_active = Some(week);
        }
        let awake = last_active.is_some_and(|last| week - last <= SLEEP_WEEKS);
        let seen = first.is_some_and(|first| first <= week);
        if awake && seen && measured(week) {
            count += 1;
        }
        found.push(match (awake && seen, count < WARM_UP_WEEKS) {
            (false, _) => Watch::Asleep,
            (true, true) => Watch::WarmingUp,
            (true, false) => Watch::Watching,
        });
    }
    found
}
