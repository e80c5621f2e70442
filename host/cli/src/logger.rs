//! Writes what the program and the plugin log to standard error, one line a message.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record};
use redtape_model::text::printable;

use super::{LogLevel, out};

/// Messages of one target that are shown; a log out of order would give a warning for every line.
const SHOWN_MAX: u32 = 3;

/// What was logged so far, by target.
struct Logger {
    told: Mutex<BTreeMap<String, u32>>,
}

static LOGGER: Logger = Logger { told: Mutex::new(BTreeMap::new()) };

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

/// Leaves errors only.
pub(super) fn quiet() {
    log::set_max_level(log::max_level().min(LevelFilter::Error));
}

impl Logger {
    /// Counts a message of `target`. Whoever asks for more than warnings gets all of them.
    fn count(&self, target: &str) -> u32 {
        if log::max_level() > LevelFilter::Warn {
            return 0;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let count = told.entry(target.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

impl Log for Logger {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        // The runtime compiles with a message for every function; who asks for a trace wants ours.
        about.target().starts_with("redtape") || about.level() <= Level::Error
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (level, target) = (record.level().as_str().to_ascii_lowercase(), record.target());
        match self.count(target) {
            ..=SHOWN_MAX => {
                out::note(&format!("{level}: {target}: {}", printable(&record.args().to_string())))
            }
            count if count == SHOWN_MAX + 1 => {
                out::note(&format!("{level}: {target}: more; --log info shows all"))
            }
            _ => {}
        }
    }

    fn flush(&self) {}
}
