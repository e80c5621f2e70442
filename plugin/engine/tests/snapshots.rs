//! Snapshots that were written once must be restored for ever: each version of the format keeps one here.
//!
//! `UPDATE_EXPECT=1 cargo test -p redtape-engine --test snapshots` writes what a restored state goes on to say. A snapshot
//! itself is only written where its file is missing, because what was released cannot be written again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use expect_test::expect_file;
use redtape_engine::alert::Alert;
use redtape_engine::monitor::{Error, Monitor};
use redtape_engine::signals::SignalId;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Monday 2026-01-05.
const START: i64 = 1_767_571_200_000;
const DAY_MS: i64 = 86_400_000;
/// Of the format that is written today.
const VERSION: u32 = 1;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// Two accounts with something of everything: meetings, plans and requests that are out, facts, and a planned meeting
/// with its retraction.
fn lines(from_day: i64, to_day: i64) -> String {
    let mut lines = String::new();
    for day in from_day..to_day {
        let at = chrono::DateTime::from_timestamp_millis(START + day * DAY_MS + DAY_MS / 3).unwrap();
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut line = |kind: &str, rest: String| {
            let id = format!("{kind}-{day}");
            lines.push_str(&format!(
                "{{\"id\":\"{id}\",\"at\":\"{at}\",\"account\":\"acme\",\"kind\":\"{kind}\",{rest}}}\n"
            ));
        };
        // What comes after the snapshots stays as it was when the first of them was written.
        let series = if day < 200 && day % 2 == 0 { r#""series":"s1","# } else { "" };
        line(
            "meeting",
            format!(r#"{series}"duration_min":150,"participants":["u1","u2"],"title":"Steering \"group\"""#),
        );
        line(
            "approval-step",
            format!(r#""request":"r{}","from":"u{day}","to":"u2","outcome":"forwarded""#, day / 20),
        );
        if day % 3 == 0 {
            line("plan-version", r#""plan":"Plan \u00e9","author":"u1""#.to_owned());
        }
        if day % 50 == 7 {
            line("profile", r#""tier":"key","service":"outsourced","tags":["a"]"#.to_owned());
        }
        if day % 9 == 0 {
            line("retraction", format!(r#""of":"meeting-{}""#, day + 2));
        }
    }
    let other = lines.replace("\"acme\"", "\"\u{fc}ber\"");
    lines + &other
}

fn advance(monitor: &mut Monitor, day: i64) -> Vec<Alert> {
    let progress = monitor.advance(START + day * DAY_MS).unwrap();
    assert_eq!(progress.reached, START + day * DAY_MS);
    progress.alerts
}

/// A state as it is today.
fn state() -> Monitor {
    let mut monitor = Monitor::default();
    monitor.configure(r#"{"time_zone":"Europe/London","signals":{"plan-versions":{"warning":3}}}"#).unwrap();
    for day in (0..200).step_by(10) {
        monitor.observe_ndjson(&lines(day, day + 10)).unwrap();
        advance(&mut monitor, day + 10);
    }
    monitor
}

#[test]
fn every_snapshot_ever_written_is_restored() {
    let newest = folder().join(format!("v{VERSION}.ndjson"));
    if !newest.exists() {
        std::fs::write(&newest, state().snapshot(&[]).unwrap()).unwrap();
    }
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let snapshots: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|it| it == "ndjson")).collect();
    assert_eq!(snapshots.len(), VERSION as usize);
    for snapshot in snapshots {
        let mut monitor = Monitor::default();
        monitor.restore(&std::fs::read_to_string(&snapshot).unwrap()).unwrap();
        let mut told = monitor.open_alerts(&[]).unwrap();
        monitor.observe_ndjson(&lines(200, 210)).unwrap();
        told.extend(advance(&mut monitor, 260));
        assert!(told.len() > 10, "{} is too poor", snapshot.display());
        let told: Vec<String> =
            told.iter().map(|alert| serde_json::to_string(alert).unwrap() + "\n").collect();
        expect_file![snapshot.with_extension("alerts")].assert_eq(&told.concat());
    }
}

#[test]
fn a_state_goes_on_as_its_snapshot_does() {
    let mut steady = state();
    let mut moved = Monitor::default();
    moved.restore(&steady.snapshot(&[]).unwrap()).unwrap();
    for monitor in [&mut steady, &mut moved] {
        monitor.observe_ndjson(&lines(200, 210)).unwrap();
    }
    assert_eq!(advance(&mut steady, 260), advance(&mut moved, 260));
    assert_eq!(steady.snapshot(&[]).unwrap(), moved.snapshot(&[]).unwrap());
}

#[test]
fn a_snapshot_that_was_cut_is_refused() {
    let text = state().snapshot(&[]).unwrap();
    let cuts = (0..200).chain((200..text.len()).step_by(101)).chain([text.len() - 1]);
    for cut in cuts.filter(|cut| text.is_char_boundary(*cut)) {
        let mut monitor = Monitor::default();
        assert_eq!(monitor.restore(&text[..cut]), Err(Error::SnapshotDamaged), "{cut} bytes");
        assert_eq!(monitor.status().accounts, 0, "nothing of it is left behind");
    }
}

#[test]
fn a_snapshot_of_a_later_version_names_who_wrote_it() {
    let text = state().snapshot(&[]).unwrap();
    let version = format!("\"version\":{VERSION},\"writer\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let later = text.replacen(&version, &format!("\"version\":{},\"writer\":\"9.9.9\"", VERSION + 1), 1);
    assert_ne!(later, text);
    assert_eq!(Monitor::default().restore(&sealed(&later)), Err(Error::SnapshotNewer("9.9.9".to_owned())));
}

/// A whole checksum makes no state of what no engine writes.
#[test]
fn a_forged_snapshot_is_refused() {
    let text = state().snapshot(&[]).unwrap();
    let (header, lines) = text.split_once('\n').unwrap();
    let (first, second) = lines.trim_end().split_once('\n').unwrap();
    let first: Value = serde_json::from_str(first).unwrap();
    let mut alert = serde_json::to_value(advance(&mut state(), 260).first().unwrap()).unwrap();
    alert["account"] = "other".into();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut line = first.clone();
        change(&mut line);
        let mut lines = [serde_json::to_string(&line).unwrap(), second.to_owned()];
        lines.sort();
        sealed(&format!("{header}\n{}\n", lines.join("\n")))
    };
    assert!(Monitor::default().restore(&with(&|_| ())).is_ok(), "what is only written anew is taken");
    let many = |list: &Value, count: usize| {
        let one = list.as_array().and_then(|all| all.first()).unwrap();
        let named = |number| {
            let mut one = one.clone();
            *one.get_mut(0).unwrap() = Value::from(format!("{number:06}"));
            one
        };
        Value::from((0..count).map(named).collect::<Vec<Value>>())
    };
    let state = |line: &mut Value, key: &str, value: Value| {
        *line.pointer_mut(&format!("/state/{key}")).unwrap() = value
    };
    type Forge<'a> = &'a dyn Fn(&mut Value);
    let forged: [(&str, Forge<'_>); 7] = [
        ("the tenant as an account", &|line| line["name"] = "*".into()),
        ("no name", &|line| line["name"] = "".into()),
        ("a name of megabytes", &|line| line["name"] = "a".repeat(5 << 20).into()),
        ("an alert of another account", &|line| line["untold"] = vec![alert.clone()].into()),
        ("100,000 requests", &|line| {
            let requests = many(&line["state"]["requests"], 100_000);
            state(line, "requests", requests);
        }),
        ("1,000 plans", &|line| {
            let plans = many(&line["state"]["plans"], 1_000);
            state(line, "plans", plans);
        }),
        ("a week of the year 9999", &|line| state(line, "first", 400_000.into())),
    ];
    for (what, change) in forged {
        let mut monitor = Monitor::default();
        assert_eq!(monitor.restore(&with(change)), Err(Error::SnapshotDamaged), "{what}");
        assert_eq!(monitor.status().accounts, 0, "{what}");
    }
}

/// With the checksum of what stands behind it.
fn sealed(text: &str) -> String {
    let (opening, behind) = text.split_at("{\"checksum\":\"".len() + 16);
    let sum = xxhash_rust::xxh3::xxh3_64(behind.as_bytes());
    format!("{}{sum:016x}{behind}", &opening[..opening.len() - 16])
}

/// The snapshot without anything of a signal, as a build without it would have written it.
fn without(text: &str, signal: &str) -> String {
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        forget(&mut line, signal);
        // The checksum comes first, the rest is in any order.
        let checksum = line.as_object_mut().unwrap().remove("checksum");
        let rest = line.to_string();
        checksum.map_or(rest.clone(), |sum| format!("{{\"checksum\":{sum},{}", &rest[1..])) + "\n"
    });
    sealed(&lines.collect::<String>())
}

fn forget(value: &mut Value, signal: &str) {
    match value {
        Value::Object(table) => {
            table.remove(signal);
            table.values_mut().for_each(|value| forget(value, signal));
        }
        Value::Array(items) => {
            items.retain(|item| item != signal && item.get("signal").is_none_or(|of| of != signal));
            items.iter_mut().for_each(|item| forget(item, signal));
        }
        _ => {}
    }
}

#[test]
fn a_snapshot_of_a_build_with_fewer_signals_is_restored() {
    let text = state().snapshot(&[]).unwrap();
    for (missing, _) in SignalId::measured() {
        let older = without(&text, missing.name());
        assert!(!older.contains(&format!("\"{}\":", missing.name())), "{}", missing.name());
        let (mut whole, mut monitor) = (Monitor::default(), Monitor::default());
        whole.restore(&text).unwrap();
        monitor.restore(&older).unwrap();
        for (other, _) in SignalId::measured() {
            let history = monitor.history("acme", other.name()).unwrap();
            if other == missing {
                let is_new = |point: &redtape_engine::monitor::Point| point.value.or(point.score).is_none();
                assert!(history.iter().all(is_new), "{} begins anew", other.name());
            } else {
                assert_eq!(history, whole.history("acme", other.name()).unwrap(), "{}", other.name());
            }
        }
        for monitor in [&mut whole, &mut monitor] {
            monitor.observe_ndjson(&lines(200, 210)).unwrap();
            advance(monitor, 260);
        }
        let newest = |monitor: &Monitor| -> Vec<Option<f64>> {
            let history = monitor.history("acme", missing.name()).unwrap();
            history.iter().filter(|point| point.week > START + 200 * DAY_MS).map(|it| it.value).collect()
        };
        assert!(newest(&whole).len() > 5);
        assert_eq!(newest(&monitor), newest(&whole), "{} is measured from then on", missing.name());
    }
}

#[test]
fn a_snapshot_of_a_build_with_more_signals_names_who_wrote_it() {
    let text = state().snapshot(&[]).unwrap();
    let later = sealed(&text.replacen("\"signals\":[", "\"signals\":[\"exchanges\",", 1));
    let writer = env!("CARGO_PKG_VERSION").to_owned();
    assert_eq!(Monitor::default().restore(&later), Err(Error::SnapshotNewer(writer)));
}
