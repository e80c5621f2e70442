//! Reading, and every mistake; what runs are like is tested through the command.

use super::*;
use expect_test::{Expect, expect};

#[track_caller]
fn check(text: &str, expected: Expect) {
    let told = match Suite::from_toml("p.test.toml", text) {
        Ok(suite) => format!("{} tests", suite.test_count()),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&(told + "\n"));
}

#[test]
fn the_guides_tests_pass_with_the_defaults() {
    let guide = include_str!("policy-tests.md");
    let block = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let plugin = Plugin::embedded().unwrap();
    let suite = Suite::from_toml("guide", block).unwrap();
    let policy = Policy::default();
    let mut passed = Vec::new();
    suite
        .run(&plugin, &policy, |outcome| {
            passed.push((outcome.name.clone(), format!("{:?}", outcome.misses)));
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!(suite.test_count(), 2);
    assert!(passed.iter().all(|(_, misses)| misses == "[]"), "{passed:#?}");
}

#[test]
fn every_mistake_is_told_at_its_place() {
    check(
        r#"tset = 1
[[test]]
name = "a"
start = "2026-01-06"
meetings = { per_week = "2y4", minute = 3, people = -1 }
approvals = [{ per_week = "1", days = 4000 }, 7]
profile = { service = "abroad", tags = [""] }
activities = [{ at = "2026-01-05T09:00:00Z", knid = "meeting" }]
[[test.expect]]
at = "2026-01-xx"
alerts = [{ signal = "meeting-count", severity = "loud", cause = "rise" }, { account = "other" }]
[[test]]
name = "a"
[[test]]
meetings = { }
expect = [{ at = "2025-01-05" }]
"#,
        expect![[""]],
    );
}

#[test]
fn what_cannot_fail_is_refused() {
    check("", expect![[""]]);
    check("[[test]]\nname = 'b'\nmeetings = { per_week = '1' }\n", expect![[""]]);
    check("[[test]]\nname = 'b'\nmeetings = { per_week = '1' }\nexpect = []\n", expect![[""]]);
    check("test = 3", expect![[""]]);
}

#[test]
fn pairs_are_found_where_an_expectation_fits_several() {
    let text = r#"
        [[test]]
        name = "n"
        approvals = { per_week = "2", hops = 6, decided = false }
        [[test.expect]]
        at = "2026-01-20"
        alerts = [{ signal = "approval-hops" }, { signal = "approval-hops", subject = "request-1-1" }]
        [[test.expect]]
        at = "2026-01-20"
        alerts = [{ signal = "approval-hops", subject = "request-1-1", severity = "critical" }]
    "#;
    let suite = Suite::from_toml("n", text).unwrap();
    let mut misses = Vec::new();
    let told = |outcome: &Outcome| {
        misses.push(crate::output::test_outcome(outcome));
        Ok::<(), Error>(())
    };
    suite.run(&Plugin::embedded().unwrap(), &Policy::default(), told).unwrap();
    expect![[""]].assert_eq(&misses.concat());
}
