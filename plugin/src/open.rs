//! Activities of weeks that are not closed: what counting always asks for at hand, the rest packed into one piece.

use crate::activity::{
    Activity, ApprovalStep, Direction, Exchange, Happening, Instant, Meeting, MeetingStatus, Outcome,
    Participant, PlanVersion, Profile, RuleAction, RuleChange, RuleKind, Service,
};
use crate::counting::RETRACTION_MS;
use crate::keyed::Named;
use packed::{Reader, Writer};
use std::cmp::Ordering;

mod packed;

/// How many people a meeting is known to have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// Nobody is named.
    Unknown,
    /// One and the same person only.
    One,
    /// Two at least.
    More,
}

/// What counting always asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gist {
    /// People met, or will.
    Meeting {
        /// None: not known.
        minutes: Option<i32>,
        /// How many came.
        people: People,
        /// What became of it.
        status: MeetingStatus,
        /// An entry without hours.
        all_day: bool,
    },
    /// A plan was issued again; the subject is the plan.
    Version {
        /// None: the next one.
        number: Option<u32>,
        /// It was accepted.
        decided: bool,
    },
    /// A request was handed over; the subject is the request.
    Step {
        /// Orders the steps of one instant.
        number: Option<u32>,
        /// What was done.
        outcome: Outcome,
        /// It went from one to another.
        is_hop: bool,
    },
    /// The account's facts changed.
    Profile,
    /// The activity that the subject names must not count.
    Retraction,
    /// Anything else.
    Other,
}

/// An activity of a week that is not closed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it happened.
    pub at: Instant,
    /// What counting asks for.
    pub gist: Gist,
    /// It is part of what plans and requests show now.
    pub seen: bool,
    /// Id, subject, and everything else.
    packed: Box<[u8]>,
}

impl Named for Entry {
    fn name(&self) -> &[u8] {
        self.id()
    }
}

/// An activity on its way in: packed, but not held yet. Reused from one to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    bytes: Vec<u8>,
}

impl Entry {
    /// Packs an activity; `scratch` only lends its memory.
    pub fn new(activity: &Activity<'_>, scratch: &mut Scratch) -> Self {
        let gist = scratch.pack(activity);
        Self { at: activity.at, gist, seen: false, packed: scratch.bytes.as_slice().into() }
    }

    /// Its id.
    pub fn id(&self) -> &[u8] {
        Reader(&self.packed).bytes()
    }

    /// Its plan, its request, or the id it retracts; of others anything.
    pub fn subject(&self) -> &[u8] {
        let mut reader = Reader(&self.packed);
        reader.bytes();
        reader.bytes()
    }

    /// When this content was written.
    pub fn revised(&self) -> Option<Instant> {
        let mut reader = Reader(&self.packed);
        reader.bytes();
        reader.bytes();
        reader.instant()
    }

    /// All that was told.
    pub fn happening(&self) -> Happening<'_> {
        let mut reader = Reader(&self.packed);
        reader.bytes();
        unpack(self.gist, &mut reader)
    }

    /// Its place among the activities of an account. Steps of one instant without numbers: handed in first, decided
    /// last.
    pub fn rank(&self) -> (Instant, u32, u8, &[u8]) {
        let (number, phase) = match self.gist {
            Gist::Step { number, outcome, .. } => match outcome {
                Outcome::Requested => (number, 0),
                Outcome::Forwarded | Outcome::Returned => (number, 1),
                Outcome::Approved | Outcome::Rejected | Outcome::Withdrawn => (number, 2),
            },
            Gist::Version { number, .. } => (number, 0),
            _ => (None, 0),
        };
        (self.at, number.unwrap_or(0), phase, self.id())
    }

    /// The order of [`rank`](Self::rank); most activities differ in their instant.
    pub fn order(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at).then_with(|| self.rank().cmp(&other.rank()))
    }

    /// When it leaves the open activities.
    pub fn due(&self) -> Instant {
        match self.gist {
            Gist::Retraction => self.at + RETRACTION_MS,
            _ => self.at,
        }
    }

    /// Whether it changes what plans, requests or facts show.
    pub fn is_judged(&self) -> bool {
        !matches!(self.gist, Gist::Meeting { .. } | Gist::Other)
    }

    /// Whether this content, told now, wins over the one held of the same id.
    pub fn wins_over(&self, held: &Entry) -> bool {
        match (self.revised(), held.revised()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (Some(new), Some(old)) => (new, self.at, &self.packed) > (old, held.at, &held.packed),
        }
    }

    /// Whether it says the same.
    pub fn same_as(&self, held: &Entry) -> bool {
        self.at == held.at && self.packed == held.packed
    }
}

impl Scratch {
    fn pack(&mut self, activity: &Activity<'_>) -> Gist {
        self.bytes.clear();
        let mut writer = Writer(&mut self.bytes);
        writer.text(&activity.id);
        pack(&activity.happening, activity.revised, &mut writer)
    }
}

