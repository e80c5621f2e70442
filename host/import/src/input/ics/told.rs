//! What was taken for granted about a calendar, counted while it is read and said once at its end.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::AccountFrom;
use super::event::Event;
use super::moment::{Timed, Wrong};
use super::names::{self, is_account};
use super::people::{Person, customer};
use super::series::{Doubts, count};
use super::zone::Place;
use crate::input::Tally;

/// Counts of what a reader of the report has to know.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Meetings that are shown as something else.
    pub(super) free: usize,
    pub(super) out_of_office: usize,
    pub(super) elsewhere: usize,
    pub(super) focus: usize,
    /// What is no event, by its name.
    pub(super) others: BTreeMap<String, usize>,
    /// Events that begin after the last instant that is asked for.
    pub(super) later: usize,
    pub(super) last: Option<NaiveDateTime>,
    /// Versions of events that are no longer valid.
    pub(super) older: usize,
    /// Answers to invitations.
    pub(super) answers: usize,
    /// Messages that call off what another event says.
    pub(super) cancellations: usize,
    /// Cancellations of what is not there that do not say when it was to be.
    pub(super) cancelled_unknown: usize,
    /// Changes of all further meetings of a series that is not there.
    pub(super) turns_of_unknown: usize,
    pub(super) without_uid: usize,
    /// Events whose time has no zone, where none was given either.
    pub(super) floating: usize,
    /// A name of a zone that means nothing.
    pub(super) zone_of_file: Option<String>,
    /// A zone that the file defines otherwise than the tz database, and how many events are there.
    pub(super) defined_otherwise: Option<(String, usize)>,
    /// Lines without a name, and the first of them.
    pub(super) nameless: Option<(usize, u64)>,
    /// Lines of the mail that the calendar is in, and the first of them.
    pub(super) around: Option<(usize, u64)>,
    /// Texts with bytes that are no UTF-8, and the line of the first.
    pub(super) broken_texts: Option<(usize, u64)>,
    /// Ends that are none.
    pub(super) odd_ends: Option<(usize, u64)>,
    /// Changes of one meeting that repeat.
    pub(super) repeated_changes: Option<(usize, u64)>,
    /// What was taken for granted about dates of series.
    pub(super) doubts: Doubts,
    /// Meetings of events that are at fault, and series of which nobody knows how many they were.
    pub(super) lost: usize,
    pub(super) lost_series: usize,
    pub(super) is_bare: bool,
    /// Our own company, as far as one can see, and how many events it organises, of how many.
    pub(super) guess: Option<(String, usize, usize)>,
    pub(super) has_people: bool,
    /// Meetings with several customers, and without any.
    pub(super) several: usize,
    pub(super) without_customer: usize,
    /// Meetings whose titles are left out, as they are private.
    pub(super) private: usize,
    /// Meetings whose account would have been an address.
    pub(super) addresses: usize,
}

impl Told {
    /// Adds the meetings and events that gave no activity.
    pub(super) fn count(&self, tally: &mut Tally) {
        let faulty = (self.lost + self.lost_series) as u64;
        tally.records += faulty;
        tally.faulty += faulty;
        let of_others = self.others.values().sum();
        for (reason, records) in [
            ("shown as free", self.free),
            ("shown as out of office", self.out_of_office),
            ("shown as working elsewhere", self.elsewhere),
            ("shown as focus time", self.focus),
            ("later than what is asked for", self.later),
            ("replaced by a newer version", self.older),
            ("answers to an invitation", self.answers),
            ("cancellations of what another event says", self.cancellations),
            ("cancellations that do not say of when", self.cancelled_unknown),
            ("no events", of_others),
        ] {
            tally.records += records as u64;
            tally.leave_out(reason, records as u64);
        }
    }

    /// Counts a meeting whose account is not obvious.
    pub(super) fn account(&mut self, account: &Account) {
        self.several += usize::from(account.is_one_of_several);
        self.without_customer += usize::from(account.is_without_customer);
        self.addresses += usize::from(account.is_of_an_address);
    }

