//! Which instant a local time is: zones by IANA names, by those of Windows, and as a calendar defines them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat, TimeZone};
use chrono_tz::Tz;

use super::rule::Rule;
use super::time::Time;
use super::windows;

/// Changes of the clock by one rule of a definition; definitions of Outlook begin in 1601.
const CHANGES_MAX: usize = 1_000;
/// The same of all definitions in use in a file; where they are used up, further ones mean nothing.
pub(super) const CHANGES_TOTAL_MAX: usize = 1_000_000;
/// The last year whose changes are looked for, that of the contract.
const LAST_YEAR: i32 = 2199;

/// A time zone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// Of the IANA database.
    Named(Tz),
    /// Of a `VTIMEZONE`.
    Defined(Arc<Changes>),
}

/// When a clock was changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Seconds east of UTC before the first change.
    before: i32,
    /// In order: from when on, in UTC, it is so many seconds east.
    changes: Vec<(NaiveDateTime, i32)>,
}

impl Place {
    /// Universal time.
    pub(super) const UTC: Self = Self::Named(Tz::UTC);

    /// Seconds east of UTC.
    fn offset(&self, utc: NaiveDateTime) -> i32 {
        match self {
            Self::Named(zone) => zone.offset_from_utc_datetime(&utc).fix().local_minus_utc(),
            Self::Defined(zone) => {
                let known = zone.changes.partition_point(|(from, _)| *from <= utc);
                let last = known.checked_sub(1).and_then(|last| zone.changes.get(last));
                last.map_or(zone.before, |(_, offset)| *offset)
            }
        }
    }

    /// The instant of a local time. As RFC 5545 says: where the clock shows it twice, the first one; where it is left out,
    /// by the offset before the gap.
    pub(super) fn utc(&self, local: NaiveDateTime) -> NaiveDateTime {
        // Far enough to be on either side of a change, whatever the offset.
        let (before, after) = (self.offset(moved(local, -38 * 3600)), self.offset(moved(local, 36 * 3600)));
        let by = |offset: i32| moved(local, -i64::from(offset));
        let holds = |offset: &i32| self.offset(by(*offset)) == *offset;
        let fits = [before, after].into_iter().filter(holds).map(by).min();
        fits.unwrap_or_else(|| by(before))
    }

    /// What the clock on the wall shows.
    pub(super) fn local(&self, utc: NaiveDateTime) -> NaiveDateTime {
        moved(utc, self.offset(utc).into())
    }

    /// An instant as RFC 3339, with the offset that holds here.
    pub(super) fn rfc3339(&self, utc: NaiveDateTime) -> String {
        // The form has no seconds in offsets, which local mean times had.
        let offset =
            FixedOffset::east_opt(self.offset(utc)).filter(|offset| offset.local_minus_utc() % 60 == 0);
        let at = offset.unwrap_or(Tz::UTC.offset_from_utc_datetime(&utc).fix()).from_utc_datetime(&utc);
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

fn moved(time: NaiveDateTime, seconds: i64) -> NaiveDateTime {
    time.checked_add_signed(Duration::seconds(seconds)).unwrap_or(time)
}

/// What a `VTIMEZONE` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Definition {
    /// `X-LIC-LOCATION`: its IANA name.
    pub(super) location: Option<String>,
    pub(super) observances: Vec<Observance>,
}

/// A `STANDARD` or `DAYLIGHT` in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Observance {
    pub(super) start: Option<Time>,
    pub(super) rule: Option<String>,
    pub(super) dates: Vec<Time>,
    /// Seconds east of UTC before and after each change.
    pub(super) from: Option<i32>,
    pub(super) to: Option<i32>,
}

