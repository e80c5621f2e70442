//! Times as exports write them: read in a stated form, or in those that people use, and written as RFC 3339.
//!
//! There is one reader for all inputs: columns, paths, the attributes of process logs and what expressions give. What has
//! no zone is local time; a date without a time of day is a whole day.

use chrono::{Datelike, NaiveDate, NaiveTime};

use crate::calendar::{self, Instant, Zone};

mod column;
mod counts;
mod cursor;
mod hint;
mod names;
mod parts;
mod stated;
mod tidy;

pub(crate) use self::column::Clock;
pub(super) use self::column::Column;
pub(crate) use self::stated::Stated;

/// Years the contract knows.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// A time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    date: NaiveDate,
    /// None: a whole day.
    time: Option<NaiveTime>,
    /// Seconds east of Greenwich, where a zone is stated.
    offset: Option<i32>,
}

/// Whether the month or the day comes first in `4/5/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    MonthFirst,
    DayFirst,
}

/// How a time was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// `2026-05-04T09:30`.
    Iso,
    /// `2026-05-04`, with or without a time of day.
    YearFirst,
    /// `2026/05/04` or `2026.05.04`.
    YearSlashes,
    /// `4.5.2026`.
    Dots,
    /// `4/5/2026` or `4-5-2026`.
    Slashes,
    /// `4 May 2026`.
    Named,
    /// `20260504093000`.
    Compact,
    /// Since 1970.
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
    /// Days of a spreadsheet since 1900.
    Excel,
}

impl Form {
    /// Whether day and month can stand in two orders.
    fn has_order(self) -> bool {
        matches!(self, Form::YearFirst | Form::YearSlashes | Form::Dots | Form::Slashes)
    }

    /// The order in which they stand where no value shows another; none: people use both.
    fn usual(self) -> Option<Order> {
        match self {
            Form::Slashes => None,
            Form::Dots => Some(Order::DayFirst),
            _ => Some(Order::MonthFirst),
        }
    }

    /// Whether it is a number, and not the parts of a date.
    fn is_count(self) -> bool {
        matches!(
            self,
            Form::Seconds | Form::Milliseconds | Form::Microseconds | Form::Nanoseconds | Form::Excel
        )
    }

    /// In words.
    fn told(self, order: Option<Order>) -> &'static str {
        match (self, order) {
            (Form::YearFirst, Some(Order::DayFirst)) => "year-day-month",
            (Form::Iso | Form::YearFirst, _) => "year-month-day",
            (Form::YearSlashes, Some(Order::DayFirst)) => "year/day/month",
            (Form::YearSlashes, _) => "year/month/day",
            (Form::Dots, Some(Order::MonthFirst)) => "month.day.year",
            (Form::Dots, _) => "day.month.year",
            (Form::Slashes, Some(Order::MonthFirst)) => "month/day/year",
            (Form::Slashes, _) => "day/month/year",
            (Form::Named, _) => "dates with the name of the month",
            (Form::Compact, _) => "year, month and day without separators",
            (Form::Seconds, _) => "seconds since 1970",
            (Form::Milliseconds, _) => "milliseconds since 1970",
            (Form::Microseconds, _) => "microseconds since 1970",
            (Form::Nanoseconds, _) => "nanoseconds since 1970",
            (Form::Excel, _) => {
                "days of a spreadsheet that counts from 1900 (of one that counts from 1904, say `formats = [\"excel-1904\"]`)"
            }
        }
    }
}

/// Whether a text is a time in a form that is known.
pub(super) fn is_known(text: &str) -> bool {
    parts::Parts::of(text).is_some()
}

impl Stamp {
    /// Whether its offset was written beside it.
    pub(crate) fn has_offset(&self) -> bool {
        self.offset.is_some()
    }

