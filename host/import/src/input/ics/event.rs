//! One `VEVENT`: what its properties say, before zones are known and instances are made.

use super::property::{Property, first_of, unescape};
use super::time::Time;
use crate::input::Fault;

/// People of an event; the contract's limit.
const ATTENDEES_MAX: usize = 10_000;
/// Properties of an event that are read, beside its people.
const PROPERTIES_MAX: usize = 10_000;

/// A property that says when, as it is written: its zone may be defined further down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) line: u64,
    pub(super) name: &'static str,
    pub(super) zone: Option<String>,
    pub(super) value: String,
}

/// Somebody who is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attendee {
    /// In lower case.
    pub(super) address: String,
    /// A room, a resource, somebody who declined, or who is only to know of it.
    pub(super) is_out: bool,
}

/// What an event says.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    /// Of its `BEGIN`.
    pub(super) line: u64,
    pub(super) uid: Option<String>,
    /// The higher of two is the newer one.
    pub(super) sequence: i64,
    pub(super) start: Option<Raw>,
    pub(super) end: Option<Raw>,
    pub(super) duration: Option<Raw>,
    /// Which instance of its series it is about.
    pub(super) recurrence: Option<Raw>,
    /// And all after it.
    pub(super) and_future: bool,
    pub(super) rules: Vec<Raw>,
    pub(super) dates: Vec<Raw>,
    pub(super) exceptions: Vec<Raw>,
    pub(super) title: Option<String>,
    pub(super) category: Option<String>,
    pub(super) organizer: Option<String>,
    pub(super) attendees: Vec<Attendee>,
    pub(super) is_cancelled: bool,
    /// Shown as something else than time for meetings; what sort of entry it is says more than how busy it shows somebody.
    pub(super) of_sort: Option<ShownAs>,
    pub(super) shown_as: Option<ShownAs>,
    /// Only its owner is to know what it is about.
    pub(super) is_private: bool,
    pub(super) is_all_day: bool,
    /// When it was changed, and when it was written down.
    pub(super) modified: Option<Time>,
    pub(super) stamp: Option<Time>,
    /// Bytes that are held for it.
    pub(super) bytes: usize,
    /// The first thing that is wrong with it, and its line.
    pub(super) fault: Option<(u64, Fault)>,
    pub(super) properties: usize,
    /// Texts with bytes that are no UTF-8, and the line of the first.
    pub(super) broken_texts: Option<(usize, u64)>,
}

/// What a calendar shows an entry as that is no meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownAs {
    Free,
    OutOfOffice,
    Elsewhere,
    /// Time that somebody keeps for work alone.
    Focus,
}

/// What became of the bytes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    Whole,
    /// Some are no UTF-8, and U+FFFD stands for them.
    Broken,
    /// There were more than are held.
    Cut,
}

impl Event {
    /// Takes a property, read from such bytes.
    pub(super) fn take(&mut self, property: Property<'_>, line: u64, bytes: Bytes) {
        if let Err(fault) = self.try_to_take(property, line, bytes) {
            self.fault.get_or_insert((line, fault));
        }
    }

    /// What it is shown as that is no meeting.
    pub(super) fn is_shown_as(&self) -> Option<ShownAs> {
        self.of_sort.or(self.shown_as)
    }

    /// Whether there may be several instances of it.
    pub(super) fn repeats(&self) -> bool {
        !self.rules.is_empty() || !self.dates.is_empty()
    }

