//! Series of made-up activities: so many a week, in the manner of promtool's series.

use chrono::{Days, NaiveDate};
use redtape_model::calendar::DAY_MS;
use serde_json::{Value, json};

use redtape_model::calendar::{Instant, Zone};

/// Most activities of one series in one week.
pub(super) const A_WEEK_MAX: u32 = 100;
/// Most weeks of one series: ten years.
pub(super) const WEEKS_MAX: usize = 520;

const MINUTE_MS: i64 = 60_000;
/// Days a week on which people work.
const WORKING_DAYS: u32 = 5;

/// Activities of one kind, so many a week.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// Number of the table in its test, from 1: ids and names come from it.
    pub(super) number: usize,
    pub(super) per_week: Vec<u32>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Meetings { minutes: u32, people: Option<u32>, series: String },
    PlanVersions { plan: String },
    Approvals { hops: u32, days: f64, decided: bool },
}

/// Reads `2x4 5 1+2x3`: 2 in each of four weeks, 5 in one, then 1, 3 and 5.
pub(super) fn per_week(text: &str) -> Option<Vec<u32>> {
    let mut weeks = Vec::new();
    for part in text.split_whitespace() {
        let (value, count) = part.split_once('x').unwrap_or((part, "1"));
        let (value, step) = value.split_once('+').unwrap_or((value, "0"));
        let [value, step, count] = [value, step, count].map(number);
        let (value, step, count) = (value?, step?, count.filter(|count| *count > 0)?);
        for week in 0..count {
            let value = step.checked_mul(week)?.checked_add(value)?;
            weeks.push(Some(value).filter(|value| *value <= A_WEEK_MAX)?);
            if weeks.len() > WEEKS_MAX {
                return None;
            }
        }
    }
    (!weeks.is_empty()).then_some(weeks)
}

/// Digits only, no sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Series {
    /// Its activities, without their account.
    pub(super) fn activities(&self, start: NaiveDate, zone: Zone) -> Vec<(Instant, Value)> {
        let mut activities = Vec::new();
        let mut before = 0;
        for (week, count) in self.per_week.iter().enumerate() {
            let monday = start + Days::new(u64::try_from(week).unwrap_or_default() * 7);
            for nth in 0..*count {
                before += 1;
                // One a day from Monday to Friday, then the next slot.
                let day = zone.midnight(monday + Days::new(u64::from(nth % WORKING_DAYS)));
                let slot = i64::from(nth / WORKING_DAYS);
                let at = day + (9 * 60 + 15 * slot) * MINUTE_MS;
                self.kind.add(self.number, before, at, &mut activities);
            }
        }
        activities
    }
}

impl Kind {
    /// Adds what the `nth` of series `number` is about.
    fn add(&self, number: usize, nth: u32, at: Instant, activities: &mut Vec<(Instant, Value)>) {
        match self {
            Kind::Meetings { minutes, people, series } => {
                let mut meeting = json!({
                    "id": format!("meetings-{number}-{nth}"), "kind": "meeting", "duration_min": minutes, "series": series,
                });
                if let (Some(people), Some(fields)) = (people, meeting.as_object_mut()) {
                    let people = (1..=*people).map(|person| json!(format!("person-{person}"))).collect();
                    fields.insert("participants".to_owned(), Value::Array(people));
                }
                activities.push((at, meeting));
            }
            Kind::PlanVersions { plan } => activities.push((
                at,
                json!({ "id": format!("plan-versions-{number}-{nth}"), "kind": "plan-version", "plan": plan, "version": nth }),
            )),
            Kind::Approvals { hops, days, decided } => {
                approval(&format!("{number}-{nth}"), at, *hops, *days, *decided, activities);
            }
        }
    }
}

/// One request: handed in, then handed on at even distances. `at` is its decision, or, of one that is not decided, its beginning.
fn approval(
    name: &str,
    at: Instant,
    hops: u32,
    days: f64,
    decided: bool,
    activities: &mut Vec<(Instant, Value)>,
) {
    let length = lasting(days);
    let first = if decided { at - length } else { at };
    let mut step = |number: u32, at: Instant, from: Option<u32>, to: u32, outcome: &str| {
        let desk = |desk: u32| format!("desk-{desk}");
        activities.push((
            at,
            json!({
                "id": format!("approvals-{name}-{number}"), "kind": "approval-step", "request": format!("request-{name}"),
                "step": number, "from": from.map(desk), "to": desk(to), "outcome": outcome,
            }),
        ));
    };
    // Who asked is not known, so handing it in is no hop.
    step(1, first, None, 0, "requested");
    for hop in 1..=hops {
        let outcome = if decided && hop == hops { "approved" } else { "forwarded" };
        step(hop + 1, first + length * i64::from(hop) / i64::from(hops), Some(hop - 1), hop, outcome);
    }
    if decided && hops == 0 {
        step(2, at, Some(0), 0, "approved");
    }
}

/// Days in milliseconds, whole minutes of them.
#[expect(clippy::cast_possible_truncation, reason = "the reader bounds it to some hundred days")]
fn lasting(days: f64) -> i64 {
    let minutes = (days * 24.0 * 60.0).round() as i64;
    debug_assert!(minutes <= 400 * DAY_MS / MINUTE_MS, "{days} days");
    minutes * MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_read_like_promtool_reads_series() {
        assert_eq!(per_week("2x3 5 0x2 1+2x3"), Some(vec![2, 2, 2, 5, 0, 0, 1, 3, 5]));
        for wrong in ["", "x3", "2x", "2x0", "-1", "1-1x2", "2 x 3", "101", "1x521", "60+50x2", "2.5"] {
            assert_eq!(per_week(wrong), None, "{wrong}");
        }
    }
}
