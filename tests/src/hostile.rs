//! The hostile component, with what it is told to do; see `hostile/` for its misdeeds.

use redtape::Engine;
use redtape::{Detector, Error, Limits, Loader, Plugin, Supervisor};
use std::sync::OnceLock;

/// Built from `tests/hostile/`.
static COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hostile.wasm"));

/// Its bytes.
pub fn bytes() -> &'static [u8] {
    COMPONENT
}

/// It, compiled once.
pub fn plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| Loader::new().bytes(COMPONENT).expect("the hostile component is well-formed"))
}

/// It, with one text in it replaced by another of the same length.
pub fn altered(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "the lengths in the component stay as they are");
    let mut bytes = COMPONENT.to_owned();
    let starts: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, it)| *it == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!starts.is_empty(), "the component does not hold `{from}`");
    for start in starts {
        bytes.splice(start..start + to.len(), to.bytes());
    }
    bytes
}

/// A detector that does these deeds.
///
/// # Errors
/// Those of the calls that make it.
pub fn detector(limits: &Limits, deeds: &str) -> Result<Detector, Error> {
    let mut detector = plugin().detector(limits.clone())?;
    detector.configure(deeds)?;
    Ok(detector)
}

/// A supervised one.
///
/// # Errors
/// Those of the calls that make it.
pub fn supervisor(limits: &Limits, deeds: &str) -> Result<Supervisor, Error> {
    let mut supervisor = Supervisor::new(plugin(), limits.clone())?;
    supervisor.configure(deeds)?;
    Ok(supervisor)
}
