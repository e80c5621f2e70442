#![doc = include_str!("meeting-hours.md")]

use super::description::{About, Measure, Signal, Value, Watch, WeekLimits};
use super::parts::{Parts, WeekPart};
use super::series::{MEETING_DIPS, largest_series, part_words, series_parts};
use super::words::{number, percent};
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::open::{Digest, View};
use crate::tracks::Family;

/// The signal `meeting-hours`.
pub(super) const SIGNAL: Signal = Signal {
    about: About {
        name: "meeting-hours",
        unit: "h/week",
        doc: include_str!("meeting-hours.md"),
        title: "Hours in meetings",
        measure: "hours in meetings a week",
        noun: "hours in meetings",
        per: "a week",
        step: 0.5,
    },
    is_on: true,
    family: Family::Meetings,
    measure,
    weeks: Some(WeekLimits {
        warning: 10.0,
        critical: 16.0,
        words: |value, _facts| format!("{value} h in meetings"),
        suggestion: week_suggestion,
    }),
    open: None,
    watch: Watch {
        mean: 0.405_465_108_108_164_4,
        deviation: 1.2,
        spread: 1.1,
        shape: 4.0,
        learns: true,
        by_request: false,
        is_count: false,
        is_calendar: true,
        dips: MEETING_DIPS,
        beyond: 0.0,
        group: "meetings",
        weight: 0.0,
    },
    evidence: |facts| {
        facts.meetings().filter(|meeting| minutes(*meeting) > 0).map(|meeting| meeting.id()).collect()
    },
    parts,
    suggestion,
};

/// Hours, and for the watch the squares of each meeting's hours.
fn measure(facts: &WeekFacts) -> Measure {
    let (mut all, mut squared) = (0_u64, 0_u64);
    for meeting in facts.meetings() {
        let minutes = minutes(meeting).unsigned_abs();
        all += minutes;
        squared = squared.saturating_add(minutes * minutes);
    }
    let hours = all as f64 / 60.0;
    Measure { value: Some(hours), watched: Value::new(hours, 1.0, squared as f64 / 3600.0) }
}

fn parts<'a>(facts: &'a WeekFacts, calendar: &Calendar) -> Vec<WeekPart<'a>> {
    series_parts(facts, calendar, minutes)
}

fn suggestion(parts: &Parts<'_>) -> String {
    let Some(part) = parts.greatest() else { return String::new() };
    let (series, share) = (part_words(part), percent(part.amount, parts.all()));
    format!("Shorten {series}: it takes {share} % of the hours since then")
}

fn week_suggestion(facts: &WeekFacts, calendar: &Calendar) -> String {
    let all: i64 = facts.meetings().map(minutes).sum();
    let Some((series, _)) = largest_series(facts, calendar, minutes).filter(|_| all > 0) else {
        return String::new();
    };
    let hours = |minutes: i64| number(minutes as f64 / 60.0);
    let longest = series.meetings.iter().map(|meeting| minutes(*meeting)).sum();
    format!("Shorten {}: it takes {} of the week's {} h", series.words(), hours(longest), hours(all))
}

fn minutes(meeting: View<'_>) -> i64 {
    let Digest::Meeting { minutes, .. } = meeting.entry.digest else { return 0 };
    i64::from(minutes.unwrap_or(0).max(0))
}
