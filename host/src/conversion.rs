//! Activities of any readable format as canonical NDJSON, one after the other.
//!
//! What is written is what a scan would take in; whether it is right is for the plugin to say.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::input::{Fault, Input};
use crate::report::{InputTally, LineProblem, PROBLEMS_MAX};
use redtape_import::text_form::FIELDS;

/// What a conversion came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// Lines or records read, blank ones apart.
    pub read: u64,
    /// Activities written.
    pub written: u64,
    /// What was not written.
    pub rejected: u64,
    /// The first [`PROBLEMS_MAX`] of them.
    pub problems: Vec<LineProblem>,
    /// What each input gave.
    pub tallies: Vec<InputTally>,
}

/// How people are told in what is written; gets the id of somebody, gives what stands for it.
pub type Namer<'a> = &'a mut dyn FnMut(&str) -> String;

/// Reads `input` to its end and hands every activity to `write`, as a line with its end. Without a `namer` lines stay as
/// they are; with one people are told as it says, and fields that the text form does not know are left out.
///
/// # Errors
///
/// [`Error::Read`] where the input cannot be read to its end; those of `write`.
pub fn convert<E: From<Error>>(
    mut input: Input,
    mut namer: Option<Namer<'_>>,
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<Converted, E> {
    let (counts, tallies) = (input.counts(), vec![InputTally::default(); input.names().len()]);
    let mut converted = Converted { tallies, ..Converted::default() };
    while let Some(line) = input.next_line().map_err(Error::from)? {
        let told = match line.content.text() {
            Ok(None) => continue,
            Ok(Some(text)) => canonical(text, namer.as_mut()),
            Err(fault) => Err(fault),
        };
        converted.read += 1;
        if let Some(tally) =
            usize::try_from(line.origin.file).ok().and_then(|file| converted.tallies.get_mut(file))
        {
            tally.records += 1;
            tally.is_understood |= told.is_ok();
        }
        match told {
            Ok(line) => {
                write(&line)?;
                converted.written += 1;
            }
            Err(fault) => {
                converted.rejected += 1;
                if converted.problems.len() < PROBLEMS_MAX {
                    converted.problems.push(LineProblem::of(line.origin, fault));
                }
            }
        }
    }
    converted.tallies.iter_mut().zip(counts.all()).for_each(|(tally, of)| tally.add(&of));
    Ok(converted)
}

/// A line as it is written.
fn canonical(line: &str, namer: Option<&mut Namer<'_>>) -> Result<String, Fault> {
    let line = line.trim_start_matches('\u{feff}');
    let Fields(fields) = serde_json::from_str(line).map_err(|error| Fault {
        field: String::new(),
        found: error.to_string(),
        expected: "one JSON object, an activity".to_owned(),
    })?;
    let Some(namer) = namer else { return Ok(format!("{}\n", line.trim_ascii())) };
    let mut text = String::from("{");
    for (name, value) in fields.iter().filter(|(name, _)| FIELDS.contains(&name.as_ref())) {
        let value = match name.as_ref() {
            "participants" => people(value.get(), namer),
            "author" | "from" | "to" => person(value.get(), namer),
            _ => value.get().to_owned(),
        };
        let comma = if text.len() > 1 { "," } else { "" };
        text.push_str(&format!("{comma}\"{name}\":{value}"));
    }
    text.push_str("}\n");
    Ok(text)
}

/// A list of people, each as the namer says; anything else as it is, for the plugin to refuse.
fn people(value: &str, namer: &mut Namer<'_>) -> String {
    let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value) else { return hidden(value) };
    let told: Vec<String> = list.iter().map(|one| person(one.get(), namer)).collect();
    format!("[{}]", told.join(","))
}

/// Somebody: a text, or an object with an `id`.
fn person(value: &str, namer: &mut Namer<'_>) -> String {
    if let Ok(id) = serde_json::from_str::<Cow<'_, str>>(value) {
        return quoted(&id, namer);
    }
    let Ok(Fields(fields)) = serde_json::from_str(value) else { return hidden(value) };
    let fields = fields.iter().filter(|(name, _)| matches!(name.as_ref(), "id" | "side"));
    let told: Vec<String> = fields
        .map(|(name, value)| match serde_json::from_str::<Cow<'_, str>>(value.get()) {
            Ok(id) if name == "id" => format!("\"id\":{}", quoted(&id, namer)),
            Ok(_) => format!("\"{name}\":{}", value.get()),
            Err(_) => format!("\"{name}\":{}", hidden(value.get())),
        })
        .collect();
    format!("{{{}}}", told.join(","))
}

fn quoted(id: &str, namer: &mut Namer<'_>) -> String {
    // Nobody is nobody.
    let name = if id.is_empty() { String::new() } else { namer(id) };
    serde_json::Value::String(name).to_string()
}

/// What stands where somebody should and nobody does: null stays, anything else becomes a number, which is no person either.
fn hidden(value: &str) -> String {
    if value == "null" { "null".to_owned() } else { "0".to_owned() }
}

/// The fields of an object in their order.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    fields.push((name.0, value));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// The name of a field, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(line: &str) -> String {
        let mut known = Vec::new();
        let mut namer = |id: &str| {
            let at = known.iter().position(|it| it == id).unwrap_or_else(|| {
                known.push(id.to_owned());
                known.len() - 1
            });
            format!("person {}", at + 1)
        };
        let mut namer: Namer<'_> = &mut namer;
        canonical(line, Some(&mut namer)).unwrap()
    }

    #[test]
    fn people_are_named_as_asked_and_nobody_else_is() {
        let line = r#"{"id":"a","owner":"Bo","participants":["bo",{"id":"al","side":"customer","name":"Al"},"bo"],"from":"al","to":{"id":""},"author":null}"#;
        let said = r#"{"id":"a","participants":["person 1",{"id":"person 2","side":"customer"},"person 1"],"from":"person 2","to":{"id":""},"author":null}"#;
        assert_eq!(converted(line), format!("{said}\n"));
    }

    #[test]
    fn what_should_be_somebody_and_is_not_tells_nothing() {
        let line = r#"{"participants":{"bo":1},"from":["bo"],"to":{"id":["bo"],"side":{"bo":1}},"author":7}"#;
        assert_eq!(
            converted(line),
            "{\"participants\":0,\"from\":0,\"to\":{\"id\":0,\"side\":0},\"author\":0}\n"
        );
    }

    #[test]
    fn without_a_namer_lines_stay_as_they_are() {
        let line = r#" {"id" : "a", "owner":"Bo","participants":["bo"]} "#;
        assert_eq!(canonical(line, None).unwrap(), format!("{}\n", line.trim()));
        let Fault { found, expected, .. } = canonical("[1]", None).unwrap_err();
        assert!(found.contains("expected a JSON object"), "{found}");
        assert_eq!(expected, "one JSON object, an activity");
    }
}
