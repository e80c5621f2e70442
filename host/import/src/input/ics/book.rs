//! All calendars that are given together, as one: what is told twice holds once, wherever it stands.
//!
//! Files are laid on a shelf as they are opened ([`Shelf::put`]). Once they are all there they become a book, in which
//! `settle.rs` finds what holds of each `UID`, and each file gives out the meetings of the events that hold in it.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDateTime};
use xxhash_rust::xxh3::xxh3_64;

use super::component::{self, Content};
use super::dates::Work;
use super::event::{Event, ShownAs};
use super::lines::Lines;
use super::moment::{Timed, Wrong};
use super::people::Us;
use super::series::{Instance, Plan, Reader, Series};
use super::told::Told;
use super::zone::{Place, Zones};
use super::{AccountFrom, names};
use crate::input::Reading;

/// Days that rules of all files may mean, and six for each start that they give: a second's work.
pub(super) const WORK_MAX: usize = 20_000_000;
/// Messages that say nothing about the meeting itself.
const ANSWERS: [&str; 4] = ["REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"];

/// The calendars among the inputs that are read as one.
#[derive(Clone, Default)]
pub(in crate::input) struct Shelf(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    given: Vec<Given>,
    held_bytes: usize,
    book: Option<Book>,
}

/// A file as it was read.
struct Given {
    name: String,
    content: Content,
}

impl Shelf {
    /// Reads a calendar called `name`; its number among them.
    pub(super) fn put<R: BufRead>(
        &self,
        lines: Lines<R>,
        name: &str,
        reading: &Reading,
    ) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (content, held_bytes) = component::read(lines, state.held_bytes, reading.names.as_ref())?;
        state.held_bytes = held_bytes;
        state.given.push(Given { name: name.to_owned(), content });
        Ok(state.given.len() - 1)
    }

    /// Lets `look` at the book, which is made of all that was put there until the first look.
    pub(super) fn book<T>(&self, reading: &Reading, look: impl FnOnce(&mut Book) -> T) -> T {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = std::mem::take(&mut state.given);
        look(state.book.get_or_insert_with(|| Book::of(given, reading)))
    }
}

/// Calendars that know of each other.
pub(super) struct Book {
    pub(super) files: Vec<File>,
    pub(super) calendars: Vec<Calendar>,
    pub(super) entries: Vec<Entry>,
    pub(super) us: Us,
    pub(super) account_from: AccountFrom,
    /// The last instant that is asked for.
    pub(super) last: NaiveDateTime,
    pub(super) work: Work,
}

/// One of the files.
pub(super) struct File {
    pub(super) name: String,
    pub(super) stem: String,
    pub(super) told: Told,
    /// The entry that comes next, and the one after its last.
    pub(super) next: usize,
    pub(super) end: usize,
}

/// One `VCALENDAR`.
pub(super) struct Calendar {
    pub(super) file: usize,
    pub(super) method: String,
    pub(super) zones: Zones,
}

/// An event and what holds of it.
pub(super) struct Entry {
    pub(super) event: Event,
    pub(super) calendar: usize,
    pub(super) timed: Result<Timed, Wrong>,
    /// It stands in a message that calls it off.
    pub(super) is_cancellation: bool,
    /// The event that calls it off.
    pub(super) cancelled_by: Option<usize>,
    pub(super) standing: Standing,
}

/// What an event stands for.
#[derive(Clone, Default)]
pub(super) enum Standing {
    /// Nothing: another one holds, or it says what is said elsewhere.
    #[default]
    Nothing,
    /// One meeting, by the name of its instance.
    One(String),
    /// A series, or a meeting that others may say something about; whether it is not the only one of its `UID`.
    All(Arc<Plan>, bool),
    /// Nothing that can be understood.
    Faulty(Wrong),
}

impl Book {
    fn of(given: Vec<Given>, reading: &Reading) -> Self {
        let mut book = Self {
            files: Vec::new(),
            calendars: Vec::new(),
            entries: Vec::new(),
            us: Us::default(),
            account_from: reading.account_from,
            last: NaiveDateTime::default(),
            work: Work::of(WORK_MAX),
        };
        for file in given {
            book.add(file, reading);
        }
        book.find_us(reading);
        let until = reading.until.and_then(DateTime::from_timestamp_millis).map(|until| until.naive_utc());
        book.last = until.or_else(|| book.newest()).unwrap_or_default();
        for group in book.groups() {
            book.settle(&group);
        }
        book
    }

