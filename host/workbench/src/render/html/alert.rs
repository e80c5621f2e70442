//! One open alert: what it says, what would help, its chart, and what it rests on.

use std::io::{self, Write};

use super::Page;
use super::chart::Chart;
use super::escape::{prose, text};
use super::words::{cause, class, number, severity, title};
use redtape::detector::{Alert, Cause};
use redtape_model::text::{counted, grouped};
use redtape_scan::report::Series;

/// Ids of evidence that are shown at once; the others that are known are folded.
const EVIDENCE_SHOWN: usize = 3;
/// Weeks in the table, the newest.
const WEEKS_SHOWN: usize = 26;

/// What stands before an id in a sentence.
const NAMED: &str = "(alert ";
const ID_BYTES: usize = 16;

/// Whether it is what the plugin makes: nobody else's text becomes a name of the page.
fn is_id(id: &str) -> bool {
    id.len() == ID_BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn anchor(id: &str) -> String {
    if is_id(id) { format!(" id=x{id}") } else { String::new() }
}

/// An alert of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) alert: &'a Alert,
    /// Of all alerts on the page.
    pub(super) number: u64,
    /// Whether its weeks stand in a table as well.
    pub(super) has_table: bool,
}

impl Shown<'_> {
    pub(super) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let Self { page, alert, .. } = self;
        let class = class(alert.severity);
        writeln!(to, "<div class=\"alert {class}\"{}>", anchor(&alert.id))?;
        write!(
            to,
            "<h4><span class=\"sev {class}\">{}</span> {}",
            severity(alert.severity),
            text(title(&alert.signal))
        )?;
        if !alert.subject.is_empty() {
            write!(to, " <span class=subject>of <bdi>{}</bdi></span>", text(&alert.subject))?;
        }
        writeln!(to, "</h4>\n<p class=say>{}.</p>", self.linked(&prose(&alert.summary).to_string()))?;
        if !alert.suggestion.is_empty() {
            writeln!(to, "<p class=do><b>Suggestion</b> {}.</p>", prose(&alert.suggestion))?;
        }
        let series = Series::of(alert);
        let points = page.report.histories.get(&series).map_or(&[][..], Vec::as_slice);
        let chart = Chart { alert, points, number: self.number };
        if chart.is_drawn() {
            chart.write(page, to)?;
        } else {
            writeln!(to, "<p class=note>There are no weeks to draw.</p>")?;
        }
        self.facts(to)?;
        self.evidence(to)?;
        if chart.is_drawn() && self.has_table {
            self.table(&chart, to)?;
        }
        writeln!(to, "</div>")
    }

    fn facts(&self, to: &mut dyn Write) -> io::Result<()> {
        let Self { page, alert, .. } = self;
        let fact = |to: &mut dyn Write, name: &str, value: &str| {
            write!(to, "<div><dt>{name}</dt><dd>{value}</dd></div>")
        };
        let lasting = match page.ago(alert.since) {
            ago if ago.is_empty() => String::new(),
            ago => format!(" ({ago})"),
        };
        write!(to, "<dl class=facts>")?;
        fact(to, "Found by", cause(alert))?;
        fact(to, "Onset", &format!("{}{lasting}", page.date(alert.since)))?;
        fact(to, "Opened", &page.date(alert.opened))?;
        let first = page.told.get(alert.id.as_str()).copied();
        if let Some(first) = first {
            fact(to, "First told", &page.date(first))?;
        }
        if first != Some(alert.at) {
            fact(to, "Decided", &page.date(alert.at))?;
        }
        if let Some(limit) = alert.threshold {
            fact(to, "Limit", &format!("{} {}", number(limit), text(&alert.unit)))?;
        }
        if let Some(confidence) = alert.confidence.filter(|_| alert.cause == Cause::Rise) {
            fact(to, "P of a rise", &format!("{confidence:.2}"))?;
        }
        let (signal, id) = (text(&alert.signal), text(&alert.id));
        fact(to, "Reference", &format!("<code>{signal}</code> <code>{id}</code>"))?;
        writeln!(to, "</dl>")
    }

    /// A sentence, with a way to each open alert that it names by its id.
    fn linked(&self, sentence: &str) -> String {
        let mut linked = String::new();
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once(NAMED) {
            linked.push_str(before);
            linked.push_str(NAMED);
            rest = after;
            let Some((id, after)) = rest.split_at_checked(ID_BYTES) else { break };
            if is_id(id) && self.page.open.contains(id) {
                linked.push_str(&format!("<a href=\"#x{id}\">{id}</a>"));
                rest = after;
            }
        }
        linked + rest
    }

    fn evidence(&self, to: &mut dyn Write) -> io::Result<()> {
        let alert = self.alert;
        if alert.evidence.is_empty() {
            return Ok(());
        }
        let ids = |from: usize, to: usize| {
            let ids = alert.evidence.iter().take(to).skip(from);
            ids.map(|id| format!("<code>{}</code>", text(id))).collect::<Vec<_>>().join(", ")
        };
        let (total, first) = (counted(u64::from(alert.evidence_total), "activity"), ids(0, EVIDENCE_SHOWN));
        let rest = alert.evidence_total.saturating_sub(u32::try_from(EVIDENCE_SHOWN).unwrap_or_default());
        write!(to, "<div class=evidence><p><b>Evidence</b> {total}, newest first: {first}")?;
        if rest == 0 {
            return writeln!(to, ".</p></div>");
        }
        write!(to, " and {} more.</p>", grouped(u64::from(rest)))?;
        if self.has_table && alert.evidence.len() > EVIDENCE_SHOWN {
            let known = alert.evidence.len();
            write!(to, "<details><summary>The newest {known}</summary><p>{}</p></details>", ids(0, known))?;
        }
        writeln!(to, "</div>")
    }

    fn table(&self, chart: &Chart<'_>, to: &mut dyn Write) -> io::Result<()> {
        let points = chart.points;
        let (has_expected, has_limit) = (
            points.iter().any(|point| point.expected.is_some()),
            points.iter().any(|point| point.threshold.is_some()),
        );
        let weeks = points.len().min(WEEKS_SHOWN);
        let expected = if has_expected { "<th scope=col>Expected" } else { "" };
        let limit = if has_limit { "<th scope=col>Warning limit" } else { "" };
        write!(
            to,
            "<details class=weeks><summary>The last {} in numbers</summary>",
            counted(u64::try_from(weeks).unwrap_or_default(), "week")
        )?;
        write!(
            to,
            "<table><caption>{}</caption><thead><tr><th scope=col>Week of<th scope=col>Value{expected}{limit}<tbody>",
            text(chart.measure())
        )?;
        for point in points.iter().rev().take(weeks) {
            let cell = |value: Option<f64>, none: &str| value.map_or_else(|| none.to_owned(), number);
            write!(
                to,
                "<tr><th scope=row>{}<td>{}",
                self.page.date(point.week),
                cell(point.value, "not measured")
            )?;
            if has_expected {
                write!(to, "<td>{}", cell(point.expected, "–"))?;
            }
            if has_limit {
                write!(to, "<td>{}", cell(point.threshold, "–"))?;
            }
        }
        writeln!(to, "</table></details>")
    }
}
