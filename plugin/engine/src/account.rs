//! What is remembered of one account, bounded in every part.

use crate::activity::{Activity, Happening, Instant};
use crate::alert::{Alert, Cause, Episode, State};
use crate::calendar::{Calendar, Week};
use crate::counting::{LeftOut, WeekFacts};
use crate::horizon::{HISTORY_WEEKS, SLEEP_WEEKS};
use crate::open::{Buffer, Put};
use crate::plausible;
use crate::rise::{Rises, words};
use crate::signals::{PerSignal, SignalId};
use crate::threshold::Run;
use crate::tracks::{Ended, Family, Rule, Tracks};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

mod state;

/// Most activities of an account in weeks that are not closed.
pub const OPEN_ACTIVITIES_MAX: usize = 10_000;
/// Measured weeks that a series needs before it can be judged.
pub const WARM_UP_WEEKS: u32 = 8;

/// A map with a fixed seed: the same order, and no random source, everywhere. Results never depend on its order.
pub type Map<V> = HashMap<Box<str>, V, foldhash::fast::FixedState>;

/// Whether there is enough to judge one series by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// No activity in [`SLEEP_WEEKS`], or none of this kind ever.
    Asleep,
    /// Fewer than [`WARM_UP_WEEKS`] measured.
    WarmingUp,
    /// At least [`WARM_UP_WEEKS`] measured.
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

/// What is remembered of one closed week of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct WeekRecord {
    /// The week, by its number.
    pub week: Week,
    /// The value of each signal; NaN: there was nothing to measure.
    values: PerSignal<f64>,
    /// What was left out, by rule and family; mostly nothing.
    left_out: Option<Box<LeftOut>>,
}

impl WeekRecord {
    /// A week with these values.
    pub fn new(week: Week, values: &PerSignal<Option<f64>>, left_out: &LeftOut) -> Self {
        let left_out = (!left_out.is_empty()).then(|| Box::new(left_out.clone()));
        Self { week, values: values.map(|value| value.unwrap_or(f64::NAN)), left_out }
    }

    /// The value of a signal; none: there was nothing to measure.
    pub fn value(&self, id: SignalId) -> Option<f64> {
        self.values.get(id).copied().filter(|value| !value.is_nan())
    }

    /// Whether anything of this family was measured.
    pub fn has_measured(&self, family: Family) -> bool {
        SignalId::measured().any(|(id, signal)| signal.family == family && self.value(id).is_some())
    }

    /// What was left out, by rule and family.
    pub fn left_out(&self) -> impl Iterator<Item = (Rule, &BTreeMap<Family, u32>)> {
        self.left_out.iter().flat_map(|rules| rules.iter()).map(|(rule, families)| (*rule, families))
    }
}

/// One account. What it looks like in a snapshot is `account/state.rs`.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Plans, requests or facts may have changed since they were last judged.
    pub changed: bool,
    /// When they must be judged again, even if nothing changes.
    pub due: Option<Instant>,
    /// The earliest activity that is open; none: nothing is.
    pub earliest: Option<Instant>,
    /// Its activities, plans, requests and facts.
    pub tracks: Tracks,
    /// Closed weeks with something in them, oldest first, of the newest [`HISTORY_WEEKS`].
    pub weeks: VecDeque<WeekRecord>,
    /// The first week with an activity.
    pub first: Option<Week>,
    /// The newest closed week with an activity.
    pub last_active: Option<Week>,
    /// How much was seen of each family, in the order of [`Family::TRACKED`].
    pub seen: [Seen; 3],
    /// Through which week the above is counted.
    pub through: Option<Week>,
    /// Weekly values against their limits.
    pub runs: PerSignal<Run>,
    /// Its series in the rise watch; none: no week was closed while it was awake.
    pub rises: Option<Box<Rises>>,
    /// Alerts pending and firing, in the order they opened.
    pub episodes: Vec<Episode>,
}

impl Account {
    /// Takes an activity of an open week in.
    pub fn take(&mut self, activity: &Activity<'_>, buffer: &mut Buffer) -> Put {
        let (entry, put) = self.tracks.open.put(activity, OPEN_ACTIVITIES_MAX, buffer);
        match put {
            Put::Known | Put::Full => return put,
            // What was replaced may have been of another kind.
            Put::Replaced => (self.changed, self.tracks.stale) = (true, true),
            Put::Added => self.changed |= entry.is_judged(),
        }
        if let Happening::Retraction(of) = &activity.happening {
            self.tracks.stale |=
                self.tracks.open.by_id(of.as_bytes()).is_some_and(|retracted| retracted.entry.seen);
        }
        let due = entry.due();
        self.earliest = Some(self.earliest.map_or(due, |earliest| earliest.min(due)));
        put
    }

