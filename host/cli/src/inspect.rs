//! `redtape inspect`: what is in a log, before anything is judged.

use std::path::PathBuf;

use clap::ValueEnum;
use redtape::Policy;
use redtape_scan::report::Keep;
use redtape_workbench::inspect::{Inspector, Verdict};
use redtape_workbench::render::{self, InspectionLook};

use super::engine::Course;
use super::logs::Logs;
use super::people::{self, PeopleOptions};
use super::progress::Progress;
use super::{Failure, Outcome, engine, logger, out, summary};

const EXAMPLES: &str = "\
Examples:
  redtape inspect export.csv
  redtape inspect 2024.ndjson.gz 2025.ndjson.gz --policy policy.toml
  crm-export | redtape inspect - --format json

Exit codes: 0 done; 1 with --strict, a check fails; 2 to 4 as of scan, 3 also with --strict where an input is empty.";

/// Says what is in a log before anything is judged.
///
/// Kinds, accounts, span and gaps; fields that are never filled; what the counting rules would leave out, and why; and
/// whether there is enough to watch: pass, warning or fail for each signal.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Inspect {
    #[command(flatten)]
    logs: Logs,
    /// Whose counting rules and time zone hold; without it the documented defaults.
    #[arg(short, long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What is written to standard output.
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    people: PeopleOptions,
    #[command(flatten)]
    course: Course,
    /// Ends with exit code 1 where a check fails.
    #[arg(long)]
    strict: bool,
    /// Says nothing on standard error but errors.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// Everything, for programs.
    Json,
}

impl Inspect {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if self.quiet {
            logger::quiet();
        }
        let policy = self.policy.as_deref().map(Policy::read).transpose()?.unwrap_or_default();
        let clock = self.course.clock(&policy)?;
        let mut mask = self.people.mask(&self.logs)?;
        let mut input = self.logs.open_until(clock.end())?;
        mask.watch(&mut input);
        let detectors = self.course.detectors(&engine::plugin()?, &policy)?;
        let counts = input.counts();
        let progress = Progress::new(&input, self.quiet);
        let inspector = Inspector::begin(&mut input, clock);
        let scan = self.course.scan_by(clock).keep(Keep::None);
        let report = scan.run(input, detectors, |_| {
            progress.show();
            Ok::<(), Failure>(())
        })?;
        progress.end();
        let mut inspection = inspector.end(report);
        mask.inspection(&mut inspection);
        match self.format {
            Format::Table => {
                let look = InspectionLook { columns: out::width(), color: out::takes_color() };
                out::write(&render::inspection(&inspection, &look))?;
            }
            Format::Json => out::write(&render::inspection_json(&inspection))?,
        }
        if !self.quiet {
            summary::print(&inspection.report, self.course.sort);
            summary::records(&counts.total());
            people::warn(&mask);
        }
        if summary::is_unread(&inspection.report, self.strict, self.quiet) {
            return Ok(Outcome::NotTaken);
        }
        let fails = inspection.checks.iter().any(|check| check.verdict == Verdict::Fail);
        Ok(if self.strict && fails { Outcome::Alarm } else { Outcome::Done })
    }
}
