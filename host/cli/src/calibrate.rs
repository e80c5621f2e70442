//! `redtape calibrate`: a policy from a team's own history.

use std::path::PathBuf;

use redtape::Engine;
use redtape::{Limits, Plugin};
use redtape_model::text::{counted, grouped};
use redtape_scan::report::Filter;
use redtape_scan::scan::{Score, Told};
use redtape_workbench::render;
use redtape_workbench::tuning::calibrate::Wanted;
use redtape_workbench::tuning::{Ask, Replay, calibrate};

use super::engine::Course;
use super::logs::Logs;
use super::progress::Progress;
use super::{Failure, Outcome, destination, engine, logger, out, summary};

const EXAMPLES: &str = "\
Examples:
  redtape calibrate activities.ndjson -o policy.toml
  redtape calibrate 2024.ndjson.gz 2025.ndjson.gz --alerts-per-week 2 -o policy.toml
  redtape calibrate activities.ndjson --alerts-per-account-year 0.5 --time-zone Europe/London > policy.toml
  redtape backtest activities.ndjson --policy policy.toml";

/// Proposes a policy from a team's own history.
///
/// Replays the logs some ten times, each time with other limits, and proposes those that would have given as many alerts
/// as people can take: equal shares for all signals; what one cannot use goes to the others. The critical limits are
/// where about a fifth of the alerts remain. A tier gets limits of its own where it has accounts enough and differs. Where
/// there is too little data the documented default is kept, and the file says so.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Calibrate {
    #[command(flatten)]
    logs: Logs,
    /// How many alerts you can take a week, of all accounts together, limits and rises. By default one for each 100
    /// accounts, and at least one a month.
    #[arg(long, value_name = "NUMBER", value_parser = positive, conflicts_with = "alerts_per_account_year")]
    alerts_per_week: Option<f64>,
    /// The same, for each account and year that it was known.
    #[arg(long, value_name = "NUMBER", value_parser = positive)]
    alerts_per_account_year: Option<f64>,
    /// Where the policy is written; without it, to standard output. The file appears once it is complete.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrites FILE.
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    course: Course,
    /// Says nothing on standard error but errors.
    #[arg(short, long)]
    quiet: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a number above 0, such as 0.5".to_owned())
}

impl Calibrate {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if self.quiet {
            logger::quiet();
        }
        self.logs.must_be_files("some ten times")?;
        // Said before minutes are spent.
        self.output.as_ref().map_or(Ok(()), |file| destination::check(file, self.force))?;
        let plugin = engine::plugin()?;
        let schema = plugin.detector(Limits::default())?.policy_schema()?;
        let mut progress = Progress::begin(self.quiet);
        let mut is_unread = false;
        let found = calibrate(
            &schema,
            self.ask(),
            self.logs.time_zone().map(|zone| zone.name()),
            |wanted, scores| {
                let replay = self.replay(&plugin, wanted, scores, &mut progress)?;
                if wanted.number == 1 {
                    self.tell_not_taken(&replay);
                    is_unread = summary::is_unread(&replay.report, false, self.quiet);
                    // Limits that rest on nothing would look like others.
                    if is_unread && replay.report.span.is_none() {
                        return Err(Failure::Nothing("no policy is proposed: there is nothing to go by"));
                    }
                }
                Ok(replay)
            },
        )?;
        progress.end();
        let outcome = if is_unread { Outcome::NotTaken } else { Outcome::Done };
        let policy = render::policy_file(&found);
        let Some(file) = &self.output else {
            out::write(&policy)?;
            return Ok(outcome);
        };
        destination::write(file, self.force, policy.as_bytes())?;
        out::write(&render::calibration(&found, out::sheet_width()))?;
        if !self.quiet {
            let name = redtape_model::text::printable(&file.display().to_string());
            out::note(&format!("wrote {name} after {} replays", found.replays));
            out::note(&format!("what it would have raised: redtape backtest LOG --policy {name}"));
        }
        Ok(outcome)
    }

    /// Says that limits rest on a part of what is there.
    fn tell_not_taken(&self, replay: &Replay) {
        let not_taken = replay.report.not_taken();
        if not_taken > 0 && !self.quiet {
            let (lines, count) = (replay.report.counts.lines, grouped(not_taken));
            out::note(&format!(
                "note: {count} of {} were not taken: `redtape inspect` shows which",
                counted(lines, "line")
            ));
        }
    }

    fn ask(&self) -> Ask {
        match (self.alerts_per_week, self.alerts_per_account_year) {
            (Some(alerts), _) => Ask::AWeek(alerts),
            (None, Some(alerts)) => Ask::AnAccountYear(alerts),
            (None, None) => Ask::Default,
        }
    }

    fn replay(
        &self,
        plugin: &Plugin,
        wanted: &Wanted<'_>,
        scores: &mut dyn FnMut(&[Score]),
        progress: &mut Progress,
    ) -> Result<Replay, Failure> {
        let detectors = self.course.detectors(plugin, wanted.policy)?;
        let scan = self.course.scan(wanted.policy)?;
        let input = self.logs.open()?;
        progress.read(&input, &format!("replay {}, ", wanted.number));
        let scan = scan.scored(wanted.scored);
        Replay::run(scan, input, detectors, Filter::default(), |told| {
            progress.show();
            if let Told::Scores(told) = told {
                scores(told);
            }
            Ok(())
        })
    }
}
