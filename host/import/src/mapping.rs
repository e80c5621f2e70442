//! What a CRM exports, and how it becomes activities.
//!
//! A mapping is a small TOML file that says which column, path or expression becomes which field. Some are ready; the
//! language is explained in `host/import/src/mapping/README.md`.

use std::path::Path as FilePath;
use std::sync::Arc;

use crate::calendar::Zone;
use crate::error::Error;
use crate::input::TraceRules;
use crate::mistakes::Mistakes;
use redtape_model::whole;

mod bound;
mod called;
mod expression;
mod fields;
mod flags;
mod functions;
mod learn;
mod lengths;
mod limits;
mod line;
mod names;
mod read;
mod ready;
mod rules;
mod seen;
mod times;
mod values;

pub use self::bound::{Bound, Made, Meant};
pub(crate) use self::expression::{Asked, Expression, Names, Row, map, text};
pub(crate) use self::names::{find, folded_alike, listed, nearest, placed, repeated};
pub use self::ready::Ready;
use self::rules::Rules;
pub(crate) use self::times::{Clock, Stated};

/// Bytes of a mapping file.
const FILE_BYTES_MAX: usize = 1 << 20;

/// How records of one sort become activities.
#[derive(Debug)]
pub struct Mapping {
    name: String,
    text: String,
    rules: Rules,
    /// Whether it is one of those that are embedded.
    is_ready: bool,
}

