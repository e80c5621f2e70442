//! What can go wrong in the host, with a text for people and a kind for programs.
//!
//! Bad activities are no errors: they are problems in an [`Intake`](crate::Intake).

use std::fmt;
use std::io;

use crate::detector::{Intake, Refusal};
use redtape_model::calendar;
#[cfg(feature = "policy-files")]
use redtape_model::mistakes::Mistakes;
use redtape_model::text::{cut, printable};

/// An error of the layer below that has no type of its own here.
pub type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Most bytes of a plugin's own words in the text of an error; the contract asks for less.
const TOLD_BYTES_MAX: usize = 400;

/// Why the host could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or a stream could not be read.
    #[error("failed to read `{name}`")]
    Read {
        /// The file as it was named.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// The policy has mistakes; its text lists all of them.
    #[cfg(feature = "policy-files")]
    #[error("{0}")]
    Policy(Mistakes),
    /// The bytes are no WebAssembly component that this machine can run.
    #[error("`{origin}` is no component that can be run")]
    NotComponent {
        /// Where the bytes came from.
        origin: String,
        /// Why.
        source: Source,
    },
    /// The component is not the one that was asked for.
    #[error("`{origin}` has the sha-256 `{found}`: expected `{expected}`")]
    Checksum {
        /// Where the bytes came from.
        origin: String,
        /// Of the bytes, 64 hex digits.
        found: String,
        /// As it was asked for.
        expected: String,
    },
    /// The component implements another contract.
    #[error("`{origin}` implements `{found}`: this host needs `{expected}`")]
    Contract {
        /// Where the bytes came from.
        origin: String,
        /// What it exports; `no redtape contract` where it exports none.
        found: String,
        /// What this host runs.
        expected: &'static str,
    },
    /// The component names the contract, but what it exports under that name is something else.
    #[error("`{origin}` does not implement all of `{contract}`")]
    Incomplete {
        /// Where the bytes came from.
        origin: String,
        /// What it says it implements.
        contract: &'static str,
        /// What is missing or different.
        source: Source,
    },
    /// The component wants more from its host than a redtape component may.
    #[error("`{origin}` imports `{import}`: a redtape component may import `{allowed}` only")]
    Import {
        /// Where the bytes came from.
        origin: String,
        /// What it must not import.
        import: String,
        /// The one import it may have.
        allowed: &'static str,
    },
    /// The WebAssembly runtime could not be set up.
    #[error("failed to set up the WebAssembly runtime")]
    Runtime(#[source] Source),
    /// `fuel_per_call` needs a plugin that was loaded with [`Loader::metered`](crate::Loader::metered).
    #[error("limit `fuel_per_call` is set, but the plugin was not loaded with `metered`")]
    NotMetered,
    /// The plugin used up a budget before it answered. The detector is dead.
    #[error("plugin exceeded its {resource} limit of {limit} during `{call}`")]
    LimitExceeded {
        /// The call of the contract.
        call: &'static str,
        /// What ran out.
        resource: Resource,
        /// The limit with its unit.
        limit: String,
    },
    /// The plugin ended without an answer. The detector is dead.
    #[error("plugin failed during `{call}`")]
    Trap {
        /// The call of the contract.
        call: &'static str,
        /// Why.
        source: Source,
    },
    /// An earlier call killed the detector: make a new one, restore the last snapshot, observe again what came since.
    #[error("plugin is dead and answers no more: {because}")]
    Dead {
        /// The error of the call that killed it.
        because: String,
    },
    /// A [`Supervisor`](crate::Supervisor) made a new detector, and could not bring it back to where the last one was:
    /// the plugin fails now where it did not before. Nothing is lost: snapshot and journal are still there, and the next
    /// call tries again.
    #[error(
        "plugin could not be rebuilt: `{call}` failed after {replayed} of {journaled} calls were replayed"
    )]
    NotRebuilt {
        /// The call that failed: `instantiate`, `restore` of the last snapshot, or one of the journal.
        call: &'static str,
        /// Calls of the journal before it.
        replayed: usize,
        /// Calls in the journal.
        journaled: usize,
        /// Why.
        source: Box<Error>,
    },
    /// A [`Supervisor`](crate::Supervisor) could not take the whole of a batch. What comes before `at` is taken, or set
    /// aside; nothing from `at` on is: observe that again.
    #[error("plugin took what comes before number {at} of {of} in `{call}`, and nothing from there on")]
    Stopped {
        /// The call of the contract.
        call: &'static str,
        /// The first line or record that was not taken, from 1.
        at: u32,
        /// Lines or records of the call.
        of: u32,
        /// What became of those before it.
        taken: Box<Intake>,
        /// Why.
        source: Box<Error>,
    },
    /// The plugin failed on so many parts of a batch that it is not the batch's fault.
    #[error("plugin failed on {limit} parts of `{call}`: no more are tried in one call")]
    TooManyFailures {
        /// The call of the contract.
        call: &'static str,
        /// So many failures of one call are recovered from.
        limit: u32,
    },
    /// The journal of a [`Supervisor`](crate::Supervisor) is at twice its limit, because the plugin fails at
    /// `snapshot`. Nothing was done and nothing is lost; what changes no state is still answered.
    #[error(
        "journal is full: {bytes} bytes of at most {limit}, and the plugin gives no snapshot to begin a new one"
    )]
    JournalFull {
        /// What it would hold with the call.
        bytes: usize,
        /// Twice the limit.
        limit: usize,
        /// Why there is no snapshot.
        source: Box<Error>,
    },
    /// The plugin answered with an error of the contract. Its state is as it was before the call.
    #[error("plugin refused `{call}`: {}", Told(refusal))]
    Refused {
        /// The call of the contract.
        call: &'static str,
        /// Why.
        refusal: Refusal,
    },
}

