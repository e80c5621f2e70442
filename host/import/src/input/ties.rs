//! Which way a table stands, and in which order things of one instant happened.
//!
//! Stores keep seconds or days, and give rows in any order, so where a row stands says little about things of one instant.
//! What they mean says more: a request is handed in first and decided last.

use super::handover::Outcome;
use crate::calendar::Instant;

/// Of so many steps in time one may go against the others, as where a clock was wrong.
const STEADY_PARTS: u64 = 20;

/// Which way rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    OldestFirst,
    NewestFirst,
}

/// How often what stands below is later, and how often earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slope {
    rising: u64,
    falling: u64,
}

impl Slope {
    /// Of instants in the order in which they are written.
    pub(super) fn of(instants: impl IntoIterator<Item = Instant>) -> Self {
        let (mut slope, mut before) = (Self::default(), None);
        for at in instants {
            if let Some(before) = before.replace(at) {
                slope.see(before, at);
            }
        }
        slope
    }

    /// Takes down that `at` stands below `before`.
    pub(super) fn see(&mut self, before: Instant, at: Instant) {
        self.rising += u64::from(at > before);
        self.falling += u64::from(at < before);
    }

    /// Adds what was seen elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        self.rising += other.rising;
        self.falling += other.falling;
    }

    /// Which way most of it goes; none: as much up as down.
    pub(super) fn direction(self) -> Option<Direction> {
        match self.rising.cmp(&self.falling) {
            std::cmp::Ordering::Greater => Some(Direction::OldestFirst),
            std::cmp::Ordering::Less => Some(Direction::NewestFirst),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Whether (nearly) all of it goes one way, so that the order of the rows can be relied on.
    pub(super) fn is_steady(self) -> bool {
        let all = self.rising + self.falling;
        all > 0 && self.rising.min(self.falling) * STEADY_PARTS <= all
    }
}

/// What is known of a request around an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// It was handed in before, and waits.
    pub(super) is_open: bool,
    /// Something happens to it later.
    pub(super) goes_on: bool,
    /// Nothing happened to it before.
    pub(super) begins: bool,
}

/// The outcomes of one instant by their places in the right order. They come as the table stands; where it `is_steady`, that
/// order holds unless it cannot have been. None: they stay.
pub(super) fn settled(outcomes: &[Option<Outcome>], around: Around, is_steady: bool) -> Option<Vec<usize>> {
    if outcomes.len() < 2 || is_steady && is_possible(outcomes, around) {
        return None;
    }
    let order = rounds(outcomes, around);
    let stays = order.iter().enumerate().all(|(at, place)| at == *place);
    (!stays).then_some(order)
}

/// Whether a request can have gone this way: nothing is done or decided before it is handed in.
fn is_possible(outcomes: &[Option<Outcome>], around: Around) -> bool {
    let (mut is_open, mut has_begun) = (around.is_open, !around.begins);
    for (at, outcome) in outcomes.iter().enumerate() {
        let rest = outcomes.get(at + 1..).unwrap_or_default();
        match outcome {
            Some(Outcome::Requested) => is_open = true,
            Some(Outcome::Approved | Outcome::Rejected | Outcome::Withdrawn) => {
                let work_follows = rest.iter().any(|it| matches!(it, None | Some(Outcome::Forwarded)));
                if !is_open && rest.contains(&Some(Outcome::Requested)) || !has_begun && work_follows {
                    return false;
                }
                is_open = false;
            }
            Some(Outcome::Returned) => is_open = false,
            None | Some(Outcome::Forwarded) => {
                if !is_open && rest.first() == Some(&Some(Outcome::Requested)) {
                    return false;
                }
            }
        }
        has_begun = true;
    }
    true
}

