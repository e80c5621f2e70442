//! The table as a newcomer sees it.

use super::*;
use expect_test::{Expect, expect};
use redtape::detector::{AlertState, SignalStanding, Tally};
use redtape_model::calendar;

fn at(text: &str) -> Instant {
    calendar::parse(&format!("{text}T00:00:00Z")).unwrap()
}

fn alert(account: &str, signal: &str, subject: &str, severity: Severity, value: f64) -> Alert {
    Alert {
        id: "0123456789abcdef".to_owned(),
        account: account.to_owned(),
        signal: signal.to_owned(),
        subject: subject.to_owned(),
        severity,
        opened: at("2026-03-16"),
        since: at("2026-03-02"),
        at: at("2026-03-23"),
        value,
        threshold: Some(5.0),
        unit: "meetings/week".to_owned(),
        evidence: ["m-9", "m-8", "m-7", "m-6"].map(str::to_owned).to_vec(),
        evidence_total: 23,
        summary: format!(
            "{value} of something a week over two weeks running, where the policy allows five of them."
        ),
        suggestion: "Merge the two weekly calls.".to_owned(),
        ..Alert::blank()
    }
}

fn report() -> Report {
    let series = |signal: &str, asleep, watching| SignalStanding {
        signal: signal.to_owned(),
        asleep,
        warming_up: 1,
        watching,
    };
    let mut resolved = alert("city-runners", "plan-versions", "plan-7", Severity::Warning, 9.0);
    (resolved.state, resolved.resolution, resolved.at) =
        (AlertState::Resolved, "back".to_owned(), at("2026-05-04"));
    let mut fired = resolved.clone();
    (fired.state, fired.severity, fired.summary) =
        (AlertState::Firing, Severity::Critical, "At its worst.".to_owned());
    let mut long_ago = Alert { id: "fedcba9876543210".to_owned(), ..resolved.clone() };
    (long_ago.at, long_ago.since) = (at("2024-05-06"), at("2024-04-01"));
    let request = |subject, value| alert("alpine", "approval-hops", subject, Severity::Warning, value);
    let mut report = Report {
        span: Some((at("2025-01-06"), at("2026-05-29"))),
        as_of: Some(at("2026-06-01")),
        time_zone: "Europe/London".to_owned(),
        accounts: 3,
        left_out: vec![Tally { rule: "cancelled".to_owned(), count: 1_200 }],
        series: vec![series("meeting-count", 1, 1), series("approval-hops", 0, 2)],
        alerts: vec![long_ago, fired, resolved.clone(), Alert { id: "00".to_owned(), ..resolved }],
        open: vec![
            request("r-1", 7.0),
            alert("northern\x1b[2J", "meeting-count", "", Severity::Critical, 6.0),
            request("r-2", 9.0),
        ],
        ..Report::default()
    };
    (report.counts.accepted, report.counts.rejected) = (1_234, 2);
    report
}

#[track_caller]
fn check(report: &Report, look: Table, expected: Expect) {
    let text = table(report, &look);
    assert!(text.lines().all(|line| width(line) <= look.columns), "{text}");
    expected.assert_eq(&text);
}

const LOOK: Table = Table { columns: 100, color: false, all: false, ids: false };

#[test]
fn the_worst_comes_first_and_nothing_is_silent() {
    check(
        &report(),
        LOOK,
        expect![[r#"
            3 accounts, 1,234 activities from 6 Jan 2025 to 29 May 2026, as of 1 Jun 2026 (Europe/London)

            Open alerts: 1 critical and 2 warning.

            CRITICAL  northern\u{1b}[2J  meeting-count                               since 2 Mar 2026 (13 weeks)
                      6 of something a week over two weeks running, where the policy allows five of them.
                      -> Merge the two weekly calls.
                      Evidence: m-9, m-8, m-7 and 20 more

            WARNING   alpine  approval-hops                                          since 2 Mar 2026 (13 weeks)
                      - 9 of something a week over two weeks running, where the policy allows five of them.
                      - 7 of something a week over two weeks running, where the policy allows five of them.
                        -> Merge the two weekly calls.

            Resolved in the last 26 weeks:

            CRITICAL  city-runners  plan-versions                       2 Mar 2026 to 4 May 2026, back to normal
                      At its worst.
                      (1 more like this; --all shows each)

            Lines not taken: 2 rejected.
            Left out of counting: 1,200 cancelled.
            Not enough data to judge 3 of 6 series, 1 with nothing of their kind in the last 8 closed weeks, 2
            with fewer than 8 weeks measured: meeting-count 2 of 3, approval-hops 1 of 3.
        "#]],
    );
}

#[test]
fn a_narrow_terminal_wraps() {
    check(
        &report(),
        Table { columns: 46, all: true, ..LOOK },
        expect![[r#"
            3 accounts, 1,234 activities from 6 Jan 2025
            to 29 May 2026, as of 1 Jun 2026
            (Europe/London)

            Open alerts: 1 critical and 2 warning.

            CRITICAL  northern\u{1b}[2J meeting-count
                      since 2 Mar 2026 (13 weeks)
                      6 of something a week over two weeks
                      running, where the policy allows
                      five of them.
                      -> Merge the two weekly calls.
                      Evidence: m-9, m-8, m-7 and 20 more

            WARNING   alpine approval-hops
                      since 2 Mar 2026 (13 weeks)
                      - 9 of something a week over two
                        weeks running, where the policy
                        allows five of them.
                      - 7 of something a week over two
                        weeks running, where the policy
                        allows five of them.
                        -> Merge the two weekly calls.

            Resolved:

            CRITICAL  city-runners plan-versions
                      2 Mar 2026 to 4 May 2026, back to
                      normal
                      At its worst.
            WARNING   city-runners plan-versions
                      2 Mar 2026 to 4 May 2026, back to
                      normal
                      9 of something a week over two weeks
                      running, where the policy allows
                      five of them.
            WARNING   city-runners plan-versions
                      1 Apr 2024 to 6 May 2024, back to
                      normal
                      9 of something a week over two weeks
                      running, where the policy allows
                      five of them.

            Lines not taken: 2 rejected.
            Left out of counting: 1,200 cancelled.
            Not enough data to judge 3 of 6 series, 1 with
            nothing of their kind in the last 8 closed
            weeks, 2 with fewer than 8 weeks measured:
            meeting-count 2 of 3, approval-hops 1 of 3.
        "#]],
    );
}

#[test]
fn nothing_open_is_said_in_words() {
    let mut report = report();
    report.open.clear();
    report.alerts.clear();
    check(
        &report,
        LOOK,
        expect![[r#"
            3 accounts, 1,234 activities from 6 Jan 2025 to 29 May 2026, as of 1 Jun 2026 (Europe/London)

            No alert is open. Watched: meeting-count and approval-hops.

            Lines not taken: 2 rejected.
            Left out of counting: 1,200 cancelled.
            Not enough data to judge 3 of 6 series, 1 with nothing of their kind in the last 8 closed weeks, 2
            with fewer than 8 weeks measured: meeting-count 2 of 3, approval-hops 1 of 3.
        "#]],
    );
    check(
        &Report::default(),
        LOOK,
        expect![[r#"
        No activities were read: there is nothing to judge.
    "#]],
    );
}

#[test]
fn only_the_severity_has_a_colour() {
    let text = table(&report(), &Table { color: true, ..LOOK });
    assert_eq!(text.matches("\x1b[").count(), 6);
    assert!(text.contains("\n\x1b[1;31mCRITICAL\x1b[0m  northern\\u{1b}[2J  meeting-count"), "{text}");
}
