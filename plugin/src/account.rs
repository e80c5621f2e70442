//! What is remembered of one account, bounded in every part.

use crate::activity::{Activity, Happening, Instant, Outcome, Profile};
use crate::alert::Episode;
use crate::calendar::Week;
use crate::counting::{Family, Plan, RETRACTION_MS, Round, WeekFacts, WeekRecord};
use crate::signals::SIGNALS;
use crate::threshold::Run;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

/// Most activities of an account in weeks that are not closed.
pub const OPEN_ACTIVITIES_MAX: usize = 10_000;
/// The families whose weeks are measured, in the order of [`Account::seen`].
pub const WATCHED: [Family; 3] = [Family::Meetings, Family::Plans, Family::Approvals];
/// Closed weeks that are remembered.
pub const HISTORY_WEEKS: i32 = 104;
/// Weeks without any activity after which an account sleeps.
pub const SLEEP_WEEKS: i32 = 8;
/// Measured weeks that a series needs before it can be judged.
pub const WARM_UP_WEEKS: u32 = 8;

/// A map with a fixed seed: the same order, and no random source, everywhere. Results never depend on its order.
pub type Map<V> = HashMap<Box<str>, V, foldhash::fast::FixedState>;

/// An activity of a week that is not closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened.
    pub at: Instant,
    /// When this content was written.
    pub revised: Option<Instant>,
    /// What happened.
    pub happening: Happening,
}

impl Entry {
    /// Its place among the activities of an account, with its id. Steps of one instant without numbers: handed in
    /// first, decided last.
    pub fn rank<'a>(&self, id: &'a str) -> (Instant, u32, u8, &'a str) {
        let (number, phase) = match &self.happening {
            Happening::ApprovalStep(step) => match step.outcome {
                Outcome::Requested => (step.step, 0),
                Outcome::Forwarded | Outcome::Returned => (step.step, 1),
                Outcome::Approved | Outcome::Rejected | Outcome::Withdrawn => (step.step, 2),
            },
            Happening::PlanVersion(version) => (version.version, 0),
            _ => (None, 0),
        };
        (self.at, number.unwrap_or(0), phase, id)
    }

    /// Whether this content, told now, wins over the one held of the same id.
    fn wins_over(&self, held: &Entry) -> bool {
        match (self.revised, held.revised) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (Some(new), Some(old)) => match new.cmp(&old) {
                Ordering::Equal => self.canonical() > held.canonical(),
                order => order == Ordering::Greater,
            },
        }
    }

    /// The bytes that break a tie.
    fn canonical(&self) -> Vec<u8> {
        serde_json::to_vec(&(self.at, &self.happening)).unwrap_or_default()
    }
}

/// What became of an activity that an account was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A new id.
    Accepted,
    /// A known id with a content that wins.
    Replaced,
    /// A known id with nothing new.
    Duplicate,
    /// A new id, but there are [`OPEN_ACTIVITIES_MAX`] already.
    Full,
}

/// Whether there is enough to judge one series by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// No activity in [`SLEEP_WEEKS`], or none of this kind ever.
    Asleep,
    /// Fewer than [`WARM_UP_WEEKS`] measured.
    WarmingUp,
    /// Enough.
    Watching,
}

/// How much was seen of one family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The first week with one.
    pub first: Option<Week>,
    /// Weeks measured since.
    pub measured: u32,
}

/// One account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    /// Its facts as of the newest closed week.
    pub profile: Profile,
    /// Activities of open weeks, by id, and retractions that wait.
    #[serde(with = "sorted")]
    pub open: Map<Entry>,
    /// Plans as of the newest closed week.
    pub plans: BTreeMap<Box<str>, Plan>,
    /// Open requests as of the newest closed week.
    pub requests: BTreeMap<Box<str>, Round>,
    /// Closed weeks with something in them, oldest first, of the newest [`HISTORY_WEEKS`].
    pub weeks: VecDeque<WeekRecord>,
    /// The first week with an activity.
    pub first: Option<Week>,
    /// The newest closed week with an activity.
    pub last_active: Option<Week>,
    /// Meetings, plans, approvals: how much was seen.
    pub seen: [Seen; 3],
    /// Through which week the above is counted.
    pub through: Option<Week>,
    /// Weekly values against their limits, one entry a signal.
    pub runs: [Run; SIGNALS.len()],
    /// Alerts pending and firing, in the order they opened.
    pub episodes: Vec<Episode>,
    /// Plans, requests or facts may have changed since they were last judged.
    pub changed: bool,
    /// When they must be judged again, even if nothing changes.
    pub due: Option<Instant>,
    /// The earliest activity that is open; none: nothing is.
    pub earliest: Option<Instant>,
}

