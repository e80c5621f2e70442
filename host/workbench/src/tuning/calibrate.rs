//! A policy from a team's own history: the limits that would have given the alerts they can take.
//!
//! Every figure is that of a replay by the real engine. Limits do not touch each other, so that one replay tries a
//! candidate of every limit at once; some ten replays are enough.

use serde_json::{Map, Value, json};

use redtape::policy::Policy;
use redtape_scan::Error;
use redtape_scan::scan::Score;

use super::{Episode, Numbers, Replay, many, ratio};

mod choice;
mod limits;
mod measured;
mod rises;
mod search;
mod tiers;
mod trial;

pub use self::choice::Choice;
pub use self::limits::Limit;
pub use self::rises::{LEVELS, Rises};
pub use self::tiers::TierLimits;
pub use self::trial::Count;

use self::choice::{choice, critical_alerts};
use self::measured::Measured;
use self::search::Cell;
use self::trial::{Candidates, Group, Trial, limit_of};

/// Replays that look for limits of all accounts, and those that look for limits of tiers.
const REPLAYS_MAX: usize = 12;
const TIER_REPLAYS_MAX: usize = 4;
/// Without a wish: so many alerts a week for each account, and never less than one a month.
const DEFAULT_A_WEEK_PER_ACCOUNT: f64 = 0.01;
const DEFAULT_A_WEEK_MIN: f64 = 12.0 * 7.0 / super::YEAR_DAYS;
/// A share of the alerts asked for that is worth another replay.
const OVER_SHARE: f64 = 0.05;
/// Of the time that accounts with data are known, alerts of one weekly limit may be open for one part in so many: what is
/// there most of the time is no alert.
const OPEN_PARTS: i64 = 5;
/// Why a limit keeps its default although there is enough data.
const NEVER_MET: &str = "not even the lowest candidate was ever met";

/// How many alerts people can take, thresholds and rises of all accounts together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Ask {
    /// One a week for each 100 accounts, but at least one a month.
    #[default]
    Default,
    /// So many a week.
    AWeek(f64),
    /// So many of each account and year.
    AnAccountYear(f64),
}

/// What is asked of whoever replays the log.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// From 1.
    pub number: usize,
    /// What holds in this replay.
    pub policy: &'a Policy,
    /// Whether scores are told as well.
    pub scored: bool,
}

/// A proposed policy, and what speaks for it.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// What was asked for, and what that is a week.
    pub ask: Ask,
    /// See there.
    pub asked_a_week: f64,
    /// The time zone, where one was asked for.
    pub zone: Option<String>,
    /// All limits of the plugin, in the order of its schema.
    pub proposals: Vec<Proposal>,
    /// How sure rises must be.
    pub rises: Rises,
    /// Tiers with limits of their own.
    pub tiers: Vec<TierLimits>,
    /// What was found of tiers, a sentence each.
    pub tier_notes: Vec<String>,
    /// What the defaults gave.
    pub defaults: Numbers,
    /// What exactly this policy gave.
    pub replay: Replay,
    /// How many alerts the log could give, as far as was tried.
    pub most: f64,
    /// How often the log was replayed.
    pub replays: usize,
}

/// What is proposed for one limit.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Which.
    pub limit: Limit,
    /// What is proposed, or why nothing is.
    pub choice: Result<Choice, String>,
    /// Accounts with enough weeks of its signal.
    pub accounts: usize,
    /// What the default gave.
    pub default_alerts: usize,
    /// What it gave in the replay of the whole policy, tiers included.
    pub given: Numbers,
}

