//! Cells as text, as CSV would have them.

use calamine::{Data, DataRef, ExcelDateTime};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

/// Digits that are right in a number of a workbook.
const DIGITS: usize = 15;

/// What stands in a cell; empty where nothing does.
pub(super) fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(time) => moment(time),
        DataRef::DateTimeIso(text) => text.replacen('T', " ", 1),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// The same of a cell that is held.
pub(super) fn held(cell: &Data) -> String {
    match cell {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => float(*number),
        Data::DateTimeIso(text) => text.replacen('T', " ", 1),
        Data::String(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(time) => moment(time),
        Data::Error(error) => error.to_string(),
        _ => String::new(),
    }
}

/// A number without what floating point adds to it: 0.1 + 0.2 is 0.3.
fn float(number: f64) -> String {
    let rounded: f64 = format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number);
    format!("{rounded}")
}

/// A date, a time of day, both, or a length such as `25:30:00`.
fn moment(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into());
    let at =
        date.and_then(|date| date.and_hms_milli_opt(hour.into(), minute.into(), second.into(), milli.into()));
    let Some(at) = at else { return float(time.as_f64()) };
    let at = settled(at);
    if time.is_duration() {
        let seconds = (time.as_f64() * 86_400.0).round();
        let (hours, rest) = ((seconds / 3600.0).floor(), seconds % 3600.0);
        return format!("{hours:.0}:{:02.0}:{:02.0}", (rest / 60.0).floor(), rest % 60.0);
    }
    let (is_time, has_time) =
        (time.as_f64() < 1.0, at.time().num_seconds_from_midnight() > 0 || at.nanosecond() > 0);
    let form = match (is_time, has_time, at.nanosecond() > 0) {
        (true, _, _) => "%H:%M:%S",
        (_, false, _) => "%Y-%m-%d",
        (_, _, false) => "%Y-%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S%.3f",
    };
    at.format(form).to_string()
}

/// A day's fraction is no whole second, only nearly so.
fn settled(at: NaiveDateTime) -> NaiveDateTime {
    let milli = i64::from(at.and_utc().timestamp_subsec_millis());
    match milli {
        1 | 2 => at - TimeDelta::milliseconds(milli),
        998 | 999 => at + TimeDelta::milliseconds(1000 - milli),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn cells_are_what_csv_would_have() {
        for (number, expected) in [
            (0.1 + 0.2, "0.3"),
            (45.0, "45"),
            (1.23457e11, "123457000000"),
            (-2.5, "-2.5"),
            (1e-7, "0.0000001"),
        ] {
            assert_eq!(float(number), expected);
        }
        for (serial, kind, expected) in [
            (46146.0, DateTime, "2026-05-04"),
            (46146.375, DateTime, "2026-05-04 09:00:00"),
            (46_146.0 + 1.0 / 3.0, DateTime, "2026-05-04 08:00:00"),
            (0.375, DateTime, "09:00:00"),
            (25.5 / 24.0, TimeDelta, "25:30:00"),
        ] {
            assert_eq!(moment(&ExcelDateTime::new(serial, kind, false)), expected);
        }
        assert_eq!(moment(&ExcelDateTime::new(46146.375 - 1462.0, DateTime, true)), "2026-05-04 09:00:00");
    }
}
