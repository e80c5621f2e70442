//! Plain text for terminals, line by line, within so many columns.

use redtape_model::text::{printable, wrap};

/// What was written so far.
pub(super) struct Sheet {
    /// Most columns of a line.
    pub(super) columns: usize,
    pub(super) text: String,
}

impl Sheet {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, text: String::new() }
    }

    /// A line that is known to be harmless.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A title, after an empty line.
    pub(super) fn heading(&mut self, heading: &str) {
        self.line("");
        self.line(heading);
    }

    /// Text of any origin, broken at words, every line after `indent`.
    pub(super) fn paragraph(&mut self, indent: &str, text: &str) {
        for line in wrap(&printable(text), self.columns.saturating_sub(indent.len())) {
            self.line(&format!("{indent}{line}"));
        }
    }
}
