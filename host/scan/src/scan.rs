//! Drives detectors over a log: the clock is the greatest `at` so far.
//!
//! Weeks close at local midnights only, so moving time from midnight to midnight is enough. The first line of a new day
//! moves it, before it is taken: what the days before showed is decided without it. The result depends neither on how
//! lines are batched nor on how many detectors share the accounts.
//!
//! Data goes one way: blocks, lines, batches, shards, their answers, the report. Only what shards agree on goes back.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, Sender};
use std::thread;

use crate::error::{CutShort, Error};
use crate::report::{Keep, Report};
use crate::shards::{self, Answer, Said, Ways};
use redtape::Engine;
use redtape::detector::Alert;
use redtape_import::input::{Input, Pace};
use redtape_model::calendar::{Instant, Zone};

mod batch;
mod ledger;
mod router;
mod score;

pub(crate) use self::batch::Batch;
use self::ledger::{Ended, Ledger};
use self::router::Router;
pub use self::score::Score;
pub use self::score::{TENANT, WHOLE};
pub(crate) use self::score::{history, scores, signals};

/// Most shards that are of use: then reading is what takes longest.
pub const SHARDS_MAX: u8 = 16;
/// Batches of a shard that are under way, beside the one that is being filled: reading waits for a slow shard, and
/// memory stays at 4 MiB a shard.
const BATCHES: usize = 4;

/// What a scan has to know of time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Of the policy.
    pub zone: Zone,
    /// Of the policy: days from the end of a week until it closes.
    pub lateness_days: u64,
    /// Where time ends, instead of by the newest activity; lines after it are counted and passed over.
    pub as_of: Option<Instant>,
    /// The present, by the machine's clock; lines after it are rejected.
    pub present: Instant,
}

impl Clock {
    /// After this instant no line is taken.
    pub fn end(&self) -> Instant {
        self.as_of.map_or(self.present, |as_of| as_of.min(self.present))
    }
}

/// How a log is scanned.
///
/// ```
/// use redtape::{Limits, Plugin, Policy, calendar};
/// use redtape_import::Input;
/// use redtape_scan::Scan;
/// use redtape_scan::scan::Clock;
///
/// # fn main() -> Result<(), redtape_scan::Error> {
/// let (plugin, policy) = (Plugin::embedded()?, Policy::default());
/// let mut detectors = vec![plugin.detector(Limits::default())?, plugin.detector(Limits::default())?];
/// detectors.iter_mut().try_for_each(|detector| policy.configure(detector))?;
/// let present = calendar::parse("2026-06-01T00:00:00Z").unwrap_or_default();
/// let clock = Clock { zone: policy.zone(), lateness_days: policy.lateness_days(), as_of: None, present };
/// let log = r#"{"id":"m1","at":"2026-05-04T09:00:00Z","account":"acme","kind":"meeting","duration_min":60}"#;
/// let input = Input::from_bytes(&[log.as_bytes()])?;
/// let report = Scan::new(clock).run(input, detectors, |_alerts| Ok::<(), redtape_scan::Error>(()))?;
/// assert_eq!(report.counts.accepted, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    clock: Clock,
    sort: bool,
    allow_gap: bool,
    keep: Keep,
    scored: bool,
    charted: bool,
}

