//! One instance of the plugin: every call of the contract, typed, with limits and a life of its own.
//!
//! With `bindings.rs` the only place that knows the contract. The data types are those of the newest contract, given on
//! under their own names; an adapter for an older one would convert to them here.

use std::time::Duration;

use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Engine, Store};

use crate::bindings::exports::redtape::crm::detector::Guest;
use crate::bindings::redtape::crm::logging;
use crate::bindings::{Plugin as Instance, PluginPre};
use crate::calendar::Instant;
use crate::error::Error;
use crate::limits::{Limiter, Limits};
use crate::logging::Gate;

pub use crate::bindings::exports::redtape::crm::types::Error as Refusal;
pub use crate::bindings::exports::redtape::crm::types::{
    Activity, Alert, AlertState, ApprovalStep, Cause, Direction, Exchange, Happening, Intake, Meeting,
    MeetingStatus, Participant, PlanVersion, PluginInfo, Point, PolicyView, Problem, Profile, Progress,
    RuleAction, RuleChange, RuleKind, Service, Setting, Severity, Side, SignalDoc, SignalStanding, Standing,
    StepOutcome, Tally, Verdict, Watch,
};

/// One tenant, or one shard of one: activities in, time forward, alerts out.
///
/// A call that is refused ([`Error::Refused`]) leaves the state as it was. After a trap or an exceeded limit the
/// detector is dead and answers [`Error::Dead`]: make a new one, [`restore`](Self::restore) the last snapshot, and
/// observe again what came since. [`Supervisor`](crate::Supervisor) does that by itself.
pub struct Detector {
    store: Store<State>,
    instance: Instance,
    limits: Limits,
    dead: Option<String>,
}

/// What the host keeps beside an instance.
#[derive(Debug)]
pub(crate) struct State {
    limiter: Limiter,
    gate: Gate,
}

/// What detectors are made from: a component with its imports, and the places of its exports.
pub(crate) type Mould = PluginPre<State>;

/// Gives a component its imports.
pub(crate) fn link(engine: &Engine, component: &Component) -> wasmtime::Result<InstancePre<State>> {
    let mut linker = Linker::new(engine);
    Instance::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
    linker.instantiate_pre(component)
}

impl Detector {
    pub(crate) fn start(
        engine: &Engine,
        mould: &Mould,
        limits: Limits,
        metered: bool,
    ) -> Result<Self, Error> {
        let mut store = Store::new(engine, State { limiter: Limiter::new(&limits), gate: Gate::default() });
        store.limiter(|state| &mut state.limiter);
        if metered {
            store.set_fuel(u64::MAX).map_err(|error| Error::Runtime(error.into()))?;
        }
        limits.arm(&mut store)?;
        let instance = mould
            .instantiate(&mut store)
            .map_err(|error| limits.explain("instantiate", &store.data().limiter, error))?;
        Ok(Self { store, instance, limits, dead: None })
    }

    /// Who the plugin is and which signals it knows.
    ///
    /// # Errors
    ///
    /// As every call: [`Error::LimitExceeded`], [`Error::Trap`] and [`Error::Dead`].
    pub fn info(&mut self) -> Result<PluginInfo, Error> {
        self.call("info", |guest, store| guest.call_info(store))
    }

    /// The policy's JSON Schema (2020-12).
    ///
    /// # Errors
    ///
    /// As every call.
    pub fn policy_schema(&mut self) -> Result<String, Error> {
        self.call("policy-schema", |guest, store| guest.call_policy_schema(store))
    }

    /// Sets the policy: one JSON object, `{}` for the defaults. A policy in TOML is read by
    /// [`Policy`](crate::Policy).
    ///
    /// # Errors
    ///
    /// [`Refusal::Policy`] with every mistake; [`Refusal::TooLarge`].
    pub fn configure(&mut self, policy: &str) -> Result<(), Error> {
        self.ask("configure", |guest, store| guest.call_configure(store, policy))
    }

    /// What the policy in force means for an account of this name with these facts; neither is looked up.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`].
    pub fn policy_for(&mut self, account: &str, profile: &Profile) -> Result<PolicyView, Error> {
        self.ask("policy-for", |guest, store| guest.call_policy_for(store, account, profile))
    }

    /// Takes activities in; decides nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`]; [`Refusal::TooLarge`] above 100,000 records.
    pub fn observe(&mut self, activities: &[Activity]) -> Result<Intake, Error> {
        self.ask("observe", |guest, store| guest.call_observe(store, activities))
    }

