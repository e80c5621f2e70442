//! Any number of shards, the same bytes: every fixture, and logs that nobody wrote by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use proptest::prelude::*;
use redtape::{Detector, Limits, Plugin, Policy};
use redtape_import::Input;
use redtape_model::calendar;
use redtape_scan::Error;
use redtape_scan::Scan;
use redtape_scan::report::Keep;
use redtape_scan::scan::Clock;
use redtape_tests::{Native, cases, policy, run, scan};
use redtape_workbench::render;

const SHARDS: [usize; 3] = [1, 2, 7];

fn natives(policy: &Policy, shards: usize) -> Vec<Native> {
    (0..shards).map(|_| Native::configured(&policy.json()).unwrap()).collect()
}

fn detectors(plugin: &Plugin, policy: &Policy, shards: usize) -> Vec<Detector> {
    let configured = |_| {
        let mut detector = plugin.detector(Limits::default()).unwrap();
        policy.configure(&mut detector).unwrap();
        detector
    };
    (0..shards).map(configured).collect()
}

#[test]
fn every_fixture_gives_its_expected_report_with_any_number_of_shards() {
    let plugin = Plugin::embedded().unwrap();
    for case in cases().iter().filter(|case| !case.is_refused()) {
        let logs = [case.file("activities.ndjson")];
        let policy = policy(case);
        let expected = std::fs::read_to_string(case.file("expected.json")).unwrap();
        for shards in SHARDS {
            let native = render::json(&scan(natives(&policy, shards), &policy, &logs));
            assert!(native == expected, "{}: {shards} native shards", case.name);
            let component = render::json(&scan(detectors(&plugin, &policy, shards), &policy, &logs));
            assert!(component == expected, "{}: {shards} shards", case.name);
        }
    }
}

#[test]
fn the_command_says_the_same_with_any_number_of_shards() {
    for log in ["fixtures/fitcorp/activities.ndjson", "fixtures/bad-lines/activities.ndjson"] {
        for format in ["table", "json", "ndjson", "cloudevents"] {
            let by_default = run(&["scan", log, "--format", format], b"");
            assert_eq!(by_default.code, Some(0), "{}", by_default.err);
            for shards in ["1", "3", "16"] {
                let ran = run(&["scan", log, "--format", format, "--shards", shards], b"");
                assert_eq!(
                    (ran.out, ran.err),
                    (by_default.out.clone(), by_default.err.clone()),
                    "{log} {format} {shards}"
                );
            }
        }
    }
    for shards in ["0", "17"] {
        let ran = run(&["scan", "fixtures/fitcorp/activities.ndjson", "--shards", shards], b"");
        assert!(ran.code == Some(2) && ran.err.contains("is not in 1..=16"), "{}", ran.err);
    }
}

#[test]
fn a_table_needs_the_alerts_of_half_a_year_only() {
    let late = redtape_tests::read("fixtures/fitcorp/activities.ndjson");
    // The same happened four years before; both have their 29 February.
    let log = late.replace("\"2024-", "\"2020-").replace("\"2025-", "\"2021-") + &late;
    let policy = Policy::default();
    let (zone, lateness_days) = (policy.zone(), policy.lateness_days());
    let present = calendar::parse("2026-11-01T00:00:00Z").unwrap();
    let look = render::Table { columns: 100, color: false, all: false, ids: false };
    for as_of in ["2021-06-30T00:00:00Z", "2024-03-01T00:00:00Z", "2025-06-30T00:00:00Z"] {
        let clock = Clock { zone, lateness_days, as_of: calendar::parse(as_of), present };
        let scanned = |keep: Keep| {
            let input = Input::from_bytes(&[log.as_bytes()]).unwrap();
            Scan::new(clock).keep(keep).run(input, natives(&policy, 2), |_| Ok::<(), Error>(())).unwrap()
        };
        let (all, lately) = (scanned(Keep::All), scanned(Keep::Lately));
        let table = render::table(&lately, &look);
        assert_eq!(table, render::table(&all, &look));
        assert_eq!(table, run(&["scan", "-", "--as-of", as_of], log.as_bytes()).out);
        let (all, lately) = (all.alerts.len(), lately.alerts.len());
        assert!(lately <= all && (as_of < "2025" || lately < all), "{as_of}: {lately} of {all} were kept");
    }
}

