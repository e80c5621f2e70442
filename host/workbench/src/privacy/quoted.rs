//! What a problem quotes of a line, without whoever is named in it.
//!
//! A line that cannot be read names people that nobody has heard of yet, so it is shown without its texts.

/// Keys whose values name nobody: times, numbers and words of the contract.
const SHOWN: [&str; 14] = [
    "at",
    "end",
    "revised",
    "kind",
    "status",
    "duration_min",
    "mandatory",
    "all_day",
    "version",
    "decided",
    "step",
    "outcome",
    "change",
    "direction",
];

/// A piece of JSON with its keys, its numbers and the words of the contract; other texts are `…`.
pub(super) fn shape(found: &str) -> String {
    let (mut shown, mut rest, mut key) = (String::new(), found, String::new());
    if !found.trim_start().starts_with(['{', '[']) {
        // It begins somewhere in a line, maybe inside a text.
        let next = ["{\"", ",\"", "[\""].into_iter().filter_map(|it| found.find(it)).min();
        rest = next.and_then(|at| found.get(at..)).unwrap_or_default();
        shown.push('…');
    }
    while let Some((before, after)) = rest.split_once('"') {
        shown.push_str(before);
        let end = text_end(after);
        let text = after.get(..end).unwrap_or_default();
        let behind = after.get(end + 1..).unwrap_or_default();
        let is_key = behind.trim_start().starts_with(':');
        if is_key {
            text.clone_into(&mut key);
        }
        let is_shown = is_key || text.is_empty() || SHOWN.contains(&key.as_str());
        shown.push('"');
        shown.push_str(if is_shown { text } else { "…" });
        if end < after.len() {
            shown.push('"');
        }
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

/// Where a JSON text ends, whose opening quote has gone.
fn text_end(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_shown_without_its_texts() {
        for (found, expected) in [
            (r#"{"id":"a","at":nope,"kind":"meeting"}"#, r#"{"id":"…","at":nope,"kind":"meeting"}"#),
            (r#"erson Seven"],"at":nope}"#, r#"…,"at":nope}"#),
            (r#"{"participants":[{"id":"Person \" Seven"#, r#"{"participants":[{"id":"…"#),
            (r#"["Person Seven", 7]"#, r#"["…", 7]"#),
            ("Person Seven\" is here", "…"),
        ] {
            assert_eq!(shape(found), expected, "{found}");
        }
    }
}
