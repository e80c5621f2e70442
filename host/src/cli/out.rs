//! The two streams: results to standard output in whole lines, everything else to standard error.

#![expect(clippy::print_stderr, reason = "this is where the command speaks to people")]

use std::error::Error;
use std::io::{self, IsTerminal, Write};

use anstream::ColorChoice;
use redtape::text::printable;

use super::Failure;

/// Writes whole lines at once, so that an interrupt finds no half of one.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::Write)
}

/// Writes bytes as they are.
pub(super) fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::Write)
}

/// Tells people something beside the result.
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

/// Tells why the command failed, with the chain of causes.
pub(super) fn error(failure: &Failure) {
    let mut text = format!("error: {failure}");
    let mut source = failure.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    let lines: Vec<String> = text.lines().map(printable).collect();
    note(&lines.join("\n"));
}

/// Whether standard output takes colours, where the user leaves it open: a terminal does, unless the environment
/// (`NO_COLOR`, `CLICOLOR`, `TERM`) says otherwise.
pub(super) fn takes_color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Columns of the terminal, where standard output is one.
pub(super) fn columns() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal();
    let (width, _) = terminal_size::terminal_size().filter(|_| is_terminal)?;
    Some(usize::from(width.0))
}
