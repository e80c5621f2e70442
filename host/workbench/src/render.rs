//! A report, or single alerts, as text: one file a format.
//!
//! Nothing here prints; whoever asks writes the text where it belongs.

use redtape::detector::Alert;
use redtape_model::calendar::Instant;
use redtape_scan::report::Report;
use redtape_scan::scan::Score;

mod backtest;
mod calibration;
mod chart;
mod cloudevents;
mod explanation;
mod html;
mod in_force;
mod inspection;
mod order;
mod sheet;
mod suite;
mod table;
mod words;

pub use self::backtest::{BacktestLook, backtest, backtest_json};
pub use self::calibration::{calibration, policy_file};
pub use self::explanation::{Look, explanation, sighting};
pub use self::html::{Html, html};
pub use self::in_force::in_force;
pub use self::inspection::{InspectionLook, inspection, inspection_json};
pub use self::suite::test_outcome;
pub use self::table::{Table, table};

/// The whole report as JSON, with a line end.
pub fn json(report: &Report) -> String {
    pretty(serde_json::to_string_pretty(report))
}

/// One alert as a line of JSON.
pub fn ndjson(alert: &Alert) -> String {
    pretty(serde_json::to_string(alert))
}

/// One score as a line of JSON; `at` is when it was decided.
pub fn score(score: &Score, at: Instant) -> String {
    pretty(serde_json::to_string(&score.fields(at)))
}

/// One alert as a CloudEvent 1.0, structured, in a line.
pub fn cloudevent(alert: &Alert) -> String {
    pretty(serde_json::to_string(&cloudevents::event(alert)))
}

fn pretty(text: serde_json::Result<String>) -> String {
    // Only a map with keys that are no strings, or a type that refuses, could fail; these are plain records.
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}
