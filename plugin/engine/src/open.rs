//! Activities of weeks that are not closed: what counting always asks for at hand, the rest packed into one piece.

use crate::activity::{Activity, Happening, Instant, MeetingStatus, Outcome, Profile, Text};
use crate::horizon::RETRACTION_MS;
use crate::name_map::{hash, place_of};
use form::{pack, title, unpack};
use packed::{Reader, Writer};
use std::cmp::Ordering;
use std::collections::BTreeSet;

mod form;
mod packed;

/// How many people a meeting is known to have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// Nobody is named.
    Unknown,
    /// One and the same person only.
    One,
    /// Two at least.
    More,
}

/// What counting always asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// People met, or will.
    Meeting {
        /// None: not known.
        minutes: Option<i32>,
        /// How many came.
        people: People,
        /// What became of it.
        status: MeetingStatus,
        /// An entry without hours.
        all_day: bool,
    },
    /// A plan was issued again; the subject is the plan.
    Version {
        /// None: the next one.
        number: Option<u32>,
        /// It was accepted.
        decided: bool,
    },
    /// A request was handed over; the subject is the request.
    Step {
        /// Orders the steps of one instant.
        number: Option<u32>,
        /// What was done.
        outcome: Outcome,
        /// It went from one to another.
        is_hop: bool,
    },
    /// The account's facts changed.
    Profile,
    /// The activity that the subject names must not count.
    Retraction,
    /// Anything else.
    Other,
}

/// An activity of a week that is not closed. Its texts lie with those of the account's others.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// When it happened.
    pub at: Instant,
    /// What counting asks for.
    pub digest: Digest,
    /// It is part of what plans and requests show now.
    pub seen: bool,
    start: u32,
    length: u32,
}

impl Entry {
    /// When it leaves the open activities.
    pub fn due(&self) -> Instant {
        match self.digest {
            Digest::Retraction => self.at.saturating_add(RETRACTION_MS),
            _ => self.at,
        }
    }

    /// Whether it changes what plans, requests or facts show.
    pub fn is_judged(&self) -> bool {
        !matches!(self.digest, Digest::Meeting { .. } | Digest::Other)
    }

    /// Id, subject, and everything else.
    fn packed<'a>(&self, texts: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        texts.get(start..start + self.length as usize).unwrap_or_default()
    }
}

/// An activity with its texts.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What counting asks for.
    pub entry: &'a Entry,
    packed: &'a [u8],
}

impl<'a> View<'a> {
    /// Its id.
    pub fn id(&self) -> &'a [u8] {
        Reader(self.packed).bytes()
    }

    /// Its plan, its request, or the id it retracts; of others anything.
    pub fn subject(&self) -> &'a [u8] {
        let mut reader = Reader(self.packed);
        reader.bytes();
        reader.bytes()
    }

    /// When this content was written.
    pub fn revised(&self) -> Option<Instant> {
        let mut reader = Reader(self.packed);
        reader.bytes();
        reader.bytes();
        reader.instant()
    }

    /// All that was told.
    pub fn happening(&self) -> Happening<'a> {
        let mut reader = Reader(self.packed);
        reader.bytes();
        unpack(self.entry.digest, &mut reader)
    }

    /// The title of a meeting, without reading who took part; `""`: there is none.
    pub fn title(&self) -> Text<'a> {
        let mut reader = Reader(self.packed);
        reader.bytes();
        title(self.entry.digest, &mut reader)
    }

    /// The order of the activities of an account. Steps of one instant without numbers: handed in first, decided last.
    pub fn order(&self, other: &View<'_>) -> Ordering {
        self.entry.at.cmp(&other.entry.at).then_with(|| self.rank().cmp(&other.rank()))
    }

    fn rank(&self) -> (u32, u8, &'a [u8]) {
        let (number, phase) = match self.entry.digest {
            Digest::Step { number, outcome, .. } => match outcome {
                Outcome::Requested => (number, 0),
                Outcome::Forwarded | Outcome::Returned => (number, 1),
                Outcome::Approved | Outcome::Rejected | Outcome::Withdrawn => (number, 2),
            },
            Digest::Version { number, .. } => (number, 0),
            _ => (None, 0),
        };
        (number.unwrap_or(0), phase, self.id())
    }

    /// Whether this content, told now, wins over the one held of the same id.
    fn wins_over(&self, held: &View<'_>) -> bool {
        match (self.revised(), held.revised()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (Some(new), Some(old)) => (new, self.entry.at, self.packed) > (old, held.entry.at, held.packed),
        }
    }
}

