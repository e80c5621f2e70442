//! What the log holds of each signal: whether there is enough to calibrate by, and whether tiers differ.

use std::collections::BTreeMap;

use crate::tuning::Census;
use crate::tuning::{Replay, many, number};
use redtape_scan::scan::{Score, TENANT};

/// Weeks that are measured before the first that has a score.
const WARM_UP: u32 = 7;
/// Enough: so many measured weeks, in so many accounts ...
pub(super) const WEEKS_MIN: u32 = 8;
pub(super) const ACCOUNTS_MIN: usize = 3;
/// ... or so many of one account.
pub(super) const WEEKS_ALONE: u32 = 52;
/// Accounts that a tier must have with data, and all others together too.
pub(super) const TIER_ACCOUNTS_MIN: usize = 10;
/// How far a rank sum must be out: one in a hundred by chance, on both sides.
const RANKS_OUT: f64 = 2.58;
/// And how far apart the medians must be.
const MEDIANS_APART: f64 = 1.3;

/// All series of a log with anything to measure.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    series: BTreeMap<(String, String), Series>,
}

#[derive(Clone, Debug, Default)]
struct Series {
    weeks: u32,
    sum: f64,
}

impl Measured {
    /// Takes scores as they are told.
    pub(super) fn take(&mut self, scores: &[Score]) {
        for score in scores.iter().filter(|score| score.account != TENANT) {
            if let Some(value) = score.value {
                let series = self.series.entry((score.signal.clone(), score.account.clone())).or_default();
                series.weeks += 1;
                series.sum += value;
            }
        }
    }

    fn of<'a>(&'a self, signal: &'a str) -> impl Iterator<Item = (&'a str, &'a Series)> {
        let all = self.series.iter().filter(move |((name, _), _)| name == signal);
        // Where nothing ever happened there is nothing to measure.
        all.filter(|(_, series)| series.sum > 0.0).map(|((_, account), series)| (account.as_str(), series))
    }

    /// Accounts with enough weeks of this signal to be judged by.
    pub(super) fn accounts(&self, signal: &str) -> usize {
        self.of(signal).count()
    }

    /// How long the accounts with enough weeks of this signal, and of a tier that is wanted, were known.
    pub(super) fn known_ms(&self, signal: &str, log: &Replay, wants: impl Fn(&str) -> bool) -> i64 {
        let census = &log.census;
        let wanted = self.of(signal).filter(|(account, _)| wants(census.tier(account)));
        wanted.filter_map(|(account, _)| census.first(account)).map(|first| (log.end() - first).max(0)).sum()
    }

    /// Why a signal cannot be calibrated; none: it can.
    pub(super) fn lacks(&self, signal: &str) -> Option<String> {
        let accounts = self.accounts(signal);
        let longest = self.of(signal).map(|(_, series)| series.weeks + WARM_UP).max().unwrap_or_default();
        if accounts >= ACCOUNTS_MIN || longest >= WEEKS_ALONE {
            return None;
        }
        let found = match (accounts, longest) {
            (0, _) => format!("no account has {WEEKS_MIN} weeks with something to measure"),
            (1, longest) => format!("1 account has weeks to measure, {longest} of them"),
            (accounts, longest) => {
                format!("{accounts} accounts have {WEEKS_MIN} weeks to measure, the longest {longest}")
            }
        };
        Some(format!(
            "too little data: {found}; it takes {WEEKS_MIN} weeks in {ACCOUNTS_MIN} accounts, or {WEEKS_ALONE} in one"
        ))
    }

    /// Whether accounts of `tier` differ from others in this signal, those of the tiers in `without` left out: by the
    /// mean week of each account.
    pub(super) fn differs(
        &self,
        signal: &str,
        tier: &str,
        without: &[&str],
        census: &Census,
    ) -> Result<Apart, Alike> {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (account, series) in self.of(signal) {
            let mean = series.sum / number(i64::from(series.weeks));
            match census.tier(account) {
                own if own == tier => inside.push(mean),
                other if without.contains(&other) => {}
                _ => outside.push(mean),
            }
        }
        if inside.len() < TIER_ACCOUNTS_MIN || outside.len() < TIER_ACCOUNTS_MIN {
            return Err(Alike::Few);
        }
        let (own, others) = (median(&mut inside), median(&mut outside));
        let ratio = if own > others { own / others } else { others / own };
        let ranks_out = ranks_out(&inside, &outside);
        if ranks_out.abs() < RANKS_OUT || ratio < MEDIANS_APART {
            return Err(Alike::Near);
        }
        Ok(Apart { own, others, ranks_out })
    }
}

