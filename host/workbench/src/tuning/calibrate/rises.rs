//! How sure rises must be, so that they leave room for limits.

use std::collections::BTreeMap;

use crate::tuning::{Replay, many};
use redtape::detector::Cause;

/// The levels of the policy, from its default to the strictest.
pub const LEVELS: [&str; 3] = ["notice", "likely", "sure"];
/// Rises may take one part in so many of the alerts.
const PARTS: f64 = 3.0;
/// The signal that is made of the rises of others; it is switched off as a whole.
const WHOLE: &str = "creep";

/// What rises give at each level that was tried, and which was settled on.
#[derive(Clone, Debug, Default)]
pub struct Rises {
    /// Alerts by signal, for each level from the first.
    by_level: Vec<BTreeMap<String, usize>>,
    /// The level that holds, by its place.
    level: usize,
    /// Signals that are watched for rises no longer, since they alone would be too many.
    off: Vec<String>,
    /// What was given in the end.
    given: usize,
}

impl Rises {
    /// The level that holds.
    pub fn level(&self) -> &'static str {
        LEVELS.get(self.level).copied().unwrap_or_default()
    }

    /// Each level that was tried, with its alerts.
    pub fn tried(&self) -> impl Iterator<Item = (&'static str, usize)> {
        LEVELS.into_iter().zip(self.by_level.iter().map(|alerts| alerts.values().sum()))
    }

    /// Signals that are no longer watched for rises, each with the key that says so, which is to be false.
    pub fn off(&self) -> impl Iterator<Item = (String, &'static str)> {
        self.off.iter().map(|signal| (signal.clone(), if signal == WHOLE { "enabled" } else { "rise" }))
    }

    /// What they gave in the replay of the whole policy.
    pub fn alerts_given(&self) -> usize {
        self.given
    }

    pub(super) fn given(&mut self, replay: &Replay) {
        self.given = count(replay).values().sum();
    }

    /// Takes a replay at the next level.
    pub(super) fn measured(&mut self, replay: &Replay) {
        self.by_level.push(count(replay));
    }

    /// The next level to try, where those tried give too many of `asked` alerts.
    pub(super) fn next(&self, asked: f64) -> Option<&'static str> {
        let last: usize = self.by_level.last()?.values().sum();
        LEVELS.get(self.by_level.len()).copied().filter(|_| many(last) > asked / PARTS + 1.0)
    }

    /// Settles on the first level that leaves room, and switches the noisiest signals off where none does.
    pub(super) fn settle(&mut self, asked: f64) {
        let (level, off) = self.settled(asked);
        (self.level, self.off) = (level, off);
    }

    /// Alerts to be expected, as far as is known.
    pub(super) fn alerts(&self, asked: f64) -> usize {
        let (level, off) = self.settled(asked);
        let alerts = self.by_level.get(level).into_iter().flatten();
        alerts.filter(|(signal, _)| !off.contains(signal)).map(|(_, alerts)| alerts).sum()
    }

    fn settled(&self, asked: f64) -> (usize, Vec<String>) {
        // One more or less is no reason to be strict.
        let fits = |alerts: usize| many(alerts) <= asked / PARTS + 1.0;
        let fitting = self.by_level.iter().position(|alerts| fits(alerts.values().sum()));
        let level = fitting.unwrap_or(self.by_level.len().saturating_sub(1));
        let mut off = Vec::new();
        let mut left = self.by_level.get(level).cloned().unwrap_or_default();
        // Three alerts are no noise, whatever was asked for.
        while !fits(left.values().sum()) && left.values().sum::<usize>() > 3 {
            let Some(noisiest) = left.iter().max_by_key(|(_, alerts)| **alerts).map(|(it, _)| it.clone())
            else {
                break;
            };
            left.remove(&noisiest);
            off.push(noisiest);
        }
        off.sort();
        (level, off)
    }
}

fn count(replay: &Replay) -> BTreeMap<String, usize> {
    let mut alerts = BTreeMap::new();
    for episode in replay.episodes.iter().filter(|episode| episode.cause == Cause::Rise) {
        *alerts.entry(episode.signal.clone()).or_insert(0) += 1;
    }
    alerts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rises(levels: &[&[(&str, usize)]]) -> Rises {
        let level = |alerts: &&[(&str, usize)]| alerts.iter().map(|(it, n)| ((*it).to_owned(), *n)).collect();
        Rises { by_level: levels.iter().map(level).collect(), ..Rises::default() }
    }

    #[test]
    fn rises_get_a_third_and_stricter_levels_where_they_are_more() {
        let mut both =
            rises(&[&[("creep", 10), ("plan-versions", 20)], &[("creep", 4), ("plan-versions", 8)]]);
        assert_eq!((both.next(90.0), both.alerts(90.0)), (None, 30));
        assert_eq!((both.next(36.0), both.alerts(36.0)), (None, 12));
        both.settle(36.0);
        assert_eq!((both.level(), both.off().count()), ("likely", 0));
        assert_eq!(both.next(32.0), Some("sure"));
        // As if `likely` were the last.
        both.settle(12.0);
        let off: Vec<_> = both.off().collect();
        assert_eq!((off, both.alerts(12.0)), (vec![("plan-versions".to_owned(), "rise")], 4));
        both.settle(0.0);
        let off: Vec<_> = both.off().map(|(_, key)| key).collect();
        assert_eq!(off, ["enabled", "rise"], "creep is switched off as a whole");
    }
}
