//! Accounts in the order of concern, and how many there are of each kind.
//!
//! Pure; what they look like is decided beside it.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use crate::render::order::{self, Resolved};
use redtape::detector::{Alert, Severity, Watch};
use redtape_model::calendar::Instant;
use redtape_scan::report::{Report, Series};
use redtape_scan::scan::{TENANT, WHOLE};

/// An account with something to tell; `*` is the tenant itself.
#[derive(Debug, Default)]
pub(super) struct Account<'a> {
    pub(super) name: &'a str,
    /// Firing alerts in groups of one severity and signal, the worst first.
    pub(super) open: Vec<Vec<&'a Alert>>,
    /// Resolved lately, in groups of one signal, the newest first.
    pub(super) resolved: Vec<Vec<Resolved<'a>>>,
}

impl<'a> Account<'a> {
    /// The worst of its open alerts.
    pub(super) fn worst(&self) -> Option<&'a Alert> {
        self.open.first().and_then(|group| group.first()).copied()
    }

    /// What comes before how far out it is: the severity, the tenant, how many signals are out; where nothing is open, how
    /// lately something ended.
    fn rank(&self) -> impl Ord + use<> {
        let severity = self.severity().map(|it| it as u8);
        let leads = self.open.iter().filter_map(|group| group.first());
        let worst = leads.filter(|alert| Some(alert.severity as u8) == severity).count();
        let ended = self.resolved.iter().flatten().map(|it| it.last.at).max().filter(|_| severity.is_none());
        Reverse((severity, self.name == TENANT, worst, self.open.len(), ended))
    }

    /// Of its worst open alert.
    pub(super) fn severity(&self) -> Option<Severity> {
        self.open.iter().flatten().map(|alert| alert.severity).max_by_key(|severity| *severity as u8)
    }

    /// Open alerts of a severity.
    pub(super) fn open_of(&self, severity: Severity) -> u64 {
        let of = self.open.iter().flatten().filter(|alert| alert.severity == severity);
        u64::try_from(of.count()).unwrap_or_default()
    }

    /// The earliest onset of what is open.
    pub(super) fn since(&self) -> Option<Instant> {
        self.open.iter().flatten().map(|alert| alert.since).min()
    }
}

/// All accounts with something to tell: open alerts first, the worst first; then those resolved at `from` or later.
pub(super) fn accounts(report: &Report, from: Instant) -> Vec<Account<'_>> {
    let mut accounts: BTreeMap<&str, Account<'_>> = BTreeMap::new();
    let firing: Vec<&Alert> = report.firing().collect();
    for group in order::groups(&firing) {
        let Some(name) = group.first().map(|alert| alert.account.as_str()) else { continue };
        accounts.entry(name).or_default().open.push(group);
    }
    for group in order::resolved(report, from, false) {
        let Some(name) = group.first().map(|it| it.last.account.as_str()) else { continue };
        accounts.entry(name).or_default().resolved.push(group);
    }
    let mut accounts: Vec<Account<'_>> =
        accounts.into_iter().map(|(name, account)| Account { name, ..account }).collect();
    accounts.sort_by(|a, b| {
        a.rank().cmp(&b.rank()).then_with(|| match (a.worst(), b.worst()) {
            (Some(a), Some(b)) => order::badness(b, a),
            _ => Ordering::Equal,
        })
    });
    accounts
}

/// How many accounts there are of each kind; they add up to all accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) critical: u64,
    pub(super) warning: u64,
    pub(super) notice: u64,
    /// Nothing open, and enough data to say so; with those of too little data where they cannot be told apart.
    pub(super) calm: u64,
    /// Nothing open, and too little data to say that all is well. None: it is not known of each account.
    pub(super) unknown: Option<u64>,
}

/// Counts accounts; the tenant is none.
pub(super) fn figures(report: &Report, accounts: &[Account<'_>]) -> Figures {
    let alerting =
        || accounts.iter().filter(|account| account.name != TENANT && account.severity().is_some());
    let of = |severity| {
        let all = alerting().filter(|account| account.severity() == Some(severity));
        u64::try_from(all.count()).unwrap_or_default()
    };
    let (critical, warning, notice) = (of(Severity::Critical), of(Severity::Warning), of(Severity::Info));
    let quiet = u64::from(report.accounts).saturating_sub(critical + warning + notice);
    let whole = report.series.iter().find(|standing| standing.signal == WHOLE);
    let unknown = whole.filter(|it| it.asleep + it.warming_up + it.watching == report.accounts).map(|it| {
        let told = alerting().filter(|account| !is_watched(report, account.name));
        let told = u64::try_from(told.count()).unwrap_or_default();
        u64::from(it.asleep + it.warming_up).saturating_sub(told).min(quiet)
    });
    Figures { critical, warning, notice, calm: quiet - unknown.unwrap_or_default(), unknown }
}

/// Whether there is enough data to judge an account as a whole.
fn is_watched(report: &Report, account: &str) -> bool {
    let series = Series { account: account.to_owned(), signal: WHOLE.to_owned() };
    let newest = report.histories.get(&series).and_then(|points| points.last());
    newest.is_some_and(|point| point.watch == Watch::Watching)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::html::tests::{alert, point};
    use redtape::detector::SignalStanding;

    fn report() -> Report {
        let mut report = Report { accounts: 10, ..Report::default() };
        for (account, signal, severity, value) in [
            ("one-far-out", "meeting-count", Severity::Critical, 20.0),
            ("a-warning", "meeting-count", Severity::Warning, 30.0),
            ("two-signals", "meeting-count", Severity::Critical, 9.0),
            ("two-signals", "meeting-hours", Severity::Critical, 9.0),
            (TENANT, "approval-hops", Severity::Warning, 6.0),
        ] {
            report.open.push(alert(account, signal, severity, value));
        }
        let mut resolved = alert("calm-again", "meeting-count", Severity::Warning, 6.0);
        resolved.state = redtape::AlertState::Resolved;
        report.alerts.push(resolved);
        report.series.push(SignalStanding {
            signal: WHOLE.to_owned(),
            asleep: 2,
            warming_up: 1,
            watching: 7,
        });
        report
    }

    #[test]
    fn the_worst_comes_first_and_all_accounts_before_one() {
        let report = report();
        let names = |from| accounts(&report, from).iter().map(|account| account.name).collect::<Vec<_>>();
        assert_eq!(names(0), ["two-signals", "one-far-out", "*", "a-warning", "calm-again"]);
        assert_eq!(names(i64::MAX), ["two-signals", "one-far-out", "*", "a-warning"]);
    }

    #[test]
    fn accounts_add_up_and_silence_is_no_health() {
        let mut report = report();
        let figures_of = |report: &Report| figures(report, &accounts(report, 0));
        let series = |account: &str| Series { account: account.to_owned(), signal: WHOLE.to_owned() };
        for (account, watch) in
            [("one-far-out", Watch::Watching), ("two-signals", Watch::Watching), ("a-warning", Watch::Asleep)]
        {
            report.histories.insert(series(account), vec![point(0, Some(1.0), watch)]);
        }
        let expected = Figures { critical: 2, warning: 1, notice: 0, calm: 5, unknown: Some(2) };
        assert_eq!(figures_of(&report), expected);
        // A policy that does not watch every account as a whole: then nobody can say of how many too little is known.
        report.series[0].asleep = 0;
        assert_eq!(figures_of(&report), Figures { calm: 7, unknown: None, ..expected });
    }
}
