#![doc = include_str!("meeting-count.md")]

use super::description::{About, Measure, Signal, Watch, WeekLimits};
use super::parts::{Parts, WeekPart};
use super::series::{MEETING_DIPS, largest_series, part_words, series_parts};
use super::words::count;
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::tracks::Family;

/// The signal `meeting-count`.
pub(super) const SIGNAL: Signal = Signal {
    about: About {
        name: "meeting-count",
        unit: "meetings/week",
        doc: include_str!("meeting-count.md"),
        title: "Meetings",
        measure: "meetings a week",
        noun: "meetings",
        per: "a week",
        step: 1.0,
    },
    is_on: true,
    family: Family::Meetings,
    measure: |facts| Measure::count(facts.meetings().count()),
    weeks: Some(WeekLimits {
        warning: 5.0,
        critical: 8.0,
        words: |_value, facts| count(meetings(facts), "meeting"),
        suggestion: week_suggestion,
    }),
    open: None,
    watch: Watch {
        mean: 0.405_465_108_108_164_4,
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
    evidence: |facts| facts.meetings().map(|meeting| meeting.id()).collect(),
    parts,
    suggestion,
};

fn meetings(facts: &WeekFacts) -> u32 {
    u32::try_from(facts.meetings().count()).unwrap_or(u32::MAX)
}

fn parts<'a>(facts: &'a WeekFacts, calendar: &Calendar) -> Vec<WeekPart<'a>> {
    series_parts(facts, calendar, |_| 1)
}

fn suggestion(parts: &Parts<'_>) -> String {
    let Some(part) = parts.greatest() else { return String::new() };
    let (series, amount, all, count) = (part_words(part), part.amount, parts.all(), parts.0.len());
    if count == 1 || 2 * amount > all {
        return format!("Hold {series} less often: it is {amount} of the {all} meetings since then");
    }
    format!(
        "Merge some of the {count} series since then, or set an end date for each; the largest is {series}, {amount} of {all} meetings"
    )
}

fn week_suggestion(facts: &WeekFacts, calendar: &Calendar) -> String {
    match largest_series(facts, calendar, |_| 1) {
        Some((series, _)) if series.meetings.len() > 1 => format!(
            "Hold {} less often: it is {} of the week's {} meetings",
            series.words(),
            series.meetings.len(),
            meetings(facts)
        ),
        Some((_, count)) if count > 1 => {
            format!("Merge some of the week's {count} separate meetings, or set an end date for each series")
        }
        _ => String::new(),
    }
}
