//! The logs a command reads, as every command that reads some is told of them.

use std::path::PathBuf;

use redtape::Input;

use super::Failure;

/// Which logs are read, and how.
#[derive(Debug, clap::Args)]
pub(super) struct Logs {
    /// Logs to read, joined in the order of time; `-` is standard input.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
}

impl Logs {
    /// Opens all of them. Where a command reads them several times, standard input cannot be among them.
    pub(super) fn open(&self) -> Result<Input, Failure> {
        if self.stdin_count() > 1 {
            return Err(Failure::Usage(
                "standard input can be read once: `-` is given several times".to_owned(),
            ));
        }
        Ok(Input::open(&self.logs)?)
    }

    /// Refuses standard input, for a command that reads its logs `again`, such as "once for each policy".
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
