//! The part of a mapping file that says what traces are: `[trace]`.
//!
//! How mapping files are read as a whole, and where their mistakes are shown, is `mapping`'s business.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::trace::{NAME, RESOURCE, TIME};
use super::{Formula, Kind, Known, Outcome, Settings, Table};
use crate::calendar::Zone;
use crate::ids::Spelling;
use crate::mapping::{Stated, listed, nearest};
use redtape_model::problem::escaped;

/// The keys of a `[trace]`.
const KEYS: &[&str] = &[
    "object", "case", "account", "request", "plan", "actor", "activity", "time", "when", "last", "omit",
    "outcomes", "known",
];
/// Attributes of which the first that is there counts.
const ATTRIBUTES_MAX: usize = 100;
/// Patterns for one outcome.
const PATTERNS_MAX: usize = 1_000;
/// Begins the names of a trace's own attributes, as in tables of events.
const OF_TRACE: &str = "case:";

/// A `[trace]` as it was written, without mistakes.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceRules {
    /// In OCEL: the type of object that is the trace.
    pub(crate) object: Option<String>,
    /// In tables of events: the column that names the trace.
    pub(crate) case: Option<String>,
    /// Whose ids these are.
    pub(crate) spelling: Spelling,
    is_plan: bool,
    sources: BTreeMap<&'static str, Source>,
    formats: Vec<Stated>,
    last: Option<Outcome>,
    omit: Vec<Outcome>,
    known: Option<Vec<String>>,
    outcomes: Option<BTreeMap<Outcome, Vec<String>>>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
enum Source {
    /// The first of these attributes that is there.
    From(Vec<String>),
    Cel(String),
    Value(String),
}

/// Takes note of a mistake: the path of a key, and what would be right.
pub(crate) type Wrong<'a> = &'a mut dyn FnMut(&str, String);

impl TraceRules {
    /// Reads one `[trace]`, whose path is `place`.
    pub(crate) fn read(place: &str, value: &Value, wrong: Wrong<'_>) -> Option<Self> {
        let Value::Object(table) = value else {
            wrong(place, "expected a table, `[trace]`".to_owned());
            return None;
        };
        let mut rules = Self::default();
        for (key, value) in table {
            rules.key(&format!("{place}/{}", escaped(key)), key, value, wrong);
        }
        if table.contains_key("plan") && table.contains_key("request") {
            wrong(&format!("{place}/plan"), "expected `plan` or `request`, not both".to_owned());
        }
        if rules.is_plan && !(rules.omit.is_empty() && rules.last.is_none()) {
            wrong(
                &format!("{place}/plan"),
                "expected no `omit` and no `last` beside `plan`: they are for requests".to_owned(),
            );
        }
        Some(rules)
    }

    fn key(&mut self, place: &str, key: &str, value: &Value, wrong: Wrong<'_>) {
        match key {
            "object" => self.object = text(place, value, wrong),
            "case" => self.case = text(place, value, wrong),
            "account" | "actor" | "activity" | "time" | "request" | "plan" | "when" => {
                self.is_plan |= key == "plan";
                let value = if key == "time" { &self.without_formats(place, value, wrong) } else { value };
                let name = KEYS.iter().find(|known| **known == key).copied();
                if let Some((name, source)) = name.zip(source(place, key, value, wrong)) {
                    self.sources.insert(name, source);
                }
            }
            "last" => self.last = outcome(place, value, wrong),
            "omit" => match value {
                Value::Array(values) => {
                    let each = values.iter().enumerate();
                    self.omit =
                        each.filter_map(|(at, it)| outcome(&format!("{place}/{at}"), it, wrong)).collect();
                }
                _ => wrong(place, "expected a list of outcomes, such as `[\"requested\"]`".to_owned()),
            },
            "outcomes" => match value {
                Value::Object(table) => self.outcomes = Some(outcomes(place, table, wrong)),
                _ => wrong(place, "expected a table such as `{ approved = [\"Approve*\"] }`".to_owned()),
            },
            "known" => {
                self.known = patterns(value);
                if self.known.is_none() {
                    wrong(
                        place,
                        format!("expected at most {PATTERNS_MAX} patterns, such as `[\"Approved\"]`"),
                    );
                }
            }
            other => {
                let known = || listed(KEYS.iter().copied());
                let expected = match nearest(other, KEYS.iter().copied()) {
                    Some(instead) => format!("`{instead}`"),
                    None => format!("one of {}", known()),
                };
                wrong(place, format!("found `{other}`, expected {expected}"));
            }
        }
    }

    /// Takes the forms of times out of a table.
    fn without_formats(&mut self, place: &str, value: &Value, wrong: Wrong<'_>) -> Value {
        let Value::Object(table) = value else { return value.clone() };
        let mut rest = table.clone();
        let formats = match rest.remove("formats") {
            None => return value.clone(),
            Some(Value::Array(formats)) => formats,
            Some(_) => {
                wrong(
                    &format!("{place}/formats"),
                    "expected a list such as `[\"%d/%m/%Y %H:%M\"]`".to_owned(),
                );
                Vec::new()
            }
        };
        for (at, format) in formats.iter().enumerate() {
            match Stated::named(format.as_str().unwrap_or_default()) {
                Ok(format) => self.formats.push(format),
                Err(why) => wrong(&format!("{place}/formats/{at}"), why),
            }
        }
        Value::Object(rest)
    }

