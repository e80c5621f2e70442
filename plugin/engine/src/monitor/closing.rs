//! Closing weeks: the order of the steps, alone or in agreement with the other shards of the tenant.
//!
//! What needs all accounts is asked in rounds: a shard says numbers, gets the sums over all shards, and goes on. Alone,
//! its own numbers are the sums; both ways run through the same code.

use super::{Error, Monitor, Setup, rising};
use crate::account::Account;
use crate::activity::Instant;
use crate::alert::Alert;
use crate::calendar::{Calendar, Week};
use crate::counting::{self, WeekFacts};
use crate::horizon::SLEEP_WEEKS;
use crate::population::{FACTOR_ROUNDS, LIVES, Sum, Totals, Vote, estimate, life_bin};
use crate::rise::{Common, Rises};
use crate::settings::Level;
use crate::signals::{Measure, PerSignal, SignalId, Value, WithWhole, idle, measures};
use crate::threshold::{self, ClosedWeek, Moment};
use crate::tracks::Family;
use std::sync::Arc;

/// Weeks without activity after which an account has no vote in how all moved.
const MOVING_WEEKS: i32 = 3;
/// Weeks measured before an account has one.
const VOTING_WEEKS: u16 = 6;
/// The first week that can be looked for, and in how many steps: 128 times 128 weeks hold all years there are.
const SEEK_FROM: Week = -4_000;
const SEEK_STEPS: Week = 128;

/// How many numbers a shard says about its list of signals: one, and a hash of the list. Sums over shards with one and
/// the same list are so many times that hash.
const LIST_SAID: usize = 2;

/// A week on its way to be closed.
#[derive(Debug)]
pub(super) struct Closing {
    stage: Stage,
    week: Week,
    /// What this shard says in this round. In the first of a week, which may be either of two, [`LIST_SAID`] numbers
    /// about its list of signals come last.
    pub(super) said: Vec<i64>,
    /// What the population was like before the week.
    common: PerSignal<Common>,
    factors: PerSignal<f64>,
    /// Days after its first request in which an account's requests are not judged.
    young_days: f64,
    votes: PerSignal<Vec<Vote>>,
    /// How many alerts were decided before the week.
    told_from: usize,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// In which of 128 spans of weeks is there something to do first?
    SeekSpan,
    /// In which week of the span that begins here?
    SeekWeek(Week),
    /// The week is counted: is anybody awake, and how long did requests take?
    Lives,
    /// So many estimates of how all moved together were made.
    Factors(u8),
    /// All accounts have been through the filter.
    Totals,
}

impl Stage {
    /// Whether what is said in it ends with [`LIST_SAID`] numbers about the list of signals.
    fn says_list(self) -> bool {
        matches!(self, Stage::SeekSpan | Stage::SeekWeek(_) | Stage::Lives)
    }
}

/// What a shard says about its list of signals.
fn list_said() -> [i64; LIST_SAID] {
    [1, SignalId::list_hash()]
}

impl Monitor {
    /// What this shard says before time can move to `to`; nothing: all that is over by then is closed.
    pub(super) fn question(&mut self, to: Instant) -> Result<Vec<i64>, Error> {
        if self.closing.is_none() {
            self.begin(to)?;
        }
        Ok(self.closing.as_ref().map(|closing| closing.said.clone()).unwrap_or_default())
    }

    /// Begins with the next week that is over at `to`.
    fn begin(&mut self, to: Instant) -> Result<(), Error> {
        let newest = self.setup()?.calendar.newest_closed(to);
        match self.closed {
            Some(closed) if closed >= newest => {}
            Some(closed) => {
                self.undelivered.before.get_or_insert(closed);
                self.count(closed + 1)?;
            }
            None => self.seek(Stage::SeekSpan)?,
        }
        Ok(())
    }

