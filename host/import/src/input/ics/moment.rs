//! Times with their zones: which instant is meant, and what the clock of a series shows then.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::dates::Work;
use super::event::{Event, Raw, fault};
use super::time::{Length, Time};
use super::zone::{Place, Stated, Zones};
use crate::calendar::put_digits;
use crate::input::Fault;

/// The years the contract knows.
pub(super) const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;
const TIME: &str = "a date such as `20260504`, or a time such as `20260504T090000` or `20260504T090000Z`";
const ZONE: &str = "a zone such as `TZID=Europe/Berlin`, or a `VTIMEZONE` of that name with its offsets";

/// What is wrong, and in which line.
pub(super) type Wrong = (u64, Fault);

/// A time, and what it means.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) time: Time,
    pub(super) place: Place,
    pub(super) utc: NaiveDateTime,
    /// It has no zone of its own.
    pub(super) is_floating: bool,
    /// And nobody says which one is meant.
    pub(super) is_assumed: bool,
}

impl Moment {
    /// What `raw` means, or one of the values in it.
    pub(super) fn read(raw: &Raw, value: &str, zones: &mut Zones, work: &mut Work) -> Result<Self, Wrong> {
        let time = Self::time(raw, value)?;
        let place = match (time, &raw.zone) {
            (Time::Local(_), Some(name)) => {
                let place = zones.place(name, work);
                let wrong = || (raw.line, fault(raw.name, &format!("TZID={name}"), ZONE));
                Some(place.ok_or_else(wrong)?)
            }
            _ => None,
        };
        Ok(Self::of(time, place, zones))
    }

    fn time(raw: &Raw, value: &str) -> Result<Time, Wrong> {
        Time::read(value).ok_or_else(|| (raw.line, fault(raw.name, value, TIME)))
    }

    /// A time in its zone: UTC where it says so, and that of times without a zone where there is no `place`.
    fn of(time: Time, place: Option<Place>, zones: &Zones) -> Self {
        let place = if matches!(time, Time::Utc(_)) { Some(Place::UTC) } else { place };
        let is_floating = place.is_none();
        let is_assumed = is_floating && zones.is_floating_assumed;
        let place = place.unwrap_or_else(|| zones.floating.clone());
        let utc = place.utc(time.naive());
        Self { time, place, utc, is_floating, is_assumed }
    }

    /// As [`read`](Self::read), for what names an instance of the series at `home`: a zone that nobody knows is that of
    /// the series. Whether it was one.
    pub(super) fn of_series(
        raw: &Raw,
        value: &str,
        home: &Self,
        zones: &mut Zones,
        work: &mut Work,
    ) -> Result<(Self, bool), Wrong> {
        let stated = zones.stated(raw, work);
        Self::in_series(raw, value, home, zones, &stated)
    }

    /// The same, of a property whose zone was looked up already.
    pub(super) fn in_series(
        raw: &Raw,
        value: &str,
        home: &Self,
        zones: &Zones,
        stated: &Stated,
    ) -> Result<(Self, bool), Wrong> {
        let time = Self::time(raw, value)?;
        match (time, stated) {
            (Time::Local(local), Stated::Unknown) => {
                Ok((Self { time, utc: home.place.utc(local), ..home.clone() }, true))
            }
            (Time::Local(_), Stated::Known(place)) => Ok((Self::of(time, Some(place.clone()), zones), false)),
            _ => Ok((Self::of(time, None, zones), false)),
        }
    }

    /// The same every time the calendar is exported.
    pub(super) fn name(&self) -> String {
        named(self, self.time.naive())
    }

    /// What the clock of a series shows at this moment, with midnight where it has days only, and with the hour of the
    /// series where the moment has none.
    pub(super) fn at(&self, home: &Self) -> NaiveDateTime {
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN);
        match (self.time, home.time) {
            (Time::Date(date), Time::Date(_)) => midnight(date),
            (Time::Date(date), _) => date.and_time(home.time.naive().time()),
            (Time::Utc(at), Time::Date(_)) => midnight(day_of(at, home)),
            (Time::Local(at), Time::Date(_)) => midnight(at.date()),
            // What has no zone means what the other clock shows.
            (time, _) if self.is_floating => time.naive(),
            (Time::Local(at), _) if home.is_assumed => at,
            _ => home.place.local(self.utc),
        }
    }

    /// The other instant that it may be in a series: where the clock of the series has no zone and this moment is in UTC,
    /// some writers mean what that clock shows.
    pub(super) fn other_key(&self, home: &Self) -> Option<NaiveDateTime> {
        match self.time {
            Time::Utc(at) if home.is_floating && !home.time.is_date() => Some(home.place.utc(at)),
            _ => None,
        }
    }

    /// The instant of it in a series; the first of those that the clock shows alike, so that one instance has one.
    pub(super) fn key(&self, home: &Self) -> NaiveDateTime {
        if home.time.is_date() || self.time.is_date() || self.is_floating || home.is_assumed {
            return home.place.utc(self.at(home));
        }
        home.place.first_alike(self.utc)
    }
}

