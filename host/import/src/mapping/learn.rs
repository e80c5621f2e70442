//! What a file tells before its records are read: where its columns are, and how it writes times.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use cel::Value as Cel;
use serde_json::Value;

use super::expression;
use super::fields::Shape;
use super::lengths::Decimals;
use super::names::{find, listed, nearest, placed, several};
use super::rules::{Path, Rules, Source, Unit, What};
use super::seen::{Key, Part};
use super::times::{Column, Order, Stamp};
use super::{Mapping, Record, Refusal};
use crate::calendar::Zone;
use crate::cells;
use crate::text::cut;

/// Where the names of a mapping are in a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// Columns by the numbers of paths; empty where records are JSON.
    by_path: Vec<Option<usize>>,
    /// What expressions see: names and columns, where a file may lack some of them.
    row: Vec<(String, Option<usize>)>,
    /// Names that JSON records may lack.
    optional: Vec<String>,
    /// What is said of columns that the mapping does not ask for.
    remarks: Vec<String>,
    /// Names that a file lacks, and that no activity needs.
    lacking: BTreeSet<String>,
}

impl Columns {
    /// Finds the columns of a mapping in a header. What makes an activity must be there; of the rest what is missing is
    /// told, and refused where another name of the header is like it and of no other use.
    pub(super) fn of(mapping: &Mapping, header: &[String]) -> Result<Self, Refusal> {
        let rules = &mapping.rules;
        clear(mapping, header)?;
        let may_lack = |name: &str| rules.optional.iter().any(|it| it == name);
        let mut by_name = BTreeMap::new();
        let mut row = BTreeMap::new();
        let (mut missing, mut lacking) = (BTreeSet::new(), BTreeSet::new());
        for Wanted { names, is_needed } in wanted(rules) {
            let mut is_there = false;
            for name in &names {
                if let Some(column) = find(name, header) {
                    by_name.insert(*name, column);
                    is_there = true;
                }
            }
            if !is_there && !names.iter().any(|name| may_lack(name)) {
                if is_needed { &mut missing } else { &mut lacking }.extend(names.first().copied());
            }
        }
        // Names of people are only masked: a file that has none is as good.
        for path in rules.names.iter().chain(sources(rules).filter_map(|source| source.name.as_ref())) {
            if let Some(column) = find(&path.name, header) {
                by_name.insert(&path.name, column);
            }
        }
        for (expression, use_of) in expressions(rules) {
            let Some(wanted) = expression.columns() else {
                row.extend(header.iter().enumerate().map(|(at, name)| (name.clone(), Some(at))));
                continue;
            };
            for name in wanted {
                let column = find(name, header);
                if column.is_some() || may_lack(name) || use_of == Use::Unless {
                    row.insert(name.clone(), column);
                }
                if column.is_none() && !may_lack(name) && expression.needs(name) {
                    if use_of == Use::Needed { &mut missing } else { &mut lacking }.insert(name.as_str());
                }
            }
        }
        let used: BTreeSet<usize> =
            by_name.values().copied().chain(row.values().flatten().copied()).collect();
        let unused =
            || header.iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, name)| name.as_str());
        if !mapping.is_ready {
            missing.extend(lacking.iter().filter(|name| nearest(name, unused()).is_some()));
        }
        if !missing.is_empty() {
            return Err(told_missing(mapping, &missing, header));
        }
        let remarks = super::names::repeated(header).into_iter().map(|(name, places)| {
            format!(
                "column `{}` stands in the header several times ({}), and the mapping reads none of them",
                cut(name, 80),
                placed(&places)
            )
        });
        let lacking = lacking.into_iter().map(str::to_owned).collect();
        Ok(Self {
            by_path: rules.paths().map(|path| by_name.get(&*path.name).copied()).collect(),
            row: row.into_iter().collect(),
            optional: Vec::new(),
            lacking,
            remarks: remarks.collect(),
        })
    }

    /// Names that the file lacks, and that no activity needs.
    pub(super) fn lacking(&self) -> &BTreeSet<String> {
        &self.lacking
    }

    /// Whether a column is missing that an expression cannot do without.
    pub(super) fn lacks(&self, expression: &expression::Expression) -> bool {
        !self.lacking.is_empty()
            && expression.columns().is_some_and(|wanted| {
                wanted.iter().any(|name| self.lacking.contains(name) && expression.needs(name))
            })
    }

    /// For records that are JSON.
    pub(super) fn paths(mapping: &Mapping) -> Self {
        let (by_path, row, lacking) = <(_, _, _)>::default();
        let mut optional = mapping.rules.optional.clone();
        let unless = expressions(&mapping.rules).filter(|(_, use_of)| *use_of == Use::Unless);
        for name in unless.filter_map(|(expression, _)| expression.columns()).flatten() {
            if !optional.contains(name) {
                optional.push(name.clone());
            }
        }
        Self { by_path, row, optional, lacking, remarks: Vec::new() }
    }

    /// What is said of the header.
    pub(super) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The column of a path.
    pub(super) fn column(&self, path: &Path) -> Option<usize> {
        self.by_path.get(path.number?).copied().flatten()
    }

    /// The column that expressions know by a name.
    pub(super) fn seen_by_expressions(&self, name: &str) -> Option<usize> {
        self.row.iter().find(|(known, _)| known == name)?.1
    }

    /// What a record has of the members that an expression asks for; none: it asks for more than single values.
    pub(super) fn key(&self, expression: &expression::Expression, record: Record<'_>) -> Option<Key> {
        let mut key = Key::default();
        for name in expression.columns()? {
            match record {
                Record::Row(row) => key.push(match self.row.iter().find(|(known, _)| known == name) {
                    None => Part::Missing,
                    Some((_, column)) => Part::Text(said(*column, row)),
                }),
                Record::Json(value) => match value.get(name) {
                    None if self.optional.contains(name) => key.push(Part::Null),
                    None => key.push(Part::Missing),
                    Some(Value::Null) => key.push(Part::Null),
                    Some(Value::Bool(flag)) => key.push(Part::Flag(*flag)),
                    Some(Value::String(text)) => key.push(Part::Text(text)),
                    Some(Value::Number(number)) => key.push(Part::Other(&number.to_string())),
                    Some(Value::Array(_) | Value::Object(_)) => return None,
                },
            }
        }
        Some(key)
    }

    /// A record as expressions see it.
    pub(super) fn row(&self, record: Record<'_>) -> Cel {
        match record {
            Record::Row(row) => expression::map(
                self.row.iter().map(|(name, column)| (name.as_str(), expression::text(said(*column, row)))),
            ),
            Record::Json(Value::Object(members)) => {
                let lacked = self.optional.iter().filter(|name| !members.contains_key(*name));
                let lacked = lacked.map(|name| (name.as_str(), Cel::Null));
                expression::map(
                    members.iter().map(|(key, it)| (key.as_str(), expression::value(it))).chain(lacked),
                )
            }
            Record::Json(value) => expression::value(value),
        }
    }
}

