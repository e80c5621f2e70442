//! A bar on standard error while a log is read, where that is a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use redtape::Input;

/// How far the input has been read.
pub(super) struct Progress {
    bar: ProgressBar,
    bytes_read: Arc<AtomicU64>,
    lines_read: Arc<AtomicU64>,
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
        Self { bar, bytes_read: input.bytes_read(), lines_read: input.lines_read() }
    }

    /// Shows how far it is.
    pub(super) fn show(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let lines = self.lines_read.load(Ordering::Relaxed);
        let seconds = self.bar.elapsed().as_secs().max(1);
        self.bar.set_position(self.bytes_read.load(Ordering::Relaxed));
        self.bar.set_message(format!("{lines} lines, {} lines/s", lines / seconds));
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
