//! An account as a snapshot holds it: everything by name and in order, so that equal states have equal bytes.

use super::{Account, OPEN_ACTIVITIES_MAX, Seen};
use crate::activity::{Activity, Happening, Instant, Profile, Text};
use crate::alert::Episode;
use crate::calendar::Week;
use crate::counting::{Followed, Plan, Round, WeekRecord};
use crate::keyed::Keyed;
use crate::open::{Entry, Scratch};
use crate::signals::SIGNALS;
use crate::threshold::Run;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::VecDeque;

#[derive(Serialize, Deserialize)]
#[serde(rename = "Account")]
struct State<'a> {
    profile: Cow<'a, Profile<'a>>,
    open: Vec<Held<'a>>,
    plans: Vec<(Cow<'a, str>, Cow<'a, Plan>)>,
    requests: Vec<(Cow<'a, str>, Cow<'a, Round>)>,
    weeks: Cow<'a, VecDeque<WeekRecord>>,
    first: Option<Week>,
    last_active: Option<Week>,
    seen: [Seen; 3],
    through: Option<Week>,
    runs: Cow<'a, [Run; SIGNALS.len()]>,
    episodes: Cow<'a, [Episode]>,
    changed: bool,
    due: Option<Instant>,
    earliest: Option<Instant>,
}

#[derive(Serialize, Deserialize)]
struct Held<'a> {
    id: Text<'a>,
    at: Instant,
    revised: Option<Instant>,
    happening: Happening<'a>,
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut open: Vec<&Entry> = self.open.iter().collect();
        open.sort_unstable_by_key(|entry| entry.id());
        let held = open.into_iter().map(|entry| Held {
            id: String::from_utf8_lossy(entry.id()),
            at: entry.at,
            revised: entry.revised(),
            happening: entry.happening(),
        });
        State {
            profile: Cow::Borrowed(&self.profile),
            open: held.collect(),
            plans: closed(&self.plans),
            requests: closed(&self.requests),
            weeks: Cow::Borrowed(&self.weeks),
            first: self.first,
            last_active: self.last_active,
            seen: self.seen,
            through: self.through,
            runs: Cow::Borrowed(&self.runs),
            episodes: Cow::Borrowed(&self.episodes),
            changed: self.changed,
            due: self.due,
            earliest: self.earliest,
        }
        .serialize(serializer)
    }
}

/// What the newest closed week left, in the order of names.
fn closed<S: Clone>(subjects: &Keyed<Followed<S>>) -> Vec<(Cow<'_, str>, Cow<'_, S>)> {
    let mut closed: Vec<(&str, &S)> = Vec::new();
    for subject in subjects.iter() {
        closed.extend(subject.closed.as_ref().map(|closed| (subject.name(), closed)));
    }
    closed.sort_unstable_by_key(|(name, _)| *name);
    closed.into_iter().map(|(name, closed)| (Cow::Borrowed(name), Cow::Borrowed(closed))).collect()
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let state = State::deserialize(deserializer)?;
        Ok(Account {
            changed: state.changed,
            due: state.due,
            earliest: state.earliest,
            open: open::<D>(state.open)?,
            plans: followed(state.plans),
            requests: followed(state.requests),
            judged: None,
            // What is shown now is made of the closed weeks and the open ones when it is asked for.
            stale: true,
            profile: state.profile.into_owned().into_owned(),
            weeks: state.weeks.into_owned(),
            first: state.first,
            last_active: state.last_active,
            seen: state.seen,
            through: state.through,
            runs: state.runs.into_owned(),
            episodes: state.episodes.into_owned(),
        })
    }
}

fn open<'de, D: Deserializer<'de>>(held: Vec<Held<'_>>) -> Result<Keyed<Entry>, D::Error> {
    if held.len() > OPEN_ACTIVITIES_MAX || held.windows(2).any(|pair| matches!(pair, [a, b] if a.id >= b.id))
    {
        return Err(D::Error::custom("open activities that are too many or out of order"));
    }
    let mut scratch = Scratch::default();
    let entry = |Held { id, at, revised, happening }| {
        let activity = Activity { id, at, account: "any".into(), revised, happening };
        activity.check().map_err(|fault| D::Error::custom(fault.expected))?;
        Ok(Entry::new(&activity, &mut scratch))
    };
    held.into_iter().map(entry).collect()
}

fn followed<S: Clone>(closed: Vec<(Cow<'_, str>, Cow<'_, S>)>) -> Keyed<Followed<S>> {
    let followed =
        |(name, closed): (Cow<'_, str>, Cow<'_, S>)| Followed::closed(name.into(), closed.into_owned());
    closed.into_iter().map(followed).collect()
}
