//! Lengths of time, as people and programs write them: numbers in a unit, `1:30`, `1h 30m`, `PT1H30M`.
//!
//! In `1,440` and `1.440` nothing tells a thousand from a decimal: other values of the column do, or nothing is read.

use std::cell::Cell;

use super::rules::Unit;
use crate::calendar::Instant;

/// Minutes that a line can hold.
const MINUTES_MAX: f64 = 2_147_483_647.0;
/// Minutes of 366 days: nothing that people do at a time is longer, but milliseconds in a column of minutes are.
const LIKELY_MAX: f64 = 527_040.0;
const EXPECTED_LIKELY: &str = "a length of at most 366 days: is the `unit` in the mapping another one?";
const EXPECTED_POINT: &str = "a number with a point before decimals, as in the rest of the column";
const EXPECTED_COMMA: &str = "a number with a comma before decimals, as in the rest of the column";
const EXPECTED_DECIMAL: &str = "a number of which it can be told whether the separator stands before decimals or thousands: nothing else in the \
                                column shows it; write it without separators for thousands";

/// What stands before decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimal {
    Point,
    Comma,
}

/// What the numbers of a column show.
#[derive(Debug, Default)]
pub(super) struct Decimals {
    points: Cell<u64>,
    commas: Cell<u64>,
    /// Numbers that were read as the others are written.
    relied: Cell<u64>,
    decided: Option<Decimal>,
}

impl Decimals {
    /// Looks at a value of the beginning.
    pub(super) fn see(&self, text: &str) {
        match shown(text) {
            Some(Decimal::Point) => self.points.set(self.points.get() + 1),
            Some(Decimal::Comma) => self.commas.set(self.commas.get() + 1),
            None => {}
        }
    }

    /// Ends the look at the beginning.
    pub(super) fn decide(&mut self) {
        self.decided = match (self.points.get(), self.commas.get()) {
            (1.., 0) => Some(Decimal::Point),
            (0, 1..) => Some(Decimal::Comma),
            _ => None,
        };
    }

    /// What its values contradict each other in, in words to which the name of the column is the beginning.
    pub(super) fn doubt(&self) -> Option<String> {
        let is_doubtful = self.relied.get() > 0 && self.points.get() > 0 && self.commas.get() > 0;
        is_doubtful.then(|| {
            "has numbers with a point before decimals and others with a comma: one such as `1,440` may be a thousand or a \
             decimal; write it without separators for thousands"
                .to_owned()
        })
    }

    /// Whole minutes of a length, to the nearest, and at least one where there is some time.
    ///
    /// # Errors
    ///
    /// What would be right.
    pub(super) fn minutes(&self, unit: Unit, text: &str) -> Result<i64, String> {
        if text.bytes().any(|byte| matches!(byte, b'.' | b',')) {
            self.see(text);
            if is_open(text) && self.decided.is_some() {
                self.relied.set(self.relied.get() + 1);
            }
            match (self.decided, shown(text)) {
                (Some(Decimal::Point), Some(Decimal::Comma)) => return Err(EXPECTED_POINT.to_owned()),
                (Some(Decimal::Comma), Some(Decimal::Point)) => return Err(EXPECTED_COMMA.to_owned()),
                _ => {}
            }
        }
        minutes(unit, text, self.decided)
    }
}

/// # Errors
///
/// What would be right, where something that begins at one instant cannot end at the other.
pub(super) fn ends(at: Instant, end: Instant) -> Result<(), &'static str> {
    const LIKELY_MS_MAX: i64 = 366 * crate::calendar::DAY_MS;
    match end - at {
        ..0 => Err("an end that is not before its start"),
        0..=LIKELY_MS_MAX => Ok(()),
        _ => Err("an end at most 366 days after its start"),
    }
}

