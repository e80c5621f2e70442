//! What is in a log, before anything in it is judged.
//!
//! A survey looks at every line that a scan reads; with the scan's own counts it becomes an inspection, which says whether
//! there is enough to watch. How that is shown is decided in `render`.

use redtape_import::input::{Counts, Gathered, Input};
use redtape_scan::report::Report;
use redtape_scan::scan::Clock;

mod accounts;
mod checks;
mod repeats;
mod requests;
mod said;
mod sampled;
mod survey;
mod times;
mod twins;

pub use self::checks::{Check, Verdict, what_rule};
use self::survey::Survey;
pub use self::survey::{Field, Gap, Kind};

/// What is in a log.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// The kinds of activities, in the order of the contract; only those that came.
    pub kinds: Vec<Kind>,
    /// Accounts with their activities, the most active first.
    pub accounts: Vec<(String, u64)>,
    /// Runs of weeks, two at least, in which nothing happened at all, the longest first.
    pub gaps: Vec<Gap>,
    /// Whether the log can be relied on, and whether there is enough to watch, signal by signal.
    pub checks: Vec<Check>,
    /// The scan's own account of the log: what was taken, what the counting rules left out.
    pub report: Report,
}

/// A survey that goes on while a scan reads.
#[derive(Debug)]
pub struct Inspector(Gathered<Survey>, Counts);

impl Inspector {
    /// Looks at every line of `input` from now on, as far as a scan by `clock` takes them.
    pub fn begin(input: &mut Input, clock: Clock) -> Self {
        let counts = input.counts();
        Self(input.gather(Survey::new(clock), |survey, line| survey.look(line)), counts)
    }

    /// The inspection, once the scan of that input has given its report.
    pub fn end(self, report: Report) -> Inspection {
        let survey = self.0.take();
        let (kinds, accounts, gaps) = (survey.kinds(), survey.accounts(), survey.gaps());
        let mut checks = checks::all(&kinds, &accounts, &gaps, &survey, &report);
        // Behind what is said of accounts already.
        let place = checks.iter().position(|check| check.about == "accounts").map_or(0, |place| place + 1);
        checks.splice(place..place, accounts::checks(&survey.shared(), &accounts, &self.1.total()));
        Inspection { kinds, accounts, gaps, checks, report }
    }
}
