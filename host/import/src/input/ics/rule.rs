//! Recurrence rules: when something repeats, by the clock on the wall.
//!
//! The crate `rrule` expands them, over local times as if they were UTC: so a meeting keeps its hour all year, and any
//! zone will do. What is left out or moved is the business of `series.rs`.

use chrono::{NaiveDateTime, TimeZone};
use rrule::{RRule, Tz, Unvalidated};

use super::time::Time;

/// What a rule must look like.
pub(super) const EXPECTED: &str =
    "a rule of RFC 5545 that repeats daily or less often, such as `FREQ=WEEKLY;BYDAY=MO;COUNT=10`";

/// Frequencies of what repeats within a day: no meeting does, and a rule such as every second never ends.
const WITHIN_A_DAY: [&str; 3] = ["FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY"];

/// A rule that was read.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    rule: RRule<Unvalidated>,
    count: Option<usize>,
    /// Its end, with it; the crate is not told, because it knows no local times.
    pub(super) until: Option<Time>,
}

/// What became of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Starts {
    /// In order.
    pub(super) starts: Vec<NaiveDateTime>,
    /// There were more than asked for.
    pub(super) is_over: bool,
    /// Nothing more was found for centuries, though the rule goes on.
    pub(super) is_vain: bool,
}

impl Rule {
    /// Reads the value of an `RRULE`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        let text = text.to_ascii_uppercase();
        let (mut kept, mut until, mut count) = (Vec::new(), None, None);
        for part in text.split(';').filter(|part| !part.is_empty() && !part.starts_with("X-")) {
            let (name, value) = part.split_once('=')?;
            match name {
                "UNTIL" => until = Some(Time::read(value)?),
                // The crate would count in other calendars as if they were ours.
                "RSCALE" if value == "GREGORIAN" => {}
                "INTERVAL" if value.bytes().all(|byte| byte == b'0') => return None,
                "COUNT" => {
                    count = Some(value.parse().ok()?);
                    kept.push(part);
                }
                _ => kept.push(part),
            }
        }
        let is_refused = !text.is_ascii() || kept.iter().any(|part| WITHIN_A_DAY.contains(part));
        let rule = (!is_refused).then(|| kept.join(";").parse().ok())??;
        Some(Self { rule, count, until })
    }

    /// The starts from `first` to `last`, at most `max`; none where the rule contradicts itself.
    ///
    /// Ends for any rule: the crate gives up where 100,000 days, weeks, months or years in a row have no start.
    pub(super) fn starts(&self, first: NaiveDateTime, last: NaiveDateTime, max: usize) -> Option<Starts> {
        let set = self.rule.clone().build(Tz::UTC.from_utc_datetime(&first)).ok()?.limit();
        let mut found = Starts::default();
        for start in &set {
            let start = start.naive_utc();
            if start > last {
                return Some(found);
            }
            if found.starts.len() == max {
                found.is_over = true;
                return Some(found);
            }
            found.starts.push(start);
        }
        found.is_vain = self.count.is_none_or(|count| found.starts.len() < count);
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MAX: usize = 1000;

    fn at(text: &str) -> NaiveDateTime {
        Time::read(text).unwrap().naive()
    }

    #[track_caller]
    fn check(rule: &str, expected: &[&str]) {
        let found = Rule::read(rule).unwrap().starts(at("20260105T090000"), at("20270101"), MAX).unwrap();
        let shown: Vec<String> =
            found.starts.iter().map(|start| start.format("%m%dT%H%M").to_string()).collect();
        assert_eq!(shown, expected, "{rule}");
    }

    #[test]
    fn rules_are_expanded() {
        check("FREQ=WEEKLY;COUNT=3", &["0105T0900", "0112T0900", "0119T0900"]);
        check("freq=monthly; byday=+1mo ;count=2;X-ODD=1;", &["0105T0900", "0202T0900"]);
        check("FREQ=YEARLY;RSCALE=GREGORIAN", &["0105T0900"]);
        check("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", &["0131T0900", "0331T0900"]);
        check("FREQ=DAILY;COUNT=0", &[]);
        for wrong in [
            "",
            "FREQ",
            "FREQ=SECONDLY",
            "FREQ=OFTEN",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=70000",
            "FREQ=DAILY;UNTIL=soon",
            "RSCALE=HEBREW;FREQ=DAILY",
            "FREQ=DAILY;COUNT=-1",
            "FREQ=WEEKLY;BYDAY=\u{1d400}O",
        ] {
            assert!(Rule::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn rules_without_end_come_to_one() {
        let starts = |rule: &str| Rule::read(rule).unwrap().starts(at("20260105"), at("21991231"), MAX);
        let never = starts("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31").unwrap();
        assert_eq!(never, Starts { is_vain: true, ..Starts::default() });
        let daily = starts("FREQ=DAILY").unwrap();
        assert_eq!((daily.starts.len(), daily.is_over), (MAX, true));
        assert_eq!(starts("FREQ=WEEKLY;BYMONTHDAY=1"), None, "RFC 5545 knows no such rule");
    }

    fn rule() -> impl Strategy<Value = String> {
        let numbers = |low: i32, high: i32| {
            prop::collection::vec(low..=high, 1..4)
                .prop_map(|list| list.iter().map(i32::to_string).collect::<Vec<_>>().join(","))
        };
        let day = (-6..6i32, prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]))
            .prop_map(|(nth, day)| if nth == 0 { day.to_owned() } else { format!("{nth}{day}") });
        let days = prop::collection::vec(day, 1..4).prop_map(|days| days.join(","));
        let part = prop_oneof![
            (0..70_000u32).prop_map(|n| format!("INTERVAL={n}")),
            (0..9u32).prop_map(|n| format!("INTERVAL={n}")),
            (0..3000u32).prop_map(|n| format!("COUNT={n}")),
            numbers(0, 13).prop_map(|list| format!("BYMONTH={list}")),
            numbers(-32, 32).prop_map(|list| format!("BYMONTHDAY={list}")),
            numbers(-367, 367).prop_map(|list| format!("BYYEARDAY={list}")),
            numbers(-54, 54).prop_map(|list| format!("BYWEEKNO={list}")),
            numbers(-9, 9).prop_map(|list| format!("BYSETPOS={list}")),
            numbers(0, 24).prop_map(|list| format!("BYHOUR={list}")),
            days.prop_map(|days| format!("BYDAY={days}")),
            Just("WKST=SU".to_owned()),
            "[A-Z=;,0-9+-]{0,12}",
            "\\PC{0,6}",
        ];
        let often = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "SECONDLY"]);
        (often, prop::collection::vec(part, 0..5))
            .prop_map(|(often, parts)| format!("FREQ={often};{}", parts.join(";")))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn any_rule_ends_within_its_limits(rule in rule(), year in 1..9999i32, days in 0..365i64) {
            let first = at("00010101T103000").checked_add_signed(chrono::Duration::days(days + 365 * i64::from(year - 1))).unwrap();
            let last = first + chrono::Duration::days(40_000);
            if let Some(starts) = Rule::read(&rule).and_then(|rule| rule.starts(first, last, MAX)) {
                prop_assert!(starts.starts.len() <= MAX);
                prop_assert!(starts.starts.windows(2).all(|pair| pair[0] < pair[1]), "in order, each once");
                prop_assert!(starts.starts.iter().all(|start| (first..=last).contains(start)));
            }
        }
    }
}
