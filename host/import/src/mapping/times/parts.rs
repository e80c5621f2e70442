//! A text taken apart: what it says of date, time of day and offset, as far as one value tells.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::counts::Number;
use super::cursor::Cursor;
use super::tidy::tidied;
use super::{Form, Order, Stamp, names};
use crate::calendar::Zone;

/// What stands beside a time and says of which clock it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Seconds east of Greenwich.
    Offset(i32),
    Zone(Tz),
}

impl Beside {
    /// Seconds east of Greenwich at this local time.
    fn seconds(self, local: NaiveDateTime) -> i32 {
        match self {
            Self::Offset(seconds) => seconds,
            Self::Zone(zone) => {
                let zone = Zone::from(zone);
                zone.local(zone.instant(local)).1
            }
        }
    }
}

/// A text taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) form: Form,
    /// The year, and two numbers of which one is the month: the first unless the order says otherwise.
    numbers: [u32; 3],
    time: Option<NaiveTime>,
    /// The time of day is 24:00, which is midnight of the day after.
    is_day_end: bool,
    beside: Option<Beside>,
    /// What digits that are a date would be as a count since 1970.
    pub(super) count: Option<(Form, Stamp)>,
}

impl Parts {
    /// Takes a text apart; none: it is in no form that is known.
    pub(super) fn of(text: &str) -> Option<Self> {
        // What most exports have.
        if let Some(parts) = Self::of_rfc3339(text) {
            return Some(parts);
        }
        if text.is_ascii()
            && text.as_bytes().get(4) == Some(&b'-')
            && let Some(parts) = Self::of_numbers(text)
        {
            return Some(parts);
        }
        let text = tidied(text);
        let text = text.as_ref();
        if let Some(parts) = Self::of_number(text).or_else(|| Self::of_microsoft(text)) {
            return Some(parts);
        }
        Self::of_digits(text).or_else(|| Self::of_numbers(text)).or_else(|| Self::of_names(text))
    }

    /// `2026-05-04T09:30:00Z` and the like, as programs write for programs, at one look; none: anything else, and whatever
    /// is no time of a day. It says what [`of_numbers`](Self::of_numbers) would.
    fn of_rfc3339(text: &str) -> Option<Self> {
        let (head, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *head
        else {
            return None;
        };
        let (milliseconds, rest) = match rest {
            [b'.', s1, s2, s3, rest @ ..] => (number(&[*s1, *s2, *s3])?, rest),
            rest => (0, rest),
        };
        let seconds = match *rest {
            [b'Z'] => 0,
            [sign @ (b'+' | b'-'), h1, h2, b':', n1, n2] | [sign @ (b'+' | b'-'), h1, h2, n1, n2] => {
                let (hours, minutes) = (number(&[h1, h2])?, number(&[n1, n2])?);
                let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
                (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })?
            }
            _ => return None,
        };
        let numbers = [number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?];
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
        let time = NaiveTime::from_hms_milli_opt(hour, minute, second, milliseconds)?;
        Some(Self {
            form: Form::Iso,
            numbers,
            time: Some(time),
            is_day_end: false,
            beside: Some(Beside::Offset(seconds)),
            count: None,
        })
    }

    /// What a text says that was read to its end; none: something is left of it.
    fn read(
        form: Form,
        numbers: [u32; 3],
        time: Option<NaiveTime>,
        beside: Option<Beside>,
        cursor: &Cursor<'_>,
    ) -> Option<Self> {
        let is_day_end = cursor.is_day_end();
        cursor.is_at_end().then_some(Self { form, numbers, time, is_day_end, beside, count: None })
    }

    fn counted(form: Form, stamp: Stamp) -> Self {
        Self {
            form,
            numbers: [0; 3],
            time: None,
            is_day_end: false,
            beside: stamp.offset.map(Beside::Offset),
            count: Some((form, stamp)),
        }
    }

    /// A number alone: digits of a date before they are a count, and a day of a spreadsheet where it can be one.
    fn of_number(text: &str) -> Option<Self> {
        let number = Number::of(text)?;
        let count = number.likely();
        if number.is_whole()
            && let Some(date) = Self::of_digits(number.whole)
        {
            return Some(Self { count, ..date });
        }
        if let Some((form, stamp)) = count {
            return Some(Self::counted(form, stamp));
        }
        let day = number.day(false).filter(|_| number.is_likely_day());
        day.map(|stamp| Self::counted(Form::Excel, stamp))
    }

