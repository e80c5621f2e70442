//! Every limit of the engine, reached: what is dropped is counted and said.

use super::{ACCOUNTS_MAX, ALERTS_MAX, BATCH_BYTES_MAX, BATCH_RECORDS_MAX, Error, Monitor};
use crate::account::OPEN_ACTIVITIES_MAX;
use crate::activity::Instant;
use crate::calendar::{DAY_MS, WEEK_MS, instant};
use crate::counting::RETRACTIONS_MAX;
use crate::horizon::HISTORY_WEEKS;
use crate::policy::{OVERRIDES_MAX, POLICY_BYTES_MAX};
use crate::problem::PROBLEMS_MAX;
use crate::tracks::{PLANS_MAX, REQUESTS_MAX};

/// Monday 2026-01-05.
const START: Instant = 1_767_571_200_000;

fn monitor(policy: &str) -> Monitor {
    let mut monitor = Monitor::default();
    monitor.configure(policy).unwrap();
    monitor
}

fn time(at: Instant) -> String {
    instant(at).to_rfc3339()
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|i| line(i) + "\n").collect()
}

fn version(i: usize, plan: usize, at: Instant) -> String {
    let at = time(at);
    format!(r#"{{"id":"v{i}","at":"{at}","account":"acme","kind":"plan-version","plan":"plan{plan}"}}"#)
}

fn step(i: usize, account: usize, at: Instant) -> String {
    let at = time(at);
    format!(
        r#"{{"id":"s{i}","at":"{at}","account":"a{account}","kind":"approval-step","request":"r{i}","from":"u1","to":"u2","outcome":"forwarded"}}"#
    )
}

fn dropped(monitor: &Monitor) -> Vec<(String, u64)> {
    monitor.status().dropped.iter().map(|(rule, count)| (rule.to_owned(), count)).collect()
}

#[test]
fn more_open_activities_than_an_account_may_have_are_dropped() {
    let mut monitor = monitor("{}");
    let intake = monitor.observe_ndjson(&lines(OPEN_ACTIVITIES_MAX, |i| version(i, 0, START))).unwrap();
    assert_eq!((intake.accepted as usize, intake.dropped), (OPEN_ACTIVITIES_MAX, 0));
    let intake = monitor.observe_ndjson(&version(OPEN_ACTIVITIES_MAX, 0, START + DAY_MS)).unwrap();
    assert_eq!(
        (intake.accepted, intake.dropped, intake.newest),
        (0, 1, None),
        "dropped, so it moves no clock"
    );
    let problem = &intake.problems[0];
    assert_eq!(
        (problem.field.as_str(), problem.expected.as_str()),
        ("/account", "at most 10000 activities of an account in weeks that are open")
    );
    assert_eq!(dropped(&monitor), [("open-activities".to_owned(), 1)]);
    let known = monitor.observe_ndjson(&version(7, 0, START)).unwrap();
    assert_eq!(known.duplicate, 1, "a known id needs no room");
}

#[test]
fn what_lies_too_far_ahead_is_dropped() {
    let mut monitor = monitor("{}");
    monitor.advance(START).unwrap();
    let border = START + 400 * DAY_MS;
    let intake =
        monitor.observe_ndjson(&[version(1, 0, border), version(2, 0, border + 1000)].join("\n")).unwrap();
    assert_eq!((intake.accepted, intake.dropped, intake.newest), (1, 1, Some(border)));
    let expected = "2027-02-09T00:00:00Z or earlier: at most 400 days ahead of the present time";
    assert_eq!((intake.problems[0].line, intake.problems[0].expected.as_str()), (2, expected));
    assert_eq!(dropped(&monitor), [("too-far-ahead".to_owned(), 1)]);
}

#[test]
fn of_too_many_plans_and_requests_the_newest_stay() {
    let mut monitor = monitor(r#"{"counting":{"bulk_edit_plans":0}}"#);
    let plans = lines(PLANS_MAX + 5, |i| version(i, i, START + i as i64));
    let requests = lines(REQUESTS_MAX + 7, |i| step(i, 0, START + i as i64));
    monitor.observe_ndjson(&plans).unwrap();
    monitor.observe_ndjson(&requests).unwrap();
    monitor.advance(START + 2 * WEEK_MS).unwrap();
    assert_eq!(dropped(&monitor), [("open-requests".to_owned(), 7), ("plans".to_owned(), 5)]);
    let account = &monitor.accounts["acme"];
    assert!(
        account.tracks.plans.all().len() == PLANS_MAX && account.tracks.plans.all().get(b"plan4").is_none()
    );
    let account = &monitor.accounts["a0"];
    assert!(
        account.tracks.requests.all().len() == REQUESTS_MAX
            && account.tracks.requests.all().get(b"r7").is_some()
    );
}

#[test]
fn batches_lines_and_problems_have_their_limits() {
    let mut monitor = monitor("{}");
    let most = "\n".repeat(BATCH_RECORDS_MAX);
    assert!(monitor.observe_ndjson(&most).is_ok());
    assert_eq!(monitor.observe_ndjson(&(most + "\n")), Err(Error::TooLarge(100_000)));
    assert_eq!(monitor.observe_ndjson(&" ".repeat(BATCH_BYTES_MAX + 1)), Err(Error::TooLarge(16_777_216)));
    let intake = monitor.observe_ndjson(&"x\n".repeat(PROBLEMS_MAX + 1)).unwrap();
    assert_eq!((intake.rejected as usize, intake.problems.len()), (PROBLEMS_MAX + 1, PROBLEMS_MAX));
    let spaces = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
    let told = |bytes: usize| monitor_problem(&spaces(bytes));
    assert_eq!(told(65_536), "text of 1 to 200 bytes", "a line at the limit is read");
    assert_eq!(told(65_537), "a line of at most 65536 bytes");
}

fn monitor_problem(line: &str) -> String {
    monitor("{}").observe_ndjson(line).unwrap().problems[0].expected.clone()
}

#[test]
fn a_full_answer_is_continued_by_the_next_call() {
    let mut monitor = monitor(r#"{"signals":{"approval-hops":{"open_warning":1}}}"#);
    let accounts = ALERTS_MAX + 500;
    monitor.observe_ndjson(&lines(accounts, |i| step(i, i, START))).unwrap();
    let to = START + DAY_MS;
    let first = monitor.advance(to).unwrap();
    assert_eq!((first.alerts.len(), first.reached), (ALERTS_MAX, to - 1));
    // A host may look away in between; nothing is lost.
    let mut monitor = {
        let text = monitor.snapshot(&[]).unwrap();
        let mut other = Monitor::default();
        other.restore(&text).unwrap();
        other
    };
    let second = monitor.advance(to).unwrap();
    assert_eq!((second.alerts.len(), second.reached), (500, to));
    assert!(
        first.alerts.last().map(|a| a.account.clone()) < second.alerts.first().map(|a| a.account.clone())
    );
    assert_eq!(monitor.advance(to).unwrap().alerts, []);
}

#[test]
fn history_and_evidence_forget_the_oldest() {
    let mut monitor = monitor(r#"{"counting":{"same_version":false}}"#);
    for (i, week) in (0..120_i64).enumerate() {
        monitor.observe_ndjson(&version(i, 0, START + week * WEEK_MS)).unwrap();
        monitor.advance(START + (week + 2) * WEEK_MS).unwrap();
    }
    let history = monitor.history("acme", "plan-versions").unwrap();
    assert_eq!((history.len(), history[0].week), (HISTORY_WEEKS as usize, START + 16 * WEEK_MS));
    let alerts = monitor.open_alerts(&[]).unwrap();
    assert_eq!((alerts[0].evidence.len(), alerts[0].evidence_total), (20, 120));
    assert_eq!((alerts[0].evidence[0].as_str(), alerts[0].evidence[19].as_str()), ("v119", "v100"));
}

#[test]
fn a_jump_over_three_centuries_is_quick() {
    let mut monitor = monitor("{}");
    monitor.advance(crate::activity::INSTANT_MIN).unwrap();
    let step = step(1, 1, crate::activity::INSTANT_MIN + DAY_MS);
    monitor.observe_ndjson(&step).unwrap();
    let progress = monitor.advance(crate::activity::INSTANT_MAX).unwrap();
    assert_eq!((progress.reached, progress.counted), (crate::activity::INSTANT_MAX, 1));
}

#[test]
fn more_accounts_than_an_instance_may_have_are_dropped() {
    let mut monitor = monitor("{}");
    let line = |i: usize| {
        format!(
            r#"{{"id":"x","at":"2026-01-05T00:00:00Z","account":"a{i}","kind":"exchange","direction":"to-customer"}}"#
        )
    };
    let intake = monitor.observe_ndjson(&lines(ACCOUNTS_MAX, line)).unwrap();
    assert_eq!((intake.accepted as usize, intake.dropped), (ACCOUNTS_MAX, 0));
    let intake = monitor.observe_ndjson(&line(ACCOUNTS_MAX)).unwrap();
    let problem = &intake.problems[0];
    assert_eq!(
        (intake.dropped, problem.field.as_str(), problem.expected.as_str()),
        (1, "/account", "at most 100000 accounts")
    );
    assert_eq!(dropped(&monitor), [("accounts".to_owned(), 1)]);
    let text =
        monitor.snapshot(&["a0".to_owned()]).unwrap().replace("\"name\":\"a0\"", "\"name\":\"one more\"");
    assert_eq!(
        monitor.restore(&sealed(&text)),
        Err(Error::SnapshotConflict("with it there would be more than 100000 accounts".to_owned()))
    );
    assert_eq!(monitor.forget(&["a0".to_owned()]), Ok(1));
    assert_eq!(monitor.observe_ndjson(&line(ACCOUNTS_MAX)).unwrap().accepted, 1, "there is room again");
}

/// A snapshot that was changed, with the checksum of what it says now.
fn sealed(text: &str) -> String {
    let opening = "{\"checksum\":\"";
    let sum = xxhash_rust::xxh3::xxh3_64(&text.as_bytes()[opening.len() + 16..]);
    format!("{opening}{sum:016x}{}", &text[opening.len() + 16..])
}

#[test]
fn of_too_many_waiting_retractions_the_newest_stay() {
    let mut monitor = monitor("{}");
    let retraction = |i: usize| {
        let at = time(START + i as i64 * 1_000);
        format!(r#"{{"id":"t{i:05}","at":"{at}","account":"acme","kind":"retraction","of":"later{i}"}}"#)
    };
    monitor.observe_ndjson(&lines(RETRACTIONS_MAX + 3, retraction)).unwrap();
    monitor.observe_ndjson(&version(0, 0, START)).unwrap();
    let progress = monitor.advance(START + 2 * WEEK_MS).unwrap();
    let left_out: Vec<(&str, u64)> = progress.left_out.iter().collect();
    assert_eq!(left_out, [("unmatched-retraction", 3)]);
    assert_eq!(monitor.status().open_activities as usize, RETRACTIONS_MAX);
    let held = &monitor.accounts["acme"].tracks.open;
    assert!(held.by_id(b"t00002").is_none() && held.by_id(b"t00003").is_some());
}

#[test]
fn a_policy_has_its_limits() {
    let mut monitor = Monitor::default();
    let padded = |bytes: usize| format!("{}{{}}", " ".repeat(bytes - 2));
    assert_eq!(monitor.configure(&padded(POLICY_BYTES_MAX)), Ok(()));
    assert_eq!(monitor.configure(&padded(POLICY_BYTES_MAX + 1)), Err(Error::TooLarge(1_048_576)));
    let overrides = |count: usize| {
        let one = r#"{"match":{"tier":"key"},"signals":{"meeting-count":{"warning":1}}}"#;
        format!(r#"{{"override":[{}]}}"#, vec![one; count].join(","))
    };
    assert_eq!(monitor.configure(&overrides(OVERRIDES_MAX)), Ok(()));
    let Err(Error::Policy(problems)) = monitor.configure(&overrides(OVERRIDES_MAX + 1)) else { panic!() };
    assert_eq!(
        (problems[0].field.as_str(), problems[0].found.as_str(), problems[0].expected.as_str()),
        ("/override", "1001 overrides", "at most 1000 overrides")
    );
}