    /// Whether its times lie in the calendar, and those of its closed weeks before the end of `closed`. Those of its open
    /// activities were checked with them.
    pub(crate) fn is_plausible(&self, closed: Option<Week>) -> bool {
        let weeks = [self.first, self.last_active, self.through].into_iter().flatten();
        let mut weeks = weeks.chain(self.seen.iter().filter_map(|seen| seen.first));
        weeks.all(|it| plausible::week(it) && Some(it) <= closed)
            && self.weeks.iter().all(|record| plausible::week(record.week) && Some(record.week) <= closed)
            && self.weeks.iter().is_sorted_by(|a, b| a.week < b.week)
            && self.rises.as_ref().is_none_or(|rises| closed.is_some_and(|closed| rises.is_until(closed)))
            && self.earliest.is_none_or(plausible::instant)
            && self.due.is_none_or(plausible::instant)
            && self.tracks.is_plausible()
            && self.runs.iter().all(Run::is_plausible)
            && self.episodes.iter().all(Episode::is_plausible)
    }

    /// Tells the alerts about requests how their rounds ended.
    fn end_requests(&mut self, ended: &[Ended]) {
        for Ended { request, ending, at } in ended {
            for episode in &mut self.episodes {
                // A plan may have the id of a request, and a request may be on its next round.
                let is_it = episode.subject.as_bytes() == &**request && episode.is_of(Family::Approvals);
                if is_it && *at >= episode.since {
                    episode.ending = Some(*ending);
                    self.changed = true;
                }
            }
        }
    }

    /// Remembers a closed week.
    pub fn remember(&mut self, facts: &WeekFacts, values: &PerSignal<Option<f64>>) {
        self.end_requests(facts.ended());
        let week = facts.week;
        let active = facts.is_active();
        if active {
            self.first = self.first.or(Some(week));
        }
        for (family, seen) in Family::TRACKED.into_iter().zip(&mut self.seen) {
            if facts.has(family) {
                seen.first = seen.first.or(Some(week));
            }
            let Some(first) = seen.first else { continue };
            let newly = if family.counts_idle_weeks() {
                let from = self.through.map_or(first, |through| first.max(through + 1));
                awake_weeks(from, week, self.last_active, active)
            } else {
                u32::from(facts.decided() > 0)
            };
            seen.measured = seen.measured.saturating_add(newly);
        }
        self.through = Some(week);
        if active {
            self.last_active = Some(week);
            self.weeks.push_back(WeekRecord::new(week, values, &facts.left_out));
        }
        while self.weeks.front().is_some_and(|record| record.week <= week - HISTORY_WEEKS) {
            self.weeks.pop_front();
        }
        self.earliest = self.tracks.open.iter().map(|held| held.entry.due()).min();
    }

    /// Whether there is enough to judge the account as a whole by: as much as there is of its best family.
    pub fn watch_whole(&self, closed: Week) -> Watch {
        let watches = Family::TRACKED.map(|family| self.watch(family, closed));
        [Watch::Watching, Watch::WarmingUp]
            .into_iter()
            .find(|it| watches.contains(it))
            .unwrap_or(Watch::Asleep)
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
            if family.counts_idle_weeks() { awake_weeks(from, closed, self.last_active, false) } else { 0 };
        if measured.saturating_add(idle) < WARM_UP_WEEKS { Watch::WarmingUp } else { Watch::Watching }
    }

    /// How much was seen of a family; none: it is not watched.
    pub fn seen_of(&self, family: Family) -> Option<&Seen> {
        Family::TRACKED.iter().position(|watched| *watched == family).and_then(|place| self.seen.get(place))
    }

    /// A rise and a threshold alert of the same account and signal name each other.
    pub fn name_each_other(&self, alert: &mut Alert, calendar: &Calendar) {
        if alert.state != State::Firing {
            return;
        }
        let Some(signal) = SignalId::find(&alert.signal) else { return };
        let other = match alert.cause {
            Cause::Rise => {
                let same = self.episodes.iter().filter(|it| it.signal == signal && it.state == State::Firing);
                same.min_by_key(|it| !it.subject.is_empty())
                    .map(|episode| format!("; a limit is reached too (alert {})", episode.id(&alert.account)))
            }
            Cause::Threshold => {
                let rise = self.rises.as_deref().and_then(|rises| rises.suspicion(signal)?.rise.as_ref());
                rise.filter(|rise| rise.state == State::Firing).map(|rise| {
                    let (since, id) = (calendar.date(rise.since), words::id(&alert.account, signal, rise));
                    format!("; it has been rising since {since} (alert {id})")
                })
            }
        };
        alert.summary.push_str(&other.unwrap_or_default());
    }

    /// The remembered numbers of a closed week; a week without anything has none.
    pub fn week(&self, week: Week) -> Option<&WeekRecord> {
        self.weeks.iter().find(|record| record.week == week)
    }
}

/// Weeks from `from` to `week` in which the account was awake; those before `week` had no activity.
fn awake_weeks(from: Week, week: Week, last_active: Option<Week>, active: bool) -> u32 {
    let idle = if active { week - 1 } else { week };
    let until = last_active.map_or(from - 1, |last| last + SLEEP_WEEKS).min(idle);
    u32::try_from(until - from + 1).unwrap_or(0) + u32::from(active)
}
