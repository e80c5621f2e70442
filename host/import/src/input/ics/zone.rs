//! Which instant a local time is. Names of zones are the business of `zone_names.rs`, `VTIMEZONE` that of `definition.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::dates::Work;
use super::definition::{Changes, Definition};
use super::event::Raw;
use super::zone_names::{named, plain};
use crate::calendar;

/// A time zone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// Of the IANA database.
    Named(Tz),
    /// Of a `VTIMEZONE`.
    Defined(Arc<Changes>),
}

impl Place {
    /// Universal time.
    pub(super) const UTC: Self = Self::Named(Tz::UTC);

    /// Seconds east of UTC.
    fn offset(&self, utc: NaiveDateTime) -> i32 {
        match self {
            Self::Named(zone) => of_named(*zone, utc),
            Self::Defined(zone) => zone.offset(utc),
        }
    }

    /// The instant of a local time. As RFC 5545 says: where the clock shows it twice, the first one; where it is left out,
    /// by the offset before the gap.
    pub(super) fn utc(&self, local: NaiveDateTime) -> NaiveDateTime {
        // Far enough to be on either side of a change, whatever the offset.
        let (before, after) = (self.offset(moved(local, -38 * 3600)), self.offset(moved(local, 36 * 3600)));
        let by = |offset: i32| moved(local, -i64::from(offset));
        if before == after {
            return by(before);
        }
        let holds = |offset: &i32| self.offset(by(*offset)) == *offset;
        let fits = [before, after].into_iter().filter(holds).map(by).min();
        fits.unwrap_or_else(|| by(before))
    }

    /// What the clock on the wall shows.
    pub(super) fn local(&self, utc: NaiveDateTime) -> NaiveDateTime {
        moved(utc, self.offset(utc).into())
    }

    /// The first instant at which the clock shows the same as at this one: however an instant is written, this names it.
    pub(super) fn first_alike(&self, utc: NaiveDateTime) -> NaiveDateTime {
        self.utc(self.local(utc))
    }

    /// Whether the file defines it otherwise than the tz database has its name, at this instant.
    pub(super) fn is_defined_otherwise(&self, utc: NaiveDateTime) -> bool {
        match self {
            Self::Named(_) => false,
            Self::Defined(zone) => zone.named().is_some_and(|named| of_named(named, utc) != zone.offset(utc)),
        }
    }

    /// An instant as RFC 3339, with the offset that holds here.
    pub(super) fn rfc3339(&self, utc: NaiveDateTime) -> String {
        let mut text = String::new();
        self.put_rfc3339(utc, &mut text);
        text
    }

    /// The same behind a text.
    pub(super) fn put_rfc3339(&self, utc: NaiveDateTime, to: &mut String) {
        // The form has no seconds in offsets, which local mean times had.
        let offset = Some(self.offset(utc)).filter(|offset| offset % 60 == 0).unwrap_or_default();
        calendar::put_rfc3339(moved(utc, offset.into()), offset, to);
    }
}

/// Seconds east of UTC by the tz database.
pub(super) fn of_named(zone: Tz, utc: NaiveDateTime) -> i32 {
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
}

/// A time so many seconds later.
pub(super) fn moved(time: NaiveDateTime, seconds: i64) -> NaiveDateTime {
    time.checked_add_signed(Duration::seconds(seconds)).unwrap_or(time)
}

/// The zone that a property names.
pub(super) enum Stated {
    Nothing,
    /// A name that means nothing.
    Unknown,
    Known(Place),
}

/// The zones of one calendar.
#[derive(Debug)]
pub(super) struct Zones {
    definitions: BTreeMap<String, Definition>,
    found: BTreeMap<String, Option<Place>>,
    /// Where times without a zone are meant.
    pub(super) floating: Place,
    /// Nobody said so.
    pub(super) is_floating_assumed: bool,
}

impl Zones {
    /// With `floating` for times without a zone; none: UTC stands for it.
    pub(super) fn new(definitions: BTreeMap<String, Definition>, floating: Option<Place>) -> Self {
        let is_floating_assumed = floating.is_none();
        let floating = floating.unwrap_or(Place::UTC);
        Self { definitions, found: BTreeMap::new(), floating, is_floating_assumed }
    }

    /// Says where times without a zone are meant, if anybody knows.
    pub(super) fn float_in(&mut self, floating: Option<Place>) {
        self.is_floating_assumed = floating.is_none();
        self.floating = floating.unwrap_or(Place::UTC);
    }

    /// The zone that a property names.
    pub(super) fn stated(&mut self, raw: &Raw, work: &mut Work) -> Stated {
        match &raw.zone {
            None => Stated::Nothing,
            Some(name) => self.place(name, work).map_or(Stated::Unknown, Stated::Known),
        }
    }

