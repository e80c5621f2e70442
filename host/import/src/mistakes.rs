//! Mistakes of a file, each shown with its line, and the place marked.

use std::fmt;

/// All mistakes of a policy, a mapping, or a file of tests. Its text has one paragraph for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// What kind of file it is: `policy`, `mapping`, `test file`.
    pub what: &'static str,
    /// The file.
    pub name: String,
    /// In the order of the file.
    pub mistakes: Vec<Mistake>,
}

/// One mistake of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// JSON Pointer; empty: the whole file.
    pub field: String,
    /// What was found and what would be right.
    pub message: String,
    /// Where it is, for TOML.
    pub shown: Option<Shown>,
}

/// A place in a file, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line itself.
    pub text: String,
    /// How many characters the mistake is long; at least 1.
    pub len: usize,
}

impl Mistakes {
    /// All of them, put in the order of the file.
    pub fn new(what: &'static str, name: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.shown.as_ref().map(|shown| (shown.line, shown.column)));
        Self { what, name: name.to_owned(), mistakes }
    }
}

impl Mistake {
    /// A mistake at these bytes of `text`.
    pub fn at(text: &str, span: std::ops::Range<usize>, field: &str, message: String) -> Self {
        let start = text.floor_char_boundary(span.start);
        let (before, rest) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let lead = before.get(line_start..).unwrap_or_default();
        let tail = rest.lines().next().unwrap_or_default();
        let end = tail.floor_char_boundary(span.end.saturating_sub(start));
        let len = tail.get(..end).unwrap_or_default().chars().count().max(1);
        let shown = Shown {
            line: before.matches('\n').count() + 1,
            column: lead.chars().count() + 1,
            text: format!("{lead}{tail}"),
            len,
        };
        Self { field: field.to_owned(), message, shown: Some(shown) }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, name, count) = (self.what, &self.name, self.mistakes.len());
        write!(f, "{what} `{name}` has {count} mistake{}", if count == 1 { "" } else { "s" })?;
        for mistake in &self.mistakes {
            let field = if mistake.field.is_empty() { String::new() } else { format!(": {}", mistake.field) };
            let message = &mistake.message;
            let Some(Shown { line, column, text, len }) = &mistake.shown else {
                write!(f, "\n\n{name}{field}\n  {message}")?;
                continue;
            };
            let text = crate::text::printable(text);
            let lead: String = text.chars().take(column - 1).collect();
            let marked: String = text.chars().skip(column - 1).take(*len).collect();
            let (indent, carets) = (crate::text::width(&lead), crate::text::width(&marked).max(1));
            let gutter = line.to_string().len();
            write!(f, "\n\n{name}:{line}:{column}{field}\n  {line} | {text}\n")?;
            write!(f, "  {:gutter$} | {:indent$}{} {message}", "", "", "^".repeat(carets))?;
        }
        Ok(())
    }
}
