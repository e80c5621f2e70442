//! The table of weeks: what was measured, what was expected, and which weeks were out.

use super::{Page, monday_of, number, probability};
use redtape::detector::{Alert, Cause, Point};

/// Weeks that are shown at the beginning and at the end.
const FIRST_SHOWN: usize = 16;
const LAST_SHOWN: usize = 10;

impl Page<'_> {
    /// The weeks, a line each.
    pub(super) fn weeks(&mut self, alert: &Alert, points: &[Point], all: bool) {
        self.sheet.heading("Weeks");
        if points.is_empty() {
            return self.paragraph("None is closed, or none is remembered.");
        }
        self.sheet.line(&format!(
            "  {:<11} {:>8} {:>8} {:>8} {:>6} {:>5}  {:<5} {}",
            "week of", "value", "expected", "company", "limit", "P", "", "left out"
        ));
        let since = monday_of(points, alert.since);
        let hidden = points.len().saturating_sub(FIRST_SHOWN + LAST_SHOWN);
        for (at, point) in points.iter().enumerate() {
            if !all && hidden > 0 && (FIRST_SHOWN..FIRST_SHOWN + hidden).contains(&at) {
                if at == FIRST_SHOWN {
                    self.sheet.line(&format!("  ... {hidden} weeks more; --all shows each"));
                }
                continue;
            }
            self.week(alert, point, since);
        }
    }

    fn week(&mut self, alert: &Alert, point: &Point, since: i64) {
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
        let is_over =
            |limit: Option<f64>| point.value.zip(limit).is_some_and(|(value, limit)| value >= limit);
        let is_out = match alert.cause {
            Cause::Threshold => is_over(point.threshold),
            Cause::Rise => point.week >= since && is_over(point.expected),
        };
        let left_out: Vec<String> =
            point.left_out.iter().map(|tally| format!("{} {}", tally.rule, tally.count)).collect();
        let chance = point.score.map_or_else(|| "-".to_owned(), |score| format!("{:.2}", probability(score)));
        self.sheet.line(&format!(
            "  {:<11} {:>8} {:>8} {:>8} {:>6} {chance:>5}  {:<5} {}",
            self.date(point.week),
            shown(point.value),
            shown(point.expected),
            format!("{:.2}", point.company_factor),
            shown(point.threshold),
            if is_out { "out" } else { "" },
            redtape_model::text::printable(&left_out.join(", "))
        ));
    }
}
