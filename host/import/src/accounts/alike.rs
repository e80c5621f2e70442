//! Accounts that look like two spellings of one.

use std::collections::{BTreeMap, BTreeSet};

use super::fold;

/// Letters from which on an id can be the short form of one with a checksum of three more.
const SHORT_MIN: usize = 12;

/// Pairs of names that look like two spellings of one account: the same but for case, blanks and punctuation, the same
/// number, or an id of which one has three letters more. Each name stands in one pair at most.
pub fn alike<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let names: Vec<&str> = names.into_iter().collect();
    let all: BTreeSet<&str> = names.iter().copied().collect();
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut pairs = Vec::new();
    for name in names {
        let short =
            name.get(..name.len().saturating_sub(3)).filter(|short| is_id(name) && short.len() >= SHORT_MIN);
        if let Some(short) = short.and_then(|short| all.get(short)) {
            pairs.push((*short, name));
            continue;
        }
        match first.get(&key(name)) {
            Some(other) if *other != name => pairs.push((*other, name)),
            Some(_) => {}
            None => drop(first.insert(key(name), name)),
        }
    }
    pairs
}

/// What two spellings of one have in common.
fn key(name: &str) -> String {
    let whole = name.strip_suffix(".0").or_else(|| name.strip_suffix(".00")).unwrap_or(name);
    if !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()) {
        let digits = whole.trim_start_matches('0');
        return format!("number {digits}");
    }
    fold(name)
}

/// Whether a text is no name in words.
fn is_id(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= 3 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_are_told_and_two_accounts_are_not() {
        for (one, other) in [
            ("Bolt Ltd.", "BOLT LTD"),
            ("bolt-ltd", "bolt ltd"),
            ("0012000000VwJv", "0012000000VwJvAAK"),
            ("42", "0042"),
            ("Cafe\u{301}", "Caf\u{e9}"),
            ("42", "42.0"),
        ] {
            assert_eq!(alike([one, other]), [(one, other)]);
        }
        let two = [
            "bolt",
            "bolt ltd",
            "41",
            "42",
            "4.2",
            "bolt.example",
            "eu.bolt.example",
            "Maplestone",
            "Maplestone UK",
        ];
        assert!(alike(two).is_empty());
    }
}
