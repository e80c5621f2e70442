//! One request on its way: from the first step after a decision to the next decision.

use super::Rests;
use crate::activity::{Instant, Outcome};
use crate::horizon::SILENT_MS;
use crate::plausible;
use serde::{Deserialize, Serialize};

/// A round that has no decision yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Steps from one to another.
    pub hops: u32,
    /// Its first step.
    pub first: Instant,
    /// Its newest step.
    pub last: Instant,
    /// Hops that only handed it on.
    pub forwards: u32,
    /// Hops that handed it back.
    pub returns: u32,
    /// The longest wait between two steps, in milliseconds, and which step ended it, counted from 1.
    pub longest_wait: (i64, u32),
    /// How many there were.
    pub steps: u32,
}

/// A round with its decision.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Which of the week's activities decided it.
    pub entry: usize,
    /// When it was decided.
    pub at: Instant,
    /// The round, with its decision as its last step.
    pub round: Round,
}

impl Decided {
    /// How long it took from its first step to the decision, in milliseconds.
    pub fn took_ms(&self) -> i64 {
        self.at - self.round.first
    }
}

/// How a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Approved or rejected.
    Decided,
    /// Whoever handed the request in took it back.
    Withdrawn,
    /// No step for 26 weeks.
    Silent,
}

impl Round {
    /// Takes one step in. The state is the open round, if there is one; a step after a decision, or after 26 silent
    /// weeks, opens a new one.
    ///
    /// Gives how the round ended, if this step ended it, and what it was.
    pub fn take(
        state: &mut Option<Round>,
        at: Instant,
        outcome: Outcome,
        is_hop: bool,
    ) -> Option<(Ending, Round)> {
        if state.as_ref().is_some_and(|round| round.is_silent(at)) {
            *state = None;
        }
        let round = state.get_or_insert_with(|| Round::begin(at));
        round.steps = round.steps.saturating_add(1);
        let wait = at - round.last;
        if wait > round.longest_wait.0 {
            round.longest_wait = (wait, round.steps);
        }
        round.last = at;
        if is_hop {
            round.hops = round.hops.saturating_add(1);
            round.forwards = round.forwards.saturating_add(u32::from(outcome == Outcome::Forwarded));
            round.returns = round.returns.saturating_add(u32::from(outcome == Outcome::Returned));
        }
        let ending = match outcome {
            Outcome::Requested | Outcome::Forwarded | Outcome::Returned => return None,
            Outcome::Withdrawn => Ending::Withdrawn,
            Outcome::Approved | Outcome::Rejected => Ending::Decided,
        };
        state.take().map(|round| (ending, round))
    }

    /// Whether nobody waits for it any more.
    pub fn is_silent(&self, now: Instant) -> bool {
        self.last + SILENT_MS <= now
    }

    fn begin(at: Instant) -> Self {
        Round { hops: 0, first: at, last: at, forwards: 0, returns: 0, longest_wait: (0, 1), steps: 0 }
    }

    /// Whether its times lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        [self.first, self.last, self.longest_wait.0].into_iter().all(plausible::instant)
    }
}

impl Rests for Round {
    fn steps(&self) -> u32 {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_end_with_decisions_and_begin_anew() {
        use Outcome::*;
        let mut state = None;
        let mut take = |at, outcome, is_hop| Round::take(&mut state, at, outcome, is_hop);
        assert_eq!(take(1, Forwarded, true), None);
        let (ending, decided) = take(9, Rejected, true).unwrap();
        assert_eq!((ending, decided.hops, decided.first, decided.last), (Ending::Decided, 2, 1, 9));
        assert_eq!(decided.longest_wait, (8, 2));
        let (_, alone) = take(12, Approved, false).unwrap();
        assert_eq!((alone.hops, alone.first), (0, 12), "decided without a hop");
        assert_eq!(take(15, Withdrawn, true).map(|(ending, _)| ending), Some(Ending::Withdrawn));
        assert_eq!(take(16, Requested, true), None);
        assert_eq!(take(16 + SILENT_MS, Forwarded, true), None);
        assert_eq!(
            state.map(|round| (round.hops, round.first)),
            Some((1, 16 + SILENT_MS)),
            "silence ends a round"
        );
    }
}
