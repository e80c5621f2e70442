#![doc = include_str!("approval-hops.md")]

use super::description::{About, Measure, OpenLimits, Signal, Value, Watch, WeekLimits};
use super::parts::{Parts, WeekPart};
use super::requests;
use super::words::count;
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::tracks::{Family, Round, Subject};

/// What hops were for.
const FORWARDS: &str = "forwards";
const RETURNS: &str = "returns";
const OTHERS: &str = "others";

/// The signal `approval-hops`.
pub(super) const SIGNAL: Signal = Signal {
    about: About {
        name: "approval-hops",
        unit: "hops/request",
        doc: include_str!("approval-hops.md"),
        title: "Hand-overs for a decision",
        measure: "hand-overs a request, mean of the week’s decisions",
        noun: "hops",
        per: "a request",
        step: 0.5,
    },
    is_on: true,
    family: Family::Approvals,
    measure,
    weeks: Some(WeekLimits {
        warning: 4.0,
        critical: 6.0,
        words: |value, facts| format!("{value} hops a request ({})", count(facts.decided(), "decision")),
        suggestion: |facts, _calendar| {
            correction(
                sum(facts, |round| round.hops),
                sum(facts, |round| round.forwards),
                sum(facts, |round| round.returns),
            )
        },
    }),
    open: Some(OpenLimits {
        warning: 6.0,
        critical: 9.0,
        value: |subject, _now| Some(f64::from(requests::round(subject)?.hops)),
        due: |_subject, _limit| None,
        words: open_words,
        suggestion: |subject| {
            requests::round(subject)
                .map_or_else(String::new, |round| correction(round.hops, round.forwards, round.returns))
        },
        ending: requests::ending,
    }),
    watch: Watch { beyond: 1.0, weight: 0.5, ..requests::watch(0.095_310_179_804_324_87, 0.7, 1.0, true) },
    evidence: |facts| facts.decisions().collect(),
    parts,
    suggestion,
};

/// Hops a decided request. The watch adds up those beyond the first: one hand-over is what every decision needs.
fn measure(facts: &WeekFacts) -> Measure {
    let (mut all, mut beyond, mut squares) = (0_u32, 0.0, 0.0);
    for decided in facts.rounds() {
        all = all.saturating_add(decided.round.hops);
        let more = f64::from(decided.round.hops.saturating_sub(1));
        beyond += more;
        squares += more * more;
    }
    let rounds = facts.decided();
    Measure {
        value: (rounds > 0).then(|| f64::from(all) / f64::from(rounds)),
        watched: Value::new(beyond, rounds as f32, squares),
    }
}

fn sum(facts: &WeekFacts, part: fn(&Round) -> u32) -> u32 {
    facts.rounds().iter().fold(0, |sum: u32, decided| sum.saturating_add(part(&decided.round)))
}

fn parts<'a>(facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
    let (hops, forwards, returns) = (
        sum(facts, |round| round.hops),
        sum(facts, |round| round.forwards),
        sum(facts, |round| round.returns),
    );
    let others = hops.saturating_sub(forwards).saturating_sub(returns);
    [(FORWARDS, forwards), (RETURNS, returns), (OTHERS, others)]
        .map(|(name, hops)| WeekPart::named(name, hops))
        .into()
}

fn suggestion(parts: &Parts<'_>) -> String {
    match correction(parts.all(), parts.of(FORWARDS), parts.of(RETURNS)) {
        none if none.is_empty() => {
            "Drop the stage that was added since then, or let it be told instead of asked".to_owned()
        }
        correction => correction,
    }
}

fn open_words(subject: &Subject<'_>, _value: f64, calendar: &Calendar) -> String {
    let hops = requests::round(subject).map_or(0, |round| round.hops);
    let (request, hops, since) = (subject.name(), count(hops, "hop"), calendar.date(subject.since()));
    format!("request {request} has taken {hops} since {since} and is still open")
}

/// What the hops were for says which of them to spare.
fn correction(hops: u32, forwards: u32, returns: u32) -> String {
    if u64::from(returns) * 4 >= u64::from(hops) && returns > 0 {
        return format!(
            "Agree what a complete request holds: {returns} of its {} handed it back",
            count(hops, "hop")
        );
    }
    if u64::from(forwards) * 2 >= u64::from(hops) && forwards > 0 {
        return format!("Drop a stage: {forwards} of {} only handed the request on", count(hops, "hop"));
    }
    String::new()
}
