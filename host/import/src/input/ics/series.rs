//! From a series to its instances.
//!
//! Everything is counted by the clock on the wall of the place where the series is at home, and only then made an
//! instant. Instances are told apart by these instants, so it does not matter how something that names one is written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};

use super::dates::Work;
use super::event::{Event, Raw, fault};
use super::moment::{Moment, Timed, Wrong, YEARS, between, named_at};
use super::rule::{self, Rule};
use super::time::{Length, Time};
use super::turns::Turns;
use super::zone::{Place, Zones};

/// Instances of a series; a meeting every day has so many in 27 years.
pub(super) const INSTANCES_MAX: usize = 10_000;

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
    /// The event that called it off.
    pub(super) cancelled_by: Option<usize>,
}

/// What other events say about the instances of a series. Instants are those of [`Moment::key`].
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Instances that other events stand for, and whole days of them.
    pub(super) changed: BTreeSet<NaiveDateTime>,
    pub(super) changed_days: BTreeSet<NaiveDate>,
    /// What each of them names, and the line where it does.
    pub(super) named: Vec<(Named, u64)>,
    /// Instances that were called off.
    pub(super) cancelled: BTreeMap<NaiveDateTime, usize>,
    /// What holds from some instance on.
    pub(super) turns: Turns,
}

/// What a change says that it changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    /// An instance, by either of these instants.
    Instant(NaiveDateTime, Option<NaiveDateTime>),
    Day(NaiveDate),
}

/// What a series comes to.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub(super) instances: Vec<Instance>,
    /// Dates that cannot be read.
    pub(super) faults: Vec<Wrong>,
    pub(super) doubts: Doubts,
}

/// What was taken for granted about dates of a series: how often, and the line of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    /// Left out in a zone that nobody knows.
    pub(super) unknown_zones: Option<(usize, u64)>,
    /// Left out at a time that cannot be read.
    pub(super) unread: Option<(usize, u64)>,
    /// Left out at a time when nothing begins, on a day when something does.
    pub(super) beside: Option<(usize, u64)>,
    /// The end of a series of whole days is an instant, and nobody says of which zone.
    pub(super) ends: Option<(usize, u64)>,
    /// Changes of meetings that the series does not have.
    pub(super) strays: Option<(usize, u64)>,
    /// The first meeting is none of those that the rule counts.
    pub(super) beyond: Option<(usize, u64)>,
}

/// One more of something.
pub(super) fn count(place: &mut Option<(usize, u64)>, line: u64) {
    place.get_or_insert((0, line)).0 += 1;
}

/// When an instance begins by the clock of its series, and how long it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    local: NaiveDateTime,
    /// The first instant at which the clock shows this.
    first: NaiveDateTime,
    length: Option<Length>,
}

impl Start {
    /// What names the instance that begins at `utc`, however it is written: [`Place::first_alike`] of it.
    pub(super) fn key(&self, place: &Place, utc: NaiveDateTime) -> NaiveDateTime {
        let shown = place.local(utc);
        if shown == self.local { self.first } else { place.utc(shown) }
    }
}

/// The begins of a series, by instant.
pub(super) type Begins = BTreeMap<NaiveDateTime, Start>;

/// Where dates of a series are read.
pub(super) struct Reader<'a> {
    pub(super) zones: &'a mut Zones,
    pub(super) work: &'a mut Work,
    /// Beyond it no instance is asked for, and rules without end have one.
    pub(super) last: NaiveDateTime,
}

impl Timed {
    /// The one instance of an event that does not repeat, or that stands for one of its series.
    pub(super) fn alone(&self, of: usize, name: String) -> Instance {
        let Moment { place, utc, time, .. } = &self.begins;
        let ends = self.length.and_then(|length| ends(place, *utc, time.naive(), length));
        Instance { of, name, place: place.clone(), begins: *utc, ends, cancelled_by: None }
    }
}

