#![doc = include_str!("creep.md")]

use super::About;

/// The account as a whole, from the rises of its signals.
pub(super) const ABOUT: About = About {
    name: "creep",
    unit: "probability",
    doc: include_str!("creep.md"),
    title: "The account as a whole",
    measure: "probability that the account as a whole has grown more formal",
    noun: "the account as a whole",
    per: "",
    step: 1.0,
};

/// Whether it has this key of a policy: it is watched as long as its signals are.
pub(super) fn has_option(key: &str) -> bool {
    matches!(key, "enabled" | "rise_level" | "rise_budget")
}