    /// Counts what an event says oddly.
    pub(super) fn about(&mut self, event: &Event, timed: &Result<Timed, Wrong>) {
        if let Some((texts, first)) = event.broken_texts {
            self.broken_texts.get_or_insert((0, first)).0 += texts;
        }
        if let Some(raw) = event.rules.first().or(event.dates.first()).filter(|_| event.recurrence.is_some())
        {
            count(&mut self.repeated_changes, raw.line);
        }
        let Ok(timed) = timed else { return };
        let begins = &timed.begins;
        self.floating += usize::from(begins.is_assumed);
        if let Some(line) = timed.odd_end {
            count(&mut self.odd_ends, line);
        }
        if begins.place.is_defined_otherwise(begins.utc) {
            let name = || event.start.as_ref().and_then(|raw| raw.zone.clone()).unwrap_or_default();
            self.defined_otherwise.get_or_insert_with(|| (name(), 0)).1 += 1;
        }
    }

    /// Counts what was taken for granted about the dates of a series.
    pub(super) fn doubt(&mut self, doubts: Doubts) {
        let add = |to: &mut Option<(usize, u64)>, more: Option<(usize, u64)>| {
            if let Some((number, line)) = more {
                to.get_or_insert((0, line)).0 += number;
            }
        };
        add(&mut self.doubts.unknown_zones, doubts.unknown_zones);
        add(&mut self.doubts.unread, doubts.unread);
        add(&mut self.doubts.beside, doubts.beside);
        add(&mut self.doubts.ends, doubts.ends);
        add(&mut self.doubts.strays, doubts.strays);
        add(&mut self.doubts.beyond, doubts.beyond);
    }