    fn try_to_take(&mut self, property: Property<'_>, line: u64, bytes: Bytes) -> Result<(), Fault> {
        let Property { value, .. } = property;
        let Some(name) = known(property.name) else {
            if says_sort(property.name) {
                self.of_sort = of_sort(value).or(self.of_sort);
            }
            return Ok(());
        };
        if bytes == Bytes::Cut && name != "SUMMARY" {
            return Err(fault(name, value, "at most 64 KiB"));
        }
        // A name beside an address is not used, so what is wrong with it costs nothing.
        if bytes == Bytes::Broken && value.contains(char::REPLACEMENT_CHARACTER) {
            self.broken_texts.get_or_insert((0, line)).0 += 1;
        }
        self.properties += usize::from(name != "ATTENDEE");
        if self.properties > PROPERTIES_MAX {
            let found = format!("more than {PROPERTIES_MAX} properties");
            return Err(fault("", &found, &format!("at most {PROPERTIES_MAX}")));
        }
        self.bytes += value.len();
        let raw = || {
            let zone = property.parameter("TZID").map(str::to_owned);
            Raw { line, name, zone, value: value.trim().to_owned() }
        };
        match name {
            // Some writers write all of them, and nothing where there is nothing.
            "DTEND" | "DURATION" | "RRULE" | "RDATE" | "EXDATE" | "EXRULE" if value.trim().is_empty() => {}
            "DTSTART" => once(&mut self.start, raw())?,
            "DTEND" => once(&mut self.end, raw())?,
            "DURATION" => once(&mut self.duration, raw())?,
            "RECURRENCE-ID" => {
                let range = property.parameter("RANGE").unwrap_or_default();
                self.and_future = range.eq_ignore_ascii_case("THISANDFUTURE");
                once(&mut self.recurrence, raw())?;
            }
            "RRULE" => self.rules.push(raw()),
            "RDATE" => self.dates.push(raw()),
            "EXDATE" => self.exceptions.push(raw()),
            "EXRULE" => {
                return Err(fault(name, value, "`EXDATE`: `EXRULE` is no longer a part of the format"));
            }
            "ATTENDEE" => return self.invite(property),
            _ => self.take_text(name, property),
        }
        Ok(())
    }

    /// Takes what needs no zone.
    fn take_text(&mut self, name: &'static str, property: Property<'_>) {
        let value = property.value.trim();
        match name {
            "UID" if !value.is_empty() => self.uid = self.uid.take().or_else(|| Some(unescape(value))),
            "SEQUENCE" => self.sequence = value.parse().unwrap_or_default(),
            "SUMMARY" => self.title = Some(unescape(value)).filter(|title| !title.is_empty()),
            "CATEGORIES" => {
                let first = Some(first_of(value).trim().to_owned()).filter(|first| !first.is_empty());
                self.category = self.category.take().or(first);
            }
            "ORGANIZER" => self.organizer = address(property),
            "STATUS" => {
                self.is_cancelled = ["CANCELLED", "CANCELED"].iter().any(|it| value.eq_ignore_ascii_case(it));
            }
            "TRANSP" if value.eq_ignore_ascii_case("TRANSPARENT") => {
                self.shown_as.get_or_insert(ShownAs::Free);
            }
            "X-MICROSOFT-CDO-BUSYSTATUS" => self.shown_as = shown_as(value).or(self.shown_as),
            "CLASS" | "X-CALENDARSERVER-ACCESS" => {
                let private = ["PRIVATE", "CONFIDENTIAL", "RESTRICTED"];
                self.is_private |= private.iter().any(|it| value.eq_ignore_ascii_case(it));
            }
            "X-MICROSOFT-CDO-ALLDAYEVENT" => self.is_all_day |= value.eq_ignore_ascii_case("TRUE"),
            "LAST-MODIFIED" => self.modified = Time::read(value),
            "DTSTAMP" => self.stamp = Time::read(value),
            _ => {}
        }
    }

    fn invite(&mut self, property: Property<'_>) -> Result<(), Fault> {
        let Some(address) = address(property) else { return Ok(()) };
        if self.attendees.len() == ATTENDEES_MAX {
            let found = format!("more than {ATTENDEES_MAX}");
            return Err(fault("ATTENDEE", &found, &format!("at most {ATTENDEES_MAX} people")));
        }
        let is = |name: &str, values: &[&str]| {
            let found = property.parameter(name).unwrap_or_default();
            values.iter().any(|value| found.eq_ignore_ascii_case(value))
        };
        let is_out = is("PARTSTAT", &["DECLINED"])
            || is("CUTYPE", &["ROOM", "RESOURCE"])
            || is("ROLE", &["NON-PARTICIPANT"]);
        self.bytes += size_of::<Attendee>();
        self.attendees.push(Attendee { address, is_out });
        Ok(())
    }
}

