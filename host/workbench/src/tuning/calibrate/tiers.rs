//! Tiers: which of them have limits of their own, and why others have not.

pub(super) use super::measured::TIER_ACCOUNTS_MIN as ACCOUNTS_MIN;
use super::measured::{Alike, Apart};
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

/// What was found of each tier in one signal.
type Found<'t> = Vec<(&'t str, Result<Apart, Alike>)>;

/// For each limit the groups of accounts that are looked at on their own, and what was found of tiers.
pub(super) fn groups(search: &Search<'_>) -> (Vec<Vec<Group>>, Vec<String>) {
    let census = &search.log.census;
    let tiers = census.tiers();
    let named: Vec<(&str, usize)> = tiers.into_iter().filter(|(tier, _)| !tier.is_empty()).collect();
    let mut notes = Vec::new();
    if named.is_empty() {
        notes.push("No account has a tier: limits hold for all alike.".to_owned());
    }
    let (large, small): (Vec<_>, Vec<_>) = named.into_iter().partition(|(_, it)| *it >= ACCOUNTS_MIN);
    for (tier, accounts) in small {
        notes.push(format!(
            "Tier `{tier}` has {}, fewer than the {ACCOUNTS_MIN} it takes: it goes with all others.",
            redtape_model::text::counted(u64::try_from(accounts).unwrap_or_default(), "account")
        ));
    }
    let mut signals: Vec<&str> = Vec::new();
    for (limit, lacks) in search.limits.iter().zip(&search.lacks) {
        if lacks.is_none() && !signals.contains(&limit.signal.as_str()) {
            signals.push(&limit.signal);
        }
    }
    let tiers: Vec<&str> = large.iter().map(|(tier, _)| *tier).collect();
    let found: Vec<_> =
        signals.into_iter().map(|signal| (signal, compared(search, signal, &tiers))).collect();
    notes.extend(large.iter().map(|(tier, accounts)| tier_note(tier, *accounts, &found)));
    let groups = search.limits.iter().map(|limit| {
        let own = found.iter().filter(|(signal, _)| *signal == limit.signal).flat_map(|(_, found)| found);
        let own: Vec<String> = own.filter(|(_, it)| it.is_ok()).map(|(tier, _)| (*tier).to_owned()).collect();
        if own.is_empty() {
            return vec![Group::All];
        }
        let mut groups = vec![Group::Rest(own.clone())];
        groups.extend(own.into_iter().map(Group::Tier));
        groups
    });
    (groups.collect(), notes)
}

/// What was found of each tier in one signal. The tier that is farthest out goes first, and the others are compared
/// without it: one unusual tier does not make all others unusual.
fn compared<'t>(search: &Search<'_>, signal: &str, tiers: &[&'t str]) -> Found<'t> {
    let mut apart: Vec<(&str, Apart)> = Vec::new();
    loop {
        let taken: Vec<&str> = apart.iter().map(|(tier, _)| *tier).collect();
        let rest = tiers.iter().filter(|tier| !taken.contains(tier));
        let look =
            |tier: &&'t str| (*tier, search.measured.differs(signal, tier, &taken, &search.log.census));
        let found: Vec<_> = rest.map(look).collect();
        let out = |it: &Apart| it.ranks_out.abs();
        let farthest = found.iter().filter_map(|(tier, it)| Some((*tier, it.ok()?)));
        let Some(farthest) = farthest.max_by(|a, b| out(&a.1).total_cmp(&out(&b.1))) else {
            return apart.into_iter().map(|(tier, it)| (tier, Ok(it))).chain(found).collect();
        };
        apart.push(farthest);
    }
}

/// What was found of one tier, in a sentence.
fn tier_note(tier: &str, accounts: usize, found: &[(&str, Found<'_>)]) -> String {
    let (mut differ, mut near, mut few) = (Vec::new(), Vec::new(), Vec::new());
    for (signal, tiers) in found {
        match tiers.iter().find(|(name, _)| *name == tier).map(|(_, found)| found) {
            Some(Ok(Apart { own, others, .. })) => {
                differ.push(format!("{signal} ({own:.2} against {others:.2} a week)"));
            }
            Some(Err(Alike::Near)) => near.push(*signal),
            Some(Err(Alike::Few)) => few.push(*signal),
            None => {}
        }
    }
    let mut parts = Vec::new();
    if !differ.is_empty() {
        parts.push(format!("differs from others in {}, and has limits of its own", differ.join(", ")));
    }
    if !near.is_empty() {
        parts.push(format!("is like others in {}", near.join(", ")));
    }
    if !few.is_empty() {
        parts.push(format!(
            "cannot be compared, for want of {ACCOUNTS_MIN} accounts with data or of as many others, in {}",
            few.join(", ")
        ));
    }
    if parts.is_empty() {
        parts.push("nothing to compare".to_owned());
    }
    format!("Tier `{tier}`, {accounts} accounts: {}.", parts.join("; "))
}

/// What was chosen for tiers, where it differs from what holds for others.
pub(super) fn limits(search: &Search<'_>) -> Vec<TierLimits> {
    let tiers = search.log.census.tiers();
    let own = |tier: &str| {
        let chosen = search.chosen.iter().filter_map(|(at, group, choice)| {
            let limit = search.limits.get(*at).filter(|_| *group == Group::Tier(tier.to_owned()))?;
            let base = search.chosen_of(*at);
            let is_same =
                base.is_some_and(|it| it.warning == choice.warning && it.critical == choice.critical);
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
