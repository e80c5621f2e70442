#![doc = include_str!("plan-versions.md")]

use super::{About, Item, Signal, count};
use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::{Family, Look, WeekRecord};
use crate::policy::SignalPolicy;

const ABOUT: About = About {
    name: "plan-versions",
    unit: "versions",
    doc: include_str!("plan-versions.md"),
    options: &["enabled", "warning", "critical", "keep_firing_for"],
    family: Family::Plans,
};

/// The signal `plan-versions`.
pub(super) struct PlanVersions;

impl Signal for PlanVersions {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy { warning: Some(8.0), critical: Some(12.0), ..Default::default() }
    }

    fn week_value(&self, record: &WeekRecord) -> Option<f64> {
        Some(f64::from(record.versions))
    }

    fn judges_weeks(&self) -> bool {
        false
    }

    fn week_words(&self, _value: &str, record: &WeekRecord) -> String {
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
