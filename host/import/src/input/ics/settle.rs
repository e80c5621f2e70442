//! What holds of the events of one `UID`.
//!
//! Of several versions the newest does, of the event itself and of each of its instances, whatever the order of files
//! and however an instance is named. A message that calls off something leaves it in place, as cancelled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::book::{Book, Entry, Standing};
use super::event::fault;
use super::moment::{Moment, Wrong, named};
use super::series::{Named, Plan, Reader, Series};
use super::time::Time;
use super::turns::{Turn, Turns};
use super::version::Version;

/// An event that is about one instance, and about which.
struct Change {
    at: usize,
    version: Version,
    moment: Moment,
    key: NaiveDateTime,
    and_future: bool,
}

impl Book {
    /// Finds what holds of these events.
    pub(super) fn settle(&mut self, group: &[usize]) {
        let is_change = |at: &usize| self.entries.get(*at).is_some_and(|it| it.event.recurrence.is_some());
        let (changes, own): (Vec<usize>, Vec<usize>) = group.iter().copied().partition(is_change);
        let (additions, own): (Vec<usize>, Vec<usize>) =
            own.into_iter().partition(|at| self.is_addition(*at));
        let newest = own.iter().copied().max_by_key(|at| (self.version(*at), *at));
        let content = own.iter().copied().filter(|at| !self.is_cancellation(*at));
        let content = content.max_by_key(|at| (self.version(*at), *at)).or(newest);
        if let (Some(content), Some(newest)) = (content, newest)
            && content != newest
            && self.is_cancellation(newest)
            && let Some(entry) = self.entries.get_mut(content)
        {
            entry.cancelled_by = Some(newest);
        }
        let mut holding = content.map(|content| self.twins(content, &own)).unwrap_or_default();
        let older =
            own.iter().filter(|at| holding.binary_search(at).is_err() && !self.is_cancellation(**at)).count();
        self.count_older(older, group);
        holding.extend(additions);
        let mut plan = self.plan(content, newest, &changes, group);
        let has_twins = holding.len() > 1;
        if has_twins {
            // Which of them a change is about, nobody says.
            plan.named.clear();
        }
        let plan = Arc::new(plan);
        for at in holding {
            self.stand(at, Standing::All(Arc::clone(&plan), has_twins));
        }
        self.leave_out_what_was_never(content);
        for at in group {
            self.count_cancellation(*at, content);
        }
    }

    /// Counts a message that calls off what another event says.
    fn count_cancellation(&mut self, at: usize, content: Option<usize>) {
        let stands_for_nothing =
            self.entries.get(at).is_some_and(|entry| matches!(entry.standing, Standing::Nothing));
        if let (true, Some(told)) =
            (stands_for_nothing && self.is_cancellation(at) && content != Some(at), self.told(at))
        {
            told.cancellations += 1;
        }
    }

    fn version(&self, at: usize) -> Version {
        let version = |entry: &Entry| Version::of(&entry.event, entry.is_cancellation);
        self.entries.get(at).map(version).unwrap_or_default()
    }

    fn is_cancellation(&self, at: usize) -> bool {
        self.entries.get(at).is_some_and(|entry| entry.is_cancellation)
    }

    /// Whether it stands in a message that adds meetings to those that are there.
    fn is_addition(&self, at: usize) -> bool {
        let calendar = self.entries.get(at).and_then(|entry| self.calendars.get(entry.calendar));
        calendar.is_some_and(|calendar| calendar.method == "ADD")
    }

