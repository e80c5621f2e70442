//! CEL expressions: compiled once, evaluated over a record that they see as `row`.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::common::ast::{Expr, LiteralValue, operators};
use cel::{Context, ExecutionError, IdedExpr, Program, Value as Cel};
use serde_json::Value;

use super::functions::{ENVIRONMENT, FLAG, FUNCTIONS};
use super::names;

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
/// An expression that can be evaluated.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    program: Program,
    /// The names behind `row.`; none: it looks at the whole of `row`.
    columns: Option<BTreeSet<String>>,
    /// Those it asks for with `has`.
    tested: BTreeSet<String>,
    /// Those it reads as flags.
    flags: Vec<String>,
}

/// Why an expression has no value over a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) why: String,
    /// A flag could not be read.
    pub(super) is_flag: bool,
}

/// What is wrong with an expression: from which of its bytes on, and why.
pub(super) type Mistake = (usize, String);

impl Expression {
    /// Compiles an expression.
    pub(super) fn compile(text: &str) -> Result<Self, Vec<Mistake>> {
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
        let mut look = Look {
            program: &program,
            bound: Vec::new(),
            columns: Some(BTreeSet::new()),
            tested: BTreeSet::new(),
            flags: Vec::new(),
            mistakes: Vec::new(),
        };
        look.at(program.expression());
        let Look { columns, tested, flags, mistakes, .. } = look;
        if mistakes.is_empty() {
            Ok(Self { text: text.to_owned(), program, columns, tested, flags })
        } else {
            Err(mistakes)
        }
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The names behind `row.`; none: it looks at the whole of `row`.
    pub(super) fn columns(&self) -> Option<&BTreeSet<String>> {
        self.columns.as_ref()
    }

    /// Whether it fails where there is no such name.
    pub(super) fn needs(&self, name: &str) -> bool {
        !self.tested.contains(name)
    }

    /// The names that it reads as flags, in the order in which they are written.
    pub(super) fn flags(&self) -> &[String] {
        &self.flags
    }

    /// Its value over a record, as JSON.
    pub(super) fn evaluate(&self, row: &Row<'_>) -> Result<Value, Failure> {
        let value = self.program.execute(&row.0).map_err(|error| Failure {
            is_flag: matches!(&error, ExecutionError::FunctionError { function, .. } if function == FLAG),
            why: error.to_string(),
        })?;
        let mut left = RESULT_VALUES_MAX;
        json(&value, &mut left).map_err(|why| Failure { why, is_flag: false })
    }
}

/// A record as expressions see it.
pub(super) struct Row<'a>(Context<'a, 'a>);

impl Row<'_> {
    /// A record that is a map.
    pub(super) fn new(row: Cel) -> Self {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.add_variable_from_value("row", row);
        Self(context)
    }
}

/// A map of texts.
pub(crate) fn map<'a>(members: impl Iterator<Item = (&'a str, Cel)>) -> Cel {
    let members = members.map(|(key, value)| (cel::objects::Key::from(key), value)).collect();
    Cel::Map(cel::objects::Map { map: Arc::new(members) })
}

/// Text as CEL has it.
pub(super) fn text(text: &str) -> Cel {
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

/// A walk through an expression: which columns it wants, and which names mean nothing.
struct Look<'a> {
    program: &'a Program,
    /// Variables of macros.
    bound: Vec<&'a str>,
    columns: Option<BTreeSet<String>>,
    tested: BTreeSet<String>,
    flags: Vec<String>,
    mistakes: Vec<Mistake>,
}

impl<'a> Look<'a> {
    fn at(&mut self, node: &'a IdedExpr) {
        match &node.expr {
            Expr::Select(select) if self.is_row(&select.operand) => {
                self.tested.extend(select.test.then(|| select.field.clone()));
                self.column(&select.field);
            }
            Expr::Select(select) => self.at(&select.operand),
            Expr::Call(call) => {
                if let ([row, key], operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT) =
                    (call.args.as_slice(), call.func_name.as_str())
                    && self.is_row(row)
                    && let Expr::Literal(LiteralValue::String(key)) = &key.expr
                {
                    return self.column(key.inner());
                }
                let name = call.func_name.as_str();
                if name == FLAG
                    && let Some(column) = call.args.first().and_then(|it| self.column_of(it))
                {
                    self.flags.push(column.to_owned());
                }
                if name.starts_with(char::is_alphabetic) && !FUNCTIONS.contains(&name) {
                    let nearest = names::nearest(name, FUNCTIONS.iter().copied());
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
            Expr::Comprehension(it) => {
                self.at(&it.iter_range);
                self.at(&it.accu_init);
                let before = self.bound.len();
                self.bound.extend([it.iter_var.as_str(), it.accu_var.as_str()]);
                self.bound.extend(it.iter_var2.as_deref());
                [&it.loop_cond, &it.loop_step, &it.result].into_iter().for_each(|it| self.at(it));
                self.bound.truncate(before);
            }
            Expr::Ident(name) if name == "row" && self.is_row(node) => self.columns = None,
            Expr::Ident(name) if self.bound.contains(&name.as_str()) || TYPES.contains(&name.as_str()) => {}
            Expr::Ident(name) => {
                self.mistake(node, format!("`{name}` is no variable: columns are named `row.{name}`"));
            }
            Expr::List(list) => list.elements.iter().for_each(|it| self.at(it)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let cel::common::ast::EntryExpr::MapEntry(entry) = &entry.expr {
                        self.at(&entry.key);
                        self.at(&entry.value);
                    }
                }
            }
            Expr::Struct(it) => self.mistake(node, format!("`{}` is no type of CEL", it.type_name)),
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    /// The column that `row.name` or `row['name']` is.
    fn column_of(&self, node: &'a IdedExpr) -> Option<&'a str> {
        match &node.expr {
            Expr::Select(select) if self.is_row(&select.operand) => Some(&select.field),
            Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
                [row, IdedExpr { expr: Expr::Literal(LiteralValue::String(key)), .. }]
                    if self.is_row(row) =>
                {
                    Some(key.inner())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn is_row(&self, node: &IdedExpr) -> bool {
        matches!(&node.expr, Expr::Ident(name) if name == "row") && !self.bound.contains(&"row")
    }

    fn column(&mut self, name: &str) {
        if let Some(columns) = &mut self.columns {
            columns.insert(name.to_owned());
        }
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
