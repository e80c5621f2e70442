//! Drives a detector over a log: the clock is the greatest `at` so far.
//!
//! Weeks close at local midnights only, so moving time from midnight to midnight is enough. The first line of a new day
//! moves it, before it is taken: what the days before showed is decided without it. The result does not depend on how
//! lines are batched.

use std::collections::BTreeMap;

use crate::calendar::{self, Instant, Zone};
use crate::detector::{Alert, Detector, Intake, Progress, Standing, Tally};
use crate::error::Error;
use crate::input::{Content, LINE_BYTES_MAX, Line, Origin};
use crate::report::{Late, LineProblem, Report};

mod batch;

use self::batch::Batch;

/// What a scan needs of a detector; another engine of the same answers can stand in.
pub trait Analysis {
    /// As [`Detector::observe_ndjson`].
    ///
    /// # Errors
    ///
    /// As there.
    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error>;

    /// As [`Detector::advance`].
    ///
    /// # Errors
    ///
    /// As there.
    fn advance(&mut self, to: Instant) -> Result<Progress, Error>;

    /// As [`Detector::open_alerts`], of all accounts.
    ///
    /// # Errors
    ///
    /// As there.
    fn open_alerts(&mut self) -> Result<Vec<Alert>, Error>;

    /// As [`Detector::status`].
    ///
    /// # Errors
    ///
    /// As there.
    fn status(&mut self) -> Result<Standing, Error>;
}

impl Analysis for Detector {
    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error> {
        Detector::observe_ndjson(self, lines)
    }

    fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        Detector::advance(self, to)
    }

    fn open_alerts(&mut self) -> Result<Vec<Alert>, Error> {
        Detector::open_alerts(self, &[])
    }

    fn status(&mut self) -> Result<Standing, Error> {
        Detector::status(self)
    }
}

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

/// A scan under way: lines in, a [`Report`] out.
#[derive(Debug)]
pub struct Scan<A> {
    analysis: A,
    clock: Clock,
    batch: Batch,
    /// Where time stands.
    now: Option<Instant>,
    /// The end of the day that time has come to; a line from here on moves time.
    day_end: Instant,
    /// Which line moved time to where, in order.
    moves: Vec<(Instant, Origin)>,
    left_out: BTreeMap<String, u64>,
    report: Report,
}

impl<A: Analysis> Scan<A> {
    /// Begins a scan with a configured detector.
    pub fn new(analysis: A, clock: Clock, inputs: &[String]) -> Self {
        let report =
            Report { inputs: inputs.to_vec(), time_zone: clock.zone.name().to_owned(), ..Report::default() };
        Self {
            analysis,
            clock,
            batch: Batch::default(),
            now: None,
            day_end: Instant::MIN,
            moves: Vec::new(),
            left_out: BTreeMap::new(),
            report,
        }
    }

    /// The report as far as it goes: complete in counts and alerts of what was decided.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Takes one line.
    ///
    /// # Errors
    ///
    /// Those of the detector. A bad line is none: it becomes a problem in the report.
    pub fn take(&mut self, line: &Line<&str>) -> Result<(), Error> {
        self.report.counts.lines += 1;
        let text = match line.content {
            Content::Blank => {
                self.report.counts.blank += 1;
                return Ok(());
            }
            Content::Text(text) => text,
            Content::TooLong(bytes) => {
                let expected = format!("a line of at most {LINE_BYTES_MAX} bytes");
                self.reject(line.origin, "", format!("{bytes} bytes"), expected);
                return Ok(());
            }
            Content::NotUtf8(at) => {
                let found = format!("invalid UTF-8 at byte {at}");
                self.reject(line.origin, "", found, "UTF-8".to_owned());
                return Ok(());
            }
        };
        let Some(at) = line.at else { return self.put_by(line.origin, None, text) };
        if at > self.clock.present {
            let expected = "a time that has passed".to_owned();
            self.reject(line.origin, "/at", calendar::format(at), expected);
            return Ok(());
        }
        if self.clock.as_of.is_some_and(|as_of| at > as_of) {
            // Who asks for an earlier day knows that the log goes on.
            self.report.counts.later += 1;
            return Ok(());
        }
        if at >= self.day_end {
            // What came before is decided without this line, whatever it says.
            self.flush()?;
            self.begin_day(at, line.origin)?;
        }
        self.put_by(line.origin, Some(at), text)
    }

