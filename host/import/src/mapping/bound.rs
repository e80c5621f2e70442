//! A mapping and the columns of one file: records in, canonical lines out.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

mod found;
mod lists;
mod made;
mod whose;

use self::found::{Found, plain};
use self::made::Miss;
pub use self::made::{Made, Meant};
use super::expression::{Expression, Row};
use super::fields::{ACCOUNT, Shape};
use super::flags;
use super::learn::{Columns, Learned};
use super::lengths::ends;
use super::line::LineWriter;
use super::names::listed;
use super::rules::{Fill, Path, Rule, Source, What};
use super::values::{fits, whole};
use super::{Mapping, Record, Refusal, called};
use crate::accounts::Accounts;
use crate::calendar::{self, Instant, Zone};
use crate::cells;
use crate::ids;
use crate::input::{Fault, LINE_BYTES_MAX};
use crate::names::Names;
use crate::text::cut;

/// Bytes of a value that a fault shows.
const FOUND_BYTES_MAX: usize = 200;
/// Bytes of a title; more of it is not kept anyway.
const TITLE_BYTES_MAX: usize = 200;
/// Bytes of a line where nothing is known of it.
const LINE_BYTES: usize = 320;

/// A mapping that knows which column is where, and how times are written in this file.
#[derive(Debug)]
pub struct Bound {
    mapping: Arc<Mapping>,
    zone: Zone,
    columns: Columns,
    learned: Learned,
    names: Option<Names>,
    accounts: Option<Arc<Accounts>>,
    /// Fields of ids that are numbers with a point, as in outlines.
    decimals: BTreeSet<&'static str>,
}

impl Mapping {
    /// Binds it to a file with a header. Times without a zone are of `zone`, else of the zone that the mapping states, else
    /// of UTC.
    ///
    /// # Errors
    ///
    /// [`Refusal`] where columns are missing: all of them, each with the name it is most like.
    pub fn bind(self: &Arc<Self>, columns: &[String], zone: Option<Zone>) -> Result<Bound, Refusal> {
        let columns = Columns::of(self, columns)?;
        Ok(self.bound(columns, zone))
    }

    /// Binds it to records that are JSON objects.
    pub fn bind_paths(self: &Arc<Self>, zone: Option<Zone>) -> Bound {
        self.bound(Columns::paths(self), zone)
    }

    fn bound(self: &Arc<Self>, columns: Columns, zone: Option<Zone>) -> Bound {
        let zone_is_stated = zone.or(self.rules.zone).is_some();
        let learned = Learned::new(&self.rules, zone_is_stated);
        Bound {
            mapping: Arc::clone(self),
            zone: zone.or(self.rules.zone).unwrap_or_default(),
            columns,
            learned,
            names: None,
            accounts: None,
            decimals: BTreeSet::new(),
        }
    }
}

impl Bound {
    /// Finds accounts in a table, also by what is no account itself.
    pub(crate) fn resolve_with(&mut self, accounts: Option<Arc<Accounts>>) {
        self.accounts = accounts;
    }

    /// Says where the next record stands, for what is said of it.
    pub fn stand_at(&self, line: u64) {
        self.learned.stand_at(line);
    }

    /// Says what records call people to `names` from now on, and which columns hold people.
    pub(crate) fn name_people(&mut self, names: Option<&Names>) {
        self.names = names.cloned();
        if let Some(names) = names {
            called::columns(&self.mapping.rules, names);
        }
    }

    /// Looks at a record of the beginning, to learn how times and numbers are written.
    pub fn learn(&mut self, record: Record<'_>) {
        let lazy = OnceCell::new();
        let mapping = Arc::clone(&self.mapping);
        for (rule_at, rule) in mapping.rules.rules.iter().enumerate() {
            let ids = rule.fills.iter().filter(|fill| fill.field.shape == Shape::Id);
            for (fill, source) in ids.filter_map(|fill| Some((fill, fill.sources.first()?))) {
                let view = View { bound: self, record, lazy: &lazy };
                let is_decimal =
                    matches!(view.found(source, fill), Ok((Found::Text(text), _)) if ids::is_decimal(&text));
                if is_decimal {
                    self.decimals.insert(fill.field.key);
                }
            }
            let fills = rule.fills.iter().enumerate();
            for (fill_at, fill) in
                fills.filter(|(_, fill)| matches!(fill.field.shape, Shape::Time | Shape::Minutes))
            {
                let Some(source) = fill.sources.first() else { continue };
                let view = View { bound: self, record, lazy: &lazy };
                let seen = view.scalar(source, fill).ok().flatten();
                if let Some((text, name)) = seen.map(|(text, name)| (text.into_owned(), name.to_owned())) {
                    self.learned.see((rule_at, fill_at), &name, &text);
                }
            }
        }
    }

