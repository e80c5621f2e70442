//! `redtape convert`: activities of any readable format as canonical NDJSON.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use redtape::conversion::{Converted, convert};
use redtape::input::Tally;
use redtape::report::Report;
use redtape::text::{counted, grouped, printable};
use tempfile::NamedTempFile;

use super::logs::Logs;
use super::people::PeopleOptions;
use super::progress::Progress;
use super::{Failure, Outcome, logger, out, summary};

const EXAMPLES: &str = "\
Examples:
  redtape convert export.csv --mapping salesforce-event -o activities.ndjson.gz
  redtape convert calendar.ics | redtape scan -
  redtape convert log.xes.gz --people pseudonyms --people-key people.key -o log.ndjson

People are written as person 1, person 2 and so on, so that the file may be handed on; --people names keeps them. Titles
and the names of accounts, plans and requests stay as they are.";

/// Bytes that are written to standard output at once.
const BLOCK_BYTES: usize = 64 << 10;

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
    #[command(flatten)]
    people: PeopleOptions,
    /// Ends with exit code 3 where a record was not understood; what was understood is written.
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
        let mut people = self.people.people()?;
        let input = self.logs.open()?;
        let (inputs, remarks, counts) = (input.names().to_vec(), input.remarks(), input.counts());
        let progress = Progress::new(&input, self.quiet);
        let mut sink = Sink::open(&self.output)?;
        let mut namer = |id: &str| people.name(id).into_owned();
        let converted = convert(input, (!self.people.are_names()).then_some(&mut namer), |line| {
            progress.show();
            sink.write(line)
        })?;
        sink.end(&self.output)?;
        progress.end();
        if !self.quiet {
            tell(&converted, &counts.total(), inputs, remarks.all());
        }
        Ok(if self.strict && converted.rejected > 0 { Outcome::NotStrict } else { Outcome::Done })
    }
}

/// Says what became of the records.
fn tell(converted: &Converted, tally: &Tally, inputs: Vec<String>, remarks: Vec<String>) {
    for remark in remarks {
        out::note(&printable(&format!("note: {remark}")));
    }
    let (read, written) = (counted(tally.records, "record"), counted(converted.written, "activity"));
    let rejected = match converted.rejected {
        0 => String::new(),
        rejected => format!(", {} not understood", grouped(rejected)),
    };
    out::note(&format!("{read}, {written} written{rejected}{}", summary::left_out(tally)));
    let report = Report { inputs, problems: converted.problems.clone(), ..Report::default() };
    for line in summary::problems(&report, converted.rejected, "") {
        out::note(&line);
    }
}

/// Where activities go.
enum Sink {
    Out(String),
    Plain(BufWriter<NamedTempFile>),
    Gzip(GzEncoder<BufWriter<NamedTempFile>>),
    Zstd(zstd::Encoder<'static, BufWriter<NamedTempFile>>),
}

impl Sink {
    /// A file is written beside its place, and takes it once it is complete.
    fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Out(String::new()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = BufWriter::new(beside(folder).map_err(Failure::Write)?);
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
            Self::Out(held) => {
                held.push_str(line);
                if held.len() < BLOCK_BYTES { Ok(()) } else { out::write(&std::mem::take(held)) }
            }
            Self::Plain(file) => file.write_all(bytes).map_err(Failure::Write),
            Self::Gzip(file) => file.write_all(bytes).map_err(Failure::Write),
            Self::Zstd(file) => file.write_all(bytes).map_err(Failure::Write),
        }
    }

    fn end(self, path: &Path) -> Result<(), Failure> {
        let file = match self {
            Self::Out(held) => return if held.is_empty() { Ok(()) } else { out::write(&held) },
            Self::Plain(file) => Ok(file),
            Self::Gzip(file) => file.finish(),
            Self::Zstd(file) => file.finish(),
        };
        let file = file.and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        let file = file.map_err(Failure::Write)?;
        file.persist(path).map(|_| ()).map_err(|error| Failure::Write(error.error))
    }
}

/// A file beside its place. Temporary files are for their owner alone; this one is as open as any other.
fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
