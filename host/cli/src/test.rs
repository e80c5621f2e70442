//! `redtape test`: unit tests of a policy.

use std::path::PathBuf;

use redtape::{Limits, Policy};
use redtape_model::text::counted;
use redtape_workbench::render;
use redtape_workbench::suite::Suite;

use super::{Failure, Outcome, engine, out};

const EXAMPLES: &str = "\
Examples:
  redtape test policy.toml                       # the tests in policy.test.toml
  redtape test policy.toml tests/*.test.toml

A test is made-up activities, and the alerts that fire at a date:
  [[test]]
  name = \"five meetings in two weeks running warn\"
  meetings = { per_week = \"2x4 5x2\" }

  [[test.expect]]
  at = \"2026-02-23\"                            # the second of them closes
  alerts = [{ signal = \"meeting-count\", severity = \"warning\" }]

Exit codes: 0 all pass; 1 one fails; 2 a file has mistakes; 3 one could not be read.";

/// Runs tests of a policy: made-up activities, and the alerts that they must raise.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Test {
    /// The policy, TOML or JSON.
    policy: PathBuf,
    /// Files of tests; by default the one beside the policy: of `policy.toml` it is `policy.test.toml`.
    #[arg(value_name = "TESTS")]
    tests: Vec<PathBuf>,
}

impl Test {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let plugin = engine::plugin()?;
        let policy = Policy::read(&self.policy)?;
        policy.configure(&mut plugin.detector(Limits::default())?)?;
        let (mut suites, mut failures) = (Vec::new(), Vec::new());
        for path in self.files() {
            let checked = Suite::read(&path).and_then(|suite| {
                let mut detector = plugin.detector(Limits::default())?;
                policy.configure(&mut detector)?;
                suite.check(&mut detector)?;
                Ok(suite)
            });
            match checked {
                Ok(suite) => suites.push(suite),
                Err(error) => failures.push(Failure::from(error)),
            }
        }
        // Mistakes of all files are told before anything runs.
        if !failures.is_empty() {
            return Err(super::worst(failures));
        }
        let (mut passed, mut failed) = (0_u64, 0_u64);
        for suite in &suites {
            out::write(&format!("{}: {}\n", suite.name(), counted(count(suite.test_count()), "test")))?;
            suite.run(&plugin, &policy, |outcome| {
                *if outcome.misses.is_empty() { &mut passed } else { &mut failed } += 1;
                out::write(&render::test_outcome(outcome))
            })?;
        }
        out::write(&format!("{passed} passed, {failed} failed\n"))?;
        Ok(if failed > 0 { Outcome::Alarm } else { Outcome::Done })
    }

    fn files(&self) -> Vec<PathBuf> {
        if self.tests.is_empty() { vec![self.policy.with_extension("test.toml")] } else { self.tests.clone() }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
