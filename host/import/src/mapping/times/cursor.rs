//! Text that is read from left to right.

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::names;
use super::parts::Beside;

/// Words between a date and its time of day.
const BEFORE_TIMES: &[&str] = &["at", "um", "om", "kl", "klo", "alle", "ore", "às", "à", "a las", "-"];
/// Names of the zone that needs no rules.
const UTC: &[&str] = &["Z", "UTC", "GMT"];
/// Short names of offsets, in hours east of Greenwich. Not `CST`, `IST` or `BST`: each of them is several.
const SHORT_ZONES: &[(&str, i32)] = &[
    ("UT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("CET", 1),
    ("CEST", 2),
    ("MEZ", 1),
    ("MESZ", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("EST", -5),
    ("EDT", -4),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("JST", 9),
    ("KST", 9),
    ("SGT", 8),
    ("HKT", 8),
    ("AEST", 10),
    ("AEDT", 11),
    ("NZST", 12),
    ("NZDT", 13),
];
/// The halves of the day in languages that write them before the hour.
const HALVES: &[(&str, bool)] = &[
    ("오전", false),
    ("오후", true),
    ("午前", false),
    ("午後", true),
    ("上午", false),
    ("下午", true),
    ("AM", false),
    ("PM", true),
];

/// What is left of a text, and whether the time of day that was read is 24:00.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a>(&'a str, bool);

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text, false)
    }

    /// Whether the time of day was 24:00: midnight at the end of its day, as ISO 8601 has it.
    pub(super) fn is_day_end(&self) -> bool {
        self.1
    }

    /// A time of day; at 24:00 the midnight that ends the day is that of the next one.
    pub(super) fn time(
        &mut self,
        hour: u32,
        minute: u32,
        second: u32,
        milliseconds: u32,
    ) -> Option<NaiveTime> {
        self.1 = (hour, minute, second, milliseconds) == (24, 0, 0, 0);
        NaiveTime::from_hms_milli_opt(if self.1 { 0 } else { hour }, minute, second, milliseconds)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_at(&self, bytes: &[u8]) -> bool {
        self.0.bytes().next().is_some_and(|byte| bytes.contains(&byte))
    }

    /// A number of at most `digits_max` digits, and how many it has.
    pub(super) fn number(&mut self, digits_max: usize) -> Option<(u32, usize)> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at_checked(digits)?;
        if digits == 0 || digits > digits_max {
            return None;
        }
        self.0 = rest;
        Some((number.bytes().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')), digits))
    }

    pub(super) fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let first = self.0.bytes().next().filter(|byte| bytes.contains(byte))?;
        self.0 = self.0.get(1..)?;
        Some(first)
    }

    pub(super) fn take_space(&mut self) -> bool {
        let rest = self.0.trim_start();
        let is_there = rest.len() < self.0.len();
        self.0 = rest;
        is_there
    }

    /// A word of letters.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let end = self.0.find(|letter: char| !letter.is_alphabetic()).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        self.0 = rest;
        Some(word)
    }

    /// Passes over the name of a day of the week.
    pub(super) fn day_of_week(&mut self) {
        let end =
            self.0.find(|letter: char| !letter.is_alphabetic() && letter != '-').unwrap_or(self.0.len());
        let name = self.0.split_at_checked(end).filter(|(name, _)| !name.is_empty() && names::is_day(name));
        if let Some((_, rest)) = name {
            self.0 = rest.trim_start_matches(['.', ',', ' ']);
        }
    }

    /// What stands between the parts of a date with names.
    pub(super) fn between_words(&mut self) {
        self.0 = self.0.trim_start_matches([' ', ',', '.', '-', '/']);
    }

    /// The ending of `4th`, or `1er`.
    pub(super) fn ordinal(&mut self) {
        for ending in ["st", "nd", "rd", "th", "er", "º", "ª"] {
            if let Some(rest) =
                self.0.strip_prefix(ending).filter(|rest| !rest.starts_with(char::is_alphabetic))
            {
                self.0 = rest;
                return;
            }
        }
    }

    /// Digits after a point or a comma, as milliseconds; none stand for zero.
    pub(super) fn fraction(&mut self) -> Option<u32> {
        let before = self.clone();
        if self.one_of(b".,").is_none() {
            return Some(0);
        }
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            *self = before;
            return None;
        }
        let (fraction, rest) = self.0.split_at_checked(digits)?;
        let digit = |at: usize| u32::from(fraction.as_bytes().get(at).map_or(0, |digit| digit - b'0'));
        self.0 = rest;
        Some(digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// A time of day as digits, after `T` or a blank: `T0930`, `T093000.250`.
    pub(super) fn time_of_digits(&mut self) -> Option<NaiveTime> {
        let before = self.clone();
        let time = self.digits_of_time();
        if time.is_none() {
            *self = before;
        }
        time
    }

    fn digits_of_time(&mut self) -> Option<NaiveTime> {
        self.one_of(b"Tt ")?;
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (time, rest) = self.0.split_at_checked(digits).filter(|_| matches!(digits, 2 | 4 | 6))?;
        if rest.starts_with(':') {
            return None;
        }
        self.0 = rest;
        let part = |at: usize| time.get(at..at + 2).map_or(Some(0), |digits| digits.parse().ok());
        let milliseconds = if digits == 6 { self.fraction()? } else { 0 };
        self.time(part(0)?, part(2)?, part(4)?, milliseconds)
    }

    /// The time of day, where there is one: `Some(None)` at the end of the text.
    pub(super) fn time_of_day(&mut self) -> Option<Option<NaiveTime>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let is_separated = self.one_of(b"Tt,").is_some();
        let is_separated = self.take_space() || is_separated;
        for word in BEFORE_TIMES {
            let rest = self.0.strip_prefix(word).map(|rest| rest.strip_prefix('.').unwrap_or(rest));
            if let Some(rest) = rest.and_then(|rest| rest.strip_prefix(' ')) {
                self.0 = rest;
                break;
            }
        }
        if self.0.is_empty() {
            return is_separated.then_some(None);
        }
        is_separated.then(|| self.clock()).flatten().map(Some)
    }

    /// A time of day that does not end the text.
    pub(super) fn clock_alone(&mut self) -> Option<NaiveTime> {
        let before = self.clone();
        let time = self.clock();
        if time.is_none() {
            *self = before;
        }
        time
    }

    fn clock(&mut self) -> Option<NaiveTime> {
        let half_before = HALVES.iter().find(|(written, _)| self.0.starts_with(written)).copied();
        if let Some((written, _)) = half_before {
            self.0 = self.0.get(written.len()..)?.trim_start();
        }
        let (mut hour, _) = self.number(2)?;
        let (mut minute, mut second, mut milliseconds) = (0, 0, 0);
        let separator = self.one_of(b":.hH");
        match separator {
            Some(separator) => {
                minute = self.number(2)?.0;
                if self.seconds_follow(separator) {
                    self.one_of(b":.")?;
                    second = self.number(2)?.0;
                    milliseconds = self.parts_of_second()?;
                }
            }
            // Only with a half of the day an hour stands alone.
            None => {
                let _ = half_before.map(|(_, half)| half).or_else(|| self.clone().half())?;
            }
        }
        if let Some(is_afternoon) = half_before.map(|(_, half)| half).or_else(|| self.half()) {
            hour = (1..=12).contains(&hour).then_some(hour % 12 + if is_afternoon { 12 } else { 0 })?;
        }
        for word in ["Uhr", "uhr", "h"] {
            let rest = self
                .0
                .trim_start()
                .strip_prefix(word)
                .filter(|rest| rest.is_empty() || rest.starts_with(' '));
            self.0 = rest.unwrap_or(self.0);
        }
        // A leap second is the moment after it.
        let time = self.time(hour, minute, second.min(59), milliseconds)?;
        (second <= 60).then_some(time)
    }

    fn seconds_follow(&self, separator: u8) -> bool {
        let is_number = |rest: &str| rest.starts_with(|digit: char| digit.is_ascii_digit());
        match separator {
            b'.' => self.0.strip_prefix('.').is_some_and(is_number),
            _ => self.0.strip_prefix(':').is_some_and(is_number),
        }
    }

    /// `.250`, or `:250` as some databases have it.
    fn parts_of_second(&mut self) -> Option<u32> {
        if let Some(digits) = self.0.strip_prefix(':').and_then(|rest| rest.get(..3))
            && let Ok(milliseconds) = digits.parse()
        {
            self.0 = self.0.get(4..)?;
            return Some(milliseconds);
        }
        self.fraction()
    }

    /// Whether `PM` or `AM` follows, however they are written.
    fn half(&mut self) -> Option<bool> {
        let rest = self.0.trim_start();
        let is_afternoon = match rest.bytes().next()? {
            b'a' | b'A' => false,
            b'p' | b'P' => true,
            _ => return None,
        };
        let rest = rest.get(1..)?;
        let rest = rest.strip_prefix('.').unwrap_or(rest).trim_start();
        let rest = rest.strip_prefix(['m', 'M'])?;
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        self.0 = rest;
        (!rest.starts_with(char::is_alphabetic)).then_some(is_afternoon)
    }

    /// The offset or the zone, where there is one: `Some(None)` at the end of the text.
    pub(super) fn offset(&mut self) -> Option<Option<Beside>> {
        self.take_space();
        if self.0.is_empty() {
            return Some(None);
        }
        if let Some(zone) = self.zone() {
            return Some(Some(zone));
        }
        let name =
            UTC.iter().find(|name| self.0.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)));
        if let Some(name) = name {
            self.0 = self.0.get(name.len()..)?;
        }
        let seconds = match self.one_of(b"+-") {
            Some(sign) => self.hours_and_minutes(sign)?,
            None => name.map(|_| 0)?,
        };
        // The name of the zone beside its offset, as browsers and Java write it.
        self.take_space();
        let is_named = [('(', ')'), ('[', ']')]
            .iter()
            .any(|(open, close)| self.0.starts_with(*open) && self.0.ends_with(*close));
        if is_named {
            self.0 = "";
        }
        Some(Some(Beside::Offset(seconds)))
    }

    /// The name of a zone at the end of the text: `CEST`, `Europe/Berlin`, also in brackets.
    fn zone(&mut self) -> Option<Beside> {
        let name = self.0.trim_matches(['[', ']', '(', ')']);
        let found = short_zone(name).or_else(|| {
            // Single words are names of countries and of offsets that are no longer in use.
            let zone: Tz = name.contains('/').then(|| name.parse().ok())??;
            Some(Beside::Zone(zone))
        })?;
        self.0 = "";
        Some(found)
    }

    /// A short name of a zone, or an offset, that stands between a time of day and its year.
    pub(super) fn zone_within(&mut self) -> Option<Beside> {
        let rest = self.0.strip_prefix(' ')?;
        let (word, rest) = rest.split_once(' ')?;
        let found = match word.as_bytes() {
            [sign @ (b'+' | b'-'), ..] => {
                let mut digits = Self::new(word.get(1..)?);
                Beside::Offset(digits.hours_and_minutes(*sign).filter(|_| digits.is_at_end())?)
            }
            _ if UTC.contains(&word) => Beside::Offset(0),
            _ => short_zone(word)?,
        };
        self.0 = rest;
        Some(found)
    }

    fn hours_and_minutes(&mut self, sign: u8) -> Option<i32> {
        let (number, digits) = self.number(4)?;
        let (hours, minutes) = match digits {
            4 => (number / 100, number % 100),
            1 | 2 if self.one_of(b":").is_some() => (number, self.number(2)?.0),
            1 | 2 => (number, 0),
            _ => return None,
        };
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
    }
}

fn short_zone(name: &str) -> Option<Beside> {
    let (_, hours) = SHORT_ZONES.iter().find(|(short, _)| *short == name)?;
    Some(Beside::Offset(hours * 3600))
}
