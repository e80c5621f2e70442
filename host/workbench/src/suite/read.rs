//! A file of tests, read: every mistake with its place, unknown keys among them.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use serde_json::{Map, Value};

use super::log::Given;
use super::series::{A_WEEK_MAX, Kind, Series, WEEKS_MAX, per_week};
use super::{Expectation, Expected, Test};
use redtape::detector::{Cause, Severity};
use redtape_import::text_form::FIELDS;
use redtape_model::calendar::{self, Zone};
use redtape_model::problem::Problem;

mod table;

use self::table::{Faults, Table};

const TEST: &[&str] = &[
    "name",
    "start",
    "account",
    "profile",
    "meetings",
    "plan_versions",
    "approvals",
    "activities",
    "rises",
    "expect",
];
const EXPECTED: &[&str] = &["signal", "cause", "account", "severity", "subject"];
/// Most days of a request; an activity may lie so far ahead.
const DAYS_MAX: f64 = 400.0;
const HOPS_MAX: u32 = 50;
const MINUTES_MAX: u32 = 1_439;
const PEOPLE_MAX: u32 = 100;
/// A Monday.
const START: &str = "2026-01-05";

/// The tests of a file, and what is wrong with it.
pub(super) fn tests(value: &Value) -> (Vec<Test>, Vec<Problem>) {
    let mut faults = Faults::default();
    let whole = Table::of(value, "");
    whole.known(&["test"], &mut faults);
    let entries = whole.tables("test", &mut faults);
    if entries.is_empty() && faults.is_empty() {
        faults.add("", "no test", "at least one `[[test]]`: a file without tests cannot fail");
    }
    let mut names = BTreeSet::new();
    let mut tests = Vec::new();
    for entry in &entries {
        let test = read_test(entry, &mut faults);
        if !names.insert(test.name.clone()) && !test.name.is_empty() {
            faults.add(entry.place("name"), &test.name, "another name: this one is taken");
        }
        tests.push(test);
    }
    (tests, faults.take())
}

fn read_test(entry: &Table<'_>, faults: &mut Faults) -> Test {
    entry.known(TEST, faults);
    let name = entry.text("name", faults).unwrap_or_default();
    if !entry.has("name") {
        faults.add(entry.place("name"), "", "a `name`: a sentence about what the policy does");
    }
    let start = entry.text("start", faults).unwrap_or_else(|| START.to_owned());
    let monday = start.parse::<NaiveDate>().ok().filter(|date| date.weekday() == Weekday::Mon);
    let monday = monday.filter(|_| Zone::default().end_of(&start).is_some());
    if monday.is_none() {
        faults.add(entry.place("start"), &start, "a Monday, such as `2026-01-05`");
    }
    let account = entry.text("account", faults).unwrap_or_else(|| "acme".to_owned());
    let given = read_activities(entry, &account, faults);
    let mut test = Test {
        name,
        start: monday.unwrap_or_default(),
        profile: read_profile(entry, faults),
        series: read_series(entry, faults),
        given,
        rises: entry.flag("rises", faults).unwrap_or(false),
        account,
        expectations: Vec::new(),
    };
    // A series that could not be read is told already.
    let is_idle =
        |series: &Series| !series.per_week.is_empty() && series.per_week.iter().all(|count| *count == 0);
    if test.series.iter().all(is_idle) && test.given.is_empty() {
        faults.add(
            entry.at(),
            "",
            "`meetings`, `plan_versions`, `approvals` or `activities`: nothing happens",
        );
    }
    let expectations = entry.tables("expect", faults);
    if entry.get("expect").is_none_or(|it| it.as_array().is_some_and(Vec::is_empty)) {
        faults.add(entry.at(), "", "at least one `[[test.expect]]`: a test that expects nothing cannot fail");
    }
    for expectation in &expectations {
        let read = read_expectation(expectation, &test, &start, faults);
        test.expectations.push(read);
    }
    test
}

fn read_profile(entry: &Table<'_>, faults: &mut Faults) -> Option<Map<String, Value>> {
    let profile = entry.table("profile", faults)?;
    profile.known(&["tier", "service", "tags"], faults);
    profile.text("tier", faults);
    if let Some(service) =
        profile.text("service", faults).filter(|it| !["in-house", "outsourced"].contains(&it.as_str()))
    {
        faults.add(profile.place("service"), &service, "`in-house` or `outsourced`");
    }
    let is_text = |tag: &Value| tag.as_str().is_some_and(|tag| !tag.is_empty());
    if let Some(tags) =
        profile.get("tags").filter(|tags| !tags.as_array().is_some_and(|all| all.iter().all(is_text)))
    {
        faults.add(profile.place("tags"), &tags.to_string(), "a list of texts");
    }
    Some(profile.fields())
}