/// Calibrates by replays of one log. `replay` lives through it under the policy it is given, and hands scores to the
/// function where they are wanted.
///
/// # Errors
///
/// Those of `replay`.
pub fn calibrate<E: From<Error>>(
    schema: &str,
    ask: Ask,
    zone: Option<&str>,
    mut replay: impl FnMut(&Wanted<'_>, &mut dyn FnMut(&[Score])) -> Result<Replay, E>,
) -> Result<Calibration, E> {
    let mut search = Search::new(schema, ask, zone);
    let mut run = |wanted: &Wanted<'_>, measured: &mut Measured| {
        replay(wanted, &mut |scores: &[Score]| measured.take(scores))
    };
    search.find(&mut run)?;
    let (groups, tier_notes) = tiers::groups(&search);
    search.tier_notes = tier_notes;
    search.find_tiers(&groups, &mut run)?;
    search.end(&mut run)
}

/// Somebody who replays.
type Run<'a, E> = dyn FnMut(&Wanted<'_>, &mut Measured) -> Result<Replay, E> + 'a;

/// A calibration under way.
struct Search<'a> {
    ask: Ask,
    zone: Option<&'a str>,
    limits: Vec<Limit>,
    measured: Measured,
    trials: Vec<Trial>,
    rises: Rises,
    /// Limits that keep their default, and why.
    lacks: Vec<Option<String>>,
    /// The first replay, without its episodes.
    log: Replay,
    defaults: Numbers,
    default_alerts: Vec<usize>,
    /// What each cell is about, and what was chosen for it.
    chosen: Vec<(usize, Group, Choice)>,
    tier_notes: Vec<String>,
    most: f64,
    replays: usize,
}

impl<'a> Search<'a> {
    fn new(schema: &str, ask: Ask, zone: Option<&'a str>) -> Self {
        let limits = Limit::all(schema);
        let (measured, trials, rises, log, defaults, chosen, tier_notes) = Default::default();
        let (lacks, default_alerts) = (vec![None; limits.len()], vec![0; limits.len()]);
        Self {
            ask,
            zone,
            limits,
            measured,
            trials,
            rises,
            lacks,
            log,
            defaults,
            default_alerts,
            chosen,
            tier_notes,
            most: 0.0,
            replays: 0,
        }
    }

    /// Tries candidates for all accounts alike.
    fn find<E: From<Error>>(&mut self, run: &mut Run<'_, E>) -> Result<(), E> {
        let base = self.limits.iter().map(|limit| limit.index(limit.warning)).collect();
        let mut candidates = Candidates { base, ..Candidates::default() };
        self.begin(&candidates, run)?;
        let cells = self.cells(&vec![vec![Group::All]; self.limits.len()]);
        while self.replays < REPLAYS_MAX {
            let level = self.rises.next(self.asked());
            let tried = self.fill(&cells);
            let next = self.next(&tried);
            if next.iter().all(Option::is_none) && level.is_none() {
                break;
            }
            for (cell, next) in tried.iter().zip(next) {
                if let (Some(index), Some(base)) = (next, candidates.base.get_mut(cell.limit)) {
                    *base = index;
                }
            }
            self.try_out(&candidates, level, run)?;
        }
        self.rises.settle(self.asked());
        self.choose(&cells);
        Ok(())
    }

    /// The first replay: what the log holds, what the defaults give.
    fn begin<E: From<Error>>(&mut self, base: &Candidates, run: &mut Run<'_, E>) -> Result<(), E> {
        let zone = self.zone.map_or_else(|| json!({}), |zone| json!({"time_zone": zone}));
        let policy = policy(&zone)?;
        self.replays = 1;
        let mut replay = run(&Wanted { number: 1, policy: &policy, scored: true }, &mut self.measured)?;
        self.rises.measured(&replay);
        self.defaults = Numbers::of(&replay.episodes, replay.end());
        for (at, limit) in self.limits.iter().enumerate() {
            let own = |episode: &&Episode| is_of(&self.limits, at, episode);
            let alerts = replay.episodes.iter().filter(own).count();
            if let Some(it) = self.default_alerts.get_mut(at) {
                *it = alerts;
            }
            if let Some(it) = self.lacks.get_mut(at) {
                *it = self.measured.lacks(&limit.signal);
            }
        }
        self.trials.push(Trial::of(base.clone(), &self.limits, &replay));
        replay.episodes.clear();
        self.log = replay;
        Ok(())
    }

