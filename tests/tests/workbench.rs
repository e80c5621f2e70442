//! The commands around policies: `check`, `explain`, `test`, as people use them.
//!
//! `UPDATE_EXPECT=1` writes the expected outputs beside the fixtures anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::{expect, expect_file};
use redtape_tests::{Ran, command, project, run};
use serde_json::Value;
use std::path::{Path, PathBuf};

const OVERRIDES: &str = "fixtures/overrides-pick-limits-by-account-tier-service-and-tag";
const MISTAKES: &str = "fixtures/five-mistakes-in-a-policy/policy.toml";
const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";

/// A file of this test's own.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("redtape-workbench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

fn ids(cause: &str) -> Vec<String> {
    let out = run(&["scan", FITCORP, "--format", "ndjson", "-q", "--cause", cause], b"").out;
    let alerts = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    alerts.map(|alert| alert.get("id").and_then(Value::as_str).unwrap().to_owned()).collect()
}

#[test]
fn every_policy_is_checked_and_the_worst_decides() {
    let good = format!("{OVERRIDES}/policy.toml");
    let ran = run(&["check", &good], b"");
    expect![[r#"
        fixtures/overrides-pick-limits-by-account-tier-service-and-tag/policy.toml: valid; it sets 5 overrides
    "#]]
    .assert_eq(&ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let empty = file("empty.toml", "");
    let ran = run(&["check", MISTAKES, &good, empty.to_str().unwrap()], b"");
    assert_eq!((ran.code, ran.out.lines().count()), (Some(2), 2), "the good ones are told all the same");
    assert!(ran.out.contains("empty.toml: valid; it sets nothing, so the defaults hold"), "{}", ran.out);
    let mistakes = std::fs::read_to_string(project().join(MISTAKES).with_file_name("expected-error.txt"));
    assert_eq!(ran.err, mistakes.unwrap(), "as `scan` tells them");
    let ran = run(&["check", "no-such-policy.toml", MISTAKES], b"");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("no-such-policy.toml") && ran.err.contains("5 mistakes"), "{}", ran.err);
    assert_eq!(run(&["check", &good, "--tier", "key"], b"").code, Some(2), "a tier of nobody");
}

#[test]
fn what_holds_for_an_account_is_a_policy_that_says_where_each_value_comes_from() {
    let policy = format!("{OVERRIDES}/policy.toml");
    let explain = |policy: &str, account: &str, options: &[&str]| {
        run(&[&["check", policy, "--explain", account], options].concat(), b"")
    };
    let ran = explain(&policy, "bolt", &["--tier", "strategic", "--tag", "eu", "--tag", "pilot"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    expect_file![project().join(OVERRIDES).join("check-explain.txt")].assert_eq(&ran.out);

    // It means the same: what it holds for anybody are the same values, now all of the policy itself.
    let again = explain(file("in-force.toml", &ran.out).to_str().unwrap(), "other", &[]).out;
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split('#').next().unwrap().trim_end().to_owned()).collect()
    };
    assert_eq!(values(&again), values(&ran.out));
    assert!(!again.contains("# default") && ran.out.contains("# override 2, line 8"), "{again}");

    let quiet = explain(&policy, "bolt", &[]).out;
    assert!(quiet.contains("# none of the 5 overrides matches") && !quiet.contains("# override"), "{quiet}");
    let hostile = explain(&policy, "ac\u{1b}[31mme\n[signals]", &["--tag", "\u{202e}x"]).out;
    assert!(!hostile.contains(['\u{1b}', '\u{202e}']) && !hostile.contains("\n[signals]\n"), "{hostile}");
}

#[test]
fn the_profile_is_taken_from_a_log() {
    let line = |id: &str, at: &str, account: &str, rest: &str| {
        format!(r#"{{"id":"{id}","at":"{at}T00:00:00Z","account":"{account}","kind":"profile",{rest}}}"#)
            + "\n"
    };
    let log = line("a", "2026-01-01", "bolt", r#""tier":"strategic""#)
        + &line("b", "2026-02-01", "bolt", r#""service":"outsourced""#)
        + &line("c", "2026-03-01", "other", r#""tier":"strategic""#);
    let log = file("profiles.ndjson", &log);
    let policy = format!("{OVERRIDES}/policy.toml");
    let of = |account: &str| {
        run(&["check", &policy, "--explain", account, "--profile-from", log.to_str().unwrap()], b"")
    };
    let bolt = of("bolt");
    assert!(bolt.err.contains("profiles.ndjson:2, of 2026-02-01 (UTC)"), "{}", bolt.err);
    assert!(bolt.out.contains("# override 3 of 5 holds, line 10: service = \"outsourced\""), "{}", bolt.out);
    assert!(of("other").out.contains("# override 2 of 5 holds"));
    let nobody = of("nobody");
    assert_eq!((nobody.code, nobody.out.as_str()), (Some(2), ""));
    assert!(nobody.err.contains("no activity of account `nobody`"), "{}", nobody.err);
}

fn explain(id: &str, options: &[&str]) -> Ran {
    run(&[&["explain", FITCORP, id, "-q"], options].concat(), b"")
}

#[test]
fn alerts_are_explained_from_the_activities_up() {
    let folder = project().join("fixtures/fitcorp");
    for (id, name) in [("de13b2eb", "explain-limit.txt"), ("83633add7742a1a8", "explain-rise.txt")] {
        let ran = explain(id, &[]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        expect_file![folder.join(name)].assert_eq(&ran.out);
        assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
        let whole = explain(id, &["--all"]).out;
        assert!(whole.lines().count() > ran.out.lines().count() && !whole.contains("--all shows each"));
        assert_eq!(explain(id, &["--shards", "1"]).out, ran.out);
    }
}

#[test]
fn what_scan_lists_explain_knows() {
    let table = run(&["scan", FITCORP, "--ids", "--all", "-q"], b"").out;
    let listed: Vec<&str> = table.lines().filter_map(|line| line.trim().strip_prefix("Id: ")).collect();
    let (limits, rises) = (ids("threshold"), ids("rise"));
    assert!(
        listed.len() > 8
            && listed.iter().all(|id| [&limits, &rises].iter().any(|it| it.iter().any(|i| i == id)))
    );
    assert!(!run(&["scan", FITCORP, "-q"], b"").out.contains("Id: "), "only where it is asked for");
    for id in [&limits[0], &limits[limits.len() - 1], &rises[0], &rises[rises.len() - 1]] {
        let ran = explain(&id[..8], &[]);
        assert!(ran.code == Some(0) && ran.out.contains(&format!("alert {id}")), "{id}: {}", ran.err);
        assert!(ran.out.contains("\nWeeks\n") && !ran.out.contains("could not be found"), "{}", ran.out);
    }
}

#[test]
fn an_id_that_is_not_there_is_answered_with_those_that_are() {
    let unknown = explain("0000", &[]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    let told: Vec<&str> = unknown.err.lines().collect();
    assert_eq!(told[0], "error: no alert has an id that begins with `0000`");
    let newest = told.iter().position(|line| *line == "the newest:").unwrap();
    assert!(
        told[newest + 1..].iter().all(|line| ids("rise").contains(&line.trim()[..16].to_owned())),
        "{told:?}"
    );
    assert!(explain("de1", &[]).err.contains("must be 4 to 16 hex digits"));
    assert!(explain("de1\u{1b}[31m", &[]).err.contains("\\u{1b}[31m"));
    let stream = run(&["explain", "-", "de13"], b"");
    assert!(stream.code == Some(2) && stream.err.contains("three times"), "{}", stream.err);
}

#[test]
fn people_appear_as_they_are_asked_for() {
    let id = "83633add";
    let numbered = explain(id, &[]).out;
    let names = explain(id, &["--people", "names"]).out;
    let log = std::fs::read_to_string(project().join(FITCORP)).unwrap();
    let person = log.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let first = line["participants"].as_array()?.first()?;
        first
            .as_str()
            .or_else(|| first["id"].as_str())
            .map(str::to_owned)
            .filter(|id| names.contains(id.as_str()))
    });
    let person = person.unwrap();
    assert!(numbered.contains("person 1") && !numbered.contains(&person), "{person} is named");

    let key = file("people.key", "0123456789abcdef\n");
    let private = |file: &Path, mode: u32| {
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    private(&key, 0o644);
    let open = explain(id, &["--people", "pseudonyms", "--people-key", key.to_str().unwrap()]);
    assert!(
        open.code == Some(2) && open.err.contains("(mode 0644)") && open.err.contains("`chmod 600 "),
        "{}",
        open.err
    );
    private(&key, 0o600);
    let keyed = explain(id, &["--people", "pseudonyms", "--people-key", key.to_str().unwrap()]).out;
    let mut by_environment = command(&["explain", FITCORP, id, "-q", "--people", "pseudonyms"]);
    let by_environment = by_environment.env("REDTAPE_PEOPLE_KEY", "0123456789abcdef").output().unwrap();
    assert_eq!(String::from_utf8(by_environment.stdout).unwrap(), keyed);
    assert!(!keyed.contains(&person) && !keyed.contains("person 1") && keyed != numbered);

    let without = explain(id, &["--people", "pseudonyms"]);
    assert!(without.code == Some(2) && without.err.contains("head -c 32 /dev/urandom"), "{}", without.err);
    let short = file("short.key", "secret-secret\n");
    private(&short, 0o600);
    let short = explain(id, &["--people", "pseudonyms", "--people-key", short.to_str().unwrap()]);
    assert!(
        short.code == Some(2) && short.err.contains("has 13 bytes: must be at least 16"),
        "{}",
        short.err
    );
    assert!(!short.err.contains("secret-secret"), "{}", short.err);
    let weak = file("weak.key", "aaaaaaaaaaaaaaaa\n");
    private(&weak, 0o600);
    let weak = explain(id, &["--people", "pseudonyms", "--people-key", weak.to_str().unwrap()]);
    assert!(weak.code == Some(2) && weak.err.contains("repeats itself"), "{}", weak.err);
    assert_eq!(explain(id, &["--people-key", "people.key"]).code, Some(2), "a key for nothing");

    // Four people pass one request on: told apart, each would be known by what he did, also by name.
    let few = explain("de13b2eb", &["--people", "names"]).out;
    assert!(few.contains("Fewer than 5 people appear here") && few.contains("2 people"), "{few}");
}

#[test]
fn names_in_a_log_obey_no_terminal() {
    let line = |day: u32, n: u32| {
        format!(
            "{{\"id\":\"m{day}-{n}\",\"at\":\"2026-01-{day:02}T0{n}:00:00Z\",\"account\":\"ac\\u001b[31mme\",\"kind\":\"meeting\",\"title\":\"t\\u001b]0;x\\u0007\\u202e\",\"participants\":[\"a\\u001b[2J{n}\",\"b{n}\"]}}\n"
        )
    };
    let log: String = [5, 12, 19].into_iter().flat_map(|day| (1..9).map(move |n| line(day, n))).collect();
    let log = file("hostile.ndjson", &log);
    let log = log.to_str().unwrap();
    let alerts = run(&["scan", log, "--format", "ndjson", "-q", "--as-of", "2026-02-02"], b"").out;
    let alert: Value = serde_json::from_str(alerts.lines().next().unwrap()).unwrap();
    let ran = run(&["explain", log, alert["id"].as_str().unwrap(), "--people", "names"], b"");
    assert!(ran.out.contains("ac\\u{1b}[31mme") && ran.out.contains("a\\u{1b}[2J1"), "{}", ran.out);
    assert!(!(ran.out.clone() + &ran.err).contains(['\u{1b}', '\u{7}', '\u{202e}']), "{:?}", ran.out);
}

#[test]
fn the_tests_of_a_policy_pass_and_fail_with_it() {
    let policy = format!("{OVERRIDES}/policy.toml");
    let ran = run(&["test", &policy], b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    expect_file![project().join(OVERRIDES).join("test.txt")].assert_eq(&ran.out);

    // The same tests of a policy in which a limit and a tag have changed.
    let text = std::fs::read_to_string(project().join(&policy)).unwrap();
    let swapped = text.replace("warning = 7, critical = 9", "warning = 5").replace("\"renewal\"", "\"eu\"");
    let swapped = file("changed.toml", &swapped);
    let ran = run(&["test", swapped.to_str().unwrap(), &format!("{OVERRIDES}/policy.test.toml")], b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    expect_file![project().join(OVERRIDES).join("test-failed.txt")].assert_eq(&ran.out);
}

#[test]
fn mistakes_in_tests_are_told_before_any_runs() {
    let policy = file("p.toml", "time_zone = \"Europe/London\"\n");
    let policy = policy.to_str().unwrap();
    assert_eq!(run(&["test", policy], b"").code, Some(3), "there is no file beside it");
    let wrong = "[[test]]\nname = \"a\"\nactivities = [{ at = \"2026-01-05\", kind = \"meeting\" },\n  { at = 2026-01-05T09:00:00Z, kind = \"meating\" }]\n[[test.expect]]\nat = \"2026-02-01\"\nalerts = [{ signal = \"meetings\" }]\n";
    let wrong = file("p.test.toml", wrong);
    let unknown = file("other.test.toml", "[[tests]]\nname = \"a\\u001b[31m\"\n");
    let ran = run(&["test", policy, wrong.to_str().unwrap(), unknown.to_str().unwrap()], b"");
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    let folder = format!("{}/", wrong.parent().unwrap().display());
    expect![[r#"
        error: test file `other.test.toml` has 1 mistake

        other.test.toml:1:3: /tests
          1 | [[tests]]
            |   ^^^^^ found `tests`, expected a known key: one of `test`
        error: test file `p.test.toml` has 3 mistakes

        p.test.toml:3:22: /test/0/activities/0/at
          3 | activities = [{ at = "2026-01-05", kind = "meeting" },
            |                      ^^^^^^^^^^^^ found `"2026-01-05"`, expected an RFC 3339 time with its offset, such as 2026-05-09T14:30:00Z

        p.test.toml:4:39: /test/0/activities/1/kind
          4 |   { at = 2026-01-05T09:00:00Z, kind = "meating" }]
            |                                       ^^^^^^^^^ found `"meating"`, expected one of `meeting`, `plan-version`, `approval-step`, `rule-change`, `exchange`, `profile`, `retraction`

        p.test.toml:7:22: /test/0/expect/0/alerts/0/signal
          7 | alerts = [{ signal = "meetings" }]
            |                      ^^^^^^^^^^ found `meetings`, expected one of `meeting-count`, `meeting-hours`, `plan-versions`, `approval-hops`, `approval-days`, `creep`
    "#]].assert_eq(&ran.err.replace(&folder, ""));
    assert_eq!(run(&["test", MISTAKES, wrong.to_str().unwrap()], b"").code, Some(2));
}

#[test]
fn the_help_of_each_has_examples() {
    for name in ["check", "explain", "test"] {
        let help = run(&[name, "--help"], b"").out;
        assert!(
            help.contains("Examples:\n  redtape ") && help.contains(&format!("redtape {name} ")),
            "{help}"
        );
    }
}

/// An alert that is only found where the lines are put in order is explained where they are.
#[test]
fn an_alert_of_a_log_out_of_order_is_explained_in_order() {
    let text = redtape_tests::read(FITCORP);
    let backwards: Vec<&str> = text.lines().rev().collect();
    let log = file("backwards.ndjson", &backwards.join("\n"));
    let explain =
        |log: &str, options: &[&str]| run(&[&["explain", log, "de13b2eb", "-q"], options].concat(), b"");
    let as_it_stands = explain(log.to_str().unwrap(), &[]);
    assert_eq!(as_it_stands.code, Some(2), "{}", as_it_stands.out);
    assert_eq!(explain(log.to_str().unwrap(), &["--sort"]).out, explain(FITCORP, &[]).out);
}
