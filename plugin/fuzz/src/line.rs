//! Lines of text: each is an activity or a fault, and the fast reading is the plain one.

use redtape_engine::ndjson::{parse_line, parse_line_by_serde};

/// Reads every line of `bytes`.
///
/// # Panics
/// Where the two readings differ, an activity is not valid, or a fault is not told as it must be.
pub fn line(bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines() {
        let read = parse_line(line);
        assert_eq!(read, parse_line_by_serde(line), "{line}");
        assert_eq!(read, parse_line(line), "{line}");
        match read {
            Ok(activity) => assert_eq!(activity.check(), Ok(()), "{line}"),
            Err(fault) => super::check_told(&fault.field, &fault.found, &fault.expected),
        }
    }
}
