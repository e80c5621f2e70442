//! The names of the text form, for whoever writes lines or checks what people wrote.
//!
//! What the fields mean, and which of them a kind needs, is the plugin's business.

/// The fields of activities of all kinds. Others are of no use to the plugin, and may name people; a misspelt one would be
/// ignored.
pub use redtape_model::ndjson::names::NAMES as FIELDS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_the_contracts_guide() {
        let guide = include_str!("../../../wit/README.md");
        for field in FIELDS {
            assert!(guide.contains(&format!("`{field}`")), "{field}");
        }
    }
}
