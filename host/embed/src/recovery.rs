//! A detector that outlives its plugin's faults: rebuilt from its last snapshot and a journal of the calls since.
//!
//! What is in the journal is `journal.rs`, how bad input is found `observe.rs`; here are the calls and the rebuilding.

mod batch;
mod journal;
mod observe;

pub use journal::Change;
pub use observe::SetAside;

use crate::detector::{
    Activity, Alert, Detector, Intake, PluginInfo, Point, PolicyView, Profile, Progress, Standing, Verdict,
};
use crate::engine::{Engine, Mortal};
use crate::error::Error;
use crate::limits::Limits;
use crate::plugin::Plugin;
use batch::Batch;
use journal::Journal;
use observe::Shelf;
use redtape_model::calendar::Instant;

/// Bytes of a journal before a new snapshot is taken, unless [`Supervisor::journal_bytes_max`] says otherwise: 64 MiB.
pub const JOURNAL_BYTES_MAX: usize = 64 << 20;

/// A [`Detector`] that is rebuilt where its plugin traps or goes over a limit. It has the same calls, and what they
/// answered is never lost.
///
/// It keeps the last snapshot and a journal of the calls since. Where the plugin fails, a new detector is restored from
/// the snapshot, the journal is replayed, and the call that failed is tried once more with double time. What then still
/// fails is an error, with the state as before the call and the next call as good as ever. There are two exceptions:
///
/// - Input that fails again is halved until the lines or records on which the plugin fails stand alone. They are
///   [set aside](Self::set_aside), counted as rejected and told as problems; the rest is taken. Input is never set aside
///   for want of time, or because memory is full: that ends the batch with [`Error::Stopped`], which says where.
/// - A plugin that fails at `snapshot` lets the journal grow, to twice its limit at most. From then on calls that
///   change the state answer [`Error::JournalFull`].
///
/// A plugin is deterministic, so a replay does not fail. Should it ever, the answer is [`Error::NotRebuilt`], and
/// [`last_snapshot`](Self::last_snapshot) and [`journal`](Self::journal) still hold everything.
///
/// ```
/// use redtape::{Engine, Limits, Plugin, Supervisor};
///
/// # fn main() -> Result<(), redtape::Error> {
/// let mut supervisor = Supervisor::new(&Plugin::embedded()?, Limits::default())?;
/// supervisor.configure("{}")?;
/// let intake = supervisor.observe_ndjson("{}\n")?;
/// assert_eq!((intake.rejected, supervisor.rebuilds()), (1, 0));
/// # Ok(())
/// # }
/// ```
pub struct Supervisor<E = Detector> {
    /// Makes a new one.
    begin: Box<dyn Fn() -> Result<E, Error> + Send>,
    journal_bytes_max: usize,
    /// None: it died. The next call makes a new one.
    engine: Option<E>,
    snapshot: Option<String>,
    journal: Journal,
    /// Bytes of the journal from which on a snapshot is due.
    snapshot_due: usize,
    shelf: Shelf,
    rebuilds: u64,
}

impl Supervisor {
    /// Makes a fresh one over detectors of `plugin`: one tenant, or one shard of one.
    ///
    /// # Errors
    ///
    /// Those of [`Plugin::detector`].
    pub fn new(plugin: &Plugin, limits: Limits) -> Result<Self, Error> {
        let plugin = plugin.clone();
        Self::over(move || plugin.detector(limits.clone()))
    }
}

impl<E: Mortal> Supervisor<E> {
    /// Makes a fresh one over the engines that `begin` makes, each without a state.
    ///
    /// # Errors
    ///
    /// Those of the first one.
    pub fn over(begin: impl Fn() -> Result<E, Error> + Send + 'static) -> Result<Self, Error> {
        let engine = Some(begin()?);
        Ok(Self {
            begin: Box::new(begin),
            journal_bytes_max: JOURNAL_BYTES_MAX,
            engine,
            snapshot: None,
            journal: Journal::default(),
            snapshot_due: JOURNAL_BYTES_MAX,
            shelf: Shelf::default(),
            rebuilds: 0,
        })
    }

    /// How many bytes the journal may hold, a single call apart, before a snapshot begins a new one. Default:
    /// [`JOURNAL_BYTES_MAX`]. A longer journal means fewer snapshots, and more time to recover.
    pub fn journal_bytes_max(mut self, bytes: usize) -> Self {
        self.journal_bytes_max = bytes;
        self.snapshot_due = bytes;
        self
    }

    /// Takes a snapshot now, and begins a new journal. It is done without asking where the journal is full.
    ///
    /// # Errors
    ///
    /// Those of [`snapshot`](Self::snapshot); the journal then stays as it is.
    pub fn checkpoint(&mut self) -> Result<(), Error> {
        self.snapshot = Some(self.snapshot(&[])?);
        self.journal.clear();
        self.snapshot_due = self.journal_bytes_max;
        Ok(())
    }