    /// Whether what was looked at leaves open how times are written, so that a look at more may help.
    pub fn is_open(&self) -> bool {
        self.learned.is_open()
    }

    /// Ends learning. What is taken for granted from here on is told, a sentence each.
    ///
    /// # Errors
    ///
    /// [`Refusal`] where it cannot be decided whether the day or the month comes first, or where no time can be read.
    pub fn decide(&mut self) -> Result<Vec<String>, Refusal> {
        let mut told = self.columns.remarks().to_vec();
        told.extend(self.learned.decide(self.zone)?);
        let sources =
            self.mapping.rules.rules.iter().flat_map(|rule| &rule.fills).flat_map(|fill| &fill.sources);
        let stand_ins = sources.filter_map(|source| source.stands_for.as_deref());
        for what in stand_ins.filter(|_| self.accounts.is_none()).collect::<BTreeSet<_>>() {
            told.push(format!(
                "each {what} counts as an account, for nothing says whose it is: `--accounts` can"
            ));
        }
        let lacking = self.columns.lacking();
        if !lacking.is_empty() {
            let (noun, they) = if lacking.len() == 1 { ("column", "it") } else { ("columns", "they") };
            let names = listed(lacking.iter().map(String::as_str));
            told.push(format!("it has no {noun} {names}, so nothing is known of what {they} would say"));
        }
        Ok(told)
    }

    /// Ends reading, after the last record.
    ///
    /// # Errors
    ///
    /// [`Refusal`] where records contradict what was decided at the beginning: then others may have been misread.
    pub fn finish(&self) -> Result<(), Refusal> {
        self.learned.finish()
    }

    /// Makes activities of a record: none, one, or several; `sink` gets each, with its kind. Gives what was made of it.
    pub fn activities(&self, record: Record<'_>, sink: &mut dyn FnMut(&'static str, Made)) -> Meant<'_> {
        let lazy = OnceCell::new();
        let view = View { bound: self, record, lazy: &lazy };
        if let Some(names) = &self.names {
            for value in self.mapping.rules.names.iter().filter_map(|path| view.called(path, false)) {
                called::alone(names, &value);
            }
        }
        let mut meant = Meant::PassedOver;
        for (at, rule) in self.mapping.rules.rules.iter().enumerate() {
            let made = match view.meant(rule) {
                Ok(Meant::Given) => match view.line(at, rule) {
                    Ok(line) => Made::Line(line),
                    Err(Miss::Fault(fault)) => Made::Fault(fault),
                    Err(Miss::NoAccount(named)) => Made::NoAccount(named),
                },
                Ok(other) => {
                    if meant == Meant::PassedOver {
                        meant = other;
                    }
                    continue;
                }
                Err(fault) => Made::Fault(fault),
            };
            meant = Meant::Given;
            sink(rule.kind.name, made);
        }
        meant
    }
}

/// A record through the eyes of a mapping.
struct View<'a> {
    bound: &'a Bound,
    record: Record<'a>,
    /// The record as expressions see it, made at the first look.
    lazy: &'a OnceCell<Row<'static>>,
}

