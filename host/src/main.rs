//! The command `redtape`.
//!
//! Only what is in `cli` prints; everything else is in the library.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::run()
}