    /// All of it in sentences about the file `name`.
    pub(super) fn sentences(self, name: &str) -> Vec<String> {
        let mut said = self.about_the_file();
        said.extend(self.about_dates());
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
        if let Some((lines, first)) = self.around {
            let lines = many(lines, "line");
            said.push(format!(
                "it is a mail message, and the calendar in it is read: {lines} around it are passed over, the first is line {first}"
            ));
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
        if let Some((name, events)) = &self.defined_otherwise {
            let events = many(*events, "event");
            said.push(format!(
                "`{name}` is another zone in the file than in the tz database: what the file defines holds ({events})"
            ));
        }
        if self.floating > 0 {
            let events = many(self.floating, "event");
            said.push(format!(
                "times without a zone are taken for UTC ({events}): say `--time-zone` if they are not"
            ));
        }
        if let Some((company, events, of)) = &self.guess {
            let of = many(*of, "event");
            let company =
                if company.contains('@') { "one address at a public host" } else { &format!("`{company}`") };
            said.push(format!(
                "{company} is taken for our own domain, as it organises {events} of {of}: say `--own-domain` if it is not"
            ));
        } else if self.has_people {
            let told =
                "no event says who organises it, so everybody is taken for a customer: say `--own-domain`";
            said.push(told.to_owned());
        }
        said
    }

    fn about_dates(&self) -> Vec<String> {
        let Doubts { unknown_zones, unread, beside, ends, strays, beyond } = self.doubts;
        let counts = [
            (self.broken_texts, "bytes that are no UTF-8 are replaced by U+FFFD", "text"),
            (
                self.odd_ends,
                "where an end or a length means nothing, how long it takes is not known",
                "event",
            ),
            (
                unknown_zones,
                "what `EXDATE` leaves out in an unknown zone is read in the zone of its series",
                "date",
            ),
            (
                unread,
                "an `EXDATE` that cannot be read leaves nothing out, so a meeting may be too many",
                "date",
            ),
            (
                beside,
                "an `EXDATE` at another time of day than its series leaves nothing out, so a meeting may be too many",
                "date",
            ),
            (
                ends,
                "`UNTIL` with a time ends a series of whole days: the last day is the one whose midnight it may be (say `--time-zone` if it is not)",
                "series",
            ),
            (
                self.repeated_changes,
                "`RRULE` and `RDATE` of an event with `RECURRENCE-ID` are not followed: it is one meeting",
                "event",
            ),
            (
                beyond,
                "a `DTSTART` that is no date of its own `RRULE` is one meeting more than its `COUNT`, which RFC 5545 leaves undefined",
                "series",
            ),
            (
                strays,
                "what names no meeting of its series in `RECURRENCE-ID` is a meeting of its own, and may be one too many",
                "event",
            ),
        ];
        let said = counts.into_iter().filter_map(|(count, what, noun)| Some((count?, what, noun)));
        said.map(|((count, line), what, noun)| {
            format!("{what}: {}, the first in line {line}", many(count, noun))
        })
        .collect()
    }

    fn about_events(&self) -> Vec<String> {
        let last = self.last.map(|last| Place::UTC.rfc3339(last)).unwrap_or_default();
        let ahead = format!("what begins after {last} is not looked at yet");
        let counts = [
            (self.lost, "meeting", "what is lost with events that cannot be read"),
            (self.lost_series, "series", "what is lost whole, without a way to know how many meetings"),
            (self.free, "meeting", "what is shown as free is left out"),
            (self.out_of_office, "meeting", "what is shown as out of office is left out"),
            (self.elsewhere, "meeting", "what is shown as working elsewhere is left out"),
            (self.focus, "meeting", "what is shown as focus time is left out"),
            (self.answers, "event", "answers to invitations are left out"),
            (self.older, "event", "older versions of an event are left out"),
            (
                self.cancelled_unknown,
                "event",
                "cancellations that do not say when the meeting was to be are left out",
            ),
            (
                self.turns_of_unknown,
                "event",
                "of a series that is not there only the first changed meeting is known, though all later ones are changed too",
            ),
            (self.later, "event", &ahead),
            (self.without_uid, "event", "where there is no `UID`, start, title and people stand for it"),
            (self.several, "meeting", "of several customers, the one with most people is the account"),
            (
                self.without_customer,
                "meeting",
                "where nobody is a customer, the category or the file is the account",
            ),
            (
                self.addresses,
                "meeting",
                "where the account would be somebody's address, it is the host with a hash",
            ),
            (self.private, "meeting", "what is marked as private has no title"),
        ];
        let said = counts.into_iter().filter(|(count, ..)| *count > 0);
        let said = said.map(|(count, noun, what)| format!("{what}: {}", many(count, noun)));
        let others = self
            .others
            .iter()
            .map(|(name, count)| format!("`{name}` is no meeting and is left out: {count}"));
        said.chain(others).collect()
    }
}

/// The account of a meeting, and what is not obvious about it.
pub(super) struct Account {
    pub(super) name: String,
    is_one_of_several: bool,
    is_without_customer: bool,
    is_of_an_address: bool,
}

/// The account of the meetings of `event`, which stands in the file `stem`.
pub(super) fn account(event: &Event, people: &[Person<'_>], from: AccountFrom, stem: &str) -> Account {
    let customer = match from {
        AccountFrom::Domain => customer(people).filter(|(company, _)| is_account(company)),
        AccountFrom::Category | AccountFrom::File => None,
    };
    let category = event.category.as_deref().filter(|it| from != AccountFrom::File && is_account(it));
    let name = names::account(customer.map(|(company, _)| company).or(category).unwrap_or(stem));
    Account {
        is_one_of_several: customer.is_some_and(|(_, several)| several),
        is_without_customer: customer.is_none() && from == AccountFrom::Domain,
        is_of_an_address: matches!(name, Cow::Owned(_)),
        name: name.into_owned(),
    }
}

/// A number of things.
fn many(count: usize, noun: &str) -> String {
    let ending = if count == 1 || noun.ends_with('s') { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
