//! What must hold for every input, whatever its bytes: one function a target, which panics where it does not.
//!
//! libFuzzer runs them through `fuzz_targets/`; without a nightly toolchain `plugin/tests/fuzz.rs` runs the same functions.

#![expect(clippy::expect_used, reason = "a target says by a panic what does not hold")]

mod calls;
mod line;
mod policy;
mod snapshot;

pub use calls::calls;
pub use line::line;
pub use policy::policy;
pub use snapshot::{every_number, snapshot};

/// What a fault or a problem says: little of the user's data, a place that exists in JSON, and what would be right.
fn check_told(field: &str, found: &str, expected: &str) {
    assert!(found.len() <= redtape_engine::problem::FOUND_BYTES_MAX, "quotes too much: {found}");
    assert!(field.is_empty() || field.starts_with('/'), "no JSON Pointer: {field}");
    let mut escapes = field.split('~').skip(1);
    assert!(escapes.all(|rest| rest.starts_with(['0', '1'])), "no JSON Pointer: {field}");
    assert!(!expected.is_empty(), "{field} is wrong, and nothing would be right");
}
