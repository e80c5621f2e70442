#![doc = include_str!("meeting-count.md")]

use super::{
    About, Parts, RiseWords, Signal, WEEKLY_OPTIONS, WeekPart, count, largest_series, part_words,
    series_parts,
};
use crate::calendar::Calendar;
use crate::counting::{Family, WeekFacts, WeekRecord};
use crate::settings::SignalPolicy;

const ABOUT: About = About {
    name: "meeting-count",
    unit: "meetings/week",
    doc: include_str!("meeting-count.md"),
    options: WEEKLY_OPTIONS,
    family: Family::Meetings,
};

/// The signal `meeting-count`.
pub(super) struct MeetingCount;

impl Signal for MeetingCount {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy { warning: Some(5.0), critical: Some(8.0), ..Default::default() }
    }

    fn week_value(&self, record: &WeekRecord) -> Option<f64> {
        Some(f64::from(record.meetings))
    }

    fn week_evidence<'a>(&self, facts: &'a WeekFacts) -> Vec<&'a [u8]> {
        facts.meetings().map(|meeting| meeting.id()).collect()
    }

    fn week_parts<'a>(&self, facts: &'a WeekFacts, calendar: &Calendar) -> Vec<WeekPart<'a>> {
        series_parts(facts, calendar, |_| 1)
    }

    fn rise_words(&self) -> RiseWords {
        RiseWords { noun: "meetings", per: "a week", offset: 0.0 }
    }

    fn parts_suggestion(&self, parts: &Parts<'_>) -> String {
        let Some(part) = parts.greatest() else { return String::new() };
        let (series, amount, all, count) = (part_words(part), part.amount, parts.all(), parts.0.len());
        if count == 1 || 2 * amount > all {
            return format!("Hold {series} less often: it is {amount} of the {all} meetings since then");
        }
        format!(
            "Merge some of the {count} series since then, or set an end date for each; the largest is {series}, {amount} of {all} meetings"
        )
    }

    fn week_words(&self, _value: &str, record: &WeekRecord) -> String {
        count(record.meetings, "meeting")
    }

    fn week_suggestion(&self, facts: &WeekFacts, calendar: &Calendar) -> String {
        match largest_series(facts, calendar, |_| 1) {
            Some((series, _)) if series.meetings.len() > 1 => format!(
                "Hold {} less often: it is {} of the week's {} meetings",
                series.words(),
                series.meetings.len(),
                facts.record.meetings
            ),
            Some((_, count)) if count > 1 => {
                format!(
                    "Merge some of the week's {count} separate meetings, or set an end date for each series"
                )
            }
            _ => String::new(),
        }
    }
}