/// Why a tier is treated as all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Alike {
    /// Too few accounts with data.
    Few,
    /// Chance could do it, or it is little.
    Near,
}

/// How far a tier is from others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Apart {
    /// The median of the mean weeks of its accounts.
    pub(super) own: f64,
    /// The same of the others.
    pub(super) others: f64,
    /// In standard deviations of a rank sum.
    pub(super) ranks_out: f64,
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    if values.len().is_multiple_of(2) { at(middle - 1).midpoint(at(middle)) } else { at(middle) }
}

/// The rank sum of `a` among both, in standard deviations from what chance gives (Mann and Whitney 1947); ties share.
fn ranks_out(a: &[f64], b: &[f64]) -> f64 {
    let wins: f64 = a
        .iter()
        .flat_map(|own| b.iter().map(move |other| (own, other)))
        .map(|(own, other)| {
            if own > other {
                1.0
            } else if own < other {
                0.0
            } else {
                0.5
            }
        })
        .sum();
    let (n, m) = (many(a.len()), many(b.len()));
    (wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn measured(accounts: &[(&str, u32, f64)]) -> Measured {
        let mut measured = Measured::default();
        for (account, weeks, value) in accounts {
            let score = Score {
                account: (*account).to_owned(),
                signal: "meeting-count".to_owned(),
                week: 0,
                value: Some(*value),
                expected: None,
                company_factor: 1.0,
                score: 0.0,
            };
            measured.take(&vec![score; usize::try_from(*weeks).unwrap()]);
        }
        measured
    }

    #[test]
    fn three_accounts_or_a_year_of_one_are_enough() {
        let lacks = |accounts: &[(&str, u32, f64)]| measured(accounts).lacks("meeting-count");
        assert_eq!(lacks(&[("a", 1, 1.0), ("b", 1, 1.0), ("c", 1, 1.0)]), None);
        assert!(lacks(&[("a", 1, 1.0), ("b", 1, 1.0), ("c", 90, 0.0)]).is_some(), "c has no meetings");
        assert_eq!(lacks(&[("a", WEEKS_ALONE - WARM_UP, 1.0)]), None);
        assert!(lacks(&[("a", WEEKS_ALONE - WARM_UP - 1, 1.0)]).is_some());
        let none = measured(&[]).lacks("meeting-count").unwrap();
        assert!(none.starts_with("too little data: no account has 8 weeks"), "{none}");
    }

    #[test]
    fn tiers_differ_where_chance_would_not_do_it() {
        let names: Vec<String> = (0..40).map(|number| format!("account-{number}")).collect();
        let mut census = Census::default();
        for name in &names[..20] {
            census.see(xxh3_64(name.as_bytes()), Some(0), r#"{"kind":"profile","tier":"key"}"#);
        }
        let differs = |factor: f64| {
            let value = |at: usize| (1.0 + (at % 20) as f64 / 10.0) * if at < 20 { factor } else { 1.0 };
            let all: Vec<_> =
                names.iter().enumerate().map(|(at, name)| (name.as_str(), 9, value(at))).collect();
            measured(&all).differs("meeting-count", "key", &[], &census)
        };
        assert!(differs(2.0).is_ok() && differs(0.5).is_ok());
        assert!(matches!(differs(1.0), Err(Alike::Near)));
        assert!(matches!(differs(1.2), Err(Alike::Near)), "a fifth more is no other kind of account");
        let few = measured(&[("account-1", 9, 1.0)]).differs("meeting-count", "key", &[], &census);
        assert_eq!(few, Err(Alike::Few));
    }
}
