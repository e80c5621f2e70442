//! Writes a canonical line: one JSON object, key by key.

use std::fmt::Write;

use redtape_model::ndjson::plain::plain_bytes;

/// A line that is being written.
#[derive(Debug)]
pub(super) struct LineWriter {
    text: String,
}

impl LineWriter {
    /// An object without members.
    pub(super) fn new(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        Self { text }
    }

    /// Begins a member; its value comes next.
    pub(super) fn key(&mut self, key: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
    }

    /// A text as value.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push('"');
        escape(text, &mut self.text);
        self.text.push('"');
    }

    /// A number as value.
    pub(super) fn number(&mut self, number: i64) {
        // Writing to a `String` cannot fail.
        write!(self.text, "{number}").unwrap_or_default();
    }

    /// True or false as value.
    pub(super) fn flag(&mut self, flag: bool) {
        self.text.push_str(if flag { "true" } else { "false" });
    }

    /// Somebody as value.
    pub(super) fn person(&mut self, id: &str, side: Option<&str>) {
        match side {
            None => self.text(id),
            Some(side) => {
                self.text.push_str("{\"id\":");
                self.text(id);
                self.text.push_str(",\"side\":");
                self.text(side);
                self.text.push('}');
            }
        }
    }

    /// The text itself, for what is written in place.
    pub(super) fn raw(&mut self) -> &mut String {
        &mut self.text
    }

    /// The whole line.
    pub(super) fn end(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// Appends `text` as it stands between the quotes of JSON.
fn escape(text: &str, to: &mut String) {
    let mut rest = text;
    loop {
        let (plain, from) = rest.split_at_checked(plain_bytes(rest.as_bytes())).unwrap_or((rest, ""));
        to.push_str(plain);
        let mut characters = from.chars();
        match characters.next() {
            Some('\n') => to.push_str("\\n"),
            Some('\r') => to.push_str("\\r"),
            Some('\t') => to.push_str("\\t"),
            Some(it @ ('"' | '\\')) => to.extend(['\\', it]),
            // Writing to a `String` cannot fail.
            Some(it) => write!(to, "\\u{:04x}", u32::from(it)).unwrap_or_default(),
            None => return,
        }
        rest = characters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_read_again_as_it_was(text in ".*|[\\x00-\\x7f]*") {
            let mut line = LineWriter::new(16);
            line.key("a");
            line.text(&text);
            line.key("b");
            line.person(&text, Some("customer"));
            let value: serde_json::Value = serde_json::from_str(&line.end()).unwrap();
            prop_assert_eq!(value, serde_json::json!({"a": text, "b": {"id": text, "side": "customer"}}));
        }
    }
}
