//! Calendars and what is in them: events and zones; what is neither is read past.
//!
//! A calendar that is not what it says ends in one error; what is wrong with one event is that event's own business.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead};

use super::definition::{self, Definition, Observance};
use super::event::{Bytes, Event};
use super::lines::Lines;
use super::named;
use super::property::Property;
use super::time::Time;
use super::zone_names;
use crate::error::{after_line, refused_at, too_large};
use crate::input::known;
use crate::names::Names;

/// Components within each other.
const DEPTH_MAX: usize = 16;
/// Zones of a calendar, parts of one of them, and dates in one of those; further ones are passed over.
const ZONES_MAX: usize = 1_000;
const OBSERVANCES_MAX: usize = 100;
const OBSERVANCE_DATES_MAX: usize = 1_000;
/// Bytes of all events of all files that are held until their ends.
const HELD_BYTES_MAX: usize = 256 << 20;

/// What one `VCALENDAR` says.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// `METHOD`: what was sent around, where it was.
    pub(super) method: String,
    /// `X-WR-TIMEZONE`: where times without a zone are meant.
    pub(super) zone: Option<String>,
    pub(super) definitions: BTreeMap<String, Definition>,
    pub(super) events: Vec<Event>,
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) calendars: Vec<Calendar>,
    /// Lines in events that say nothing, and the first of them.
    pub(super) nameless: Option<(usize, u64)>,
    /// Lines of the mail that the calendar is in, and the first of them.
    pub(super) around: Option<(usize, u64)>,
    /// Events that stand in no calendar.
    pub(super) is_bare: bool,
    /// What is no event, by its name: how many of it.
    pub(super) others: BTreeMap<String, usize>,
}

/// Reads a file to its end, with so many bytes held of others. The bytes held then come back. What people are called beside
/// their addresses goes to `names`.
pub(super) fn read<R: BufRead>(
    mut lines: Lines<R>,
    held_bytes: usize,
    names: Option<&Names>,
) -> io::Result<(Content, usize)> {
    let mut reader = Reader { held_bytes, names: names.cloned(), ..Reader::default() };
    loop {
        let number = lines.number();
        let line = lines.next().map_err(|source| {
            // A damaged archive is found at some line; the file's name alone would not help.
            after_line(number, &source)
        })?;
        let Some(line) = line else { break };
        let text = std::str::from_utf8(line.bytes).map(Cow::Borrowed);
        let text = text.unwrap_or_else(|_| String::from_utf8_lossy(line.bytes));
        let bytes = match text {
            _ if line.is_cut => Bytes::Cut,
            Cow::Borrowed(_) => Bytes::Whole,
            Cow::Owned(_) => Bytes::Broken,
        };
        reader.take(&text, line.number, bytes)?;
    }
    let held_bytes = reader.held_bytes;
    Ok((reader.end(lines.number())?, held_bytes))
}

/// A component that was begun: its name and its line.
struct Begun {
    name: String,
    line: u64,
}

#[derive(Default)]
struct Reader {
    names: Option<Names>,
    content: Content,
    begun: Vec<Begun>,
    calendar: Calendar,
    event: Event,
    zone_name: Option<String>,
    definition: Definition,
    observance: Observance,
    held_bytes: usize,
    /// It begins as a mail message does, in which the calendar is.
    is_mail: bool,
}

