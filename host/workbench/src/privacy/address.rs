//! Mail addresses in any text.

use std::ops::Range;

/// The mail addresses of a text, in their order: `a@b.example`, also where the `@` is escaped as in a link.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, sign) in signs(text) {
        let (before, after) =
            (text.get(..at).unwrap_or_default(), text.get(at + sign.len()..).unwrap_or_default());
        let (Some(start), Some(length)) = (local(before), domain(after)) else { continue };
        let start = found.last().map_or(start, |last| start.max(last.end));
        if start < at {
            found.push(start..at + sign.len() + length);
        }
    }
    found
}

/// Whether all of a text is one mail address.
pub(super) fn is_address(text: &str) -> bool {
    matches!(addresses(text).as_slice(), [one] if *one == (0..text.len()))
}

/// The part before the `@` of an address.
pub(super) fn local_part(address: &str) -> &str {
    signs(address).last().and_then(|(at, _)| address.get(..at)).unwrap_or_default()
}

/// Where an `@` stands, in any of its forms.
fn signs(text: &str) -> impl Iterator<Item = (usize, &'static str)> + '_ {
    const SIGNS: [&str; 4] = ["@", "\u{ff20}", "\u{fe6b}", "%40"];
    let mark =
        |at: usize| SIGNS.into_iter().find(|sign| text.get(at..).is_some_and(|rest| rest.starts_with(sign)));
    text.char_indices().filter_map(move |(at, _)| mark(at).map(|sign| (at, sign)))
}

/// Where the local part begins that a text ends with.
fn local(before: &str) -> Option<usize> {
    if let Some(inner) = before.strip_suffix('"') {
        return inner.rfind('"');
    }
    let is_part = |letter: char| letter.is_alphanumeric() || "!#$%'*+-.^_{}~".contains(letter);
    let rest = before.trim_end_matches(is_part);
    let part = before.get(rest.len()..).unwrap_or_default();
    let kept = part.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    (!kept.is_empty()).then_some(before.len() - kept.len())
}

/// The bytes of the domain that a text begins with: labels with a dot between them, the last one of letters.
fn domain(after: &str) -> Option<usize> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '.';
    let end = after.find(|letter| !is_part(letter)).unwrap_or(after.len());
    let mut domain = after.get(..end)?;
    loop {
        domain = domain.trim_end_matches(['.', '-']);
        let (labels, last) = domain.rsplit_once('.')?;
        let is_name = last.chars().count() >= 2 && last.chars().any(char::is_alphabetic);
        if is_name && !labels.starts_with('.') && !labels.is_empty() {
            return Some(domain.len());
        }
        // `v1@2.x.5`: a version; what is behind the last dot may be a number that follows.
        domain = labels;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_any_text_and_look_alikes_are_not() {
        for (text, expected) in [
            ("with p.seven@acme.example.", &["p.seven@acme.example"][..]),
            ("<p+crm@acme.example>,q_8@sub.acme.example", &["p+crm@acme.example", "q_8@sub.acme.example"]),
            ("mailto:p.seven@acme.example?subject=x", &["p.seven@acme.example"]),
            ("p%40acme.example/20260504", &["p%40acme.example"]),
            ("\"p seven\"@acme.example", &["\"p seven\"@acme.example"]),
            ("pérson@büro.example", &["pérson@büro.example"]),
            ("'p@acme.example'", &["p@acme.example"]),
            ("a@b.example@c.example", &["a@b.example"]),
            ("lunch @ acme.example", &[]),
            ("@acme.example", &[]),
            ("library@4.17.21", &[]),
            ("1@2", &[]),
            ("user@localhost", &[]),
            ("100%40 off", &[]),
        ] {
            let found: Vec<&str> = addresses(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
        assert!(is_address("p@acme.example") && !is_address("p@acme.example/1"));
        assert_eq!(local_part("p.seven@acme.example"), "p.seven");
    }
}