    /// Takes in what all shards said, and goes on to the next question, or to the end of the week.
    pub(super) fn answer(&mut self, to: Instant, sums: &[i64]) -> Result<(), Error> {
        let newest = self.setup()?.calendar.newest_closed(to);
        let Some(closing) = self.closing.take() else { return Ok(()) };
        let about_lists = if closing.stage.says_list() { LIST_SAID } else { 0 };
        let sums = sums.get(..sums.len().saturating_sub(about_lists)).unwrap_or_default();
        let first = || sums.iter().zip(0..).find(|(sum, _)| **sum != 0).map(|(_, place)| place);
        match closing.stage {
            Stage::SeekSpan => match first() {
                Some(span) => self.seek(Stage::SeekWeek(SEEK_FROM + SEEK_STEPS * span)),
                None => self.nothing_until(newest),
            },
            Stage::SeekWeek(from) => match first().map(|place| from + place) {
                Some(week) if week <= newest => self.count(week),
                _ => self.nothing_until(newest),
            },
            Stage::Lives => self.after_lives(closing, sums),
            Stage::Factors(round) => self.after_factors(closing, round, sums),
            Stage::Totals => {
                let totals = Totals::from_numbers(sums);
                rising::finish(self, closing.week, &closing.common, &closing.factors, totals)?;
                rising::name_each_other(self, closing.told_from)?;
                self.closed = Some(closing.week);
                Ok(())
            }
        }
    }

    /// Refuses the sums of shards that do not all have this list of signals: they would add up what does not belong
    /// together.
    pub(super) fn check_lists(&self, sums: &[i64]) -> Result<(), Error> {
        let says_list = self.closing.as_ref().is_some_and(|closing| closing.stage.says_list());
        let Some([.., shards, hashes]) = Some(sums).filter(|_| says_list) else { return Ok(()) };
        if *shards > 0 && shards.checked_mul(SignalId::list_hash()) == Some(*hashes) {
            return Ok(());
        }
        let names: Vec<&str> = SignalId::all().map(SignalId::name).collect();
        let reason = format!("not all shards have the signals of this one: {}", names.join(", "));
        Err(Error::Disagreement(reason))
    }

    /// No shard has anything to do until the newest week that is over.
    fn nothing_until(&mut self, newest: Week) -> Result<(), Error> {
        self.closed = Some(newest);
        Ok(())
    }

    fn seek(&mut self, stage: Stage) -> Result<(), Error> {
        let mut said = vec![0; SEEK_STEPS as usize];
        let place = self.next_busy()?.map(|week| match stage {
            Stage::SeekWeek(from) => week - from,
            _ => (week - SEEK_FROM).div_euclid(SEEK_STEPS),
        });
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(said) = place.and_then(|place| said.get_mut(place)) {
            *said = 1;
        }
        said.extend(list_said());
        self.closing = Some(self.stage(stage, 0, said));
        Ok(())
    }

    fn stage(&self, stage: Stage, week: Week, said: Vec<i64>) -> Closing {
        let common = self.population.common();
        let factors = common.map(|common| common.factor);
        let (young_days, votes, told_from) = (0.0, Default::default(), self.decided.len());
        Closing { stage, week, said, common, factors, young_days, votes, told_from }
    }

    /// The next week in which this shard has something to do, whether it is over or not.
    fn next_busy(&self) -> Result<Option<Week>, Error> {
        let calendar = &self.setup()?.calendar;
        let after = self.closed.map(|week| week + 1);
        let watches = self.setup()?.policy.watches_any();
        let is_busy = |account: &Account, week| is_live(account) || watches && is_awake(account, week);
        if let Some(after) = after.filter(|after| self.accounts.values().any(|it| is_busy(it, *after))) {
            return Ok(Some(after));
        }
        let earliest = self.accounts.values().filter_map(|account| account.earliest).min();
        Ok(earliest.map(|at| calendar.week_of(at)).map(|week| after.map_or(week, |after| week.max(after))))
    }

