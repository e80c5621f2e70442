//! A file in TOML or JSON that keeps its places, so that every mistake can be shown where it stands.
//!
//! What the keys mean is for others to know.

use std::ops::Range;

use serde_json::Value;

use crate::mistakes::{Mistake, Mistakes};
use crate::places::{self, Place};
use crate::problem::{Problem, unescaped};

/// A file as it was written.
#[derive(Clone, Debug)]
pub struct Document {
    /// What kind of file it is, for messages.
    what: &'static str,
    /// The file, as it is shown in messages.
    pub name: String,
    text: String,
    /// All of it.
    pub value: Value,
    places: Vec<Place>,
}

impl Document {
    /// One without a key.
    pub fn empty(what: &'static str, name: &str) -> Self {
        let (name, text, places) = (name.to_owned(), String::new(), Vec::new());
        Self { what, name, text, value: Value::Object(serde_json::Map::new()), places }
    }

    /// Reads TOML, or gives every mistake of syntax.
    pub fn from_toml(what: &'static str, name: &str, text: &str) -> Result<Self, Mistakes> {
        let text = text.trim_start_matches('\u{feff}');
        let (value, places, faults) = places::read(text);
        if !faults.is_empty() {
            let wrong = faults.into_iter().map(|(span, message)| (span, String::new(), message));
            return Err(Mistakes::placed(what, name, text, wrong.collect()));
        }
        Ok(Self { what, name: name.to_owned(), text: text.to_owned(), value, places })
    }

    /// Reads JSON.
    pub fn from_json(what: &'static str, name: &str, text: &str) -> Result<Self, Mistakes> {
        let text = text.trim_start_matches('\u{feff}');
        let value = serde_json::from_str(text).map_err(|error| {
            let before: usize =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let start = text.floor_char_boundary(before + error.column().saturating_sub(1));
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(told, _)| told);
            Mistakes::new(what, name, vec![Mistake::at(text, start..start + 1, "", message.to_owned())])
        })?;
        Ok(Self { what, name: name.to_owned(), text: text.to_owned(), value, places: Vec::new() })
    }

    /// Finds the places that the problems speak of.
    pub fn explain(&self, problems: &[Problem]) -> Mistakes {
        let mistake = |problem: &Problem| {
            let message = match problem.found.as_str() {
                "" => format!("expected {}", problem.expected),
                found => format!("found `{found}`, expected {}", problem.expected),
            };
            match self.place(problem) {
                Some(span) => Mistake::at(&self.text, span, &problem.field, message),
                None => Mistake { field: problem.field.clone(), message, shown: None },
            }
        };
        Mistakes::new(self.what, &self.name, problems.iter().map(mistake).collect())
    }

    /// The line of a key, from 1; none for JSON, and where it is not written.
    pub fn line(&self, field: &str) -> Option<usize> {
        let place = self.places.iter().find(|place| place.field == field)?;
        Some(self.text.get(..place.key.start)?.matches('\n').count() + 1)
    }

    /// The part of the text that `problem` is about: a key where the key is wrong, else the value; where neither is
    /// there, the nearest thing around it.
    fn place(&self, problem: &Problem) -> Option<Range<usize>> {
        let mut field = problem.field.as_str();
        loop {
            if let Some(place) = self.places.iter().find(|place| place.field == field) {
                let about_key = place.field != problem.field || place.is_table || names_key(problem);
                return Some(if about_key { place.key.clone() } else { place.value.clone() });
            }
            field = field.rsplit_once('/')?.0;
        }
    }
}

/// Whether the problem is that there is such a key at all: then what was found is its name.
fn names_key(problem: &Problem) -> bool {
    let key = problem.field.rsplit('/').next().unwrap_or_default();
    problem.found == unescaped(key)
}
