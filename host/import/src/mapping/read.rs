//! Mapping files: TOML in, rules out, every mistake at its place.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};

use super::expression::Expression;
use super::fields::{self, ACCOUNT, Field, KINDS, Shape};
use super::names::{listed, nearest};
use super::rules::{Fill, Path, Rule, Rules, Source, UNITS, What};
use super::times::Stated;
use crate::calendar::Zone;
use crate::ids::SPELLINGS;
use crate::input::TraceRules;
use crate::places::{self, Place};
use redtape_model::problem::escaped;

/// Activities that one record can give.
const RULES_MAX: usize = 100;
/// Sources of one list.
const SOURCES_MAX: usize = 100;

const FILE_KEYS: &[&str] = &[
    "about",
    "recognize",
    "optional",
    "names",
    "time_zone",
    "delimiter",
    "records",
    "each",
    "fill_down",
    "ids",
    "activity",
    "trace",
];
/// Reasons to leave a record out.
const REASONS_MAX: usize = 20;

/// Something wrong: where, in which field, and what.
pub(super) type Wrong = (Range<usize>, String, String);

/// Reads a mapping file.
pub(super) fn read(text: &str) -> Result<Rules, Vec<Wrong>> {
    let (value, places, faults) = places::read(text);
    let mut reader = Reader { text, places, wrong: Vec::new() };
    reader.wrong.extend(faults.into_iter().map(|(place, message)| (place, String::new(), message)));
    if reader.wrong.is_empty() {
        let rules = reader.file(&value);
        if reader.wrong.is_empty() {
            return Ok(rules);
        }
    }
    Err(reader.wrong)
}

struct Reader<'a> {
    text: &'a str,
    places: Vec<Place>,
    wrong: Vec<Wrong>,
}