    /// Counts a week in every account, and holds it against the limits.
    fn count(&mut self, week: Week) -> Result<(), Error> {
        let mut closing = self.stage(Stage::Lives, week, vec![0; 2 + LIVES]);
        let setup = self.setup.as_ref().ok_or(Error::NotConfigured)?;
        // The first week of all is the first with an activity.
        self.undelivered.before.get_or_insert(week - 1);
        let end = setup.calendar.start(week + 1);
        let at = setup.calendar.closes(week);
        let facts = &mut self.buffers.facts;
        let mut priors = None;
        let mut measured = idle();
        let idle = idle().map(|measure| measure.watched);
        let (watches, watched) = (setup.policy.watches_any(), setup.policy.watched());
        // In no particular order: what is told is sorted afterwards.
        for (name, account) in &mut self.accounts {
            let is_due = is_live(account) || account.earliest.is_some_and(|earliest| earliest < end);
            if is_due {
                counting::close_week(&mut account.tracks, week, end, &setup.policy.counting, facts);
                measured = measures(facts);
                account.remember(facts, &measured.map(|measure| measure.value));
                self.undelivered.count(facts);
                facts.dropped().into_iter().for_each(|(rule, count)| self.dropped.add(rule, count));
                let moment = Moment { account: name, at, calendar: &setup.calendar };
                judge(setup, moment, account, facts, &measured, &mut self.decided);
            }
            let awake = is_awake(account, week);
            let [busy, anybody, lives @ ..] = closing.said.as_mut_slice() else { continue };
            *busy += i64::from(is_due || watches && awake);
            *anybody += i64::from(watches && awake);
            if !watches || !awake {
                continue;
            }
            let begun = account.first.unwrap_or(week);
            let requests = account.seen_of(Family::Approvals).and_then(|seen| seen.first);
            let rises = account.rises.get_or_insert_with(|| {
                // What new accounts begin with is worked out once a week.
                let priors = priors.get_or_insert_with(|| Arc::new(closing.common.map(|it| it.prior())));
                Box::new(Rises::new(begun, Arc::clone(priors)))
            });
            if is_due && facts.is_active() {
                take(rises, facts, &measured, &setup.calendar, &watched, lives);
            }
            if account.last_active.is_some_and(|last| week - last <= MOVING_WEEKS) {
                vote(rises, week, (requests, &idle), &closing.common, &mut closing.votes);
            }
        }
        closing.said.extend(list_said());
        self.closing = Some(closing);
        Ok(())
    }

    /// Everybody knows whether anybody is awake, and how long requests take.
    fn after_lives(&mut self, mut closing: Closing, sums: &[i64]) -> Result<(), Error> {
        let [busy, anybody, lives @ ..] = sums else { return Ok(()) };
        if *busy == 0 {
            // Nobody has anything to do in this week, so nobody did anything.
            return self.seek(Stage::SeekSpan);
        }
        if *anybody == 0 {
            rising::silence(self, closing.week)?;
            rising::name_each_other(self, closing.told_from)?;
            self.closed = Some(closing.week);
            return Ok(());
        }
        closing.young_days = self.population.take_lives(lives);
        let young_days = closing.young_days;
        for votes in closing.votes.iter_mut() {
            votes.retain(|vote| vote.age_days.is_none_or(|age| f64::from(age) >= young_days));
        }
        self.ask_factors(closing, 0)
    }

    fn ask_factors(&mut self, mut closing: Closing, round: u8) -> Result<(), Error> {
        closing.stage = Stage::Factors(round);
        closing.said.clear();
        for (votes, factor) in closing.votes.iter().zip(closing.factors.iter()) {
            let (mut said, mut expected) = (Sum::default(), Sum::default());
            votes.iter().for_each(|vote| vote.add_to(*factor, &mut said, &mut expected));
            closing.said.extend([said.number(), expected.number()]);
        }
        self.closing = Some(closing);
        Ok(())
    }

    fn after_factors(&mut self, mut closing: Closing, round: u8, sums: &[i64]) -> Result<(), Error> {
        let (pairs, _) = sums.as_chunks::<2>();
        for ([said, expected], factor) in pairs.iter().zip(closing.factors.iter_mut()) {
            *factor = estimate(Sum::from_number(*said), Sum::from_number(*expected));
        }
        if round + 1 < FACTOR_ROUNDS {
            return self.ask_factors(closing, round + 1);
        }
        let young = closing.young_days;
        let mut totals = rising::filter(self, closing.week, &closing.common, &closing.factors, young)?;
        closing.stage = Stage::Totals;
        closing.said = totals.numbers();
        self.closing = Some(closing);
        Ok(())
    }
}

