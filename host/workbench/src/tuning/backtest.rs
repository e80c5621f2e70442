//! One or two policies on the same log: what each would have raised, and what only one of them.

use std::collections::{BTreeMap, BTreeSet};

use redtape::detector::Severity;
use redtape_model::calendar::Instant;

use super::{Episode, Kind, Replay};

/// Replays of one log, side by side.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// One for each policy.
    pub sides: Vec<Side>,
}

/// One policy, and what it would have raised.
#[derive(Clone, Debug)]
pub struct Side {
    /// The policy's file, or `defaults`.
    pub policy: String,
    /// What it gave.
    pub replay: Replay,
    /// For each episode whether the other policy has one that [meets](Episode::meets) it.
    pub shared: Vec<bool>,
}

/// Episodes in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// How many.
    pub alerts: usize,
    /// How many of them came to be critical.
    pub critical: usize,
    /// How many are open at the end.
    pub open: usize,
    /// Accounts with at least one; the tenant itself (`*`) is none.
    pub accounts: usize,
    /// Days open of each, ascending; those of open ones until the end.
    pub days: Vec<f64>,
}

impl Backtest {
    /// Compares replays of the same log, each with the name of its policy.
    pub fn of(replays: Vec<(String, Replay)>) -> Self {
        let shared: Vec<Vec<bool>> = (0..replays.len())
            .map(|own| {
                let others = replays.iter().enumerate().filter(|(at, _)| *at != own);
                let others: Vec<&Episode> =
                    others.flat_map(|(_, (_, replay))| replay.episodes.iter()).collect();
                let own = replays.get(own).map(|(_, replay)| replay.episodes.as_slice());
                shared(own.unwrap_or_default(), &others)
            })
            .collect();
        let sides = replays
            .into_iter()
            .zip(shared)
            .map(|((policy, replay), shared)| Side { policy, replay, shared })
            .collect();
        Self { sides }
    }
}

/// For each of `own` whether one of `others` meets it.
fn shared(own: &[Episode], others: &[&Episode]) -> Vec<bool> {
    let mut by_thing: BTreeMap<_, Vec<&Episode>> = BTreeMap::new();
    for other in others {
        by_thing.entry(other.thing()).or_default().push(other);
    }
    let is_shared = |episode: &Episode| {
        by_thing.get(&episode.thing()).is_some_and(|others| others.iter().any(|it| it.meets(episode)))
    };
    own.iter().map(is_shared).collect()
}

impl Side {
    /// All of its episodes in numbers.
    pub fn numbers(&self) -> Numbers {
        Numbers::of(&self.replay.episodes, self.replay.end())
    }

    /// Its numbers by signal and kind.
    pub fn by_signal(&self) -> BTreeMap<(&str, Kind), Numbers> {
        let mut groups: BTreeMap<_, Vec<&Episode>> = BTreeMap::new();
        for episode in &self.replay.episodes {
            groups.entry((episode.signal.as_str(), episode.kind())).or_default().push(episode);
        }
        let end = self.replay.end();
        groups.into_iter().map(|(key, episodes)| (key, Numbers::of(episodes, end))).collect()
    }

    /// Its episodes that the other policy has not.
    pub fn alone(&self) -> impl Iterator<Item = &Episode> {
        self.split(false)
    }

    /// Its episodes that the other policy has as well.
    pub fn in_both(&self) -> impl Iterator<Item = &Episode> {
        self.split(true)
    }

    fn split(&self, wanted: bool) -> impl Iterator<Item = &Episode> {
        let both = self.replay.episodes.iter().zip(&self.shared);
        both.filter(move |(_, shared)| **shared == wanted).map(|(episode, _)| episode)
    }
}

impl Numbers {
    /// Counts episodes of a log that ends at `end`.
    pub fn of<'a>(episodes: impl IntoIterator<Item = &'a Episode>, end: Instant) -> Self {
        let mut numbers = Self::default();
        let mut accounts = BTreeSet::new();
        for episode in episodes {
            numbers.alerts += 1;
            numbers.critical += usize::from(episode.severity == Severity::Critical);
            numbers.open += usize::from(episode.resolved.is_none());
            numbers.days.push(episode.days(end));
            if episode.account != redtape_scan::scan::TENANT {
                accounts.insert(episode.account.as_str());
            }
        }
        numbers.accounts = accounts.len();
        numbers.days.sort_by(f64::total_cmp);
        numbers
    }

    /// Half of them were open for longer.
    pub fn days_median(&self) -> Option<f64> {
        let middle = self.days.len() / 2;
        let upper = self.days.get(middle).copied()?;
        let lower =
            if self.days.len().is_multiple_of(2) { self.days.get(middle - 1).copied()? } else { upper };
        Some(lower.midpoint(upper))
    }

    /// None was open for longer.
    pub fn days_longest(&self) -> Option<f64> {
        self.days.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::episode::tests::episode;
    use super::*;

    fn side(episodes: Vec<Episode>) -> Replay {
        Replay { episodes, ..Replay::default() }
    }

    #[test]
    fn one_long_episode_meets_several_short_ones() {
        let low = side(vec![episode("a", 1, Some(50)), episode("b", 1, Some(9))]);
        let high = side(vec![episode("a", 2, Some(5)), episode("a", 30, Some(40)), episode("b", 20, None)]);
        let both = Backtest::of(vec![("low".to_owned(), low.clone()), ("high".to_owned(), high)]);
        assert_eq!(both.sides[0].shared, [true, false]);
        assert_eq!(both.sides[1].shared, [true, true, false]);
        let same = Backtest::of(vec![("a".to_owned(), low.clone()), ("b".to_owned(), low)]);
        assert!(same.sides.iter().all(|side| side.alone().count() == 0));
    }

    #[test]
    fn the_median_is_the_middle() {
        let numbers = |days: &[f64]| Numbers { days: days.to_vec(), ..Numbers::default() };
        assert_eq!(numbers(&[]).days_median(), None);
        assert_eq!(numbers(&[1.0, 2.0, 9.0]).days_median(), Some(2.0));
        assert_eq!(numbers(&[1.0, 2.0, 4.0, 9.0]).days_median(), Some(3.0));
    }
}
