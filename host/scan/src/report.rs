//! What a scan found, as data; its JSON form is that of the fixtures' `expected.json`.
//!
//! How it is shown is decided by the workbench.

use redtape_model::calendar::WEEK_MS;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::ser::Serializer;

use redtape::At;
use redtape::detector::{Alert, AlertState, Point, SignalStanding, Tally};
use redtape_import::input::{self, Fault, Origin};
use redtape_model::calendar::Instant;

/// Problems a report lists; the rest is only counted.
pub const PROBLEMS_MAX: usize = 100;

/// Weeks that a resolved alert stays in the table.
pub const LATELY_WEEKS: i64 = 26;

/// The whole of a scan.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The inputs as they were named.
    pub inputs: Vec<String>,
    /// What became of the lines.
    pub counts: Counts,
    /// Earliest and latest `at` of the activities taken.
    pub span: Option<(Instant, Instant)>,
    /// Where time stands at the end; none: it was never moved.
    pub as_of: Option<Instant>,
    /// Of the policy.
    pub time_zone: String,
    /// Known at the end.
    pub accounts: u32,
    /// Weeks closed, counted from the first with an activity.
    pub weeks_closed: u64,
    /// Activities of closed weeks that counted.
    pub counted: u64,
    /// Activities of closed weeks that did not, by rule.
    pub left_out: Vec<Tally>,
    /// Held in weeks not closed yet.
    pub open_activities: u32,
    /// What limits dropped and what came late.
    pub dropped: Vec<Tally>,
    /// How many series there is enough to judge by.
    pub series: Vec<SignalStanding>,
    /// The first [`PROBLEMS_MAX`], in the order of reading.
    pub problems: Vec<LineProblem>,
    /// Every change of state, in the order of time, as far as [`Keep`] says.
    pub alerts: Vec<Alert>,
    /// Pending and firing at the end.
    pub open: Vec<Alert>,
    /// Alerts that fire at the end and were not asked for.
    pub hidden: u64,
    /// That a log is out of order, where lines came late.
    pub late: Option<Late>,
    /// That lines stand so far after all others that time did not move to them; they count as rejected.
    pub apart: Option<Apart>,
    /// What each of `inputs` gave. Not part of the JSON form.
    pub tallies: Vec<InputTally>,
    /// Whether lines replaced others of their id without saying that they are newer, as far as can be seen without
    /// remembering ids. Not part of the JSON form.
    pub has_unrevised: bool,
    /// The closed weeks of every series with an alert, and of every account with an open one as a whole (`creep`), oldest
    /// first, the newest 104 at most; empty unless [`Scan::charted`](crate::Scan::charted). Not part of the JSON form.
    pub histories: BTreeMap<Series, Vec<Point>>,
    /// What was taken for granted while reading, such as the form of dates in a column, a sentence each.
    pub remarks: Vec<String>,
}

/// One signal of one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// `*`: the tenant itself.
    pub account: String,
    /// Kebab-case.
    pub signal: String,
}

impl Series {
    /// The series that an alert is about.
    pub fn of(alert: &Alert) -> Self {
        Self { account: alert.account.clone(), signal: alert.signal.clone() }
    }
}

/// What became of the lines; the last seven add up to `lines` less `blank`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines read.
    pub lines: u64,
    /// Of them, with nothing but white space.
    pub blank: u64,
    /// New ids taken.
    pub accepted: u64,
    /// Known ids with new content.
    pub replaced: u64,
    /// Known ids with nothing new.
    pub duplicate: u64,
    /// Their week is closed.
    pub late: u64,
    /// Not understood.
    pub rejected: u64,
    /// A limit was reached.
    pub dropped: u64,
    /// After the time that was asked for.
    pub later: u64,
}

/// A line that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// Where the line stands.
    pub origin: Origin,
    /// JSON Pointer; empty: the whole line.
    pub field: String,
    /// What was found. User data.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

impl LineProblem {
    /// What is wrong with the line at `origin`.
    pub fn of(origin: Origin, Fault { field, found, expected }: Fault) -> Self {
        Self { origin, field, found, expected }
    }
}

/// Lines that came after their week was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// The first of them.
    pub first: Origin,
    /// The line that had moved time past its week.
    pub moved_by: Origin,
}