    /// The last snapshot, of all accounts. None: none was needed yet, and the journal holds everything.
    pub fn last_snapshot(&self) -> Option<&str> {
        self.snapshot.as_deref()
    }

    /// The calls since the last snapshot, in their order. [Applied](Change::apply) to a detector that was restored from
    /// it, they give the state of now.
    pub fn journal(&self) -> &[Change] {
        self.journal.changes()
    }

    /// How often the plugin failed and was rebuilt.
    pub fn rebuilds(&self) -> u64 {
        self.rebuilds
    }

    /// The lines and records on which the plugin failed and that nobody [took](Self::take_set_aside) yet, oldest first;
    /// 16 MiB of them at most.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.shelf.kept
    }

    /// Gives them away, and makes room for others.
    pub fn take_set_aside(&mut self) -> Vec<SetAside> {
        self.shelf.take()
    }

    /// How many were set aside since the supervisor was made, kept or not.
    pub fn set_aside_count(&self) -> u64 {
        self.shelf.count
    }

    /// A call that changes nothing.
    fn read<T>(&mut self, call: impl Fn(&mut E) -> Result<T, Error>) -> Result<T, Error> {
        self.attempt(has_failed, call)
    }

    /// A call that is kept once it is answered.
    fn change<T>(&mut self, change: Change, call: impl Fn(&mut E) -> Result<T, Error>) -> Result<T, Error> {
        self.make_room(change.bytes())?;
        let answer = self.attempt(has_failed, call)?;
        self.journal.push(change);
        Ok(answer)
    }

    /// Makes sure that the journal can take a call of `bytes`.
    fn make_room(&mut self, bytes: usize) -> Result<(), Error> {
        let wanted = self.journal.bytes().saturating_add(bytes);
        if wanted <= self.snapshot_due || self.journal.changes().is_empty() || self.journal.is_agreeing() {
            return Ok(());
        }
        let Err(error) = self.checkpoint() else { return Ok(()) };
        let limit = self.journal_bytes_max.saturating_mul(2);
        if wanted > limit {
            return Err(Error::JournalFull { bytes: wanted, limit, source: Box::new(error) });
        }
        log::warn!("the journal grows, since there is no snapshot: {error}");
        // Each try may cost a rebuild.
        self.snapshot_due = wanted.saturating_add(self.journal_bytes_max / 8).min(limit);
        Ok(())
    }

    /// One call, made again with double time where it failed in a way that is worth it.
    fn attempt<T>(
        &mut self,
        again: fn(&Error) -> bool,
        call: impl Fn(&mut E) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.once(1, &call) {
            Err(error) if again(&error) => self.once(2, &call),
            answer => answer,
        }
    }

    /// One call with so many times the time it may take, on the detector or on a rebuilt one.
    fn once<T>(&mut self, patience: u32, call: &impl Fn(&mut E) -> Result<T, Error>) -> Result<T, Error> {
        let mut engine = match self.engine.take() {
            Some(engine) => engine,
            None => self.rebuilt()?,
        };
        engine.allow_time(patience);
        let answer = call(&mut engine);
        match engine.dead() {
            Some(because) => log::warn!("the plugin is dropped: {because}"),
            None => self.engine = Some(engine),
        }
        answer
    }

    /// A new detector where the last one was when it answered last.
    fn rebuilt(&mut self) -> Result<E, Error> {
        self.rebuilds += 1;
        let journaled = self.journal.changes().len();
        let not_rebuilt =
            |call, replayed, error| Error::NotRebuilt { call, replayed, journaled, source: Box::new(error) };
        let started = (self.begin)();
        let mut engine = started.map_err(|error| not_rebuilt("instantiate", 0, error))?;
        // What was in time once may need longer on a busy machine.
        engine.allow_time(2);
        if let Some(snapshot) = &self.snapshot {
            engine.restore(snapshot).map_err(|error| not_rebuilt("restore", 0, error))?;
        }
        for (change, replayed) in self.journal.changes().iter().zip(0..) {
            change.apply(&mut engine).map_err(|error| not_rebuilt(change.call(), replayed, error))?;
        }
        log::info!("the plugin is rebuilt: snapshot={} calls={journaled}", self.snapshot.is_some());
        Ok(engine)
    }
}

/// The same calls. Those that observe set aside what the plugin fails on, and end with [`Error::Stopped`] or, where nothing
/// was taken, with [`Error::TooManyFailures`]. Those that change the state can end with [`Error::JournalFull`]; every call with
/// [`Error::NotRebuilt`], and with [`Error::Trap`] and [`Error::LimitExceeded`] where the plugin failed twice.
///
/// `forget` is followed by a [`checkpoint`](Supervisor::checkpoint), so that the journal forgets as well. Where that fails the
/// accounts are forgotten all the same, and the journal keeps them until the next one. What is set aside is not searched:
/// [take](Supervisor::take_set_aside) it.
impl<E: Mortal> Engine for Supervisor<E> {
    fn info(&mut self) -> Result<PluginInfo, Error> {
        self.read(E::info)
    }

