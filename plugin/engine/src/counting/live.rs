//! What plans, requests and facts show now, open weeks included, kept up to date with as little work as possible.
//!
//! Activities mostly come in the order of time. Then each is taken once, when its time has come. Where one comes out of
//! order, or is replaced or taken back, the account's subjects are rewound to the newest closed week and taken again.

use super::bulk_edits;
use crate::activity::{Instant, Profile};
use crate::open::Digest;
use crate::settings::Counting;
use crate::tracks::{Ending, Family, Subject, Track as _, Tracks};

/// Plans and requests of an account as they stand at one instant.
#[derive(Clone, Debug)]
pub struct LiveView<'a> {
    tracks: &'a Tracks,
    now: Instant,
    /// Facts that were told in the open weeks.
    profile: Option<Profile<'a>>,
    /// When the next activity that is ahead of `now` happens.
    pub next: Option<Instant>,
}

impl<'a> LiveView<'a> {
    /// The account's newest facts.
    pub fn profile(&self) -> &Profile<'a> {
        self.profile.as_ref().unwrap_or(&self.tracks.profile)
    }

    /// When it is looked.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Plans, or open requests that are still waited for.
    pub fn subjects(&self, family: Family) -> impl Iterator<Item = Subject<'a>> + use<'a> {
        let plans = (family == Family::Plans).then(|| self.tracks.plans.subjects());
        let requests = (family == Family::Approvals).then(|| self.tracks.requests.subjects(self.now));
        plans.into_iter().flatten().chain(requests.into_iter().flatten())
    }

    /// The subject of that name, if it is there.
    pub fn subject(&self, family: Family, name: &str) -> Option<Subject<'a>> {
        match family {
            Family::Plans => self.tracks.plans.subject(name),
            Family::Approvals => self.tracks.requests.subject(name, self.now),
            Family::Meetings | Family::Other => None,
        }
    }

    /// How the newest round of a request ended in the open weeks, or by its silence.
    pub fn ending(&self, request: &str) -> Option<Ending> {
        self.tracks.requests.ending(request, self.now)
    }
}

/// Brings `tracks` up to `now` and looks at it; `order` only lends its memory.
pub fn live_view<'a>(
    tracks: &'a mut Tracks,
    now: Instant,
    counting: &Counting,
    order: &mut Vec<usize>,
) -> LiveView<'a> {
    let mut next = list_new(tracks, now, order);
    let at_or_before =
        |place: &usize, judged| tracks.open.get(*place).is_some_and(|held| held.entry.at <= judged);
    let is_late = tracks.judged.is_some_and(|judged| order.iter().any(|place| at_or_before(place, judged)));
    if tracks.stale || is_late {
        tracks.rewind();
        next = list_new(tracks, now, order);
    }
    take(tracks, counting, order);
    tracks.judged = Some(now);
    let tracks: &'a Tracks = tracks;
    LiveView { tracks, now, profile: tracks.open.profile(now), next }
}

/// Lists the places of activities that have happened by `now` and are not taken yet, in their order; gives when the
/// next one happens.
fn list_new(tracks: &Tracks, now: Instant, order: &mut Vec<usize>) -> Option<Instant> {
    let retracted = tracks.open.retracted();
    let mut next: Option<Instant> = None;
    order.clear();
    for (place, held) in tracks.open.iter().enumerate() {
        let entry = held.entry;
        let is_new = !entry.seen && entry.is_judged() && entry.digest != Digest::Retraction;
        if !is_new || !retracted.is_empty() && retracted.contains(held.id()) {
            continue;
        }
        if entry.at <= now {
            order.push(place);
        } else {
            next = Some(next.map_or(entry.at, |next| next.min(entry.at)));
        }
    }
    order.sort_unstable_by(|a, b| match (tracks.open.get(*a), tracks.open.get(*b)) {
        (Some(a), Some(b)) => a.order(&b),
        _ => std::cmp::Ordering::Equal,
    });
    next
}

/// Takes the activities at these places into what plans and requests show.
fn take(tracks: &mut Tracks, counting: &Counting, order: &[usize]) {
    let Tracks { open, plans, requests, .. } = tracks;
    let bulk = bulk_edits(order.iter().filter_map(|place| open.get(*place)), counting);
    for place in order {
        let Some(held) = open.get(*place) else { continue };
        match held.entry.digest {
            Digest::Version { .. } if !bulk.contains(&held.entry.at) => plans.go_ahead(held, counting),
            Digest::Step { .. } => requests.go_ahead(held, counting),
            _ => {}
        }
        open.see(*place);
    }
}
