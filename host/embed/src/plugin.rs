//! A compiled component: loaded once, checked, and the mould of any number of detectors.
//!
//! What the contract looks like is known to `detector.rs` only; here are just the names of its interfaces.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;
#[cfg(feature = "cache")]
use wasmtime::{Cache, CacheConfig};
use wasmtime::{Config, Engine};

use crate::detector::{Detector, Mould, link};
use crate::error::Error;
use crate::limits::{self, Limits};

/// The contract this host runs.
pub const CONTRACT: &str = "redtape:crm@0.1.0";
/// What a component of this contract exports.
const DETECTOR: &str = "redtape:crm/detector@0.1.0";
/// The same without its version.
const ANY_DETECTOR: &str = "redtape:crm/detector@";
/// The one thing it may import.
const LOGGING: &str = "redtape:crm/logging@0.1.0";

/// How to load a [`Plugin`].
///
/// ```
/// # fn main() -> Result<(), redtape::Error> {
/// let plugin = redtape::Loader::new().metered(true).embedded()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Loader {
    #[cfg(feature = "cache")]
    cache: bool,
    metered: bool,
    sha256: Option<String>,
}

impl Loader {
    /// Loads as [`Plugin::embedded`] does: no cache, not metered, any checksum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether compiled code is kept in the user's cache folder, so that the next start takes milliseconds. A cache
    /// that cannot be used is no error.
    #[cfg(feature = "cache")]
    pub fn cache(mut self, on: bool) -> Self {
        self.cache = on;
        self
    }

    /// Whether fuel is counted, for [`Limits::fuel_per_call`]. It about doubles the cost of a call.
    pub fn metered(mut self, on: bool) -> Self {
        self.metered = on;
        self
    }

    /// Refuses every component but the one of this sha-256, in hex digits.
    pub fn sha256(mut self, hex: impl Into<String>) -> Self {
        self.sha256 = Some(hex.into());
        self
    }

    /// Loads the component that was built with this crate.
    ///
    /// # Errors
    ///
    /// [`Error::Checksum`] and [`Error::Runtime`].
    pub fn embedded(&self) -> Result<Plugin, Error> {
        self.load("embedded component", redtape_component::BYTES, redtape_component::SHA256)
    }

    /// Loads a component from a file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], and those of [`bytes`](Self::bytes).
    pub fn file(&self, path: impl AsRef<Path>) -> Result<Plugin, Error> {
        let name = path.as_ref().display().to_string();
        let bytes = fs::read(path).map_err(|source| Error::Read { name: name.clone(), source })?;
        self.load(&name, &bytes, &hex(&Sha256::digest(&bytes)))
    }

    /// Loads a component from its bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Checksum`], [`Error::NotComponent`], [`Error::Contract`], [`Error::Incomplete`], [`Error::Import`] and
    /// [`Error::Runtime`].
    pub fn bytes(&self, bytes: &[u8]) -> Result<Plugin, Error> {
        self.load("component", bytes, &hex(&Sha256::digest(bytes)))
    }

    fn load(&self, origin: &str, bytes: &[u8], sha256: &str) -> Result<Plugin, Error> {
        if let Some(expected) = self.sha256.as_ref().filter(|it| !it.eq_ignore_ascii_case(sha256)) {
            return Err(Error::Checksum {
                origin: origin.to_owned(),
                found: sha256.to_owned(),
                expected: expected.to_owned(),
            });
        }
        let engine = self.engine()?;
        let component = Component::from_binary(&engine, bytes)
            .map_err(|error| Error::NotComponent { origin: origin.to_owned(), source: error.into() })?;
        check(origin, &component, &engine)?;
        let linked = link(&engine, &component)
            .map_err(|error| Error::NotComponent { origin: origin.to_owned(), source: error.into() })?;
        let mould = Mould::new(linked).map_err(|error| Error::Incomplete {
            origin: origin.to_owned(),
            contract: DETECTOR,
            source: error.into(),
        })?;
        Ok(Plugin { engine, mould, sha256: sha256.to_owned(), metered: self.metered })
    }

    fn engine(&self) -> Result<Engine, Error> {
        let mut config = Config::new();
        config.epoch_interruption(true).consume_fuel(self.metered).max_wasm_stack(limits::STACK_BYTES_MAX);
        // The component is stripped: a backtrace would be a list of numbers.
        config.wasm_backtrace_max_frames(None);
        #[cfg(feature = "cache")]
        if self.cache {
            match Cache::new(CacheConfig::new()) {
                Ok(cache) => drop(config.cache(Some(cache))),
                Err(error) => log::debug!("no compilation cache: {error:#}"),
            }
        }
        let engine = Engine::new(&config).map_err(|error| Error::Runtime(error.into()))?;
        limits::start_ticker(&engine).map_err(|error: io::Error| Error::Runtime(error.into()))?;
        Ok(engine)
    }
}

/// A component, compiled once; makes detectors that share its code. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    engine: Engine,
    mould: Mould,
    sha256: String,
    metered: bool,
}

impl Plugin {
    /// Loads the component that was built with this crate.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] where the machine has no threads or no executable memory left.
    pub fn embedded() -> Result<Self, Error> {
        Loader::new().embedded()
    }