    fn policy_schema(&mut self) -> Result<String, Error> {
        self.read(E::policy_schema)
    }

    fn configure(&mut self, policy: &str) -> Result<(), Error> {
        let change = Change::Configure(policy.to_owned());
        self.change(change, |engine| engine.configure(policy))
    }

    fn policy_for(&mut self, account: &str, profile: &Profile) -> Result<PolicyView, Error> {
        self.read(|engine| engine.policy_for(account, profile))
    }

    fn observe(&mut self, activities: &[Activity]) -> Result<Intake, Error> {
        self.observe_batch(Batch::Records(activities))
    }

    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error> {
        self.observe_batch(Batch::Lines(lines))
    }

    fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        self.change(Change::Advance(to), |engine| engine.advance(to))
    }

    fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        self.change(Change::Agree(to, sums.to_owned()), |engine| engine.agree(to, sums))
    }

    fn open_alerts(&mut self, accounts: &[String]) -> Result<Vec<Alert>, Error> {
        self.read(|engine| engine.open_alerts(accounts))
    }

    fn history(&mut self, account: &str, signal: &str) -> Result<Vec<Point>, Error> {
        self.read(|engine| engine.history(account, signal))
    }

    fn feedback(&mut self, alert: &str, verdict: Verdict) -> Result<Alert, Error> {
        let change = Change::Feedback(alert.to_owned(), verdict);
        self.change(change, |engine| engine.feedback(alert, verdict))
    }

    fn status(&mut self) -> Result<Standing, Error> {
        self.read(E::status)
    }

    fn accounts(&mut self, after: &str, limit: u32) -> Result<Vec<String>, Error> {
        self.read(|engine| engine.accounts(after, limit))
    }

    fn snapshot(&mut self, accounts: &[String]) -> Result<String, Error> {
        self.read(|engine| engine.snapshot(accounts))
    }

    fn restore(&mut self, snapshot: &str) -> Result<(), Error> {
        self.change(Change::Restore(snapshot.to_owned()), |engine| engine.restore(snapshot))
    }

    fn forget(&mut self, accounts: &[String]) -> Result<u32, Error> {
        let known = self.change(Change::Forget(accounts.to_owned()), |engine| engine.forget(accounts))?;
        if let Err(error) = self.checkpoint() {
            log::warn!("the journal keeps accounts that were forgotten: {error}");
        }
        Ok(known)
    }
}

impl<E: std::fmt::Debug> std::fmt::Debug for Supervisor<E> {
    /// Without snapshot and journal: they are user data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { journal, rebuilds, engine, .. } = self;
        let mut shown = f.debug_struct("Supervisor");
        shown.field("journal_bytes", &journal.bytes()).field("rebuilds", rebuilds);
        shown.field("engine", engine).finish_non_exhaustive()
    }
}

/// Whether the plugin failed, and the detector died of it.
fn has_failed(error: &Error) -> bool {
    matches!(error, Error::Trap { .. } | Error::LimitExceeded { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = include_str!("../../../fixtures/fitcorp/activities.ndjson");

    #[test]
    fn a_detector_that_dies_before_every_call_says_and_keeps_the_same() {
        let plugin = Plugin::embedded().unwrap();
        let mut steady = plugin.detector(Limits::default()).unwrap();
        let mut mortal = Supervisor::new(&plugin, Limits::default()).unwrap().journal_bytes_max(20_000);
        steady.configure("{}").unwrap();
        mortal.configure("{}").unwrap();
        let lines: Vec<&str> = LOG.lines().collect();
        let mut told = 0;
        for batch in lines.chunks(40).map(|lines| lines.join("\n")) {
            mortal.engine = None;
            let intake = mortal.observe_ndjson(&batch).unwrap();
            assert_eq!(intake, steady.observe_ndjson(&batch).unwrap());
            mortal.engine = None;
            let to = intake.newest.unwrap();
            let progress = mortal.advance(to).unwrap();
            assert_eq!(progress, steady.advance(to).unwrap());
            told += progress.alerts.len();
        }
        assert!(told > 20 && mortal.last_snapshot().is_some(), "{told}");
        assert_eq!(mortal.rebuilds(), 2 * u64::try_from(lines.len().div_ceil(40)).unwrap());
        mortal.engine = None;
        assert_eq!(mortal.status().unwrap(), steady.status().unwrap());
        assert_eq!(mortal.snapshot(&[]).unwrap(), steady.snapshot(&[]).unwrap());
    }

    #[test]
    fn a_supervisor_may_move_to_another_thread() {
        fn sends<T: Send>() {}
        sends::<Supervisor>();
    }
}
