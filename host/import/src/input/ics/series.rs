//! From what an event says to when it takes place: one instance, or all of its series.
//!
//! Everything is counted by the clock on the wall of the place where the series is at home, and only then made an instant.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::event::{Event, Raw, fault};
use super::rule::{self, Rule};
use super::time::{Length, Time};
use super::zone::{Place, Zones};
use crate::input::Fault;

/// Instances of a series; a meeting every day has so many in 27 years.
pub(super) const INSTANCES_MAX: usize = 10_000;
/// The years the contract knows.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// What is wrong, and in which line.
pub(super) type Wrong = (u64, Fault);

/// Where and when an event says that it begins, and how long it takes.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    pub(super) begins: Moment,
    pub(super) length: Option<Length>,
}

/// A time, and what it means.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) time: Time,
    pub(super) place: Place,
    pub(super) utc: NaiveDateTime,
    /// It has no zone of its own.
    pub(super) is_floating: bool,
}

/// One meeting.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// The event whose properties it has.
    pub(super) of: usize,
    /// What tells it from others of its series: when it was to begin by the rule.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) begins: NaiveDateTime,
    pub(super) ends: Option<NaiveDateTime>,
}

/// The events of a calendar, and what they rest on.
pub(super) struct Calendar {
    pub(super) events: Vec<Event>,
    pub(super) timed: Vec<Result<Timed, Wrong>>,
    pub(super) zones: Zones,
}

/// What a series comes to.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub(super) instances: Vec<Instance>,
    /// Rules that found nothing more for centuries.
    pub(super) vain_rules: usize,
}

impl Moment {
    /// What `raw` means, or one of the values in it.
    pub(super) fn read(
        raw: &Raw,
        value: &str,
        zones: &mut Zones,
        changes_left: &mut usize,
    ) -> Result<Self, Wrong> {
        let wrong = |found: &str, expected: &str| (raw.line, fault(raw.name, found, expected));
        let time = Time::read(value).ok_or_else(|| {
            wrong(
                value,
                "a date such as `20260504`, or a time such as `20260504T090000` or `20260504T090000Z`",
            )
        })?;
        let place = match (time, &raw.zone) {
            (Time::Utc(_), _) => Some(Place::UTC),
            (Time::Local(_), Some(name)) => Some(zones.place(name, changes_left).ok_or_else(|| {
                let expected =
                    "a zone such as `TZID=Europe/Berlin`, or a `VTIMEZONE` of that name with its offsets";
                wrong(&format!("TZID={name}"), expected)
            })?),
            _ => None,
        };
        let is_floating = place.is_none();
        let place = place.unwrap_or_else(|| zones.floating.clone());
        let utc = place.utc(time.naive());
        Ok(Self { time, place, utc, is_floating })
    }

    /// The same every time the calendar is exported.
    pub(super) fn name(&self) -> String {
        named(self, self.time.naive())
    }

    /// This moment by the clock of `home`.
    fn at(&self, home: &Moment) -> NaiveDateTime {
        if self.is_floating || home.is_floating && !home.time.is_date() {
            // What has no zone means what the other clock shows.
            self.time.naive()
        } else {
            home.place.local(self.utc)
        }
    }
}

/// The name of an instance that begins when the clock of `home` shows `local`.
fn named(home: &Moment, local: NaiveDateTime) -> String {
    let form = if home.time.is_date() { "%Y%m%d" } else { "%Y%m%dT%H%M%S" };
    if home.is_floating {
        local.format(form).to_string()
    } else {
        format!("{}Z", home.place.utc(local).format(form))
    }
}

