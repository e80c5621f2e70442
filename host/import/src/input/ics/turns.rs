//! What holds from some instance of a series on: of several such changes the newest.

use chrono::NaiveDateTime;

use super::moment::Timed;
use super::version::Version;

/// What holds for an instance and all after it.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) from: NaiveDateTime,
    pub(super) of: usize,
    /// Where and when it is now; none: it is called off.
    pub(super) timed: Option<Timed>,
    /// The newest of several holds.
    pub(super) version: Version,
}

/// The turns of a series in the order of their instants. There may be as many as events, so which of them holds is found
/// once for all of them, and not by a look at each for every instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    all: Vec<Turn>,
    /// Beside each the newest up to it, and the newest that is not called off, by their places.
    newest: Vec<(usize, Option<usize>)>,
}

impl Turns {
    /// Of several turns of one instant and one version the last holds.
    pub(super) fn of(mut all: Vec<Turn>) -> Self {
        all.sort_by_key(|turn| turn.from);
        let is_newer = |at: &usize, than: Option<usize>| {
            let version = |at: usize| all.get(at).map(|turn| turn.version);
            than.is_none_or(|than| version(*at) >= version(than))
        };
        let (mut any, mut timed) = (None, None);
        let mut newest = Vec::with_capacity(all.len());
        for (at, turn) in all.iter().enumerate() {
            any = Some(at).filter(|at| is_newer(at, any)).or(any);
            timed = Some(at).filter(|at| turn.timed.is_some() && is_newer(at, timed)).or(timed);
            newest.extend(any.map(|any| (any, timed)));
        }
        Self { all, newest }
    }

    /// The newest that holds at an instant, and the newest that says where and when it is then.
    pub(super) fn at(&self, utc: NaiveDateTime) -> (Option<&Turn>, Option<&Turn>) {
        let holding = self.all.partition_point(|turn| turn.from <= utc);
        let Some((any, timed)) = holding.checked_sub(1).and_then(|last| self.newest.get(last)) else {
            return (None, None);
        };
        (self.all.get(*any), timed.and_then(|timed| self.all.get(timed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ics::event::Event;
    use crate::input::ics::moment::Moment;
    use crate::input::ics::time::Time;
    use crate::input::ics::zone::Place;
    use proptest::prelude::*;

    fn at(day: u32) -> NaiveDateTime {
        Time::read(&format!("202601{day:02}T090000")).unwrap().naive()
    }

    proptest! {
        #[test]
        fn the_newest_holds_as_a_look_at_each_finds_it(
            turns in prop::collection::vec((1..20u32, 0..4i64, any::<bool>()), 0..12),
            day in 1..22u32,
        ) {
            let utc = at(1);
            let begins = Moment { time: Time::Utc(utc), place: Place::UTC, utc, is_floating: false, is_assumed: false };
            let timed = Timed { begins, length: None, odd_end: None };
            let turns = (0..).zip(turns).map(|(of, (day, sequence, is_timed))| Turn {
                from: at(day),
                of,
                timed: is_timed.then(|| timed.clone()),
                version: Version::of(&Event { sequence, ..Event::default() }, !is_timed),
            });
            let mut turns: Vec<Turn> = turns.collect();
            turns.sort_by_key(|turn| turn.from);
            let newest = |is_timed: bool| {
                let holding = turns.iter().filter(|turn| turn.from <= at(day) && (turn.timed.is_some() || !is_timed));
                holding.max_by_key(|turn| (turn.version, turn.from)).map(|turn| turn.of)
            };
            let known = Turns::of(turns.clone());
            let (any, timed) = known.at(at(day));
            prop_assert_eq!((any.map(|it| it.of), timed.map(|it| it.of)), (newest(false), newest(true)));
        }
    }
}
