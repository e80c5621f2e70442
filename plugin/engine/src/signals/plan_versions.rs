#![doc = include_str!("plan-versions.md")]

use super::description::{About, Gone, Measure, OpenLimits, Signal, Watch};
use super::parts::{Part, Parts, WeekPart};
use super::words::count;
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::filter::Dips;
use crate::open::View;
use crate::tracks::{Family, Plan, Subject};

/// The signal `plan-versions`.
pub(super) const SIGNAL: Signal = Signal {
    about: About {
        name: "plan-versions",
        unit: "versions",
        doc: include_str!("plan-versions.md"),
        title: "Plan versions",
        measure: "versions of all plans a week",
        noun: "plan versions",
        per: "a week",
        step: 1.0,
    },
    is_on: true,
    family: Family::Plans,
    measure: |facts| Measure::count(facts.versions().count()),
    weeks: None,
    open: Some(OpenLimits {
        warning: 8.0,
        critical: 12.0,
        // Two versions at least make a pace.
        value: |subject, _now| {
            subject.restless_until()?;
            Some(f64::from(plan(subject)?.versions))
        },
        due: |_subject, _limit| None,
        words: |subject, _value, calendar| {
            let versions = count(subject.activities(), "version");
            let (plan, since) = (subject.name(), calendar.date(subject.since()));
            format!("plan {plan} has had {versions} since {since} and was not decided")
        },
        suggestion: |subject| {
            format!("Decide plan {} as it is, or set the day on which it will be", subject.name())
        },
        ending,
    }),
    watch: Watch {
        mean: -1.203_972_804_325_936,
        deviation: 0.8,
        spread: 1.0,
        shape: 4.0,
        learns: false,
        by_request: false,
        is_count: true,
        is_calendar: false,
        dips: Dips { begins: 0.008, ends: 0.18, falls: 0.0 },
        beyond: 0.0,
        group: "plans",
        weight: 0.0,
    },
    evidence: |facts| facts.versions().map(|version| version.id()).collect(),
    parts,
    suggestion,
};

fn plan<'a>(subject: &Subject<'a>) -> Option<&'a Plan> {
    match subject {
        Subject::Plan(_, plan, _) => Some(plan),
        Subject::Request(..) => None,
    }
}

fn parts<'a>(facts: &'a WeekFacts, _calendar: &Calendar) -> Vec<WeekPart<'a>> {
    let plan = |version: View<'a>| String::from_utf8_lossy(version.subject());
    facts.versions().map(|version| WeekPart::named(plan(version), 1)).collect()
}

fn suggestion(parts: &Parts<'_>) -> String {
    let Some(Part { name: plan, amount: versions, .. }) = parts.greatest() else { return String::new() };
    let all = parts.all();
    format!(
        "Decide plan {plan} as it is, or set the day on which it will be: it has {versions} of the {all} versions since then"
    )
}

fn ending(gone: &Gone<'_>) -> (&'static str, String) {
    let plan = gone.subject;
    if gone.is_calm {
        ("back", format!("plan {plan} has calmed down: fewer than 2 versions in 8 weeks"))
    } else if gone.is_there {
        ("back", format!("plan {plan} was decided, or begun anew after half a year of rest"))
    } else {
        ("gone", format!("plan {plan} is no longer followed"))
    }
}