impl Error {
    /// What sort of error it is, for programs.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Read { .. } => ErrorKind::Read,
            #[cfg(feature = "policy-files")]
            Error::Policy(_) => ErrorKind::Policy,
            Error::Refused { refusal: Refusal::Policy(_), .. } => ErrorKind::Policy,
            Error::NotComponent { .. } | Error::Checksum { .. } | Error::Runtime(_) | Error::NotMetered => {
                ErrorKind::Load
            }
            Error::Contract { .. } | Error::Incomplete { .. } | Error::Import { .. } => ErrorKind::Contract,
            Error::LimitExceeded { .. } | Error::JournalFull { .. } => ErrorKind::Limit,
            Error::Trap { .. }
            | Error::NotRebuilt { .. }
            | Error::TooManyFailures { .. }
            | Error::Refused { refusal: Refusal::Internal(_), .. } => ErrorKind::Fault,
            Error::Stopped { source, .. } => source.kind(),
            Error::Dead { .. } => ErrorKind::Dead,
            Error::Refused { .. } => ErrorKind::Refused,
        }
    }
}

/// What sort of error an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something could not be read.
    Read,
    /// The policy has mistakes.
    Policy,
    /// The component could not be loaded.
    Load,
    /// The component is for another host.
    Contract,
    /// A limit was exceeded.
    Limit,
    /// The plugin has a fault.
    Fault,
    /// The detector died in an earlier call.
    Dead,
    /// The plugin refused the call; it can be used further.
    Refused,
}

/// What a plugin can run out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resource {
    /// Linear memory.
    Memory,
    /// Time in one call.
    Time,
    /// Bytes handed over at once.
    Answer,
    /// Fuel in one call.
    Fuel,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Resource::Memory => "memory",
            Resource::Time => "time",
            Resource::Answer => "answer",
            Resource::Fuel => "fuel",
        })
    }
}

/// A refusal in words; the generated one prints its Rust form.
struct Told<'a>(&'a Refusal);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Refusal::NotConfigured => f.write_str("call `configure` or `restore` first"),
            Refusal::Policy(problems) => match problems.as_slice() {
                [] => f.write_str("the policy has mistakes"),
                [first, rest @ ..] => {
                    let [field, expected, found] =
                        [&first.field, &first.expected, &first.found].map(|it| plain(it));
                    write!(f, "policy `{field}`: {expected}: found `{found}`")?;
                    if rest.is_empty() { Ok(()) } else { write!(f, ", and {} more", rest.len()) }
                }
            },
            Refusal::TimeWentBack(now) => write!(f, "the time is {} already", calendar::format(*now)),
            Refusal::TimeOutOfRange(to) => write!(f, "{to} ms is not in the years 1900 to 2199"),
            Refusal::TooLarge(limit) => write!(f, "more than {limit} at once"),
            Refusal::UnknownAccount(name) => write!(f, "account is not known: `{}`", plain(name)),
            Refusal::UnknownSignal(name) => write!(f, "signal is not known: `{}`", plain(name)),
            Refusal::UnknownAlert(id) => write!(f, "no open alert has the id `{}`", plain(id)),
            Refusal::SnapshotDamaged => f.write_str("the snapshot is damaged: use an older one"),
            Refusal::SnapshotNewer(by) => {
                write!(f, "the snapshot was written by version {}: use that or a later one", plain(by))
            }
            Refusal::SnapshotConflict(why) => write!(f, "the snapshot does not fit: {}", plain(why)),
            Refusal::Disagreement(why) => write!(f, "begin the rounds again: {}", plain(why)),
            Refusal::Internal(why) => write!(f, "fault of the plugin: {}", plain(why)),
        }
    }
}

/// A plugin's words as text that is short, and that no terminal obeys.
fn plain(text: &str) -> String {
    printable(cut(text, TOLD_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_words() {
        let refused = |refusal| Error::Refused { call: "advance", refusal };
        let error = refused(Refusal::TimeWentBack(1_778_284_800_000));
        assert_eq!(error.to_string(), "plugin refused `advance`: the time is 2026-05-09T00:00:00Z already");
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(refused(Refusal::Internal(String::new())).kind(), ErrorKind::Fault);
        assert_eq!(refused(Refusal::Policy(Vec::new())).kind(), ErrorKind::Policy);
    }

    #[test]
    fn a_plugins_own_words_are_kept_short_and_harmless() {
        let refusal = Refusal::UnknownAccount(format!("\x1b[2J{}", "x".repeat(1 << 20)));
        let error = Error::Refused { call: "history", refusal };
        let said = format!(
            "plugin refused `history`: account is not known: `\\u{{1b}}[2J{}`",
            "x".repeat(TOLD_BYTES_MAX - 4)
        );
        assert_eq!(error.to_string(), said);
    }
}