impl Timed {
    /// What an event says about its time.
    pub(super) fn read(event: &Event, zones: &mut Zones, changes_left: &mut usize) -> Result<Self, Wrong> {
        if let Some((line, fault)) = &event.fault {
            return Err((*line, fault.clone()));
        }
        let Some(raw) = &event.start else {
            return Err((event.line, fault("DTSTART", "", "a `DTSTART`: an event without one is never")));
        };
        let begins = Moment::read(raw, &raw.value, zones, changes_left)?;
        if !YEARS.contains(&begins.time.naive().year()) {
            return Err((raw.line, fault("DTSTART", &raw.value, "a year from 1900 to 2199")));
        }
        let length = match (&event.end, &event.duration) {
            (Some(raw), _) => {
                let ends = Moment::read(raw, &raw.value, zones, changes_left)?;
                let too_early =
                    || (raw.line, fault("DTEND", &raw.value, "a time that is not before `DTSTART`"));
                Some(between(&begins, &ends).ok_or_else(too_early)?)
            }
            (None, Some(raw)) => {
                let expected = "a length such as `PT45M`, `PT1H30M` or `P1D`";
                let wrong = || (raw.line, fault("DURATION", &raw.value, expected));
                Some(Length::read(&raw.value).ok_or_else(wrong)?)
            }
            (None, None) => begins.time.is_date().then_some(Length { days: 1, seconds: 0 }),
        };
        Ok(Self { begins, length })
    }

    /// The one instance of an event that does not repeat, or that stands for one of its series.
    pub(super) fn alone(&self, of: usize, name: String) -> Instance {
        let Moment { place, utc, time, .. } = &self.begins;
        let ends = self.length.and_then(|length| ends(place, time.naive(), length));
        Instance { of, name, place: place.clone(), begins: *utc, ends }
    }
}

/// From one moment to another; whole days are at least one. None where that is backwards.
fn between(begins: &Moment, ends: &Moment) -> Option<Length> {
    if let (Time::Date(first), Time::Date(last)) = (begins.time, ends.time) {
        // Many writers think of the last day, not of the one after it.
        let days = u64::try_from((last - first).num_days()).ok()?.max(1);
        return Some(Length { days, seconds: 0 });
    }
    let seconds = (ends.utc - begins.utc).num_seconds();
    (seconds >= 0).then_some(Length { days: 0, seconds })
}

/// When something ends that begins at a local time.
fn ends(place: &Place, local: NaiveDateTime, length: Length) -> Option<NaiveDateTime> {
    length.seconds_after(place.utc(length.days_after(local)?))
}

/// What holds for an instance and all after it.
struct Turn {
    from: NaiveDateTime,
    of: usize,
    timed: Timed,
    /// How much later, by the clock.
    later: Duration,
}

/// Instances that do not take place as the rule has it.
#[derive(Default)]
struct Exceptions {
    times: BTreeSet<NaiveDateTime>,
    dates: BTreeSet<NaiveDate>,
}

impl Exceptions {
    fn add(&mut self, moment: &Moment, home: &Moment) {
        let local = moment.at(home);
        if moment.time.is_date() || home.time.is_date() {
            self.dates.insert(local.date());
        } else {
            self.times.insert(local);
        }
    }

    fn have(&self, local: NaiveDateTime) -> bool {
        self.times.contains(&local) || self.dates.contains(&local.date())
    }
}

impl Calendar {
    /// All instances of a series until `last`; `changed` are the events that stand for single ones.
    pub(super) fn series(
        &mut self,
        of: usize,
        changed: &[usize],
        last: NaiveDateTime,
        changes_left: &mut usize,
    ) -> Result<Series, Wrong> {
        let Self { events, timed, zones } = self;
        let (Some(event), Some(Ok(own))) = (events.get(of), timed.get(of)) else {
            return Ok(Series::default());
        };
        let home = &own.begins;
        let mut starts = BTreeMap::from([(home.time.naive(), own.length)]);
        let vain_rules = add_rules(event, own, last, &mut starts)?;
        add_dates(event, own, &mut starts, zones, changes_left)?;
        let mut exceptions = Exceptions::default();
        for raw in &event.exceptions {
            for value in raw.value.split(',') {
                exceptions.add(&Moment::read(raw, value, zones, changes_left)?, home);
            }
        }
        let mut turns = Vec::new();
        for &other in changed {
            let Some(changed) = events.get(other) else { continue };
            let Some(raw) = &changed.recurrence else { continue };
            // Whether it is right is told where it stands itself.
            let Ok(moment) = Moment::read(raw, &raw.value, zones, changes_left) else { continue };
            exceptions.add(&moment, home);
            if let (true, Some(Ok(timed))) = (changed.and_future, timed.get(other)) {
                let from = moment.at(home);
                let later = timed.begins.time.naive() - from;
                turns.push(Turn { from, of: other, timed: timed.clone(), later });
            }
        }
        turns.sort_by_key(|turn| turn.from);
        let mut series = Series { vain_rules, ..Series::default() };
        for (local, length) in starts.into_iter().filter(|(local, _)| !exceptions.have(*local)) {
            let turn = turns.iter().rev().find(|turn| turn.from <= local);
            let instance = match turn {
                None => instance(of, home, local, local, length),
                Some(turn) => {
                    let moved = local.checked_add_signed(turn.later).unwrap_or(local);
                    let it = instance(turn.of, &turn.timed.begins, local, moved, turn.timed.length);
                    Instance { name: named(home, local), ..it }
                }
            };
            if instance.begins <= last && YEARS.contains(&instance.begins.year()) {
                series.instances.push(instance);
            }
        }
        Ok(series)
    }
}

