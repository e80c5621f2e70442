//! Which candidate to try next, and which to choose in the end.
//!
//! Alerts do not simply get fewer as a limit goes up: far below what is usual an account is in one alert for good. So a
//! search comes from above, and never goes below a limit where accounts are in alert much of the time.

use super::trial::{Count, Curve};

/// One limit of some accounts, as far as it was tried.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) limit: usize,
    /// The candidate that is the documented default.
    pub(super) default: usize,
    /// Its share of the alerts, before others hand theirs on.
    pub(super) weight: f64,
    pub(super) curve: Curve,
    /// How long alerts may be open together.
    pub(super) open_ms_max: i64,
}

impl Cell {
    fn is_useful(&self, count: &Count) -> bool {
        count.open_ms <= self.open_ms_max
    }

    /// The lowest candidate above which all that were tried gave at most `alerts`.
    pub(super) fn edge(&self, alerts: f64) -> Option<usize> {
        let from_above = self.curve.iter().rev();
        let within =
            from_above.take_while(|(_, it)| crate::tuning::many(it.alerts) <= alerts && self.is_useful(it));
        within.last().map(|(index, _)| *index)
    }

    /// The candidate that gives the most alerts, but not more than `alerts`. Of those that give as many it is the default,
    /// which nothing speaks against, else the highest, whose alerts are shortest; of those that give none the lowest.
    pub(super) fn best(&self, alerts: f64) -> Option<(usize, Count)> {
        let edge = self.edge(alerts)?;
        let best = self.curve.range(edge..).rev().reduce(|a, b| if b.1.alerts > a.1.alerts { b } else { a });
        let best = best.filter(|(_, count)| count.alerts > 0).or_else(|| self.curve.get_key_value(&edge));
        let is_as_good = |(index, count): &(&usize, &Count)| {
            **index >= edge && count.alerts > 0 && best.is_some_and(|(_, it)| it.alerts == count.alerts)
        };
        let best = self.curve.get_key_value(&self.default).filter(is_as_good).or(best);
        best.map(|(index, count)| (*index, *count))
    }

    /// What to try next for `alerts`; none: nothing between what was tried and what is asked for.
    pub(super) fn next(&self, alerts: f64, start: usize) -> Option<usize> {
        let Some((highest, _)) = self.curve.last_key_value() else { return Some(start) };
        let Some(edge) = self.edge(alerts) else { return Some(highest * 2 + 4) };
        match self.curve.range(..edge).next_back() {
            None if edge == 0 => self.nearer_to_the_top(alerts),
            None => Some(edge / 2),
            Some((below, _)) if edge - below < 2 => self.nearer_to_the_top(alerts),
            Some((below, count)) => Some(self.between(*below, count, edge, alerts)),
        }
    }

    /// Where no candidate gives as many: whether one between the best and the next lower, where alerts run into each
    /// other already, gives more.
    fn nearer_to_the_top(&self, alerts: f64) -> Option<usize> {
        let (best, count) = self.best(alerts).filter(|(_, it)| crate::tuning::many(it.alerts) < alerts)?;
        let (below, lower) = self.curve.range(..best).next_back()?;
        let is_over_the_top = lower.alerts > 0 && lower.alerts < count.alerts && best - below > 1;
        is_over_the_top.then(|| usize::midpoint(*below, best))
    }

    /// A candidate between two: alerts fall about as a power of what they are about, so that the place is guessed by that,
    /// and kept off both ends.
    fn between(&self, below: usize, over: &Count, edge: usize, alerts: f64) -> usize {
        let (low, high) = (crate::tuning::many(below), crate::tuning::many(edge));
        let within = self.curve.get(&edge).map_or(0, |it| it.alerts);
        let log = |alerts: f64| (alerts + 0.5).ln();
        let (top, bottom) = (log(crate::tuning::many(over.alerts)), log(crate::tuning::many(within)));
        let share =
            if top > bottom && self.is_useful(over) { (top - log(alerts)) / (top - bottom) } else { 0.5 };
        let guess =
            ((low + 2.0).ln() + share.clamp(0.15, 0.85) * ((high + 2.0) / (low + 2.0)).ln()).exp() - 2.0;
        let mut index = below + 1;
        while index + 1 < edge && crate::tuning::many(index) < guess {
            index += 1;
        }
        index
    }

    /// Where no lower candidate is left that gives more: the most it can give.
    fn most(&self) -> Option<f64> {
        let (edge, _) = self.best(f64::INFINITY)?;
        let lowest = self.edge(f64::INFINITY)?;
        let is_last =
            self.curve.range(..lowest).next_back().map_or(lowest == 0, |(below, _)| lowest - below < 2);
        let count = self.curve.get(&edge).filter(|_| is_last)?;
        Some(crate::tuning::many(count.alerts))
    }
}

