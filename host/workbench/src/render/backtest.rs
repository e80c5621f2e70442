//! A backtest for people: numbers by signal, alerts through time, and the alerts themselves.
//!
//! `json.rs` has the same for programs.

use std::collections::BTreeSet;

use super::sheet::Sheet;
use super::words;
use crate::tuning::{Backtest, Episode, Kind, Numbers, Side};
use redtape::detector::Severity;
use redtape_model::calendar::Zone;
use redtape_model::text::{counted, grouped, printable, width, wrap};

mod json;
mod timeline;

pub use self::json::backtest_json;

/// How a backtest is to look.
#[derive(Clone, Copy, Debug)]
pub struct BacktestLook {
    /// Most columns of a line.
    pub columns: usize,
    /// Alerts that are listed of each kind, the newest; none: all.
    pub listed_max: Option<usize>,
}

/// Columns of the name of a signal, and of its kind.
const SIGNAL_COLUMNS: usize = 15;
const KIND_COLUMNS: usize = 7;
/// Columns of an account in a list, at most, and those before it.
const ACCOUNT_COLUMNS: usize = 24;
const LIST_INDENT: usize = 30;
const HEADS: [(&str, usize); 7] = [
    ("alerts", 7),
    ("a week", 8),
    ("a year*", 8),
    ("median", 7),
    ("longest", 8),
    ("open", 5),
    ("critical", 9),
];

/// The backtest as text.
pub fn backtest(backtest: &Backtest, look: &BacktestLook) -> String {
    let Some(first) = backtest.sides.first() else { return String::new() };
    let zone = Zone::named(&first.replay.report.time_zone).unwrap_or_default();
    let mut page = Page { sheet: Sheet::new(look.columns.max(60)), zone };
    page.head(backtest, first);
    if first.replay.report.span.is_none() {
        return page.sheet.text;
    }
    page.totals(backtest);
    page.signals(backtest);
    page.timeline(backtest);
    page.lists(backtest, look.listed_max);
    page.sheet.text
}

/// `A`, `B`.
fn letter(side: usize) -> &'static str {
    if side == 0 { "A" } else { "B" }
}

/// A rate of alerts in as many digits as say something.
pub(super) fn rate(rate: f64) -> String {
    let digits = if rate >= 99.5 {
        0
    } else if rate >= 9.95 {
        1
    } else if rate >= 0.0995 || rate == 0.0 {
        2
    } else {
        3
    };
    format!("{rate:.digits$}")
}

/// A share in whole percent, but never 0 of something.
pub(super) fn percent(part: usize, whole: usize) -> String {
    match (part * 100 + whole / 2).checked_div(whole) {
        None => "-".to_owned(),
        Some(0) if part > 0 => "<1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
    }
}

