//! Expressions over a trace and an event (CEL), asked once for each different answer.
//!
//! An expression always gives the same answer to the same values, so what it gave is remembered by the values it
//! looks at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue};
use cel::objects::Value;
use cel::{Context, Program};

use super::super::trace::Attributes;
use crate::mapping::{ENVIRONMENT, FUNCTIONS, map, nearest};

/// Bytes of one expression.
const SOURCE_BYTES_MAX: usize = 4 << 10;
/// Bytes of values whose answers are remembered.
const MEMO_BYTES_MAX: usize = 4 << 20;

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) trace: &'a Attributes,
    pub(crate) event: &'a Attributes,
    /// Who acts, and the outcome by the table; empty: not known, or not yet.
    pub(crate) actor: &'a str,
    pub(crate) outcome: &'a str,
    /// The stem of the file's name.
    pub(crate) file: &'a str,
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Formula(Way);

#[derive(Debug)]
enum Way {
    /// Always the same text.
    Text(String),
    /// The first of these that is there, which needs no expression.
    First(Vec<Place>),
    Program(Box<Asked>),
}

/// What an expression looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Trace(String),
    Event(String),
    Actor,
    Outcome,
    File,
}

#[derive(Debug)]
struct Asked {
    program: Program,
    places: BTreeSet<Place>,
    /// Attributes the expression asks whether they are there.
    tested: BTreeSet<Place>,
    /// It looks at a trace or an event as a whole: then nothing is remembered.
    whole: bool,
    memo: BTreeMap<String, Answer>,
    memo_bytes: usize,
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Nothing,
    Text(String),
    Truth(bool),
    /// Why it gives nothing of use.
    Failed(String),
}

impl Formula {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn read(source: &str) -> Result<Self, String> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(format!("expected an expression of at most {SOURCE_BYTES_MAX} bytes"));
        }
        let program = ENVIRONMENT.compile(source).map_err(|errors| {
            let first = errors
                .errors
                .first()
                .map(|error| error.msg.lines().next().unwrap_or_default().to_lowercase());
            format!("no expression: {}", first.unwrap_or_default())
        })?;
        let mut look = Look::default();
        look.at(program.expression());
        if let Some(unknown) = look.unknown {
            return Err(unknown);
        }
        Ok(Self(Way::Program(Box::new(look.asked(program)))))
    }

    /// The attribute of an event.
    pub(crate) fn event(name: &str) -> Self {
        Self(Way::First(vec![Place::Event(name.to_owned())]))
    }

    /// The attribute of a trace.
    pub(crate) fn trace(name: &str) -> Self {
        Self(Way::First(vec![Place::Trace(name.to_owned())]))
    }

    /// The first of some attributes that has a value; of the trace, or of the event.
    pub(crate) fn first<'a>(names: impl Iterator<Item = (bool, &'a str)>) -> Self {
        let place = |(of_trace, name): (bool, &str)| {
            if of_trace { Place::Trace(name.to_owned()) } else { Place::Event(name.to_owned()) }
        };
        Self(Way::First(names.map(place).collect()))
    }

    /// The stem of the file's name.
    pub(crate) fn file() -> Self {
        Self(Way::First(vec![Place::File]))
    }

    /// Always the same text.
    pub(crate) fn text(text: &str) -> Self {
        Self(Way::Text(text.to_owned()))
    }

    /// Its answer.
    pub(crate) fn answer(&mut self, scope: Scope<'_>) -> Answer {
        match &mut self.0 {
            Way::Text(text) => Answer::Text(text.clone()),
            Way::First(places) => {
                let mut values = places.iter().filter_map(|place| place.value(scope));
                let value = values.find(|value| !value.trim().is_empty());
                value.map_or(Answer::Nothing, |value| Answer::Text(value.to_owned()))
            }
            Way::Program(asked) => asked.answer(scope),
        }
    }
}

impl Place {
    fn value<'a>(&self, scope: Scope<'a>) -> Option<&'a str> {
        match self {
            Place::Trace(name) => scope.trace.find(name),
            Place::Event(name) => scope.event.find(name),
            Place::Actor => Some(scope.actor),
            Place::Outcome => Some(scope.outcome),
            Place::File => Some(scope.file),
        }
    }
}

