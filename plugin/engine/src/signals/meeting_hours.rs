#![doc = include_str!("meeting-hours.md")]

use super::{
    About, Parts, RiseWords, Signal, WEEKLY_OPTIONS, WeekPart, largest_series, number, part_words, percent,
    series_parts,
};
use crate::calendar::Calendar;
use crate::counting::{Family, WeekFacts, WeekRecord};
use crate::open::{Gist, View};
use crate::settings::SignalPolicy;

const ABOUT: About = About {
    name: "meeting-hours",
    unit: "h/week",
    doc: include_str!("meeting-hours.md"),
    options: WEEKLY_OPTIONS,
    family: Family::Meetings,
};

/// The signal `meeting-hours`.
pub(super) struct MeetingHours;

impl Signal for MeetingHours {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy { warning: Some(10.0), critical: Some(16.0), ..Default::default() }
    }

    fn week_value(&self, record: &WeekRecord) -> Option<f64> {
        Some(record.minutes as f64 / 60.0)
    }

    fn week_evidence<'a>(&self, facts: &'a WeekFacts) -> Vec<&'a [u8]> {
        facts.meetings().filter(|meeting| minutes(*meeting) > 0).map(|meeting| meeting.id()).collect()
    }

    fn week_parts<'a>(&self, facts: &'a WeekFacts, calendar: &Calendar) -> Vec<WeekPart<'a>> {
        series_parts(facts, calendar, minutes)
    }

    fn rise_words(&self) -> RiseWords {
        RiseWords { noun: "hours in meetings", per: "a week", offset: 0.0 }
    }

    fn parts_suggestion(&self, parts: &Parts<'_>) -> String {
        let Some(part) = parts.greatest() else { return String::new() };
        let (series, share) = (part_words(part), percent(part.amount, parts.all()));
        format!("Shorten {series}: it takes {share} % of the hours since then")
    }

    fn week_words(&self, value: &str, _record: &WeekRecord) -> String {
        format!("{value} h in meetings")
    }

    fn week_suggestion(&self, facts: &WeekFacts, calendar: &Calendar) -> String {
        let all: i64 = facts.meetings().map(minutes).sum();
        let Some((series, _)) = largest_series(facts, calendar, minutes).filter(|_| all > 0) else {
            return String::new();
        };
        let hours = |minutes: i64| number(minutes as f64 / 60.0);
        let longest = series.meetings.iter().map(|meeting| minutes(*meeting)).sum();
        format!("Shorten {}: it takes {} of the week's {} h", series.words(), hours(longest), hours(all))
    }
}

fn minutes(meeting: View<'_>) -> i64 {
    let Gist::Meeting { minutes, .. } = meeting.entry.gist else { return 0 };
    i64::from(minutes.unwrap_or(0).max(0))
}
