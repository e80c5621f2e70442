//! Detects bureaucratic creep in the activity streams of customer accounts.
//!
//! A pure library: no clock, no randomness, no input or output. [`Monitor`](monitor::Monitor) is the engine;
//! the crate `redtape-component` turns it into the WebAssembly component. The modules stand in reading order: each uses
//! only those above it.

pub use redtape_model::{activity, ndjson, problem};

pub mod calendar;
pub mod filter;
pub mod horizon;
pub mod name_map;
mod plausible;
pub mod settings;

pub mod open;
pub mod tracks;

pub mod counting;
pub mod signals;

pub mod policy;

pub mod alert;
pub mod threshold;

pub mod rise;

pub mod population;

pub mod account;

pub mod monitor;
pub mod snapshot;