/// Lines that stand apart from the rest of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart {
    /// How many.
    pub count: u64,
    /// The first of them, in the order of reading.
    pub first: Origin,
    /// When it says it happened.
    pub at: Instant,
    /// Days that a line may be ahead by itself.
    pub days: i64,
    /// Whether it is years before all others, and not after them.
    pub is_older: bool,
}

/// What an input gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputTally {
    /// Lines or records, blank ones apart.
    pub records: u64,
    /// Whether one of them at least is an activity.
    pub is_understood: bool,
}

impl InputTally {
    /// Takes in what the reader of the input counted: what is left out for a reason was there, and was understood.
    pub fn add(&mut self, of: &input::Tally) {
        self.records = self.records.max(of.records);
        self.is_understood |= of.left_out_total() > 0;
    }
}

/// Which changes of alerts a report keeps: a large log has more than fit into memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// All, as the JSON form needs them.
    #[default]
    All,
    /// Not those of alerts that resolved more than [`LATELY_WEEKS`] ago, which a table does not show.
    Lately,
    /// None: whoever asks takes them as they come.
    None,
}

impl Keep {
    /// Adds what was told up to `now` to what is held.
    pub(crate) fn add(self, held: &mut Vec<Alert>, told: Vec<Alert>, now: Option<Instant>) {
        if self == Keep::None {
            return;
        }
        let is_full = held.len() + told.len() > held.capacity();
        if let Some(now) = now.filter(|_| self == Keep::Lately && is_full) {
            forget(held, now - LATELY_WEEKS * WEEK_MS);
        }
        held.extend(told);
    }
}

/// Forgets alerts that were resolved before `from`, each with all that was told of it.
fn forget(held: &mut Vec<Alert>, from: Instant) {
    let is_over = |alert: &&Alert| alert.state == AlertState::Resolved && alert.at < from;
    let over: BTreeSet<String> = held.iter().filter(is_over).map(|alert| alert.id.clone()).collect();
    held.retain(|alert| !over.contains(&alert.id));
}

/// Which alerts a reader wants; an empty list wants all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Names of signals.
    pub signals: Vec<String>,
    /// Names of causes.
    pub causes: Vec<String>,
    /// Names of accounts.
    pub accounts: Vec<String>,
}

impl Filter {
    /// Whether `alert` is wanted.
    pub fn wants(&self, alert: &Alert) -> bool {
        self.wants_series(&alert.account, &alert.signal) && among(&self.causes, alert.cause.as_str())
    }

    /// Whether anything of this account and signal is wanted.
    pub fn wants_series(&self, account: &str, signal: &str) -> bool {
        among(&self.signals, signal) && among(&self.accounts, account)
    }
}

/// An empty list names everything.
fn among(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|it| it == name)
}

impl Report {
    /// Leaves out the alerts that `filter` does not want; the counts stay.
    pub fn keep(&mut self, filter: &Filter) {
        let firing = self.firing().count();
        self.alerts.retain(|alert| filter.wants(alert));
        self.open.retain(|alert| filter.wants(alert));
        self.hidden = u64::try_from(firing - self.firing().count()).unwrap_or_default();
    }

    /// Alerts that fire at the end.
    pub fn firing(&self) -> impl Iterator<Item = &Alert> {
        self.open.iter().filter(|alert| alert.state == AlertState::Firing)
    }

    /// Lines that were not taken, for whatever reason.
    pub fn not_taken(&self) -> u64 {
        self.counts.late + self.counts.rejected + self.counts.dropped
    }

    /// Names of the inputs that gave records, none of which is an activity, each with the number of its records.
    pub fn not_understood(&self) -> impl Iterator<Item = (&str, u64)> {
        self.named_tallies()
            .filter(|(_, tally)| tally.records > 0 && !tally.is_understood)
            .map(|(name, tally)| (name, tally.records))
    }

    /// Names of the inputs that gave nothing at all.
    pub fn empty_inputs(&self) -> impl Iterator<Item = &str> {
        self.named_tallies().filter(|(_, tally)| tally.records == 0).map(|(name, _)| name)
    }

    /// Whether so few lines were taken that no alert says nothing: none, or fewer than were not.
    pub fn is_mostly_lost(&self) -> bool {
        let taken = self.counts.accepted + self.counts.replaced + self.counts.duplicate;
        self.not_taken() > taken || taken + self.counts.later == 0
    }

    fn named_tallies(&self) -> impl Iterator<Item = (&str, InputTally)> {
        self.inputs.iter().map(String::as_str).zip(self.tallies.iter().copied())
    }

