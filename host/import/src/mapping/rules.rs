//! A mapping file as it is understood: rules, the fields they fill, and what fills them.

use std::collections::BTreeMap;

use super::expression::Expression;
use super::fields::{Field, Kind};
use super::times::Stated;
use crate::calendar::Zone;
use crate::input::TraceRules;

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) about: String,
    /// Columns or paths that tell a file is of this sort.
    pub(super) recognize: Vec<String>,
    /// Columns that a file may lack.
    pub(super) optional: Vec<String>,
    pub(super) zone: Option<Zone>,
    pub(super) delimiter: Option<u8>,
    /// Path to the list of records in a JSON document.
    pub(super) records: Option<Path>,
    pub(super) rules: Vec<Rule>,
    /// What the traces of process logs are.
    pub(super) traces: Vec<TraceRules>,
}

/// How one sort of activity is made of a record.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: &'static Kind,
    pub(super) when: Option<Expression>,
    /// In the order of a line.
    pub(super) fills: Vec<Fill>,
}

/// What fills a field: one source, or several where the field is a list.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) field: &'static Field,
    pub(super) sources: Vec<Source>,
}

/// Where a value comes from, and how it is read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) what: What,
    /// Column with the time of day, beside one with the date.
    pub(super) time: Option<Path>,
    pub(super) default: Option<String>,
    /// By what is written in the file; an empty text means that nothing is known.
    pub(super) values: Option<BTreeMap<String, String>>,
    /// For values that are not in the table.
    pub(super) other: Option<String>,
    pub(super) prefix: String,
    pub(super) unit: Unit,
    /// Empty: the forms that people use.
    pub(super) formats: Vec<Stated>,
    pub(super) split: Option<String>,
    /// The text is JSON.
    pub(super) is_json: bool,
    /// Where in each element of a list.
    pub(super) item: Option<Path>,
    pub(super) side: Option<&'static str>,
}

/// The origin of a value.
#[derive(Debug)]
pub(super) enum What {
    /// The first of these that has a value.
    From(Vec<Path>),
    Cel(Expression),
    Value(String),
}

/// What a length is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    #[default]
    Minutes,
    Hours,
    /// `1:30`.
    HoursAndMinutes,
}

/// The units by their names.
pub(super) const UNITS: &[(&str, Unit)] =
    &[("s", Unit::Seconds), ("min", Unit::Minutes), ("h", Unit::Hours), ("h:mm", Unit::HoursAndMinutes)];

/// The name of a column, or the way to a value inside JSON: `a.b.0.c` or `/a/b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) name: String,
    keys: Vec<String>,
}

impl Path {
    pub(super) fn new(name: &str) -> Self {
        let keys = match name.strip_prefix('/') {
            Some(pointer) => {
                pointer.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
            }
            None => name.split('.').map(str::to_owned).collect(),
        };
        Self { name: name.to_owned(), keys }
    }

    /// Its keys, from the outermost on.
    pub(super) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The value it leads to; a member of the whole name is meant first.
    pub(super) fn find<'a>(&self, value: &'a serde_json::Value) -> Option<&'a serde_json::Value> {
        let by_name = value.get(&self.name);
        by_name.or_else(|| {
            self.keys.iter().try_fold(value, |value, key| match value {
                serde_json::Value::Array(values) => values.get(key.parse::<usize>().ok()?),
                value => value.get(key),
            })
        })
    }
}

impl Unit {
    /// Minutes of a text in this unit, to the nearest, and at least one where there is some time.
    pub(super) fn minutes(self, text: &str) -> Option<i64> {
        let minutes = match (self, text.strip_suffix('s')) {
            // CEL's durations.
            (_, Some(seconds)) => number(seconds)? / 60.0,
            (Unit::Seconds, None) => number(text)? / 60.0,
            (Unit::Minutes, None) => number(text)?,
            (Unit::Hours, None) => number(text)? * 60.0,
            (Unit::HoursAndMinutes, None) => {
                let mut parts =
                    text.split(':').map(|part| part.parse::<u32>().ok().filter(|it| *it < 100_000));
                let (hours, minutes) = (parts.next()??, parts.next()??);
                let seconds = parts.next().unwrap_or(Some(0))?;
                let is_clock = minutes < 60 && seconds < 60 && parts.next().is_none();
                is_clock
                    .then_some(f64::from(hours) * 60.0 + f64::from(minutes) + f64::from(seconds) / 60.0)?
            }
        };
        let is_known = (0.0..=2_147_483_647.0).contains(&minutes);
        #[expect(clippy::cast_possible_truncation, reason = "inside the range, as was looked at")]
        let whole = is_known.then_some((minutes + 0.5).floor() as i64)?;
        Some(if minutes > 0.0 { whole.max(1) } else { whole })
    }
}

/// A number with a point or a comma.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".,-".contains(&byte));
    is_plain.then(|| text.replace(',', ".").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_whole_minutes() {
        for (unit, text, minutes) in [
            (Unit::Minutes, "45", Some(45)),
            (Unit::Minutes, "0", Some(0)),
            (Unit::Seconds, "2700", Some(45)),
            (Unit::Seconds, "20", Some(1)),
            (Unit::Hours, "1.5", Some(90)),
            (Unit::Hours, "0,75", Some(45)),
            (Unit::HoursAndMinutes, "01:30", Some(90)),
            (Unit::HoursAndMinutes, "0:45:31", Some(46)),
            (Unit::Minutes, "5400s", Some(90)),
            (Unit::HoursAndMinutes, "90", None),
            (Unit::HoursAndMinutes, "1:75", None),
            (Unit::Minutes, "-5", None),
            (Unit::Minutes, "1e9", None),
            (Unit::Minutes, "NaN", None),
            (Unit::Hours, "99999999999999", None),
            (Unit::Minutes, "an hour", None),
        ] {
            assert_eq!(unit.minutes(text), minutes, "{text}");
        }
    }

    #[test]
    fn paths_lead_into_json() {
        let value = serde_json::json!({"a": {"b": [{"c": 1}]}, "a.b": 2, "x/y": 3, "a/b": 4});
        let find = |path: &str| Path::new(path).find(&value).and_then(serde_json::Value::as_i64);
        assert_eq!(
            ["a.b.0.c", "/a/b/0/c", "a.b", "/x~1y", "a.b.1.c", "a.c"].map(find),
            [Some(1), Some(1), Some(2), Some(3), None, None]
        );
    }
}
