//! The plugin as a WebAssembly component.
//!
//! Built for WebAssembly, this crate is the component: `contract.rs` converts between WIT and the engine. Built for a machine,
//! it is the component's bytes, for hosts that load them.

#[cfg(target_arch = "wasm32")]
mod contract;

/// The component, in binary form.
#[cfg(not(target_arch = "wasm32"))]
pub static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/redtape.wasm"));

/// The sha-256 of [`BYTES`], 64 hex digits in lower case.
#[cfg(not(target_arch = "wasm32"))]
pub const SHA256: &str = env!("REDTAPE_COMPONENT_SHA256");