impl Definition {
    /// Its changes; none where something it needs is missing or wrong, or nothing is left of `changes_left`.
    fn changes(&self, changes_left: &mut usize) -> Option<Changes> {
        let mut changes = Vec::new();
        for it in &self.observances {
            let (start, from, to) = (it.start?.naive(), it.from?, it.to?);
            let by = |local: NaiveDateTime| moved(local, -i64::from(from));
            let mut starts = vec![start];
            starts.extend(it.dates.iter().map(|date| date.naive()));
            if let Some(rule) = &it.rule {
                *changes_left = changes_left.checked_sub(CHANGES_MAX)?;
                let rule = Rule::read(rule)?;
                let last = match rule.until {
                    Some(Time::Utc(until)) => moved(until, from.into()),
                    Some(until) => until.naive(),
                    None => NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31)?.and_time(NaiveTime::MIN),
                };
                starts.extend(rule.starts(start, last, CHANGES_MAX)?.starts);
            }
            *changes_left = changes_left.checked_sub(it.dates.len() + 1)?;
            changes.extend(starts.into_iter().map(|start| (by(start), from, to)));
        }
        changes.sort_unstable();
        let before = changes.first().map(|(_, from, _)| *from)?;
        Some(Changes { before, changes: changes.into_iter().map(|(at, _, to)| (at, to)).collect() })
    }
}

/// The zones of one calendar.
#[derive(Debug)]
pub(super) struct Zones {
    definitions: BTreeMap<String, Definition>,
    found: BTreeMap<String, Option<Place>>,
    /// Where times without a zone are meant.
    pub(super) floating: Place,
}

impl Zones {
    pub(super) fn new(definitions: BTreeMap<String, Definition>, floating: Place) -> Self {
        Self { definitions, found: BTreeMap::new(), floating }
    }

    /// The zone of a name, or none where it means nothing.
    pub(super) fn place(&mut self, name: &str, changes_left: &mut usize) -> Option<Place> {
        if let Some(found) = self.found.get(name) {
            return found.clone();
        }
        let definition = self.definitions.get(name);
        let location = definition.and_then(|definition| definition.location.as_deref()).and_then(named);
        let place = named(name)
            .or(location)
            .map(Place::Named)
            .or_else(|| definition?.changes(changes_left).map(|changes| Place::Defined(Arc::new(changes))));
        self.found.insert(name.to_owned(), place.clone());
        place
    }
}

/// The zone of an IANA name, also behind a path such as `/mozilla.org/20070129_1/Europe/Berlin`, or of a Windows one.
pub(super) fn named(name: &str) -> Option<Tz> {
    let iana = || {
        let ends = name.match_indices('/').map(|(at, _)| name.get(at + 1..).unwrap_or_default());
        // A single word behind a path, such as `my/EST`, may well mean something else.
        ends.filter(|end| end.contains('/')).find_map(|end| end.parse().ok())
    };
    name.parse().ok().or_else(|| windows::iana(name)?.parse().ok()).or_else(iana)
}

/// Seconds east of UTC of `+0100` or `-053020`.
pub(super) fn offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number = |from: usize| digits.get(from..from + 2)?.parse::<u8>().ok().map(i32::from);
    let seconds = match digits.len() {
        4 => 0,
        6 => number(4)?,
        _ => return None,
    };
    let (hours, minutes) = (number(0)?, number(2)?);
    (hours < 24 && minutes < 60 && seconds < 60).then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zones(definitions: &[(&str, Definition)]) -> Zones {
        let definitions = definitions.iter().map(|(name, it)| ((*name).to_owned(), it.clone()));
        Zones::new(definitions.collect(), Place::UTC)
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
        let left = &mut CHANGES_TOTAL_MAX.clone();
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
        let left = &mut CHANGES_TOTAL_MAX.clone();
        for name in ["Asia/Tokyo", "Tokyo Standard Time", "/mozilla.org/20070129_1/Asia/Tokyo", "Office"] {
            assert_eq!(zones.place(name, left), tokyo, "{name}");
        }
        for name in ["Western/Central Europe", "Nowhere", "", "my/EST"] {
            assert_eq!(zones.place(name, left), None, "{name}");
        }
        assert_eq!(
            ["+0100", "-053020", "0100", "+2500", "+01:0", "+\u{e9}00"].map(offset),
            [Some(3600), Some(-19820), None, None, None, None]
        );
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
