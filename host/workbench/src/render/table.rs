//! The report for people: what is open, what was resolved lately, and what could not be judged.
//!
//! Plain text that fits the columns it is given; only the word of the severity has a colour.

use redtape::detector::{Alert, Severity};
use redtape_model::calendar::WEEK_MS;
use redtape_model::calendar::{Instant, Zone};
use redtape_model::text::{counted, grouped, printable, width, wrap};
use redtape_scan::report::{LATELY_WEEKS, Report};

use super::order::{self, Resolved};
use super::words::{self, listed, resolution, who};

mod foot;

/// How the table is to look.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Most columns of a line.
    pub columns: usize,
    /// Whether the severity has a colour.
    pub color: bool,
    /// Whether every resolved alert is shown, or those of the last 26 weeks only.
    pub all: bool,
    /// Whether the id of every alert is shown, for `redtape explain`.
    pub ids: bool,
}

/// Accounts and signals of which resolved alerts are shown.
const RESOLVED_SHOWN: usize = 20;
const WEEKS_A_YEAR: u64 = 52;
/// Columns before the text of an alert: the longest severity and two spaces.
const INDENT: usize = 10;
/// Ids of evidence that are named.
const EVIDENCE_SHOWN: usize = 3;

/// The report as a table.
pub fn table(report: &Report, look: &Table) -> String {
    let zone = Zone::named(&report.time_zone).unwrap_or_default();
    let (columns, text) = (look.columns.max(40), String::new());
    let mut page = Page { columns, color: look.color, ids: look.ids, zone, text };
    page.paragraph(&headline(report, &page));
    let Some(as_of) = report.as_of else { return page.text };
    let firing: Vec<&Alert> = report.firing().collect();
    page.line("");
    page.paragraph(&verdict(report, &firing));
    for group in order::groups(&firing) {
        page.line("");
        page.group(&group, as_of);
    }
    let from = if look.all { Instant::MIN } else { as_of - LATELY_WEEKS * WEEK_MS };
    let resolved = order::resolved(report, from, look.all);
    if !resolved.is_empty() {
        page.all_resolved(&resolved, look.all);
    }
    page.line("");
    for line in foot::lines(report) {
        page.paragraph(&line);
    }
    page.text
}

fn headline(report: &Report, page: &Page) -> String {
    let taken = report.counts.accepted + report.counts.replaced + report.counts.duplicate;
    let Some((first, newest)) = report.span.filter(|_| taken > 0) else {
        return "No activities were read: there is nothing to judge.".to_owned();
    };
    let accounts = counted(u64::from(report.accounts), "account");
    let activities = counted(report.counts.accepted, "activity");
    let (first, newest) = (page.date(first), page.date(newest));
    let as_of = report.as_of.map(|at| format!(", as of {}", page.date(at))).unwrap_or_default();
    format!("{accounts}, {activities} from {first} to {newest}{as_of} ({})", report.time_zone)
}

