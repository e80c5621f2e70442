//! The state as text and back: a header line, then one line per account in byte order.
//!
//! The header begins with the checksum (XXH3, 64 bits, as 16 hex digits) of everything behind it, so that a flipped bit
//! anywhere is found before anything is read.

use crate::account::Account;
use crate::activity::{Instant, check_account};
use crate::alert::{Alert, TENANT};
use crate::calendar::{Calendar, Week};
use crate::monitor::{ACCOUNTS_MAX, Error, Monitor, Setup, Tallies};
use crate::plausible;
use crate::policy::Policy;
use crate::population;
use crate::signals::SignalId;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Of this format.
const VERSION: u32 = 1;
const OPENING: &str = "{\"checksum\":\"";
/// Behind the 16 digits: the checksum covers everything from here on.
const CHECKED_FROM: usize = OPENING.len() + 16;

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    /// The plugin version that wrote it.
    writer: String,
    /// The signals it knew, and all that stand below.
    signals: Vec<String>,
    policy: serde_json::Value,
    now: Option<Instant>,
    closed: Option<Week>,
    /// Only in a snapshot of all accounts: it belongs to none of them.
    dropped: Tallies,
    accounts: usize,
    population: population::State,
    /// About the tenant itself: decided, but not told yet.
    decided: Vec<Alert>,
}

#[derive(Serialize, Deserialize)]
struct Line<A> {
    name: String,
    /// Decided, but not told yet, because an answer was full.
    untold: Vec<Alert>,
    /// Decided since `advance` answered.
    decided: Vec<Alert>,
    state: A,
}

/// Only what is needed to tell whether the rest can be read.
#[derive(Deserialize)]
struct Version {
    version: u32,
    writer: String,
    #[serde(default)]
    signals: Vec<String>,
}

impl Monitor {
    /// The named accounts as text; all, if none is named.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::UnknownAccount`]; [`Error::Disagreement`] while shards agree.
    pub fn snapshot(&self, accounts: &[String]) -> Result<String, Error> {
        let setup = self.setup()?;
        if self.is_agreeing() {
            return Err(Error::Disagreement("shards agree: a snapshot comes after `advance`".to_owned()));
        }
        let mut names: Vec<&str> = if accounts.is_empty() {
            self.accounts.keys().map(|name| &**name).collect()
        } else {
            accounts
                .iter()
                .map(|name| self.account(name).map(|_known| name.as_str()))
                .collect::<Result<_, _>>()?
        };
        names.sort_unstable();
        names.dedup();
        // Once for all accounts: looking through all alerts for each would take a minute of 60,000.
        let (untold, decided) = (by_account(&names, &self.untold), by_account(&names, &self.decided));
        let header = Header {
            version: VERSION,
            writer: env!("CARGO_PKG_VERSION").to_owned(),
            signals: SignalId::all().map(|id| id.name().to_owned()).collect(),
            policy: serde_json::from_str(&setup.policy.text).map_err(fault)?,
            now: self.now,
            closed: self.closed,
            dropped: if accounts.is_empty() { self.dropped.clone() } else { Tallies::default() },
            accounts: names.len(),
            population: population::State::of(&self.population),
            decided: self.decided.iter().filter(|alert| alert.account == TENANT).cloned().collect(),
        };
        let json = serde_json::to_string(&header).map_err(fault)?;
        let mut text = format!("{OPENING}0000000000000000\",{}\n", json.get(1..).unwrap_or_default());
        for ((name, untold), decided) in names.into_iter().zip(untold).zip(decided) {
            let line = Line { name: name.to_owned(), untold, decided, state: self.account(name)? };
            text.push_str(&serde_json::to_string(&line).map_err(fault)?);
            text.push('\n');
        }
        let sum = format!("{:016x}", xxh3_64(text.get(CHECKED_FROM..).unwrap_or_default().as_bytes()));
        text.replace_range(OPENING.len()..CHECKED_FROM, &sum);
        Ok(text)
    }

