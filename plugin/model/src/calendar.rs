//! Instants as text, and local midnights.
//!
//! Which week something counts in is the engine's business.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDateTime, SecondsFormat, Timelike, Utc};

use crate::ndjson::rfc3339;

#[cfg(feature = "zones")]
mod zone;
#[cfg(feature = "zones")]
pub use zone::Zone;

/// Milliseconds since 1970-01-01T00:00:00Z, as in the contract.
pub type Instant = i64;

/// Milliseconds of a day of 24 hours.
pub const DAY_MS: i64 = 86_400_000;
/// Milliseconds of a week of 168 hours.
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// The years the contract knows: 1900 to 2199.
const INSTANTS: std::ops::Range<Instant> = -2_208_988_800_000..7_258_118_400_000;

/// Reads an RFC 3339 instant of the years 1900 to 2199.
pub fn parse(text: &str) -> Option<Instant> {
    let by_chrono = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis());
    let at = rfc3339::read(text).or_else(by_chrono)?;
    INSTANTS.contains(&at).then_some(at)
}

/// Writes an instant as RFC 3339 in UTC, with milliseconds only where there are some.
pub fn format(at: Instant) -> String {
    let form = if at.rem_euclid(1000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
    utc(at).to_rfc3339_opts(form, true)
}

/// Writes a number with zeros before it, so that it has at least so many digits.
pub fn put_digits(number: u32, width: u32, to: &mut String) {
    let mut divisor = 10_u32.pow(width.saturating_sub(1));
    while divisor > 0 {
        to.push(char::from(b'0' + u8::try_from(number / divisor % 10).unwrap_or_default()));
        divisor /= 10;
    }
}

/// Writes a local time as RFC 3339, with milliseconds only where there are some. `offset`: whole minutes ahead of UTC, in
/// seconds.
pub fn put_rfc3339(local: NaiveDateTime, offset: i32, to: &mut String) {
    let (date, time) = (local.date(), local.time());
    match date.year() {
        year @ 0..=9999 => put_digits(year.unsigned_abs(), 4, to),
        // As ISO 8601 has them. Writing to a `String` cannot fail.
        year => write!(to, "{year:+05}").unwrap_or_default(),
    }
    for (before, number) in [
        ('-', date.month()),
        ('-', date.day()),
        ('T', time.hour()),
        (':', time.minute()),
        (':', time.second()),
    ] {
        to.push(before);
        put_digits(number, 2, to);
    }
    let milliseconds = time.nanosecond() / 1_000_000 % 1000;
    if milliseconds > 0 {
        to.push('.');
        put_digits(milliseconds, 3, to);
    }
    if offset == 0 {
        to.push('Z');
        return;
    }
    let minutes = offset.unsigned_abs() / 60;
    to.push(if offset < 0 { '-' } else { '+' });
    put_digits(minutes / 60, 2, to);
    to.push(':');
    put_digits(minutes % 60, 2, to);
}

fn utc(at: Instant) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_and_written() {
        for (text, written) in [
            ("2026-05-09T02:00:00+02:00", Some("2026-05-09T00:00:00Z")),
            ("2026-05-09T00:00:00.25Z", Some("2026-05-09T00:00:00.250Z")),
            ("1900-01-01T00:00:00Z", Some("1900-01-01T00:00:00Z")),
            ("1899-12-31T23:59:59Z", None),
            ("2199-12-31T23:59:59Z", Some("2199-12-31T23:59:59Z")),
            ("2200-01-01T00:00:00Z", None),
            ("2026-02-29T00:00:00Z", None),
            ("2026-05-09", None),
        ] {
            assert_eq!(parse(text).map(format).as_deref(), written, "{text}");
        }
    }
}
