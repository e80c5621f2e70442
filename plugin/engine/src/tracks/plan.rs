//! One plan: its versions since it was last decided, or was left alone for half a year.

use super::Rests;
use crate::activity::Instant;
use crate::calendar::WEEK_MS;
use crate::horizon::SILENT_MS;
use crate::plausible;
use serde::{Deserialize, Serialize};

/// A plan with a high total that is tended calmly is no creep: two versions must lie within so long.
const PACE_MS: i64 = 8 * WEEK_MS;

/// What is known of one plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Versions since it was last decided or left alone.
    pub versions: u32,
    /// The first of them.
    pub since: Instant,
    /// The two newest versions of all, newest first.
    newest: [Option<Instant>; 2],
    /// The number of the newest version.
    number: Option<u32>,
}

impl Plan {
    /// Takes one version in. A plan that was not touched for 26 weeks was accepted in practice: its count begins anew.
    /// Whether it counts: with `same_version` the number of the one before does not.
    pub fn take(&mut self, at: Instant, number: Option<u32>, decided: bool, same_version: bool) -> bool {
        if self.newest[0].is_some_and(|last| at - last >= SILENT_MS) {
            self.versions = 0;
        }
        let again = same_version && number.is_some() && number == self.number;
        if !again {
            self.number = number.or_else(|| self.number.map(|number| number.saturating_add(1)));
            self.newest = [Some(at), self.newest[0]];
            if self.versions == 0 {
                self.since = at;
            }
            self.versions = self.versions.saturating_add(1);
        }
        if decided {
            self.versions = 0;
        }
        !again
    }

    /// Until when it keeps a pace of two versions in 8 weeks; none: it has not had two.
    pub fn restless_until(&self) -> Option<Instant> {
        self.newest[1].map(|second| second + PACE_MS)
    }

    /// Its newest version.
    pub fn last(&self) -> Instant {
        self.newest[0].unwrap_or(Instant::MIN)
    }

    /// Whether its times lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        self.newest.iter().flatten().chain([&self.since]).all(|at| plausible::instant(*at))
    }
}

impl Rests for Plan {
    fn steps(&self) -> u32 {
        self.versions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_until_a_decision() {
        let mut plan = Plan::default();
        let mut take = |at, number, decided| {
            let counted = plan.take(at, number, decided, true);
            (counted, plan.versions, plan.since)
        };
        assert_eq!(take(1, Some(1), false), (true, 1, 1));
        assert_eq!(take(2, None, false), (true, 2, 1));
        assert_eq!(take(3, Some(2), false), (false, 2, 1), "the unnumbered one was number 2");
        assert_eq!(take(4, Some(2), true), (false, 0, 1), "saved again as decided");
        assert_eq!(take(5, Some(3), false), (true, 1, 5));
        assert_eq!(plan.restless_until(), Some(2 + PACE_MS));
    }

    #[test]
    fn a_plan_left_alone_for_half_a_year_begins_anew() {
        let mut plan = Plan::default();
        for (at, versions) in [(0, 1), (SILENT_MS - 1, 2), (2 * SILENT_MS - 1, 1)] {
            plan.take(at, None, false, true);
            assert_eq!(plan.versions, versions, "{at}");
        }
    }
}
