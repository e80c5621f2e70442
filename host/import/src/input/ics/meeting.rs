//! An instance as an activity in canonical form.

use std::io;

use chrono::Datelike;
use serde::Serialize;

use super::book::Entry;
use super::event::Event;
use super::names;
use super::people::{Person, Us};
use super::series::Instance;
use super::time::Time;
use super::told::Account;
use super::zone::Place;
use super::{AccountFrom, told};

/// Bytes of the members that differ from instance to instance.
const MEMBERS_BYTES: usize = 200;
/// Letters of a title; the contract needs no more.
const TITLE_LETTERS_MAX: usize = 200;

/// Members that say whose meeting it is.
#[derive(Serialize)]
struct Whose<'a> {
    account: &'a str,
    kind: &'static str,
}

/// Members that say what it is about, and with whom.
#[derive(Serialize)]
struct About<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    participants: &'a [Person<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

/// What all instances of an event have in common: thousands may, and thousands of people with them, so it is made once, as
/// it stands in a line.
pub(super) struct Common {
    /// The id, without its closing quote: that of an instance goes on with its name.
    id: String,
    pub(super) account: Account,
    pub(super) people: usize,
    whose: String,
    /// Unless something else called it off.
    revised: String,
    about: String,
    /// An instance of it was written.
    pub(super) is_told: bool,
}

impl Common {
    /// That of `event`; `stem`: the name of its file.
    pub(super) fn of(event: &Event, us: &Us, from: AccountFrom, stem: &str) -> io::Result<Self> {
        let people = us.people(event);
        let title = event.title.as_deref().filter(|_| !event.is_private);
        let title: Option<String> = title.map(|title| title.chars().take(TITLE_LETTERS_MAX).collect());
        let id = names::id(event.uid.as_deref().unwrap_or_default());
        let account = told::account(event, &people, from, stem);
        let in_series = event.repeats() || event.recurrence.is_some();
        let about =
            About { participants: &people, series: in_series.then_some(&id), title: title.as_deref() };
        let quoted = serde_json::to_string(&id)?;
        Ok(Self {
            id: quoted.strip_suffix('"').unwrap_or(&quoted).to_owned(),
            people: people.len(),
            whose: members(&Whose { account: &account.name, kind: "meeting" })?,
            revised: revised(event),
            about: members(&about)?,
            account,
            is_told: false,
        })
    }
}

/// The members of an object, with a comma before each.
fn members(object: &impl Serialize) -> io::Result<String> {
    let mut text = serde_json::to_string(object)?;
    text.pop();
    text.replace_range(..1, if text.len() > 1 { "," } else { "" });
    Ok(text)
}

/// What an instance of `entry` is in canonical form, its fields in their order; `cancelled_by`: what called it off.
pub(super) fn line(
    entry: &Entry,
    instance: &Instance,
    cancelled_by: Option<&Event>,
    common: &Common,
) -> String {
    let event = &entry.event;
    let Common { id, whose, about, .. } = common;
    let Instance { name, place, begins, ends, .. } = instance;
    let is_date = entry.timed.as_ref().is_ok_and(|timed| timed.begins.time.is_date());
    let is_cancelled = event.is_cancelled || cancelled_by.is_some() || entry.is_cancellation;
    let mut line = String::with_capacity(id.len() + whose.len() + about.len() + MEMBERS_BYTES);
    line.push_str("{\"id\":");
    line.push_str(id);
    if !name.is_empty() {
        // Digits and letters that need no escape.
        line.push('/');
        line.push_str(name);
    }
    line.push_str("\",\"at\":\"");
    place.put_rfc3339(*begins, &mut line);
    line.push('"');
    line.push_str(whose);
    match cancelled_by {
        Some(other) => line.push_str(&revised(other)),
        None => line.push_str(&common.revised),
    }
    if let Some(ends) = ends {
        line.push_str(",\"end\":\"");
        place.put_rfc3339(*ends, &mut line);
        line.push('"');
    }
    line.push_str(about);
    line.push_str(if is_cancelled { ",\"status\":\"cancelled\"" } else { ",\"status\":\"planned\"" });
    if event.is_all_day || is_date {
        line.push_str(",\"all_day\":true");
    }
    line.push('}');
    // Many of them are held until they are in order.
    line.shrink_to_fit();
    line
}

/// When this content was written, as a member; a writer stamps everything with the time of the export, so that comes second.
fn revised(event: &Event) -> String {
    let instant = |time: &Time| match time {
        Time::Utc(at) => Some(*at).filter(|at| (1900..2200).contains(&at.year())),
        Time::Date(_) | Time::Local(_) => None,
    };
    let at = event.modified.as_ref().and_then(instant).or_else(|| event.stamp.as_ref().and_then(instant));
    at.map_or(String::new(), |at| format!(",\"revised\":\"{}\"", Place::UTC.rfc3339(at)))
}
