//! Which alerts stand together, and in which order: the worst first.
//!
//! Pure; what they look like is decided by the format.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use redtape::detector::{Alert, AlertState};
use redtape_model::calendar::Instant;
use redtape_scan::report::Report;

/// Alerts of one severity, account and signal, the one with the most excess first; so the groups themselves.
pub(super) fn groups<'a>(firing: &[&'a Alert]) -> Vec<Vec<&'a Alert>> {
    let mut groups: BTreeMap<_, Vec<&Alert>> = BTreeMap::new();
    for alert in firing {
        groups.entry((alert.severity as u8, &alert.account, &alert.signal)).or_default().push(alert);
    }
    let mut groups: Vec<Vec<&Alert>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by(|a, b| badness(b, a));
    }
    groups.sort_by(|a, b| match (a.first(), b.first()) {
        (Some(a), Some(b)) => badness(b, a),
        _ => Ordering::Equal,
    });
    groups
}

/// A resolved alert, and how it stood when it was at its worst: what it says last is how well things are now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolved<'a> {
    pub(super) last: &'a Alert,
    pub(super) worst: &'a Alert,
}

/// Alerts resolved at `from` or later, those resolved last first, and the worst first in each group. Where `apart`,
/// each is a group of its own; else those of one account and signal stand together.
pub(super) fn resolved(report: &Report, from: Instant, apart: bool) -> Vec<Vec<Resolved<'_>>> {
    let mut worst: BTreeMap<&str, &Alert> = BTreeMap::new();
    for alert in report.alerts.iter().filter(|alert| alert.state == AlertState::Firing) {
        let held = worst.entry(&alert.id).or_insert(alert);
        if badness(alert, held) == Ordering::Greater {
            *held = alert;
        }
    }
    let is_shown = |alert: &&Alert| alert.state == AlertState::Resolved && alert.at >= from;
    let mut groups: BTreeMap<_, Vec<Resolved<'_>>> = BTreeMap::new();
    for (number, last) in report.alerts.iter().filter(is_shown).enumerate() {
        let worst = worst.get(last.id.as_str()).copied().unwrap_or(last);
        let name = (&last.account, &last.signal, if apart { number } else { 0 });
        groups.entry(name).or_default().push(Resolved { last, worst });
    }
    let mut groups: Vec<Vec<Resolved<'_>>> = groups.into_values().collect();
    for group in &mut groups {
        group.sort_by(|a, b| badness(b.worst, a.worst));
    }
    groups.sort_by_key(|group| Reverse(group.iter().map(|it| it.last.at).max()));
    groups
}

/// Compares by severity, then by how far the value is above its limit.
pub(super) fn badness(a: &Alert, b: &Alert) -> Ordering {
    (a.severity as u8).cmp(&(b.severity as u8)).then(excess(a).total_cmp(&excess(b)))
}

fn excess(alert: &Alert) -> f64 {
    let limit = alert.threshold.or(alert.expected).filter(|limit| *limit > 0.0);
    limit.map_or(1.0, |limit| alert.value / limit)
}
