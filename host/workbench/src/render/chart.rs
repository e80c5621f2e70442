//! A chart of weeks in a terminal: bars of blocks, with what was expected and the limit drawn where no bar is.

use redtape::detector::Point;

/// Rows of the chart.
const ROWS: usize = 8;
/// Eighths of a row that a block character can fill.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns left of the bars.
pub(super) const GUTTER: usize = 9;
/// A limit that is farther above the values than this many times is not drawn: it would flatten them.
const LIMIT_TIMES_MAX: f64 = 3.0;

/// A chart of the newest weeks that fit `columns`, and how many they are. The weeks from `onset` on are underlined.
pub(super) fn chart(points: &[Point], onset: Option<i64>, columns: usize) -> (Vec<String>, usize) {
    let shown = points.len().min(columns.saturating_sub(GUTTER).max(1));
    let points = points.get(points.len() - shown..).unwrap_or_default();
    let most = |of: fn(&Point) -> Option<f64>| points.iter().filter_map(of).fold(0.0, f64::max);
    let values = most(|point| point.value).max(most(|point| point.expected));
    let limit = most(|point| point.threshold);
    let top = if limit <= values * LIMIT_TIMES_MAX { values.max(limit) } else { values };
    let top = if top > 0.0 { top } else { 1.0 };
    let mut lines = Vec::new();
    for row in (0..ROWS).rev() {
        let bars: String = points.iter().map(|point| cell(point, row, top)).collect();
        let label = match row {
            0 => "0".to_owned(),
            row if row == ROWS - 1 => super::explanation::number(top),
            _ => String::new(),
        };
        lines.push(format!("{label:>7} │{bars}").trim_end().to_owned());
    }
    let axis =
        points.iter().map(|point| if onset.is_some_and(|onset| point.week >= onset) { '━' } else { '─' });
    lines.push(format!("{:>7} └{}", "", axis.collect::<String>()));
    (lines, shown)
}

fn cell(point: &Point, row: usize, top: f64) -> char {
    let filled = point.value.map_or(0, |value| eighths(value, top)).saturating_sub(row * 8).min(8);
    // A line is drawn in the row that its number lies in.
    let is_here = |number: Option<f64>| {
        number.is_some_and(|it| it <= top && eighths(it, top).saturating_sub(1) / 8 == row)
    };
    match BLOCKS.get(filled) {
        Some(' ') | None if is_here(point.threshold) => '─',
        Some(' ') | None if is_here(point.expected) => '·',
        Some(block) => *block,
        None => ' ',
    }
}

/// How many eighths of a row a number fills.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 64")]
fn eighths(number: f64, top: f64) -> usize {
    let height = (number / top * 64.0).round().clamp(0.0, 64.0) as usize;
    // What is there must be seen.
    if number > 0.0 { height.max(1) } else { height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use redtape::detector::Watch;

    #[test]
    fn bars_stand_before_the_lines() {
        let point = |(week, value): (i64, Option<f64>)| Point {
            week,
            watch: Watch::Watching,
            value,
            expected: Some(2.0),
            threshold: Some(5.0),
            company_factor: 1.0,
            score: None,
            left_out: Vec::new(),
        };
        let values = [Some(0.0), Some(0.01), Some(1.0), None, Some(5.0), Some(8.0), Some(3.5)];
        let points: Vec<Point> = (0..).zip(values).map(point).collect();
        let (lines, shown) = chart(&points, Some(4), 40);
        assert_eq!(shown, 7);
        expect![[r#"
            |      8 │     █
            |        │     █
            |        │     █
            |        │────██─
            |        │    ██▄
            |        │    ███
            |        │····███
            |      0 │ ▁█ ███
            |        └────━━━
        "#]]
        .assert_eq(&lines.iter().map(|line| format!("|{line}\n")).collect::<String>());
        assert_eq!(chart(&points, None, 12).1, 3, "the newest that fit");
        assert_eq!(chart(&[], None, 12).0.len(), ROWS + 1);
    }
}
