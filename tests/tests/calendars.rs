//! Calendars: what becomes of those in `fixtures/exports/ics-*`, of hostile ones, and of real ones.
//!
//! The real ones are not part of the project; `REDTAPE_DATA` names their folder, as for the real logs.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::expect_file;
use redtape::Policy;
use redtape_import::Input;
use redtape_import::input::{AccountFrom, Content, Reading};
use redtape_model::calendar;
use redtape_scan::Error;
use redtape_scan::Scan;
use redtape_scan::scan::Clock;
use redtape_tests::{Native, project};
use std::error::Error as _;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const PRESENT: &str = "2026-11-01T00:00:00Z";

#[test]
fn every_calendar_gives_its_expected_activities() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(project().join("fixtures/exports"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("ics-"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 10, "only {} calendars", cases.len());
    let readme = redtape_tests::read("fixtures/README.md");
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        assert!(readme.contains(&format!("`{name}`")), "{name}: not in fixtures/README.md");
        let file = case.join("calendar.ics");
        let reading = reading(&case);
        let (lines, error) = converted(&file, &reading);
        assert_eq!(error, None, "{name}");
        expect_file![case.join("expected.ndjson")].assert_eq(&lines.concat());
        expect_file![case.join("expected-notes.txt")].assert_eq(&notes(&file, &reading));
    }
}

#[test]
fn real_calendars_convert_or_say_why_not() {
    let folder =
        std::env::var_os("REDTAPE_DATA").map_or_else(|| project().join("../shared/data"), PathBuf::from);
    let folder = folder.join("originals/ics");
    if !folder.is_dir() {
        // Past the capture of passing tests: whoever reads the run must see it.
        writeln!(std::io::stderr(), "real calendars: skipped, there is no {}", folder.display()).unwrap();
        return;
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 8);
    let mut told =
        String::from("# Activities and faults of each real calendar, and what is said about it.\n");
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (lines, error) = converted(&file, &until(Some(PRESENT)));
        let faults: Vec<&String> = lines.iter().filter(|line| line.starts_with("{\"line\"")).collect();
        writeln!(told, "{name}: {} activities, {} faults", lines.len() - faults.len(), faults.len()).unwrap();
        faults.into_iter().for_each(|fault| told += &format!("  {fault}"));
        match error {
            Some(error) => writeln!(told, "  {error}").unwrap(),
            None => {
                notes(&file, &until(Some(PRESENT))).lines().for_each(|note| told += &format!("  {note}\n"))
            }
        }
    }
    expect_file![project().join("tests/real-calendars.txt")].assert_eq(&told);
}

#[test]
fn calendars_that_are_given_together_are_one() {
    let event = |more: &str| {
        let people = "ORGANIZER:mailto:kam-1@acme.example\nATTENDEE:mailto:buyer@bolt.example";
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:weekly\nDTSTAMP:20261101T000000Z\n{people}\n{more}\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let march = event("SEQUENCE:0\nDTSTART:20260302T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3");
    let april = event("SEQUENCE:1\nDTSTART:20260302T093000Z\nRRULE:FREQ=WEEKLY;COUNT=3");
    // Of an instance that is no more, and of one that is.
    let old_change = event("RECURRENCE-ID:20260309T090000Z\nSEQUENCE:0\nDTSTART:20260309T150000Z");
    let change = event("RECURRENCE-ID:20260309T093000Z\nSEQUENCE:0\nDTSTART:20260310T080000Z");
    let starts = |texts: &[&str]| {
        let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        let mut input = Input::from_bytes(&texts).unwrap();
        let mut starts = Vec::new();
        while let Some(line) = input.next_line().unwrap() {
            let Content::Text(text) = line.content else { panic!("{line:?}") };
            let text: serde_json::Value = serde_json::from_str(text).unwrap();
            starts.push((text["at"].as_str().unwrap()[5..16].to_owned(), line.origin.file));
        }
        starts
    };
    let at =
        |file: u32| ["03-02T09:30", "03-09T09:30", "03-16T09:30"].map(|at| (at.to_owned(), file)).to_vec();
    assert_eq!(starts(&[&march, &april]), at(1));
    assert_eq!(starts(&[&april, &march]), at(0));
    assert_eq!(starts(&[&april, &old_change, &march]), at(0));
    let mut changed = at(0);
    changed[1] = ("03-10T08:00".to_owned(), 1);
    assert_eq!(starts(&[&april, &change]), changed);
    assert_eq!(starts(&[&april, &april]), at(1), "of the same the last one");
}

#[test]
fn hostile_calendars_end_within_bounds() {
    let event = |more: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20000101T090000Z\r\n{more}END:VEVENT\r\n"
        )
    };
    let calendar = |events: &str| format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n");
    let people = |count: usize| {
        let one = |n: usize| format!("ATTENDEE:mailto:p{n}@bolt.example\r\n");
        (0..count).map(one).collect::<String>()
    };
    check(&calendar(&event(&people(100_000))), 0, "at most 10000 people");
    check(&calendar(&event(&people(3_000))), 0, "an activity of at most 65536 bytes");
    check(&calendar(&event(&people(500))), 1, "");
    check(&calendar(&event("RRULE:FREQ=DAILY\r\n")), 9_801, "");
    let often = "RRULE:FREQ=DAILY;BYHOUR=9,10\r\n";
    check(&calendar(&event(often)), 0, "at most 10000 instances of a series");
    check(&calendar(&event("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31\r\n")), 1, "");
    check("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", 0, "`END:VEVENT` for line 2: it is cut short");
    check(&("BEGIN:VCALENDAR\r\n".to_owned() + &"X".repeat(1 << 24)), 0, "cut short");
    let deep = "BEGIN:VEVENT\r\nBEGIN:VALARM\r\n".to_owned() + &"BEGIN:X\r\n".repeat(100_000);
    check(&calendar(&deep), 0, "components at most 16 deep");
}