    /// `/Date(1777885200000)/`, as services of Microsoft write milliseconds; an offset in it does not change the instant.
    fn of_microsoft(text: &str) -> Option<Self> {
        let inner = text.trim_matches('\\').strip_prefix("/Date(")?;
        let inner = inner.strip_suffix(")/").or_else(|| inner.strip_suffix(")\\/"))?;
        let digits = inner.split(['+', '-']).next()?;
        let stamp = Number::of(digits)?.since_1970(Form::Milliseconds)?;
        Some(Self::counted(Form::Milliseconds, stamp))
    }

    /// Digits without separators: `20260504`, `202605040930`, `20260504T093000Z`, `20260504093000.250+0200`.
    fn of_digits(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at_checked(digits)?;
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
        let numbers = [part(0, 4)?, part(4, 6)?, part(6, 8)?];
        let date = NaiveDate::from_ymd_opt(i32::try_from(numbers[0]).ok()?, numbers[1], numbers[2])?;
        if !super::YEARS.contains(&chrono::Datelike::year(&date)) {
            return None;
        }
        let mut cursor = Cursor::new(rest);
        if digits.len() == 8 {
            let time = match cursor.time_of_digits() {
                Some(time) => Some(time),
                None => cursor.time_of_day()?,
            };
            let offset = cursor.offset()?;
            return Self::read(Form::Compact, numbers, time, offset, &cursor);
        }
        let second = if digits.len() >= 14 { part(12, 14)? } else { 0 };
        let minute = if digits.len() >= 12 { part(10, 12)? } else { 0 };
        let mut milliseconds = match digits.len() {
            10 | 12 | 14 => 0,
            16 => part(14, 16)? * 10,
            17 => part(14, 17)?,
            _ => return None,
        };
        if digits.len() == 14 {
            milliseconds += cursor.fraction()?;
        }
        let time = cursor.time(part(8, 10)?, minute, second, milliseconds)?;
        let offset = cursor.offset()?;
        Self::read(Form::Compact, numbers, Some(time), offset, &cursor)
    }

    /// Three numbers and what stands between them: `2026-05-04`, `4.5.2026`, `4/5/2026`.
    fn of_numbers(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        cursor.day_of_week();
        let (first, digits) = cursor.number(4)?;
        let separator = cursor.one_of(b"-/.")?;
        if separator == b'.' {
            cursor.take_space();
        }
        let (second, _) = cursor.number(2)?;
        cursor.one_of(&[separator])?;
        if separator == b'.' {
            cursor.take_space();
        }
        let (third, last_digits) = cursor.number(4)?;
        let (form, numbers) = match (digits, separator, last_digits) {
            (4, b'-', 1 | 2) => (Form::YearFirst, [first, second, third]),
            (4, _, 1 | 2) => (Form::YearSlashes, [first, second, third]),
            (1 | 2, b'.', 4) => (Form::Dots, [third, second, first]),
            (1 | 2, _, 4) => (Form::Slashes, [third, first, second]),
            _ => return None,
        };
        if separator == b'.' && digits == 4 {
            // Hungarian and Korean dates end in a point.
            cursor.one_of(b".");
        }
        let is_iso = form == Form::YearFirst && cursor.is_at(b"Tt");
        let time = cursor.time_of_day()?;
        let offset = cursor.offset()?;
        let form = if is_iso { Form::Iso } else { form };
        Self::read(form, numbers, time, offset, &cursor)
    }

    /// A date with the name of its month: `4 May 2026`, `May 4, 2026`, `Mon May 4 09:30:00 2026`.
    fn of_names(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        cursor.day_of_week();
        let mut numbers = Vec::with_capacity(2);
        let mut month = None;
        let mut time = None;
        let mut beside = None;
        let mut is_day_first = false;
        while numbers.len() < 2 || month.is_none() {
            cursor.between_words();
            if let Some(name) = cursor.word() {
                if matches!(name, "de" | "del" | "of" | "den" | "the") {
                    continue;
                }
                let number = names::month(name)?;
                if month.replace(number).is_some() {
                    return None;
                }
                continue;
            }
            // As C and many logs write it, the year stands last.
            if numbers.len() == 1
                && month.is_some()
                && time.is_none()
                && let Some(found) = cursor.clock_alone()
            {
                time = Some(found);
                beside = cursor.zone_within();
                continue;
            }
            let number = cursor.number(4)?;
            cursor.ordinal();
            is_day_first |= numbers.is_empty() && month.is_none();
            numbers.push(number);
        }
        let (year, day) = match numbers.as_slice() {
            [(day, 1 | 2), (year, 4)] | [(year, 4), (day, 1 | 2)] => (*year, *day),
            // `04-May-26`, as Oracle and Excel write it: nobody puts the year before the month's name, and two digits are
            // of this century or the last one, as POSIX has it.
            [(day, 1 | 2), (year, 2)] if is_day_first => (year + if *year < 69 { 2000 } else { 1900 }, *day),
            _ => return None,
        };
        let time = if time.is_some() { time } else { cursor.time_of_day()? };
        let beside = if beside.is_some() { beside } else { cursor.offset()? };
        Self::read(Form::Named, [year, month.unwrap_or_default(), day], time, beside, &cursor)
    }

