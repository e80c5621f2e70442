//! What counts as a meeting, a version, a hop, and what was left out and why.
//!
//! This file takes a week out of an account's open activities ([`close_week`]), and `look.rs` says what the open ones show
//! without taking them. Limits and alerts are not known here.

mod look;

pub use look::{Look, look};

use crate::activity::{DAY_MINUTES, Happening, Instant, MeetingStatus};
use crate::calendar::Week;
use crate::horizon::SILENT_MS;
use crate::keyed::Keyed;
use crate::open::{Entries, Gist, People, View};
use crate::settings::Counting;
use crate::tracks::{Decided, Ending, Followed, Plan, Rests, Round, Tracks};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most retractions of an account that wait for their activity once a week has closed.
pub const RETRACTIONS_MAX: usize = 1_000;
/// Most open requests of an account.
pub const REQUESTS_MAX: usize = 1_000;
/// Most plans of an account.
pub const PLANS_MAX: usize = 200;

/// A rule of counting that leaves something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An entry without hours, or of 24 h and more.
    AllDay,
    /// Many plans issued at one instant.
    BulkEdit,
    /// A meeting that did not take place.
    Cancelled,
    /// Zero or negative length.
    NoDuration,
    /// Taken back before its week closed.
    Retracted,
    /// The number of the version before it.
    SameVersion,
    /// Fewer than two people.
    Solo,
    /// A retraction whose activity never came, or had counted already.
    UnmatchedRetraction,
}

impl Rule {
    /// Its name in tallies.
    pub fn name(self) -> &'static str {
        match self {
            Rule::AllDay => "all-day",
            Rule::BulkEdit => "bulk-edit",
            Rule::Cancelled => "cancelled",
            Rule::NoDuration => "no-duration",
            Rule::Retracted => "retracted",
            Rule::SameVersion => "same-version",
            Rule::Solo => "solo",
            Rule::UnmatchedRetraction => "unmatched-retraction",
        }
    }
}

/// Which activities a signal looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `meeting`
    Meetings,
    /// `plan-version`
    Plans,
    /// `approval-step`
    Approvals,
    /// All others.
    Other,
}

impl Family {
    /// Whether weeks without any of them say something too: no meetings is a number of meetings. Of approvals only
    /// decisions are measured.
    pub fn counts_idle_weeks(self) -> bool {
        self != Family::Approvals
    }

    /// Of an activity.
    pub fn of(gist: &Gist) -> Self {
        match gist {
            Gist::Meeting { .. } => Family::Meetings,
            Gist::Version { .. } => Family::Plans,
            Gist::Step { .. } => Family::Approvals,
            Gist::Profile | Gist::Retraction | Gist::Other => Family::Other,
        }
    }
}

/// How many activities were left out, by rule and family.
pub type LeftOut = BTreeMap<Rule, BTreeMap<Family, u32>>;

/// How a round of a request ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The name of the request.
    pub request: Box<[u8]>,
    /// How it ended.
    pub ending: Ending,
    /// When.
    pub at: Instant,
}

/// One closed week of one account with what it rests on. Reused from one to the next.
#[derive(Debug, Default)]
pub struct WeekFacts {
    /// Which week.
    pub week: Week,
    /// What was left out, by rule and family; mostly nothing.
    pub left_out: LeftOut,
    /// The activities of the week that were not taken back, in their order.
    entries: Entries,
    /// Which of them are meetings that counted.
    meetings: Vec<usize>,
    /// Which of them are versions that counted.
    versions: Vec<usize>,
    /// The rounds that were decided, in time order.
    rounds: Vec<Decided>,
    /// How requests ended, in time order, those that fell silent last.
    pub ended: Vec<Ended>,
    /// Activities counted, of every family.
    pub counted: u64,
    /// Whether there was an activity of each [`Family`], counted or left out.
    families: [bool; 4],
    /// Open requests that the limit dropped.
    pub requests_dropped: u64,
    /// Plans that the limit dropped.
    pub plans_dropped: u64,
}

impl WeekFacts {
    /// The meetings that counted, in time order.
    pub fn meetings(&self) -> impl Iterator<Item = View<'_>> {
        self.meetings.iter().filter_map(|place| self.entries.get(*place))
    }

    /// The versions that counted, in time order.
    pub fn versions(&self) -> impl Iterator<Item = View<'_>> {
        self.versions.iter().filter_map(|place| self.entries.get(*place))
    }

    /// The rounds that were decided, in time order.
    pub fn rounds(&self) -> &[Decided] {
        &self.rounds
    }

    /// How many they are.
    pub fn decided(&self) -> u32 {
        u32::try_from(self.rounds.len()).unwrap_or(u32::MAX)
    }

    /// The ids of the deciding steps, in time order.
    pub fn decisions(&self) -> impl Iterator<Item = &[u8]> {
        self.rounds.iter().filter_map(|decided| Some(self.entries.get(decided.entry)?.id()))
    }

    /// Whether there was an activity of this family, counted or left out.
    pub fn has(&self, family: Family) -> bool {
        self.families.get(family as usize).is_some_and(|has| *has)
    }

    /// Whether there was any activity.
    pub fn is_active(&self) -> bool {
        self.families.contains(&true)
    }

    fn clear(&mut self, week: Week) {
        self.entries.clear();
        self.meetings.clear();
        self.versions.clear();
        self.rounds.clear();
        self.ended.clear();
        (self.counted, self.requests_dropped, self.plans_dropped) = (0, 0, 0);
        self.families = [false; 4];
        self.left_out.clear();
        self.week = week;
    }
}

