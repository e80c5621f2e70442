//! Signals, severities and numbers as a manager reads them.
//!
//! Names may grow: what is not known is shown as it is.

use redtape::detector::{Alert, Cause, Severity};

/// A signal as a heading; its own name where there is none.
pub(super) fn title(signal: &str) -> &str {
    match signal {
        "meeting-count" => "Meetings",
        "meeting-hours" => "Hours in meetings",
        "plan-versions" => "Plan versions",
        "approval-hops" => "Hand-overs for a decision",
        "approval-days" => "Days to a decision",
        "creep" => "The account as a whole",
        other => other,
    }
}

/// What the weekly values of a signal are; none: only the unit is known.
pub(super) fn measure(signal: &str) -> Option<&'static str> {
    Some(match signal {
        "meeting-count" => "meetings a week",
        "meeting-hours" => "hours in meetings a week",
        "plan-versions" => "versions of all plans a week",
        "approval-hops" => "hand-overs a request, mean of the week’s decisions",
        "approval-days" => "days a request, mean of the week’s decisions",
        "creep" => "probability that the account as a whole has grown more formal",
        _ => return None,
    })
}

/// The severity as a word.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::Warning => "Warning",
        Severity::Info => "Notice",
    }
}

/// The severity as a class of the style sheet.
pub(super) fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

/// The verb of so many accounts.
pub(super) fn has(count: u64) -> &'static str {
    if count == 1 { "has" } else { "have" }
}

/// What found it.
pub(super) fn cause(alert: &Alert) -> &'static str {
    match alert.cause {
        Cause::Rise => "rise above its own past",
        Cause::Threshold => "limit of the policy",
    }
}

/// A number with as many digits as a reader can use.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        it if it >= 100.0 => 0,
        it if it >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A rate with as many digits as the plugin's sentences give it.
pub(super) fn short(value: f64) -> String {
    if value.abs() < 1.0 { number(value) } else { number((value * 10.0).round() / 10.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.801, 2.5, 4.0, 16.789, 120.4, 1000.0, 0.004].map(number);
        assert_eq!(shown, ["0", "0.8", "2.5", "4", "16.8", "120", "1000", "0"]);
        assert_eq!([6.1432, 0.934, 12.04].map(short), ["6.1", "0.93", "12"]);
    }
}
