#![doc = include_str!("ics.md")]
//!
//! # How it is read
//!
//! `lines.rs` unfolds, `property.rs` takes a line apart, `component.rs` finds the events; all files are held until the
//! last one is read (`book.rs`), because a zone, a changed instance, a newer version or most of the organisers may come
//! last. `settle.rs` finds what holds of each `UID`, by `version.rs`; then `series.rs` makes instances one series at a
//! time: `rule.rs` and `dates.rs` by the clock, `moment.rs`, `zone.rs` and `definition.rs` say which instants these are,
//! `turns.rs` which change holds for each, `people.rs` whose it is, and `meeting.rs` writes it down.
//!
//! **Where a series ends.** A rule without end has no last instance, and neither the machine's clock nor a number of
//! years may decide: what lies ahead is not data yet. So whoever reads says until when ([`Reading::until`]; the command
//! gives its present or `--as-of`), and no instance after it is made, single events included. Without it a calendar is
//! read up to the newest date that is written in it.

use std::collections::{BTreeMap, VecDeque, btree_map};
use std::io::{self, BufRead};
use std::sync::Arc;

use self::book::Book;
pub(super) use self::book::Shelf;
use self::event::fault;
use self::lines::Lines;
use self::meeting::Common;
use self::moment::Wrong;
pub(crate) use self::people::is_public;
use self::series::{INSTANCES_MAX, Instance};
use self::told::Told;
use super::convert::{Convert, Converted};
use super::counts::Tally;
use super::{LINE_BYTES_MAX, Reading, Remarks};
use crate::error::{refused, too_large};

mod book;
mod component;
mod dates;
mod definition;
mod event;
mod lines;
mod meeting;
mod moment;
mod named;
mod names;
mod people;
mod property;
mod rule;
mod series;
mod settle;
mod time;
mod told;
mod turns;
mod version;
mod windows;
mod zone;
mod zone_names;

/// Instances of all events of a file, and bytes of what is said of them, the first of each event apart: those are no more
/// than the file has.
const INSTANCES_TOTAL_MAX: usize = 250_000;
const REPEATED_BYTES_MAX: usize = 64 << 20;

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

/// One of the calendars that are read as one.
pub(super) struct Ics {
    shelf: Shelf,
    /// Its number among them.
    file: usize,
    reading: Arc<Reading>,
    remarks: Remarks,
    instances: VecDeque<Instance>,
    faults: VecDeque<Wrong>,
    /// Of each event whose instances these are.
    common: BTreeMap<usize, Common>,
    /// Of the event whose instances these are.
    line: u64,
    entry: usize,
    count: usize,
    bytes: usize,
    tally: Tally,
    is_ended: bool,
}

impl Ics {
    /// Reads `input`, which is called `name`, and lays it to the others. Nothing may be taken from any of them before all
    /// are opened.
    pub(super) fn open<R: BufRead>(
        input: R,
        name: &str,
        reading: &Reading,
        remarks: &Remarks,
        shelf: &Shelf,
    ) -> io::Result<Self> {
        let file = shelf.put(Lines::new(input), name, reading)?;
        Ok(Self {
            shelf: shelf.clone(),
            file,
            reading: Arc::new(reading.clone()),
            remarks: remarks.clone(),
            instances: VecDeque::new(),
            faults: VecDeque::new(),
            common: BTreeMap::new(),
            line: 0,
            entry: 0,
            count: 0,
            bytes: 0,
            tally: Tally::default(),
            is_ended: false,
        })
    }

    fn next_of(&mut self, book: &mut Book) -> io::Result<Option<Converted>> {
        loop {
            if let Some((line, fault)) = self.faults.pop_front() {
                return Ok(Some(Converted { line, content: Err(fault) }));
            }
            if let Some(instance) = self.instances.pop_front() {
                return self.converted(book, &instance);
            }
            let Some(file) = book.files.get_mut(self.file) else { return Ok(None) };
            if file.next == file.end {
                let (told, name) = (std::mem::take(&mut file.told), file.name.clone());
                if !std::mem::replace(&mut self.is_ended, true) {
                    told.count(&mut self.tally);
                    told.sentences(&name).into_iter().for_each(|told| self.remarks.say(told));
                }
                return Ok(None);
            }
            self.entry = file.next;
            file.next += 1;
            self.expand(book)?;
        }
    }

