//! An explanation as text: life, weeks, counting, what all accounts did, why it fired, and the evidence.

use redtape_model::calendar::WEEK_MS;
use std::collections::BTreeMap;

use super::chart::{self, chart};
use super::sheet::Sheet;
use super::words;
use crate::explain::Explanation;
use crate::privacy::People;
use redtape::detector::{Alert, AlertState, Cause, Point};
use redtape_model::calendar::Instant;
use redtape_model::text::{counted, printable, width, wrap};
use redtape_scan::scan::TENANT;

mod evidence;
mod weeks;

/// Weeks before the onset that are shown.
const BEFORE_WEEKS: usize = 8;

/// How an explanation is to look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Most columns of a line.
    pub columns: usize,
    /// Whether every week is shown, or the beginning and the end only.
    pub all: bool,
}

/// One alert, from the activities up.
pub fn explanation(told: &Explanation, look: Look, people: &mut People) -> String {
    let mut page = Page { sheet: Sheet::new(look.columns.max(40)), told };
    let (Some(last), Some(alert)) = (told.life.last(), told.life.told()) else { return page.sheet.text };
    page.head(last, alert);
    page.life(last);
    let from = told.points.iter().position(|point| point.week + WEEK_MS > alert.since).unwrap_or_default();
    let around = told.points.get(from.saturating_sub(BEFORE_WEEKS)..).unwrap_or_default();
    page.chart(alert, around);
    page.weeks(alert, around, look.all);
    page.counting(alert);
    page.company(alert);
    page.why(alert);
    page.evidence(alert, people);
    page.sheet.text
}

/// A number with at most two decimals.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Log-odds as a probability.
fn probability(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// An alert in one line, for lists of several.
pub fn sighting(alert: &Alert) -> String {
    let Alert { id, severity, account, signal, cause, state, .. } = alert;
    let (severity, cause, state) = (severity.as_str(), cause.as_str(), state.as_str());
    printable(&format!("{id}  {severity} {signal} of {account} ({cause}, {state})"))
}

struct Page<'a> {
    sheet: Sheet,
    told: &'a Explanation,
}

