//! Many instances of the plugin, one answer: each has a share of the accounts, and a thread of its own.
//!
//! Who gets which line is the router's business; here work is done in its order, and shards agree before time moves.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, RecvError, SendError, Sender};
use std::thread;

use crate::error::Error;
use crate::report::Series;
use crate::scan::{self, Batch, Score, WHOLE};
use redtape::Engine;
use redtape::detector::{Alert, Intake, Point, Progress, Standing};
use redtape_import::input::Origin;
use redtape_model::calendar::{self, Instant};

mod agreement;
mod merge;

pub(crate) use self::agreement::Agreement;
pub(crate) use self::merge::{Tallies, Whole, sort_alerts, sort_scores};

/// What a shard is to do, one after the other.
#[derive(Debug)]
pub(crate) enum Work {
    /// Take these lines in.
    Observe(Batch),
    /// Agree, and move time.
    Advance(Instant),
    /// Say where it stands, and end; where there are charts, with the histories of these series and of all that have an
    /// open alert.
    Finish(Option<BTreeSet<Series>>),
}

/// What a shard says: how often its time had moved before, and what.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) round: u64,
    pub(crate) answer: Answer,
}

/// An answer of a shard.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What became of a batch, and the batch, to be filled again.
    Observed(Batch, Intake),
    /// Its numbers in a round of agreement; it waits for the sums.
    Agrees(Vec<i64>),
    /// What all its answers to one move of time were, and once a year the scores of that year, if they are asked for.
    Advanced(Progress, Vec<Score>),
    /// How things stand at the end.
    Finished(End),
    /// Its last word, and the lines it had been given in the round.
    Failed(Error, Option<(Origin, Origin)>),
    /// A fault of this host, or of an engine that is no plugin.
    Panicked(Box<dyn Any + Send>),
}

/// How things stand in a shard at the end.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) standing: Standing,
    pub(crate) open: Vec<Alert>,
    /// The names of all signals, in the plugin's order.
    pub(crate) signals: Vec<String>,
    /// The scores that were not told yet, if they are asked for.
    pub(crate) scores: Vec<Score>,
    /// The histories that were asked for, of accounts that it knows.
    pub(crate) histories: BTreeMap<Series, Vec<Point>>,
}

/// The ways to the shards: one queue of work each, and one for the sums they agree on.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) work: Vec<Sender<Work>>,
    pub(crate) sums: Vec<Sender<Vec<i64>>>,
}

/// Starts a thread for each engine; what they say goes to `events`.
///
/// # Errors
///
/// [`Error::Runtime`] where the machine has no thread left.
pub(crate) fn start<A, E>(engines: Vec<A>, scored: bool, events: &Sender<E>) -> Result<Ways, Error>
where
    A: Engine + Send + 'static,
    E: From<Said> + Send + 'static,
{
    if engines.is_empty() {
        return Err(redtape::Error::Runtime("a scan needs one detector at least".into()).into());
    }
    let is_one = engines.len() == 1;
    let mut ways = Ways { work: Vec::new(), sums: Vec::new() };
    for (number, engine) in engines.into_iter().enumerate() {
        let (give, work) = mpsc::channel();
        let (sum, sums) = mpsc::channel();
        ways.work.push(give);
        ways.sums.push(sum);
        let events = events.clone();
        let thread = thread::Builder::new().name(format!("redtape-shard-{number}"));
        let run = move || {
            let answer = |round, answer| Ok(events.send(Said { round, answer }.into())?);
            let sums = (!is_one).then_some(sums);
            let scoring = scored.then(Scoring::default);
            let mut shard = Shard { engine, sums, scoring, round: 0, given: None, answer };
            let ended = catch_unwind(AssertUnwindSafe(|| shard.run(&work)));
            if let Err(panic) = ended {
                // Where nobody listens any more, nobody has to know.
                (shard.answer)(shard.round, Answer::Panicked(panic)).unwrap_or(());
            }
        };
        thread.spawn(run).map_err(|error| redtape::Error::Runtime(error.into()))?;
    }
    Ok(ways)
}

/// The other end of a channel is no more: the scan has ended, and whoever ended it says why.
#[derive(Debug)]
pub(crate) struct Gone;

impl<T> From<SendError<T>> for Gone {
    fn from(_: SendError<T>) -> Self {
        Self
    }
}

impl From<RecvError> for Gone {
    fn from(_: RecvError) -> Self {
        Self
    }
}

struct Shard<A, F> {
    engine: A,
    /// The way back of what the shards agree on; one shard has nobody to agree with.
    sums: Option<Receiver<Vec<i64>>>,
    /// How far scores were told, if they are asked for.
    scoring: Option<Scoring>,
    /// How often time has moved.
    round: u64,
    /// The first and the last line it was given since.
    given: Option<(Origin, Origin)>,
    answer: F,
}

