//! Who is known of an input, and where a text speaks of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use redtape_import::names::Named;
use redtape_model::activity::kept_title;

use super::address::{addresses, local_part};
use super::fold::{Folded, folded};
use super::single;
use super::terms::{self, Single, Terms};

/// Bytes of all that finds somebody, with whom it finds: some ten thousand people. What searches for them takes some fifty times
/// as much memory.
const TERMS_BYTES_MAX: usize = 1 << 20;
/// Letters of a name of several words that is known as one word as well.
const JOINED_LETTERS_MIN: usize = 7;
/// People of one name that are told apart.
const NAMESAKES_MAX: usize = 4;

/// Who is known, and what finds them.
#[derive(Debug, Default)]
pub(super) struct Known {
    finds: BTreeMap<String, Finds>,
    /// The single words of everybody, by id.
    singles: BTreeMap<String, Vec<Single>>,
    /// Whom single words of a title stand for, in any line that has it.
    titles: BTreeMap<String, BTreeSet<String>>,
    layers: Vec<Layer>,
    /// Keys of `finds` that are in no layer yet.
    new: Vec<String>,
    bytes: usize,
    is_full: bool,
}

/// What a text says where it says one thing.
#[derive(Debug, Default)]
struct Finds {
    /// The people of this name, by their ids.
    people: Vec<String>,
    /// How the first of them is written.
    written: String,
    /// Somebody's local part, and how it is written.
    handle: Option<(String, String)>,
    /// The title of meetings whose single words stand for somebody.
    title: Option<String>,
}

/// Some keys of `finds`, as they are searched for.
#[derive(Debug)]
struct Layer {
    automaton: AhoCorasick,
    keys: Vec<String>,
}

/// A place where a text speaks of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A mail address; the id of whom it is, where that is known.
    Address(Option<String>),
    /// Somebody's name.
    Person {
        id: String,
        /// Not in another order or another case than it was first written.
        is_as_written: bool,
    },
    /// A title as it was written.
    Title(String),
}

/// How closely a text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Names and addresses only: what it is may be what tells two things apart.
    Reference,
    /// A title: local parts of addresses as well, and single words that stand for whoever takes part.
    Title,
    /// Sentences with titles in them.
    Prose,
}

impl Known {
    /// Takes down the id of somebody; what finds him comes from the id itself.
    pub(super) fn person(&mut self, id: &str) {
        if self.singles.contains_key(id) || id.is_empty() || !self.has_room(id.len()) {
            return;
        }
        let terms = terms::of(id);
        if id.contains('@') {
            self.finds_mut(&folded(id)).into_iter().for_each(|finds| finds.add(id, id));
        }
        self.singles.insert(id.to_owned(), Vec::new());
        self.add(id, id, terms);
    }

    /// Takes down what somebody is called.
    pub(super) fn name(&mut self, named: &Named) {
        let id = if named.id.is_empty() { named.name.as_str() } else { named.id.as_str() };
        if !self.has_room(named.name.len()) {
            return;
        }
        for range in addresses(&named.name) {
            let address = named.name.get(range).unwrap_or_default();
            self.finds_mut(&folded(address)).into_iter().for_each(|finds| finds.add(id, address));
        }
        self.person(id);
        self.add(id, &named.name, terms::of(&named.name));
    }

    /// Takes down a title, where single words of it stand for somebody who takes part.
    pub(super) fn title(&mut self, title: &str, here: &[&str]) {
        if title.is_empty() || here.is_empty() {
            return;
        }
        let text = Folded::of(title);
        let is_meant = |id: &&&str| {
            let singles = self.singles.get(**id).map(Vec::as_slice).unwrap_or_default();
            singles.iter().any(|single| single::places(single, &text, title).next().is_some())
        };
        let meant: Vec<String> = here.iter().filter(is_meant).map(|id| (*id).to_owned()).collect();
        if meant.is_empty() || !self.has_room(title.len()) {
            return;
        }
        let shown = kept_title(title);
        let key = folded(shown);
        if let Some(finds) = self.finds_mut(&key) {
            finds.title.get_or_insert_with(|| title.to_owned());
        }
        self.titles.entry(title.to_owned()).or_default().extend(meant);
    }

