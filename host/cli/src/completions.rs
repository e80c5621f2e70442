//! `redtape completions`: for bash, elvish, fish, powershell and zsh.

use clap_complete::Shell;

use super::{Failure, Outcome, out};

/// Prints completions for a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  redtape completions bash > /etc/bash_completion.d/redtape\n  source <(redtape completions zsh)"
)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, mut command: clap::Command) -> Result<Outcome, Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "redtape", &mut text);
        out::write_bytes(&text)?;
        Ok(Outcome::Done)
    }
}