/// When something ends that begins at an instant, and at a local time.
fn ends(place: &Place, utc: NaiveDateTime, local: NaiveDateTime, length: Length) -> Option<NaiveDateTime> {
    let begins = if length.days == 0 { utc } else { place.utc(length.days_after(local)?) };
    length.seconds_after(begins)
}

impl Reader<'_> {
    /// All instances of the series of an event until the last instant.
    pub(super) fn series(
        &mut self,
        of: usize,
        event: &Event,
        own: &Timed,
        plan: &Plan,
    ) -> Result<Series, Wrong> {
        let mut series = Series::default();
        let begins = self.begins(event, own, &mut series)?;
        let known = Known::of(&begins, &own.begins.place);
        let exceptions = self.exceptions(event, &own.begins, &known, &mut series.doubts);
        plan.look_for_strays(&known, own, self.last, &mut series.doubts);
        for ((&utc, &start), &key) in begins.iter().zip(&known.keys) {
            let day = start.local.date();
            let is_out = exceptions.times.contains(&key)
                || exceptions.days.contains(&day)
                || plan.changed.contains(&key)
                || plan.changed_days.contains(&day);
            if is_out {
                continue;
            }
            let instance = plan.instance(of, &own.begins, &begins, utc, start);
            if instance.begins <= self.last && YEARS.contains(&instance.begins.year()) {
                let cancelled_by = plan.cancelled.get(&key).copied().or(instance.cancelled_by);
                series.instances.push(Instance { cancelled_by, ..instance });
            }
        }
        Ok(series)
    }

    /// When instances begin, as the event itself has it.
    pub(super) fn begins(
        &mut self,
        event: &Event,
        own: &Timed,
        series: &mut Series,
    ) -> Result<Begins, Wrong> {
        let home = &own.begins;
        let first = Start { local: home.time.naive(), first: home.utc, length: own.length };
        let mut begins = BTreeMap::from([(home.utc, first)]);
        for raw in &event.rules {
            self.add_rule(raw, own, &mut begins, &mut series.doubts)?;
        }
        for raw in &event.dates {
            for value in raw.value.split(',') {
                match self.date(raw, value, own) {
                    Ok((utc, start)) => drop(begins.insert(utc, start)),
                    Err(wrong) => series.faults.push(wrong),
                }
                // What cannot be read is told one by one.
                if begins.len() + series.faults.len() > INSTANCES_MAX + 1 {
                    let expected = format!("at most {INSTANCES_MAX} instances of a series");
                    return Err((raw.line, fault("RDATE", value, &expected)));
                }
            }
        }
        Ok(begins)
    }

    /// Adds what a rule gives.
    fn add_rule(
        &mut self,
        raw: &Raw,
        own: &Timed,
        begins: &mut Begins,
        doubts: &mut Doubts,
    ) -> Result<(), Wrong> {
        let home = &own.begins;
        let wrong = |expected: &str| (raw.line, fault("RRULE", &raw.value, expected));
        let rule = Rule::read(&raw.value).ok_or_else(|| wrong(rule::EXPECTED))?;
        let until = rule.until.map(|until| end_of(until, home));
        // What the clock shows twice or not at all is decided by the instant.
        let until_utc = match rule.until {
            Some(Time::Utc(until)) if home.is_floating && !home.time.is_date() => {
                // It may mean what the clock of the series shows.
                Some(until.max(home.place.utc(until)))
            }
            Some(Time::Utc(until)) if !home.time.is_date() => Some(until),
            _ => None,
        };
        let last = home.place.local(self.last);
        let end = until.map_or(last, |until| until.min(last));
        let found = rule.starts(home.time.naive(), end, INSTANCES_MAX, self.work);
        if found.is_over {
            return Err(wrong(&format!("at most {INSTANCES_MAX} instances of a series")));
        }
        if let (Some(Time::Utc(until)), Some(end)) = (rule.until, until)
            && home.time.is_date()
            && home.is_assumed
            && end.date() != until.date()
            && found.starts.last().is_some_and(|last| last.date() > until.date())
        {
            count(&mut doubts.ends, raw.line);
        }
        if rule.count.is_some() && found.starts.first().is_some_and(|first| *first != home.time.naive()) {
            count(&mut doubts.beyond, raw.line);
        }
        for local in found.starts {
            let utc = home.place.utc(local);
            if until_utc.is_none_or(|until| utc <= until) {
                begins.entry(utc).or_insert(Start { local, first: utc, length: own.length });
            }
        }
        Ok(())
    }

    /// A date that is named one by one, with its own end where it is a period.
    fn date(&mut self, raw: &Raw, value: &str, own: &Timed) -> Result<(NaiveDateTime, Start), Wrong> {
        let home = &own.begins;
        let (begins, period) = value.split_once('/').map_or((value, None), |(it, to)| (it, Some(to)));
        let (moment, _) = Moment::of_series(raw, begins, home, self.zones, self.work)?;
        let length = match period {
            None => own.length,
            Some(period) if period.starts_with('P') => Length::read(period),
            Some(end) => {
                let (ends, _) = Moment::of_series(raw, end, home, self.zones, self.work)?;
                between(&moment, &ends)
            }
        };
        let local = moment.at(home);
        let is_instant = matches!(moment.time, Time::Utc(_)) && !home.time.is_date();
        let first = home.place.utc(local);
        Ok((if is_instant { moment.utc } else { first }, Start { local, first, length }))
    }

    /// What is left out of the series, of which it is `known` when its instances begin.
    fn exceptions(&mut self, event: &Event, home: &Moment, known: &Known, doubts: &mut Doubts) -> Exceptions {
        let mut exceptions = Exceptions::default();
        for raw in &event.exceptions {
            let stated = self.zones.stated(raw, self.work);
            for value in raw.value.split(',') {
                let Ok((moment, is_unknown)) = Moment::in_series(raw, value, home, self.zones, &stated)
                else {
                    count(&mut doubts.unread, raw.line);
                    continue;
                };
                if is_unknown {
                    count(&mut doubts.unknown_zones, raw.line);
                }
                let day = moment.at(home).date();
                if moment.time.is_date() || home.time.is_date() {
                    if known.has_day(day) {
                        exceptions.days.insert(day);
                    }
                    continue;
                }
                let instants = [Some(moment.key(home)), moment.other_key(home)].into_iter().flatten();
                let mut is_there = false;
                for instant in instants.filter(|instant| known.has_instant(*instant)) {
                    is_there = true;
                    exceptions.times.insert(instant);
                }
                // Missed by some hours: what is meant is not left out.
                if !is_there && known.has_day(day) {
                    count(&mut doubts.beside, raw.line);
                }
            }
        }
        exceptions
    }
}