fn verdict(report: &Report, firing: &[&Alert]) -> String {
    if firing.is_empty() && report.hidden > 0 {
        let (verb, others) = if report.hidden == 1 { ("is", "1 other") } else { ("are", "others") };
        let others = if report.hidden == 1 {
            others.to_owned()
        } else {
            format!("{} {others}", grouped(report.hidden))
        };
        return format!("No alert that was asked for is open; {others} {verb}.");
    }
    if firing.is_empty() {
        let signals: Vec<&str> = report.series.iter().map(|series| series.signal.as_str()).collect();
        return format!("No alert is open. Watched: {}.", listed(&signals));
    }
    let of = |severity| u64::try_from(firing.iter().filter(|alert| alert.severity == severity).count());
    let counts = [(Severity::Critical, "critical"), (Severity::Warning, "warning"), (Severity::Info, "info")]
        .into_iter()
        .map(|(severity, name)| (of(severity).unwrap_or_default(), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", grouped(count)))
        .collect::<Vec<_>>();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    format!("Open alerts: {}.", listed(&counts))
}

struct Page {
    columns: usize,
    color: bool,
    ids: bool,
    zone: Zone,
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrap(&printable(text), self.columns) {
            self.line(&line);
        }
    }

    /// Text beside the column of severities, after `mark` in its first line.
    fn indented(&mut self, mark: &str, text: &str) {
        let room = self.columns.saturating_sub(INDENT + width(mark));
        for (at, line) in wrap(&printable(text), room).iter().enumerate() {
            let mark = if at == 0 { mark.to_owned() } else { " ".repeat(width(mark)) };
            self.line(&format!("{:INDENT$}{mark}{line}", ""));
        }
    }

    /// The severity, a title, and at the right, where there is room, a note.
    fn title(&mut self, severity: Severity, title: &str, note: &str) {
        let word = self.severity(severity);
        let room = self.columns.saturating_sub(INDENT);
        let title = printable(title);
        let both = width(&title) + 2 + width(note);
        let lines = if both <= room {
            vec![format!("{title}{:1$}{note}", "", room - both + 2)]
        } else {
            let mut lines = wrap(&title, room);
            lines.extend(wrap(note, room));
            lines
        };
        for (at, line) in lines.iter().enumerate() {
            let head = if at == 0 { word.clone() } else { " ".repeat(INDENT) };
            self.line(&format!("{head}{line}"));
        }
    }

    fn severity(&self, severity: Severity) -> String {
        let (word, color) = match severity {
            Severity::Critical => ("CRITICAL", "1;31"),
            Severity::Warning => ("WARNING", "33"),
            Severity::Info => ("INFO", "36"),
        };
        let gap = " ".repeat(INDENT.saturating_sub(word.len()));
        if self.color { format!("\x1b[{color}m{word}\x1b[0m{gap}") } else { format!("{word}{gap}") }
    }

    fn group(&mut self, group: &[&Alert], as_of: Instant) {
        let Some(first) = group.first() else { return };
        let since = group.iter().map(|alert| alert.since).min().unwrap_or(first.since);
        let lasting = match u64::try_from((as_of - since) / WEEK_MS).unwrap_or_default() {
            0 => String::new(),
            weeks if weeks < 2 * WEEKS_A_YEAR => format!(" ({})", counted(weeks, "week")),
            weeks => format!(" ({})", counted(weeks / WEEKS_A_YEAR, "year")),
        };
        let note = format!("since {}{lasting}", self.date(since));
        self.title(first.severity, &format!("{}  {}", who(first), first.signal), &note);
        for (at, alert) in group.iter().enumerate() {
            self.indented(if group.len() > 1 { "- " } else { "" }, &alert.summary);
            let next = group.get(at + 1).map(|alert| alert.suggestion.as_str());
            let mark = if group.len() > 1 { "  -> " } else { "-> " };
            // Said once where the alerts of a group suggest the same.
            if !alert.suggestion.is_empty() && next != Some(alert.suggestion.as_str()) {
                self.indented(mark, &alert.suggestion);
            }
            self.id(alert);
        }
        if let [alert] = group {
            self.evidence(alert);
        }
    }

    fn evidence(&mut self, alert: &Alert) {
        let named: Vec<&str> = alert.evidence.iter().take(EVIDENCE_SHOWN).map(String::as_str).collect();
        let total = usize::try_from(alert.evidence_total).unwrap_or(usize::MAX);
        let more = match total.saturating_sub(named.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        if !named.is_empty() {
            self.indented("", &format!("Evidence: {}{more}", named.join(", ")));
        }
    }

    fn id(&mut self, alert: &Alert) {
        if self.ids {
            self.indented("", &format!("Id: {}", alert.id));
        }
    }

    fn all_resolved(&mut self, groups: &[Vec<Resolved<'_>>], all: bool) {
        let when = if all { String::new() } else { format!(" in the last {LATELY_WEEKS} weeks") };
        self.line("");
        self.line(&format!("Resolved{when}:"));
        self.line("");
        let shown = if all { groups.len() } else { RESOLVED_SHOWN.min(groups.len()) };
        for group in groups.iter().take(shown) {
            self.resolved(group);
        }
        let more = u64::try_from(groups.len() - shown).unwrap_or_default();
        if more > 0 {
            self.line("");
            self.paragraph(&format!("and of {} more accounts and signals; --all shows each.", grouped(more)));
        }
    }

    fn resolved(&mut self, group: &[Resolved<'_>]) {
        let Some(Resolved { last, worst }) = group.first() else { return };
        let how = match resolution(&last.resolution) {
            "" => String::new(),
            how => format!(", {how}"),
        };
        let note = format!("{} to {}{how}", self.date(last.since), self.date(last.at));
        self.title(worst.severity, &format!("{}  {}", who(last), last.signal), &printable(&note));
        self.indented("", &worst.summary);
        self.id(worst);
        let more = u64::try_from(group.len()).unwrap_or_default().saturating_sub(1);
        if more > 0 {
            self.indented("", &format!("({} more like this; --all shows each)", grouped(more)));
        }
    }

    fn date(&self, at: Instant) -> String {
        words::date(self.zone, at)
    }
}

#[cfg(test)]
mod tests;
