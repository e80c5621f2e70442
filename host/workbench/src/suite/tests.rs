//! Reading, and every mistake; what runs are like is tested through the command.

use super::*;
use expect_test::{Expect, expect, expect_file};

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
    let error = Suite::from_toml("mistakes.test.toml", include_str!("mistakes.test.toml")).unwrap_err();
    expect_file!["mistakes.txt"].assert_eq(&format!("{error}\n"));
}

#[test]
fn what_cannot_fail_is_refused() {
    check(
        "",
        expect![[r#"
        test file `p.test.toml` has 1 mistake

        p.test.toml
          found `no test`, expected at least one `[[test]]`: a file without tests cannot fail
    "#]],
    );
    check(
        "[[test]]\nname = 'b'\nmeetings = { per_week = '1' }\n",
        expect![[r#"
        test file `p.test.toml` has 1 mistake

        p.test.toml:1:1: /test/0
          1 | [[test]]
            | ^^^^^^^^ expected at least one `[[test.expect]]`: a test that expects nothing cannot fail
    "#]],
    );
    check(
        "[[test]]\nname = 'b'\nmeetings = { per_week = '1' }\nexpect = []\n",
        expect![[r#"
        test file `p.test.toml` has 1 mistake

        p.test.toml:1:1: /test/0
          1 | [[test]]
            | ^^^^^^^^ expected at least one `[[test.expect]]`: a test that expects nothing cannot fail
    "#]],
    );
    check(
        "test = 3",
        expect![[r#"
        test file `p.test.toml` has 4 mistakes

        p.test.toml:1:1: /test/name
          1 | test = 3
            | ^^^^ expected a `name`: a sentence about what the policy does

        p.test.toml:1:8: /test
          1 | test = 3
            |        ^ found `3`, expected a table, or a list of tables

        p.test.toml:1:8: /test
          1 | test = 3
            |        ^ expected `meetings`, `plan_versions`, `approvals` or `activities`: nothing happens

        p.test.toml:1:8: /test
          1 | test = 3
            |        ^ expected at least one `[[test.expect]]`: a test that expects nothing cannot fail
    "#]],
    );
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
        misses.push(crate::render::test_outcome(outcome));
        Ok::<(), Error>(())
    };
    suite.run(&Plugin::embedded().unwrap(), &Policy::default(), told).unwrap();
    expect![[r#"
        FAILED  n
                at 2026-01-20
                - critical approval-hops acme `request-1-1` (threshold): expected, and it does not fire
                + warning approval-hops acme `request-1-1` (threshold): fires, and was not expected
                    request request-1-1 has taken 6 hops since 5 Jan 2026 and is still open; the limit is 6
                + warning approval-hops acme `request-1-2` (threshold): fires, and was not expected
                    request request-1-2 has taken 6 hops since 6 Jan 2026 and is still open; the limit is 6
    "#]]
    .assert_eq(&misses.concat());
}