    fn try_out<E: From<Error>>(
        &mut self,
        candidates: &Candidates,
        level: Option<&str>,
        run: &mut Run<'_, E>,
    ) -> Result<(), E> {
        let policy = policy(&candidates.policy(&self.limits, level, self.zone))?;
        self.replays += 1;
        let wanted = Wanted { number: self.replays, policy: &policy, scored: false };
        let replay = run(&wanted, &mut self.measured)?;
        if level.is_some() {
            self.rises.measured(&replay);
        }
        self.trials.push(Trial::of(candidates.clone(), &self.limits, &replay));
        Ok(())
    }

    /// Alerts asked for, over the whole log.
    fn asked(&self) -> f64 {
        self.asked_a_week() * self.log.weeks()
    }

    fn asked_a_week(&self) -> f64 {
        match self.ask {
            Ask::AWeek(alerts) => alerts,
            Ask::AnAccountYear(alerts) => ratio(alerts * self.log.account_years(), self.log.weeks()),
            Ask::Default => {
                let accounts = f64::from(self.log.report.accounts);
                (accounts * DEFAULT_A_WEEK_PER_ACCOUNT).max(DEFAULT_A_WEEK_MIN)
            }
        }
    }

    /// Alerts that are left for the limits that are calibrated.
    fn left(&self) -> f64 {
        let kept = self.lacks.iter().zip(&self.default_alerts).filter(|(lacks, _)| lacks.is_some());
        let kept: usize = kept.map(|(_, alerts)| alerts).sum();
        self.asked() - many(kept) - many(self.rises.alerts(self.asked()))
    }

    /// What is looked for: each limit with enough data, for each of its groups of accounts.
    fn cells(&self, groups: &[Vec<Group>]) -> Vec<(usize, Group)> {
        let limits = self.lacks.iter().zip(groups).enumerate().filter(|(_, (lacks, _))| lacks.is_none());
        limits.flat_map(|(at, (_, groups))| groups.iter().map(move |group| (at, group.clone()))).collect()
    }

    /// The cells with all that was tried of them.
    fn fill(&self, cells: &[(usize, Group)]) -> Vec<Cell> {
        let end = self.log.end();
        let known_ms = |group: &Group| self.log.census.known_ms(end, |tier| group.has(tier));
        let all = known_ms(&Group::All);
        let cell = |(limit, group): &(usize, Group)| {
            let signal = self.limits.get(*limit).map(|limit| limit.signal.as_str());
            let limits = self.limits.iter().filter(|it| Some(it.signal.as_str()) == signal).count();
            let own = known_ms(group);
            let weight = ratio(super::number(own), super::number(all)) / many(limits);
            let curve = trial::curve(&self.trials, *limit, group);
            let measured =
                self.measured.known_ms(signal.unwrap_or_default(), &self.log, |tier| group.has(tier));
            let default = self.limits.get(*limit).map_or(0, |limit| limit.index(limit.warning));
            Cell { limit: *limit, default, weight, curve, open_ms_max: measured / OPEN_PARTS }
        };
        cells.iter().map(cell).collect()
    }

    /// What to try next of each cell: first for its warning, then for its critical limit, then for what others leave over.
    fn next(&self, cells: &[Cell]) -> Vec<Option<usize>> {
        let shares = search::shares(cells, self.left());
        let chosen = search::choose(cells, self.left());
        let sum: usize = chosen.iter().flatten().map(|(_, count)| count.alerts).sum();
        // What steps of whole numbers leave over, where that is worth a replay.
        let over = Some(self.left() - many(sum)).filter(|over| *over > self.asked() * OVER_SHARE);
        let next = |((cell, share), chosen): ((&Cell, &f64), &Option<(usize, Count)>)| {
            let limit = self.limits.get(cell.limit)?;
            let last = limit.ladder.len().saturating_sub(1);
            let fresh = |index: usize| Some(index.min(last)).filter(|index| !cell.curve.contains_key(index));
            let start = limit.index(limit.warning);
            let (_, count) = chosen.unwrap_or_default();
            let warning = || cell.next(*share, start).and_then(fresh);
            let critical = || cell.next(critical_alerts(count)?, start).and_then(fresh);
            let more = || cell.next(many(count.alerts) + over?, start).and_then(fresh);
            // Shares grow slowly as others turn out to have no use for theirs: every other replay looks ahead.
            let ahead = if self.replays.is_multiple_of(2) { more() } else { None };
            ahead.or_else(warning).or_else(critical).or_else(more)
        };
        cells.iter().zip(&shares).zip(&chosen).map(next).collect()
    }

