//! Whether a single word of a title means somebody who takes part: `1:1 with Mark` does, `Mark up the draft` does not.

use std::ops::Range;

use super::fold::{Folded, folded, is_without_blanks};
use super::ordinary::{is_joiner, is_ordinary};
use super::terms::Single;

/// Where a title means somebody by a single word.
pub(super) fn places<'a>(
    single: &'a Single,
    text: &'a Folded,
    title: &'a str,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let found = text.find(&single.word).map(|range| text.original(&range));
    found.filter(|range| is_meant(single, title, range)).map(|range| with_first_name(single, title, range))
}

/// A name with the word before it, where that is the first name of which only a letter is known.
fn with_first_name(single: &Single, title: &str, range: Range<usize>) -> Range<usize> {
    let before = title.get(..range.start).unwrap_or_default();
    let rest = before.trim_end();
    let first = rest.rsplit(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
    let is_capital = first.chars().next().is_some_and(char::is_uppercase);
    let is_it = single.initial.is_some_and(|initial| folded(first).starts_with(initial));
    if is_capital && is_it && rest.len() < before.len() { rest.len() - first.len()..range.end } else { range }
}

fn is_meant(single: &Single, title: &str, range: &Range<usize>) -> bool {
    let Some(found) = title.get(range.clone()) else { return false };
    if single.is_code {
        return true;
    }
    let is_ordinary = is_ordinary(&single.word);
    if !is_ordinary && !single.written.is_empty() && found == single.written {
        return true;
    }
    let is_capital = found.chars().next().is_some_and(|it| !it.is_lowercase());
    is_capital && (!is_ordinary || stands_for_a_name(title, range))
}

/// Whether an ordinary word with a capital is a name: not where a sentence begins, unless it stands alone or beside another.
fn stands_for_a_name(title: &str, range: &Range<usize>) -> bool {
    let before = title.get(..range.start).unwrap_or_default().trim_end();
    let begins = before.chars().next_back().is_none_or(|it| ".:;!?-–—|([\"".contains(it));
    if !begins {
        return true;
    }
    let after = title.get(range.end..).unwrap_or_default().trim_start();
    let next = after.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
    let is_alone = after.is_empty()
        || after.starts_with(['/', '&', '+', '<', ',', '|', '\'', '’', ')', ']', '-', '–', ':']);
    is_alone || is_joiner(&folded(next)) || after.starts_with("1:1")
}

/// Whether a name of several words is written as ordinary words are: `mark price`, where `Mark Price` is somebody.
pub(super) fn is_ordinary_phrase(found: &str) -> bool {
    let words = folded(found);
    let all_ordinary = words.split(' ').all(|word| is_ordinary(word) || word.chars().count() == 1);
    let first_letters = found.split(|it: char| !it.is_alphanumeric()).filter_map(|word| word.chars().next());
    let has_capitals = first_letters.into_iter().all(|it| !it.is_lowercase() || is_without_blanks(it));
    all_ordinary && !has_capitals
}

/// Whether a part of a sentence is quoted as a whole, as titles are.
pub(super) fn is_quoted(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default().trim_end();
    let after = text.get(range.end..).unwrap_or_default().trim_start();
    let begins = before.is_empty() || before.ends_with('`');
    begins && (after.is_empty() || after.starts_with(['`', ',']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(single: Single, title: &str, expected: usize) {
        assert_eq!(places(&single, &Folded::of(title), title).count(), expected, "{title}");
    }

    fn name(word: &str) -> Single {
        Single { word: word.to_owned(), written: String::new(), is_code: false, initial: None }
    }

    #[test]
    fn names_that_are_words_are_masked_where_they_are_names() {
        for title in [
            "1:1 with Mark",
            "Mark / Will",
            "Mark & Will 1:1",
            "Sync: Mark",
            "Mark",
            "Catch-up Mark and I",
            "Mark's review",
        ] {
            check(name("mark"), title, 1);
        }
        for title in
            ["Mark up the draft", "mark-up", "Benchmark", "Plan: Mark the milestones", "a mark", "Marks"]
        {
            check(name("mark"), title, 0);
        }
    }

    #[test]
    fn other_names_need_a_capital_and_ids_their_own_letters() {
        check(name("anna"), "Anna onboards", 1);
        check(name("anna"), "anna onboards, Annaberg", 0);
        let handle =
            Single { word: "bo".to_owned(), written: "bo".to_owned(), is_code: false, initial: None };
        check(handle, "ask bo", 1);
        let code =
            Single { word: "kam 1".to_owned(), written: "kam-1".to_owned(), is_code: true, initial: None };
        check(code.clone(), "KAM 1 and kam-1", 2);
        check(code, "kam-10, kam-11", 0);
    }

    #[test]
    fn a_first_name_goes_with_the_initial_that_is_known() {
        let single = Single { initial: Some('p'), ..name("seven") };
        for (title, expected) in
            [("with Person Seven", "Person Seven"), ("with Team Seven", "Seven"), ("prep Seven", "Seven")]
        {
            let text = Folded::of(title);
            let found: Vec<&str> = places(&single, &text, title).map(|range| &title[range]).collect();
            assert_eq!(found, [expected]);
        }
    }

    #[test]
    fn a_phrase_is_ordinary_without_its_capitals() {
        assert!(is_ordinary_phrase("mark price") && is_ordinary_phrase("Mark price"));
        assert!(!is_ordinary_phrase("Mark Price") && !is_ordinary_phrase("anna price"));
    }
}