    /// Ends the log: moves time to where it ends, and gives the report.
    ///
    /// # Errors
    ///
    /// Those of the detector.
    pub fn finish(mut self) -> Result<Report, Error> {
        self.flush()?;
        let by_newest = self.report.span.map(|(_, newest)| {
            let closed = self.clock.zone.monday(newest, self.clock.lateness_days);
            closed.max(newest).max(self.now.unwrap_or(closed))
        });
        if let Some(end) = self.clock.as_of.or(by_newest) {
            self.end_days(end)?;
            if self.now != Some(end) {
                self.advance(end)?;
            }
        }
        let standing = self.analysis.status()?;
        self.report.as_of = standing.now;
        self.report.accounts = standing.accounts;
        self.report.open_activities = standing.open_activities;
        self.report.series = standing.series;
        self.report.dropped = standing.dropped;
        self.report.open = self.analysis.open_alerts()?;
        let left_out = self.left_out.into_iter().map(|(rule, count)| Tally { rule, count });
        self.report.left_out = left_out.collect();
        Ok(self.report)
    }

    fn put_by(&mut self, origin: Origin, at: Option<Instant>, text: &str) -> Result<(), Error> {
        if !self.batch.has_room(text) {
            self.flush()?;
        }
        self.batch.push(origin, at, text);
        Ok(())
    }

    /// Counts a line that the plugin is not asked about.
    fn reject(&mut self, origin: Origin, field: &str, found: String, expected: String) {
        self.report.counts.rejected += 1;
        // Its place among the plugin's problems is found when the batch is observed.
        self.batch.push_problem(LineProblem { origin, field: field.to_owned(), found, expected });
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            self.batch.settle(&[], &mut self.report.problems);
            return Ok(());
        }
        let intake = self.analysis.observe_ndjson(self.batch.text())?;
        self.settle(&intake);
        Ok(())
    }

    /// Counts what became of the batch, and begins a new one.
    fn settle(&mut self, intake: &Intake) {
        let counts = &mut self.report.counts;
        counts.accepted += u64::from(intake.accepted);
        counts.replaced += u64::from(intake.replaced);
        counts.duplicate += u64::from(intake.duplicate);
        counts.late += u64::from(intake.late);
        counts.rejected += u64::from(intake.rejected);
        counts.dropped += u64::from(intake.dropped);
        if let Some((oldest, newest)) = intake.oldest.zip(intake.newest) {
            let (first, last) = self.report.span.unwrap_or((oldest, newest));
            self.report.span = Some((first.min(oldest), last.max(newest)));
        }
        if intake.late > 0 && self.report.late.is_none() {
            self.report.late = intake.problems.iter().find_map(|problem| self.lateness(problem.line));
        }
        self.batch.settle(&intake.problems, &mut self.report.problems);
    }

    /// Who made a line of the batch late, where it is.
    fn lateness(&self, line: u32) -> Option<Late> {
        let (first, at) = self.batch.line(line)?;
        let closed = self.clock.zone.monday(at?, 7 + self.clock.lateness_days);
        let (_, moved_by) = *self.moves.get(self.moves.partition_point(|&(to, _)| to < closed))?;
        Some(Late { first, moved_by })
    }

    /// Ends every day up to `before`: what a day showed is decided at its end, not when the next line comes.
    fn end_days(&mut self, before: Instant) -> Result<(), Error> {
        while self.now.is_some() && self.day_end <= before {
            self.advance(self.day_end)?;
            (_, self.day_end) = self.clock.zone.day(self.day_end);
        }
        Ok(())
    }

    fn begin_day(&mut self, at: Instant, origin: Origin) -> Result<(), Error> {
        let (start, end) = self.clock.zone.day(at);
        self.end_days(start)?;
        self.moves.push((start, origin));
        if self.now.is_none() {
            self.advance(start)?;
        }
        self.day_end = end;
        Ok(())
    }

    /// Moves time; as often as it takes where the answers are full.
    fn advance(&mut self, to: Instant) -> Result<(), Error> {
        self.now = Some(to);
        let mut reached = None;
        loop {
            let progress = self.analysis.advance(to)?;
            let stuck = reached == Some(progress.reached) && progress.alerts.is_empty();
            reached = Some(progress.reached);
            self.report.weeks_closed += u64::from(progress.weeks_closed);
            self.report.counted += progress.counted;
            self.report.alerts.extend(progress.alerts);
            for tally in progress.left_out {
                *self.left_out.entry(tally.rule).or_default() += tally.count;
            }
            if progress.reached >= to {
                return Ok(());
            }
            if stuck {
                let why = format!("time stands still at {}", calendar::format(progress.reached));
                return Err(Error::Trap { call: "advance", source: why.into() });
            }
        }
    }
}

#[cfg(test)]
mod tests;
