//! Helpers of the end-to-end tests: where the fixtures are, the engine as a scan sees it, the command.
//!
//! What is tested is in `tests/`, one file a kind.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot find what it tests must end, and say why"
)]

mod command;
pub mod company;
mod conversion;
pub mod dialect;
pub mod exports;
pub mod hostile;
mod measured;
pub mod pieces;
pub mod shapes;

pub use command::{Ran, command, finish, run};
pub use company::Random;
pub use conversion::{Came, came, converted};
pub use measured::{Measured, measured};
pub use redtape::Native;

use redtape::{Engine, Policy};
use redtape_import::Input;
use redtape_model::calendar;
use redtape_scan::Scan;
use redtape_scan::scan::Clock;
use redtape_scan::{Error, Report};
use std::path::{Path, PathBuf};

/// A folder of `fixtures/`.
#[derive(Clone, Debug)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
}

impl Case {
    /// A file of the case, whether it is there or not.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Its policy file, where it has one.
    pub fn policy_file(&self) -> Option<PathBuf> {
        Some(self.file("policy.toml")).filter(|file| file.is_file())
    }

    /// Whether it is about a policy that is refused.
    pub fn is_refused(&self) -> bool {
        self.file("expected-error.txt").is_file()
    }
}

/// The project's folder.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the project").to_owned()
}

/// A file of the project as text.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = project().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All fixtures, by name.
pub fn cases() -> Vec<Case> {
    let folder = project().join("fixtures");
    let entries = std::fs::read_dir(&folder).expect("the fixtures can be listed");
    // What CRMs and process engines export is no log yet: tests/tests/exports.rs and process_logs.rs read it.
    let is_case =
        |path: &PathBuf| path.is_dir() && !["exports", "process-logs"].iter().any(|it| path.ends_with(it));
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(is_case);
    let mut cases: Vec<Case> = folders
        .map(|folder| {
            let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
            Case { name, folder }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(cases.len() > 50, "only {} fixtures in {}", cases.len(), folder.display());
    cases
}

/// The policy of a case, or the defaults.
pub fn policy(case: &Case) -> Policy {
    case.policy_file()
        .map_or_else(Policy::default, |file| Policy::read(&file).expect("the policy can be read"))
}

/// Scans a log with engines that are configured already, each a shard.
pub fn scan<A: Engine + Send + 'static>(engines: Vec<A>, policy: &Policy, logs: &[PathBuf]) -> Report {
    let input = Input::open(logs).expect("the log can be opened");
    // No fixture is younger than this, and no report depends on the day it is made.
    let present = calendar::parse("2026-11-01T00:00:00Z").expect("an instant");
    let clock = Clock { zone: policy.zone(), lateness_days: policy.lateness_days(), as_of: None, present };
    let scanned = Scan::new(clock).run(input, engines, |_| Ok::<(), Error>(()));
    scanned.expect("the log can be read, and the engines go on")
}

#[cfg(test)]
mod tests {
    use crate::company::{Company, Day};
    use redtape_engine::calendar::DAY_MS;
    use redtape_engine::ndjson::parse_line;

    #[test]
    fn a_company_is_the_same_twice_and_in_the_order_of_time() {
        let days: Vec<Day> = Company::new(50, 3).collect();
        let text: String = days.iter().flat_map(|day| &day.batches).map(String::as_str).collect();
        let again: String = Company::new(50, 3).flat_map(|day| day.batches).collect();
        assert!(text == again);
        let instants: Vec<i64> = text.lines().map(|line| parse_line(line).unwrap().at).collect();
        assert!(instants.is_sorted());
        assert_eq!(instants.len() as u64, days.iter().map(|day| day.lines).sum::<u64>());
        let a_week = instants.len() / (50 * 3);
        assert!((4..=6).contains(&a_week), "{} lines", instants.len());
        assert!(days.iter().all(|day| day.end % DAY_MS == 0));
    }
}
