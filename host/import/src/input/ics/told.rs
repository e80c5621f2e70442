//! What was taken for granted about a calendar, counted while it is read and said once at its end.

use chrono::NaiveDateTime;

use super::super::counts::Tally;
use super::event::Event;
use super::people::{Person, customer};
use super::zone::Place;
use super::{AccountFrom, is_account};

/// Counts of what a reader of the report has to know.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Events that are shown as free.
    pub(super) free: usize,
    /// Events that begin after the last instant that is asked for.
    pub(super) later: usize,
    pub(super) last: Option<NaiveDateTime>,
    /// Versions of events that are no longer valid.
    pub(super) older: usize,
    /// Answers to invitations.
    pub(super) answers: usize,
    pub(super) without_uid: usize,
    /// Events whose time has no zone, where none was given either.
    pub(super) floating: usize,
    pub(super) is_zone_known: bool,
    /// A name of a zone that means nothing.
    pub(super) zone_of_file: Option<String>,
    /// Lines without a name, and the first of them.
    pub(super) nameless: Option<(usize, u64)>,
    pub(super) is_bare: bool,
    /// Our own company, as far as one can see, and how many events it organises, of how many.
    pub(super) guess: Option<(String, usize, usize)>,
    pub(super) is_us_given: bool,
    pub(super) has_people: bool,
    /// Meetings with several customers, and without any.
    pub(super) several: usize,
    pub(super) without_customer: usize,
}

impl Told {
    /// Adds the events that gave no meeting.
    pub(super) fn count(&self, tally: &mut Tally) {
        for (reason, events) in [
            ("shown as free", self.free),
            ("later than what is asked for", self.later),
            ("replaced by a newer version", self.older),
            ("answers to an invitation", self.answers),
        ] {
            tally.records += events as u64;
            tally.leave_out(reason, events as u64);
        }
    }

    /// The account of a meeting; counts where it is not obvious.
    pub(super) fn account(
        &mut self,
        event: &Event,
        people: &[Person<'_>],
        from: AccountFrom,
        stem: &str,
    ) -> String {
        let customer = match from {
            AccountFrom::Domain => customer(people).filter(|(company, _)| is_account(company)),
            AccountFrom::Category | AccountFrom::File => None,
        };
        self.several += usize::from(customer.is_some_and(|(_, several)| several));
        self.without_customer += usize::from(customer.is_none() && from == AccountFrom::Domain);
        let category = event.category.as_deref().filter(|it| from != AccountFrom::File && is_account(it));
        customer.map(|(company, _)| company).or(category).unwrap_or(stem).to_owned()
    }

    /// All of it in sentences about the file `name`.
    pub(super) fn sentences(self, name: &str) -> Vec<String> {
        let mut said = self.about_the_file();
        said.extend(self.about_events());
        said.into_iter().map(|sentence| format!("`{name}`: {sentence}")).collect()
    }

    fn about_the_file(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.is_bare {
            said.push(
                "it has events outside of any `BEGIN:VCALENDAR`: taken as if they were in one".to_owned(),
            );
        }
        if let Some((lines, first)) = self.nameless {
            let lines = many(lines, "line");
            said.push(format!(
                "lines of events that begin with no name are passed over: {lines}, the first is line {first}"
            ));
        }
        if let Some(zone) = &self.zone_of_file {
            said.push(format!("`X-WR-TIMEZONE:{zone}` is no zone that is known"));
        }
        if self.floating > 0 && !self.is_zone_known {
            let events = many(self.floating, "event");
            said.push(format!(
                "times without a zone are taken for UTC ({events}): say `--time-zone` if they are not"
            ));
        }
        if let Some((company, events, of)) = &self.guess {
            let of = many(*of, "event");
            said.push(format!(
                "`{company}` is taken for our own domain, as it organises {events} of {of}: say `--own-domain` if it is not"
            ));
        } else if self.has_people && !self.is_us_given {
            let told =
                "no event says who organises it, so everybody is taken for a customer: say `--own-domain`";
            said.push(told.to_owned());
        }
        said
    }

    fn about_events(&self) -> Vec<String> {
        let last = self.last.map(|last| Place::UTC.rfc3339(last)).unwrap_or_default();
        let ahead = format!("what begins after {last} is not looked at yet");
        let counts = [
            (self.free, "event", "what is shown as free or out of office is no meeting"),
            (self.answers, "event", "answers to invitations are left out"),
            (self.older, "event", "older versions of an event are left out"),
            (self.later, "event", &ahead),
            (self.without_uid, "event", "where there is no `UID`, start and title stand for it"),
            (self.several, "meeting", "of several customers, the one with most people is the account"),
            (
                self.without_customer,
                "meeting",
                "where nobody is a customer, the category or the file is the account",
            ),
        ];
        let said = counts.into_iter().filter(|(count, ..)| *count > 0);
        said.map(|(count, noun, what)| format!("{what}: {}", many(count, noun))).collect()
    }
}

/// A number of things.
fn many(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
