//! Instants as text, and local midnights: all that the host has to know of calendars.
//!
//! Which week something counts in is the plugin's business.

use std::fmt::Write;

use chrono::{
    DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;

use redtape_model::ndjson::rfc3339;

/// Milliseconds since 1970-01-01T00:00:00Z, as in the contract.
pub type Instant = i64;

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
pub(crate) fn put_digits(number: u32, width: u32, to: &mut String) {
    let mut divisor = 10_u32.pow(width.saturating_sub(1));
    while divisor > 0 {
        to.push(char::from(b'0' + u8::try_from(number / divisor % 10).unwrap_or_default()));
        divisor /= 10;
    }
}

/// Writes a local time as RFC 3339, with milliseconds only where there are some. `offset`: whole minutes ahead of UTC, in
/// seconds.
pub(crate) fn put_rfc3339(local: NaiveDateTime, offset: i32, to: &mut String) {
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

/// Days of one time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Default for Zone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl From<Tz> for Zone {
    fn from(zone: Tz) -> Self {
        Self(zone)
    }
}

impl Zone {
    /// The zone of an IANA name, such as `Europe/London`.
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// Its IANA name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The local date of `at`.
    pub fn date(&self, at: Instant) -> NaiveDate {
        utc(at).with_timezone(&self.0).date_naive()
    }

    /// The first instant of a local date. Where the zone skips midnight: the first one after the gap.
    pub fn midnight(&self, date: NaiveDate) -> Instant {
        let mut local = date.and_time(NaiveTime::MIN);
        // Gaps begin and end at any second (Monrovia 1972: 44 min 30 s); the longest is a day (Samoa 2011).
        for _ in 0..2 * 86_400 {
            if let Some(at) = self.0.from_local_datetime(&local).earliest() {
                return at.timestamp_millis();
            }
            local += Duration::seconds(1);
        }
        local.and_utc().timestamp_millis()
    }

    /// Whether it is UTC, whose local time needs no reckoning.
    pub fn is_utc(&self) -> bool {
        self.0 == Tz::UTC
    }

    /// The instant of a local time. One that the zone skips is as long after the gap; of one that comes twice it is the
    /// first.
    pub fn instant(&self, local: NaiveDateTime) -> Instant {
        if let Some(at) = self.0.from_local_datetime(&local).earliest() {
            return at.timestamp_millis();
        }
        // Before the gap the clock ran by another offset; the longest gap is a day.
        let before = (1..=48).find_map(|hours| {
            self.0.from_local_datetime(&(local - Duration::hours(hours))).latest().map(|at| at.offset().fix())
        });
        let offset = before.map_or(0, |offset| offset.local_minus_utc());
        local.and_utc().timestamp_millis() - i64::from(offset) * 1000
    }

    /// The local time of an instant, and how many seconds it is ahead of UTC.
    pub fn local(&self, at: Instant) -> (NaiveDateTime, i32) {
        let local = utc(at).with_timezone(&self.0);
        (local.naive_local(), local.offset().fix().local_minus_utc())
    }

    /// The last millisecond of a local date such as `2026-05-09`, of the years 1900 to 2199.
    pub fn end_of(&self, date: &str) -> Option<Instant> {
        let end = self.midnight(date.parse::<NaiveDate>().ok()?.checked_add_days(Days::new(1))?) - 1;
        INSTANTS.contains(&end).then_some(end)
    }

    /// The local midnight that begins the day of `at`, and the first one after `at`.
    pub fn day(&self, at: Instant) -> (Instant, Instant) {
        let date = self.date(at);
        let start = self.midnight(date);
        // A clock set back across midnight lets a date come twice; then the later midnight is the border.
        let next = (1..=3).map(|days| self.midnight(date + Days::new(days))).find(|&next| next > at);
        (start.min(at), next.unwrap_or(at + 1))
    }

    /// The local midnight of the Monday on or before `at`, moved by `days`.
    pub fn monday(&self, at: Instant, days: u64) -> Instant {
        let date = self.date(at);
        let since_monday = Days::new(u64::from(date.weekday().num_days_from_monday()));
        self.midnight(date - since_monday + Days::new(days))
    }
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

    #[test]
    fn days_begin_at_local_midnight() {
        let london = Zone::named("Europe/London").unwrap();
        let (start, next) = london.day(parse("2026-03-29T12:00:00Z").unwrap());
        assert_eq!(
            (format(start), format(next)),
            ("2026-03-29T00:00:00Z".into(), "2026-03-29T23:00:00Z".into())
        );
        assert_eq!(london.day(start), (start, next));
        assert_eq!(london.day(next).0, next);
        let closes = london.monday(parse("2026-03-18T12:00:00Z").unwrap(), 14);
        assert_eq!(format(closes), "2026-03-29T23:00:00Z");
    }

    #[test]
    fn every_zone_moves_forward_at_each_midnight() {
        for zone in chrono_tz::TZ_VARIANTS {
            let zone = Zone(zone);
            let mut at = parse("2011-12-20T00:00:00Z").unwrap();
            for _ in 0..400 {
                let (start, next) = zone.day(at);
                assert!(start <= at && at < next, "{} {}", zone.name(), format(at));
                at = next;
            }
        }
    }
}
