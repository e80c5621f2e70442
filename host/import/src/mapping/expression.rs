//! CEL expressions: compiled once, evaluated over a record that they see as `row`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};
use cel::{Context, ExecutionError, IdedExpr, Program, Value as Cel};
use serde_json::Value;

use super::functions::{self, ENVIRONMENT, FLAG};
use super::seen::{Key, Seen};
use super::{limits, names};

/// Bytes of one expression.
const EXPRESSION_BYTES_MAX: usize = 4 << 10;
/// Values inside one result, so that no expression makes much out of little.
const RESULT_VALUES_MAX: usize = 100_000;
/// Names that are types, and no variables.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "duration",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "timestamp",
    "type",
    "uint",
];
/// The names that expressions of one sort know.
#[derive(Debug)]
pub(crate) struct Names {
    /// Records, whose members are asked for.
    pub(crate) records: &'static [&'static str],
    /// Texts.
    pub(crate) texts: &'static [&'static str],
    /// What is said of a name that is none of them.
    pub(crate) unknown: fn(&str) -> String,
}

/// Those of an `[[activity]]`.
const ROW: Names = Names {
    records: &["row"],
    texts: &[],
    unknown: |name| format!("`{name}` is no variable: columns are named `row.{name}`"),
};

/// What an expression asks of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// It looks at the whole of it.
    pub(crate) is_whole: bool,
    /// The members it names.
    pub(crate) names: BTreeSet<String>,
    /// Those it asks for with `has`.
    pub(crate) tested: BTreeSet<String>,
}

/// An expression that can be evaluated.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    /// It counts what it costs.
    program: IdedExpr,
    /// What it asks of each record.
    asked: BTreeMap<&'static str, Asked>,
    texts: BTreeSet<&'static str>,
    /// Members of records that it reads as flags.
    flags: Vec<String>,
    seen: Seen,
}

/// Why an expression has no value over a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) why: String,
    /// A flag could not be read.
    pub(crate) is_flag: bool,
}

/// What is wrong with an expression: from which of its bytes on, and why.
pub(crate) type Mistake = (usize, String);

impl Expression {
    /// Compiles an expression of an `[[activity]]`.
    pub(super) fn compile(text: &str) -> Result<Self, Vec<Mistake>> {
        Self::with_names(text, &ROW)
    }

    /// Compiles an expression that knows these names.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub(crate) fn with_names(text: &str, names: &'static Names) -> Result<Self, Vec<Mistake>> {
        if text.len() > EXPRESSION_BYTES_MAX {
            return Err(vec![(0, format!("expression is too long: at most {EXPRESSION_BYTES_MAX} bytes"))]);
        }
        let program = ENVIRONMENT.compile(text).map_err(|errors| {
            let told = errors.errors.iter().map(|error| {
                let message = error.msg.split(['\n', '\r']).next().unwrap_or_default();
                (
                    offset(text, error.pos),
                    format!("no expression: {}", message.trim_start_matches("Syntax error: ")),
                )
            });
            // Repairs of the parser are told at the same place again.
            let mut told: Vec<Mistake> = told.collect();
            told.sort();
            told.dedup_by_key(|(at, _)| *at);
            told
        })?;
        if limits::levels(program.expression()) > limits::LEVELS_MAX {
            let told =
                format!("expression is too deep: at most {} levels inside each other", limits::LEVELS_MAX);
            return Err(vec![(0, told)]);
        }
        let asked = names.records.iter().map(|record| (*record, Asked::default())).collect();
        let (bound, texts, flags, mistakes) = Default::default();
        let mut look = Look { program: &program, names, bound, asked, texts, flags, mistakes };
        look.at(program.expression());
        let Look { asked, texts, flags, mistakes, .. } = look;
        if mistakes.is_empty() {
            let program = limits::bounded(program.expression());
            Ok(Self { text: text.to_owned(), program, asked, texts, flags, seen: Seen::default() })
        } else {
            Err(mistakes)
        }
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What it asks of a record.
    pub(crate) fn asked(&self, record: &str) -> Option<&Asked> {
        self.asked.get(record)
    }