/// How far scores were told. A plugin remembers two years, so once a year is enough.
#[derive(Debug, Default)]
struct Scoring {
    /// The newest week that was told.
    told: Option<Instant>,
    due: Option<Instant>,
}

const YEAR_MS: Instant = 52 * calendar::WEEK_MS;

impl Scoring {
    /// Whether scores are due once time is at `now`; the first time begins the year.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = now >= *self.due.get_or_insert(now + YEAR_MS);
        if due {
            self.due = Some(now + YEAR_MS);
        }
        due
    }
}

/// Why a shard ends before its work does.
enum Stop {
    Failed(Error),
    Gone,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<redtape::Error> for Stop {
    fn from(error: redtape::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl<A: Engine, F: Fn(u64, Answer) -> Result<(), Gone>> Shard<A, F> {
    fn run(&mut self, work: &Receiver<Work>) {
        for work in work {
            match self.work(work) {
                Ok(()) => {}
                Err(Stop::Failed(error)) => {
                    let failed = Answer::Failed(error, self.given);
                    return (self.answer)(self.round, failed).unwrap_or(());
                }
                Err(Stop::Gone) => return,
            }
        }
    }

    fn work(&mut self, work: Work) -> Result<(), Stop> {
        match work {
            Work::Observe(batch) => {
                let first = self.given.or(batch.ends()).map(|(first, _)| first);
                self.given = first.zip(batch.ends().map(|(_, last)| last));
                let intake = self.engine.observe_ndjson(batch.text())?;
                (self.answer)(self.round, Answer::Observed(batch, intake))?;
            }
            Work::Advance(to) => {
                self.agree(to)?;
                let progress = self.advance(to)?;
                let is_due = self.scoring.as_mut().is_some_and(|scoring| scoring.is_due(to));
                let scores = if is_due { self.scores()? } else { Vec::new() };
                (self.answer)(self.round, Answer::Advanced(progress, scores))?;
                self.round += 1;
                self.given = None;
            }
            Work::Finish(charted) => {
                let scores = if self.scoring.is_some() { self.scores()? } else { Vec::new() };
                let engine = &mut self.engine;
                let (standing, open) = (engine.status()?, engine.open_alerts(&[])?);
                let signals = scan::signals(engine)?;
                let histories = match charted {
                    Some(series) => histories(engine, series, &open)?,
                    None => BTreeMap::new(),
                };
                let end = End { standing, open, signals, scores, histories };
                (self.answer)(self.round, Answer::Finished(end))?;
            }
        }
        Ok(())
    }

    /// The scores of the weeks that were not told yet.
    fn scores(&mut self) -> Result<Vec<Score>, Error> {
        let Some(scoring) = &mut self.scoring else { return Ok(Vec::new()) };
        let scores = scan::scores(&mut self.engine, scoring.told)?;
        scoring.told = scoring.told.max(scores.iter().map(|score| score.week).max());
        Ok(scores)
    }

    /// Agrees with the other shards, in as many rounds as the plugin wants. Who has nothing more to say goes on at once:
    /// the others must have nothing to say either.
    fn agree(&mut self, to: Instant) -> Result<(), Stop> {
        let Some(sums) = &self.sums else { return Ok(()) };
        let mut summed = Vec::new();
        loop {
            let numbers = self.engine.agree(to, &summed)?;
            if numbers.is_empty() {
                return Ok(());
            }
            (self.answer)(self.round, Answer::Agrees(numbers))?;
            summed = sums.recv().map_err(Gone::from)?;
        }
    }

    /// Moves time; as often as it takes where the answers are full.
    fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        let mut all = self.engine.advance(to)?;
        while all.reached < to {
            let more = self.engine.advance(to)?;
            if more.reached == all.reached && more.alerts.is_empty() {
                let why = format!("time stands still at {}", calendar::format(more.reached));
                return Err(redtape::Error::Trap { call: "advance", source: why.into() }.into());
            }
            all.reached = more.reached;
            all.weeks_closed += more.weeks_closed;
            all.alerts.extend(more.alerts);
            all.counted += more.counted;
            all.left_out.extend(more.left_out);
        }
        Ok(all)
    }
}

/// The histories of `series`, of all with an open alert, and of their accounts as a whole, as far as `engine` knows them.
fn histories(
    engine: &mut impl Engine,
    mut series: BTreeSet<Series>,
    open: &[Alert],
) -> Result<BTreeMap<Series, Vec<Point>>, Error> {
    for alert in open {
        series.insert(Series::of(alert));
        series.insert(Series { account: alert.account.clone(), signal: WHOLE.to_owned() });
    }
    let mut histories = BTreeMap::new();
    for it in series {
        let points = scan::history(engine, &it.account, &it.signal)?;
        if !points.is_empty() {
            histories.insert(it, points);
        }
    }
    Ok(histories)
}

#[cfg(test)]
mod tests;
