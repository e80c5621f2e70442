#![doc = include_str!("approval-days.md")]

use super::description::{About, Measure, OpenLimits, Signal, Value, Watch, WeekLimits};
use super::parts::{Part, Parts, WeekPart};
use super::requests;
use super::words::{count, number, percent};
use crate::activity::Instant;
use crate::calendar::{Calendar, DAY_MS};
use crate::counting::WeekFacts;
use crate::tracks::{Family, Subject};
use std::collections::BTreeMap;

/// Values are compared with limits once they are rounded to four decimals, so a limit is reached a little early.
const HALF_A_STEP: f64 = 0.00005;

const MINUTE_MS: i64 = 60_000;

/// The signal `approval-days`.
pub(super) const SIGNAL: Signal = Signal {
    about: About {
        name: "approval-days",
        unit: "days",
        doc: include_str!("approval-days.md"),
        title: "Days to a decision",
        measure: "days a request, mean of the week’s decisions",
        noun: "days to a decision",
        per: "a request",
        step: 1.0,
    },
    is_on: true,
    family: Family::Approvals,
    measure,
    weeks: Some(WeekLimits {
        warning: 14.0,
        critical: 28.0,
        words: |value, facts| format!("{value} days to a decision ({})", count(facts.decided(), "decision")),
        suggestion: week_suggestion,
    }),
    open: Some(OpenLimits {
        warning: 30.0,
        critical: 60.0,
        value: |subject, now| Some(days(now - requests::round(subject)?.first)),
        due,
        words: open_words,
        suggestion: |subject| format!("Decide request {} at its next step, or withdraw it", subject.name()),
        ending: requests::ending,
    }),
    watch: Watch { weight: 0.8, ..requests::watch(0.0, 0.8, 3.0, false) },
    evidence: |facts| facts.decisions().collect(),
    parts,
    suggestion,
};

/// Days from first step to decision, of a decided request.
fn measure(facts: &WeekFacts) -> Measure {
    let (mut sum, mut squares) = (0.0, 0.0);
    for decided in facts.rounds() {
        let took = days(decided.took_ms().max(0));
        sum += took;
        squares += took * took;
    }
    let rounds = facts.decided();
    Measure {
        value: (rounds > 0).then(|| days(deciding_ms(facts)) / f64::from(rounds)),
        watched: Value::new(sum, rounds as f32, squares),
    }
}

/// Milliseconds from first step to decision, summed over the week's decisions.
fn deciding_ms(facts: &WeekFacts) -> i64 {
    facts.rounds().iter().map(|decided| decided.took_ms()).sum()
}

/// The longest wait of each request, by the step that ended it, in minutes.
fn parts<'a>(facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
    let part = |(wait, step): (i64, u32)| {
        WeekPart::named(format!("step {step}"), u32::try_from(wait / MINUTE_MS).unwrap_or(u32::MAX))
    };
    facts.rounds().iter().map(|decided| part(decided.round.longest_wait)).collect()
}

fn suggestion(parts: &Parts<'_>) -> String {
    let Some(Part { name: step, amount, .. }) = parts.greatest() else { return String::new() };
    let share = percent(*amount, parts.all());
    format!("Set a time limit before {step}: {share} % of the longest waits since then ended there")
}

/// Names the step that most of the time was waited for.
fn week_suggestion(facts: &WeekFacts, _calendar: &Calendar) -> String {
    let mut waits: BTreeMap<u32, i64> = BTreeMap::new();
    for (wait, step) in facts.rounds().iter().map(|decided| decided.round.longest_wait) {
        *waits.entry(step).or_default() += wait;
    }
    let longest = waits.into_iter().max_by_key(|(step, wait)| (*wait, std::cmp::Reverse(*step)));
    let all = deciding_ms(facts);
    let Some((step, wait)) = longest.filter(|_| all > 0) else {
        return String::new();
    };
    let share = 100.0 * wait as f64 / all as f64;
    format!("Set a time limit before step {step}: waiting there takes {share:.0} % of the days")
}

fn due(subject: &Subject<'_>, limit: f64) -> Option<Instant> {
    #[expect(clippy::cast_possible_truncation, reason = "limits are at most 1e9 days: below 2^57 ms")]
    let ms = ((limit - HALF_A_STEP) * DAY_MS as f64).ceil() as i64;
    Some(subject.since() + ms)
}

fn open_words(subject: &Subject<'_>, value: f64, calendar: &Calendar) -> String {
    let (request, since) = (subject.name(), calendar.date(subject.since()));
    let hops = count(requests::round(subject).map_or(0, |round| round.hops), "hop");
    let days = number(value);
    format!("request {request} has been open for {days} days, since {since}, with {hops} so far")
}

fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS as f64
}
