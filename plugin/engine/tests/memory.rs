//! What an account costs, counted by an allocator that counts: budgets, each an upper bound a host can plan with.
//!
//! Measured on the machine that runs the test; in WebAssembly pointers are half as long, so it is less there.

// Of the list that is built: the budgets are its.
#![cfg(not(feature = "trial-signal"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

use redtape_engine::monitor::Monitor;
use std::sync::Mutex;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// One count at a time.
static COUNTING: Mutex<()> = Mutex::new(());

/// Monday 2026-01-05.
const START: i64 = 1_767_571_200_000;
const DAY_MS: i64 = 86_400_000;
const WEEK_MS: i64 = 7 * DAY_MS;
const ACCOUNTS: usize = 50;

fn at(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn meeting(id: usize, account: usize, ms: i64) -> String {
    let at = at(ms);
    format!(
        "{{\"id\":\"m{id:08}\",\"at\":\"{at}\",\"account\":\"account-{account:06}\",\"kind\":\"meeting\",\"duration_min\":30,\"participants\":[\"u1234\",\"u2345\"],\"series\":\"s-1\"}}\n"
    )
}

fn step(id: usize, account: usize, request: usize, ms: i64) -> String {
    let at = at(ms);
    format!(
        "{{\"id\":\"s{id:08}\",\"at\":\"{at}\",\"account\":\"account-{account:06}\",\"kind\":\"approval-step\",\"request\":\"request-{request:06}\",\"from\":\"u{}\",\"to\":\"u{}\",\"outcome\":\"forwarded\"}}\n",
        id % 7,
        id % 7 + 1
    )
}

fn monitor(rise: bool) -> Monitor {
    let mut monitor = Monitor::default();
    // High limits: alerts have their own budget.
    let off = format!(r#"{{"rise":{rise},"warning":1000000,"critical":1000000}}"#);
    let open = format!(
        r#"{{"rise":{rise},"warning":1000000,"critical":1000000,"open_warning":1000000,"open_critical":1000000}}"#
    );
    monitor
        .configure(&format!(
            r#"{{"signals":{{"meeting-count":{off},"meeting-hours":{off},"plan-versions":{off},"approval-hops":{open},"approval-days":{open}}}}}"#
        ))
        .unwrap();
    monitor
}

/// Bytes an account that `fill` makes holds.
fn bytes_per_account(fill: impl Fn(&mut Monitor)) -> usize {
    bytes_watched(true, fill)
}

/// The same with the rise watch or without.
fn bytes_watched(rise: bool, fill: impl Fn(&mut Monitor)) -> usize {
    let before = dhat::HeapStats::get().curr_bytes;
    let mut monitor = monitor(rise);
    fill(&mut monitor);
    let bytes = dhat::HeapStats::get().curr_bytes - before;
    bytes / ACCOUNTS
}

fn each_account(line: impl Fn(usize) -> String) -> String {
    (0..ACCOUNTS).map(line).collect()
}

#[test]
fn an_account_stays_within_its_budgets() {
    let _counting = COUNTING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let _profiler = dhat::Profiler::builder().testing().build();
    let once = |monitor: &mut Monitor| {
        monitor.observe_ndjson(&each_account(|account| meeting(account, account, START))).unwrap();
        monitor.advance(START + 3 * WEEK_MS).unwrap();
    };
    // Three signals of five are measured in an account that only has meetings: of requests none was decided.
    let state = bytes_per_account(once);
    let without = bytes_watched(false, once);
    let with_history = bytes_per_account(|monitor| {
        for week in 0..150 {
            let line = |account| meeting(week, account, START + week as i64 * WEEK_MS);
            monitor.observe_ndjson(&each_account(line)).unwrap();
            monitor.advance(START + (week as i64 + 1) * WEEK_MS).unwrap();
        }
    });
    let with_open = bytes_per_account(|monitor| {
        monitor.observe_ndjson(&each_account(|account| meeting(account, account, START))).unwrap();
        monitor.advance(START + 3 * WEEK_MS).unwrap();
        for id in 0..100 {
            monitor
                .observe_ndjson(&each_account(|account| meeting(1000 + id, account, START + 4 * WEEK_MS)))
                .unwrap();
        }
    });
    let with_evidence = bytes_per_account(|monitor| {
        for id in 0..60 {
            let line = |account| step(id, account, 1, START + id as i64 * DAY_MS / 10);
            monitor.observe_ndjson(&each_account(line)).unwrap();
        }
        monitor.advance(START + 3 * WEEK_MS).unwrap();
    });
    let (history, open, evidence) = (with_history - state, (with_open - state) / 100, with_evidence - state);
    // With its share of what all accounts have in common, and the first of the weeks that are remembered.
    let series = (state - without).div_ceil(3);
    println!(
        "bytes: state of an account with meetings only {state}, of it without the rise watch {without}, a series of it {series}, history of 104 weeks {history}, an open meeting {open}, an open request {evidence}"
    );
    assert!(without <= 1_500, "an account: {without} bytes");
    assert!(series <= 700, "one of three series: {series} bytes");
    assert!(state <= 3_200, "an account with meetings only: {state} bytes");
    assert!(history <= 11_000, "104 weeks: {history} bytes");
    assert!(open <= 150, "an open activity: {open} bytes");
    assert!(evidence <= 1_200, "an open request with its evidence: {evidence} bytes");
}

#[test]
fn ten_times_the_lines_on_the_same_accounts_need_no_more() {
    let _counting = COUNTING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let _profiler = dhat::Profiler::builder().testing().build();
    let peak = |weeks: usize| {
        bytes_per_account(|monitor| {
            for week in 0..weeks {
                let start = START - 2_000 * WEEK_MS + week as i64 * WEEK_MS;
                let lines = |account| {
                    let day = |day: i64| start + day * DAY_MS;
                    meeting(3 * week, account, day(1))
                        + &step(week, account, week / 2, day(2))
                        + &meeting(3 * week + 1, account, day(4))
                };
                monitor.observe_ndjson(&each_account(lines)).unwrap();
                monitor.advance(start + WEEK_MS).unwrap();
            }
        })
    };
    // Both are longer than the history that is kept.
    let (once, ten_times) = (peak(120), peak(1_200));
    println!("bytes an account: {once} after 120 weeks, {ten_times} after 1,200");
    assert!(ten_times * 10 < once * 13, "{once} bytes, then {ten_times}");
}
