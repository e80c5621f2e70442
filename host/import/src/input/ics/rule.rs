//! Recurrence rules (RFC 5545, 3.3.10): what they say. The dates they give are the business of `dates.rs`.

use chrono::Weekday;

use super::time::Time;

/// What a rule must look like.
pub(super) const EXPECTED: &str = "a rule of RFC 5545 that repeats daily or less often and at most 100 times a day, \
     such as `FREQ=WEEKLY;BYDAY=MO;COUNT=10`";

/// Starts of a rule within one day.
const TIMES_MAX: usize = 100;

/// How often something repeats. Nothing that people meet for repeats within a day, and every second never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A rule that was read; lists that are empty say nothing.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: u32,
    pub(super) count: Option<usize>,
    /// Its end, with it. Whoever knows the zone says which instant this is.
    pub(super) until: Option<Time>,
    pub(super) months: Vec<i32>,
    pub(super) month_days: Vec<i32>,
    pub(super) year_days: Vec<i32>,
    pub(super) weeks: Vec<i32>,
    /// Days of the week; the how manieth, from the end where it is negative, 0 for each.
    pub(super) days: Vec<(i32, Weekday)>,
    pub(super) hours: Vec<i32>,
    pub(super) minutes: Vec<i32>,
    pub(super) seconds: Vec<i32>,
    pub(super) positions: Vec<i32>,
    pub(super) week_start: Weekday,
}

impl Rule {
    /// Reads the value of an `RRULE`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        let text = text.to_ascii_uppercase();
        let frequency = text.split(';').find_map(|part| part.strip_prefix("FREQ="))?;
        let mut rule = Self::every(match frequency {
            "DAILY" => Frequency::Daily,
            "WEEKLY" => Frequency::Weekly,
            "MONTHLY" => Frequency::Monthly,
            "YEARLY" => Frequency::Yearly,
            _ => return None,
        });
        for part in text.split(';').filter(|part| !part.is_empty() && !part.starts_with("X-")) {
            let (name, value) = part.split_once('=')?;
            rule.take(name, value)?;
        }
        let times = [&rule.hours, &rule.minutes, &rule.seconds].map(|list| list.len().max(1));
        (times.into_iter().product::<usize>() <= TIMES_MAX).then_some(rule)
    }

    fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weeks: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Mon,
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => {}
            // Other calendars than ours would need their own arithmetic.
            "RSCALE" => return (value == "GREGORIAN").then_some(()),
            "UNTIL" => self.until = Some(Time::read(value)?),
            "COUNT" => self.count = Some(value.parse().ok()?),
            "INTERVAL" => self.interval = value.parse().ok().filter(|interval| *interval > 0)?,
            "WKST" => self.week_start = weekday(value)?,
            "BYDAY" => self.days = days(value)?,
            "BYMONTH" => self.months = numbers(value, 1, 12)?,
            "BYMONTHDAY" => self.month_days = either_way(value, 31)?,
            "BYYEARDAY" => self.year_days = either_way(value, 366)?,
            "BYWEEKNO" => self.weeks = either_way(value, 53)?,
            "BYSETPOS" => self.positions = either_way(value, 366)?,
            "BYHOUR" => self.hours = numbers(value, 0, 23)?,
            "BYMINUTE" => self.minutes = numbers(value, 0, 59)?,
            "BYSECOND" => self.seconds = numbers(value, 0, 60)?,
            _ => return None,
        }
        Some(())
    }
}

/// Numbers in order, each once.
fn numbers(list: &str, low: i32, high: i32) -> Option<Vec<i32>> {
    let number = |text: &str| text.parse().ok().filter(|number| (low..=high).contains(number));
    let mut numbers: Vec<i32> = list.split(',').map(number).collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

/// Numbers from the begin or, negative, from the end; there is no 0.
fn either_way(list: &str, high: i32) -> Option<Vec<i32>> {
    numbers(list, -high, high).filter(|numbers| !numbers.contains(&0))
}

/// Days, each once: a rule is looked at for every day, and they may be thousands.
fn days(list: &str) -> Option<Vec<(i32, Weekday)>> {
    let mut days: Vec<(i32, Weekday)> = list.split(',').map(day).collect::<Option<_>>()?;
    days.sort_unstable_by_key(|(nth, day)| (*nth, day.num_days_from_monday()));
    days.dedup();
    Some(days)
}

/// `MO`, `1MO`, `+1MO` or `-1MO`.
fn day(text: &str) -> Option<(i32, Weekday)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    if nth.is_empty() {
        return Some((0, weekday(name)?));
    }
    let nth: i32 = nth.parse().ok()?;
    (nth != 0 && nth.abs() <= 53).then_some((nth, weekday(name)?))
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in [
            "",
            "FREQ",
            "FREQ=SECONDLY",
            "FREQ=HOURLY",
            "FREQ=OFTEN",
            "BYDAY=MO",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;UNTIL=soon",
            "RSCALE=HEBREW;FREQ=DAILY",
            "FREQ=DAILY;COUNT=-1",
            "FREQ=DAILY;BYMONTH=13",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=1,,2",
            "FREQ=WEEKLY;BYDAY=\u{1d400}O",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=WEEKLY;BYDAY=54MO",
            "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,1,2,3,4,5;BYSECOND=0,1,2,3,4,5",
        ] {
            assert!(Rule::read(wrong).is_none(), "{wrong}");
        }
        let rule = Rule::read("freq=monthly; byday=+1mo,-1FR,1mo ;COUNT=2;X-ODD=1;RSCALE=GREGORIAN;WKST=su;")
            .unwrap();
        assert_eq!((rule.days, rule.count), (vec![(-1, Weekday::Fri), (1, Weekday::Mon)], Some(2)));
        assert_eq!((rule.week_start, rule.interval), (Weekday::Sun, 1));
    }
}
