//! What a cell says: the text that is meant by what a program wrote into a cell.

/// Words with which programs write that there is no value: databases, pandas, and formulas of Excel that failed.
const NOTHING: &[&str] = &[
    "NULL",
    "null",
    "(null)",
    "\\N",
    "NaN",
    "nan",
    "NaT",
    "<NA>",
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "0000-00-00",
    "0000-00-00 00:00:00",
];

const NOTHING_BYTES_MAX: usize = 19;

/// Whether a word of them begins so: most cells do not.
fn is_first_of_nothing(letter: char) -> bool {
    matches!(letter, 'N' | 'n' | '(' | '\\' | '<' | '#' | '0')
}

/// The text of a cell without white space and what cannot be seen around it; empty where the cell says that there is no
/// value. `="0012"` and `'0012`, with which exporters keep spreadsheets from making a number of an id, are that id.
pub(crate) fn said(cell: &str) -> &str {
    let text = match cell.as_bytes() {
        // What most cells have: nothing around them.
        [first, .., last] if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() => cell,
        _ => bare(cell),
    };
    let may_be_nothing = text.len() <= NOTHING_BYTES_MAX && text.starts_with(is_first_of_nothing);
    if may_be_nothing && NOTHING.contains(&text) { "" } else { text }
}

/// The text of a cell without what stands around it.
fn bare(cell: &str) -> &str {
    let text = cell.trim_matches(is_blank);
    let kept = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = kept.filter(|inner| !inner.contains('"')).map_or(text, str::trim);
    text.strip_prefix('\'').filter(|rest| is_kept_as_text(rest)).unwrap_or(text)
}

/// White space, blanks without a width and marks of byte order, which files that were put together have in their middle.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether an apostrophe before a text is there for a spreadsheet: it is a number, a time, or begins like a formula.
fn is_kept_as_text(text: &str) -> bool {
    let is_number = text.starts_with(|it: char| it.is_ascii_digit())
        && text.bytes().all(|it| it.is_ascii_digit() || b" -+.,:/TZ".contains(&it));
    is_number || text.starts_with(['=', '+', '-', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_for_nothing_is_passed_by() {
        assert!(NOTHING.iter().all(|word| said(word).is_empty()));
    }

    #[test]
    fn cells_say_what_is_meant() {
        for (cell, expected) in [
            (" acme ", "acme"),
            ("=\"0012\"", "0012"),
            ("'0012", "0012"),
            ("'2026-05-04T09:30:00Z", "2026-05-04T09:30:00Z"),
            ("'-30", "-30"),
            ("\u{feff}7", "7"),
            ("\u{200b}acme\u{a0}", "acme"),
            ("=\"\"", ""),
            ("#N/A", ""),
            (" NULL", ""),
            ("NaN", ""),
            ("0000-00-00 00:00:00", ""),
            ("\\N", ""),
            ("\u{feff}7", "7"),
            (" 7\u{200b} ", "7"),
            // What looks alike and is a value.
            ("Null & Partner", "Null & Partner"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=1+1", "=1+1"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("'90s club", "'90s club"),
            ("'7'", "'7'"),
            ("NA", "NA"),
            ("None", "None"),
            ("#1", "#1"),
        ] {
            assert_eq!(said(cell), expected, "{cell}");
        }
    }
}
