//! Names of columns, as files write them and as mappings do.
//!
//! A name fits exactly, or else regardless of case, blanks and punctuation: a warehouse writes `start_date_time` where
//! Salesforce says `StartDateTime`.

/// Most names that a message lists.
const LISTED_MAX: usize = 40;

/// Where `name` is among `columns`; none where it is not, or where two fit alike.
pub(super) fn find(name: &str, columns: &[String]) -> Option<usize> {
    if let Some(exact) = columns.iter().position(|column| column == name) {
        return Some(exact);
    }
    let wanted = folded(name);
    let mut fitting = columns.iter().enumerate().filter(|(_, column)| folded(column) == wanted);
    let first = fitting.next().filter(|_| !wanted.is_empty())?;
    if fitting.next().is_some() { None } else { Some(first.0) }
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

fn folded(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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
        assert_eq!(nearest("StartDate", columns.iter().map(String::as_str)), Some("start_date_time"));
        assert_eq!(nearest("Ort", columns.iter().map(String::as_str)), None);
    }
}
