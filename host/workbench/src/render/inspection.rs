//! An inspection for people: what to know before anything is judged, the worst first, then what is in the log.

use serde::Serialize;

use super::sheet::Sheet;
use super::words;
use crate::inspect::{Check, Inspection, Kind, Verdict, what_rule};
use redtape::At;
use redtape_model::calendar::{Instant, Zone};
use redtape_model::text::{counted, grouped, printable, width, wrap};
use redtape_scan::report::Report;

/// Accounts that are named.
const ACCOUNTS_SHOWN: usize = 10;
/// Gaps that are named.
const GAPS_SHOWN: usize = 3;
/// Columns before the words of a check: the longest verdict and two spaces.
const INDENT: usize = 9;
/// Columns of what a check is about.
const ABOUT: usize = 16;

/// How an inspection is to look.
#[derive(Clone, Copy, Debug)]
pub struct InspectionLook {
    /// Most columns of a line.
    pub columns: usize,
    /// Whether verdicts have colours.
    pub color: bool,
}

/// The inspection as text.
pub fn inspection(inspection: &Inspection, look: &InspectionLook) -> String {
    let zone = Zone::named(&inspection.report.time_zone).unwrap_or_default();
    let mut page = Page { sheet: Sheet::new(look.columns.max(40)), color: look.color, zone };
    let headline = headline(inspection, &page);
    page.sheet.paragraph("", &headline);
    page.checks(inspection);
    page.kinds(&inspection.kinds, inspection.report.not_taken() > 0);
    page.fields(&inspection.kinds);
    page.accounts(&inspection.accounts);
    page.gaps(inspection);
    page.left_out(&inspection.report);
    page.sheet.text
}

fn headline(inspection: &Inspection, page: &Page) -> String {
    let report = &inspection.report;
    let Some((first, newest)) = report.span else {
        return "No activities were read: there is nothing to watch.".to_owned();
    };
    let accounts = counted(inspection.accounts.len() as u64, "account");
    let activities = counted(report.counts.accepted, "activity");
    let (first, newest) = (page.date(first), page.date(newest));
    format!("{activities} of {accounts}, from {first} to {newest} ({})", report.time_zone)
}

struct Page {
    sheet: Sheet,
    color: bool,
    zone: Zone,
}

impl Page {
    fn date(&self, at: Instant) -> String {
        words::date(self.zone, at)
    }

    /// Rows in columns: the first to the left, the others to the right.
    fn rows(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widest = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        for row in rows {
            let mut line = String::from("  ");
            for (at, (cell, widest)) in row.iter().zip(&widths).enumerate() {
                let gap = " ".repeat(widest - width(cell));
                line.push_str(&if at == 0 { format!("{cell}{gap}  ") } else { format!("{gap}{cell}  ") });
            }
            self.sheet.line(&line);
        }
    }

    fn kinds(&mut self, kinds: &[Kind], lacks_some: bool) {
        let head = ["", "activities", "accounts", "weeks", "first", "newest"].map(str::to_owned);
        let mut rows = vec![head.into()];
        rows.extend(kinds.iter().map(|kind| {
            let (first, last) = (self.date(kind.span.0), self.date(kind.span.1));
            vec![
                kind.name.to_owned(),
                grouped(kind.count),
                grouped(kind.accounts),
                grouped(kind.weeks),
                first,
                last,
            ]
        }));
        if !kinds.is_empty() {
            self.sheet.heading(if lacks_some {
                "Kinds, with the lines that were not taken"
            } else {
                "Kinds"
            });
            self.rows(&rows);
        }
    }

    fn fields(&mut self, kinds: &[Kind]) {
        let told: Vec<String> = kinds.iter().filter_map(filled).collect();
        if !told.is_empty() {
            self.sheet.heading("Fields that may be empty, and the share of lines that fill them");
            for line in told {
                self.sheet.paragraph("  ", &line);
            }
        }
    }

    fn accounts(&mut self, accounts: &[(String, u64)]) {
        if accounts.is_empty() {
            return;
        }
        self.sheet.heading("Most active accounts");
        let named = accounts.iter().take(ACCOUNTS_SHOWN);
        let mut told: Vec<String> =
            named.map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
        let more = accounts.len().saturating_sub(ACCOUNTS_SHOWN);
        if more > 0 {
            told.push(format!("and {} more", grouped(more as u64)));
        }
        self.sheet.paragraph("  ", &told.join(", "));
    }

    fn gaps(&mut self, inspection: &Inspection) {
        if inspection.gaps.is_empty() {
            return;
        }
        self.sheet.heading("Gaps in the whole log");
        for gap in inspection.gaps.iter().take(GAPS_SHOWN) {
            let (after, until) = (self.date(gap.after), self.date(gap.until));
            self.sheet.line(&format!("  {} between {after} and {until}", counted(gap.weeks, "week")));
        }
        let more = inspection.gaps.len().saturating_sub(GAPS_SHOWN);
        if more > 0 {
            self.sheet.line(&format!("  and {} shorter", grouped(more as u64)));
        }
    }

