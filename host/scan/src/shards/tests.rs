//! Shards that agree, are slow, or fail, tried on engines that do as they are told.

use super::*;
use crate::report::Report;
use crate::scan::{Clock, Scan};
use redtape_import::input::{Bytes, Input, Reading};
use redtape_model::calendar::Zone;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

type Observe = Box<dyn FnMut(&str) -> Result<(), redtape::Error> + Send>;
type Agree = Box<dyn FnMut(&[i64]) -> Vec<i64> + Send>;

/// Takes every line, and tells an alert at each move of time.
struct Fake {
    name: &'static str,
    observe: Observe,
    agree: Agree,
}

fn fake(name: &'static str) -> Fake {
    Fake { name, observe: Box::new(|_| Ok(())), agree: Box::new(|_| Vec::new()) }
}

impl Engine for Fake {
    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, redtape::Error> {
        (self.observe)(lines)?;
        let accepted = u32::try_from(lines.lines().count()).unwrap();
        let at = redtape_import::input::instant(lines.lines().next().unwrap());
        Ok(Intake { accepted, oldest: at, newest: at, ..Intake::default() })
    }

    fn advance(&mut self, to: Instant) -> Result<Progress, redtape::Error> {
        let alerts = vec![alert(self.name, to)];
        Ok(Progress { reached: to, weeks_closed: 1, alerts, counted: 1, left_out: Vec::new() })
    }

    fn agree(&mut self, _: Instant, sums: &[i64]) -> Result<Vec<i64>, redtape::Error> {
        Ok((self.agree)(sums))
    }

    fn open_alerts(&mut self, _: &[String]) -> Result<Vec<Alert>, redtape::Error> {
        Ok(vec![alert(self.name, 0)])
    }

    fn status(&mut self) -> Result<Standing, redtape::Error> {
        let (accounts, open_activities, open_alerts) = (1, 2, 1);
        Ok(Standing { now: Some(7), accounts, open_activities, open_alerts, series: vec![], dropped: vec![] })
    }

    crate::fakes::not_asked_for!();
}

fn alert(account: &str, at: Instant) -> Alert {
    let (id, account) = (format!("{account}{at}"), account.to_owned());
    Alert { id, account, opened: at, since: at, at, ..Alert::blank() }
}

/// Lines of two accounts in turn, two a day: with two shards each has one of them.
fn log(days: std::ops::RangeInclusive<u32>, width: usize) -> String {
    let line = |day: u32, account: &str| {
        let room = " ".repeat(width);
        let at = format!("2026-01-{day:02}T00:00:00Z");
        let rest = "\"kind\":\"exchange\",\"direction\":\"to-customer\"";
        format!("{{\"id\":\"{account}{day}\",\"at\":\"{at}\",\"account\":\"{account}\",{rest}}}{room}\n")
    };
    days.flat_map(|day| ["left", "right"].map(|account| line(day, account))).collect()
}

/// Scans a log; what was told before it ended, and how it did.
fn scan(input: Input, engines: Vec<Fake>) -> (String, Result<Report, Error>) {
    let present = calendar::parse("2026-07-01T00:00:00Z").unwrap();
    let clock = Clock { zone: Zone::default(), lateness_days: 7, as_of: Some(present), present };
    let mut all = String::new();
    let report = Scan::new(clock).run(input, engines, |alerts| {
        all.extend(
            alerts.iter().map(|alert| format!("{}{} ", alert.account, alert.at / 86_400_000 - 20_453)),
        );
        Ok(())
    });
    (all, report)
}

fn text(log: &str) -> Input {
    Input::from_bytes(&[log.as_bytes()]).unwrap()
}

fn told(error: &Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    format!("{error}: {}", source.unwrap_or_default())
}

