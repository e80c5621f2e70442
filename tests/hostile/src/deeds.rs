//! The misdeeds, one by one.

use crate::redtape::crm::logging::{Level, log};
use std::hint::black_box;

/// What the policy asks for.
pub(crate) struct Deeds {
    /// Deed, call, needle.
    list: Vec<[String; 3]>,
    asked: bool,
}

impl Deeds {
    pub(crate) fn read(policy: &str, asked: bool) -> Self {
        let deed = |line: &str| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            [(); 3].map(|()| words.next().unwrap_or_default())
        };
        Self { list: policy.lines().map(deed).collect(), asked }
    }

    /// Does what is asked for at the end of a call with this input.
    pub(crate) fn at(&self, call: &str, input: &str) {
        for [deed, at, needle] in &self.list {
            if at == call && input.contains(needle.as_str()) {
                match deed.as_str() {
                    // Faults that depend on what is in no journal.
                    "tire" if self.asked => act("trap"),
                    "wake" if !self.asked => act("trap"),
                    deed => act(deed),
                }
            }
        }
    }

    pub(crate) fn has(&self, deed: &str, call: &str) -> bool {
        self.list.iter().any(|[its, at, _]| its == deed && at == call)
    }

    /// Why it refuses the call, in far too many words.
    pub(crate) fn refuses(&self, call: &str) -> Option<String> {
        self.has("refuse", call).then(|| format!("\x1b[2J{}", "no ".repeat(1 << 20)))
    }
}

/// Does one deed; unknown ones are none.
pub(crate) fn act(deed: &str) {
    match deed {
        "trap" => core::arch::wasm32::unreachable(),
        "loop" => loop {
            black_box(());
        },
        "grow" => {
            let mut held = Vec::new();
            loop {
                held.push(vec![1_u8; 1 << 20]);
                black_box(&held);
            }
        }
        "dive" => drop(dive(1)),
        "shout" => {
            (0..1_003).for_each(|_| log(Level::Error, "sh\nout", &format!("a\x1b{}", "b".repeat(8_000))))
        }
        "flood" => loop {
            log(Level::Error, "flood", "once more");
        },
        "yell" => log(Level::Error, "yell", &"x".repeat(64 << 20)),
        _ => {}
    }
}

/// Goes deeper until the stack ends.
#[expect(unconditional_recursion, reason = "that is the deed")]
fn dive(depth: u64) -> u64 {
    black_box(dive(black_box(depth) + 1)) + depth
}

/// A list that takes 1 MiB here, and 1,000 MiB where it is copied to.
pub(crate) fn one_text_a_thousand_times() -> Vec<String> {
    let text = "x".repeat(1 << 20).leak();
    // SAFETY: none. All own the same bytes; they are never freed, since the answer is never taken.
    let owned = || unsafe { String::from_raw_parts(text.as_ptr().cast_mut(), text.len(), text.len()) };
    (0..1_000).map(|_| owned()).collect()
}

/// Bytes that are no text.
pub(crate) fn no_text() -> String {
    // SAFETY: none, which is the deed: the host must look.
    unsafe { String::from_utf8_unchecked(vec![b'a', 0xff]) }
}