/// Hand-ins first, decisions last; where there are several of both, round after round.
fn rounds(outcomes: &[Option<Outcome>], around: Around) -> Vec<usize> {
    let of = |wanted: &[Outcome]| -> Vec<usize> {
        let each = wanted.iter().flat_map(|wanted| {
            outcomes.iter().enumerate().filter(move |(_, outcome)| **outcome == Some(*wanted))
        });
        each.map(|(place, _)| place).collect()
    };
    let hand_ins = of(&[Outcome::Requested]);
    let is_work = |outcome: &Option<Outcome>| matches!(outcome, None | Some(Outcome::Forwarded));
    let work = outcomes.iter().enumerate().filter(|(_, it)| is_work(it)).map(|(place, _)| place);
    // Who says no ends a round in which others have said yes; of several rounds, the last is the one that comes to a yes.
    let ends = if hand_ins.len() + usize::from(around.is_open) < 2 {
        [Outcome::Returned, Outcome::Approved, Outcome::Rejected, Outcome::Withdrawn]
    } else {
        [Outcome::Returned, Outcome::Rejected, Outcome::Withdrawn, Outcome::Approved]
    };
    let mut ends = std::collections::VecDeque::from(of(&ends));
    let mut order = Vec::with_capacity(outcomes.len());
    let mut work = Some(work);
    if around.is_open
        && !hand_ins.is_empty()
        && (around.goes_on || ends.len() > hand_ins.len())
        && !ends.is_empty()
    {
        order.extend(work.take().into_iter().flatten());
        order.extend(ends.pop_front());
    }
    // What ends here ends with a decision: hand-ins without one come before it.
    let undecided = if around.goes_on { 0 } else { hand_ins.len().saturating_sub(ends.len()) };
    for (at, hand_in) in hand_ins.iter().enumerate() {
        order.push(*hand_in);
        order.extend(work.take().into_iter().flatten());
        if at >= undecided {
            order.extend(ends.pop_front());
        }
    }
    order.extend(work.into_iter().flatten());
    order.extend(ends);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Outcomes by their first letters, `-` for one that has none; `w` is withdrawn, `b` returned, and `A`, `X` are yes and no.
    fn outcome(letter: char) -> Option<Outcome> {
        match letter {
            'S' => Some(Outcome::Requested),
            'f' => Some(Outcome::Forwarded),
            'b' => Some(Outcome::Returned),
            'A' => Some(Outcome::Approved),
            'X' => Some(Outcome::Rejected),
            'w' => Some(Outcome::Withdrawn),
            _ => None,
        }
    }

    #[track_caller]
    fn check(written: &str, around: &str, is_steady: bool, expected: Expect) {
        let has = |word: &str| around.contains(word);
        let around = Around { is_open: has("open"), goes_on: has("goes on"), begins: !has("open") };
        let outcomes: Vec<_> = written.chars().map(outcome).collect();
        let order = settled(&outcomes, around, is_steady);
        let letters: Vec<char> = written.chars().collect();
        let told: String = match order {
            Some(order) => order.iter().map(|place| letters[*place]).collect(),
            None => format!("{written} stays"),
        };
        expected.assert_eq(&told);
    }

    #[test]
    fn hand_ins_come_first_and_decisions_last() {
        check("AS", "", false, expect!["SA"]);
        check("AS", "", true, expect!["SA"]);
        check("A-S", "", true, expect!["S-A"]);
        check("f-A", "", false, expect!["f-A stays"]);
        check("A-", "", true, expect!["-A"]);
        check("A-", "open", true, expect!["A- stays"]);
        check("A-", "open", false, expect!["-A"]);
        check("-S", "", true, expect!["S-"]);
        check("wXAbS", "", false, expect!["SbAXw"]);
    }

    #[test]
    fn the_order_of_a_steady_table_holds_where_it_can_have_been() {
        for written in ["SA-", "SXSA", "S-A", "A", "S", "SbSA", "SX", "-A-"] {
            let outcomes: Vec<_> = written.chars().map(outcome).collect();
            assert_eq!(
                settled(&outcomes, Around { begins: true, ..Around::default() }, true),
                None,
                "{written}"
            );
        }
    }

    #[test]
    fn a_request_that_is_handed_in_again_within_an_instant_has_two_rounds() {
        check("SSXA", "", false, expect!["SXSA"]);
        check("ASXS", "", false, expect!["SXSA"]);
        check("SSX", "goes on", false, expect!["SXS"]);
        check("XSS", "", false, expect!["SSX"]);
        check("SbS-A", "", false, expect!["S-bSA"]);
        check("SX", "open, goes on", false, expect!["XS"]);
        check("SAX", "open", false, expect!["XSA"]);
        check("SX", "open", false, expect!["SX stays"]);
    }

    #[test]
    fn most_steps_in_time_say_which_way_a_table_stands() {
        assert_eq!(Slope::of([3, 2, 2, 1]).direction(), Some(Direction::NewestFirst));
        assert_eq!(Slope::of([1, 2, 1]).direction(), None);
        assert!(Slope::of(1..30).is_steady() && !Slope::of([1, 3, 2]).is_steady());
        assert!(!Slope::of([1, 1]).is_steady(), "nothing is known");
    }
}
