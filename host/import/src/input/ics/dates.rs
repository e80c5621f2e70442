//! The dates that a recurrence rule gives, by the clock on the wall.
//!
//! Code of our own: the crates that expand rules look for a next date for centuries, whatever is asked of them, and a
//! file has room for thousands of rules. Here a rule is looked at from its first start to the last instant that matters,
//! each day costs the same, and days are paid for ([`Work`]). Tests compare with the crate `rrule`, and
//! `tests/readers/calendars.py` with python-dateutil.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::rule::{Frequency, Rule};

/// What a start costs of the [`Work`], beside its day: it is made an instant.
const WORK_OF_START: usize = 5;

/// What may still be looked at: days that a rule could mean, and starts that it gives.
#[derive(Debug)]
pub(super) struct Work {
    left: usize,
    is_spent: bool,
}

impl Work {
    /// So many days and starts.
    pub(super) fn of(left: usize) -> Self {
        Self { left, is_spent: false }
    }

    /// Whether more was asked for than there was.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Takes some of it; whether it was there.
    pub(super) fn spend(&mut self, units: usize) -> bool {
        match self.left.checked_sub(units) {
            Some(left) => self.left = left,
            None => self.is_spent = true,
        }
        !self.is_spent
    }
}

/// What became of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Starts {
    /// In order, each once.
    pub(super) starts: Vec<NaiveDateTime>,
    /// There were more than asked for.
    pub(super) is_over: bool,
}

impl Rule {
    /// The starts from `first` to `last`, at most `max`; fewer where `work` is used up.
    pub(super) fn starts(
        &self,
        first: NaiveDateTime,
        last: NaiveDateTime,
        max: usize,
        work: &mut Work,
    ) -> Starts {
        let days = DaysOfRule::new(self, first.date());
        let times = self.times(first.time());
        let mut found = Starts::default();
        let mut left = self.count.unwrap_or(usize::MAX);
        let mut period = Some(self.first_period(first.date()));
        while let Some(begin) = period.filter(|begin| *begin <= last.date()) {
            period = self.period_after(begin);
            for start in self.chosen(self.starts_of(begin, &days, &times, work)) {
                if start < first {
                    continue;
                }
                if start > last || left == 0 || !work.spend(WORK_OF_START) {
                    return found;
                }
                if found.starts.len() == max {
                    found.is_over = true;
                    return found;
                }
                left -= 1;
                found.starts.push(start);
            }
            if work.is_spent() {
                return found;
            }
        }
        found
    }

    /// Times of a day, in order.
    fn times(&self, own: NaiveTime) -> Vec<NaiveTime> {
        let or_own = |list: &[i32], own: u32| -> Vec<u32> {
            if list.is_empty() {
                vec![own]
            } else {
                list.iter().map(|number| number.unsigned_abs()).collect()
            }
        };
        let (minutes, seconds) = (or_own(&self.minutes, own.minute()), or_own(&self.seconds, own.second()));
        let mut times = Vec::new();
        for hour in or_own(&self.hours, own.hour()) {
            for minute in &minutes {
                // A leap second is the last one of its minute.
                times.extend(
                    seconds.iter().filter_map(|it| NaiveTime::from_hms_opt(hour, *minute, (*it).min(59))),
                );
            }
        }
        times.dedup();
        times
    }

    /// The first day of the day, week, month or year in which a rule begins.
    fn first_period(&self, first: NaiveDate) -> NaiveDate {
        match self.frequency {
            Frequency::Daily => first,
            Frequency::Weekly => week_of(first, self.week_start),
            Frequency::Monthly => first.with_day(1).unwrap_or(first),
            Frequency::Yearly => first.with_ordinal(1).unwrap_or(first),
        }
    }

    fn period_after(&self, begin: NaiveDate) -> Option<NaiveDate> {
        match self.frequency {
            Frequency::Daily => begin.checked_add_days(Days::new(self.interval.into())),
            Frequency::Weekly => begin.checked_add_days(Days::new(7 * u64::from(self.interval))),
            Frequency::Monthly => begin.checked_add_months(Months::new(self.interval)),
            Frequency::Yearly => begin.checked_add_months(Months::new(self.interval.checked_mul(12)?)),
        }
    }

