//! How a column writes times: what one value leaves open is decided for all of them together.
//!
//! A look at the beginning decides; every value after it is looked at too, and what contradicts the decision at the end
//! casts doubt on the whole column, not on one row.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::parts::Parts;
use super::stated::Stated;
use super::{Form, Order, Stamp, counts, hint};
use crate::text::{counted, cut};

/// Bytes of a value that a message shows.
const SHOWN_BYTES_MAX: usize = 80;

/// Where something was seen first, and how often.
#[derive(Debug, Default)]
struct Seen {
    times: Cell<u64>,
    first: RefCell<Option<(u64, String)>>,
}

impl Seen {
    fn add(&self, line: u64, text: &str) {
        self.times.set(self.times.get() + 1);
        let mut first = self.first.borrow_mut();
        if first.is_none() {
            *first = Some((line, cut(text, SHOWN_BYTES_MAX).to_owned()));
        }
    }

    fn is_empty(&self) -> bool {
        self.times.get() == 0
    }

    fn text(&self) -> String {
        self.first.borrow().as_ref().map(|(_, text)| text.clone()).unwrap_or_default()
    }

    fn told(&self) -> String {
        let line = self.first.borrow().as_ref().map(|(line, _)| *line).unwrap_or_default();
        format!("{} (the first: `{}`, line {line})", counted(self.times.get(), "time"), self.text())
    }
}

/// What the values of one form show of the order of day and month.
#[derive(Debug, Default)]
struct Shown {
    day_first: Seen,
    month_first: Seen,
    either: Seen,
    decided: Option<Order>,
}

/// What digits show that may be a date or a count since 1970.
#[derive(Debug, Default)]
struct Digits {
    dates: Seen,
    counts: Seen,
    either: Seen,
    /// Whether two different values could be either.
    has_several: bool,
    are_counts: bool,
}

/// What is known of a column with times.
#[derive(Debug, Default)]
pub(crate) struct Column {
    shown: [Shown; 4],
    digits: Digits,
    forms: RefCell<BTreeSet<Form>>,
    has_naive: Cell<bool>,
    unread: Seen,
    is_decided: bool,
}

impl Column {
    /// Looks at a value of the beginning.
    pub(crate) fn see(&mut self, line: u64, text: &str) {
        match Parts::of(text) {
            Some(parts) => {
                let first = self.digits.either.first.borrow().as_ref().map(|(_, text)| text.clone());
                self.digits.has_several |=
                    parts.is_either_count() && first.is_some_and(|first| first != text);
                self.note(line, text, &parts);
            }
            None => self.unread.add(line, text),
        }
    }

    /// Whether a value left open what no other has decided yet.
    pub(crate) fn is_open(&self) -> bool {
        self.shown.iter().zip(FORMS).any(|(shown, form)| {
            form.usual().is_none()
                && !shown.either.is_empty()
                && shown.day_first.is_empty()
                && shown.month_first.is_empty()
        })
    }

