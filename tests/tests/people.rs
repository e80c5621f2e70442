//! Nobody is named unasked: not in what a command writes, not in what it says.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::expect;
use redtape_tests::{project, run};
use std::fmt::Write;
use std::path::PathBuf;

const CALENDAR: &str = "BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:p.seven@acme.example
DTSTART:20260504T090000Z
DTEND:20260504T100000Z
SUMMARY:1:1 with Person Seven\\, after Eight\\, Person
ORGANIZER;CN=KAM 1:mailto:kam-1@acme.example
ATTENDEE;CN=\"Seven, Person\":mailto:p.seven@bolt.example
ATTENDEE;PARTSTAT=DECLINED;CN=Person Eight:mailto:p.eight@bolt.example
END:VEVENT
END:VCALENDAR
";
const EVENTS: &str = "Id,WhoId,Who.Name,WhatId,Subject,DurationInMinutes,StartDateTime,EndDateTime,OwnerId,Owner.Name,CreatedBy.Name
e1,c9,Person Nine,x1,Sales review with Person Nine and Person Ten,60,2026-05-05T09:00:00.000Z,2026-05-05T10:00:00.000Z,u1,Mark,Person Ten
e2,c9,Person Nine,x1,Mark the date / 1:1 Mark,60,2026-05-06T09:00:00.000Z,2026-05-06T10:00:00.000Z,u1,Mark,
";
const LINES: &str = r#"{"id":"n1","at":"2026-05-01T09:00:00Z","account":"x1","kind":"plan-version","plan":"Plan of Person Nine","author":"kam-1"}
{"id":"n2","at":"2026-05-07T09:00:00Z","account":"someone@gmail.com","kind":"exchange","thread":"p.eight@bolt.example/7","direction":"to-customer"}
"#;

