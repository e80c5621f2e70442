//! The signals: what each of them measures, in one list.
//!
//! A signal turns counts into numbers and numbers into words. When a number becomes an alert is `threshold.rs`.

mod approval_days;
mod approval_hops;
mod creep;
mod meeting_count;
mod meeting_hours;
mod plan_versions;

use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::{Family, WeekFacts, WeekRecord};
use crate::horizon::SILENT_MS;
use crate::open::View;
use crate::settings::SignalPolicy;
use crate::tracks::{Round, Subject, Trail};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Signals with a value a week: the first of [`SIGNALS`].
pub const WEEKLY: usize = 5;
/// Those, and `creep`.
pub const WATCHED: usize = WEEKLY + 1;

/// All signals, in the order they are told.
pub static SIGNALS: [&dyn Signal; WATCHED] = [
    &meeting_count::MeetingCount,
    &meeting_hours::MeetingHours,
    &plan_versions::PlanVersions,
    &approval_hops::ApprovalHops,
    &approval_days::ApprovalDays,
    &creep::Creep,
];

/// Keys of a signal that is judged by its weeks.
const WEEKLY_OPTIONS: &[&str] =
    &["enabled", "warning", "critical", "for", "keep_firing_for", "rise", "rise_level", "rise_budget"];
/// Keys of a signal that is judged by its weeks and by each open request.
const REQUEST_OPTIONS: &[&str] = &[
    "enabled",
    "warning",
    "critical",
    "for",
    "keep_firing_for",
    "open_warning",
    "open_critical",
    "rise",
    "rise_level",
    "rise_budget",
];

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

/// How a rise of a signal is told.
#[derive(Clone, Copy, Debug)]
pub struct RiseWords {
    /// What rose.
    pub noun: &'static str,
    /// For each what its rates are.
    pub per: &'static str,
    /// What people add to the watch's rate: they count the first hop as well.
    pub offset: f64,
}

/// What a rise is made of, and how much of it: a series of meetings, a plan, a kind of hop, a step.
///
/// Snapshots of version 2 hold it as a list of name and amount, which is read as well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What tells it from others.
    pub name: Box<str>,
    /// How much there is of it.
    pub amount: u32,
    /// What people call it, by the newest activity that says so; `""`: its name is all there is.
    #[serde(default)]
    pub title: Box<str>,
}

/// The same within one week.
#[derive(Debug)]
pub struct WeekPart<'a> {
    /// What tells it from others.
    pub name: Cow<'a, str>,
    /// How much there is of it.
    pub amount: u32,
    /// What people call it; `""`: its name is all there is.
    pub title: Cow<'a, str>,
}

impl<'a> WeekPart<'a> {
    /// One that is called by its name.
    fn named(name: impl Into<Cow<'a, str>>, amount: u32) -> Self {
        Self { name: name.into(), amount, title: "".into() }
    }
}

/// All that a rise is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a>(pub &'a [Part]);

impl Parts<'_> {
    /// How much there is of all.
    pub fn all(&self) -> u32 {
        self.0.iter().fold(0, |sum: u32, part| sum.saturating_add(part.amount))
    }

    /// How much there is of one part.
    pub fn of(&self, name: &str) -> u32 {
        self.0.iter().find(|part| *part.name == *name).map_or(0, |part| part.amount)
    }

    /// The greatest part; of equals the first by name.
    pub fn greatest(&self) -> Option<&Part> {
        let greatest = self.0.iter().max_by(|a, b| a.amount.cmp(&b.amount).then(b.name.cmp(&a.name)));
        greatest.filter(|part| part.amount > 0)
    }
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
    fn week_evidence<'a>(&self, _facts: &'a WeekFacts) -> Vec<&'a [u8]> {
        Vec::new()
    }
    /// What a week's value is made of, and how much of it: series, plans, kinds of hops, steps.
    fn week_parts<'a>(&self, _facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
        Vec::new()
    }
    /// How its rises are told.
    fn rise_words(&self) -> RiseWords;
    /// The smallest correction to a rise that is made of these parts.
    fn parts_suggestion(&self, _parts: &Parts) -> String {
        String::new()
    }
    /// A week's value in words, to begin a sentence with.
    fn week_words(&self, value: &str, record: &WeekRecord) -> String;
    /// The smallest correction a week suggests.
    fn week_suggestion(&self, _facts: &WeekFacts, _calendar: &Calendar) -> String {
        String::new()
    }

    /// What this signal sees of an open request or a plan; none: nothing.
    fn item<'a>(&self, _subject: Subject<'a>, _now: Instant) -> Option<Item<'a>> {
        None
    }
    /// When an item reaches `limit` though nothing happens to it; none: it does not.
    fn item_due(&self, _item: &Item<'_>, _limit: f64) -> Option<Instant> {
        None
    }
    /// An item in words, to begin a sentence with.
    fn item_words(&self, _subject: &str, _value: f64, _numbers: &Numbers, _calendar: &Calendar) -> String {
        String::new()
    }
    /// The smallest correction an item suggests.
    fn item_suggestion(&self, _subject: &str, _numbers: &Numbers) -> String {
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

/// A signal by its place in [`SIGNALS`]; in text by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalName(u8);

impl SignalName {
    /// All of them, in the order of [`SIGNALS`].
    pub fn all() -> impl Iterator<Item = SignalName> {
        (0..).take(SIGNALS.len()).map(SignalName)
    }

    /// The signal at a place of [`SIGNALS`].
    pub fn at(place: usize) -> Option<SignalName> {
        u8::try_from(place).ok().filter(|_| place < SIGNALS.len()).map(SignalName)
    }

    /// Its place in [`SIGNALS`].
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The signal.
    pub fn signal(self) -> &'static dyn Signal {
        SIGNALS.get(usize::from(self.0)).copied().unwrap_or(&meeting_count::MeetingCount)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.signal().name()
    }
}

