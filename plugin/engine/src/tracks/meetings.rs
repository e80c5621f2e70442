//! Meetings: each counts in its week, and nothing of it is followed from week to week.

use super::{Rule, Track};
use crate::activity::{DAY_MINUTES, MeetingStatus};
use crate::open::{Digest, People, View};
use crate::settings::Counting;

/// The track of meetings.
#[derive(Clone, Debug, Default)]
pub struct Meetings;

/// What a closed week has of them: the places of those that counted, in time order.
pub type MeetingsWeek = Vec<usize>;

impl Track for Meetings {
    type Week = MeetingsWeek;

    fn close(
        &mut self,
        held: View<'_>,
        place: usize,
        counting: &Counting,
        week: &mut MeetingsWeek,
    ) -> Result<(), Rule> {
        match rule(held.entry.digest, counting) {
            Some(rule) => Err(rule),
            None => {
                week.push(place);
                Ok(())
            }
        }
    }
}

/// The first rule that leaves a meeting out.
fn rule(meeting: Digest, counting: &Counting) -> Option<Rule> {
    let Digest::Meeting { minutes, people, status, all_day } = meeting else { return None };
    let rules = [
        (counting.cancelled && status == MeetingStatus::Cancelled, Rule::Cancelled),
        (counting.all_day && (all_day || minutes >= Some(DAY_MINUTES)), Rule::AllDay),
        (counting.no_duration && minutes.is_some_and(|minutes| minutes <= 0), Rule::NoDuration),
        (counting.solo && people == People::One, Rule::Solo),
    ];
    rules.into_iter().find(|(holds, _)| *holds).map(|(_, rule)| rule)
}