impl Reader<'_> {
    fn file(&mut self, value: &Value) -> Rules {
        let mut rules = Rules::default();
        let Some(file) = value.as_object() else { return rules };
        self.keys("", file, FILE_KEYS);
        rules.about = self.optional_text("/about", file.get("about")).unwrap_or_default();
        rules.recognize = self.alternatives("/recognize", file.get("recognize"));
        rules.optional = self.texts("/optional", file.get("optional"));
        rules.names = self.texts("/names", file.get("names")).iter().map(|name| Path::new(name)).collect();
        rules.zone = self.optional_text("/time_zone", file.get("time_zone")).and_then(|name| {
            let zone = Zone::named(&name);
            if zone.is_none() {
                self.wrong(
                    "/time_zone",
                    format!("found `{name}`, expected a time zone such as `Europe/London`"),
                );
            }
            zone
        });
        rules.delimiter = self.optional_text("/delimiter", file.get("delimiter")).and_then(|text| {
            let byte = super::delimiter(&text);
            if byte.is_none() {
                self.wrong("/delimiter", format!("found `{text}`, expected one ASCII character such as `;`"));
            }
            byte
        });
        rules.records = self.optional_text("/records", file.get("records")).map(|path| Path::new(&path));
        rules.each = self.optional_text("/each", file.get("each")).map(|path| Path::new(&path));
        rules.fill_down = self.texts("/fill_down", file.get("fill_down"));
        rules.spelling = self.choice("/ids", file.get("ids"), SPELLINGS).unwrap_or_default();
        rules.traces = self.traces(file.get("trace"));
        rules.traces.iter_mut().for_each(|traces| traces.spelling = rules.spelling);
        let activities = match file.get("activity") {
            Some(Value::Array(activities)) => activities.as_slice(),
            Some(_) => {
                self.wrong_key("/activity", "expected `[[activity]]`, once for each kind");
                &[]
            }
            None if file.contains_key("trace") => &[],
            None => {
                let expected = "expected at least one `[[activity]]`, or a `[trace]`";
                self.wrong.push((0..0, String::new(), expected.to_owned()));
                &[]
            }
        };
        if activities.len() > RULES_MAX {
            self.wrong_key("/activity", &format!("expected at most {RULES_MAX} activities"));
            return rules;
        }
        for (number, activity) in activities.iter().enumerate() {
            let field = format!("/activity/{number}");
            let rule = self.rule(&field, activity.as_object().unwrap_or(&Map::new()));
            rules.rules.extend(rule);
        }
        rules.number_paths();
        rules
    }

    /// What the traces of process logs are: one `[trace]`, or a `[[trace]]` for each type of object.
    fn traces(&mut self, value: Option<&Value>) -> Vec<TraceRules> {
        let each: Vec<(String, &Value)> = match value {
            None => return Vec::new(),
            Some(Value::Array(each)) => {
                (0..).zip(each).map(|(at, value): (usize, _)| (format!("/trace/{at}"), value)).collect()
            }
            Some(one) => vec![("/trace".to_owned(), one)],
        };
        let mut rules = Vec::new();
        for (place, value) in each {
            rules.extend(TraceRules::read(&place, value, &mut |place, message| self.wrong(place, message)));
        }
        rules
    }

    fn rule(&mut self, place: &str, table: &Map<String, Value>) -> Option<Rule> {
        let names = listed(KINDS.iter().map(|kind| kind.name));
        let kind = match table.get("kind") {
            None => {
                self.wrong_key(place, &format!("expected a `kind`, one of {names}"));
                return None;
            }
            Some(name) => name.as_str().and_then(fields::kind).or_else(|| {
                let found = shown(name);
                self.wrong(&format!("{place}/kind"), format!("found `{found}`, expected one of {names}"));
                None
            })?,
        };
        let keys: Vec<&str> =
            ["kind", "when", "unless"].into_iter().chain(fields::of(kind).map(|field| field.key)).collect();
        self.keys(place, table, &keys);
        let when = self.expression(&format!("{place}/when"), table.get("when"));
        let unless = self.reasons(&format!("{place}/unless"), table.get("unless"));
        let mut fills = Vec::new();
        for field in fields::of(kind) {
            let at = format!("{place}/{}", field.key);
            match table.get(field.key) {
                Some(value) => fills.push(Fill { field, sources: self.sources(&at, field, value) }),
                None if field.is_required => {
                    self.wrong_key(
                        place,
                        &format!("expected `{}`, which every {} has", field.key, kind.name),
                    );
                }
                None => {}
            }
        }
        Some(Rule::new(kind, when, unless, fills))
    }

    /// What is left out: a table of reasons, each with an expression.
    fn reasons(&mut self, place: &str, value: Option<&Value>) -> Vec<(String, Expression)> {
        let table = match value {
            None => return Vec::new(),
            Some(Value::Object(table)) if table.len() <= REASONS_MAX => table,
            Some(_) => {
                let expected =
                    "expected a table of at most 20 reasons such as `{ deleted = \"flag(row.deleted)\" }`";
                self.wrong(place, expected.to_owned());
                return Vec::new();
            }
        };
        let each = table.iter().filter_map(|(reason, value)| {
            let at = format!("{place}/{}", escaped(reason));
            Some((reason.clone(), self.expression(&at, Some(value))?))
        });
        each.collect()
    }

    fn sources(&mut self, place: &str, field: &'static Field, value: &Value) -> Vec<Source> {
        let is_list = matches!(field.shape, Shape::People | Shape::Texts);
        match value {
            Value::Array(elements) if is_list && elements.len() <= SOURCES_MAX => {
                let each = elements.iter().enumerate();
                each.filter_map(|(at, element)| self.source(&format!("{place}/{at}"), field, element))
                    .collect()
            }
            Value::Array(_) if is_list => {
                self.wrong(place, format!("expected at most {SOURCES_MAX} sources"));
                Vec::new()
            }
            _ => self.source(place, field, value).into_iter().collect(),
        }
    }

    fn source(&mut self, place: &str, field: &Field, value: &Value) -> Option<Source> {
        let empty = Map::new();
        let table = match value {
            Value::Object(table) => table,
            Value::String(_) | Value::Array(_) => &empty,
            other => {
                let found = shown(other);
                self.wrong(
                    place,
                    format!("found `{found}`, expected a column or a table such as `{{ from = \"Id\" }}`"),
                );
                return None;
            }
        };
        let mut keys = keys_of(field);
        if field.key == ACCOUNT {
            keys.extend(["stands_for", "is_account"]);
        }
        self.keys(place, table, &keys);
        let what = self.what(place, field, value, table)?;
        let text =
            |reader: &mut Self, key: &str| reader.optional_text(&format!("{place}/{key}"), table.get(key));
        let default = self.constant(&format!("{place}/default"), field, table.get("default"));
        let values = self.values(&format!("{place}/values"), field, table.get("values"));
        let other = self.constant(&format!("{place}/other"), field, table.get("other"));
        if values.is_none() && table.contains_key("other") {
            self.wrong_key(&format!("{place}/other"), "expected `values` beside `other`");
        }
        let unit = self.choice(&format!("{place}/unit"), table.get("unit"), UNITS).unwrap_or_default();
        let sides: Vec<(&str, &'static str)> = fields::SIDES.iter().map(|side| (*side, *side)).collect();
        let side = self.choice(&format!("{place}/side"), table.get("side"), &sides);
        let formats = self.formats(&format!("{place}/formats"), table.get("formats"));
        let is_json = match table.get("json") {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(other) => {
                let found = shown(other);
                self.wrong(&format!("{place}/json"), format!("found `{found}`, expected `true` or `false`"));
                false
            }
        };
        let split = text(self, "split");
        if split.as_deref() == Some("") {
            self.wrong(
                &format!("{place}/split"),
                "expected what stands between the parts, such as `;`".to_owned(),
            );
        }
        Some(Source {
            what,
            time: text(self, "time").map(|path| Path::new(&path)),
            default,
            values,
            other,
            prefix: text(self, "prefix").unwrap_or_default(),
            unit,
            formats,
            split,
            is_json,
            item: text(self, "item").map(|path| Path::new(&path)),
            side,
            name: text(self, "name").map(|path| Path::new(&path)),
            stands_for: text(self, "stands_for"),
            is_account: self.expression(&format!("{place}/is_account"), table.get("is_account")),
        })
    }

    /// `from`, `cel` or `value`: exactly one of them.
    fn what(
        &mut self,
        place: &str,
        field: &Field,
        value: &Value,
        table: &Map<String, Value>,
    ) -> Option<What> {
        let value = match value {
            Value::Object(_) => {
                let given = ["from", "cel", "value"].into_iter().filter(|key| table.contains_key(*key));
                let given: Vec<&str> = given.collect();
                match given.as_slice() {
                    ["from"] => table.get("from"),
                    ["cel"] => {
                        let compiled = self.expression(&format!("{place}/cel"), table.get("cel"));
                        return compiled.map(What::Cel);
                    }
                    ["value"] => {
                        let constant = self.constant(&format!("{place}/value"), field, table.get("value"));
                        return constant.map(What::Value);
                    }
                    _ => {
                        self.wrong_key(place, "expected exactly one of `from`, `cel`, `value`");
                        return None;
                    }
                }
            }
            value => Some(value),
        };
        let at = if table.is_empty() { place.to_owned() } else { format!("{place}/from") };
        let names = match value {
            Some(Value::String(name)) => vec![name.clone()],
            value => self.texts(&at, value),
        };
        if names.is_empty() {
            self.wrong(&at, "expected the name of a column".to_owned());
            return None;
        }
        Some(What::From(names.iter().map(|name| Path::new(name)).collect()))
    }

    /// A value that stands in the mapping itself, as the text of a field.
    fn constant(&mut self, place: &str, field: &Field, value: Option<&Value>) -> Option<String> {
        let text = match value? {
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            other => {
                let found = shown(other);
                self.wrong(place, format!("found `{found}`, expected text"));
                return None;
            }
        };
        match super::values::fits(field.shape, &text) {
            _ if text.is_empty() => {}
            Ok(()) => {}
            Err(expected) => self.wrong(place, format!("found `{text}`, expected {expected}")),
        }
        Some(text)
    }

    fn values(
        &mut self,
        place: &str,
        field: &Field,
        value: Option<&Value>,
    ) -> Option<BTreeMap<String, String>> {
        let Value::Object(table) = value? else {
            self.wrong(place, "expected a table such as `{ Held = \"held\" }`".to_owned());
            return None;
        };
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let at = format!("{place}/{}", escaped(key));
            let value = self.constant(&at, field, Some(value)).unwrap_or_default();
            values.insert(key.clone(), value);
        }
        Some(values)
    }

    fn formats(&mut self, place: &str, value: Option<&Value>) -> Vec<Stated> {
        let mut formats = Vec::new();
        for (at, text) in self.texts(place, value).iter().enumerate() {
            match Stated::named(text) {
                Ok(format) => formats.push(format),
                Err(message) => self.wrong(&format!("{place}/{at}"), message),
            }
        }
        formats
    }

    fn expression(&mut self, place: &str, value: Option<&Value>) -> Option<Expression> {
        let text = self.optional_text(place, value)?;
        let compiled = Expression::compile(&text);
        let whole = self.span(place, false);
        let source = self.text.get(whole.clone()).unwrap_or_default();
        // Where the text has escapes, the whole of it is shown.
        let begins = source.find(&text).map(|at| whole.start + at);
        compiled
            .map_err(|mistakes| {
                for (at, message) in mistakes {
                    let span = begins.map_or(whole.clone(), |start| start + at..start + at + 1);
                    self.wrong.push((span, place.to_owned(), message));
                }
            })
            .ok()
    }

    fn choice<T: Copy>(&mut self, place: &str, value: Option<&Value>, choices: &[(&str, T)]) -> Option<T> {
        let value = value?;
        let chosen = choices.iter().find(|(name, _)| value == name).map(|(_, chosen)| *chosen);
        if chosen.is_none() {
            let (found, known) = (shown(value), listed(choices.iter().map(|(name, _)| *name)));
            self.wrong(place, format!("found `{found}`, expected one of {known}"));
        }
        chosen
    }

    fn optional_text(&mut self, place: &str, value: Option<&Value>) -> Option<String> {
        match value? {
            Value::String(text) => Some(text.clone()),
            other => {
                let found = shown(other);
                self.wrong(place, format!("found `{found}`, expected text"));
                None
            }
        }
    }

    /// A list of texts, and of lists of texts of which one is enough.
    fn alternatives(&mut self, place: &str, value: Option<&Value>) -> Vec<Vec<String>> {
        let Some(Value::Array(values)) = value else {
            return self.texts(place, value).into_iter().map(|text| vec![text]).collect();
        };
        let each = values.iter().enumerate().map(|(at, value)| match value {
            Value::String(text) => vec![text.clone()],
            value => self.texts(&format!("{place}/{at}"), Some(value)),
        });
        each.collect()
    }

    fn texts(&mut self, place: &str, value: Option<&Value>) -> Vec<String> {
        let texts: Option<Vec<String>> = match value {
            None => return Vec::new(),
            Some(Value::Array(values)) => values.iter().map(|it| it.as_str().map(str::to_owned)).collect(),
            Some(_) => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(place, "expected a list of texts, such as `[\"Id\"]`".to_owned());
            Vec::new()
        })
    }

    fn keys(&mut self, place: &str, table: &Map<String, Value>, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            let at = format!("{place}/{}", escaped(key));
            let told = match nearest(key, known.iter().copied()) {
                Some(instead) => format!("found `{key}`, expected `{instead}`"),
                None => format!("found `{key}`, expected one of {}", listed(known.iter().copied())),
            };
            self.wrong_key(&at, &told);
        }
    }

    fn wrong(&mut self, place: &str, message: String) {
        self.wrong.push((self.span(place, false), place.to_owned(), message));
    }

    fn wrong_key(&mut self, place: &str, message: &str) {
        self.wrong.push((self.span(place, true), place.to_owned(), message.to_owned()));
    }

    /// The bytes of a field, or of what it is in.
    fn span(&self, place: &str, is_key: bool) -> Range<usize> {
        let mut field = place;
        loop {
            if let Some(found) = self.places.iter().find(|it| it.field == field) {
                let about_key = is_key || field != place || found.is_table;
                return if about_key { found.key.clone() } else { found.value.clone() };
            }
            match field.rsplit_once('/') {
                Some((around, _)) => field = around,
                None => return 0..0,
            }
        }
    }
}

/// The keys that a source of this shape can have.
fn keys_of(field: &Field) -> Vec<&'static str> {
    let more: &[&str] = match field.shape {
        Shape::Time => &["time", "formats"],
        Shape::Minutes => &["unit", "default"],
        Shape::Person => &["side", "name", "values", "other", "prefix", "default"],
        Shape::People => &["side", "name", "split", "json", "item", "values", "other", "prefix", "default"],
        Shape::Texts => &["split", "json", "item", "values", "other", "prefix", "default"],
        Shape::Id if field.key == "author" => &["name", "values", "other", "prefix", "default"],
        Shape::Text | Shape::Id | Shape::Title => &["values", "other", "prefix", "default"],
        Shape::Number(_) | Shape::Flag | Shape::Choice(_) => &["values", "other", "default"],
    };
    ["from", "cel", "value"].iter().chain(more).copied().collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
