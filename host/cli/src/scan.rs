//! `redtape scan`: reads logs, reports what it found.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum;
use redtape::{Alert, Detector, Policy, Severity};
use redtape_import::Input;
use redtape_scan::Error;
use redtape_scan::report::{Filter, Keep, Report};
use redtape_scan::scan::{Clock, Score, Told};
use redtape_workbench::privacy::Mask;
use redtape_workbench::render::{self, Html, Table};

use super::engine::Course;
use super::logs::Logs;
use super::people::{self, PeopleOptions};
use super::progress::Progress;
use super::{Failure, Outcome, engine, logger, out, summary};

/// Reads activity logs and reports where formality is rising.
///
/// A log is NDJSON (one activity a line), CSV or JSON with a mapping, a process log (XES, OCEL), or a calendar, plain or
/// compressed with gzip or zstd. Several logs are read as one, in the order of time.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXAMPLES, after_long_help = super::EXAMPLES)]
pub(super) struct Scan {
    #[command(flatten)]
    logs: Logs,
    /// Thresholds and counting rules, TOML or JSON; without it the documented defaults hold.
    #[arg(short, long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What is written to standard output.
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Ends with exit code 1 where an alert of this severity, or a higher one, is open at the end; with 3 where none is, but
    /// an input is empty or most lines were not taken.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Ends with exit code 3 where a line was not taken, or an input is empty.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    course: Course,
    /// Shows alerts of this signal only; may be given several times.
    #[arg(long = "signal", value_name = "NAME")]
    signals: Vec<String>,
    /// Shows alerts of this cause only; may be given several times.
    #[arg(long = "cause", value_enum, value_name = "CAUSE")]
    causes: Vec<CauseName>,
    /// Shows alerts of this account only; may be given several times.
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
    /// Writes the score of every account, signal and closed week instead of alerts, as NDJSON: log-odds of a rise, with the
    /// value, what was expected and how all accounts moved together.
    #[arg(long, conflicts_with_all = ["format", "fail_on", "all", "causes"])]
    scores: bool,
    #[command(flatten)]
    people: PeopleOptions,
    /// Shows all resolved alerts in the table or the page, not those of the last 26 weeks only.
    #[arg(long)]
    all: bool,
    /// Shows the id of every alert in the table, for `redtape explain`.
    #[arg(long)]
    ids: bool,
    /// Whether the table has colours.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    color: Color,
    /// Says nothing on standard error but errors.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: open alerts, the worst first, and what could not be judged.
    Table,
    /// For managers: one self-contained page of HTML, with charts.
    Html,
    /// The whole report: counts, what was left out, problems, alerts.
    Json,
    /// Every change of an alert, one JSON object a line, as it is decided.
    Ndjson,
    /// The same as CloudEvents 1.0.
    Cloudevents,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Warning,
    Critical,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CauseName {
    /// A number in the policy was reached.
    Threshold,
    /// It rose above the account's own past.
    Rise,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

impl Scan {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if self.quiet {
            logger::quiet();
        }
        let policy = self.policy.as_deref().map(Policy::read).transpose()?.unwrap_or_default();
        let clock = self.course.clock(&policy)?;
        // Reading goes on while the plugin is loaded.
        let mut mask = self.people.mask(&self.logs)?;
        let mut input = self.logs.open_until(clock.end())?;
        mask.watch(&mut input);
        let detectors = self.detectors(&policy)?;
        let progress = Progress::new(&input, self.quiet);
        let (mut report, cut) = match self.read(clock, input, detectors, &mut mask, &progress) {
            Ok(report) => (report, None),
            // What was decided up to there is told all the same.
            Err(Failure::Library(Error::CutShort(cut))) if cut.report.as_of.is_some() => {
                (cut.report, Some(cut.error))
            }
            Err(failure) => return Err(failure),
        };
        progress.end();
        report.keep(&self.filter());
        mask.report(&mut report);
        match self.format {
            _ if self.scores => {}
            Format::Table => out::write(&render::table(&report, &self.table()))?,
            // Programs and readers of a page take it for the whole.
            Format::Html | Format::Json if cut.is_some() => {}
            Format::Html => {
                let look = Html { all: self.all, policy: policy.name() };
                out::write_pieces(|to| render::html(&report, &look, to))?;
            }
            Format::Json => out::write(&render::json(&report))?,
            Format::Ndjson | Format::Cloudevents => {}
        }
        if !self.quiet {
            summary::print(&report, self.course.sort);
            people::warn(&mask);
        }
        match cut {
            Some(error) => Err(error.into()),
            None => Ok(self.outcome(&report)),
        }
    }

    /// A detector for each shard; the plugin is compiled once.
    fn detectors(&self, policy: &Policy) -> Result<Vec<Detector>, Failure> {
        let mut detectors = self.course.detectors(&engine::plugin()?, policy)?;
        detectors.first_mut().map_or(Ok(()), |detector| engine::check_signals(detector, &self.signals))?;
        Ok(detectors)
    }

    fn read(
        &self,
        clock: Clock,
        input: Input,
        detectors: Vec<Detector>,
        mask: &mut Mask,
        progress: &Progress,
    ) -> Result<Report, Failure> {
        let filter = self.filter();
        let mut heard_of = BTreeSet::new();
        let charted = self.format == Format::Html && !self.scores;
        let scan = self.course.scan_by(clock).scored(self.scores).charted(charted);
        let scan = scan.keep(match self.format {
            _ if self.scores => Keep::None,
            Format::Table | Format::Html if !self.all => Keep::Lately,
            Format::Table | Format::Html | Format::Json => Keep::All,
            Format::Ndjson | Format::Cloudevents => Keep::None,
        });
        let report = scan.tell(input, detectors, |told| {
            progress.show();
            let alerts = match told {
                Told::Scores(scores) => return self.write_scores(scores, clock, &filter, mask),
                Told::Alerts(alerts) => alerts,
            };
            heard_of.extend(self.accounts.iter().filter(|name| alerts.iter().any(|it| it.account == **name)));
            self.stream(alerts, &filter, mask)
        })?;
        heard_of
            .extend(self.accounts.iter().filter(|name| report.open.iter().any(|it| it.account == **name)));
        // The log may not know the account, or it may be healthy.
        for name in self.accounts.iter().filter(|name| !self.quiet && !heard_of.contains(name)) {
            out::note(&format!("note: no alert of account `{}`", redtape_model::text::printable(name)));
        }
        Ok(report)
    }

    /// Writes the scores of some weeks.
    fn write_scores(
        &self,
        scores: &[Score],
        clock: Clock,
        filter: &Filter,
        mask: &mut Mask,
    ) -> Result<(), Failure> {
        let mut lines = String::new();
        for score in scores.iter().filter(|score| filter.wants_series(&score.account, &score.signal)) {
            // The week closes so many days after the next Monday.
            let at = clock.zone.monday(score.week, 7 + clock.lateness_days);
            let mut score = score.clone();
            mask.score(&mut score);
            lines.push_str(&render::score(&score, at));
        }
        if lines.is_empty() { Ok(()) } else { out::write(&lines) }
    }

    /// Writes alerts in the formats that do not wait for the end.
    fn stream(&self, alerts: &[Alert], filter: &Filter, mask: &mut Mask) -> Result<(), Failure> {
        let line = match self.format {
            _ if self.scores => return Ok(()),
            Format::Ndjson => render::ndjson,
            Format::Cloudevents => render::cloudevent,
            Format::Table | Format::Html | Format::Json => return Ok(()),
        };
        let masked = |alert: &Alert| {
            let mut alert = alert.clone();
            mask.alert(&mut alert);
            line(&alert)
        };
        let lines: String = alerts.iter().filter(|alert| filter.wants(alert)).map(masked).collect();
        if lines.is_empty() { Ok(()) } else { out::write(&lines) }
    }

    fn filter(&self) -> Filter {
        let cause = |cause: &CauseName| match cause {
            CauseName::Threshold => "threshold".to_owned(),
            CauseName::Rise => "rise".to_owned(),
        };
        Filter {
            signals: self.signals.clone(),
            causes: self.causes.iter().map(cause).collect(),
            accounts: self.accounts.clone(),
        }
    }

    fn table(&self) -> Table {
        let columns = out::width();
        let color = match self.color {
            Color::Auto => out::takes_color(),
            Color::Always => true,
            Color::Never => false,
        };
        Table { columns, color, all: self.all, ids: self.ids }
    }

    fn outcome(&self, report: &Report) -> Outcome {
        let is_met = |alert: &Alert| match self.fail_on {
            None => false,
            Some(FailOn::Warning) => matches!(alert.severity, Severity::Warning | Severity::Critical),
            Some(FailOn::Critical) => alert.severity == Severity::Critical,
        };
        let is_asked = self.strict || self.fail_on.is_some();
        let is_unread = summary::is_unread(report, is_asked, self.quiet);
        if is_unread || self.strict && report.not_taken() > 0 {
            Outcome::NotTaken
        } else if report.firing().any(is_met) {
            Outcome::Alarm
        } else if self.fail_on.is_some() && report.is_mostly_lost() {
            out::note("error: most lines were not taken, so that no alert is open says nothing");
            Outcome::NotTaken
        } else {
            Outcome::Done
        }
    }
}
