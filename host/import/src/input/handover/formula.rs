//! Expressions over a trace and an event (CEL), asked once for each different answer.
//!
//! An expression always gives the same answer to the same values, so what it gave is remembered by the values it
//! looks at.

use std::collections::BTreeMap;

use cel::objects::Value as Cel;
use serde_json::Value;

use super::super::trace::Attributes;
use crate::mapping::{Asked, Expression, Names, Row, map, text};

/// The names that expressions of a `[trace]` know.
const NAMES: Names = Names {
    records: &["trace", "event"],
    texts: &["actor", "outcome", "file"],
    unknown: |name| format!("`{name}` is no name here: `trace`, `event`, `actor`, `outcome` and `file` are"),
};
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
    Program(Box<Program>),
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
struct Program {
    expression: Expression,
    /// What it looks at; none: a trace or an event as a whole, and then nothing is remembered.
    places: Option<Vec<Place>>,
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
        let expression = Expression::with_names(source, &NAMES).map_err(|mistakes| {
            let told: Vec<String> = mistakes.into_iter().map(|(_, told)| told).collect();
            told.join("; ")
        })?;
        Ok(Self(Way::Program(Box::new(Program::of(expression)))))
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
            Way::Program(program) => program.answer(scope),
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

impl Program {
    fn of(expression: Expression) -> Self {
        let names = |record: &str| expression.asked(record).into_iter().flat_map(|asked| &asked.names);
        let texts = expression.texts().iter().map(|name| match *name {
            "actor" => Place::Actor,
            "outcome" => Place::Outcome,
            _ => Place::File,
        });
        let of_trace = names("trace").map(|name| Place::Trace(name.clone()));
        let places =
            of_trace.chain(names("event").map(|name| Place::Event(name.clone()))).chain(texts).collect();
        let is_whole =
            NAMES.records.iter().any(|record| expression.asked(record).is_some_and(|asked| asked.is_whole));
        let places = Some(places).filter(|_| !is_whole);
        Self { expression, places, memo: BTreeMap::new(), memo_bytes: 0 }
    }

    fn answer(&mut self, scope: Scope<'_>) -> Answer {
        let Some(places) = &self.places else { return self.ask(scope) };
        let mut values = String::new();
        for place in places {
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
        let record = |name: &str, attributes| {
            let asked = self.expression.asked(name);
            asked.map_or(Cel::Null, |asked| seen(asked, attributes))
        };
        let row = Row::of(
            [
                ("trace", record("trace", scope.trace)),
                ("event", record("event", scope.event)),
                ("actor", text(scope.actor)),
                ("outcome", text(scope.outcome)),
                ("file", text(scope.file)),
            ]
            .into_iter(),
        );
        match self.expression.evaluate(&row) {
            Ok(Value::String(text)) => Answer::Text(text),
            Ok(Value::Bool(truth)) => Answer::Truth(truth),
            Ok(Value::Number(number)) => Answer::Text(number.to_string()),
            Ok(Value::Null) => Answer::Nothing,
            Ok(Value::Array(_)) => Answer::Failed("it gives a list, which is no text".to_owned()),
            Ok(Value::Object(_)) => Answer::Failed("it gives a map, which is no text".to_owned()),
            Err(failure) => Answer::Failed(failure.why),
        }
    }
}

/// Attributes as an expression sees them; one that it looks at and that is missing is null.
fn seen(asked: &Asked, attributes: &Attributes) -> Cel {
    let mut members: BTreeMap<&str, Cel> = BTreeMap::new();
    if asked.is_whole {
        members.extend(attributes.iter().map(|(name, value)| (name, text(value))));
    }
    for name in &asked.names {
        if members.contains_key(&**name) {
            continue;
        }
        match attributes.find(name) {
            Some(value) => drop(members.insert(name, text(value))),
            None if asked.tested.contains(name) => {}
            None => drop(members.insert(name, Cel::Null)),
        }
    }
    map(members.into_iter())
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
        check("optional.of(trace.amount).orValue('0')", text("12"));
        check("event.?nobody.orValue('none')", text("none"));
        check("timestamp('2026-05-04T09:00:00Z')", text("2026-05-04T09:00:00Z"));
        check("timestamp('2026-05-04T09:00:00Z') - timestamp('2026-05-04T08:00:00Z')", text("3600s"));
        check("[trace.amount]", Answer::Failed("it gives a list, which is no text".to_owned()));
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
