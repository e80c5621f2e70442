//! Reading the state, and the two calls that change it by name: `feedback` and `forget`.

use super::{Error, Monitor, Point, SeriesStanding, Setup, Standing, Tallies};
use crate::account::{Account, WARM_UP_WEEKS, Watch};
use crate::activity::{Instant, Profile};
use crate::alert::{Alert, Episode, State, TENANT, Verdict, rounded};
use crate::calendar::Week;
use crate::counting;
use crate::horizon::{HISTORY_WEEKS, SLEEP_WEEKS};
use crate::policy::View;
use crate::rise::{Rise, Rises, probability, words};
use crate::signals::{SignalId, idle};
use crate::tracks::Family;
use std::collections::BTreeSet;

impl Monitor {
    /// What the policy in force means for an account of this name with these facts.
    ///
    /// # Errors
    /// [`Error::NotConfigured`].
    pub fn policy_for(&self, account: &str, profile: &Profile) -> Result<View, Error> {
        Ok(self.setup()?.policy.view(account, profile))
    }

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
        if let Some(tenant) = self.population.tenant.as_deref().filter(|_| accounts.is_empty()) {
            alerts.extend(told_rises(TENANT, &tenant.rises, setup));
        }
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
        let find =
            || SignalId::find(signal).ok_or_else(|| Error::UnknownSignal(crate::problem::shorten(signal)));
        if name == TENANT {
            return Ok(self.tenant_history(find()?, setup));
        }
        let account = self.account(name)?;
        let id = find()?;
        let (Some(first), Some(closed)) = (account.first, self.closed) else { return Ok(Vec::new()) };
        let policy = setup.policy.signals_of(name, &account.tracks.profile).get(id);
        let has_limit = policy.enabled && id.signal().is_some_and(|signal| signal.weeks.is_some());
        let threshold = policy.warning.filter(|_| has_limit);
        let from = first.max(closed - HISTORY_WEEKS + 1);
        let watches = watches_of(account, id, from, closed);
        let idle = idle().get(id).and_then(|measure| measure.value);
        let value = |week: Week| match account.week(week) {
            Some(record) => record.value(id),
            // Weeks without anything are not remembered one by one.
            None => idle,
        };
        let points = (from..=closed).zip(watches).map(|(week, watch)| Point {
            watch,
            threshold,
            left_out: left_out(account, id, week),
            ..self.judged(account.rises.as_deref(), id, week, value(week).map(rounded), setup)
        });
        Ok(points.collect())
    }

    /// What the rise watch made of a week.
    fn judged(
        &self,
        rises: Option<&Rises>,
        id: SignalId,
        week: Week,
        value: Option<f64>,
        setup: &Setup,
    ) -> Point {
        let scored = rises.and_then(|rises| rises.score_of(week));
        let factor = self.population.factor(week, id);
        let score = scored.and_then(|scored| scored.score(id));
        let usual = scored.and_then(|scored| scored.usual(id));
        Point {
            week: setup.calendar.start(week),
            watch: Watch::Asleep,
            // Of the account as a whole the value is the probability.
            value: match id.signal() {
                Some(_) => value,
                None => score.map(|score| rounded(probability(score))),
            },
            expected: usual.map(|usual| rounded(usual * factor + beyond(id))),
            threshold: None,
            company_factor: rounded(factor),
            score,
            left_out: Tallies::default(),
        }
    }

    /// The closed weeks of a series of the tenant itself: means over all accounts. The company moves as itself, so its
    /// factor is 1.
    fn tenant_history(&self, id: SignalId, setup: &Setup) -> Vec<Point> {
        let Some(tenant) = self.population.tenant.as_deref() else { return Vec::new() };
        let points = tenant.means.iter().map(|(week, _)| {
            let scored = tenant.rises.score_of(*week);
            let score = scored.and_then(|scored| scored.score(id));
            let usual = scored.and_then(|scored| scored.usual(id));
            Point {
                week: setup.calendar.start(*week),
                watch: if score.is_some() { Watch::Watching } else { Watch::WarmingUp },
                value: tenant.mean(*week, id).map(|mean| rounded(mean + beyond(id))),
                expected: usual.map(|usual| rounded(usual + beyond(id))),
                threshold: None,
                company_factor: 1.0,
                score,
                left_out: Tallies::default(),
            }
        });
        points.collect()
    }

    /// Takes down what people say of an open alert. A rise that is accepted, or is no creep, ends with it.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::UnknownAlert`].
    pub fn feedback(&mut self, alert: &str, verdict: Verdict) -> Result<Alert, Error> {
        let setup = self.setup.as_ref().ok_or(Error::NotConfigured)?;
        let (now, closed) = (self.now, self.closed.unwrap_or_default());
        for (name, account) in &mut self.accounts {
            let is_it = |episode: &&mut Episode| episode.id(name) == alert;
            if let Some(episode) = account.episodes.iter_mut().find(is_it) {
                episode.verdict = Some(verdict);
                let told = told(name, account, self.now, setup).into_iter().find(|open| open.id == alert);
                return told.ok_or_else(|| Error::UnknownAlert(crate::problem::shorten(alert)));
            }
            let answered =
                account.rises.as_deref_mut().and_then(|rises| answered(name, rises, alert, verdict));
            if let Some(answered) = answered {
                return Ok(answered.told(name, closed, now, setup, &mut self.decided));
            }
        }
        let tenant = self.population.tenant.as_deref_mut();
        match tenant.and_then(|tenant| answered(TENANT, &mut tenant.rises, alert, verdict)) {
            Some(answered) => Ok(answered.told(TENANT, closed, now, setup, &mut self.decided)),
            None => Err(Error::UnknownAlert(crate::problem::shorten(alert))),
        }
    }

    /// Where the instance stands.
    pub fn status(&self) -> Standing {
        let sum = |size: fn(&Account) -> usize| {
            u32::try_from(self.accounts.values().map(size).sum::<usize>()).unwrap_or(u32::MAX)
        };
        Standing {
            now: self.now,
            accounts: sum(|_| 1),
            open_activities: sum(|account| account.tracks.open.len()),
            open_alerts: sum(|account| {
                account.episodes.len() + account.rises.as_deref().map_or(0, open_rises)
            }),
            series: self.series(),
            dropped: self.dropped.clone(),
        }
    }

    fn series(&self) -> Vec<SeriesStanding> {
        let Ok(setup) = self.setup() else { return Vec::new() };
        let counted =
            |id: SignalId| SeriesStanding { signal: id.name(), asleep: 0, warming_up: 0, watching: 0 };
        let mut standings: Vec<(SignalId, SeriesStanding)> =
            SignalId::all().map(|id| (id, counted(id))).collect();
        for (name, account) in &self.accounts {
            let policies = setup.policy.signals_of(name, &account.tracks.profile);
            for (id, standing) in standings.iter_mut().filter(|(id, _)| policies.get(*id).enabled) {
                let watch = |closed| match id.signal() {
                    Some(signal) => account.watch(signal.family, closed),
                    None => account.watch_whole(closed),
                };
                match self.closed.map_or(Watch::Asleep, watch) {
                    Watch::Asleep => standing.asleep += 1,
                    Watch::WarmingUp => standing.warming_up += 1,
                    Watch::Watching => standing.watching += 1,
                }
            }
        }
        let on = |standing: &SeriesStanding| standing.asleep + standing.warming_up + standing.watching > 0;
        let base = setup.policy.signals_of("", &Profile::default());
        standings.retain(|(id, standing)| base.get(*id).enabled || on(standing));
        standings.into_iter().map(|(_, standing)| standing).collect()
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
        let accounts = &self.accounts;
        let is_known =
            |alert: &Alert| alert.account == TENANT || accounts.contains_key(alert.account.as_str());
        self.untold.retain(is_known);
        self.decided.retain(is_known);
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
    let mut alerts: Vec<Alert> = match now.filter(|_| has_items) {
        None => episodes.map(|episode| episode.told(name)).collect(),
        Some(now) => {
            // Looking brings an account up to date; a question must not change it.
            let mut copy = account.tracks.clone();
            let live = counting::live_view(&mut copy, now, &setup.policy.counting, &mut Vec::new());
            episodes.map(|episode| episode.refreshed(&live, &setup.calendar).told(name)).collect()
        }
    };
    alerts.extend(account.rises.as_deref().into_iter().flat_map(|rises| told_rises(name, rises, setup)));
    alerts.iter_mut().for_each(|alert| account.name_each_other(alert, &setup.calendar));
    alerts
}