fn minutes(unit: Unit, text: &str, decimal: Option<Decimal>) -> Result<i64, String> {
    let expected = || expected(unit).to_owned();
    let found = if text.bytes().all(|byte| byte.is_ascii_digit()) && unit != Unit::HoursAndMinutes {
        text.parse().ok().map(|number: f64| number * of(unit))
    } else if let Some(iso) = text.strip_prefix(['P', 'p']) {
        of_iso(iso)
    } else if text.contains(':') {
        of_clock(unit, text)
    } else if text.contains(char::is_alphabetic) {
        of_words(text, decimal)
    } else if unit == Unit::HoursAndMinutes {
        None
    } else {
        if is_open(text) && decimal.is_none() {
            return Err(EXPECTED_DECIMAL.to_owned());
        }
        number(text, decimal).map(|number| number * of(unit))
    };
    let minutes = found.filter(|minutes| (0.0..=MINUTES_MAX).contains(minutes)).ok_or_else(expected)?;
    if minutes > LIKELY_MAX {
        return Err(EXPECTED_LIKELY.to_owned());
    }
    #[expect(clippy::cast_possible_truncation, reason = "inside the range, as was looked at")]
    let whole = (minutes + 0.5).floor() as i64;
    Ok(if minutes > 0.0 { whole.max(1) } else { whole })
}

/// What would be right for a length.
fn expected(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "a length in seconds, or such as `1h 30m`",
        Unit::Minutes => {
            "a length in minutes or such as `1h 30m`, or another `unit` in the mapping, such as `h:mm` for `1:30`"
        }
        Unit::Hours => "a length in hours, or such as `1:30` or `1h 30m`",
        Unit::Days => "a length in days, or such as `1h 30m`",
        Unit::HoursAndMinutes => "a length such as `1:30` or `1h 30m`",
    }
}

/// Minutes of one.
fn of(unit: Unit) -> f64 {
    match unit {
        Unit::Seconds => 1.0 / 60.0,
        Unit::Minutes => 1.0,
        Unit::Hours | Unit::HoursAndMinutes => 60.0,
        Unit::Days => 1_440.0,
    }
}

/// `1:30` and `1:30:00`, also behind `0 days`, as data frames write them. Two parts may be minutes and seconds as well,
/// unless the unit says that they are not.
fn of_clock(unit: Unit, text: &str) -> Option<f64> {
    let (days, clock) = match text.rsplit_once(' ') {
        Some((days, clock)) => {
            let days = days
                .trim_end_matches(',')
                .strip_suffix("days")
                .or(days.trim_end_matches(',').strip_suffix("day"))?;
            (days.trim().parse::<u16>().ok()?, clock)
        }
        None => (0, text),
    };
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let mut parts = clock.split(':').map(|part| {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|it| is_number && *it < 100_000)
    });
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next();
    let is_told = seconds.is_some() || matches!(unit, Unit::Hours | Unit::HoursAndMinutes);
    let seconds = seconds.unwrap_or(Some(0))?;
    let is_clock = is_told && minutes < 60 && seconds < 60 && parts.next().is_none();
    is_clock.then_some(
        f64::from(days) * 1_440.0 + f64::from(hours) * 60.0 + f64::from(minutes) + f64::from(seconds) / 60.0,
    )
}

/// What stands behind the `P` of ISO 8601: `T1H30M`, `1DT2H`.
fn of_iso(text: &str) -> Option<f64> {
    let (mut rest, mut is_time, mut minutes) = (text, false, 0.0);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(['T', 't']).filter(|after| !is_time && !after.is_empty()) {
            (rest, is_time) = (after, true);
            continue;
        }
        let end = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        let (digits, after) = rest.split_at_checked(end)?;
        let count = number(digits, Some(if digits.contains(',') { Decimal::Comma } else { Decimal::Point }))?;
        let letter = after.chars().next()?.to_ascii_uppercase();
        minutes += count
            * match (is_time, letter) {
                (false, 'W') => 10_080.0,
                (false, 'D') => 1_440.0,
                (true, 'H') => 60.0,
                (true, 'M') => 1.0,
                (true, 'S') => 1.0 / 60.0,
                _ => return None,
            };
        rest = after.get(1..)?;
    }
    (!text.is_empty()).then_some(minutes)
}

