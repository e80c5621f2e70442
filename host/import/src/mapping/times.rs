//! Times as exports write them: read in a stated form, or in those that people use, and written as RFC 3339.
//!
//! What has no zone is local time; a date without a time of day is a whole day.

use std::fmt::Write;

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::calendar::Zone;

/// Years the contract knows.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// A time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    date: NaiveDate,
    /// None: a whole day.
    time: Option<NaiveTime>,
    /// Seconds east of Greenwich, where a zone is stated.
    offset: Option<i32>,
}

/// Whether the month or the day comes first in `4/5/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    MonthFirst,
    DayFirst,
}

/// How a time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// `2026-05-04`, with or without a time of day.
    YearFirst,
    /// `4.5.2026`.
    Dots,
    /// `4/5/2026`.
    Slashes,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}

/// A text taken apart, as far as that is possible without knowing which of day and month comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) form: Form,
    numbers: [u32; 3],
    time: Option<NaiveTime>,
    offset: Option<i32>,
}

impl Parts {
    /// Takes a text apart; none: it is in no form that is known.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::of_digits(text);
        }
        let mut cursor = Cursor(text.as_bytes());
        let (first, digits) = cursor.number(4)?;
        let separator = cursor.one_of(b"-/.")?;
        let (second, _) = cursor.number(2)?;
        cursor.one_of(&[separator])?;
        let (third, last_digits) = cursor.number(4)?;
        let (form, numbers) = match (digits, separator, last_digits) {
            (4, _, 1 | 2) => (Form::YearFirst, [first, second, third]),
            (1 | 2, b'.', 4) => (Form::Dots, [third, second, first]),
            (1 | 2, _, 4) => (Form::Slashes, [third, first, second]),
            _ => return None,
        };
        let time = cursor.time_of_day()?;
        let offset = cursor.offset()?;
        cursor.0.is_empty().then_some(Self { form, numbers, time, offset })
    }

    /// Seconds, milliseconds, or `20260504`.
    fn of_digits(text: &str) -> Option<Self> {
        let number: i64 = text.parse().ok()?;
        let (form, milliseconds) = match text.len() {
            8 => {
                let [year, month, day] =
                    [number / 10_000, number / 100 % 100, number % 100].map(u32::try_from);
                let numbers = [year.ok()?, month.ok()?, day.ok()?];
                return Some(Self { form: Form::YearFirst, numbers, time: None, offset: None });
            }
            9..=11 => (Form::Seconds, number.checked_mul(1000)?),
            12..=14 => (Form::Milliseconds, number),
            _ => return None,
        };
        let at = Stamp::of_milliseconds(milliseconds)?;
        let numbers = [u32::try_from(at.date.year()).ok()?, at.date.month(), at.date.day()];
        Some(Self { form, numbers, time: at.time, offset: at.offset })
    }

    /// Which of day and month comes first, where only one of them can be the month.
    pub(super) fn order(&self) -> Option<Order> {
        let [_, first, second] = self.numbers;
        match (self.form, first > 12, second > 12) {
            (Form::Slashes, true, false) => Some(Order::DayFirst),
            (Form::Slashes, false, true) => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// Whether it has a time of day, and no zone.
    pub(super) fn is_naive(&self) -> bool {
        self.offset.is_none()
    }

    /// The time; none: there is no such day.
    pub(super) fn stamp(&self, order: Option<Order>) -> Option<Stamp> {
        let [year, first, second] = self.numbers;
        let (month, day) = match (self.form, order) {
            (Form::Slashes, None) => return None,
            (Form::Slashes, Some(Order::DayFirst)) => (second, first),
            _ => (first, second),
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(Stamp { date, time: self.time, offset: self.offset })
    }
}

impl Stamp {
    fn of_milliseconds(at: i64) -> Option<Self> {
        let at = DateTime::from_timestamp_millis(at)?.naive_utc();
        Some(Self { date: at.date(), time: Some(at.time()), offset: Some(0) })
    }

    /// Writes it as RFC 3339: with its own offset where it has one, else as local time of `zone`. A whole day, or what
    /// is said to be one, begins at the midnight of `zone` and stays on its date. False where the contract has no such
    /// time.
    pub(super) fn write(&self, zone: Zone, is_whole_day: bool, to: &mut String) -> bool {
        if !YEARS.contains(&self.date.year()) {
            return false;
        }
        let time = if is_whole_day { None } else { self.time };
        let (local, offset) = match (time, self.offset) {
            (Some(time), Some(offset)) => (self.date.and_time(time), offset),
            (Some(time), None) if zone.is_utc() => (self.date.and_time(time), 0),
            (Some(time), None) => zone.local(zone.instant(self.date.and_time(time))),
            (None, _) => zone.local(zone.midnight(self.date)),
        };
        // RFC 3339 has no seconds in offsets.
        let (local, offset) = if offset % 60 == 0 {
            (local, offset)
        } else {
            (local - chrono::Duration::seconds(offset.into()), 0)
        };
        put(local, offset, to);
        true
    }
}

fn put(local: NaiveDateTime, offset: i32, to: &mut String) {
    let mut digits = |before: &str, number: u32, width: usize| {
        to.push_str(before);
        let mut divisor = 10_u32.pow(u32::try_from(width).unwrap_or(2) - 1);
        while divisor > 0 {
            to.push(char::from(b'0' + u8::try_from(number / divisor % 10).unwrap_or_default()));
            divisor /= 10;
        }
    };
    digits("\"", local.year().unsigned_abs(), 4);
    digits("-", local.month(), 2);
    digits("-", local.day(), 2);
    digits("T", local.hour(), 2);
    digits(":", local.minute(), 2);
    digits(":", local.second(), 2);
    let milliseconds = local.nanosecond() / 1_000_000 % 1000;
    if milliseconds > 0 {
        digits(".", milliseconds, 3);
    }
    if offset == 0 {
        to.push_str("Z\"");
        return;
    }
    let minutes = offset.unsigned_abs() / 60;
    digits(if offset < 0 { "-" } else { "+" }, minutes / 60, 2);
    digits(":", minutes % 60, 2);
    to.push('"');
}

/// A form that a mapping states.
#[derive(Clone, Debug)]
pub(super) enum Stated {
    Seconds,
    Milliseconds,
    Pattern(Vec<Item<'static>>),
}

impl Stated {
    /// Reads the form itself: `seconds`, `milliseconds`, or a pattern such as `%d/%m/%Y %H:%M`.
    pub(super) fn named(text: &str) -> Result<Self, String> {
        match text {
            "seconds" => return Ok(Self::Seconds),
            "milliseconds" => return Ok(Self::Milliseconds),
            _ => {}
        }
        let wrong = format!(
            "found `{text}`, expected `seconds`, `milliseconds` or a pattern with a date such as `%d/%m/%Y %H:%M`"
        );
        let Ok(items) = StrftimeItems::new(text).parse_to_owned() else { return Err(wrong) };
        // A pattern that does not read what it has written gives no date.
        let mut sample = String::new();
        let at = DateTime::from_timestamp_millis(1_778_329_845_000).unwrap_or_default().fixed_offset();
        let is_written = write!(sample, "{}", at.format_with_items(items.iter())).is_ok();
        let stated = Self::Pattern(items);
        if is_written && stated.read(&sample).is_some() { Ok(stated) } else { Err(wrong) }
    }

    /// Reads a time in this form.
    pub(super) fn read(&self, text: &str) -> Option<Stamp> {
        let items = match self {
            Self::Seconds => {
                let seconds: f64 = text.parse().ok().filter(|it: &f64| it.abs() < 1e11)?;
                // Whole numbers of this size are exact.
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "far inside the range, as was looked at"
                )]
                return Stamp::of_milliseconds((seconds * 1000.0).round() as i64);
            }
            Self::Milliseconds => return Stamp::of_milliseconds(text.parse().ok()?),
            Self::Pattern(items) => items,
        };
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
        if parsed.timestamp().is_some() {
            let at = parsed.to_naive_datetime_with_offset(0).ok()?;
            return Some(Stamp { date: at.date(), time: Some(at.time()), offset: Some(0) });
        }
        let date = parsed.to_naive_date().ok()?;
        Some(Stamp { date, time: parsed.to_naive_time().ok(), offset: parsed.offset() })
    }
}

/// Text that is read from left to right.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    /// A number of at most `digits_max` digits, and how many it has.
    fn number(&mut self, digits_max: usize) -> Option<(u32, usize)> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        if digits == 0 || digits > digits_max {
            return None;
        }
        self.0 = rest;
        Some((number.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), digits))
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        bytes.contains(first).then(|| self.0 = rest)?;
        Some(*first)
    }

    fn space(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// The time of day, where there is one: `Some(None)` at the end of the text.
    fn time_of_day(&mut self) -> Option<Option<NaiveTime>> {
        if self.0.is_empty() {
            return Some(None);
        }
        self.one_of(b"Tt ,")?;
        self.space();
        let (mut hour, _) = self.number(2)?;
        self.one_of(b":")?;
        let (minute, _) = self.number(2)?;
        let second = match self.one_of(b":") {
            Some(_) => self.number(2)?.0,
            None => 0,
        };
        let mut milliseconds = 0;
        if self.one_of(b".,").is_some() {
            let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let fraction = self.0.get(..digits).filter(|it| !it.is_empty())?;
            let digit = |at: usize| u32::from(fraction.get(at).map_or(0, |digit| digit - b'0'));
            milliseconds = digit(0) * 100 + digit(1) * 10 + digit(2);
            self.0 = self.0.get(digits..)?;
        }
        self.space();
        if let Some(half) = self.one_of(b"AaPp") {
            self.one_of(b"Mm")?;
            let is_afternoon = half.eq_ignore_ascii_case(&b'p');
            hour = (1..=12).contains(&hour).then_some(hour % 12 + if is_afternoon { 12 } else { 0 })?;
        }
        // A leap second is the moment after it.
        let time = NaiveTime::from_hms_milli_opt(hour, minute, second.min(59), milliseconds)?;
        (second <= 60).then_some(Some(time))
    }

    /// The offset, where there is one: `Some(None)` at the end of the text.
    fn offset(&mut self) -> Option<Option<i32>> {
        self.space();
        let named: [&[u8]; 3] = [b"Z", b"UTC", b"GMT"];
        if self.0.is_empty() {
            return Some(None);
        }
        if named.iter().any(|name| self.0.eq_ignore_ascii_case(name)) {
            self.0 = &[];
            return Some(Some(0));
        }
        let sign = self.one_of(b"+-")?;
        let (number, digits) = self.number(4)?;
        let (hours, minutes) = match digits {
            4 => (number / 100, number % 100),
            2 if self.one_of(b":").is_some() => (number, self.number(2)?.0),
            1 | 2 => (number, 0),
            _ => return None,
        };
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        (hours < 24 && minutes < 60).then_some(Some(if sign == b'-' { -seconds } else { seconds }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stamp: Option<Stamp>, zone: &str) -> String {
        let mut text = String::new();
        let zone = Zone::named(zone).unwrap();
        if stamp.is_some_and(|stamp| stamp.write(zone, false, &mut text)) {
            text.replace('"', "")
        } else {
            "?".into()
        }
    }

    fn read(text: &str, order: Option<Order>, zone: &str) -> String {
        told(Parts::of(text).and_then(|parts| parts.stamp(order)), zone)
    }

    #[test]
    fn times_are_read_in_the_forms_that_people_use() {
        let day = Some(Order::DayFirst);
        for (text, order, expected) in [
            ("2026-05-04T09:30:00.000+0000", None, "2026-05-04T09:30:00Z"),
            ("2026-05-04T09:30:00.250+02:00", None, "2026-05-04T09:30:00.250+02:00"),
            ("2026-05-04 09:30:00", None, "2026-05-04T09:30:00Z"),
            ("2026/5/4 9:30 UTC", None, "2026-05-04T09:30:00Z"),
            ("2026-05-04 09:30:00.123456-0330", None, "2026-05-04T09:30:00.123-03:30"),
            ("2026-05-04", None, "2026-05-04T00:00:00Z"),
            ("20260504", None, "2026-05-04T00:00:00Z"),
            ("4.5.2026 09:30", None, "2026-05-04T09:30:00Z"),
            ("04/05/2026, 9:30 PM", Some(Order::MonthFirst), "2026-04-05T21:30:00Z"),
            ("04/05/2026 12:05 am", day, "2026-05-04T00:05:00Z"),
            ("4-5-2026", day, "2026-05-04T00:00:00Z"),
            ("1778329800", None, "2026-05-09T12:30:00Z"),
            ("1778329800250", None, "2026-05-09T12:30:00.250Z"),
            ("2026-06-30T23:59:60Z", None, "2026-06-30T23:59:59Z"),
            ("04/05/2026", None, "?"),
            ("31/31/2026", day, "?"),
            ("2026-02-29", None, "?"),
            ("2026-05-04 25:00", None, "?"),
            ("2026-05-04 13:00 PM", None, "?"),
            ("2026-05-04T09:30:00+25:00", None, "?"),
            ("1/2/24", day, "?"),
            ("May 4, 2026", None, "?"),
            ("1899-05-04", None, "?"),
            ("12", None, "?"),
            ("", None, "?"),
        ] {
            assert_eq!(read(text, order, "UTC"), expected, "{text}");
        }
    }

    #[test]
    fn naive_times_are_local_and_whole_days_keep_their_date() {
        for (text, expected) in [
            ("2026-01-15 09:00", "2026-01-15T09:00:00+01:00"),
            ("2026-03-29 01:59", "2026-03-29T01:59:00+01:00"),
            // The clock goes from 02:00 to 03:00: the same instant after the gap.
            ("2026-03-29 02:30", "2026-03-29T03:30:00+02:00"),
            ("2026-03-29 03:00", "2026-03-29T03:00:00+02:00"),
            // The hour comes twice: the first.
            ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),
            ("2026-10-25 03:00", "2026-10-25T03:00:00+01:00"),
            ("2026-05-04", "2026-05-04T00:00:00+02:00"),
        ] {
            assert_eq!(read(text, None, "Europe/Berlin"), expected, "{text}");
        }
        assert_eq!(read("2011-12-30 12:00", None, "Pacific/Apia"), "2011-12-31T12:00:00+14:00");
        assert_eq!(read("1900-01-01 00:00", None, "Europe/Paris"), "1899-12-31T23:50:39Z");
        // Midnight in UTC stands for the day in Salesforce; elsewhere it would be another one.
        let mut text = String::new();
        let midnight = Parts::of("2026-05-04T00:00:00Z").unwrap().stamp(None).unwrap();
        midnight.write(Zone::named("America/New_York").unwrap(), true, &mut text);
        assert_eq!(text, "\"2026-05-04T00:00:00-04:00\"");
    }

    #[test]
    fn stated_forms_are_held_to() {
        let read = |form: &str, text: &str| told(Stated::named(form).unwrap().read(text), "UTC");
        assert_eq!(read("%d/%m/%y %H:%M", "04/05/26 09:30"), "2026-05-04T09:30:00Z");
        assert_eq!(read("%d %b %Y", "4 May 2026"), "2026-05-04T00:00:00Z");
        assert_eq!(
            read("%Y-%m-%dT%H:%M:%S%.f%z", "2026-05-04T09:30:00.5+0200"),
            "2026-05-04T09:30:00.500+02:00"
        );
        assert_eq!(read("%d/%m/%Y", "2026-05-04"), "?");
        assert_eq!(read("seconds", "1778329800.25"), "2026-05-09T12:30:00.250Z");
        assert_eq!(read("milliseconds", "1778329800250"), "2026-05-09T12:30:00.250Z");
        assert_eq!(read("%s", "1778329800"), "2026-05-09T12:30:00Z");
        for wrong in ["%H:%M", "%Q", "day first", ""] {
            assert!(Stated::named(wrong).is_err(), "{wrong}");
        }
    }
}
