//! Drives engines over a log, and says what they found.
//!
//! [`Scan`] hands the lines of an [`Input`](redtape_import::Input) to one engine or to several shards, and moves their time; a
//! [`Report`] is what it found. [`evidence`] looks activities up again.

mod error;
pub mod evidence;
#[cfg(test)]
mod fakes;
pub mod report;
pub mod scan;
mod shards;

pub use error::{CutShort, Error, OnLines};
pub use report::Report;
pub use scan::Scan;