/// Activities with their texts in one piece.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    entries: Vec<Entry>,
    texts: Vec<u8>,
}

impl Entries {
    /// The activity at a place.
    pub fn get(&self, place: usize) -> Option<View<'_>> {
        self.entries.get(place).map(|entry| self.view(entry))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = View<'_>> + Clone {
        self.entries.iter().map(|entry| self.view(entry))
    }

    /// Keeps those that `keep` wants.
    pub fn retain(&mut self, keep: impl Fn(View<'_>) -> bool) {
        let texts = &self.texts;
        self.entries.retain(|entry| keep(View { entry, packed: entry.packed(texts) }));
    }

    /// Forgets all, but keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.texts.clear();
    }

    fn view<'a>(&'a self, entry: &'a Entry) -> View<'a> {
        View { entry, packed: entry.packed(&self.texts) }
    }

    fn push(&mut self, mut entry: Entry, packed: &[u8]) {
        (entry.start, entry.length) = (offset(self.texts.len()), offset(packed.len()));
        self.texts.extend_from_slice(packed);
        self.entries.push(entry);
    }

    fn sort(&mut self) {
        let Self { entries, texts } = self;
        entries.sort_unstable_by(|a, b| {
            View { entry: a, packed: a.packed(texts) }.order(&View { entry: b, packed: b.packed(texts) })
        });
    }
}

/// What became of an activity on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// A new id.
    Added,
    /// A known id with a content that wins.
    Replaced,
    /// A known id with nothing new.
    Known,
    /// A new id, but there are too many.
    Full,
}

/// Memory for one activity on its way in.
#[derive(Debug, Default)]
pub struct Buffer(Vec<u8>);

/// The activities of an account's open weeks, by id, in no particular order.
#[derive(Clone, Debug, Default)]
pub struct Open {
    hashes: Vec<u32>,
    held: Entries,
    /// Bytes of texts that nothing refers to any more.
    waste: usize,
    retractions: u32,
    profiles: u32,
}

impl Open {
    /// Takes an activity in, `max` at most; what it is, and what became of it.
    pub fn put(&mut self, activity: &Activity<'_>, max: usize, buffer: &mut Buffer) -> (Entry, Put) {
        buffer.0.clear();
        let mut writer = Writer(&mut buffer.0);
        writer.text(&activity.id);
        let digest = pack(&activity.happening, activity.revised, &mut writer);
        let entry = Entry { at: activity.at, digest, seen: false, start: 0, length: 0 };
        let hash = hash(activity.id.as_bytes());
        let put = match self.place_of(hash, activity.id.as_bytes()) {
            Some(place) => self.replace(place, entry, &buffer.0),
            None if self.held.entries.len() >= max
                || offset(self.held.texts.len() + buffer.0.len()) == u32::MAX =>
            {
                Put::Full
            }
            None => {
                self.add(hash, entry, &buffer.0);
                Put::Added
            }
        };
        (entry, put)
    }

    fn add(&mut self, hash: u32, entry: Entry, packed: &[u8]) {
        self.count(entry.digest, 1);
        self.hashes.push(hash);
        self.held.push(entry, packed);
    }