    /// The order that its values show; none: they show none, or both.
    pub(crate) fn order(&self) -> Option<Order> {
        let slashes = self.shown.last()?;
        match (slashes.day_first.is_empty(), slashes.month_first.is_empty()) {
            (false, true) => Some(Order::DayFirst),
            (true, false) => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// Ends the look at the beginning. `other` is the order that other columns of the file show.
    ///
    /// # Errors
    ///
    /// What cannot be decided, in words to which the name of the column is the beginning.
    pub(crate) fn decide(&mut self, other: Option<Order>) -> Result<(), String> {
        if let Some(doubt) = self.doubt() {
            return Err(doubt);
        }
        if self.forms.borrow().is_empty() && !self.unread.is_empty() {
            let text = self.unread.text();
            let told = hint::without_names(&text);
            if counts::Number::of(&text).is_some_and(|number| number.may_be_shortened()) {
                return Err(format!(
                    "has `{told}`, which a spreadsheet may have shortened: digits of the time are missing; export it anew, with the \
                     column as text"
                ));
            }
            if let Some(of_day) = hint::of_day(&text) {
                return Err(format!("has `{told}`, which is no time: {of_day}"));
            }
            return Err(match stated(&hint::forms(&text)) {
                Some(form) => format!(
                    "has `{told}`, which is no time in a form that is known: state its form in the mapping, such as {form}"
                ),
                None => format!(
                    "has `{told}`, which is no time in a form that is known, and no pattern of `formats` was found for it: \
                     let an expression (`cel`) in the mapping make a time of it"
                ),
            });
        }
        let forms = self.forms.borrow();
        if forms.contains(&Form::Excel) && forms.len() > 1 {
            return Err("has numbers such as the days of a spreadsheet beside times in other forms: which are right cannot \
                        be told; write it anew with one form for all, or state `formats`, such as \
                        `formats = [\"excel\", \"%Y-%m-%d %H:%M\"]`"
                .to_owned());
        }
        drop(forms);
        self.digits.are_counts = !self.digits.counts.is_empty();
        if !self.digits.either.is_empty()
            && self.digits.counts.is_empty()
            && self.digits.dates.is_empty()
            && !self.digits.has_several
        {
            let text = self.digits.either.text();
            let form = hint::forms(&text).first().cloned().unwrap_or_default();
            return Err(format!(
                "has `{text}`, which may be a date or a count since 1970: state the form in the mapping, such as \
                 `formats = [\"{form}\"]` or `formats = [\"seconds\"]`"
            ));
        }
        for (shown, form) in self.shown.iter_mut().zip(FORMS) {
            let shows = match (shown.day_first.is_empty(), shown.month_first.is_empty()) {
                (false, _) => Some(Order::DayFirst),
                (true, false) => Some(Order::MonthFirst),
                (true, true) => form.usual().or(other),
            };
            shown.decided = shows;
            if shows.is_none() && !shown.either.is_empty() {
                let text = shown.either.text();
                return Err(format!(
                    "has times such as `{text}`, and nothing tells whether the day or the month comes first: state the form \
                     in the mapping, such as {}",
                    stated(&hint::forms(&text)).unwrap_or_else(|| "`formats = [\"%d/%m/%Y\"]`".to_owned())
                ));
            }
        }
        // From here on every value is counted, those of the beginning as well.
        for shown in &mut self.shown {
            *shown = Shown { decided: shown.decided, ..Shown::default() };
        }
        self.digits = Digits { are_counts: self.digits.are_counts, ..Digits::default() };
        self.is_decided = true;
        Ok(())
    }

    /// Reads a value, which counts for what the column shows.
    ///
    /// # Errors
    ///
    /// What would be right.
    pub(crate) fn read(&self, line: u64, text: &str) -> Result<Stamp, String> {
        let parts = self.parts(text)?;
        self.note(line, text, &parts);
        self.stamp(&parts)
    }

    /// Reads a value that is read once more.
    pub(crate) fn peek(&self, text: &str) -> Option<Stamp> {
        self.stamp(&self.parts(text).ok()?).ok()
    }

    fn parts(&self, text: &str) -> Result<Parts, String> {
        let Some(parts) = Parts::of(text) else {
            let usual = "a time such as `2026-05-09 14:30`";
            return Err(match hint::of_day(text) {
                Some(told) => format!("{usual}: {told}"),
                None => format!("{usual}, or its form as `formats` in the mapping"),
            });
        };
        if self.forms.borrow().iter().any(|form| (*form == Form::Excel) != (parts.form == Form::Excel)) {
            return Err("a time in the form of the rest of the column, or `formats` in the mapping: a number may be the day of \
                        a spreadsheet where all are"
                .to_owned());
        }
        Ok(parts)
    }

    fn stamp(&self, parts: &Parts) -> Result<Stamp, String> {
        if parts.is_either_count() && self.digits.are_counts {
            return parts.counted_since_1970().ok_or_else(|| "a count since 1970".to_owned());
        }
        let order = match FORMS.iter().position(|form| *form == parts.form).and_then(|at| self.shown.get(at))
        {
            Some(shown) => shown.decided.or(parts.form.usual()).or(parts.order()),
            None => Some(Order::MonthFirst),
        };
        let Some(order) = order.or_else(|| (!parts.is_either()).then_some(Order::MonthFirst)) else {
            return Err("its form as `formats` in the mapping: it may be day or month first".to_owned());
        };
        parts.stamp(order).ok_or_else(|| match (parts.form.has_order(), order) {
            (false, _) => "a day of the calendar".to_owned(),
            (true, Order::DayFirst) => {
                "a day of the calendar, the day before the month as in the rest of the column".to_owned()
            }
            (true, Order::MonthFirst) if parts.form == Form::YearFirst => "a day of the calendar".to_owned(),
            (true, Order::MonthFirst) => {
                "a day of the calendar, the month before the day as in the rest of the column".to_owned()
            }
        })
    }

    /// What its values contradict each other in, in words to which the name of the column is the beginning.
    pub(crate) fn doubt(&self) -> Option<String> {
        for shown in &self.shown {
            if shown.day_first.is_empty() || shown.month_first.is_empty() {
                continue;
            }
            let form = hint::forms(&if shown.decided == Some(Order::DayFirst) {
                shown.day_first.text()
            } else {
                shown.month_first.text()
            });
            return Some(format!(
                "has the day first in {} and the month first in {}: the order of day and month is in doubt, and times that can \
                 be read both ways may be wrong; state the form in the mapping, such as {}, and what is written otherwise is a \
                 fault of its row",
                shown.day_first.told(),
                shown.month_first.told(),
                stated(&form).unwrap_or_else(|| "`formats = [\"%d/%m/%Y\"]`".to_owned())
            ));
        }
        let digits = &self.digits;
        (!digits.either.is_empty() && !digits.counts.is_empty() && !digits.dates.is_empty()).then(|| {
            format!(
                "has dates as digits in {} and counts since 1970 in {}: others may be either; state the form in the mapping, \
                 such as `formats = [\"seconds\"]`",
                digits.dates.told(),
                digits.counts.told()
            )
        })
    }

    /// The forms that were seen, in words.
    pub(crate) fn told(&self) -> Vec<&'static str> {
        let order = |form: &Form| {
            let at = FORMS.iter().position(|it| it == form)?;
            self.shown.get(at)?.decided.or(form.usual())
        };
        self.forms.borrow().iter().map(|form| form.told(order(form))).collect()
    }

    /// Whether some have no zone.
    pub(crate) fn has_naive(&self) -> bool {
        self.has_naive.get()
    }

    fn note(&self, line: u64, text: &str, parts: &Parts) {
        if !self.is_decided {
            self.has_naive.set(self.has_naive.get() | parts.is_naive());
        }
        if !self.is_decided || self.forms.borrow().is_empty() {
            self.forms.borrow_mut().insert(parts.form);
        }
        match parts.form {
            Form::Iso | Form::Named => {}
            Form::Compact if parts.is_either_count() => self.digits.either.add(line, text),
            Form::Compact => {
                // Eight digits can be nothing else, and say nothing of longer ones.
                if text.len() > 8 {
                    self.digits.dates.add(line, text);
                }
            }
            form if form.is_count() => self.digits.counts.add(line, text),
            form => {
                let Some(shown) = FORMS.iter().position(|it| *it == form).and_then(|at| self.shown.get(at))
                else {
                    return;
                };
                match parts.order() {
                    Some(Order::DayFirst) => shown.day_first.add(line, text),
                    Some(Order::MonthFirst) => shown.month_first.add(line, text),
                    None if parts.is_either() => shown.either.add(line, text),
                    None => {}
                }
            }
        }
    }
}

/// The times of one thing, in forms that are stated or learned.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    stated: Vec<Stated>,
    column: Column,
}

