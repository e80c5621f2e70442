//! One replay as a trial: which candidates held, and what they gave.
//!
//! Limits do not touch each other, so that one replay tries a candidate of every limit at once, and of every tier.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::limits::Limit;
use crate::tuning::Replay;
use redtape::detector::Cause;

/// Candidates of all limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Candidates {
    /// By limit: the index in its ladder.
    pub(super) base: Vec<usize>,
    /// Those of a tier, by tier and limit, where they are others.
    pub(super) tiers: BTreeMap<(String, usize), usize>,
}

/// Which accounts a curve is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    All,
    Tier(String),
    /// All but those of these tiers.
    Rest(Vec<String>),
}

/// What one limit gave in one trial.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Alerts.
    pub alerts: usize,
    /// Accounts with at least one.
    pub accounts: usize,
    /// How long they were open together. 0 for those of single plans and requests, of which an account has many.
    pub(super) open_ms: i64,
}

impl Count {
    /// The share of `known_ms` in which one was open; none: it is not told of single plans and requests.
    pub fn time(&self, known_ms: i64) -> Option<f64> {
        let open = self.open_ms > 0 || self.alerts == 0;
        open.then(|| {
            crate::tuning::ratio(crate::tuning::number(self.open_ms), crate::tuning::number(known_ms))
        })
    }
}

/// What candidates of one limit gave, by candidate.
pub(super) type Curve = BTreeMap<usize, Count>;

/// Candidates, and the alerts they gave.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    candidates: Candidates,
    hits: Vec<Hit>,
}

/// An alert of a limit.
#[derive(Clone, Debug)]
struct Hit {
    limit: usize,
    account: String,
    tier: String,
    open_ms: i64,
}

impl Group {
    pub(super) fn has(&self, tier: &str) -> bool {
        match self {
            Group::All => true,
            Group::Tier(name) => name == tier,
            Group::Rest(names) => !names.iter().any(|name| name == tier),
        }
    }
}

impl Candidates {
    /// A policy that tries them. `level`: how sure rises must be; none: nobody watches for them, which saves time.
    pub(super) fn policy(&self, limits: &[Limit], level: Option<&str>, zone: Option<&str>) -> Value {
        let mut base = Map::new();
        let mut tiers: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for (at, limit) in limits.iter().enumerate() {
            if let Some(index) = self.base.get(at) {
                set(&mut base, limit, *index, level.is_some());
            }
        }
        for ((tier, at), index) in &self.tiers {
            if let Some(limit) = limits.get(*at) {
                set(tiers.entry(tier).or_default(), limit, *index, level.is_some());
            }
        }
        let overrides: Vec<Value> = tiers
            .into_iter()
            .map(|(tier, signals)| json!({"match": {"tier": tier}, "signals": signals}))
            .collect();
        let mut policy = json!({"signals": base, "override": overrides});
        if let (Some(level), Some(fields)) = (level, policy.as_object_mut()) {
            fields.insert("rises".to_owned(), json!({"level": level}));
        }
        if let (Some(zone), Some(fields)) = (zone, policy.as_object_mut()) {
            fields.insert("time_zone".to_owned(), json!(zone));
        }
        policy
    }

    fn of(&self, limit: usize, group: &Group) -> Option<usize> {
        let base = self.base.get(limit).copied();
        match group {
            Group::Tier(tier) => self.tiers.get(&(tier.clone(), limit)).copied().or(base),
            Group::Rest(_) => base,
            // Tiers with candidates of their own say nothing of all.
            Group::All => base.filter(|_| !self.tiers.keys().any(|(_, it)| *it == limit)),
        }
    }
}

/// Puts a candidate where the policy has it. A critical limit makes no alerts, so that a trial has none.
fn set(signals: &mut Map<String, Value>, limit: &Limit, index: usize, rise: bool) {
    let (warning, critical) = limit.keys();
    let fields = signals.entry(limit.signal.clone()).or_insert_with(|| json!({}));
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(warning.to_owned(), json!(limit.value(index)));
        fields.insert(critical.to_owned(), json!("off"));
        if !rise {
            fields.insert("rise".to_owned(), json!(false));
        }
    }
}

impl Trial {
    /// Keeps what `replay` says of limits.
    pub(super) fn of(candidates: Candidates, limits: &[Limit], replay: &Replay) -> Self {
        let hits = replay.episodes.iter().filter(|episode| episode.cause == Cause::Threshold);
        let hit = |episode: &crate::tuning::Episode| {
            let limit = limit_of(limits, &episode.signal, &episode.subject)?;
            let tier = replay.census.tier(&episode.account).to_owned();
            let open_ms = if episode.subject.is_empty() { episode.open_ms(replay.end()) } else { 0 };
            Some(Hit { limit, account: episode.account.clone(), tier, open_ms })
        };
        Self { candidates, hits: hits.filter_map(hit).collect() }
    }

    fn count(&self, limit: usize, group: &Group) -> Count {
        let hits: Vec<&Hit> =
            self.hits.iter().filter(|hit| hit.limit == limit && group.has(&hit.tier)).collect();
        Count {
            alerts: hits.len(),
            accounts: hits.iter().map(|hit| &hit.account).collect::<BTreeSet<_>>().len(),
            open_ms: hits.iter().map(|hit| hit.open_ms).sum(),
        }
    }
}

/// Which limit an alert is of: where a signal has one for single requests, those with a subject are of that.
pub(super) fn limit_of(limits: &[Limit], signal: &str, subject: &str) -> Option<usize> {
    let is = |limit: &Limit, open: bool| limit.signal == signal && limit.open == open;
    let open = limits.iter().position(|limit| is(limit, true)).filter(|_| !subject.is_empty());
    open.or_else(|| limits.iter().position(|limit| is(limit, false)))
}

/// What all trials say of one limit and group.
pub(super) fn curve(trials: &[Trial], limit: usize, group: &Group) -> Curve {
    let points = trials.iter().filter_map(|trial| {
        let index = trial.candidates.of(limit, group)?;
        Some((index, trial.count(limit, group)))
    });
    points.collect()
}