/// One record of an export.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// Fields in the order of the header.
    Row(&'a csv::StringRecord),
    /// A JSON object.
    Json(&'a serde_json::Value),
}

/// Why a file cannot be read with a mapping, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub(crate) String);

impl Mapping {
    /// The mapping of that name where there is one that is ready, else that of the file.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Mapping`] with every mistake at its place.
    pub fn open(name: &str) -> Result<Arc<Self>, Error> {
        match Self::ready(name) {
            Some(mapping) => Ok(mapping),
            None => Self::read(FilePath::new(name)),
        }
    }

    /// Reads a mapping file.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Mapping`] with every mistake at its place.
    pub fn read(path: &FilePath) -> Result<Arc<Self>, Error> {
        let name = path.display().to_string();
        match whole::text(path, "mapping", FILE_BYTES_MAX) {
            Ok(text) => Self::from_toml(&name, &text),
            Err(source) => Err(Error::of(name, source)),
        }
    }

    /// Reads a mapping from TOML; `name` is shown in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Mapping`] with every mistake at its place.
    pub fn from_toml(name: &str, text: &str) -> Result<Arc<Self>, Error> {
        let text = text.trim_start_matches('\u{feff}');
        let rules = if text.len() > FILE_BYTES_MAX {
            Err(vec![(0..0, String::new(), format!("file is too long: at most {FILE_BYTES_MAX} bytes"))])
        } else {
            read::read(text)
        };
        match rules {
            Ok(rules) => {
                Ok(Arc::new(Self { name: name.to_owned(), text: text.to_owned(), rules, is_ready: false }))
            }
            Err(wrong) => Err(Error::Mapping(Mistakes::placed("mapping", name, text, wrong))),
        }
    }

    /// Its name, or the file it was read from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in a line.
    pub fn about(&self) -> &str {
        &self.rules.about
    }

    /// The file itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The delimiter that the mapping states for files with columns.
    pub fn delimiter(&self) -> Option<u8> {
        self.rules.delimiter
    }

    /// The keys that lead to the list of records in a JSON document; empty: the document is that list.
    pub fn records(&self) -> &[String] {
        self.rules.records.as_ref().map(rules::Path::keys).unwrap_or_default()
    }

    /// The elements of the list inside a record that are the records: objects, each with what is around it as `parent`. None:
    /// the record is one itself.
    pub(crate) fn each(&self, record: &serde_json::Value) -> Option<Vec<serde_json::Value>> {
        let path = self.rules.each.as_ref()?;
        let Some(serde_json::Value::Array(elements)) = path.find(record) else { return Some(Vec::new()) };
        let mut parent = record.clone();
        path.remove(&mut parent);
        let with_parent = |element: &serde_json::Value| {
            let mut element = element.clone();
            if let Some(members) = element.as_object_mut() {
                members.insert("parent".to_owned(), parent.clone());
            }
            element
        };
        Some(elements.iter().map(with_parent).collect())
    }

    /// Columns of a header in which a blank means the value above.
    pub(crate) fn fill_down(&self, header: &[String]) -> Vec<usize> {
        self.rules.fill_down.iter().filter_map(|name| names::find(name, header)).collect()
    }

    /// How surely it recognizes a file: by so many names.
    pub(crate) fn recognizes_by(&self) -> usize {
        self.rules.recognize.len()
    }

    /// What the traces of process logs are; empty: records are no events of traces.
    pub(crate) fn traces(&self) -> &[TraceRules] {
        &self.rules.traces
    }

    /// Whether it makes activities of single records.
    pub(crate) fn has_activities(&self) -> bool {
        !self.rules.rules.is_empty()
    }

    /// The zone that it states.
    pub(crate) fn time_zone(&self) -> Option<Zone> {
        self.rules.zone
    }

    /// Every name of a column or a path that its activities ask for.
    pub fn names(&self) -> Vec<&str> {
        self.rules.names().into_iter().collect()
    }

    /// Whether a process log whose first events have these attributes is what the mapping is for.
    pub(crate) fn recognizes_log(&self, has: &dyn Fn(&str) -> bool) -> bool {
        let recognize = &self.rules.recognize;
        !self.rules.traces.is_empty()
            && !recognize.is_empty()
            && recognize.iter().all(|names| names.iter().any(|name| has(name)))
    }

    /// Whether a file with these columns is what the mapping is for.
    pub fn recognizes(&self, columns: &[String]) -> bool {
        let recognize = &self.rules.recognize;
        let is_there = |names: &Vec<String>| names.iter().any(|name| names::find(name, columns).is_some());
        !recognize.is_empty() && recognize.iter().all(is_there)
    }

    /// The same for a JSON record.
    pub fn recognizes_json(&self, record: &serde_json::Value) -> bool {
        let recognize = &self.rules.recognize;
        let is_there =
            |names: &Vec<String>| names.iter().any(|name| rules::Path::new(name).find(record).is_some());
        !recognize.is_empty() && recognize.iter().all(is_there)
    }
}

/// The byte of a delimiter as it is written on a command line or in a mapping: `;`, `tab`, `\t`.
pub fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Some(b'\t'),
        [b'"'] => None,
        [byte] if byte.is_ascii_punctuation() || *byte == b' ' || *byte == b'\t' => Some(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;
    use crate::input::{Content, Reading};

    /// The guide's examples: a mapping, an export, and the lines that come out.
    #[test]
    fn the_examples_of_the_guide_come_out_as_it_says() {
        let guide = include_str!("mapping/README.md");
        let mut blocks = guide.split("\n```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap());
        let mut examples = 0;
        while let Some((language, toml)) = blocks.next() {
            if language != "toml" {
                assert_eq!(language, "sh", "what belongs to an example stands behind its mapping");
                continue;
            }
            let mapping = Mapping::from_toml("guide", toml).unwrap_or_else(|error| panic!("{error}"));
            let (_, export) = blocks.next().unwrap();
            let (_, expected) = blocks.next().unwrap();
            let reading = Reading { mapping: Some(mapping), ..Reading::default() };
            let bytes: Box<dyn std::io::Read + Send> =
                Box::new(std::io::Cursor::new(export.as_bytes().to_vec()));
            let mut input = Input::begin(vec![("guide".to_owned(), bytes)], &reading).unwrap();
            let mut lines = Vec::new();
            while let Some(line) = input.next_line().unwrap() {
                match line.content {
                    Content::Text(text) => lines.push(text.to_owned()),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(lines.join("\n"), expected.trim_end());
            examples += 1;
        }
        assert_eq!(examples, 5);
    }
}