    /// Adds the accounts of a snapshot.
    ///
    /// # Errors
    /// [`Error::SnapshotDamaged`]; [`Error::SnapshotNewer`]; [`Error::SnapshotConflict`].
    pub fn restore(&mut self, snapshot: &str) -> Result<(), Error> {
        let (header, lines) = read(snapshot)?;
        if self.is_agreeing() {
            return conflict("the shards of this instance agree: restore after `advance`");
        }
        let setup = self.fitting_setup(&header)?;
        let Header { now, closed, dropped, accounts, population, mut decided, .. } = header;
        let population = population.population().filter(|population| population.is_until(closed));
        let population = population.ok_or(Error::SnapshotDamaged)?;
        let fresh = self.accounts.is_empty() && self.now.is_none() && self.closed.is_none();
        if !fresh && (self.now, self.closed) != (now, closed) {
            return conflict("the snapshot is of another instant than this instance");
        }
        if self.accounts.len() + lines.len() > ACCOUNTS_MAX {
            return conflict(&format!("with it there would be more than {ACCOUNTS_MAX} accounts"));
        }
        if let Some(line) = lines.iter().find(|line| self.accounts.contains_key(line.name.as_str())) {
            return conflict(&format!("account `{}` is here already", crate::problem::shorten(&line.name)));
        }
        if fresh {
            self.population = population;
            self.decided.append(&mut decided);
        }
        // Nothing can fail from here on. Under another policy than the snapshot's, what is open is judged anew.
        let judge_anew = self.setup.is_some();
        self.setup = Some(setup);
        self.now = now;
        self.closed = closed;
        for (rule, count) in dropped.iter() {
            self.dropped.add(rule, count);
        }
        let mut untold: Vec<Alert> = self.untold.drain(..).collect();
        for mut line in lines {
            line.state.changed |= judge_anew;
            untold.extend(line.untold);
            self.decided.extend(line.decided);
            self.accounts.insert(line.name.into(), line.state);
        }
        untold.sort_unstable_by(|a, b| a.rank().cmp(&b.rank()));
        self.untold.extend(untold);
        log::info!("snapshot restored: accounts={accounts}");
        Ok(())
    }

    /// This instance's setup where it has one, else the snapshot's.
    fn fitting_setup(&self, header: &Header) -> Result<Setup, Error> {
        let theirs = Policy::parse(&header.policy.to_string()).map_err(|_problems| Error::SnapshotDamaged)?;
        let calendar = Calendar::new(theirs.time_zone, theirs.lateness_days);
        if header.closed != header.now.map(|now| calendar.newest_closed(now)) {
            return Err(Error::SnapshotDamaged);
        }
        let Some(ours) = &self.setup else { return Ok(Setup::new(theirs)) };
        if header.closed.is_some() {
            let (zone, their_zone) = (ours.policy.time_zone.name(), theirs.time_zone.name());
            if zone != their_zone {
                return conflict(&format!("its weeks are of zone {their_zone}, the policy's of {zone}"));
            }
            let (days, their_days) = (ours.policy.lateness_days, theirs.lateness_days);
            if days != their_days {
                return conflict(&format!("its lateness is {their_days}d, the policy's {days}d"));
            }
        }
        Ok(ours.clone())
    }
}

/// The alerts of each of these names, which stand in byte order; each list in its order.
fn by_account<'a>(names: &[&str], alerts: impl IntoIterator<Item = &'a Alert>) -> Vec<Vec<Alert>> {
    let mut by_account = vec![Vec::new(); names.len()];
    for alert in alerts {
        let place = names.binary_search(&alert.account.as_str()).ok();
        if let Some(list) = place.and_then(|place| by_account.get_mut(place)) {
            list.push(alert.clone());
        }
    }
    by_account
}

/// What cannot be written must not be sealed with a checksum.
fn fault(error: serde_json::Error) -> Error {
    Error::Internal(format!("the state cannot be written: {error}"))
}

fn conflict<T>(reason: &str) -> Result<T, Error> {
    Err(Error::SnapshotConflict(reason.to_owned()))
}

fn read(snapshot: &str) -> Result<(Header, Vec<Line<Account>>), Error> {
    let sum = snapshot.strip_prefix(OPENING).and_then(|rest| rest.get(..16)).ok_or(Error::SnapshotDamaged)?;
    let checked = snapshot.get(CHECKED_FROM..).unwrap_or_default();
    if sum != format!("{:016x}", xxh3_64(checked.as_bytes())) {
        return Err(Error::SnapshotDamaged);
    }
    let mut lines = snapshot.lines();
    let first = lines.next().unwrap_or_default();
    let version: Version = parse(first)?;
    // Another list of signals is no damage: what this build does not know, another one wrote.
    if version.version > VERSION || version.signals.iter().any(|name| SignalId::find(name).is_none()) {
        return Err(Error::SnapshotNewer(version.writer));
    }
    let header: Header = parse(first)?;
    let lines = lines.map(parse).collect::<Result<Vec<Line<Account>>, Error>>()?;
    let ordered = lines.windows(2).all(|pair| matches!(pair, [a, b] if a.name < b.name));
    if lines.len() != header.accounts || !ordered {
        return Err(Error::SnapshotDamaged);
    }
    let is_plausible = |line: &Line<Account>| {
        let mut alerts = line.untold.iter().chain(&line.decided);
        check_account(&line.name).is_ok()
            && line.state.is_plausible(header.closed)
            && alerts.all(|alert| alert.is_plausible() && alert.account == line.name)
    };
    if !header.now.is_none_or(plausible::instant)
        || !header.closed.is_none_or(plausible::week)
        || !header.decided.iter().all(|alert| alert.is_plausible() && alert.account == TENANT)
        || !lines.iter().all(is_plausible)
    {
        return Err(Error::SnapshotDamaged);
    }
    Ok((header, lines))
}

fn parse<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, Error> {
    serde_json::from_str(line).map_err(|_error| Error::SnapshotDamaged)
}