/// Takes the activities before `end` out of `tracks` and counts them as `week`.
pub fn close_week(tracks: &mut Tracks, week: Week, end: Instant, counting: &Counting, facts: &mut WeekFacts) {
    facts.clear(week);
    take_out(tracks, end, facts);
    if tracks.stale {
        // What is ahead of the closed weeks is not in their order. It stays behind them until somebody looks.
        tracks.rewind();
        tracks.stale = true;
    }
    let entries = std::mem::take(&mut facts.entries);
    let bulk = bulk_edits(entries.iter(), counting);
    for (place, held) in entries.iter().enumerate() {
        let gist = held.entry.gist;
        let rule = match gist {
            Gist::Meeting { .. } => meeting_rule(gist, counting),
            Gist::Version { .. } if bulk.contains(&held.entry.at) => Some(Rule::BulkEdit),
            Gist::Version { .. } => {
                (!close_version(tracks, held, counting.same_version)).then_some(Rule::SameVersion)
            }
            _ => None,
        };
        if let Some(rule) = rule {
            leave_out(&mut facts.left_out, rule, Family::of(&gist));
            continue;
        }
        facts.counted += 1;
        match gist {
            Gist::Meeting { .. } => facts.meetings.push(place),
            Gist::Version { .. } => facts.versions.push(place),
            Gist::Step { .. } => facts.rounds.extend(close_step(tracks, held, place, &mut facts.ended)),
            Gist::Profile => {
                if let Happening::Profile(profile) = held.happening() {
                    tracks.profile = profile.into_owned();
                }
            }
            Gist::Retraction | Gist::Other => {}
        }
    }
    facts.entries = entries;
    forget_ended(tracks, end, facts);
}

fn leave_out(left_out: &mut LeftOut, rule: Rule, family: Family) {
    *left_out.entry(rule).or_default().entry(family).or_default() += 1;
}

/// Whether the version counts.
fn close_version(tracks: &mut Tracks, held: View<'_>, same_version: bool) -> bool {
    let Gist::Version { number, decided } = held.entry.gist else { return false };
    let new = || Followed::new(held.subject());
    let Some(plan) = tracks.plans.get_or_insert(held.subject(), new) else { return false };
    let counts =
        plan.closed.get_or_insert_with(Plan::default).take(held.entry.at, number, decided, same_version);
    if counts {
        plan.followed_up(held.id());
    } else {
        plan.forget_older();
    }
    counts
}

/// The round, if the step decided one.
fn close_step(
    tracks: &mut Tracks,
    held: View<'_>,
    place: usize,
    all_ended: &mut Vec<Ended>,
) -> Option<Decided> {
    let Gist::Step { outcome, is_hop, .. } = held.entry.gist else { return None };
    let at = held.entry.at;
    let request = tracks.requests.get_or_insert(held.subject(), || Followed::new(held.subject()))?;
    let ended = Round::take(&mut request.closed, at, outcome, is_hop);
    request.followed_up(held.id());
    let (ending, round) = ended?;
    all_ended.push(Ended { request: held.subject().into(), ending, at });
    (ending == Ending::Decided).then_some(Decided { entry: place, at, round })
}

/// Lets go of what is no longer open, and of what is too much.
fn forget_ended(tracks: &mut Tracks, end: Instant, facts: &mut WeekFacts) {
    for request in tracks.requests.iter_mut() {
        request.ended = request.ended.filter(|(_, at)| *at >= end);
        if let Some(round) = request.closed.as_ref().filter(|round| round.is_silent(end)) {
            facts.ended.push(Ended {
                request: request.name().as_bytes().into(),
                ending: Ending::Silent,
                at: round.last.saturating_add(SILENT_MS),
            });
            request.closed = None;
            request.forget_older();
        }
    }
    facts.requests_dropped = drop_oldest(&mut tracks.requests, REQUESTS_MAX, |round| round.last);
    facts.plans_dropped = drop_oldest(&mut tracks.plans, PLANS_MAX, Plan::last);
    tracks.stale |= facts.requests_dropped + facts.plans_dropped > 0;
    tracks.requests.take_out(|request| request.is_over(), drop);
    tracks.plans.take_out(|plan| plan.is_over(), drop);
}

