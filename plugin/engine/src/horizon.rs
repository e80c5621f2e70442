//! How far the engine looks back and ahead, and for how long it waits for what does not come.

use crate::calendar::{DAY_MS, WEEK_MS};

/// Closed weeks that are remembered.
pub const HISTORY_WEEKS: i32 = 104;
/// Weeks without any activity after which an account sleeps.
pub const SLEEP_WEEKS: i32 = 8;
/// How far an activity may lie ahead of the present time, in milliseconds: 400 days.
pub const AHEAD_MS_MAX: i64 = 400 * DAY_MS;
/// How long a retraction waits for its activity, in milliseconds: as far as activities may lie ahead.
pub const RETRACTION_MS: i64 = AHEAD_MS_MAX;
/// Weeks in a row with nothing to measure after which an alert ends.
pub const SILENT_WEEKS_MAX: u32 = 26;
/// The same in milliseconds: a request without a step for so long is no longer waited for, a plan without a version no
/// longer worked on.
pub const SILENT_MS: i64 = SILENT_WEEKS_MAX as i64 * WEEK_MS;