    /// The texts it looks at.
    pub(crate) fn texts(&self) -> &BTreeSet<&'static str> {
        &self.texts
    }

    /// The names behind `row.`; none: it looks at the whole of `row`.
    pub(super) fn columns(&self) -> Option<&BTreeSet<String>> {
        self.asked("row").filter(|asked| !asked.is_whole).map(|asked| &asked.names)
    }

    /// Whether it fails where there is no such name.
    pub(super) fn needs(&self, name: &str) -> bool {
        !self.asked("row").is_some_and(|asked| asked.tested.contains(name))
    }

    /// The names that it reads as flags, in the order in which they are written.
    pub(super) fn flags(&self) -> &[String] {
        &self.flags
    }

    /// Its value over a record of which `key` has what it asks for; the record is only made where that is new.
    pub(super) fn evaluate_once<'r>(
        &self,
        key: Option<Key>,
        row: impl FnOnce() -> &'r Row<'static>,
    ) -> Result<Value, Failure> {
        let Some(key) = key else { return self.evaluate(row()) };
        if let Some(known) = self.seen.get(&key) {
            return Ok(known);
        }
        let value = self.evaluate(row())?;
        self.seen.keep(key, &value);
        Ok(value)
    }

    /// Its value, as JSON.
    pub(crate) fn evaluate(&self, row: &Row<'_>) -> Result<Value, Failure> {
        let failed = |why: String| Failure { why, is_flag: false };
        let value = limits::within(|| Cel::resolve(&self.program, &row.0))
            .ok_or_else(|| failed(limits::BEYOND.to_owned()))?;
        let value = value.map_err(|error| Failure {
            is_flag: matches!(&error, ExecutionError::FunctionError { function, .. } if function == FLAG),
            why: error.to_string(),
        })?;
        let mut left = RESULT_VALUES_MAX;
        json(&value, &mut left).map_err(failed)
    }
}

/// What expressions see.
pub(crate) struct Row<'a>(Context<'a, 'a>);

impl Row<'_> {
    /// A record that is a map.
    pub(super) fn new(row: Cel) -> Self {
        Self::of([("row", row)].into_iter())
    }

    /// Several values by their names.
    pub(crate) fn of(values: impl Iterator<Item = (&'static str, Cel)>) -> Self {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        values.for_each(|(name, value)| context.add_variable_from_value(name, value));
        Self(context)
    }
}

/// A map of texts.
pub(crate) fn map<'a>(members: impl Iterator<Item = (&'a str, Cel)>) -> Cel {
    let members = members.map(|(key, value)| (cel::objects::Key::from(key), value)).collect();
    Cel::Map(cel::objects::Map { map: Arc::new(members) })
}

/// Text as CEL has it.
pub(crate) fn text(text: &str) -> Cel {
    Cel::String(Arc::new(text.to_owned()))
}

/// JSON as CEL has it: whole numbers are `int`, so that they can be reckoned with.
pub(super) fn value(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Cel::Int(whole),
            (None, Some(large)) => Cel::UInt(large),
            (None, None) => Cel::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(it) => text(it),
        Value::Array(values) => Cel::List(Arc::new(values.iter().map(self::value).collect())),
        Value::Object(members) => map(members.iter().map(|(key, it)| (key.as_str(), self::value(it)))),
    }
}

fn json(value: &Cel, left: &mut usize) -> Result<Value, String> {
    *left = left.checked_sub(1).ok_or_else(|| format!("more than {RESULT_VALUES_MAX} values"))?;
    Ok(match value {
        Cel::Null => Value::Null,
        Cel::Bool(flag) => Value::Bool(*flag),
        Cel::Int(number) => Value::from(*number),
        Cel::UInt(number) => Value::from(*number),
        Cel::Float(number) => Value::from(*number),
        Cel::String(text) => Value::String(text.to_string()),
        Cel::Timestamp(at) => Value::String(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        // As CEL writes durations; minutes know that form.
        Cel::Duration(duration) => Value::String(format!("{}s", duration.num_seconds())),
        Cel::List(values) => Value::Array(values.iter().map(|it| json(it, left)).collect::<Result<_, _>>()?),
        Cel::Map(map) => {
            let members = map.map.iter().map(|(key, it)| Ok((key.to_string(), json(it, left)?)));
            Value::Object(members.collect::<Result<_, String>>()?)
        }
        other => return Err(format!("a {:?}, which no field can hold", other.type_of()).to_lowercase()),
    })
}

/// The byte of a place that is told as line and column, both from 1.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or_default();
    let column = usize::try_from(column - 1).unwrap_or_default();
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    before + rest.chars().take(column).map(char::len_utf8).sum::<usize>()
}

