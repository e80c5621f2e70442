//! The rise watch over all accounts, once a week is counted: filter, population, budget, and what is told.

use super::closing::is_awake;
use super::{Error, Monitor, Setup};
use crate::account::Account;
use crate::activity::Profile;
use crate::alert::{Alert, Episode, State, TENANT};
use crate::calendar::Week;

use crate::filter::Likelihood;
use crate::population::{Population, Tenant, Totals, place_on_grid, tenant_values};
use crate::rise::{
    Assessment, Common, LOW, LOW_WEEKS, Rises, Series, Suspicion, Told, WeekScore, log_odds, probability,
    speaking, words,
};
use crate::settings::LISTED;
use crate::signals::{PerSignal, SignalId, Value, WithWhole, idle};
use crate::tracks::Family;

/// What the filter needs from one round to the next, until the week is closed.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    likelihood: Likelihood,
    /// The accounts that have something to be judged in the week under way.
    candidates: Vec<Box<str>>,
}

/// Puts a week through the filter of every account; what they add up to.
pub(super) fn filter(
    monitor: &mut Monitor,
    week: Week,
    common: &PerSignal<Common>,
    factors: &PerSignal<f64>,
    young_days: f64,
) -> Result<Totals, Error> {
    let setup = monitor.setup.as_ref().ok_or(Error::NotConfigured)?;
    let Buffers { likelihood, candidates } = &mut monitor.buffers.rising;
    candidates.clear();
    let common = with_factors(common, factors);
    let watched = setup.policy.watched();
    let idle = idle().map(|measure| measure.watched);
    let mut totals = Totals::default();
    for (name, account) in &mut monitor.accounts {
        let first_request = account.seen_of(Family::Approvals).and_then(|seen| seen.first);
        let awake = is_awake(account, week);
        let Some(rises) = account.rises.as_deref_mut() else { continue };
        if awake {
            totals.awake.add(1.0);
            let is_young = f64::from(age_days(week, first_request)) < young_days;
            let values = measured(*rises.values_of(week, &idle), is_young, &watched);
            let is_candidate = close(rises, week, &common, &values, likelihood, &mut totals);
            if is_candidate {
                candidates.push(name.clone());
            }
        } else if rises.is_live() {
            candidates.push(name.clone());
        }
        for series in rises.series() {
            if let Some((log, sums)) = series.log_rate().zip(totals.signals.get_mut(series.signal)) {
                sums.add_log(log);
            }
        }
    }
    Ok(totals)
}

/// Days from the week of the first request to `week`, in whole weeks.
pub(super) fn age_days(week: Week, first_request: Option<Week>) -> i32 {
    first_request.map_or(0, |first| (week - first).saturating_mul(7))
}

fn with_factors(common: &PerSignal<Common>, factors: &PerSignal<f64>) -> PerSignal<Common> {
    let mut common = *common;
    for (common, factor) in common.iter_mut().zip(factors.iter()) {
        common.factor = *factor;
    }
    common
}

/// Without what is not watched, and requests of an account that is too young for them.
fn measured(mut values: PerSignal<Value>, is_young: bool, watched: &WithWhole<bool>) -> PerSignal<Value> {
    for ((_, signal), (value, watched)) in
        SignalId::measured().zip(values.iter_mut().zip(watched.signals.iter()))
    {
        if !watched || is_young && signal.watch.by_request {
            *value = Value::default();
        }
    }
    values
}