/// What a scan tells while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// The alerts of one move of time; now and then none.
    Alerts(&'a [Alert]),
    /// The scores of a year, by week, account and signal. Only where they were asked for.
    Scores(&'a [Score]),
}

/// What the scan hears of its threads.
enum Event {
    /// All lines are handed out, or as many as could be read.
    Routed(Box<Router>, Result<(), Error>),
    Said(Said),
}

impl From<Said> for Event {
    fn from(said: Said) -> Self {
        Self::Said(said)
    }
}

impl Scan {
    /// A scan in the order of the log that keeps all alerts.
    pub fn new(clock: Clock) -> Self {
        Self { clock, sort: false, allow_gap: false, keep: Keep::All, scored: false, charted: false }
    }

    /// What it knows of time.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Where time ends, instead of where the clock says.
    pub fn until(self, as_of: Instant) -> Self {
        Self { clock: Clock { as_of: Some(as_of), ..self.clock }, ..self }
    }

    /// Whether lines are put in the order of time first; needs memory for all of them.
    pub fn sort(self, sort: bool) -> Self {
        Self { sort, ..self }
    }

    /// Whether any line may move time as far as it says, also one that stands apart from all others.
    pub fn allow_gap(self, allow_gap: bool) -> Self {
        Self { allow_gap, ..self }
    }

    /// Which alerts the report keeps.
    pub fn keep(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// Whether the scores of all weeks are told as well; that costs time.
    pub fn scored(self, scored: bool) -> Self {
        Self { scored, ..self }
    }

    /// Whether the report has the history of every series with an alert that is kept, for charts.
    pub fn charted(self, charted: bool) -> Self {
        Self { charted, ..self }
    }

    /// As [`tell`](Self::tell), of alerts alone.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn run<A, E>(
        self,
        input: Input,
        engines: Vec<A>,
        mut told: impl FnMut(&[Alert]) -> Result<(), E>,
    ) -> Result<Report, E>
    where
        A: Engine + Send + 'static,
        E: From<Error>,
    {
        self.tell(input, engines, |what| match what {
            Told::Alerts(alerts) => told(alerts),
            Told::Scores(_) => Ok(()),
        })
    }

    /// Scans `input` with engines that are configured alike, one or more: each gets a share of the accounts and a thread
    /// of its own. `told` gets the alerts of one move of time after the other, on the thread of the caller; now and then
    /// it gets none, so that it can show how far the scan is.
    ///
    /// Beside the engines it needs 1 MiB an input (16 MiB at most), 4 MiB a shard, and what the report keeps.
    ///
    /// # Errors
    ///
    /// Those of `told`; [`Error::CutShort`] where the input cannot be read to its end, with the report so far; those of the
    /// engines, with the lines they were given ([`Error::OnLines`]). What was decided before is told first. A bad line is no error: it becomes a
    /// problem in the report.
    pub fn tell<A, E>(
        self,
        input: Input,
        engines: Vec<A>,
        mut told: impl FnMut(Told<'_>) -> Result<(), E>,
    ) -> Result<Report, E>
    where
        A: Engine + Send + 'static,
        E: From<Error>,
    {
        let (tell, heard) = mpsc::channel();
        let (spare, spares) = mpsc::channel();
        for _ in 0..BATCHES * engines.len() {
            give(&spare, Batch::default());
        }
        let remarks = input.remarks();
        let ledger = Ledger::new(self.clock, engines.len(), self.keep, input.names().to_vec());
        let Ways { work, sums } = shards::start(engines, self.scored, &tell)?;
        let pace = if self.allow_gap { Pace::free() } else { Pace::new(self.clock.lateness_days) };
        route(Router::new(self.clock, pace, work, spares), input, self.sort, tell)?;
        let mut course = Course { ledger, spare, sums, routed: None, cut: None, charted: self.charted };
        for event in heard {
            let Ended { alerts, scores } = course.hear(event)?;
            told(Told::Alerts(&alerts))?;
            if !scores.is_empty() {
                told(Told::Scores(&scores))?;
            }
            course.ledger.keep(alerts);
            course.go_on()?;
            if course.ledger.is_complete() {
                told(Told::Scores(&course.ledger.take_scores()))?;
                let mut report = course.ledger.report();
                report.remarks = remarks.all();
                return match course.cut {
                    Some(error) => Err(Error::CutShort(Box::new(CutShort { error, report })).into()),
                    None => Ok(report),
                };
            }
        }
        Err(Error::from(redtape::Error::Runtime("the shards have gone without a word".into())).into())
    }
}

/// Starts the thread that reads lines and hands them out. It is not waited for: where a shard fails, it may be about to
/// read from a stream that has nothing to give.
fn route(mut router: Router, input: Input, sort: bool, tell: Sender<Event>) -> Result<(), Error> {
    let run = move || {
        let read = router.run(input, sort);
        // Where nobody listens any more, somebody else has failed.
        tell.send(Event::Routed(Box::new(router), read)).unwrap_or(());
    };
    let thread = thread::Builder::new().name("redtape-router".to_owned());
    thread.spawn(run).map(drop).map_err(|error| redtape::Error::Runtime(error.into()).into())
}

/// Gives a batch back to the router; one that has ended needs none.
fn give(spare: &Sender<Batch>, batch: Batch) {
    spare.send(batch).unwrap_or(());
}

/// A scan under way, seen from the thread that tells of it.
struct Course {
    ledger: Ledger,
    spare: Sender<Batch>,
    sums: Vec<Sender<Vec<i64>>>,
    /// The router, once it has read all there is, and what ended it.
    routed: Option<(Box<Router>, Result<(), Error>)>,
    /// Why the input was not read to its end.
    cut: Option<Error>,
    /// Whether the histories of series with alerts are asked for.
    charted: bool,
}

impl Course {
    /// Takes what a thread says; gives what can be told now.
    fn hear(&mut self, event: Event) -> Result<Ended, Error> {
        let Said { round, answer } = match event {
            Event::Said(said) => said,
            Event::Routed(mut router, read) => {
                self.ledger.routed(&mut router);
                self.routed = Some((router, read));
                return Ok(Ended::default());
            }
        };
        match answer {
            Answer::Observed(mut batch, intake) => {
                self.ledger.observed(round, &batch, intake);
                batch.clear();
                give(&self.spare, batch);
            }
            Answer::Agrees(numbers) => {
                if let Some(agreed) = self.ledger.agrees(round, &numbers)? {
                    // A shard that has failed takes no more.
                    self.sums.iter().for_each(|sums| sums.send(agreed.clone()).unwrap_or(()));
                }
            }
            Answer::Advanced(progress, scores) => return self.ledger.advanced(round, progress, scores),
            Answer::Finished(end) => self.ledger.ends(end),
            Answer::Failed(error, lines) => self.ledger.fails(round, error, lines),
            Answer::Panicked(panic) => resume_unwind(panic),
        }
        Ok(Ended::default())
    }

    /// Ends the log once all of it is answered.
    fn go_on(&mut self) -> Result<(), Error> {
        if let Some(error) = self.ledger.failure() {
            return Err(error);
        }
        let Some((router, read)) = &mut self.routed else { return Ok(()) };
        if !router.is_finished() && self.ledger.is_even(router) {
            self.cut = std::mem::replace(read, Ok(())).err();
            let charted = self.charted.then(|| self.ledger.alerted());
            // Of what was not read nobody knows how far time would have gone.
            let end = if self.cut.is_none() { self.ledger.end(router) } else { None };
            // Where a shard has gone, it has said why.
            router.finish(end, charted).unwrap_or(());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
