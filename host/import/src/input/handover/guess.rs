//! A look at the first traces of a log: which attributes it has, and what can honestly be guessed from them.
//!
//! What a log means is better said by a mapping; what is guessed is told.

use std::collections::{BTreeSet, VecDeque};
use std::io;

use super::super::counts::Reason;
use super::super::faults::Faults;
use super::super::trace::{GROUP, NAME, RESOURCE, ROLE, Trace, Traces};
use super::outcome::Outcomes;
use super::{Formula, Outcome, Settings, Table};
use crate::error::refused;
use crate::text::grouped;

/// Bytes of traces that are looked at before the first is converted.
const SAMPLE_BYTES_MAX: usize = 64 << 20;
/// Fewer different actors are a placeholder, such as `STAFF MEMBER` and `SYSTEM`.
const ACTORS_MIN: usize = 3;
/// Activities that are shown for an outcome.
const SHOWN_MAX: usize = 3;

/// A log whose first traces were looked at.
pub(super) struct Sample {
    traces: Box<dyn Traces>,
    first: VecDeque<Trace>,
    /// Bytes of them.
    bytes: usize,
    /// Whether the log has more.
    has_more: bool,
}

impl Sample {
    /// Reads ahead: one trace, or as many as a guess needs.
    pub(super) fn of(traces: Box<dyn Traces>) -> Self {
        Self { traces, first: VecDeque::new(), bytes: 0, has_more: true }
    }

    /// Reads on until there is an event to look at: a trace may be empty.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        while self.first.back().is_none_or(|trace| trace.events.is_empty()) && self.more()? {}
        Ok(())
    }

    /// Whether what was read has an attribute: of a trace behind `case:`, else of an event.
    pub(super) fn has(&self, name: &str) -> bool {
        match name.strip_prefix("case:") {
            Some(name) => self.first.iter().any(|trace| trace.attributes.find(name).is_some()),
            None => {
                let mut events = self.first.iter().flat_map(|trace| &trace.events);
                events.any(|event| event.attributes.find(name).is_some())
            }
        }
    }

    /// Reads as much as a look at the log as a whole needs.
    pub(super) fn read_ahead(&mut self) -> io::Result<()> {
        while self.has_more && self.bytes < SAMPLE_BYTES_MAX && self.more()? {}
        Ok(())
    }

    /// What was read ahead.
    pub(super) fn traces(&self) -> impl Iterator<Item = &Trace> {
        self.first.iter()
    }

    fn more(&mut self) -> io::Result<bool> {
        match self.traces.next()? {
            Some(trace) => {
                self.bytes += trace.bytes();
                self.first.push_back(trace);
            }
            None => self.has_more = false,
        }
        Ok(self.has_more)
    }

    /// Settings for a log that nobody described, and what was taken for granted.
    pub(super) fn guess(&mut self, file: &str) -> io::Result<(Settings, String)> {
        self.read_ahead()?;
        let actor = self.actor()?;
        let mut decisions = Decisions::default();
        let mut outcomes = Outcomes::new(Table::Words);
        for activity in
            self.first.iter().flat_map(|trace| &trace.events).filter_map(|event| event.attributes.get(NAME))
        {
            if let Some(outcome) = outcomes.of(activity) {
                decisions.add(outcome, activity);
            }
        }
        let last = if decisions.has_any() { None } else { Some(Outcome::Approved) };
        let decided = if last.is_some() {
            "no activity has a word for a decision, so the last event of a trace approves it".to_owned()
        } else {
            format!("words of `{NAME}` decide, the last of a round ({})", decisions.told())
        };
        let told = format!(
            "no ready mapping knows this log, so each trace is taken for a request of account `{file}`; `{actor}` \
             acts; {decided}"
        );
        let settings = Settings { actor: Formula::event(actor), last, ..Settings::of(Formula::text(file)) };
        Ok((settings, told))
    }

    /// The attribute that says who acts.
    fn actor(&self) -> io::Result<&'static str> {
        let mut actors = [RESOURCE, ROLE, GROUP].map(|name| (name, BTreeSet::new()));
        let (mut events, mut has_handover) = ([0_u64; 3], [false; 3]);
        let mut all = 0;
        for trace in &self.first {
            let mut first = [None; 3];
            for event in &trace.events {
                all += 1;
                for (at, (name, known)) in actors.iter_mut().enumerate() {
                    let Some(actor) = event.attributes.get(name).filter(|actor| !actor.trim().is_empty())
                    else {
                        continue;
                    };
                    if let (Some(count), Some(seen), Some(two)) =
                        (events.get_mut(at), first.get_mut(at), has_handover.get_mut(at))
                    {
                        *count += 1;
                        *two |= *seen.get_or_insert(actor) != actor;
                    }
                    if known.len() < ACTORS_MIN {
                        known.insert(actor);
                    }
                }
            }
        }
        let usable = |at: usize| has_handover.get(at).copied().unwrap_or_default();
        let many = |at: usize| actors.get(at).is_some_and(|(_, known)| known.len() >= ACTORS_MIN);
        let chosen = match (usable(0), usable(1), usable(2)) {
            (true, true, _) if !many(0) => 1,
            (true, _, _) => 0,
            (_, true, _) => 1,
            (_, _, true) => 2,
            _ => {
                let named: u64 = events.into_iter().max().unwrap_or_default();
                return Err(refused(format!(
                    "no hand-over can be seen: no trace has events of two who act, by `{RESOURCE}`, `{ROLE}` or `{GROUP}` \
                     ({} of {} events name somebody); a mapping can say who acts, as `actor`",
                    grouped(named),
                    grouped(all)
                )));
            }
        };
        Ok(actors.get(chosen).map_or(RESOURCE, |(name, _)| name))
    }
}

impl Traces for Sample {
    fn next(&mut self) -> io::Result<Option<Trace>> {
        match self.first.pop_front() {
            Some(trace) => Ok(Some(trace)),
            None if self.has_more => self.traces.next(),
            None => Ok(None),
        }
    }

    fn faults(&mut self) -> Faults {
        self.traces.faults()
    }

    fn remarks(&mut self) -> Vec<String> {
        self.traces.remarks()
    }

    fn left_out(&mut self) -> Option<(u64, Reason)> {
        self.traces.left_out()
    }

    fn is_ordered(&self) -> bool {
        self.traces.is_ordered()
    }
}

/// Activities whose words name an outcome.
#[derive(Default)]
struct Decisions(std::collections::BTreeMap<Outcome, BTreeSet<String>>);

impl Decisions {
    fn add(&mut self, outcome: Outcome, activity: &str) {
        let known = self.0.entry(outcome).or_default();
        if known.len() <= SHOWN_MAX {
            known.insert(activity.to_owned());
        }
    }

    fn has_any(&self) -> bool {
        self.0.contains_key(&Outcome::Approved) || self.0.contains_key(&Outcome::Rejected)
    }

    fn told(&self) -> String {
        let told = self.0.iter().map(|(outcome, activities)| {
            let shown: Vec<String> = activities
                .iter()
                .take(SHOWN_MAX)
                .map(|it| format!("`{}`", super::super::shortened(it)))
                .collect();
            let more = if activities.len() > SHOWN_MAX { " and more" } else { "" };
            format!("{}: {}{more}", outcome.as_str(), shown.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}
