//! What happens on customer accounts: activities, their text form, and what can be wrong with them.
//!
//! The ground that the analysis and the importers stand on. It depends on nothing of ours, knows no clock, no files and no
//! signal. The modules stand in reading order.

pub mod activity;
pub mod problem;

pub mod ndjson;

pub mod calendar;
pub mod text;

#[cfg(feature = "documents")]
pub mod document;
#[cfg(feature = "documents")]
pub mod mistakes;
#[cfg(feature = "documents")]
pub mod places;
#[cfg(feature = "documents")]
pub mod whole;
