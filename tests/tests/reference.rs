//! The rise watch against its reference: a plain program in 64 bits, written apart from this one.
//!
//! `tests/reference/CASE.csv` holds what it made of a fixture's log: Monday of the week, account, signal and log-odds,
//! where those are above -5. `tests/README.md` says how the files are made.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read what it tests must end")]

use redtape::Policy;
use redtape_import::Input;
use redtape_model::calendar;
use redtape_scan::Error;
use redtape_scan::Scan;
use redtape_scan::scan::{Clock, Score, Told};
use redtape_tests::{Native, project, read};
use std::collections::BTreeMap;

const CASES: [&str; 4] = [
    "a-ramp-is-found-in-every-signal",
    "a-ratchet-is-found-in-every-signal",
    "everybody-gets-a-second-approval",
    "holidays-and-a-growing-company-are-no-rise",
];

/// How far the log-odds may lie apart. Probabilities in 16 bits and a spread in steps of 1/64 make a few hundredths.
/// Requests are judged a week or two later in a young log (`plugin/DETECTION.md`), which is a tenth or two in the weeks
/// after; the account as a whole follows from them.
fn tolerance(signal: &str) -> f64 {
    match signal {
        "meeting-count" | "meeting-hours" | "plan-versions" => 0.05,
        "creep" => 0.3,
        _ => 0.5,
    }
}

type Key = (String, String, String);

fn reference(case: &str) -> BTreeMap<Key, f64> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [week, account, signal, score] = fields[..] else { panic!("{case}: {line}") };
        ((week.to_owned(), account.to_owned(), signal.to_owned()), score.parse().unwrap())
    };
    read(format!("tests/reference/{case}.csv")).lines().map(row).collect()
}

fn scores(case: &str) -> BTreeMap<Key, f64> {
    let log = project().join("fixtures").join(case).join("activities.ndjson");
    let present = calendar::parse("2026-11-01T00:00:00Z").unwrap();
    let policy = Policy::default();
    let clock = Clock { zone: policy.zone(), lateness_days: policy.lateness_days(), as_of: None, present };
    let engines = vec![Native::configured("{}").unwrap(), Native::configured("{}").unwrap()];
    let mut found = BTreeMap::new();
    let told = |told: Told<'_>| {
        if let Told::Scores(scores) = told {
            found.extend(scores.iter().map(|Score { account, signal, week, score, .. }| {
                ((calendar::format(*week)[..10].to_owned(), account.clone(), signal.clone()), *score)
            }));
        }
        Ok::<(), Error>(())
    };
    Scan::new(clock).scored(true).tell(Input::open(&[log]).unwrap(), engines, told).unwrap();
    found
}

#[test]
fn scores_are_those_of_the_reference() {
    for case in CASES {
        let (expected, found) = (reference(case), scores(case));
        let mut compared: BTreeMap<&str, u32> = BTreeMap::new();
        for ((week, account, signal), expected) in &expected {
            // What this one skips as too young to be judged has no score here.
            let Some(score) = found.get(&(week.clone(), account.clone(), signal.clone())) else { continue };
            let apart = (score - expected).abs();
            assert!(apart <= tolerance(signal), "{case} {week} {account} {signal}: {score}, not {expected}");
            *compared.entry(signal).or_default() += 1;
        }
        assert!(
            compared.len() >= 4 && compared.values().sum::<u32>() as usize > expected.len() - 20,
            "{compared:?}"
        );
        // Where the reference was calm, and its log had not ended, so is this one.
        let last = expected.keys().map(|(week, ..)| week).max().unwrap();
        for ((week, account, signal), score) in
            found.iter().filter(|((week, account, _), _)| week < last && account != "*")
        {
            let known = expected.contains_key(&(week.clone(), account.clone(), signal.clone()));
            assert!(known || *score < -5.0 + tolerance(signal), "{case} {week} {account} {signal}: {score}");
        }
    }
}
