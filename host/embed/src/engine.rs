//! The calls of the contract, whoever answers them: an instance of the plugin, a supervisor, or the analysis itself.

use redtape_model::calendar::Instant;

use crate::detector::{
    Activity, Alert, Intake, PluginInfo, Point, PolicyView, Profile, Progress, Standing, Verdict,
};
use crate::error::Error;

/// One tenant, or one shard of one: activities in, time forward, alerts out.
///
/// A call that is refused ([`Error::Refused`]) leaves the state as it was.
pub trait Engine {
    /// Who the plugin is and which signals it knows.
    ///
    /// # Errors
    ///
    /// As every call: [`Error::LimitExceeded`], [`Error::Trap`] and [`Error::Dead`].
    fn info(&mut self) -> Result<PluginInfo, Error>;

    /// The policy's JSON Schema (2020-12).
    ///
    /// # Errors
    ///
    /// As every call.
    fn policy_schema(&mut self) -> Result<String, Error>;

    /// Sets the policy: one JSON object, `{}` for the defaults. A policy in TOML is read by
    /// [`Policy`](crate::Policy).
    ///
    /// # Errors
    ///
    /// [`Refusal::Policy`](crate::Refusal::Policy) with every mistake; [`Refusal::TooLarge`](crate::Refusal::TooLarge).
    fn configure(&mut self, policy: &str) -> Result<(), Error>;

    /// What the policy in force means for an account of this name with these facts; neither is looked up.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured).
    fn policy_for(&mut self, account: &str, profile: &Profile) -> Result<PolicyView, Error>;

    /// Takes activities in; decides nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured); [`Refusal::TooLarge`](crate::Refusal::TooLarge) above 100,000 records.
    fn observe(&mut self, activities: &[Activity]) -> Result<Intake, Error>;

    /// Takes activities in from text, one JSON object a line; decides nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured); [`Refusal::TooLarge`](crate::Refusal::TooLarge) above 16 MiB or 100,000 lines.
    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error>;

    /// Moves time to `to` and gives the alerts whose state changed. Where `reached` is earlier than `to`: call again.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured), [`Refusal::TimeWentBack`](crate::Refusal::TimeWentBack), [`Refusal::TimeOutOfRange`](crate::Refusal::TimeOutOfRange).
    fn advance(&mut self, to: Instant) -> Result<Progress, Error>;

    /// One round of the agreement between shards, before [`advance`](Self::advance).
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured), [`Refusal::TimeWentBack`](crate::Refusal::TimeWentBack), [`Refusal::TimeOutOfRange`](crate::Refusal::TimeOutOfRange),
    /// [`Refusal::Disagreement`](crate::Refusal::Disagreement).
    fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error>;

    /// Alerts pending and firing now, of the named accounts; `[]`: of all.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured), [`Refusal::UnknownAccount`](crate::Refusal::UnknownAccount).
    fn open_alerts(&mut self, accounts: &[String]) -> Result<Vec<Alert>, Error>;

    /// The closed weeks of one series, oldest first.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured), [`Refusal::UnknownAccount`](crate::Refusal::UnknownAccount), [`Refusal::UnknownSignal`](crate::Refusal::UnknownSignal).
    fn history(&mut self, account: &str, signal: &str) -> Result<Vec<Point>, Error>;

    /// What people say of an open alert. Gives the alert as it stands afterwards.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured), [`Refusal::UnknownAlert`](crate::Refusal::UnknownAlert).
    fn feedback(&mut self, alert: &str, verdict: Verdict) -> Result<Alert, Error>;

    /// Where the instance stands.
    ///
    /// # Errors
    ///
    /// As every call.
    fn status(&mut self) -> Result<Standing, Error>;

    /// Names of known accounts after `after`, in byte order, at most `limit`.
    ///
    /// # Errors
    ///
    /// As every call.
    fn accounts(&mut self, after: &str, limit: u32) -> Result<Vec<String>, Error>;

    /// The state of accounts as text; `[]`: of all.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured), [`Refusal::UnknownAccount`](crate::Refusal::UnknownAccount).
    fn snapshot(&mut self, accounts: &[String]) -> Result<String, Error>;

    /// Adds the accounts of a snapshot.
    ///
    /// # Errors
    ///
    /// [`Refusal::SnapshotDamaged`](crate::Refusal::SnapshotDamaged), [`Refusal::SnapshotNewer`](crate::Refusal::SnapshotNewer), [`Refusal::SnapshotConflict`](crate::Refusal::SnapshotConflict).
    fn restore(&mut self, snapshot: &str) -> Result<(), Error>;

    /// Erases accounts; gives how many of the names were known.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`](crate::Refusal::NotConfigured).
    fn forget(&mut self, accounts: &[String]) -> Result<u32, Error>;
}

/// An engine that may die in a call, and whose calls have a limit of time: what a [`Supervisor`](crate::Supervisor) has to
/// know of those it makes anew.
pub trait Mortal: Engine {
    /// Why it answers no more; none: it is alive.
    fn dead(&self) -> Option<&str> {
        None
    }

    /// The share of its memory that is in use, 0 to 1; 0 where it has no limit.
    fn memory_share(&self) -> f64 {
        0.0
    }

    /// From the next call on each may take `times` the time of its limit.
    fn allow_time(&mut self, _times: u32) {}
}
