//! `redtape inspect`: what it says of logs that are sound, and of logs that are not.

use expect_test::expect_file;
use redtape_tests::{project, run};
use serde_json::Value;

/// What it prints about a fixture stands beside it.
#[test]
fn what_is_in_a_log_is_told_before_anything_is_judged() {
    for case in [
        "fitcorp",
        "bad-lines",
        "a-gap-in-the-feed-is-no-rise",
        "all-day-entries-and-focus-time-are-not-meetings",
    ] {
        let ran = run(&["inspect", &format!("fixtures/{case}/activities.ndjson")], b"");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        expect_file![project().join("fixtures").join(case).join("expected-inspection.txt")]
            .assert_eq(&ran.out);
    }
}

#[test]
fn a_log_without_activities_fails_where_it_is_asked_to() {
    let ran = run(&["inspect", "-", "--strict"], b"\n");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("`<stdin>` is empty"), "{}", ran.err);
    assert!(ran.out.starts_with("No activities were read: there is nothing to watch.\n"), "{}", ran.out);
    assert!(ran.out.contains("FAIL     lines           no activity could be read"), "{}", ran.out);
    let sound = run(&["inspect", "fixtures/fitcorp/activities.ndjson", "--strict"], b"");
    assert_eq!(sound.code, Some(0), "a warning is no failure: {}", sound.err);
}

/// Lines with fields left empty, times that are dates, and a name that a terminal would obey.
#[test]
fn what_a_log_lacks_is_said_with_what_it_means() {
    let line = |day: u32| {
        let date = format!("2026-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
        format!(
            "{{\"id\":\"{day}\",\"at\":\"{date}T00:00:00Z\",\"account\":\"a\\u001b[2Jb\",\"kind\":\"meeting\",\"participants\":[]}}\n"
        )
    };
    let log: String = (0..100).map(line).collect();
    let ran = run(&["inspect", "-", "-q"], log.as_bytes());
    let out = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "meeting: length never, participants never, series never, title never, mandatory never",
        "`length` is never filled: meetings without it have no hours",
        "`participants` is never filled: meetings of one person cannot be told",
        "`title` is never filled: without it or `series` nothing says which meetings belong",
        "every time is a midnight",
        "a\\u{1b}[2Jb 100",
        "WARNING span 15 weeks",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let json: Value =
        serde_json::from_str(&run(&["inspect", "-", "-f", "json"], log.as_bytes()).out).unwrap_or_default();
    assert_eq!(json.pointer("/kinds/0/filled/title"), Some(&Value::from(0)));
    assert_eq!(json.pointer("/report/input/accepted"), Some(&Value::from(100)));
}

#[test]
fn what_comes_after_the_time_that_was_asked_for_is_not_in_it() {
    let ran = run(&["inspect", "fixtures/fitcorp/activities.ndjson", "-q", "--as-of", "2024-12-31"], b"");
    assert!(ran.out.starts_with("576 activities of 4 accounts, from 1 Jan 2024 to 27 Dec 2024 (UTC)\n"));
    assert!(!ran.out.contains("2025"), "{}", ran.out);
}