#[test]
fn the_two_accounts_of_the_log_have_two_shards() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let engine = |name: &'static str| {
        let seen = Arc::clone(&seen);
        let observe: Observe = Box::new(move |lines: &str| {
            seen.lock().unwrap().push((name, lines.contains("left"), lines.contains("right")));
            Ok(())
        });
        Fake { observe, ..fake(name) }
    };
    let (_, report) = scan(text(&log(1..=1, 0)), vec![engine("a"), engine("b")]);
    assert_eq!(report.unwrap().counts.accepted, 2);
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert!(
        matches!(seen.as_slice(), [("a", left, right), ("b", other, one)] if left != right && left == one && right == other),
        "{seen:?}"
    );
}

#[test]
fn what_shards_tell_is_put_in_the_order_of_one() {
    let (all, report) = scan(text(&log(1..=3, 0)), vec![fake("b"), fake("c"), fake("a")]);
    assert!(all.starts_with("a1 b1 c1 a2 b2 c2 a3 b3 c3 a4 "), "{all}");
    let report = report.unwrap();
    let told: String = report.alerts.iter().take(4).map(|alert| alert.account.as_str()).collect();
    let open: String = report.open.iter().map(|alert| alert.account.as_str()).collect();
    assert_eq!((told.as_str(), open.as_str()), ("abca", "abc"));
    assert_eq!((report.counts.accepted, report.accounts, report.open_activities), (6, 3, 6));
    // As many weeks as each shard closed, and the activities of all.
    assert_eq!(report.counted, 3 * report.weeks_closed);
}

#[test]
fn shards_agree_in_as_many_rounds_as_they_want() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let engine = |name: &'static str, share: i64| {
        let heard = Arc::clone(&heard);
        let agree: Agree = Box::new(move |sums: &[i64]| {
            heard.lock().unwrap().push(sums.to_vec());
            match sums {
                [] => vec![share],
                [sum] => vec![sum * share, -share],
                _ => vec![],
            }
        });
        Fake { agree, ..fake(name) }
    };
    let (_, report) = scan(text(&log(1..=1, 0)), vec![engine("a", 1), engine("b", 20), engine("c", 300)]);
    let moves = usize::try_from(report.unwrap().weeks_closed).unwrap();
    let mut heard = heard.lock().unwrap().clone();
    heard.sort();
    heard.dedup();
    assert_eq!(heard, [vec![], vec![321], vec![321 * 321, -321]]);
    assert_eq!(moves, 182, "one move a day");
}

#[test]
fn one_shard_agrees_alone() {
    let agree: Agree = Box::new(|_| panic!("it was asked"));
    let (all, report) = scan(text(&log(1..=1, 0)), vec![Fake { agree, ..fake("a") }]);
    assert!(report.is_ok() && all.starts_with("a1 a2 "), "{all}");
}

#[test]
fn shards_that_do_not_agree_are_a_fault_of_the_plugin() {
    let agree: Agree = Box::new(|_| vec![1, 2]);
    let (_, report) = scan(text(&log(1..=1, 0)), vec![Fake { agree, ..fake("a") }, fake("b")]);
    let said =
        "plugin failed during `agree`: one shard answered 0 numbers and another 2: expected as many of each";
    assert_eq!(told(&report.unwrap_err()), said);
}

#[test]
fn others_go_on_while_one_shard_is_slow() {
    // Lines so long that a batch has eight of them.
    let log = log(1..=1, 60_000).repeat(100);
    let (third, wait) = mpsc::channel();
    let engine = |name| {
        let (third, mut batches) = (third.clone(), 0);
        let observe: Observe = Box::new(move |lines: &str| {
            batches += 1;
            if lines.contains("right") && batches == 3 {
                third.send(()).unwrap();
            }
            Ok(())
        });
        Fake { observe, ..fake(name) }
    };
    let mut engines = vec![engine("a"), engine("b")];
    // The shard of `left` does nothing before that of `right` has its third batch.
    let wait = Arc::new(Mutex::new(Some(wait)));
    for engine in &mut engines {
        let wait = Arc::clone(&wait);
        let mut quick = std::mem::replace(&mut engine.observe, Box::new(|_| Ok(())));
        engine.observe = Box::new(move |lines| {
            if lines.contains("left")
                && let Some(wait) = wait.lock().unwrap().take()
            {
                wait.recv().unwrap();
            }
            quick(lines)
        });
    }
    let (_, report) = scan(text(&log), engines);
    assert_eq!(report.unwrap().counts.accepted, 200);
}

