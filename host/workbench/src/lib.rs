//! What people do with logs and policies: inspect and convert, tune and test, explain, and show what was found.
//!
//! Nothing here prints. [`render`] makes text of a report; [`privacy`] keeps people out of it.

pub mod conversion;
pub mod explain;
pub mod inspect;
pub mod privacy;
pub mod render;
pub mod suite;
pub mod tuning;
