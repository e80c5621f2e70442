//! Which of several versions of an event is the newest.

use chrono::NaiveDateTime;

use super::event::Event;

/// How new a version is: by its number, then by when it was written down, then by when it was changed; what calls an
/// event off comes after what it calls off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    sequence: i64,
    stamp: Option<NaiveDateTime>,
    modified: Option<NaiveDateTime>,
    is_cancellation: bool,
}

impl Version {
    /// That of an event, in a message that calls it off or not.
    pub(super) fn of(event: &Event, is_cancellation: bool) -> Self {
        let [stamp, modified] = [event.stamp, event.modified].map(|time| time.map(super::time::Time::naive));
        Self { sequence: event.sequence, stamp, modified, is_cancellation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::ics::time::Time;

    #[test]
    fn the_number_decides_before_any_date() {
        let of = |sequence: i64, stamp: &str, modified: &str, is_cancellation: bool| {
            let event = Event {
                sequence,
                stamp: Time::read(stamp),
                modified: Time::read(modified),
                ..Event::default()
            };
            Version::of(&event, is_cancellation)
        };
        let in_order = [
            of(0, "", "20260901T000000Z", true),
            of(0, "20260101T000000Z", "", false),
            of(0, "20260101T000000Z", "20250101T000000Z", false),
            of(0, "20260101T000000Z", "20250101T000000Z", true),
            of(0, "20260102T000000Z", "", false),
            of(1, "", "", false),
        ];
        assert!(in_order.windows(2).all(|pair| pair[0] < pair[1]), "{in_order:?}");
    }
}