/// A walk through an expression: what it asks for, and which names mean nothing.
struct Look<'a> {
    program: &'a Program,
    names: &'static Names,
    /// Variables of macros.
    bound: Vec<&'a str>,
    asked: BTreeMap<&'static str, Asked>,
    texts: BTreeSet<&'static str>,
    flags: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl<'a> Look<'a> {
    fn at(&mut self, node: &'a IdedExpr) {
        if let Some((record, name, is_test)) = self.member(node) {
            if let Some(asked) = self.asked.get_mut(record) {
                asked.names.insert(name.to_owned());
                asked.tested.extend(is_test.then(|| name.to_owned()));
            }
            return;
        }
        match &node.expr {
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(it) => {
                self.at(&it.iter_range);
                self.at(&it.accu_init);
                let before = self.bound.len();
                self.bound.extend([it.iter_var.as_str(), it.accu_var.as_str()]);
                self.bound.extend(it.iter_var2.as_deref());
                [&it.loop_cond, &it.loop_step, &it.result].into_iter().for_each(|it| self.at(it));
                self.bound.truncate(before);
            }
            Expr::Ident(name) => self.name(node, name),
            Expr::Struct(it) => self.mistake(node, format!("`{}` is no type of CEL", it.type_name)),
            _ => limits::children(node).into_iter().for_each(|it| self.at(it)),
        }
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr) {
        let name = call.func_name.as_str();
        if name == FLAG
            && let Some((_, name, _)) = call.args.first().and_then(|it| self.member(it))
        {
            self.flags.push(name.to_owned());
        }
        if name.starts_with(char::is_alphabetic) && !functions::names().any(|known| known == name) {
            let nearest = names::nearest(name, functions::names());
            let instead = nearest.map_or(String::new(), |it| format!(", did you mean `{it}`?"));
            self.mistake(node, format!("CEL has no function `{name}`{instead}"));
        }
        if let Some(target) = &call.target
            && !matches!(&target.expr, Expr::Ident(name) if name == "optional")
        {
            self.at(target);
        }
        call.args.iter().for_each(|it| self.at(it));
    }

    fn name(&mut self, node: &'a IdedExpr, name: &'a str) {
        if self.bound.contains(&name) || TYPES.contains(&name) {
            return;
        }
        if let Some(asked) = self.asked.get_mut(name) {
            asked.is_whole = true;
        } else if let Some(text) = self.names.texts.iter().find(|it| **it == name) {
            self.texts.insert(text);
        } else {
            self.mistake(node, (self.names.unknown)(name));
        }
    }

    /// The record and the member that `row.name`, `row['name']` or `has(row.name)` is.
    fn member(&self, node: &'a IdedExpr) -> Option<(&'static str, &'a str, bool)> {
        match &node.expr {
            Expr::Select(select) => Some((self.record(&select.operand)?, &select.field, select.test)),
            Expr::Call(call)
                if matches!(
                    call.func_name.as_str(),
                    operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT
                ) =>
            {
                match call.args.as_slice() {
                    [row, IdedExpr { expr: Expr::Literal(LiteralValue::String(key)), .. }] => {
                        // What is asked for with `?` may be missing.
                        Some((self.record(row)?, key.inner(), call.func_name != operators::INDEX))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn record(&self, node: &IdedExpr) -> Option<&'static str> {
        let Expr::Ident(name) = &node.expr else { return None };
        let record = self.names.records.iter().find(|it| *it == name)?;
        (!self.bound.contains(record)).then_some(*record)
    }

    fn mistake(&mut self, node: &IdedExpr, message: String) {
        let (start, _) = self.program.source_info().offset_for(node.id).unwrap_or_default();
        self.mistakes.push((usize::try_from(start).unwrap_or_default(), message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn evaluate(text: &str, row: &Value) -> Result<Value, String> {
        let expression = Expression::compile(text).map_err(|mistakes| format!("{mistakes:?}"))?;
        expression.evaluate(&Row::new(value(row))).map_err(|failure| failure.why)
    }

    #[test]
    fn expressions_see_the_record_as_row() {
        let row = json!({"h": "1", "m": 30, "on": true, "who": [{"id": "a"}, {"id": "b"}], "x": null});
        for (text, expected) in [
            ("int(row.h) * 60 + row.m", json!(90)),
            ("row.on && row.x == null", json!(true)),
            ("row.who.map(p, p.id)", json!(["a", "b"])),
            ("has(row.nothing) ? 1 : 2", json!(2)),
            ("row['h'].lowerAscii().startsWith('1')", json!(true)),
            ("timestamp('2026-01-01T02:00:00Z') - timestamp('2026-01-01T00:30:00Z')", json!("5400s")),
            ("'a;b'.split(';')", json!(["a", "b"])),
            ("slug(' Kam/1 -- East ')", json!("kam/1-east")),
            ("slug(row.x)", json!(null)),
            (
                "[flag(row.on), flag(row.h), flag(row.x), flag(row.x, true), flag('WAHR')]",
                json!([true, true, false, true, true]),
            ),
        ] {
            assert_eq!(evaluate(text, &row), Ok(expected), "{text}");
        }
        assert_eq!(
            evaluate("flag(row.m)", &row),
            Err(format!(
                "Error executing function 'flag': found `30`, expected {}",
                crate::mapping::flags::KNOWN
            ))
        );
        assert_eq!(evaluate("row.nothing", &row), Err("No such key: nothing".to_owned()));
    }

    /// Expressions that would run for ever or take all memory.
    #[test]
    fn no_expression_runs_for_ever() {
        let many: Vec<u32> = (0..2_000).collect();
        let row = json!({"t": "a".repeat(200_000), "l": many, "n": [[1, 2], [3]], "x": null});
        let list = "[0,1,2,3,4,5,6,7,8,9]";
        let hundred = format!("{list}.map(a, {list})");
        for hostile in [
            "row.l.all(a, row.l.all(b, row.l.all(c, row.l.all(d, true))))".to_owned(),
            "row.l.all(a, row.l.all(b, row.l.all(c, row.l.all(d, true)))) || true".to_owned(),
            "row.l.exists(a, row.l.exists(b, row.l.exists(c, a < 0)))".to_owned(),
            "row.l.map(a, row.l.map(b, row.l.map(c, c))).size()".to_owned(),
            "row.l.filter(a, row.l.filter(b, row.l.filter(c, true).size() > 0).size() > 0)".to_owned(),
            "row.l.exists_one(a, row.l.exists_one(b, row.l.exists_one(c, c > a)))".to_owned(),
            format!("{hundred}.map(a, {hundred}.map(b, {hundred}.map(c, {hundred}.map(d, {hundred}))))"),
            format!("'{0}'{1}", "a".repeat(16), format!(".replace('a','{}')", "a".repeat(16)).repeat(20)),
            format!("[row.t]{}", ".map(s, s + s)".repeat(60)),
            format!("optional.of(row.t){}", ".optMap(s, s + s)".repeat(30)),
            "row.t.split('').map(a, row.t)".to_owned(),
            "row.l.map(a, row.t).join(row.t)".to_owned(),
            "row.l.map(a, row.t.replace('', row.t))".to_owned(),
            "row.l.map(a, row.t == row.t ? row.t.indexOf('b') : 0)".to_owned(),
            "row.l.all(a, row.t.lastIndexOf(row.t) == 0)".to_owned(),
            "row.l.all(a, row.t.matches('(a*)*b'))".to_owned(),
            "row.l.all(a, 'x'.matches('(((a{100}){100}){100})') || true)".to_owned(),
            format!("[{}]", vec!["row.l"; 600].join(",")),
            format!("[{}].map(a, a)", vec!["row"; 600].join(",")),
            format!("{{{}}}", (0..300).map(|at| format!("'{at}': row")).collect::<Vec<_>>().join(",")),
            "row.l.map(a, row).map(a, row.l.map(b, a))".to_owned(),
            "row.l.all(a, row == row)".to_owned(),
            "['a'].all(w, row.l.map(x, row.t).all(w, row.l.all(y, w == row.t)))".to_owned(),
            format!("row.t{}", ".reverse()".repeat(380)),
            vec!["row.t"; 90].join(" + "),
        ] {
            let begun = std::time::Instant::now();
            let result = evaluate(&hostile, &row);
            let shown: String = hostile.chars().take(80).collect();
            assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{shown}: {:?}", begun.elapsed());
            assert!(result.is_err(), "{shown}");
        }
    }

    #[test]
    fn an_expression_gives_the_same_with_its_limits() {
        let row =
            json!({"t": "ab;c;;d\u{e4}", "l": [3, 1, 2], "o": {"k": [1, 2], "j": []}, "x": null, "n": 7});
        for text in [
            "row.l.map(a, a * 2)",
            "row.l.filter(a, a > 1).map(a, string(a)).join('-')",
            "row.l.exists_one(a, a == 1) && row.l.exists(a, a == 2) && row.l.all(a, a < 4)",
            "[0, 2].exists(a, 4 / a == 2)",
            "[2, 0].all(a, 4 / a == 2)",
            "row.o.map(k, k).size() + row.o.k.map(a, row.l.map(b, a + b)).size()",
            "row.t.split(';') + row.t.split(';', 2) + row.t.split('') + row.t.split('', 3) + row.t.split(';', 0)",
            "[row.t.indexOf('c'), row.t.indexOf('x'), row.t.indexOf('', 2), row.t.indexOf(';', 3), row.t.lastIndexOf(';'), row.t.lastIndexOf(';', 4), row.t.lastIndexOf('\u{e4}'), row.t.lastIndexOf('', 1)]",
            "row.t.replace(';', '--') + row.t.replace(';', '', 1) + row.t.replace('', '.')",
            "row.t.matches('^ab.*') && matches(row.t, 'd')",
            "optional.of(row.n).optMap(v, v + 1).orValue(0) + row.?nothing.orValue(3)",
            "{'a': row.n, 'b': [row.t, row.x]}",
            "timestamp('2026-05-04T09:00:00Z') + duration('90m')",
            "[[1, 2], [3]].map(a, a.size() > 1, a)",
            "row.t.indexOf('x', 99)",
            "row.nothing",
            "row.x.startsWith('a')",
        ] {
            let plain = ENVIRONMENT.compile(text).unwrap().execute(&Row::new(value(&row)).0);
            let plain = plain
                .map_err(|error| error.to_string())
                .and_then(|it| json(&it, &mut RESULT_VALUES_MAX.clone()));
            let bounded = evaluate(text, &row);
            assert_eq!(bounded.is_err(), plain.is_err(), "{text}: {bounded:?} {plain:?}");
            assert!(bounded.is_err() || bounded == plain, "{text}: {bounded:?} {plain:?}");
        }
    }

    #[test]
    fn what_is_too_deep_is_refused_before_it_is_evaluated() {
        for deep in [
            vec!["1"; 2_000].join("+"),
            format!("row{}", ".a".repeat(2_000)),
            "(".repeat(2_000) + "1" + &")".repeat(2_000),
            "[".repeat(2_000) + &"]".repeat(2_000),
            "true ? ".repeat(500) + "1" + &" : 2".repeat(500),
        ] {
            assert!(Expression::compile(&deep).is_err(), "{}", &deep[..20]);
        }
        let allowed = vec!["row.n"; 90].join(" + ");
        assert_eq!(evaluate(&allowed, &json!({"n": 1})), Ok(json!(90)));
    }

    #[test]
    fn what_an_expression_wants_is_known_before() {
        let columns = |text: &str| {
            let expression = Expression::compile(text).unwrap();
            expression.columns().map(|columns| columns.iter().cloned().collect::<Vec<_>>().join(","))
        };
        assert_eq!(columns("row.a == 'x' || has(row.b) || row['c d'] == ''").as_deref(), Some("a,b,c d"));
        assert_eq!(columns("['x'].exists(row, row == 'x')").as_deref(), Some(""));
        assert_eq!(columns("row.all(k, row[k] == '')"), None);
        let mistakes = |text: &str| Expression::compile(text).unwrap_err();
        assert_eq!(
            mistakes("rwo.a == 1"),
            [(0, "`rwo` is no variable: columns are named `row.rwo`".to_owned())]
        );
        assert_eq!(
            mistakes("row.a.lower() == 1"),
            [(11, "CEL has no function `lower`, did you mean `lowerAscii`?".to_owned())]
        );
        assert_eq!(mistakes("row.a = 1").first().unwrap().0, 6);
    }
}
