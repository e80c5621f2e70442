//! Nobody is named unasked: names and addresses in whatever is written become what stands for the person.
//!
//! Who takes part is known by the fields of activities; what they are called, by addresses, by calendars, and by the columns of
//! exports that a mapping names. Texts that speak of them (titles, plans, requests, quoted values) are looked through for that.
//! Not every name can be known: somebody who never takes part, and is named nowhere else, is not found.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redtape_import::Names;
use redtape_model::activity::{Activity, Happening, NAME_BYTES_MAX};

pub use self::people::People;

mod address;
mod fold;
mod known;
mod ordinary;
pub mod people;
mod quoted;
mod report;
mod single;
mod terms;
mod watch;

use self::known::{Hit, Known, Look, Who};
pub use self::watch::Watch;

/// Digits of what tells two spellings of one name apart where that matters.
const SPELLING_DIGITS: usize = 8;

/// What stands for people in whatever is written.
#[derive(Debug)]
pub struct Mask {
    people: People,
    names: Names,
    known: Arc<Mutex<Known>>,
}

impl Mask {
    /// People appear as `people` says; what they are called comes from `names`, which the inputs are read with.
    pub fn new(people: People, names: Names) -> Self {
        Self { people, names, known: Arc::default() }
    }

    /// Whether people are named, so that every text stays as it is.
    pub fn names_people(&self) -> bool {
        self.people.are_names()
    }

    /// How people appear.
    pub fn people(&mut self) -> &mut People {
        &mut self.people
    }

    /// The same people, who all appear as `somebody`.
    pub fn of_nobody(&self) -> Self {
        let people = if self.people.are_names() { self.people.clone() } else { People::somebody() };
        Self { people, names: self.names.clone(), known: Arc::clone(&self.known) }
    }

    /// Whether an input named more people than are looked for.
    pub fn is_full(&self) -> bool {
        self.names.is_full() || known(&self.known).is_full()
    }

    /// Takes down who takes part in an activity, in the order in which people get their numbers.
    pub fn see(&mut self, activity: &Activity<'_>) {
        see(&mut known(&self.known), &self.names, activity);
        for id in taking_part(activity) {
            self.people.name(id);
        }
    }

    /// A title without names.
    pub fn title<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        self.masked(text, Look::Title)
    }

    /// Sentences without names.
    pub fn prose<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        self.masked(text, Look::Prose)
    }

    /// What things are told apart by, such as an id, a plan or a series: other texts stay other texts. A mail address becomes a
    /// code, the same wherever it is, so that activities that refer to each other still do.
    pub fn reference<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let mut is_as_written = true;
        for hit in self.hits(text, Look::Reference) {
            is_as_written &= !matches!(hit.who, Who::Person { is_as_written: false, .. });
        }
        let masked = self.masked(text, Look::Reference);
        if masked == text {
            return Cow::Borrowed(text);
        }
        let code = self.people.code(text);
        let mut masked = masked.into_owned();
        if !is_as_written {
            masked.push('~');
            masked.extend(code.chars().take(SPELLING_DIGITS));
        }
        Cow::Owned(if masked.len() > NAME_BYTES_MAX { code } else { masked })
    }

    fn hits(&self, text: &str, look: Look) -> Vec<Hit> {
        if self.people.are_names() {
            return Vec::new();
        }
        let mut known = known(&self.known);
        self.names.take_new().iter().for_each(|named| known.name(named));
        known.hits(text, look)
    }

    fn masked<'a>(&mut self, text: &'a str, look: Look) -> Cow<'a, str> {
        let hits = self.hits(text, look);
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for Hit { range, who } in hits {
            let found = text.get(range.clone()).unwrap_or_default();
            let told = match who {
                // Sentences speak of things by their ids, and titles of people.
                Who::Address(_) if look == Look::Reference => self.people.code(found),
                Who::Address(None) if look == Look::Prose => self.people.code(found),
                Who::Address(id) => {
                    self.people.name(&id.unwrap_or_else(|| found.to_lowercase())).into_owned()
                }
                Who::Person { id, .. } => self.people.name(&id).into_owned(),
                Who::Title(title) => self.masked(&title, Look::Title).into_owned(),
            };
            masked.push_str(text.get(end..range.start).unwrap_or_default());
            masked.push_str(&told);
            end = range.end;
        }
        masked.push_str(text.get(end..).unwrap_or_default());
        Cow::Owned(masked)
    }
}

fn known(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes down who takes part in an activity.
fn see(known: &mut Known, names: &Names, activity: &Activity<'_>) {
    names.take_new().iter().for_each(|named| known.name(named));
    let here = taking_part(activity);
    here.iter().for_each(|id| known.person(id));
    if let Happening::Meeting(meeting) = &activity.happening {
        known.title(&meeting.title, &here);
    }
}

/// The ids of the people in an activity.
fn taking_part<'a>(activity: &'a Activity<'_>) -> Vec<&'a str> {
    match &activity.happening {
        Happening::Meeting(meeting) => meeting.participants.iter().map(|it| it.id.as_ref()).collect(),
        Happening::PlanVersion(plan) => vec![plan.author.as_ref()],
        Happening::ApprovalStep(step) => vec![step.from.id.as_ref(), step.to.id.as_ref()],
        Happening::RuleChange(_)
        | Happening::Exchange(_)
        | Happening::Profile(_)
        | Happening::Retraction(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
