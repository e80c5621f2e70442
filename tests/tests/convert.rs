//! `redtape convert`: what is written is what a scan reads, and it names nobody unless asked to.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_tests::{command, project, run};
use serde_json::Value;

const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";

fn alerts(log: &[u8]) -> Value {
    let ran = run(&["scan", "-", "--format", "json"], log);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    ["alerts", "left_out", "input"].iter().map(|part| report.get(part).cloned().unwrap_or_default()).collect()
}

#[test]
fn a_log_without_names_raises_the_same_alerts() {
    let log = std::fs::read(project().join(FITCORP)).unwrap();
    let text = String::from_utf8(log.clone()).unwrap();
    let numbered = run(&["convert", FITCORP], b"").out;
    assert!(numbered.contains(r#""person 1""#), "{}", numbered.lines().next().unwrap_or_default());
    let mut people = 0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let named = line["participants"].as_array().cloned().unwrap_or_default();
        for id in named
            .iter()
            .chain([&line["author"], &line["from"], &line["to"]])
            .filter_map(|it| it.as_str().or(it["id"].as_str()))
        {
            assert!(!numbered.contains(&format!("{id:?}")), "`{id}` is still there");
            people += 1;
        }
    }
    assert!(people > 1_000, "{people}");
    assert_eq!(alerts(numbered.as_bytes()), alerts(&log));
    assert_eq!(run(&["convert", FITCORP, "--people", "names"], b"").out, text);
}

#[test]
fn pseudonyms_are_the_same_in_every_file_of_one_key() {
    let convert = |key: &str, log: &[u8]| {
        let mut command = command(&["convert", "-", "--people", "pseudonyms"]);
        command.env("REDTAPE_PEOPLE_KEY", key);
        let ran = redtape_tests::finish(command, log);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    let line = |id: &str, to: &str| {
        format!(
            "{{\"id\":\"{id}\",\"at\":\"2026-01-05T09:00:00Z\",\"account\":\"x\",\"kind\":\"approval-step\",\"request\":\"r\",\"from\":\"bo\",\"to\":\"{to}\",\"outcome\":\"approved\"}}\n"
        )
    };
    let from = |text: &str| serde_json::from_str::<Value>(text).unwrap()["from"].clone();
    let [key, other] = ["0123456789abcdef", "fedcba9876543210"];
    let alone = convert(key, line("a", "al").as_bytes());
    assert_eq!(from(&alone), from(&convert(key, line("b", "cy").as_bytes())));
    assert_ne!(from(&alone), from(&convert(other, line("a", "al").as_bytes())));
    assert_eq!(from(&alone).as_str().unwrap().len(), 16);
    let none = run(&["convert", FITCORP, "--people", "pseudonyms"], b"");
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""));
    assert!(none.err.contains("needs a key"), "{}", none.err);
}

#[test]
fn a_file_appears_once_it_is_complete() {
    let folder = std::env::temp_dir().join(format!("redtape-convert-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let plain = run(&["convert", FITCORP], b"").out;
    for ending in ["ndjson", "ndjson.gz", "ndjson.zst"] {
        let file = folder.join(format!("log.{ending}"));
        let ran = run(&["convert", FITCORP, "-o", file.to_str().unwrap()], b"");
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
        assert!(ran.err.contains("976 records, 976 activities written\n"), "{}", ran.err);
        let read = run(&["convert", file.to_str().unwrap(), "--people", "names"], b"");
        assert_eq!(read.out, plain, "{ending}");
    }
    let broken = folder.join("broken.ndjson");
    let ran = run(&["convert", FITCORP, "no-such-file", "-o", broken.to_str().unwrap()], b"");
    assert_eq!(ran.code, Some(3));
    assert!(!broken.exists() && std::fs::read_dir(&folder).unwrap().count() == 3, "nothing half is left");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_a_scan_would_refuse_is_told_and_the_rest_is_written() {
    let line = |id: &str, rest: &str| {
        format!("{{\"id\":\"{id}\",\"at\":\"2026-01-05T09:00:00Z\",\"account\":\"x\",\"kind\":{rest}}}\n")
    };
    let good = line("a", "\"exchange\",\"direction\":\"from-customer\"");
    let mut log = good.clone().into_bytes();
    log.extend(b"\nnonsense\n[1]\n\xff\n{\"id\":\"a\"}\n");
    log.extend(line("b", "\"meeting\",\"kind\":\"meeting\"").bytes());
    log.extend(line("c", "\"plan-version\",\"plan\":\"p\",\"version\":1.5").bytes());
    for options in [&["--strict"][..], &["--strict", "--people", "names"]] {
        let ran = run(&[&["convert", "-"], options].concat(), &log);
        assert_eq!((ran.code, ran.out.as_str()), (Some(3), good.as_str()), "{}", ran.err);
        let told: Vec<&str> = ran.err.lines().collect();
        assert_eq!(told[0], "7 records, 1 activity written, 6 not understood");
        assert!(told[1].starts_with("  <stdin>:3: found `"), "{told:?}");
        assert!(told[3].ends_with(":5: found `invalid UTF-8 at byte 0`, expected UTF-8"), "{told:?}");
        assert!(told[4].contains("<stdin>:6: field /at: found"), "{told:?}");
        assert!(told[5].contains("<stdin>:7: field /kind: found ``kind` twice"), "{told:?}");
    }
    assert_eq!(run(&["convert", "-"], &log).code, Some(0));
}
