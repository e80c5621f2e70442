//! What plans, requests and facts show now, open weeks included, kept up to date with as little work as possible.
//!
//! Activities mostly come in the order of time. Then each is taken once, when its time has come. Where one comes out of
//! order, or is replaced or taken back, the account's subjects are rewound to the newest closed week and taken again.

use super::{Counting, Ending, Family, Followed, Plan, Round, Subject, bulk_edits, retracted};
use crate::account::Account;
use crate::activity::{Happening, Instant, Profile};
use crate::open::{Entry, Gist};

/// Plans and requests of an account as they stand at one instant.
#[derive(Clone, Debug)]
pub struct Look<'a> {
    account: &'a Account,
    now: Instant,
    /// Facts that were told in the open weeks.
    profile: Option<Profile<'a>>,
    /// When the next activity that is ahead of `now` happens.
    pub next: Option<Instant>,
}

impl<'a> Look<'a> {
    /// The account's newest facts.
    pub fn profile(&self) -> &Profile<'a> {
        self.profile.as_ref().unwrap_or(&self.account.profile)
    }

    /// Plans, or open requests that are still waited for.
    pub fn subjects(&self, family: Family) -> impl Iterator<Item = Subject<'a>> + use<'a> {
        let now = self.now;
        let plans = (family == Family::Plans).then(|| self.account.plans.iter());
        let requests = (family == Family::Approvals).then(|| self.account.requests.iter());
        let plans = plans
            .into_iter()
            .flatten()
            .filter_map(|plan| Some(Subject::Plan(plan.name(), plan.live.as_ref()?)));
        let requests = requests.into_iter().flatten().filter_map(move |request| {
            let round = request.live.as_ref().filter(|round| !round.is_silent(now))?;
            Some(Subject::Request(request.name(), round))
        });
        plans.chain(requests)
    }

    /// The subject of that name, if it is there.
    pub fn subject(&self, family: Family, name: &str) -> Option<Subject<'a>> {
        if family == Family::Plans {
            let plan = self.account.plans.get(name.as_bytes())?;
            return Some(Subject::Plan(plan.name(), plan.live.as_ref()?));
        }
        let request = self.account.requests.get(name.as_bytes())?;
        let round = request.live.as_ref().filter(|round| !round.is_silent(self.now))?;
        Some(Subject::Request(request.name(), round))
    }

    /// How the newest round of a request ended in the open weeks, or by its silence.
    pub fn ending(&self, request: &str) -> Option<Ending> {
        let request = self.account.requests.get(request.as_bytes())?;
        let silent = request.live.as_ref().filter(|round| round.is_silent(self.now)).map(|_| Ending::Silent);
        silent.or(request.ended.map(|(ending, _)| ending))
    }
}

/// Brings `account` up to `now` and looks at it; `order` only lends its memory.
pub fn look<'a>(
    account: &'a mut Account,
    now: Instant,
    counting: &Counting,
    order: &mut Vec<usize>,
) -> Look<'a> {
    let mut next = list_new(account, now, order);
    let is_late = account
        .judged
        .is_some_and(|judged| order.iter().any(|place| is_at_or_before(account, *place, judged)));
    if account.stale || is_late {
        account.rewind();
        next = list_new(account, now, order);
    }
    take(account, counting, order);
    account.judged = Some(now);
    let account: &'a Account = account;
    Look { account, now, profile: profile(account, now), next }
}

fn is_at_or_before(account: &Account, place: usize, judged: Instant) -> bool {
    account.open.at(place).is_some_and(|entry| entry.at <= judged)
}

/// Lists the places of activities that have happened by `now` and are not taken yet, in their order; gives when the
/// next one happens.
fn list_new(account: &Account, now: Instant, order: &mut Vec<usize>) -> Option<Instant> {
    let retracted = retracted(account);
    let mut next: Option<Instant> = None;
    order.clear();
    for (place, entry) in account.open.iter().enumerate() {
        let is_new = !entry.seen && entry.is_judged() && entry.gist != Gist::Retraction;
        if !is_new || retracted.contains(&entry.id()) {
            continue;
        }
        if entry.at <= now {
            order.push(place);
        } else {
            next = Some(next.map_or(entry.at, |next| next.min(entry.at)));
        }
    }
    let entry = |place: &usize| account.open.at(*place);
    order.sort_unstable_by(|a, b| match (entry(a), entry(b)) {
        (Some(a), Some(b)) => a.order(b),
        _ => std::cmp::Ordering::Equal,
    });
    next
}

fn take(account: &mut Account, counting: &Counting, order: &[usize]) {
    let bulk = bulk_edits(order.iter().filter_map(|place| account.open.at(*place)), counting);
    for place in order {
        let Some(entry) = account.open.at_mut(*place) else { continue };
        entry.seen = true;
        match entry.gist {
            Gist::Version { number, decided } if !bulk.contains(&entry.at) => {
                let new = || Followed::new(entry.subject());
                let Some(plan) = account.plans.get_or_insert(entry.subject(), new) else { continue };
                plan.ahead += 1;
                let live = plan.live.get_or_insert_with(Plan::default);
                live.take(entry.at, entry.id(), number, decided, counting.same_version);
            }
            Gist::Step { outcome, is_hop, .. } => {
                let new = || Followed::new(entry.subject());
                let Some(request) = account.requests.get_or_insert(entry.subject(), new) else { continue };
                request.ahead += 1;
                if let Some((ending, _)) =
                    Round::take(&mut request.live, entry.at, entry.id(), outcome, is_hop)
                {
                    request.ended = Some((ending, entry.at));
                }
            }
            _ => {}
        }
    }
}

/// The newest facts of the open weeks at `now`.
fn profile(account: &Account, now: Instant) -> Option<Profile<'_>> {
    let told = account.open.iter().filter(|entry| entry.gist == Gist::Profile && entry.at <= now);
    let retracted = retracted(account);
    let newest = told.filter(|entry| !retracted.contains(&entry.id())).max_by(|a, b| Entry::order(a, b));
    match newest.map(Entry::happening) {
        Some(Happening::Profile(profile)) => Some(profile),
        _ => None,
    }
}
