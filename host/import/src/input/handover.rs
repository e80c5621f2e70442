//! Traces become hand-overs of requests, or versions of plans: who acted, in which order, and what was decided.
//!
//! How a log is written is its reader's business; what the steps of a case are is `rounds`'.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::Remarks;
use super::convert::{Convert, Converted};
use super::counts::Tally;
use super::faults::{Fault, Faults};
use super::format;
use super::trace::{Event, NAME, TIME, Trace, Traces};
use crate::accounts::Accounts;
use crate::calendar::{Instant, Zone};
use crate::error::refused;
use crate::ids::{self, Id, Spelling};
use crate::mapping::{Clock, Stated};
use crate::text::grouped;

mod begin;
mod course;
mod formula;
mod guess;
mod nobodys;
mod outcome;
mod rounds;
mod rules;
mod stand;

pub(super) use self::begin::{begin, begin_objects};
use self::course::Course;
pub(crate) use self::formula::{Answer, Formula, Scope};
use self::guess::Sample;
use self::nobodys::{Told, spelt};
use self::outcome::Outcomes;
pub(crate) use self::outcome::{Known, Outcome, Table};
use self::rounds::Act;
pub(crate) use self::rules::TraceRules;
use self::stand::Stand;

/// What traces are, and who acts in them.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) kind: Kind,
    pub(crate) account: Formula,
    /// Names the request or the plan.
    pub(crate) subject: Formula,
    pub(crate) actor: Formula,
    pub(crate) activity: Formula,
    pub(crate) time: Formula,
    /// How times are written; empty: in the forms that people use.
    pub(crate) formats: Vec<Stated>,
    /// Which events take part; none: all.
    pub(crate) when: Option<Formula>,
    pub(crate) outcomes: Table,
    /// The outcome of the last event of a case, where the table names none.
    pub(crate) last: Option<Outcome>,
    /// Activities that the table need not name; none: those that it does not name are work like any other.
    pub(crate) known: Option<Known>,
    /// Outcomes that are not told.
    pub(crate) omit: Vec<Outcome>,
    /// Of times without an offset; none: nobody said, and it is UTC.
    pub(crate) zone: Option<Zone>,
    /// Whose ids these are.
    pub(crate) spelling: Spelling,
    /// Whose an activity is, also by what is no account itself.
    pub(crate) accounts: Option<Arc<Accounts>>,
}

impl Settings {
    /// Every trace is a request, `org:resource` acts, and words decide.
    pub(crate) fn of(account: Formula) -> Self {
        Self {
            kind: Kind::Request,
            account,
            subject: Formula::trace(NAME),
            actor: Formula::event(super::trace::RESOURCE),
            activity: Formula::event(NAME),
            time: Formula::event(TIME),
            formats: Vec::new(),
            when: None,
            outcomes: Table::Words,
            last: None,
            known: None,
            omit: Vec::new(),
            zone: None,
            spelling: Spelling::default(),
            accounts: None,
        }
    }
}

/// What a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request that goes from hand to hand.
    Request,
    /// A plan; each event that takes part is a version.
    Plan,
}

/// Makes activities of traces.
pub(super) struct Handovers {
    traces: Box<dyn Traces>,
    settings: Settings,
    outcomes: Outcomes,
    stand: Stand,
    clock: Clock,
    /// The stem of the file's name.
    file: String,
    /// The file as it was named, for remarks.
    name: String,
    remarks: Remarks,
    /// Of records that are part of no trace.
    faults: Faults,
    ready: VecDeque<Converted>,
    /// How far the steps of each request, by a hash of its name, or the versions of each plan are counted.
    counted: BTreeMap<u64, u32>,
    /// Requests of the trace at hand that have an activity of which nothing is known: it may have decided them.
    unclear: BTreeSet<String>,
    course: Course,
    ended: bool,
}

/// When an event happened, and how that is written.
struct Stamp {
    at: Instant,
    text: String,
}

/// An event that takes part.
struct Part<'a> {
    event: &'a Event,
    stamp: Stamp,
    act: Act,
}

/// A line of the canonical form.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    at: &'a str,
    account: &'a str,
    kind: &'static str,
    #[serde(flatten)]
    of: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Step { request: &'a str, step: u32, from: &'a str, to: &'a str, outcome: &'static str },
    Version { plan: &'a str, version: u32, author: &'a str, decided: bool },
}

impl Handovers {
    fn new(
        traces: Box<dyn Traces>,
        settings: Settings,
        (stand, clock): (Stand, Clock),
        file: String,
        name: String,
        remarks: Remarks,
    ) -> Self {
        let outcomes = Outcomes::new(settings.outcomes.clone());
        let (ready, faults, counted, unclear, course) = Default::default();
        Self {
            traces,
            settings,
            outcomes,
            stand,
            clock,
            file,
            name,
            remarks,
            faults,
            ready,
            counted,
            unclear,
            course,
            ended: false,
        }
    }

