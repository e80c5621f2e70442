//! A supervised plugin fails, and nothing that was acknowledged is lost.

#![expect(clippy::unwrap_used, reason = "a test whose supervisor does not start must end")]

use redtape::Engine;
use redtape::{
    Activity, Change, Error, ErrorKind, Exchange, Happening, Limits, Loader, Plugin, Supervisor, Verdict,
};
use redtape_model::calendar;
use redtape_tests::hostile::supervisor;
use redtape_tests::read;
use std::error::Error as _;
use std::time::Duration;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.memory_bytes_max = 64 << 20;
    limits
}

/// With a time that the hostile component's loops use up soon.
fn hasty() -> Limits {
    let mut limits = limits();
    limits.call_time_max = Duration::from_millis(200);
    limits
}

/// What the hostile component holds: its accounts are the lines it was told.
#[track_caller]
fn held(supervisor: &mut Supervisor) -> Vec<String> {
    supervisor.accounts("", u32::MAX).unwrap()
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| format!("line {number}\n")).collect()
}

fn record(id: &str) -> Activity {
    let thread = String::new();
    let happening = Happening::Exchange(Exchange { thread, direction: redtape::Direction::ToCustomer });
    Activity { id: id.to_owned(), at: 0, account: "acme".to_owned(), revised: None, happening }
}

#[test]
fn a_passing_fault_is_not_noticed() {
    let mut supervisor = supervisor(&limits(), "tire advance").unwrap();
    supervisor.observe_ndjson("one\ntwo\n").unwrap();
    supervisor.observe(&[record("three")]).unwrap();
    supervisor.forget(&["two".to_owned()]).unwrap();
    supervisor.feedback("four", Verdict::Acted).unwrap();
    supervisor.advance(7).unwrap();
    supervisor.status().unwrap();
    assert_eq!(supervisor.advance(9).unwrap().reached, 9);
    assert_eq!(supervisor.rebuilds(), 1);
    assert_eq!(held(&mut supervisor), ["one", "three", "feedback four"]);
    assert_eq!(supervisor.status().unwrap().now, Some(9));
}

#[test]
fn a_lasting_fault_leaves_the_state_as_before_the_call() {
    let mut supervisor = supervisor(&limits(), "trap advance").unwrap();
    supervisor.observe_ndjson("one").unwrap();
    let error = supervisor.advance(9).unwrap_err();
    assert_eq!(error.to_string(), "plugin failed during `advance`");
    assert_eq!(supervisor.status().unwrap().now, Some(0));
    assert_eq!(held(&mut supervisor), ["one"]);
    assert_eq!(supervisor.rebuilds(), 2);
}

#[test]
fn what_the_plugin_fails_on_is_set_aside_and_the_rest_goes_on() {
    let mut supervisor = supervisor(&limits(), "trap observe-ndjson POISON").unwrap();
    let text = format!("{}? why\n\n  POISON 1\n{}POISON 2", lines(0..400), lines(403..900));
    let intake = supervisor.observe_ndjson(&text).unwrap();
    assert_eq!((intake.accepted, intake.rejected), (897, 3));
    let problems: Vec<(u32, &str, &str)> =
        intake.problems.iter().map(|it| (it.line, it.found.as_str(), it.expected.as_str())).collect();
    let expected = "something else: the plugin failed on it, and it was set aside";
    assert_eq!(
        problems,
        [(401, "? why", "an answer"), (403, "POISON 1", expected), (901, "POISON 2", expected)]
    );
    let told = format!("{}{}", lines(0..400), lines(403..900));
    assert_eq!(held(&mut supervisor), told.lines().collect::<Vec<_>>());
    let aside: Vec<Change> = supervisor.set_aside().iter().map(|it| it.call.clone()).collect();
    let alone = |line: &str| Change::ObserveNdjson(line.to_owned());
    assert_eq!(aside, [alone("  POISON 1\n"), alone("POISON 2")]);
    assert_eq!(supervisor.set_aside()[0].because, "plugin failed during `observe-ndjson`");
    assert_eq!((supervisor.take_set_aside().len(), supervisor.set_aside().len()), (2, 0));
    assert_eq!(supervisor.set_aside_count(), 2);
    // What was taken in parts survives the next fault as well.
    supervisor.observe_ndjson("POISON 3").unwrap();
    assert_eq!(held(&mut supervisor).len(), 897);
}

#[test]
fn records_are_set_aside_like_lines() {
    let mut supervisor = supervisor(&limits(), "trap observe POISON").unwrap();
    let ids = ["a", "b", "POISON", "c", "d"];
    let intake = supervisor.observe(&ids.map(record)).unwrap();
    assert_eq!((intake.accepted, intake.rejected), (4, 1));
    assert_eq!((intake.problems[0].line, intake.problems[0].found.as_str()), (3, "POISON"));
    assert_eq!(held(&mut supervisor), ["a", "b", "c", "d"]);
    assert_eq!(supervisor.set_aside()[0].call, Change::Observe(vec![record("POISON")]));
}

