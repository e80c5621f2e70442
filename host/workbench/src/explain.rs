//! One alert from the activities up: its life, the weeks around it, and what it rests on.
//!
//! The log is read three times: to find the alert, to live through it once more up to its last decision, and to look up
//! its evidence. How it is shown is decided in `render`.

use std::collections::BTreeMap;

use redtape::detector::{Alert, AlertState, Detector, Point};
use redtape::policy::InForce;
use redtape_import::input::Input;
use redtape_model::calendar::{Instant, Zone};
use redtape_scan::Error;
use redtape_scan::evidence::{Found, Lookup};
use redtape_scan::report::{Keep, Series};
use redtape_scan::scan::Scan;

/// Fewest digits of an id that are taken for its beginning.
pub const ID_DIGITS_MIN: usize = 4;
/// Alerts that are named where the one asked for is not there.
const NAMED_MAX: usize = 3;

/// What a log has for the beginning of an id.
#[derive(Clone, Debug)]
pub enum Search {
    /// One alert.
    One(Box<Life>),
    /// Several alerts whose ids begin so.
    Several(Vec<Alert>),
    /// None.
    None {
        /// The ids that share most with it, at most three.
        nearest: Vec<Alert>,
        /// What was told last, at most three.
        newest: Vec<Alert>,
    },
}

/// The life of one alert.
#[derive(Clone, Debug)]
pub struct Life {
    /// What was told of it, in the order of time; nothing of one that was only pending.
    pub changes: Vec<Alert>,
    /// As it stands at the end of the log; none: it is resolved.
    pub open: Option<Alert>,
}

/// An alert with all that explains it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Its life.
    pub life: Life,
    /// The closed weeks of its series up to its last decision, oldest first.
    pub points: Vec<Point>,
    /// The policy as it holds for its account.
    pub in_force: InForce,
    /// Its evidence as it was written.
    pub found: Found,
    /// Of the policy.
    pub zone: Zone,
}

/// Looks for the alert whose id begins with `id`, in lower case.
///
/// # Errors
///
/// Those of [`Scan::run`].
pub fn search<E: From<Error>>(
    id: &str,
    input: Input,
    detectors: Vec<Detector>,
    scan: Scan,
    mut told: impl FnMut() -> Result<(), E>,
) -> Result<Search, E> {
    let mut seen = Seen { id, lives: BTreeMap::new(), nearest: Vec::new(), newest: Vec::new() };
    let report = scan.keep(Keep::None).run(input, detectors, |alerts| {
        alerts.iter().for_each(|alert| seen.see(alert));
        told()
    })?;
    for alert in report.open {
        if alert.id.starts_with(id) {
            let life = seen.lives.entry(alert.id.clone()).or_insert_with(Life::new);
            life.open = Some(alert);
        } else if alert.state == AlertState::Pending {
            seen.near(&alert);
        }
    }
    Ok(seen.answer())
}

/// What a search has met.
struct Seen<'a> {
    id: &'a str,
    lives: BTreeMap<String, Life>,
    nearest: Vec<Alert>,
    newest: Vec<Alert>,
}

impl Seen<'_> {
    fn see(&mut self, alert: &Alert) {
        if alert.id.starts_with(self.id) {
            self.lives.entry(alert.id.clone()).or_insert_with(Life::new).changes.push(alert.clone());
            return;
        }
        self.near(alert);
        self.newest.retain(|other| other.id != alert.id);
        self.newest.insert(0, alert.clone());
        self.newest.truncate(NAMED_MAX);
    }

    fn near(&mut self, alert: &Alert) {
        self.nearest.retain(|other| other.id != alert.id);
        self.nearest.push(alert.clone());
        let id = self.id;
        let shared = |alert: &Alert| alert.id.bytes().zip(id.bytes()).take_while(|(a, b)| a == b).count();
        // Of those that share as much, the newer ones.
        self.nearest.sort_by_key(|alert| std::cmp::Reverse((shared(alert), alert.at)));
        self.nearest.truncate(NAMED_MAX);
    }

    fn answer(mut self) -> Search {
        match self.lives.len() {
            0 => {
                let id = self.id;
                // What shares no digit is no nearer than any other.
                self.nearest.retain(|alert| alert.id.bytes().next() == id.bytes().next());
                Search::None { nearest: self.nearest, newest: self.newest }
            }
            1 => match self.lives.into_values().next() {
                Some(life) => Search::One(Box::new(life)),
                None => Search::Several(Vec::new()),
            },
            _ => Search::Several(self.lives.into_values().filter_map(|life| life.last().cloned()).collect()),
        }
    }
}

