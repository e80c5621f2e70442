//! What somebody may be called in a text, by their id and their names.

use super::address::{addresses, is_address, local_part};
use super::fold::{folded, is_without_blanks};
use super::ordinary::{is_honorific, is_ordinary, is_role};

/// Words of a name; what has more is a sentence.
const WORDS_MAX: usize = 8;
/// Letters of a name of several words, all together.
const LETTERS_MIN: usize = 4;
/// Letters of one word that stands for somebody who takes part.
const WORD_LETTERS_MIN: usize = 3;
/// Letters of the local part of an address, of one word, that stands for somebody wherever it is written.
const HANDLE_LETTERS_MIN: usize = 5;

/// What has a number and several people.
const GROUPS: [&str; 14] = [
    "board",
    "branch",
    "channel",
    "department",
    "desk",
    "group",
    "lab",
    "office",
    "product",
    "project",
    "region",
    "room",
    "team",
    "unit",
];

/// What finds somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Names of several words, as they are compared: they are nobody else's.
    pub(super) whole: Vec<String>,
    /// Local parts of addresses that are one word, as they are written: `pseven`.
    pub(super) handles: Vec<String>,
    /// Single words, as they are compared, that only stand for somebody where he takes part.
    pub(super) single: Vec<Single>,
}

/// A word that stands for somebody where he takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Single {
    /// As it is compared.
    pub(super) word: String,
    /// An id or a local part as it is written, which needs no capital; empty: a part of a name, which does.
    pub(super) written: String,
    /// It has digits, or stands for itself, so it is no ordinary word in any case.
    pub(super) is_code: bool,
    /// The first letter of a name that goes before it, of whom only that is known: `p` of `p.seven`.
    pub(super) initial: Option<char>,
}

/// What finds the person of an id, or of a name that is written beside it.
pub(super) fn of(name: &str) -> Terms {
    let name = name.trim();
    if let Some(terms) = of_mask(name) {
        return terms;
    }
    if is_address(name) {
        return of_local_part(local_part(name));
    }
    // `Person Seven <p.seven@acme.example>`, `Seven, Person (Acme)`.
    let mut terms = Terms::default();
    let found = addresses(name);
    for address in found.iter().filter_map(|range| name.get(range.clone())) {
        terms.add(of_local_part(local_part(address)));
    }
    let end = found.first().map_or(name.len(), |address| address.start);
    let shown = name.get(..end).unwrap_or_default();
    let shown = shown.split(['(', '[', '<', '|', '/']).next().unwrap_or_default();
    let shown = shown.split(" - ").next().unwrap_or_default().trim_matches(['"', '\'', ' ']);
    let given = name_words(shown);
    let has_comma = shown.contains(',');
    terms.add(of_words(&given, shown, has_comma));
    for (umlaut, plain) in [('ä', "ae"), ('ö', "oe"), ('ü', "ue")] {
        if shown.to_lowercase().contains(umlaut) {
            let spelled = shown.to_lowercase().replace(umlaut, plain);
            terms.add(of_words(&name_words(&spelled), "", has_comma));
        }
    }
    terms
}

