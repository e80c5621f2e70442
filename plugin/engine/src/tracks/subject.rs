//! One request or one plan, twice: as of the newest closed week, and as it stands now with the open weeks.

use super::{Ending, Plan, Round, Trail};
use crate::activity::Instant;
use crate::horizon::SILENT_MS;
use crate::name_map::{HasName, NameMap};

/// A subject that is followed; the second form is made of the first whenever the open weeks change under it.
#[derive(Clone, Debug)]
pub struct Followed<S> {
    name: Box<str>,
    /// As of the newest closed week; none: not open, or not known.
    pub closed: Option<S>,
    /// With the activities of open weeks that have happened.
    pub live: Option<S>,
    /// How the newest round that ended in the open weeks ended, and when.
    pub ended: Option<(Ending, Instant)>,
    /// The ids that `closed` rests on, and behind them those that are in `live` only.
    ids: Trail,
    /// How many of them are in `live` only.
    ahead: u32,
}

/// A request and its open round.
pub type Request = Followed<Round>;
/// A plan and its versions.
pub type Versions = Followed<Plan>;

/// What rests on activities.
pub trait Rests {
    /// The number of activities it rests on.
    fn steps(&self) -> u32;
}

impl<S: Clone + Rests> Followed<S> {
    /// A subject of which nothing is known yet.
    pub fn new(name: &[u8]) -> Self {
        Self::closed(String::from_utf8_lossy(name).into(), None, Trail::default())
    }

    /// A subject as a closed week left it, with the ids it rests on.
    pub fn closed(name: Box<str>, closed: Option<S>, ids: Trail) -> Self {
        Self { name, closed, live: None, ended: None, ids, ahead: 0 }
    }

    /// As it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether nothing is left to follow.
    pub fn is_over(&self) -> bool {
        self.closed.is_none() && self.ahead == 0
    }

    /// Forgets what the open weeks showed.
    pub fn rewind(&mut self) {
        self.live.clone_from(&self.closed);
        self.ended = None;
        self.ids.drop_newest(self.ahead);
        self.ahead = 0;
    }

    /// `live` has taken the activity of that id.
    pub fn went_ahead(&mut self, id: &[u8]) {
        self.ids.push(id);
        self.ahead += 1;
    }

    /// `closed` has taken the activity of that id, in the order in which `live` did.
    pub fn followed_up(&mut self, id: &[u8]) {
        if self.ahead == 0 {
            self.ids.push(id);
        } else {
            self.ahead -= 1;
        }
        self.forget_older();
    }

    /// Forgets the ids that `closed` does not rest on any more.
    pub fn forget_older(&mut self) {
        let rests_on = self.closed.as_ref().map_or(0, S::steps);
        self.ids.keep_newest(rests_on, self.ahead);
    }

    /// The ids that `closed` rests on.
    pub fn closed_ids(&self) -> Trail {
        let mut ids = self.ids.clone();
        ids.drop_newest(self.ahead);
        ids
    }
}

impl<S> HasName for Followed<S> {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

/// A request or a plan, as it stands now, with the ids it rests on behind older ones.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A request: its name, its open round, and ids of its steps.
    Request(&'a str, &'a Round, &'a Trail),
    /// A plan: its name, its versions, and their ids.
    Plan(&'a str, &'a Plan, &'a Trail),
}

impl<'a> Subject<'a> {
    /// What it is called.
    pub fn name(&self) -> &'a str {
        match *self {
            Subject::Request(name, ..) | Subject::Plan(name, ..) => name,
        }
    }

    /// Since when it is open.
    pub fn since(&self) -> Instant {
        match self {
            Subject::Request(_, round, _) => round.first,
            Subject::Plan(_, plan, _) => plan.since,
        }
    }

    /// On how many activities it rests: steps of a request, versions of a plan.
    pub fn activities(&self) -> u32 {
        match self {
            Subject::Request(_, round, _) => round.steps,
            Subject::Plan(_, plan, _) => plan.versions,
        }
    }

    /// The ids of activities; the newest of them are those it rests on.
    pub fn ids(&self) -> &'a Trail {
        match *self {
            Subject::Request(_, _, ids) | Subject::Plan(_, _, ids) => ids,
        }
    }

    /// Until when it counts as restless; none: as long as it is open.
    pub fn restless_until(&self) -> Option<Instant> {
        match self {
            Subject::Request(..) => None,
            Subject::Plan(_, plan, _) => plan.restless_until(),
        }
    }

    /// When it will have been silent for too long to be waited for; none: never.
    pub fn gone_at(&self) -> Option<Instant> {
        match self {
            Subject::Request(_, round, _) => Some(round.last + SILENT_MS),
            Subject::Plan(..) => None,
        }
    }

    /// The plan, if it is known now.
    pub fn plan(plan: &'a Versions) -> Option<Self> {
        Some(Subject::Plan(&plan.name, plan.live.as_ref()?, &plan.ids))
    }

    /// The request, if it is open and still waited for.
    pub fn request(request: &'a Request, now: Instant) -> Option<Self> {
        let round = request.live.as_ref().filter(|round| !round.is_silent(now))?;
        Some(Subject::Request(&request.name, round, &request.ids))
    }
}

/// Drops what was touched longest ago until `max` are left; how many went.
pub(super) fn drop_oldest<S: Clone + Rests>(
    subjects: &mut NameMap<Followed<S>>,
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
