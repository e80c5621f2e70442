//! The names of the text form, for whoever writes lines or checks what people wrote.
//!
//! What the fields mean, and which of them a kind needs, is the plugin's business.

/// The fields of activities of all kinds, as `wit/README.md` lists them. Others are of no use to the plugin, and may name
/// people; a misspelt one would be ignored.
pub(crate) const FIELDS: [&str; 31] = [
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_the_contracts_guide() {
        let guide = include_str!("../../wit/README.md");
        for field in FIELDS {
            assert!(guide.contains(&format!("`{field}`")), "{field}");
        }
    }
}