/// The subject first, then when it was written, then the rest, each as [`unpack`] reads it.
fn pack(happening: &Happening<'_>, revised: Option<Instant>, to: &mut Writer<'_>) -> Gist {
    match happening {
        Happening::Meeting(meeting) => {
            to.text(&meeting.series);
            to.instant(revised);
            to.flag(Some(meeting.all_day));
            to.flag(meeting.mandatory);
            to.choice(meeting.status as u8);
            to.number(meeting.duration_min.map(i32::cast_unsigned));
            to.text(&meeting.title);
            meeting.participants.iter().for_each(|person| to.person(person));
            let people = people(&meeting.participants);
            let Meeting { duration_min: minutes, status, all_day, .. } = *meeting;
            Gist::Meeting { minutes, people, status, all_day }
        }
        Happening::PlanVersion(version) => {
            to.text(&version.plan);
            to.instant(revised);
            to.number(version.version);
            to.flag(Some(version.decided));
            to.text(&version.author);
            Gist::Version { number: version.version, decided: version.decided }
        }
        Happening::ApprovalStep(step) => {
            to.text(&step.request);
            to.instant(revised);
            to.number(step.step);
            to.choice(step.outcome as u8);
            to.person(&step.from);
            to.person(&step.to);
            Gist::Step { number: step.step, outcome: step.outcome, is_hop: is_hop(step) }
        }
        Happening::RuleChange(rule) => {
            to.text(&rule.rule);
            to.instant(revised);
            to.choice(0);
            to.choice(rule.change as u8);
            to.choice(rule.what as u8);
            Gist::Other
        }
        Happening::Exchange(exchange) => {
            to.text(&exchange.thread);
            to.instant(revised);
            to.choice(1);
            to.choice(exchange.direction as u8);
            Gist::Other
        }
        Happening::Profile(profile) => {
            to.text(&profile.tier);
            to.instant(revised);
            to.choice(profile.service as u8);
            profile.tags.iter().for_each(|tag| to.text(tag));
            Gist::Profile
        }
        Happening::Retraction(of) => {
            to.text(of);
            to.instant(revised);
            Gist::Retraction
        }
    }
}

fn unpack<'a>(gist: Gist, from: &mut Reader<'a>) -> Happening<'a> {
    let subject = from.text();
    from.instant();
    match gist {
        Gist::Meeting { .. } => Happening::Meeting(Meeting {
            series: subject,
            all_day: from.flag() == Some(true),
            mandatory: from.flag(),
            status: from.choice(&[MeetingStatus::Held, MeetingStatus::Planned, MeetingStatus::Cancelled]),
            duration_min: from.number().map(u32::cast_signed),
            title: from.text(),
            participants: from.rest(Reader::person),
        }),
        Gist::Version { .. } => Happening::PlanVersion(PlanVersion {
            plan: subject,
            version: from.number(),
            decided: from.flag() == Some(true),
            author: from.text(),
        }),
        Gist::Step { outcome, .. } => {
            let step = from.number();
            from.choice(&[()]);
            Happening::ApprovalStep(ApprovalStep {
                request: subject,
                step,
                outcome,
                from: from.person(),
                to: from.person(),
            })
        }
        Gist::Profile => Happening::Profile(Profile {
            tier: subject,
            service: from.choice(&[Service::Unknown, Service::InHouse, Service::Outsourced]),
            tags: from.rest(Reader::text),
        }),
        Gist::Retraction => Happening::Retraction(subject),
        Gist::Other if from.choice(&[true, false]) => Happening::RuleChange(RuleChange {
            rule: subject,
            change: from.choice(&[RuleAction::Added, RuleAction::Amended, RuleAction::Retired]),
            what: from.choice(&[
                RuleKind::Rule,
                RuleKind::Report,
                RuleKind::Field,
                RuleKind::Form,
                RuleKind::MeetingSeries,
                RuleKind::ApprovalStage,
            ]),
        }),
        Gist::Other => Happening::Exchange(Exchange {
            thread: subject,
            direction: from.choice(&[Direction::FromCustomer, Direction::ToCustomer]),
        }),
    }
}

/// A step from one to another. Unknown on either side: a hop, unless it only hands the request in.
fn is_hop(step: &ApprovalStep<'_>) -> bool {
    let (from, to) = (&step.from.id, &step.to.id);
    if from.is_empty() || to.is_empty() { step.outcome != Outcome::Requested } else { from != to }
}

/// Without a name, each is somebody else.
fn people(participants: &[Participant<'_>]) -> People {
    let Some((first, others)) = participants.split_first() else { return People::Unknown };
    let same = |other: &Participant<'_>| !other.id.is_empty() && other.id == first.id;
    if others.iter().all(same) { People::One } else { People::More }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Side;

    #[test]
    fn a_hop_goes_from_one_to_another() {
        use Outcome::*;
        let cases = [
            ("a", "b", Forwarded, true),
            ("a", "a", Forwarded, false),
            ("a", "a", Approved, false),
            ("a", "b", Approved, true),
            ("a", "b", Requested, true),
            ("", "b", Requested, false),
            ("", "b", Forwarded, true),
            ("a", "", Rejected, true),
            ("", "", Approved, true),
        ];
        let person = |id: &'static str| Participant { id: id.into(), ..Default::default() };
        for (from, to, outcome, hop) in cases {
            let step =
                ApprovalStep { request: "r".into(), step: None, from: person(from), to: person(to), outcome };
            assert_eq!(is_hop(&step), hop, "{from} -> {to} {outcome:?}");
        }
    }

    #[test]
    fn one_person_alone_is_no_meeting() {
        let count = |ids: &[&'static str]| {
            people(
                &ids.iter()
                    .map(|id| Participant { id: (*id).into(), side: Side::Unknown })
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(count(&[]), People::Unknown);
        for alone in [&["a"][..], &["a", "a"], &[""]] {
            assert_eq!(count(alone), People::One, "{alone:?}");
        }
        for met in [&["a", "b"][..], &["", ""], &["a", ""], &["", "a"], &["a", "a", "b"]] {
            assert_eq!(count(met), People::More, "{met:?}");
        }
    }
}