impl Page<'_> {
    fn paragraph(&mut self, text: &str) {
        self.sheet.paragraph("  ", text);
    }

    fn date(&self, at: Instant) -> String {
        words::date(self.told.zone, at)
    }

    fn head(&mut self, last: &Alert, alert: &Alert) {
        let subject = if alert.subject.is_empty() { String::new() } else { format!("  `{}`", alert.subject) };
        let who = words::who(alert);
        let severity = alert.severity.as_str().to_uppercase();
        let head = format!("{severity}  {who}  {}{subject}  alert {}", alert.signal, alert.id);
        let head = printable(&head);
        let lines =
            if width(&head) > self.sheet.columns { wrap(&head, self.sheet.columns) } else { vec![head] };
        lines.iter().for_each(|line| self.sheet.line(line));
        self.paragraph(&alert.summary);
        if !last.suggestion.is_empty() {
            self.paragraph(&format!("-> {}", last.suggestion));
        }
    }

    fn life(&mut self, last: &Alert) {
        self.sheet.heading("Life");
        let mut events = vec![(last.opened, "opened".to_owned())];
        let mut before: Option<&Alert> = None;
        for change in &self.told.life.changes {
            let what = match (before, change.state) {
                (_, AlertState::Resolved) => {
                    format!("resolved: {}", super::words::resolution(&change.resolution))
                }
                (None, _) => format!("firing, {}", change.severity.as_str()),
                (Some(before), _) => {
                    let order = change.severity as u8;
                    let way = if order > before.severity as u8 {
                        "worse"
                    } else if order < before.severity as u8 {
                        "better"
                    } else {
                        "higher than ever"
                    };
                    format!("{way}, {}", change.severity.as_str())
                }
            };
            let value = format!("{} {}", number(change.value), change.unit);
            let value =
                if change.state == AlertState::Resolved { String::new() } else { format!(" ({value})") };
            events.push((change.at, format!("{what}{value}")));
            before = Some(change);
        }
        if self.told.life.open.is_some() {
            let state = if last.state == AlertState::Pending { "pending" } else { "open" };
            let value = format!("{} {}", number(last.value), last.unit);
            events.push((last.at, format!("still {state} at the end of the log ({value})")));
        }
        for (at, event) in events {
            let date = self.date(at);
            self.paragraph(&format!("{date}: {event}"));
        }
    }

    fn chart(&mut self, alert: &Alert, points: &[Point]) {
        if points.is_empty() {
            return;
        }
        self.sheet.heading(&format!("{}, {}", printable(&alert.signal), printable(&alert.unit)));
        let room = self.sheet.columns - 2;
        let (lines, shown) = chart(points, Some(monday_of(points, alert.since)), room);
        for line in lines {
            self.sheet.line(&format!("  {line}"));
        }
        let newest = points.get(points.len() - shown..).unwrap_or_default();
        if let (Some(first), Some(last)) = (newest.first(), newest.last()) {
            let (first, last) = (self.date(first.week), self.date(last.week));
            let gap = shown.saturating_sub(width(&first) + width(&last)).max(1);
            self.sheet.line(&format!("  {:1$}{first}{2:3$}{last}", "", chart::GUTTER, "", gap));
        }
        self.sheet.line("  ─ limit of a warning   · expected   ━ since the onset");
        if !alert.subject.is_empty() {
            let subject = &alert.subject;
            self.paragraph(&format!(
                "These weeks are of the whole account; the alert is about `{subject}` alone."
            ));
        }
    }

    fn counting(&mut self, alert: &Alert) {
        let since = monday_of(&self.told.points, alert.since);
        let weeks: Vec<&Point> = self.told.points.iter().filter(|point| point.week >= since).collect();
        let mut left_out: BTreeMap<&str, u64> = BTreeMap::new();
        for tally in weeks.iter().flat_map(|point| &point.left_out) {
            *left_out.entry(&tally.rule).or_default() += tally.count;
        }
        let total: u64 = left_out.values().sum();
        let rules: Vec<String> = left_out.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        let left = match total {
            0 => "none was left out by the counting rules".to_owned(),
            total => format!("{total} left out because {}", rules.join(", ")),
        };
        let date = self.date(since);
        // Only where the value of a week is a number of activities does the sum of weeks count them.
        let is_count =
            alert.subject.is_empty() && ["meetings/week", "versions"].contains(&alert.unit.as_str());
        let counted_now = if is_count {
            let sum: f64 = weeks.iter().filter_map(|point| point.value).sum();
            format!("{} counted", number(sum))
        } else {
            format!("{} in evidence", alert.evidence_total)
        };
        let weeks = counted(u64::try_from(weeks.len()).unwrap_or_default(), "closed week");
        self.sheet.heading("Counting");
        self.paragraph(&format!("Since the week of {date} ({weeks}): {counted_now}, {left}."));
    }

    fn company(&mut self, alert: &Alert) {
        self.sheet.heading("All accounts together");
        if alert.account == TENANT {
            self.paragraph(
                "This is the tenant itself: what all accounts do together is told here and nowhere else.",
            );
            return;
        }
        let since = monday_of(&self.told.points, alert.since);
        let factors =
            self.told.points.iter().filter(|point| point.week >= since).map(|point| point.company_factor);
        let (low, high) = factors.fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(it), high.max(it)));
        if low > high {
            self.paragraph("No week is closed yet.");
        } else if (low, high) == (1.0, 1.0) {
            self.paragraph("They did what is usual, or too few are watched to tell: nothing is taken out.");
        } else {
            let times =
                if low == high { number(low) } else { format!("{} to {}", number(low), number(high)) };
            let moved = if (0.95..=1.05).contains(&low) && (0.95..=1.05).contains(&high) {
                "They hardly moved"
            } else if high > 1.05 && low >= 0.95 {
                "They all did more than usual"
            } else if low < 0.95 && high <= 1.05 {
                "They all did less than usual"
            } else {
                "They moved up and down"
            };
            self.paragraph(&format!(
                "{moved}: {times} times the usual in these weeks. That is in what is expected, and no rise of this account."
            ));
        }
    }

    fn why(&mut self, alert: &Alert) {
        self.sheet.heading(match alert.cause {
            Cause::Threshold => "The limit",
            Cause::Rise => "The rise watch",
        });
        if alert.cause == Cause::Rise {
            self.odds(alert);
        } else if let Some(limit) = alert.threshold {
            let (value, limit, unit) = (number(alert.value), number(limit), &alert.unit);
            let severity = alert.severity.as_str();
            self.paragraph(&format!("{value} {unit} reached the limit of {limit} for {severity}."));
        }
        let table = format!("/signals/{}/", alert.signal);
        for held in &self.told.in_force.values {
            let Some(key) = held.field.strip_prefix(&table) else { continue };
            if key.starts_with("rise") == (alert.cause == Cause::Rise) && key != "enabled" {
                self.paragraph(&format!("{key} = {} ({})", held.value, held.origin));
            }
        }
    }

    /// What the filter made of the weeks.
    fn odds(&mut self, alert: &Alert) {
        let since = monday_of(&self.told.points, alert.since);
        let scored: Vec<(Instant, f64)> =
            self.told.points.iter().filter_map(|point| Some((point.week, point.score?))).collect();
        let before = scored.iter().rev().find(|(week, _)| *week < since);
        let highest = scored.iter().filter(|(week, _)| *week >= since).max_by(|a, b| a.1.total_cmp(&b.1));
        let shown = |told: Option<&(Instant, f64)>| {
            told.map(|(week, score)| {
                let (odds, chance) = (number(*score), number(probability(*score)));
                format!("{odds} (P {chance}) in the week of {}", self.date(*week))
            })
        };
        let parts = [
            ("before the onset", shown(before)),
            ("at most", shown(highest)),
            ("last", shown(scored.last())),
        ];
        let parts: Vec<String> =
            parts.into_iter().filter_map(|(name, told)| Some(format!("{name} {}", told?))).collect();
        let onset = self.date(alert.since);
        if parts.is_empty() {
            self.paragraph(&format!("Onset {onset}. Its weeks are no longer remembered."));
        } else {
            self.paragraph(&format!("Onset {onset}. Log-odds of a rise: {}.", parts.join("; ")));
        }
        if let (Some(expected), Some(confidence)) = (alert.expected, alert.confidence) {
            let (usual, now, unit) = (number(expected), number(alert.value), &alert.unit);
            let confidence = number(confidence);
            let when = if self.told.life.open.is_some() { "It stands" } else { "It was last told" };
            self.paragraph(&format!("{when} at P {confidence}: a usual {usual}, and {now} {unit} since."));
        }
    }
}

/// The Monday of the week of `at` among the points; `at` itself where it is in none of them.
fn monday_of(points: &[Point], at: Instant) -> Instant {
    points.iter().rev().map(|point| point.week).find(|week| *week <= at).unwrap_or(at)
}
