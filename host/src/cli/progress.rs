//! A bar on standard error while a log is read, where that is a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use redtape::Input;

/// Lines between two looks at the bar: looking costs more than reading one.
const LINES_A_STEP: u64 = 512;

/// How far the input has been read.
pub(super) struct Progress {
    bar: ProgressBar,
    bytes_read: Arc<AtomicU64>,
    lines: u64,
}

impl Progress {
    /// A bar for `input`; hidden where `quiet`, or where standard error is no terminal.
    pub(super) fn new(input: &Input, quiet: bool) -> Self {
        let bar = match input.bytes_total() {
            _ if quiet => ProgressBar::hidden(),
            Some(bytes) => ProgressBar::new(bytes),
            None => ProgressBar::new_spinner(),
        };
        let template = match input.bytes_total() {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {msg}",
            None => "{spinner} {bytes}, {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, bytes_read: input.bytes_read(), lines: 0 }
    }

    /// Counts one line.
    pub(super) fn line(&mut self) {
        self.lines += 1;
        if self.lines.is_multiple_of(LINES_A_STEP) {
            let seconds = self.bar.elapsed().as_secs().max(1);
            self.bar.set_position(self.bytes_read.load(Ordering::Relaxed));
            self.bar.set_message(format!("{} lines, {} lines/s", self.lines, self.lines / seconds));
        }
    }

    /// The bar itself, for whoever has to take it away.
    pub(super) fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
