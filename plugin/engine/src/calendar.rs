//! Instants to weeks and back, in the policy's time zone.
//!
//! A week is a number: the Monday of week 0 is 1969-12-29. A daylight-saving change moves no activity to another week,
//! because the borders are local midnights.

use crate::activity::Instant;
use chrono::{DateTime, Datelike, Duration, NaiveDate, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use std::cell::Cell;

/// Weeks since the one of Monday 1969-12-29.
pub type Week = i32;

pub use redtape_model::calendar::{DAY_MS, WEEK_MS};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Weeks of one time zone, and when they close.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Tz,
    lateness_days: u32,
    // Activities come nearly in order, so the week asked for last is mostly the one asked for next.
    last: Cell<(Week, Instant, Instant)>,
}

impl Calendar {
    /// Weeks in `zone` that close `lateness_days` after their end.
    pub fn new(zone: Tz, lateness_days: u32) -> Self {
        Self { zone, lateness_days, last: Cell::new((0, 0, 0)) }
    }

    /// The week that `at` lies in.
    pub fn week_of(&self, at: Instant) -> Week {
        let (week, start, end) = self.last.get();
        if (start..end).contains(&at) {
            return week;
        }
        let mut week = week_of_date(self.local_date(at));
        // A clock set back across midnight makes one local date come twice: the borders decide.
        while self.start(week) > at {
            week -= 1;
        }
        while self.start(week + 1) <= at {
            week += 1;
        }
        self.last.set((week, self.start(week), self.start(week + 1)));
        week
    }

    /// The first instant of `week`.
    pub fn start(&self, week: Week) -> Instant {
        self.midnight(monday(week))
    }

    /// When `week` closes: the local midnight `lateness_days` after its last day.
    pub fn closes(&self, week: Week) -> Instant {
        self.midnight(monday(week + 1) + Duration::days(i64::from(self.lateness_days)))
    }

    /// The newest week that is closed at `now`.
    pub fn newest_closed(&self, now: Instant) -> Week {
        let mut week = self.week_of(now);
        while self.closes(week) > now {
            week -= 1;
        }
        week
    }

    /// Weekday (0: Monday) and hour of `at`, for deriving a series.
    pub fn weekday_hour(&self, at: Instant) -> (u32, u32) {
        let local = instant(at).with_timezone(&self.zone);
        (local.weekday().num_days_from_monday(), local.hour())
    }

    /// The local date of `at`, as people write it: `9 May 2026`.
    pub fn date(&self, at: Instant) -> String {
        let date = self.local_date(at);
        let month = MONTHS.get(date.month0() as usize).copied().unwrap_or_default();
        format!("{} {month} {}", date.day(), date.year())
    }

    fn local_date(&self, at: Instant) -> NaiveDate {
        instant(at).with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a local date. Where the zone skips midnight, the first one after the gap.
    fn midnight(&self, date: NaiveDate) -> Instant {
        let mut local = date.and_hms_opt(0, 0, 0).unwrap_or_default();
        // Gaps begin and end at any second (Monrovia 1972: 44 min 30 s); the longest is a day (Samoa 2011).
        for _ in 0..(2 * 86_400) {
            if let Some(at) = self.zone.from_local_datetime(&local).earliest() {
                return at.timestamp_millis();
            }
            local += Duration::seconds(1);
        }
        local.and_utc().timestamp_millis()
    }
}

/// `at` as a date and time; the epoch where it is out of chrono's range.
pub fn instant(at: Instant) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or_default()
}

fn monday(week: Week) -> NaiveDate {
    NaiveDate::default() + Duration::days(i64::from(week) * 7 - 3)
}

fn week_of_date(date: NaiveDate) -> Week {
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    Week::try_from((days + 3).div_euclid(7)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    fn calendar(zone: &str) -> Calendar {
        Calendar::new(zone.parse().unwrap(), 7)
    }

    #[test]
    fn a_week_begins_on_monday_at_local_midnight() {
        let london = calendar("Europe/London");
        let week = london.week_of(at("2026-05-10T22:59:59.999Z"));
        assert_eq!(
            london.week_of(at("2026-05-10T23:00:00Z")),
            week + 1,
            "British summer time is an hour ahead"
        );
        assert_eq!(calendar("UTC").week_of(at("2026-05-10T23:00:00Z")), week);
        assert_eq!(london.start(week + 1), at("2026-05-10T23:00:00Z"));
        assert_eq!(calendar("UTC").week_of(at("1969-12-29T00:00:00Z")), 0);
        assert_eq!(calendar("UTC").week_of(at("1969-12-28T23:59:59Z")), -1);
    }

    #[test]
    fn a_week_closes_at_a_local_midnight_also_across_a_clock_change() {
        let london = calendar("Europe/London");
        let week = london.week_of(at("2026-03-18T12:00:00Z"));
        assert_eq!(london.closes(week), at("2026-03-29T23:00:00Z"));
        assert_eq!(london.newest_closed(at("2026-03-29T22:59:59.999Z")), week - 1);
        assert_eq!(london.newest_closed(at("2026-03-29T23:00:00Z")), week);
    }

    #[test]
    fn every_zone_has_weeks_without_gap_or_overlap() {
        for zone in chrono_tz::TZ_VARIANTS {
            let calendar = Calendar::new(zone, 7);
            for week in (-3600..12_000).step_by(397) {
                let start = calendar.start(week);
                assert_eq!(calendar.week_of(start), week, "{zone} {week}");
                assert_eq!(calendar.week_of(start - 1), week - 1, "{zone} {week}");
            }
        }
        let monrovia = calendar("Africa/Monrovia");
        assert_eq!(monrovia.midnight("1972-01-07".parse().unwrap()), at("1972-01-07T00:44:30Z"));
        let apia = calendar("Pacific/Apia");
        let week = apia.week_of(at("2011-12-30T12:00:00Z"));
        assert_eq!(apia.closes(week) - apia.start(week), 2 * WEEK_MS - DAY_MS, "one day was skipped");
    }
}
