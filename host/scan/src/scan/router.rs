//! Lines in, work for the shards out: who gets a line, and when time moves.
//!
//! It waits for nobody's answer, so that reading goes on while shards think; what they answer is `ledger.rs`.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender};

use super::Clock;
use super::batch::Batch;
use crate::error::Error;
use crate::report::{Apart, Counts, InputTally, LineProblem, PROBLEMS_MAX, Series};
use crate::shards::{Gone, Work};
use redtape_import::input::{self, Fault, Held, Input, Line, Origin, Pace, Pass};
use redtape_model::calendar::{self, Instant};

/// Hands lines to shards.
#[derive(Debug)]
pub(super) struct Router {
    clock: Clock,
    pace: Pace,
    queues: Vec<Sender<Work>>,
    /// Batches that were taken care of. There are no others: where all are under way, the router waits.
    spare: Receiver<Batch>,
    /// The batch of each shard that is being filled.
    open: Vec<Batch>,
    /// Batches handed out.
    pub(super) batches: u64,
    /// How often time has moved.
    pub(super) rounds: u64,
    /// Where time stands.
    pub(super) now: Option<Instant>,
    /// The end of the day that time has come to; a line from here on moves time.
    day_end: Instant,
    /// Which line moved time to where, in order.
    pub(super) moves: Vec<(Instant, Origin)>,
    /// What became of the lines that no shard was asked about.
    pub(super) counts: Counts,
    /// What was wrong with them, each with its place in the order of reading.
    pub(super) problems: Vec<(u64, LineProblem)>,
    /// Lines that time did not come to.
    pub(super) apart: Option<Apart>,
    /// What the inputs gave, each at its number.
    pub(super) inputs: Vec<InputTally>,
}

impl Router {
    /// A router to the shards behind `queues`, with the batches in `spare`, for a log that may move time as `pace` says.
    pub(super) fn new(clock: Clock, pace: Pace, queues: Vec<Sender<Work>>, spare: Receiver<Batch>) -> Self {
        let open = queues.iter().map(|_| Batch::default()).collect();
        let (now, day_end, moves) = (None, Instant::MIN, Vec::new());
        let (counts, problems, apart, inputs) = Default::default();
        let (batches, rounds) = (0, 0);
        Self {
            clock,
            pace,
            queues,
            spare,
            open,
            batches,
            rounds,
            now,
            day_end,
            moves,
            counts,
            problems,
            apart,
            inputs,
        }
    }

    /// Hands on all lines of `input`; where `sort`, in the order of time.
    ///
    /// # Errors
    ///
    /// [`Error::Import`] where the input cannot be read to its end; what was read is handed on all the same.
    pub(super) fn run(&mut self, mut input: Input, sort: bool) -> Result<(), Error> {
        self.inputs = vec![InputTally::default(); input.names().len()];
        let counts = input.counts();
        let all = self.route(&mut input, sort);
        self.inputs.iter_mut().zip(counts.all()).for_each(|(tally, of)| tally.add(&of));
        self.end_of_log().unwrap_or(());
        // Where nobody listens any more, somebody else has the reason.
        self.flush().unwrap_or(());
        all.map(|_| ())
    }

    fn route(&mut self, input: &mut Input, sort: bool) -> Result<Result<(), Gone>, Error> {
        let mut tap = input.take_tap();
        let mut take = |line: &Line<&str>| {
            if let Some(tap) = &mut tap {
                tap(line);
            }
            self.take(line)
        };
        if sort {
            let lines = input.sorted()?;
            return Ok(lines.iter().try_for_each(|line| take(&line.as_deref())));
        }
        while let Some(line) = input.next_line()? {
            if let Err(gone) = take(&line) {
                return Ok(Err(gone));
            }
        }
        Ok(Ok(()))
    }