    /// Makes the instances of the next event, or says what is wrong with it.
    fn expand(&mut self, book: &mut Book) -> io::Result<()> {
        let at = self.entry;
        self.common.clear();
        self.line = book.entries.get(at).map_or(0, |entry| entry.event.line);
        let line = self.line;
        let found = book.meetings(at);
        let lost = if found.is_err() { book.lost(at).map(|lost| lost.min(INSTANCES_MAX)) } else { Some(0) };
        if book.work.is_spent() {
            let why = "the rules of all calendars together look at too many days: split the calendar, or leave out what does not repeat";
            return Err(too_large(book::WORK_MAX, format!("line {line}: {why}")));
        }
        let Some(told) = book.files.get_mut(self.file).map(|file| &mut file.told) else { return Ok(()) };
        match found {
            Ok(series) => {
                told.doubt(series.doubts);
                told.lost += series.faults.len();
                self.faults.extend(series.faults);
                self.count += series.instances.len();
                self.instances = series.instances.into();
            }
            Err(wrong) => {
                told.lost += lost.unwrap_or_default();
                told.lost_series += usize::from(lost.is_none());
                self.faults.push_back(wrong);
            }
        }
        if self.count > INSTANCES_TOTAL_MAX {
            let why = format!("line {line}: more than {INSTANCES_TOTAL_MAX} meetings: split the calendar");
            return Err(refused(why));
        }
        Ok(())
    }

    /// What an instance is in canonical form.
    fn converted(&mut self, book: &mut Book, instance: &Instance) -> io::Result<Option<Converted>> {
        let Book { entries, files, calendars, us, account_from, .. } = book;
        let Some((entry, file)) = entries.get(instance.of).zip(files.get_mut(self.file)) else {
            return Ok(None);
        };
        let Told { private, .. } = &mut file.told;
        *private += usize::from(entry.event.is_private && entry.event.title.is_some());
        let common = match self.common.entry(instance.of) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(place) => {
                place.insert(Common::of(&entry.event, us, *account_from, &file.stem)?)
            }
        };
        file.told.account(&common.account);
        let cancelled_by = instance.cancelled_by.and_then(|at| entries.get(at)).map(|entry| &entry.event);
        let text = meeting::line(entry, instance, cancelled_by, common);
        // What another file changes has its line there.
        let is_here = calendars.get(entry.calendar).is_some_and(|calendar| calendar.file == self.file);
        let line = if is_here { entry.event.line } else { self.line };
        if std::mem::replace(&mut common.is_told, true) {
            self.bytes += text.len();
        }
        if self.bytes > REPEATED_BYTES_MAX {
            let mib = REPEATED_BYTES_MAX >> 20;
            return Err(too_large(
                REPEATED_BYTES_MAX,
                format!("line {line}: what its series repeat takes more than {mib} MiB: split the calendar"),
            ));
        }
        if text.len() > LINE_BYTES_MAX {
            // What is too much for one instance is too much for all of them.
            file.told.lost += 1 + self.instances.len();
            self.instances.clear();
            let found = format!("{} people, {} bytes of them", common.people, text.len());
            let wrong = fault("ATTENDEE", &found, &format!("an activity of at most {LINE_BYTES_MAX} bytes"));
            return Ok(Some(Converted { line, content: Err(wrong) }));
        }
        self.tally.records += 1;
        self.tally.read += 1;
        Ok(Some(Converted { line, content: Ok(text) }))
    }
}

impl Convert for Ics {
    fn next(&mut self) -> io::Result<Option<Converted>> {
        let (shelf, reading) = (self.shelf.clone(), Arc::clone(&self.reading));
        shelf.book(&reading, |book| self.next_of(book))
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260201T000000Z\r\nDTSTART:20260105T090000Z\r\n\
         RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    fn calendar(text: &str) -> Ics {
        let shelf = Shelf::default();
        Ics::open(text.as_bytes(), "folder/Bolt.ICS.gz", &Reading::default(), &Remarks::default(), &shelf)
            .unwrap()
    }

    fn all(mut ics: Ics) -> Result<usize, String> {
        let mut count = 0;
        while ics.next().map_err(|error| error.to_string())?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    #[test]
    fn a_file_has_so_many_meetings_and_no_more() {
        assert_eq!(all(Ics { count: INSTANCES_TOTAL_MAX - 3, ..calendar(THREE) }), Ok(3));
        let too_many = all(Ics { count: INSTANCES_TOTAL_MAX - 2, ..calendar(THREE) });
        assert_eq!(too_many.unwrap_err(), "line 2: more than 250000 meetings: split the calendar");
        let too_long = all(Ics { bytes: REPEATED_BYTES_MAX, ..calendar(THREE) });
        assert_eq!(
            too_long.unwrap_err(),
            "line 2: what its series repeat takes more than 64 MiB: split the calendar"
        );
    }
}