    fn add(&mut self, Given { name, content }: Given, reading: &Reading) {
        let begin = self.entries.len();
        let told = Told {
            nameless: content.nameless,
            around: content.around,
            is_bare: content.is_bare,
            others: content.others,
            ..Told::default()
        };
        let stem = names::stem(&name);
        self.files.push(File { name, stem, told, next: begin, end: begin });
        for calendar in content.calendars {
            self.add_calendar(calendar, reading);
        }
        let end = self.entries.len();
        if let Some(file) = self.files.last_mut() {
            file.end = end;
        }
    }

    fn add_calendar(&mut self, found: component::Calendar, reading: &Reading) {
        let Some(file) = self.files.len().checked_sub(1) else { return };
        let Some(told) = self.files.last_mut().map(|file| &mut file.told) else { return };
        let given = reading.time_zone.and_then(|zone| zone.name().parse().ok()).map(Place::Named);
        let mut zones = Zones::new(found.definitions, None);
        let by_file = found.zone.as_deref().and_then(|name| zones.place(name, &mut self.work));
        if given.is_none() && by_file.is_none() {
            told.zone_of_file = told.zone_of_file.take().or(found.zone);
        }
        zones.float_in(given.or(by_file));
        let is_answer = ANSWERS.contains(&found.method.as_str());
        if is_answer {
            told.answers += found.events.len();
        }
        self.entries.reserve(found.events.len());
        for mut event in found.events.into_iter().filter(|_| !is_answer) {
            if event.uid.is_none() {
                told.without_uid += 1;
                event.uid = Some(names::made_up(&event));
            }
            let timed = Timed::read(&event, &mut zones, &mut self.work);
            told.about(&event, &timed);
            self.entries.push(Entry {
                event,
                calendar: self.calendars.len(),
                timed,
                is_cancellation: found.method == "CANCEL",
                cancelled_by: None,
                standing: Standing::Nothing,
            });
        }
        self.calendars.push(Calendar { file, method: found.method, zones });
    }

    fn find_us(&mut self, reading: &Reading) {
        let is_given = !reading.own_domains.is_empty();
        if is_given {
            self.us = Us::given(&reading.own_domains);
        }
        let guess = Us::guess(self.entries.iter().map(|entry| &entry.event));
        let has_people = self.entries.iter().any(|entry| !entry.event.attendees.is_empty());
        if let (false, Some(first)) = (is_given, self.files.first_mut()) {
            first.told.guess = guess.found;
            first.told.has_people = has_people;
            self.us = guess.us;
        }
    }

    /// The newest instant that is written anywhere.
    fn newest(&self) -> Option<NaiveDateTime> {
        let written =
            self.entries.iter().flat_map(|entry| [entry.event.modified, entry.event.stamp]).flatten();
        let begins = self.entries.iter().flat_map(|entry| &entry.timed).map(|timed| timed.begins.utc);
        written.map(super::time::Time::naive).chain(begins).max()
    }

