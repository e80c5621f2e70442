//! The logs a command reads, as every command that reads some is told of them.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use redtape::Input;
use redtape::calendar::Zone;
use redtape::input::{Format, Reading};
use redtape::mapping::{self, Mapping};

use super::Failure;

/// Which logs are read, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// Logs to read, joined in the order of time; `-` is standard input.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// What the logs are written in; without it each is known by its first bytes and its name.
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    from: Option<Format>,
    /// How records of CSV and JSON become activities: one of `redtape mappings`, or a file. Without it the ready mapping
    /// that knows the columns is taken.
    #[arg(long, value_name = "NAME|FILE")]
    mapping: Option<String>,
    /// What stands between the columns of CSV, such as `;` or `tab`; without it the header shows.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The zone of times that are written without one, such as `Europe/London`; without it what the mapping says, or UTC.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<Zone>,
}

fn delimiter(text: &str) -> Result<u8, String> {
    mapping::delimiter(text).ok_or_else(|| "expected one ASCII character, or `tab`".to_owned())
}

fn zone(name: &str) -> Result<Zone, String> {
    Zone::named(name).ok_or_else(|| "expected a time zone such as `Europe/London`".to_owned())
}

/// The formats by their names.
fn formats() -> impl TypedValueParser<Value = Format> {
    let names: Vec<&str> = Format::all().map(Format::name).collect();
    PossibleValuesParser::new(names).try_map(|name| Format::named(&name).ok_or("no format"))
}

impl Logs {
    /// Opens all of them. Where a command reads them several times, standard input cannot be among them.
    pub(super) fn open(&self) -> Result<Input, Failure> {
        if self.stdin_count() > 1 {
            return Err(Failure::Usage(
                "standard input can be read once: `-` is given several times".to_owned(),
            ));
        }
        let mapping = self.mapping.as_deref().map(Mapping::open).transpose()?;
        let (from, delimiter, time_zone) = (self.from, self.delimiter, self.time_zone);
        Ok(Input::open_as(&self.logs, &Reading { from, mapping, delimiter, time_zone })?)
    }

    /// Refuses standard input, for a command that reads its logs `again`, such as "once for each policy".
    #[expect(dead_code, reason = "for commands that replay a log")]
    pub(super) fn must_be_files(&self, again: &str) -> Result<(), Failure> {
        match self.stdin_count() {
            0 => Ok(()),
            _ => Err(Failure::Usage(format!(
                "`-` can be read once, and this reads its logs {again}: write them to a file first"
            ))),
        }
    }

    fn stdin_count(&self) -> usize {
        self.logs.iter().filter(|log| log.as_os_str() == "-").count()
    }
}
