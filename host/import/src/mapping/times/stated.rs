//! Forms that a mapping states.

use std::fmt::Write;

use chrono::DateTime;
use chrono::format::{Item, Parsed, StrftimeItems};

use super::counts::Number;
use super::tidy::with_plain_halves;
use super::{Form, Stamp};

/// A form that a mapping states.
#[derive(Clone, Debug)]
pub(crate) enum Stated {
    /// So many since 1970.
    Count(Form),
    /// Days of a spreadsheet; whether they begin in 1904.
    Days(bool),
    /// As `chrono` has them.
    Pattern(Vec<Item<'static>>),
}

/// Forms that have a name.
const NAMED: &[(&str, Stated)] = &[
    ("seconds", Stated::Count(Form::Seconds)),
    ("milliseconds", Stated::Count(Form::Milliseconds)),
    ("microseconds", Stated::Count(Form::Microseconds)),
    ("nanoseconds", Stated::Count(Form::Nanoseconds)),
    ("excel", Stated::Days(false)),
    ("excel-1904", Stated::Days(true)),
];

impl Stated {
    /// Reads the form itself: `seconds`, `excel`, or a pattern such as `%d/%m/%Y %H:%M`.
    pub(crate) fn named(text: &str) -> Result<Self, String> {
        if let Some((_, stated)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(stated.clone());
        }
        let named: Vec<String> = NAMED.iter().map(|(name, _)| format!("`{name}`")).collect();
        let wrong = |why: &str| {
            format!(
                "found `{text}`, {why}expected {} or a pattern with a date such as `%d/%m/%Y %H:%M`",
                named.join(", ")
            )
        };
        let Ok(items) = StrftimeItems::new(text).parse_to_owned() else { return Err(wrong("")) };
        // A pattern that does not read what it has written gives no date.
        let mut sample = String::new();
        let at = DateTime::from_timestamp_millis(1_778_329_845_000).unwrap_or_default().fixed_offset();
        let is_written = write!(sample, "{}", at.format_with_items(items.iter())).is_ok();
        let Some(parsed) = is_written.then(|| parsed(&items, &sample)).flatten() else {
            return Err(wrong(""));
        };
        if of_parsed(parsed.clone()).is_none() {
            let is_half = parsed.hour_mod_12().is_some() && parsed.hour_div_12().is_none();
            return Err(wrong(if is_half { "which has hours without `%p` for AM and PM, " } else { "" }));
        }
        Ok(Self::Pattern(items))
    }

    /// Reads a time in this form.
    pub(crate) fn read(&self, text: &str) -> Option<Stamp> {
        let number =
            |text: &str| Number::of(text.trim_start_matches('-')).is_some_and(|it| !it.may_be_shortened());
        match self {
            Self::Count(form) if number(text) => match text.strip_prefix('-') {
                Some(text) => Number::of(text)?.before_1970(*form),
                None => Number::of(text)?.since_1970(*form),
            },
            Self::Count(_) => None,
            Self::Days(from_1904) => Number::of(text)?.day(*from_1904),
            Self::Pattern(items) => {
                let read = |text: &str| parsed(items, text).and_then(of_parsed);
                read(text).or_else(|| {
                    let plain = with_plain_halves(text);
                    if plain == text { None } else { read(&plain) }
                })
            }
        }
    }
}

fn parsed(items: &[Item<'static>], text: &str) -> Option<Parsed> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
    Some(parsed)
}

fn of_parsed(mut parsed: Parsed) -> Option<Stamp> {
    if parsed.timestamp().is_some() {
        let at = parsed.to_naive_datetime_with_offset(0).ok()?;
        return Some(Stamp { date: at.date(), time: Some(at.time()), offset: Some(0) });
    }
    let date = parsed.to_naive_date().ok()?;
    if parsed.hour_mod_12().is_some() && parsed.minute().is_none() {
        parsed.set_minute(0).ok()?;
    }
    // What has an hour has a time, or is not understood: it is no whole day.
    let has_time = parsed.hour_mod_12().is_some() || parsed.minute().is_some();
    let time = if has_time { Some(parsed.to_naive_time().ok()?) } else { None };
    Some(Stamp { date, time, offset: parsed.offset() })
}