/// Somebody who is named by this program already: `person 7` stands for nobody but himself.
fn of_mask(name: &str) -> Option<Terms> {
    let number = name.strip_prefix("person ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Terms { whole: vec![folded(name)], ..Terms::default() })
}

fn of_local_part(local: &str) -> Terms {
    let local = local.split('+').next().unwrap_or_default().trim_matches('"');
    // `person.seven2`: the second of that name.
    let plain = local.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let words = name_words(plain);
    let mut terms = Terms::default();
    match words.as_slice() {
        // `kam-1`, `team7`: its number is a part of it.
        [_] if plain.len() < local.len() => terms.add(of_words(&name_words(local), local, false)),
        _ => terms.add(of_words(&words, plain, false)),
    }
    if plain.len() == local.len()
        && let [word] = words.as_slice()
        && word.chars().count() >= HANDLE_LETTERS_MIN
        && word.chars().all(char::is_alphabetic)
        && !is_role(word)
        && !is_ordinary(word)
    {
        terms.handles.push(local.to_owned());
    }
    terms
}

fn of_words(words: &[String], written: &str, has_comma: bool) -> Terms {
    let mut terms = Terms::default();
    if let Some(seat) = seat(words, written) {
        terms.single.push(seat);
        return terms;
    }
    let is_person = !words.is_empty() && words.len() <= WORDS_MAX && !words.iter().any(|word| is_role(word));
    if !is_person {
        return terms;
    }
    let has_digits = words.iter().any(|word| word.chars().any(|letter| letter.is_ascii_digit()));
    if let [one] = words {
        let letters = one.chars().count();
        if one.chars().next().is_some_and(is_without_blanks) && letters >= 3 {
            terms.whole.push(one.clone());
        } else if letters >= WORD_LETTERS_MIN || (letters == 2 && one.chars().all(is_without_blanks)) {
            let is_number = one.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number {
                terms.single.push(Single {
                    word: one.clone(),
                    written: written.to_owned(),
                    is_code: has_digits,
                    initial: None,
                });
            }
        }
        return terms;
    }
    if has_digits {
        // `kam-1`, `u 7`: a code, not a name.
        let word = words.join(" ");
        if word.chars().any(char::is_alphabetic) {
            terms.single.push(Single { word, written: written.to_owned(), is_code: true, initial: None });
        }
        return terms;
    }
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    if letters >= LETTERS_MIN && words.iter().any(|word| word.chars().count() > 1) {
        terms.whole.extend(orders(words, has_comma));
    }
    let parts = words.iter().filter(|word| word.chars().count() >= WORD_LETTERS_MIN);
    let parts = parts.filter(|word| {
        !["person", "people", "van", "von", "der", "den", "del", "the"].contains(&word.as_str())
    });
    let initial =
        words.first().filter(|first| first.chars().count() == 1).and_then(|first| first.chars().next());
    terms.single.extend(parts.map(|word| {
        let written = String::new();
        Single { word: word.clone(), written, is_code: false, initial }
    }));
    terms
}

/// One of several who do the same: `kam-1`. Rooms and teams have numbers too, and are nobody.
fn seat(words: &[String], written: &str) -> Option<Single> {
    let [role, number] = words else { return None };
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let is_somebody = is_role(role) && !GROUPS.contains(&role.as_str());
    let word = format!("{role} {number}");
    (is_number && is_somebody).then(|| Single {
        word,
        written: written.to_owned(),
        is_code: true,
        initial: None,
    })
}

/// The orders in which the words of a name are written: `Person Q Seven`, `Seven, Person Q`, `Person Seven`.
fn orders(words: &[String], has_comma: bool) -> Vec<String> {
    let (Some((first, later)), Some((last, earlier))) = (words.split_first(), words.split_last()) else {
        return Vec::new();
    };
    let from_last = [std::slice::from_ref(last), earlier].concat().join(" ");
    let to_end = [later, std::slice::from_ref(first)].concat().join(" ");
    let mut orders = vec![words.join(" "), from_last];
    if words.len() > 2 {
        orders.push(format!("{first} {last}"));
        orders.push(format!("{last} {first}"));
    }
    if has_comma {
        orders.push(to_end);
    }
    orders.retain(|order| order.chars().filter(|letter| *letter != ' ').count() >= LETTERS_MIN);
    let mut seen = Vec::new();
    orders.retain(|order| {
        let is_new = !seen.contains(order);
        seen.push(order.clone());
        is_new
    });
    orders
}

/// The words of a name as they are compared, without titles.
fn name_words(name: &str) -> Vec<String> {
    let words = folded(name);
    let words = words.split(' ').map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
    words.filter(|word| !word.is_empty() && !is_honorific(word)).map(str::to_owned).collect()
}

impl Terms {
    pub(super) fn add(&mut self, other: Terms) {
        let Terms { whole, handles, single } = other;
        self.whole.extend(whole);
        self.handles.extend(handles);
        for one in single {
            if !self.single.contains(&one) {
                self.single.push(one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> String {
        let Terms { whole, handles, single } = of(name);
        let single: Vec<&str> = single.iter().map(|single| single.word.as_str()).collect();
        format!("{} | {} | {}", whole.join(", "), handles.join(", "), single.join(", "))
    }

    #[test]
    fn what_somebody_is_called() {
        for (name, expected) in [
            ("Person Seven", "person seven, seven person |  | seven"),
            ("Seven, Person (Acme Ltd)", "seven person, person seven |  | seven"),
            ("Dr. Pérson Q. Seven", "person q seven, seven person q, person seven, seven person |  | seven"),
            (
                "Person Seven <p.seven@acme.example>",
                "p seven, seven p, person seven, seven person |  | seven, seven",
            ),
            ("p.seven@acme.example", "p seven, seven p |  | seven"),
            ("person_seven2+crm@acme.example", "person seven, seven person |  | seven"),
            ("pseven@acme.example", " | pseven | pseven"),
            ("mark@acme.example", " |  | mark"),
            ("Mark", " |  | mark"),
            ("山田太郎", "山田太郎 |  | "),
            ("person 7", "person 7 |  | "),
            ("kam-1@acme.example", " |  | kam 1"),
            ("u-17", " |  | u 17"),
            ("1042", " |  | "),
            ("", " |  | "),
        ] {
            assert_eq!(shown(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_nobody_is_called_nothing() {
        for name in [
            "Sales Team",
            "info@acme.example",
            "customer.success@acme.example",
            "Meeting Room 3",
            "room-3",
            "no-reply@acme.example",
            "Acme GmbH",
            "buyer",
            "KAM",
        ] {
            assert_eq!(shown(name), " |  | ", "{name}");
        }
    }
}
