#![doc = include_str!("suite/policy-tests.md")]

use std::path::Path;

use chrono::NaiveDate;

use redtape::Engine;
use redtape::Limits;
use redtape::Plugin;
use redtape::detector::{Alert, Cause, Severity};
use redtape::policy::Policy;
use redtape_import::input::Input;
use redtape_model::calendar::{self, Instant, Zone};
use redtape_model::document::Document;
use redtape_model::problem::Problem;
use redtape_model::whole;
use redtape_scan::Error;
use redtape_scan::report::{Keep, Report};
use redtape_scan::scan::{Clock, Scan, TENANT};

mod log;
mod read;
mod series;
mod verdict;

use self::log::Given;
use self::series::Series;

/// What the file is called in messages.
const WHAT: &str = "test file";
/// Bytes of a file.
const FILE_BYTES_MAX: usize = 4 << 20;
/// The end of the years that the contract knows: no line of a test lies in the future.
const PRESENT: Instant = 7_258_118_399_999;

/// The tests of one file.
#[derive(Clone, Debug)]
pub struct Suite {
    document: Document,
    tests: Vec<Test>,
}

/// One test: what happens on an account, and what fires when.
#[derive(Clone, Debug)]
struct Test {
    name: String,
    /// A Monday: the first week of every series.
    start: NaiveDate,
    account: String,
    profile: Option<serde_json::Map<String, serde_json::Value>>,
    series: Vec<Series>,
    given: Vec<Given>,
    /// Whether the lists are of rises as well.
    rises: bool,
    expectations: Vec<Expectation>,
}

/// What fires at one time.
#[derive(Clone, Debug)]
struct Expectation {
    /// As it was written: a date, whose last moment is meant, or an instant.
    at: String,
    alerts: Vec<Expected>,
}

/// An alert that is expected to fire. What is not said is not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its signal.
    pub signal: String,
    /// What found it.
    pub cause: Cause,
    /// Its account.
    pub account: String,
    /// How far it is out.
    pub severity: Option<Severity>,
    /// Its plan or request; empty: the account.
    pub subject: Option<String>,
    /// Where it is written.
    field: String,
}

/// How one test ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The name of the test.
    pub name: String,
    /// What is not as expected; empty: the test passes.
    pub misses: Vec<Miss>,
}

/// Where what fires is not what is expected.
#[derive(Clone, Debug)]
pub struct Miss {
    /// When, as it was written.
    pub at: String,
    /// Expected, and not firing.
    pub missing: Vec<Expected>,
    /// Firing, and not expected.
    pub surplus: Vec<Alert>,
    /// Activities that were not taken, which no test wants.
    pub not_taken: u64,
}

impl Suite {
    /// Reads a file of tests.
    ///
    /// # Errors
    ///
    /// [`redtape::Error::Read`]; [`redtape::Error::Policy`] with every mistake at its place.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        match whole::text(path, WHAT, FILE_BYTES_MAX) {
            Ok(text) => Self::from_toml(&name, &text),
            Err(source) => Err(redtape::Error::Read { name, source }.into()),
        }
    }

    /// Reads tests from TOML; `name` is shown in messages.
    ///
    /// # Errors
    ///
    /// [`redtape::Error::Policy`] with every mistake at its place.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, Error> {
        let document = Document::from_toml(WHAT, name, text).map_err(redtape::Error::Policy)?;
        let (tests, problems) = read::tests(&document.value);
        if problems.is_empty() {
            Ok(Self { document, tests })
        } else {
            Err(redtape::Error::Policy(document.explain(&problems)).into())
        }
    }

    /// The file, as it is shown in messages.
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// How many tests there are; at least one.
    pub fn test_count(&self) -> usize {
        self.tests.len()
    }

    /// Checks what only the plugin knows: the names of signals, and activities that are written out. `engine` is
    /// configured, and of no use for anything else afterwards.
    ///
    /// # Errors
    ///
    /// [`redtape::Error::Policy`] with every mistake at its place; those of the calls.
    pub fn check(&self, engine: &mut impl Engine) -> Result<(), Error> {
        let known: Vec<String> = engine.info()?.signals.into_iter().map(|signal| signal.name).collect();
        let mut problems = Vec::new();
        for expected in self.tests.iter().flat_map(|test| &test.expectations).flat_map(|it| &it.alerts) {
            if !known.contains(&expected.signal) {
                let expected_names =
                    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                problems.push(Problem {
                    line: 0,
                    field: format!("{}/signal", expected.field),
                    found: expected.signal.clone(),
                    expected: format!("one of {expected_names}"),
                });
            }
        }
        for given in self.tests.iter().flat_map(|test| &test.given) {
            let taken = engine.observe_ndjson(&given.line)?;
            problems.extend(taken.problems.into_iter().map(|problem| Problem {
                line: 0,
                field: format!("{}{}", given.field, problem.field),
                found: problem.found,
                expected: problem.expected,
            }));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(redtape::Error::Policy(self.document.explain(&problems)).into())
        }
    }

    /// Runs every test on a fresh detector with `policy`; `told` hears of each as it ends.
    ///
    /// # Errors
    ///
    /// Those of `told`, of [`Scan::run`](redtape_scan::Scan::run) and of the calls that make a detector.
    pub fn run<E: From<Error>>(
        &self,
        plugin: &Plugin,
        policy: &Policy,
        mut told: impl FnMut(&Outcome) -> Result<(), E>,
    ) -> Result<(), E> {
        for test in &self.tests {
            told(&test.run(plugin, policy)?)?;
        }
        Ok(())
    }
}

impl Test {
    fn run(&self, plugin: &Plugin, policy: &Policy) -> Result<Outcome, Error> {
        let log = log::of(self, policy.zone());
        let mut misses = Vec::new();
        for expectation in &self.expectations {
            let mut detector = plugin.detector(Limits::default())?;
            policy.configure(&mut detector)?;
            let as_of = expectation.instant(policy.zone());
            let (zone, lateness_days) = (policy.zone(), policy.lateness_days());
            let clock = Clock { zone, lateness_days, as_of, present: PRESENT };
            let input = Input::from_bytes(&[log.as_bytes()])?;
            let scan = Scan::new(clock).allow_gap(true).keep(Keep::None);
            let report = scan.run(input, vec![detector], |_| Ok::<(), Error>(()))?;
            misses.extend(self.miss(expectation, &report));
        }
        Ok(Outcome { name: self.name.clone(), misses })
    }

    fn miss(&self, expectation: &Expectation, report: &Report) -> Option<Miss> {
        let is_listed =
            |alert: &&Alert| alert.account != TENANT && (self.rises || alert.cause == Cause::Threshold);
        let found: Vec<&Alert> = report.firing().filter(is_listed).collect();
        let (missing, surplus) = verdict::differ(&expectation.alerts, &found);
        let not_taken = report.not_taken();
        let is_met = missing.is_empty() && surplus.is_empty() && not_taken == 0;
        (!is_met).then(|| Miss { at: expectation.at.clone(), missing, surplus, not_taken })
    }
}

impl Expectation {
    fn instant(&self, zone: Zone) -> Option<Instant> {
        calendar::parse(&self.at).or_else(|| zone.end_of(&self.at))
    }
}

#[cfg(test)]
mod tests;
