//! `redtape schema`: the policy's JSON Schema, as the plugin has it.

use redtape::Engine;
use redtape::{Limits, Loader};

use super::{Failure, Outcome, out};

pub(super) fn run() -> Result<Outcome, Failure> {
    let mut detector = Loader::new().cache(true).embedded()?.detector(Limits::default())?;
    let mut schema = detector.policy_schema()?;
    if !schema.ends_with('\n') {
        schema.push('\n');
    }
    out::write(&schema)?;
    Ok(Outcome::Done)
}
