//! What was chosen for one limit, and the candidates that it was chosen among.

use super::OPEN_PARTS;
use super::limits::Limit;
use super::search::Cell;
use super::trial::Count;
use crate::tuning::{many, ratio};

/// Of the alerts of a limit so many may be critical, where there are enough to say so.
const CRITICAL_SHARE: f64 = 0.2;
const CRITICAL_ALERTS_MIN: usize = 5;
/// Candidates that are shown below the warning, between both limits, and above the critical one.
const SHOWN: usize = 3;

/// A limit that was chosen among candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The limit of a warning.
    pub warning: f64,
    /// The critical limit.
    pub critical: f64,
    /// Whether there were alerts enough to choose the critical limit by; else it keeps the distance of the defaults.
    pub critical_is_measured: bool,
    /// Candidates around both, ascending, as they were tried.
    pub candidates: Vec<(f64, Count)>,
    /// Accounts that it holds for.
    pub accounts: usize,
    /// How long those with data were known together, in milliseconds.
    pub known_ms: i64,
}

impl Choice {
    /// Whether the time in alert means anything: of single plans and requests an account has many at once.
    pub fn is_timed(&self) -> bool {
        self.candidates.iter().any(|(_, count)| count.time(self.known_ms).is_some_and(|share| share > 0.0))
    }
}

/// How many of the alerts of a warning may be critical; none: they are too few to say.
pub(super) fn critical_alerts(count: Count) -> Option<f64> {
    (count.alerts >= CRITICAL_ALERTS_MIN).then(|| (many(count.alerts) * CRITICAL_SHARE).max(1.0))
}

/// The limits that follow from what was chosen.
pub(super) fn choice(limit: &Limit, cell: &Cell, index: usize, count: Count) -> Choice {
    let measured = critical_alerts(count).and_then(|alerts| cell.edge(alerts));
    let measured = measured.filter(|critical| *critical > index);
    let far = limit.index(limit.value(index) * ratio(limit.critical, limit.warning));
    let critical = measured.unwrap_or(far).max(index + 1);
    let shown = shown(cell, index, critical);
    let candidates =
        shown.into_iter().filter_map(|it| Some((limit.value(it), *cell.curve.get(&it)?))).collect();
    Choice {
        warning: limit.value(index),
        critical: limit.value(critical),
        critical_is_measured: measured.is_some(),
        candidates,
        accounts: 0,
        known_ms: cell.open_ms_max * OPEN_PARTS,
    }
}

/// Candidates that show what was chosen among: both limits, as far as they were tried, and some around them.
fn shown(cell: &Cell, warning: usize, critical: usize) -> Vec<usize> {
    let tried = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        cell.curve.keys().copied().filter(|it| wanted(*it)).collect()
    };
    let below = tried(&|it| it < warning);
    let between = tried(&|it| it > warning && it < critical);
    let above = tried(&|it| it > critical);
    let mut shown: Vec<usize> = below.iter().rev().take(SHOWN).copied().collect();
    // Evenly, so that one sees how it falls.
    shown.extend(between.iter().step_by(between.len().div_ceil(SHOWN).max(1)));
    shown.extend(above.iter().take(SHOWN - 1));
    shown.extend(tried(&|it| it == warning || it == critical));
    shown.sort_unstable();
    shown
}
