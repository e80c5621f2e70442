//! The two streams: results to standard output in whole lines, everything else to standard error.

#![expect(clippy::print_stderr, reason = "this is where the command speaks to people")]

use std::error::Error;
use std::io::{self, BufWriter, IsTerminal, Write};
#[cfg(unix)]
use std::sync::Arc;
use std::sync::{Once, OnceLock};

use anstream::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget};
use redtape_import::Names;
use redtape_model::text::printable;
use redtape_workbench::privacy::Mask;
use redtape_workbench::privacy::People;

use super::{Failure, destination};

/// The progress bar, which has to step aside while something else is written.
static BAR: OnceLock<ProgressBar> = OnceLock::new();

/// Makes `bar` step aside from now on; the command has one.
pub(super) fn beside(bar: ProgressBar) {
    BAR.get_or_init(|| bar);
}

/// Writes whole lines at once, so that an interrupt finds no half of one.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

/// Writes bytes as they are.
pub(super) fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    put(bytes).map_err(Failure::Write)
}

/// The same, for whoever has a word of their own for what goes wrong.
pub(super) fn put(bytes: &[u8]) -> io::Result<()> {
    let write = || {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())
    };
    match BAR.get() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Writes piece by piece what is too long to be held.
pub(super) fn write_pieces(pieces: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let write = || {
        let mut out = BufWriter::new(io::stdout().lock());
        pieces(&mut out).and_then(|()| out.flush()).map_err(Failure::Write)
    };
    match BAR.get() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Tells people something beside the result.
pub(super) fn note(text: &str) {
    match BAR.get() {
        Some(bar) => bar.suspend(|| eprintln!("{text}")),
        None => eprintln!("{text}"),
    }
}

/// From now on an interrupt, or a request to end, finds no half of a line and leaves no half of a file.
pub(super) fn heed_interrupts() {
    static HEEDED: Once = Once::new();
    HEEDED.call_once(|| {
        if let Err(error) = ctrlc::set_handler(interrupted) {
            log::debug!("an interrupt may cut a line: {error}");
        }
        // A file that grows beyond the limit of the shell is an error like that of a full disk, not the end.
        #[cfg(unix)]
        if let Err(error) = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default()) {
            log::debug!("a limit on the size of files may end the command: {error}");
        }
    });
}

/// Ends the process at an interrupt, once what is being written is whole.
#[expect(clippy::exit, reason = "an interrupt ends the process wherever it is; 130 is what shells expect")]
fn interrupted() {
    let _whole = io::stdout().lock();
    let _none_begun = destination::abandon();
    if let Some(bar) = BAR.get() {
        bar.finish_and_clear();
        // Until the process is gone, the reading thread would draw it again.
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    std::process::exit(130);
}

/// Tells why the command failed, with the chain of causes.
pub(super) fn error(failure: &Failure) {
    let mut text = format!("error: {failure}");
    // Files are named as they are called; what stands in them is shown without addresses.
    let mut mask = Mask::new(People::numbered(), Names::default());
    let mut source = failure.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&mask.prose(&cause.to_string()));
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

/// Columns of sentences for people, where standard output is no terminal, and at most.
const PROSE_COLUMNS: usize = 100;
/// The same of sheets whose lines have many parts.
const SHEET_COLUMNS: usize = 120;

/// Columns of sentences for people.
pub(super) fn width() -> usize {
    columns().map_or(PROSE_COLUMNS, |columns| columns.min(PROSE_COLUMNS))
}

/// Columns of sheets whose lines have many parts.
pub(super) fn sheet_width() -> usize {
    columns().map_or(SHEET_COLUMNS, |columns| columns.min(SHEET_COLUMNS))
}

/// Columns of the terminal, where standard output is one.
pub(super) fn columns() -> Option<usize> {
    let is_terminal = io::stdout().is_terminal();
    let (width, _) = terminal_size::terminal_size().filter(|_| is_terminal)?;
    Some(usize::from(width.0))
}
