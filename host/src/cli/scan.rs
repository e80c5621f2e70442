//! `redtape scan`: reads logs, reports what it found.

use std::path::PathBuf;

use clap::ValueEnum;
use redtape::input::Line;
use redtape::output::{self, Table};
use redtape::report::{Filter, Report};
use redtape::scan::Clock;
use redtape::{Alert, Detector, Input, Limits, Loader, Policy, Severity, calendar};

use super::progress::Progress;
use super::{Failure, Outcome, logger, out};

mod summary;

/// Columns of the table where standard output is no terminal, and at most.
const COLUMNS_MAX: usize = 100;

/// Reads activity logs and reports where formality is rising.
///
/// A log is NDJSON: one activity a line, plain or compressed with gzip or zstd. Several logs are read as one, in the
/// order of time.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXAMPLES, after_long_help = super::EXAMPLES)]
pub(super) struct Scan {
    /// Logs to read; `-` is standard input.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// Thresholds and counting rules, TOML or JSON; without it the documented defaults hold.
    #[arg(short, long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What is written to standard output.
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Ends with exit code 1 where an alert of this severity, or a higher one, is open at the end.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Ends with exit code 3 where a line was not taken.
    #[arg(long)]
    strict: bool,
    /// Where time ends: an RFC 3339 instant, or a date, whose last moment is meant. Later lines are passed over.
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Puts the lines in the order of time first; needs memory for all of them.
    #[arg(long)]
    sort: bool,
    /// Shows alerts of this signal only; may be given several times.
    #[arg(long = "signal", value_name = "NAME")]
    signals: Vec<String>,
    /// Shows alerts of this cause only; may be given several times.
    #[arg(long = "cause", value_enum, value_name = "CAUSE")]
    causes: Vec<CauseName>,
    /// Shows alerts of this account only; may be given several times.
    #[arg(long = "account", value_name = "NAME")]
    accounts: Vec<String>,
    /// Shows all resolved alerts in the table, not those of the last 26 weeks only.
    #[arg(long)]
    all: bool,
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
        if self.logs.iter().filter(|log| log.as_os_str() == "-").count() > 1 {
            return Err(Failure::Usage(
                "standard input can be read once: `-` is given several times".to_owned(),
            ));
        }
        let mut input = Input::open(&self.logs)?;
        let policy = self.policy.as_deref().map(Policy::read).transpose()?.unwrap_or_default();
        let mut detector = Loader::new().cache(true).embedded()?.detector(Limits::default())?;
        policy.configure(&mut detector)?;
        self.check_signals(&mut detector)?;
        let clock = self.clock(&policy)?;
        let scan = redtape::Scan::new(detector, clock, input.names());
        let mut progress = Progress::new(&input, self.quiet);
        out::beside(progress.bar());
        if let Err(error) = ctrlc::set_handler(out::interrupted) {
            log::debug!("an interrupt may cut a line: {error}");
        }
        let mut report = self.read(&mut input, scan, &mut progress)?;
        progress.end();
        self.check_accounts(&report);
        report.keep(&self.filter());
        match self.format {
            Format::Table => out::write(&output::table(&report, &self.table()))?,
            Format::Json => out::write(&output::json(&report))?,
            Format::Ndjson | Format::Cloudevents => {}
        }
        if !self.quiet {
            summary::print(&report, self.sort);
        }
        Ok(self.outcome(&report))
    }

    fn read(
        &self,
        input: &mut Input,
        mut scan: redtape::Scan<Detector>,
        progress: &mut Progress,
    ) -> Result<Report, Failure> {
        let filter = self.filter();
        let mut written = 0;
        let mut take = |scan: &mut redtape::Scan<Detector>, line: &Line<&str>| -> Result<(), Failure> {
            scan.take(line)?;
            progress.line();
            self.stream(&scan.report().alerts, &filter, &mut written)
        };
        if self.sort {
            for line in &input.sorted()? {
                take(&mut scan, &line.as_deref())?;
            }
        } else {
            while let Some(line) = input.next_line()? {
                take(&mut scan, &line)?;
            }
        }
        let report = scan.finish()?;
        self.stream(&report.alerts, &filter, &mut written)?;
        Ok(report)
    }

    /// Writes the alerts that are new since `written`, in the formats that do not wait for the end.
    fn stream(&self, alerts: &[Alert], filter: &Filter, written: &mut usize) -> Result<(), Failure> {
        let new = alerts.get(*written..).unwrap_or_default();
        *written = alerts.len();
        let line = match self.format {
            Format::Ndjson => output::ndjson,
            Format::Cloudevents => output::cloudevent,
            Format::Table | Format::Json => return Ok(()),
        };
        let lines: String = new.iter().filter(|alert| filter.wants(alert)).map(line).collect();
        if lines.is_empty() { Ok(()) } else { out::write(&lines) }
    }

    fn clock(&self, policy: &Policy) -> Result<Clock, Failure> {
        let zone = policy.zone();
        let as_of = match &self.as_of {
            None => None,
            Some(text) => Some(calendar::parse(text).or_else(|| zone.end_of(text)).ok_or_else(|| {
                let form = "expected a date such as `2026-05-09`, or `2026-05-09T12:00:00Z`, of the years 1900 to 2199";
                Failure::Usage(format!("option `--as-of` is no time: {form}: found `{text}`"))
            })?),
        };
        Ok(Clock { zone, lateness_days: policy.lateness_days(), as_of, present: present() })
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

    /// Refuses a signal that does not exist: an empty report would look like health.
    fn check_signals(&self, detector: &mut Detector) -> Result<(), Failure> {
        if self.signals.is_empty() {
            return Ok(());
        }
        let known: Vec<String> = detector.info()?.signals.into_iter().map(|signal| signal.name).collect();
        match self.signals.iter().find(|name| !known.contains(name)) {
            Some(name) => {
                let known = known.join(", ");
                Err(Failure::Usage(format!("option `--signal` must be one of {known}: found `{name}`")))
            }
            None => Ok(()),
        }
    }

    /// Says so where an account has no alert at all; the log may not know it, or it may be healthy.
    fn check_accounts(&self, report: &Report) {
        let has_alert =
            |name: &&String| report.alerts.iter().chain(&report.open).any(|it| it.account == **name);
        for name in self.accounts.iter().filter(|name| !self.quiet && !has_alert(name)) {
            out::note(&format!("note: no alert of account `{}`", redtape::text::printable(name)));
        }
    }

    fn table(&self) -> Table {
        let columns = out::columns().map_or(COLUMNS_MAX, |columns| columns.min(COLUMNS_MAX));
        let color = match self.color {
            Color::Auto => out::takes_color(),
            Color::Always => true,
            Color::Never => false,
        };
        Table { columns, color, all: self.all }
    }

    fn outcome(&self, report: &Report) -> Outcome {
        let is_met = |alert: &Alert| match self.fail_on {
            None => false,
            Some(FailOn::Warning) => matches!(alert.severity, Severity::Warning | Severity::Critical),
            Some(FailOn::Critical) => alert.severity == Severity::Critical,
        };
        if self.strict && report.not_taken() > 0 {
            Outcome::NotStrict
        } else if report.firing().any(is_met) {
            Outcome::Alarm
        } else {
            Outcome::Done
        }
    }
}

/// The machine's clock. It only rejects lines dated after now: the same file gives the same report on any day.
#[expect(clippy::disallowed_methods, reason = "the one place where the command asks what time it is")]
fn present() -> calendar::Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default()
}