fn read_series(entry: &Table<'_>, faults: &mut Faults) -> Vec<Series> {
    let mut all = Vec::new();
    for key in ["meetings", "plan_versions", "approvals"] {
        for (table, number) in entry.tables(key, faults).iter().zip(1..) {
            let kind = match key {
                "meetings" => {
                    table.known(&["per_week", "minutes", "people", "series"], faults);
                    Kind::Meetings {
                        minutes: table.whole("minutes", 1..=MINUTES_MAX, faults).unwrap_or(60),
                        people: table.whole("people", 0..=PEOPLE_MAX, faults),
                        series: table.text("series", faults).unwrap_or_default(),
                    }
                }
                "plan_versions" => {
                    table.known(&["per_week", "plan"], faults);
                    let plan = table.text("plan", faults);
                    Kind::PlanVersions { plan: plan.unwrap_or_else(|| format!("plan-{number}")) }
                }
                _ => {
                    table.known(&["per_week", "hops", "days", "decided"], faults);
                    Kind::Approvals {
                        hops: table.whole("hops", 0..=HOPS_MAX, faults).unwrap_or(1),
                        days: table.number("days", 0.0..=DAYS_MAX, faults).unwrap_or(1.0),
                        decided: table.flag("decided", faults).unwrap_or(true),
                    }
                }
            };
            let text = table.text("per_week", faults).unwrap_or_default();
            let weeks = per_week(&text);
            if weeks.is_none() && (!table.has("per_week") || !text.is_empty()) {
                let form = format!(
                    "numbers a week such as \"2x4 5 0x3\" (value x weeks) or \"1+2x3\" (1, 3, 5): at most {A_WEEK_MAX} a week and {WEEKS_MAX} weeks"
                );
                faults.add(table.place("per_week"), &text, &form);
            }
            all.push(Series { number, per_week: weeks.unwrap_or_default(), kind });
        }
    }
    all
}

fn read_activities(entry: &Table<'_>, account: &str, faults: &mut Faults) -> Vec<Given> {
    let tables = entry.tables("activities", faults);
    let read = |(table, number): (&Table<'_>, usize)| {
        table.known(&FIELDS, faults);
        let mut fields = table.fields();
        fields.entry("id").or_insert_with(|| format!("activity-{number}").into());
        fields.entry("account").or_insert_with(|| account.into());
        let at = fields.get("at").and_then(Value::as_str).and_then(calendar::parse);
        Given { field: table.at().to_owned(), line: Value::Object(fields).to_string(), at }
    };
    tables.iter().zip(1..).map(read).collect()
}

fn read_expectation(table: &Table<'_>, test: &Test, start: &str, faults: &mut Faults) -> Expectation {
    table.known(&["at", "alerts"], faults);
    let at = table.text("at", faults).unwrap_or_default();
    let is_time = calendar::parse(&at).is_some() || Zone::default().end_of(&at).is_some();
    if !is_time {
        faults.add(
            table.place("at"),
            &at,
            "a date such as `2026-01-26`, whose last moment is meant, or an instant",
        );
    } else if at.as_str() < start {
        faults.add(table.place("at"), &at, &format!("a time after the start, {start}"));
    }
    if !table.has("alerts") {
        faults.add(table.place("alerts"), "", "`alerts`: those that fire then, `[]` for none");
    }
    let alerts = table.tables("alerts", faults);
    Expectation { at, alerts: alerts.iter().map(|alert| read_expected(alert, test, faults)).collect() }
}

fn read_expected(table: &Table<'_>, test: &Test, faults: &mut Faults) -> Expected {
    table.known(EXPECTED, faults);
    if !table.has("signal") {
        faults.add(table.place("signal"), "", "a `signal`");
    }
    let cause = table.one_of("cause", &[("threshold", Cause::Threshold), ("rise", Cause::Rise)], faults);
    let cause = cause.unwrap_or(Cause::Threshold);
    if cause == Cause::Rise && !test.rises {
        faults.add(table.place("cause"), "rise", "`rises = true` in this test, which lists rises as well");
    }
    let severities =
        [("info", Severity::Info), ("warning", Severity::Warning), ("critical", Severity::Critical)];
    let account = table.text("account", faults).unwrap_or_else(|| test.account.clone());
    let of_given = |given: &Given| {
        serde_json::from_str::<Value>(&given.line)
            .is_ok_and(|fields| fields.get("account") == Some(&account.as_str().into()))
    };
    if account != test.account && !test.given.iter().any(of_given) {
        faults.add(table.place("account"), &account, "an account on which something happens in this test");
    }
    Expected {
        signal: table.text("signal", faults).unwrap_or_default(),
        cause,
        account,
        severity: table.one_of("severity", &severities, faults),
        subject: table.any_text("subject", faults),
        field: table.at().to_owned(),
    }
}
