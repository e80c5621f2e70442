//! An episode: one alert from the day it first fired to the day it was resolved, or to the end of the log.

use std::collections::BTreeMap;

use redtape::detector::{Alert, AlertState, Cause, Severity};
use redtape_model::calendar::Instant;
use redtape_scan::report::Filter;

use super::number;
use redtape_model::calendar::DAY_MS;

/// One alert, from first to last.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Of the alert.
    pub id: String,
    /// `*`: the tenant itself.
    pub account: String,
    /// Kebab-case.
    pub signal: String,
    /// What found it.
    pub cause: Cause,
    /// Plan or request; empty: the account.
    pub subject: String,
    /// The worst it came to.
    pub severity: Severity,
    /// When it first fired, which is when people hear of it.
    pub fired: Instant,
    /// When it was resolved; none: it is still open.
    pub resolved: Option<Instant>,
    /// As of the alert; empty while it is open.
    pub resolution: String,
    /// What was said when it was worst, the first time.
    pub summary: String,
}

/// What an episode was measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A limit on what an account does in a week.
    Limit,
    /// A limit on a single plan or request.
    LimitOfOne,
    /// The account's own past.
    Rise,
}

impl Episode {
    /// What it was measured by.
    pub fn kind(&self) -> Kind {
        match self.cause {
            Cause::Rise => Kind::Rise,
            Cause::Threshold if self.subject.is_empty() => Kind::Limit,
            Cause::Threshold => Kind::LimitOfOne,
        }
    }

    /// Days it was open, until `end` where it still is.
    pub fn days(&self, end: Instant) -> f64 {
        number(self.open_ms(end)) / number(DAY_MS)
    }

    pub(super) fn open_ms(&self, end: Instant) -> i64 {
        (self.resolved.unwrap_or(end) - self.fired).max(0)
    }

    /// Whether both speak of the same thing, and were open at the same time.
    ///
    /// Ids do not tell: they hold the day on which the alert opened, which another limit moves.
    pub fn meets(&self, other: &Self) -> bool {
        let end = |episode: &Self| episode.resolved.unwrap_or(Instant::MAX).max(episode.fired + 1);
        self.thing() == other.thing() && self.fired < end(other) && other.fired < end(self)
    }

    /// What it speaks of.
    pub(super) fn thing(&self) -> (&str, &str, &str, &str) {
        (&self.account, &self.signal, self.cause.as_str(), &self.subject)
    }
}

/// Makes episodes of alerts as they are told.
#[derive(Debug, Default)]
pub struct Episodes {
    filter: Filter,
    by_id: BTreeMap<String, Episode>,
}

impl Episodes {
    /// Takes alerts that `filter` wants.
    pub fn of(filter: Filter) -> Self {
        Self { filter, by_id: BTreeMap::new() }
    }

    /// Takes what was told, in its order.
    pub fn take(&mut self, alerts: &[Alert]) {
        for alert in alerts.iter().filter(|alert| self.filter.wants(alert)) {
            match (alert.state, self.by_id.get_mut(&alert.id)) {
                (AlertState::Pending, _) => {}
                (AlertState::Firing, None) => {
                    self.by_id.insert(alert.id.clone(), begun(alert));
                }
                (AlertState::Firing, Some(episode)) => {
                    if alert.severity as u8 > episode.severity as u8 {
                        episode.severity = alert.severity;
                        episode.summary.clone_from(&alert.summary);
                    }
                }
                (AlertState::Resolved, Some(episode)) => {
                    episode.resolved = Some(alert.at);
                    episode.resolution.clone_from(&alert.resolution);
                }
                // It never fired, so nobody has heard of it.
                (AlertState::Resolved, None) => {}
            }
        }
    }

    /// All of them, in the order in which people heard of them.
    pub fn into_vec(self) -> Vec<Episode> {
        let mut all: Vec<Episode> = self.by_id.into_values().collect();
        all.sort_by(|a, b| (a.fired, a.thing(), &a.id).cmp(&(b.fired, b.thing(), &b.id)));
        all
    }
}

fn begun(alert: &Alert) -> Episode {
    Episode {
        id: alert.id.clone(),
        account: alert.account.clone(),
        signal: alert.signal.clone(),
        cause: alert.cause,
        subject: alert.subject.clone(),
        severity: alert.severity,
        fired: alert.at,
        resolved: None,
        resolution: String::new(),
        summary: alert.summary.clone(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An episode of one thing, over days.
    pub(in crate::tuning) fn episode(thing: &str, fired: i64, resolved: Option<i64>) -> Episode {
        Episode {
            id: format!("{thing}-{fired}"),
            account: thing.to_owned(),
            signal: "meeting-count".to_owned(),
            cause: Cause::Threshold,
            subject: String::new(),
            severity: Severity::Warning,
            fired: fired * DAY_MS,
            resolved: resolved.map(|day| day * DAY_MS),
            resolution: String::new(),
            summary: String::new(),
        }
    }

    #[test]
    fn episodes_of_one_thing_meet_where_they_are_open_together() {
        let meets = |a: (i64, Option<i64>), b: (i64, Option<i64>)| {
            let (a, b) = (episode("a", a.0, a.1), episode("a", b.0, b.1));
            assert_eq!(a.meets(&b), b.meets(&a));
            a.meets(&b)
        };
        assert!(meets((1, Some(5)), (4, Some(9))));
        assert!(!meets((1, Some(5)), (5, Some(9))), "one ends on the day the other begins");
        assert!(meets((1, None), (500, Some(501))));
        assert!(meets((3, Some(3)), (3, None)), "it was open for less than a day");
        assert!(!episode("a", 1, None).meets(&episode("b", 1, None)));
        let rise = Episode { cause: Cause::Rise, ..episode("a", 1, None) };
        assert!(!episode("a", 1, None).meets(&rise));
        let plan = Episode { subject: "plan".to_owned(), ..episode("a", 1, None) };
        assert!(!episode("a", 1, None).meets(&plan));
    }
}
