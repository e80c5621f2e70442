//! How tests of a policy ended: a line each, and what differs under those that fail.

use std::fmt::Write as _;

use crate::suite::{Expected, Miss, Outcome};
use redtape::detector::Alert;
use redtape_model::text::{counted, printable, wrap};

/// Columns that summaries are wrapped to.
const COLUMNS: usize = 100;

/// One test.
pub fn test_outcome(outcome: &Outcome) -> String {
    let verdict = if outcome.misses.is_empty() { "ok    " } else { "FAILED" };
    let mut page = printable(&format!("{verdict}  {}", outcome.name)) + "\n";
    for miss in &outcome.misses {
        add(&mut page, miss);
    }
    page
}

fn add(page: &mut String, miss: &Miss) {
    line(page, &format!("        at {}", miss.at));
    for expected in &miss.missing {
        line(page, &format!("        - {}: expected, and it does not fire", named(expected)));
    }
    for alert in &miss.surplus {
        let Alert { severity, account, signal, cause, subject, summary, .. } = alert;
        let subject = if subject.is_empty() { String::new() } else { format!(" `{subject}`") };
        let cause = cause.as_str();
        let severity = severity.as_str();
        line(
            page,
            &format!(
                "        + {severity} {signal} {account}{subject} ({cause}): fires, and was not expected"
            ),
        );
        for text in wrap(&printable(summary), COLUMNS - 12) {
            line(page, &format!("            {text}"));
        }
    }
    if miss.not_taken > 0 {
        let count = counted(miss.not_taken, "activity");
        line(page, &format!("        ! {count} not taken: over a limit, or too far ahead"));
    }
}

/// An expected alert in words: what it leaves open is left out.
fn named(expected: &Expected) -> String {
    let severity = expected.severity.map_or("any severity of", |severity| severity.as_str());
    let subject = match expected.subject.as_deref() {
        None => String::new(),
        Some("") => " (the account)".to_owned(),
        Some(subject) => format!(" `{subject}`"),
    };
    format!("{severity} {} {}{subject} ({})", expected.signal, expected.account, expected.cause.as_str())
}

fn line(page: &mut String, text: &str) {
    // Writing to a String cannot fail.
    writeln!(page, "{}", printable(text)).unwrap_or_default();
}