    /// RFC 3339 in `zone`, and the instant it is. None where the contract has no such time.
    pub(crate) fn in_zone(&self, zone: Zone) -> Option<(Instant, String)> {
        let mut text = String::new();
        self.write(zone, false, &mut text).then_some(())?;
        let text = text.trim_matches('"');
        Some((calendar::parse(text)?, text.to_owned()))
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
        to.push('"');
        calendar::put_rfc3339(local, offset, to);
        to.push('"');
        true
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

    /// What a column with this value alone gives, or where `order` was shown by others.
    fn read(text: &str, order: Option<Order>, zone: &str) -> String {
        let mut column = Column::default();
        column.see(1, text);
        let stamp = column.decide(order).and_then(|()| column.read(1, text));
        told(stamp.ok(), zone)
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
            // Midnight at the end of the day.
            ("2026-05-04 24:00", None, "2026-05-05T00:00:00Z"),
            ("2026-12-31T24:00:00+02:00", None, "2027-01-01T00:00:00+02:00"),
            ("31/12/2026 24:00:00.000", day, "2027-01-01T00:00:00Z"),
            ("4. Mai 2026 24.00 Uhr", None, "2026-05-05T00:00:00Z"),
            ("Mon May 04 24:00:00 2026", None, "2026-05-05T00:00:00Z"),
            ("202605042400", None, "2026-05-05T00:00:00Z"),
            ("20260504T240000Z", None, "2026-05-05T00:00:00Z"),
            ("2026-02-28 24:00 CET", None, "2026-03-01T00:00:00+01:00"),
            ("2026-05-04 24:01", None, "?"),
            ("2026-05-04 24:00:01", None, "?"),
            ("2026-05-04 24:00 PM", None, "?"),
            ("2026-05-04 13:00 PM", None, "?"),
            ("2026-05-04T09:30:00+25:00", None, "?"),
            ("1/2/24", day, "?"),
            ("May 4, 2026", None, "2026-05-04T00:00:00Z"),
            ("4. Mai 2026 09:30 Uhr", None, "2026-05-04T09:30:00Z"),
            ("lundi 4 mai 2026 à 09h30", None, "2026-05-04T09:30:00Z"),
            ("4 de mayo de 2026", None, "2026-05-04T00:00:00Z"),
            ("04-MAY-2026 09.30.15 PM", None, "2026-05-04T21:30:15Z"),
            ("Mon, 4 May 2026 09:30:00 +0200", None, "2026-05-04T09:30:00+02:00"),
            (
                "Mon May 04 2026 09:30:00 GMT+0200 (Central European Summer Time)",
                None,
                "2026-05-04T09:30:00+02:00",
            ),
            ("Mon May  4 09:30:00 2026", None, "2026-05-04T09:30:00Z"),
            ("May 4, 2026 at 2:10\u{202f}PM", None, "2026-05-04T14:10:00Z"),
            ("Monday, May 4, 2026 2 pm", None, "2026-05-04T14:00:00Z"),
            ("2026-05-14 2:10 p.m.", None, "2026-05-14T14:10:00Z"),
            ("2026-05-14 12:10 a. m.", None, "2026-05-14T00:10:00Z"),
            ("2026-05-04T09:30+02:00[Europe/Berlin]", None, "2026-05-04T09:30:00+02:00"),
            ("2026.05.04 09.30", None, "2026-05-04T09:30:00Z"),
            ("2026. 5. 4. 9:30", None, "2026-05-04T09:30:00Z"),
            ("2026\u{5e74}5\u{6708}4\u{65e5} 9:30", None, "2026-05-04T09:30:00Z"),
            ("2026/07/01 10:00:00.000", None, "2026-07-01T10:00:00Z"),
            ("2026/14/05", None, "2026-05-14T00:00:00Z"),
            ("2026-14-05T09:00", None, "?"),
            ("05.14.2026", None, "2026-05-14T00:00:00Z"),
            ("Mon 5/4/2026", Some(Order::MonthFirst), "2026-05-04T00:00:00Z"),
        ] {
            assert_eq!(read(text, order, "UTC"), expected, "{text}");
        }
    }

