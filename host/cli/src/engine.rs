//! Instances of the embedded plugin, and the clock they run by.

use std::num::NonZero;
use std::thread;

use redtape::Engine;
use redtape::{Detector, Limits, Loader, Plugin, Policy};
use redtape_model::calendar;
use redtape_scan::Error;
use redtape_scan::Scan;
use redtape_scan::scan::{Clock, SHARDS_MAX};

use super::Failure;

/// How logs are gone through; every command that judges some is told of it.
#[derive(Debug, clap::Args)]
pub(super) struct Course {
    /// Where time ends: an RFC 3339 instant, or a date, whose last moment is meant. Later lines are passed over.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Puts the lines in the order of time first; needs memory for all of them.
    #[arg(long)]
    pub(super) sort: bool,
    /// Lets any line move time as far as it says. Without it a line that is further ahead than the policy's lateness (than a
    /// week at least) waits until others come to where it is; one that stays apart to the end of the log is not taken.
    #[arg(long)]
    allow_gap: bool,
    /// Instances of the plugin, each with its share of the accounts and a thread of its own. The output is the same for
    /// any number; by default there is one for each core, at most 16.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=i64::from(SHARDS_MAX)))]
    shards: Option<u8>,
}

impl Course {
    /// A detector with `policy` for each shard.
    pub(super) fn detectors(&self, plugin: &Plugin, policy: &Policy) -> Result<Vec<Detector>, Error> {
        detectors(plugin, policy, self.shards)
    }

    /// When a scan with `policy` ends.
    pub(super) fn clock(&self, policy: &Policy) -> Result<Clock, Failure> {
        clock(policy, self.as_of.as_deref())
    }

    /// The same by a clock.
    pub(super) fn scan_by(&self, clock: Clock) -> Scan {
        Scan::new(clock).sort(self.sort).allow_gap(self.allow_gap)
    }

    /// A scan with `policy`, in the order that is asked for.
    pub(super) fn scan(&self, policy: &Policy) -> Result<Scan, Failure> {
        Ok(self.scan_by(self.clock(policy)?))
    }
}

/// The embedded plugin, compiled once and kept in the cache of the machine.
pub(super) fn plugin() -> Result<Plugin, Error> {
    Ok(Loader::new().cache(true).embedded()?)
}

/// A detector with `policy` for each shard; without a number of shards, one for each core.
pub(super) fn detectors(
    plugin: &Plugin,
    policy: &Policy,
    shards: Option<u8>,
) -> Result<Vec<Detector>, Error> {
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let shards = shards.map_or_else(cores, usize::from).min(usize::from(SHARDS_MAX));
    let detector = |_| {
        let mut detector = plugin.detector(Limits::default())?;
        policy.configure(&mut detector)?;
        Ok(detector)
    };
    (0..shards).map(detector).collect()
}

/// Refuses a signal that does not exist: an empty report would look like health.
pub(super) fn check_signals(detector: &mut Detector, names: &[String]) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = detector.info()?.signals.into_iter().map(|signal| signal.name).collect();
    match names.iter().find(|name| !known.contains(name)) {
        Some(name) => {
            let known = known.join(", ");
            Err(Failure::Usage(format!("option `--signal` must be one of {known}: found `{name}`")))
        }
        None => Ok(()),
    }
}

/// The clock of a scan; `as_of` is an instant or a date, whose last moment is meant.
pub(super) fn clock(policy: &Policy, as_of: Option<&str>) -> Result<Clock, Failure> {
    let zone = policy.zone();
    let as_of = match as_of {
        None => None,
        Some(text) => Some(calendar::parse(text).or_else(|| zone.end_of(text)).ok_or_else(|| {
            let form =
                "expected a date such as `2026-05-09`, or `2026-05-09T12:00:00Z`, of the years 1900 to 2199";
            Failure::Usage(format!("option `--as-of` is no time: {form}: found `{text}`"))
        })?),
    };
    Ok(Clock { zone, lateness_days: policy.lateness_days(), as_of, present: present() })
}

/// The machine's clock. It only rejects lines dated after now: the same file gives the same report on any day.
#[expect(clippy::disallowed_methods, reason = "the one place where the command asks what time it is")]
pub(super) fn present() -> calendar::Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default()
}
