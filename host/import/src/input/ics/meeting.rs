//! An instance as an activity in canonical form.

use std::io;

use chrono::Datelike;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::book::Entry;
use super::event::Event;
use super::names;
use super::people::Us;
use super::series::Instance;
use super::time::Time;
use super::told::Account;
use super::zone::Place;
use super::{AccountFrom, told};

/// Letters of a title; the contract needs no more.
const TITLE_LETTERS_MAX: usize = 200;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    all_day: bool,
}

/// What all instances of an event have in common: thousands may, and thousands of people with them, so it is made once.
pub(super) struct Common {
    id: String,
    pub(super) account: Account,
    pub(super) people: usize,
    participants: Option<Box<RawValue>>,
    title: Option<String>,
    /// An instance of it was written.
    pub(super) is_told: bool,
}

impl Common {
    /// That of `event`; `stem`: the name of its file.
    pub(super) fn of(event: &Event, us: &Us, from: AccountFrom, stem: &str) -> io::Result<Self> {
        let people = us.people(event);
        let title = event.title.as_deref().filter(|_| !event.is_private);
        Ok(Self {
            id: names::id(event.uid.as_deref().unwrap_or_default()),
            account: told::account(event, &people, from, stem),
            people: people.len(),
            participants: if people.is_empty() { None } else { Some(to_raw_value(&people)?) },
            title: title.map(|title| title.chars().take(TITLE_LETTERS_MAX).collect()),
            is_told: false,
        })
    }
}

/// What an instance of `entry` is in canonical form; `cancelled_by`: what called it off.
pub(super) fn line(
    entry: &Entry,
    instance: &Instance,
    cancelled_by: Option<&Event>,
    common: &Common,
) -> io::Result<String> {
    let event = &entry.event;
    let Common { id, account, participants, title, .. } = common;
    let Instance { name, place, begins, ends, .. } = instance;
    let in_series = event.repeats() || event.recurrence.is_some();
    let is_date = entry.timed.as_ref().is_ok_and(|timed| timed.begins.time.is_date());
    let is_cancelled = event.is_cancelled || cancelled_by.is_some() || entry.is_cancellation;
    let meeting = Meeting {
        id: if name.is_empty() { id.clone() } else { format!("{id}/{name}") },
        at: place.rfc3339(*begins),
        account: &account.name,
        kind: "meeting",
        revised: revised(cancelled_by.unwrap_or(event)),
        end: ends.map(|ends| place.rfc3339(ends)),
        participants: participants.as_deref(),
        series: in_series.then_some(id),
        title: title.as_deref(),
        status: if is_cancelled { "cancelled" } else { "planned" },
        all_day: event.is_all_day || is_date,
    };
    let mut line = serde_json::to_string(&meeting)?;
    // Many of them are held until they are in order.
    line.shrink_to_fit();
    Ok(line)
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