impl Reader {
    fn take(&mut self, text: &str, line: u64, bytes: Bytes) -> io::Result<()> {
        let property = Property::read(text);
        if let Some(property) = property.filter(|property| property.is("BEGIN")) {
            return self.begin(property.value, line);
        }
        if let Some(property) = property.filter(|property| property.is("END")) {
            return self.end_of(property.value, line);
        }
        let names = self.begun.iter().rev().map(|begun| begun.name.as_str());
        let (mut names, mut above) = (names.clone(), names.skip(1));
        match (names.next(), property) {
            (None, _) if self.is_mail || (line == 1 && known::begins_mail(text.as_bytes())) => {
                self.is_mail = true;
                let (around, _) = self.content.around.get_or_insert((0, line));
                *around += 1;
                Ok(())
            }
            (None, _) => Err(wrong(line, "`BEGIN:VCALENDAR`", text)),
            (Some("VEVENT"), None) => {
                let (nameless, _) = self.content.nameless.get_or_insert((0, line));
                *nameless += 1;
                Ok(())
            }
            (Some("VEVENT"), Some(property)) => {
                if let Some(names) = &self.names {
                    named::see(property, names);
                }
                self.event.take(property, line, bytes);
                Ok(())
            }
            (Some("VCALENDAR"), Some(property)) => {
                self.take_of_calendar(property);
                Ok(())
            }
            (Some("VTIMEZONE"), Some(property)) => {
                self.take_of_zone(property);
                Ok(())
            }
            (Some("STANDARD" | "DAYLIGHT"), Some(property)) if above.next() == Some("VTIMEZONE") => {
                self.take_of_observance(property);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, name: &str, line: u64) -> io::Result<()> {
        let name = name.trim().to_ascii_uppercase();
        let within = self.begun.last().map(|begun| begun.name.as_str());
        match (within, name.as_str()) {
            (None, "VCALENDAR") => self.calendar = Calendar::default(),
            // Fragments are passed around too.
            (None, "VEVENT") => {
                self.content.is_bare = true;
                self.calendar = Calendar::default();
            }
            (None, _) => return Err(wrong(line, "`BEGIN:VCALENDAR`", &format!("BEGIN:{name}"))),
            (Some(of @ ("VEVENT" | "VTIMEZONE")), "VEVENT" | "VTIMEZONE" | "VCALENDAR") => {
                return Err(wrong(line, &format!("`END:{of}` before it"), &format!("BEGIN:{name}")));
            }
            _ => {}
        }
        match name.as_str() {
            "VEVENT" => self.event = Event { line, ..Event::default() },
            "VTIMEZONE" => (self.zone_name, self.definition) = (None, Definition::default()),
            "STANDARD" | "DAYLIGHT" => self.observance = Observance::default(),
            _ => {}
        }
        if self.begun.len() == DEPTH_MAX {
            return Err(wrong(
                line,
                &format!("components at most {DEPTH_MAX} deep"),
                &format!("BEGIN:{name}"),
            ));
        }
        self.begun.push(Begun { name, line });
        Ok(())
    }

    fn end_of(&mut self, name: &str, line: u64) -> io::Result<()> {
        let name = name.trim().to_ascii_uppercase();
        let Some(begun) = self.begun.pop() else {
            return Err(wrong(line, "`BEGIN:VCALENDAR`", &format!("END:{name}")));
        };
        if begun.name != name {
            let expected = format!("`END:{}` for line {}", begun.name, begun.line);
            return Err(wrong(line, &expected, &format!("END:{name}")));
        }
        match name.as_str() {
            "VEVENT" => self.keep_event(line)?,
            "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VAVAILABILITY" => {
                *self.content.others.entry(name).or_default() += 1;
            }
            "VTIMEZONE" => self.keep_zone(),
            "STANDARD" | "DAYLIGHT" if self.definition.observances.len() < OBSERVANCES_MAX => {
                self.definition.observances.push(std::mem::take(&mut self.observance));
            }
            _ => {}
        }
        if self.begun.is_empty() {
            self.content.calendars.push(std::mem::take(&mut self.calendar));
        }
        Ok(())
    }

    fn keep_event(&mut self, line: u64) -> io::Result<()> {
        let event = std::mem::take(&mut self.event);
        self.held_bytes += event.bytes + size_of::<Event>();
        if self.held_bytes > HELD_BYTES_MAX {
            let mib = HELD_BYTES_MAX >> 20;
            return Err(too_large(
                HELD_BYTES_MAX,
                format!(
                    "line {line}: the events take more than {mib} MiB: split the calendar, by years for example"
                ),
            ));
        }
        self.calendar.events.push(event);
        Ok(())
    }

    fn keep_zone(&mut self) {
        let definition = std::mem::take(&mut self.definition);
        let bytes = |it: &Observance| size_of::<Observance>() + it.dates.len() * size_of::<Time>();
        self.held_bytes += definition.observances.iter().map(bytes).sum::<usize>();
        if let Some(name) = self.zone_name.take().filter(|_| self.calendar.definitions.len() < ZONES_MAX) {
            self.calendar.definitions.insert(name, definition);
        }
    }

    fn take_of_calendar(&mut self, property: Property<'_>) {
        if property.is("METHOD") {
            self.calendar.method = property.value.trim().to_ascii_uppercase();
        } else if property.is("X-WR-TIMEZONE") {
            self.calendar.zone = Some(zone_names::plain(property.value));
        }
    }

    fn take_of_zone(&mut self, property: Property<'_>) {
        if property.is("TZID") {
            self.zone_name = Some(zone_names::plain(property.value));
        } else if property.is("X-LIC-LOCATION") {
            self.definition.location = Some(zone_names::plain(property.value));
        }
    }

    fn take_of_observance(&mut self, property: Property<'_>) {
        let (it, value) = (&mut self.observance, property.value);
        if property.is("DTSTART") {
            it.start = Time::read(value);
        } else if property.is("RRULE") {
            it.rule = Some(value.to_owned());
        } else if property.is("RDATE") && it.dates.len() < OBSERVANCE_DATES_MAX {
            it.dates.extend(value.split(',').filter_map(Time::read));
        } else if property.is("TZOFFSETFROM") {
            it.from = definition::offset(value);
        } else if property.is("TZOFFSETTO") {
            it.to = definition::offset(value);
        }
    }

    fn end(self, line: u64) -> io::Result<Content> {
        match self.begun.last() {
            Some(begun) => {
                let expected = format!(
                    "`END:{}` for line {}: it is cut short, so export it again",
                    begun.name, begun.line
                );
                Err(wrong(line, &expected, "the end of the file"))
            }
            None if self.content.calendars.is_empty() => {
                Err(wrong(line, "`BEGIN:VCALENDAR`", "the end of the file"))
            }
            None => Ok(self.content),
        }
    }
}

/// Why a file is no calendar, or a broken one.
fn wrong(line: u64, expected: &str, found: &str) -> io::Error {
    let found: String = found.chars().take(60).collect();
    refused_at(line, format!("line {line}: expected {expected}: found `{found}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn content(text: &str) -> Result<Content, String> {
        read(Lines::new(text.as_bytes()), 0, None).map(|read| read.0).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(content(&text.replace(' ', "\n").replace('_', " ")).unwrap_err(), expected, "{text}");
    }

    #[test]
    fn a_calendar_in_a_mail_is_read_and_what_is_around_it_told() {
        let mail = "Received: from a\r\n by b\r\nSubject: Invitation\r\n\r\n--x\r\nContent-Type: text/calendar\r\n\r\n\
             BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\r\n--x--\r\n";
        let found = content(mail).unwrap();
        let uids: Vec<_> =
            found.calendars.iter().flat_map(|it| &it.events).map(|it| it.uid.as_deref()).collect();
        assert_eq!((uids, found.around), (vec![Some("1")], Some((5, 1))));
        check(
            "Subject:_Invitation Dear_all",
            "line 2: expected `BEGIN:VCALENDAR`: found `the end of the file`",
        );
        check("Dear_all, BEGIN:VCALENDAR", "line 1: expected `BEGIN:VCALENDAR`: found `Dear all,`");
    }

    #[test]
    fn a_broken_calendar_is_one_error() {
        check("", "line 0: expected `BEGIN:VCALENDAR`: found `the end of the file`");
        check("<html>", "line 1: expected `BEGIN:VCALENDAR`: found `<html>`");
        check("BEGIN:VCARD", "line 1: expected `BEGIN:VCALENDAR`: found `BEGIN:VCARD`");
        check(
            "BEGIN:VCALENDAR BEGIN:VEVENT BEGIN:VEVENT",
            "line 3: expected `END:VEVENT` before it: found `BEGIN:VEVENT`",
        );
        check(
            "BEGIN:VCALENDAR BEGIN:VEVENT END:VCALENDAR",
            "line 3: expected `END:VEVENT` for line 2: found `END:VCALENDAR`",
        );
        check(
            "BEGIN:VCALENDAR BEGIN:VEVENT",
            "line 2: expected `END:VEVENT` for line 2: it is cut short, so export it again: found `the end of the file`",
        );
        check("BEGIN:VCALENDAR END:VCALENDAR UID:1", "line 3: expected `BEGIN:VCALENDAR`: found `UID:1`");
        check(
            &"BEGIN:VCALENDAR ".repeat(17),
            "line 17: expected components at most 16 deep: found `BEGIN:VCALENDAR`",
        );
    }

    #[test]
    fn what_is_no_event_is_read_past() {
        let text = "BEGIN:VCALENDAR\nMETHOD:publish\nBEGIN:VTODO\nUID:todo\nBEGIN:VALARM\nEND:VALARM\nEND:VTODO\n\
             begin:vevent\nUID:1\nno name\nBEGIN:VALARM\nUID:alarm\nDTSTART:1\nEND:VALARM\nend:vevent\nEND:VCALENDAR\n\
             BEGIN:VCALENDAR\nEND:VCALENDAR\n";
        let found = content(text).unwrap();
        let uids: Vec<_> =
            found.calendars.iter().flat_map(|it| &it.events).map(|it| it.uid.as_deref()).collect();
        assert_eq!((uids, found.nameless, found.is_bare), (vec![Some("1")], Some((1, 10)), false));
        assert_eq!((found.calendars.len(), found.calendars[0].method.as_str()), (2, "PUBLISH"));
        assert_eq!(found.others, BTreeMap::from([("VTODO".to_owned(), 1)]));
        assert!(content("BEGIN:VEVENT\nEND:VEVENT").unwrap().is_bare);
    }

    proptest! {
        #[test]
        fn any_lines_are_read_or_refused(lines in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE",
                    "BEGIN:STANDARD", "END:STANDARD", "BEGIN:VALARM", "END:VALARM",
                ]).prop_map(str::to_owned),
                "(UID|DTSTART|RRULE|TZID|TZOFFSETTO|RDATE)(;[A-Z=\"]{0,8})?:\\PC{0,12}",
                "\\PC{0,12}",
            ], 0..40)
        ) {
            let text = format!("BEGIN:VCALENDAR\n{}", lines.join("\r\n"));
            if let Err(error) = content(&text) {
                prop_assert!(error.starts_with("line "), "{error}");
            }
        }
    }
}
