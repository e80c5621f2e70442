//! `VTIMEZONE`: when the clock of a zone is changed, as a file defines it.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::dates::Work;
use super::rule::Rule;
use super::time::Time;
use super::zone::{moved, of_named};

/// Changes of the clock by one rule; definitions of Outlook begin in 1601.
const CHANGES_MAX: usize = 1_000;
/// What a change costs of the [`Work`] of all rules, since it is kept.
const WORK_OF_CHANGE: usize = 40;
/// The years that the contract knows; later changes are not looked for.
const FIRST_YEAR: i32 = 1900;
const LAST_YEAR: i32 = 2199;

/// When a clock was changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Seconds east of UTC before the first change.
    before: i32,
    /// In order: from when on, in UTC, it is so many seconds east.
    changes: Vec<(NaiveDateTime, i32)>,
    /// How many of them lie before each year from [`FIRST_YEAR`] on, and before the one after the last: a calendar asks for
    /// millions of offsets, and a year has two changes or none.
    before_years: Vec<usize>,
    /// Only named changes are known, no rule for later ones.
    is_open: bool,
    /// What the tz database has under this name; it holds where the definition says nothing.
    named: Option<Tz>,
}

impl Changes {
    /// How many changes there were up to an instant.
    fn known(&self, utc: NaiveDateTime) -> usize {
        let up_to = |changes: &[(NaiveDateTime, i32)]| changes.partition_point(|(from, _)| *from <= utc);
        let of_year = || {
            let at = usize::try_from(utc.year().checked_sub(FIRST_YEAR)?).ok()?;
            let (first, next) = (*self.before_years.get(at)?, *self.before_years.get(at + 1)?);
            Some(first + up_to(self.changes.get(first..next)?))
        };
        of_year().unwrap_or_else(|| up_to(&self.changes))
    }

    /// Seconds east of UTC.
    pub(super) fn offset(&self, utc: NaiveDateTime) -> i32 {
        let known = self.known(utc);
        let is_beyond = known == 0 || self.is_open && known == self.changes.len();
        if let Some(named) = self.named.filter(|_| is_beyond) {
            return of_named(named, utc);
        }
        let last = known.checked_sub(1).and_then(|last| self.changes.get(last));
        last.map_or(self.before, |(_, offset)| *offset)
    }

    /// The zone of the same name in the tz database.
    pub(super) fn named(&self) -> Option<Tz> {
        self.named
    }
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
    /// Its changes; none where something it needs is missing or wrong. `named`: the zone of its name, where one is known.
    pub(super) fn changes(&self, named: Option<Tz>, work: &mut Work) -> Option<Changes> {
        let mut found = Vec::new();
        let (mut has_rule, mut is_fixed) = (false, true);
        for it in &self.observances {
            let (from, to) = (self.from(it)?, it.to?);
            let begin = NaiveDate::from_ymd_opt(1601, 1, 1)?.and_time(NaiveTime::MIN);
            // Without any other it holds whenever it began.
            let start = it.start.map(Time::naive).or((self.observances.len() == 1).then_some(begin))?;
            let mut starts = vec![start];
            starts.extend(it.dates.iter().map(|date| date.naive()));
            if let Some(rule) = &it.rule {
                let rule = Rule::read(rule)?;
                let last = match rule.until {
                    Some(Time::Utc(until)) => moved(until, from.into()),
                    Some(until) => until.naive(),
                    None => NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31)?.and_time(NaiveTime::MIN),
                };
                has_rule |= rule.until.is_none() && rule.count.is_none();
                starts.extend(rule.starts(start, last, CHANGES_MAX, work).starts);
            }
            is_fixed &= from == to;
            if !work.spend(starts.len() * WORK_OF_CHANGE) {
                return None;
            }
            found.extend(starts.into_iter().map(|start| (moved(start, -i64::from(from)), from, to)));
        }
        found.sort_unstable();
        let before_all = found.first().map(|(_, from, _)| *from)?;
        let changes: Vec<(NaiveDateTime, i32)> = found.into_iter().map(|(at, _, to)| (at, to)).collect();
        let before = |year: i32| changes.partition_point(|(from, _)| from.year() < year);
        let before_years = (FIRST_YEAR..=LAST_YEAR + 1).map(before).collect();
        Some(Changes { before: before_all, changes, before_years, is_open: !has_rule && !is_fixed, named })
    }

    /// The offset before an observance. Where it is not said it is that of another one; some writers leave it out where
    /// there is no summer time.
    fn from(&self, it: &Observance) -> Option<i32> {
        let of_other = || self.observances.iter().find_map(|other| other.to.filter(|to| Some(*to) != it.to));
        it.from.or_else(of_other).or(it.to)
    }
}