    #[test]
    fn digits_are_dates_before_they_are_counts() {
        let day = Some(Order::DayFirst);
        for (text, order, expected) in [
            ("202605040930", None, "2026-05-04T09:30:00Z"),
            ("20260504093015", None, "2026-05-04T09:30:15Z"),
            ("20260504093015.0Z", None, "2026-05-04T09:30:15Z"),
            ("20260504T093015Z", None, "2026-05-04T09:30:15Z"),
            ("20260504 09:30", None, "2026-05-04T09:30:00Z"),
            ("20260504093015250", None, "2026-05-04T09:30:15.250Z"),
            ("20260504.0", None, "2026-05-04T00:00:00Z"),
            ("2026050409", None, "?"),
            ("20261304", None, "?"),
            ("1777885200000.0", None, "2026-05-04T09:00:00Z"),
            ("1.7778852E+9", None, "2026-05-04T09:00:00Z"),
            ("1.77789E+12", None, "?"),
            ("1777885200000000", None, "2026-05-04T09:00:00Z"),
            ("1777885200000000123", None, "2026-05-04T09:00:00Z"),
            ("638829378000000000", None, "?"),
            ("133903890000000000", None, "?"),
            ("46146.375", None, "2026-05-04T09:00:00Z"),
            ("46147.4166666667", None, "2026-05-05T10:00:00Z"),
            ("46147,41667", None, "2026-05-05T10:00:00Z"),
            ("46146", None, "2026-05-04T00:00:00Z"),
            ("04/05/26", day, "?"),
            ("04-May-26 02:30 PM", None, "2026-05-04T14:30:00Z"),
            ("31.Dez.99", None, "1999-12-31T00:00:00Z"),
            ("May 4, 26", None, "?"),
            ("26-May-2004-7", None, "?"),
            ("4 listopad 2026", None, "?"),
            ("2026-05-04 09:30 CEST", None, "2026-05-04T09:30:00+02:00"),
            ("2026-05-04 09:30 Europe/Berlin", None, "2026-05-04T09:30:00+02:00"),
            ("2026-01-04 09:30 [Europe/Berlin]", None, "2026-01-04T09:30:00+01:00"),
            ("Mon May 04 09:30:00 CEST 2026", None, "2026-05-04T09:30:00+02:00"),
            ("Mon May 04 09:30:00 -0500 2026", None, "2026-05-04T09:30:00-05:00"),
            ("2026. 5. 4. 오후 2:30:00", None, "2026-05-04T14:30:00Z"),
            ("2026年5月4日 午前12時", None, "2026-05-04T00:00:00Z"),
            ("/Date(1777885200000+0200)/", None, "2026-05-04T09:00:00Z"),
            // Several zones have these names.
            ("2026-05-04 09:30 IST", None, "?"),
            ("2026-05-04 09:30 Cuba", None, "?"),
            ("2026-05-04 09:30:00 rest", None, "?"),
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
        let midnight = parts::Parts::of("2026-05-04T00:00:00Z").unwrap().stamp(Order::MonthFirst).unwrap();
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
        assert_eq!(read("seconds", "1.7778852E+9"), "2026-05-04T09:00:00Z");
        assert_eq!(read("seconds", "1.77789E+9"), "?");
        assert_eq!(read("seconds", "-86400"), "1969-12-31T00:00:00Z");
        assert_eq!(read("nanoseconds", "1777885200000000123"), "2026-05-04T09:00:00Z");
        assert_eq!(read("excel", "46146.375"), "2026-05-04T09:00:00Z");
        assert_eq!(read("excel-1904", "44684.375"), "2026-05-04T09:00:00Z");
        assert_eq!(read("%m/%d/%Y, %I:%M %p", "5/14/2026, 2:10\u{202f}p.m."), "2026-05-14T14:10:00Z");
        assert_eq!(read("%d/%m/%Y %H", "14/05/2026 09"), "2026-05-14T09:00:00Z");
        for wrong in ["%H:%M", "%Q", "day first", "", "%d/%m/%Y %I:%M"] {
            assert!(Stated::named(wrong).is_err(), "{wrong}");
        }
    }
}