    /// All starts of the period that begins with this day.
    fn starts_of(
        &self,
        begin: NaiveDate,
        days: &DaysOfRule<'_>,
        times: &[NaiveTime],
        work: &mut Work,
    ) -> Vec<NaiveDateTime> {
        let mut starts = Vec::new();
        let end = match self.frequency {
            Frequency::Daily => begin.checked_add_days(Days::new(1)),
            Frequency::Weekly => begin.checked_add_days(Days::new(7)),
            Frequency::Monthly => begin.checked_add_months(Months::new(1)),
            Frequency::Yearly => begin.checked_add_months(Months::new(12)),
        };
        let end = end.unwrap_or(begin);
        let mut day = begin;
        while day < end {
            if !work.spend(1) {
                break;
            }
            if days.may_be_in(day.month()) {
                if days.have(day) {
                    // `BYSETPOS` may leave few of them.
                    if !work.spend(times.len()) {
                        break;
                    }
                    starts.extend(times.iter().map(|time| day.and_time(*time)));
                }
                day = day.succ_opt().unwrap_or(end);
            } else {
                let next = day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
                day = next.unwrap_or(end);
            }
        }
        starts
    }

    /// Those of a period that `BYSETPOS` means, in order.
    fn chosen(&self, starts: Vec<NaiveDateTime>) -> Vec<NaiveDateTime> {
        if self.positions.is_empty() {
            return starts;
        }
        let at = |position: &i32| {
            let from = usize::try_from(position.unsigned_abs()).ok()?;
            let index = if *position > 0 { from.checked_sub(1) } else { starts.len().checked_sub(from) };
            starts.get(index?).copied()
        };
        let mut chosen: Vec<NaiveDateTime> = self.positions.iter().filter_map(at).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// Which days a rule means, with what it leaves to its first start.
struct DaysOfRule<'a> {
    rule: &'a Rule,
    months: Vec<i32>,
    month_days: Vec<i32>,
    days: Vec<(i32, Weekday)>,
}

impl<'a> DaysOfRule<'a> {
    fn new(rule: &'a Rule, first: NaiveDate) -> Self {
        let Rule { months, month_days, days, .. } = rule;
        let mut it =
            Self { rule, months: months.clone(), month_days: month_days.clone(), days: days.clone() };
        if !month_days.is_empty() || !days.is_empty() || !rule.year_days.is_empty() {
            return it;
        }
        let day = |it: &mut Self| it.month_days = first.day().try_into().into_iter().collect();
        match rule.frequency {
            Frequency::Daily => {}
            Frequency::Weekly => it.days = vec![(0, first.weekday())],
            Frequency::Monthly => day(&mut it),
            Frequency::Yearly if !rule.weeks.is_empty() => it.days = vec![(0, first.weekday())],
            Frequency::Yearly => {
                day(&mut it);
                if it.months.is_empty() {
                    it.months = first.month().try_into().into_iter().collect();
                }
            }
        }
        it
    }

    fn may_be_in(&self, month: u32) -> bool {
        self.months.is_empty() || holds(&self.months, month)
    }

    fn have(&self, date: NaiveDate) -> bool {
        let of_month = u32::from(date.num_days_in_month());
        let of_year = if date.leap_year() { 366 } else { 365 };
        is_one_of(&self.month_days, date.day(), of_month)
            && is_one_of(&self.rule.year_days, date.ordinal(), of_year)
            && self.is_in_week(date)
            && self.is_on_day(date, of_month, of_year)
    }

    fn is_in_week(&self, date: NaiveDate) -> bool {
        if self.rule.weeks.is_empty() {
            return true;
        }
        // A week belongs to the year in which most of it is.
        let middle = |date: NaiveDate| week_of(date, self.rule.week_start).checked_add_days(Days::new(3));
        let Some(middle_of_week) = middle(date) else { return false };
        let year = middle_of_week.year();
        let weeks = |date: NaiveDate| (date.ordinal() - 1) / 7 + 1;
        let last = NaiveDate::from_ymd_opt(year, 12, 31).and_then(middle);
        let last =
            last.and_then(|it| if it.year() == year { Some(it) } else { it.checked_sub_days(Days::new(7)) });
        is_one_of(&self.rule.weeks, weeks(middle_of_week), last.map_or(52, weeks))
    }

