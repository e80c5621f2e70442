//! A mapping file as it is understood: rules, the fields they fill, and what fills them.

use std::collections::BTreeMap;

use super::expression::Expression;
use super::fields::{Field, Kind};
use super::times::Stated;
use crate::calendar::Zone;
use crate::ids::Spelling;
use crate::input::TraceRules;
use redtape_model::problem::unescaped;

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) about: String,
    /// Columns or paths that tell a file is of this sort; of several together one is enough.
    pub(super) recognize: Vec<Vec<String>>,
    /// Columns that a file may lack without a word.
    pub(super) optional: Vec<String>,
    /// Columns or paths that name people who take part in nothing.
    pub(super) names: Vec<Path>,
    pub(super) zone: Option<Zone>,
    pub(super) delimiter: Option<u8>,
    /// Path to the list of records in a JSON document.
    pub(super) records: Option<Path>,
    /// Path to a list inside each record, whose elements are the records then.
    pub(super) each: Option<Path>,
    /// Columns in which a blank means the value above.
    pub(super) fill_down: Vec<String>,
    /// Whose ids these are.
    pub(super) spelling: Spelling,
    pub(super) rules: Vec<Rule>,
    /// What the traces of process logs are.
    pub(super) traces: Vec<TraceRules>,
}

impl Rules {
    /// The paths that may be columns of a file.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let sources = self.rules.iter().flat_map(|rule| &rule.fills).flat_map(|fill| &fill.sources);
        let of_sources = sources.flat_map(|source| {
            let from: &[Path] = if let What::From(paths) = &source.what { paths } else { &[] };
            from.iter().chain(&source.time).chain(&source.name)
        });
        self.names.iter().chain(of_sources)
    }

    /// Gives each of these its number.
    pub(super) fn number_paths(&mut self) {
        let sources =
            self.rules.iter_mut().flat_map(|rule| &mut rule.fills).flat_map(|fill| &mut fill.sources);
        let of_sources = sources.flat_map(|source| {
            let from: &mut [Path] = if let What::From(paths) = &mut source.what { paths } else { &mut [] };
            from.iter_mut().chain(&mut source.time).chain(&mut source.name)
        });
        let all = self.names.iter_mut().chain(of_sources);
        all.enumerate().for_each(|(number, path)| path.number = Some(number));
    }
}

/// How one sort of activity is made of a record.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: &'static Kind,
    pub(super) when: Option<Expression>,
    /// Records that are left out although they are meant: what they are, and how they are known.
    pub(super) unless: Vec<(String, Expression)>,
    /// In the order of a line.
    pub(super) fills: Vec<Fill>,
    /// The place of `all_day` among them, which says how times are written.
    pub(super) all_day: Option<usize>,
    /// Whether `end` is one of them.
    pub(super) has_end: bool,
}

impl Rule {
    pub(super) fn new(
        kind: &'static Kind,
        when: Option<Expression>,
        unless: Vec<(String, Expression)>,
        fills: Vec<Fill>,
    ) -> Self {
        let place = |key: &str| fills.iter().position(|fill| fill.field.key == key);
        let (all_day, has_end) = (place("all_day"), place("end").is_some());
        Self { kind, when, unless, fills, all_day, has_end }
    }
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
    /// Where the names of the people are: never in an activity, only known, so that they can be masked.
    pub(super) name: Option<Path>,
    /// What the value is, where it is taken for an account and is none.
    pub(super) stands_for: Option<String>,
    /// Whether the value is an account by itself.
    pub(super) is_account: Option<Expression>,
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
    /// As spreadsheets count.
    Days,
    /// `1:30`.
    HoursAndMinutes,
}

/// The units by their names.
pub(super) const UNITS: &[(&str, Unit)] = &[
    ("s", Unit::Seconds),
    ("min", Unit::Minutes),
    ("h", Unit::Hours),
    ("d", Unit::Days),
    ("h:mm", Unit::HoursAndMinutes),
];

/// The name of a column, or the way to a value inside JSON: `a.b.0.c` or `/a/b`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) name: String,
    keys: Vec<String>,
    /// Its number among those of its mapping that may be columns, by which a file's column is found at once.
    pub(super) number: Option<usize>,
}

impl Path {
    pub(super) fn new(name: &str) -> Self {
        let keys = match name.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(unescaped).collect(),
            None => name.split('.').map(str::to_owned).collect(),
        };
        Self { name: name.to_owned(), keys, number: None }
    }

    /// Its keys, from the outermost on.
    pub(super) fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Takes away the value it leads to.
    pub(super) fn remove(&self, value: &mut serde_json::Value) {
        let Some((last, before)) = self.keys.split_last() else { return };
        let inner = before.iter().try_fold(value, |value, key| value.get_mut(key));
        if let Some(members) = inner.and_then(serde_json::Value::as_object_mut) {
            members.remove(last);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
