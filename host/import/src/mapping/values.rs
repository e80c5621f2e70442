//! Texts of an export as the values of fields: what can stand in a field, and what would be right.

use super::fields::Shape;
use super::flags;
use super::names::listed;
use super::times;

/// Whether a text can stand in a field; else what can.
pub(super) fn fits(shape: Shape, text: &str) -> Result<(), String> {
    match shape {
        Shape::Choice(words) if !words.contains(&text) => {
            Err(format!("one of {}", listed(words.iter().copied())))
        }
        Shape::Flag if flags::read(text).is_err() => Err("`true` or `false`".to_owned()),
        Shape::Number(min) if whole(text, min).is_none() => Err(format!("a whole number from {min} on")),
        Shape::Time if !times::is_known(text) => Err("a time such as `2026-05-09 14:30`".to_owned()),
        _ => Ok(()),
    }
}

/// A whole number of at least `min`.
pub(super) fn whole(text: &str, min: u32) -> Option<i64> {
    // Warehouses write whole numbers as floats; three zeros may be thousands as well.
    let digits = text.split_once(['.', ',']).map_or(text, |(whole, rest)| {
        let is_float = rest.len() != 3 && rest.bytes().all(|it| it == b'0');
        if is_float { whole } else { "" }
    });
    let number: u32 = digits.parse().ok()?;
    (number >= min).then_some(i64::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_read_as_people_write_them() {
        let numbers =
            ["3", "3.0", "3,00", "3.000", "3.5", "0", "-1", "4294967296", "x"].map(|text| whole(text, 1));
        assert_eq!(numbers, [Some(3), Some(3), Some(3), None, None, None, None, None, None]);
        let choice = Shape::Choice(&["held", "planned"]);
        assert_eq!(fits(choice, "held"), Ok(()));
        assert_eq!(fits(choice, "Held"), Err("one of `held`, `planned`".to_owned()));
    }
}
