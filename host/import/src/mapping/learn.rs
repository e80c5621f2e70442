//! What a file tells before its records are read: where its columns are, and how it writes times.

use std::collections::{BTreeMap, BTreeSet};

use cel::Value as Cel;

use super::expression;
use super::names::{find, listed, nearest};
use super::rules::{Path, Rules, What};
use super::times::{Form, Order, Parts};
use super::{Mapping, Record, Refusal};
use crate::calendar::Zone;
use crate::text::cut;

/// Where the names of a mapping are in a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// Columns by name; empty where records are JSON.
    by_name: BTreeMap<String, usize>,
    /// What expressions see: names and columns, where a file may lack some of them.
    row: Vec<(String, Option<usize>)>,
    /// Names that JSON records may lack.
    optional: Vec<String>,
}

impl Columns {
    /// Finds the columns of a mapping in a header.
    pub(super) fn of(mapping: &Mapping, header: &[String]) -> Result<Self, Refusal> {
        let rules = &mapping.rules;
        let mut by_name = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for alternatives in names(rules) {
            let mut is_there = false;
            for name in &alternatives {
                if let Some(column) = find(name, header) {
                    by_name.insert((*name).to_owned(), column);
                    is_there = true;
                }
            }
            if !is_there && !alternatives.iter().any(|name| rules.optional.iter().any(|it| it == name)) {
                missing.extend(alternatives.first().copied());
            }
        }
        let mut row = BTreeMap::new();
        for expression in expressions(rules) {
            match expression.columns() {
                Some(wanted) => {
                    for name in wanted {
                        let column = find(name, header);
                        if column.is_none() && !rules.optional.contains(name) && expression.needs(name) {
                            missing.insert(name.as_str());
                        }
                        if column.is_some() || rules.optional.contains(name) {
                            row.insert(name.clone(), column);
                        }
                    }
                }
                None => row.extend(header.iter().enumerate().map(|(at, name)| (name.clone(), Some(at)))),
            }
        }
        if !missing.is_empty() {
            return Err(told_missing(mapping, &missing, header));
        }
        Ok(Self { by_name, row: row.into_iter().collect(), optional: Vec::new() })
    }

    /// For records that are JSON.
    pub(super) fn paths(mapping: &Mapping) -> Self {
        Self { by_name: BTreeMap::new(), row: Vec::new(), optional: mapping.rules.optional.clone() }
    }

    /// The column of a name.
    pub(super) fn column(&self, path: &Path) -> Option<usize> {
        self.by_name.get(&path.name).copied()
    }

    /// The column that expressions know by a name.
    pub(super) fn seen_by_expressions(&self, name: &str) -> Option<usize> {
        self.row.iter().find(|(known, _)| known == name)?.1
    }

