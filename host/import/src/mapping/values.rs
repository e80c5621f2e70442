//! Texts of an export as the values of fields: what can stand in a field, and what would be right.

use super::fields::Shape;
use super::flags;
use super::names::listed;
use super::rules::{Source, Unit};
use super::times::{Order, Parts, Stamp};

/// Reads a time.
pub(super) fn stamp(source: &Source, order: Option<Order>, text: &str) -> Result<Stamp, String> {
    if !source.formats.is_empty() {
        let read = source.formats.iter().find_map(|format| format.read(text));
        return read.ok_or_else(|| "a time in one of the stated `formats`".to_owned());
    }
    let Some(parts) = Parts::of(text) else {
        return Err("a time such as `2026-05-09 14:30`, or its form as `formats` in the mapping".to_owned());
    };
    match parts.stamp(order.or(parts.order())) {
        Some(stamp) => Ok(stamp),
        None if order.is_none() && parts.stamp(Some(Order::DayFirst)).is_some() => {
            Err("its form as `formats` in the mapping: it may be day or month first".to_owned())
        }
        None => Err(match order {
            Some(Order::DayFirst) => "a day of the calendar, the day first".to_owned(),
            Some(Order::MonthFirst) => "a day of the calendar, the month first".to_owned(),
            None => "a day of the calendar".to_owned(),
        }),
    }
}

/// Whether a text can stand in a field; else what can.
pub(super) fn fits(shape: Shape, text: &str) -> Result<(), String> {
    match shape {
        Shape::Choice(words) if !words.contains(&text) => {
            Err(format!("one of {}", listed(words.iter().copied())))
        }
        Shape::Flag if flags::read(text).is_err() => Err("`true` or `false`".to_owned()),
        Shape::Number(min) if whole(text, min).is_none() => Err(format!("a whole number from {min} on")),
        Shape::Time if Parts::of(text).is_none() => Err("a time such as `2026-05-09 14:30`".to_owned()),
        _ => Ok(()),
    }
}

/// A whole number of at least `min`.
pub(super) fn whole(text: &str, min: u32) -> Option<i64> {
    // Warehouses write whole numbers as floats.
    let digits = text
        .split_once('.')
        .map_or(text, |(whole, rest)| if rest.bytes().all(|it| it == b'0') { whole } else { "" });
    let number: u32 = digits.parse().ok()?;
    (number >= min).then_some(i64::from(number))
}

/// What would be right for a length.
pub(super) fn expected_length(source: &Source) -> String {
    match source.unit {
        Unit::Seconds => "a length in seconds".to_owned(),
        Unit::Minutes => "a length in minutes, or another `unit` in the mapping".to_owned(),
        Unit::Hours => "a length in hours".to_owned(),
        Unit::HoursAndMinutes => "a length such as `1:30`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_read_as_people_write_them() {
        let numbers = ["3", "3.0", "3.5", "0", "-1", "4294967296", "x"].map(|text| whole(text, 1));
        assert_eq!(numbers, [Some(3), Some(3), None, None, None, None, None]);
        let choice = Shape::Choice(&["held", "planned"]);
        assert_eq!(fits(choice, "held"), Ok(()));
        assert_eq!(fits(choice, "Held"), Err("one of `held`, `planned`".to_owned()));
    }
}
