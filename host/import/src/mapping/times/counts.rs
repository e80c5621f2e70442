//! Times that are numbers: seconds and their parts since 1970, and the days of spreadsheets.
//!
//! A number that nobody explains is taken for a count only where it lies in the years 2000 to 2100: outside of them it
//! may be anything, such as the ticks of other systems.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime};

use super::{Form, Stamp};

/// Milliseconds since 1970 in which a number that nobody explains is a count.
const LIKELY: std::ops::Range<f64> = 946_684_800_000.0..4_102_444_800_000.0;
/// The same years as days of a spreadsheet.
const LIKELY_DAYS: std::ops::Range<f64> = 36_526.0..73_050.0;
/// Digits that are left of a long number where a spreadsheet has shortened it.
const SHORTENED_DIGITS: usize = 6;

/// A number as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    /// Digits before the point.
    pub(super) whole: &'a str,
    /// Digits behind it.
    pub(super) fraction: &'a str,
    has_power: bool,
    value: f64,
}

impl<'a> Number<'a> {
    /// Reads `46146.375`, `46146,375` or `1.7778852E+9`.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, Some(power.parse::<i16>().ok()?)),
            None => (text, None),
        };
        let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || text.len() > 40 || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let value = text.replace(',', ".").parse().ok()?;
        Some(Self { whole, fraction, has_power: power.is_some(), value })
    }

    /// Whether a spreadsheet may have left digits out: of `1777885200000` it shows `1.77789E+12`.
    pub(super) fn may_be_shortened(&self) -> bool {
        self.has_power && self.whole.len() + self.fraction.len() <= SHORTENED_DIGITS
    }

    /// Whether nothing but zeros is behind the point.
    pub(super) fn is_whole(&self) -> bool {
        !self.has_power && self.fraction.bytes().all(|digit| digit == b'0')
    }

    /// The instant that is this many of `form` after 1970.
    pub(super) fn since_1970(&self, form: Form) -> Option<Stamp> {
        let parts = match form {
            Form::Seconds => 1,
            Form::Milliseconds => 1_000,
            Form::Microseconds => 1_000_000,
            Form::Nanoseconds => 1_000_000_000,
            _ => return None,
        };
        if self.is_whole() {
            // Not every number of nanoseconds is a float.
            let number: i128 = self.whole.parse().ok()?;
            return Stamp::of_milliseconds(i64::try_from(number * 1_000 / parts).ok()?);
        }
        let milliseconds = self.value * 1_000.0 / to_float(parts);
        #[expect(clippy::cast_possible_truncation, reason = "far inside the range, as was looked at")]
        let whole = (milliseconds.abs() < 1e15).then_some(milliseconds.round() as i64)?;
        Stamp::of_milliseconds(whole)
    }

    /// The instant that is this many of `form` before 1970.
    pub(super) fn before_1970(&self, form: Form) -> Option<Stamp> {
        let after = self.since_1970(form)?;
        let zero = DateTime::UNIX_EPOCH.naive_utc();
        let at = zero - (after.date.and_time(after.time?) - zero);
        Some(Stamp { date: at.date(), time: Some(at.time()), offset: Some(0) })
    }

    /// The count that it must be if it is one.
    pub(super) fn likely(&self) -> Option<(Form, Stamp)> {
        if self.may_be_shortened() {
            return None;
        }
        let forms = [
            (Form::Seconds, 1e-3),
            (Form::Milliseconds, 1.0),
            (Form::Microseconds, 1e3),
            (Form::Nanoseconds, 1e6),
        ];
        let (form, _) = forms.into_iter().find(|(_, parts)| LIKELY.contains(&(self.value / parts)))?;
        Some((form, self.since_1970(form)?))
    }

    /// Whether it may be a day of a spreadsheet.
    pub(super) fn is_likely_day(&self) -> bool {
        !self.has_power && LIKELY_DAYS.contains(&self.value)
    }

    /// The day of a spreadsheet, with its time where there is a fraction.
    pub(super) fn day(&self, from_1904: bool) -> Option<Stamp> {
        // The first two months of 1900 are counted differently, and nobody means them.
        if self.has_power || !(61.0..200_000.0).contains(&self.value) {
            return None;
        }
        let zero = if from_1904 {
            NaiveDate::from_ymd_opt(1904, 1, 1)
        } else {
            NaiveDate::from_ymd_opt(1899, 12, 30)
        };
        let date = zero? + Duration::days(self.whole.parse().ok()?);
        if self.fraction.bytes().all(|digit| digit == b'0') {
            return Some(Stamp { date, time: None, offset: None });
        }
        let part: f64 = format!("0.{}", self.fraction).parse().ok()?;
        let milliseconds = part * 86_400_000.0;
        // What is written is no more exact than its last digit: a time so near to a whole second is one.
        let digits = i32::try_from(self.fraction.len()).ok()?;
        let is_second = ((milliseconds / 1000.0).round() * 1000.0 - milliseconds).abs()
            <= 0.5 + 43_200_000.0 * 10_f64.powi(-digits);
        let rounded = if is_second && digits > 3 {
            (milliseconds / 1000.0).round() * 1000.0
        } else {
            milliseconds.round()
        };
        #[expect(clippy::cast_possible_truncation, reason = "the milliseconds of one day")]
        let at = date.and_time(NaiveTime::MIN) + Duration::milliseconds(rounded as i64);
        Some(Stamp { date: at.date(), time: Some(at.time()), offset: None })
    }
}

fn to_float(parts: i128) -> f64 {
    let parts = u32::try_from(parts).unwrap_or(u32::MAX);
    f64::from(parts)
}

impl Stamp {
    /// An instant since 1970.
    pub(super) fn of_milliseconds(at: i64) -> Option<Self> {
        let at = DateTime::from_timestamp_millis(at)?.naive_utc();
        Some(Self { date: at.date(), time: Some(at.time()), offset: Some(0) })
    }
}
