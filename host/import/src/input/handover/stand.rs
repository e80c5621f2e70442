//! In which order the events of a case happened: by their times, and those of one instant by how the log stands and by what
//! they mean.

use std::collections::BTreeMap;

use super::super::ties::{self, Around, Direction, Slope};
use super::super::trace::{Trace, Traces};
use super::outcome::Outcome;
use super::{Act, Course, Part, Sample, Scope, Settings, text};
use crate::calendar::Instant;
use crate::mapping::Clock;

/// Which way a log stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stand {
    /// Within its traces; where those say nothing, from row to row.
    slope: Slope,
    /// Its format asks for traces in order, so that it holds where times say nothing.
    is_ordered: bool,
}

impl Stand {
    /// Looks at the traces that were read ahead.
    pub(super) fn of(sample: &Sample, settings: &mut Settings, clock: &Clock, file: &str) -> Self {
        let mut stand = Self { slope: Slope::default(), is_ordered: sample.is_ordered() };
        let mut rows = Vec::new();
        for trace in sample.traces() {
            let instants = instants(trace, settings, clock, file);
            stand.slope.add(Slope::of(instants.iter().map(|(_, at)| *at)));
            if !stand.is_ordered {
                rows.extend(instants);
            }
        }
        if stand.slope == Slope::default() {
            rows.sort_by_key(|(line, _)| *line);
            stand.slope = Slope::of(rows.iter().map(|(_, at)| *at));
        }
        stand
    }

    /// What is to be said of it.
    pub(super) fn told(&self) -> Option<&'static str> {
        match self.slope.direction() {
            Some(Direction::NewestFirst) if self.slope.is_steady() => Some(
                "it stands newest first, so of events of one instant the last one is taken to be the first",
            ),
            _ => None,
        }
    }

    /// Puts the parts of a case, which come as they are written, in the order in which they happened. Whether what they mean
    /// decided somewhere.
    pub(super) fn put(&self, parts: &mut Vec<Part<'_>>) -> bool {
        let own = Slope::of(parts.iter().map(|part| part.stamp.at));
        let direction = own.direction().or(self.slope.direction());
        if direction == Some(Direction::NewestFirst) {
            parts.reverse();
        }
        parts.sort_by_key(|part| part.stamp.at);
        let goes_along =
            own == Slope::default() || own.is_steady() && own.direction() == self.slope.direction();
        let is_steady = if self.slope == Slope::default() {
            self.is_ordered
        } else {
            self.slope.is_steady() && goes_along
        };
        let (mut from, mut around) = (0, Around { begins: true, ..Around::default() });
        let mut decided = false;
        while let Some(first) = parts.get(from) {
            let at = first.stamp.at;
            let to = from + parts.get(from..).unwrap_or_default().partition_point(|part| part.stamp.at == at);
            around.goes_on = to < parts.len();
            if to - from > 1 {
                decided |= instant(parts, (from, to), around, is_steady);
            }
            for part in parts.get(from..to).unwrap_or_default() {
                match part.act.outcome {
                    Some(Outcome::Requested) => around.is_open = true,
                    None | Some(Outcome::Forwarded) => {}
                    Some(_) => around.is_open = false,
                }
            }
            around.begins = false;
            from = to;
        }
        decided
    }
}

/// When the events of a trace happened, as they are written, with their lines.
fn instants(trace: &Trace, settings: &mut Settings, clock: &Clock, file: &str) -> Vec<(u64, Instant)> {
    let zone = settings.zone.unwrap_or_default();
    let instants = written(trace, settings, file).into_iter();
    instants.filter_map(|(line, text)| Some((line, clock.peek(&text)?.in_zone(zone)?.0))).collect()
}

/// The times of a trace's events as they are written, with their lines.
pub(super) fn written(trace: &Trace, settings: &mut Settings, file: &str) -> Vec<(u64, String)> {
    let written = trace.events.iter().filter_map(|event| {
        let scope =
            Scope { trace: &trace.attributes, event: &event.attributes, actor: "", outcome: "", file };
        Some((event.line, text(settings.time.answer(scope), event.line, &mut Course::default())?))
    });
    written.collect()
}

/// Puts the parts of one instant in order; whether that changed anything.
fn instant(parts: &mut Vec<Part<'_>>, (from, to): (usize, usize), around: Around, is_steady: bool) -> bool {
    let holder = from.checked_sub(1).and_then(|before| parts.get(before)).map(|part| part.act.actor.clone());
    let Some(here) = parts.get_mut(from..to) else { return false };
    let lines = |parts: &[Part<'_>]| -> Vec<u64> { parts.iter().map(|part| part.event.line).collect() };
    let written = lines(here);
    if !is_steady {
        by_actor(here, holder);
    }
    let outcomes: Vec<Option<Outcome>> = here.iter().map(|part| part.act.outcome).collect();
    if let Some(order) = ties::settled(&outcomes, around, is_steady) {
        let mut held: Vec<Option<Part<'_>>> = parts.drain(from..to).map(Some).collect();
        let put: Vec<Part<'_>> = order.iter().filter_map(|place| held.get_mut(*place)?.take()).collect();
        parts.splice(from..from, put);
    }
    parts.get(from..to).is_some_and(|here| lines(here) != written)
}

/// Of an order that nobody knows, the one with the fewest hand-overs is taken: work of one actor stands together, first that of
/// who held the request before, last that of who decides.
fn by_actor(parts: &mut [Part<'_>], holder: Option<String>) {
    let is_work = |act: &Act| matches!(act.outcome, None | Some(Outcome::Forwarded));
    let hands_in = |part: &&Part<'_>| part.act.outcome == Some(Outcome::Requested);
    let decides = |part: &&Part<'_>| !is_work(&part.act) && !hands_in(part);
    let begins = parts.iter().find(hands_in).map(|part| part.act.actor.clone()).or(holder);
    let ends = parts.iter().find(decides).map(|part| part.act.actor.clone());
    let mut places = BTreeMap::new();
    for part in parts.iter() {
        let (actor, next) = (Some(&part.act.actor), places.len());
        let phase = if actor == begins.as_ref() { 0_u8 } else { 1 + u8::from(actor == ends.as_ref()) };
        places.entry(part.act.actor.clone()).or_insert((phase, next));
    }
    parts.sort_by_key(|part| places.get(&part.act.actor).copied());
}