    fn convert(&mut self, trace: &Trace) {
        self.course.traces += 1;
        self.unclear.clear();
        let before = self.ready.len();
        // One case, but where events name requests of their own.
        let mut cases: Vec<(String, Vec<Part<'_>>)> = Vec::new();
        let mut places = BTreeMap::new();
        for event in &trace.events {
            self.course.events += 1;
            self.course.of.records += 1;
            let Some((subject, part)) = self.part(trace, event) else { continue };
            let place = *places.entry(subject.clone()).or_insert(cases.len());
            match cases.get_mut(place) {
                Some((_, parts)) => parts.push(part),
                None => cases.push((subject, vec![part])),
            }
        }
        for (subject, mut parts) in cases {
            self.course.put += u64::from(self.stand.put(&mut parts));
            match self.settings.kind {
                Kind::Request => self.request(trace, &subject, parts),
                Kind::Plan => self.plan(trace, &subject, &parts),
            }
        }
        self.course.silent += u64::from(self.ready.len() == before);
    }

    /// An event as part of what it belongs to; none: it does not take part.
    fn part<'a>(&mut self, trace: &'a Trace, event: &'a Event) -> Option<(String, Part<'a>)> {
        let mut scope = Scope {
            trace: &trace.attributes,
            event: &event.attributes,
            actor: "",
            outcome: "",
            file: &self.file,
        };
        let settings = &mut self.settings;
        let Some(actor) =
            text(spelt(settings.actor.answer(scope), settings.spelling), event.line, &mut self.course)
        else {
            self.course.nobody += 1;
            return None;
        };
        let activity = text(settings.activity.answer(scope), event.line, &mut self.course);
        let outcome = activity.as_deref().and_then(|activity| self.outcomes.of(activity));
        scope.actor = &actor;
        scope.outcome = outcome.map_or("", Outcome::as_str);
        if let Some(when) = &mut settings.when {
            match when.answer(scope) {
                Answer::Truth(true) => {}
                Answer::Truth(false) => {
                    self.course.left_out += 1;
                    return None;
                }
                Answer::Failed(why) => {
                    self.course.fail(event.line, why);
                    self.course.failed_events += 1;
                    return None;
                }
                Answer::Nothing | Answer::Text(_) => {
                    self.course.fail(event.line, "`when` is neither true nor false".to_owned());
                    self.course.failed_events += 1;
                    return None;
                }
            }
        }
        let subject = spelt(settings.subject.answer(scope), settings.spelling);
        let time = settings.time.answer(scope);
        let written = text(time, event.line, &mut self.course).unwrap_or_default();
        let zone = settings.zone.unwrap_or_default();
        let years = || "a time of the years 1900 to 2199".to_owned();
        let stamp = self.clock.read(event.line, &written);
        let read = stamp.and_then(|stamp| Ok((stamp.has_offset(), stamp.in_zone(zone).ok_or_else(years)?)));
        let (has_offset, (at, written)) = match read {
            Ok(read) => read,
            Err(expected) => {
                self.course.of.faulty += 1;
                self.fault(event.line, TIME, &written, &expected);
                return None;
            }
        };
        self.course.without_offset += u64::from(!has_offset && self.settings.zone.is_none());
        let Some(subject) = text(subject, event.line, &mut self.course) else {
            self.course.of.faulty += 1;
            let field = if self.settings.kind == Kind::Plan { "plan" } else { "request" };
            self.fault(event.line, field, "", "a name; a mapping says where it is");
            return None;
        };
        if ids::read(&subject, self.settings.spelling) == Id::Shortened {
            self.course.of.faulty += 1;
            self.fault(event.line, "request", &subject, ids::SHORTENED);
            return None;
        }
        let unnamed = activity.filter(|_| outcome.is_none());
        if unnamed.is_some_and(|activity| !self.is_clear(event.line, &activity, &subject)) {
            return None;
        }
        let stamp = Stamp { at, text: written };
        Some((subject, Part { event, stamp, act: Act { actor, outcome } }))
    }

    /// Whether an activity that no outcome names decides nothing for sure; else that is a fault.
    fn is_clear(&mut self, line: u64, activity: &str, subject: &str) -> bool {
        let Some(Err(expected)) = self.settings.known.as_ref().map(|known| known.check(activity)) else {
            return true;
        };
        self.course.of.faulty += 1;
        self.fault(line, "activity", activity, &expected);
        self.unclear.insert(subject.to_owned());
        false
    }

    fn request(&mut self, trace: &Trace, request: &str, parts: Vec<Part<'_>>) {
        let (parts, mut acts): (Vec<_>, Vec<Act>) =
            parts.into_iter().map(|part| ((part.event, part.stamp), part.act)).unzip();
        if self.outcomes.are_guessed() {
            rounds::settle(&mut acts);
        }
        if let Some(act) = acts.last_mut().filter(|_| !self.unclear.contains(request)) {
            act.outcome = act.outcome.or(self.settings.last);
        }
        let steps = rounds::steps(&acts, &self.settings.omit, &mut self.course.quiet);
        let hash = xxh3_64(request.as_bytes());
        let begun = self.counted.get(&hash).copied().unwrap_or_default();
        self.course.again += u64::from(begun > 0);
        let mut last = None;
        for (step, made) in (begun + 1..).zip(steps) {
            let Some(((event, stamp), act)) = parts.get(made.event).zip(acts.get(made.event)) else {
                continue;
            };
            let (from, to, outcome) = (&*made.from, &*act.actor, made.outcome.as_str());
            let of = Body::Step { request, step, from, to, outcome };
            let told = self.line(trace, event, act, &stamp.text, (request, step), "approval-step", of);
            // One event can be two steps.
            if last.replace(made.event) != Some(made.event) {
                self.course.count(told);
            }
            self.counted.insert(hash, step);
        }
    }