/// Holds what a week brought against the limits of each signal that has some for weeks.
fn judge(
    setup: &Setup,
    moment: Moment<'_>,
    account: &mut Account,
    facts: &WeekFacts,
    measured: &PerSignal<Measure>,
    decided: &mut Vec<Alert>,
) {
    let policies = setup.policy.signals_of(moment.account, &account.tracks.profile);
    let each = SignalId::measured().zip(account.runs.iter_mut()).zip(measured.iter());
    for (((id, signal), run), measure) in each {
        let Some(limits) = &signal.weeks else { continue };
        let closed = ClosedWeek { id, limits, policy: policies.get(id), facts, value: measure.value };
        threshold::judge_week(moment, closed, run, &mut account.episodes, decided);
    }
}

/// What a week brought, and what may be a rise in it.
fn take(
    rises: &mut Rises,
    facts: &WeekFacts,
    measured: &PerSignal<Measure>,
    calendar: &Calendar,
    watched: &WithWhole<bool>,
    lives: &mut [i64],
) {
    for decided in facts.rounds() {
        let days = decided.took_ms().max(0) as f64 / crate::calendar::DAY_MS as f64;
        if let Some(bin) = lives.get_mut(life_bin(days)) {
            *bin += 1;
        }
    }
    let values = measured.map(|measure| measure.watched);
    for series in rises.series_mut() {
        let id = series.signal;
        let Some((signal, value)) = id.signal().zip(values.get(id)) else { continue };
        let is_fading = series.suspicion.as_ref().is_some_and(|held| held.is_fading());
        if *watched.get(id) && !is_fading && (series.suspicion.is_some() || series.may_rise(value)) {
            let suspicion = series.suspicion.get_or_insert_default();
            suspicion.rests_on(&(signal.evidence)(facts), (signal.parts)(facts, calendar));
        }
    }
    rises.values = (facts.week, values);
}

/// The votes of one account on how all moved together.
fn vote(
    rises: &Rises,
    week: Week,
    (first_request, idle): (Option<Week>, &PerSignal<Value>),
    common: &PerSignal<Common>,
    votes: &mut PerSignal<Vec<Vote>>,
) {
    let values = rises.values_of(week, idle);
    for series in rises.series() {
        let id = series.signal;
        let Some(signal) = id.signal() else { continue };
        let (Some(value), Some(common), Some(votes)) = (values.get(id), common.get(id), votes.get_mut(id))
        else {
            continue;
        };
        if value.exposure > 0.0 && series.weeks >= VOTING_WEEKS {
            let age_days = signal.watch.by_request.then(|| rising::age_days(week, first_request));
            let mean = series.rate(common) * f64::from(value.exposure);
            votes.push(Vote { mean, value: f64::from(value.sum), age_days });
        }
    }
}

/// Whether an account is awake at the end of `week`.
pub(super) fn is_awake(account: &Account, week: Week) -> bool {
    account.last_active.is_some_and(|last| week - last <= SLEEP_WEEKS)
}

/// Whether weeks must be closed for an account though nothing happened in them.
fn is_live(account: &Account) -> bool {
    let judged = |episode: &crate::alert::Episode| episode.subject.is_empty();
    account.episodes.iter().any(judged)
        || account.runs.iter().any(threshold::Run::is_live)
        || account.rises.as_ref().is_some_and(|rises| rises.is_live())
}

/// What was decided and counted since `advance` last answered.
#[derive(Debug, Default)]
pub(super) struct Undelivered {
    /// The newest week that was closed by then.
    pub(super) before: Option<Week>,
    pub(super) counted: u64,
    pub(super) left_out: super::Tallies,
}

impl Undelivered {
    fn count(&mut self, facts: &WeekFacts) {
        self.counted += facts.counted;
        for (rule, families) in &facts.left_out {
            self.left_out.add(rule.name(), families.values().map(|count| u64::from(*count)).sum());
        }
    }
}

impl Setup {
    /// The levels from which on a rise of `signal` is listed and told for an account; none: it is not watched.
    pub(super) fn levels(
        &self,
        name: &str,
        profile: &crate::activity::Profile<'_>,
        signal: SignalId,
    ) -> Option<(f64, f64)> {
        let policy = self.policy.signals_of(name, profile).get(signal);
        (policy.enabled && policy.rise).then(|| {
            let is_whole = signal == SignalId::WHOLE;
            (Level::Watch.log_odds(is_whole), policy.rise_level.log_odds(is_whole))
        })
    }
}