impl<'a> View<'a> {
    fn meant<'r>(&self, rule: &'r Rule) -> Result<Meant<'r>, Fault> {
        if let Some(when) = &rule.when
            && !self.is_true(when, "when")?
        {
            return Ok(Meant::PassedOver);
        }
        for (reason, expression) in &rule.unless {
            if self.is_true(expression, reason)? {
                return Ok(Meant::LeftOut(reason));
            }
        }
        Ok(Meant::Given)
    }

    fn is_true(&self, expression: &Expression, field: &str) -> Result<bool, Fault> {
        match self.evaluate(expression, field)? {
            Value::Bool(is_true) => Ok(is_true),
            other => {
                Err(fault(field, &other.to_string(), format!("true or false of `{}`", expression.text())))
            }
        }
    }

    fn line(&self, rule_at: usize, rule: &Rule) -> Result<String, Miss> {
        let all_day = rule.all_day.and_then(|at| rule.fills.get(at));
        let mut all_day = match all_day.and_then(|fill| Some((fill, fill.sources.first()?))) {
            Some((fill, source)) => self.scalar(source, fill)?,
            None => None,
        };
        let is_all_day = all_day.as_ref().is_some_and(|(text, _)| flags::read(text) == Ok(Some(true)));
        let mut line = LineWriter::new(LINE_BYTES);
        let has_end = !is_all_day && rule.has_end;
        let mut begins = None;
        for (fill_at, fill) in rule.fills.iter().enumerate() {
            if fill_at == super::fields::COMMON.len() {
                line.key("kind");
                line.text(rule.kind.name);
            }
            let before = line.raw().len();
            let known = if rule.all_day == Some(fill_at) { Some(all_day.take()) } else { None };
            self.fill(fill, (rule_at, fill_at), known, is_all_day, &mut line)?;
            if has_end && matches!(fill.field.key, "at" | "end") {
                let (at, text) = instant(line.raw().get(before..).unwrap_or_default());
                if fill.field.key == "end"
                    && let Some((end, at)) = at.zip(begins)
                    && let Err(expected) = ends(at, end)
                    && let Some(source) = fill.sources.first()
                {
                    return Err(fault(&named(source, fill), text, expected.to_owned()).into());
                }
                begins = begins.or(at);
            }
        }
        if rule.fills.len() == super::fields::COMMON.len() {
            line.key("kind");
            line.text(rule.kind.name);
        }
        let line = line.end();
        if line.len() > LINE_BYTES_MAX {
            let bytes = format!("{} bytes", line.len());
            return Err(fault("", &bytes, format!("at most {LINE_BYTES_MAX} bytes")).into());
        }
        Ok(line)
    }

    /// Fills a field, by the value that is `known` already, if any.
    fn fill<'s>(
        &'s self,
        fill: &'s Fill,
        at: (usize, usize),
        known: Option<Option<(Cow<'s, str>, &'s str)>>,
        is_all_day: bool,
        line: &mut LineWriter,
    ) -> Result<(), Miss> {
        let field = fill.field;
        if matches!(field.shape, Shape::People | Shape::Texts) {
            return Ok(self.list(fill, line)?);
        }
        let Some(source) = fill.sources.first() else { return Ok(()) };
        if field.key == ACCOUNT {
            let account = self.account(source, fill)?;
            line.key(field.key);
            line.text(&account);
            return Ok(());
        }
        let value = match known {
            Some(value) => value,
            None => self.scalar(source, fill)?,
        };
        let Some((text, name)) = value else {
            if field.is_required {
                let expected = format!("a value for `{}`, or a `default` in the mapping", field.key);
                return Err(fault(&named(source, fill), "", expected).into());
            }
            return Ok(());
        };
        self.name(source, std::slice::from_ref(&text));
        self.write(fill, source, at, (&text, name), is_all_day, line)?;
        Ok(())
    }

    /// Writes a field that has one value.
    fn write(
        &self,
        fill: &Fill,
        source: &Source,
        at: (usize, usize),
        (text, name): (&str, &str),
        is_all_day: bool,
        line: &mut LineWriter,
    ) -> Result<(), Fault> {
        let field = fill.field;
        let wrong = |expected: String| fault(name, text, expected);
        if field.shape == Shape::Time {
            let stamp = if source.formats.is_empty() {
                self.bound.learned.time(at, name, text).map_err(wrong)?
            } else {
                let read = source.formats.iter().find_map(|format| format.read(text));
                read.ok_or_else(|| wrong("a time in one of the stated `formats`".to_owned()))?
            };
            line.key(field.key);
            let is_whole_day = is_all_day && matches!(field.key, "at" | "end");
            let is_written = stamp.write(self.bound.zone, is_whole_day, line.raw());
            return if is_written {
                Ok(())
            } else {
                Err(wrong("a time in the years 1900 to 2199".to_owned()))
            };
        }
        if field.shape == Shape::Flag {
            let flag = flags::read(text).map_err(|flags::Unknown| wrong(flags::KNOWN.to_owned()))?;
            if let Some(flag) = flag {
                line.key(field.key);
                line.flag(flag);
            }
            return Ok(());
        }
        line.key(field.key);
        match field.shape {
            Shape::Text | Shape::Id => line.text(text),
            Shape::Title => line.text(cut(text, TITLE_BYTES_MAX)),
            Shape::Minutes => {
                let minutes = self.bound.learned.length(at, name, source.unit, text).map_err(wrong)?;
                line.number(minutes);
            }
            Shape::Number(min) => {
                let number =
                    whole(text, min).ok_or_else(|| wrong(format!("a whole number from {min} on")))?;
                line.number(number);
            }
            Shape::Choice(_) => {
                fits(field.shape, text)
                    .map_err(|expected| wrong(format!("{expected}, or a table `values`")))?;
                line.text(text);
            }
            Shape::Person => line.person(text, source.side),
            Shape::Time | Shape::Flag | Shape::People | Shape::Texts => {}
        }
        Ok(())
    }

    /// The text of a field that has one value, ready to be read, and the name of where it was found.
    fn scalar<'s>(
        &'s self,
        source: &'s Source,
        fill: &Fill,
    ) -> Result<Option<(Cow<'s, str>, &'s str)>, Fault> {
        let (found, name) = self.found(source, fill)?;
        let text = match self.text(found, name, source, fill)? {
            Some(text) => prefixed(source, text),
            None => match &source.default {
                Some(default) if !default.is_empty() => Cow::Borrowed(default.as_str()),
                _ => return Ok(None),
            },
        };
        let Some(of_day) = &source.time else { return Ok(Some((text, name))) };
        Ok(Some(match self.value(of_day) {
            Found::Text(time) => (Cow::Owned(format!("{text} {time}")), name),
            _ => (text, name),
        }))
    }

    fn found<'s>(&'s self, source: &'s Source, fill: &Fill) -> Result<(Found<'s>, &'s str), Fault> {
        match &source.what {
            What::Value(text) => Ok((Found::Text(Cow::Borrowed(text)), fill.field.key)),
            What::Cel(it) if !fill.field.is_required && self.bound.columns.lacks(it) => {
                Ok((Found::Absent, fill.field.key))
            }
            What::Cel(expression) => {
                let value = self.evaluate(expression, fill.field.key)?;
                let found = match plain(&value) {
                    Found::Absent => Found::Absent,
                    Found::Text(text) => Found::Text(Cow::Owned(text.into_owned())),
                    Found::Nest(_) => Found::Nest(Cow::Owned(value)),
                };
                Ok((found, fill.field.key))
            }
            What::From(paths) => {
                for path in paths {
                    match self.value(path) {
                        Found::Absent => {}
                        found => return Ok((found, &path.name)),
                    }
                }
                Ok((Found::Absent, paths.first().map_or("", |path| path.name.as_str())))
            }
        }
    }

    /// Takes down what the people of these ids are called.
    fn name(&self, source: &Source, ids: &[Cow<'_, str>]) {
        let (Some(names), Some(path)) = (&self.bound.names, &source.name) else { return };
        let Some(item) = &source.item else {
            if let Some(value) = self.called(path, source.is_json) {
                called::beside(names, source, &value, ids);
            }
            return;
        };
        let What::From(lists) = &source.what else { return };
        if let Some(list) = lists.iter().find_map(|list| self.called(list, source.is_json)) {
            called::within(names, source, &list, item, path);
        }
    }

    /// What stands where people are named; a text is JSON where the mapping says so.
    fn called(&self, path: &Path, is_json: bool) -> Option<Value> {
        match self.value(path) {
            Found::Absent => None,
            Found::Text(text) if is_json => serde_json::from_str(&text).ok(),
            Found::Text(text) => Some(Value::String(text.into_owned())),
            Found::Nest(nest) => Some(nest.into_owned()),
        }
    }

    /// What a column or a path has.
    fn value(&self, path: &Path) -> Found<'a> {
        match self.record {
            Record::Row(row) => {
                let column = self.bound.columns.column(path).and_then(|column| row.get(column));
                match cells::said(column.unwrap_or_default()) {
                    "" => Found::Absent,
                    text => Found::Text(Cow::Borrowed(text)),
                }
            }
            Record::Json(value) => path.find(value).map_or(Found::Absent, plain),
        }
    }

    fn evaluate(&self, expression: &Expression, key: &str) -> Result<Value, Fault> {
        let columns = &self.bound.columns;
        let row = || self.lazy.get_or_init(|| Row::new(columns.row(self.record)));
        expression.evaluate_once(columns.key(expression, self.record), row).map_err(|failure| {
            let unread = failure.is_flag.then(|| self.unread_flag(expression)).flatten();
            unread.unwrap_or_else(|| {
                let expected = format!("a record that `{}` can be evaluated for", expression.text());
                fault(key, &failure.why, expected)
            })
        })
    }

    /// The column with a word that is neither true nor false, where an expression reads one as a flag.
    fn unread_flag(&self, expression: &Expression) -> Option<Fault> {
        expression.flags().iter().find_map(|name| {
            let text = match self.record {
                Record::Row(row) => row.get(self.bound.columns.seen_by_expressions(name)?)?.to_owned(),
                Record::Json(value) => match plain(value.get(name)?) {
                    Found::Absent => return None,
                    Found::Text(text) => text.into_owned(),
                    Found::Nest(nest) => nest.to_string(),
                },
            };
            flags::read(&text).is_err().then(|| fault(name, &text, flags::KNOWN.to_owned()))
        })
    }
}

