//! A backtest for programs.

use serde::Serialize;

use crate::tuning::{Backtest, Episode, Kind, Numbers, Side};
use redtape::At;
use redtape::detector::{Cause, Severity};
use redtape_model::calendar::Instant;

/// The backtest as JSON, with a line end: per policy its numbers, those by signal and kind, and all of its alerts.
pub fn backtest_json(backtest: &Backtest) -> String {
    let replay = backtest.sides.first().map(|side| &side.replay);
    let report = replay.map(|replay| &replay.report);
    let fields = BacktestFields {
        format: 1,
        first: report.and_then(|report| report.span).map(|(first, _)| At(first)),
        as_of: report.and_then(|report| report.as_of).map(At),
        lines: report.map_or(0, |report| report.counts.lines),
        not_taken: report.map_or(0, |report| report.not_taken()),
        accounts: report.map_or(0, |report| report.accounts),
        account_years: rounded(replay.map_or(0.0, crate::tuning::Replay::account_years)),
        weeks: rounded(replay.map_or(0.0, crate::tuning::Replay::weeks)),
        policies: backtest.sides.iter().map(|side| policy(side, backtest.sides.len() > 1)).collect(),
    };
    crate::render::pretty(serde_json::to_string_pretty(&fields))
}

/// To three decimals: more would be noise.
fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[derive(Serialize)]
struct BacktestFields<'a> {
    format: u32,
    first: Option<At>,
    as_of: Option<At>,
    lines: u64,
    not_taken: u64,
    accounts: u32,
    account_years: f64,
    weeks: f64,
    policies: Vec<PolicyFields<'a>>,
}

#[derive(Serialize)]
struct PolicyFields<'a> {
    policy: &'a str,
    /// Not where there is but one policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_here: Option<usize>,
    #[serde(flatten)]
    numbers: NumberFields,
    signals: Vec<SignalFields<'a>>,
    alerts: Vec<EpisodeFields<'a>>,
}

#[derive(Serialize)]
struct SignalFields<'a> {
    signal: &'a str,
    cause: Cause,
    /// Whether it is about a single plan or request.
    of_one: bool,
    #[serde(flatten)]
    numbers: NumberFields,
}

#[derive(Serialize)]
struct NumberFields {
    count: usize,
    a_week: f64,
    an_account_year: f64,
    accounts_alerted: usize,
    critical: usize,
    open: usize,
    days_median: Option<f64>,
    days_longest: Option<f64>,
}

#[derive(Serialize)]
struct EpisodeFields<'a> {
    id: &'a str,
    account: &'a str,
    signal: &'a str,
    cause: Cause,
    subject: &'a str,
    severity: Severity,
    fired: At,
    resolved: Option<At>,
    days: f64,
    resolution: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_both: Option<bool>,
    summary: &'a str,
}

fn policy(side: &Side, two: bool) -> PolicyFields<'_> {
    let end = side.replay.end();
    let signals = side.by_signal().into_iter().map(|((signal, kind), group)| SignalFields {
        signal,
        cause: if kind == Kind::Rise { Cause::Rise } else { Cause::Threshold },
        of_one: kind == Kind::LimitOfOne,
        numbers: numbers(side, &group),
    });
    PolicyFields {
        policy: &side.policy,
        only_here: two.then(|| side.alone().count()),
        numbers: numbers(side, &side.numbers()),
        signals: signals.collect(),
        alerts: side
            .replay
            .episodes
            .iter()
            .zip(&side.shared)
            .map(|(it, shared)| episode(it, two.then_some(*shared), end))
            .collect(),
    }
}

fn numbers(side: &Side, numbers: &Numbers) -> NumberFields {
    let alerts = crate::tuning::alerts_of(numbers);
    NumberFields {
        count: numbers.alerts,
        a_week: rounded(side.replay.a_week(alerts)),
        an_account_year: rounded(side.replay.an_account_year(alerts)),
        accounts_alerted: numbers.accounts,
        critical: numbers.critical,
        open: numbers.open,
        days_median: numbers.days_median().map(rounded),
        days_longest: numbers.days_longest().map(rounded),
    }
}

fn episode(episode: &Episode, in_both: Option<bool>, end: Instant) -> EpisodeFields<'_> {
    EpisodeFields {
        id: &episode.id,
        account: &episode.account,
        signal: &episode.signal,
        cause: episode.cause,
        subject: &episode.subject,
        severity: episode.severity,
        fired: At(episode.fired),
        resolved: episode.resolved.map(At),
        days: rounded(episode.days(end)),
        resolution: &episode.resolution,
        in_both,
        summary: &episode.summary,
    }
}
