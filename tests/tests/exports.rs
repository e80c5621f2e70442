//! Exports of CRMs: every ready mapping against a file in the real layout, broken mappings, real files, hostile streams.
//!
//! `UPDATE_EXPECT=1` writes what is expected anew; read the difference before you commit it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::expect_file;
use redtape_import::Accounts;
use redtape_import::Mapping;
use redtape_import::input::Reading;
use redtape_model::calendar::Zone;
use redtape_tests::{command, converted, project, run};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

/// Lines in their order, as a file holds them, then what was said about the export.
fn exported(file: &Path, reading: &Reading) -> (String, String) {
    let (lines, notes) = converted(file, reading).unwrap();
    (lines.iter().map(|line| format!("{line}\n")).collect(), notes)
}

/// The export in a folder: the one file that is not expected to come out.
fn export(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_export = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        !name.starts_with("expected")
            && !["options.txt", "mapping.toml", "accounts.csv"].contains(&name.as_str())
    };
    let exports: Vec<PathBuf> = files.filter(is_export).collect();
    assert_eq!(exports.len(), 1, "{}", folder.display());
    exports.into_iter().next().unwrap()
}

/// How the export in a folder is to be read.
fn reading(folder: &Path) -> Reading {
    let options = fs::read_to_string(folder.join("options.txt")).unwrap_or_default();
    let zone = options.trim().strip_prefix("--time-zone ").map(|zone| Zone::named(zone).unwrap());
    let table = folder.join("accounts.csv");
    let accounts = table.is_file().then(|| Accounts::open(&[table]).unwrap());
    Reading { time_zone: zone, accounts, ..Reading::default() }
}

#[test]
fn every_ready_mapping_reads_the_real_layout() {
    for mapping in Mapping::all_ready() {
        let folder = project().join("fixtures/exports").join(mapping.name());
        let (lines, notes) = exported(&export(&folder), &reading(&folder));
        // The mapping is not named, so it is also recognized.
        assert!(notes.contains(&format!("is read with the mapping `{}`", mapping.name())), "{notes}");
        for line in lines.lines() {
            redtape_engine::ndjson::parse_line(line).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
        }
        expect_file![folder.join("expected.ndjson")].assert_eq(&lines);
        expect_file![folder.join("expected-notes.txt")].assert_eq(&notes);
    }
}

#[test]
fn every_folder_of_exports_belongs_to_a_ready_mapping() {
    for entry in fs::read_dir(project().join("fixtures/exports")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        // What is refused, workbooks, the firm of the README (newcomer.rs), and calendars (calendars.rs).
        let is_other =
            ["refused", "salesforce", "workbooks"].contains(&name.as_str()) || name.starts_with("ics-");
        assert!(is_other || Mapping::ready(&name).is_some(), "fixtures/exports/{name}");
    }
}

/// One sheet as three programs write it, and what an archive has in it.
#[test]
fn workbooks_are_read_as_csv_would_be() {
    let folder = project().join("fixtures/exports/workbooks");
    let mapping = Mapping::read(&folder.join("mapping.toml")).unwrap();
    let read = |file: &str, sheet: Option<&str>| {
        let (mapping, sheet) = (Some(Arc::clone(&mapping)), sheet.map(str::to_owned));
        exported(&folder.join(file), &Reading { mapping, sheet, ..Reading::default() })
    };
    let (lines, notes) = read("visits.xlsx", None);
    expect_file![folder.join("expected.ndjson")].assert_eq(&lines);
    expect_file![folder.join("expected-notes.txt")].assert_eq(&notes);
    for (file, sheet) in
        [("visits.xlsx", "Visits"), ("visits.xlsx", "2"), ("visits.xls", "1"), ("visits.ods", "Visits")]
    {
        assert_eq!(read(file, Some(sheet)).0, lines, "{file} {sheet}");
    }
    let (lines, notes) = read("visits.zip", None);
    assert!(lines.contains("\"visit-7\"") && notes.contains("`visits.csv` in it is read"), "{lines}{notes}");
    let (log, mapping) =
        ("fixtures/exports/workbooks/visits.xlsx", "fixtures/exports/workbooks/mapping.toml");
    let ran = run(&["convert", log, "--mapping", mapping, "--sheet", "Visit"], b"");
    assert!(
        ran.err.contains("it has no sheet `Visit`: it has `hiddenSheet`, `Visits`, `Notes`"),
        "{}",
        ran.err
    );
}

