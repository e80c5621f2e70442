//! A signal more, built for this test (feature `trial-signal`): it works, and whoever does not ask for it sees nothing of it.
//!
//! `cargo test --workspace --features redtape-engine/trial-signal --test fixtures --test snapshots --test trial` holds the
//! rest: no expected report changes, and what was stored without it is restored.

#![cfg(feature = "trial-signal")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use redtape_engine::alert::{Alert, Cause, State};
use redtape_engine::monitor::Monitor;
use redtape_engine::signals::SignalId;

const TRIAL: &str = "trial-long-meetings";
/// Monday 2026-01-05.
const START: i64 = 1_767_571_200_000;
const DAY_MS: i64 = 86_400_000;
const WEEKS: i64 = 60;

/// A year of one long meeting a week, then four.
fn watched(policy: &str) -> (Monitor, Vec<Alert>) {
    let (mut monitor, mut alerts) = (Monitor::default(), Vec::new());
    monitor.configure(policy).unwrap();
    for week in 0..WEEKS {
        let mut lines = String::new();
        for number in 0..if week < 40 { 1 } else { 4 } {
            let at = START + (7 * week + number) * DAY_MS;
            let at = chrono::DateTime::from_timestamp_millis(at).unwrap().to_rfc3339();
            lines += &format!(
                "{{\"id\":\"m{week}-{number}\",\"at\":\"{at}\",\"account\":\"acme\",\"kind\":\"meeting\",\"duration_min\":90}}\n"
            );
        }
        monitor.observe_ndjson(&lines).unwrap();
        alerts.extend(monitor.advance(START + (7 * week + 7) * DAY_MS).unwrap().alerts);
    }
    (monitor, alerts)
}

#[test]
fn whoever_switches_it_on_hears_it() {
    let policy = format!("{{\"signals\":{{\"{TRIAL}\":{{\"enabled\":true}}}}}}");
    let (monitor, alerts) = watched(&policy);
    for cause in [Cause::Threshold, Cause::Rise] {
        let fires = |it: &&Alert| it.signal == TRIAL && it.cause == cause && it.state == State::Firing;
        let alert = alerts.iter().find(fires).unwrap();
        assert!(alert.summary.contains("long meetings") && alert.evidence_total > 0, "{alert:?}");
    }
    let history = monitor.history("acme", TRIAL).unwrap();
    assert_eq!(history.last().unwrap().value, Some(4.0));
    let mut restored = Monitor::default();
    restored.restore(&monitor.snapshot(&[]).unwrap()).unwrap();
    assert_eq!(restored.history("acme", TRIAL).unwrap(), history);
    assert_eq!(restored.snapshot(&[]), monitor.snapshot(&[]));
}

#[test]
fn whoever_does_not_sees_nothing_of_it() {
    let (monitor, alerts) = watched("{}");
    assert!(!alerts.is_empty() && alerts.iter().all(|alert| alert.signal != TRIAL));
    assert!(monitor.status().series.iter().all(|series| series.signal != TRIAL));
    assert!(monitor.history("acme", TRIAL).unwrap().iter().all(|point| point.score.is_none()));
    assert!(SignalId::find(TRIAL).is_some());
}