#[test]
fn rules_that_find_nothing_take_no_time() {
    let event = |n: usize, rule: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:19000101T090000Z\r\nRRULE:{rule}\r\nEND:VEVENT\r\n"
        )
    };
    let all = |numbers: std::ops::RangeInclusive<u32>| {
        numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",")
    };
    let seconds =
        format!("FREQ=YEARLY;BYHOUR={};BYMINUTE={};BYSECOND={}", all(0..=23), all(0..=59), all(0..=59));
    let calendar = |count: usize, rule: &str| {
        let events: String = (0..count).map(|n| event(n, rule)).collect();
        format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n")
    };
    check(&calendar(1_000, &seconds), 0, "at most 100 times a day");
    check(&calendar(20, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), 20, "");
    // A few rules that look at many days are no harm, thousands of them are.
    check(&calendar(8_000, "FREQ=DAILY;BYMONTHDAY=31;BYDAY=MO;BYSETPOS=2"), 0, "look at too many days");
}

/// So many activities, and `said` in what is wrong; an empty one: nothing is.
#[track_caller]
fn check(text: &str, activities: usize, said: &str) {
    let mut input = Input::from_bytes(&[text.as_bytes()]).unwrap();
    let (lines, error) = lines(&mut input);
    let (faults, given): (Vec<String>, Vec<String>) =
        lines.into_iter().partition(|line| line.starts_with("{\"line\""));
    let wrong = faults.concat() + error.as_deref().unwrap_or_default();
    assert!(if said.is_empty() { wrong.is_empty() } else { wrong.contains(said) }, "{said}: {wrong}");
    assert!(given.len() == activities || error.is_some(), "{} activities", given.len());
}

/// The options of a case: `reading.toml`, where it has one.
fn reading(case: &Path) -> Reading {
    let options: toml::Table =
        std::fs::read_to_string(case.join("reading.toml")).unwrap_or_default().parse().unwrap();
    let text = |name: &str| options.get(name).and_then(toml::Value::as_str);
    let domains = options.get("own_domains").and_then(toml::Value::as_array);
    Reading {
        time_zone: text("time_zone").map(|zone| calendar::Zone::named(zone).unwrap()),
        account_from: match text("account_from") {
            Some("category") => AccountFrom::Category,
            Some("file") => AccountFrom::File,
            _ => AccountFrom::Domain,
        },
        own_domains: domains.into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()).collect(),
        ..until(text("until").or(Some(PRESENT)))
    }
}

fn until(instant: Option<&str>) -> Reading {
    Reading { until: instant.and_then(calendar::parse), ..Reading::default() }
}

/// The lines a file gives, and why there are no more.
fn converted(file: &Path, reading: &Reading) -> (Vec<String>, Option<String>) {
    lines(&mut Input::open_as(&[file.to_owned()], reading).unwrap())
}

fn lines(input: &mut Input) -> (Vec<String>, Option<String>) {
    let mut lines = Vec::new();
    loop {
        let line = match input.next_line() {
            Ok(Some(line)) => line,
            Ok(None) => return (lines, None),
            Err(error) => return (lines, error.source().map(ToString::to_string)),
        };
        lines.push(match line.content {
            Content::Text(text) => {
                redtape_engine::ndjson::parse_line(text).unwrap();
                format!("{text}\n")
            }
            Content::Faulty(fault) => {
                let text = |text: &str| serde_json::to_string(text).unwrap();
                let [field, found, expected] =
                    [&fault.field, &fault.found, &fault.expected].map(|it| text(it));
                let number = line.origin.line;
                format!("{{\"line\":{number},\"field\":{field},\"found\":{found},\"expected\":{expected}}}\n")
            }
            other => format!("{other:?}\n"),
        });
    }
}

/// What a scan of a file says about it.
fn notes(file: &Path, reading: &Reading) -> String {
    let input = Input::open_as(&[file.to_owned()], reading).unwrap();
    let present = calendar::parse(PRESENT).unwrap();
    let clock = Clock { zone: calendar::Zone::default(), lateness_days: 7, as_of: None, present };
    let engine = Native::configured(&Policy::default().json()).unwrap();
    let report = Scan::new(clock).run(input, vec![engine], |_| Ok::<(), Error>(())).unwrap();
    let folder = format!("{}/", file.parent().unwrap().display());
    report.remarks.iter().map(|note| format!("{}\n", note.replace(&folder, ""))).collect()
}