    /// Takes activities in from text, one JSON object a line; decides nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`]; [`Refusal::TooLarge`] above 16 MiB or 100,000 lines.
    pub fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error> {
        self.ask("observe-ndjson", |guest, store| guest.call_observe_ndjson(store, lines))
    }

    /// Moves time to `to` and gives the alerts whose state changed. Where `reached` is earlier than `to`: call again.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`], [`Refusal::TimeWentBack`], [`Refusal::TimeOutOfRange`].
    pub fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        self.ask("advance", |guest, store| guest.call_advance(store, to))
    }

    /// One round of the agreement between shards, before [`advance`](Self::advance).
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`], [`Refusal::TimeWentBack`], [`Refusal::TimeOutOfRange`],
    /// [`Refusal::Disagreement`].
    pub fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        self.ask("agree", |guest, store| guest.call_agree(store, to, sums))
    }

    /// Alerts pending and firing now, of the named accounts; `[]`: of all.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`], [`Refusal::UnknownAccount`].
    pub fn open_alerts(&mut self, accounts: &[String]) -> Result<Vec<Alert>, Error> {
        self.ask("open-alerts", |guest, store| guest.call_open_alerts(store, accounts))
    }

    /// The closed weeks of one series, oldest first.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`], [`Refusal::UnknownAccount`], [`Refusal::UnknownSignal`].
    pub fn history(&mut self, account: &str, signal: &str) -> Result<Vec<Point>, Error> {
        self.ask("history", |guest, store| guest.call_history(store, account, signal))
    }

    /// What people say of an open alert. Gives the alert as it stands afterwards.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`], [`Refusal::UnknownAlert`].
    pub fn feedback(&mut self, alert: &str, verdict: Verdict) -> Result<Alert, Error> {
        self.ask("feedback", |guest, store| guest.call_feedback(store, alert, verdict))
    }

    /// Where the instance stands.
    ///
    /// # Errors
    ///
    /// As every call.
    pub fn status(&mut self) -> Result<Standing, Error> {
        self.call("status", |guest, store| guest.call_status(store))
    }

    /// Names of known accounts after `after`, in byte order, at most `limit`.
    ///
    /// # Errors
    ///
    /// As every call.
    pub fn accounts(&mut self, after: &str, limit: u32) -> Result<Vec<String>, Error> {
        self.call("accounts", |guest, store| guest.call_accounts(store, after, limit))
    }

    /// The state of accounts as text; `[]`: of all.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`], [`Refusal::UnknownAccount`].
    pub fn snapshot(&mut self, accounts: &[String]) -> Result<String, Error> {
        self.ask("snapshot", |guest, store| guest.call_snapshot(store, accounts))
    }

    /// Adds the accounts of a snapshot.
    ///
    /// # Errors
    ///
    /// [`Refusal::SnapshotDamaged`], [`Refusal::SnapshotNewer`], [`Refusal::SnapshotConflict`].
    pub fn restore(&mut self, snapshot: &str) -> Result<(), Error> {
        self.ask("restore", |guest, store| guest.call_restore(store, snapshot))
    }

    /// Erases accounts; gives how many of the names were known.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotConfigured`].
    pub fn forget(&mut self, accounts: &[String]) -> Result<u32, Error> {
        self.ask("forget", |guest, store| guest.call_forget(store, accounts))
    }

    /// Why the detector is dead, where it is.
    pub fn dead(&self) -> Option<&str> {
        self.dead.as_deref()
    }

    /// Linear memory in use, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().limiter.memory_bytes()
    }

    /// From the next call on.
    pub(crate) fn set_call_time_max(&mut self, time: Duration) {
        self.limits.call_time_max = time;
    }

    /// A call that can be refused.
    fn ask<T>(
        &mut self,
        call: &'static str,
        run: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<Result<T, Refusal>>,
    ) -> Result<T, Error> {
        self.call(call, run)?.map_err(|refusal| Error::Refused { call, refusal })
    }

    /// Any call: within the limits, and the last one where it goes over them.
    fn call<T>(
        &mut self,
        call: &'static str,
        run: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, Error> {
        if let Some(because) = &self.dead {
            return Err(Error::Dead { because: because.clone() });
        }
        self.limits.arm(&mut self.store)?;
        let answer = run(self.instance.redtape_crm_detector(), &mut self.store);
        self.store.data_mut().gate.end_call();
        answer.map_err(|source| {
            let error = self.limits.explain(call, &self.store.data().limiter, source);
            self.dead = Some(error.to_string());
            error
        })
    }
}

