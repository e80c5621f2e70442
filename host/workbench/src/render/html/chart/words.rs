//! A chart in words, for whoever cannot see it.

use super::{Chart, mean};
use crate::render::html::Page;
use crate::render::html::words::number;
use redtape::detector::Point;
use redtape_model::calendar::Instant;
use redtape_model::calendar::WEEK_MS;
use redtape_model::text::counted;

/// Weeks before the onset, and newest weeks, of which a mean is told.
const WEEKS: i64 = 8;

/// What the chart shows: before the onset, now, expected, limit, onset.
pub(super) fn description(chart: &Chart<'_>, page: &Page<'_>) -> String {
    let points = chart.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let mut sentences = vec![span(chart, page, first, last)];
    let since = chart.alert.since;
    let before = mean(points, since - WEEKS * WEEK_MS, since)
        .map(|mean| format!("{} in the {WEEKS} weeks before the onset", number(mean)));
    let newest = mean(points, last.week - (WEEKS - 1) * WEEK_MS, Instant::MAX)
        .map(|mean| format!("{} in the last {WEEKS} weeks", number(mean)));
    let means: Vec<String> = before.into_iter().chain(newest).collect();
    if !means.is_empty() {
        sentences.push(format!("Mean {}", means.join(", ")));
    }
    let highest = points.iter().filter_map(|point| Some((point.value?, point.week)));
    if let Some((value, week)) = highest.reduce(|held, it| if it.0 > held.0 { it } else { held }) {
        sentences.push(format!("Highest {} in the week of {}", number(value), page.date(week)));
    }
    if let Some(expected) = last.expected.filter(|_| chart.has_expected()) {
        sentences.push(format!("Expected now {}", number(expected)));
    }
    if let Some(limit) = chart.limit() {
        sentences.push(format!("Limit {}", number(limit)));
    }
    sentences.push(format!("Onset {}, alert open since {}", page.date(since), page.date(chart.alert.opened)));
    sentences.join(". ") + "."
}

fn span(chart: &Chart<'_>, page: &Page<'_>, first: &Point, last: &Point) -> String {
    let weeks = u64::try_from(chart.points.len()).unwrap_or_default();
    let gaps = chart.points.iter().filter(|point| point.value.is_none()).count();
    let gaps = match u64::try_from(gaps).unwrap_or_default() {
        0 => String::new(),
        gaps => format!(", {gaps} of them with nothing to measure"),
    };
    let (from, to) = (page.date(first.week), page.date(last.week));
    format!("{}: {} from {from} to {to}{gaps}", capital(chart.measure()), counted(weeks, "week"))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
