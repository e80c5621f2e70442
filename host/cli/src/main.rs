//! Arguments, exit codes, and what is said when something goes wrong.
//!
//! One file a subcommand; what they do is in the library.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use redtape::ErrorKind;
use redtape_import::Error as ImportError;
use redtape_scan::Error;

mod backtest;
mod calibrate;
mod check;
mod completions;
mod component;
mod convert;
mod destination;
mod engine;
mod explain;
mod inspect;
mod logger;
mod logs;
mod man;
mod mappings;
mod out;
mod people;
mod progress;
mod scan;
mod schema;
mod summary;
mod test;

const EXAMPLES: &str = "\
Examples:
  redtape scan activities.ndjson
  redtape scan --policy policy.toml 2024.ndjson.gz 2025.ndjson.gz
  redtape scan activities.ndjson --format html > report.html
  crm-export | redtape scan - --format ndjson --fail-on critical
  redtape scan Event.csv --time-zone Europe/London
  redtape inspect export.csv
  redtape convert calendar.ics --own-domain acme.example -o activities.ndjson.gz
  redtape calibrate activities.ndjson --alerts-per-week 1 -o policy.toml
  redtape backtest activities.ndjson --policy old.toml --policy policy.toml
  redtape explain activities.ndjson de13b2eb
  redtape check policy.toml && redtape test policy.toml
  redtape schema > policy.schema.json

Exit codes:
  0  done
  1  --fail-on is met, or a test of a policy fails
  2  wrong usage, or a mistake in a policy, in its tests or in a mapping
  3  input could not be read or understood, or output not written; with --strict, lines were not taken;
     with --strict or --fail-on, an input is empty; with --fail-on, most lines were not taken
  4  the plugin failed";

/// Watches what happens on customer accounts and says where formality is rising.
#[derive(Debug, Parser)]
#[command(name = "redtape", version, after_help = EXAMPLES, after_long_help = EXAMPLES)]
struct Cli {
    /// What is written to standard error about the work itself.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = LogLevel::Warn, global = true)]
    log: LogLevel,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads activity logs and reports where formality is rising.
    Scan(scan::Scan),
    /// Says what is in a log before anything is judged.
    Inspect(inspect::Inspect),
    /// Writes activities of any readable format as canonical NDJSON.
    Convert(convert::Convert),
    /// Lists the mappings that are ready, or prints one to begin your own with.
    Mappings(mappings::Mappings),
    /// Proposes a policy from a team's own history.
    Calibrate(calibrate::Calibrate),
    /// Says whether policies are valid, and what they mean for an account.
    Check(check::Check),
    /// Runs unit tests of a policy.
    Test(test::Test),
    /// Replays logs through time, and shows what one policy or two would have raised.
    Backtest(backtest::Backtest),
    /// Explains one alert from the activities up.
    Explain(explain::Explain),
    /// Prints the JSON Schema of policies.
    #[command(after_help = "Examples:\n  redtape schema > policy.schema.json")]
    Schema,
    /// Prints what the embedded component is, or writes it to a file for other hosts.
    Component(component::Component),
    /// Prints completions for a shell.
    Completions(completions::Completions),
    /// Prints the manual page, in roff.
    #[command(after_help = "Examples:\n  redtape man > redtape.1\n  redtape man | man -l -")]
    Man,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a command ends that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// `--fail-on` is met, or a test of a policy fails.
    Alarm,
    /// Nothing of an input was understood; or lines were not taken, and somebody asked to hear of it.
    NotTaken,
}

/// How a command fails.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Library(#[from] Error),
    #[error("failed to write the output")]
    Write(#[source] std::io::Error),
    #[error("failed to write `{name}`")]
    WriteFile { name: String, source: std::io::Error },
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Nothing(&'static str),
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::Library(error.into())
    }
}

impl From<redtape::Error> for Failure {
    fn from(error: redtape::Error) -> Self {
        Self::Library(error.into())
    }
}

/// Runs the command that was asked for.
fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help that nobody reads any more is no failure; clap knows which stream each of its messages belongs to.
            let code = if told.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
            return if told.print().is_ok() { code } else { ExitCode::SUCCESS };
        }
    };
    logger::install(cli.log);
    let outcome = match cli.command {
        Command::Scan(scan) => scan.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Convert(convert) => convert.run(),
        Command::Explain(explain) => explain.run(),
        Command::Check(check) => check.run(),
        Command::Test(test) => test.run(),
        Command::Backtest(backtest) => backtest.run(),
        Command::Calibrate(calibrate) => calibrate.run(),
        Command::Schema => schema::run(),
        Command::Mappings(mappings) => mappings.run(),
        Command::Component(component) => component.run(),
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Man => man::run(Cli::command()),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Alarm) => ExitCode::from(1),
        Ok(Outcome::NotTaken) => ExitCode::from(3),
        // The reader has gone, so there is nobody to tell.
        Err(Failure::Write(source) | Failure::WriteFile { source, .. })
            if source.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            out::error(&failure);
            ExitCode::from(exit_code(&failure))
        }
    }
}

fn exit_code(failure: &Failure) -> u8 {
    let Failure::Library(error) = failure else {
        return if matches!(failure, Failure::Usage(_)) { 2 } else { 3 };
    };
    match error.cause() {
        Error::Import(ImportError::Mapping(_)) => 2,
        Error::Import(_) => 3,
        Error::Engine(error) if error.kind() == ErrorKind::Policy => 2,
        Error::Engine(error) if error.kind() == ErrorKind::Read => 3,
        // What is added later fails in the plugin until somebody decides otherwise.
        _ => 4,
    }
}

/// Tells all failures but the worst, of several the first, and gives that one: the command ends with it.
fn worst(mut failures: Vec<Failure>) -> Failure {
    let place =
        (0..failures.len()).rev().max_by_key(|at| failures.get(*at).map(exit_code)).unwrap_or_default();
    let worst = failures.remove(place);
    failures.iter().for_each(out::error);
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Examples:\n  "), "{}", command.get_name());
        }
    }

    #[test]
    fn failures_have_the_exit_codes_of_the_help() {
        let read = ImportError::Io { name: "x".to_owned(), source: std::io::ErrorKind::NotFound.into() };
        assert_eq!(exit_code(&Failure::Usage(String::new())), 2);
        assert_eq!(exit_code(&read.into()), 3);
        assert_eq!(exit_code(&Failure::Write(std::io::ErrorKind::StorageFull.into())), 3);
        assert_eq!(exit_code(&redtape::Error::Dead { because: String::new() }.into()), 4);
    }
}