    /// The bytes of the component that was built with this crate, for other hosts.
    pub fn embedded_bytes() -> &'static [u8] {
        redtape_component::BYTES
    }

    /// The sha-256 of the component, 64 hex digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Makes a fresh detector: one tenant, or one shard of one.
    ///
    /// # Errors
    ///
    /// [`Error::NotMetered`]; [`Error::LimitExceeded`] where `limits` are too low even to start.
    pub fn detector(&self, limits: Limits) -> Result<Detector, Error> {
        if limits.fuel_per_call.is_some() && !self.metered {
            return Err(Error::NotMetered);
        }
        Detector::start(&self.engine, &self.mould, limits, self.metered)
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// Refuses a component of another contract, or one that wants more from its host than it may.
fn check(origin: &str, component: &Component, engine: &Engine) -> Result<(), Error> {
    let outside = component.component_type();
    let exports: Vec<&str> = outside.exports(engine).map(|(name, _)| name).collect();
    if !exports.contains(&DETECTOR) {
        let other = exports.iter().find(|name| name.starts_with(ANY_DETECTOR));
        return Err(Error::Contract {
            origin: origin.to_owned(),
            found: other.map_or_else(|| "no redtape contract".to_owned(), |name| (*name).to_owned()),
            expected: DETECTOR,
        });
    }
    match outside.imports(engine).find(|(name, _)| *name != LOGGING) {
        Some((import, _)) => {
            Err(Error::Import { origin: origin.to_owned(), import: import.to_owned(), allowed: LOGGING })
        }
        None => Ok(()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn refused(component: &[u8]) -> (ErrorKind, String) {
        let error = Loader::new().bytes(component).unwrap_err();
        (error.kind(), error.to_string())
    }

    /// A component in binary form that imports and exports empty instances of these names.
    fn component(import: Option<&str>, export: &str) -> Vec<u8> {
        let length = |bytes: usize| u8::try_from(bytes).unwrap();
        let named = |name: &str| [&[1, 0, length(name.len())], name.as_bytes()].concat();
        let section = |id: u8, body: Vec<u8>| [vec![id, length(body.len())], body].concat();
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        if let Some(name) = import {
            bytes.extend(section(7, vec![1, 0x42, 0]));
            bytes.extend(section(10, [named(name), vec![5, 0]].concat()));
        }
        bytes.extend(section(5, vec![1, 1, 0]));
        let instance = u8::from(import.is_some());
        bytes.extend(section(11, [named(export), vec![5, instance, 0]].concat()));
        bytes
    }

    #[test]
    fn the_contract_is_the_one_in_wit() {
        let wit = include_str!("../wit/package.wit");
        assert!(wit.contains(&format!("\npackage {CONTRACT};\n")));
        let version = CONTRACT.split_once('@').unwrap().1;
        assert!(DETECTOR.ends_with(version) && LOGGING.ends_with(version));
    }

    #[test]
    fn the_sha_256_of_the_embedded_component_is_that_of_its_bytes() {
        assert_eq!(hex(&Sha256::digest(Plugin::embedded_bytes())), redtape_component::SHA256);
    }

    #[test]
    fn another_checksum_is_refused_with_both_named() {
        let found = Plugin::embedded().unwrap().sha256().to_owned();
        Loader::new().sha256(found.to_uppercase()).embedded().unwrap();
        let error = Loader::new().sha256("00ff").embedded().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`embedded component` has the sha-256 `{found}`: expected `00ff`")
        );
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let said = "`component` is no component that can be run".to_owned();
        assert_eq!(refused(b"not wasm"), (ErrorKind::Load, said.clone()));
        assert_eq!(refused(b"\0asm\x01\0\0\0"), (ErrorKind::Load, said));
    }

    #[test]
    fn another_contract_is_refused_with_both_named() {
        let said = "`component` implements `redtape:crm/detector@9.9.9`: this host needs `redtape:crm/detector@0.1.0`";
        let other = component(None, "redtape:crm/detector@9.9.9");
        assert_eq!(refused(&other), (ErrorKind::Contract, said.to_owned()));
        let said =
            "`component` implements `no redtape contract`: this host needs `redtape:crm/detector@0.1.0`";
        assert_eq!(refused(&component(None, "wasi:cli/run@0.2.0")), (ErrorKind::Contract, said.to_owned()));
    }

    #[test]
    fn a_component_with_an_empty_contract_is_refused() {
        let said = "`component` does not implement all of `redtape:crm/detector@0.1.0`";
        assert_eq!(refused(&component(None, DETECTOR)), (ErrorKind::Contract, said.to_owned()));
    }

    #[test]
    fn a_component_that_wants_more_is_refused() {
        let said = "`component` imports `wasi:clocks/wall-clock@0.2.0`: \
                    a redtape component may import `redtape:crm/logging@0.1.0` only";
        let greedy = component(Some("wasi:clocks/wall-clock@0.2.0"), DETECTOR);
        assert_eq!(refused(&greedy), (ErrorKind::Contract, said.to_owned()));
    }

    #[test]
    fn fuel_needs_a_metered_plugin() {
        let limits = Limits { fuel_per_call: Some(1), ..Limits::default() };
        let error = Plugin::embedded().unwrap().detector(limits).unwrap_err();
        assert_eq!(
            error.to_string(),
            "limit `fuel_per_call` is set, but the plugin was not loaded with `metered`"
        );
    }
}
