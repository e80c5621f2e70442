//! Mistakes of a file, each shown with its line, and the place marked.

use std::fmt;
use std::ops::Range;

/// Mistakes of one file that are told with their places; further ones are counted.
const TOLD_MAX: usize = 100;
/// Characters of a line that are shown in front of a mistake, and from its beginning on.
const SHOWN_MAX: usize = 120;

/// All mistakes of a policy, a mapping, or a file of tests. Its text has one paragraph for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// What kind of file it is: `policy`, `mapping`, `test file`.
    pub what: &'static str,
    /// The file.
    pub name: String,
    /// In the order of the file.
    pub mistakes: Vec<Mistake>,
    /// How many there are beyond those.
    pub more: usize,
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
    /// The line itself; of a long one the part around the mistake.
    pub text: String,
    /// Characters of it in front of the mistake.
    pub lead: usize,
    /// How many characters the mistake is long; at least 1.
    pub len: usize,
}

impl Mistakes {
    /// All of them, put in the order of the file.
    pub fn new(what: &'static str, name: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.shown.as_ref().map(|shown| (shown.line, shown.column)));
        Self { what, name: name.to_owned(), mistakes, more: 0 }
    }

    /// The first hundred at their places in `text`, each with its bytes, its field and what is wrong; further ones are counted.
    pub fn placed(
        what: &'static str,
        name: &str,
        text: &str,
        mut wrong: Vec<(Range<usize>, String, String)>,
    ) -> Self {
        wrong.sort_by_key(|(span, _, _)| span.start);
        let more = wrong.len().saturating_sub(TOLD_MAX);
        wrong.truncate(TOLD_MAX);
        let mistake = |(span, field, message): (_, String, _)| Mistake::at(text, span, &field, message);
        Self { more, ..Self::new(what, name, wrong.into_iter().map(mistake).collect()) }
    }
}

impl Mistake {
    /// A mistake at these bytes of `text`.
    pub fn at(text: &str, span: Range<usize>, field: &str, message: String) -> Self {
        let start = text.floor_char_boundary(span.start);
        let (before, rest) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let lead = before.get(line_start..).unwrap_or_default();
        let tail = rest.lines().next().unwrap_or_default();
        let end = tail.floor_char_boundary(span.end.saturating_sub(start));
        let len = tail.get(..end).unwrap_or_default().chars().count().clamp(1, SHOWN_MAX);
        let column = lead.chars().count() + 1;
        let lead: String = lead.chars().skip((column - 1).saturating_sub(SHOWN_MAX)).collect();
        let tail: String = tail.chars().take(SHOWN_MAX).collect();
        let shown = Shown {
            line: before.matches('\n').count() + 1,
            column,
            text: format!("{lead}{tail}"),
            lead: lead.chars().count(),
            len,
        };
        Self { field: field.to_owned(), message, shown: Some(shown) }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, name, count) = (self.what, &self.name, self.mistakes.len() + self.more);
        write!(f, "{what} `{name}` has {count} mistake{}", if count == 1 { "" } else { "s" })?;
        for mistake in &self.mistakes {
            let field = if mistake.field.is_empty() { String::new() } else { format!(": {}", mistake.field) };
            let message = &mistake.message;
            let Some(Shown { line, column, text, lead, len }) = &mistake.shown else {
                write!(f, "\n\n{name}{field}\n  {message}")?;
                continue;
            };
            let text = crate::text::printable(text);
            let front: String = text.chars().take(*lead).collect();
            let marked: String = text.chars().skip(*lead).take(*len).collect();
            let (indent, carets) = (crate::text::width(&front), crate::text::width(&marked).max(1));
            let gutter = line.to_string().len();
            write!(f, "\n\n{name}:{line}:{column}{field}\n  {line} | {text}\n")?;
            write!(f, "  {:gutter$} | {:indent$}{} {message}", "", "", "^".repeat(carets))?;
        }
        if self.more > 0 {
            write!(f, "\n\nand {} more", self.more)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_far_out_in_a_long_line_is_shown_with_what_is_around_it() {
        let text = format!("{}!{}", "a".repeat(100_000), "b".repeat(100_000));
        let wrong = vec![(100_000..200_001, "/a".to_owned(), "no".to_owned()); 130];
        let told = Mistakes::placed("mapping", "m.toml", &text, wrong).to_string();
        let shown = format!(
            "m.toml:1:100001: /a\n  1 | {}!{}\n    | {}{} no\n",
            "a".repeat(120),
            "b".repeat(119),
            " ".repeat(120),
            "^".repeat(120)
        );
        assert!(told.starts_with(&format!("mapping `m.toml` has 130 mistakes\n\n{shown}")), "{told:.2000}");
        assert!(told.ends_with("\n\nand 30 more") && told.len() < 60_000, "{}", told.len());
    }
}