/// Seconds east of UTC of `+0100`, `-053020` or, as some write it, `+01:00`.
pub(super) fn offset(text: &str) -> Option<i32> {
    let text = text.trim().replace(':', "");
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

    fn observance(start: &str, rule: Option<&str>, from: Option<i32>, to: i32) -> Observance {
        let rule = rule.map(str::to_owned);
        Observance { start: Time::read(start), rule, dates: Vec::new(), from, to: Some(to) }
    }

    #[track_caller]
    fn check(observances: &[Observance], named: Option<Tz>, at: &str, expected: i32) {
        let definition = Definition { location: None, observances: observances.to_vec() };
        let changes = definition.changes(named, &mut Work::of(1_000_000)).unwrap();
        assert_eq!(changes.offset(Time::read(at).unwrap().naive()), expected, "{at}");
    }

    #[test]
    fn offsets_are_read() {
        assert_eq!(
            ["+0100", "-053020", "+01:00", "0100", "+2500", "+01:0", "+\u{e9}00"].map(offset),
            [Some(3600), Some(-19820), Some(3600), None, None, None, None]
        );
    }

    #[test]
    fn what_is_left_out_is_what_the_rest_says() {
        let brisbane = observance("16010101", None, None, 36000);
        check(std::slice::from_ref(&brisbane), None, "20260701", 36000);
        check(&[Observance { start: None, ..brisbane }], None, "20260701", 36000);
        let two = [
            observance("16010101T030000", Some("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"), None, 3600),
            observance("16010101T020000", Some("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"), None, 7200),
        ];
        check(&two, None, "20260329T005900", 3600);
        check(&two, None, "20260329T010000", 7200);
        check(&two, None, "20261025T010000", 3600);
        let none = Definition { location: None, observances: vec![Observance::default()] };
        assert_eq!(none.changes(None, &mut Work::of(1000)), None);
    }

    #[test]
    fn changes_of_a_year_are_those_of_all_years() {
        let observance = |month: u8, from: i32, to: i32| {
            let rule = format!("FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}");
            observance("16010101T020000", Some(&rule), Some(from), to)
        };
        let definition = Definition {
            location: None,
            observances: vec![observance(3, 3600, 7200), observance(12, 7200, 3600)],
        };
        let changes = definition.changes(None, &mut Work::of(1_000_000)).unwrap();
        let mut utc = Time::read("18991225").unwrap().naive();
        while utc.year() < 2202 {
            let slowly = changes.changes.partition_point(|(from, _)| *from <= utc);
            assert_eq!(changes.known(utc), slowly, "{utc}");
            utc = moved(utc, 7 * 3600);
        }
    }

    #[test]
    fn beyond_what_is_defined_the_name_holds() {
        // Summer time of one year, under a name that is known, and under one that is not.
        let one = [
            observance("20250330T020000", None, Some(3600), 7200),
            observance("20251026T030000", None, Some(7200), 3600),
        ];
        check(&one, Some(Tz::Europe__Berlin), "20260701", 7200);
        check(&one, None, "20260701", 3600);
        check(&one, Some(Tz::Asia__Tokyo), "20250701", 7200);
        // Without summer time there is nothing beyond.
        check(&[observance("20250101", None, Some(3600), 3600)], Some(Tz::Europe__Berlin), "20260701", 3600);
    }
}
