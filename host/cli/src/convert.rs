//! `redtape convert`: activities of any readable format as canonical NDJSON.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use redtape_import::input::Tally;
use redtape_model::text::{counted, grouped, printable};
use redtape_scan::report::Report;
use redtape_workbench::conversion::{Converted, convert};

use super::destination::Destination;
use super::logs::Logs;
use super::people::{self, PeopleOptions};
use super::progress::Progress;
use super::{Failure, Outcome, logger, out, summary};

const EXAMPLES: &str = "\
Examples:
  redtape convert export.csv --mapping salesforce-event -o activities.ndjson.gz
  redtape convert calendar.ics | redtape scan -
  redtape convert log.xes.gz --people pseudonyms --people-key people.key -o log.ndjson

People are written as person 1, person 2 and so on, so that the file may be handed on. So are their names in titles and in
the names of plans, requests, series and rules, as far as they are known: from addresses, calendars and the columns that a
mapping names. Ids that are addresses become codes. Somebody who takes part in nothing and is named in a title only cannot be
known. Nothing is written before the input has ended; --people names keeps all names, and writes line by line.";

/// Writes activities of any readable format as canonical NDJSON, in the order of time.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Convert {
    #[command(flatten)]
    logs: Logs,
    /// The file to write, compressed where its name ends in .gz or .zst; `-` is standard output. It appears once it is
    /// complete.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Overwrites FILE.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    people: PeopleOptions,
    /// Ends with exit code 3 where a record was not understood, or an input is empty; what was understood is written. Where
    /// nothing of an input was, it ends so in any case, and no file is written where nothing was at all.
    #[arg(long)]
    strict: bool,
    /// Says nothing on standard error but errors.
    #[arg(short, long)]
    quiet: bool,
}

impl Convert {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if self.quiet {
            logger::quiet();
        }
        let mut mask = self.people.mask(&self.logs)?;
        let input = self.logs.open()?;
        let (inputs, remarks, counts) = (input.names().to_vec(), input.remarks(), input.counts());
        let progress = Progress::new(&input, self.quiet);
        let mut sink = Sink::open(&self.output, self.force)?;
        let converted = convert(input, &mut mask, || progress.show(), |line| sink.write(line))?;
        // An empty file would look like a log.
        if converted.written > 0 || converted.rejected == 0 {
            sink.end()?;
        }
        progress.end();
        let Converted { problems, tallies, .. } = converted.clone();
        let report = Report { inputs, problems, tallies, ..Report::default() };
        if !self.quiet {
            let remarks = remarks.all().iter().map(|remark| mask.prose(remark).into_owned()).collect();
            tell(&converted, &counts.total(), &report, remarks);
            people::warn(&mask);
        }
        let is_unread = summary::is_unread(&report, self.strict, self.quiet);
        Ok(if is_unread || self.strict && converted.rejected > 0 { Outcome::NotTaken } else { Outcome::Done })
    }
}

/// Says what became of the records.
fn tell(converted: &Converted, tally: &Tally, report: &Report, remarks: Vec<String>) {
    for remark in remarks {
        out::note(&printable(&format!("note: {remark}")));
    }
    let (read, written) = (counted(tally.records, "record"), counted(converted.written, "activity"));
    let rejected = match converted.rejected {
        0 => String::new(),
        rejected => format!(", {} not understood", grouped(rejected)),
    };
    out::note(&format!("{read}, {written} written{rejected}{}", summary::left_out(tally)));
    for line in summary::problems(report, converted.rejected, "") {
        out::note(&line);
    }
}

/// Where activities go.
enum Sink {
    Plain(Destination),
    Gzip(GzEncoder<Destination>),
    Zstd(zstd::Encoder<'static, Destination>),
}

impl Sink {
    fn open(path: &Path, force: bool) -> Result<Self, Failure> {
        let file = Destination::open(path, force)?;
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        Ok(match ending.to_str() {
            Some("gz") => Self::Gzip(GzEncoder::new(file, Compression::default())),
            Some("zst") => Self::Zstd(zstd::Encoder::new(file, 0).map_err(Failure::Write)?),
            _ => Self::Plain(file),
        })
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        let bytes = line.as_bytes();
        match self {
            Self::Plain(file) => file.write_all(bytes).map_err(|error| file.failed(error)),
            Self::Gzip(file) => file.write_all(bytes).map_err(|error| file.get_ref().failed(error)),
            Self::Zstd(file) => file.write_all(bytes).map_err(|error| file.get_ref().failed(error)),
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(file) => file.finish(),
            Self::Zstd(file) => file.finish(),
        }
        .map_err(Failure::Write)?
        .end()
    }
}
