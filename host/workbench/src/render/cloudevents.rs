//! Alerts as CloudEvents 1.0, for event buses: structured mode, one JSON object an event.

use serde::Serialize;

use redtape::At;
use redtape::detector::Alert;

#[derive(Serialize)]
pub(super) struct Event<'a> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    r#type: String,
    subject: &'a str,
    time: At,
    datacontenttype: &'static str,
    data: &'a Alert,
}

/// The event of one change of state. Its id is the same in every run, so that a bus can drop what it has seen.
pub(super) fn event(alert: &Alert) -> Event<'_> {
    let (state, severity) = (alert.state.as_str(), alert.severity.as_str());
    Event {
        specversion: "1.0",
        id: format!("{}-{state}-{severity}-{}", alert.id, alert.at),
        source: "/redtape/scan",
        r#type: format!("redtape.alert.{state}"),
        subject: &alert.account,
        time: At(alert.at),
        datacontenttype: "application/json",
        data: alert,
    }
}