impl Clock {
    /// With the forms that are stated; none: those that people use.
    pub(crate) fn new(stated: Vec<Stated>) -> Self {
        Self { stated, column: Column::default() }
    }

    /// As in [`Column`].
    pub(crate) fn see(&mut self, line: u64, text: &str) {
        if self.stated.is_empty() && !text.is_empty() {
            self.column.see(line, text);
        }
    }

    /// As in [`Column`].
    pub(crate) fn peek(&self, text: &str) -> Option<Stamp> {
        if self.stated.is_empty() {
            return self.column.peek(text);
        }
        self.stated.iter().find_map(|form| form.read(text))
    }

    /// As in [`Column`].
    pub(crate) fn decide(&mut self) -> Result<(), String> {
        self.column.decide(None)
    }

    /// As in [`Column`].
    pub(crate) fn read(&self, line: u64, text: &str) -> Result<Stamp, String> {
        if self.stated.is_empty() {
            return self.column.read(line, text);
        }
        let read = self.stated.iter().find_map(|form| form.read(text));
        read.ok_or_else(|| "a time in one of the stated `formats`".to_owned())
    }

    /// As in [`Column`].
    pub(crate) fn doubt(&self) -> Option<String> {
        self.column.doubt()
    }
}

/// The forms in which day and month can stand in two orders; that of `4/5/2026` last.
const FORMS: [Form; 4] = [Form::YearFirst, Form::YearSlashes, Form::Dots, Form::Slashes];

