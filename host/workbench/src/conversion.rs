//! Activities of any readable format as canonical NDJSON, one after the other.
//!
//! What is written can be read: each line is looked at by the parser that the plugin has, and what that refuses is told with
//! its place, where the line of the source is still known.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, BufReader, Seek, Write};

use redtape_import::text_form::FIELDS;
use redtape_model::activity::Activity;
use redtape_model::ndjson::{LINE_BYTES_MAX, parse_line};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tempfile::SpooledTempFile;

use crate::privacy::Mask;
use redtape_import::input::{Fault, Input, Origin};
use redtape_scan::Error;
use redtape_scan::report::{InputTally, LineProblem, PROBLEMS_MAX};

/// Bytes of lines that wait in memory; more go to a temporary file.
const HELD_BYTES_MAX: usize = 16 << 20;

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

/// Reads `input` to its end and hands every activity to `write`, as a line with its end.
///
/// Where `mask` names people, lines are handed on as they come, byte for byte. Else nobody is named in them, and fields that the
/// text form does not know are left out. Then nothing is handed on before the input has ended, because a title may name
/// somebody of whom only a later line tells who he is: lines wait in memory, and beyond 16 MiB in a temporary file. `going_on`
/// is called for each line that is read.
///
/// # Errors
///
/// [`Error::Import`] where the input cannot be read to its end, or the temporary file cannot be used; those of `write`.
pub fn convert<E: From<Error>>(
    mut input: Input,
    mask: &mut Mask,
    mut going_on: impl FnMut(),
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<Converted, E> {
    let (counts, tallies) = (input.counts(), vec![InputTally::default(); input.names().len()]);
    let mut converted = Converted { tallies, ..Converted::default() };
    let mut held = Held::default();
    while let Some(line) = input.next_line().map_err(Error::from)? {
        going_on();
        let told = match line.content.text() {
            Ok(None) => continue,
            Ok(Some(text)) => checked(text),
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
            Ok((text, _)) if mask.names_people() => {
                write(&format!("{}\n", text.trim_ascii()))?;
                converted.written += 1;
            }
            Ok((text, activity)) => {
                mask.see(&activity);
                held.push(line.origin, text)?;
            }
            Err(fault) => converted.reject(line.origin, fault),
        }
    }
    held.take_each(|origin, text| {
        match masked(text, mask) {
            Ok(line) => {
                write(&line)?;
                converted.written += 1;
            }
            Err(fault) => converted.reject(origin, fault),
        }
        Ok::<(), E>(())
    })?;
    converted.tallies.iter_mut().zip(counts.all()).for_each(|(tally, of)| tally.add(&of));
    converted.problems.iter_mut().for_each(|problem| mask.problem(problem));
    Ok(converted)
}

impl Converted {
    fn reject(&mut self, origin: Origin, fault: Fault) {
        self.rejected += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(LineProblem::of(origin, fault));
        }
    }
}

/// Lines that wait until all people are known.
struct Held(SpooledTempFile);

impl Default for Held {
    fn default() -> Self {
        Self(SpooledTempFile::new(HELD_BYTES_MAX))
    }
}

impl Held {
    fn push(&mut self, origin: Origin, text: &str) -> Result<(), Error> {
        writeln!(self.0, "{}\t{}\t{}", origin.file, origin.line, text.trim_ascii()).map_err(unheld)
    }