/// A policy whose limits random logs reach all the time.
const POLICY: &str = r#"{
    "time_zone": "Europe/London", "lateness": "3d", "counting": {"bulk_edit_plans": 3},
    "signals": {
        "meeting-count": {"warning": 2, "critical": 4, "for": "2 of 3w", "keep_firing_for": "1w"},
        "plan-versions": {"warning": 2, "critical": 3, "keep_firing_for": "1w"},
        "approval-hops": {"warning": 1, "critical": 2, "for": "1w", "open_warning": 2, "open_critical": 3},
        "approval-days": {"warning": 1, "critical": 3, "for": "1w", "open_warning": 5, "open_critical": 9}},
    "override": [{"match": {"account": "a1"}, "signals": {"meeting-hours": {"enabled": false}}}]}"#;

/// One line: an activity of one of some accounts, or something that is none. Nearly in the order of days.
fn line(position: usize) -> impl Strategy<Value = String> {
    let day = prop_oneof![
        9 => Just(position / 4),
        1 => (0..40usize).prop_map(move |back| (position / 4).saturating_sub(back)),
        1 => (1..20usize).prop_map(move |ahead| position / 4 + ahead),
    ];
    let kind = prop_oneof![
        r#""kind":"meeting","duration_min":[1-9]0,"series":"s[0-2]""#,
        r#""kind":"plan-version","plan":"p[0-2]""#,
        r#""kind":"approval-step","request":"r[0-4]","from":"u1","to":"u2","outcome":"(forwarded|requested|approved)""#,
        r#""kind":"exchange","direction":"to-customer"|"kind":"party"|"kind":"retraction","of":"i[0-9]""#,
    ];
    let whole = (day, 0..24u32, "a[0-9]", "i[0-9]{1,3}", kind).prop_map(|(day, hour, account, id, kind)| {
        let at = 1_767_571_200_000 + 86_400_000 * i64::try_from(day).unwrap() + 3_600_000 * i64::from(hour);
        format!(r#"{{"id":"{id}","at":"{}","account":"{account}",{kind}}}"#, calendar::format(at))
    });
    prop_oneof![
        12 => whole,
        1 => r#"\{"at":"2026-0[1-3]-0[1-9]T00:00:00Z"(,"account":"a[0-9]"\}?)?"#,
        1 => "no json|| |\u{feff}\\{\\}|\\{\"account\":\"a[0-9]\"\\}",
    ]
}

fn log() -> impl Strategy<Value = String> {
    let length = 0..400usize;
    length
        .prop_flat_map(|length| (0..length).map(line).collect::<Vec<_>>())
        .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_log_gives_one_report_with_any_number_of_shards(log in log(), cut in any::<prop::sample::Index>(), shards in 2..9usize) {
        let policy = Policy::default();
        let present = calendar::parse("2026-11-01T00:00:00Z").unwrap();
        let clock = Clock { zone: policy.zone(), lateness_days: 3, as_of: None, present };
        // One log, or two that are read as one.
        let (first, second) = log.as_bytes().split_at(cut.index(log.len() + 1));
        let told = |shards: usize, sort: bool| {
            let engines = (0..shards).map(|_| Native::configured(POLICY).unwrap()).collect();
            let input = Input::from_bytes(&[first, second]).unwrap();
            let mut lines = String::new();
            let report = Scan::new(clock).sort(sort).run(input, engines, |alerts| {
                lines.extend(alerts.iter().map(render::ndjson));
                Ok::<(), Error>(())
            });
            let report = report.unwrap();
            assert_eq!(lines, report.alerts.iter().map(render::ndjson).collect::<String>());
            let counts = report.counts;
            let taken = [counts.blank, counts.accepted, counts.replaced, counts.duplicate, counts.late, counts.rejected, counts.dropped];
            assert_eq!(taken.iter().sum::<u64>(), counts.lines);
            (render::json(&report), report.late)
        };
        prop_assert_eq!(told(1, false), told(shards, false));
        prop_assert_eq!(told(1, true), told(shards, true));
    }
}
