//! Observing what a plugin may fail on: a batch is halved down to the line, which is set aside, and the rest goes on.

use super::batch::{Batch, Sum};
use super::journal::Change;
use super::{Supervisor, has_failed};
use crate::detector::Intake;
use crate::engine::Mortal;
use crate::error::{Error, Resource};

/// Failures of the plugin in one call that are recovered from. One bad line among 100,000 takes 18 of them.
const FAILURES_MAX: u32 = 256;
/// Bytes of lines and records that are kept for whoever asks what was set aside.
const SET_ASIDE_BYTES_MAX: usize = 16 << 20;

/// A line or record on which the plugin failed, so that it was not taken.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SetAside {
    /// The call that would observe it alone.
    pub call: Change,
    /// How the plugin failed, for people.
    pub because: String,
}

/// What was set aside: all of it is counted, and what there is room for is kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) kept: Vec<SetAside>,
    bytes: usize,
    pub(super) count: u64,
}

impl Shelf {
    fn put(&mut self, single: Batch<'_>, error: &Error) {
        self.count += 1;
        let (call, because) = (single.change(), error.to_string());
        let bytes = call.bytes() + because.len();
        if self.bytes + bytes <= SET_ASIDE_BYTES_MAX {
            self.bytes += bytes;
            self.kept.push(SetAside { call, because });
        }
    }

    pub(super) fn take(&mut self) -> Vec<SetAside> {
        self.bytes = 0;
        std::mem::take(&mut self.kept)
    }
}

impl<E: Mortal> Supervisor<E> {
    pub(super) fn observe_batch(&mut self, batch: Batch<'_>) -> Result<Intake, Error> {
        self.make_room(batch.bytes())?;
        let error = match self.observe_part(batch, has_failed) {
            Err(error) if may_be_the_input(&error) && !batch.is_blank() => error,
            answer => return answer,
        };
        let mut sum = Sum::new();
        match self.observe_in_parts(batch, error, &mut sum) {
            Ok(()) => Ok(sum.intake),
            // As if it had never been begun.
            Err(error) if sum.before == 0 => Err(error),
            Err(error) => Err(Error::Stopped {
                call: batch.call(),
                at: sum.before.saturating_add(1),
                of: batch.count(),
                taken: Box::new(sum.intake),
                source: Box::new(error),
            }),
        }
    }

    /// Goes from left to right, so that what was taken is always the beginning. `error` is how the whole failed.
    fn observe_in_parts(&mut self, batch: Batch<'_>, error: Error, sum: &mut Sum) -> Result<(), Error> {
        let mut waiting = self.divided(batch, error, sum)?;
        let mut failures = 1;
        while let Some(part) = waiting.pop() {
            if part.is_blank() {
                sum.skip(part.count());
                continue;
            }
            match self.observe_part(part, is_out_of_time) {
                Ok(intake) => sum.add(intake, part.count()),
                Err(_) if failures == FAILURES_MAX => {
                    return Err(Error::TooManyFailures { call: batch.call(), limit: FAILURES_MAX });
                }
                Err(error) => {
                    failures += 1;
                    waiting.extend(self.divided(part, error, sum)?);
                }
            }
        }
        Ok(())
    }

    fn observe_part(&mut self, part: Batch<'_>, again: fn(&Error) -> bool) -> Result<Intake, Error> {
        let intake = self.attempt(again, |detector| part.observe(detector))?;
        self.journal.push(part.change());
        Ok(intake)
    }

    /// The halves of what the plugin failed on, the first one last; none of a single one, which is set aside.
    fn divided<'a>(&mut self, part: Batch<'a>, error: Error, sum: &mut Sum) -> Result<Vec<Batch<'a>>, Error> {
        match part.halves() {
            Some((first, second)) if may_be_the_input(&error) => Ok(vec![second, first]),
            None if self.is_at_fault(&error)? => {
                self.shelf.put(part, &error);
                sum.reject(part);
                Ok(Vec::new())
            }
            _ => Err(error),
        }
    }

    /// Whether it was the single line or record that made the plugin fail. Where memory ran out, that may be the state's
    /// doing; a line is at fault when it alone needs more than half of all memory.
    fn is_at_fault(&mut self, error: &Error) -> Result<bool, Error> {
        match error {
            Error::LimitExceeded { resource: Resource::Memory, .. } => {
                let used = self.attempt(has_failed, |engine: &mut E| Ok(engine.memory_share()))?;
                Ok(used <= 0.5)
            }
            error => Ok(may_be_the_input(error)),
        }
    }
}

fn is_out_of_time(error: &Error) -> bool {
    matches!(error, Error::LimitExceeded { resource: Resource::Time, .. })
}

/// A busy machine runs out of time as well, so that is never the input's fault.
fn may_be_the_input(error: &Error) -> bool {
    has_failed(error) && !is_out_of_time(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_counted_and_kept_while_there_is_room() {
        let line = "x".repeat(SET_ASIDE_BYTES_MAX / 2 - 200);
        let error = Error::TooManyFailures { call: "observe-ndjson", limit: 1 };
        let mut shelf = Shelf::default();
        for _ in 0..3 {
            shelf.put(Batch::Lines(&line), &error);
        }
        assert_eq!((shelf.kept.len(), shelf.count), (2, 3));
        let taken = shelf.take();
        assert_eq!(taken.len(), 2);
        assert_eq!(taken[0], SetAside { call: Change::ObserveNdjson(line), because: error.to_string() });
        shelf.put(Batch::Lines("one more"), &error);
        assert_eq!((shelf.kept.len(), shelf.count), (1, 4));
    }
}