    fn left_out(&mut self, report: &Report) {
        let tallies: Vec<_> =
            report.left_out.iter().chain(&report.dropped).filter(|tally| tally.count > 0).collect();
        if tallies.is_empty() {
            return;
        }
        self.sheet.heading("Left out of counting");
        let widest = tallies.iter().map(|tally| grouped(tally.count).len()).max().unwrap_or_default();
        for tally in tallies {
            let line =
                format!("{:>widest$} {}: {}", grouped(tally.count), tally.rule, what_rule(&tally.rule));
            self.sheet.paragraph("  ", &line);
        }
    }

    fn checks(&mut self, inspection: &Inspection) {
        let is_signal = |about: &str| inspection.report.series.iter().any(|series| series.signal == about);
        for (heading, signals) in [("Can it be relied on?", false), ("Is there enough to watch?", true)] {
            let mut checks: Vec<&Check> =
                inspection.checks.iter().filter(|it| is_signal(&it.about) == signals).collect();
            if checks.is_empty() {
                continue;
            }
            checks.sort_by_key(|check| std::cmp::Reverse(check.verdict));
            self.sheet.heading(heading);
            let fine = checks.partition_point(|check| check.verdict != Verdict::Pass || signals);
            let (told, fine) = checks.split_at(fine);
            for check in told {
                self.check(check.verdict, &check.about, &check.why);
            }
            // What is as it should be needs no words.
            let fine: Vec<&str> = fine.iter().map(|check| check.about.as_str()).collect();
            if !fine.is_empty() {
                self.check(Verdict::Pass, "others", &fine.join(", "));
            }
        }
    }

    fn check(&mut self, verdict: Verdict, about: &str, why: &str) {
        let room = self.sheet.columns.saturating_sub(2 + INDENT + ABOUT);
        for (at, line) in wrap(&printable(why), room).iter().enumerate() {
            let head = match at {
                0 => format!("{}{about:ABOUT$}", self.verdict(verdict)),
                _ => " ".repeat(INDENT + ABOUT),
            };
            self.sheet.line(&format!("  {head}{line}"));
        }
    }

    fn verdict(&self, verdict: Verdict) -> String {
        let (word, color) = match verdict {
            Verdict::Pass => ("PASS", "32"),
            Verdict::Warning => ("WARNING", "33"),
            Verdict::Fail => ("FAIL", "1;31"),
        };
        let gap = " ".repeat(INDENT.saturating_sub(word.len()));
        if self.color { format!("\x1b[{color}m{word}\x1b[0m{gap}") } else { format!("{word}{gap}") }
    }
}

fn filled(kind: &Kind) -> Option<String> {
    let told = kind.fields.iter().map(|field| {
        let share = match field.filled {
            0 => "never".to_owned(),
            filled if filled == kind.count => "always".to_owned(),
            filled => format!("{} %", (filled * 100 / kind.count.max(1)).clamp(1, 99)),
        };
        format!("{} {share}", field.name)
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("{}: {}", kind.name, told.join(", ")))
}

/// The inspection as JSON, with a line end; `report` in it is that of `scan --format json`, without its alerts.
pub fn inspection_json(inspection: &Inspection) -> String {
    let Inspection { kinds, accounts, gaps, checks, report } = inspection;
    let kinds = kinds.iter().map(|kind| KindFields {
        name: kind.name,
        count: kind.count,
        accounts: kind.accounts,
        weeks: kind.weeks,
        first: At(kind.span.0),
        newest: At(kind.span.1),
        filled: kind.fields.iter().map(|field| (field.name, field.filled)).collect(),
    });
    let accounts = accounts.iter().map(|(name, count)| AccountFields { name, count: *count });
    let gaps =
        gaps.iter().map(|gap| GapFields { after: At(gap.after), until: At(gap.until), weeks: gap.weeks });
    super::pretty(serde_json::to_string_pretty(&InspectionFields {
        format: 1,
        kinds: kinds.collect(),
        accounts: accounts.collect(),
        gaps: gaps.collect(),
        checks,
        report: &Report { alerts: Vec::new(), open: Vec::new(), ..report.clone() },
    }))
}

#[derive(Serialize)]
struct InspectionFields<'a> {
    format: u32,
    kinds: Vec<KindFields>,
    accounts: Vec<AccountFields<'a>>,
    gaps: Vec<GapFields>,
    checks: &'a [crate::inspect::Check],
    report: &'a Report,
}

#[derive(Serialize)]
struct KindFields {
    name: &'static str,
    count: u64,
    accounts: u64,
    weeks: u64,
    first: At,
    newest: At,
    filled: std::collections::BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct AccountFields<'a> {
    name: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct GapFields {
    after: At,
    until: At,
    weeks: u64,
}
