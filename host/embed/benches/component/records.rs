//! Lines of a company as the contract's typed records, for the typed door.

use redtape::{
    Activity, ApprovalStep, Happening, Meeting, MeetingStatus, Participant, PlanVersion, Side, StepOutcome,
};
use redtape_engine::activity as native;
use redtape_engine::ndjson::parse_line;

/// The records of `lines`; a company has no other kinds than these three.
pub(crate) fn records(lines: &str) -> Vec<Activity> {
    lines.lines().map(|line| record(parse_line(line).expect("a company writes activities"))).collect()
}

fn record(activity: native::Activity) -> Activity {
    let native::Activity { id, at, account, revised, happening } = activity;
    let happening = match happening {
        native::Happening::Meeting(meeting) => Happening::Meeting(Meeting {
            duration_min: meeting.duration_min,
            participants: meeting.participants.into_iter().map(participant).collect(),
            series: meeting.series.into(),
            title: meeting.title.into(),
            mandatory: meeting.mandatory,
            status: MeetingStatus::Held,
            all_day: meeting.all_day,
        }),
        native::Happening::PlanVersion(version) => Happening::PlanVersion(PlanVersion {
            plan: version.plan.into(),
            version: version.version,
            author: version.author.into(),
            decided: version.decided,
        }),
        native::Happening::ApprovalStep(step) => Happening::ApprovalStep(ApprovalStep {
            request: step.request.into(),
            step: step.step,
            from: participant(step.from),
            to: participant(step.to),
            outcome: match step.outcome {
                native::Outcome::Forwarded => StepOutcome::Forwarded,
                native::Outcome::Rejected => StepOutcome::Rejected,
                _ => StepOutcome::Approved,
            },
        }),
        other => unreachable!("a company has no {other:?}"),
    };
    Activity { id: id.into(), at, account: account.into(), revised, happening }
}

fn participant(person: native::Participant) -> Participant {
    Participant { id: person.id.into(), side: Side::Unknown }
}