    fn take(&mut self, line: &Line<&str>) -> Result<(), Gone> {
        self.counts.lines += 1;
        let order = self.counts.lines;
        let text = match line.content.clone().text() {
            Ok(Some(text)) => text,
            Ok(None) => {
                self.counts.blank += 1;
                return Ok(());
            }
            Err(fault) => {
                self.tally(line.origin, None);
                self.reject(line.origin, order, fault);
                return Ok(());
            }
        };
        self.tally(line.origin, Some(text));
        let Some(at) = line.at else { return self.put_by(line, text, order) };
        if at > self.clock.present {
            let (found, expected) = (calendar::format(at), "a time that has passed".to_owned());
            self.reject(line.origin, order, Fault { field: "/at".to_owned(), found, expected });
            return Ok(());
        }
        if self.clock.as_of.is_some_and(|as_of| at > as_of) {
            // Who asks for an earlier day knows that the log goes on.
            self.counts.later += 1;
            return Ok(());
        }
        // What moves time is looked at whole: what the plugin would reject moves nothing.
        match self.pace.judge(line, text, at, order, at >= self.day_end) {
            Pass::Moves => self.put_in_time(line, text, at, order)?,
            Pass::Still => self.put_by(line, text, order)?,
            Pass::Waits => {}
        }
        let ready = self.pace.ready();
        self.put_ready(ready)
    }

    fn put_ready(&mut self, ready: Vec<Held>) -> Result<(), Gone> {
        for Held { at, order, line, .. } in &ready {
            let line = line.as_deref();
            if let Ok(Some(text)) = line.content.clone().text() {
                self.put_in_time(&line, text, *at, *order)?;
            }
        }
        Ok(())
    }

    /// Hands on a line that moves time where it is ahead.
    fn put_in_time(&mut self, line: &Line<&str>, text: &str, at: Instant, order: u64) -> Result<(), Gone> {
        if at >= self.day_end {
            // What came before is decided without this line, whatever it says.
            self.begin_day(at, line.origin)?;
        }
        self.put_by(line, text, order)
    }

    /// What has waited to the end is taken, or stands apart.
    fn end_of_log(&mut self) -> Result<(), Gone> {
        let (ready, apart) = self.pace.end();
        self.put_ready(ready)?;
        for Held { at, order, line, .. } in &apart {
            let days = self.pace.days();
            let expected = if self.is_older(*at) {
                "a time near the rest of the log: all other lines are years later".to_owned()
            } else {
                format!("a time that the log comes to: no other line is within {days} days before it")
            };
            let fault = Fault { field: "/at".to_owned(), found: calendar::format(*at), expected };
            self.reject(line.origin, *order, fault);
        }
        let first = apart.iter().min_by_key(|held| held.order);
        self.apart = first.map(|held| Apart {
            count: u64::try_from(apart.len()).unwrap_or(u64::MAX),
            first: held.line.origin,
            at: held.at,
            days: self.pace.days(),
            is_older: first.is_some_and(|held| self.is_older(held.at)),
        });
        Ok(())
    }

    fn is_older(&self, at: Instant) -> bool {
        self.now.is_some_and(|now| at < now)
    }

    /// Counts what an input gave: whether any of it is an activity.
    fn tally(&mut self, origin: Origin, text: Option<&str>) {
        let place = usize::try_from(origin.file).ok();
        let Some(tally) = place.and_then(|file| self.inputs.get_mut(file)) else { return };
        tally.records += 1;
        tally.is_understood |= text.is_some_and(|text| tally.is_understood || input::is_activity(text));
    }

