//! OCEL as XML: objects and events, element by element, in whatever order they stand.

use std::io;

use super::super::plain::Plain;
use super::super::trace::ATTRIBUTES_MAX;
use super::super::xml::{Node, Tag, Xml, wrong};
use super::{Log, Record};

/// Objects that one object or event is related to.
const RELATED_MAX: usize = 100_000;

pub(super) fn read(plain: Plain) -> io::Result<Log> {
    let mut log = Log { stored: plain.stored(), ..Log::default() };
    let mut xml = Xml::new(plain);
    let mut is_event = false;
    loop {
        let depth = xml.depth();
        match xml.next()? {
            Node::Open(tag) => match (depth, tag.name()) {
                (0, "log") => {}
                (0, other) => {
                    let told = format!(
                        "the file begins with `{}`: an OCEL log begins with `log`",
                        super::super::shortened(other)
                    );
                    return Err(wrong(tag.line, &told));
                }
                (1, "events" | "objects") => is_event = tag.name() == "events",
                (2, "event" | "object") => {
                    let mut record = begun(&tag)?;
                    inside(&mut xml, &mut record)?;
                    if is_event { log.add_event(record)? } else { log.add_object(record)? }
                }
                (1, "global") => {
                    return Err(wrong(
                        tag.line,
                        "it is OCEL 1.0: write it as OCEL 2.0 first, such as with pm4py",
                    ));
                }
                _ => xml.skip()?,
            },
            Node::End => return Ok(log),
            _ => {}
        }
    }
}

fn begun(tag: &Tag<'_>) -> io::Result<Record> {
    let [id, kind, time] =
        tag.values(["id", "type", "time"])?.map(|value| value.unwrap_or_default().into_owned());
    Ok(Record { line: tag.line, id, kind, time, ..Record::default() })
}

/// Attributes and related objects of a record, up to its end.
fn inside(xml: &mut Xml, record: &mut Record) -> io::Result<()> {
    let outside = xml.depth() - 1;
    while xml.depth() > outside {
        let Node::Open(tag) = xml.next()? else { continue };
        match tag.name() {
            "attributes" | "objects" => {}
            "attribute" => {
                let [name] = tag.values(["name"])?;
                let name = name.unwrap_or_default().into_owned();
                let value = xml.text()?;
                record.attributes.push((name, value));
            }
            "relationship" | "object" => {
                if let [Some(id)] = tag.values(["object-id"])? {
                    record.related.push(id.into_owned());
                }
                xml.skip()?;
            }
            _ => xml.skip()?,
        }
        if record.attributes.len() > ATTRIBUTES_MAX || record.related.len() > RELATED_MAX {
            let told = format!("more than {ATTRIBUTES_MAX} attributes or {RELATED_MAX} related objects");
            return Err(wrong(record.line, &told));
        }
    }
    Ok(())
}
