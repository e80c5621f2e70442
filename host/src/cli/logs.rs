//! The logs a command reads, as every command that reads some is told of them.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use redtape::Input;
use redtape::input::{Format, Reading};

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
        Ok(Input::open_as(&self.logs, &Reading { from: self.from, ..Reading::default() })?)
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