    /// Events of one `UID`, in their order. Where files are accounts, each has its own.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut keys = Vec::with_capacity(self.entries.len());
        for (at, entry) in self.entries.iter().enumerate() {
            let file = self.calendars.get(entry.calendar).and_then(|calendar| self.files.get(calendar.file));
            let stem = file.map(|file| file.stem.as_str()).filter(|_| self.account_from == AccountFrom::File);
            let uid = entry.event.uid.as_deref().unwrap_or_default();
            // Numbers are compared at once; names only where these are alike.
            keys.push((xxh3_64(uid.as_bytes()), uid, stem.unwrap_or_default(), at));
        }
        keys.sort_unstable();
        let groups = keys.chunk_by(|one, other| (one.1, one.2) == (other.1, other.2));
        groups.map(|group| group.iter().map(|key| key.3).collect()).collect()
    }

    /// What is said about the file in which an entry stands.
    pub(super) fn told(&mut self, at: usize) -> Option<&mut Told> {
        let calendar = self.calendars.get(self.entries.get(at)?.calendar)?;
        self.files.get_mut(calendar.file).map(|file| &mut file.told)
    }

    /// The meetings that an entry stands for, and what is wrong with it.
    pub(super) fn meetings(&mut self, at: usize) -> Result<Series, Wrong> {
        let Some(entry) = self.entries.get_mut(at) else { return Ok(Series::default()) };
        let standing = std::mem::take(&mut entry.standing);
        let timed = match (&standing, &entry.timed) {
            (Standing::Nothing, _) => return Ok(Series::default()),
            (Standing::Faulty(wrong), _) | (_, Err(wrong)) => return Err(wrong.clone()),
            (_, Ok(timed)) => timed.clone(),
        };
        let cancelled_by = entry.cancelled_by;
        if timed.begins.utc > self.last {
            let last = self.last;
            if let Some(told) = self.told(at) {
                (told.later, told.last) = (told.later + 1, Some(last));
            }
            return Ok(Series::default());
        }
        let mut series = match standing {
            Standing::Nothing | Standing::Faulty(_) => Series::default(),
            Standing::One(name) => Series { instances: vec![timed.alone(at, name)], ..Series::default() },
            Standing::All(plan, has_twins) => self.series(at, &timed, &plan, has_twins)?,
        };
        for instance in &mut series.instances {
            instance.cancelled_by = cancelled_by.or(instance.cancelled_by);
        }
        series.instances.retain(|instance| !self.is_shown_otherwise(at, instance));
        Ok(series)
    }

    fn series(&mut self, at: usize, timed: &Timed, plan: &Plan, has_twins: bool) -> Result<Series, Wrong> {
        let Self { entries, calendars, work, last, .. } = self;
        let Some(entry) = entries.get(at) else { return Ok(Series::default()) };
        let Some(calendar) = calendars.get_mut(entry.calendar) else { return Ok(Series::default()) };
        let mut reader = Reader { zones: &mut calendar.zones, work, last: *last };
        let mut series = reader.series(at, &entry.event, timed, plan)?;
        if !entry.event.repeats() {
            // Where it is the only one of its `UID` it stays the same when it is moved.
            let name = if has_twins { timed.begins.name() } else { String::new() };
            series.instances.iter_mut().for_each(|instance| instance.name.clone_from(&name));
        }
        Ok(series)
    }

    /// Whether an instance is shown as something else than a meeting; counts it.
    fn is_shown_otherwise(&mut self, at: usize, instance: &Instance) -> bool {
        let shown_as = self.entries.get(instance.of).and_then(|entry| entry.event.is_shown_as());
        if let (Some(shown_as), Some(told)) = (shown_as, self.told(at)) {
            *match shown_as {
                ShownAs::Free => &mut told.free,
                ShownAs::OutOfOffice => &mut told.out_of_office,
                ShownAs::Elsewhere => &mut told.elsewhere,
                ShownAs::Focus => &mut told.focus,
            } += 1;
        }
        shown_as.is_some()
    }

    /// How many meetings an entry would have stood for that cannot be understood; none where that is not known.
    pub(super) fn lost(&mut self, at: usize) -> Option<usize> {
        let Self { entries, work, last, .. } = self;
        let event = &entries.get(at)?.event;
        if !event.repeats() {
            return Some(1);
        }
        // In a zone of which nothing is known it begins on the same days.
        let mut bare = Event { rules: event.rules.clone(), dates: event.dates.clone(), ..Event::default() };
        bare.start = event.start.clone();
        let raws = bare.start.iter_mut().chain(&mut bare.dates);
        raws.for_each(|raw| raw.zone = None);
        let mut zones = Zones::new(BTreeMap::new(), None);
        let timed = Timed::read(&bare, &mut zones, work).ok()?;
        let mut reader = Reader { zones: &mut zones, work, last: *last };
        let begins = reader.begins(&bare, &timed, &mut Series::default()).ok()?;
        Some(begins.range(..=*last).count())
    }
}
