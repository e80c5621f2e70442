//! Activities of the canonical form that are no lines: the elements of one list, or documents in several lines.

use std::io;

use serde_json::Value;

use super::convert::{Convert, Converted};
use super::counts::Tally;
use super::elements::Elements;
use super::mapped::{Owned, Records};

/// Writes each record as the line that it would be in NDJSON. Whether it is an activity is for the plugin to say.
pub(super) struct Canonical {
    elements: Elements,
    current: Owned,
    tally: Tally,
}

impl Canonical {
    /// The records of a document.
    pub(super) fn of(elements: Elements) -> Self {
        Self { elements, current: Owned::Json(Value::Null), tally: Tally::default() }
    }
}

impl Convert for Canonical {
    fn next(&mut self) -> io::Result<Option<Converted>> {
        let Some((line, fault)) = self.elements.next(&mut self.current)? else { return Ok(None) };
        self.tally.records += 1;
        let content = match (fault, &self.current) {
            (None, Owned::Json(value)) => Ok(value.to_string()),
            (None, Owned::Row(_)) => Ok(String::new()),
            (Some(fault), _) => Err(fault),
        };
        if content.is_ok() {
            self.tally.read += 1;
        } else {
            self.tally.faulty += 1;
        }
        Ok(Some(Converted { line, content }))
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}
