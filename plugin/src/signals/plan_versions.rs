#![doc = include_str!("plan-versions.md")]

use super::{Item, Signal, count};
use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::{Family, Look, WeekRecord};
use crate::policy::SignalPolicy;

/// The signal `plan-versions`.
pub(super) struct PlanVersions;

impl Signal for PlanVersions {
    fn name(&self) -> &'static str {
        "plan-versions"
    }

    fn unit(&self) -> &'static str {
        "versions"
    }

    fn doc(&self) -> &'static str {
        include_str!("plan-versions.md")
    }

    fn options(&self) -> &'static [&'static str] {
        &["enabled", "warning", "critical", "keep_firing_for"]
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy { warning: Some(8.0), critical: Some(12.0), ..Default::default() }
    }

    fn family(&self) -> Family {
        Family::Plans
    }

    fn week_value(&self, record: &WeekRecord) -> Option<f64> {
        Some(f64::from(record.versions))
    }

    fn judges_weeks(&self) -> bool {
        false
    }

    fn week_words(&self, _value: f64, record: &WeekRecord) -> String {
        count(record.versions, "plan version")
    }

    fn items<'a>(&self, look: &'a Look<'_>, _now: Instant) -> Vec<Item<'a>> {
        let restless = look.plans().filter_map(|(plan, state)| {
            Some(Item {
                subject: plan,
                value: f64::from(state.versions),
                since: state.since,
                until: Some(state.restless_until()?),
                gone_at: None,
                trail: &state.trail,
                hops: 0,
                forwards: 0,
                returns: 0,
            })
        });
        restless.collect()
    }

    fn item_words(&self, item: &Item<'_>, calendar: &Calendar) -> String {
        let versions = count(item.trail.total, "version");
        format!(
            "plan {} has had {versions} since {} and was not decided",
            item.subject,
            calendar.date(item.since)
        )
    }

    fn item_suggestion(&self, item: &Item<'_>) -> String {
        format!("Decide plan {} as it is, or set the day on which it will be", item.subject)
    }
}