/// Puts a week through the filters of one account; whether there is something to judge.
fn close(
    rises: &mut Rises,
    week: Week,
    common: &PerSignal<Common>,
    values: &PerSignal<Value>,
    likelihood: &mut Likelihood,
    totals: &mut Totals,
) -> bool {
    let mut scored = WeekScore::new(week);
    let mut is_candidate = rises.is_live();
    let each = SignalId::measured().zip(common.iter()).zip(values.iter());
    for (((id, signal), common), value) in each {
        if value.exposure == 0.0 {
            continue;
        }
        let Some(series) = rises.of_measured(id) else { continue };
        let closed = series.close(&signal.watch, common, week, value, likelihood);
        if let Some(sums) = totals.signals.get_mut(id) {
            sums.add_value(value);
            sums.scatter.add(closed.squares);
            sums.freedom.add(closed.freedom);
        }
        scored.set_usual(id, closed.usual);
        if series.has_score() {
            scored.set_score(id, closed.score);
            if !closed.settled {
                count_opened(totals, id, closed.score, &mut series.low_weeks, &mut series.opened);
            }
            is_candidate |= closed.score >= LISTED;
        }
        series.suspicion.take_if(|held| held.is_over(closed.score, week));
    }
    let scores = rises.newest_scores();
    let whole = &mut rises.whole;
    whole.score = log_odds(&scores);
    if whole.has_score(week) {
        scored.set_score(SignalId::WHOLE, whole.score);
        count_opened(totals, SignalId::WHOLE, whole.score, &mut whole.low_weeks, &mut whole.opened);
        is_candidate |= whole.score >= LISTED;
    }
    rises.remember(scored);
    is_candidate
}

/// Accounts from which on it is told how all moved together.
const TOGETHER_MIN: f64 = 5.0;

/// Counts which thresholds would have opened an alert, each as 1 - P/2: what is likely true shall cost less.
fn count_opened(totals: &mut Totals, id: SignalId, score: f32, low_weeks: &mut u8, opened: &mut u8) {
    *low_weeks = if score < LOW { low_weeks.saturating_add(1) } else { 0 };
    if *low_weeks >= LOW_WEEKS {
        *opened = 0;
    }
    let counts = totals.opened.get_mut(id);
    totals.watched.get_mut(id).add(1.0);
    let place = place_on_grid(score);
    if place > *opened {
        let weight = 1.0 - 0.5 * probability(f64::from(score));
        for (place, weight) in [(*opened, weight), (place, -weight)] {
            if let Some(count) = counts.get_mut(usize::from(place)) {
                count.add(weight);
            }
        }
        *opened = place;
    }
}

/// Takes in what all shards add up to, and judges.
pub(super) fn finish(
    monitor: &mut Monitor,
    week: Week,
    common: &PerSignal<Common>,
    factors: &PerSignal<f64>,
    totals: Totals,
) -> Result<(), Error> {
    let setup = monitor.setup.as_ref().ok_or(Error::NotConfigured)?;
    let population = &mut monitor.population;
    population.close(week, factors, &totals);
    let budgets = setup.policy.budgets();
    for id in SignalId::all() {
        let (watched, opened) = (*totals.watched.get(id), totals.opened.get(id));
        population.governors.get_mut(id).close(week, watched, opened, *budgets.get(id));
    }
    let buffers = &mut monitor.buffers.rising;
    let governed = WithWhole::from_fn(|id| population.governors.get(id).threshold());
    judge_tenant(setup, population, week, common, &totals, &mut buffers.likelihood, &mut monitor.decided);
    // Where there are few accounts, how they moved together is how each of them moved.
    let alone = still();
    let factors = if totals.awake.real() < TOGETHER_MIN { &alone } else { factors };
    buffers.likelihood.clear();
    for name in std::mem::take(&mut buffers.candidates) {
        if let Some(account) = monitor.accounts.get_mut(&name) {
            judge_account(setup, &name, account, week, factors, &governed, &mut monitor.decided);
        }
    }
    Ok(())
}

/// Lets the alerts of a week name those of the same account and signal.
pub(super) fn name_each_other(monitor: &mut Monitor, from: usize) -> Result<(), Error> {
    let setup = monitor.setup.as_ref().ok_or(Error::NotConfigured)?;
    for alert in monitor.decided.iter_mut().skip(from) {
        if let Some(account) = monitor.accounts.get(alert.account.as_str()) {
            account.name_each_other(alert, &setup.calendar);
        }
    }
    Ok(())
}

/// A week in which nobody was awake: what is open grows older.
pub(super) fn silence(monitor: &mut Monitor, week: Week) -> Result<(), Error> {
    let setup = monitor.setup.as_ref().ok_or(Error::NotConfigured)?;
    for (name, account) in &mut monitor.accounts {
        if account.rises.as_ref().is_some_and(|rises| rises.is_live()) {
            judge_account(setup, name, account, week, &still(), &WithWhole::default(), &mut monitor.decided);
        }
    }
    Ok(())
}