impl Asked {
    fn answer(&mut self, scope: Scope<'_>) -> Answer {
        if self.whole {
            return self.ask(scope);
        }
        let mut values = String::new();
        for place in &self.places {
            match place.value(scope) {
                // The length keeps two values from being taken for two others.
                Some(value) => values.extend([&*value.len().to_string(), ":", value]),
                None => values.push('-'),
            }
        }
        if let Some(answer) = self.memo.get(&values) {
            return answer.clone();
        }
        let answer = self.ask(scope);
        if self.memo_bytes > MEMO_BYTES_MAX {
            self.memo.clear();
            self.memo_bytes = 0;
        }
        self.memo_bytes += values.len() + size_of::<(String, Answer)>();
        self.memo.insert(values, answer.clone());
        answer
    }

    fn ask(&self, scope: Scope<'_>) -> Answer {
        let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
        context.add_variable_from_value("trace", self.map(scope.trace, |name| Place::Trace(name.to_owned())));
        context.add_variable_from_value("event", self.map(scope.event, |name| Place::Event(name.to_owned())));
        for (name, value) in [("actor", scope.actor), ("outcome", scope.outcome), ("file", scope.file)] {
            context.add_variable_from_value(name, value.to_owned());
        }
        match self.program.execute(&context) {
            Ok(Value::String(text)) => Answer::Text(text.to_string()),
            Ok(Value::Bool(truth)) => Answer::Truth(truth),
            Ok(Value::Int(number)) => Answer::Text(number.to_string()),
            Ok(Value::UInt(number)) => Answer::Text(number.to_string()),
            Ok(Value::Float(number)) => Answer::Text(number.to_string()),
            Ok(Value::Null) => Answer::Nothing,
            Ok(other) => Answer::Failed(format!("it gives {:?}, which is no text", other.type_of())),
            Err(why) => Answer::Failed(why.to_string()),
        }
    }

    /// Attributes with their values; one that is looked at and missing is null.
    fn map(&self, attributes: &Attributes, place: impl Fn(&str) -> Place) -> Value {
        let text = |text: &str| Value::String(Arc::new(text.to_owned()));
        let mut members: BTreeMap<&str, Value> = BTreeMap::new();
        if self.whole {
            members.extend(attributes.iter().map(|(name, value)| (name, text(value))));
        }
        for known in &self.places {
            let (Place::Trace(name) | Place::Event(name)) = known else { continue };
            if *known != place(name) || members.contains_key(&**name) {
                continue;
            }
            match attributes.find(name) {
                Some(value) => drop(members.insert(name, text(value))),
                None if self.tested.contains(known) => {}
                None => drop(members.insert(name, Value::Null)),
            }
        }
        map(members.into_iter())
    }
}

/// Finds out what an expression looks at.
#[derive(Default)]
struct Look {
    places: BTreeSet<Place>,
    tested: BTreeSet<Place>,
    whole: bool,
    /// Names that stand for elements of lists inside the expression.
    bound: Vec<String>,
    unknown: Option<String>,
}

impl Look {
    fn asked(self, program: Program) -> Asked {
        let Self { places, tested, whole, .. } = self;
        Asked { program, places, tested, whole, memo: BTreeMap::new(), memo_bytes: 0 }
    }

    fn at(&mut self, expression: &IdedExpr) {
        match &expression.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => match attribute(&select.operand, &select.field) {
                Some(place) => {
                    if select.test {
                        self.tested.insert(place.clone());
                    }
                    self.places.insert(place);
                }
                None => self.at(&select.operand),
            },
            Expr::Call(call) => {
                if let (cel::common::ast::operators::INDEX, [of, key]) = (&*call.func_name, &*call.args)
                    && let Expr::Literal(LiteralValue::String(key)) = &key.expr
                    && let Some(place) = attribute(of, key.inner())
                {
                    self.places.insert(place);
                    return;
                }
                let name = &*call.func_name;
                if name.starts_with(char::is_alphabetic) && !FUNCTIONS.contains(&name) {
                    let instead = nearest(name, FUNCTIONS.iter().copied());
                    let instead = instead.map_or(String::new(), |it| format!(", did you mean `{it}`?"));
                    self.unknown = Some(format!("CEL has no function `{name}`{instead}"));
                }
                call.target.iter().map(|target| &**target).chain(&call.args).for_each(|part| self.at(part));
            }
            Expr::List(list) => list.elements.iter().for_each(|part| self.at(part)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(structure) => structure.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(each) => {
                self.at(&each.iter_range);
                let bound = self.bound.len();
                self.bound.extend([each.iter_var.clone(), each.accu_var.clone()]);
                self.bound.extend(each.iter_var2.clone());
                for part in [&each.accu_init, &each.loop_cond, &each.loop_step, &each.result] {
                    self.at(part);
                }
                self.bound.truncate(bound);
            }
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.at(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.at(&entry.key);
                self.at(&entry.value);
            }
        }
    }