fn instance(
    of: usize,
    home: &Moment,
    named_by: NaiveDateTime,
    local: NaiveDateTime,
    length: Option<Length>,
) -> Instance {
    let place = home.place.clone();
    let (begins, ends) = (place.utc(local), length.and_then(|length| ends(&place, local, length)));
    Instance { of, name: named(home, named_by), place, begins, ends }
}

/// Adds what the rules give; how many of them found nothing more for centuries.
fn add_rules(
    event: &Event,
    own: &Timed,
    last: NaiveDateTime,
    starts: &mut BTreeMap<NaiveDateTime, Option<Length>>,
) -> Result<usize, Wrong> {
    let home = &own.begins;
    // Beyond it no instance is asked for, and unlimited rules end.
    let last = home.place.local(last);
    let mut vain_rules = 0;
    for raw in &event.rules {
        let wrong = |expected: &str| (raw.line, fault("RRULE", &raw.value, expected));
        let rule = Rule::read(&raw.value).ok_or_else(|| wrong(rule::EXPECTED))?;
        let end_of = |date: NaiveDate| date.and_hms_opt(23, 59, 59).unwrap_or(date.and_time(NaiveTime::MIN));
        let until = match rule.until {
            None => last,
            Some(Time::Utc(until)) if home.is_floating && !home.time.is_date() => until,
            Some(Time::Utc(until)) => home.place.local(until),
            Some(Time::Local(until)) => until,
            Some(Time::Date(date)) => end_of(date),
        };
        let found = rule.starts(home.time.naive(), until.min(last), INSTANCES_MAX);
        let found = found.ok_or_else(|| wrong(rule::EXPECTED))?;
        if found.is_over {
            return Err(wrong(&format!("at most {INSTANCES_MAX} instances of a series")));
        }
        vain_rules += usize::from(found.is_vain);
        starts.extend(found.starts.into_iter().map(|start| (start, own.length)));
    }
    Ok(vain_rules)
}

/// Adds the dates that are named one by one.
fn add_dates(
    event: &Event,
    own: &Timed,
    starts: &mut BTreeMap<NaiveDateTime, Option<Length>>,
    zones: &mut Zones,
    changes_left: &mut usize,
) -> Result<(), Wrong> {
    for raw in &event.dates {
        for value in raw.value.split(',') {
            let (begins, period) = value.split_once('/').map_or((value, None), |(it, to)| (it, Some(to)));
            let moment = Moment::read(raw, begins, zones, changes_left)?;
            let length = match period {
                None => own.length,
                Some(period) if period.starts_with('P') => Length::read(period),
                Some(end) => between(&moment, &Moment::read(raw, end, zones, changes_left)?),
            };
            let mut local = moment.at(&own.begins);
            if moment.time.is_date() && !own.begins.time.is_date() {
                local = local.date().and_time(own.begins.time.naive().time());
            }
            starts.insert(local, length);
            if starts.len() > INSTANCES_MAX + 1 {
                let expected = format!("at most {INSTANCES_MAX} instances of a series");
                return Err((raw.line, fault("RDATE", value, &expected)));
            }
        }
    }
    Ok(())
}