/// The properties that are read, by their names.
fn known(name: &str) -> Option<&'static str> {
    const KNOWN: [&str; 22] = [
        "ATTENDEE",
        "CATEGORIES",
        "CLASS",
        "DTEND",
        "DTSTAMP",
        "DTSTART",
        "DURATION",
        "EXDATE",
        "EXRULE",
        "LAST-MODIFIED",
        "ORGANIZER",
        "RDATE",
        "RECURRENCE-ID",
        "RRULE",
        "SEQUENCE",
        "STATUS",
        "SUMMARY",
        "TRANSP",
        "UID",
        "X-CALENDARSERVER-ACCESS",
        "X-MICROSOFT-CDO-ALLDAYEVENT",
        "X-MICROSOFT-CDO-BUSYSTATUS",
    ];
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a property says what sort of entry of a Google calendar it is, as `eventType` of its API does.
fn says_sort(name: &str) -> bool {
    let letters = |letter: &u8| letter.is_ascii_alphabetic();
    let plain: Vec<u8> = name.bytes().filter(letters).map(|letter| letter.to_ascii_lowercase()).collect();
    let is_ours = plain == b"eventtype" || plain.starts_with(b"xgoogle");
    is_ours && plain.ends_with(b"eventtype")
}

/// `outOfOffice`, `OUT_OF_OFFICE`, `focusTime`, `workingLocation`.
fn of_sort(value: &str) -> Option<ShownAs> {
    let plain: String =
        value.chars().filter(|it| it.is_ascii_alphabetic()).map(|it| it.to_ascii_lowercase()).collect();
    match plain.as_str() {
        "outofoffice" => Some(ShownAs::OutOfOffice),
        "focustime" => Some(ShownAs::Focus),
        "workinglocation" => Some(ShownAs::Elsewhere),
        _ => None,
    }
}

fn shown_as(busy_status: &str) -> Option<ShownAs> {
    let is = |name: &str| busy_status.eq_ignore_ascii_case(name);
    if is("FREE") {
        Some(ShownAs::Free)
    } else if is("OOF") {
        Some(ShownAs::OutOfOffice)
    } else {
        is("WORKINGELSEWHERE").then_some(ShownAs::Elsewhere)
    }
}

fn once(place: &mut Option<Raw>, raw: Raw) -> Result<(), Fault> {
    match place {
        None => *place = Some(raw),
        Some(first) if first.value == raw.value && first.zone == raw.zone => {}
        Some(first) => {
            let expected = format!("one `{}`: there is another one in line {}", raw.name, first.line);
            return Err(fault(raw.name, &raw.value, &expected));
        }
    }
    Ok(())
}

/// Who is meant, in lower case: the address, or whatever stands in its place.
pub(super) fn address(property: Property<'_>) -> Option<String> {
    let value = property.value.trim().to_lowercase();
    let value = value.strip_prefix("mailto:").unwrap_or(&value).trim();
    let by_parameter = || property.parameter("EMAIL").map(str::to_lowercase);
    let address =
        if value.contains('@') { value.to_owned() } else { by_parameter().unwrap_or(value.to_owned()) };
    // Calendars that several people share organise what is in them.
    let is_person = !address.is_empty() && !address.ends_with(".calendar.google.com");
    is_person.then_some(address)
}

