//! What counts as a meeting, a version, a hop, and what was left out and why.
//!
//! The order of the activities, and what is taken back; what each of them does is its track's. This file takes a week out of
//! an account's open activities ([`close_week`]), and `live.rs` says what the open ones show without taking them. Limits
//! and alerts are not known here.

mod live;

pub use live::{LiveView, live_view};

use crate::activity::{Happening, Instant};
use crate::calendar::Week;
use crate::open::{Digest, Entries, View};
use crate::settings::Counting;
use crate::tracks::{
    Decided, Ended, Family, MeetingsWeek, PlansWeek, RequestsWeek, Rule, Track as _, Tracks,
};
use std::collections::{BTreeMap, BTreeSet};

/// Most retractions of an account that wait for their activity once a week has closed.
pub const RETRACTIONS_MAX: usize = 1_000;

/// How many activities were left out, by rule and family.
pub type LeftOut = BTreeMap<Rule, BTreeMap<Family, u32>>;

/// One closed week of one account with what it rests on. Reused from one to the next.
#[derive(Debug, Default)]
pub struct WeekFacts {
    /// The week, by its number.
    pub week: Week,
    /// What was left out, by rule and family; mostly nothing.
    pub left_out: LeftOut,
    /// The activities of the week that were not taken back, in their order.
    entries: Entries,
    // What the tracks have of the week.
    meetings: MeetingsWeek,
    plans: PlansWeek,
    requests: RequestsWeek,
    /// Activities counted, of every family.
    pub counted: u64,
    /// Whether there was an activity of each [`Family`], counted or left out.
    families: [bool; 4],
}

impl WeekFacts {
    /// The meetings that counted, in time order.
    pub fn meetings(&self) -> impl Iterator<Item = View<'_>> {
        self.meetings.iter().filter_map(|place| self.entries.get(*place))
    }

    /// The versions that counted, in time order.
    pub fn versions(&self) -> impl Iterator<Item = View<'_>> {
        self.plans.counted.iter().filter_map(|place| self.entries.get(*place))
    }

    /// The rounds that were decided, in time order.
    pub fn rounds(&self) -> &[Decided] {
        &self.requests.rounds
    }

    /// The number of rounds that were decided.
    pub fn decided(&self) -> u32 {
        u32::try_from(self.requests.rounds.len()).unwrap_or(u32::MAX)
    }

    /// The ids of the deciding steps, in time order.
    pub fn decisions(&self) -> impl Iterator<Item = &[u8]> {
        self.requests.rounds.iter().filter_map(|decided| Some(self.entries.get(decided.entry)?.id()))
    }

    /// How rounds of requests ended, in time order, those that fell silent last.
    pub fn ended(&self) -> &[Ended] {
        &self.requests.ended
    }

    /// What limits dropped: the rule and how many.
    pub fn dropped(&self) -> [(&'static str, u64); 2] {
        [("open-requests", self.requests.dropped), ("plans", self.plans.dropped)]
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
        self.plans.counted.clear();
        self.requests.rounds.clear();
        self.requests.ended.clear();
        (self.counted, self.requests.dropped, self.plans.dropped) = (0, 0, 0);
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
        let digest = held.entry.digest;
        let counts = match digest {
            Digest::Meeting { .. } => tracks.meetings.close(held, place, counting, &mut facts.meetings),
            Digest::Version { .. } if bulk.contains(&held.entry.at) => Err(Rule::BulkEdit),
            Digest::Version { .. } => tracks.plans.close(held, place, counting, &mut facts.plans),
            Digest::Step { .. } => tracks.requests.close(held, place, counting, &mut facts.requests),
            Digest::Profile => {
                if let Happening::Profile(profile) = held.happening() {
                    tracks.profile = profile.into_owned();
                }
                Ok(())
            }
            Digest::Retraction | Digest::Other => Ok(()),
        };
        match counts {
            Ok(()) => facts.counted += 1,
            Err(rule) => leave_out(&mut facts.left_out, rule, Family::of(&digest)),
        }
    }
    facts.entries = entries;
    let too_much = [
        tracks.meetings.forget(end, &mut facts.meetings),
        tracks.plans.forget(end, &mut facts.plans),
        tracks.requests.forget(end, &mut facts.requests),
    ];
    tracks.stale |= too_much.contains(&true);
}

fn leave_out(left_out: &mut LeftOut, rule: Rule, family: Family) {
    *left_out.entry(rule).or_default().entry(family).or_default() += 1;
}

/// Moves the activities before `end` to `facts`, in their order, without the retracted ones.
fn take_out(tracks: &mut Tracks, end: Instant, facts: &mut WeekFacts) {
    let retracted: BTreeSet<Box<[u8]>> = tracks.open.retracted().into_iter().map(Into::into).collect();
    let is_due = |held: View<'_>| held.entry.at < end && held.entry.digest != Digest::Retraction;
    tracks.open.take_out(is_due, &mut facts.entries);
    let mut served = BTreeSet::new();
    for held in facts.entries.iter() {
        let family = Family::of(&held.entry.digest);
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
        if held.entry.digest != Digest::Retraction {
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

/// The instants at which so many plans were issued together that a script did it.
fn bulk_edits<'a>(held: impl Iterator<Item = View<'a>> + Clone, counting: &Counting) -> Vec<Instant> {
    let versions = held.filter(|held| matches!(held.entry.digest, Digest::Version { .. }));
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
