//! Nothing silences a log: no single line, whatever is wrong with it, and no feed that gives nothing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read what it tests must end"
)]

use redtape_tests::{Ran, project, run};
use serde_json::Value;

const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";

fn fitcorp() -> Vec<String> {
    let text = std::fs::read_to_string(project().join(FITCORP)).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn scan(lines: &[String], more: &[&str]) -> Ran {
    let log: String = lines.iter().map(|line| format!("{line}\n")).collect();
    run(&[&["scan", "-"], more].concat(), log.as_bytes())
}

/// The alerts of a log: what each says and when, all of them and those that are open.
fn alerts(lines: &[String], more: &[&str]) -> (Vec<Value>, Value, Value) {
    let ran = scan(lines, &[&["--format", "json"], more].concat());
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let list = |name: &str| report[name].as_array().unwrap().clone();
    (list("alerts"), report["open"].clone(), report["input"].clone())
}

fn meeting(id: &str, at: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"at\":\"{at}\",\"account\":\"x\",\"kind\":\"meeting\",\"duration_min\":30,\"participants\":[\"a\",\"b\"]}}"
    )
}

/// The log with a line at a place.
fn with(place: usize, line: &str) -> Vec<String> {
    let mut lines = fitcorp();
    lines.insert(place, line.to_owned());
    lines
}

#[test]
fn one_line_changes_no_alert_wherever_it_stands() {
    let plain = fitcorp();
    let count = plain.len();
    let (expected, open, input) = alerts(&plain, &[]);
    assert!(expected.len() > 30 && !open.as_array().unwrap().is_empty());
    let broken = r#"{"at":"2026-11-01T00:00:00Z""#;
    let no_activity = r#"{"id":"z","at":"2025-12-01T00:00:00Z","account":"x","kind":"meating"}"#;
    let slip = meeting("slip", "2026-04-09T09:00:00Z");
    let old = meeting("old", "1924-04-09T09:00:00Z");
    let empty = meeting("empty", "1970-01-01T00:00:00Z");
    for (line, places) in [
        (broken, &[0, 1, count / 2, count][..]),
        (no_activity, &[0, count / 2, count]),
        (&slip, &[0, 1, count / 3, count - 1, count]),
        (&old, &[0, 1, count / 2, count]),
        (&empty, &[0, count / 2]),
    ] {
        for place in places {
            for sort in [&[][..], &["--sort"]] {
                let told = alerts(&with(*place, line), sort);
                assert_eq!((&told.0, &told.1), (&expected, &open), "{line} at {place} {sort:?}");
                assert_eq!(told.2["accepted"], input["accepted"], "{line} at {place} {sort:?}");
            }
        }
    }
}