/// Instances that do not take place: at an instant, and on a whole day. Only what the series has is held: dates that are
/// left out may be millions.
#[derive(Default)]
struct Exceptions {
    times: BTreeSet<NaiveDateTime>,
    days: BTreeSet<NaiveDate>,
}

/// When the instances of a series begin, as others name them.
struct Known {
    /// Of each instance in its order.
    keys: Vec<NaiveDateTime>,
    /// The same in the order of time.
    instants: Vec<NaiveDateTime>,
    /// By the clock of the series.
    days: Vec<NaiveDate>,
}

impl Known {
    fn of(begins: &Begins, place: &Place) -> Self {
        let keys: Vec<NaiveDateTime> = begins.iter().map(|(utc, start)| start.key(place, *utc)).collect();
        let mut instants = keys.clone();
        let mut days: Vec<NaiveDate> = begins.values().map(|start| start.local.date()).collect();
        instants.sort_unstable();
        days.sort_unstable();
        Self { keys, instants, days }
    }

    fn has_instant(&self, key: NaiveDateTime) -> bool {
        self.instants.binary_search(&key).is_ok()
    }

    fn has_day(&self, day: NaiveDate) -> bool {
        self.days.binary_search(&day).is_ok()
    }
}

/// The last local time of a rule whose end is this.
fn end_of(until: Time, home: &Moment) -> NaiveDateTime {
    let end = |date: NaiveDate| date.and_hms_opt(23, 59, 59).unwrap_or(date.and_time(NaiveTime::MIN));
    match until {
        Time::Date(date) => end(date),
        Time::Local(until) => until,
        Time::Utc(until) if home.time.is_date() => {
            let moment = Moment { time: Time::Utc(until), place: Place::UTC, utc: until, ..home.clone() };
            end(moment.at(home).date())
        }
        // Some hours later, as what the clock leaves out is shown later than it is; the instant decides.
        Time::Utc(until) => {
            let local = home.place.local(until);
            let local = if home.is_floating { local.max(until) } else { local };
            local.checked_add_signed(Duration::hours(3)).unwrap_or(local)
        }
    }
}

