#![doc = include_str!("trial-long-meetings.md")]

use super::description::{About, Measure, Signal, Watch, WeekLimits};
use super::parts::{Parts, WeekPart};
use super::series::{MEETING_DIPS, part_words, series_parts};
use super::words::count;
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::open::{Digest, View};
use crate::tracks::Family;

/// Minutes from which on a meeting is long.
const LONG_MINUTES: i32 = 60;

/// The signal `trial-long-meetings`: in tests only.
pub(super) const SIGNAL: Signal = Signal {
    about: About {
        name: "trial-long-meetings",
        unit: "meetings/week",
        doc: include_str!("trial-long-meetings.md"),
        title: "Long meetings",
        measure: "long meetings a week",
        noun: "long meetings",
        per: "a week",
        step: 1.0,
    },
    is_on: false,
    family: Family::Meetings,
    measure: |facts| Measure::count(long(facts).count()),
    weeks: Some(WeekLimits {
        warning: 2.0,
        critical: 4.0,
        words: |_value, facts| count(u32::try_from(long(facts).count()).unwrap_or(u32::MAX), "long meeting"),
        suggestion: |_facts, _calendar| "Halve the long meetings".to_owned(),
    }),
    open: None,
    watch: Watch {
        mean: -1.203_972_804_325_936,
        deviation: 1.2,
        spread: 1.0,
        shape: 4.0,
        learns: false,
        by_request: false,
        is_count: true,
        is_calendar: true,
        dips: MEETING_DIPS,
        beyond: 0.0,
        group: "meetings",
        weight: 0.0,
    },
    evidence: |facts| long(facts).map(|meeting| meeting.id()).collect(),
    parts,
    suggestion,
};

fn long(facts: &WeekFacts) -> impl Iterator<Item = View<'_>> {
    facts.meetings().filter(|meeting| is_long(*meeting))
}

fn is_long(meeting: View<'_>) -> bool {
    matches!(meeting.entry.digest, Digest::Meeting { minutes: Some(minutes), .. } if minutes >= LONG_MINUTES)
}

fn parts<'a>(facts: &'a WeekFacts, calendar: &Calendar) -> Vec<WeekPart<'a>> {
    series_parts(facts, calendar, |meeting| i64::from(is_long(meeting)))
}

fn suggestion(parts: &Parts<'_>) -> String {
    parts.greatest().map_or_else(String::new, |part| format!("Halve {}", part_words(part)))
}
