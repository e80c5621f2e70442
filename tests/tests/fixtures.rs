//! Every fixture, through every door: the engine by itself, the component, the command. The same bytes from each.
//!
//! `UPDATE_EXPECT=1` writes `expected.json` and `expected-error.txt` anew; read the difference before you commit it.

use expect_test::expect_file;
use redtape::{Limits, Plugin};
use redtape_tests::{Native, cases, policy, run, scan};
use redtape_workbench::render;

#[test]
fn every_fixture_gives_its_expected_report_through_every_door() {
    let plugin = Plugin::embedded().unwrap();
    for case in cases().iter().filter(|case| !case.is_refused()) {
        let logs = [case.file("activities.ndjson")];
        let policy = policy(case);
        let native = render::json(&scan(vec![Native::configured(&policy.json()).unwrap()], &policy, &logs));
        expect_file![case.file("expected.json")].assert_eq(&native);

        let mut detector = plugin.detector(Limits::default()).unwrap();
        policy.configure(&mut detector).unwrap();
        let component = render::json(&scan(vec![detector], &policy, &logs));
        assert_eq!(native, component, "{}: the component differs from the engine", case.name);

        let log = format!("fixtures/{}/activities.ndjson", case.name);
        let policy = format!("fixtures/{}/policy.toml", case.name);
        // The engine quotes what it was given; the command names nobody unless it is asked to.
        let mut arguments = vec!["scan", &log, "--format", "json", "--people", "names"];
        if case.policy_file().is_some() {
            arguments.extend(["--policy", &policy]);
        }
        let ran = run(&arguments, b"");
        assert_eq!(ran.code, Some(0), "{}: {}", case.name, ran.err);
        assert_eq!(native, ran.out, "{}: the command differs from the engine", case.name);
    }
}

#[test]
fn a_refused_policy_is_told_word_for_word() {
    for case in cases().iter().filter(|case| case.is_refused()) {
        let policy = format!("fixtures/{}/policy.toml", case.name);
        let ran = run(&["scan", "fixtures/fitcorp/activities.ndjson", "--policy", &policy], b"");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", case.name);
        expect_file![case.file("expected-error.txt")].assert_eq(&ran.err);
    }
}