    fn replace(&mut self, place: usize, mut entry: Entry, packed: &[u8]) -> Put {
        let new = View { entry: &entry, packed };
        let Some(old) = self.held.get(place) else { return Put::Known };
        if old.entry.at == entry.at && old.packed == packed || !new.wins_over(&old) {
            return Put::Known;
        }
        let (old_digest, old_bytes) = (old.entry.digest, old.packed.len());
        self.count(old_digest, -1);
        self.count(entry.digest, 1);
        (entry.start, entry.length) = (offset(self.held.texts.len()), offset(packed.len()));
        self.held.texts.extend_from_slice(packed);
        if let Some(held) = self.held.entries.get_mut(place) {
            *held = entry;
        }
        self.waste += old_bytes;
        if self.waste > 4_096 && self.waste > self.held.texts.len() / 2 {
            self.take_out(|_| false, &mut Entries::default());
        }
        Put::Replaced
    }

    /// Moves those that `goes` names, with their texts, to `taken`, in their order.
    pub fn take_out(&mut self, mut goes: impl FnMut(View<'_>) -> bool, taken: &mut Entries) {
        // All texts go; those of what stays are written anew. Copied, so that every account keeps memory of its own size.
        taken.clear();
        taken.texts.extend_from_slice(&self.held.texts);
        self.held.texts.clear();
        self.waste = 0;
        let mut place = 0;
        while let Some(entry) = self.held.entries.get(place) {
            let packed = entry.packed(&taken.texts);
            if goes(View { entry, packed }) {
                self.hashes.swap_remove(place);
                let entry = self.held.entries.swap_remove(place);
                self.count(entry.digest, -1);
                taken.entries.push(entry);
            } else {
                let start = offset(self.held.texts.len());
                self.held.texts.extend_from_slice(packed);
                if let Some(entry) = self.held.entries.get_mut(place) {
                    entry.start = start;
                }
                place += 1;
            }
        }
        if self.held.entries.capacity() > 16 && self.held.entries.len() * 4 < self.held.entries.capacity() {
            self.hashes.shrink_to(self.held.entries.len() * 2);
            self.held.entries.shrink_to(self.held.entries.len() * 2);
            self.held.texts.shrink_to(self.held.texts.len() * 2);
        }
        taken.sort();
    }

    /// No activity is taken into what plans and requests show.
    pub fn unsee(&mut self) {
        self.held.entries.iter_mut().for_each(|entry| entry.seen = false);
    }

    /// The activity at a place is taken into what plans and requests show.
    pub fn see(&mut self, place: usize) {
        if let Some(entry) = self.held.entries.get_mut(place) {
            entry.seen = true;
        }
    }

    /// The activity of that id.
    pub fn by_id(&self, id: &[u8]) -> Option<View<'_>> {
        self.get(self.place_of(hash(id), id)?)
    }

    /// The activity at a place.
    pub fn get(&self, place: usize) -> Option<View<'_>> {
        self.held.get(place)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = View<'_>> + Clone {
        self.held.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// What must not count; mostly nothing.
    pub fn retracted(&self) -> BTreeSet<&[u8]> {
        let some = (self.retractions > 0)
            .then(|| self.iter().filter(|held| held.entry.digest == Digest::Retraction));
        some.into_iter().flatten().map(|held| held.subject()).collect()
    }

    /// The newest facts at `now` that are not taken back.
    pub fn profile(&self, now: Instant) -> Option<Profile<'_>> {
        if self.profiles == 0 {
            return None;
        }
        let retracted = self.retracted();
        let told = self.iter().filter(|held| held.entry.digest == Digest::Profile && held.entry.at <= now);
        let newest = told.filter(|held| !retracted.contains(held.id())).max_by(View::order)?;
        match newest.happening() {
            Happening::Profile(profile) => Some(profile),
            _ => None,
        }
    }

    fn place_of(&self, hash: u32, id: &[u8]) -> Option<usize> {
        place_of(&self.hashes, hash, |place| self.held.get(place).is_some_and(|held| held.id() == id))
    }

    fn count(&mut self, digest: Digest, more: i32) {
        match digest {
            Digest::Retraction => self.retractions = self.retractions.wrapping_add_signed(more),
            Digest::Profile => self.profiles = self.profiles.wrapping_add_signed(more),
            _ => {}
        }
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
