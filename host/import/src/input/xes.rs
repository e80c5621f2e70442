//! XES, the event logs of process mining (IEEE 1849): traces, read one by one.
//!
//! Values are text as they are written. Globals declare defaults for whoever writes a log; a missing attribute stays missing.

use std::io;

use super::counts::Reason;
use super::plain::Plain;
use super::trace::{ATTRIBUTES_MAX, Attributes, Event, Keys, TRACE_BYTES_MAX, Trace, Traces};
use super::xml::{Node, Tag, Xml, wrong};

/// Elements that hold one value, by the names of their types.
const TYPES: [&str; 6] = ["string", "date", "int", "float", "boolean", "id"];

/// Reads the traces of one log.
pub(super) struct Xes {
    xml: Xml,
    keys: Keys,
    begun: bool,
    /// Events that stand beside the traces.
    strays: u64,
}

impl Xes {
    pub(super) fn new(plain: Plain) -> Self {
        Self { xml: Xml::new(plain), keys: Keys::default(), begun: false, strays: 0 }
    }

    /// Goes to the inside of the outermost element.
    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        loop {
            match self.xml.next()? {
                Node::Open(tag) if tag.name() == "log" => return Ok(()),
                Node::Open(tag) => {
                    let told = format!(
                        "the file begins with `{}`: an XES log begins with `log`",
                        super::shortened(tag.name())
                    );
                    return Err(wrong(tag.line, &told));
                }
                _ => {}
            }
        }
    }

    /// The rest of a trace whose tag was read.
    fn trace(&mut self, line: u64) -> io::Result<Trace> {
        let mut trace = Trace { line, ..Trace::default() };
        let mut bytes = 0;
        loop {
            match self.xml.next()? {
                Node::Open(tag) if tag.name() == "event" => {
                    let line = tag.line;
                    let event = Event { line, attributes: self.event(line)? };
                    bytes += event.attributes.bytes() + size_of::<Event>();
                    trace.events.push(event);
                }
                Node::Open(tag) => {
                    unnested(&tag, line)?;
                    attribute(&tag, &mut self.keys, &mut trace.attributes)?;
                    self.xml.skip()?;
                }
                Node::Close => return Ok(trace),
                _ => {}
            }
            if bytes + trace.attributes.bytes() > TRACE_BYTES_MAX {
                let told = format!("a trace of more than {} MiB", TRACE_BYTES_MAX >> 20);
                return Err(wrong(line, &told));
            }
        }
    }

    fn event(&mut self, line: u64) -> io::Result<Attributes> {
        let mut attributes = Attributes::default();
        loop {
            match self.xml.next()? {
                Node::Open(tag) => {
                    unnested(&tag, line)?;
                    attribute(&tag, &mut self.keys, &mut attributes)?;
                    self.xml.skip()?;
                }
                Node::Close => return Ok(attributes),
                _ => {}
            }
        }
    }
}

impl Traces for Xes {
    fn next(&mut self) -> io::Result<Option<Trace>> {
        if !self.begun {
            self.begin()?;
        }
        loop {
            match self.xml.next()? {
                Node::Open(tag) if tag.name() == "trace" => {
                    let line = tag.line;
                    return self.trace(line).map(Some);
                }
                Node::Open(tag) => {
                    self.strays += u64::from(tag.name() == "event");
                    self.xml.skip()?;
                }
                Node::End => return Ok(None),
                _ => {}
            }
        }
    }

    fn is_ordered(&self) -> bool {
        true
    }

    fn left_out(&mut self) -> Option<(u64, Reason)> {
        (self.strays > 0).then(|| (std::mem::take(&mut self.strays), "outside of every trace".into()))
    }
}

/// Refuses a trace or an event in another: what ends the one that begins at `line` is missing, and all that follows would be a
/// part of it.
fn unnested(tag: &Tag<'_>, line: u64) -> io::Result<()> {
    if !["log", "trace", "event"].contains(&tag.name()) {
        return Ok(());
    }
    let told = format!("a `{}` begins inside what begins at line {line}: that is never closed", tag.name());
    Err(wrong(tag.line, &told))
}

/// Keeps what an attribute says; what is nested in it is left out.
fn attribute(tag: &Tag<'_>, keys: &mut Keys, attributes: &mut Attributes) -> io::Result<()> {
    if !TYPES.contains(&tag.name()) {
        return Ok(());
    }
    if let [Some(key), Some(value)] = tag.values(["key", "value"])? {
        attributes.add(keys.of(&key), &value);
    }
    if attributes.len() > ATTRIBUTES_MAX {
        return Err(wrong(
            tag.line,
            &format!("a trace or an event has more than {ATTRIBUTES_MAX} attributes"),
        ));
    }
    Ok(())
}