impl Account {
    /// Takes an activity of an open week in.
    pub fn take(&mut self, activity: Activity) -> Taken {
        let Activity { id, at, revised, happening, .. } = activity;
        let entry = Entry { at, revised, happening };
        let due = entry.due();
        let is_judged = matches!(Family::of(&entry.happening), Family::Plans | Family::Approvals)
            || matches!(entry.happening, Happening::Retraction(_) | Happening::Profile(_));
        let full = self.open.len() >= OPEN_ACTIVITIES_MAX;
        let taken = match self.open.get_mut(&id) {
            Some(held) if *held == entry || !entry.wins_over(held) => return Taken::Duplicate,
            Some(held) => {
                *held = entry;
                Taken::Replaced
            }
            None if full => return Taken::Full,
            None => {
                self.open.insert(id, entry);
                Taken::Accepted
            }
        };
        self.earliest = Some(self.earliest.map_or(due, |earliest| earliest.min(due)));
        // What was replaced may have been of another kind.
        self.changed |= taken == Taken::Replaced || is_judged;
        taken
    }

    /// Remembers a closed week.
    pub fn remember(&mut self, facts: &WeekFacts) {
        let week = facts.record.week;
        let active = !facts.families.is_empty();
        if active {
            self.first = self.first.or(Some(week));
        }
        for (family, seen) in WATCHED.into_iter().zip(&mut self.seen) {
            if facts.families.contains(&family) {
                seen.first = seen.first.or(Some(week));
            }
            let Some(first) = seen.first else { continue };
            let newly = match family {
                Family::Approvals => u32::from(facts.record.rounds > 0),
                _ => {
                    let from = self.through.map_or(first, |through| first.max(through + 1));
                    awake_weeks(from, week, self.last_active, active)
                }
            };
            seen.measured = seen.measured.saturating_add(newly);
        }
        self.through = Some(week);
        if active {
            self.last_active = Some(week);
            self.weeks.push_back(facts.record.clone());
        }
        while self.weeks.front().is_some_and(|record| record.week <= week - HISTORY_WEEKS) {
            self.weeks.pop_front();
        }
        self.earliest = self.open.values().map(Entry::due).min();
    }

    /// Whether there is enough to judge a family's series by at the end of `closed`.
    pub fn watch(&self, family: Family, closed: Week) -> Watch {
        let awake = self.last_active.is_some_and(|last| closed - last <= SLEEP_WEEKS);
        let Some(Seen { first: Some(first), measured }) = self.seen_of(family).filter(|_| awake) else {
            return Watch::Asleep;
        };
        // Weeks without anything are not walked through one by one.
        let from = self.through.map_or(*first, |through| through + 1);
        let idle =
            if family == Family::Approvals { 0 } else { awake_weeks(from, closed, self.last_active, false) };
        if measured + idle < WARM_UP_WEEKS { Watch::WarmingUp } else { Watch::Watching }
    }

    /// How much was seen of a family; none: it is not watched.
    pub fn seen_of(&self, family: Family) -> Option<&Seen> {
        WATCHED.iter().position(|watched| *watched == family).and_then(|place| self.seen.get(place))
    }

    /// The remembered numbers of a closed week; a week without anything has none.
    pub fn week(&self, week: Week) -> Option<&WeekRecord> {
        self.weeks.iter().find(|record| record.week == week)
    }
}

impl Entry {
    /// When it leaves the open activities.
    fn due(&self) -> Instant {
        match self.happening {
            Happening::Retraction(_) => self.at + RETRACTION_MS,
            _ => self.at,
        }
    }
}

/// Weeks from `from` to `week` in which the account was awake; those before `week` had no activity.
fn awake_weeks(from: Week, week: Week, last_active: Option<Week>, active: bool) -> u32 {
    let idle = if active { week - 1 } else { week };
    let until = last_active.map_or(from - 1, |last| last + SLEEP_WEEKS).min(idle);
    u32::try_from(until - from + 1).unwrap_or(0) + u32::from(active)
}

/// A map as a list in the order of its keys, so that equal states have equal bytes.
mod sorted {
    use super::{Entry, Map};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(map: &Map<Entry>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_unstable_by_key(|(id, _)| *id);
        serializer.collect_seq(entries)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<Entry>, D::Error> {
        Ok(Vec::<(Box<str>, Entry)>::deserialize(deserializer)?.into_iter().collect())
    }
}