impl Plan {
    /// Counts changes of what the series does not have, up to `last`; no rule is followed further.
    fn look_for_strays(&self, known: &Known, own: &Timed, last: NaiveDateTime, doubts: &mut Doubts) {
        let place = &own.begins.place;
        for (named, line) in &self.named {
            let is_there = match named {
                Named::Day(day) => *day >= place.local(last).date() || known.has_day(*day),
                Named::Instant(at, other) => {
                    let has = |at: &NaiveDateTime| *at > last || known.has_instant(*at);
                    has(at) || other.as_ref().is_some_and(has)
                }
            };
            if !is_there {
                count(&mut doubts.strays, *line);
            }
        }
    }

    /// An instance of a series, as the newest change that holds for it has it.
    fn instance(
        &self,
        of: usize,
        home: &Moment,
        begins: &Begins,
        utc: NaiveDateTime,
        start: Start,
    ) -> Instance {
        let name = named_at(home, start.local, start.first);
        let (turn, moved) = self.turns.at(utc);
        let cancelled_by = turn.filter(|turn| turn.timed.is_none()).map(|turn| turn.of);
        let Some((turn, timed)) = moved.and_then(|turn| Some((turn, turn.timed.as_ref()?))) else {
            let place = home.place.clone();
            let ends = start.length.and_then(|length| ends(&place, utc, start.local, length));
            return Instance { of, name, place, begins: utc, ends, cancelled_by };
        };
        // By its rule, which may be in the hour that the clock skips.
        let first = begins.get(&turn.from).map_or_else(|| home.place.local(turn.from), |first| first.local);
        let (place, local) = turned(home, first, timed, start.local);
        let begins = place.utc(local);
        let ends = timed.length.and_then(|length| ends(&place, begins, local, length));
        Instance { of: turn.of, name, place, begins, ends, cancelled_by }
    }
}

/// Where and when an instance is that was to begin at `local`, once `timed` holds from the one on that was to at `first`.
fn turned(
    home: &Moment,
    first: NaiveDateTime,
    timed: &Timed,
    local: NaiveDateTime,
) -> (Place, NaiveDateTime) {
    let now = &timed.begins;
    let later =
        |since: NaiveDateTime, until: NaiveDateTime| local.checked_add_signed(until - since).unwrap_or(local);
    match now.time {
        Time::Date(date) => {
            let day = later(first.date().and_time(NaiveTime::MIN), date.and_time(NaiveTime::MIN)).date();
            (now.place.clone(), day.and_time(NaiveTime::MIN))
        }
        // In UTC it says which instant it is, and not that it is at home there.
        Time::Utc(_) if !home.time.is_date() => (home.place.clone(), later(first, now.at(home))),
        Time::Utc(at) | Time::Local(at) => (now.place.clone(), later(first, at)),
    }
}
