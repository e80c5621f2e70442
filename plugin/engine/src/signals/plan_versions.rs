#![doc = include_str!("plan-versions.md")]

use super::{About, Item, Numbers, Part, Parts, RiseWords, Signal, WeekPart, count};
use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::{Family, WeekFacts, WeekRecord};
use crate::open::View;
use crate::settings::SignalPolicy;
use crate::tracks::Subject;

const ABOUT: About = About {
    name: "plan-versions",
    unit: "versions",
    doc: include_str!("plan-versions.md"),
    options: &["enabled", "warning", "critical", "keep_firing_for", "rise", "rise_level", "rise_budget"],
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

    fn week_evidence<'a>(&self, facts: &'a WeekFacts) -> Vec<&'a [u8]> {
        facts.versions().map(|version| version.id()).collect()
    }

    fn week_parts<'a>(&self, facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
        let plan = |version: View<'a>| String::from_utf8_lossy(version.subject());
        facts.versions().map(|version| WeekPart::named(plan(version), 1)).collect()
    }

    fn rise_words(&self) -> RiseWords {
        RiseWords { noun: "plan versions", per: "a week", offset: 0.0 }
    }

    fn parts_suggestion(&self, parts: &Parts<'_>) -> String {
        let Some(Part { name: plan, amount: versions, .. }) = parts.greatest() else { return String::new() };
        let all = parts.all();
        format!(
            "Decide plan {plan} as it is, or set the day on which it will be: it has {versions} of the {all} versions since then"
        )
    }

    fn week_words(&self, _value: &str, record: &WeekRecord) -> String {
        count(record.versions, "plan version")
    }

    fn item<'a>(&self, subject: Subject<'a>, _now: Instant) -> Option<Item<'a>> {
        let Subject::Plan(plan, versions, ids) = subject else { return None };
        Some(Item {
            subject: plan,
            value: f64::from(versions.versions),
            numbers: Numbers {
                since: versions.since,
                steps: versions.versions,
                hops: 0,
                forwards: 0,
                returns: 0,
                is_critical: false,
            },
            until: Some(versions.restless_until()?),
            gone_at: None,
            ids,
        })
    }

    fn item_words(&self, subject: &str, _value: f64, numbers: &Numbers, calendar: &Calendar) -> String {
        let (versions, since) = (count(numbers.steps, "version"), calendar.date(numbers.since));
        format!("plan {subject} has had {versions} since {since} and was not decided")
    }

    fn item_suggestion(&self, subject: &str, _numbers: &Numbers) -> String {
        format!("Decide plan {subject} as it is, or set the day on which it will be")
    }
}