    fn stand(&mut self, at: usize, standing: Standing) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.standing = standing;
        }
    }

    fn count_older(&mut self, count: usize, group: &[usize]) {
        if let Some(told) = group.first().and_then(|at| self.told(*at)) {
            told.older += count;
        }
    }

    /// An event with those that are as new and begin at another time, in the same calendar: some writers use one `UID`
    /// for several events.
    fn twins(&self, content: usize, own: &[usize]) -> Vec<usize> {
        let version = self.version(content);
        let start = |at: usize| {
            let entry = self.entries.get(at)?;
            Some((entry.calendar, entry.event.start.as_ref()?.value.as_str()))
        };
        let mut by_start: BTreeMap<&str, usize> = BTreeMap::new();
        for &at in own.iter().filter(|at| self.version(**at) == version && **at != content) {
            match (start(at), start(content)) {
                (Some((calendar, begins)), Some((same, other))) if calendar == same && begins != other => {
                    by_start.insert(begins, at);
                }
                _ => {}
            }
        }
        let mut twins: Vec<usize> = by_start.into_values().chain([content]).collect();
        twins.sort_unstable();
        twins
    }

    /// A message that calls off what nobody has, and that does not say when it was to be, tells of no meeting.
    fn leave_out_what_was_never(&mut self, content: Option<usize>) {
        let Some(at) = content.filter(|at| self.is_cancellation(*at)) else { return };
        let has_start = self.entries.get(at).is_some_and(|entry| entry.event.start.is_some());
        if has_start {
            return;
        }
        self.stand(at, Standing::Nothing);
        if let Some(told) = self.told(at) {
            told.cancelled_unknown += 1;
        }
    }

    /// What the changes of instances come to, and what holds of them.
    fn plan(
        &mut self,
        content: Option<usize>,
        newest: Option<usize>,
        changes: &[usize],
        group: &[usize],
    ) -> Plan {
        let own = content.filter(|at| !self.is_cancellation(*at));
        let home = own.and_then(|at| Some(self.entries.get(at)?.timed.as_ref().ok()?.begins.clone()));
        let mut by_key: BTreeMap<(NaiveDateTime, bool), Vec<Change>> = BTreeMap::new();
        for &at in changes {
            match self.change(at, home.as_ref()) {
                Ok(change) => {
                    let is_date = home.is_none() && change.moment.time.is_date();
                    by_key.entry((change.key, is_date)).or_default().push(change);
                }
                Err(wrong) => self.stand(at, Standing::Faulty(wrong)),
            }
        }
        let mut plan = Plan { turns: Turns::of(self.turns(&by_key)), ..Plan::default() };
        let off = newest.filter(|at| self.is_cancellation(*at) || self.is_called_off(*at));
        let begins = own.filter(|own| self.has_doubtful(*own, &by_key)).and_then(|own| self.begins_of(own));
        for mut versions in by_key.into_values() {
            versions.sort_by_key(|change| (change.version, change.at));
            let Some(last) = versions.last() else { continue };
            let (key, cancelled_by) = (last.key, self.is_cancellation(last.at).then_some(last.at));
            let holding = versions.iter().rfind(|change| !self.is_cancellation(change.at));
            let Some(change) = holding.or(versions.last().filter(|_| home.is_none())) else {
                // Called off in a series that is there: it is where the series has it.
                plan.cancelled.insert(key, last.at);
                continue;
            };
            self.count_older(
                versions.iter().filter(|it| !self.is_cancellation(it.at)).count().saturating_sub(1),
                group,
            );
            let is_older = own.is_some_and(|own| self.is_doubtful(own, change));
            if is_older && begins.as_ref().is_some_and(|begins| !begins.contains(&key)) {
                self.count_older(1, group);
                continue;
            }
            let other_key = home.as_ref().and_then(|home| change.moment.other_key(home));
            plan.changed.insert(key);
            plan.changed.extend(other_key);
            let day = match (change.moment.time, &home) {
                (Time::Date(day), Some(home)) if !home.time.is_date() => Some(day),
                _ => None,
            };
            plan.changed_days.extend(day);
            let named_by = self.entries.get(change.at).and_then(|entry| entry.event.recurrence.as_ref());
            if let Some(raw) = named_by.filter(|_| home.is_some()) {
                let what = day.map_or(Named::Instant(key, other_key), Named::Day);
                plan.named.push((what, raw.line));
            }
            let name = match &home {
                Some(home) => named(home, change.moment.at(home)),
                None => change.moment.name(),
            };
            let at = change.at;
            let off = off.filter(|off| self.version(*off) >= change.version);
            if change.and_future
                && home.is_none()
                && let Some(told) = self.told(at)
            {
                told.turns_of_unknown += 1;
            }
            if let Some(entry) = self.entries.get_mut(at) {
                entry.cancelled_by = cancelled_by.or(off);
                entry.standing = Standing::One(name);
            }
        }
        plan
    }

    fn is_called_off(&self, at: usize) -> bool {
        self.entries.get(at).is_some_and(|entry| entry.event.is_cancelled)
    }

    fn change(&mut self, at: usize, home: Option<&Moment>) -> Result<Change, Wrong> {
        let version = self.version(at);
        let Self { entries, calendars, work, .. } = self;
        let missing = || (0, fault("RECURRENCE-ID", "", "a `RECURRENCE-ID`"));
        let entry = entries.get(at).ok_or_else(missing)?;
        let calendar = calendars.get_mut(entry.calendar).ok_or_else(missing)?;
        let raw = entry.event.recurrence.as_ref().ok_or_else(missing)?;
        let moment = match home {
            Some(home) => Moment::of_series(raw, &raw.value, home, &mut calendar.zones, work)?.0,
            None => Moment::read(raw, &raw.value, &mut calendar.zones, work)?,
        };
        let key = moment.key(home.unwrap_or(&moment));
        Ok(Change { at, version, moment, key, and_future: entry.event.and_future })
    }

    /// What holds from some instance on.
    fn turns(&self, changes: &BTreeMap<(NaiveDateTime, bool), Vec<Change>>) -> Vec<Turn> {
        let of = |change: &Change| {
            let timed = self.entries.get(change.at)?.timed.as_ref().ok();
            let timed = timed.filter(|_| !self.is_cancellation(change.at)).cloned();
            if timed.is_none() && !self.is_cancellation(change.at) {
                return None;
            }
            Some(Turn { from: change.key, of: change.at, timed, version: change.version })
        };
        changes.values().flatten().filter(|change| change.and_future).filter_map(of).collect()
    }

    /// Whether an older export or message may have changed an instance that the series no longer has.
    fn is_doubtful(&self, own: usize, change: &Change) -> bool {
        let calendar = |at: usize| self.entries.get(at).map(|entry| entry.calendar);
        calendar(own) != calendar(change.at) && change.version < self.version(own)
    }

    fn has_doubtful(&self, own: usize, changes: &BTreeMap<(NaiveDateTime, bool), Vec<Change>>) -> bool {
        changes.values().flatten().any(|change| self.is_doubtful(own, change))
    }

    /// The instants at which a series has instances.
    fn begins_of(&mut self, own: usize) -> Option<BTreeSet<NaiveDateTime>> {
        let Self { entries, calendars, work, last, .. } = self;
        let entry = entries.get(own)?;
        let timed = entry.timed.as_ref().ok()?;
        let zones = &mut calendars.get_mut(entry.calendar)?.zones;
        let mut reader = Reader { zones, work, last: *last };
        let begins = reader.begins(&entry.event, timed, &mut Series::default()).ok()?;
        Some(begins.iter().map(|(utc, start)| start.key(&timed.begins.place, *utc)).collect())
    }
}