/// Nothing moved.
fn still() -> PerSignal<f64> {
    PerSignal::from_fn(|_, _| 1.0)
}

/// Judges the series of an account, and the account as a whole.
fn judge_account(
    setup: &Setup,
    name: &str,
    account: &mut Account,
    week: Week,
    factors: &PerSignal<f64>,
    governed: &WithWhole<f64>,
    decided: &mut Vec<Alert>,
) {
    let Account { rises, episodes, tracks, .. } = account;
    let profile = &tracks.profile;
    let Some(rises) = rises.as_deref_mut() else { return };
    let Some(scored) = rises.score_of(week).copied() else {
        return judge_silent(setup, name, profile, week, rises, decided);
    };
    let scores = rises.newest_scores();
    let levels = |id: SignalId| {
        let (listed, speaks) = setup.levels(name, profile, id)?;
        Some((listed, speaks.max(*governed.get(id))))
    };
    for series in rises.series_mut() {
        let id = series.signal;
        let assessment = Assessment {
            levels: levels(id),
            at_limit: is_at_limit(episodes, id),
            factor: factors.get(id).copied().unwrap_or(1.0),
            ..assess(setup, week, series, &scored)
        };
        tell(setup, name, id, &mut series.suspicion, &assessment, series.score, decided);
    }
    let members = rises.members(&scores);
    let whole = &rises.whole;
    let since = speaking(&scores).filter_map(|id| rises.of(id)).map(|series| series.calm).min();
    let assessment = Assessment {
        since: setup.calendar.start(since.unwrap_or(week - 1) + 1),
        score: scored.score(SignalId::WHOLE),
        low_weeks: whole.low_weeks,
        levels: levels(SignalId::WHOLE),
        usual: whole.suspicion.as_ref().map_or(0.0, |held| grown(held, rises)),
        severity: Some(words::severity_of(&members)),
        members,
        ..Assessment::silent(week, setup.calendar.closes(week))
    };
    if assessment.score.is_some_and(|score| score >= f64::from(LISTED)) {
        // What the whole rests on is what its signals rest on.
        let merged = Suspicion::of_all(speaking(&scores).filter_map(|id| rises.suspicion(id)));
        let held = rises.whole.suspicion.get_or_insert_default();
        (held.evidence, held.total, held.parts) = (merged.evidence, merged.total, merged.parts);
    }
    let whole = &mut rises.whole;
    tell(setup, name, SignalId::WHOLE, &mut whole.suspicion, &assessment, whole.score, decided);
}

/// By how much the usual rate of a signal that spoke for the whole has grown at most.
fn grown(whole: &Suspicion, rises: &Rises) -> f64 {
    let members = whole.rise.iter().flat_map(|rise| &rise.members);
    let grown = members.filter_map(|(id, usual, _)| Some(rises.of(*id)?.ladder.usual_rate() / usual));
    grown.fold(0.0, |most, grown| if grown > most { grown } else { most })
}

/// Judges an account that slept: what is open grows older.
fn judge_silent(
    setup: &Setup,
    name: &str,
    profile: &Profile<'_>,
    week: Week,
    rises: &mut Rises,
    decided: &mut Vec<Alert>,
) {
    let unscored = WeekScore::new(week);
    for series in rises.series_mut() {
        let levels = setup.levels(name, profile, series.signal);
        let assessment = Assessment { levels, ..assess(setup, week, series, &unscored) };
        tell(setup, name, series.signal, &mut series.suspicion, &assessment, series.score, decided);
    }
    let levels = setup.levels(name, profile, SignalId::WHOLE);
    let assessment = Assessment { levels, ..Assessment::silent(week, setup.calendar.closes(week)) };
    let whole = &mut rises.whole;
    tell(setup, name, SignalId::WHOLE, &mut whole.suspicion, &assessment, whole.score, decided);
}

