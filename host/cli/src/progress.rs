//! A bar on standard error while a log is read, where that is a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use redtape_import::Input;

use super::out;

/// How far the input has been read.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    bytes_read: Arc<AtomicU64>,
    lines_read: Arc<AtomicU64>,
    /// Before how many lines were read, such as `replay 3, `.
    told: String,
}

impl Progress {
    /// A bar for `input`; hidden where `quiet`, or where standard error is no terminal.
    pub(super) fn new(input: &Input, quiet: bool) -> Self {
        let mut progress = Self::begin(quiet);
        progress.read(input, "");
        progress
    }

    /// A bar for inputs that are read one after the other; `out` and an interrupt make it step aside.
    pub(super) fn begin(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        out::beside(bar.clone());
        out::heed_interrupts();
        Self { bar, bytes_read: Arc::default(), lines_read: Arc::default(), told: String::new() }
    }

    /// From now on it is about `input`; `told` says which of several that is.
    pub(super) fn read(&mut self, input: &Input, told: &str) {
        let template = match input.bytes_total() {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {msg}",
            None => "{spinner} {bytes}, {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.reset();
        self.bar.set_length(input.bytes_total().unwrap_or_default());
        (self.bytes_read, self.lines_read) = (input.bytes_read(), input.lines_read());
        told.clone_into(&mut self.told);
    }

    /// Shows how far it is.
    pub(super) fn show(&self) {
        if self.bar.is_hidden() {
            return;
        }
        let lines = self.lines_read.load(Ordering::Relaxed);
        let seconds = self.bar.elapsed().as_secs().max(1);
        self.bar.set_position(self.bytes_read.load(Ordering::Relaxed));
        self.bar.set_message(format!("{}{lines} lines, {} lines/s", self.told, lines / seconds));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
