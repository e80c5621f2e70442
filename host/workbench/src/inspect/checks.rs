//! Whether a log can be relied on, and whether there is enough in it to watch.
//!
//! Each check says what it found and what that means; none changes what a scan does.

use redtape_model::calendar::WEEK_MS;
use serde::{Serialize, Serializer};

use super::survey::{Gap, Kind, Survey};
use super::times::date;
use redtape::detector::SignalStanding;
use redtape_model::calendar::{Instant, Zone};
use redtape_model::text::{counted, grouped};
use redtape_scan::report::Report;

/// Weeks of a log under which a rise can hardly be told from the usual: eight are needed to begin, and half a year shows a
/// season.
const SPAN_WEEKS: i64 = 26;
/// Accounts from which on the plugin takes out what all of them did together.
const ACCOUNTS_TOGETHER: usize = 5;
/// Weeks without a kind that came in most weeks before, after which its feed may be cut.
const SILENT_WEEKS: i64 = 8;
/// What the signals of a family are measured on; the others look at all.
const KINDS_OF: [(&str, &str); 3] =
    [("meeting-", "meeting"), ("plan-", "plan-version"), ("approval-", "approval-step")];

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing stands in the way.
    Pass,
    /// It works, with less than there could be.
    Warning,
    /// It cannot work.
    Fail,
}

impl Verdict {
    /// In lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warning => "warning",
            Self::Fail => "fail",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at: a part of the log, or a signal.
    pub about: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found, and what it means, in words.
    pub why: String,
}

/// All checks: those of the log first, then one for each signal.
pub(super) fn all(
    kinds: &[Kind],
    accounts: &[(String, u64)],
    gaps: &[Gap],
    survey: &Survey,
    report: &Report,
) -> Vec<Check> {
    let span = span(survey.times.span());
    let mut checks = vec![lines(report), order(report), span, together(accounts), gaps_in(gaps)];
    checks.extend(times(survey.dates_only()));
    checks.extend(survey.checks(report));
    checks.extend(kinds.iter().filter_map(|kind| silence(kind, report)));
    checks.extend(kinds.iter().flat_map(fields));
    checks.extend(report.series.iter().map(|standing| signal_of(standing, kinds)));
    checks
}

pub(super) fn check(about: &str, verdict: Verdict, why: impl Into<String>) -> Check {
    Check { about: about.to_owned(), verdict, why: why.into() }
}

