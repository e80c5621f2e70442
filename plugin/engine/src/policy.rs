//! The policy: what counts, and from which number on it is too much.
//!
//! `fields.rs` is the one definition of every key; `parse.rs` reads a policy by it, `schema.rs` turns it into a JSON
//! Schema and `reference.rs` into a page for people, `view.rs` says what holds for one account.

mod fields;
mod glob;
mod parse;
mod reference;
mod schema;
mod view;

use crate::activity::{Profile, Service};
use crate::problem::Problem;
use crate::settings::{Counting, Rises, SignalPolicy};
use crate::signals::{SignalId, WithWhole};
use chrono_tz::Tz;

use self::glob::Glob;
pub use self::view::{Held, View};

/// Most bytes of a policy.
pub const POLICY_BYTES_MAX: usize = 1024 * 1024;
/// Most overrides of a policy.
pub const OVERRIDES_MAX: usize = 1_000;

/// A policy, valid once constructed.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Weeks begin on Monday in this zone.
    pub time_zone: Tz,
    /// Days after its end at which a week closes, 0 to 60.
    pub lateness_days: u32,
    /// What is left out of the counts.
    pub counting: Counting,
    /// How sure the rise watch is before it speaks, and how often it may.
    rises: Rises,
    signals: SignalPolicies,
    overrides: Vec<Override>,
    /// The policy as it was given, as compact JSON.
    pub text: String,
}

/// The numbers of every signal.
pub type SignalPolicies = WithWhole<SignalPolicy>;

/// Accounts for which other numbers hold.
#[derive(Clone, Debug)]
struct Override {
    matching: Matching,
    signals: SignalPolicies,
}

/// All that are given must hold.
#[derive(Clone, Debug, Default)]
struct Matching {
    account: Option<Glob>,
    tier: Option<String>,
    service: Option<String>,
    tag: Option<String>,
}

impl Policy {
    /// Reads a policy from JSON; `{}` gives the defaults.
    ///
    /// # Errors
    /// All problems together, at most [`PROBLEMS_MAX`](crate::problem::PROBLEMS_MAX), each with its JSON Pointer.
    pub fn parse(json: &str) -> Result<Self, Vec<Problem>> {
        parse::parse(json)
    }

    /// The numbers that hold for an account with these facts: those of the first override that matches.
    pub fn signals_of(&self, account: &str, profile: &Profile) -> &SignalPolicies {
        self.matched(account, profile).map_or(&self.signals, |(_, entry)| &entry.signals)
    }

    /// What holds for an account with these facts, key by key.
    pub fn view(&self, account: &str, profile: &Profile) -> View {
        view::of(self, account, profile)
    }

    /// The first override that matches, with its number from 0.
    fn matched(&self, account: &str, profile: &Profile) -> Option<(usize, &Override)> {
        self.overrides.iter().enumerate().find(|(_, entry)| entry.matching.holds(account, profile))
    }
}

impl Policy {
    /// Which signals are watched for rises in any account. The account as a whole follows from them.
    pub fn watched(&self) -> WithWhole<bool> {
        let tables = || self.overrides.iter().map(|entry| &entry.signals).chain([&self.signals]);
        WithWhole::from_fn(|id| {
            tables().map(|signals| signals.get(id)).any(|policy| policy.enabled && policy.rise)
        })
    }

    /// Whether any signal is watched for rises.
    pub fn watches_any(&self) -> bool {
        self.watched().signals.iter().any(|watched| *watched)
    }

    /// Alerts of rises an account-year.
    pub fn budgets(&self) -> WithWhole<Option<f64>> {
        WithWhole::from_fn(|id| self.signals.get(id).rise_budget)
    }
}

impl Matching {
    fn holds(&self, account: &str, profile: &Profile) -> bool {
        let service = match profile.service {
            Service::Unknown => "unknown",
            Service::InHouse => "in-house",
            Service::Outsourced => "outsourced",
        };
        self.account.as_ref().is_none_or(|glob| glob.matches(account))
            && self.tier.as_ref().is_none_or(|tier| **tier == *profile.tier)
            && self.service.as_ref().is_none_or(|wanted| wanted == service)
            && self.tag.as_ref().is_none_or(|wanted| profile.tags.iter().any(|tag| **tag == **wanted))
    }
}

impl Default for Policy {
    /// The documented defaults, as `{}` gives them.
    fn default() -> Self {
        Self {
            time_zone: Tz::UTC,
            lateness_days: 7,
            counting: Counting::default(),
            rises: Rises::default(),
            signals: WithWhole::from_fn(SignalId::defaults),
            overrides: Vec::new(),
            text: "{}".to_owned(),
        }
    }
}

/// The JSON Schema (2020-12) of a policy.
pub fn schema() -> String {
    schema::schema()
}

/// The reference page of a policy, in Markdown.
pub fn reference() -> String {
    reference::reference()
}
