//! One request on its way: from the first step after a decision to the next decision.

use super::SILENT_MS;
use crate::activity::{ApprovalStep, Instant, Outcome};
use serde::{Deserialize, Serialize};

/// Most activity ids that are remembered as evidence.
const EVIDENCE_MAX: usize = 20;

/// The newest ids of many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// Newest first, at most `EVIDENCE_MAX`.
    pub newest: Vec<Box<str>>,
    /// How many there were.
    pub total: u32,
}

impl Trail {
    /// One more, newer than all before.
    pub fn push(&mut self, id: &str) {
        self.newest.insert(0, id.into());
        self.newest.truncate(EVIDENCE_MAX);
        self.total = self.total.saturating_add(1);
    }
}

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
    /// Ids of all its steps.
    pub trail: Trail,
}

/// A round with its decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The deciding activity.
    pub id: Box<str>,
    /// When it was decided.
    pub at: Instant,
    /// Its first step.
    pub first: Instant,
    /// Steps from one to another, the deciding one too.
    pub hops: u32,
    /// Hops that only handed it on.
    pub forwards: u32,
    /// Hops that handed it back.
    pub returns: u32,
    /// The longest wait between two steps, in milliseconds, and which step ended it.
    pub longest_wait: (i64, u32),
}

/// How a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Approved or rejected.
    Decided,
    /// Taken back.
    Withdrawn,
    /// No step for 26 weeks.
    Silent,
}

impl Round {
    /// Takes one step in. The state is the open round, if there is one; a step after a decision, or after 26 silent
    /// weeks, opens a new one.
    ///
    /// Gives how the round ended, if this step ended it, and its numbers where it was decided.
    pub fn take(
        state: &mut Option<Round>,
        at: Instant,
        id: &str,
        step: &ApprovalStep,
    ) -> Option<(Ending, Option<Decided>)> {
        if state.as_ref().is_some_and(|round| round.is_silent(at)) {
            *state = None;
        }
        let round = state.get_or_insert_with(|| Round::begin(at));
        round.trail.push(id);
        let wait = at - round.last;
        if wait > round.longest_wait.0 {
            round.longest_wait = (wait, round.trail.total);
        }
        round.last = at;
        if is_hop(step) {
            round.hops = round.hops.saturating_add(1);
            round.forwards += u32::from(step.outcome == Outcome::Forwarded);
            round.returns += u32::from(step.outcome == Outcome::Returned);
        }
        match step.outcome {
            Outcome::Requested | Outcome::Forwarded | Outcome::Returned => None,
            Outcome::Withdrawn => {
                *state = None;
                Some((Ending::Withdrawn, None))
            }
            Outcome::Approved | Outcome::Rejected => {
                let decided = state.take().map(|round| Decided {
                    id: id.into(),
                    at,
                    first: round.first,
                    hops: round.hops,
                    forwards: round.forwards,
                    returns: round.returns,
                    longest_wait: round.longest_wait,
                });
                Some((Ending::Decided, decided))
            }
        }
    }

    /// Whether nobody waits for it any more.
    pub fn is_silent(&self, now: Instant) -> bool {
        self.last + SILENT_MS <= now
    }

    fn begin(at: Instant) -> Self {
        Round {
            hops: 0,
            first: at,
            last: at,
            forwards: 0,
            returns: 0,
            longest_wait: (0, 1),
            trail: Trail::default(),
        }
    }
}

/// A step from one to another. Unknown on either side: a hop, unless it only hands the request in.
fn is_hop(step: &ApprovalStep) -> bool {
    let (from, to) = (&step.from.id, &step.to.id);
    if from.is_empty() || to.is_empty() { step.outcome != Outcome::Requested } else { from != to }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Participant;

    fn step(from: &str, to: &str, outcome: Outcome) -> ApprovalStep {
        let person = |id: &str| Participant { id: id.into(), ..Default::default() };
        ApprovalStep { request: "r".into(), step: None, from: person(from), to: person(to), outcome }
    }

    #[test]
    fn a_hop_goes_from_one_to_another() {
        use Outcome::*;
        let cases = [
            ("a", "b", Forwarded, true),
            ("a", "a", Forwarded, false),
            ("a", "a", Approved, false),
            ("a", "b", Approved, true),
            ("a", "b", Requested, true),
            ("", "b", Requested, false),
            ("", "b", Forwarded, true),
            ("a", "", Rejected, true),
            ("", "", Approved, true),
        ];
        for (from, to, outcome, hop) in cases {
            assert_eq!(is_hop(&step(from, to, outcome)), hop, "{from} -> {to} {outcome:?}");
        }
    }

    #[test]
    fn rounds_end_with_decisions_and_begin_anew() {
        use Outcome::*;
        let mut state = None;
        let mut take = |at, from, to, outcome| Round::take(&mut state, at, "id", &step(from, to, outcome));
        assert_eq!(take(1, "a", "b", Forwarded), None);
        let (ending, decided) = take(9, "b", "c", Rejected).unwrap();
        let decided = decided.unwrap();
        assert_eq!((ending, decided.hops, decided.first, decided.at), (Ending::Decided, 2, 1, 9));
        assert_eq!(decided.longest_wait, (8, 2));
        let (_, alone) = take(12, "c", "c", Approved).unwrap();
        assert_eq!(alone.map(|round| (round.hops, round.first)), Some((0, 12)), "decided without a hop");
        assert_eq!(take(15, "a", "b", Withdrawn), Some((Ending::Withdrawn, None)));
        assert_eq!(take(16, "a", "b", Requested), None);
        assert_eq!(take(16 + SILENT_MS, "a", "b", Forwarded), None);
        assert_eq!(
            state.map(|round| (round.hops, round.first)),
            Some((1, 16 + SILENT_MS)),
            "silence ends a round"
        );
    }
}