/// Moves the activities before `end` to `facts`, in their order, without the retracted ones.
fn take_out(tracks: &mut Tracks, end: Instant, facts: &mut WeekFacts) {
    let retracted: BTreeSet<Box<[u8]>> = tracks.open.retracted().into_iter().map(Into::into).collect();
    let is_due = |held: View<'_>| held.entry.at < end && held.entry.gist != Gist::Retraction;
    tracks.open.take_out(is_due, &mut facts.entries);
    let mut served = BTreeSet::new();
    for held in facts.entries.iter() {
        let family = Family::of(&held.entry.gist);
        if let Some(has) = facts.families.get_mut(family as usize) {
            *has = true;
        }
        let is_retracted = !retracted.is_empty() && retracted.contains(held.id());
        // What plans and requests show now was made without it, or with it.
        tracks.stale |= held.entry.is_judged() && held.entry.seen == is_retracted;
        if is_retracted {
            served.insert(Box::from(held.id()));
            leave_out(&mut facts.left_out, Rule::Retracted, family);
        }
    }
    if !retracted.is_empty() {
        facts.entries.retain(|held| !served.contains(held.id()));
        let_go_of_retractions(tracks, end, &served, facts);
    }
}

/// A retraction goes with its activity; without one it waits as long as activities may lie ahead.
fn let_go_of_retractions(
    tracks: &mut Tracks,
    end: Instant,
    served: &BTreeSet<Box<[u8]>>,
    facts: &mut WeekFacts,
) {
    let mut waiting = BTreeSet::new();
    let mut gone = Entries::default();
    let (mut done, mut given_up) = (0, 0);
    let goes = |held: View<'_>| {
        if held.entry.gist != Gist::Retraction {
            return false;
        }
        let (is_done, is_late) = (served.contains(held.subject()), held.entry.due() < end);
        done += u64::from(is_done);
        given_up += usize::from(!is_done && is_late);
        if !is_done && !is_late {
            waiting.insert((held.entry.at, Box::<[u8]>::from(held.id())));
        }
        is_done || is_late
    };
    tracks.open.take_out(goes, &mut gone);
    let surplus = waiting.len().saturating_sub(RETRACTIONS_MAX);
    if surplus > 0 {
        let oldest: BTreeSet<Box<[u8]>> = waiting.into_iter().take(surplus).map(|(_, id)| id).collect();
        tracks.open.take_out(|held| oldest.contains(held.id()), &mut gone);
    }
    facts.counted += done;
    // What they name may be open, and counts again.
    tracks.stale |= given_up + surplus > 0;
    for _ in 0..given_up + surplus {
        leave_out(&mut facts.left_out, Rule::UnmatchedRetraction, Family::Other);
    }
}

fn meeting_rule(meeting: Gist, counting: &Counting) -> Option<Rule> {
    let Gist::Meeting { minutes, people, status, all_day } = meeting else { return None };
    let rules = [
        (counting.cancelled && status == MeetingStatus::Cancelled, Rule::Cancelled),
        (counting.all_day && (all_day || minutes >= Some(DAY_MINUTES)), Rule::AllDay),
        (counting.no_duration && minutes.is_some_and(|minutes| minutes <= 0), Rule::NoDuration),
        (counting.solo && people == People::One, Rule::Solo),
    ];
    rules.into_iter().find(|(holds, _)| *holds).map(|(_, rule)| rule)
}

/// The instants at which so many plans were issued together that a script did it.
fn bulk_edits<'a>(held: impl Iterator<Item = View<'a>> + Clone, counting: &Counting) -> Vec<Instant> {
    let versions = held.filter(|held| matches!(held.entry.gist, Gist::Version { .. }));
    let enough = counting.bulk_edit_plans as usize;
    if enough == 0 || versions.clone().take(enough).count() < enough {
        return Vec::new();
    }
    let mut plans: BTreeMap<Instant, BTreeSet<&[u8]>> = BTreeMap::new();
    for version in versions {
        plans.entry(version.entry.at).or_default().insert(version.subject());
    }
    plans.into_iter().filter(|(_, plans)| plans.len() >= enough).map(|(at, _)| at).collect()
}

/// Drops what was touched longest ago until `max` are left; how many went.
fn drop_oldest<S: Clone + Rests>(
    subjects: &mut Keyed<Followed<S>>,
    max: usize,
    last: impl Fn(&S) -> Instant,
) -> u64 {
    if subjects.len() <= max {
        return 0;
    }
    let name = |subject: &Followed<S>| {
        Some((last(subject.closed.as_ref()?), Box::<[u8]>::from(subject.name().as_bytes())))
    };
    let mut order: Vec<(Instant, Box<[u8]>)> = subjects.iter().filter_map(name).collect();
    order.sort_unstable();
    let surplus = order.len().saturating_sub(max);
    for (_, name) in order.iter().take(surplus) {
        if let Some(subject) = subjects.get_mut(name) {
            subject.closed = None;
            subject.forget_older();
        }
    }
    surplus as u64
}
