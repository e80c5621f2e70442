//! An account as a snapshot holds it: everything by name and in order, so that equal states have equal bytes.

use super::{Account, OPEN_ACTIVITIES_MAX, Seen, WeekRecord};
use crate::activity::{Activity, Happening, Instant, Profile, Text};
use crate::alert::Episode;
use crate::calendar::Week;
use crate::counting::LeftOut;
use crate::name_map::NameMap;
use crate::open::{Buffer, Open, Put, View};
use crate::rise;
use crate::signals::{PerSignal, SignalId};
use crate::threshold::Run;
use crate::tracks::{Family, Followed, Meetings, Plan, Rests, Round, Tracks, Trail};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

#[derive(Serialize, Deserialize)]
#[serde(rename = "Account")]
struct State<'a> {
    profile: Cow<'a, Profile<'a>>,
    open: Vec<Held<'a>>,
    plans: Vec<Closed<'a, Plan>>,
    requests: Vec<Closed<'a, Round>>,
    weeks: History,
    first: Option<Week>,
    last_active: Option<Week>,
    seen: BTreeMap<Family, Seen>,
    through: Option<Week>,
    runs: Cow<'a, PerSignal<Run>>,
    episodes: Cow<'a, [Episode]>,
    changed: bool,
    due: Option<Instant>,
    earliest: Option<Instant>,
    rises: Option<rise::State>,
}

/// A name, what the newest closed week left of it, and the newest ids that rests on.
type Closed<'a, S> = (Text<'a>, Cow<'a, S>, Trail);

/// No week has more of anything.
const VALUE_MAX: f64 = 1e15;

/// Closed weeks, oldest first.
#[derive(Serialize, Deserialize)]
struct History {
    weeks: Vec<Week>,
    /// What each week brought of each signal; none: there was nothing to measure. An empty list: nothing is known.
    values: PerSignal<Vec<Option<f64>>>,
    left_out: BTreeMap<Week, LeftOut>,
}

impl History {
    fn of(records: &VecDeque<WeekRecord>) -> Self {
        let column = |id: SignalId| records.iter().map(|record| record.value(id)).collect();
        let left_out = |record: &WeekRecord| Some((record.week, (**record.left_out.as_ref()?).clone()));
        Self {
            weeks: records.iter().map(|record| record.week).collect(),
            values: PerSignal::from_fn(|id, _| column(id)),
            left_out: records.iter().filter_map(left_out).collect(),
        }
    }

    /// The weeks again; none: no plugin wrote this.
    fn records(self) -> Option<VecDeque<WeekRecord>> {
        let fits = |column: &Vec<Option<f64>>| column.is_empty() || column.len() == self.weeks.len();
        let plausible = |value: &f64| (0.0..=VALUE_MAX).contains(value);
        if !self.values.iter().all(fits) || !self.values.iter().flatten().flatten().all(plausible) {
            return None;
        }
        let none = LeftOut::new();
        let record = |(place, week): (usize, &Week)| {
            let values = self.values.each_ref().map(|column| column.get(place).copied().flatten());
            WeekRecord::new(*week, &values, self.left_out.get(week).unwrap_or(&none))
        };
        Some(self.weeks.iter().enumerate().map(record).collect())
    }
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
        let mut open: Vec<View<'_>> = self.tracks.open.iter().collect();
        open.sort_unstable_by_key(View::id);
        let held = open.into_iter().map(|held| Held {
            id: String::from_utf8_lossy(held.id()),
            at: held.entry.at,
            revised: held.revised(),
            happening: held.happening(),
        });
        State {
            profile: Cow::Borrowed(&self.tracks.profile),
            open: held.collect(),
            plans: closed(self.tracks.plans.all()),
            requests: closed(self.tracks.requests.all()),
            weeks: History::of(&self.weeks),
            first: self.first,
            last_active: self.last_active,
            seen: Family::TRACKED.into_iter().zip(self.seen).collect(),
            through: self.through,
            runs: Cow::Borrowed(&self.runs),
            episodes: Cow::Borrowed(&self.episodes),
            changed: self.changed,
            due: self.due,
            earliest: self.earliest,
            rises: self.rises.as_deref().map(rise::State::of),
        }
        .serialize(serializer)
    }
}

/// What the newest closed week left, in the order of names.
fn closed<S: Clone + Rests>(subjects: &NameMap<Followed<S>>) -> Vec<Closed<'_, S>> {
    let mut closed: Vec<Closed<'_, S>> = Vec::new();
    for subject in subjects.iter() {
        let state = subject.closed.as_ref().map(Cow::Borrowed);
        closed.extend(state.map(|state| (subject.name().into(), state, subject.closed_ids())));
    }
    closed.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    closed
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let state = State::deserialize(deserializer)?;
        let rises = match state.rises {
            None => None,
            Some(rises) => {
                Some(Box::new(rises.rises().ok_or_else(|| D::Error::custom("impossible series"))?))
            }
        };
        Ok(Account {
            changed: state.changed,
            due: state.due,
            earliest: state.earliest,
            tracks: Tracks {
                open: open::<D>(state.open)?,
                meetings: Meetings,
                plans: followed(state.plans).collect(),
                requests: followed(state.requests).collect(),
                judged: None,
                // What is shown now is made of the closed weeks and the open ones when it is asked for.
                stale: true,
                profile: state.profile.into_owned().into_owned(),
            },
            weeks: state.weeks.records().ok_or_else(|| D::Error::custom("impossible weeks"))?,
            first: state.first,
            last_active: state.last_active,
            seen: Family::TRACKED.map(|family| state.seen.get(&family).copied().unwrap_or_default()),
            through: state.through,
            runs: state.runs.into_owned(),
            episodes: state.episodes.into_owned(),
            rises,
        })
    }
}

fn open<'de, D: Deserializer<'de>>(held: Vec<Held<'_>>) -> Result<Open, D::Error> {
    let (mut open, mut buffer) = (Open::default(), Buffer::default());
    for Held { id, at, revised, happening } in held {
        let activity = Activity { id, at, account: "any".into(), revised, happening };
        activity.check().map_err(|fault| D::Error::custom(fault.expected))?;
        if open.put(&activity, OPEN_ACTIVITIES_MAX, &mut buffer).1 != Put::Added {
            return Err(D::Error::custom("an open activity twice, or too many"));
        }
    }
    Ok(open)
}

fn followed<S: Clone + Rests>(closed: Vec<Closed<'_, S>>) -> impl Iterator<Item = Followed<S>> {
    closed
        .into_iter()
        .map(|(name, closed, ids)| Followed::closed(name.into(), Some(closed.into_owned()), ids))
}