impl Default for Intake {
    /// Of no activities.
    fn default() -> Self {
        let (accepted, replaced, duplicate, late, rejected, dropped) = (0, 0, 0, 0, 0, 0);
        let (problems, oldest, newest) = (Vec::new(), None, None);
        Self { accepted, replaced, duplicate, late, rejected, dropped, problems, oldest, newest }
    }
}

#[cfg(test)]
impl Alert {
    /// One of which nothing is known: tests say what they are about.
    pub(crate) fn blank() -> Self {
        let [id, account, signal, subject, unit, resolution, summary, suggestion] = Default::default();
        Self {
            id,
            account,
            signal,
            cause: Cause::Threshold,
            subject,
            state: AlertState::Firing,
            severity: Severity::Warning,
            opened: 0,
            since: 0,
            at: 0,
            value: 0.0,
            expected: None,
            threshold: None,
            unit,
            confidence: None,
            resolution,
            evidence: Vec::new(),
            evidence_total: 0,
            summary,
            suggestion,
        }
    }
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { limits, dead, .. } = self;
        f.debug_struct("Detector").field("limits", limits).field("dead", dead).finish_non_exhaustive()
    }
}

impl logging::Host for State {
    fn log(&mut self, level: logging::Level, target: String, message: String) {
        let level = match level {
            logging::Level::Error => log::Level::Error,
            logging::Level::Warn => log::Level::Warn,
            logging::Level::Info => log::Level::Info,
            logging::Level::Debug => log::Level::Debug,
            logging::Level::Trace => log::Level::Trace,
        };
        self.gate.pass(level, &target, &message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::{Loader, Plugin};
    use std::time::Duration;

    #[test]
    fn a_refusal_leaves_the_detector_alive() {
        let mut detector = Plugin::embedded().unwrap().detector(Limits::default()).unwrap();
        let error = detector.observe(&[]).unwrap_err();
        assert_eq!(error.to_string(), "plugin refused `observe`: call `configure` or `restore` first");
        detector.configure("{}").unwrap();
        detector.advance(1_000).unwrap();
        let error = detector.advance(0).unwrap_err();
        let said = "plugin refused `advance`: the time is 1970-01-01T00:00:01Z already";
        assert_eq!(error.to_string(), said);
        assert_eq!(detector.status().unwrap().now, Some(1_000));
    }

    #[test]
    fn a_call_out_of_time_kills_the_detector() {
        let mut detector = Plugin::embedded().unwrap().detector(Limits::default()).unwrap();
        detector.configure("{}").unwrap();
        detector.limits.call_time_max = Duration::ZERO;
        let lines = "{}\n".repeat(100_000);
        let said = "plugin exceeded its time limit of 0 ms during `observe-ndjson`";
        let error = (0..100).find_map(|_| detector.observe_ndjson(&lines).err()).unwrap();
        assert_eq!(error.to_string(), said);
        assert_eq!(detector.dead(), Some(said));
        let error = detector.info().unwrap_err();
        assert_eq!(error.to_string(), format!("plugin is dead and answers no more: {said}"));
    }

    #[test]
    fn memory_and_fuel_are_limited() {
        let plugin = Loader::new().metered(true).embedded().unwrap();
        let limits = Limits { memory_bytes_max: 1 << 16, ..Limits::default() };
        let error = plugin.detector(limits).unwrap_err();
        assert_eq!(error.to_string(), "plugin exceeded its memory limit of 65536 bytes during `instantiate`");
        let limits = Limits { fuel_per_call: Some(1_000_000), ..Limits::default() };
        let mut detector = plugin.detector(limits).unwrap();
        detector.configure("{}").unwrap();
        let error = detector.observe_ndjson(&"{}\n".repeat(50_000)).unwrap_err();
        let said = "plugin exceeded its fuel limit of 1000000 units during `observe-ndjson`";
        assert_eq!(error.to_string(), said);
    }

    #[test]
    fn a_detector_may_move_to_another_thread() {
        fn sends<T: Send>() {}
        sends::<Detector>();
        sends::<Plugin>();
    }
}