pub(super) fn share(part: u64, whole: u64) -> String {
    let percent = part * 100 / whole.max(1);
    match percent {
        0 if part > 0 => "less than 1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

fn lines(report: &Report) -> Check {
    let counts = report.counts;
    let (lines, bad) = (counts.lines - counts.blank, counts.rejected + counts.dropped);
    let verdict = match bad {
        _ if counts.accepted == 0 => return check("lines", Verdict::Fail, "no activity could be read"),
        0 => return check("lines", Verdict::Pass, "every line was understood"),
        bad if bad * 20 > lines => Verdict::Fail,
        _ => Verdict::Warning,
    };
    let why = format!("{} of {} not taken ({})", grouped(bad), counted(lines, "line"), share(bad, lines));
    check("lines", verdict, why)
}

fn order(report: &Report) -> Check {
    let late = report.counts.late;
    if late == 0 {
        return check("order", Verdict::Pass, "the log is in the order of time, as far as it matters");
    }
    let why = format!("{} came after their week was closed: read it with --sort", counted(late, "line"));
    check("order", if late * 20 > report.counts.lines { Verdict::Fail } else { Verdict::Warning }, why)
}

fn span(span: Option<(Instant, Instant)>) -> Check {
    let weeks = span.map_or(0, |(first, newest)| (newest - first) / WEEK_MS);
    let told = match weeks {
        0 => "less than a week".to_owned(),
        weeks => counted(u64::try_from(weeks).unwrap_or_default(), "week"),
    };
    if weeks >= SPAN_WEEKS {
        return check("span", Verdict::Pass, format!("{told}; {SPAN_WEEKS} show what is usual"));
    }
    let verdict = if weeks < 8 { Verdict::Fail } else { Verdict::Warning };
    check(
        "span",
        verdict,
        format!("{told}: a rise needs 8 to begin with, and {SPAN_WEEKS} to be told from the usual"),
    )
}

fn together(accounts: &[(String, u64)]) -> Check {
    let told = counted(accounts.len() as u64, "account");
    if accounts.len() >= ACCOUNTS_TOGETHER {
        return check("accounts", Verdict::Pass, format!("{told}: what all do together is told apart"));
    }
    let why = format!("{told}: what all do together cannot be told apart, that needs {ACCOUNTS_TOGETHER}");
    check("accounts", if accounts.is_empty() { Verdict::Fail } else { Verdict::Warning }, why)
}

fn gaps_in(gaps: &[Gap]) -> Check {
    match gaps {
        [] => check("gaps", Verdict::Pass, "something happened in every week, or in the next"),
        [longest, ..] => {
            let (gaps, weeks) = (counted(gaps.len() as u64, "gap"), counted(longest.weeks, "week"));
            check(
                "gaps",
                Verdict::Warning,
                format!("{gaps} of two weeks and more, the longest of {weeks}: was the feed cut?"),
            )
        }
    }
}

fn times((kinds, all): (Vec<&str>, bool)) -> Option<Check> {
    let whose = if all { String::new() } else { format!(" of {}", kinds.join(", ")) };
    let why = format!(
        "every time{whose} is a midnight: series are told apart by weekday alone, and steps of a day by their numbers"
    );
    (!kinds.is_empty()).then(|| check("times", Verdict::Warning, why))
}

/// Whether a kind that came in most weeks has stopped long before the end.
fn silence(kind: &Kind, report: &Report) -> Option<Check> {
    let (_, newest) = report.span?;
    let (first, last) = kind.span;
    let (silent, lived) = ((newest - last) / WEEK_MS, (last - first) / WEEK_MS + 1);
    let was_steady = i64::try_from(kind.weeks).unwrap_or(i64::MAX) * 2 >= lived && lived >= SILENT_WEEKS;
    (silent >= SILENT_WEEKS && was_steady).then(|| {
        let zone = Zone::named(&report.time_zone).unwrap_or_default();
        let last = date(zone, last);
        let why = format!(
            "none since {last}, in the last {silent} weeks, after one in most weeks before: was the feed cut?"
        );
        check(kind.name, Verdict::Warning, why)
    })
}

/// What it means that a field is never filled, or in fewer than half of the lines.
fn fields(kind: &Kind) -> Vec<Check> {
    let is_filled =
        |name: &str| kind.fields.iter().any(|field| field.name == name && field.filled * 2 >= kind.count);
    let told = |name: &str| {
        let filled = kind.fields.iter().find(|field| field.name == name).map_or(0, |field| field.filled);
        if filled == 0 {
            format!("`{name}` is never filled")
        } else {
            format!("`{name}` is filled in {} only", share(filled, kind.count))
        }
    };
    let mut checks = Vec::new();
    let mut lacks = |name: &str, means: &str| {
        if !is_filled(name) {
            checks.push(check(kind.name, Verdict::Warning, format!("{}: {means}", told(name))));
        }
    };
    match kind.name {
        "meeting" => {
            lacks("length", "meetings without it have no hours");
            lacks("participants", "meetings of one person cannot be told and left out");
            if !is_filled("series") {
                lacks("title", "without it or `series` nothing says which meetings belong together");
            }
        }
        "approval-step" => {
            lacks("from", "a step from an unknown hand counts as a hop, unless it only hands a request in");
            lacks("to", "a step to an unknown hand counts as a hop, unless it only hands a request in");
        }
        _ => {}
    }
    checks
}

/// Whether there is enough to watch a signal, of the accounts that have activities of its kind.
fn signal_of(standing: &SignalStanding, kinds: &[Kind]) -> Check {
    let SignalStanding { signal, asleep, warming_up, watching } = standing;
    let [asleep, warming_up, watching] = [*asleep, *warming_up, *watching].map(u64::from);
    let kind = KINDS_OF.iter().find(|(family, _)| signal.starts_with(family)).map(|(_, kind)| *kind);
    let known = asleep + warming_up + watching;
    let (all, noun) = match kind {
        None => (known, String::new()),
        Some(kind) => {
            let found = kinds.iter().find(|it| it.name == kind);
            (
                found.map_or(0, |it| it.accounts).clamp(warming_up + watching, known),
                format!(" with {}", some(kind)),
            )
        }
    };
    if all == 0 {
        return check(signal, Verdict::Fail, format!("no account{noun}"));
    }
    let verdict = match watching {
        0 => Verdict::Fail,
        watching if watching * 2 >= all => Verdict::Pass,
        _ => Verdict::Warning,
    };
    let enough = if watching == 0 { "none".to_owned() } else { grouped(watching) };
    let mut why = format!("{enough} of {}{noun} can be judged", counted(all, "account"));
    let silent = all.saturating_sub(warming_up + watching);
    for (count, reason) in
        [(warming_up, "fewer than 8 weeks measured"), (silent, "nothing in the last 8 weeks")]
    {
        if count > 0 {
            why.push_str(&format!("; {reason}: {}", grouped(count)));
        }
    }
    check(signal, verdict, why)
}

/// A kind with its article.
fn some(kind: &str) -> String {
    let article = if kind.starts_with('a') { "an" } else { "a" };
    format!("{article} {}", kind.replace('-', " "))
}

/// What a counting rule, or a limit, leaves out, in words; the names may grow.
pub fn what_rule(name: &str) -> &'static str {
    match name {
        "cancelled" => "cancelled meetings",
        "all-day" => "entries of a whole day or longer, which are no meetings",
        "solo" => "entries with fewer than two people, which are no meetings",
        "no-duration" => "meetings that end when they begin, or before",
        "bulk-edit" => "versions of many plans saved at once",
        "same-version" => "versions that were saved again",
        "retracted" => "activities that were deleted later",
        "unmatched-retraction" => "deletions of something that never came",
        "accounts" => "activities of accounts beyond the limit",
        "open-activities" => "activities of an account beyond those that it may hold open",
        "open-requests" => "requests of an account beyond those that it may hold open",
        "plans" => "plans of an account beyond the limit",
        "too-far-ahead" => "activities more than 400 days ahead of time",
        "late" => "activities whose week was closed",
        _ => "by another rule",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_accounts_with_the_kind_are_enough() {
        let field = |signal: &str, accounts, [asleep, warming_up, watching]: [u32; 3]| {
            let standing = SignalStanding { signal: signal.to_owned(), asleep, warming_up, watching };
            let (count, span, weeks, fields) = (9, (0, 0), 9, Vec::new());
            let kind = Kind { name: "meeting", count, accounts, span, weeks, fields };
            let Check { verdict, why, .. } = signal_of(&standing, &[kind]);
            (verdict, why)
        };
        let said = |text: &str| text.to_owned();
        let count = "meeting-count";
        assert_eq!(
            field(count, 4, [9, 0, 4]),
            (Verdict::Pass, said("4 of 4 accounts with a meeting can be judged"))
        );
        let half = "2 of 4 accounts with a meeting can be judged; fewer than 8 weeks measured: 1; nothing in the last 8 weeks: 1";
        assert_eq!(field(count, 4, [9, 1, 2]), (Verdict::Pass, said(half)));
        assert_eq!(field(count, 5, [9, 1, 2]).0, Verdict::Warning);
        let none = "none of 5 accounts with a meeting can be judged; fewer than 8 weeks measured: 5";
        assert_eq!(field(count, 5, [0, 5, 0]), (Verdict::Fail, said(none)));
        let nothing = "no account with an approval step";
        assert_eq!(field("approval-days", 5, [5, 0, 0]), (Verdict::Fail, said(nothing)));
        assert_eq!(
            field("creep", 5, [3, 0, 2]).1,
            "2 of 5 accounts can be judged; nothing in the last 8 weeks: 3"
        );
    }
}