    /// Chooses among what was tried.
    fn choose(&mut self, cells: &[(usize, Group)]) {
        let tried = self.fill(cells);
        let chosen = search::choose(&tried, self.left());
        let most: usize =
            tried.iter().filter_map(|cell| cell.best(f64::INFINITY)).map(|(_, it)| it.alerts).sum();
        self.most = many(most) + self.asked() - self.left();
        let choice = |((limit, group), (cell, chosen)): (&(usize, Group), (&Cell, Option<_>))| {
            let (index, count) = chosen?;
            // Where nothing was ever near it, no value is better than another.
            cell.curve.values().find(|count| count.alerts > 0)?;
            let choice = choice(self.limits.get(*limit)?, cell, index, count);
            Some((*limit, group.clone(), Choice { accounts: self.accounts(group), ..choice }))
        };
        self.chosen = cells.iter().zip(tried.iter().zip(chosen)).filter_map(choice).collect();
    }

    /// Tries candidates for tiers; `groups` are those of each limit.
    fn find_tiers<E: From<Error>>(&mut self, groups: &[Vec<Group>], run: &mut Run<'_, E>) -> Result<(), E> {
        if groups.iter().all(|groups| groups.len() < 2) {
            return Ok(());
        }
        let mut cells = self.cells(groups);
        // Few that are left over say nothing: for them holds what was found for all.
        cells.retain(|(_, group)| {
            !matches!(group, Group::Rest(_)) || self.accounts(group) >= tiers::ACCOUNTS_MIN
        });
        let replays_max = self.replays + TIER_REPLAYS_MAX;
        while self.replays < replays_max {
            let tried = self.fill(&cells);
            let next = self.next(&tried);
            if next.iter().all(Option::is_none) {
                break;
            }
            let mut candidates = Candidates { base: vec![0; self.limits.len()], ..Candidates::default() };
            for (((limit, group), cell), next) in cells.iter().zip(&tried).zip(next) {
                // What needs no trial is put where it was tried already.
                let Some(index) = next.or_else(|| cell.curve.keys().next_back().copied()) else { continue };
                match group {
                    Group::Tier(tier) => drop(candidates.tiers.insert((tier.clone(), *limit), index)),
                    Group::All | Group::Rest(_) => {
                        candidates.base.get_mut(*limit).into_iter().for_each(|base| *base = index);
                    }
                }
            }
            self.keep_defaults(&mut candidates);
            self.try_out(&candidates, None, run)?;
        }
        let pooled = std::mem::take(&mut self.chosen);
        self.choose(&cells);
        let left_over = pooled.into_iter().filter(|(at, _, _)| self.chosen_of(*at).is_none());
        let left_over: Vec<_> = left_over.collect();
        self.chosen.extend(left_over);
        Ok(())
    }

    /// Accounts of a group.
    fn accounts(&self, group: &Group) -> usize {
        let tiers = self.log.census.tiers();
        tiers.into_iter().filter(|(tier, _)| group.has(tier)).map(|(_, count)| count).sum()
    }

    /// Puts limits without enough data to their defaults.
    fn keep_defaults(&self, candidates: &mut Candidates) {
        for ((limit, lacks), base) in self.limits.iter().zip(&self.lacks).zip(&mut candidates.base) {
            if lacks.is_some() {
                *base = limit.index(limit.warning);
            }
        }
    }

