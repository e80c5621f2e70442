#![doc = include_str!("ics.md")]
//!
//! # How it is read
//!
//! `lines.rs` unfolds, `property.rs` takes a line apart, `component.rs` finds the events; they are held until the end of
//! the file, because a zone, a changed instance or most of the organisers may come last. Then `series.rs` makes instances
//! of them one series at a time, `zone.rs` says which instants these are, and `people.rs` whose.
//!
//! **Where a series ends.** A rule without end has no last instance, and neither the machine's clock nor a number of
//! years may decide: what lies ahead is not data yet. So whoever reads says until when ([`Reading::until`]; the command
//! gives its present or `--as-of`), and no instance after it is made, single events included. Without it a calendar is
//! read up to the newest date that is written in it.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead};

use chrono::{DateTime, Datelike, NaiveDateTime};
use serde::Serialize;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use self::component::Content;
use self::event::{Event, fault};
use self::lines::Lines;
use self::people::{Person, Us};
use self::series::{Calendar, Instance, Moment, Timed};
use self::time::Time;
use self::told::Told;
use self::zone::{CHANGES_TOTAL_MAX, Place, Zones};
use super::convert::{Convert, Converted};
use super::counts::Tally;
use super::format::refused;
use super::{LINE_BYTES_MAX, Reading, Remarks};

mod component;
mod event;
mod lines;
mod people;
mod property;
mod rule;
mod series;
mod time;
mod told;
mod windows;
mod zone;

/// Instances of all events of a file, and bytes of what is said of them.
const INSTANCES_TOTAL_MAX: usize = 1_000_000;
const EXPANDED_BYTES_MAX: usize = 2 << 30;
/// Rules of a file that look for a date for centuries: each takes some twenty milliseconds.
const VAIN_RULES_MAX: usize = 50;
/// Bytes of a `UID` that is used as it is; of longer ones the rest is a hash, to stay within the contract.
const UID_BYTES_MAX: usize = 160;
/// Bytes of the name of an account; the contract's limit.
const ACCOUNT_BYTES_MAX: usize = 200;
/// Letters of a title; the contract needs no more.
const TITLE_LETTERS_MAX: usize = 200;

/// Where the account of a meeting is found, where a calendar is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountFrom {
    /// The domain of the customer's people; without any of them as for [`Category`](Self::Category).
    #[default]
    Domain,
    /// The first category of the event; without one as for [`File`](Self::File).
    Category,
    /// The name of the file.
    File,
}

/// Reads a calendar.
pub(super) struct Ics<R> {
    lines: Option<Lines<R>>,
    name: String,
    reading: Reading,
    remarks: Remarks,
    expansion: Option<Expansion>,
    tally: Tally,
}

impl<R: BufRead + Send> Ics<R> {
    /// Reads from `input`, which is called `name`.
    pub(super) fn new(input: R, name: &str, reading: &Reading, remarks: &Remarks) -> Self {
        let (lines, name) = (Some(Lines::new(input)), name.to_owned());
        Self {
            lines,
            name,
            reading: reading.clone(),
            remarks: remarks.clone(),
            expansion: None,
            tally: Tally::default(),
        }
    }
}

