//! Series of meetings, which both signals of meetings name as what there is too much of.

use super::parts::{Part, WeekPart};
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::filter::Dips;
use crate::open::View;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How meetings dip and fall away.
pub(super) const MEETING_DIPS: Dips = Dips { begins: 0.005, ends: 0.25, falls: 0.003 };

/// A series of meetings within one week.
pub(super) struct Series<'a> {
    name: String,
    derived: bool,
    pub(super) meetings: Vec<View<'a>>,
}

/// The week's largest series by `size`, and how many there are. A series is the CRM's, or derived from title, weekday
/// and hour.
pub(super) fn largest_series<'a>(
    facts: &'a WeekFacts,
    calendar: &Calendar,
    size: impl Fn(View<'_>) -> i64,
) -> Option<(Series<'a>, usize)> {
    let mut series: BTreeMap<(Cow<'a, str>, bool), Vec<View<'_>>> = BTreeMap::new();
    for meeting in facts.meetings() {
        series.entry(series_of(meeting, calendar)).or_default().push(meeting);
    }
    let count = series.len();
    // Of equals the first by name.
    let sum = |meetings: &[View<'_>]| meetings.iter().map(|meeting| size(*meeting)).sum::<i64>();
    let largest = series.into_iter().rev().max_by_key(|(_, meetings)| sum(meetings));
    largest.map(|((name, derived), meetings)| (Series { name: name.into_owned(), derived, meetings }, count))
}

/// What a series that the CRM does not name is called behind its name.
const DERIVED: &str = " (derived)";

/// The series of each of the week's meetings, with its `size`.
pub(super) fn series_parts<'a>(
    facts: &'a WeekFacts,
    calendar: &Calendar,
    size: impl Fn(View<'_>) -> i64,
) -> Vec<WeekPart<'a>> {
    let part = |meeting: View<'a>| {
        let amount = u32::try_from(size(meeting)).unwrap_or_default();
        match series_of(meeting, calendar) {
            (name, false) => WeekPart { name, amount, title: meeting.title() },
            (name, true) => WeekPart::named(name.into_owned() + DERIVED, amount),
        }
    };
    facts.meetings().map(part).collect()
}

/// The part of a rise that is a series, in a sentence.
pub(super) fn part_words(part: &Part) -> String {
    let derived = part.name.strip_suffix(DERIVED);
    series_words(derived.unwrap_or(&part.name), &part.title, derived.is_some())
}

/// A series in a sentence: what people call it, and what finds it in the CRM.
fn series_words(name: &str, title: &str, derived: bool) -> String {
    // Backticks mark what was taken over from the CRM: a title cannot end it.
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    match title.as_str() {
        _ if derived => format!("`{name}`{DERIVED}"),
        "" => format!("`{name}`"),
        title if title.eq_ignore_ascii_case(name) => format!("`{name}`"),
        title => format!("`{title}` (series {name})"),
    }
}

fn series_of<'a>(meeting: View<'a>, calendar: &Calendar) -> (Cow<'a, str>, bool) {
    // Of a meeting the subject is its series.
    let series = std::str::from_utf8(meeting.subject()).unwrap_or_default();
    if !series.is_empty() {
        return (series.into(), false);
    }
    let words: Vec<String> = meeting.title().split_whitespace().map(str::to_lowercase).collect();
    let (weekday, hour) = calendar.weekday_hour(meeting.entry.at);
    let day = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        .get(weekday as usize)
        .copied()
        .unwrap_or_default();
    let title = if words.is_empty() { "untitled".to_owned() } else { words.join(" ") };
    (format!("{title}, {day} {hour:02}h").into(), true)
}

impl Series<'_> {
    /// It in a sentence, by the title of its newest meeting that has one.
    pub(super) fn words(&self) -> String {
        let title = self.meetings.iter().rev().map(View::title).find(|title| !title.trim().is_empty());
        series_words(&self.name, &title.unwrap_or_default(), self.derived)
    }
}
