//! The answers of several shards as the one that a single instance would give.

use std::collections::BTreeMap;

use crate::report::Series;
use redtape::detector::{Alert, Point, SignalStanding, Tally};
use redtape_model::calendar::Instant;

use super::End;
use crate::scan::{Score, TENANT};

/// The order of alerts in every answer of the contract.
pub(crate) fn by_rank(a: &Alert, b: &Alert) -> std::cmp::Ordering {
    fn rank(alert: &Alert) -> (Instant, &str, &str, &str, u8, Instant) {
        let Alert { at, account, signal, subject, cause, opened, .. } = alert;
        (*at, account, signal, subject, *cause as u8, *opened)
    }
    rank(a).cmp(&rank(b))
}

/// Puts the alerts of several shards in their order. Those of the tenant itself come from each of them.
pub(crate) fn sort_alerts(alerts: &mut Vec<Alert>) {
    alerts.sort_by(by_rank);
    alerts.dedup_by(|a, b| a.account == TENANT && by_rank(a, b).is_eq());
}

/// Puts the scores of several shards in their order. Those of the tenant itself come from each of them.
pub(crate) fn sort_scores(scores: &mut Vec<Score>) {
    scores.sort_by(|a, b| a.rank().cmp(&b.rank()));
    scores.dedup_by(|a, b| a.account == TENANT && a.rank() == b.rank());
}

/// Counts by rule, in the order of the rules' names.
#[derive(Debug, Default)]
pub(crate) struct Tallies(BTreeMap<String, u64>);

impl Tallies {
    pub(crate) fn add(&mut self, tallies: Vec<Tally>) {
        for Tally { rule, count } in tallies {
            *self.0.entry(rule).or_default() += count;
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Tally> {
        self.0.into_iter().map(|(rule, count)| Tally { rule, count }).collect()
    }
}

/// Where all shards stand together.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    pub(crate) now: Option<Instant>,
    pub(crate) accounts: u32,
    pub(crate) open_activities: u32,
    pub(crate) dropped: Tallies,
    series: Vec<SignalStanding>,
    open: Vec<Alert>,
    signals: Vec<String>,
    scores: Vec<Score>,
    pub(crate) histories: BTreeMap<Series, Vec<Point>>,
    /// Shards that were added.
    pub(crate) shards: usize,
}

impl Whole {
    /// Adds a shard.
    pub(crate) fn add(&mut self, End { standing, open, signals, scores, histories }: End) {
        // Those of the tenant itself come alike from each shard.
        self.histories.extend(histories);
        self.shards += 1;
        self.signals = signals;
        self.scores.extend(scores);
        self.now = self.now.max(standing.now);
        self.accounts += standing.accounts;
        self.open_activities += standing.open_activities;
        self.dropped.add(standing.dropped);
        self.open.extend(open);
        for series in standing.series {
            match self.series.iter_mut().find(|held| held.signal == series.signal) {
                Some(held) => {
                    held.asleep += series.asleep;
                    held.warming_up += series.warming_up;
                    held.watching += series.watching;
                }
                None => self.series.push(series),
            }
        }
    }

    /// Open alerts in their order.
    pub(crate) fn take_open(&mut self) -> Vec<Alert> {
        sort_alerts(&mut self.open);
        std::mem::take(&mut self.open)
    }

    /// The scores of the last weeks in their order.
    pub(crate) fn take_scores(&mut self) -> Vec<Score> {
        sort_scores(&mut self.scores);
        std::mem::take(&mut self.scores)
    }

    /// The series of all shards in the plugin's order: a shard may have no account that a signal is on for.
    pub(crate) fn take_series(&mut self) -> Vec<SignalStanding> {
        self.series.sort_by_key(|series| self.signals.iter().position(|signal| *signal == series.signal));
        std::mem::take(&mut self.series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redtape::detector::Standing;

    fn series(names: &[&str]) -> Vec<SignalStanding> {
        let standing = |signal: &&str| SignalStanding {
            signal: (*signal).to_owned(),
            asleep: 1,
            warming_up: 2,
            watching: 3,
        };
        names.iter().map(standing).collect()
    }

    #[test]
    fn shards_are_added_up_in_the_order_of_the_plugin() {
        let tally = |rule: &str, count| Tally { rule: rule.to_owned(), count };
        let end = |names: &[&str], dropped| {
            let (now, accounts, open_activities, open_alerts) = (Some(7), 10, 20, 0);
            let series = series(names);
            let standing = Standing { now, accounts, open_activities, open_alerts, series, dropped };
            let signals = ["c", "b", "a"].map(str::to_owned).into();
            End { standing, open: Vec::new(), signals, scores: Vec::new(), histories: BTreeMap::new() }
        };
        let mut whole = Whole::default();
        whole.add(end(&["c"], vec![tally("plans", 1)]));
        whole.add(end(&["c", "a"], vec![tally("late", 2), tally("plans", 3)]));
        whole.add(end(&["c", "b"], Vec::new()));
        assert_eq!((whole.now, whole.accounts, whole.open_activities, whole.shards), (Some(7), 30, 60, 3));
        let told = whole.take_series();
        let told = told.iter().map(|it| (it.signal.as_str(), it.asleep, it.warming_up, it.watching));
        assert_eq!(told.collect::<Vec<_>>(), [("c", 3, 6, 9), ("b", 1, 2, 3), ("a", 1, 2, 3)]);
        let dropped = whole.dropped.into_vec();
        assert_eq!(
            dropped.iter().map(|it| (it.rule.as_str(), it.count)).collect::<Vec<_>>(),
            [("late", 2), ("plans", 4)]
        );
    }
}