    /// What it asks for; what it does not say is as in [`Settings::of`], and the account is the file.
    pub(crate) fn settings(&self, zone: Option<Zone>) -> Settings {
        let formula = |key: &str| self.sources.get(key).map(Source::formula);
        let account = formula("account").unwrap_or_else(Formula::file);
        let defaults = Settings::of(account);
        Settings {
            kind: if self.is_plan { Kind::Plan } else { Kind::Request },
            subject: formula("request").or_else(|| formula("plan")).unwrap_or(defaults.subject),
            actor: formula("actor").unwrap_or_else(|| Formula::event(RESOURCE)),
            activity: formula("activity").unwrap_or_else(|| Formula::event(NAME)),
            time: formula("time").unwrap_or_else(|| Formula::event(TIME)),
            formats: self.formats.clone(),
            when: formula("when"),
            outcomes: self.outcomes.as_ref().map_or(defaults.outcomes, Table::of),
            last: self.last,
            known: self.known.as_deref().map(Known::of),
            omit: self.omit.clone(),
            zone,
            spelling: self.spelling,
            accounts: None,
            account: defaults.account,
        }
    }
}

impl Source {
    fn formula(&self) -> Formula {
        match self {
            Source::From(names) => {
                Formula::first(names.iter().map(|name| match name.strip_prefix(OF_TRACE) {
                    Some(of_trace) => (true, of_trace),
                    None => (false, &**name),
                }))
            }
            // It was read once without a mistake.
            Source::Cel(text) => Formula::read(text).unwrap_or_else(|_: String| Formula::text("")),
            Source::Value(text) => Formula::text(text),
        }
    }
}

fn source(place: &str, key: &str, value: &Value, wrong: Wrong<'_>) -> Option<Source> {
    match value {
        Value::String(text) if key == "when" => expression(place, text, wrong),
        _ if key == "when" => {
            wrong(
                place,
                "expected an expression, such as `event['lifecycle:transition'] == 'complete'`".to_owned(),
            );
            None
        }
        Value::String(name) => Some(Source::From(vec![name.clone()])),
        Value::Array(names) => {
            let texts: Option<Vec<String>> =
                names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
            let texts = texts.filter(|texts| !texts.is_empty() && texts.len() <= ATTRIBUTES_MAX);
            if texts.is_none() {
                wrong(place, format!("expected the names of at most {ATTRIBUTES_MAX} attributes"));
            }
            texts.map(Source::From)
        }
        Value::Object(table) => {
            match (table.len(), table.get("cel"), table.get("value"), table.get("from")) {
                (1, Some(Value::String(text)), _, _) => expression(&format!("{place}/cel"), text, wrong),
                (1, _, Some(Value::String(text)), _) if !text.trim().is_empty() => {
                    Some(Source::Value(text.clone()))
                }
                (1, _, _, Some(from)) if !from.is_object() => {
                    source(&format!("{place}/from"), key, from, wrong)
                }
                _ => {
                    wrong(place, "expected exactly one of `from`, `cel`, `value`, with a text".to_owned());
                    None
                }
            }
        }
        _ => {
            wrong(place, "expected an attribute, or a table such as `{ value = \"loan-desk\" }`".to_owned());
            None
        }
    }
}

fn expression(place: &str, text: &str, wrong: Wrong<'_>) -> Option<Source> {
    match Formula::read(text) {
        Ok(_) => Some(Source::Cel(text.to_owned())),
        Err(why) => {
            wrong(place, why);
            None
        }
    }
}

fn outcomes(place: &str, table: &Map<String, Value>, wrong: Wrong<'_>) -> BTreeMap<Outcome, Vec<String>> {
    let mut outcomes = BTreeMap::new();
    for (key, value) in table {
        let place = format!("{place}/{key}");
        let Some(outcome) = outcome(&place, &Value::String(key.clone()), wrong) else { continue };
        match patterns(value) {
            Some(patterns) => drop(outcomes.insert(outcome, patterns)),
            None => {
                wrong(&place, format!("expected at most {PATTERNS_MAX} patterns, such as `[\"Approve*\"]`"))
            }
        }
    }
    outcomes
}

/// One pattern, or several in a list.
fn patterns(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(pattern) => Some(vec![pattern.clone()]),
        Value::Array(values) if values.len() <= PATTERNS_MAX => {
            values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

fn outcome(place: &str, value: &Value, wrong: Wrong<'_>) -> Option<Outcome> {
    let found = value.as_str().and_then(Outcome::named);
    if found.is_none() {
        let known: Vec<String> =
            Outcome::ALL.iter().map(|outcome| format!("`{}`", outcome.as_str())).collect();
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        wrong(
            place,
            format!("found `{}`, expected one of {}", super::super::shortened(&shown), known.join(", ")),
        );
    }
    found
}

fn text(place: &str, value: &Value, wrong: Wrong<'_>) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if text.is_none() {
        wrong(place, "expected a text".to_owned());
    }
    text
}
