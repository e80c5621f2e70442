//! The rise watch over all accounts, once a week is counted: filter, population, budget, and what is told.

use super::closing::is_awake;
use super::{Error, Monitor, Setup};
use crate::account::Account;
use crate::activity::Profile;
use crate::alert::{Alert, Episode, State, TENANT};
use crate::calendar::Week;
use crate::counting::Family;
use crate::filter::Likelihood;
use crate::population::{Population, Tenant, Totals, place_on_grid, tenant_values};
use crate::rise::{
    Common, Judge, KINDS, LOW, LOW_WEEKS, Mark, Rises, Series, Suspicion, Told, Value, joint, named,
    probability, words,
};
use crate::settings::LISTED;
use crate::signals::{SignalName, WATCHED, WEEKLY};

/// What the filter needs from one round to the next, until the week is closed.
#[derive(Debug, Default)]
pub(super) struct Lent {
    likelihood: Likelihood,
    /// The accounts that have something to be judged in the week under way.
    candidates: Vec<Box<str>>,
}

/// Puts a week through the filter of every account; what they add up to.
pub(super) fn filter(
    monitor: &mut Monitor,
    week: Week,
    common: &[Common; WEEKLY],
    factors: &[f64; WEEKLY],
    young_days: f64,
) -> Result<Totals, Error> {
    let setup = monitor.setup.as_ref().ok_or(Error::NotConfigured)?;
    let Lent { likelihood, candidates } = &mut monitor.lent.rising;
    candidates.clear();
    let common = with_factors(common, factors);
    let watched = setup.policy.watched();
    let mut totals = Totals::default();
    for (name, account) in &mut monitor.accounts {
        let first_request = account.seen_of(Family::Approvals).and_then(|seen| seen.first);
        let awake = is_awake(account, week);
        let Some(rises) = account.rises.as_deref_mut() else { continue };
        if awake {
            totals.awake.add(1.0);
            let is_young = f64::from(age_days(week, first_request)) < young_days;
            let values = measured(*rises.values_of(week), is_young, watched);
            let is_candidate = close(rises, week, &common, &values, likelihood, &mut totals);
            if is_candidate {
                candidates.push(name.clone());
            }
        } else if rises.is_live() {
            candidates.push(name.clone());
        }
        for (series, sums) in rises.series.iter().zip(&mut totals.signals) {
            if let Some(log) = series.log_rate() {
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

fn with_factors(common: &[Common; WEEKLY], factors: &[f64; WEEKLY]) -> [Common; WEEKLY] {
    let mut common = *common;
    for (common, factor) in common.iter_mut().zip(factors) {
        common.factor = *factor;
    }
    common
}

/// Without what is not watched, and requests of an account that is too young for them.
fn measured(mut values: [Value; WEEKLY], is_young: bool, watched: [bool; WATCHED]) -> [Value; WEEKLY] {
    for ((value, kind), watched) in values.iter_mut().zip(&KINDS).zip(watched) {
        if !watched || is_young && kind.by_request {
            *value = Value::default();
        }
    }
    values
}

/// Puts a week through the filters of one account; whether there is something to judge.
fn close(
    rises: &mut Rises,
    week: Week,
    common: &[Common; WEEKLY],
    values: &[Value; WEEKLY],
    likelihood: &mut Likelihood,
    totals: &mut Totals,
) -> bool {
    let mut mark = Mark::new(week);
    let mut is_candidate = rises.is_live();
    let each = rises.series.iter_mut().zip(&KINDS).zip(common).zip(values);
    for (place, (((series, kind), common), value)) in each.enumerate() {
        if value.exposure == 0.0 {
            continue;
        }
        let closed = series.close(kind, common, week, value, likelihood);
        if let Some(sums) = totals.signals.get_mut(place) {
            sums.add_value(value);
            sums.scatter.add(closed.squares);
            sums.freedom.add(closed.freedom);
        }
        mark.set_usual(place, closed.usual);
        if series.has_score() {
            mark.set_score(place, closed.score);
            if !closed.settled {
                count_opened(totals, place, closed.score, &mut series.low_weeks, &mut series.opened);
            }
            is_candidate |= closed.score >= LISTED;
        }
        series.suspicion.take_if(|held| held.is_over(closed.score, week));
    }
    let scores = rises.series.each_ref().map(|series| series.score);
    rises.joint.score = joint(&scores);
    if rises.joint.has_score(week) {
        mark.set_score(WEEKLY, rises.joint.score);
        let whole = &mut rises.joint;
        count_opened(totals, WEEKLY, whole.score, &mut whole.low_weeks, &mut whole.opened);
        is_candidate |= whole.score >= LISTED;
    }
    rises.remember(mark);
    is_candidate
}

/// Accounts from which on it is told how all moved together.
const TOGETHER_MIN: f64 = 5.0;

/// Counts which thresholds would have opened an alert, each as 1 - P/2: what is likely true shall cost less.
fn count_opened(totals: &mut Totals, signal: usize, score: f32, low_weeks: &mut u8, opened: &mut u8) {
    *low_weeks = if score < LOW { low_weeks.saturating_add(1) } else { 0 };
    if *low_weeks >= LOW_WEEKS {
        *opened = 0;
    }
    let (Some(watched), Some(counts)) = (totals.watched.get_mut(signal), totals.opened.get_mut(signal))
    else {
        return;
    };
    watched.add(1.0);
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
    common: &[Common; WEEKLY],
    factors: &[f64; WEEKLY],
    totals: Totals,
) -> Result<(), Error> {
    let setup = monitor.setup.as_ref().ok_or(Error::NotConfigured)?;
    let population = &mut monitor.population;
    population.close(week, factors, &totals);
    let budgets = setup.policy.budgets();
    let counts = population.governors.iter_mut().zip(&totals.watched).zip(&totals.opened).zip(budgets);
    for (((governor, watched), opened), budget) in counts {
        governor.close(week, *watched, opened, budget);
    }
    let lent = &mut monitor.lent.rising;
    let governed = population.governors.each_ref().map(|governor| governor.threshold());
    judge_tenant(setup, population, week, common, &totals, &mut lent.likelihood, &mut monitor.decided);
    // Where there are few accounts, how they moved together is how each of them moved.
    let factors = if totals.awake.real() < TOGETHER_MIN { &[1.0; WEEKLY] } else { factors };
    lent.likelihood.clear();
    for name in std::mem::take(&mut lent.candidates) {
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
            judge_account(setup, name, account, week, &[1.0; WEEKLY], &[0.0; WATCHED], &mut monitor.decided);
        }
    }
    Ok(())
}

/// Judges the series of an account, and the account as a whole.
fn judge_account(
    setup: &Setup,
    name: &str,
    account: &mut Account,
    week: Week,
    factors: &[f64; WEEKLY],
    governed: &[f64; WATCHED],
    decided: &mut Vec<Alert>,
) {
    let Account { rises, episodes, tracks, .. } = account;
    let profile = &tracks.profile;
    let Some(rises) = rises.as_deref_mut() else { return };
    let Some(mark) = rises.mark(week).copied() else {
        return judge_silent(setup, name, profile, week, rises, decided);
    };
    let scores = rises.series.each_ref().map(|series| series.score);
    let levels = |signal: usize| {
        let (listed, speaks) = setup.levels(name, profile, signal)?;
        Some((listed, speaks.max(governed.get(signal).copied().unwrap_or_default())))
    };
    for (signal, (series, factor)) in rises.series.iter_mut().zip(factors).enumerate() {
        let judge = Judge {
            levels: levels(signal),
            at_limit: is_at_limit(episodes, signal),
            factor: *factor,
            ..judge_of(setup, week, signal, series, &mark)
        };
        tell(setup, name, signal, &mut series.suspicion, &judge, series.score, decided);
    }
    let members = rises.members(&scores);
    let whole = &rises.joint;
    let since = named(&scores).filter_map(|signal| rises.series.get(signal)).map(|series| series.calm).min();
    let judge = Judge {
        week,
        at: setup.calendar.closes(week),
        since: setup.calendar.start(since.unwrap_or(week - 1) + 1),
        score: mark.score(WEEKLY),
        low_weeks: whole.low_weeks,
        settled: false,
        levels: levels(WEEKLY),
        rates: (1.0, 1.0),
        usual: whole.suspicion.as_ref().map_or(0.0, |held| grown(held, &rises.series)),
        factor: 1.0,
        severity: Some(words::severity_of(&members)),
        at_limit: false,
        members,
    };
    if judge.score.is_some_and(|score| score >= f64::from(LISTED)) {
        // What the whole rests on is what its signals rest on.
        let merged = Suspicion::of_all(named(&scores).filter_map(|signal| rises.suspicion(signal)));
        let held = rises.joint.suspicion.get_or_insert_default();
        (held.evidence, held.total, held.parts) = (merged.evidence, merged.total, merged.parts);
    }
    let whole = &mut rises.joint;
    tell(setup, name, WEEKLY, &mut whole.suspicion, &judge, whole.score, decided);
}

/// By how much the usual rate of a signal that spoke for the whole has grown at most.
fn grown(whole: &Suspicion, series: &[Series; WEEKLY]) -> f64 {
    let members = whole.rise.iter().flat_map(|rise| &rise.members);
    let grown = members
        .filter_map(|(signal, usual, _)| Some(series.get(usize::from(*signal))?.ladder.usual_rate() / usual));
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
    let mark = Mark::new(week);
    for (signal, series) in rises.series.iter_mut().enumerate() {
        let levels = setup.levels(name, profile, signal);
        let judge = Judge { levels, ..judge_of(setup, week, signal, series, &mark) };
        tell(setup, name, signal, &mut series.suspicion, &judge, series.score, decided);
    }
    if let Some(first) = rises.series.first() {
        let levels = setup.levels(name, profile, WEEKLY);
        let judge = Judge { levels, ..judge_of(setup, week, WEEKLY, first, &mark) };
        tell(setup, name, WEEKLY, &mut rises.joint.suspicion, &judge, rises.joint.score, decided);
    }
}

fn judge_of(setup: &Setup, week: Week, signal: usize, series: &Series, mark: &Mark) -> Judge {
    let score = mark.score(signal);
    // Rates are asked of the few series that may have something to tell.
    let is_asked = series.suspicion.as_ref().is_some_and(|held| held.rise.is_some())
        || score.is_some_and(|score| score >= f64::from(LISTED));
    Judge {
        week,
        at: setup.calendar.closes(week),
        since: setup.calendar.start(series.calm + 1),
        score,
        low_weeks: series.low_weeks,
        settled: series.has_just_settled(score),
        levels: None,
        rates: if is_asked { series.ladder.creep_rates() } else { (1.0, 1.0) },
        usual: if is_asked { series.ladder.usual_rate() } else { 0.0 },
        factor: 1.0,
        severity: None,
        at_limit: false,
        members: Vec::new(),
    }
}

/// Judges one series, and tells what changed.
fn tell(
    setup: &Setup,
    name: &str,
    signal: usize,
    suspicion: &mut Option<Box<Suspicion>>,
    judge: &Judge,
    score: f32,
    decided: &mut Vec<Alert>,
) {
    if judge.score.is_some_and(|score| score >= f64::from(LISTED)) {
        suspicion.get_or_insert_default();
    }
    let Some((held, signal)) = suspicion.as_deref_mut().zip(SignalName::at(signal)) else { return };
    match held.judge(judge) {
        None => {}
        Some((Told::Fires, rise)) => {
            decided.push(words::told(name, signal, &rise, held, &setup.calendar));
        }
        Some((Told::Ends(how), rise)) => {
            decided.push(words::ended(
                name,
                signal,
                &rise,
                held,
                judge.at,
                (how, judge.usual),
                &setup.calendar,
            ));
        }
    }
    if held.is_over(score, judge.week) {
        *suspicion = None;
    }
}

/// Whether a limit of the policy is reached as well.
fn is_at_limit(episodes: &[Episode], signal: usize) -> bool {
    let signal = SignalName::at(signal);
    episodes.iter().any(|episode| Some(episode.signal) == signal && episode.state == State::Firing)
}

/// Puts a week through the filters of the tenant itself, and judges it.
fn judge_tenant(
    setup: &Setup,
    population: &mut Population,
    week: Week,
    common: &[Common; WEEKLY],
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
    let common = with_factors(common, &[1.0; WEEKLY]);
    let tenant = population.tenant.get_or_insert_with(|| Box::new(Tenant::new(week, &common)));
    let watched = setup.policy.watched();
    let values = measured(values, false, watched);
    tenant.remember(week, &values);
    let rises = &mut tenant.rises;
    let mut mark = Mark::new(week);
    let each = rises.series.iter_mut().zip(&KINDS).zip(&common).zip(&values);
    for (signal, (((series, kind), common), value)) in each.enumerate() {
        if value.exposure > 0.0 {
            let is_fading = series.suspicion.as_ref().is_some_and(|held| held.is_fading());
            if !is_fading && (series.suspicion.is_some() || series.may_rise(value)) {
                let rests_on = if kind.by_request { value.exposure } else { value.sum };
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast saturates"
                )]
                series.suspicion.get_or_insert_default().rests_on_more(rests_on as u32);
            }
            let closed = series.close(kind, common, week, value, likelihood);
            mark.set_usual(signal, closed.usual);
            if series.has_score() {
                mark.set_score(signal, closed.score);
                series.low_weeks = if closed.score < LOW { series.low_weeks.saturating_add(1) } else { 0 };
            }
        }
        let levels = setup.levels(TENANT, &everybody, signal);
        let judge = Judge { levels, ..judge_of(setup, week, signal, series, &mark) };
        tell(setup, TENANT, signal, &mut series.suspicion, &judge, series.score, decided);
    }
    rises.remember(mark);
}