/// What a cell says to expressions; a column that is not there says nothing.
fn said(column: Option<usize>, row: &csv::StringRecord) -> &str {
    cells::said(column.and_then(|column| row.get(column)).unwrap_or_default())
}

fn sources(rules: &Rules) -> impl Iterator<Item = &Source> {
    rules.rules.iter().flat_map(|rule| &rule.fills).flat_map(|fill| &fill.sources)
}

/// Names of which one is enough.
struct Wanted<'a> {
    names: Vec<&'a str>,
    /// Whether there is no activity without one of them.
    is_needed: bool,
}

/// The names that the fields of a mapping ask for.
fn wanted(rules: &Rules) -> Vec<Wanted<'_>> {
    let mut all = Vec::new();
    for fill in rules.rules.iter().flat_map(|rule| &rule.fills) {
        for source in &fill.sources {
            let is_needed = fill.field.is_required;
            if let What::From(paths) = &source.what {
                let names = paths.iter().map(|path| path.name.as_str()).collect();
                all.push(Wanted { names, is_needed: is_needed && source.default.is_none() });
            }
            all.extend(source.time.iter().map(|path| Wanted { names: vec![path.name.as_str()], is_needed }));
        }
    }
    all
}

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// There is no activity without it.
    Needed,
    /// A field that may be left empty.
    Optional,
    /// What is left out, and what is no account: a column that is not there says of no record that it is.
    Unless,
}