    /// A record as expressions see it.
    pub(super) fn row(&self, record: Record<'_>) -> Cel {
        match record {
            Record::Row(row) => expression::map(self.row.iter().map(|(name, column)| {
                let text = column.and_then(|column| row.get(column)).unwrap_or_default();
                (name.as_str(), expression::text(text.trim()))
            })),
            Record::Json(serde_json::Value::Object(members)) => {
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

/// The names that a mapping asks for, those together of which one is enough.
fn names(rules: &Rules) -> Vec<Vec<&str>> {
    let sources = rules.rules.iter().flat_map(|rule| &rule.fills).flat_map(|fill| &fill.sources);
    let mut names = Vec::new();
    for source in sources {
        if let What::From(paths) = &source.what {
            names.push(paths.iter().map(|path| path.name.as_str()).collect());
        }
        names.extend(source.time.iter().map(|path| vec![path.name.as_str()]));
    }
    names
}

fn expressions(rules: &Rules) -> impl Iterator<Item = &expression::Expression> {
    rules.rules.iter().flat_map(|rule| {
        let sources = rule.fills.iter().flat_map(|fill| &fill.sources);
        let of_sources = sources.filter_map(|source| match &source.what {
            What::Cel(expression) => Some(expression),
            What::From(_) | What::Value(_) => None,
        });
        rule.when.iter().chain(of_sources)
    })
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

/// The place of a time in a mapping: its rule and its field there.
type At = (usize, usize);

/// How a file writes times, as far as its beginning tells.
#[derive(Debug)]
pub(super) struct Learned {
    zone_is_stated: bool,
    seen: BTreeMap<At, Seen>,
    orders: BTreeMap<At, Order>,
}

/// What was seen of one time.
#[derive(Debug, Default)]
struct Seen {
    forms: BTreeSet<Form>,
    has_naive: bool,
    /// A text where the day, and one where the month, must come first.
    day_first: Option<String>,
    month_first: Option<String>,
    /// A text of which it cannot be told.
    either: Option<String>,
    unread: Option<String>,
}

impl Learned {
    pub(super) fn new(rules: &Rules, zone_is_stated: bool) -> Self {
        let mut seen = BTreeMap::new();
        for (rule_at, rule) in rules.rules.iter().enumerate() {
            let fills = rule.fills.iter().enumerate();
            seen.extend(fills.map(|(fill_at, _)| ((rule_at, fill_at), Seen::default())));
        }
        Self { zone_is_stated, seen, orders: BTreeMap::new() }
    }

    /// Which of day and month comes first.
    pub(super) fn order(&self, at: At) -> Option<Order> {
        self.orders.get(&at).copied()
    }

    pub(super) fn see(&mut self, at: At, text: &str) {
        let seen = self.seen.entry(at).or_default();
        let kept = || cut(text, 80).to_owned();
        let Some(parts) = Parts::of(text) else {
            seen.unread.get_or_insert_with(kept);
            return;
        };
        seen.forms.insert(parts.form);
        seen.has_naive |= parts.is_naive();
        match parts.order() {
            Some(Order::DayFirst) => seen.day_first.get_or_insert_with(kept),
            Some(Order::MonthFirst) => seen.month_first.get_or_insert_with(kept),
            None if parts.form == Form::Slashes => seen.either.get_or_insert_with(kept),
            None => return,
        };
    }

    /// Decides what was open, and tells what is taken for granted.
    pub(super) fn decide(&mut self, rules: &Rules, zone: Zone) -> Result<Vec<String>, Refusal> {
        let names = |at: &At| -> String {
            let fill = rules.rules.get(at.0).and_then(|rule| rule.fills.get(at.1));
            let source = fill.and_then(|fill| Some((fill.field.key, fill.sources.first()?)));
            source.map_or(String::new(), |(key, source)| match &source.what {
                What::From(paths) => {
                    paths.iter().map(|it| format!("`{}`", it.name)).collect::<Vec<_>>().join(" or ")
                }
                What::Cel(_) | What::Value(_) => format!("`{key}`"),
            })
        };
        let mut known = BTreeSet::new();
        for (at, seen) in &self.seen {
            let order = match (&seen.day_first, &seen.month_first) {
                (Some(day), Some(month)) => {
                    return Err(Refusal(format!(
                        "{} has the day first in `{day}` and the month first in `{month}`: state the form in the \
                         mapping, such as `formats = [\"%d/%m/%Y\"]`",
                        names(at)
                    )));
                }
                (Some(_), None) => Order::DayFirst,
                (None, Some(_)) => Order::MonthFirst,
                (None, None) => continue,
            };
            self.orders.insert(*at, order);
            known.insert(order == Order::DayFirst);
        }
        for (at, seen) in &self.seen {
            if let Some(text) = seen.unread.as_ref().filter(|_| seen.forms.is_empty()) {
                return Err(Refusal(format!(
                    "{} has `{text}`, which is no time in a form that is known: state its form in the mapping, such \
                     as `formats = [\"%d %b %Y %H:%M\"]`",
                    names(at)
                )));
            }
            let Some(text) = seen.either.as_ref().filter(|_| !self.orders.contains_key(at)) else { continue };
            // Another column of the same file may tell.
            let order = match (known.contains(&true), known.contains(&false)) {
                (true, false) => Order::DayFirst,
                (false, true) => Order::MonthFirst,
                _ => {
                    return Err(Refusal(format!(
                        "{} has times such as `{text}`, and nothing tells whether the day or the month comes first: \
                         state the form in the mapping, such as `formats = [\"%d/%m/%Y\"]`",
                        names(at)
                    )));
                }
            };
            self.orders.insert(*at, order);
        }
        Ok(self.remarks(&names, zone))
    }

    /// A sentence for all columns that are written alike.
    fn remarks(&self, names: &dyn Fn(&At) -> String, zone: Zone) -> Vec<String> {
        let mut alike: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (at, seen) in self.seen.iter().filter(|(_, seen)| !seen.forms.is_empty()) {
            let forms: Vec<&str> = seen.forms.iter().map(|form| self.form(at, *form)).collect();
            let mut told = format!("are read as {}", forms.join(" or "));
            if seen.has_naive {
                told += &format!(", without a zone as {}", zone.name());
                if !self.zone_is_stated {
                    told += " (if they are not, say `--time-zone`)";
                }
            }
            alike.entry(told).or_default().insert(names(at));
        }
        let sentence = |(told, names): (String, BTreeSet<String>)| {
            format!("times of {} {told}", names.into_iter().collect::<Vec<_>>().join(", "))
        };
        alike.into_iter().map(sentence).collect()
    }

    fn form(&self, at: &At, form: Form) -> &'static str {
        match (form, self.order(*at)) {
            (Form::YearFirst, _) => "year-month-day",
            (Form::Dots, _) => "day.month.year",
            (Form::Slashes, Some(Order::MonthFirst)) => "month/day/year",
            (Form::Slashes, _) => "day/month/year",
            (Form::Seconds, _) => "seconds since 1970",
            (Form::Milliseconds, _) => "milliseconds since 1970",
        }
    }
}
