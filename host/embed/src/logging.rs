//! Hands what the plugin logs to the `log` facade, with a limit on how much.
//!
//! Where it is written is the business of whoever installs a logger.

use log::Level;

use redtape_model::text::cut;

/// Messages passed on in one call; the rest is only counted.
const MESSAGES_PER_CALL_MAX: u32 = 1_000;
/// Bytes of one message.
const MESSAGE_BYTES_MAX: usize = 4 << 10;
/// Bytes of a target's own part.
const TARGET_BYTES_MAX: usize = 64;
/// What every target begins with, for filters.
const TARGET_PREFIX: &str = "redtape_engine";

/// Passes on the messages of one detector.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    messages: u32,
}

impl Gate {
    /// Passes on one message, shortened to its limit and without control characters.
    pub(crate) fn pass(&mut self, level: Level, target: &str, message: &str) {
        self.messages = self.messages.saturating_add(1);
        if self.messages > MESSAGES_PER_CALL_MAX || level > log::max_level() {
            return;
        }
        // A plugin in Rust names its modules, which begin alike.
        let own = target.strip_prefix(TARGET_PREFIX).map_or(target, |rest| rest.trim_start_matches(':'));
        let target = format!("{TARGET_PREFIX}::{}", one_line(own, TARGET_BYTES_MAX));
        let message = one_line(message, MESSAGE_BYTES_MAX);
        log::log!(target: &target, level, "{message}");
    }

    /// Says how many messages of the call that ends were dropped, and begins anew.
    pub(crate) fn end_call(&mut self) {
        let dropped = self.messages.saturating_sub(MESSAGES_PER_CALL_MAX);
        if dropped > 0 {
            log::warn!(target: TARGET_PREFIX, "{dropped} more messages of this call dropped");
        }
        self.messages = 0;
    }
}

/// Without anything that would end the line of a log, or be obeyed by a terminal.
fn one_line(text: &str, bytes_max: usize) -> String {
    cut(text, bytes_max).replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

    struct Seen;

    impl log::Log for Seen {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &log::Record<'_>) {
            // Other tests log through the plugin meanwhile.
            if ["redtape_engine::fl ood", TARGET_PREFIX].contains(&record.target()) {
                SEEN.lock().unwrap().push(format!(
                    "{} {} {}",
                    record.level(),
                    record.target(),
                    record.args()
                ));
            }
        }

        fn flush(&self) {}
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        log::set_logger(&Seen).unwrap();
        log::set_max_level(log::LevelFilter::Info);
        let mut gate = Gate::default();
        for _ in 0..MESSAGES_PER_CALL_MAX + 2 {
            gate.pass(Level::Info, "redtape_engine::fl\nood", &format!("one\n{}", "x".repeat(5000)));
        }
        gate.end_call();
        gate.pass(Level::Debug, "flood", "below the level");
        gate.end_call();
        let seen = SEEN.lock().unwrap();
        assert_eq!(seen.len(), 1_001);
        let head = "INFO redtape_engine::fl ood ";
        assert_eq!(seen[0], format!("{head}one {}", "x".repeat(MESSAGE_BYTES_MAX - 4)));
        assert_eq!(seen[1_000], "WARN redtape_engine 2 more messages of this call dropped");
    }
}
