//! What is wrong with an input and what would be right: one shape for lines, records and policies.

use serde::Serialize;

/// Most bytes of user data a problem quotes.
pub const FOUND_BYTES_MAX: usize = 80;
/// Most problems one answer lists; the rest is only counted.
pub const PROBLEMS_MAX: usize = 100;

/// A fault of one value, before its line is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON Pointer; empty: the whole line or policy.
    pub field: String,
    /// What was found, at most [`FOUND_BYTES_MAX`] bytes.
    pub found: String,
    /// What would be right, for people.
    pub expected: String,
}

impl Fault {
    /// A fault at `field`; `found` is shortened to the limit.
    pub fn new(field: impl Into<String>, found: &str, expected: impl Into<String>) -> Self {
        Self { field: field.into(), found: shorten(found), expected: expected.into() }
    }

    /// The same fault, seen from outside of `place`. Pointers are only built once something is wrong.
    pub fn within(self, place: impl std::fmt::Display) -> Self {
        Self { field: format!("/{place}{}", self.field), ..self }
    }
}

/// A fault with its line or record number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line or record in the call, from 1; 0 in a policy.
    pub line: u32,
    /// JSON Pointer; empty: the whole line or policy.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

impl Problem {
    /// `fault`, found at `line`.
    pub fn new(line: u32, fault: Fault) -> Self {
        Self { line, field: fault.field, found: fault.found, expected: fault.expected }
    }
}

/// A key as a part of a JSON Pointer (RFC 6901).
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a part of a JSON Pointer means.
pub fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// `text` cut to [`FOUND_BYTES_MAX`] bytes at a character border, with `...` where something was cut.
pub fn shorten(text: &str) -> String {
    if text.len() <= FOUND_BYTES_MAX {
        return text.to_owned();
    }
    let mut end = FOUND_BYTES_MAX - 3;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_pointer_come_back() {
        for (key, part) in [("a", "a"), ("a/b", "a~1b"), ("~1", "~01"), ("~/", "~0~1")] {
            assert_eq!((escaped(key).as_str(), unescaped(part).as_str()), (part, key));
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character_border() {
        assert_eq!(shorten(&"a".repeat(80)), "a".repeat(80));
        assert_eq!(shorten(&"a".repeat(81)), format!("{}...", "a".repeat(77)));
        let cut = shorten(&"\u{e9}".repeat(60));
        assert!(cut.len() <= FOUND_BYTES_MAX && cut.ends_with("\u{e9}..."), "{cut}");
    }
}
