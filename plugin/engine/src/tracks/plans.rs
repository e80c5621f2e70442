//! Plans and their versions, followed from week to week.

use super::subject::drop_oldest;
use super::{Followed, Plan, Rule, Subject, Track, Versions};
use crate::activity::{Instant, NAME_BYTES_MAX};
use crate::name_map::NameMap;
use crate::open::{Digest, View};
use crate::settings::Counting;

/// Most plans of an account.
pub const PLANS_MAX: usize = 200;

/// The plans of an account.
#[derive(Clone, Debug, Default)]
pub struct Plans(NameMap<Versions>);

/// What a closed week has of them.
#[derive(Debug, Default)]
pub struct PlansWeek {
    /// The places of versions that counted, in time order.
    pub counted: Vec<usize>,
    /// How many plans the limit dropped.
    pub dropped: u64,
}

impl Plans {
    /// Those that are known now.
    pub fn subjects(&self) -> impl Iterator<Item = Subject<'_>> + use<'_> {
        self.0.iter().filter_map(Subject::plan)
    }

    /// The one of that name, if it is known now.
    pub fn subject(&self, name: &str) -> Option<Subject<'_>> {
        Subject::plan(self.0.get(name.as_bytes())?)
    }

    /// All of them.
    pub fn all(&self) -> &NameMap<Versions> {
        &self.0
    }
}

impl FromIterator<Versions> for Plans {
    fn from_iter<I: IntoIterator<Item = Versions>>(plans: I) -> Self {
        Self(plans.into_iter().collect())
    }
}

impl Track for Plans {
    type Week = PlansWeek;

    fn close(
        &mut self,
        held: View<'_>,
        place: usize,
        counting: &Counting,
        week: &mut PlansWeek,
    ) -> Result<(), Rule> {
        let Digest::Version { number, decided } = held.entry.digest else { return Ok(()) };
        let new = || Followed::new(held.subject());
        let Some(plan) = self.0.get_or_insert(held.subject(), new) else { return Ok(()) };
        let closed = plan.closed.get_or_insert_with(Plan::default);
        if closed.take(held.entry.at, number, decided, counting.same_version) {
            plan.followed_up(held.id());
            week.counted.push(place);
            Ok(())
        } else {
            plan.forget_older();
            Err(Rule::SameVersion)
        }
    }

    fn go_ahead(&mut self, held: View<'_>, counting: &Counting) {
        let Digest::Version { number, decided } = held.entry.digest else { return };
        let new = || Followed::new(held.subject());
        let Some(plan) = self.0.get_or_insert(held.subject(), new) else { return };
        let live = plan.live.get_or_insert_with(Plan::default);
        if live.take(held.entry.at, number, decided, counting.same_version) {
            plan.went_ahead(held.id());
        }
    }

    fn rewind(&mut self) {
        self.0.iter_mut().for_each(Versions::rewind);
        self.0.take_out(|plan| plan.is_over(), drop);
    }

    fn forget(&mut self, _end: Instant, week: &mut PlansWeek) -> bool {
        week.dropped = drop_oldest(&mut self.0, PLANS_MAX, Plan::last);
        self.0.take_out(|plan| plan.is_over(), drop);
        week.dropped > 0
    }

    fn is_plausible(&self) -> bool {
        self.0.len() <= PLANS_MAX
            && self.0.iter().all(|plan| {
                plan.name().len() <= NAME_BYTES_MAX && plan.closed.as_ref().is_none_or(Plan::is_plausible)
            })
    }
}