/// Gives a text, and then nothing for as long as somebody holds the other end.
struct Stream(io::Cursor<Vec<u8>>, mpsc::Receiver<()>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Ok(self.1.recv().map_or(0, |()| 0)),
            bytes => Ok(bytes),
        }
    }
}

/// Fails on the line of one account on the second day, or waits to agree.
fn fails(name: &'static str) -> Fake {
    let observe: Observe =
        Box::new(
            move |lines: &str| {
                if lines.contains("-02T00:00:00Z\",\"account\":\"left") { Err(trap()) } else { Ok(()) }
            },
        );
    let agree: Agree = Box::new(|sums| if sums.is_empty() { vec![1] } else { vec![] });
    Fake { name, observe, agree }
}

fn trap() -> redtape::Error {
    redtape::Error::Trap { call: "observe-ndjson", source: "unreachable".into() }
}

#[test]
fn a_shard_that_fails_ends_the_scan_and_names_its_lines() {
    let (_open, idle) = mpsc::channel();
    let stream: Bytes = Box::new(Stream(io::Cursor::new(log(1..=3, 0).into_bytes()), idle));
    let whole: Bytes = Box::new(io::Cursor::new(log(1..=9, 0).into_bytes()));
    // The one gives nothing more and does not end; with the other the shards that are left wait for the sums.
    for input in [stream, whole] {
        let input = Input::begin(vec![("log.ndjson".to_owned(), input)], &Reading::default()).unwrap();
        let (all, report) = scan(input, vec![fails("a"), fails("b")]);
        let error = report.unwrap_err();
        assert_eq!(all, "a1 b1 a2 b2 ", "what was decided before is told");
        let said = "plugin failed during `observe-ndjson`, line 3 of `log.ndjson`: unreachable";
        assert_eq!(told(&error), said);
        assert!(matches!(error.cause(), Error::Engine(error) if error.kind() == redtape::ErrorKind::Fault));
    }
}

#[test]
fn lines_of_one_and_of_several_inputs_are_named() {
    let lines = log(1..=2, 0);
    let said = |logs: &[&[u8]]| {
        let (_, report) = scan(Input::from_bytes(logs).unwrap(), vec![fails("a")]);
        report.unwrap_err().to_string()
    };
    let one = "plugin failed during `observe-ndjson`, lines 3 to 4 of `input 1`";
    assert_eq!(said(&[lines.as_bytes()]), one);
    let two = "plugin failed during `observe-ndjson`, lines `input 1:3` to `input 2:4`";
    assert_eq!(said(&[lines.as_bytes(), lines.as_bytes()]), two);
}

#[test]
fn an_input_that_breaks_off_is_told_after_what_it_said() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    io::Write::write_all(&mut gzip, log(1..=2, 0).as_bytes()).unwrap();
    let mut cut = gzip.finish().unwrap();
    cut.truncate(cut.len() - 8);
    let (all, report) = scan(Input::from_bytes(&[&cut]).unwrap(), vec![fake("a"), fake("b")]);
    assert_eq!(all, "a1 b1 a2 b2 ");
    let said = told(&report.unwrap_err());
    assert!(said.starts_with("failed to read `input 1`: after line 4: "), "{said}");
}

#[test]
fn a_panic_of_an_engine_goes_on_where_the_scan_runs() {
    let observe: Observe = Box::new(|_| panic!("a fault of the engine"));
    let engines = vec![Fake { observe, ..fake("a") }];
    let run = || scan(text(&log(1..=1, 0)), engines).1.map(drop);
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"a fault of the engine"));
}

#[test]
fn a_scan_without_an_engine_is_refused() {
    let (_, report) = scan(text(""), Vec::new());
    let said = "failed to set up the WebAssembly runtime: a scan needs one detector at least";
    assert_eq!(told(&report.unwrap_err()), said);
}