pub(super) fn fault(field: &str, found: &str, expected: &str) -> Fault {
    let found = found.chars().take(200).collect();
    Fault { field: field.to_owned(), found, expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(lines: &[&str]) -> Event {
        let mut event = Event::default();
        for (line, number) in lines.iter().zip(1..) {
            event.take(Property::read(line).unwrap(), number, Bytes::Whole);
        }
        event
    }

    #[test]
    fn people_are_told_from_rooms() {
        let event = event(&[
            "ORGANIZER;CN=Manager:MAILTO:Manager@Acme.example",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:buyer@bolt.example",
            "ATTENDEE;PARTSTAT=DECLINED:mailto:stock@bolt.example",
            "ATTENDEE;CUTYPE=RESOURCE:mailto:room-1@acme.example",
            "ATTENDEE;EMAIL=\"eve@bolt.example\":urn:uuid:7",
            "ATTENDEE:mailto:x@group.calendar.google.com",
            "ATTENDEE:",
        ]);
        assert_eq!(event.organizer.as_deref(), Some("manager@acme.example"));
        let people: Vec<_> = event.attendees.iter().map(|it| (it.address.as_str(), it.is_out)).collect();
        let expected = [
            ("buyer@bolt.example", false),
            ("stock@bolt.example", true),
            ("room-1@acme.example", true),
            ("eve@bolt.example", false),
        ];
        assert_eq!((people, event.fault), (expected.to_vec(), None));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let harmless = event(&["DTSTART:20260504", "DTSTART:20260504", "RRULE:", "EXDATE:", "DURATION: "]);
        assert!(harmless.fault.is_none() && !harmless.repeats() && harmless.duration.is_none());
        assert!(event(&["STATUS:Canceled"]).is_cancelled);
        let twice = event(&["DTSTART:20260504", "X-ODD:1", "DTSTART:20260505"]);
        let expected = fault("DTSTART", "20260505", "one `DTSTART`: there is another one in line 1");
        assert_eq!(twice.fault, Some((3, expected)));
        let mut many = event(&[]);
        let attendee = Property::read("ATTENDEE:mailto:a@b.example").unwrap();
        (0..=ATTENDEES_MAX as u64).for_each(|line| many.take(attendee, line, Bytes::Whole));
        let expected = fault("ATTENDEE", "more than 10000", "at most 10000 people");
        assert_eq!(many.fault, Some((10_000, expected)));
        let mut long = event(&[]);
        long.take(Property::read("SUMMARY:cut").unwrap(), 1, Bytes::Cut);
        assert_eq!((long.title.as_deref(), long.fault.is_none()), (Some("cut"), true));
        long.take(Property::read("UID:cut").unwrap(), 2, Bytes::Cut);
        assert_eq!(long.fault, Some((2, fault("UID", "cut", "at most 64 KiB"))));
    }

    #[test]
    fn broken_bytes_cost_a_letter_and_no_meeting() {
        let mut event = event(&[]);
        for (text, line) in [
            ("ATTENDEE;CN=J\u{fffd}:mailto:j@bolt.example", 1),
            ("SUMMARY:Pr\u{fffd}fung", 2),
            ("CLASS:\u{fffd}", 3),
        ] {
            event.take(Property::read(text).unwrap(), line, Bytes::Broken);
        }
        assert_eq!((event.title.as_deref(), event.broken_texts), (Some("Pr\u{fffd}fung"), Some((2, 2))));
        assert!(event.fault.is_none() && event.attendees.len() == 1);
    }

    #[test]
    fn entries_are_shown_as_many_things() {
        let shown = |lines: &[&str]| event(lines).is_shown_as();
        assert_eq!(shown(&["TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"]), None);
        assert_eq!(shown(&["TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"]), Some(ShownAs::Free));
        let away = ["X-MICROSOFT-CDO-BUSYSTATUS:oof", "TRANSP:TRANSPARENT"];
        assert_eq!(shown(&away), Some(ShownAs::OutOfOffice));
        for (line, expected) in [
            ("X-GOOGLE-EVENT-TYPE:OUT_OF_OFFICE", Some(ShownAs::OutOfOffice)),
            ("X-GOOGLE-EVENTTYPE;VALUE=TEXT:outOfOffice", Some(ShownAs::OutOfOffice)),
            ("X-GOOGLE-CALENDAR-EVENT-TYPE:focusTime", Some(ShownAs::Focus)),
            ("EVENTTYPE:workingLocation", Some(ShownAs::Elsewhere)),
            ("X-GOOGLE-EVENT-TYPE:default", None),
            ("X-GOOGLE-CONFERENCE:outOfOffice", None),
            ("X-OTHER-EVENTTYPE:outOfOffice", None),
        ] {
            assert_eq!(shown(&[line, "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"]), expected, "{line}");
        }
        assert_eq!(shown(&["EVENTTYPE:focusTime", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"]), Some(ShownAs::Focus));
        assert!(event(&["CLASS:Confidential"]).is_private && !event(&["CLASS:PUBLIC"]).is_private);
    }
}
