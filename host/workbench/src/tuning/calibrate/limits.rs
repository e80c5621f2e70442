//! The limits that are calibrated, and the values that people would write for them.
//!
//! Which limits there are, and their defaults, is what the plugin's schema says.

use serde_json::Value;

/// Signals whose weekly limit is written in halves: hours, and means of a few hops.
const HALVES: [&str; 2] = ["meeting-hours", "approval-hops"];
/// Up to so many steps every value is a candidate; above, values get rounder as they grow.
const STEPS_SINGLE: f64 = 40.0;
/// Most that a policy takes.
const VALUE_MAX: f64 = 1e6;
/// The first candidate, in steps: one meeting or one version is no burden.
const FLOOR: f64 = 2.0;

/// One limit of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Whose.
    pub signal: String,
    /// Whether it is the limit of single open requests, which has keys of its own.
    pub open: bool,
    /// Default of the warning.
    pub warning: f64,
    /// Default of the critical limit.
    pub critical: f64,
    /// Values that it may have, ascending.
    pub(super) ladder: Vec<f64>,
}

impl Limit {
    /// All limits of the plugin with this policy schema, by signal.
    pub(super) fn all(schema: &str) -> Vec<Self> {
        let schema: Value = serde_json::from_str(schema).unwrap_or_default();
        let signals = schema.pointer("/properties/signals/properties").and_then(Value::as_object);
        let mut limits = Vec::new();
        for (signal, fields) in signals.into_iter().flatten() {
            for open in [false, true] {
                let default = |key: &str| fields.pointer(&format!("/properties/{key}/default"))?.as_f64();
                let keys = keys(open);
                if let Some((warning, critical)) = default(keys.0).zip(default(keys.1)) {
                    let step = if !open && HALVES.contains(&signal.as_str()) { 0.5 } else { 1.0 };
                    limits.push(Self {
                        signal: signal.clone(),
                        open,
                        warning,
                        critical,
                        ladder: ladder(step),
                    });
                }
            }
        }
        limits
    }

    /// The names of its keys: warning, critical.
    pub fn keys(&self) -> (&'static str, &'static str) {
        keys(self.open)
    }

    /// The candidate at or above `value`.
    pub(super) fn index(&self, value: f64) -> usize {
        self.ladder.partition_point(|it| *it < value).min(self.ladder.len().saturating_sub(1))
    }

    /// The value of a candidate.
    pub(super) fn value(&self, index: usize) -> f64 {
        self.ladder.get(index).or(self.ladder.last()).copied().unwrap_or(self.warning)
    }
}

fn keys(open: bool) -> (&'static str, &'static str) {
    if open { ("open_warning", "open_critical") } else { ("warning", "critical") }
}

/// Multiples of `step`; the larger, the rounder, about a twentieth apart.
fn ladder(step: f64) -> Vec<f64> {
    let (mut values, mut steps) = (Vec::new(), FLOOR);
    while steps * step <= VALUE_MAX {
        values.push(steps * step);
        steps += if steps < STEPS_SINGLE { 1.0 } else { round(steps / 20.0) };
    }
    values
}

/// The greatest of 1, 2, 5, 10, 20 ... that is not above `value`.
fn round(value: f64) -> f64 {
    let mut round = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if round * factor > value {
            break;
        }
        round *= factor;
    }
    round
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_numbers_that_people_write() {
        let whole = ladder(1.0);
        assert_eq!(whole[..3], [2.0, 3.0, 4.0]);
        for value in [14.0, 28.0, 40.0, 42.0, 90.0, 100.0, 105.0, 210.0, 1_050.0] {
            assert!(whole.contains(&value), "{value}");
        }
        for value in [41.0, 102.0, 1_010.0] {
            assert!(!whole.contains(&value), "{value}");
        }
        assert_eq!(ladder(0.5)[..3], [1.0, 1.5, 2.0]);
        assert!(whole.len() < 400, "{}", whole.len());
    }

    #[test]
    fn limits_are_those_of_the_schema() {
        let schema = r#"{"properties": {"signals": {"properties": {
            "creep": {"properties": {"enabled": {"default": true}}},
            "approval-hops": {"properties": {"warning": {"default": 4}, "critical": {"default": 6},
                "open_warning": {"default": 6}, "open_critical": {"default": 9}}}}}}}"#;
        let limits = Limit::all(schema);
        let told: Vec<_> = limits.iter().map(|it| (it.keys().0, it.warning, it.critical)).collect();
        assert_eq!(told, [("warning", 4.0, 6.0), ("open_warning", 6.0, 9.0)]);
        assert_eq!(limits[0].value(limits[0].index(4.2)), 4.5);
        assert_eq!(Limit::all("nonsense"), []);
    }
}
