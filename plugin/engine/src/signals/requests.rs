//! Open requests, as both signals of approvals see them.

use super::description::{Gone, Watch};
use crate::filter::Dips;
use crate::horizon::SILENT_WEEKS_MAX;
use crate::tracks::{Ending, Round, Subject};

/// The round of an open request.
pub(super) fn round<'a>(subject: &Subject<'a>) -> Option<&'a Round> {
    match subject {
        Subject::Request(_, round, _) => Some(round),
        Subject::Plan(..) => None,
    }
}

/// How the alert about a request that is no longer open ends.
pub(super) fn ending(gone: &Gone<'_>) -> (&'static str, String) {
    let request = gone.subject;
    match gone.ending {
        Some(Ending::Decided) => ("back", format!("request {request} was decided")),
        Some(Ending::Withdrawn) => ("gone", format!("request {request} was withdrawn")),
        Some(Ending::Silent) => {
            ("gone", format!("request {request} has been silent for {SILENT_WEEKS_MAX} weeks"))
        }
        // Another round of it is open, without a decision between: only silence does that.
        None if gone.is_there => {
            ("gone", format!("request {request} was silent for {SILENT_WEEKS_MAX} weeks"))
        }
        None => ("gone", format!("request {request} is no longer followed")),
    }
}

/// How what is measured of each decided request is watched.
pub(super) const fn watch(mean: f64, deviation: f64, spread: f64, is_count: bool) -> Watch {
    Watch {
        mean,
        deviation,
        spread,
        shape: 12.0,
        learns: true,
        by_request: true,
        is_count,
        is_calendar: false,
        dips: Dips { begins: 0.008, ends: 0.18, falls: 0.0 },
        beyond: 0.0,
        group: "requests",
        weight: 0.0,
    }
}
