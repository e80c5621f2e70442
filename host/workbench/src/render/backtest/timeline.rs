//! Alerts through time, a bar for each month, or for each quarter or year where there are more than fit.

use chrono::{Datelike, NaiveDate};

use crate::tuning::Backtest;
use redtape_model::calendar::Zone;

/// Months of a bar, as they are tried.
const STEPS: [(i32, &str); 4] = [(1, "month"), (3, "quarter"), (12, "year"), (120, "decade")];
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns before the bars.
const LEAD: usize = 3;
/// Fewest columns between the years below the bars.
const YEAR_COLUMNS: usize = 6;

/// The bars of each policy, with the years below.
pub(super) fn lines(backtest: &Backtest, zone: Zone, columns: usize) -> Vec<String> {
    let Some(first) = backtest.sides.first() else { return Vec::new() };
    let Some((from, _)) = first.replay.report.span else { return Vec::new() };
    let month = |at| months(zone.date(at));
    let (from, to) = (month(from), month(first.replay.end()));
    let room = i32::try_from(columns.saturating_sub(LEAD)).unwrap_or(i32::MAX);
    let fits = |(step, _): &&(i32, &str)| (to.div_euclid(*step) - from.div_euclid(*step)) < room;
    let Some(&(step, name)) = STEPS.iter().find(fits) else { return Vec::new() };
    let (from, to) = (from.div_euclid(step), to.div_euclid(step));
    let counts: Vec<Vec<usize>> = backtest
        .sides
        .iter()
        .map(|side| {
            let mut counts = vec![0; usize::try_from(to - from + 1).unwrap_or_default()];
            for episode in &side.replay.episodes {
                let at = usize::try_from(month(episode.fired).div_euclid(step) - from).unwrap_or_default();
                if let Some(count) = counts.get_mut(at) {
                    *count += 1;
                }
            }
            counts
        })
        .collect();
    let most = counts.iter().flatten().copied().max().unwrap_or_default();
    if most == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!("New alerts a {name}, at most {most}:")];
    for (at, counts) in counts.iter().enumerate() {
        let letter = if backtest.sides.len() > 1 { super::letter(at) } else { "" };
        let bars: String = counts.iter().map(|count| bar(*count, most)).collect();
        lines.push(format!("{letter:LEAD$}{bars}"));
    }
    lines.push(years(from, to, step));
    lines
}

fn months(date: NaiveDate) -> i32 {
    date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default()
}

/// Nothing is told apart from a little.
fn bar(count: usize, most: usize) -> char {
    if count == 0 {
        return ' ';
    }
    let height = (count * BARS.len()).div_ceil(most);
    BARS.get(height - 1).copied().unwrap_or('█')
}

/// The years, each below its first bar, where there is room.
fn years(from: i32, to: i32, step: i32) -> String {
    let mut line = " ".repeat(LEAD);
    let mut told = None;
    for (at, bucket) in (from..=to).enumerate() {
        let year = (bucket * step).div_euclid(12);
        let column = LEAD + at;
        let is_free = line.len() <= column
            && (line.len() == LEAD || column >= line.trim_end().len() + YEAR_COLUMNS - 4);
        if told != Some(year) && is_free {
            line.push_str(&" ".repeat(column - line.len()));
            line.push_str(&year.to_string());
        }
        told = Some(year);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_alert_can_be_seen_beside_many() {
        assert_eq!([0, 1, 50, 100].map(|count| bar(count, 100)), [' ', '▁', '▄', '█']);
    }

    #[test]
    fn years_stand_below_their_first_month() {
        assert_eq!(years(2023 * 12 + 10, 2025 * 12, 1), "   2023          2025");
        assert_eq!(years(2000, 2003, 12), "   2000");
    }
}