/// Forms as a mapping states them.
fn stated(forms: &[String]) -> Option<String> {
    let each: Vec<String> = forms.iter().map(|form| format!("`formats = [\"{form}\"]`")).collect();
    (!each.is_empty()).then(|| each.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{self, Zone};
    use chrono::{DateTime, Timelike};
    use proptest::prelude::*;

    /// How programs write one and the same minute, and whether an offset stands beside it.
    const WRITTEN: &[&str] = &[
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S%.3fZ",
        "%Y-%m-%dT%H:%M:%S+00:00",
        "%Y/%m/%d %H:%M:%S%.3f",
        "%Y.%m.%d %H.%M",
        "%Y. %-m. %-d. %H:%M",
        "%d.%m.%Y %H:%M",
        "%-d.%-m.%Y, %H:%M Uhr",
        "%m.%d.%Y %H:%M",
        "%Y/%d/%m %H:%M",
        "%d/%m/%Y %H:%M",
        "%-m/%-d/%Y %-I:%M %p",
        "%-m/%-d/%Y, %-I:%M:%S\u{202f}%p",
        "%d-%m-%Y %H:%M",
        "%m-%d-%Y %I:%M %P.",
        "%-d %b %Y %H:%M",
        "%B %-d, %Y at %-I:%M %p",
        "%a, %d %b %Y %H:%M:%S +0000",
        "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
        "%a %b %e %H:%M:%S %Y",
        "%Y%m%d%H%M",
        "%Y%m%d%H%M%S",
        "%Y%m%dT%H%M%SZ",
        "%s",
        "%s.0",
        "%s000",
        "%s000.0",
        "%s000000",
        "%s000000000",
    ];

    /// What a column gives, or why it is refused; faults of single values are none.
    fn read(texts: &[String]) -> Result<Vec<Option<i64>>, String> {
        let mut column = Column::default();
        texts.iter().for_each(|text| column.see(1, text));
        column.decide(None)?;
        let utc = Zone::default();
        let at =
            |text: &String| column.read(1, text).ok().and_then(|stamp| stamp.in_zone(utc)).map(|(at, _)| at);
        let read = texts.iter().map(at).collect();
        column.doubt().map_or(Ok(read), Err)
    }

    proptest! {
        #[test]
        fn a_column_is_read_as_it_was_written_or_refused(
            minutes in proptest::collection::vec(15_800_000_i64..68_300_000, 1..12),
            form in 0..WRITTEN.len(),
        ) {
            let at: Vec<i64> = minutes.iter().map(|minutes| minutes * 60_000).collect();
            let texts: Vec<String> = at
                .iter()
                .map(|at| DateTime::from_timestamp_millis(*at).unwrap().format(WRITTEN[form]).to_string())
                .collect();
            let shows = |day_first: bool| at.iter().any(|at| {
                let date = DateTime::from_timestamp_millis(*at).unwrap();
                chrono::Datelike::day(&date) > 12 && date.second() == 0 && day_first == WRITTEN[form].replace('-', "").starts_with("%d")
            });
            // Where no value shows the order, the usual one is taken, or nothing.
            let is_open = WRITTEN[form].replace('-', "").starts_with("%m.") || WRITTEN[form].starts_with("%Y/%d");
            match read(&texts) {
                Ok(read) if !is_open || shows(true) || shows(false) => {
                    prop_assert_eq!(read, at.iter().copied().map(Some).collect::<Vec<_>>(), "{:?}", texts);
                }
                Ok(_) => {}
                Err(why) => prop_assert!(why.contains("nothing tells whether"), "{} {:?}", why, texts),
            }
        }

        #[test]
        fn days_of_a_spreadsheet_are_read_to_the_second(seconds in 950_000_000_i64..4_000_000_000, digits in 5_usize..12) {
            let days = f64::from(u32::try_from(seconds).unwrap()) / 86_400.0 + 25_569.0;
            let read = read(&[format!("{days:.digits$}")]).unwrap();
            prop_assert!((read[0].unwrap() - seconds * 1000).abs() <= 1000, "{} {:?}", days, read);
            if digits > 5 {
                prop_assert_eq!(read[0], Some(seconds * 1000));
            }
        }

        #[test]
        fn whatever_is_proposed_reads_the_value(text in "[0-9]{1,4}[-/. ][0-9A-Za-z]{1,4}[-/. ][0-9]{1,4}( [0-9]{1,2}[:.][0-9]{2}( ?[ap]m)?)?") {
            for form in hint::forms(&text) {
                prop_assert!(Stated::named(&form).unwrap().read(&text).is_some(), "{} {}", text, form);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}|[0-9.,eE+TZ: -]{0,24}") {
            drop(read(&[text]));
        }
    }

    #[test]
    fn a_contradiction_casts_doubt_on_the_column() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for column in [
            &["05/14/2026", "04/05/2026", "14/05/2026"],
            &["05.14.2026", "04.05.2026", "14.05.2026"],
            &["2026/14/05", "2026/05/04", "2026/05/14"],
            &["2026-14-05", "2026-05-04", "2026-05-14"],
        ] {
            let why = read(&texts(column)).unwrap_err();
            assert!(why.contains("the order of day and month is in doubt"), "{why}");
        }
        // Later than the look at the beginning.
        let mut column = Column::default();
        column.see(1, "05/14/2026 09:00");
        column.decide(None).unwrap();
        assert!(column.read(1, "05/14/2026 09:00").is_ok() && column.doubt().is_none());
        assert!(column.read(7, "14/05/2026 09:00").is_err());
        assert_eq!(
            column.doubt().unwrap(),
            "has the day first in 1 time (the first: `14/05/2026 09:00`, line 7) and the month first in 1 time (the first: \
             `05/14/2026 09:00`, line 1): the order of day and month is in doubt, and times that can be read both ways may be \
             wrong; state the form in the mapping, such as `formats = [\"%m/%d/%Y %H:%M\"]`, and what is written otherwise \
             is a fault of its row"
        );
        // What is a date in no order casts no doubt.
        assert!(column.read(8, "31/31/2026").is_err());
    }

    #[test]
    fn nobody_is_named_where_a_column_has_no_times() {
        for (text, expected) in [
            ("Person Seven", "has `… …`, which is no time"),
            ("1:1 Person-Séven 2026", "has `1:1 …-… 2026`, which is no time"),
            ("p.seven@acme.example", "has `p.…@….…`, which is no time"),
            ("Mon 99 May, PM", "has `Mon 99 May, PM`, which is no time"),
        ] {
            let why = read(&[text.to_owned()]).unwrap_err();
            assert!(why.starts_with(expected), "{text}: {why}");
        }
    }

    #[test]
    fn a_column_of_numbers_where_times_of_day_belong_says_what_they_may_be() {
        let column = |texts: &[&str]| read(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        for (texts, said) in [
            (&["0.375", "0.5"][..], "has `0.375`, which is no time: `0.375` is a part of a day"),
            (&["2026-05-04 0.375"], "write it as `09:00`"),
            (
                &["900", "1730"],
                "has `900`, which is no time: `900` may be 09:00, or minutes since midnight (15:00)",
            ),
        ] {
            let why = column(texts).unwrap_err();
            assert!(why.contains(said), "{texts:?}: {why}");
        }
        let mut column = Column::default();
        column.see(1, "2026-05-04 09:00");
        column.decide(None).unwrap();
        let why = column.read(2, "2026-05-05 930").unwrap_err();
        assert!(why.contains("`930` may be 09:30, or minutes since midnight (15:30)"), "{why}");
    }

    #[test]
    fn what_may_be_a_date_or_a_count_is_decided_for_the_column() {
        let at = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            read(&texts).map(|read| {
                read.into_iter()
                    .map(|at| at.map_or("?".to_owned(), calendar::format))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
        };
        assert_eq!(
            at(&["2026050409", "2026050410"]).as_deref(),
            Ok("2026-05-04T09:00:00Z 2026-05-04T10:00:00Z")
        );
        assert_eq!(
            at(&["2026050409", "1777885200"]).as_deref(),
            Ok("2034-03-15T15:46:49Z 2026-05-04T09:00:00Z")
        );
        assert!(at(&["2026050409"]).unwrap_err().contains("may be a date or a count"));
        assert!(
            at(&["2026050409", "202605040930", "1777885200"]).unwrap_err().contains("others may be either")
        );
        assert!(at(&["46146.375", "2026-05-04"]).unwrap_err().contains("days of a spreadsheet"));
    }
}