#[test]
fn want_of_time_is_never_the_inputs_fault() {
    let mut supervisor = supervisor(&hasty(), "loop observe-ndjson SLOW").unwrap();
    supervisor.observe_ndjson("one").unwrap();
    let error = supervisor.observe_ndjson("two\nSLOW\n").unwrap_err();
    // The second try had double time.
    let said = "plugin exceeded its time limit of 400 ms during `observe-ndjson`";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Limit, said));
    assert_eq!(held(&mut supervisor), ["one"]);
    assert_eq!((supervisor.set_aside_count(), supervisor.rebuilds()), (0, 2));
    // The next call has the time it always had.
    let error = supervisor.observe_ndjson("SLOW").unwrap_err();
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_batch_that_cannot_be_finished_says_where_it_stopped() {
    let deeds = "trap observe-ndjson POISON\nloop observe-ndjson SLOW";
    let mut supervisor = supervisor(&hasty(), deeds).unwrap();
    let error = supervisor.observe_ndjson("one\nPOISON\n\ntwo\nSLOW\nthree\n").unwrap_err();
    let said = "plugin took what comes before number 4 of 6 in `observe-ndjson`, and nothing from there on";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Limit, said));
    let source = error.source().unwrap().to_string();
    assert_eq!(source, "plugin exceeded its time limit of 400 ms during `observe-ndjson`");
    let Error::Stopped { at: 4, of: 6, taken, .. } = error else { panic!("{error:?}") };
    assert_eq!((taken.accepted, taken.rejected), (1, 1));
    assert_eq!(held(&mut supervisor), ["one"]);
    // Without the slow line, the rest can be told again.
    supervisor.observe_ndjson("two\nthree\n").unwrap();
    assert_eq!(held(&mut supervisor), ["one", "two", "three"]);
}

#[test]
fn a_plugin_that_fails_on_everything_is_given_up() {
    let mut supervisor = supervisor(&limits(), "trap observe-ndjson").unwrap();
    supervisor.advance(3).unwrap();
    let error = supervisor.observe_ndjson(&lines(0..100_000)).unwrap_err();
    let Error::Stopped { at, of: 100_000, taken, source, .. } = error else { panic!("{error:?}") };
    assert_eq!((at, taken.accepted), (taken.rejected + 1, 0));
    assert_eq!(u64::from(taken.rejected), supervisor.set_aside_count());
    let said = "plugin failed on 256 parts of `observe-ndjson`: no more are tried in one call";
    assert_eq!((source.kind(), source.to_string().as_str()), (ErrorKind::Fault, said));
    assert!(supervisor.rebuilds() < 300, "{}", supervisor.rebuilds());
    assert_eq!(supervisor.status().unwrap().now, Some(3));
}

#[test]
fn a_line_that_needs_all_memory_is_set_aside_and_a_full_state_is_an_error() {
    let mut supervisor = supervisor(&limits(), "grow observe-ndjson HEAVY").unwrap();
    let intake = supervisor.observe_ndjson("one\nHEAVY\ntwo\n").unwrap();
    assert_eq!((intake.accepted, intake.rejected), (2, 1));
    let because = supervisor.set_aside()[0].because.clone();
    assert_eq!(because, "plugin exceeded its memory limit of 67108864 bytes during `observe-ndjson`");

    let megabyte = format!("{}\n", "x".repeat(1 << 20));
    let error = (0..200).find_map(|_| supervisor.observe_ndjson(&megabyte).err()).unwrap();
    assert_eq!(error.to_string(), because);
    assert_eq!(supervisor.set_aside_count(), 1);
    let taken = supervisor.status().unwrap().open_activities;
    assert!(taken > 10, "{taken}");
    supervisor.observe_ndjson("short").unwrap();
}

#[test]
fn a_full_journal_begins_anew_with_a_snapshot() {
    let mut supervisor = supervisor(&limits(), "tire advance").unwrap().journal_bytes_max(10_000);
    for from in 0..200 {
        supervisor.observe_ndjson(&lines(from * 10..from * 10 + 10)).unwrap();
        let bytes: usize = supervisor.journal().iter().map(Change::bytes).sum();
        assert!(bytes <= 10_000, "{bytes}");
    }
    assert!(supervisor.last_snapshot().unwrap().len() > 10_000);
    supervisor.status().unwrap();
    supervisor.advance(1).unwrap();
    assert_eq!((supervisor.rebuilds(), held(&mut supervisor).len()), (1, 2_000));
    // A call that is larger than a journal may be is still taken.
    supervisor.observe_ndjson(&lines(0..5_000)).unwrap();
    supervisor.advance(2).unwrap();
    assert_eq!(supervisor.journal(), [Change::Advance(2)]);
}

#[test]
fn no_snapshot_is_taken_while_shards_agree() {
    let mut supervisor = supervisor(&limits(), "").unwrap().journal_bytes_max(100);
    supervisor.checkpoint().unwrap();
    assert_eq!(supervisor.agree(5, &[1, 2, 3]).unwrap(), [1, 2, 3]);
    supervisor.agree(5, &[4; 100]).unwrap();
    supervisor.advance(5).unwrap();
    assert_eq!(supervisor.journal().len(), 3);
    supervisor.advance(5).unwrap();
    assert_eq!(supervisor.journal(), [Change::Advance(5)]);
}

