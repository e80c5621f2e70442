//! The common forms of an RFC 3339 time in the years that are taken; chrono takes any form, and three times as long.

use super::rfc3339;
use crate::activity::{INSTANT_MAX, INSTANT_MIN, Instant};

/// Reads `2026-05-09T14:30:00Z`, also with a fraction of up to nine digits or an offset such as `+02:00`, of the years
/// 1900 to 2199; none: it is another form, or no time.
pub(super) fn instant_of(text: &str) -> Option<Instant> {
    rfc3339::read(text).filter(|at| (INSTANT_MIN..=INSTANT_MAX).contains(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    /// What chrono reads, in the years of the contract.
    fn by_chrono(text: &str) -> Option<Instant> {
        let at = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
        (INSTANT_MIN..=INSTANT_MAX).contains(&at).then_some(at)
    }

    proptest! {
        #[test]
        fn a_common_time_is_read_as_chrono_reads_it(
            (year, month, day) in (1898..2202u16, 0..14u8, 0..33u8),
            (hour, minute, second) in (0..25u8, 0..61u8, 0..62u8),
            tail in "(\\.[0-9]{0,10})?(Z|z|[+-][0-2][0-9]:[0-6][0-9]|)",
        ) {
            let text = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{tail}");
            if let Some(at) = instant_of(&text) {
                prop_assert_eq!(Some(at), by_chrono(&text), "{}", text);
            }
            // Only unusual forms are left to chrono.
            let is_common = second < 60 && tail.len() != 11 && !tail.ends_with('z') && tail.len() < 11;
            if is_common {
                prop_assert_eq!(instant_of(&text), by_chrono(&text), "{}", text);
            }
        }
    }
}
