//! What the shards answer, day by day, put together: the report as one instance would have given it.
//!
//! Shards are at different days; a day is told once all of them have come to its end.

use std::collections::{BTreeMap, BTreeSet};

use super::Clock;
use super::batch::Batch;
use super::router::Router;
use crate::error::Error;
use crate::report::{Keep, Late, LineProblem, PROBLEMS_MAX, Report, Series};
use crate::scan::Score;
use crate::shards::{Agreement, End, Tallies, Whole, sort_alerts, sort_scores};
use redtape::detector::{Alert, Intake, Progress};
use redtape_import::input::{self, Origin};
use redtape_model::calendar::Instant;

/// A scan as far as it was answered.
#[derive(Debug)]
pub(super) struct Ledger {
    clock: Clock,
    shards: usize,
    keep: Keep,
    report: Report,
    left_out: Tallies,
    problems: First<LineProblem>,
    /// Batches that were answered.
    batches: u64,
    /// Days that not all shards have ended, by their number.
    rounds: BTreeMap<u64, Round>,
    /// Days before them.
    settled: u64,
    /// Where time stood when the first of `rounds` began.
    now: Option<Instant>,
    /// Which line moved time to where, in order.
    moves: Vec<(Instant, Origin)>,
    /// The first line that came late, and when its week was closed.
    late: Option<(Origin, Instant)>,
    /// The round in which a shard failed, and why.
    failed: Option<(u64, Error)>,
    whole: Whole,
}

/// What can be told once all shards have moved time.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// In their order.
    pub(super) alerts: Vec<Alert>,
    /// In their order; mostly none.
    pub(super) scores: Vec<Score>,
}

/// What was answered between two moves of time.
#[derive(Debug, Default)]
struct Round {
    /// Problems, each with the `at` of its line where it is at fault but can be read.
    problems: First<(LineProblem, Option<Instant>)>,
    agreement: Agreement,
    ended: Ended,
    weeks_closed: u32,
    reached: Option<Instant>,
}

impl Ledger {
    pub(super) fn new(clock: Clock, shards: usize, keep: Keep, inputs: Vec<String>) -> Self {
        let report = Report { inputs, time_zone: clock.zone.name().to_owned(), ..Report::default() };
        let (left_out, problems, rounds, moves, whole) = Default::default();
        let (now, late, failed) = (None, None, None);
        Self {
            clock,
            shards,
            keep,
            report,
            left_out,
            problems,
            batches: 0,
            rounds,
            settled: 0,
            now,
            moves,
            late,
            failed,
            whole,
        }
    }

    /// Counts what became of a batch, and keeps what was wrong with its lines.
    pub(super) fn observed(&mut self, round: u64, batch: &Batch, intake: Intake) {
        self.batches += 1;
        let counts = &mut self.report.counts;
        counts.accepted += u64::from(intake.accepted);
        counts.replaced += u64::from(intake.replaced);
        counts.duplicate += u64::from(intake.duplicate);
        counts.late += u64::from(intake.late);
        counts.rejected += u64::from(intake.rejected);
        counts.dropped += u64::from(intake.dropped);
        if intake.replaced > 0 {
            let dated = batch.text().lines().filter(|line| line.contains("\"revised\"")).count();
            self.report.has_unrevised |= usize::try_from(intake.replaced).is_ok_and(|all| all > dated);
        }
        if let Some((oldest, newest)) = intake.oldest.zip(intake.newest) {
            let (first, last) = self.report.span.unwrap_or((oldest, newest));
            self.report.span = Some((first.min(oldest), last.max(newest)));
        }
        let held = &mut self.rounds.entry(round).or_default().problems;
        let mut lines = (1..).zip(batch.text().lines());
        for redtape::Problem { line: number, field, found, expected } in intake.problems {
            let Some((order, origin)) = batch.place(number) else { continue };
            let line = if field == "/at" { lines.find(|(at, _)| *at >= number) } else { None };
            let at = line.and_then(|(_, line)| input::instant(line));
            held.add(order, (LineProblem { origin, field, found, expected }, at));
        }
    }

    /// Adds what a shard says to the others; gives the sums once all have spoken.
    pub(super) fn agrees(&mut self, round: u64, numbers: &[i64]) -> Result<Option<Vec<i64>>, Error> {
        self.rounds.entry(round).or_default().agreement.add(numbers, self.shards)
    }

    /// Takes a shard's move of time; gives what all shards tell, in its order, once all have moved.
    pub(super) fn advanced(
        &mut self,
        round: u64,
        progress: Progress,
        scores: Vec<Score>,
    ) -> Result<Ended, Error> {
        self.report.counted += progress.counted;
        self.left_out.add(progress.left_out);
        let held = self.rounds.entry(round).or_default();
        // A shard without an activity before the first move of time counts no weeks then; later all count the same.
        held.weeks_closed = held.weeks_closed.max(progress.weeks_closed);
        held.ended.alerts.extend(progress.alerts);
        held.ended.scores.extend(scores);
        held.reached = Some(progress.reached);
        if held.agreement.end()? < self.shards {
            return Ok(Ended::default());
        }
        // Every shard ends its days one after the other, so no earlier one is left.
        let Some(mut all) = self.rounds.remove(&round) else { return Ok(Ended::default()) };
        self.settled += 1;
        self.settle(all.problems);
        self.now = all.reached;
        self.report.weeks_closed += u64::from(all.weeks_closed);
        sort_alerts(&mut all.ended.alerts);
        sort_scores(&mut all.ended.scores);
        Ok(all.ended)
    }

