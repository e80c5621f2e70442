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

/// The words about one part of a log, as one line; none: it is as it should be.
fn said(out: &str, about: &str) -> String {
    let (mut told, mut is_it) = (String::new(), false);
    let checks = out.lines().skip_while(|line| !line.starts_with("Can it be")).skip(1);
    for line in checks.take_while(|line| !line.is_empty()) {
        let words = line.get(2..).unwrap_or_default();
        if !words.starts_with(' ') {
            is_it = words.split_whitespace().nth(1) == Some(about);
        }
        if is_it {
            told = format!("{told} {}", words.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    told.trim().to_owned()
}

fn meeting(id: &str, at: &str, more: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"at\":\"{at}\",\"account\":\"acme\",\"kind\":\"meeting\",\"duration_min\":60{more}}}\n"
    )
}

fn inspected(log: &str) -> String {
    let ran = run(&["inspect", "-", "-q"], log.as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.out
}

#[test]
fn two_things_of_one_id_are_told() {
    let title = |day: u32| format!(",\"title\":\"Call {day}\"");
    let at = |day: u32| format!("2026-05-{day:02}T09:00:00Z");
    let rows: String = (4..9).map(|day| meeting("1.23457E+11", &at(day), &title(day))).collect();
    let told = said(&inspected(&rows), "ids");
    assert!(
        told.starts_with(
            "FAIL ids 5 ids such as `1.23457E+11` (<stdin>:1), which a spreadsheet has shortened"
        ),
        "{told}"
    );
    assert!(told.contains("4 of 5 activities (80 %) have the id of an earlier one"), "{told}");
    assert!(told.ends_with("4 activities were replaced by a later line"), "{told}");
    let scan = run(&["scan", "-"], rows.as_bytes());
    assert!(scan.err.contains("do not say that they are newer"), "{}", scan.err);

    // One restarts every year: nothing is lost here, and it is told all the same.
    let rows =
        [meeting("7", "2024-05-06T09:00:00Z", &title(1)), meeting("7", "2025-05-06T09:00:00Z", &title(2))];
    let told = said(&inspected(&rows.concat()), "ids");
    assert!(told.contains("`7` at <stdin>:1 and <stdin>:2"), "{told}");

    // What only looks like it: delivered again, moved and said so, two accounts, a word that changed.
    let revised = |day: u32| format!(",\"title\":\"Call\",\"revised\":\"2026-05-{day:02}T00:00:00Z\"");
    let rows = [
        meeting("1", &at(4), &title(4)),
        meeting("1", &at(4), &title(4)),
        meeting("2", &at(5), &revised(1)),
        meeting("2", &at(6), &revised(2)),
        meeting("3", &at(6), ""),
        meeting("3", &at(6), "").replace("acme", "bolt"),
        meeting("4", &at(7), ",\"title\":\"Call\",\"status\":\"planned\""),
        meeting("4", &at(7), ",\"title\":\"Call\""),
    ];
    assert_eq!(said(&inspected(&rows.concat()), "ids"), "");
}

#[test]
fn meetings_that_are_there_twice_are_told_with_a_pair() {
    let at = |day: u32| format!("2026-05-{day:02}T09:00:00Z");
    let people = ",\"title\":\"Account call\",\"participants\":[\"kam\",\"buyer\"]";
    let twice: String = (4..14)
        .flat_map(|day| {
            [meeting(&format!("a{day}"), &at(day), people), meeting(&format!("b{day}"), &at(day), people)]
        })
        .collect();
    let told = said(&inspected(&twice), "twins");
    assert!(told.starts_with("FAIL twins 10 of 20 meetings (50 %) have a twin"), "{told}");
    assert!(told.contains("`a4` (<stdin>:1) and `b4` (<stdin>:2)"), "{told}");

    // Other meetings at the same time: another title, other people, another length, another account, cancelled.
    let other: String = (4..14)
        .flat_map(|day| {
            let id = |name: &str| format!("{name}{day}");
            [
                meeting(&id("a"), &at(day), people),
                meeting(&id("b"), &at(day), &people.replace("Account call", "Price talk")),
                meeting(&id("c"), &at(day), &people.replace("kam", "desk-1").replace("buyer", "clerk-2")),
                meeting(&id("d"), &at(day), people).replace(":60", ":30"),
                meeting(&id("e"), &at(day), people).replace("acme", "bolt"),
                meeting(&id("f"), &at(day), people).replace(":60", ":60,\"status\":\"cancelled\""),
            ]
        })
        .collect();
    assert_eq!(said(&inspected(&other), "twins"), "");
}

#[test]
fn what_became_of_requests_is_told() {
    let step = |request: &str, day: u32, outcome: &str| {
        format!(
            "{{\"id\":\"{request}-{day}-{outcome}\",\"at\":\"2026-05-{day:02}T09:00:00Z\",\"account\":\"acme\",\
             \"kind\":\"approval-step\",\"request\":\"{request}\",\"from\":\"kam\",\"to\":\"desk\",\"outcome\":\"{outcome}\"}}\n"
        )
    };
    let log = [
        step("r1", 4, "approved"),
        step("r2", 5, "requested"),
        step("r2", 6, "approved"),
        step("r2", 7, "approved"),
    ];
    let told = said(&inspected(&log.concat()), "approval-step");
    assert!(
        told.contains("1 of 3 decisions (33 %) have no step before them (as `r1` at <stdin>:1)"),
        "{told}"
    );
    assert!(told.contains("1 of 2 requests (50 %) are decided more than once"), "{told}");

    // Handed in and decided in one second, in any order; rejected, handed in again, and decided.
    let log = [
        step("r1", 4, "approved"),
        step("r1", 4, "requested"),
        step("r2", 5, "requested"),
        step("r2", 6, "rejected"),
        step("r2", 7, "requested"),
        step("r2", 8, "approved"),
    ];
    assert_eq!(said(&inspected(&log.concat()), "approval-step"), "");
}

#[test]
fn times_that_nobody_believes_are_told_with_their_line() {
    let week = |n: u32| {
        meeting(&format!("m{n}"), &format!("2026-0{}-{:02}T09:00:00Z", 1 + n / 4, 5 + n % 4 * 7), "")
    };
    let mut log: String = (0..24).map(week).collect();
    log.insert_str(0, &meeting("odd", "1970-01-01T00:00:00Z", ""));
    log.push_str(&meeting("typo", "2099-05-04T09:00:00Z", ""));
    let told = said(&inspected(&log), "times");
    assert!(
        told.contains("1 activity lies more than two years away from all others, as 1 Jan 1970 at <stdin>:1"),
        "{told}"
    );
    assert!(told.contains("which are not taken: 1 (3 %), the farthest 4 May 2099 at <stdin>:26"), "{told}");
    // A log of two lives is no slip.
    let log: String = (0..8)
        .map(week)
        .chain((0..8).map(|n| week(n).replace("2026", "2021").replace("\"m", "\"n")))
        .collect();
    assert!(!said(&inspected(&log), "times").contains("two years"), "{}", inspected(&log));
}