    /// Replays what was chosen, and tells it.
    fn end<E: From<Error>>(mut self, run: &mut Run<'_, E>) -> Result<Calibration, E> {
        self.rises.settle(self.asked());
        let tiers = tiers::limits(&self);
        let policy = policy(&self.proposed(&tiers))?;
        self.replays += 1;
        let wanted = Wanted { number: self.replays, policy: &policy, scored: false };
        let replay = run(&wanted, &mut self.measured)?;
        let proposals =
            (0..).zip(&self.limits).map(|(at, limit)| self.proposal(at, limit, &replay)).collect();
        self.rises.given(&replay);
        Ok(Calibration {
            asked_a_week: self.asked_a_week(),
            ask: self.ask,
            zone: self.zone.map(str::to_owned),
            proposals,
            rises: self.rises,
            tiers,
            tier_notes: self.tier_notes,
            defaults: self.defaults,
            replay,
            most: self.most,
            replays: self.replays,
        })
    }

    fn proposal(&self, at: usize, limit: &Limit, replay: &Replay) -> Proposal {
        let given = replay.episodes.iter().filter(|episode| is_of(&self.limits, at, episode));
        let lacks = self.lacks.get(at).cloned().flatten();
        let choice = self.chosen_of(at).cloned();
        Proposal {
            limit: limit.clone(),
            choice: choice.ok_or_else(|| lacks.unwrap_or_else(|| NEVER_MET.to_owned())),
            accounts: self.measured.accounts(&limit.signal),
            default_alerts: self.default_alerts.get(at).copied().unwrap_or_default(),
            given: Numbers::of(given, replay.end()),
        }
    }

    /// What holds for all accounts, or for all that have no limits of their own.
    fn chosen_of(&self, limit: usize) -> Option<&Choice> {
        let base =
            self.chosen.iter().filter(|(at, group, _)| *at == limit && !matches!(group, Group::Tier(_)));
        base.map(|(_, _, choice)| choice).next()
    }

    /// The policy as it is proposed.
    fn proposed(&self, tiers: &[TierLimits]) -> Value {
        let mut signals = Map::new();
        for (at, limit) in self.limits.iter().enumerate() {
            if let Some(choice) = self.chosen_of(at) {
                put(&mut signals, limit, choice);
            }
        }
        for (signal, key) in self.rises.off() {
            let fields = signals.entry(signal).or_insert_with(|| json!({}));
            fields
                .as_object_mut()
                .into_iter()
                .for_each(|fields| drop(fields.insert(key.to_owned(), json!(false))));
        }
        let mut overrides = Vec::new();
        for tier in tiers {
            let mut signals = Map::new();
            tier.limits.iter().for_each(|(limit, choice)| put(&mut signals, limit, choice));
            overrides.push(json!({"match": {"tier": tier.tier}, "signals": signals}));
        }
        let rises = json!({"level": self.rises.level()});
        let mut policy = json!({"signals": signals, "override": overrides, "rises": rises});
        if let (Some(zone), Some(fields)) = (self.zone, policy.as_object_mut()) {
            fields.insert("time_zone".to_owned(), json!(zone));
        }
        policy
    }
}

/// A policy that was made, as the engine takes it.
fn policy(value: &Value) -> Result<Policy, Error> {
    Ok(Policy::from_json("calibration", &value.to_string())?)
}

fn put(signals: &mut Map<String, Value>, limit: &Limit, choice: &Choice) {
    let (warning, critical) = limit.keys();
    let fields = signals.entry(limit.signal.clone()).or_insert_with(|| json!({}));
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(warning.to_owned(), json!(choice.warning));
        fields.insert(critical.to_owned(), json!(choice.critical));
    }
}

fn is_of(limits: &[Limit], limit: usize, episode: &Episode) -> bool {
    episode.cause == redtape::Cause::Threshold
        && limit_of(limits, &episode.signal, &episode.subject) == Some(limit)
}
