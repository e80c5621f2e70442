//! Whether the times of a snapshot are such as the engine writes; counts need no check, they saturate.
//!
//! The checksum finds accidents. A time beyond the calendar is a forgery, or a fault of whoever rewrote the snapshot, and
//! arithmetic must not meet it. What is made of times says itself whether they are plausible.

use crate::activity::{INSTANT_MAX, INSTANT_MIN, Instant};
use crate::calendar::{DAY_MS, WEEK_MS, Week};

/// Weeks begin before their activities, and retractions wait for 400 days.
const SLACK_MS: i64 = 500 * DAY_MS;

/// Whether `at` lies in the calendar.
pub(crate) fn instant(at: Instant) -> bool {
    (INSTANT_MIN - SLACK_MS..=INSTANT_MAX + SLACK_MS).contains(&at)
}

/// Whether `week` lies in the calendar.
pub(crate) fn week(week: Week) -> bool {
    instant(i64::from(week) * WEEK_MS)
}
