//! What a cell says: the text that is meant by what a program wrote into a cell.

/// Words with which programs write that there is no value: databases, pandas, and formulas of Excel that failed.
const NOTHING: &[&str] = &[
    "NULL", "null", "(null)", "\\N", "NaN", "nan", "NaT", "<NA>", "#N/A", "#REF!", "#VALUE!", "#NAME?",
    "#DIV/0!", "#NULL!", "#NUM!",
];

/// The text of a cell without white space around it; empty where the cell says that there is no value. `="0012"`, with which
/// exporters keep Excel from making a number of an id, is that id.
pub(crate) fn said(cell: &str) -> &str {
    let text = cell.trim();
    let kept = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = kept.filter(|inner| !inner.contains('"')).map_or(text, str::trim);
    if NOTHING.contains(&text) { "" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_what_is_meant() {
        for (cell, expected) in [
            (" acme ", "acme"),
            ("=\"0012\"", "0012"),
            ("=\"\"", ""),
            ("#N/A", ""),
            (" NULL", ""),
            ("NaN", ""),
            ("\\N", ""),
            // What looks alike and is a value.
            ("Null & Partner", "Null & Partner"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=1+1", "=1+1"),
            ("NA", "NA"),
            ("None", "None"),
            ("#1", "#1"),
        ] {
            assert_eq!(said(cell), expected, "{cell}");
        }
    }
}