/// The open rises of an account, or of the tenant.
fn told_rises(name: &str, rises: &Rises, setup: &Setup) -> Vec<Alert> {
    let each = SignalId::all().filter_map(|signal| {
        let suspicion = rises.suspicion(signal)?;
        let rise = suspicion.rise.as_ref()?;
        Some(words::told(name, signal, rise, suspicion, &setup.calendar))
    });
    each.collect()
}

fn open_rises(rises: &Rises) -> usize {
    rises.suspicions().filter(|suspicion| suspicion.rise.is_some()).count()
}

/// A rise of which somebody said something.
struct Answered<'a> {
    rises: &'a mut Rises,
    signal: SignalId,
    rise: Rise,
    verdict: Verdict,
}

/// The rise of that id, if it is one of these.
fn answered<'a>(name: &str, rises: &'a mut Rises, alert: &str, verdict: Verdict) -> Option<Answered<'a>> {
    let (signal, rise) = SignalId::all().find_map(|signal| {
        let rise = rises.suspicion(signal)?.rise.as_ref()?;
        (words::id(name, signal, rise) == alert).then(|| (signal, rise.clone()))
    })?;
    Some(Answered { rises, signal, rise, verdict })
}

impl Answered<'_> {
    /// Lets the verdict take effect; the alert as it stands afterwards. One that was told and ends is told again.
    fn told(
        self,
        name: &str,
        closed: Week,
        now: Option<Instant>,
        setup: &Setup,
        decided: &mut Vec<Alert>,
    ) -> Alert {
        let Self { rises, signal, mut rise, verdict } = self;
        let how = match verdict {
            Verdict::Accepted => "accepted",
            Verdict::NotCreep => "not-creep",
            Verdict::Acted => "",
        };
        let mut held = rises.suspicion(signal).cloned().unwrap_or_default();
        held.rise = None;
        if verdict == Verdict::Acted {
            rise.verdict = Some(verdict);
            let told = words::told(name, signal, &rise, &held, &setup.calendar);
            held.rise = Some(rise);
            rises.set_suspicion(signal, Some(held));
            return told;
        }
        let at = now.unwrap_or(rise.at).max(rise.at);
        let ended = words::ended(name, signal, &rise, &held, at, (how, rise.usual_at_first), &setup.calendar);
        match verdict {
            Verdict::NotCreep => held.be_quiet(closed),
            _ => rises.accept(signal),
        }
        rises.set_suspicion(signal, Some(held).filter(|_| verdict == Verdict::NotCreep));
        if rise.state == State::Firing {
            decided.push(ended.clone());
        }
        ended
    }
}

