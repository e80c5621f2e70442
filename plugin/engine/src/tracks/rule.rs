//! Why an activity may be left out of the counts, and which kind of activity it is.

use crate::open::Digest;
use serde::{Deserialize, Serialize};

/// A rule of counting that leaves something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An entry without hours, or of 24 h and more.
    AllDay,
    /// Many plans issued at one instant.
    BulkEdit,
    /// A meeting that did not take place.
    Cancelled,
    /// Zero or negative length.
    NoDuration,
    /// Taken back before its week closed.
    Retracted,
    /// The number of the version before it.
    SameVersion,
    /// Fewer than two people.
    Solo,
    /// A retraction whose activity never came, or had counted already.
    UnmatchedRetraction,
}

impl Rule {
    /// Its name in tallies.
    pub fn name(self) -> &'static str {
        match self {
            Rule::AllDay => "all-day",
            Rule::BulkEdit => "bulk-edit",
            Rule::Cancelled => "cancelled",
            Rule::NoDuration => "no-duration",
            Rule::Retracted => "retracted",
            Rule::SameVersion => "same-version",
            Rule::Solo => "solo",
            Rule::UnmatchedRetraction => "unmatched-retraction",
        }
    }
}

/// Which activities a signal looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Activities of kind `meeting`.
    Meetings,
    /// Activities of kind `plan-version`.
    Plans,
    /// Activities of kind `approval-step`.
    Approvals,
    /// Every other activity: profiles, retractions, changes of rules, exchanges.
    Other,
}

impl Family {
    /// Those with a track of their own.
    pub const TRACKED: [Family; 3] = [Family::Meetings, Family::Plans, Family::Approvals];

    /// Whether weeks without any of them say something too: no meetings is a number of meetings. Of approvals only
    /// decisions are measured.
    pub fn counts_idle_weeks(self) -> bool {
        self != Family::Approvals
    }

    /// Of an activity.
    pub fn of(digest: &Digest) -> Self {
        match digest {
            Digest::Meeting { .. } => Family::Meetings,
            Digest::Version { .. } => Family::Plans,
            Digest::Step { .. } => Family::Approvals,
            Digest::Profile | Digest::Retraction | Digest::Other => Family::Other,
        }
    }
}