/// The instant of a time that was written as `"at":"2026-05-04T09:00:00Z"`, and its text.
fn instant(written: &str) -> (Option<Instant>, &str) {
    let text = written.split_once(":\"").map_or("", |(_, text)| text.trim_end_matches('"'));
    (calendar::parse(text), text)
}

fn prefixed<'t>(source: &Source, text: Cow<'t, str>) -> Cow<'t, str> {
    if source.prefix.is_empty() { text } else { Cow::Owned(format!("{}{text}", source.prefix)) }
}

/// The columns of a source, or the field where it has none.
fn named(source: &Source, fill: &Fill) -> String {
    match &source.what {
        What::From(paths) => paths.iter().map(|path| path.name.as_str()).collect::<Vec<_>>().join(", "),
        What::Cel(_) | What::Value(_) => fill.field.key.to_owned(),
    }
}

fn fault(field: &str, found: &str, expected: String) -> Fault {
    Fault { field: field.to_owned(), found: cut(found, FOUND_BYTES_MAX).to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn told(kind: &str, made: Made) -> String {
        match made {
            Made::Line(line) => line,
            Made::Fault(fault) => {
                format!("{}: found `{}`, expected {}", fault.field, fault.found, fault.expected)
            }
            Made::NoAccount(named) => format!("{kind} without an account, {named:?}"),
        }
    }

    /// What a mapping makes of rows, the first of them the header.
    fn rows(mapping: &str, rows: &[&[&str]]) -> String {
        let mapping = Mapping::from_toml("m", mapping).unwrap_or_else(|error| panic!("{error}"));
        let (header, rows) = rows.split_first().unwrap();
        let header: Vec<String> = header.iter().copied().map(str::to_owned).collect();
        let rows: Vec<csv::StringRecord> =
            rows.iter().map(|row| csv::StringRecord::from(row.to_vec())).collect();
        let mut bound = match mapping.bind(&header, None) {
            Ok(bound) => bound,
            Err(refusal) => return format!("{refusal}\n"),
        };
        rows.iter().for_each(|row| bound.learn(Record::Row(row)));
        made(&mut bound, rows.iter().map(Record::Row))
    }

    fn made<'a>(bound: &mut Bound, records: impl Iterator<Item = Record<'a>>) -> String {
        let mut text = match bound.decide() {
            Ok(remarks) => remarks.iter().map(|remark| format!("# {remark}\n")).collect::<String>(),
            Err(refusal) => return format!("{refusal}\n"),
        };
        for record in records {
            let meant =
                bound.activities(record, &mut |kind, made| text += &format!("{}\n", told(kind, made)));
            if let Meant::LeftOut(reason) = meant {
                text += &format!("left out: {reason}\n");
            }
        }
        text
    }

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(text);
    }

    const MEETING: &str = r#"
        optional = ["extra"]
        [[activity]]
        kind = "meeting"
        when = "row.deleted != 'true' && row.extra == ''"
        id = { from = "id", prefix = "m-" }
        at = { from = "day", time = "hour" }
        account = { from = ["account", "parent"], default = "unassigned" }
        duration_min = { from = "length", unit = "h" }
        participants = [{ from = "staff", side = "internal", split = ";" }, { from = "guests", json = true }]
        status = { from = "state", values = { Held = "held", Off = "cancelled", "?" = "" } }
    "#;

    #[test]
    fn rows_become_activities_or_say_why_not() {
        let header =
            ["id", "day", "hour", "account", "parent", "length", "staff", "guests", "state", "deleted"];
        check(
            &rows(
                MEETING,
                &[
                    &header,
                    &[
                        "1",
                        "2026-05-04",
                        "9:30",
                        "",
                        "acme",
                        "1.5",
                        "ann; bob;ann",
                        r#"{"c1":{"x":1},"c2":{}}"#,
                        "Held",
                        "false",
                    ],
                    &["2", "2026-05-05", "", "", "", "", "", "", "?", ""],
                    &["3", "2026-05-05", "", "x", "", "", "", "", "", "true"],
                    &["4", "2026-05-06", "", "x", "", "", "", "", "Done", ""],
                    &["5", "", "", "x", "", "", "", "", "", ""],
                    &["6", "2026-02-30", "", "x", "", "", "", "", "", ""],
                    &["7", "2026-05-06", "", "a\"\n", "", "soon", "", "", "", ""],
                    &["8", "2026-05-06", "", "x", "", "", "", "{", "", ""],
                ],
            ),
            expect![[r##"
                # times of `day` are read as year-month-day, without a zone as UTC (if they are not, say `--time-zone`)
                {"id":"m-1","at":"2026-05-04T09:30:00Z","account":"acme","kind":"meeting","duration_min":90,"participants":[{"id":"ann","side":"internal"},{"id":"bob","side":"internal"},"c1","c2"],"status":"held"}
                {"id":"m-2","at":"2026-05-05T00:00:00Z","account":"unassigned","kind":"meeting"}
                state: found `Done`, expected one of `?`, `Held`, `Off`: add it to `values`, or say `other`
                day: found ``, expected a value for `at`, or a `default` in the mapping
                day: found `2026-02-30`, expected a day of the calendar
                length: found `soon`, expected a length in hours, or such as `1:30` or `1h 30m`
                guests: found `{`, expected JSON: EOF while parsing an object at line 1 column 1
            "##]],
        );
        check(
            &rows(MEETING, &[&["Id", "date", "hour", "account", "len", "staff", "guest", "state"]]),
            expect![[r#"
                mapping `m` wants columns that are not there: `day`, `deleted`, `guests` (is it `guest`?), `length` (is it `len`?); the header has `Id`, `date`, `hour`, `account`, `len`, `staff`, `guest`, `state`
            "#]],
        );
    }

    #[test]
    fn an_end_before_its_start_is_a_fault() {
        let mapping =
            "[[activity]]\nkind = \"meeting\"\nid = \"i\"\nat = \"s\"\naccount = \"i\"\nend = \"e\"";
        let row = ["1", "2026-05-04T10:00:00Z", "2026-05-04T09:00:00Z"];
        let other = ["2", "2026-05-04T09:00:00+02:00", "2026-05-04T07:00:00Z"];
        check(
            &rows(mapping, &[&["i", "s", "e"], &row, &other]),
            expect![[r#"
                # times of `e`, `s` are read as year-month-day
                e: found `2026-05-04T09:00:00Z`, expected an end that is not before its start
                {"id":"2","at":"2026-05-04T09:00:00+02:00","account":"2","kind":"meeting","end":"2026-05-04T07:00:00Z"}
            "#]],
        );
    }

    #[test]
    fn the_order_of_day_and_month_is_found_or_asked_for() {
        let mapping =
            "[[activity]]\nkind = \"meeting\"\nid = \"i\"\nat = \"s\"\naccount = \"i\"\nend = \"e\"";
        let told = |days: &[[&str; 2]]| {
            let table: Vec<Vec<&str>> = days.iter().map(|[start, end]| vec!["1", *start, *end]).collect();
            let mut all: Vec<&[&str]> = vec![&["i", "s", "e"]];
            all.extend(table.iter().map(Vec::as_slice));
            rows(mapping, &all)
        };
        check(
            &told(&[["4/5/2026 9:00", "13/5/2026 9:00"]]),
            expect![[r#"
                # times of `e`, `s` are read as day/month/year, without a zone as UTC (if they are not, say `--time-zone`)
                {"id":"1","at":"2026-05-04T09:00:00Z","account":"1","kind":"meeting","end":"2026-05-13T09:00:00Z"}
            "#]],
        );
        check(
            &told(&[["4/5/2026", ""]]),
            expect![[r#"
                `s` has times such as `4/5/2026`, and nothing tells whether the day or the month comes first: state the form in the mapping, such as `formats = ["%d/%m/%Y"]` or `formats = ["%m/%d/%Y"]`
            "#]],
        );
        check(
            &told(&[["14/5/2026", ""], ["5/14/2026", ""]]),
            expect![[r#"
                `s` has the day first in 1 time (the first: `14/5/2026`, line 0) and the month first in 1 time (the first: `5/14/2026`, line 0): the order of day and month is in doubt, and times that can be read both ways may be wrong; state the form in the mapping, such as `formats = ["%m/%d/%Y"]`, and what is written otherwise is a fault of its row
            "#]],
        );
        check(
            &told(&[["4 May 2026", ""]]),
            expect![[r##"
                # times of `s` are read as dates with the name of the month, without a zone as UTC (if they are not, say `--time-zone`)
                {"id":"1","at":"2026-05-04T00:00:00Z","account":"1","kind":"meeting"}
            "##]],
        );
    }

    #[test]
    fn flags_decide_however_they_are_written() {
        let mapping = r#"
            optional = ["copy"]
            [[activity]]
            kind = "meeting"
            when = "!flag(row.gone) && flag(row.copy, true)"
            id = "id"
            at = "day"
            account = "id"
            status = { from = "done", values = { true = "held", false = "planned" } }
            all_day = "whole"
        "#;
        let header: &[&str] = &["id", "day", "gone", "done", "whole"];
        for (yes, no) in [("True", "False"), ("t", "f"), ("WAHR", "FALSCH"), ("1.0", "0.0"), ("x", "")] {
            let told = rows(
                mapping,
                &[header, &["1", "2026-05-04", no, yes, yes], &["2", "2026-05-04", yes, no, no]],
            );
            let expected = r#"{"id":"1","at":"2026-05-04T00:00:00Z","account":"1","kind":"meeting","status":"held","all_day":true}"#;
            assert_eq!(
                told.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>(),
                [expected],
                "{yes}"
            );
        }
        check(
            &rows(
                mapping,
                &[
                    header,
                    &["1", "2026-05-04", "perhaps", "", ""],
                    &["2", "2026-05-04", "", "perhaps", ""],
                    &["3", "2026-05-04", "", "null", "perhaps"],
                    &["4", "2026-05-04", "", "null", "null"],
                ],
            ),
            expect![[r##"
                # times of `day` are read as year-month-day, without a zone as UTC (if they are not, say `--time-zone`)
                gone: found `perhaps`, expected `true`, `yes`, `1`, `x`, `on` or `false`, `no`, `0`, `off`, also in other languages (`wahr`, `vrai`, `verdadero`, `vero`, `ja`, `oui`, `si`), or nothing
                done: found `perhaps`, expected one of `false`, `true`: add it to `values`, or say `other`
                whole: found `perhaps`, expected `true`, `yes`, `1`, `x`, `on` or `false`, `no`, `0`, `off`, also in other languages (`wahr`, `vrai`, `verdadero`, `vero`, `ja`, `oui`, `si`), or nothing
                {"id":"4","at":"2026-05-04T00:00:00Z","account":"4","kind":"meeting"}
            "##]],
        );
    }

    #[test]
    fn an_id_has_one_spelling_and_what_is_no_account_is_none() {
        let mapping = r#"
            ids = "salesforce"
            [[activity]]
            kind = "meeting"
            unless = { "deleted ones" = "row.gone == 'yes'", "shown as free" = "row.show == 'Free'" }
            id = { from = "id", prefix = "m-" }
            at = "day"
            account = ["account", "about"]
            participants = [{ from = "staff", split = ";" }]
            series = "series"
        "#;
        let row = |id, account, about, gone| [id, "2026-05-04", account, about, "7.0;nan;8", "None", gone];
        check(
            &rows(
                mapping,
                &[
                    &["id", "day", "account", "about", "staff", "series", "gone"],
                    &row("1.0", "001D000000IqhSL", "", ""),
                    &row("2", "", "001D000000IqhSLIAZ", "no"),
                    &row("3", "Bolt Ltd", "006D000000IqhSL", ""),
                    &row("4", "", "006D000000IqhSL", ""),
                    &row("5", "", "", ""),
                    &row("6", "1.23457E+11", "", ""),
                    &row("7", "88.0", "", "yes"),
                ],
            ),
            expect![[r##"
                # times of `day` are read as year-month-day, without a zone as UTC (if they are not, say `--time-zone`)
                # it has no column `show`, so nothing is known of what it would say
                {"id":"m-1","at":"2026-05-04T00:00:00Z","account":"001D000000IqhSLIAZ","kind":"meeting","participants":["7","8"]}
                {"id":"m-2","at":"2026-05-04T00:00:00Z","account":"001D000000IqhSLIAZ","kind":"meeting","participants":["7","8"]}
                {"id":"m-3","at":"2026-05-04T00:00:00Z","account":"Bolt Ltd","kind":"meeting","participants":["7","8"]}
                meeting without an account, Some("006D000000IqhSLIAZ")
                meeting without an account, None
                account: found `1.23457E+11`, expected an id with all its digits: a spreadsheet or a float has shortened it, and other ids may look the same; export the column as text
                left out: deleted ones
            "##]],
        );
    }

    #[test]
    fn one_point_zero_is_another_id_than_one_where_ids_have_points() {
        let mapping =
            "[[activity]]\nkind = \"plan-version\"\nid = \"i\"\nat = \"d\"\naccount = \"a\"\nplan = \"p\"";
        let row = |id, plan| [id, "2026-05-04", "7.0", plan];
        check(
            &rows(mapping, &[&["i", "d", "a", "p"], &row("1", "1"), &row("2", "1.0"), &row("3", "1.1")]),
            expect![[r##"
                # times of `d` are read as year-month-day, without a zone as UTC (if they are not, say `--time-zone`)
                {"id":"1","at":"2026-05-04T00:00:00Z","account":"7","kind":"plan-version","plan":"1"}
                {"id":"2","at":"2026-05-04T00:00:00Z","account":"7","kind":"plan-version","plan":"1.0"}
                {"id":"3","at":"2026-05-04T00:00:00Z","account":"7","kind":"plan-version","plan":"1.1"}
            "##]],
        );
    }

    #[test]
    fn one_record_can_give_several_kinds() {
        let mapping = Mapping::from_toml(
            "m",
            r#"
                [[activity]]
                kind = "profile"
                id = { from = "id", prefix = "p-" }
                at = "since"
                account = "owner.id"
                tags = { from = "tags", item = "name" }
                [[activity]]
                kind = "approval-step"
                when = "has(row.step)"
                id = "id"
                at = { cel = "row.since" }
                account = "/owner/id"
                request = "id"
                step = "step"
                to = { from = "who", side = "internal" }
                outcome = { value = "requested" }
            "#,
        );
        let records = [
            serde_json::json!({"id": 7, "since": 1_778_329_800_000_i64, "owner": {"id": "acme"}, "tags": [{"name": "a"}, {}]}),
            serde_json::json!({"id": 8, "since": 1_778_329_800_000_i64, "owner": {"id": null}, "step": 2.0, "who": "ann"}),
        ];
        let mut bound = mapping.unwrap().bind_paths(None);
        records.iter().for_each(|record| bound.learn(Record::Json(record)));
        check(
            &made(&mut bound, records.iter().map(Record::Json)),
            expect![[r##"
                # times of `at`, `since` are read as milliseconds since 1970
                {"id":"p-7","at":"2026-05-09T12:30:00Z","account":"acme","kind":"profile","tags":["a"]}
                profile without an account, None
                approval-step without an account, None
            "##]],
        );
    }
}
