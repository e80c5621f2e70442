//! Requests and their open rounds, followed from week to week.

use super::subject::drop_oldest;
use super::{Decided, Ending, Followed, Request, Round, Rule, Subject, Track};
use crate::activity::{Instant, NAME_BYTES_MAX};
use crate::horizon::SILENT_MS;
use crate::name_map::NameMap;
use crate::open::{Digest, View};
use crate::settings::Counting;

/// Most open requests of an account.
pub const REQUESTS_MAX: usize = 1_000;

/// The open requests of an account.
#[derive(Clone, Debug, Default)]
pub struct Requests(NameMap<Request>);

/// What a closed week has of them.
#[derive(Debug, Default)]
pub struct RequestsWeek {
    /// The rounds that were decided, in time order.
    pub rounds: Vec<Decided>,
    /// How rounds ended, in time order, those that fell silent last.
    pub ended: Vec<Ended>,
    /// How many open requests the limit dropped.
    pub dropped: u64,
}

/// How a round of a request ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The name of the request.
    pub request: Box<[u8]>,
    /// How it ended.
    pub ending: Ending,
    /// When it ended; of a silent one, when it had been silent for too long.
    pub at: Instant,
}

impl Requests {
    /// Those that are open at `now` and still waited for.
    pub fn subjects(&self, now: Instant) -> impl Iterator<Item = Subject<'_>> + use<'_> {
        self.0.iter().filter_map(move |request| Subject::request(request, now))
    }

    /// The one of that name, if it is open at `now` and still waited for.
    pub fn subject(&self, name: &str, now: Instant) -> Option<Subject<'_>> {
        Subject::request(self.0.get(name.as_bytes())?, now)
    }

    /// How the newest round of one ended in the open weeks, or by its silence.
    pub fn ending(&self, name: &str, now: Instant) -> Option<Ending> {
        let request = self.0.get(name.as_bytes())?;
        let silent = request.live.as_ref().filter(|round| round.is_silent(now)).map(|_| Ending::Silent);
        silent.or(request.ended.map(|(ending, _)| ending))
    }

    /// All of them.
    pub fn all(&self) -> &NameMap<Request> {
        &self.0
    }
}

impl FromIterator<Request> for Requests {
    fn from_iter<I: IntoIterator<Item = Request>>(requests: I) -> Self {
        Self(requests.into_iter().collect())
    }
}

impl Track for Requests {
    type Week = RequestsWeek;

    fn close(
        &mut self,
        held: View<'_>,
        place: usize,
        _counting: &Counting,
        week: &mut RequestsWeek,
    ) -> Result<(), Rule> {
        let Digest::Step { outcome, is_hop, .. } = held.entry.digest else { return Ok(()) };
        let at = held.entry.at;
        let new = || Followed::new(held.subject());
        let Some(request) = self.0.get_or_insert(held.subject(), new) else { return Ok(()) };
        let ended = Round::take(&mut request.closed, at, outcome, is_hop);
        request.followed_up(held.id());
        if let Some((ending, round)) = ended {
            week.ended.push(Ended { request: held.subject().into(), ending, at });
            if ending == Ending::Decided {
                week.rounds.push(Decided { entry: place, at, round });
            }
        }
        Ok(())
    }

    fn go_ahead(&mut self, held: View<'_>, _counting: &Counting) {
        let Digest::Step { outcome, is_hop, .. } = held.entry.digest else { return };
        let (at, new) = (held.entry.at, || Followed::new(held.subject()));
        let Some(request) = self.0.get_or_insert(held.subject(), new) else { return };
        if let Some((ending, _)) = Round::take(&mut request.live, at, outcome, is_hop) {
            request.ended = Some((ending, at));
        }
        request.went_ahead(held.id());
    }

    fn rewind(&mut self) {
        self.0.iter_mut().for_each(Request::rewind);
        self.0.take_out(|request| request.is_over(), drop);
    }

    fn forget(&mut self, end: Instant, week: &mut RequestsWeek) -> bool {
        for request in self.0.iter_mut() {
            request.ended = request.ended.filter(|(_, at)| *at >= end);
            if let Some(round) = request.closed.as_ref().filter(|round| round.is_silent(end)) {
                week.ended.push(Ended {
                    request: request.name().as_bytes().into(),
                    ending: Ending::Silent,
                    at: round.last.saturating_add(SILENT_MS),
                });
                request.closed = None;
                request.forget_older();
            }
        }
        week.dropped = drop_oldest(&mut self.0, REQUESTS_MAX, |round| round.last);
        self.0.take_out(|request| request.is_over(), drop);
        week.dropped > 0
    }

    fn is_plausible(&self) -> bool {
        self.0.len() <= REQUESTS_MAX
            && self.0.iter().all(|request| {
                request.name().len() <= NAME_BYTES_MAX
                    && request.closed.as_ref().is_none_or(Round::is_plausible)
            })
    }
}
