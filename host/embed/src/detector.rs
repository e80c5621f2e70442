//! One instance of the plugin: every call of the contract, typed, with limits and a life of its own.
//!
//! With `bindings.rs` the only place that knows the contract. The data types are those of the newest contract, given on
//! under their own names; an adapter for an older one would convert to them here.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use crate::bindings::exports::redtape::crm::detector::Guest;
use crate::bindings::redtape::crm::logging;
use crate::bindings::{Plugin as Instance, PluginPre};
use crate::engine::{Engine, Mortal};
use crate::error::Error;
use crate::limits::{Limiter, Limits};
use crate::logging::Gate;
use redtape_model::calendar::Instant;

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
    /// Of the limits as they were given.
    call_time_max: Duration,
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
pub(crate) fn link(engine: &wasmtime::Engine, component: &Component) -> wasmtime::Result<InstancePre<State>> {
    let mut linker = Linker::new(engine);
    Instance::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
    linker.instantiate_pre(component)
}

impl Detector {
    pub(crate) fn start(
        engine: &wasmtime::Engine,
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
        let call_time_max = limits.call_time_max;
        Ok(Self { store, instance, limits, call_time_max, dead: None })
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

impl Engine for Detector {
    fn info(&mut self) -> Result<PluginInfo, Error> {
        self.call("info", |guest, store| guest.call_info(store))
    }

    fn policy_schema(&mut self) -> Result<String, Error> {
        self.call("policy-schema", |guest, store| guest.call_policy_schema(store))
    }

    fn configure(&mut self, policy: &str) -> Result<(), Error> {
        self.ask("configure", |guest, store| guest.call_configure(store, policy))
    }

    fn policy_for(&mut self, account: &str, profile: &Profile) -> Result<PolicyView, Error> {
        self.ask("policy-for", |guest, store| guest.call_policy_for(store, account, profile))
    }

    fn observe(&mut self, activities: &[Activity]) -> Result<Intake, Error> {
        self.ask("observe", |guest, store| guest.call_observe(store, activities))
    }

    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error> {
        self.ask("observe-ndjson", |guest, store| guest.call_observe_ndjson(store, lines))
    }

    fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        self.ask("advance", |guest, store| guest.call_advance(store, to))
    }

    fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        self.ask("agree", |guest, store| guest.call_agree(store, to, sums))
    }

    fn open_alerts(&mut self, accounts: &[String]) -> Result<Vec<Alert>, Error> {
        self.ask("open-alerts", |guest, store| guest.call_open_alerts(store, accounts))
    }

    fn history(&mut self, account: &str, signal: &str) -> Result<Vec<Point>, Error> {
        self.ask("history", |guest, store| guest.call_history(store, account, signal))
    }

    fn feedback(&mut self, alert: &str, verdict: Verdict) -> Result<Alert, Error> {
        self.ask("feedback", |guest, store| guest.call_feedback(store, alert, verdict))
    }

    fn status(&mut self) -> Result<Standing, Error> {
        self.call("status", |guest, store| guest.call_status(store))
    }

    fn accounts(&mut self, after: &str, limit: u32) -> Result<Vec<String>, Error> {
        self.call("accounts", |guest, store| guest.call_accounts(store, after, limit))
    }

    fn snapshot(&mut self, accounts: &[String]) -> Result<String, Error> {
        self.ask("snapshot", |guest, store| guest.call_snapshot(store, accounts))
    }

    fn restore(&mut self, snapshot: &str) -> Result<(), Error> {
        self.ask("restore", |guest, store| guest.call_restore(store, snapshot))
    }

    fn forget(&mut self, accounts: &[String]) -> Result<u32, Error> {
        self.ask("forget", |guest, store| guest.call_forget(store, accounts))
    }
}

impl Mortal for Detector {
    fn dead(&self) -> Option<&str> {
        self.dead.as_deref()
    }

    fn memory_share(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
        let share = self.store.data().limiter.memory_bytes() as f64 / self.limits.memory_bytes_max as f64;
        share
    }

    fn allow_time(&mut self, times: u32) {
        self.limits.call_time_max = self.call_time_max.saturating_mul(times);
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

impl Alert {
    /// One of which nothing is known, for tests of what is done with alerts: they say what they are about.
    pub fn blank() -> Self {
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
