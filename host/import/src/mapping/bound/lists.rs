//! Fields that are lists: people, and tags.

use std::borrow::Cow;

use serde_json::Value;

use super::{Found, View, fault, named, plain, prefixed};
use crate::input::{Fault, LINE_BYTES_MAX};
use crate::mapping::line::LineWriter;
use crate::mapping::rules::{Fill, Source};

impl View<'_> {
    /// Writes a list, each element once. An empty one is not written.
    pub(super) fn list(&self, fill: &Fill, line: &mut LineWriter) -> Result<(), Fault> {
        let mut all: Vec<Cow<'_, str>> = Vec::new();
        for source in &fill.sources {
            let from = all.len();
            self.elements(source, fill, &mut all)?;
            self.name(source, all.get(from..).unwrap_or_default());
            // How many were written: they stand before those that were written once already.
            let mut written = from;
            for at in from..all.len() {
                let Some((before, text)) = all.get(..written).zip(all.get(at)) else { continue };
                if before.contains(text) {
                    continue;
                }
                match written {
                    0 => {
                        line.key(fill.field.key);
                        line.raw().push('[');
                    }
                    _ => line.raw().push(','),
                }
                line.person(text, source.side);
                all.swap(written, at);
                written += 1;
                if line.raw().len() > LINE_BYTES_MAX {
                    let expected = format!("a line of at most {LINE_BYTES_MAX} bytes");
                    return Err(fault(
                        &named(source, fill),
                        &format!("{written} elements and more"),
                        expected,
                    ));
                }
            }
            all.truncate(written);
        }
        if !all.is_empty() {
            line.raw().push(']');
        }
        Ok(())
    }

    /// Adds the elements of a source to others.
    fn elements<'s>(
        &'s self,
        source: &'s Source,
        fill: &'s Fill,
        all: &mut Vec<Cow<'s, str>>,
    ) -> Result<(), Fault> {
        let (found, name) = self.found(source, fill)?;
        let nest = match found {
            Found::Absent => {
                all.extend(source.default.as_deref().map(Cow::Borrowed));
                return Ok(());
            }
            Found::Text(text) if source.is_json => {
                let value = serde_json::from_str(&text);
                Cow::Owned(value.map_err(|error| fault(name, &text, format!("JSON: {error}")))?)
            }
            Found::Text(text) => {
                let Some(split) = &source.split else {
                    all.extend(self.element(source, name, fill, text)?);
                    return Ok(());
                };
                let parts = text.split(split.as_str()).map(str::trim).filter(|part| !part.is_empty());
                for part in parts {
                    all.extend(self.element(source, name, fill, Cow::Owned(part.to_owned()))?);
                }
                return Ok(());
            }
            Found::Nest(nest) => nest,
        };
        let mut add = |value: &Value| -> Result<(), Fault> {
            let value =
                source.item.as_ref().map_or(Some(value), |item| item.find(value)).unwrap_or(&Value::Null);
            let text = match plain(value) {
                Found::Absent => return Ok(()),
                Found::Text(text) => text.into_owned(),
                Found::Nest(nest) => {
                    let expected = "a list of texts, or an `item` in the mapping".to_owned();
                    return Err(fault(name, &nest.to_string(), expected));
                }
            };
            all.extend(self.element(source, name, fill, Cow::Owned(text))?);
            Ok(())
        };
        match &*nest {
            Value::Array(values) => values.iter().try_for_each(&mut add)?,
            Value::Object(members) if source.item.is_none() => {
                members.keys().try_for_each(|key| add(&Value::String(key.clone())))?;
            }
            Value::Object(members) => members.values().try_for_each(&mut add)?,
            other => add(other)?,
        }
        Ok(())
    }

    fn element<'t>(
        &self,
        source: &Source,
        name: &str,
        fill: &Fill,
        text: Cow<'t, str>,
    ) -> Result<Option<Cow<'t, str>>, Fault> {
        let text = self.text(Found::Text(text), name, source, fill)?;
        Ok(text.map(|text| prefixed(source, text)))
    }
}