    /// Which of day and month comes first, where only one of them can be the month.
    pub(super) fn order(&self) -> Option<Order> {
        let [_, first, second] = self.numbers;
        let (first_is_day, second_is_day) = (
            (13..=31).contains(&first) && (1..=12).contains(&second),
            (13..=31).contains(&second) && (1..=12).contains(&first),
        );
        // Of dots the numbers stand the other way round.
        match (self.form, first_is_day, second_is_day) {
            (Form::Slashes | Form::YearSlashes | Form::YearFirst, true, false) => Some(Order::DayFirst),
            (Form::Slashes | Form::YearSlashes | Form::YearFirst, false, true) => Some(Order::MonthFirst),
            (Form::Dots, true, false) => Some(Order::MonthFirst),
            (Form::Dots, false, true) => Some(Order::DayFirst),
            _ => None,
        }
    }

    /// Whether day and month could be each other, and are not the same.
    pub(super) fn is_either(&self) -> bool {
        let [_, first, second] = self.numbers;
        let may_be = |number: u32| (1..=12).contains(&number);
        self.form.has_order() && may_be(first) && may_be(second) && first != second
    }

    /// Whether it is digits of a date that may as well be a count since 1970.
    pub(super) fn is_either_count(&self) -> bool {
        self.form == Form::Compact && self.count.is_some()
    }

    /// What it is as a count since 1970.
    pub(super) fn counted_since_1970(&self) -> Option<Stamp> {
        self.count.map(|(_, stamp)| stamp)
    }

    /// Whether it has no zone.
    pub(super) fn is_naive(&self) -> bool {
        self.beside.is_none()
    }

    /// The time, with day and month in this order; none: there is no such day.
    pub(super) fn stamp(&self, order: Order) -> Option<Stamp> {
        if self.form.is_count() {
            return self.count.map(|(_, stamp)| stamp);
        }
        let [year, first, second] = self.numbers;
        let is_swapped = match self.form {
            Form::Dots => order == Order::MonthFirst,
            form => form.has_order() && order == Order::DayFirst,
        };
        let (month, day) = if is_swapped { (second, first) } else { (first, second) };
        let written = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        let date = if self.is_day_end { written.succ_opt()? } else { written };
        let local = date.and_time(self.time.unwrap_or_default());
        Some(Stamp { date, time: self.time, offset: self.beside.map(|beside| beside.seconds(local)) })
    }
}

/// A number of digits.
fn number(digits: &[u8]) -> Option<u32> {
    let digit = |sum: u32, digit: &u8| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'));
    digits.iter().try_fold(0, digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_look_says_what_a_look_at_each_part_says(
            head in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
            fraction in "|\\.[0-9]{0,4}",
            offset in "|[Zz]|[+-][0-2][0-9]:?[0-6]?[0-9]|Z .|\\[UTC\\]",
        ) {
            let text = format!("{head}{fraction}{offset}");
            if let Some(parts) = Parts::of_rfc3339(&text) {
                prop_assert_eq!(Some(parts), Parts::of_numbers(&text), "{}", text);
            }
        }
    }

    #[test]
    fn what_programs_write_takes_one_look() {
        for text in [
            "2026-05-04T09:30:00Z",
            "2026-05-04T09:30:00.250Z",
            "2026-05-04T09:30:00.000+0000",
            "2026-05-04T09:30:00-03:30",
        ] {
            let parts = Parts::of_rfc3339(text);
            assert!(parts.is_some() && parts == Parts::of_numbers(text), "{text}");
        }
        for text in [
            "2026-05-04T09:30:60Z",
            "2026-05-04T25:30:00Z",
            "2026-05-04T09:30:00",
            "2026-05-04T09:30:00+24:00",
        ] {
            assert_eq!(Parts::of_rfc3339(text), None, "{text}");
        }
    }
}
