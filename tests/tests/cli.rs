//! The command as people and pipelines use it: streams, exit codes, formats, broken input.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_tests::{command, project, run};
use serde_json::Value;
use std::io::{Read, Write};
use std::process::Stdio;

const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";
const WARNS: &str = "fixtures/two-weeks-of-five-meetings-warn/activities.ndjson";
const CRITICAL: &str = "fixtures/an-open-request-turns-critical-at-nine-hops/activities.ndjson";

fn bytes(log: &str) -> Vec<u8> {
    std::fs::read(project().join(log)).unwrap()
}

#[test]
fn plain_gzip_and_zstd_give_one_report_from_file_and_stream() {
    let log = bytes(FITCORP);
    let expected = run(&["scan", FITCORP, "--format", "json"], b"").out;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&log).unwrap();
    let zstd = zstd::encode_all(log.as_slice(), 1).unwrap();
    for stream in [log, gzip.finish().unwrap(), zstd] {
        let ran = run(&["scan", "-", "--format", "json"], &stream);
        assert_eq!((ran.code, ran.out == expected), (Some(0), true), "{}", ran.err);
    }
}

#[test]
fn several_logs_are_read_as_one() {
    let folder = std::env::temp_dir().join(format!("redtape-cli-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = String::from_utf8(bytes(FITCORP)).unwrap();
    let part = |rest: usize| -> String {
        text.lines().enumerate().filter(|(i, _)| i % 2 == rest).map(|(_, line)| format!("{line}\n")).collect()
    };
    let files = [folder.join("even.ndjson"), folder.join("odd.ndjson")];
    std::fs::write(&files[0], part(0)).unwrap();
    std::fs::write(&files[1], part(1)).unwrap();
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let whole = run(&["scan", FITCORP, "--format", "ndjson", "-q"], b"");
    let parts = run(&["scan", files[1], files[0], "--format", "ndjson", "-q"], b"");
    assert!(!whole.out.is_empty());
    assert_eq!(whole.out, parts.out);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let help = run(&["--help"], b"").out;
    let cases: [(&[&str], i32, &str); 14] = [
        (&["scan", FITCORP], 0, "done"),
        (&["scan", WARNS], 0, "done"),
        (&["scan", WARNS, "--fail-on", "warning"], 1, "--fail-on"),
        (&["scan", WARNS, "--fail-on", "critical"], 0, "done"),
        (&["scan", CRITICAL, "--fail-on", "critical"], 1, "--fail-on"),
        (&["scan", FITCORP, "--fail-on", "warning"], 1, "--fail-on"),
        (&["scan", FITCORP, "--fail-on", "warning", "--cause", "threshold"], 0, "done"),
        (&["scan"], 2, "wrong usage"),
        (&["scan", FITCORP, "--signal", "meetings"], 2, "wrong usage"),
        (&["scan", FITCORP, "--as-of", "someday"], 2, "wrong usage"),
        (&["scan", FITCORP, "--policy", "fixtures/five-mistakes-in-a-policy/policy.toml"], 2, "policy"),
        (&["scan", "no-such-file.ndjson"], 3, "could not be read"),
        (&["scan", "fixtures/bad-lines/activities.ndjson"], 0, "done"),
        (&["scan", "fixtures/bad-lines/activities.ndjson", "--strict"], 3, "--strict"),
    ];
    for (arguments, code, meaning) in cases {
        let ran = run(arguments, b"");
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}", ran.err);
        let row = help.lines().find(|line| line.starts_with(&format!("  {code}  "))).unwrap_or_default();
        assert!(row.contains(meaning), "--help does not say `{meaning}` of exit code {code}: {row}");
    }
}

#[test]
fn a_missing_file_and_a_damaged_archive_are_named() {
    let ran = run(&["scan", "no-such-file.ndjson"], b"");
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("no-such-file.ndjson") && ran.err.contains("No such file"), "{}", ran.err);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes(FITCORP)).unwrap();
    let mut cut = gzip.finish().unwrap();
    cut.truncate(cut.len() / 2);
    let ran = run(&["scan", "-", "--format", "json"], &cut);
    assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""), "{}", ran.err);
    assert!(ran.err.contains("`<stdin>`: after line "), "{}", ran.err);
}