impl Life {
    fn new() -> Self {
        Self { changes: Vec::new(), open: None }
    }

    /// The alert as it stands, or as it was told last.
    pub fn last(&self) -> Option<&Alert> {
        self.open.as_ref().or(self.changes.last())
    }

    /// The last time it was told with its numbers, before it resolved.
    pub fn told(&self) -> Option<&Alert> {
        let firing = self.changes.iter().rev().find(|alert| alert.state != AlertState::Resolved);
        self.open.as_ref().or(firing).or(self.changes.last())
    }

    /// Where its life ends; none: it goes on at the end of the log.
    pub fn until(&self) -> Option<Instant> {
        if self.open.is_some() { None } else { self.changes.last().map(|alert| alert.at) }
    }

    /// Lives through it once more: the closed weeks of its series as they were known at its last decision.
    ///
    /// # Errors
    ///
    /// Those of [`Scan::run`].
    pub fn relive<E: From<Error>>(
        &self,
        input: Input,
        detectors: Vec<Detector>,
        scan: Scan,
        mut told: impl FnMut() -> Result<(), E>,
    ) -> Result<Vec<Point>, E> {
        let scan = scan.keep(Keep::Lately).charted(true);
        let scan = self.until().map_or(scan, |until| scan.until(until));
        let mut report = scan.run(input, detectors, |_| told())?;
        let series = self.last().map(Series::of);
        Ok(series.and_then(|series| report.histories.remove(&series)).unwrap_or_default())
    }

    /// What has to be looked up for it: its evidence, and the profile that its limits were chosen by.
    pub fn lookup(&self) -> Lookup {
        let (account, ids) = match self.told() {
            Some(alert) => (alert.account.clone(), alert.evidence.iter().cloned().collect()),
            None => Default::default(),
        };
        Lookup { account, ids, until: self.until() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(id: &str, at: Instant) -> Alert {
        Alert { id: id.to_owned(), opened: at, since: at, at, ..Alert::blank() }
    }

    fn searched(id: &str) -> String {
        let mut seen = Seen { id, lives: BTreeMap::new(), nearest: Vec::new(), newest: Vec::new() };
        let told = [("abcd1", 1), ("abce2", 2), ("abcd1", 3), ("abcf3", 4), ("12345", 5), ("ab000", 6)];
        told.iter().for_each(|(id, at)| seen.see(&alert(id, *at)));
        let ids = |alerts: Vec<Alert>| alerts.into_iter().map(|alert| alert.id).collect::<Vec<_>>().join(" ");
        match seen.answer() {
            Search::One(life) => format!("one: {} {:?}", ids(life.changes.clone()), life.until()),
            Search::Several(alerts) => format!("several: {}", ids(alerts)),
            Search::None { nearest, newest } => format!("nearest: {}; newest: {}", ids(nearest), ids(newest)),
        }
    }

    #[test]
    fn an_id_is_found_by_its_beginning() {
        assert_eq!(searched("abcd"), "one: abcd1 abcd1 Some(3)");
        assert_eq!(searched("abc"), "several: abcd1 abce2 abcf3");
        assert_eq!(searched("abc0"), "nearest: abcf3 abcd1 abce2; newest: ab000 12345 abcf3");
        assert_eq!(searched("ffff"), "nearest: ; newest: ab000 12345 abcf3");
    }
}
