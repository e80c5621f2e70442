//! Detects bureaucratic creep in the activity streams of customer accounts.
//!
//! A pure library: no clock, no randomness, no input or output. [`Monitor`](monitor::Monitor) is the engine;
//! the crate `redtape-component` turns it into the WebAssembly component. The modules stand in reading order.

pub use redtape_model::{activity, ndjson, problem};

pub mod calendar;
pub mod policy;

pub mod keyed;
pub mod open;

pub mod counting;
pub mod signals;

pub mod account;
pub mod alert;
pub mod threshold;

pub mod population;
pub mod rise;

pub mod monitor;
pub mod snapshot;