    fn name(&mut self, name: &str) {
        match name {
            bound if self.bound.iter().any(|known| known == bound) => {}
            "trace" | "event" => self.whole = true,
            "actor" => drop(self.places.insert(Place::Actor)),
            "outcome" => drop(self.places.insert(Place::Outcome)),
            "file" => drop(self.places.insert(Place::File)),
            "int" | "uint" | "double" | "string" | "bool" | "bytes" | "list" | "map" | "null_type"
            | "type" => {}
            other => {
                let told = "`trace`, `event`, `actor`, `outcome` and `file` are";
                self.unknown = Some(format!("`{other}` is no name here: {told}"));
            }
        }
    }
}

/// The attribute that `of` with `name` is.
fn attribute(of: &IdedExpr, name: &str) -> Option<Place> {
    match &of.expr {
        Expr::Ident(whose) if whose == "trace" => Some(Place::Trace(name.to_owned())),
        Expr::Ident(whose) if whose == "event" => Some(Place::Event(name.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        let mut attributes = Attributes::default();
        pairs.iter().for_each(|(name, value)| attributes.add((*name).into(), value));
        attributes
    }

    #[track_caller]
    fn check(source: &str, expected: Answer) {
        let trace = attributes(&[("concept:name", "Case 7"), ("amount", "12")]);
        let event = attributes(&[("org:role", " BUDGET__OWNER "), ("customer", "Value 55")]);
        let scope = Scope { trace: &trace, event: &event, actor: "ann", outcome: "", file: "log" };
        let mut formula = Formula::read(source).unwrap();
        let answers = [formula.answer(scope), formula.answer(scope)];
        assert_eq!(answers, [expected.clone(), expected], "{source}: asked, and remembered");
    }

    #[test]
    fn expressions_see_the_trace_and_the_event() {
        let text = |text: &str| Answer::Text(text.to_owned());
        check("slug('dept/' + trace['concept:name'])", text("dept/case-7"));
        check("slug(event['org:role'])", text("budget-owner"));
        check("slug(event['customer'].replace('Value', 'customer'))", text("customer-55"));
        check("int(trace.amount) * 2", text("24"));
        check("file + '-' + actor", text("log-ann"));
        check("event['nobody'] == null && outcome == ''", Answer::Truth(true));
        check("has(event.nobody) ? 'there' : 'not there'", text("not there"));
        check("event['Org Role'].trim() + trace.Amount", text("BUDGET__OWNER12"));
        check("has(event.orgRole) && !has(event.org_rule)", Answer::Truth(true));
        check("slug(event['nobody'])", Answer::Nothing);
        check("trace.exists(name, trace[name] == '12')", Answer::Truth(true));
        let why = "found no matching overload for 'startsWith' applied to 'null_type.(string)'";
        check("event['nobody'].startsWith('x')", Answer::Failed(why.to_owned()));
    }

    #[test]
    fn an_answer_is_remembered_by_what_was_looked_at_alone() {
        let mut formula = Formula::read("event['a'] + event['b']").unwrap();
        let trace = Attributes::default();
        let mut ask = |a: &str, b: &str| {
            let event = attributes(&[("a", a), ("b", b), ("c", "odd")]);
            formula.answer(Scope { trace: &trace, event: &event, actor: "", outcome: "", file: "" })
        };
        // Values that look alike when they are put together.
        assert_eq!(ask("1:x", ""), Answer::Text("1:x".to_owned()));
        assert_eq!(ask("1", ":x"), Answer::Text("1:x".to_owned()));
        assert_eq!(ask("x", "yz"), Answer::Text("xyz".to_owned()));
        assert_eq!(ask("xy", "zz"), Answer::Text("xyzz".to_owned()));
    }

    #[test]
    fn names_that_mean_nothing_are_mistakes() {
        for (source, expected) in [
            ("evnt['a']", "`evnt` is no name here: `trace`, `event`, `actor`, `outcome` and `file` are"),
            ("slugg(actor)", "CEL has no function `slugg`, did you mean `slug`?"),
        ] {
            assert_eq!(Formula::read(source).unwrap_err(), expected);
        }
        assert!(Formula::read("1 +").unwrap_err().starts_with("no expression: "));
    }
}