    /// Takes what waits, in its order.
    fn take_each<E: From<Error>>(
        mut self,
        mut take: impl FnMut(Origin, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.rewind().map_err(unheld)?;
        let (mut reader, mut entry) = (BufReader::new(self.0), String::new());
        while reader.read_line(&mut entry).map_err(unheld)? > 0 {
            let mut parts = entry.trim_end_matches('\n').splitn(3, '\t');
            if let (Some(file), Some(line), Some(text)) = (parts.next(), parts.next(), parts.next()) {
                let (file, line) = (file.parse().unwrap_or_default(), line.parse().unwrap_or_default());
                take(Origin { file, line }, text)?;
            }
            entry.clear();
        }
        Ok(())
    }
}

fn unheld(source: io::Error) -> Error {
    redtape_import::Error::Io { name: "lines that wait in the temporary folder".to_owned(), source }.into()
}

/// A line that the plugin can read, and what it says.
fn checked(line: &str) -> Result<(&str, Activity<'_>), Fault> {
    let line = line.trim_start_matches('\u{feff}');
    match parse_line(line) {
        Ok(activity) => Ok((line, activity)),
        Err(redtape_model::problem::Fault { field, found, expected }) => {
            Err(Fault { field, found, expected })
        }
    }
}

/// A line in which nobody is named.
fn masked(line: &str, mask: &mut Mask) -> Result<String, Fault> {
    let Fields(fields) = serde_json::from_str(line).map_err(|error| Fault {
        field: String::new(),
        found: error.to_string(),
        expected: "one JSON object, an activity".to_owned(),
    })?;
    let mut text = String::from("{");
    for (name, value) in fields.iter().filter(|(name, _)| FIELDS.contains(&name.as_ref())) {
        let value = match name.as_ref() {
            "participants" => Cow::Owned(people(value.get(), mask)),
            "author" | "from" | "to" => Cow::Owned(person(value.get(), mask)),
            "title" => retold(value.get(), |title| mask.title(title)),
            "tags" => Cow::Owned(references(value.get(), mask)),
            "id" | "of" | "account" | "series" | "thread" | "plan" | "request" | "rule" | "tier" => {
                retold(value.get(), |text| mask.reference(text))
            }
            _ => Cow::Borrowed(value.get()),
        };
        let comma = if text.len() > 1 { "," } else { "" };
        text.push_str(&format!("{comma}\"{name}\":{value}"));
    }
    text.push('}');
    if text.len() > LINE_BYTES_MAX {
        let found = format!("{} bytes, once nobody is named", text.len());
        let expected = format!("a line of at most {LINE_BYTES_MAX} bytes");
        return Err(Fault { field: String::new(), found, expected });
    }
    text.push('\n');
    Ok(text)
}

/// A text with what stands for people in it; what names nobody stays as it is written, byte for byte.
fn retold<'v>(value: &'v str, told: impl FnOnce(&str) -> Cow<'_, str>) -> Cow<'v, str> {
    let Ok(text) = serde_json::from_str::<Cow<'_, str>>(value) else { return Cow::Borrowed(value) };
    match told(&text) {
        Cow::Owned(told) if told != text => Cow::Owned(serde_json::Value::String(told).to_string()),
        _ => Cow::Borrowed(value),
    }
}

fn references(value: &str, mask: &mut Mask) -> String {
    let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value) else { return value.to_owned() };
    let told: Vec<Cow<'_, str>> =
        list.iter().map(|one| retold(one.get(), |text| mask.reference(text))).collect();
    format!("[{}]", told.join(","))
}

/// A list of people, each as the namer says; anything else as it is, for the plugin to refuse.
fn people(value: &str, mask: &mut Mask) -> String {
    let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value) else { return hidden(value) };
    let told: Vec<String> = list.iter().map(|one| person(one.get(), mask)).collect();
    format!("[{}]", told.join(","))
}

/// Somebody: a text, or an object with an `id`.
fn person(value: &str, mask: &mut Mask) -> String {
    if let Ok(id) = serde_json::from_str::<Cow<'_, str>>(value) {
        return quoted(&id, mask);
    }
    let Ok(Fields(fields)) = serde_json::from_str(value) else { return hidden(value) };
    let fields = fields.iter().filter(|(name, _)| matches!(name.as_ref(), "id" | "side"));
    let told: Vec<String> = fields
        .map(|(name, value)| match serde_json::from_str::<Cow<'_, str>>(value.get()) {
            Ok(id) if name == "id" => format!("\"id\":{}", quoted(&id, mask)),
            Ok(_) => format!("\"{name}\":{}", value.get()),
            Err(_) => format!("\"{name}\":{}", hidden(value.get())),
        })
        .collect();
    format!("{{{}}}", told.join(","))
}