fn expressions(rules: &Rules) -> impl Iterator<Item = (&expression::Expression, Use)> {
    rules.rules.iter().flat_map(|rule| {
        let sources =
            rule.fills.iter().flat_map(|fill| fill.sources.iter().map(move |source| (fill, source)));
        let of_sources = sources.flat_map(|(fill, source)| {
            let of_value = match &source.what {
                What::Cel(it) => Some((it, if fill.field.is_required { Use::Needed } else { Use::Optional })),
                What::From(_) | What::Value(_) => None,
            };
            of_value.into_iter().chain(source.is_account.iter().map(|it| (it, Use::Unless)))
        });
        let when = rule.when.iter().map(|it| (it, Use::Needed));
        when.chain(rule.unless.iter().map(|(_, it)| (it, Use::Unless))).chain(of_sources)
    })
}

impl Rules {
    /// Every name of a column or a path that is asked for.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let of_fields = wanted(self).into_iter().flat_map(|wanted| wanted.names);
        let of_expressions =
            expressions(self).filter_map(|(it, _)| it.columns()).flatten().map(String::as_str);
        of_fields.chain(of_expressions).collect()
    }
}

/// Whether every name that a mapping asks for means one column.
fn clear(mapping: &Mapping, header: &[String]) -> Result<(), Refusal> {
    let of_expressions =
        expressions(&mapping.rules).filter_map(|(it, _)| it.columns()).flatten().map(String::as_str);
    let all = wanted(&mapping.rules).into_iter().flat_map(|wanted| wanted.names).chain(of_expressions);
    let unclear = |name: &str| -> Option<String> {
        let places = several(name, header);
        (!places.is_empty()).then(|| format!("`{name}` ({})", placed(&places)))
    };
    let told: BTreeSet<String> = all.filter_map(unclear).collect();
    if told.is_empty() {
        return Ok(());
    }
    Err(Refusal(format!(
        "mapping `{}` wants columns of which the header has several alike: {}; which is meant cannot be told: give each a name \
         of its own",
        mapping.name(),
        told.into_iter().collect::<Vec<_>>().join(", ")
    )))
}

fn told_missing(mapping: &Mapping, missing: &BTreeSet<&str>, header: &[String]) -> Refusal {
    let told: Vec<String> = missing
        .iter()
        .map(|name| match nearest(name, header.iter().map(String::as_str)) {
            Some(like) => format!("`{name}` (is it `{}`?)", cut(like, 80)),
            None => format!("`{name}`"),
        })
        .collect();
    let there = listed(header.iter().map(String::as_str));
    Refusal(format!(
        "mapping `{}` wants columns that are not there: {}; the header has {there}",
        mapping.name,
        told.join(", ")
    ))
}

/// The place of a field in a mapping: its rule, and its number there.
type At = (usize, usize);

/// How a file writes times and numbers.
#[derive(Debug)]
pub(super) struct Learned {
    zone_is_stated: bool,
    /// Where the record stands that is looked at.
    line: Cell<u64>,
    /// By where their values were found: of several columns each may be written in another way.
    times: BTreeMap<At, Vec<(String, Column)>>,
    lengths: BTreeMap<At, Vec<(String, Decimals)>>,
}

impl Learned {
    pub(super) fn new(rules: &Rules, zone_is_stated: bool) -> Self {
        let (mut times, mut lengths) = (BTreeMap::new(), BTreeMap::new());
        for (rule_at, rule) in rules.rules.iter().enumerate() {
            for (fill_at, fill) in rule.fills.iter().enumerate() {
                let at = (rule_at, fill_at);
                let Some(source) = fill.sources.first() else { continue };
                let names: Vec<&str> = match &source.what {
                    What::From(paths) => paths.iter().map(|path| path.name.as_str()).collect(),
                    What::Cel(_) | What::Value(_) => vec![fill.field.key],
                };
                let names = names.into_iter().map(str::to_owned);
                match fill.field.shape {
                    Shape::Time if source.formats.is_empty() => {
                        times.insert(at, names.map(|name| (name, Column::default())).collect());
                    }
                    Shape::Minutes => {
                        lengths.insert(at, names.map(|name| (name, Decimals::default())).collect());
                    }
                    _ => {}
                }
            }
        }
        Self { zone_is_stated, line: Cell::new(0), times, lengths }
    }