    fn problem_fields<'a>(&'a self, problem: &'a LineProblem) -> ProblemFields<'a> {
        ProblemFields {
            // With one input the report is the same whatever the file is called.
            file: self.input(problem.origin).filter(|_| self.inputs.len() > 1),
            line: problem.origin.line,
            field: &problem.field,
            found: &problem.found,
            expected: &problem.expected,
        }
    }

    fn input(&self, origin: Origin) -> Option<&str> {
        self.inputs.get(usize::try_from(origin.file).ok()?).map(String::as_str)
    }

    /// ``lines 3 to 7 of `log.ndjson` ``, or from a line of one input to one of another.
    pub(crate) fn places(&self, first: Origin, last: Origin) -> String {
        match self.inputs.as_slice() {
            [name] if first == last => format!("line {} of `{name}`", first.line),
            [name] => format!("lines {} to {} of `{name}`", first.line, last.line),
            _ if first == last => format!("line `{}`", self.place(first)),
            _ => format!("lines `{}` to `{}`", self.place(first), self.place(last)),
        }
    }

    /// `file:line`, or `line 3` where there is one input.
    pub fn place(&self, origin: Origin) -> String {
        match self.input(origin) {
            Some(name) => format!("{name}:{}", origin.line),
            None => format!("line {}", origin.line),
        }
    }
}

#[derive(Serialize)]
struct ReportFields<'a> {
    format: u32,
    input: InputFields,
    as_of: Option<At>,
    time_zone: &'a str,
    accounts: u32,
    weeks_closed: u64,
    counted: u64,
    left_out: &'a [Tally],
    open_activities: u32,
    dropped: &'a [Tally],
    series: &'a [SignalStanding],
    problems: Vec<ProblemFields<'a>>,
    alerts: &'a [Alert],
    open: &'a [Alert],
}

#[derive(Serialize)]
struct InputFields {
    lines: u64,
    blank: u64,
    accepted: u64,
    replaced: u64,
    duplicate: u64,
    late: u64,
    rejected: u64,
    dropped: u64,
    later: u64,
    first: Option<At>,
    newest: Option<At>,
}

#[derive(Serialize)]
struct ProblemFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    line: u64,
    field: &'a str,
    found: &'a str,
    expected: &'a str,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Counts { lines, blank, accepted, replaced, duplicate, late, rejected, dropped, later } =
            self.counts;
        let (first, newest) = self.span.map(|(first, newest)| (At(first), At(newest))).unzip();
        ReportFields {
            format: 1,
            input: InputFields {
                lines,
                blank,
                accepted,
                replaced,
                duplicate,
                late,
                rejected,
                dropped,
                later,
                first,
                newest,
            },
            as_of: self.as_of.map(At),
            time_zone: &self.time_zone,
            accounts: self.accounts,
            weeks_closed: self.weeks_closed,
            counted: self.counted,
            left_out: &self.left_out,
            open_activities: self.open_activities,
            dropped: &self.dropped,
            series: &self.series,
            problems: self.problems.iter().map(|problem| self.problem_fields(problem)).collect(),
            alerts: &self.alerts,
            open: &self.open,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(id: &str, state: AlertState, week: i64) -> Alert {
        let at = week * WEEK_MS;
        Alert { id: id.to_owned(), state, opened: at, since: at, at, ..Alert::blank() }
    }

    fn kept(keep: Keep, now: i64) -> String {
        use AlertState::{Firing, Resolved};
        let mut held = vec![alert("a", Firing, 1), alert("b", Firing, 2), alert("a", Resolved, 10)];
        held.extend([alert("c", Firing, 3), alert("c", Resolved, 11)]);
        held.shrink_to_fit();
        keep.add(&mut held, vec![alert("d", Firing, now)], Some(now * WEEK_MS));
        held.iter().map(|alert| alert.id.as_str()).collect()
    }

    #[test]
    fn alerts_that_no_table_shows_are_forgotten() {
        assert_eq!(kept(Keep::All, 100), "abaccd");
        assert_eq!(kept(Keep::Lately, 36), "abaccd", "26 weeks ago is lately");
        assert_eq!(kept(Keep::Lately, 37), "bccd");
        assert_eq!(kept(Keep::Lately, 100), "bd");
        assert_eq!(kept(Keep::None, 37), "abacc");
    }
}