    /// The zone of a name, or none where it means nothing. What the file defines holds, also under a name that the tz
    /// database knows: only there it can be meant (RFC 5545, 3.2.19).
    pub(super) fn place(&mut self, name: &str, work: &mut Work) -> Option<Place> {
        let name = plain(name);
        if let Some(found) = self.found.get(&name) {
            return found.clone();
        }
        let definition = self.definitions.get(&name);
        let location = || named(definition?.location.as_deref()?);
        let by_name = named(&name).or_else(location);
        let defined = definition.and_then(|definition| definition.changes(by_name, work));
        let defined = defined.map(|changes| Place::Defined(Arc::new(changes)));
        let place = defined.or(by_name.map(Place::Named));
        self.found.insert(name, place.clone());
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ics::definition::Observance;
    use crate::input::ics::time::Time;
    use proptest::prelude::*;

    fn zones(definitions: &[(&str, Definition)]) -> Zones {
        let definitions = definitions.iter().map(|(name, it)| ((*name).to_owned(), it.clone()));
        Zones::new(definitions.collect(), None)
    }

    /// Central European time as Outlook defines it.
    fn central() -> Definition {
        let observance = |month: u8, from: i32, to: i32, hour: u8| Observance {
            start: Time::read(&format!("16010101T0{hour}0000")),
            rule: Some(format!("FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}")),
            dates: Vec::new(),
            from: Some(from),
            to: Some(to),
        };
        let observances = vec![observance(10, 7200, 3600, 3), observance(3, 3600, 7200, 2)];
        Definition { location: None, observances }
    }

    #[track_caller]
    fn check(place: &Place, local: &str, expected: &str) {
        assert_eq!(place.rfc3339(place.utc(Time::read(local).unwrap().naive())), expected, "{local}");
    }

    #[test]
    fn local_times_are_what_the_clock_shows() {
        let mut zones = zones(&[("Customized Time Zone", central())]);
        let left = &mut Work::of(1_000_000);
        for name in ["Europe/Berlin", "Customized Time Zone"] {
            let place = zones.place(name, left).unwrap();
            check(&place, "20260301T090000", "2026-03-01T09:00:00+01:00");
            check(&place, "20260701T090000", "2026-07-01T09:00:00+02:00");
            // Left out, and shown twice.
            check(&place, "20260329T023000", "2026-03-29T03:30:00+02:00");
            check(&place, "20261025T023000", "2026-10-25T02:30:00+02:00");
            check(&place, "20261025T030000", "2026-10-25T03:00:00+01:00");
        }
        let samoa = zones.place("Pacific/Apia", left).unwrap();
        check(&samoa, "20111230T120000", "2011-12-31T12:00:00+14:00");
        let monrovia = zones.place("Africa/Monrovia", left).unwrap();
        check(&monrovia, "19600101T000000", "1960-01-01T00:44:30Z");
    }

    #[test]
    fn zones_have_many_names() {
        let named =
            |location: &str| Definition { location: Some(location.to_owned()), ..Definition::default() };
        let mut zones = zones(&[("Office", named("Asia/Tokyo")), ("Nowhere", Definition::default())]);
        let tokyo = Some(Place::Named(Tz::Asia__Tokyo));
        let left = &mut Work::of(1_000_000);
        for name in ["Asia/Tokyo", "Tokyo Standard Time", "/mozilla.org/20070129_1/Asia/Tokyo", "Office"] {
            assert_eq!(zones.place(name, left), tokyo, "{name}");
        }
        for name in ["Western/Central Europe", "Nowhere", "", "my/EST"] {
            assert_eq!(zones.place(name, left), None, "{name}");
        }
    }

    #[test]
    fn what_the_file_defines_holds() {
        let mut zones = zones(&[("EST", central()), ("Europe/Berlin", central()), ("Rome, Bern", central())]);
        let left = &mut Work::of(1_000_000);
        let est = zones.place("EST", left).unwrap();
        check(&est, "20260701T090000", "2026-07-01T09:00:00+02:00");
        let at = Time::read("20260701T090000").unwrap().naive();
        assert!(est.is_defined_otherwise(at));
        let berlin = zones.place("Europe/Berlin", left).unwrap();
        assert!(
            !berlin.is_defined_otherwise(at)
                && !zones.place("Asia/Tokyo", left).unwrap().is_defined_otherwise(at)
        );
        assert!(zones.place(r#""Rome\, Bern""#, left).is_some());
    }

    proptest! {
        #[test]
        fn an_instant_comes_back_from_its_local_time(zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]), at in -2_000_000_000..7_000_000_000i64) {
            let utc = chrono::DateTime::from_timestamp(at, 0).unwrap().naive_utc();
            let place = Place::Named(zone);
            let local = place.local(utc);
            let again = place.utc(local);
            // Of two instants that the clock shows alike it is the first.
            prop_assert!(again <= utc && place.local(again) == local, "{} {}", zone, utc);
            match zone.from_local_datetime(&local).earliest() {
                Some(first) => prop_assert_eq!(first.naive_utc(), again),
                None => prop_assert!(false, "{zone} shows {local}"),
            }
        }
    }
}
