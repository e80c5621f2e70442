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
use crate::rise::{Level, WATCHED};
use crate::signals::{self, SIGNALS};
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
    /// One entry a signal, in the order of [`SIGNALS`].
    signals: SignalPolicies,
    overrides: Vec<Override>,
    /// The policy as it was given, as compact JSON.
    pub text: String,
}

/// One entry a signal, in the order of [`SIGNALS`].
pub type SignalPolicies = [SignalPolicy; SIGNALS.len()];

/// What is left out of the counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counting {
    /// Leave out cancelled meetings.
    pub cancelled: bool,
    /// Leave out entries without hours and those of 24 h and more.
    pub all_day: bool,
    /// Leave out meetings of fewer than two people, where they are known.
    pub solo: bool,
    /// Leave out meetings of zero or negative length.
    pub no_duration: bool,
    /// Leave out a version with the number of the one before it.
    pub same_version: bool,
    /// From so many plans issued at one instant on, leave them out; 0: never.
    pub bulk_edit_plans: u32,
}

/// What holds for the rises of every signal that says nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rises {
    /// How sure it is before it speaks.
    pub level: Level,
    /// Alerts of a signal an account-year; none: as many as there are.
    pub budget: Option<f64>,
}

/// From which number on one signal alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalPolicy {
    /// Whether it is watched at all.
    pub enabled: bool,
    /// The weekly value, or a plan's versions, that is too much; none: off.
    pub warning: Option<f64>,
    /// That is far too much.
    pub critical: Option<f64>,
    /// What one open request may reach.
    pub open_warning: Option<f64>,
    /// What one open request must not reach.
    pub open_critical: Option<f64>,
    /// For how long a weekly value must be there before it alerts.
    pub lasting: Lasting,
    /// Weeks below before an alert resolves.
    pub keep_firing_weeks: u32,
    /// Whether rises above the account's own past are watched for.
    pub rise: bool,
    /// How sure the watch is before it speaks.
    pub rise_level: Level,
    /// Alerts of rises an account-year, over all accounts; none: as many as there are.
    pub rise_budget: Option<f64>,
}

/// `need` of the newest `of` measured weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// At least so many of them.
    pub need: u32,
    /// So many weeks are looked at.
    pub of: u32,
}

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
    pub fn watched(&self) -> [bool; WATCHED] {
        let tables = || self.overrides.iter().map(|entry| &entry.signals).chain([&self.signals]);
        std::array::from_fn(|signal| {
            tables().filter_map(|signals| signals.get(signal)).any(|policy| policy.enabled && policy.rise)
        })
    }

    /// Whether any signal is watched for rises.
    pub fn watches_any(&self) -> bool {
        self.watched().iter().take(crate::rise::WEEKLY).any(|watched| *watched)
    }

    /// Alerts of rises an account-year, one entry a watched signal.
    pub fn budgets(&self) -> [Option<f64>; WATCHED] {
        self.signals.each_ref().map(|policy| policy.rise_budget)
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
            signals: signals::defaults(),
            overrides: Vec::new(),
            text: "{}".to_owned(),
        }
    }
}

impl Default for Rises {
    fn default() -> Self {
        Self { level: Level::Notice, budget: Some(1.0 / 50.0) }
    }
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            cancelled: true,
            all_day: true,
            solo: true,
            no_duration: true,
            same_version: true,
            // A set of plans may be issued together; ten in one and the same millisecond are a script at work.
            bulk_edit_plans: 10,
        }
    }
}

impl Default for SignalPolicy {
    /// On, without any limit.
    fn default() -> Self {
        Self {
            enabled: true,
            warning: None,
            critical: None,
            open_warning: None,
            open_critical: None,
            lasting: Lasting { need: 2, of: 2 },
            keep_firing_weeks: 4,
            rise: true,
            rise_level: Rises::default().level,
            rise_budget: Rises::default().budget,
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
