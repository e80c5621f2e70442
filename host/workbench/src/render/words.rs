//! Words that every page for people uses for the same thing.
//!
//! Plain text: nothing here is escaped, and nothing is laid out.

use redtape::detector::Alert;
use redtape_model::calendar::{Instant, Zone};
use redtape_scan::scan::TENANT;

/// A resolution in words; the names may grow.
pub(super) fn resolution(name: &str) -> &str {
    match name {
        "back" => "back to normal",
        "settled" => "settled at a new level",
        "accepted" => "accepted as normal",
        "acted" => "acted upon",
        other => other,
    }
}

/// The local date of an instant, such as `9 May 2026`.
pub(super) fn date(zone: Zone, at: Instant) -> String {
    zone.date(at).format("%-d %b %Y").to_string()
}

/// Whose alert it is; that of the tenant itself in words.
pub(super) fn who(alert: &Alert) -> &str {
    whose(&alert.account)
}

/// An account; the tenant itself in words.
pub(super) fn whose(account: &str) -> &str {
    if account == TENANT { "all accounts (*)" } else { account }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&[]), "nothing");
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!([resolution("back"), resolution("new-one")], ["back to normal", "new-one"]);
    }
}
