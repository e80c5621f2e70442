//! The signals: what each of them measures, in one list.
//!
//! A signal turns counts into numbers and numbers into words. When a number becomes an alert is `threshold.rs`.

mod approval_days;
mod approval_hops;
mod meeting_count;
mod meeting_hours;
mod plan_versions;

use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::{CountedMeeting, Family, Look, Round, SILENT_MS, Trail, WeekFacts, WeekRecord};
use crate::policy::{SignalPolicies, SignalPolicy};
use std::collections::BTreeMap;

/// All signals, in the order they are told.
pub static SIGNALS: [&dyn Signal; 5] = [
    &meeting_count::MeetingCount,
    &meeting_hours::MeetingHours,
    &plan_versions::PlanVersions,
    &approval_hops::ApprovalHops,
    &approval_days::ApprovalDays,
];

/// Keys of a signal that is judged by its weeks.
const WEEKLY_OPTIONS: &[&str] = &["enabled", "warning", "critical", "for", "keep_firing_for"];
/// Keys of a signal that is judged by its weeks and by each open request.
const REQUEST_OPTIONS: &[&str] =
    &["enabled", "warning", "critical", "for", "keep_firing_for", "open_warning", "open_critical"];

/// What a signal is called and where it looks.
#[derive(Debug)]
pub struct About {
    /// Kebab-case, the same in contract, policy, JSON, documents and file name.
    pub name: &'static str,
    /// Of its values.
    pub unit: &'static str,
    /// What it finds, its evidence, what is not a finding, its options; Markdown.
    pub doc: &'static str,
    /// The policy keys it has.
    pub options: &'static [&'static str],
    /// The activities it looks at.
    pub family: Family,
}

/// One thing that is measured.
pub trait Signal: Sync {
    /// What it is called and where it looks.
    fn about(&self) -> &'static About;
    /// The numbers that hold without a policy.
    fn defaults(&self) -> SignalPolicy;
    /// The value of a closed week; none: nothing to measure.
    fn week_value(&self, record: &WeekRecord) -> Option<f64>;

    /// Whether the account's weeks are held against `warning` and `critical`; otherwise its items are.
    fn judges_weeks(&self) -> bool {
        true
    }
    /// The activities a week's value rests on, oldest first.
    fn week_evidence<'a>(&self, _facts: &'a WeekFacts) -> Vec<&'a str> {
        Vec::new()
    }
    /// A week's value in words, to begin a sentence with.
    fn week_words(&self, value: &str, record: &WeekRecord) -> String;
    /// The smallest correction a week suggests.
    fn week_suggestion(&self, _facts: &WeekFacts, _calendar: &Calendar) -> String {
        String::new()
    }

    /// What is open now and has a value of its own: requests, plans.
    fn items<'a>(&self, _look: &'a Look<'_>, _now: Instant) -> Vec<Item<'a>> {
        Vec::new()
    }
    /// When an item reaches `limit` though nothing happens to it; none: it does not.
    fn item_due(&self, _item: &Item<'_>, _limit: f64) -> Option<Instant> {
        None
    }
    /// An item in words, to begin a sentence with.
    fn item_words(&self, _item: &Item<'_>, _calendar: &Calendar) -> String {
        String::new()
    }
    /// The smallest correction an item suggests.
    fn item_suggestion(&self, _item: &Item<'_>) -> String {
        String::new()
    }
}

impl dyn Signal + '_ {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.about().name
    }

    /// The unit of its values.
    pub fn unit(&self) -> &'static str {
        self.about().unit
    }

    /// The activities it looks at.
    pub fn family(&self) -> Family {
        self.about().family
    }
}

/// One open request or plan, as one signal sees it.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// Its id.
    pub subject: &'a str,
    /// Its value now.
    pub value: f64,
    /// Since when it is open.
    pub since: Instant,
    /// Until when it counts as restless; none: as long as it is open.
    pub until: Option<Instant>,
    /// When it will have been silent for too long to be waited for; none: never.
    pub gone_at: Option<Instant>,
    /// What it rests on.
    pub trail: &'a Trail,
    /// Steps of a request from one to another.
    pub hops: u32,
    /// Hops that only handed it on.
    pub forwards: u32,
    /// Hops that handed it back.
    pub returns: u32,
}

/// The documented defaults of all signals.
pub fn defaults() -> SignalPolicies {
    SIGNALS.map(Signal::defaults)
}

/// The signal of that name and its place in [`SIGNALS`].
pub fn find(name: &str) -> Option<(usize, &'static dyn Signal)> {
    SIGNALS.iter().enumerate().find(|(_, signal)| signal.name() == name).map(|(i, signal)| (i, *signal))
}

/// A value as people write it: two decimals at most, four where it is small, none that are zero.
pub(crate) fn number(value: f64) -> String {
    decimals(value, if value.abs() < 0.1 { 4 } else { 2 })
}

/// The same, with more decimals where the value would read like the limit it is held against.
pub(crate) fn number_beside(value: f64, limit: f64) -> String {
    let text = number(value);
    if value != limit && text == number(limit) { decimals(value, 4) } else { text }
}

fn decimals(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `1 meeting`, `2 meetings`.
fn count(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Open requests, with the value that `value` reads off them.
fn requests<'a>(look: &'a Look<'_>, value: impl Fn(&Round) -> f64) -> Vec<Item<'a>> {
    let items = look.requests().map(|(request, round)| Item {
        subject: request,
        value: value(round),
        since: round.first,
        until: None,
        gone_at: Some(round.last + SILENT_MS),
        trail: &round.trail,
        hops: round.hops,
        forwards: round.forwards,
        returns: round.returns,
    });
    items.collect()
}

/// A series of meetings within one week.
struct Series<'a> {
    name: String,
    derived: bool,
    meetings: Vec<&'a CountedMeeting>,
}

/// The week's largest series by `size`, and how many there are. A series is the CRM's, or derived from title, weekday
/// and hour.
fn largest_series<'a>(
    facts: &'a WeekFacts,
    calendar: &Calendar,
    size: impl Fn(&CountedMeeting) -> i64,
) -> Option<(Series<'a>, usize)> {
    let mut series: BTreeMap<(String, bool), Vec<&CountedMeeting>> = BTreeMap::new();
    for counted in &facts.meetings {
        series.entry(series_of(counted, calendar)).or_default().push(counted);
    }
    let count = series.len();
    // Of equals the first by name.
    let sum = |meetings: &[&CountedMeeting]| meetings.iter().map(|counted| size(counted)).sum::<i64>();
    let largest = series.into_iter().rev().max_by_key(|(_, meetings)| sum(meetings));
    largest.map(|((name, derived), meetings)| (Series { name, derived, meetings }, count))
}

fn series_of(counted: &CountedMeeting, calendar: &Calendar) -> (String, bool) {
    let meeting = &counted.meeting;
    if !meeting.series.is_empty() {
        return (meeting.series.to_string(), false);
    }
    let words: Vec<String> = meeting.title.split_whitespace().map(str::to_lowercase).collect();
    let (weekday, hour) = calendar.weekday_hour(counted.at);
    let day = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        .get(weekday as usize)
        .copied()
        .unwrap_or_default();
    let title = if words.is_empty() { "untitled".to_owned() } else { words.join(" ") };
    (format!("{title}, {day} {hour:02}h"), true)
}

impl Series<'_> {
    /// Its name in a sentence.
    fn words(&self) -> String {
        if self.derived { format!("`{}` (derived)", self.name) } else { format!("`{}`", self.name) }
    }
}
