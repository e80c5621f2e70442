//! What a cell holds, and how programs and countries write it.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};

/// What all cells of a column are, as far as they are not blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A date, or a date with a time of day.
    Time,
    /// A measure: a length, a version.
    Number,
    /// Digits that are a name.
    Digits,
    /// Anything else.
    Text,
}

/// A value without its writing.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Blank,
    /// True or false.
    Flag(bool),
    /// A wall clock, and whether there is a time of day.
    Time(NaiveDateTime, bool),
    /// A number, as digits with a decimal point.
    Number(String),
    /// A text.
    Text(String),
}

/// Who writes dates and numbers in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// `5/14/2026, 9:30:00 AM`, `1.5`.
    Us,
    /// `14/05/2026, 09:30:00`, `1.5`.
    Gb,
    /// `14.5.2026, 09:30:00`, `1,5`.
    De,
    /// `14/05/2026 09:30:00`, `1,5`.
    Fr,
    /// `2026/5/14 9:30:00`, `1.5`.
    Jp,
}

impl Locale {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 5] = [
        ("en-US", Self::Us),
        ("en-GB", Self::Gb),
        ("de-DE", Self::De),
        ("fr-FR", Self::Fr),
        ("ja-JP", Self::Jp),
    ];

    /// A cell as its people write it.
    pub fn write(self, cell: &Cell) -> String {
        match cell {
            Cell::Blank => String::new(),
            Cell::Flag(flag) => flag.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Number(digits) if matches!(self, Self::De | Self::Fr) => digits.replace('.', ","),
            Cell::Number(digits) => digits.clone(),
            Cell::Time(at, has_time) => {
                let form = match (self, has_time) {
                    (Self::Us, true) => "%-m/%-d/%Y, %-I:%M:%S %p",
                    (Self::Us, false) => "%-m/%-d/%Y",
                    (Self::Gb, true) => "%d/%m/%Y, %H:%M:%S",
                    (Self::Gb, false) | (Self::Fr, false) => "%d/%m/%Y",
                    (Self::De, true) => "%-d.%-m.%Y, %H:%M:%S",
                    (Self::De, false) => "%-d.%-m.%Y",
                    (Self::Fr, true) => "%d/%m/%Y %H:%M:%S",
                    (Self::Jp, true) => "%Y/%-m/%-d %-H:%M:%S",
                    (Self::Jp, false) => "%Y/%-m/%-d",
                };
                at.format(form).to_string()
            }
        }
    }
}

impl Cell {
    /// A text of a column of a kind.
    pub fn of(kind: Kind, text: &str) -> Self {
        let read = match kind {
            _ if text.trim().is_empty() => Some(Self::Blank),
            Kind::Flag => flag(text).map(Self::Flag),
            Kind::Time => time(text).map(|(at, has_time)| Self::Time(at, has_time)),
            Kind::Number => number(text).then(|| Self::Number(text.to_owned())),
            Kind::Digits | Kind::Text => None,
        };
        read.unwrap_or_else(|| Self::Text(text.to_owned()))
    }

    /// As ISO 8601, numbers with a point, `true` and `false`.
    pub fn plain(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(text) | Self::Text(text) => text.clone(),
            Self::Time(at, true) => at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string(),
            Self::Time(at, false) => at.format("%Y-%m-%d").to_string(),
        }
    }

    /// The days since the end of 1899, as Excel counts; a text where it is no time.
    pub fn serial(&self) -> Option<f64> {
        let Self::Time(at, _) = self else { return None };
        let days = at.date().num_days_from_ce() - NaiveDate::from_ymd_opt(1899, 12, 30)?.num_days_from_ce();
        let seconds = f64::from(at.time().num_seconds_from_midnight());
        Some(f64::from(days) + seconds / 86_400.0)
    }

    /// The same so many days later, where it is a time.
    pub fn later(self, days: u64) -> Self {
        match self {
            Self::Time(at, has_time) => Self::Time(at + chrono::Days::new(days), has_time),
            other => other,
        }
    }
}

/// The kind of a column, by its name and all that is in it.
pub(super) fn kind<'a>(name: &str, cells: impl Iterator<Item = &'a str> + Clone) -> Kind {
    let filled = || cells.clone().filter(|cell| !cell.trim().is_empty());
    let all = |is: &dyn Fn(&str) -> bool| filled().next().is_some() && filled().all(is);
    let name = name.to_lowercase();
    let is_flag = ["deleted", "done", "isallday", "allday", "active"].contains(&name.as_str());
    let is_measure = name.contains("duration") || name == "versionnumber";
    // A measure with a word in it is one as well: its fault stays one.
    let mostly = |is: &dyn Fn(&str) -> bool| filled().filter(|cell| is(cell)).count() * 2 > filled().count();
    if all(&|cell| flag(cell).is_some() && (is_flag || number(cell).then_some(()).is_none())) {
        Kind::Flag
    } else if all(&|cell| time(cell).is_some()) {
        Kind::Time
    } else if is_measure && mostly(&number) {
        Kind::Number
    } else if all(&|cell| cell.bytes().all(|byte| byte.is_ascii_digit())) {
        Kind::Digits
    } else {
        Kind::Text
    }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_digit()) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A time as fixtures write them, to the second, for most dialects know no more; what has an offset is told in UTC.
fn time(text: &str) -> Option<(NaiveDateTime, bool)> {
    let (at, has_time) = to_the_millisecond(text)?;
    Some((at.with_nanosecond(0)?, has_time))
}

fn to_the_millisecond(text: &str) -> Option<(NaiveDateTime, bool)> {
    for form in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        if let Ok(at) = DateTime::parse_from_str(&text.replace('Z', "+00:00"), form) {
            return Some((at.naive_utc(), true));
        }
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%m/%d/%Y %H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, form) {
            return Some((at, true));
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some((date.and_hms_opt(0, 0, 0)?, false))
}
