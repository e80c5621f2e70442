//! Backtest and calibration through the real command: what is promised is what a replay gives.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_model::calendar;
use redtape_tests::{Ran, project, run};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";
/// What was asked for and what is given may be apart by this factor.
const APART: f64 = 1.5;
/// Monday 2024-01-01.
const START: i64 = 1_704_067_200_000;
const HOUR: i64 = 3_600_000;

/// A folder of one test, empty at the start and gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("redtape-tuning-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.file(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap_or_default();
    }
}

#[track_caller]
fn done(arguments: &[&str]) -> Ran {
    let ran = run(arguments, b"");
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
    ran
}

#[track_caller]
fn backtest(arguments: &[&str]) -> Value {
    let ran = done(&[&["backtest", "--format", "json", "-q"], arguments].concat());
    serde_json::from_str(&ran.out).unwrap()
}

/// Calibrates for `a_week`, and replays the policy; gives its text, and what it gave a week.
#[track_caller]
fn calibrated(folder: &Folder, log: &str, a_week: &str) -> (String, f64) {
    let file = folder.file(&format!("policy-{a_week}.toml"));
    done(&["calibrate", log, "--alerts-per-week", a_week, "-o", &file, "-q", "--force"]);
    let text = std::fs::read_to_string(&file).unwrap();
    let found = backtest(&[log, "--policy", &file]);
    let policy = found.pointer("/policies/0").unwrap();
    // The file says what exactly this policy gives.
    let (count, rate) = (policy["count"].as_u64().unwrap(), policy["a_week"].as_f64().unwrap());
    let told = text.replace("\n#", "").split_whitespace().collect::<Vec<_>>().join(" ");
    let noun = if count == 1 { "alert" } else { "alerts" };
    assert!(
        told.replace(',', "").contains(&format!("exactly this policy: {count} {noun} ")),
        "{count}: {text}"
    );
    let scan = done(&["scan", log, "--policy", &file, "--format", "ndjson", "-q"]);
    let mut firing: Vec<Value> = scan.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    firing.retain(|alert| alert["state"] == "firing");
    firing.sort_by_key(|alert| alert["id"].as_str().unwrap().to_owned());
    firing.dedup_by_key(|alert| alert["id"].clone());
    assert_eq!(u64::try_from(firing.len()).unwrap(), count, "a scan finds the same alerts");
    (text, rate)
}

#[track_caller]
fn assert_near(rate: f64, asked: &str, text: &str) {
    let asked: f64 = asked.parse().unwrap();
    assert!(rate * APART >= asked && rate <= asked * APART, "asked for {asked}, given {rate}:\n{text}");
}