/// `1h 30m`, `90 min`, `1,5 Std.`, `1h30`.
fn of_words(text: &str, decimal: Option<Decimal>) -> Option<f64> {
    let (mut rest, mut minutes, mut last) = (text.trim(), 0.0, None);
    while !rest.is_empty() {
        let end = rest.find(char::is_alphabetic).unwrap_or(rest.len());
        let (digits, after) = rest.split_at_checked(end)?;
        let digits = digits.trim().trim_start_matches(['&', ',']).trim();
        let count = number(digits, decimal)?;
        let end = after.find(|letter: char| !letter.is_alphabetic()).unwrap_or(after.len());
        let (word, after) = after.split_at_checked(end)?;
        let part = match (word_minutes(word), last) {
            (Some(part), _) => part,
            // In `1h30` the smaller unit is left out.
            (None, Some(60.0)) if word.is_empty() => 1.0,
            _ => return None,
        };
        // Smaller parts come after larger ones, each once.
        if last.is_some_and(|last| part >= last) {
            return None;
        }
        last = Some(part);
        minutes += count * part;
        rest = after.trim_start_matches(['.', ' ', ',']);
        for and in ["and ", "und ", "et ", "y ", "e "] {
            rest = rest.strip_prefix(and).unwrap_or(rest);
        }
    }
    last.map(|_| minutes)
}

/// Minutes of a unit that is written out.
fn word_minutes(word: &str) -> Option<f64> {
    Some(match word.to_lowercase().as_str() {
        "d" | "day" | "days" | "tag" | "tage" | "jour" | "jours" | "día" | "días" => 1_440.0,
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "heure" | "heures"
        | "hora" | "horas" | "ora" | "ore" | "uur" => 60.0,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "minuti"
        | "minuut" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" | "sek" | "sekunde" | "sekunden" | "seconde"
        | "secondes" | "seg" | "segundo" | "segundos" | "secondi" => 1.0 / 60.0,
        _ => return None,
    })
}

/// Whether a number has one separator with three digits behind it, which may be thousands or decimals.
fn is_open(text: &str) -> bool {
    let mut parts = text.split(['.', ',']);
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_group = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&before.len())
        && !before.starts_with('0')
        && after.len() == 3
        && is_group(before)
        && is_group(after)
}

/// What a number shows of its column.
fn shown(text: &str) -> Option<Decimal> {
    let (points, commas) = (text.matches('.').count(), text.matches(',').count());
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    match (points, commas) {
        _ if !is_number || is_open(text) => None,
        (0, 0) => None,
        (1, 0) => Some(Decimal::Point),
        (0, 1) => Some(Decimal::Comma),
        (0, _) => Some(Decimal::Point),
        (_, 0) => Some(Decimal::Comma),
        (..) => match (text.rfind('.') > text.rfind(','), points, commas) {
            (true, 1, _) => Some(Decimal::Point),
            (false, _, 1) => Some(Decimal::Comma),
            _ => None,
        },
    }
}