    /// The scores of the last weeks.
    pub(super) fn take_scores(&mut self) -> Vec<Score> {
        self.whole.take_scores()
    }

    /// Keeps alerts that were told, as far as the report needs them.
    pub(super) fn keep(&mut self, alerts: Vec<Alert>) {
        self.keep.add(&mut self.report.alerts, alerts, self.now);
    }

    /// The series of all alerts that are kept.
    pub(super) fn alerted(&self) -> BTreeSet<Series> {
        self.report.alerts.iter().map(Series::of).collect()
    }

    /// A shard has failed. What was decided before is still told, whatever the others are doing.
    pub(super) fn fails(&mut self, round: u64, error: Error, lines: Option<(Origin, Origin)>) {
        if self.failed.as_ref().is_none_or(|(first, _)| round < *first) {
            let error = match lines {
                Some((first, last)) => error.on_lines(self.report.places(first, last)),
                None => error,
            };
            self.failed = Some((round, error));
        }
    }

    /// Why the scan cannot go on, where all that came before is told.
    pub(super) fn failure(&mut self) -> Option<Error> {
        let settled = self.settled;
        self.failed.take_if(|(round, _)| *round <= settled).map(|(_, error)| error)
    }

    /// Whether all that the router has handed out is answered.
    pub(super) fn is_even(&self, router: &Router) -> bool {
        self.batches == router.batches && self.settled == router.rounds
    }

    /// Takes down how things stand in a shard at the end.
    pub(super) fn ends(&mut self, end: End) {
        self.whole.add(end);
    }

    /// Whether every shard has said so.
    pub(super) fn is_complete(&self) -> bool {
        self.whole.shards == self.shards
    }

    /// Where time ends, by the newest activity and by where it stands.
    pub(super) fn end(&self, router: &Router) -> Option<Instant> {
        let by_newest = self.report.span.map(|(_, newest)| {
            let closed = self.clock.zone.monday(newest, self.clock.lateness_days);
            closed.max(newest).max(router.now.unwrap_or(closed))
        });
        self.clock.as_of.or(by_newest)
    }

    /// Takes over what the router found by itself.
    pub(super) fn routed(&mut self, router: &mut Router) {
        let counts = &mut self.report.counts;
        counts.lines = router.counts.lines;
        counts.blank = router.counts.blank;
        counts.later = router.counts.later;
        counts.rejected += router.counts.rejected;
        for (order, problem) in router.problems.drain(..) {
            self.problems.add(order, problem);
        }
        self.moves = std::mem::take(&mut router.moves);
        self.report.apart = router.apart;
        self.report.tallies = std::mem::take(&mut router.inputs);
    }

    /// The report, once it is complete.
    pub(super) fn report(mut self) -> Report {
        for round in std::mem::take(&mut self.rounds).into_values() {
            self.settle(round.problems);
        }
        let mut report = self.report;
        report.problems = self.problems.into_first().into_iter().map(|(_, problem)| problem).collect();
        report.late = self.late.and_then(|(first, closed)| {
            let by = self.moves.partition_point(|&(to, _)| to < closed);
            self.moves.get(by).map(|&(_, moved_by)| Late { first, moved_by })
        });
        report.left_out = self.left_out.into_vec();
        report.as_of = self.whole.now;
        report.accounts = self.whole.accounts;
        report.open_activities = self.whole.open_activities;
        report.series = self.whole.take_series();
        report.open = self.whole.take_open();
        report.histories = std::mem::take(&mut self.whole.histories);
        report.dropped = self.whole.dropped.into_vec();
        report
    }

    /// Takes over the problems of a day. Which line came late first is looked for among the first of them, so that it
    /// does not depend on how the day's lines were batched.
    fn settle(&mut self, problems: First<(LineProblem, Option<Instant>)>) {
        for (order, (problem, at)) in problems.into_first() {
            if let Some((at, now)) = at.zip(self.now).filter(|_| self.late.is_none()) {
                let closed = self.clock.zone.monday(at, 7 + self.clock.lateness_days);
                self.late = (closed <= now).then_some((problem.origin, closed));
            }
            self.problems.add(order, problem);
        }
    }
}

/// The first [`PROBLEMS_MAX`] of all that is added, in the order of reading.
#[derive(Debug)]
struct First<T>(Vec<(u64, T)>);

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> First<T> {
    fn add(&mut self, order: u64, what: T) {
        self.0.push((order, what));
        if self.0.len() >= 2 * PROBLEMS_MAX {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.0.sort_by_key(|(order, _)| *order);
        self.0.truncate(PROBLEMS_MAX);
    }

    fn into_first(mut self) -> Vec<(u64, T)> {
        self.cut();
        self.0
    }
}
