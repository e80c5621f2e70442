//! What is followed of an account's activities: those of open weeks, and the requests and plans they belong to.
//!
//! `round.rs` follows one request and `plan.rs` one plan, `subject.rs` either of them twice: as of the newest closed week,
//! and as it stands now; `trail.rs` keeps the ids they rest on. What counts is `counting.rs`.

mod plan;
mod round;
mod subject;
mod trail;

pub use plan::Plan;
pub use round::{Decided, Ending, Round};
pub use subject::{Followed, Request, Rests, Subject, Versions};
pub use trail::{EVIDENCE_MAX, Trail};

use crate::activity::{Instant, Profile};
use crate::keyed::Keyed;
use crate::open::Open;

/// What one account has, open weeks included.
#[derive(Clone, Debug, Default)]
pub struct Tracks {
    /// Activities of open weeks, and retractions that wait.
    pub open: Open,
    /// Plans.
    pub plans: Keyed<Versions>,
    /// Open requests.
    pub requests: Keyed<Request>,
    /// Until when plans and requests show what has happened.
    pub judged: Option<Instant>,
    /// They do not: they must be made anew from the newest closed week.
    pub stale: bool,
    /// The account's facts as of the newest closed week.
    pub profile: Profile<'static>,
}

impl Tracks {
    /// Whether the times of plans and requests lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        self.plans.iter().all(|plan| plan.closed.as_ref().is_none_or(Plan::is_plausible))
            && self.requests.iter().all(|request| request.closed.as_ref().is_none_or(Round::is_plausible))
    }

    /// Takes plans and requests back to the newest closed week.
    pub fn rewind(&mut self) {
        self.open.unsee();
        self.plans.iter_mut().for_each(Versions::rewind);
        self.requests.iter_mut().for_each(Request::rewind);
        self.plans.take_out(|plan| plan.is_over(), drop);
        self.requests.take_out(|request| request.is_over(), drop);
        self.stale = false;
    }
}