/// What a week says of a series, before it is held against anything.
fn assess(setup: &Setup, week: Week, series: &Series, scored: &WeekScore) -> Assessment {
    let score = scored.score(series.signal);
    // Rates are asked of the few series that may have something to tell.
    let is_asked = series.suspicion.as_ref().is_some_and(|held| held.rise.is_some())
        || score.is_some_and(|score| score >= f64::from(LISTED));
    Assessment {
        since: setup.calendar.start(series.calm + 1),
        score,
        low_weeks: series.low_weeks,
        settled: series.has_just_settled(score),
        rates: if is_asked { series.ladder.creep_rates() } else { (1.0, 1.0) },
        usual: if is_asked { series.ladder.usual_rate() } else { 0.0 },
        ..Assessment::silent(week, setup.calendar.closes(week))
    }
}

/// Judges one series, and tells what changed.
fn tell(
    setup: &Setup,
    name: &str,
    id: SignalId,
    suspicion: &mut Option<Box<Suspicion>>,
    week: &Assessment,
    score: f32,
    decided: &mut Vec<Alert>,
) {
    if week.score.is_some_and(|score| score >= f64::from(LISTED)) {
        suspicion.get_or_insert_default();
    }
    let Some(held) = suspicion.as_deref_mut() else { return };
    match held.judge(week) {
        None => {}
        Some((Told::Fires, rise)) => {
            decided.push(words::told(name, id, &rise, held, &setup.calendar));
        }
        Some((Told::Ends(how), rise)) => {
            decided.push(words::ended(name, id, &rise, held, week.at, (how, week.usual), &setup.calendar));
        }
    }
    if held.is_over(score, week.week) {
        *suspicion = None;
    }
}

/// Whether a limit of the policy is reached as well.
fn is_at_limit(episodes: &[Episode], id: SignalId) -> bool {
    episodes.iter().any(|episode| episode.signal == id && episode.state == State::Firing)
}

/// Puts a week through the filters of the tenant itself, and judges it.
fn judge_tenant(
    setup: &Setup,
    population: &mut Population,
    week: Week,
    common: &PerSignal<Common>,
    totals: &Totals,
    likelihood: &mut Likelihood,
    decided: &mut Vec<Alert>,
) {
    let everybody = Profile::default();
    let Some(values) = tenant_values(totals) else {
        if let Some(tenant) = population.tenant.as_deref_mut().filter(|tenant| tenant.rises.is_live()) {
            judge_silent(setup, TENANT, &everybody, week, &mut tenant.rises, decided);
        }
        return;
    };
    let common = with_factors(common, &still());
    let tenant = population.tenant.get_or_insert_with(|| Box::new(Tenant::new(week, &common)));
    let watched = setup.policy.watched();
    let values = measured(values, false, &watched);
    tenant.remember(week, &values);
    let rises = &mut tenant.rises;
    let mut scored = WeekScore::new(week);
    let each = SignalId::measured().zip(common.iter()).zip(values.iter());
    for (((id, signal), common), value) in each.filter(|(_, value)| value.exposure > 0.0) {
        let Some(series) = rises.of_measured(id) else { continue };
        let is_fading = series.suspicion.as_ref().is_some_and(|held| held.is_fading());
        if !is_fading && (series.suspicion.is_some() || series.may_rise(value)) {
            let rests_on = if signal.watch.by_request { value.exposure } else { value.sum };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
            series.suspicion.get_or_insert_default().rests_on_more(rests_on as u32);
        }
        let closed = series.close(&signal.watch, common, week, value, likelihood);
        scored.set_usual(id, closed.usual);
        if series.has_score() {
            scored.set_score(id, closed.score);
            series.low_weeks = if closed.score < LOW { series.low_weeks.saturating_add(1) } else { 0 };
        }
    }
    for series in rises.series_mut() {
        let levels = setup.levels(TENANT, &everybody, series.signal);
        let assessment = Assessment { levels, ..assess(setup, week, series, &scored) };
        tell(setup, TENANT, series.signal, &mut series.suspicion, &assessment, series.score, decided);
    }
    rises.remember(scored);
}