/// What people count and the watch does not.
fn beyond(id: SignalId) -> f64 {
    id.signal().map_or(0.0, |signal| signal.watch.beyond)
}

fn left_out(account: &Account, id: SignalId, week: Week) -> Tallies {
    let mut tallies = Tallies::default();
    // Of the account as a whole: what is left out of no signal.
    let family = id.signal().map_or(Family::Other, |signal| signal.family);
    for (rule, families) in account.week(week).iter().flat_map(|record| record.left_out()) {
        tallies.add(rule.name(), families.get(&family).map_or(0, |count| u64::from(*count)));
    }
    tallies
}

/// Whether there was enough to judge a signal by, week by week; of the account as a whole, its best family.
fn watches_of(account: &Account, id: SignalId, from: Week, closed: Week) -> Vec<Watch> {
    if let Some(signal) = id.signal() {
        return watches(account, signal.family, from, closed);
    }
    let each = Family::TRACKED.map(|family| watches(account, family, from, closed));
    let best = |week: usize| {
        let has = |watch| each.iter().any(|watches| watches.get(week) == Some(&watch));
        [Watch::Watching, Watch::WarmingUp].into_iter().find(|it| has(*it)).unwrap_or(Watch::Asleep)
    };
    (0..each.first().map_or(0, Vec::len)).map(best).collect()
}

/// Whether there was enough to judge by, week by week, walking back from what is known now.
fn watches(account: &Account, family: Family, from: Week, closed: Week) -> Vec<Watch> {
    let measured = |week: Week| {
        family.counts_idle_weeks() || account.week(week).is_some_and(|record| record.has_measured(family))
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