pub(super) fn group(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

pub(super) fn noun(count: usize, noun: &str) -> String {
    counted(u64::try_from(count).unwrap_or(u64::MAX), noun)
}

fn days(days: Option<f64>) -> String {
    match days {
        None => "-".to_owned(),
        Some(days) if days < 9.95 => format!("{days:.1} d"),
        Some(days) => format!("{days:.0} d"),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Limit => "weekly",
        Kind::LimitOfOne => "single",
        Kind::Rise => "rise",
    }
}

struct Page {
    sheet: Sheet,
    zone: Zone,
}

impl Page {
    fn date(&self, at: i64) -> String {
        words::date(self.zone, at)
    }

    fn head(&mut self, backtest: &Backtest, first: &Side) {
        let report = &first.replay.report;
        let Some((from, _)) = report.span else {
            self.sheet.line("No activities were read: there is nothing to replay.");
            return;
        };
        let (accounts, activities) =
            (counted(u64::from(report.accounts), "account"), counted(report.counts.accepted, "activity"));
        let (from, to, years) =
            (self.date(from), self.date(first.replay.end()), first.replay.account_years());
        self.sheet.paragraph(
            "",
            &format!("{accounts}, {activities} from {from} to {to}, {years:.1} account-years*"),
        );
        self.sheet.line("");
        for (at, side) in backtest.sides.iter().enumerate() {
            let letter =
                if backtest.sides.len() > 1 { format!("{}  ", letter(at)) } else { "policy  ".to_owned() };
            self.sheet.line(&format!("{letter}{}", printable(&side.policy)));
        }
        self.sheet.line("");
    }

    /// The sums of each policy, and what they have in common.
    fn totals(&mut self, backtest: &Backtest) {
        let two = backtest.sides.len() > 1;
        for (at, side) in backtest.sides.iter().enumerate() {
            let numbers = side.numbers();
            let alerts = crate::tuning::alerts_of(&numbers);
            let (week, year) = (rate(side.replay.a_week(alerts)), rate(side.replay.an_account_year(alerts)));
            let accounts = usize::try_from(side.replay.report.accounts).unwrap_or_default();
            let (mut text, share) = (String::new(), percent(numbers.accounts, accounts));
            if two {
                text.push_str(letter(at));
                text.push_str("  ");
            }
            text.push_str(&format!(
                "{}: {week} a week, {year} an account-year; on {} of {} ({share}); {} critical; {} still open",
                noun(numbers.alerts, "alert"),
                group(numbers.accounts),
                noun(accounts, "account"),
                percent(numbers.critical, numbers.alerts),
                group(numbers.open),
            ));
            self.sheet.paragraph("", &text);
        }
        if let [a, b] = backtest.sides.as_slice() {
            let (only_a, only_b) = (a.alone().count(), b.alone().count());
            let (both_a, both_b) = (a.in_both().count(), b.in_both().count());
            let text = if a.replay.episodes == b.replay.episodes {
                "Nothing differs: both raise the same.".to_owned()
            } else if only_a + only_b == 0 && both_a == both_b {
                "Both raise alerts on the same; severities or days differ.".to_owned()
            } else {
                let both = if both_a == both_b {
                    format!("{} in both", group(both_a))
                } else {
                    format!("in both {} of A, which are {} of B", group(both_a), group(both_b))
                };
                format!("Only A raises {}, only B {}; {both}.", group(only_a), group(only_b))
            };
            self.sheet.paragraph("", &text);
        }
    }

    /// A row for each signal, kind and policy.
    fn signals(&mut self, backtest: &Backtest) {
        let groups: Vec<_> = backtest.sides.iter().map(Side::by_signal).collect();
        let keys: BTreeSet<_> = groups.iter().flat_map(|groups| groups.keys().copied()).collect();
        if keys.is_empty() {
            return;
        }
        self.sheet.line("");
        let heads: String = HEADS.iter().map(|(head, columns)| format!("{head:>columns$}")).collect();
        let side_columns = if backtest.sides.len() > 1 { 2 } else { 0 };
        self.sheet.line(&format!("{:1$}{heads}", "", SIGNAL_COLUMNS + KIND_COLUMNS + side_columns));
        for key in keys {
            let mut name = format!("{:SIGNAL_COLUMNS$}{:KIND_COLUMNS$}", printable(key.0), kind(key.1));
            for (at, (side, groups)) in backtest.sides.iter().zip(&groups).enumerate() {
                let letter =
                    if side_columns > 0 { format!("{:side_columns$}", letter(at)) } else { String::new() };
                let empty = Numbers::default();
                let row = row(side, groups.get(&key).unwrap_or(&empty));
                self.sheet.line(&format!("{name}{letter}{row}"));
                name = " ".repeat(SIGNAL_COLUMNS + KIND_COLUMNS);
            }
        }
        self.sheet.line("");
        self.sheet.paragraph("", "* A year of one account, from its first activity to the end of the log. weekly: a limit on an account's weeks; \
             single: on one plan or request; rise: above the account's own past. Median and longest: days open, to the \
             end for what is still open.",
        );
    }

    /// How many alerts there were through time.
    fn timeline(&mut self, backtest: &Backtest) {
        let lines = timeline::lines(backtest, self.zone, self.sheet.columns);
        if !lines.is_empty() {
            self.sheet.line("");
            lines.iter().for_each(|line| self.sheet.line(line));
        }
    }

    fn lists(&mut self, backtest: &Backtest, listed_max: Option<usize>) {
        match backtest.sides.as_slice() {
            [a, b] => {
                self.list("Only in A", a.alone().collect(), listed_max);
                self.list("Only in B", b.alone().collect(), listed_max);
                self.list("In both, as A has them", a.in_both().collect(), listed_max);
            }
            [one] => self.list("Alerts", one.replay.episodes.iter().collect(), listed_max),
            _ => {}
        }
    }

    fn list(&mut self, title: &str, episodes: Vec<&Episode>, listed_max: Option<usize>) {
        if episodes.is_empty() {
            return;
        }
        let shown = listed_max.unwrap_or(episodes.len()).min(episodes.len());
        let cut = if shown < episodes.len() {
            format!(", the newest {shown} (--all lists them all)")
        } else {
            ", the newest first".to_owned()
        };
        self.sheet.line("");
        self.sheet.line(&format!("{title}: {}{cut}", group(episodes.len())));
        let newest: Vec<&Episode> = episodes.into_iter().rev().take(shown).collect();
        let columns = newest
            .iter()
            .map(|it| width(&printable(words::whose(&it.account))))
            .max()
            .unwrap_or_default()
            .min(ACCOUNT_COLUMNS);
        for episode in newest {
            self.episode(episode, columns);
        }
    }

    /// `columns` are those of the account.
    fn episode(&mut self, episode: &Episode, columns: usize) {
        let severity = match episode.severity {
            Severity::Critical => "CRITICAL",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        };
        let lasted = match episode.resolved {
            Some(resolved) => days(Some(episode.days(resolved))),
            None => "open".to_owned(),
        };
        let account = printable(words::whose(&episode.account));
        let gap = " ".repeat(columns.saturating_sub(width(&account)) + 2);
        let date = self.date(episode.fired);
        let head = format!("{date:>11}  {severity:<8} {lasted:>6}  {account}{gap}");
        let what = printable(&format!("{} {} {}", episode.signal, kind(episode.kind()), episode.subject));
        let what = what.trim_end();
        if width(&head) + width(what) <= self.sheet.columns {
            self.sheet.line(&format!("{head}{what}"));
            return;
        }
        self.sheet.line(&head);
        for line in wrap(what, self.sheet.columns.saturating_sub(LIST_INDENT)) {
            self.sheet.line(&format!("{:LIST_INDENT$}{line}", ""));
        }
    }
}

fn row(side: &Side, numbers: &Numbers) -> String {
    let alerts = crate::tuning::alerts_of(numbers);
    let cells = [
        group(numbers.alerts),
        rate(side.replay.a_week(alerts)),
        rate(side.replay.an_account_year(alerts)),
        days(numbers.days_median()),
        days(numbers.days_longest()),
        group(numbers.open),
        percent(numbers.critical, numbers.alerts),
    ];
    cells.iter().zip(HEADS).map(|(cell, (_, columns))| format!("{cell:>columns$}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_rates_say_as_much_as_they_know() {
        assert_eq!(
            [percent(0, 0), percent(1, 400), percent(0, 9), percent(1, 3)],
            ["-", "<1 %", "0 %", "33 %"]
        );
        assert_eq!([0.014, 9.951, 120.4].map(rate), ["0.014", "10.0", "120"]);
    }
}
