//! `redtape backtest`: what policies would have raised on a log.

use std::path::PathBuf;

use clap::ValueEnum;
use redtape::{Plugin, Policy};
use redtape_scan::report::Filter;
use redtape_workbench::privacy::Mask;
use redtape_workbench::render::{self, BacktestLook};
use redtape_workbench::tuning::{Backtest as Comparison, Replay};

use super::engine::Course;
use super::logs::Logs;
use super::people::{self, PeopleOptions};
use super::progress::Progress;
use super::{Failure, Outcome, engine, logger, out, summary};

/// Alerts of each list, unless all are asked for.
const LISTED_MAX: usize = 10;

const EXAMPLES: &str = "\
Examples:
  redtape backtest activities.ndjson
  redtape backtest activities.ndjson --policy policy.toml
  redtape backtest 2024.ndjson.gz 2025.ndjson.gz --policy old.toml --policy new.toml --all
  redtape backtest activities.ndjson --policy policy.toml --format json";

/// Replays logs through time, and shows what one policy or two would have raised.
///
/// An alert counts once, from the day it first fired to the day it was resolved. With two policies, an alert is in both
/// where both speak of the same account, signal, cause and plan or request, and are open at the same time; one long
/// alert of the one can so stand for several of the other. An account-year is a year of one account, from its first
/// activity to the end of the log.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Backtest {
    #[command(flatten)]
    logs: Logs,
    /// A policy to replay under, TOML or JSON; give two to compare them. Without one the documented defaults hold.
    #[arg(short, long = "policy", value_name = "FILE")]
    policies: Vec<PathBuf>,
    /// What is written to standard output.
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    people: PeopleOptions,
    #[command(flatten)]
    course: Course,
    /// Counts alerts of this signal only; may be given several times.
    #[arg(long = "signal", value_name = "NAME")]
    signals: Vec<String>,
    /// Counts alerts of this account only; may be given several times. Rates are still those of all accounts.
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
    /// Lists all alerts in the table, not the newest 10 of each kind only.
    #[arg(long)]
    all: bool,
    /// Says nothing on standard error but errors.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: numbers by signal, a timeline, the newest alerts.
    Table,
    /// Everything, with every alert.
    Json,
}

impl Backtest {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if self.quiet {
            logger::quiet();
        }
        if self.policies.len() > 2 {
            return Err(Failure::Usage(format!(
                "option `--policy` compares two policies at most: found {}",
                self.policies.len()
            )));
        }
        if self.policies.len() > 1 {
            self.logs.must_be_files("once for each policy")?;
        }
        let policies = self.policies()?;
        let plugin = engine::plugin()?;
        engine::check_signals(&mut plugin.detector(redtape::Limits::default())?, &self.signals)?;
        let mut progress = Progress::begin(self.quiet);
        let mut mask = self.people.mask(&self.logs)?;
        let mut replays = Vec::new();
        for (at, (name, policy)) in policies.iter().enumerate() {
            let told = if policies.len() > 1 { format!("policy {} of 2, ", at + 1) } else { String::new() };
            replays.push((name.clone(), self.replay(&plugin, policy, &mask, &mut progress, &told)?));
        }
        progress.end();
        replays.iter_mut().for_each(|(_, replay)| mask.replay(replay));
        let reports: Vec<_> = replays.first().map(|(_, replay)| replay.report.clone()).into_iter().collect();
        let comparison = Comparison::of(replays);
        out::write(&match self.format {
            Format::Table => render::backtest(&comparison, &self.look()),
            Format::Json => render::backtest_json(&comparison),
        })?;
        for report in reports.iter().filter(|_| !self.quiet) {
            summary::print(report, self.course.sort);
            people::warn(&mask);
        }
        let is_unread = reports.iter().any(|report| summary::is_unread(report, false, self.quiet));
        Ok(if is_unread { Outcome::NotTaken } else { Outcome::Done })
    }

    /// The policies with their names; the defaults where none is given.
    fn policies(&self) -> Result<Vec<(String, Policy)>, Failure> {
        let read = |path: &PathBuf| Ok((path.display().to_string(), Policy::read(path)?));
        let mut policies: Vec<_> = self.policies.iter().map(read).collect::<Result<_, Failure>>()?;
        if policies.is_empty() {
            policies.push(("defaults".to_owned(), Policy::default()));
        }
        Ok(policies)
    }

    fn replay(
        &self,
        plugin: &Plugin,
        policy: &Policy,
        mask: &Mask,
        progress: &mut Progress,
        told: &str,
    ) -> Result<Replay, Failure> {
        let detectors = self.course.detectors(plugin, policy)?;
        let scan = self.course.scan(policy)?;
        let mut input = self.logs.open()?;
        mask.watch(&mut input);
        progress.read(&input, told);
        let filter =
            Filter { signals: self.signals.clone(), causes: Vec::new(), accounts: self.accounts.clone() };
        Replay::run(scan, input, detectors, filter, |_| {
            progress.show();
            Ok(())
        })
    }

    fn look(&self) -> BacktestLook {
        BacktestLook { columns: out::sheet_width(), listed_max: (!self.all).then_some(LISTED_MAX) }
    }
}
