//! Tiers: which of them have limits of their own, and why others have not.

pub(super) use super::measured::TIER_ACCOUNTS_MIN as ACCOUNTS_MIN;
use super::measured::{Alike, TIER_ACCOUNTS_MIN};
use super::trial::Group;
use super::{Choice, Limit, Search};

/// Limits of one tier.
#[derive(Clone, Debug)]
pub struct TierLimits {
    /// Its name, as profiles have it.
    pub tier: String,
    /// Accounts of this tier.
    pub accounts: usize,
    /// Those limits that differ from what holds for others.
    pub limits: Vec<(Limit, Choice)>,
}

/// For each limit the groups of accounts that are looked at on their own, and what was found of tiers.
pub(super) fn groups(search: &Search<'_>) -> (Vec<Vec<Group>>, Vec<String>) {
    let census = &search.log.report.census;
    let tiers = census.tiers();
    let named: Vec<(&str, usize)> = tiers.into_iter().filter(|(tier, _)| !tier.is_empty()).collect();
    let mut notes = Vec::new();
    if named.is_empty() {
        notes.push("No account has a tier: limits hold for all alike.".to_owned());
    }
    let (large, small): (Vec<_>, Vec<_>) = named.into_iter().partition(|(_, it)| *it >= TIER_ACCOUNTS_MIN);
    for (tier, accounts) in small {
        notes.push(format!(
            "Tier `{tier}` has {}, fewer than the {TIER_ACCOUNTS_MIN} it takes: it goes with all others.",
            crate::text::counted(u64::try_from(accounts).unwrap_or_default(), "account")
        ));
    }
    let mut own: Vec<Vec<String>> = vec![Vec::new(); search.limits.len()];
    for (tier, accounts) in large {
        notes.push(tier_note(search, tier, accounts, &mut own));
    }
    let groups = own.into_iter().map(|tiers| {
        if tiers.is_empty() {
            return vec![Group::All];
        }
        let mut groups = vec![Group::Rest(tiers.clone())];
        groups.extend(tiers.into_iter().map(Group::Tier));
        groups
    });
    (groups.collect(), notes)
}

/// Looks at every signal of one tier; adds it to the `own` of each limit in which it differs.
fn tier_note(search: &Search<'_>, tier: &str, accounts: usize, own: &mut [Vec<String>]) -> String {
    let (mut differ, mut near, mut few) = (Vec::new(), Vec::new(), Vec::new());
    let mut seen = "";
    for ((limit, lacks), own) in search.limits.iter().zip(&search.lacks).zip(own) {
        let signal = limit.signal.as_str();
        let found = search.measured.differs(signal, tier, &search.log.report.census);
        if lacks.is_none() && found.is_ok() {
            own.push(tier.to_owned());
        }
        if seen == signal {
            continue;
        }
        seen = signal;
        match found {
            _ if lacks.is_some() => few.push(signal.to_owned()),
            Ok((inside, outside)) => differ.push(format!("{signal} ({inside:.2} against {outside:.2} a week)")),
            Err(Alike::Near(..)) => near.push(signal.to_owned()),
            Err(Alike::Few(..)) => few.push(signal.to_owned()),
        }
    }
    let mut parts = Vec::new();
    if !differ.is_empty() {
        parts.push(format!("differs from all others in {}", differ.join(", ")));
    }
    if !near.is_empty() {
        parts.push(format!("is like them in {}", near.join(", ")));
    }
    if !few.is_empty() {
        parts.push(format!(
            "has too few accounts with data ({TIER_ACCOUNTS_MIN} of its own, {TIER_ACCOUNTS_MIN} others) in {}",
            few.join(", ")
        ));
    }
    format!("Tier `{tier}`, {accounts} accounts: {}.", parts.join("; "))
}

/// What was chosen for tiers, where it differs from what holds for others.
pub(super) fn limits(search: &Search<'_>) -> Vec<TierLimits> {
    let tiers = search.log.report.census.tiers();
    let own = |tier: &str| {
        let chosen = search.chosen.iter().filter_map(|(at, group, choice)| {
            let limit = search.limits.get(*at).filter(|_| *group == Group::Tier(tier.to_owned()))?;
            let base = search.chosen_of(*at);
            let is_same = base.is_some_and(|it| it.warning == choice.warning && it.critical == choice.critical);
            (!is_same).then(|| (limit.clone(), choice.clone()))
        });
        chosen.collect::<Vec<_>>()
    };
    tiers
        .into_iter()
        .map(|(tier, accounts)| TierLimits { tier: tier.to_owned(), accounts, limits: own(tier) })
        .filter(|tier| !tier.limits.is_empty())
        .collect()
}