    fn is_on_day(&self, date: NaiveDate, of_month: u32, of_year: u32) -> bool {
        let Rule { frequency, weeks, .. } = self.rule;
        let is_nth = |nth: i32| {
            let of_months = *frequency == Frequency::Monthly || !self.months.is_empty();
            let (day, of) = if of_months { (date.day(), of_month) } else { (date.ordinal(), of_year) };
            let from_end = i32::try_from((of - day) / 7 + 1).map(|nth| -nth);
            Ok(nth) == i32::try_from((day - 1) / 7 + 1) || Ok(nth) == from_end
        };
        // Within days and weeks there is no second Monday; some writers count all the same.
        let is_counted = matches!(frequency, Frequency::Monthly | Frequency::Yearly) && weeks.is_empty();
        let is_it = |(nth, day): &(i32, Weekday)| {
            *day == date.weekday() && (*nth == 0 || !is_counted || is_nth(*nth))
        };
        self.days.is_empty() || self.days.iter().any(is_it)
    }
}

/// Whether the `at`-th of so many is in the list, counted from either end; any is in an empty one.
fn is_one_of(list: &[i32], at: u32, of: u32) -> bool {
    let from_end = i64::from(at) - i64::from(of) - 1;
    list.is_empty() || list.iter().any(|it| i64::from(*it) == i64::from(at) || i64::from(*it) == from_end)
}

fn holds(list: &[i32], number: u32) -> bool {
    list.iter().any(|it| i64::from(*it) == i64::from(number))
}

/// The first day of its week.
fn week_of(date: NaiveDate, week_start: Weekday) -> NaiveDate {
    let since = u64::from(date.weekday().days_since(week_start));
    date.checked_sub_days(Days::new(since)).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ics::time::Time;
    use chrono::TimeZone;
    use proptest::prelude::*;
    use rrule::{RRule, Tz, Unvalidated};

    const MAX: usize = 1000;

    fn at(text: &str) -> NaiveDateTime {
        Time::read(text).unwrap().naive()
    }

    fn plenty() -> Work {
        Work::of(10_000_000)
    }

    #[track_caller]
    fn check(rule: &str, first: &str, expected: &[&str]) {
        let rule_read = Rule::read(rule).unwrap();
        let found = rule_read.starts(at(first), at("20280101"), MAX, &mut plenty());
        let shown: Vec<String> =
            found.starts.iter().map(|start| start.format("%y%m%dT%H%M").to_string()).collect();
        assert_eq!(shown, expected, "{rule}");
    }

    #[test]
    fn rules_are_expanded() {
        let first = "20260105T090000";
        check("FREQ=WEEKLY;COUNT=3", first, &["260105T0900", "260112T0900", "260119T0900"]);
        check("freq=monthly; byday=+1mo ;count=2;X-ODD=1;", first, &["260105T0900", "260202T0900"]);
        check("FREQ=YEARLY", first, &["260105T0900", "270105T0900"]);
        check("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", first, &["260131T0900", "260331T0900"]);
        check("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", first, &["260131T0900", "260228T0900"]);
        check(
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2",
            first,
            &["260130T0900", "260227T0900"],
        );
        check("FREQ=DAILY;COUNT=0", first, &[]);
        check("FREQ=DAILY;INTERVAL=4000000000", first, &["260105T0900"]);
        check(
            "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30;COUNT=3",
            first,
            &["260105T0900", "260105T0930", "260105T1400"],
        );
        check("FREQ=YEARLY;BYWEEKNO=53,1", first, &["261228T0900", "270104T0900"]);
        check("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", first, &[]);
        // Whoever is born on 29 February.
        check("FREQ=YEARLY", "20200229T090000", &["200229T0900", "240229T0900"]);
        // Every other week: which days belong together, says the start of the week.
        check(
            "FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=TU,SU;WKST=MO",
            "20260106T090000",
            &["260106T0900", "260111T0900", "260120T0900"],
        );
        check(
            "FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=TU,SU;WKST=SU",
            "20260106T090000",
            &["260106T0900", "260118T0900", "260120T0900"],
        );
    }

    #[test]
    fn work_is_bounded() {
        let rule = Rule::read("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31").unwrap();
        let mut work = Work::of(1000);
        assert_eq!(rule.starts(at("19000101"), at("21991231"), MAX, &mut work), Starts::default());
        assert!(work.is_spent());
        let daily = Rule::read("FREQ=DAILY").unwrap();
        let found = daily.starts(at("20260105"), at("21991231"), MAX, &mut plenty());
        assert_eq!((found.starts.len(), found.is_over), (MAX, true));
        assert!(!Work::of(0).is_spent() && Work::of(1).spend(1) && !Work::of(1).spend(2));
    }

    fn list(low: i32, high: i32) -> impl Strategy<Value = String> {
        prop::collection::vec((low..=high).prop_filter("no 0", |n| *n != 0), 1..4)
            .prop_map(|list| list.iter().map(i32::to_string).collect::<Vec<_>>().join(","))
    }

    fn rule() -> impl Strategy<Value = String> {
        let names = || prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
        // Plain days beside counted ones are either of them by RFC 5545, and both at once for the crate.
        let nth = (1..6i32, any::<bool>(), names())
            .prop_map(|(nth, is_last, day)| format!("{}{nth}{day}", if is_last { "-" } else { "" }));
        let several = |day: BoxedStrategy<String>| {
            prop::collection::vec(day, 1..4).prop_map(|days| format!("BYDAY={}", days.join(",")))
        };
        let plain = several(names().prop_map(str::to_owned).boxed());
        let common = prop_oneof![
            (1..9u32).prop_map(|n| format!("INTERVAL={n}")),
            (1..300u32).prop_map(|n| format!("COUNT={n}")),
            list(1, 12).prop_map(|list| format!("BYMONTH={list}")),
            (list(1, 23), list(1, 59))
                .prop_map(|(hours, minutes)| format!("BYHOUR={hours};BYMINUTE={minutes}")),
            names().prop_map(|day| format!("WKST={day}")),
        ]
        .boxed();
        let more = |parts: Vec<BoxedStrategy<String>>| {
            prop::collection::vec(prop::strategy::Union::new(parts), 1..5)
        };
        let month_days = || list(-31, 31).prop_map(|list| format!("BYMONTHDAY={list}")).boxed();
        let positions = || list(-5, 5).prop_map(|list| format!("BYSETPOS={list};BYMINUTE=0,30")).boxed();
        let year_days = list(-366, 366).prop_map(|list| format!("BYYEARDAY={list}")).boxed();
        // Without days of the week the crate takes all seven days of a week, and it misses days of a week that lies in two
        // years.
        let weeks =
            (list(2, 50), names()).prop_map(|(list, day)| format!("BYWEEKNO={list};BYDAY={day}")).boxed();
        let of = |frequency: &str, parts: BoxedStrategy<Vec<String>>| {
            let frequency = frequency.to_owned();
            parts.prop_map(move |parts| format!("FREQ={frequency};{}", parts.join(";")))
        };
        prop_oneof![
            of("DAILY", more(vec![common.clone(), month_days(), plain.clone().boxed(), positions()]).boxed()),
            of("WEEKLY", more(vec![common.clone(), plain.boxed()]).boxed()),
            of(
                "MONTHLY",
                more(vec![common.clone(), month_days(), several(nth.boxed()).boxed(), positions()]).boxed()
            ),
            of("YEARLY", more(vec![common.clone(), month_days(), year_days, positions()]).boxed()),
            of(
                "YEARLY",
                (weeks, prop::collection::vec(common, 0..2))
                    .prop_map(|(one, mut rest)| {
                        rest.push(one);
                        rest
                    })
                    .boxed()
            ),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn dates_are_those_of_another_reader(rule in rule(), day in 0..20_000i64) {
            let mut names = std::collections::BTreeSet::new();
            let parts = rule.split(';').filter(|part| names.insert(part.split('=').next().unwrap_or_default().to_owned()));
            let rule = parts.collect::<Vec<_>>().join(";");
            let first = at("19900101T103000").checked_add_signed(chrono::Duration::days(day)).unwrap();
            let last = first + chrono::Duration::days(4_000);
            let other: RRule<Unvalidated> = rule.parse().unwrap();
            let Ok(other) = other.build(Tz::UTC.from_utc_datetime(&first)) else { return Ok(()) };
            let other = other.limit();
            let expected: Vec<_> =
                other.into_iter().map(|start| start.naive_utc()).take_while(|start| *start <= last).take(MAX).collect();
            let found = Rule::read(&rule).unwrap().starts(first, last, MAX, &mut plenty());
            prop_assert_eq!(found.starts, expected, "{}", rule);
        }

        #[test]
        fn any_rule_ends_within_its_limits(rule in rule(), odd in "[A-Z=;,0-9+-]{0,12}|\\PC{0,6}", days in 0..3_000_000i64) {
            let first = at("00010101T103000").checked_add_signed(chrono::Duration::days(days)).unwrap();
            let last = first + chrono::Duration::days(40_000);
            for rule in [format!("{rule};{odd}"), rule] {
                let Some(rule) = Rule::read(&rule) else { continue };
                let starts = rule.starts(first, last, MAX, &mut plenty()).starts;
                prop_assert!(starts.len() <= MAX);
                prop_assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "in order, each once");
                prop_assert!(starts.iter().all(|start| (first..=last).contains(start)));
            }
        }
    }
}
