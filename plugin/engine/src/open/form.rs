//! What is told of an activity as packed bytes and back, and what of it counting always asks for.

use super::packed::{Reader, Writer};
use super::{Digest, People};
use crate::activity::{
    ApprovalStep, Direction, Exchange, Happening, Instant, Meeting, MeetingStatus, Outcome, Participant,
    PlanVersion, Profile, RuleAction, RuleChange, RuleKind, Service, Text,
};

/// The subject first, then when it was written, then the rest, each as [`unpack`] reads it.
pub(super) fn pack(happening: &Happening<'_>, revised: Option<Instant>, to: &mut Writer<'_>) -> Digest {
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
            Digest::Meeting { minutes, people, status, all_day }
        }
        Happening::PlanVersion(version) => {
            to.text(&version.plan);
            to.instant(revised);
            to.number(version.version);
            to.flag(Some(version.decided));
            to.text(&version.author);
            Digest::Version { number: version.version, decided: version.decided }
        }
        Happening::ApprovalStep(step) => {
            to.text(&step.request);
            to.instant(revised);
            to.number(step.step);
            to.choice(step.outcome as u8);
            to.person(&step.from);
            to.person(&step.to);
            Digest::Step { number: step.step, outcome: step.outcome, is_hop: is_hop(step) }
        }
        Happening::RuleChange(rule) => {
            to.text(&rule.rule);
            to.instant(revised);
            to.choice(0);
            to.choice(rule.change as u8);
            to.choice(rule.what as u8);
            Digest::Other
        }
        Happening::Exchange(exchange) => {
            to.text(&exchange.thread);
            to.instant(revised);
            to.choice(1);
            to.choice(exchange.direction as u8);
            Digest::Other
        }
        Happening::Profile(profile) => {
            to.text(&profile.tier);
            to.instant(revised);
            to.choice(profile.service as u8);
            profile.tags.iter().for_each(|tag| to.text(tag));
            Digest::Profile
        }
        Happening::Retraction(of) => {
            to.text(of);
            to.instant(revised);
            Digest::Retraction
        }
    }
}

/// The title of a meeting, behind the id; `""` of others.
pub(super) fn title<'a>(digest: Digest, from: &mut Reader<'a>) -> Text<'a> {
    match digest {
        Digest::Meeting { .. } => {
            let subject = from.text();
            from.instant();
            meeting(subject, from).title
        }
        _ => "".into(),
    }
}

/// A meeting up to its participants, which come last.
fn meeting<'a>(series: Text<'a>, from: &mut Reader<'a>) -> Meeting<'a> {
    Meeting {
        series,
        all_day: from.flag() == Some(true),
        mandatory: from.flag(),
        status: from.choice(&[MeetingStatus::Held, MeetingStatus::Planned, MeetingStatus::Cancelled]),
        duration_min: from.number().map(u32::cast_signed),
        title: from.text(),
        participants: Vec::new(),
    }
}

/// What [`pack`] wrote, behind the id.
pub(super) fn unpack<'a>(digest: Digest, from: &mut Reader<'a>) -> Happening<'a> {
    let subject = from.text();
    from.instant();
    match digest {
        Digest::Meeting { .. } => {
            let meeting = meeting(subject, from);
            Happening::Meeting(Meeting { participants: from.rest(Reader::person), ..meeting })
        }
        Digest::Version { .. } => Happening::PlanVersion(PlanVersion {
            plan: subject,
            version: from.number(),
            decided: from.flag() == Some(true),
            author: from.text(),
        }),
        Digest::Step { outcome, .. } => {
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
        Digest::Profile => Happening::Profile(Profile {
            tier: subject,
            service: from.choice(&[Service::Unknown, Service::InHouse, Service::Outsourced]),
            tags: from.rest(Reader::text),
        }),
        Digest::Retraction => Happening::Retraction(subject),
        Digest::Other if from.choice(&[true, false]) => Happening::RuleChange(RuleChange {
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
        Digest::Other => Happening::Exchange(Exchange {
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