    fn plan(&mut self, trace: &Trace, plan: &str, parts: &[Part<'_>]) {
        let hash = xxh3_64(plan.as_bytes());
        let begun = self.counted.get(&hash).copied().unwrap_or_default();
        self.course.again += u64::from(begun > 0);
        for (version, part) in (begun + 1..).zip(parts) {
            let decided = part.act.outcome == Some(Outcome::Approved);
            let of = Body::Version { plan, version, author: &part.act.actor, decided };
            let text = &part.stamp.text;
            let told = self.line(trace, part.event, &part.act, text, (plan, version), "plan-version", of);
            self.course.count(told);
            self.counted.insert(hash, version);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each is a part of one line")]
    /// Writes a line, and says what became of it.
    fn line(
        &mut self,
        trace: &Trace,
        event: &Event,
        act: &Act,
        at: &str,
        (subject, number): (&str, u32),
        kind: &'static str,
        of: Body<'_>,
    ) -> Told {
        let scope = Scope {
            trace: &trace.attributes,
            event: &event.attributes,
            actor: &act.actor,
            outcome: act.outcome.map_or("", Outcome::as_str),
            file: &self.file,
        };
        let account = self.settings.account.answer(scope);
        let account = text(account, event.line, &mut self.course);
        let account = match self.course.nobodys.whose(account, &self.settings) {
            Ok(account) => account,
            Err(Some(shortened)) => {
                self.fault(event.line, "account", &shortened, ids::SHORTENED);
                return Told::Faulty;
            }
            Err(None) => return Told::LeftOut,
        };
        let line = Line { id: format!("{subject}/{number}"), at, account: &account, kind, of };
        // Texts and numbers alone cannot fail to be written.
        if let Ok(text) = serde_json::to_string(&line) {
            self.ready.push_back(Converted { line: event.line, content: Ok(text) });
        }
        Told::Line
    }

    fn fault(&mut self, line: u64, field: &str, found: &str, expected: &str) {
        let fault =
            Fault { field: field.to_owned(), found: super::shortened(found), expected: expected.to_owned() };
        self.ready.push_back(Converted { line, content: Err(fault) });
    }

    /// Says what became of the events that gave nothing.
    fn tell(&mut self) {
        for told in self.course.told() {
            self.remarks.say(format!("`{}`: {told}", self.name));
        }
    }
}

impl Convert for Handovers {
    fn next(&mut self) -> io::Result<Option<Converted>> {
        loop {
            if let Some((line, fault)) = self.faults.next() {
                return Ok(Some(Converted { line, content: Err(fault) }));
            }
            if let Some(converted) = self.ready.pop_front() {
                return Ok(Some(converted));
            }
            let trace = self.traces.next()?;
            self.faults = self.traces.faults();
            self.course.of.records += self.faults.total();
            self.course.of.faulty += self.faults.total();
            match trace {
                Some(trace) => self.convert(&trace),
                None if self.ended => return Ok(None),
                None => {
                    self.ended = true;
                    if let Some(doubt) = self.clock.doubt() {
                        return Err(refused(format!("the time of its events {doubt}")));
                    }
                    self.course.end();
                    for told in self.traces.remarks() {
                        self.remarks.say(format!("`{}`: {told}", self.name));
                    }
                    if let Some((events, reason)) = self.traces.left_out() {
                        self.remarks.say(format!("`{}`: events {reason}: {}", self.name, grouped(events)));
                        self.course.of.records += events;
                        self.course.of.leave_out(reason, events);
                    }
                    self.tell();
                }
            }
        }
    }

    fn tally(&self) -> Tally {
        self.course.of.clone()
    }
}

/// The text of an answer; none where it is empty.
fn text(answer: Answer, line: u64, course: &mut Course) -> Option<String> {
    let text = match answer {
        Answer::Text(text) => text,
        Answer::Truth(truth) => truth.to_string(),
        Answer::Nothing => return None,
        Answer::Failed(why) => {
            course.fail(line, why);
            return None;
        }
    };
    let trimmed = text.trim();
    if trimmed.len() == text.len() { Some(text) } else { Some(trimmed.to_owned()) }
        .filter(|text| !text.is_empty())
}

/// The stem of a file's name: without folders, and without the endings of format and compression.
fn stem(name: &str) -> &str {
    let endings = [".gz", ".zst", ".xes", ".xml", ".json", ".jsonocel", ".xmlocel", ".csv", ".tsv"];
    format::stem(name, &endings)
}
