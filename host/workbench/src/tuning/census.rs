//! Which accounts a log has, since when, and of which tier: what alerts are divided by.
//!
//! Lines are looked at as a scan takes them. Whether they are activities is the plugin's business, so an account of
//! rejected lines alone is in it as well.

use std::collections::BTreeMap;

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use redtape_import::input::{Content, Gathered, Input};
use redtape_model::calendar::Instant;
use redtape_scan::scan::Clock;

/// The accounts of a log, by the hash of their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    accounts: BTreeMap<u64, Known>,
}

/// What is known of one account.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    /// When it was first seen; none: no line says when.
    first: Option<Instant>,
    /// Of its newest profile; empty: there is none.
    tier: String,
}

/// As much of a profile as is asked for.
#[derive(Deserialize)]
struct Profile {
    kind: String,
    #[serde(default)]
    tier: Option<String>,
}

impl Census {
    /// Takes a census of what a scan by `clock` takes of `input`.
    pub(super) fn gather(input: &mut Input, clock: Clock) -> Gathered<Self> {
        let end = clock.end();
        input.gather(Self::default(), move |census, line| {
            if let Content::Text(text) = line.content
                && line.at.is_none_or(|at| at <= end)
            {
                census.see(line.account, line.at, text);
            }
        })
    }

    /// Looks at a line of the account with this hash; 0 is no account.
    pub(crate) fn see(&mut self, account: u64, at: Option<Instant>, line: &str) {
        if account == 0 {
            return;
        }
        let known = self.accounts.entry(account).or_default();
        known.first = match (known.first, at) {
            (Some(first), Some(at)) => Some(first.min(at)),
            (first, at) => first.or(at),
        };
        // Few lines are profiles, and only those are read in full.
        if line.contains("\"profile\"")
            && let Ok(profile) = serde_json::from_str::<Profile>(line)
            && profile.kind == "profile"
        {
            known.tier = profile.tier.unwrap_or_default();
        }
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// When an account was first seen.
    pub fn first(&self, account: &str) -> Option<Instant> {
        self.accounts.get(&xxh3_64(account.as_bytes()))?.first
    }

    /// The tier of an account's newest profile; empty: it has none.
    pub fn tier(&self, account: &str) -> &str {
        self.accounts.get(&xxh3_64(account.as_bytes())).map_or("", |known| &known.tier)
    }

    /// How many accounts each tier has; those without one under the empty name.
    pub fn tiers(&self) -> BTreeMap<&str, usize> {
        let mut tiers = BTreeMap::new();
        for known in self.accounts.values() {
            *tiers.entry(known.tier.as_str()).or_insert(0) += 1;
        }
        tiers
    }

    /// How long the accounts that `wants` their tier were known until `end`, from the first line of each, in milliseconds.
    pub fn known_ms(&self, end: Instant, wants: impl Fn(&str) -> bool) -> i64 {
        let wanted = self.accounts.values().filter(|known| wants(&known.tier));
        wanted.filter_map(|known| known.first).map(|first| (end - first).max(0)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_count_from_their_first_line_under_their_newest_tier() {
        let (acme, other) = (xxh3_64(b"acme"), xxh3_64(b"other"));
        let mut census = Census::default();
        census.see(acme, Some(5), r#"{"kind":"meeting","title":"a \"profile\" of"}"#);
        census.see(acme, Some(3), r#"{"kind":"profile","tier":"strategic"}"#);
        census.see(acme, Some(9), r#"{"kind":"profile","tier":"key"}"#);
        census.see(other, None, r#"{"kind":"profile","tier":"#);
        census.see(0, Some(1), "nonsense");
        assert_eq!((census.len(), census.tier("acme"), census.tier("other")), (2, "key", ""));
        assert_eq!(census.tiers(), BTreeMap::from([("", 1), ("key", 1)]));
        let known = |end, tier| census.known_ms(end, |it| it == tier);
        assert_eq!((known(10, "key"), known(2, "key"), known(10, "")), (7, 0, 0));
    }
}