/// A number, with its thousands in groups or without.
fn number(text: &str, decimal: Option<Decimal>) -> Option<f64> {
    let decimal = if is_open(text) { decimal? } else { shown(text).or(decimal).unwrap_or(Decimal::Point) };
    let (mark, group) = match decimal {
        Decimal::Point => ('.', ','),
        Decimal::Comma => (',', '.'),
    };
    let (whole, fraction) = text.split_once(mark).unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split([group, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}']);
    let first = groups.next()?;
    let mut plain = first.to_owned();
    for digits in groups {
        let is_group = digits.len() == 3 && (1..=3).contains(&first.len());
        is_group.then(|| plain.push_str(digits))?;
    }
    let is_there = !(plain.is_empty() && fraction.is_empty());
    (is_there && is_digits(&plain) && is_digits(fraction))
        .then(|| format!("0{plain}.{fraction}0").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_whole_minutes() {
        for (unit, text, expected) in [
            (Unit::Minutes, "45", Some(45)),
            (Unit::Minutes, "0", Some(0)),
            (Unit::Minutes, "60.0", Some(60)),
            (Unit::Seconds, "2700", Some(45)),
            (Unit::Seconds, "20", Some(1)),
            (Unit::Hours, "1.5", Some(90)),
            (Unit::Hours, "0,75", Some(45)),
            (Unit::Hours, ".5", Some(30)),
            (Unit::Hours, "0.750", Some(45)),
            (Unit::Days, "0.0625", Some(90)),
            (Unit::HoursAndMinutes, "01:30", Some(90)),
            (Unit::HoursAndMinutes, "0:45:31", Some(46)),
            (Unit::Hours, "1:30", Some(90)),
            (Unit::Minutes, "1:30:00", Some(90)),
            (Unit::Minutes, "0 days 01:30:00", Some(90)),
            (Unit::Minutes, "1 day, 0:30:00", Some(1470)),
            (Unit::Minutes, "1:30", None),
            (Unit::Minutes, "5400s", Some(90)),
            (Unit::Minutes, "1h 30m", Some(90)),
            (Unit::Minutes, "1h30", Some(90)),
            (Unit::Hours, "90 min", Some(90)),
            (Unit::Minutes, "1,5 Std.", Some(90)),
            (Unit::Minutes, "1 hour and 30 minutes", Some(90)),
            (Unit::Minutes, "PT1H30M", Some(90)),
            (Unit::Seconds, "P1DT0.5H", Some(1470)),
            (Unit::Minutes, "PT90S", Some(2)),
            (Unit::Minutes, "1 440", Some(1440)),
            (Unit::Minutes, "1\u{202f}440", Some(1440)),
            (Unit::Minutes, "1'440", Some(1440)),
            (Unit::Minutes, "1,440.0", Some(1440)),
            (Unit::Minutes, "1.440,0", Some(1440)),
            (Unit::Seconds, "1,440,000", Some(24_000)),
            (Unit::Minutes, "527040", Some(527_040)),
            (Unit::Minutes, "1800000", None),
            (Unit::Minutes, "1440.125", Some(1440)),
            (Unit::Minutes, "1,440", None),
            (Unit::Minutes, "1.440", None),
            (Unit::Minutes, "1,440 min", None),
            (Unit::Minutes, "1,44,0", None),
            (Unit::HoursAndMinutes, "90", None),
            (Unit::HoursAndMinutes, "1:75", None),
            (Unit::Minutes, "-5", None),
            (Unit::Minutes, "1e9", None),
            (Unit::Minutes, "NaN", None),
            (Unit::Hours, "99999999999999", None),
            (Unit::Minutes, "an hour", None),
            (Unit::Minutes, "90 EUR", None),
            (Unit::Minutes, "\u{20ac}90", None),
            (Unit::Minutes, "30m 1h", None),
            (Unit::Minutes, "P", None),
            (Unit::Minutes, "PT", None),
            (Unit::Minutes, "P1M", None),
            (Unit::Minutes, ".", None),
            (Unit::Minutes, "", None),
        ] {
            assert_eq!(minutes(unit, text, None).ok(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_longer_than_anything_says_the_limit() {
        for text in ["999999999", "999,999,999", "527041", "PT9999H", "400 days"] {
            let told = minutes(Unit::Minutes, text, None).unwrap_err();
            assert!(told.starts_with("a length of at most 366 days"), "{text}: {told}");
        }
        let day = 86_400_000;
        assert_eq!([ends(5, 5), ends(0, 366 * day)], [Ok(()), Ok(())]);
        assert_eq!(ends(5, 4), Err("an end that is not before its start"));
        assert_eq!(ends(0, 366 * day + 1), Err("an end at most 366 days after its start"));
    }

    #[test]
    fn a_column_tells_thousands_from_decimals() {
        let told = |beginning: &[&str], text: &str| {
            let mut column = Decimals::default();
            beginning.iter().for_each(|text| column.see(text));
            column.decide();
            (column.minutes(Unit::Minutes, text).ok(), column)
        };
        for (beginning, text, expected) in [
            (&["1.5", "90"][..], "1,440", Some(1440)),
            (&["1.5"], "1.440", Some(1)),
            (&["1,5"], "1.440", Some(1440)),
            (&["1.234,5"], "1,440", Some(1)),
            (&["1.234.567"], "1.440", Some(1440)),
            (&["1,5", "1.5"], "1,440", None),
            (&["90", "1,440"], "1.440", None),
            (&["90"], "1,234.5", Some(1235)),
            (&["2.5"], "1,234.5", Some(1235)),
            (&["2,5"], "1,234.5", None),
            (&["2,5"], "1.234,5", Some(1235)),
            (&["2.5"], "2,5", None),
            (&["90"], "999,999,999", None),
        ] {
            assert_eq!(told(beginning, text).0, expected, "{beginning:?} {text}");
        }
        let (_, column) = told(&["1.5"], "1,440");
        assert_eq!(column.doubt(), None);
        assert_eq!(column.minutes(Unit::Minutes, "2,5"), Err(EXPECTED_POINT.to_owned()));
        assert!(column.doubt().is_some(), "what was relied on is contradicted later");
    }
}