/// How many alerts each cell may give, so that together they give `alerts`: equal shares by weight; what one cannot use
/// goes to the others.
pub(super) fn shares(cells: &[Cell], alerts: f64) -> Vec<f64> {
    let most: Vec<Option<f64>> = cells.iter().map(Cell::most).collect();
    let mut shares = vec![0.0; cells.len()];
    let mut open: Vec<usize> = (0..cells.len()).collect();
    let mut left = alerts.max(0.0);
    loop {
        let weight: f64 = open.iter().filter_map(|at| cells.get(*at)).map(|cell| cell.weight).sum();
        let level = if weight > 0.0 { left / weight } else { 0.0 };
        let share = |at: usize| cells.get(at).map_or(0.0, |cell| level * cell.weight);
        let limited: Vec<(usize, f64)> = open
            .iter()
            .filter_map(|at| Some((*at, most.get(*at).copied().flatten()?)))
            .filter(|(at, most)| *most < share(*at))
            .collect();
        if limited.is_empty() {
            for at in open {
                if let Some(it) = shares.get_mut(at) {
                    *it = share(at);
                }
            }
            return shares;
        }
        for (at, most) in limited {
            open.retain(|it| *it != at);
            left -= most;
            if let Some(it) = shares.get_mut(at) {
                *it = most;
            }
        }
    }
}

/// The candidates of all cells that come nearest to `alerts` together. Each begins within its share; what whole numbers
/// leave over goes, step by step, to whoever has least.
pub(super) fn choose(cells: &[Cell], alerts: f64) -> Vec<Option<(usize, Count)>> {
    let shares = shares(cells, alerts);
    let mut chosen: Vec<_> = cells
        .iter()
        .zip(&shares)
        .map(|(cell, share)| {
            cell.best(*share).or_else(|| cell.curve.last_key_value().map(|(at, it)| (*at, *it)))
        })
        .collect();
    loop {
        let sum: f64 = chosen.iter().flatten().map(|(_, count)| crate::tuning::many(count.alerts)).sum();
        let step = cells.iter().zip(&chosen).enumerate().filter_map(|(at, (cell, now))| {
            let (index, count) = (*now)?;
            let more = |it: &Count| it.alerts > count.alerts && cell.is_useful(it);
            let (lower, next) = cell.curve.range(..index).rev().find(|(_, it)| more(it))?;
            let after = sum + crate::tuning::many(next.alerts - count.alerts);
            let is_nearer = (after - alerts).abs() < (sum - alerts).abs();
            is_nearer.then_some((crate::tuning::many(next.alerts) / cell.weight, at, (*lower, *next)))
        });
        let Some((_, at, next)) = step.min_by(|a, b| a.0.total_cmp(&b.0)) else { return chosen };
        if let Some(it) = chosen.get_mut(at) {
            *it = Some(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell of which these candidates were tried.
    fn cell(points: &[(usize, usize)]) -> Cell {
        let count = |alerts| Count { alerts, ..Count::default() };
        let curve = points.iter().map(|(index, alerts)| (*index, count(*alerts))).collect();
        Cell { limit: 0, default: 0, weight: 1.0, curve, open_ms_max: i64::MAX }
    }

    /// Tries until nothing is left to try; gives what was chosen, and how often it tried.
    fn found(alerts: f64, start: usize, gives: impl Fn(usize) -> usize) -> (usize, usize) {
        let mut cell = cell(&[]);
        for tries in 0..40 {
            match cell.next(alerts, start) {
                None => return (cell.best(alerts).unwrap().0, tries),
                Some(index) => {
                    let count = Count { alerts: gives(index), ..Count::default() };
                    assert_eq!(cell.curve.insert(index, count), None, "{index} was tried already");
                }
            }
        }
        panic!("it never ends: {cell:?}");
    }

    #[test]
    fn the_lowest_limit_within_the_share_is_found_in_few_trials() {
        let falling = |index: usize| 1_000 / (index + 1);
        for (alerts, index) in [(100.0, 9), (10.0, 90), (1_000.0, 0), (20.0, 48)] {
            let (found, tries) = found(alerts, 6, falling);
            assert_eq!(falling(found), falling(index), "{alerts}: {found}");
            assert!(tries <= 12, "{alerts}: {tries}");
        }
    }

    #[test]
    fn a_limit_that_is_always_met_is_not_taken_for_a_quiet_one() {
        // Below 8 alerts run into each other; the most that can be had is at 8.
        let humped = |index: usize| if index >= 8 { 400 / index } else { index * 5 };
        assert_eq!(found(1_000.0, 20, humped).0, 8);
        assert_eq!(found(20.0, 20, humped).0, 20);
        let mut cell = cell(&[(2, 5), (8, 50), (16, 25)]);
        cell.open_ms_max = 10;
        cell.curve.get_mut(&8).unwrap().open_ms = 11;
        assert_eq!(cell.best(100.0).unwrap().0, 16, "accounts would be in alert too long");
    }

    #[test]
    fn what_one_cannot_use_is_handed_on() {
        let poor = cell(&[(0, 4), (5, 1)]);
        let rich = cell(&[(0, 900), (10, 500), (20, 80), (40, 10)]);
        assert_eq!(shares(&[poor.clone(), rich.clone()], 90.0), [4.0, 86.0]);
        let sum = |alerts| {
            let chosen = choose(&[poor.clone(), rich.clone()], alerts);
            chosen.iter().flatten().map(|(index, count)| (*index, count.alerts)).collect::<Vec<_>>()
        };
        assert_eq!(sum(90.0), [(0, 4), (20, 80)]);
        assert_eq!(sum(12.0), [(0, 4), (40, 10)]);
        assert_eq!(sum(420.0), [(0, 4), (10, 500)], "504 is nearer than 84");
        assert_eq!(sum(9_000.0), [(0, 4), (0, 900)]);
    }
}