impl<R: BufRead + Send> Convert for Ics<R> {
    fn next(&mut self) -> io::Result<Option<Converted>> {
        if let Some(lines) = self.lines.take() {
            let content = component::read(lines)?;
            self.expansion = Some(Expansion::begin(content, &self.name, &self.reading));
        }
        let Some(expansion) = &mut self.expansion else { return Ok(None) };
        let next = expansion.next()?;
        if let Some(converted) = &next {
            self.tally.records += 1;
            self.tally.read += u64::from(converted.content.is_ok());
            self.tally.faulty += u64::from(converted.content.is_err());
        }
        if next.is_none()
            && let Some(ended) = self.expansion.take()
        {
            ended.told.count(&mut self.tally);
            ended.told.sentences(&self.name).into_iter().for_each(|told| self.remarks.say(told));
        }
        Ok(next)
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// A file that was read, on its way to single meetings.
struct Expansion {
    calendars: Vec<Ready>,
    /// The calendar and the event that come next.
    next: (usize, usize),
    /// Instances of the event before it.
    instances: VecDeque<Instance>,
    us: Us,
    account_from: AccountFrom,
    stem: String,
    last: NaiveDateTime,
    changes_left: usize,
    vain_rules: usize,
    count: usize,
    bytes: usize,
    told: Told,
}

/// A calendar whose events know of each other.
struct Ready {
    calendar: Calendar,
    /// By their `UID`.
    groups: BTreeMap<String, Group>,
    is_cancelled: bool,
}

/// Events of one `UID`.
#[derive(Default)]
struct Group {
    /// Those of the newest version that stand for themselves.
    masters: Vec<usize>,
    /// Those that stand for one instance of a series, by the instance.
    changed: BTreeMap<String, usize>,
    sequence: i64,
}

impl Expansion {
    fn begin(content: Content, name: &str, reading: &Reading) -> Self {
        let mut told = Told { nameless: content.nameless, is_bare: content.is_bare, ..Told::default() };
        let events = || content.calendars.iter().flat_map(|calendar| &calendar.events);
        let us = match &reading.own_domains[..] {
            [] => {
                let guess = Us::guess(events());
                told.has_people = events().any(|event| !event.attendees.is_empty());
                told.guess = guess.found;
                guess.us
            }
            given => {
                told.is_us_given = true;
                Us::given(given)
            }
        };
        let mut changes_left = CHANGES_TOTAL_MAX;
        let ready = |calendar| Ready::of(calendar, reading, &mut changes_left, &mut told);
        let calendars: Vec<Ready> = content.calendars.into_iter().map(ready).collect();
        let until = reading.until.and_then(DateTime::from_timestamp_millis).map(|until| until.naive_utc());
        let last = until.or_else(|| newest(&calendars)).unwrap_or_default();
        Self {
            calendars,
            next: (0, 0),
            instances: VecDeque::new(),
            us,
            account_from: reading.account_from,
            stem: stem(name),
            last,
            changes_left,
            vain_rules: 0,
            count: 0,
            bytes: 0,
            told,
        }
    }

    fn next(&mut self) -> io::Result<Option<Converted>> {
        loop {
            if let Some(instance) = self.instances.pop_front() {
                return self.converted(&instance).map(Some);
            }
            let (in_calendar, at) = self.next;
            let Some(ready) = self.calendars.get(in_calendar) else { return Ok(None) };
            if at == ready.calendar.events.len() {
                self.next = (in_calendar + 1, 0);
                continue;
            }
            self.next.1 += 1;
            if let Some(wrong) = self.expand(in_calendar, at)? {
                return Ok(Some(wrong));
            }
        }
    }

    /// Makes the instances of an event, or says what is wrong with it.
    fn expand(&mut self, in_calendar: usize, at: usize) -> io::Result<Option<Converted>> {
        let Some(ready) = self.calendars.get_mut(in_calendar) else { return Ok(None) };
        let found = ready.expand(at, self.last, &mut self.changes_left, &mut self.told);
        let (instances, vain_rules) = match found {
            Ok(found) => found,
            Err((line, fault)) => return Ok(Some(Converted { line, content: Err(fault) })),
        };
        let line = ready.calendar.events.get(at).map_or(0, |event| event.line);
        self.vain_rules += vain_rules;
        if self.vain_rules > VAIN_RULES_MAX {
            let why = format!("line {line}: more than {VAIN_RULES_MAX} rules have no date for centuries");
            return Err(refused(why));
        }
        self.count += instances.len();
        if self.count > INSTANCES_TOTAL_MAX {
            let why = format!("line {line}: more than {INSTANCES_TOTAL_MAX} meetings: split the calendar");
            return Err(refused(why));
        }
        self.instances = instances.into();
        Ok(None)
    }

    /// What an instance is in canonical form.
    fn converted(&mut self, instance: &Instance) -> io::Result<Converted> {
        // The one whose instances these are.
        let (in_calendar, next) = self.next;
        let ready = self.calendars.get(in_calendar);
        let event = ready.and_then(|ready| Some((ready, ready.calendar.events.get(instance.of)?)));
        let Some((ready, event)) = event else { return Err(refused(format!("event {next} is not there"))) };
        let people = self.us.people(event);
        let account = self.told.account(event, &people, self.account_from, &self.stem);
        let line = event.line;
        let text = ready.line(event, instance, &people, &account)?;
        self.bytes += text.len();
        if self.bytes > EXPANDED_BYTES_MAX {
            let gib = EXPANDED_BYTES_MAX >> 30;
            return Err(refused(format!(
                "line {line}: its meetings take more than {gib} GiB: split the calendar"
            )));
        }
        if text.len() > LINE_BYTES_MAX {
            // What is too much for one instance is too much for all of them.
            self.instances.clear();
            let found = format!("{} people, {} bytes of them", people.len(), text.len());
            let wrong = fault("ATTENDEE", &found, &format!("an activity of at most {LINE_BYTES_MAX} bytes"));
            return Ok(Converted { line, content: Err(wrong) });
        }
        Ok(Converted { line, content: Ok(text) })
    }
}

impl Ready {
    fn of(found: component::Calendar, reading: &Reading, changes_left: &mut usize, told: &mut Told) -> Self {
        let given = reading.time_zone.and_then(|zone| zone.name().parse().ok());
        let by_file = found.zone.as_deref().and_then(zone::named);
        told.is_zone_known |= given.is_some();
        if given.is_none() && by_file.is_none() {
            told.zone_of_file = told.zone_of_file.take().or(found.zone);
        }
        let floating = given.or(by_file);
        let mut zones = Zones::new(found.definitions, floating.map_or(Place::UTC, Place::Named));
        let mut events = found.events;
        // Answers to an invitation say nothing about the meeting itself.
        if ["REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"].contains(&found.method.as_str()) {
            told.answers += events.len();
            events.clear();
        }
        let mut timed = Vec::new();
        for event in &mut events {
            told.without_uid += usize::from(event.uid.is_none());
            event.uid.get_or_insert_with(|| made_up(event.start.as_ref(), event.title.as_deref()));
            let it = Timed::read(event, &mut zones, changes_left);
            let is_floating = |it: &Timed| it.begins.is_floating;
            told.floating += usize::from(floating.is_none() && it.as_ref().is_ok_and(is_floating));
            timed.push(it);
        }
        let groups = groups(&events, told);
        let is_cancelled = found.method == "CANCEL";
        Self { calendar: Calendar { events, timed, zones }, groups, is_cancelled }
    }

    /// The instances that an event stands for, and how many of its rules found nothing more.
    fn expand(
        &mut self,
        at: usize,
        last: NaiveDateTime,
        changes_left: &mut usize,
        told: &mut Told,
    ) -> Result<(Vec<Instance>, usize), series::Wrong> {
        let Self { calendar, groups, .. } = self;
        let (Some(event), Some(timed)) = (calendar.events.get(at), calendar.timed.get(at)) else {
            return Ok((Vec::new(), 0));
        };
        let timed = timed.as_ref().map_err(Clone::clone)?;
        let Some(group) = event.uid.as_ref().and_then(|uid| groups.get(uid)) else {
            return Ok((Vec::new(), 0));
        };
        let is_current = group.masters.contains(&at) || group.changed.values().any(|changed| *changed == at);
        if !is_current {
            return Ok((Vec::new(), 0));
        }
        if event.is_free {
            told.free += 1;
            return Ok((Vec::new(), 0));
        }
        if timed.begins.utc > last {
            told.later += 1;
            told.last = Some(last);
            return Ok((Vec::new(), 0));
        }
        if let Some(raw) = &event.recurrence {
            let name = Moment::read(raw, &raw.value, &mut calendar.zones, changes_left)?.name();
            return Ok((vec![timed.alone(at, name)], 0));
        }
        if !event.repeats() {
            // Where it is the only one of its `UID` it stays the same when it is moved.
            let name = if group.masters.len() > 1 { timed.begins.name() } else { String::new() };
            return Ok((vec![timed.alone(at, name)], 0));
        }
        let changed: Vec<usize> = group.changed.values().copied().collect();
        let series = calendar.series(at, &changed, last, changes_left)?;
        Ok((series.instances, series.vain_rules))
    }

    /// An activity in canonical form.
    fn line(
        &self,
        event: &Event,
        instance: &Instance,
        people: &[Person<'_>],
        account: &str,
    ) -> io::Result<String> {
        let uid = short(event.uid.as_deref().unwrap_or_default());
        let Instance { of, name, place, begins, ends } = instance;
        let in_series = event.repeats() || event.recurrence.is_some();
        let timed = self.calendar.timed.get(*of).and_then(|timed| timed.as_ref().ok());
        let is_all_day = event.is_all_day || timed.is_some_and(|timed| timed.begins.time.is_date());
        let meeting = Meeting {
            id: if name.is_empty() { uid.clone() } else { format!("{uid}/{name}") },
            at: place.rfc3339(*begins),
            account,
            kind: "meeting",
            revised: revised(event),
            end: ends.map(|ends| place.rfc3339(ends)),
            participants: people,
            series: in_series.then_some(&uid),
            title: event.title.as_deref().map(|title| title.chars().take(TITLE_LETTERS_MAX).collect()),
            status: if event.is_cancelled || self.is_cancelled { "cancelled" } else { "planned" },
            all_day: is_all_day,
        };
        Ok(serde_json::to_string(&meeting)?)
    }
}

/// An activity, its fields in the order of the canonical form.
#[derive(Serialize)]
struct Meeting<'a> {
    id: String,
    at: String,
    account: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revised: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    participants: &'a [Person<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<&'a String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    all_day: bool,
}

/// When this content was written; a writer stamps everything with the time of the export, so that comes second.
fn revised(event: &Event) -> Option<String> {
    let instant = |time: &Time| match time {
        Time::Utc(at) => Some(*at).filter(|at| (1900..2200).contains(&at.year())),
        Time::Date(_) | Time::Local(_) => None,
    };
    let at = event.modified.as_ref().and_then(instant).or_else(|| event.stamp.as_ref().and_then(instant))?;
    Some(Place::UTC.rfc3339(at))
}

/// Puts together what has one `UID`; older versions are left out.
fn groups(events: &[Event], told: &mut Told) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let sequence = |at: usize| events.get(at).map_or(0, |event| event.sequence);
    for (at, event) in events.iter().enumerate() {
        let group = groups.entry(event.uid.clone().unwrap_or_default()).or_default();
        if let Some(raw) = &event.recurrence {
            let known = group.changed.entry(raw.value.clone()).or_insert(at);
            told.older += usize::from(*known != at);
            if event.sequence >= sequence(*known) {
                *known = at;
            }
            continue;
        }
        if group.masters.is_empty() || event.sequence > group.sequence {
            told.older += group.masters.len();
            group.masters.clear();
            group.sequence = event.sequence;
        }
        if event.sequence == group.sequence {
            group.masters.push(at);
        } else {
            told.older += 1;
        }
    }
    groups
}

/// The newest instant that is written in a file.
fn newest(calendars: &[Ready]) -> Option<NaiveDateTime> {
    let of = |calendar: &Calendar| {
        let written = calendar.events.iter().flat_map(|event| [event.modified, event.stamp]).flatten();
        let begins = calendar.timed.iter().flatten().map(|timed| timed.begins.utc);
        written.map(Time::naive).chain(begins).max()
    };
    calendars.iter().filter_map(|ready| of(&ready.calendar)).max()
}

/// Names an event that has no name, the same whenever it is read.
fn made_up(start: Option<&event::Raw>, title: Option<&str>) -> String {
    let start = start.map(|raw| raw.value.as_str()).unwrap_or_default();
    let hash = xxh3_64(format!("{start}\n{}", title.unwrap_or_default()).as_bytes());
    format!("no-uid-{hash:016x}")
}

/// A `UID` of a length that leaves room for an instance.
fn short(uid: &str) -> String {
    if uid.len() <= UID_BYTES_MAX {
        return uid.to_owned();
    }
    let kept: String = uid.chars().take(UID_BYTES_MAX / 8).collect();
    format!("{kept}-{:032x}", xxh3_128(uid.as_bytes()))
}

/// The name of a file without its folder and its endings.
fn stem(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let endings = [".gz", ".zst", ".ics", ".ical", ".icalendar"];
    let cut = |name: &str, ending: &str| {
        let at = name.len().checked_sub(ending.len()).filter(|at| *at > 0)?;
        name.get(at..)?.eq_ignore_ascii_case(ending).then(|| name.get(..at).map(str::to_owned))?
    };
    let stem = endings.iter().fold(file.to_owned(), |name, ending| cut(&name, ending).unwrap_or(name));
    if is_account(&stem) && stem != "<stdin>" { stem } else { "calendar".to_owned() }
}

/// Whether the contract takes it for an account's name.
fn is_account(name: &str) -> bool {
    !name.is_empty() && name != "*" && name.len() <= ACCOUNT_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260201T000000Z\r\nDTSTART:20260105T090000Z\r\n\
         RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn expansion(text: &str) -> Expansion {
        let content = component::read(Lines::new(text.as_bytes())).unwrap();
        Expansion::begin(content, "folder/Bolt.ICS.gz", &Reading::default())
    }

    fn all(mut expansion: Expansion) -> Result<usize, String> {
        let mut count = 0;
        while expansion.next().map_err(|error| error.to_string())?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn a_file_has_so_many_meetings_and_no_more() {
        assert_eq!(all(Expansion { count: INSTANCES_TOTAL_MAX - 3, ..expansion(THREE) }), Ok(3));
        let too_many = all(Expansion { count: INSTANCES_TOTAL_MAX - 2, ..expansion(THREE) });
        assert_eq!(too_many.unwrap_err(), "line 2: more than 1000000 meetings: split the calendar");
        let too_long = all(Expansion { bytes: EXPANDED_BYTES_MAX, ..expansion(THREE) });
        assert_eq!(too_long.unwrap_err(), "line 2: its meetings take more than 2 GiB: split the calendar");
    }

    #[test]
    fn names_are_such_as_the_contract_takes() {
        assert_eq!(
            ["a/Bolt.ICS.gz", "<stdin>", ".ics", "x.y.ics", "*.ics"].map(stem),
            ["Bolt", "calendar", ".ics", "x.y", "calendar"]
        );
        assert_eq!(stem(&"x".repeat(201)), "calendar");
        assert_eq!(short("1@acme.example"), "1@acme.example");
        let long = ["\u{fc}".repeat(100), "\u{fc}".repeat(101)].map(|uid| short(&uid));
        assert!(long[0] != long[1] && long.iter().all(|uid| uid.len() <= UID_BYTES_MAX), "{long:?}");
    }
}