    /// Counts a line that the plugin is not asked about; more problems than a report lists are of no use.
    fn reject(&mut self, origin: Origin, order: u64, fault: Fault) {
        self.counts.rejected += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push((order, LineProblem::of(origin, fault)));
        }
    }

    /// An account has one shard. Lines without one are rejected by any.
    fn put_by(&mut self, line: &Line<&str>, text: &str, order: u64) -> Result<(), Gone> {
        let shards = u64::try_from(self.queues.len()).unwrap_or(1);
        let shard = usize::try_from(line.account.checked_rem(shards).unwrap_or(0)).unwrap_or(0);
        let Some(batch) = self.open.get_mut(shard) else { return Err(Gone) };
        if batch.has_room(text, order) {
            batch.push(text, line.origin, order);
            return Ok(());
        }
        self.hand_out(shard)?;
        self.put_by(line, text, order)
    }

    fn hand_out(&mut self, shard: usize) -> Result<(), Gone> {
        let Some((open, queue)) = self.open.get_mut(shard).zip(self.queues.get(shard)) else {
            return Err(Gone);
        };
        self.batches += 1;
        queue.send(Work::Observe(std::mem::take(open)))?;
        // Here reading waits for the slowest shard.
        *open = self.spare.recv()?;
        Ok(())
    }

    /// Hands out all that is there.
    fn flush(&mut self) -> Result<(), Gone> {
        for shard in 0..self.open.len() {
            if self.open.get(shard).is_some_and(|batch| !batch.is_empty()) {
                self.hand_out(shard)?;
            }
        }
        Ok(())
    }

    /// Ends every day up to `before`: what a day showed is decided at its end, not when the next line comes.
    fn end_days(&mut self, before: Instant) -> Result<(), Gone> {
        while self.now.is_some() && self.day_end <= before {
            self.advance(self.day_end)?;
            (_, self.day_end) = self.clock.zone.day(self.day_end);
        }
        Ok(())
    }

    fn begin_day(&mut self, at: Instant, origin: Origin) -> Result<(), Gone> {
        self.flush()?;
        let (start, end) = self.clock.zone.day(at);
        self.end_days(start)?;
        self.moves.push((start, origin));
        if self.now.is_none() {
            self.advance(start)?;
        }
        self.day_end = end;
        Ok(())
    }

    /// Moves time in every shard.
    fn advance(&mut self, to: Instant) -> Result<(), Gone> {
        self.now = Some(to);
        self.rounds += 1;
        self.queues.iter().try_for_each(|queue| Ok(queue.send(Work::Advance(to))?))
    }

    /// Moves time to where it ends, if it has begun, and asks every shard where it stands, and for the histories of the
    /// series in `charted` and of those with open alerts; that is its last work.
    pub(super) fn finish(
        &mut self,
        end: Option<Instant>,
        charted: Option<BTreeSet<Series>>,
    ) -> Result<(), Gone> {
        if let Some(end) = end {
            self.end_days(end)?;
            if self.now != Some(end) {
                self.advance(end)?;
            }
        }
        self.queues.drain(..).try_for_each(|queue| Ok(queue.send(Work::Finish(charted.clone()))?))
    }

    /// Whether the shards have all the work there is.
    pub(super) fn is_finished(&self) -> bool {
        self.queues.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::BATCHES;
    use redtape_import::input::Reading;
    use redtape_model::calendar::Zone;
    use std::io::Read;
    use std::sync::mpsc;

    /// A log without end.
    struct Endless;

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let line = b"{\"id\":\"a\",\"at\":\"2026-01-01T00:00:00Z\",\"account\":\"acme\"}\n";
            buffer.iter_mut().zip(line.iter().cycle()).for_each(|(to, from)| *to = *from);
            Ok(buffer.len() / line.len() * line.len())
        }
    }

    #[test]
    fn a_shard_that_does_not_come_along_holds_up_reading() {
        let (give, work) = mpsc::channel();
        let (spare, spares) = mpsc::channel();
        (0..BATCHES).for_each(|_| spare.send(Batch::default()).unwrap());
        // With nobody left to give a batch back, the router ends where it would wait otherwise.
        drop(spare);
        let present = calendar::parse("2026-07-01T00:00:00Z").unwrap();
        let clock = Clock { zone: Zone::default(), lateness_days: 7, as_of: None, present };
        let mut router = Router::new(clock, Pace::new(7), vec![give], spares);
        let endless: Vec<(String, redtape_import::input::Bytes)> =
            vec![("endless".to_owned(), Box::new(Endless))];
        router.run(Input::begin(endless, &Reading::default()).unwrap(), false).unwrap();
        let waiting = work.try_iter().filter_map(|work| match work {
            Work::Observe(batch) => Some(batch.text().len()),
            _ => None,
        });
        let waiting: Vec<usize> = waiting.collect();
        assert_eq!(waiting.len(), BATCHES + 1, "{waiting:?}");
        assert!(waiting.iter().sum::<usize>() <= (BATCHES + 1) * (512 << 10), "{waiting:?}");
    }
}
