//! Expected alerts against those that fire: what is missing, and what was not expected.

use super::Expected;
use redtape::detector::Alert;

/// What differs. An expected alert that leaves something open fits several, so pairs are found that leave the fewest over.
pub(super) fn differ(expected: &[Expected], found: &[&Alert]) -> (Vec<Expected>, Vec<Alert>) {
    let mut pairs = Pairs { expected, found, of: vec![None; found.len()] };
    let missing = (0..expected.len()).filter(|at| !pairs.give(*at, &mut vec![false; found.len()]));
    let missing =
        missing.collect::<Vec<_>>().into_iter().filter_map(|at| expected.get(at).cloned()).collect();
    let surplus = found.iter().zip(&pairs.of).filter(|(_, of)| of.is_none());
    (missing, surplus.map(|(alert, _)| (*alert).clone()).collect())
}

struct Pairs<'a> {
    expected: &'a [Expected],
    found: &'a [&'a Alert],
    /// Which expected alert each found one stands for.
    of: Vec<Option<usize>>,
}

impl Pairs<'_> {
    /// Gives the expected alert a found one, moving others where they fit elsewhere; whether there is one.
    fn give(&mut self, at: usize, tried: &mut Vec<bool>) -> bool {
        for place in 0..self.found.len() {
            let fits =
                self.expected.get(at).zip(self.found.get(place)).is_some_and(|(it, alert)| it.fits(alert));
            let Some(seen) = tried.get_mut(place).filter(|seen| fits && !**seen) else { continue };
            *seen = true;
            let holder = self.of.get(place).copied().flatten();
            if holder.is_none_or(|holder| self.give(holder, tried)) {
                if let Some(of) = self.of.get_mut(place) {
                    *of = Some(at);
                }
                return true;
            }
        }
        false
    }
}

impl Expected {
    fn fits(&self, alert: &Alert) -> bool {
        self.signal == alert.signal
            && self.cause == alert.cause
            && self.account == alert.account
            && self.severity.is_none_or(|severity| severity == alert.severity)
            && self.subject.as_ref().is_none_or(|subject| *subject == alert.subject)
    }
}
