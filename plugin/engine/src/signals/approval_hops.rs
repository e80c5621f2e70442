#![doc = include_str!("approval-hops.md")]

use super::{About, Item, Numbers, Parts, REQUEST_OPTIONS, RiseWords, Signal, WeekPart, count, request};
use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::{Family, WeekFacts, WeekRecord};
use crate::settings::SignalPolicy;
use crate::tracks::{Round, Subject};

const ABOUT: About = About {
    name: "approval-hops",
    unit: "hops/request",
    doc: include_str!("approval-hops.md"),
    options: REQUEST_OPTIONS,
    family: Family::Approvals,
};

/// What hops were for.
const FORWARDS: &str = "forwards";
const RETURNS: &str = "returns";
const OTHERS: &str = "others";

/// The signal `approval-hops`.
pub(super) struct ApprovalHops;

impl Signal for ApprovalHops {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy {
            warning: Some(4.0),
            critical: Some(6.0),
            open_warning: Some(6.0),
            open_critical: Some(9.0),
            ..Default::default()
        }
    }

    fn week_value(&self, record: &WeekRecord) -> Option<f64> {
        (record.rounds > 0).then(|| f64::from(record.hops) / f64::from(record.rounds))
    }

    fn week_evidence<'a>(&self, facts: &'a WeekFacts) -> Vec<&'a [u8]> {
        facts.decisions().collect()
    }

    fn week_parts<'a>(&self, facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
        let sum = |part: fn(&Round) -> u32| {
            facts.rounds.iter().fold(0, |sum: u32, decided| sum.saturating_add(part(&decided.round)))
        };
        let (hops, forwards, returns) =
            (sum(|round| round.hops), sum(|round| round.forwards), sum(|round| round.returns));
        let others = hops.saturating_sub(forwards).saturating_sub(returns);
        [(FORWARDS, forwards), (RETURNS, returns), (OTHERS, others)]
            .map(|(name, hops)| WeekPart::named(name, hops))
            .into()
    }

    fn rise_words(&self) -> RiseWords {
        RiseWords { noun: "hops", per: "a request", offset: 1.0 }
    }

    fn parts_suggestion(&self, parts: &Parts<'_>) -> String {
        match correction(parts.all(), parts.of(FORWARDS), parts.of(RETURNS)) {
            none if none.is_empty() => {
                "Drop the stage that was added since then, or let it be told instead of asked".to_owned()
            }
            correction => correction,
        }
    }

    fn week_words(&self, value: &str, record: &WeekRecord) -> String {
        format!("{value} hops a request ({})", count(record.rounds, "decision"))
    }

    fn week_suggestion(&self, facts: &WeekFacts, _calendar: &Calendar) -> String {
        let sum =
            |part: fn(&Round) -> u32| facts.rounds.iter().map(|decided| part(&decided.round)).sum::<u32>();
        correction(sum(|round| round.hops), sum(|round| round.forwards), sum(|round| round.returns))
    }

    fn item<'a>(&self, subject: Subject<'a>, _now: Instant) -> Option<Item<'a>> {
        request(subject, |round| f64::from(round.hops))
    }

    fn item_words(&self, subject: &str, _value: f64, numbers: &Numbers, calendar: &Calendar) -> String {
        let (hops, since) = (count(numbers.hops, "hop"), calendar.date(numbers.since));
        format!("request {subject} has taken {hops} since {since} and is still open")
    }

    fn item_suggestion(&self, _subject: &str, numbers: &Numbers) -> String {
        correction(numbers.hops, numbers.forwards, numbers.returns)
    }
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
