//! An instance as an activity in canonical form.

use std::io;

use chrono::Datelike;
use serde::Serialize;

use super::book::Entry;
use super::event::Event;
use super::names;
use super::people::Person;
use super::series::Instance;
use super::time::Time;
use super::zone::Place;

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

/// What an instance of `entry` is in canonical form; `cancelled_by`: what called it off.
pub(super) fn line(
    entry: &Entry,
    instance: &Instance,
    cancelled_by: Option<&Event>,
    people: &[Person<'_>],
    account: &str,
) -> io::Result<String> {
    let event = &entry.event;
    let id = names::id(event.uid.as_deref().unwrap_or_default());
    let Instance { name, place, begins, ends, .. } = instance;
    let in_series = event.repeats() || event.recurrence.is_some();
    let is_date = entry.timed.as_ref().is_ok_and(|timed| timed.begins.time.is_date());
    let title = event.title.as_deref().filter(|_| !event.is_private);
    let is_cancelled = event.is_cancelled || cancelled_by.is_some() || entry.is_cancellation;
    let meeting = Meeting {
        id: if name.is_empty() { id.clone() } else { format!("{id}/{name}") },
        at: place.rfc3339(*begins),
        account,
        kind: "meeting",
        revised: revised(cancelled_by.unwrap_or(event)),
        end: ends.map(|ends| place.rfc3339(ends)),
        participants: people,
        series: in_series.then_some(&id),
        title: title.map(|title| title.chars().take(TITLE_LETTERS_MAX).collect()),
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
