//! Looks at the lines that a scan reads, to know who takes part.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use memchr::memmem::Finder;
use redtape_import::Names;
use redtape_model::ndjson::parse_line;
use xxhash_rust::xxh3::xxh3_64;

use super::known::Known;
use super::{Mask, known, see};
use redtape_import::input::{Content, Input};

/// Fields that a line may speak of people in.
const FIELDS: [&str; 5] = ["\"participants\"", "\"title\"", "\"author\"", "\"from\"", "\"to\""];
/// Lines that were looked at, by what they say of people; the same people meet again and again.
const SEEN_MAX: usize = 1 << 17;

/// Takes down who takes part, as a scan reads.
pub struct Watch {
    known: Arc<Mutex<Known>>,
    names: Names,
    fields: Vec<Finder<'static>>,
    seen: BTreeSet<u64>,
    said: Vec<u8>,
}

impl Mask {
    /// Looks at every line of `input` from now on, where people are not to be named.
    pub fn watch(&self, input: &mut Input) {
        if self.people.are_names() {
            return;
        }
        let mut watch = Watch {
            known: Arc::clone(&self.known),
            names: self.names.clone(),
            fields: FIELDS.iter().map(|field| Finder::new(*field)).collect(),
            seen: BTreeSet::new(),
            said: Vec::new(),
        };
        input.tap(Box::new(move |line| {
            if let Content::Text(text) = line.content {
                watch.look(text);
            }
        }));
    }
}

impl Watch {
    /// A line whose people and title were looked at already costs a search for five words.
    fn look(&mut self, line: &str) {
        self.said.clear();
        // A name of a field may be escaped, and no search would find it.
        if line.contains("\\u") {
            self.said.extend(line.as_bytes());
        }
        for field in &self.fields {
            let Some(at) = field.find(line.as_bytes()) else { continue };
            let said = line.as_bytes().get(at..).unwrap_or_default();
            self.said.extend(said.get(..value_end(said)).unwrap_or(said));
        }
        if self.said.is_empty() || !self.seen.insert(xxh3_64(&self.said)) {
            return;
        }
        if self.seen.len() >= SEEN_MAX {
            self.seen.clear();
        }
        if let Ok(activity) = parse_line(line.trim_start_matches('\u{feff}')) {
            see(&mut known(&self.known), &self.names, &activity);
        }
    }
}

/// Where the value ends whose key these bytes begin with, at the latest.
fn value_end(said: &[u8]) -> usize {
    let after = |from: usize, byte: u8| {
        let rest = said.get(from..).unwrap_or_default();
        memchr::memchr(byte, rest).map_or(said.len(), |at| from + at + 1)
    };
    let key = after(1, b'"');
    let begin = said.iter().skip(key).position(|byte| !byte.is_ascii_whitespace() && *byte != b':');
    let begin = key + begin.unwrap_or_default();
    match said.get(begin) {
        Some(b'"') => {
            let mut end = after(begin + 1, b'"');
            while end < said.len() && said.get(end.wrapping_sub(2)) == Some(&b'\\') {
                end = after(end, b'"');
            }
            end
        }
        Some(b'{') => after(begin, b'}'),
        Some(b'[') => {
            // A name may have a bracket in it; what closes the list stands behind a quote or a brace.
            let mut end = after(begin, b']');
            let closes =
                |end: usize| said.get(end.wrapping_sub(2)).is_some_and(|it| !it.is_ascii_alphanumeric());
            while end < said.len() && !closes(end) {
                end = after(end, b']');
            }
            end
        }
        _ => begin,
    }
}

impl std::fmt::Debug for Watch {
    /// Without the people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch { .. }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_json_ends_it() {
        for (said, expected) in [
            (r#""title":"a \" b","x":1"#, r#""title":"a \" b""#),
            (r#""participants": [{"id":"a"},"b"],"x":[1]"#, r#""participants": [{"id":"a"},"b"]"#),
            (r#""participants":["a]b","c"],"x":1"#, r#""participants":["a]b","c"]"#),
            (r#""from":{"id":"a","side":"internal"},"to""#, r#""from":{"id":"a","side":"internal"}"#),
            (r#""author":null,"x""#, r#""author":"#),
            (r#""title":"#, r#""title""#),
        ] {
            assert_eq!(&said[..value_end(said.as_bytes())], expected, "{said}");
        }
    }
}