#[test]
fn the_formats_tell_the_same_alerts() {
    let report: Value = serde_json::from_str(&run(&["scan", FITCORP, "--format", "json"], b"").out).unwrap();
    let alerts = report["alerts"].as_array().unwrap();
    let lines = |format: &str| -> Vec<Value> {
        let out = run(&["scan", FITCORP, "--format", format], b"").out;
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert_eq!(&lines("ndjson"), alerts);
    let events = lines("cloudevents");
    assert_eq!(events.len(), alerts.len());
    let mut ids = std::collections::BTreeSet::new();
    for (event, alert) in events.iter().zip(alerts) {
        assert_eq!(
            (&event["data"], &event["time"], &event["subject"]),
            (alert, &alert["at"], &alert["account"])
        );
        assert_eq!(
            (event["specversion"].as_str(), event["source"].as_str()),
            (Some("1.0"), Some("/redtape/scan"))
        );
        assert_eq!(event["type"], format!("redtape.alert.{}", alert["state"].as_str().unwrap()));
        assert!(ids.insert(event["id"].to_string()), "{} comes twice", event["id"]);
    }
}

#[test]
fn filters_choose_alerts() {
    let of = |arguments: &[&str]| -> Vec<Value> {
        let all = [&["scan", FITCORP, "--format", "ndjson"], arguments].concat();
        run(&all, b"").out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = of(&[]);
    let hops = of(&["--signal", "approval-hops", "--account", "northern-sports"]);
    let expected: Vec<&Value> = all
        .iter()
        .filter(|alert| alert["signal"] == "approval-hops" && alert["account"] == "northern-sports")
        .collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    assert_eq!(hops.iter().collect::<Vec<_>>(), expected);
    let (limits, rises) = (of(&["--cause", "threshold"]), of(&["--cause", "rise"]));
    assert!(!limits.is_empty() && !rises.is_empty() && limits.len() + rises.len() == all.len());
    assert!(rises.iter().all(|alert| alert["confidence"].is_f64() && alert["threshold"].is_null()));
    assert!(of(&["--account", "nobody"]).is_empty());
}

#[test]
fn scores_say_what_the_watch_made_of_every_week() {
    let log = "fixtures/a-ramp-is-found-in-every-signal/activities.ndjson";
    let of = |arguments: &[&str]| run(&[&["scan", log, "--scores", "--quiet"], arguments].concat(), b"");
    let all = of(&[]);
    assert_eq!((all.code, all.err.as_str()), (Some(0), ""));
    assert_eq!(of(&["--shards", "1"]).out, all.out);
    let lines: Vec<Value> = all.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let order =
        |line: &Value| ["week", "account", "signal"].map(|key| line[key].as_str().unwrap().to_owned());
    assert!(lines.windows(2).all(|pair| order(&pair[0]) < order(&pair[1])), "by week, account and signal");
    let of_meetings = of(&["--account", "meetings", "--signal", "meeting-count"]).out;
    let series: Vec<Value> = of_meetings.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(series.len() > 80 && series.len() < lines.len());
    let (first, last) = (&series[0], &series[series.len() - 1]);
    assert!(first["score"].as_f64() < Some(-2.0) && last["score"].as_f64() > Some(0.0), "{first} {last}");
    assert!(
        last["value"].as_f64() > last["expected"].as_f64() && last["company_factor"].as_f64() > Some(0.5)
    );
    // A week is decided a week after its end.
    assert_eq!(
        (first["week"].as_str(), first["at"].as_str()),
        (Some("2024-02-26T00:00:00Z"), Some("2024-03-11T00:00:00Z"))
    );
    assert_eq!(of(&["--format", "json"]).code, Some(2), "scores have one format");
}

#[test]
fn a_log_out_of_order_is_said_so_and_can_be_sorted() {
    let log = bytes(FITCORP);
    let mut lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    lines.reverse();
    let reversed = lines.concat();
    let ran = run(&["scan", "-", "--format", "json"], &reversed);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(report["input"]["late"].as_u64().unwrap() > 900);
    assert!(ran.err.contains("came after their week was closed; the first is <stdin>:"), "{}", ran.err);
    assert!(ran.err.contains("--sort puts the log in order first"), "{}", ran.err);
    let sorted = run(&["scan", "-", "--format", "ndjson", "--sort"], &reversed);
    assert_eq!(sorted.out, run(&["scan", FITCORP, "--format", "ndjson"], b"").out);
}

#[test]
fn time_ends_where_it_is_told_to() {
    let report = |arguments: &[&str]| -> Value {
        let all = [&["scan", FITCORP, "--format", "json"], arguments].concat();
        serde_json::from_str(&run(&all, b"").out).unwrap()
    };
    // The Monday of the newest activity's week and the lateness, whatever day it is today.
    assert_eq!(report(&[])["as_of"], "2025-06-30T00:00:00Z");
    let then = report(&["--as-of", "2025-02-01T12:00:00Z"]);
    assert_eq!(then["as_of"], "2025-02-01T12:00:00Z");
    assert!(then["input"]["later"].as_u64().unwrap() > 100, "later lines are not known then");
    assert!(!then["open"].as_array().unwrap().is_empty());
    let whole = report(&[]);
    let (then, whole) = (then["alerts"].as_array().unwrap(), whole["alerts"].as_array().unwrap());
    let known = whole.iter().filter(|alert| alert["at"].as_str() < Some("2025-02-01"));
    assert!(
        known.eq(then.iter().filter(|alert| alert["at"].as_str() < Some("2025-02-01"))),
        "the future changed the past"
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = command(&["scan", "-", "--format", "ndjson", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let log = bytes(FITCORP);
    drop(child.stdin.take().unwrap().write_all(&log));
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn results_go_to_standard_output_and_nothing_else_does() {
    let ran = run(&["scan", "fixtures/bad-lines/activities.ndjson"], b"");
    assert!(
        ran.err.contains("ndjson:2: found") && !ran.out.contains("ndjson:2:"),
        "{}\n{}",
        ran.err,
        ran.out
    );
    assert!(!ran.out.contains('\u{1b}'), "no colour where it is no terminal");
    let quiet = run(&["scan", "fixtures/bad-lines/activities.ndjson", "--quiet"], b"");
    assert_eq!((quiet.err.as_str(), quiet.out), ("", ran.out));
}

#[test]
fn the_table_fits_a_hundred_columns_and_escapes_what_users_wrote() {
    let line = |day: u32, n: u32| {
        format!(
            "{{\"id\":\"m{day}-{n}\",\"at\":\"2026-01-{day:02}T0{n}:00:00Z\",\"account\":\"ac\\u001b[31mme\",\"kind\":\"meeting\",\"duration_min\":30,\"series\":\"a series with a very long name that goes on and on and on until the line is full\"}}\n"
        )
    };
    let log: String = [5, 12, 19].into_iter().flat_map(|day| (1..9).map(move |n| line(day, n))).collect();
    let ran = run(&["scan", "-", "--as-of", "2026-02-02T00:00:00Z", "--color", "always"], log.as_bytes());
    assert!(ran.out.contains("CRITICAL") && ran.out.contains("8 meetings"), "{}", ran.out);
    assert!(!ran.out.contains("\u{1b}[31mme"), "{:?}", ran.out);
    let plain = run(&["scan", "-", "--as-of", "2026-02-02T00:00:00Z"], log.as_bytes()).out;
    assert!(plain.lines().all(|line| line.chars().count() <= 100), "{plain}");
}

#[test]
fn helpers_for_shells_and_editors_are_printed() {
    let man = run(&["man"], b"").out;
    assert!(man.contains(".TH redtape") && man.contains("scan"), "{man}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(&["completions", shell], b"");
        assert!(ran.code == Some(0) && ran.out.contains("redtape"), "{shell}: {}", ran.err);
    }
    assert_eq!(run(&["schema"], b"").out.trim_end(), redtape_engine::policy::schema());
    let help = run(&["scan", "--help"], b"").out;
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
}
