//! The clock of a scan, tried on an engine that takes everything and says what it was asked.

use super::*;
use redtape::detector::{Intake, Progress, Standing, Tally};
use redtape_model::calendar;

/// Takes each line that has a time.
#[derive(Debug, Default)]
struct Clockwork {
    asked: Vec<String>,
    now: Option<Instant>,
}

impl Engine for Clockwork {
    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, redtape::Error> {
        let ids: Vec<&str> = lines.lines().map(|line| line.get(7..8).unwrap_or("?")).collect();
        self.asked.push(format!("observe {}", ids.concat()));
        let mut intake = Intake::default();
        for (number, line) in (1..).zip(lines.lines()) {
            let at = line.get(16..36).and_then(calendar::parse);
            let mut problem = |found: &str| {
                let (field, found, expected) = ("/at".to_owned(), found.to_owned(), String::new());
                intake.problems.push(redtape::Problem { line: number, field, found, expected });
            };
            match (at, self.now) {
                (None, _) => {
                    problem("nothing");
                    intake.rejected += 1;
                }
                (Some(at), Some(now)) if at + 14 * 86_400_000 < now => {
                    problem("late");
                    intake.late += 1;
                }
                (Some(at), _) => {
                    intake.accepted += 1;
                    intake.oldest = Some(intake.oldest.map_or(at, |oldest| oldest.min(at)));
                    intake.newest = intake.newest.max(Some(at));
                }
            }
        }
        Ok(intake)
    }

    fn advance(&mut self, to: Instant) -> Result<Progress, redtape::Error> {
        self.asked.push(format!("advance {}", calendar::format(to)));
        self.now = Some(to);
        Ok(Progress { reached: to, weeks_closed: 1, alerts: Vec::new(), counted: 2, left_out: Vec::new() })
    }

    fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, redtape::Error> {
        self.asked.push(format!("agree {} {sums:?}", calendar::format(to)));
        Ok(Vec::new())
    }

    fn open_alerts(&mut self, _: &[String]) -> Result<Vec<Alert>, redtape::Error> {
        Ok(Vec::new())
    }

    crate::fakes::not_asked_for!();

    fn status(&mut self) -> Result<Standing, redtape::Error> {
        // The calls travel in a name, because the report is all that is left in the end.
        let asked = Tally { rule: self.asked.join("\n"), count: 1 };
        let dropped = vec![asked];
        let (accounts, open_activities, open_alerts) = (0, 0, 0);
        Ok(Standing { now: self.now, accounts, open_activities, open_alerts, series: Vec::new(), dropped })
    }
}

fn scan(log: &str, as_of: Option<&str>) -> (Vec<String>, Report) {
    let clock = Clock {
        zone: Zone::named("Europe/London").unwrap(),
        lateness_days: 7,
        as_of: as_of.and_then(calendar::parse),
        present: calendar::parse("2026-07-01T00:00:00Z").unwrap(),
    };
    let log: String = log
        .split(' ')
        .map(|line| match line.split_once('@') {
            Some((id, at)) => format!(
                "{{\"id\":\"{id}\",\"at\":\"{at}:00Z\",\"account\":\"x\",\"kind\":\"exchange\",\"direction\":\"to-customer\"}}\n"
            ),
            None => format!("{line}\n"),
        })
        .collect();
    let input = Input::from_bytes(&[log.as_bytes()]).unwrap();
    let report = Scan::new(clock).run(input, vec![Clockwork::default()], |_| Ok::<(), Error>(())).unwrap();
    (report.dropped[0].rule.lines().map(str::to_owned).collect(), report)
}

#[test]
fn time_moves_at_the_first_line_of_a_local_day() {
    let log =
        "a@2026-05-04T10:00 b@2026-05-04T22:59 c@2026-05-04T12:00 d@2026-05-04T23:00 e@2026-05-05T08:00";
    let (asked, report) = scan(log, None);
    assert_eq!(
        asked,
        [
            "advance 2026-05-03T23:00:00Z",
            "observe abc",
            "advance 2026-05-04T23:00:00Z",
            "observe de",
            "advance 2026-05-05T23:00:00Z",
            "advance 2026-05-06T23:00:00Z",
            "advance 2026-05-07T23:00:00Z",
            "advance 2026-05-08T23:00:00Z",
            "advance 2026-05-09T23:00:00Z",
            "advance 2026-05-10T23:00:00Z",
        ]
    );
    assert_eq!(
        (report.counts.lines, report.counts.accepted, report.weeks_closed, report.counted),
        (5, 5, 8, 16)
    );
    let (first, newest) = report.span.unwrap();
    assert_eq!(calendar::format(first), "2026-05-04T10:00:00Z");
    assert_eq!(calendar::format(newest), "2026-05-05T08:00:00Z");
    assert_eq!(report.as_of.map(calendar::format).as_deref(), Some("2026-05-10T23:00:00Z"));
}

#[test]
fn the_end_is_never_before_the_newest_activity() {
    let (asked, _) = scan("a@2026-05-10T22:00", None);
    assert_eq!(asked.last().unwrap(), "advance 2026-05-10T23:00:00Z");
    let (asked, report) = scan("a@2026-05-10T22:00 b@2026-06-01T00:00", Some("2026-05-20T00:00:00Z"));
    assert_eq!(asked.last().unwrap(), "advance 2026-05-20T00:00:00Z");
    assert_eq!((report.counts.later, report.counts.rejected, report.problems.len()), (1, 0, 0));
    let (asked, report) = scan("", None);
    assert_eq!((asked, report.as_of), (Vec::new(), None));
}

#[test]
fn problems_keep_the_order_of_lines() {
    let log = "a@2026-05-04T10:00 bad b@2026-08-01T00:00 bad c@2026-05-04T11:00 bad d@2026-09-01T00:00 \t";
    let (_, report) = scan(log, None);
    let told: Vec<_> = report.problems.iter().map(|it| (it.origin.line, it.found.as_str())).collect();
    assert_eq!(
        told,
        [
            (2, "nothing"),
            (3, "2026-08-01T00:00:00Z"),
            (4, "nothing"),
            (6, "nothing"),
            (7, "2026-09-01T00:00:00Z")
        ]
    );
    assert_eq!((report.counts.rejected, report.counts.blank, report.counts.lines), (5, 1, 8));
}

#[test]
fn a_gap_of_years_is_no_loss() {
    let (asked, report) = scan("a@2020-01-01T00:00 b@2026-01-01T00:00", None);
    // Every day between is ended, so that what falls due in the gap is decided when it does.
    let days = asked.iter().position(|call| call == "observe b").unwrap();
    assert_eq!((asked[1].as_str(), days), ("observe a", 2 + 2192), "2192 days lie between");
    assert_eq!(asked[days - 1], "advance 2026-01-01T00:00:00Z");
    assert_eq!((report.counts.accepted, report.counts.dropped), (2, 0));
}

#[test]
fn a_late_line_is_named_with_the_one_that_moved_time() {
    let log =
        "a@2026-01-01T00:00 b@2026-01-20T00:00 c@2026-03-01T00:00 d@2026-03-02T00:00 e@2026-01-02T00:00";
    let (_, report) = scan(log, None);
    let late = report.late.unwrap();
    assert_eq!((late.first.line, late.moved_by.line, report.counts.late), (5, 2, 1));
    let (first, _) = report.span.unwrap();
    assert_eq!(calendar::format(first), "2026-01-01T00:00:00Z");
}