#[test]
fn a_line_that_stands_apart_is_told_with_its_place_and_what_to_do() {
    let lines = with(400, &meeting("slip", "2026-04-09T09:00:00Z"));
    let ran = scan(&lines, &[]);
    let told = "note: 1 line not taken because nothing else in the log is near: <stdin>:401 says 2026-04-09T09:00:00Z";
    assert!(ran.err.contains(told) && ran.err.contains("--allow-gap"), "{}", ran.err);
    assert_eq!(scan(&lines, &["--strict"]).code, Some(3));
    let ran = scan(&with(0, &meeting("empty", "1970-01-01T00:00:00Z")), &[]);
    let told = "<stdin>:1 says 1970-01-01T00:00:00Z, years before all others; if that is right, --allow-gap takes it";
    assert!(ran.err.contains(told), "{}", ran.err);
    // Who says that it is right, is believed.
    let ran = scan(&lines, &["--allow-gap", "--fail-on", "warning", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(report["input"]["late"].as_u64().unwrap() > 500, "{}", report["input"]);
    assert_eq!(ran.code, Some(3), "most lines were late: {}", ran.err);
    assert!(ran.err.contains("most lines were not taken"), "{}", ran.err);
}

#[test]
fn one_line_of_several_logs_makes_no_other_late() {
    let folder = std::env::temp_dir().join(format!("redtape-silence-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for line in fitcorp() {
        if left.len() > right.len() { right.push(line) } else { left.push(line) }
    }
    let give = |name: &str, lines: &[String]| {
        let file = folder.join(name);
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
        file.display().to_string()
    };
    let (expected, open, _) = alerts(&fitcorp(), &[]);
    for line in [meeting("slip", "2026-04-09T09:00:00Z"), r#"{"at":"2026-11-01T00:00:00Z""#.to_owned()] {
        let mut slipped = left.clone();
        slipped.insert(100, line);
        let (left, right) = (give("left", &slipped), give("right", &right));
        let ran = run(&["scan", &left, &right, "--format", "json"], b"");
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!((report["input"]["late"].as_u64(), &report["open"]), (Some(0), &open), "{}", ran.err);
        assert_eq!(report["alerts"].as_array().unwrap(), &expected);
        assert!(ran.err.contains("left:101"), "{}", ran.err);
    }
}

/// Lines of a log by their dates; each is another activity.
fn dated(dates: &[&str]) -> Vec<String> {
    let line = |(number, date): (usize, &&str)| meeting(&format!("m{number}"), &format!("{date}T09:00:00Z"));
    dates.iter().enumerate().map(line).collect()
}

#[test]
fn real_gaps_are_no_slips() {
    let busy: Vec<String> = (1..=28).map(|day| format!("2024-01-{day:02}")).collect();
    let busy: Vec<&str> = busy.iter().map(String::as_str).collect();
    let after = |more: &[&'static str]| [&busy, more].concat();
    for (what, dates) in [
        ("one line", vec!["2024-01-01"]),
        ("two lines, years apart", vec!["2020-01-01", "2026-01-01"]),
        ("a quarterly log", vec!["2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01", "2025-01-02"]),
        ("months in which nobody did anything", after(&["2024-09-01", "2024-09-02"])),
        ("a gap, and a line a little late", after(&["2024-09-05", "2024-01-28", "2024-09-06", "2024-09-07"])),
        ("a holiday before the last line", after(&["2024-02-24"])),
        ("hardly anything any more", after(&["2024-05-01", "2024-07-05", "2024-09-10", "2024-11-12"])),
        ("begins with a line from long before", [&["2019-01-01"], busy.as_slice()].concat()),
        ("begins out of order", [&["2024-01-20", "2024-01-01"], busy.as_slice()].concat()),
    ] {
        for sort in [&[][..], &["--sort"]] {
            let lines = dated(&dates);
            let (_, _, input) = alerts(&lines, sort);
            let taken = input["accepted"].as_u64().unwrap();
            let late = input["late"].as_u64().unwrap();
            assert_eq!(taken + late, lines.len() as u64, "{what} {sort:?}: {input}");
            assert!(late <= 1, "{what} {sort:?}: {input}");
        }
    }
}

#[test]
fn what_stands_apart_at_the_end_waits_for_company() {
    let busy: Vec<String> = (1..=28).map(|day| format!("2024-01-{day:02}")).collect();
    let busy: Vec<&str> = busy.iter().map(String::as_str).collect();
    let apart = |more: &[&'static str]| {
        let (_, _, input) = alerts(&dated(&[&busy, more].concat()), &[]);
        input["rejected"].as_u64().unwrap()
    };
    assert_eq!(apart(&["2024-09-01"]), 1);
    assert_eq!(apart(&["2024-09-01", "2024-09-03"]), 0);
    // A line is no company for itself.
    let mut twice = dated(&[&busy[..], &["2024-09-01"]].concat());
    twice.push(twice.last().unwrap().clone());
    assert_eq!(alerts(&twice, &[]).2["rejected"], 2);
}

#[test]
fn a_feed_that_gives_nothing_is_not_healthy() {
    let page = "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n";
    let noise: Vec<u8> = (0..4_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    let commands: [&[&str]; 3] = [&["scan", "-"], &["convert", "-"], &["inspect", "-"]];
    for command in commands {
        for feed in [page.as_bytes(), b"Error: token expired\n", &noise] {
            let ran = run(command, feed);
            assert_eq!(ran.code, Some(3), "{command:?}: {}", ran.err);
            assert!(ran.err.contains("error: "), "{command:?}: {}", ran.err);
        }
        for feed in ["", "\n \n"] {
            let ran = run(command, feed.as_bytes());
            assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.err);
            assert!(ran.err.contains("note: `<stdin>` is empty"), "{command:?}: {}", ran.err);
            let ran = run(&[command, &["--strict", "-q"]].concat(), feed.as_bytes());
            assert_eq!(ran.code, Some(3), "{command:?}: {}", ran.err);
            assert!(ran.err.contains("error: `<stdin>` is empty"), "{command:?}: {}", ran.err);
        }
    }
    assert_eq!(run(&["scan", "-", "--fail-on", "critical"], b"").code, Some(3));
}

#[test]
fn each_input_is_looked_at_by_itself() {
    let folder = std::env::temp_dir().join(format!("redtape-each-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bad = folder.join("bad.ndjson").display().to_string();
    std::fs::write(&bad, "Error: token expired\n").unwrap();
    for command in ["scan", "convert", "inspect", "backtest", "calibrate"] {
        let ran = run(&[command, FITCORP, &bad], b"");
        assert_eq!(ran.code, Some(3), "{command}: {}", ran.err);
        assert!(ran.err.contains(&format!("nothing in `{bad}` was understood")), "{}", ran.err);
        assert!(ran.out.len() > 500, "{command}: what the other gives is told");
    }
    let ran = run(&["calibrate", &bad], b"");
    assert_eq!((ran.code, &*ran.out), (Some(3), ""), "no policy comes of nothing: {}", ran.err);
}

#[test]
fn what_was_decided_before_an_input_broke_is_told() {
    let folder = std::env::temp_dir().join(format!("redtape-cut-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = std::fs::read(project().join(FITCORP)).unwrap();
    let packed = zstd::encode_all(&text[..], 0).unwrap();
    let cut = folder.join("cut.ndjson.zst").display().to_string();
    // Several blocks, so that some are whole.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    std::io::Write::write_all(&mut encoder, &text).unwrap();
    let gzip = encoder.finish().unwrap();
    std::fs::write(&cut, &gzip[..gzip.len() * 3 / 4]).unwrap();
    assert!(packed.len() > 100);
    for format in ["table", "ndjson"] {
        let ran = run(&["scan", &cut, "--format", format], b"");
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        assert!(ran.err.contains(&format!("failed to read `{cut}`: after line ")), "{}", ran.err);
        assert!(ran.out.contains("meeting-") || ran.out.contains("approval-"), "{format}: {}", ran.out);
    }
    // What a program would take for the whole is not written.
    for format in ["json", "html"] {
        let ran = run(&["scan", &cut, "--format", format], b"");
        assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""), "{}", ran.err);
    }
}
