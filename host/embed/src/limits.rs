//! How much memory, time and fuel a plugin may use, how much it may answer, and the clockwork that enforces it.
//!
//! Limits of the analysis itself (accounts, open requests, batch sizes) are the plugin's own.

use std::time::Duration;
use std::{io, thread};

use wasmtime::{Engine, ResourceLimiter, Store, Trap};

use crate::error::{Error, Resource};

/// How often the epoch of an engine moves: calls end this much too late at most.
const TICK: Duration = Duration::from_millis(20);
/// Instances in a store: the component holds its module and the adapters of its imports and exports.
const INSTANCES_MAX: usize = 32;
/// Memories in a store: one, with room for adapters that have their own.
const MEMORIES_MAX: usize = 4;
/// Tables in a store, and elements in each: a plugin of 1.5 MB has about a thousand functions in its table.
const TABLES_MAX: usize = 16;
const TABLE_ELEMENTS_MAX: usize = 100_000;

/// Stack of a plugin, in bytes; what threads have of their own is larger.
pub(crate) const STACK_BYTES_MAX: usize = 512 << 10;
/// What the runtime says where an answer is too large; it has no type of its own for that.
const ANSWER_TOO_LARGE: &str = "fuel allocated for hostcalls has been exhausted";

/// What one detector may use. A call that goes over a limit ends with
/// [`Error::LimitExceeded`](crate::Error::LimitExceeded), and the detector with it; a
/// [`Supervisor`](crate::Supervisor) makes a new one.
///
/// A thousand detectors may use a thousand times as much. Beside these limits a plugin has 512 KiB of stack, on which
/// endless recursion ends as [`Error::Trap`](crate::Error::Trap).
///
/// ```
/// let mut limits = redtape::Limits::default();
/// limits.memory_bytes_max = 256 << 20;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most linear memory, in bytes. Default: 1 GiB.
    pub memory_bytes_max: usize,
    /// Most time of one call. Default: 60 s. Granularity: 20 ms. Copying an answer out of the plugin is not interrupted;
    /// that is bounded by `answer_bytes_max`.
    pub call_time_max: Duration,
    /// Most bytes that the plugin hands over at once, in an answer or a log message. Default: 256 MiB, which a snapshot
    /// of all accounts must fit into. It counts texts by their bytes and records by their size in the host, since a
    /// hostile plugin answers with one text a million times over: its own memory is no bound. The host allocates about
    /// twice as much where all texts are very short.
    pub answer_bytes_max: usize,
    /// Fuel of one call, about one unit an instruction; for limits that strike at the same place in every run. Needs
    /// [`Loader::metered`](crate::Loader::metered), which about doubles the cost of a call. Default: none.
    pub fuel_per_call: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 1 << 30,
            call_time_max: Duration::from_secs(60),
            answer_bytes_max: 256 << 20,
            fuel_per_call: None,
        }
    }
}

impl Limits {
    /// Gives `store` its budget for the next call.
    pub(crate) fn arm<T: 'static>(&self, store: &mut Store<T>) -> Result<(), Error> {
        let ticks = self.call_time_max.as_millis().div_ceil(TICK.as_millis());
        // One tick more: the first may come at once.
        store.set_epoch_deadline(
            u64::try_from(ticks).unwrap_or(u64::MAX / 2).saturating_add(1).min(u64::MAX / 2),
        );
        store.set_hostcall_fuel(self.answer_bytes_max);
        match self.fuel_per_call {
            Some(fuel) => store.set_fuel(fuel).map_err(|error| Error::Runtime(error.into())),
            None => Ok(()),
        }
    }

    /// Names what ended `call`.
    pub(crate) fn explain(&self, call: &'static str, limiter: &Limiter, source: wasmtime::Error) -> Error {
        let (resource, limit) = match source.downcast_ref::<Trap>() {
            _ if limiter.refused => (Resource::Memory, format!("{} bytes", self.memory_bytes_max)),
            Some(Trap::Interrupt) => (Resource::Time, format!("{} ms", self.call_time_max.as_millis())),
            Some(Trap::OutOfFuel) => {
                (Resource::Fuel, format!("{} units", self.fuel_per_call.unwrap_or_default()))
            }
            None if source.root_cause().to_string().contains(ANSWER_TOO_LARGE) => {
                (Resource::Answer, format!("{} bytes", self.answer_bytes_max))
            }
            _ => return Error::Trap { call, source: source.into() },
        };
        Error::LimitExceeded { call, resource, limit }
    }
}

/// Refuses what goes over [`Limits::memory_bytes_max`], and remembers that it did.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes_max: usize,
    memory_bytes: usize,
    refused: bool,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { memory_bytes_max: limits.memory_bytes_max, memory_bytes: 0, refused: false }
    }

    /// Linear memory in use.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if wanted > self.memory_bytes_max {
            self.refused = true;
            return Err(wasmtime::Error::msg("memory limit"));
        }
        self.memory_bytes = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }

    fn tables(&self) -> usize {
        TABLES_MAX
    }
}

/// Starts the one thread that moves the epoch of `engine`; it ends by itself once the engine is gone.
pub(crate) fn start_ticker(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let ticker = thread::Builder::new().name("redtape-ticker".to_owned());
    ticker.spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_over_all_memories() {
        let limits = Limits { memory_bytes_max: 100, ..Limits::default() };
        let mut limiter = Limiter::new(&limits);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert!(limiter.memory_growing(0, 1, None).is_err());
        let error = limits.explain("observe", &limiter, wasmtime::Error::msg("grow"));
        assert_eq!(error.to_string(), "plugin exceeded its memory limit of 100 bytes during `observe`");
    }

    #[test]
    fn a_trap_is_told_by_its_limit() {
        let limits = Limits { fuel_per_call: Some(7), ..Limits::default() };
        let told = |trap: Trap| limits.explain("advance", &Limiter::new(&limits), trap.into()).to_string();
        assert_eq!(told(Trap::Interrupt), "plugin exceeded its time limit of 60000 ms during `advance`");
        assert_eq!(told(Trap::OutOfFuel), "plugin exceeded its fuel limit of 7 units during `advance`");
        assert_eq!(told(Trap::UnreachableCodeReached), "plugin failed during `advance`");
    }
}