impl Serialize for SignalName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SignalName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::all().find(|signal| signal.name() == name).ok_or_else(|| D::Error::custom("no such signal"))
    }
}

/// What the words about an open request or plan are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Since when it is open.
    pub since: Instant,
    /// Steps of a request, versions of a plan.
    pub steps: u32,
    /// Steps of a request from one to another.
    pub hops: u32,
    /// Hops that only handed it on.
    pub forwards: u32,
    /// Hops that handed it back.
    pub returns: u32,
    /// Its value is at the critical limit.
    pub is_critical: bool,
}

/// One open request or plan, as one signal sees it.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// Its id.
    pub subject: &'a str,
    /// Its value now.
    pub value: f64,
    /// What words about it are made of.
    pub numbers: Numbers,
    /// Until when it counts as restless; none: as long as it is open.
    pub until: Option<Instant>,
    /// When it will have been silent for too long to be waited for; none: never.
    pub gone_at: Option<Instant>,
    /// The newest of the activities it rests on are the newest of these.
    pub ids: &'a Trail,
}

/// The documented defaults of all signals.
pub fn defaults() -> [SignalPolicy; WATCHED] {
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

/// Up to `decimals` of them. Exact enough for values that are rounded to four decimals, and ten times as fast as the
/// formatter of `f64`, which finds every digit.
fn decimals(value: f64, decimals: u32) -> String {
    let scale = 10_i64.pow(decimals);
    let scaled = (value * scale as f64).round();
    if scaled.abs() >= 9e15 {
        return format!("{value:.0}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
    let scaled = scaled as i64;
    let (whole, mut rest) = (scaled / scale, scaled.abs() % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let mut width = decimals as usize;
    while rest % 10 == 0 {
        rest /= 10;
        width -= 1;
    }
    let sign = if scaled < 0 && whole == 0 { "-" } else { "" };
    format!("{sign}{whole}.{rest:0width$}")
}

/// `1 meeting`, `2 meetings`.
fn count(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// An open request, with the value that `value` reads off it.
fn request<'a>(subject: Subject<'a>, value: impl Fn(&Round) -> f64) -> Option<Item<'a>> {
    let Subject::Request(request, round, ids) = subject else { return None };
    Some(Item {
        subject: request,
        value: value(round),
        numbers: Numbers {
            since: round.first,
            steps: round.steps,
            hops: round.hops,
            forwards: round.forwards,
            returns: round.returns,
            is_critical: false,
        },
        until: None,
        gone_at: Some(round.last + SILENT_MS),
        ids,
    })
}

/// A series of meetings within one week.
struct Series<'a> {
    name: String,
    derived: bool,
    meetings: Vec<View<'a>>,
}

/// The week's largest series by `size`, and how many there are. A series is the CRM's, or derived from title, weekday
/// and hour.
fn largest_series<'a>(
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
fn series_parts<'a>(
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
fn part_words(part: &Part) -> String {
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

/// A share in percent, as a whole number.
fn percent(amount: u32, all: u32) -> u64 {
    (200 * u64::from(amount) + u64::from(all)) / (2 * u64::from(all.max(1)))
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
    fn words(&self) -> String {
        let title = self.meetings.iter().rev().map(View::title).find(|title| !title.trim().is_empty());
        series_words(&self.name, &title.unwrap_or_default(), self.derived)
    }
}
