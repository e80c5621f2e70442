//! User data in HTML: the one place where text becomes markup.
//!
//! Everything that is not written by this program goes through [`text`] or [`prose`].

use std::fmt::{self, Display, Formatter, Write as _};

use redtape_model::text::printable;

/// `text` for an element or a quoted attribute: what a browser would obey is shown instead, and so are control characters
/// and marks that reorder text.
pub(super) fn text(text: &str) -> Escaped<'_> {
    Escaped { text, is_prose: false }
}

/// A sentence of the plugin for an element: begins with a capital, and what stands between backticks is a name.
pub(super) fn prose(text: &str) -> Escaped<'_> {
    Escaped { text, is_prose: true }
}

/// Text that escapes itself when it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped<'a> {
    text: &'a str,
    is_prose: bool,
}

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown = printable(self.text);
        // A backtick that stands alone is one.
        let mut marks = if self.is_prose { shown.matches('`').count() / 2 * 2 } else { 0 };
        for (at, character) in shown.char_indices() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '`' if marks > 0 => {
                    f.write_str(if marks % 2 == 0 { "<code>" } else { "</code>" })?;
                    marks -= 1;
                }
                it if is_hidden(it) => write!(f, "{}", it.escape_unicode())?,
                it if at == 0 && self.is_prose => f.write_char(it.to_ascii_uppercase())?,
                it => f.write_char(it)?,
            }
        }
        Ok(())
    }
}

/// Marks that are not seen and that a terminal does not obey, but a browser does, or a reader is deceived by.
fn is_hidden(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || ('\u{e0000}'..='\u{e007f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_names_are_shown_and_not_obeyed() {
        for (name, shown) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onclick=\"x", "&quot; onclick=&quot;x"),
            ("' onclick='x", "&#39; onclick=&#39;x"),
            ("&lt;", "&amp;lt;"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{61c}e", "a\\u{202e}b\\u{2066}c\\u{200f}d\\u{61c}e"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("\0\x1b[2J\r\n\u{85}", "\\u{0}\\u{1b}[2J\\r\\n\\u{85}"),
            ("--></style>]]>", "--&gt;&lt;/style&gt;]]&gt;"),
            ("Zürich 漢字 `x`", "Zürich 漢字 `x`"),
        ] {
            assert_eq!(text(name).to_string(), shown);
        }
    }

    #[test]
    fn names_in_sentences_are_marked() {
        let marked = "Merge <code>a&lt;b</code> and <code>c</code>";
        assert_eq!(prose("merge `a<b` and `c`").to_string(), marked);
        assert_eq!(prose("merge `a` and `").to_string(), "Merge <code>a</code> and `");
        assert_eq!(prose("4 `").to_string(), "4 `");
    }

    proptest! {
        #[test]
        fn nothing_that_a_browser_obeys_is_left(any in ".*") {
            let shown = text(&any).to_string();
            prop_assert!(!shown.contains(['<', '>', '"', '\'']) && !shown.chars().any(char::is_control));
            let tags = prose(&any).to_string().replace("<code>", "").replace("</code>", "");
            prop_assert!(!tags.contains(['<', '>', '"', '\'']));
        }
    }
}