/// The day that an instant in UTC means for a series of whole days: the one at whose midnight it is. Where nobody says in
/// which zone that is, an instant on the quarter of an hour is midnight somewhere: from 11:00 on that of the next day.
fn day_of(at: NaiveDateTime, home: &Moment) -> NaiveDate {
    if !home.is_assumed {
        return home.place.local(at).date();
    }
    let is_midnight = at.minute().is_multiple_of(15) && at.second() == 0;
    let next = at.date().checked_add_days(Days::new(1));
    next.filter(|_| is_midnight && at.hour() >= 11).unwrap_or(at.date())
}

/// The name of an instance that begins when the clock of `home` shows `local`.
pub(super) fn named(home: &Moment, local: NaiveDateTime) -> String {
    named_at(home, local, home.place.utc(local))
}

/// The same, where it is known that this is first so at `utc`.
pub(super) fn named_at(home: &Moment, local: NaiveDateTime, utc: NaiveDateTime) -> String {
    let at = if home.is_floating { local } else { utc };
    let mut name = String::with_capacity("20260504T090000Z".len());
    match at.year() {
        year @ 0..=9999 => put_digits(year.unsigned_abs(), 4, &mut name),
        // Further away no meeting can be that a contract knows, but a date in the calendar.
        _ => name = at.format("%Y").to_string(),
    }
    put_digits(at.month(), 2, &mut name);
    put_digits(at.day(), 2, &mut name);
    if !home.time.is_date() {
        name.push('T');
        put_digits(at.hour(), 2, &mut name);
        put_digits(at.minute(), 2, &mut name);
        put_digits(at.second(), 2, &mut name);
    }
    if !home.is_floating {
        name.push('Z');
    }
    name
}

/// Where and when an event says that it begins, and how long it takes.
#[derive(Clone, Debug)]
pub(super) struct Timed {
    pub(super) begins: Moment,
    pub(super) length: Option<Length>,
    /// The line of an end or a length that means nothing: how long it takes is not known.
    pub(super) odd_end: Option<u64>,
}

impl Timed {
    /// What an event says about its time.
    pub(super) fn read(event: &Event, zones: &mut Zones, work: &mut Work) -> Result<Self, Wrong> {
        if let Some((line, fault)) = &event.fault {
            return Err((*line, fault.clone()));
        }
        // A changed instance that keeps its time need not say it.
        let Some(raw) = event.start.as_ref().or(event.recurrence.as_ref()) else {
            return Err((event.line, fault("DTSTART", "", "a `DTSTART`: an event without one is never")));
        };
        let begins = Moment::read(raw, &raw.value, zones, work)?;
        if !YEARS.contains(&begins.time.naive().year()) {
            return Err((raw.line, fault(raw.name, &raw.value, "a year from 1900 to 2199")));
        }
        let whole_day = begins.time.is_date().then_some(Length { days: 1, seconds: 0 });
        let said = event.end.as_ref().or(event.duration.as_ref());
        let length = match (&event.end, &event.duration) {
            (Some(raw), _) => {
                let ends = Moment::read(raw, &raw.value, zones, work).ok();
                ends.and_then(|ends| between(&begins, &ends))
            }
            (None, Some(raw)) => Length::read(&raw.value),
            (None, None) => whole_day,
        };
        let odd_end = said.filter(|_| length.is_none()).map(|raw| raw.line);
        Ok(Self { begins, length: length.or(whole_day), odd_end })
    }
}

/// From one moment to another; whole days are at least one. None where that is backwards.
pub(super) fn between(begins: &Moment, ends: &Moment) -> Option<Length> {
    if let (Time::Date(first), Time::Date(last)) = (begins.time, ends.time) {
        // Many writers think of the last day, not of the one after it.
        let days = u64::try_from((last - first).num_days()).ok()?.max(1);
        return Some(Length { days, seconds: 0 });
    }
    // A day does not say at what time something ends.
    if begins.time.is_date() != ends.time.is_date() {
        return None;
    }
    let seconds = (ends.utc - begins.utc).num_seconds();
    (seconds >= 0).then_some(Length { days: 0, seconds })
}
