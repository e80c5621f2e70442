//! Names of columns, as files write them and as mappings do.
//!
//! A name fits exactly, or else regardless of case, blanks and punctuation: a warehouse writes `start_date_time` where
//! Salesforce says `StartDateTime`.

use std::collections::BTreeMap;

/// Most names that a message lists.
const LISTED_MAX: usize = 40;

/// Where `name` is among `columns`; none where it is not, or where two fit alike.
pub(crate) fn find(name: &str, columns: &[String]) -> Option<usize> {
    if let Some(exact) = columns.iter().position(|column| column == name) {
        return Some(exact);
    }
    let wanted = folded(name);
    let mut fitting = columns.iter().enumerate().filter(|(_, column)| folded(column) == wanted);
    let first = fitting.next().filter(|_| !wanted.is_empty())?;
    if fitting.next().is_some() { None } else { Some(first.0) }
}

/// The columns that `name` may mean, from 1, where there are several; empty: it means one, or none.
pub(super) fn several(name: &str, columns: &[String]) -> Vec<usize> {
    let wanted = folded(name);
    let places = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (1..).zip(columns).filter(|(_, column)| fits(column)).map(|(at, _)| at).collect()
    };
    let mut found = places(&|column| column == name);
    if found.is_empty() && !wanted.is_empty() {
        found = places(&|column| folded(column) == wanted);
    }
    if found.len() > 1 { found } else { Vec::new() }
}

/// Columns that have the same name, exactly: each once, with its places from 1.
pub(crate) fn repeated(columns: &[String]) -> Vec<(&str, Vec<usize>)> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, name) in (1..).zip(columns).filter(|(_, name)| !name.is_empty()) {
        places.entry(name).or_default().push(at);
    }
    places.into_iter().filter(|(_, places)| places.len() > 1).collect()
}

/// Places in words: `columns 2 and 6`.
pub(crate) fn placed(places: &[usize]) -> String {
    let all: Vec<String> = places.iter().map(ToString::to_string).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("columns {} and {last}", rest.join(", ")),
        _ => format!("column {}", all.concat()),
    }
}

/// The one of `known` that `name` is most like, where it is like one at all.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(name);
    let likeness = |other: &&str| {
        let other = folded(other);
        let is_part =
            wanted.len() > 3 && other.len() > 3 && (wanted.contains(&other) || other.contains(&wanted));
        let likeness = strsim::jaro_winkler(&wanted, &other);
        if is_part { likeness.max(0.9) } else { likeness }
    };
    let mut best: Option<(&str, f64)> = None;
    for other in known {
        let likeness = likeness(&other);
        if likeness >= 0.8 && best.is_none_or(|(_, most)| likeness > most) {
            best = Some((other, likeness));
        }
    }
    best.map(|(name, _)| name)
}

/// Names in backticks for a message, not too many.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> =
        names.into_iter().map(|name| format!("`{}`", crate::text::cut(name, 80))).collect();
    let shown = all.get(..LISTED_MAX).unwrap_or(&all).join(", ");
    match all.len().checked_sub(LISTED_MAX) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// Whether two names are one, regardless of case, blanks and punctuation.
pub(crate) fn folded_alike(one: &str, other: &str) -> bool {
    let mut others = letters(other);
    let mut is_any = false;
    // Letter by letter, as most names differ in the first.
    let is_alike = letters(one).all(|letter| {
        is_any = true;
        others.next() == Some(letter)
    });
    is_alike && is_any && others.next().is_none()
}

fn folded(name: &str) -> String {
    letters(name).collect()
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_exactly_or_as_it_sounds() {
        let columns: Vec<String> =
            ["", "start_date_time", "ID", "Id", "Foo Bar", "foo-bar"].map(str::to_owned).into();
        let found =
            ["StartDateTime", "Id", "id", "Foo Bar", "foobar", "x", ""].map(|name| find(name, &columns));
        assert_eq!(found, [Some(1), Some(3), None, Some(4), None, None, Some(0)]);
        assert_eq!(
            ["id", "Id", "x", ""].map(|name| several(name, &columns)),
            [vec![3, 4], vec![], vec![], vec![]]
        );
        let twice: Vec<String> = ["", "a", "b", "", "a"].map(str::to_owned).into();
        assert_eq!((several("a", &twice), several("A", &twice)), (vec![2, 5], vec![2, 5]));
        assert_eq!(repeated(&twice), [("a", vec![2, 5])]);
        assert_eq!(placed(&[2, 5, 7]), "columns 2, 5 and 7");
        assert_eq!(nearest("StartDate", columns.iter().map(String::as_str)), Some("start_date_time"));
        assert_eq!(nearest("Ort", columns.iter().map(String::as_str)), None);
    }
}
