//! What is followed of an account's activities: a [`Track`] a kind, and the activities of open weeks.
//!
//! `meetings.rs`, `plans.rs` and `requests.rs` are the tracks. `round.rs` is one request on its way and `plan.rs` one plan;
//! `subject.rs` keeps either of them twice, as of the newest closed week and as it stands now, and `trail.rs` the ids they
//! rest on. In which order weeks are counted, and what is taken back, is `counting.rs`.

mod meetings;
mod plan;
mod plans;
mod requests;
mod round;
mod rule;
mod subject;
mod trail;

pub use meetings::{Meetings, MeetingsWeek};
pub use plan::Plan;
pub use plans::{PLANS_MAX, Plans, PlansWeek};
pub use requests::{Ended, REQUESTS_MAX, Requests, RequestsWeek};
pub use round::{Decided, Ending, Round};
pub use rule::{Family, Rule};
pub use subject::{Followed, Request, Rests, Subject, Versions};
pub use trail::{EVIDENCE_MAX, Trail};

use crate::activity::{Instant, Profile};
use crate::open::{Open, View};
use crate::settings::Counting;

/// One kind of activity: what of it counts in a week, and what is followed from week to week.
///
/// What is followed is there twice: as closed weeks left it, and *live*, with what has happened in open weeks.
pub trait Track {
    /// What a closed week has of it.
    type Week;

    /// Takes in the activity at a place of the week that is being closed.
    ///
    /// # Errors
    /// The rule that leaves it out.
    fn close(
        &mut self,
        held: View<'_>,
        place: usize,
        counting: &Counting,
        week: &mut Self::Week,
    ) -> Result<(), Rule>;

    /// Takes an activity of an open week that has happened into what is live.
    fn go_ahead(&mut self, _held: View<'_>, _counting: &Counting) {}

    /// Takes what is live back to the newest closed week.
    fn rewind(&mut self) {}

    /// Lets go of what is no longer open at the end of a week, and of what is too much; whether anything was too much.
    fn forget(&mut self, _end: Instant, _week: &mut Self::Week) -> bool {
        false
    }

    /// Whether its times lie in the calendar.
    fn is_plausible(&self) -> bool {
        true
    }
}

/// What one account has, open weeks included.
#[derive(Clone, Debug, Default)]
pub struct Tracks {
    /// Activities of open weeks, and retractions that wait.
    pub open: Open,
    /// Meetings.
    pub meetings: Meetings,
    /// Plans.
    pub plans: Plans,
    /// Open requests.
    pub requests: Requests,
    /// Until when plans and requests show what has happened; none: they never did.
    pub judged: Option<Instant>,
    /// They do not: they must be made anew from the newest closed week.
    pub stale: bool,
    /// The account's facts as of the newest closed week.
    pub profile: Profile<'static>,
}

impl Tracks {
    /// Whether the times of what is followed lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        self.meetings.is_plausible() && self.plans.is_plausible() && self.requests.is_plausible()
    }

    /// Takes what is live back to the newest closed week.
    pub fn rewind(&mut self) {
        self.open.unsee();
        self.meetings.rewind();
        self.plans.rewind();
        self.requests.rewind();
        self.stale = false;
    }
}
