//! Dates, times and lengths as calendars write them.
//!
//! Which instant a local time is, is the business of `zone.rs`.

use chrono::{Days, Duration, NaiveDate, NaiveDateTime, NaiveTime};

/// What a date or a time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Time {
    /// A whole day.
    Date(NaiveDate),
    /// By a clock on the wall of some zone.
    Local(NaiveDateTime),
    /// In UTC.
    Utc(NaiveDateTime),
}

impl Time {
    /// Reads `20260504`, `20260504T090000` or `20260504T090000Z`, also with the signs and the offsets of ISO 8601.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(at) = of_offset(text) {
            return Some(Self::Utc(at));
        }
        let compact = compact(text);
        let text = compact.as_deref().unwrap_or(text);
        let date_of = |text: &str| {
            let number = |from: usize, to: usize| digits(text.get(from..to)?);
            NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(4, 6)?, number(6, 8)?)
        };
        let Some((date, time)) = text.split_once(['T', 't']) else {
            return (text.len() == 8).then(|| date_of(text))?.map(Self::Date);
        };
        let date = (date.len() == 8).then(|| date_of(date))??;
        let (time, is_utc) = time.strip_suffix(['Z', 'z']).map_or((time, false), |time| (time, true));
        let number = |from: usize, to: usize| digits(time.get(from..to)?);
        // A leap second is the last one of its minute.
        let second = if time.len() == 4 { 0 } else { number(4, 6)?.min(59) };
        let is_long_enough = matches!(time.len(), 4 | 6);
        let (hour, minute) = (number(0, 2)?, number(2, 4)?);
        // In ISO 8601 a day ends at 24:00.
        let is_day_end = (hour, minute, second) == (24, 0, 0);
        let date = if is_day_end { date.succ_opt()? } else { date };
        let time = NaiveTime::from_hms_opt(if is_day_end { 0 } else { hour }, minute, second)?;
        let at = date.and_time(time);
        is_long_enough.then_some(if is_utc { Self::Utc(at) } else { Self::Local(at) })
    }

    /// As it is written, with midnight for a date.
    pub(super) fn naive(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Local(at) | Self::Utc(at) => at,
        }
    }

    pub(super) fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }
}

/// How long something takes: days by the clock on the wall, then seconds that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) days: u64,
    pub(super) seconds: i64,
}

impl Length {
    /// Reads `PT1H30M`, `P1D` or `P2W`; a negative one is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let mut rest = text.strip_prefix('+').unwrap_or(&text).strip_prefix('P')?;
        let (mut length, mut in_time) = (Self::default(), false);
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('T').filter(|_| !in_time) {
                (rest, in_time) = (after, true);
                continue;
            }
            let unit_at = rest.find(|letter: char| !letter.is_ascii_digit())?;
            let number = i64::from(digits(rest.get(..unit_at)?)?);
            match (rest.as_bytes().get(unit_at)?, in_time) {
                (b'W', false) => length.days += 7 * number.unsigned_abs(),
                (b'D', false) => length.days += number.unsigned_abs(),
                (b'H', true) => length.seconds += 3600 * number,
                (b'M', true) => length.seconds += 60 * number,
                (b'S', true) => length.seconds += number,
                _ => return None,
            }
            rest = rest.get(unit_at + 1..)?;
        }
        Some(length)
    }

    /// The local time so many days later; none where calendars end.
    pub(super) fn days_after(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        local.checked_add_days(Days::new(self.days))
    }

    /// The instant so many seconds later.
    pub(super) fn seconds_after(self, utc: NaiveDateTime) -> Option<NaiveDateTime> {
        utc.checked_add_signed(Duration::try_seconds(self.seconds)?)
    }
}

/// The instant of a time with an offset, such as `20260504T090000+0200`, which the format does not have.
fn of_offset(text: &str) -> Option<NaiveDateTime> {
    let sign = text.rfind(['+', '-']).filter(|at| *at > text.find(['T', 't']).unwrap_or(text.len()))?;
    let (time, offset) = text.split_at_checked(sign)?;
    let Time::Local(at) = Time::read(time)? else { return None };
    at.checked_sub_signed(Duration::try_seconds(super::definition::offset(offset)?.into())?)
}

/// A date and a time without dashes and colons, where both were written as ISO 8601 shows them to people.
fn compact(text: &str) -> Option<String> {
    let (date, time) = text.split_at_checked(10)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 4 | 7));
    let (time, zulu) = time.strip_suffix(['Z', 'z']).map_or((time, ""), |time| (time, "Z"));
    // Parts of a second do not matter.
    let time = time.split_once('.').map_or(time, |(time, _)| time);
    is_date.then(|| format!("{}{}{zulu}", date.replace('-', ""), time.replace(':', "")))
}

/// A number of at most nine digits, and nothing else.
fn digits(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read() {
        let shown = |text: &str| Time::read(text).map(|time| format!("{time:?}"));
        assert_eq!(shown("20260228").as_deref(), Some("Date(2026-02-28)"));
        assert_eq!(shown("20260504T093000").as_deref(), Some("Local(2026-05-04T09:30:00)"));
        assert_eq!(shown("20260504t0930Z").as_deref(), Some("Utc(2026-05-04T09:30:00)"));
        assert_eq!(shown("20161231T235960Z").as_deref(), Some("Utc(2016-12-31T23:59:59)"));
        assert_eq!(shown("2026-05-04").as_deref(), Some("Date(2026-05-04)"));
        assert_eq!(shown("2026-05-04T09:30:00.000Z").as_deref(), Some("Utc(2026-05-04T09:30:00)"));
        assert_eq!(shown("2026-05-04T09:30:00+02:00").as_deref(), Some("Utc(2026-05-04T07:30:00)"));
        assert_eq!(shown("20260504T093000-0500").as_deref(), Some("Utc(2026-05-04T14:30:00)"));
        assert_eq!(shown("20261231T240000Z").as_deref(), Some("Utc(2027-01-01T00:00:00)"));
        assert_eq!(shown("2026-05-04T24:00").as_deref(), Some("Local(2026-05-05T00:00:00)"));
        for wrong in [
            "",
            "20260504T240001",
            "20260229",
            "2026-5-4",
            "2026-05-04 09:00",
            "20260504T090000+02000",
            "20260504T",
            "20260504T25",
            "20260504T250000",
            "20260504T0930000",
            "2026050",
        ] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lengths_are_read() {
        let read = |text: &str| Length::read(text).map(|length| (length.days, length.seconds));
        assert_eq!(read("PT1H30M"), Some((0, 5400)));
        assert_eq!(read("P1DT2H"), Some((1, 7200)));
        assert_eq!(read("+P2W"), Some((14, 0)));
        for wrong in ["", "P", "-PT1H", "PT1D", "P1H", "1H", "PTT1H", "PT9999999999S"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[P0-9TZHMSDW+-]{0,20}|\\PC{0,20}") {
            if let (Some(time), Some(length)) = (Time::read(&text), Length::read(&text)) {
                length.days_after(time.naive());
            }
            Time::read(&text);
        }
    }
}