#[test]
fn what_cannot_be_read_says_all_that_is_wrong() {
    let folder = project().join("fixtures/exports/refused");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 5);
    for case in cases {
        let relative = |file: &Path| file.strip_prefix(project()).unwrap().display().to_string();
        let (log, mapping) = (relative(&export(&case)), case.join("mapping.toml"));
        let mut arguments = vec!["scan".to_owned(), log];
        if mapping.is_file() {
            arguments.extend(["--mapping".to_owned(), relative(&mapping)]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = run(&arguments, b"");
        let code = if case.ends_with("mistakes-in-a-mapping") { 2 } else { 3 };
        assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{}: {}", case.display(), ran.err);
        expect_file![case.join("expected-error.txt")].assert_eq(&ran.err);
    }
}

#[test]
fn repeated_deliveries_count_once_and_the_last_content_holds() {
    let report = |log: &str| -> Value {
        let ran = run(&["scan", log, "--format", "json"], b"");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    let espo = report("fixtures/exports/espocrm-webhook/deliveries.json");
    let counts = &espo["input"];
    assert_eq!(
        (&counts["accepted"], &counts["duplicate"], &counts["replaced"]),
        (&2.into(), &1.into(), &1.into())
    );
    let hubspot = report("fixtures/exports/hubspot-webhook/deliveries.json");
    assert_eq!((&hubspot["input"]["accepted"], &hubspot["input"]["duplicate"]), (&2.into(), &2.into()));
}

#[test]
fn mappings_are_listed_and_printed() {
    let ran = run(&["mappings"], b"");
    assert_eq!((ran.code, ran.out.lines().count()), (Some(0), Mapping::all_ready().count()));
    for line in ran.out.lines() {
        let (name, about) = line.split_once(' ').unwrap();
        let printed = run(&["mappings", name], b"");
        assert!(printed.out.contains(about.trim()), "{line}");
        Mapping::from_toml(name, &printed.out).unwrap();
    }
    let ran = run(&["mappings", "salesforce"], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("no ready mapping `salesforce`: there are bpi-2012, "), "{}", ran.err);
}

#[test]
fn real_exports_of_salesforce_are_read() {
    let folder = std::env::var_os("REDTAPE_DATA")
        .map_or_else(|| project().join("../shared/data"), PathBuf::from)
        .join("crm");
    if !folder.is_dir() {
        // Past the capture of passing tests: whoever reads the run must see it.
        writeln!(std::io::stderr(), "real exports: skipped, there is no {}", folder.display()).unwrap();
        return;
    }
    let (lines, notes) = exported(&folder.join("salesforce-event.csv"), &Reading::default());
    assert!(notes.contains("`salesforce-event`"), "{notes}");
    let twin = fs::read_to_string(folder.join("salesforce-events.ndjson")).unwrap();
    // The twin has numbers for ids, hashes for people, and the type for a series.
    let comparable = |text: &str| -> Vec<Value> {
        let line = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap();
            let people = value["participants"].as_array().map(Vec::len);
            serde_json::json!([value["at"], value["account"], value["kind"], value["duration_min"], people])
        };
        text.lines().map(line).collect()
    };
    assert_eq!(comparable(&lines), comparable(&twin));
    for name in ["salesforce-task.csv", "salesforce-export-Task.csv"] {
        let (lines, notes) = exported(&folder.join(name), &Reading::default());
        // None of them is a call or an e-mail.
        assert!(lines.is_empty() && !notes.contains("expected"), "{name}: {lines}{notes}");
        assert!(notes.contains("passed over, as the mapping says"), "{notes}");
    }
}

/// Writes `begin` and then `part` to the command until it has had enough; what it said, and how many bytes it took.
fn flood(arguments: &[&str], begin: &[u8], part: &[u8]) -> (String, usize) {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut taken = 0;
    if to.write_all(begin).is_ok() {
        while taken < 1 << 30 && to.write_all(part).is_ok() {
            taken += part.len();
        }
    }
    drop(to);
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(3));
    (String::from_utf8(ran.stderr).unwrap(), taken)
}

#[test]
fn a_stream_without_end_is_one_clear_error() {
    let header = b"Id,Start,Account\n1,2026-05-04,\"";
    let mapping = "fixtures/exports/refused/day-or-month/mapping.toml";
    let wide = vec!["column"; 10_000].join(",");
    for (format, begin, part, told) in [
        ("csv", &header[..], &[b'x'; 1 << 16][..], "is longer than 1048576 bytes: is a quote never closed?"),
        ("csv", header, b"y,\n", "is longer than 1048576 bytes: is a quote never closed?"),
        ("csv", b"", &[0; 1 << 16], "it is no text: there is a NUL at byte 1"),
        ("csv", wide.as_bytes(), b"\n", "its header has 10000 columns: at most 1000 are read"),
        ("json", b"[{\"a\":\"", &[b'x'; 1 << 16], "is longer than 16777216 bytes"),
        ("json", b"", &[b'['; 1 << 16], "more than 64 lists are inside each other"),
        ("json", b"{}\n{\"a\":", &[b'9'; 1 << 16], "line 2, after 1 others, is longer than 16777216 bytes"),
    ] {
        let (said, taken) = flood(&["scan", "-", "--from", format, "--mapping", mapping], begin, part);
        assert!(said.contains(told) && said.matches("error").count() == 1, "{said}");
        // What it takes before it gives up is bounded, and so is what it can hold.
        assert!(taken < 64 << 20, "{taken} bytes: {said}");
    }
}
