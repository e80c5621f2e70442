//! One request or one plan, twice: as of the newest closed week, and as it stands now with the open weeks.

use super::{Ending, Plan, Round};
use crate::activity::Instant;
use crate::keyed::Named;

/// A subject that is followed; the second form is made of the first whenever the open weeks change under it.
#[derive(Clone, Debug)]
pub struct Followed<S> {
    name: Box<str>,
    /// As of the newest closed week; none: not open, or not known.
    pub closed: Option<S>,
    /// With the activities of open weeks that have happened.
    pub live: Option<S>,
    /// How the newest round that ended in the open weeks ended, and when.
    pub ended: Option<(Ending, Instant)>,
    /// Activities that are in `live` and not yet in `closed`.
    pub ahead: u32,
}

/// A request and its open round.
pub type Request = Followed<Round>;
/// A plan and its versions.
pub type Versions = Followed<Plan>;

impl<S: Clone> Followed<S> {
    /// A subject of which nothing is known yet.
    pub fn new(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name).into();
        Self { name, closed: None, live: None, ended: None, ahead: 0 }
    }

    /// A subject as a closed week left it.
    pub fn closed(name: Box<str>, closed: S) -> Self {
        Self { name, closed: Some(closed), live: None, ended: None, ahead: 0 }
    }

    /// As it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Forgets what the open weeks showed.
    pub fn rewind(&mut self) {
        self.live.clone_from(&self.closed);
        self.ended = None;
        self.ahead = 0;
    }
}

impl<S> Named for Followed<S> {
    fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

/// A request or a plan, as it stands now.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// By its name.
    Request(&'a str, &'a Round),
    /// By its name.
    Plan(&'a str, &'a Plan),
}
