//! `redtape check`: whether policies are valid, and what they mean for an account.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use redtape::{Detector, Limits, Policy, Profile, Service};
use redtape_import::Input;
use redtape_model::calendar::Zone;
use redtape_model::text::{counted, printable};
use redtape_scan::evidence::Lookup;
use redtape_workbench::render;

use super::{Failure, Outcome, engine, out};

/// Keys of a table that are named; more are only counted.
const KEYS_NAMED: usize = 3;

const EXAMPLES: &str = "\
Examples:
  redtape check policy.toml
  redtape check policies/*.toml
  redtape check policy.toml --explain northern-sports --tier strategic --tag eu
  redtape check policy.toml --explain northern-sports --profile-from activities.ndjson

What `--explain` prints is itself a policy: every value in force, with a comment that says where it comes from.

Exit codes: 0 all are valid; 2 one has mistakes; 3 one could not be read.";

/// Says whether policies are valid, and shows every mistake at its place.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Check {
    /// Policies, TOML or JSON; all of them are checked.
    #[arg(required = true, value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Shows which override applies to this account, and all values in force.
    #[arg(long, value_name = "ACCOUNT")]
    explain: Option<String>,
    /// The tier of the account.
    #[arg(long, value_name = "NAME", requires = "explain")]
    tier: Option<String>,
    /// Who serves the account.
    #[arg(long, value_enum, value_name = "WHO", requires = "explain")]
    service: Option<Serving>,
    /// A tag of the account; may be given several times.
    #[arg(long = "tag", value_name = "NAME", requires = "explain")]
    tags: Vec<String>,
    /// Takes tier, service and tags from the newest profile of the account in this log.
    #[arg(long, value_name = "LOG", requires = "explain", conflicts_with_all = ["tier", "service", "tags"])]
    profile_from: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Serving {
    Unknown,
    InHouse,
    Outsourced,
}

impl Check {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let mut detector = engine::plugin()?.detector(Limits::default())?;
        let profile = self.profile()?;
        let mut failures = Vec::new();
        for path in &self.policies {
            if let Err(failure) = self.check(path, &mut detector, &profile) {
                failures.push(failure);
            }
        }
        if failures.is_empty() { Ok(Outcome::Done) } else { Err(super::worst(failures)) }
    }

    fn check(
        &self,
        path: &std::path::Path,
        detector: &mut Detector,
        profile: &Profile,
    ) -> Result<(), Failure> {
        let policy = Policy::read(path)?;
        policy.configure(detector)?;
        match &self.explain {
            None => out::write(&format!("{}\n", printable(&summary(&policy)))),
            Some(account) => out::write(&render::in_force(&policy.in_force(detector, account, profile)?)),
        }
    }

    /// The facts about the account, as they were given, or as the log has them.
    fn profile(&self) -> Result<Profile, Failure> {
        let given = || Profile {
            tier: self.tier.clone().unwrap_or_default(),
            service: match self.service {
                None | Some(Serving::Unknown) => Service::Unknown,
                Some(Serving::InHouse) => Service::InHouse,
                Some(Serving::Outsourced) => Service::Outsourced,
            },
            tags: self.tags.clone(),
        };
        let (Some(log), Some(account)) = (&self.profile_from, &self.explain) else { return Ok(given()) };
        let lookup = Lookup { account: account.clone(), ..Lookup::default() };
        let input = Input::open(std::slice::from_ref(log))?;
        let found = lookup.run(input)?;
        let (log, shown) = (log.display(), printable(account));
        match found.profile {
            Some(facts) => {
                let (line, date) = (facts.origin.line, Zone::default().date(facts.at));
                out::note(&printable(&format!("profile of `{account}`: {log}:{line}, of {date} (UTC)")));
                Ok(facts.profile)
            }
            None if found.is_known => {
                out::note(&printable(&format!(
                    "note: {log} has no profile of `{shown}`: nothing is known of it"
                )));
                Ok(given())
            }
            None => Err(Failure::Usage(format!("{log} has no activity of account `{shown}`"))),
        }
    }
}

/// What a valid policy sets, in one line.
fn summary(policy: &Policy) -> String {
    let (keys, overrides) = policy.sets();
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut parts = Vec::new();
    for key in &keys {
        match key.split_once('.') {
            Some((table, key)) => tables.entry(table).or_default().push(key),
            None => parts.push(key.clone()),
        }
    }
    parts.extend(tables.iter().map(|(table, keys)| match keys.as_slice() {
        [] => (*table).to_owned(),
        keys if keys.len() <= KEYS_NAMED => format!("{table} ({})", keys.join(", ")),
        keys => format!("{table} ({} values)", keys.len()),
    }));
    if overrides > 0 {
        parts.push(counted(overrides.try_into().unwrap_or(u64::MAX), "override"));
    }
    let name = policy.name();
    match parts.as_slice() {
        [] => format!("{name}: valid; it sets nothing, so the defaults hold"),
        [one] => format!("{name}: valid; it sets {one}"),
        [first @ .., last] => format!("{name}: valid; it sets {} and {last}", first.join(", ")),
    }
}