    /// Says where the next record stands.
    pub(super) fn stand_at(&self, line: u64) {
        self.line.set(line);
    }

    /// Looks at a value of the beginning, that of column `name`.
    pub(super) fn see(&mut self, at: At, name: &str, text: &str) {
        let line = self.line.get();
        if let Some((_, column)) =
            self.times.get_mut(&at).and_then(|all| all.iter_mut().find(|(it, _)| it == name))
        {
            column.see(line, text);
        }
        if let Some(column) = of(&self.lengths, at, name) {
            column.see(text);
        }
    }

    /// Whether a value left open what no other has decided yet.
    pub(super) fn is_open(&self) -> bool {
        self.other().is_none() && self.columns().any(|(_, column)| column.is_open())
    }

    /// Decides what was open, and tells what is taken for granted.
    pub(super) fn decide(&mut self, zone: Zone) -> Result<Vec<String>, Refusal> {
        // Another column of the same file may tell.
        let other = self.other();
        for (name, column) in self.times.values_mut().flatten() {
            column.decide(other).map_err(|why| Refusal(format!("`{name}` {why}")))?;
        }
        self.lengths.values_mut().flatten().for_each(|(_, column)| column.decide());
        Ok(self.remarks(zone))
    }

    /// Reads a time.
    pub(super) fn time(&self, at: At, name: &str, text: &str) -> Result<Stamp, String> {
        let column = of(&self.times, at, name);
        column.map_or_else(|| Err("a time".to_owned()), |column| column.read(self.line.get(), text))
    }

    /// Reads a length, in minutes.
    pub(super) fn length(&self, at: At, name: &str, unit: Unit, text: &str) -> Result<i64, String> {
        let column = of(&self.lengths, at, name);
        column.map_or_else(|| Err("a length".to_owned()), |column| column.minutes(unit, text))
    }

    /// Whether all values together are what each was taken for.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        let times = self.columns().map(|(name, column)| (name, column.doubt()));
        let lengths = self.lengths.values().flatten().map(|(name, column)| (name.as_str(), column.doubt()));
        match times.chain(lengths).find_map(|(name, doubt)| Some((name, doubt?))) {
            Some((name, doubt)) => Err(Refusal(format!("`{name}` {doubt}"))),
            None => Ok(()),
        }
    }

    fn columns(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.times.values().flatten().map(|(name, column)| (name.as_str(), column))
    }

    /// The order that all columns show that show one.
    fn other(&self) -> Option<Order> {
        let shown: BTreeSet<Order> = self.columns().filter_map(|(_, column)| column.order()).collect();
        shown.first().copied().filter(|_| shown.len() == 1)
    }

    /// A sentence for all columns that are written alike.
    fn remarks(&self, zone: Zone) -> Vec<String> {
        let mut alike: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, column) in self.columns() {
            let forms = column.told();
            if forms.is_empty() {
                continue;
            }
            let mut told = format!("are read as {}", forms.join(" or "));
            if column.has_naive() {
                told += &format!(", without a zone as {}", zone.name());
                if !self.zone_is_stated {
                    told += " (if they are not, say `--time-zone`)";
                }
            }
            alike.entry(told).or_default().insert(format!("`{name}`"));
        }
        let sentence = |(told, names): (String, BTreeSet<String>)| {
            format!("times of {} {told}", names.into_iter().collect::<Vec<_>>().join(", "))
        };
        alike.into_iter().map(sentence).collect()
    }
}

/// What is known of a column.
fn of<'a, T>(all: &'a BTreeMap<At, Vec<(String, T)>>, at: At, name: &str) -> Option<&'a T> {
    all.get(&at)?.iter().find(|(it, _)| it == name).map(|(_, column)| column)
}
