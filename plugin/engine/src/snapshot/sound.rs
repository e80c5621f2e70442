//! Whether the times of a snapshot are such as the engine writes; counts need no check, they saturate.
//!
//! The checksum finds accidents. A time beyond the calendar is a forgery, or a fault of whoever rewrote the snapshot, and
//! arithmetic must not meet it.

use crate::account::Account;
use crate::activity::{INSTANT_MAX, INSTANT_MIN, Instant};
use crate::alert::Alert;
use crate::calendar::{DAY_MS, WEEK_MS, Week};
use crate::counting::{Plan, Round};

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

/// Whether the times of an alert lie in the calendar.
pub(super) fn alert(alert: &Alert) -> bool {
    [alert.opened, alert.since, alert.at].into_iter().all(instant)
}

/// Whether the times of an account lie in the calendar, and those of its closed weeks before the end of `closed`. Those
/// of its open activities were checked with them.
pub(super) fn account(account: &Account, closed: Option<Week>) -> bool {
    let weeks = [account.first, account.last_active, account.through].into_iter().flatten();
    let mut weeks = weeks.chain(account.seen.iter().filter_map(|seen| seen.first));
    weeks.all(|it| week(it) && Some(it) <= closed)
        && account.weeks.iter().all(|record| week(record.week) && Some(record.week) <= closed)
        && account.weeks.iter().is_sorted_by(|a, b| a.week < b.week)
        && account.rises.as_ref().is_none_or(|rises| closed.is_some_and(|closed| rises.is_until(closed)))
        && account.earliest.is_none_or(instant)
        && account.due.is_none_or(instant)
        && account.plans.iter().all(|plan| plan.closed.as_ref().is_none_or(Plan::is_sound))
        && account.requests.iter().all(|request| request.closed.as_ref().is_none_or(Round::is_sound))
        && account.runs.iter().all(|run| run.is_sound())
        && account.episodes.iter().all(|it| [it.opened, it.since, it.at].into_iter().all(instant))
        && account.episodes.iter().all(|it| it.words.since().is_none_or(instant))
}