/// The numbers of a small generator; the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// A company of accounts `strategic-N`, `key-N` and `standard-N` over some weeks. Strategic ones meet three times as
/// often; key ones are as all others.
fn company(accounts: [(&str, i64); 3], weeks: i64) -> String {
    let mut random = Random(11);
    let mut lines: Vec<(i64, String)> = Vec::new();
    for (tier, number) in accounts.iter().flat_map(|(tier, count)| (0..*count).map(move |it| (*tier, it))) {
        let account = format!("{tier}-{number}");
        let mut add = |at: i64, fields: String| {
            let (id, at_text) = (lines.len(), calendar::format(at));
            let line = format!(r#"{{"id":"a{id}","at":"{at_text}","account":"{account}",{fields}}}"#);
            lines.push((at, line));
        };
        add(START, format!(r#""kind":"profile","tier":"{tier}""#));
        let factor = if tier == "strategic" { 3 } else { 1 };
        for week in 0..weeks {
            let monday = START + week * 7 * 24 * HOUR;
            // Now and then a busy fortnight, as everywhere.
            let busy = if (week / 2 + number) % 9 == 0 { 2 } else { 1 };
            for _ in 0..random.below(4) * factor * busy {
                let at = monday + random.below(110) * HOUR;
                let minutes = 30 + 15 * random.below(5);
                add(
                    at,
                    format!(
                        r#""kind":"meeting","duration_min":{minutes},"participants":[{{"id":"a"}},{{"id":"b"}}]"#
                    ),
                );
            }
            if random.below(3) == 0 {
                let (at, plan) = (monday + random.below(110) * HOUR, week / (8 + number % 9));
                add(at, format!(r#""kind":"plan-version","plan":"plan-{plan}","author":"a""#));
            }
            if random.below(2) == 0 {
                let mut at = monday + random.below(90) * HOUR;
                let hops = 1 + random.below(3) + random.below(2) * random.below(5);
                for step in 1..=hops {
                    let outcome = if step == hops { "approved" } else { "forwarded" };
                    let (from, to) = (step, step + 1);
                    add(
                        at,
                        format!(
                            r#""kind":"approval-step","request":"r-{week}","step":{step},"from":"p{from}","to":"p{to}","outcome":"{outcome}""#
                        ),
                    );
                    at += (6 + random.below(120)) * HOUR;
                }
            }
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

#[test]
fn a_calibrated_policy_gives_the_alerts_that_were_asked_for() {
    let folder = Folder::new("asked");
    for asked in ["0.1", "0.3", "1"] {
        let (text, rate) = calibrated(&folder, FITCORP, asked);
        assert_near(rate, asked, &text);
    }
    let log =
        folder.write("company.ndjson", &company([("strategic", 14), ("key", 12), ("standard", 20)], 70));
    for asked in ["0.4", "1", "3"] {
        let (text, rate) = calibrated(&folder, &log, asked);
        assert_near(rate, asked, &text);
    }
}

#[test]
fn tiers_get_limits_of_their_own_only_where_they_differ() {
    let folder = Folder::new("tiers");
    let log =
        folder.write("company.ndjson", &company([("strategic", 14), ("key", 12), ("standard", 20)], 70));
    let (text, _) = calibrated(&folder, &log, "1");
    let policy: toml::Table = text.parse().unwrap();
    let overrides = policy["override"].as_array().unwrap();
    assert_eq!(overrides.len(), 1, "{text}");
    assert_eq!(overrides[0]["match"]["tier"].as_str(), Some("strategic"));
    let signals = overrides[0]["signals"].as_table().unwrap();
    assert_eq!(signals.keys().collect::<Vec<_>>(), ["meeting-count", "meeting-hours"], "only these differ");
    let warning = |table: &toml::Value| table["meeting-count"]["warning"].to_string().parse::<f64>().unwrap();
    assert!(warning(&overrides[0]["signals"]) > 1.5 * warning(&policy["signals"]), "{text}");
    // Nine accounts are too few, however much they differ.
    let log = folder.write("few.ndjson", &company([("strategic", 9), ("key", 0), ("standard", 20)], 70));
    let (text, _) = calibrated(&folder, &log, "0.5");
    assert!(!text.contains("[[override]]"), "{text}");
    assert!(text.contains("Tier `strategic` has 9 accounts, fewer than the 10 it takes"), "{text}");
}

#[test]
fn too_little_data_is_said_and_the_default_kept() {
    let folder = Folder::new("little");
    let standard = |accounts, weeks| company([("standard", accounts), ("key", 0), ("strategic", 0)], weeks);
    // Eight weeks are not measured yet: nothing may be guessed.
    let untold = standard(12, 7).replace(r#","tier":"standard""#, "");
    let (text, _) = calibrated(&folder, &folder.write("short.ndjson", &untold), "1");
    let policy: toml::Table = text.parse().unwrap();
    let signals = policy["signals"].as_table().unwrap();
    assert!(signals.values().all(|it| it.as_table().unwrap().is_empty()), "{text}");
    for line in ["# warning = 5", "# open_critical = 60", "No account has a tier", "too little data"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // One account is judged by itself, once there is a year of it.
    let (text, _) = calibrated(&folder, &folder.write("brief.ndjson", &standard(1, 30)), "0.2");
    assert!(!text.contains("\nwarning"), "{text}");
    let (text, rate) = calibrated(&folder, &folder.write("one.ndjson", &standard(1, 120)), "0.2");
    assert!(text.contains("\nwarning"), "{text}");
    assert!(rate <= 0.2 * APART, "{rate}: {text}");
    // What a log has nothing of keeps its default, and the rest takes its share.
    let log = standard(30, 60);
    let log: String =
        log.lines().filter(|it| !it.contains("\"meeting\"")).map(|it| format!("{it}\n")).collect();
    let (text, rate) = calibrated(&folder, &folder.write("quiet.ndjson", &log), "0.5");
    assert!(text.contains("Default kept: meeting-count, meeting-hours;"), "{text}");
    assert_near(rate, "0.5", &text);
}

#[test]
fn an_empty_log_is_no_error() {
    let folder = Folder::new("empty");
    let (empty, file) = (folder.write("empty.ndjson", ""), folder.file("policy.toml"));
    let ran = done(&["calibrate", &empty, "-o", &file]);
    assert!(ran.out.contains("nothing to calibrate by"), "{}", ran.out);
    done(&["scan", &empty, "--policy", &file]);
    assert!(done(&["backtest", &empty]).out.contains("nothing to replay"));
}

#[test]
fn a_log_that_cannot_give_as_many_is_told() {
    let folder = Folder::new("many");
    let log = folder.write("company.ndjson", &company([("standard", 12), ("key", 0), ("strategic", 0)], 30));
    let (text, rate) = calibrated(&folder, &log, "500");
    assert!(rate < 500.0 && text.contains("This log cannot give 500 alerts a week"), "{rate}: {text}");
}

#[test]
fn names_in_a_log_cannot_leave_their_comment() {
    let folder = Folder::new("names");
    let hostile = r#"stra\u007ft\n[signals]\n\u202e\\\"'''"#;
    let log = company([("strategic", 14), ("key", 3), ("standard", 20)], 60);
    let log = log.replace(r#""tier":"strategic""#, &format!(r#""tier":"{hostile}""#));
    let log = log.replace(r#""tier":"key""#, r#""tier":"a\nwarning = 1""#);
    let log = folder.write("a\nwarning = 1\n.ndjson", &log);
    let (text, rate) = calibrated(&folder, &log, "1");
    assert_near(rate, "1", &text);
    let policy: toml::Table = text.parse().unwrap();
    let tier: String = serde_json::from_str(&format!("\"{hostile}\"")).unwrap();
    assert_eq!(policy["override"][0]["match"]["tier"].as_str(), Some(tier.as_str()));
    assert!(!text.lines().any(|line| line == "warning = 1"), "{text}");
}

#[test]
fn the_same_log_gives_the_same_bytes_for_any_number_of_shards() {
    let calibrated = |shards| done(&["calibrate", FITCORP, "--shards", shards]).out;
    assert_eq!(calibrated("1"), calibrated("3"));
    for format in ["table", "json"] {
        let replayed = |shards| done(&["backtest", FITCORP, "--format", format, "--shards", shards]).out;
        assert_eq!(replayed("1"), replayed("3"));
    }
}

#[test]
fn a_policy_is_never_written_over_by_mistake() {
    let folder = Folder::new("over");
    let file = folder.write("policy.toml", "# mine\n");
    let ran = run(&["calibrate", FITCORP, "-o", &file], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("is there already: --force overwrites it"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
    let also = ["--force", "--as-of", "2025-01-31", "--time-zone", "Europe/Vienna"];
    let ran = done(&[&["calibrate", FITCORP, "-o", &file][..], &also].concat());
    assert!(ran.out.contains("meeting-count warning") && ran.out.contains("31 Jan 2025"), "{}", ran.out);
    assert!(std::fs::read_to_string(&file).unwrap().contains("\ntime_zone = \"Europe/Vienna\"\n"));
}

#[test]
fn wrong_usage_is_told() {
    for (arguments, told) in [
        (&["calibrate", "-"][..], "`-` can be read once"),
        (&["calibrate", FITCORP, "--alerts-per-week", "0"], "expected a number above 0"),
        (&["calibrate", FITCORP, "--time-zone", "Mars"], "expected a time zone such as"),
        (&["backtest", "-", "-p", "a.toml", "-p", "b.toml"], "`-` can be read once"),
        (&["backtest", FITCORP, "-p", "a", "-p", "b", "-p", "c"], "two policies at most"),
        (&["backtest", FITCORP, "--signal", "meetings"], "must be one of"),
    ] {
        let ran = run(arguments, b"");
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_policy_beside_itself_differs_in_nothing() {
    let policy = "fixtures/a-policy-that-sets-every-field/policy.toml";
    let both = backtest(&[FITCORP, "-p", policy, "-p", policy]);
    assert_eq!(both["policies"][0], both["policies"][1]);
    assert_eq!(both["policies"][0]["only_here"], 0);
    let table = done(&["backtest", FITCORP, "-p", policy, "-p", policy]).out;
    assert!(table.contains("Nothing differs") && !table.contains("Only in"), "{table}");
}

#[test]
fn a_higher_limit_raises_less_and_what_is_missing_is_named() {
    let folder = Folder::new("higher");
    let defaults = folder.write("defaults.toml", "");
    let higher = folder.write("higher.toml", "[signals.plan-versions]\nwarning = 10\n");
    let both = backtest(&[FITCORP, "-p", &defaults, "-p", &higher]);
    let [a, b] = [0, 1].map(|at| both["policies"][at].clone());
    let alerts = a["alerts"].as_array().unwrap();
    let alone: Vec<&Value> = alerts.iter().filter(|alert| alert["in_both"] == false).collect();
    // Of two plans the one with eight versions; that with twelve is in both, though raised two versions later.
    assert_eq!(alone.len(), 1, "{alone:?}");
    assert_eq!((&alone[0]["subject"], &b["only_here"]), (&"account-plan-city".into(), &0.into()));
    assert_eq!(a["count"].as_u64().unwrap(), b["count"].as_u64().unwrap() + 1);
    // A stream is read once, which is enough for one policy.
    let log = std::fs::read(project().join(FITCORP)).unwrap();
    let streamed = run(&["backtest", "-", "--format", "json", "-q", "-p", &defaults], &log);
    let one = backtest(&[FITCORP, "-p", &defaults]);
    assert_eq!(serde_json::from_str::<Value>(&streamed.out).unwrap(), one);
    assert!(one["policies"][0].get("only_here").is_none(), "there is nothing to compare with");
}

#[test]
fn backtests_and_policies_look_as_they_should() {
    let slow = "fixtures/three-of-four-weeks-warn-when-the-policy-says-so/policy.toml";
    let every = "fixtures/a-policy-that-sets-every-field/policy.toml";
    let table = done(&["backtest", FITCORP, "-p", slow, "-p", every]).out;
    expect_test::expect_file![project().join("tests/backtest.txt")].assert_eq(&table);
    let policy = done(&["calibrate", FITCORP, "--alerts-per-week", "0.3"]).out;
    expect_test::expect_file![project().join("tests/calibrated.toml")].assert_eq(&policy);
}

#[test]
fn a_real_log_gives_what_was_asked_for() {
    let Some(folder) = std::env::var_os("REDTAPE_DATA") else {
        // Past the capture of passing tests: whoever reads the run must see it.
        writeln!(std::io::stderr(), "real logs: skipped, REDTAPE_DATA names no folder").unwrap();
        return;
    };
    let log = Path::new(&folder).join("mixed/three-signals.ndjson.gz");
    let own = Folder::new("real");
    for asked in ["0.2", "0.5", "1"] {
        let (text, rate) = calibrated(&own, log.to_str().unwrap(), asked);
        assert_near(rate, asked, &text);
    }
}