fn quoted(id: &str, mask: &mut Mask) -> String {
    serde_json::Value::String(mask.people().name(id).into_owned()).to_string()
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
    use crate::privacy::People;
    use redtape_import::Names;

    /// What comes out of some lines, and what is told of them.
    fn converted(lines: &[&str], people: People) -> (Vec<String>, Converted) {
        let input = Input::from_bytes(&[lines.join("\n").as_bytes()]).unwrap();
        let (mut mask, mut written) = (Mask::new(people, Names::default()), Vec::new());
        let told = convert(
            input,
            &mut mask,
            || (),
            |line| {
                written.push(line.to_owned());
                Ok::<(), Error>(())
            },
        );
        (written, told.unwrap())
    }

    fn numbered(line: &str) -> String {
        converted(&[line], People::numbered()).0.concat()
    }

    #[test]
    fn people_are_named_as_asked_and_nobody_else_is() {
        let line = r#"{"id":"a","at":"2026-05-04T09:00:00Z","account":"x","kind":"meeting","owner":"Bo","participants":["bo",{"id":"al","side":"customer","name":"Al"},"bo"],"title" : "T\u0069tle"}"#;
        let said = r#"{"id":"a","at":"2026-05-04T09:00:00Z","account":"x","kind":"meeting","participants":["person 1",{"id":"person 2","side":"customer"},"person 1"],"title":"T\u0069tle"}"#;
        assert_eq!(numbered(line), format!("{said}\n"));
        let line = r#"{"id":"a","at":"2026-05-04T09:00:00Z","account":"x","kind":"approval-step","request":"r","to":{"id":"al"},"from":{"id":""},"outcome":"approved","author":null}"#;
        assert!(
            numbered(line)
                .contains(r#""to":{"id":"person 1"},"from":{"id":""},"outcome":"approved","author":null"#)
        );
    }

    #[test]
    fn with_names_lines_stay_as_they_are() {
        let line = r#" {"id" : "a","at":"2026-05-04T09:00:00Z","account":"x","kind":"meeting", "owner":"Bo","participants":["bo"]} "#;
        let (written, told) = converted(&[line, "[1]"], People::names());
        assert_eq!(written, [format!("{}\n", line.trim())]);
        assert_eq!((told.read, told.written, told.rejected), (2, 1, 1));
    }

    #[test]
    fn what_the_plugin_would_refuse_is_refused_with_its_field() {
        let line =
            |rest: &str| format!(r#"{{"id":"a","at":"2026-05-04T09:00:00Z","account":"x","kind":{rest}}}"#);
        let field = |line: &str| checked(line).map(|(line, _)| line.to_owned()).map_err(|fault| fault.field);
        let whole = line(r#""meeting","duration_min":30"#);
        assert_eq!(field(&whole), Ok(whole.clone()));
        assert_eq!(field(&line(r#""meeting","account":"y""#)), Err("/account".to_owned()), "a key twice");
        assert_eq!(field(&line(r#""plan-version","plan":"p","version":"2""#)), Err("/version".to_owned()));
        assert_eq!(field(&line(r#""party""#)), Err("/kind".to_owned()));
        let long = "x".repeat(201);
        assert_eq!(
            field(&line(&format!(r#""exchange","direction":"to-customer","thread":"{long}""#))),
            Err("/thread".to_owned())
        );
    }

    #[test]
    fn a_line_that_grows_too_long_is_told() {
        let people: Vec<String> = (0..9_000).map(|n| format!("\"{n:x}\"")).collect();
        let line = format!(
            r#"{{"id":"a","at":"2026-05-04T09:00:00Z","account":"x","kind":"meeting","participants":[{}]}}"#,
            people.join(",")
        );
        let (written, told) = converted(&[&line], People::numbered());
        assert!(written.is_empty());
        assert!(told.problems[0].found.ends_with("bytes, once nobody is named"), "{:?}", told.problems);
        assert_eq!(converted(&[&line], People::names()).0.len(), 1);
    }
}