#[test]
fn without_snapshots_the_journal_grows_to_twice_its_limit() {
    let mut supervisor = supervisor(&limits(), "trap snapshot").unwrap().journal_bytes_max(10_000);
    let error = (0..200).find_map(|_| supervisor.observe_ndjson(&lines(0..10)).err()).unwrap();
    let bytes: usize = supervisor.journal().iter().map(Change::bytes).sum();
    let wanted = bytes + lines(0..10).len();
    assert!(wanted > 20_000, "{wanted}");
    let said = format!(
        "journal is full: {wanted} bytes of at most 20000, and the plugin gives no snapshot to begin a new one"
    );
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Limit, said));
    assert_eq!(error.source().unwrap().to_string(), "plugin failed during `snapshot`");
    assert_eq!(supervisor.advance(1).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(held(&mut supervisor).len(), 10 * (supervisor.journal().len() - 1));
    // It was not tried at every call.
    assert!(supervisor.rebuilds() < 30, "{}", supervisor.rebuilds());
}

#[test]
fn what_is_forgotten_is_in_no_journal_and_no_snapshot() {
    let mut supervisor = supervisor(&limits(), "").unwrap();
    supervisor.observe_ndjson("keep\nsecret\n").unwrap();
    assert_eq!(supervisor.forget(&["secret".to_owned()]).unwrap(), 1);
    assert_eq!(supervisor.journal(), []);
    let snapshot = supervisor.last_snapshot().unwrap();
    assert!(snapshot.contains("keep") && !snapshot.contains("secret"), "{snapshot}");
}

#[test]
fn a_trap_in_restore_loses_nothing() {
    let mut supervisor = supervisor(&limits(), "trap restore\ntire advance").unwrap();
    supervisor.observe_ndjson("one").unwrap();
    supervisor.checkpoint().unwrap();
    supervisor.observe_ndjson("two").unwrap();
    supervisor.status().unwrap();
    let error = supervisor.advance(9).unwrap_err();
    let said = "plugin could not be rebuilt: `restore` failed after 0 of 1 calls were replayed";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Fault, said));
    assert_eq!(error.source().unwrap().to_string(), "plugin failed during `restore`");
    // The next call tries again, and says the same.
    assert_eq!(supervisor.status().unwrap_err().to_string(), said);
    assert_eq!(supervisor.last_snapshot(), Some("0\n1\none\ntrap restore\ntire advance"));
    assert_eq!(supervisor.journal(), [Change::ObserveNdjson("two".to_owned())]);
}

#[test]
fn a_replay_that_fails_says_at_which_call() {
    let mut supervisor = supervisor(&limits(), "wake observe-ndjson\ntrap advance").unwrap();
    supervisor.status().unwrap();
    supervisor.observe_ndjson("one").unwrap();
    let error = supervisor.advance(9).unwrap_err();
    let said = "plugin could not be rebuilt: `observe-ndjson` failed after 1 of 2 calls were replayed";
    assert_eq!(error.to_string(), said);
    assert_eq!(supervisor.journal().len(), 2);
}

#[test]
fn the_real_engine_in_parts_has_the_state_of_the_whole() {
    let log = read("fixtures/fitcorp/activities.ndjson");
    let end = calendar::parse("2025-06-30T00:00:00Z").unwrap();
    let plugin = Loader::new().metered(true).embedded().unwrap();
    let metered = |fuel| {
        let mut limits = Limits::default();
        limits.fuel_per_call = Some(fuel);
        limits
    };
    let fails = |fuel: &u64| {
        let mut detector = plugin.detector(metered(*fuel)).unwrap();
        detector.configure("{}").unwrap();
        detector.observe_ndjson(&log).is_err()
    };
    // The engine's own cost per line is nobody's promise: the first power of two that is too little.
    let fuel = (0..40).rev().map(|power| 1 << power).find(fails).unwrap();

    let mut supervisor = Supervisor::new(&plugin, metered(fuel)).unwrap();
    supervisor.configure("{}").unwrap();
    let intake = supervisor.observe_ndjson(&log).unwrap();
    assert!(supervisor.rebuilds() > 0 && supervisor.journal().len() > 2);
    let [mut whole, mut parts] =
        [(); 2].map(|()| Plugin::embedded().unwrap().detector(Limits::default()).unwrap());
    whole.configure("{}").unwrap();
    assert_eq!(whole.observe_ndjson(&log).unwrap(), intake);
    supervisor.journal().iter().try_for_each(|change| change.apply(&mut parts)).unwrap();
    assert_eq!(whole.snapshot(&[]).unwrap(), parts.snapshot(&[]).unwrap());
    assert_eq!(whole.advance(end).unwrap(), parts.advance(end).unwrap());
}
