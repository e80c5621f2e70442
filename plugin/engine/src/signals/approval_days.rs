#![doc = include_str!("approval-days.md")]

use super::{
    About, Item, Numbers, Part, Parts, REQUEST_OPTIONS, RiseWords, Signal, WeekPart, count, number, percent,
    request,
};
use crate::activity::Instant;
use crate::calendar::{Calendar, DAY_MS};
use crate::counting::{Family, WeekFacts, WeekRecord};
use crate::settings::SignalPolicy;
use crate::tracks::Subject;
use std::collections::BTreeMap;

const ABOUT: About = About {
    name: "approval-days",
    unit: "days",
    doc: include_str!("approval-days.md"),
    options: REQUEST_OPTIONS,
    family: Family::Approvals,
};

/// Values are compared with limits once they are rounded to four decimals, so a limit is reached a little early.
const HALF_A_STEP: f64 = 0.00005;

const MINUTE_MS: i64 = 60_000;

/// The signal `approval-days`.
pub(super) struct ApprovalDays;

impl Signal for ApprovalDays {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy {
            warning: Some(14.0),
            critical: Some(28.0),
            open_warning: Some(30.0),
            open_critical: Some(60.0),
            ..Default::default()
        }
    }

    fn week_value(&self, record: &WeekRecord) -> Option<f64> {
        (record.rounds > 0).then(|| days(record.deciding_ms) / f64::from(record.rounds))
    }

    fn week_evidence<'a>(&self, facts: &'a WeekFacts) -> Vec<&'a [u8]> {
        facts.decisions().collect()
    }

    /// The longest wait of each request, by the step that ended it, in minutes.
    fn week_parts<'a>(&self, facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
        let part = |(wait, step): (i64, u32)| {
            WeekPart::named(format!("step {step}"), u32::try_from(wait / MINUTE_MS).unwrap_or(u32::MAX))
        };
        facts.rounds.iter().map(|decided| part(decided.round.longest_wait)).collect()
    }

    fn rise_words(&self) -> RiseWords {
        RiseWords { noun: "days to a decision", per: "a request", offset: 0.0 }
    }

    fn parts_suggestion(&self, parts: &Parts<'_>) -> String {
        let Some(Part { name: step, amount, .. }) = parts.greatest() else { return String::new() };
        let share = percent(*amount, parts.all());
        format!("Set a time limit before {step}: {share} % of the longest waits since then ended there")
    }

    fn week_words(&self, value: &str, record: &WeekRecord) -> String {
        format!("{value} days to a decision ({})", count(record.rounds, "decision"))
    }

    /// Names the step that most of the time was waited for.
    fn week_suggestion(&self, facts: &WeekFacts, _calendar: &Calendar) -> String {
        let mut waits: BTreeMap<u32, i64> = BTreeMap::new();
        for (wait, step) in facts.rounds.iter().map(|decided| decided.round.longest_wait) {
            *waits.entry(step).or_default() += wait;
        }
        let longest = waits.into_iter().max_by_key(|(step, wait)| (*wait, std::cmp::Reverse(*step)));
        let Some((step, wait)) = longest.filter(|_| facts.record.deciding_ms > 0) else {
            return String::new();
        };
        let share = 100.0 * wait as f64 / facts.record.deciding_ms as f64;
        format!("Set a time limit before step {step}: waiting there takes {share:.0} % of the days")
    }

    fn item<'a>(&self, subject: Subject<'a>, now: Instant) -> Option<Item<'a>> {
        request(subject, |round| days(now - round.first))
    }

    fn item_due(&self, item: &Item<'_>, limit: f64) -> Option<Instant> {
        #[expect(clippy::cast_possible_truncation, reason = "limits are at most 1e9 days: below 2^57 ms")]
        let ms = ((limit - HALF_A_STEP) * DAY_MS as f64).ceil() as i64;
        Some(item.numbers.since + ms)
    }

    fn item_words(&self, subject: &str, value: f64, numbers: &Numbers, calendar: &Calendar) -> String {
        let since = calendar.date(numbers.since);
        let hops = count(numbers.hops, "hop");
        let days = number(value);
        format!("request {subject} has been open for {days} days, since {since}, with {hops} so far")
    }

    fn item_suggestion(&self, subject: &str, _numbers: &Numbers) -> String {
        format!("Decide request {subject} at its next step, or withdraw it")
    }
}

fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS as f64
}
