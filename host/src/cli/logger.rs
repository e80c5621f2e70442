//! Writes what the program and the plugin log to standard error, one line a message.

use log::{Level, LevelFilter, Log, Metadata, Record};
use redtape::text::printable;

use super::{LogLevel, out};

struct Logger;

static LOGGER: Logger = Logger;

/// Sends everything up to `level` to standard error. The command has no other logger, so the first one wins.
pub(super) fn install(level: LogLevel) {
    let level = match level {
        LogLevel::Off => LevelFilter::Off,
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
        LogLevel::Trace => LevelFilter::Trace,
    };
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(level);
    }
}

impl Log for Logger {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        // The runtime compiles with a message for every function; who asks for a trace wants ours.
        about.target().starts_with("redtape") || about.level() <= Level::Error
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_ascii_lowercase();
            out::note(&format!("{level}: {}: {}", record.target(), printable(&record.args().to_string())));
        }
    }

    fn flush(&self) {}
}
