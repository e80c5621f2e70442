//! The fields of the text form, of activities of all kinds. What is not among them is ignored.
//!
//! The host takes this file as well.

/// As `wit/README.md` lists them.
pub(crate) const NAMES: [&str; 31] = [
    "id",
    "at",
    "account",
    "kind",
    "revised",
    "duration_min",
    "end",
    "participants",
    "series",
    "title",
    "mandatory",
    "status",
    "all_day",
    "plan",
    "version",
    "author",
    "decided",
    "request",
    "step",
    "from",
    "to",
    "outcome",
    "rule",
    "change",
    "what",
    "thread",
    "direction",
    "tier",
    "service",
    "tags",
    "of",
];