    /// Whether there were more people than are known.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Where a text speaks of somebody, from its beginning to its end.
    pub(super) fn hits(&mut self, text: &str, look: Look) -> Vec<Hit> {
        self.layer();
        let folded_text = Folded::of(text);
        let mut hits = Vec::new();
        for range in addresses(text) {
            let address = text.get(range.clone()).unwrap_or_default();
            let finds = self.finds.get(&folded(address));
            let id = finds.and_then(|finds| finds.people.first()).cloned();
            hits.push(Hit { range, who: Who::Address(id) });
        }
        for layer in &self.layers {
            for found in layer.automaton.find_overlapping_iter(folded_text.text()) {
                let range = found.start()..found.end();
                let key = layer.keys.get(found.pattern().as_usize());
                let Some(finds) = key.and_then(|key| self.finds.get(key)) else { continue };
                // A name of several words is one also where no blank ends it.
                let may_join =
                    !finds.people.is_empty() && key.is_some_and(|key| key.len() >= JOINED_LETTERS_MIN);
                if folded_text.is_whole(&range) || (may_join && folded_text.is_joined(&range, text)) {
                    let range = folded_text.original(&range);
                    let who = self.who(finds, text, &range, look);
                    hits.extend(who.map(|who| Hit { range, who }));
                }
            }
        }
        if look == Look::Title
            && let Some(here) = self.titles.get(kept_title(text))
        {
            for id in here {
                for single in self.singles.get(id).into_iter().flatten() {
                    let who = Who::Person { id: id.clone(), is_as_written: false };
                    let places = single::places(single, &folded_text, text);
                    hits.extend(places.map(|range| Hit { range, who: who.clone() }));
                }
            }
        }
        apart(hits)
    }

    fn who(&self, finds: &Finds, text: &str, range: &Range<usize>, look: Look) -> Option<Who> {
        let found = text.get(range.clone())?;
        if let Some(title) = &finds.title
            && look == Look::Prose
            && single::is_quoted(text, range)
        {
            return Some(Who::Title(title.clone()));
        }
        if let Some(first) = finds.people.first() {
            if look != Look::Prose && single::is_ordinary_phrase(found) {
                return None;
            }
            let here = (look == Look::Title).then(|| self.titles.get(kept_title(text))).flatten();
            let is_here = |id: &&String| here.is_some_and(|here| here.contains(*id));
            let id = finds.people.iter().find(is_here).unwrap_or(first).clone();
            return Some(Who::Person { id, is_as_written: found == finds.written });
        }
        let (id, written) = finds.handle.as_ref()?;
        let is_meant = look != Look::Reference && found == written;
        is_meant.then(|| Who::Person { id: id.clone(), is_as_written: true })
    }

    fn add(&mut self, id: &str, name: &str, terms: Terms) {
        for key in &terms.whole {
            let written =
                [name, local_part(name)].into_iter().find(|it| folded(it) == *key).unwrap_or_default();
            if let Some(finds) = self.finds_mut(key) {
                finds.add(id, written);
            }
            let joined = key.replace(' ', "");
            let is_other = joined != *key && joined.chars().all(char::is_alphabetic);
            if is_other
                && joined.len() >= JOINED_LETTERS_MIN
                && let Some(finds) = self.finds_mut(&joined)
            {
                finds.add(id, written);
            }
        }
        for handle in &terms.handles {
            if let Some(finds) = self.finds_mut(&folded(handle)) {
                finds.handle.get_or_insert_with(|| (id.to_owned(), handle.clone()));
            }
        }
        let singles = self.singles.entry(id.to_owned()).or_default();
        let new: Vec<Single> = terms.single.into_iter().filter(|single| !singles.contains(single)).collect();
        singles.extend(new);
    }

    fn finds_mut(&mut self, key: &str) -> Option<&mut Finds> {
        if key.is_empty() {
            return None;
        }
        if !self.finds.contains_key(key) {
            if !self.has_room(key.len()) {
                return None;
            }
            self.bytes += 2 * key.len();
            self.new.push(key.to_owned());
        }
        Some(self.finds.entry(key.to_owned()).or_default())
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        self.is_full |= self.bytes + bytes > TERMS_BYTES_MAX;
        !self.is_full
    }

    /// Makes what is new searchable. Small layers become one with those after them, so that there are few.
    fn layer(&mut self) {
        if self.new.is_empty() {
            return;
        }
        let mut keys = std::mem::take(&mut self.new);
        while self.layers.last().is_some_and(|last| last.keys.len() <= keys.len()) {
            keys.extend(self.layers.pop().map(|layer| layer.keys).unwrap_or_default());
        }
        // It can only be too large, and what is known has a limit far below.
        if let Ok(automaton) = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&keys) {
            self.layers.push(Layer { automaton, keys });
        }
    }
}

impl Finds {
    fn add(&mut self, id: &str, written: &str) {
        if self.written.is_empty() {
            self.written = written.to_owned();
        }
        if self.people.len() < NAMESAKES_MAX && !self.people.iter().any(|it| it == id) {
            self.people.push(id.to_owned());
        }
    }
}

/// Hits that do not overlap: addresses first, then what begins first, of those the longest.
fn apart(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by_key(|hit| {
        let is_name = !matches!(hit.who, Who::Address(_));
        (is_name, hit.range.start, std::cmp::Reverse(hit.range.end))
    });
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits {
        let overlaps = |other: &Hit| hit.range.start < other.range.end && other.range.start < hit.range.end;
        if !hit.range.is_empty() && !kept.iter().any(overlaps) {
            kept.push(hit);
        }
    }
    kept.sort_by_key(|hit| hit.range.start);
    kept
}
