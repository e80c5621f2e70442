//! The page of a report made by hand: what is said, and that nobody's names become markup.

use super::*;
use redtape::detector::{Alert, Point, SignalStanding, Tally, Watch};
use redtape_import::input::Origin;
use redtape_model::calendar;
use redtape_scan::report::{LineProblem, Series};

pub(super) fn alert(account: &str, signal: &str, severity: Severity, value: f64) -> Alert {
    let at = |text: &str| calendar::parse(&format!("{text}T00:00:00Z")).unwrap();
    Alert {
        id: format!("{account}-{signal}"),
        account: account.to_owned(),
        signal: signal.to_owned(),
        severity,
        opened: at("2026-03-16"),
        since: at("2026-03-02"),
        at: at("2026-03-23"),
        value,
        threshold: Some(5.0),
        unit: "meetings/week".to_owned(),
        evidence: ["m-9", "m-8", "m-7", "m-6"].map(str::to_owned).to_vec(),
        evidence_total: 23,
        summary: format!("{value} meetings a week, at or above the limit of 5"),
        suggestion: "Merge `call-a` and `call-b`".to_owned(),
        ..Alert::blank()
    }
}

pub(super) fn point(week: Instant, value: Option<f64>, watch: Watch) -> Point {
    let (expected, threshold, score) = (Some(1.0), Some(5.0), None);
    Point { week, watch, value, expected, threshold, company_factor: 1.0, score, left_out: Vec::new() }
}

/// A report in which everything that a user can write is `name`.
fn report(name: &str) -> Report {
    let monday = calendar::parse("2025-12-29T00:00:00Z").unwrap();
    let mut open = alert(name, name, Severity::Critical, 9.0);
    for text in [&mut open.id, &mut open.subject, &mut open.unit, &mut open.summary, &mut open.suggestion] {
        *text = name.to_owned();
    }
    open.evidence = vec![name.to_owned(); 5];
    let mut resolved = Alert { id: "other".to_owned(), state: AlertState::Resolved, ..open.clone() };
    resolved.resolution = name.to_owned();
    let points = (0..20).map(|week| {
        let value = (week % 5 > 0).then_some(4.0);
        point(monday + week * WEEK_MS, value, Watch::Watching)
    });
    let standing = SignalStanding { signal: name.to_owned(), asleep: 1, warming_up: 1, watching: 1 };
    let tally = Tally { rule: name.to_owned(), count: 3 };
    let mut report = Report {
        inputs: vec![name.to_owned(), "other.ndjson".to_owned()],
        span: Some((monday, monday + 20 * WEEK_MS)),
        as_of: Some(monday + 21 * WEEK_MS),
        time_zone: "Europe/London".to_owned(),
        accounts: 3,
        left_out: vec![tally.clone()],
        dropped: vec![tally],
        series: vec![standing],
        alerts: vec![open.clone(), resolved],
        remarks: vec![name.to_owned()],
        ..Report::default()
    };
    report.histories.insert(Series::of(&open), points.collect());
    report.open = vec![open];
    report.counts.accepted = 7;
    report.counts.rejected = 1;
    report.problems.push(LineProblem {
        origin: Origin { file: 0, line: 3 },
        field: name.to_owned(),
        found: name.to_owned(),
        expected: name.to_owned(),
    });
    report
}

fn page(report: &Report, look: &Html<'_>) -> String {
    let mut bytes = Vec::new();
    html(report, look, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn nobody_writes_markup_but_this_program() {
    let tags = |text: &str| {
        text.split('<').skip(1).map(|it| it.split('>').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let harmless = tags(&page(&report("xyz"), &Html { all: true, policy: "xyz" }));
    for name in [
        "<script>x</script>",
        "\"><img src=x onerror=y>",
        "'><b>",
        "</style></title></textarea>",
        "-->\u{202e}\0\u{1b}",
    ] {
        let page = page(&report(name), &Html { all: true, policy: name });
        assert_eq!(tags(&page), harmless, "{name}");
        assert!(!page.contains(['\u{202e}', '\0', '\u{1b}']));
    }
}

#[test]
fn what_is_asked_for_is_there_once_and_the_rest_is_counted() {
    let mut report = report("acme");
    let shown = page(&report, &Html { all: false, policy: "defaults" });
    for words in [
        "1 of 3 accounts needs attention: 1 critical alert is open.",
        "acme</bdi></h3> <span class=sum><span class=\"sev critical\">1 critical</span> acme, since 2 Mar 2026",
        "20 weeks from 29 Dec 2025 to 11 May 2026, 4 of them with nothing to measure",
        "<strong>Not enough data</strong> to judge 2 of 3 series",
        "<b>Evidence</b> 23 activities, newest first: <code>acme</code>, <code>acme</code>, <code>acme</code> and 20 more",
        "<bdi>acme:3</bdi> field <code>acme</code>: found <code>acme</code>, expected acme",
    ] {
        assert!(shown.contains(words), "no `{words}` in {shown}");
    }
    assert_eq!(shown.matches("<svg").count(), 1);
    // Without histories it is said that there is no chart.
    report.histories.clear();
    let shown = page(&report, &Html { all: false, policy: "defaults" });
    assert!(!shown.contains("<svg") && shown.contains("There are no weeks to draw."));
    report.keep(&redtape_scan::report::Filter { accounts: vec!["other".to_owned()], ..Default::default() });
    let shown = page(&report, &Html { all: false, policy: "defaults" });
    assert!(
        shown.contains("No alert that was asked for is open. 1 other is open and not shown here."),
        "{shown}"
    );
    assert!(!shown.contains("Calm"), "who filters does not know");
}

#[test]
fn an_empty_log_is_no_healthy_one() {
    let page = page(&Report::default(), &Html { all: false, policy: "defaults" });
    assert!(page.contains("No activities were read: there is nothing to judge."));
    assert!(!page.contains("Calm") && !page.contains("No alert"), "{page}");
}