/// A file of this test's own.
fn file(name: &str, text: &str) -> String {
    let folder = std::env::temp_dir().join(format!("redtape-people-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file: PathBuf = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[track_caller]
fn names_nobody(text: &str) {
    for name in ["Seven", "p.seven", "Eight", "p.eight", "Nine", " Ten", "@", "Bo Nobody"] {
        assert!(!text.contains(name), "{name} is named:\n{text}");
    }
}

#[test]
fn a_calendar_an_export_and_a_log_name_nobody_together() {
    let logs = [file("team.ics", CALENDAR), file("Event.csv", EVENTS), file("log.ndjson", LINES)];
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    let convert = |options: &[&str]| run(&[&["convert"], &logs[..], options].concat(), b"");
    let ran = convert(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    names_nobody(&ran.out);
    expect![[r#"
        {"id":"n1","at":"2026-05-01T09:00:00Z","account":"x1","kind":"plan-version","plan":"Plan of person 5","author":"person 1"}
        {"id":"uid-fd236eb0325885325129d4d59ee17f7a","at":"2026-05-04T09:00:00Z","account":"bolt.example","kind":"meeting","end":"2026-05-04T10:00:00Z","participants":[{"id":"person 2","side":"internal"},{"id":"person 3","side":"customer"}],"title":"1:1 with person 3, after person 6","status":"planned"}
    "#]].assert_eq(&ran.out.lines().take(2).fold(String::new(), |text, line| text + line + "\n"));
    let again = file("again.ndjson", &ran.out);
    assert_eq!(run(&["convert", &again, "-q"], b"").out, ran.out, "once more changes nothing");
    let named = convert(&["--people", "names", "-q"]).out;
    assert!(
        named.contains("1:1 with Person Seven, after Eight, Person")
            && named.contains(LINES.lines().next().unwrap())
    );
}

/// A log of eight meetings a week under one title, and as many broken lines.
fn busy() -> String {
    let mut log = String::new();
    for week in 0..6 {
        for hour in 0..8 {
            let day = 5 + 7 * week;
            let (month, day) = if day > 31 { (2, day - 31) } else { (1, day) };
            let at = format!("2026-{month:02}-{day:02}T{:02}:00:00Z", 8 + hour);
            writeln!(
                log,
                r#"{{"id":"m{week}-{hour}","at":"{at}","account":"someone@gmail.com","kind":"meeting","series":"p.eight@bolt.example","duration_min":60,"participants":["p.seven@bolt.example","Person Ten"],"title":"1:1 with Person Seven and Ten"}}"#
            )
            .unwrap();
            let broken = match hour {
                0 => r#""kind":"meeting","participants":[{"id":"Bo Nobody","side":"boss"}]"#,
                1 => r#""kind":"plan-version","plan":"Plan for Person Seven","author":["Bo Nobody"]"#,
                2 => {
                    r#""kind":"approval-step","request":"r","from":{"id":7},"to":"Bo Nobody","outcome":"yes","x":"Person Seven""#
                }
                3 => r#""kind":"meeting","participants":"Bo Nobody""#,
                4 => r#""kind":"meeting","participants":["Bo Nobody",]"#,
                5 => r#""kind":"party","author":"Bo Nobody""#,
                6 => r#""kind":"exchange","direction":"to-customer","thread":7,"x":"p.seven@bolt.example""#,
                _ => r#""kind":"meeting","title":"with Person Seven","participants":["Bo Nobody"#,
            };
            writeln!(log, r#"{{"id":"b{week}-{hour}","at":"{at}","account":"x",{broken}}}"#).unwrap();
        }
    }
    log
}

#[test]
fn no_command_names_anybody_and_all_do_where_they_are_asked_to() {
    let log = file("busy.ndjson", &busy());
    let as_of = ["--as-of", "2026-02-20"];
    let alerts = run(&[&["scan", &log, "--format", "ndjson"], &as_of[..]].concat(), b"");
    let alert: serde_json::Value = serde_json::from_str(alerts.out.lines().next().unwrap()).unwrap();
    let id = alert["id"].as_str().unwrap().to_owned();
    let commands: Vec<Vec<&str>> = vec![
        vec!["scan", &log, "--format", "table", "--ids"],
        vec!["scan", &log, "--format", "json"],
        vec!["scan", &log, "--format", "html"],
        vec!["scan", &log, "--format", "ndjson"],
        vec!["scan", &log, "--format", "cloudevents"],
        vec!["scan", &log, "--scores"],
        vec!["inspect", &log],
        vec!["inspect", &log, "--format", "json"],
        vec!["backtest", &log],
        vec!["backtest", &log, "--format", "json"],
        vec!["explain", &log, &id],
        vec!["convert", &log],
    ];
    for arguments in commands {
        let has_time = !matches!(arguments[0], "convert");
        let arguments = if has_time { [&arguments[..], &as_of[..]].concat() } else { arguments };
        let ran = run(&arguments, b"");
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
        let page = ran.out.split("<style>").next().unwrap_or_default().to_owned()
            + ran.out.rsplit("</style>").next().unwrap_or_default();
        names_nobody(&page);
        names_nobody(&ran.err);
        let named = run(&[&arguments[..], &["--people", "names"]].concat(), b"");
        let text = named.out + &named.err;
        assert!(text.contains("@gmail.com") || text.contains("Bo Nobody"), "{arguments:?}: {text}");
    }
    // The suggestion is as readable as before.
    let json = run(&[&["scan", &log, "--format", "json", "-q"], &as_of[..]].concat(), b"").out;
    assert!(json.contains("1:1 with person "), "{json}");
}

#[test]
fn the_readers_are_told_the_same_everywhere() {
    let guide = std::fs::read_to_string(project().join("README.md")).unwrap();
    let help = run(&["convert", "--help"], b"").out;
    for text in [
        guide.split_whitespace().collect::<Vec<_>>().join(" "),
        help.split_whitespace().collect::<Vec<_>>().join(" "),
    ] {
        assert!(text.contains("named in a title only"), "not every name can be known:\n{text}");
    }
}
