//! What can go wrong in the host, with a text for people and a kind for programs.
//!
//! Bad activities are no errors: they are problems in an [`Intake`](crate::Intake) or a [`Report`](crate::Report).

use std::fmt;
use std::io;

use crate::calendar;
use crate::detector::Refusal;
use crate::policy::PolicyErrors;

/// An error of the layer below that has no type of its own here.
pub type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

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
    #[error("{0}")]
    Policy(PolicyErrors),
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
            Error::Policy(_) | Error::Refused { refusal: Refusal::Policy(_), .. } => ErrorKind::Policy,
            Error::NotComponent { .. } | Error::Checksum { .. } | Error::Runtime(_) | Error::NotMetered => {
                ErrorKind::Load
            }
            Error::Contract { .. } | Error::Import { .. } => ErrorKind::Contract,
            Error::LimitExceeded { .. } => ErrorKind::Limit,
            Error::Trap { .. } | Error::Refused { refusal: Refusal::Internal(_), .. } => ErrorKind::Fault,
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
    /// Linear memory, or tables, or instances.
    Memory,
    /// Time in one call.
    Time,
    /// Fuel in one call.
    Fuel,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Resource::Memory => "memory",
            Resource::Time => "time",
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
                    write!(f, "policy `{}`: {}: found `{}`", first.field, first.expected, first.found)?;
                    if rest.is_empty() { Ok(()) } else { write!(f, ", and {} more", rest.len()) }
                }
            },
            Refusal::TimeWentBack(now) => write!(f, "the time is {} already", calendar::format(*now)),
            Refusal::TimeOutOfRange(to) => write!(f, "{to} ms is not in the years 1900 to 2199"),
            Refusal::TooLarge(limit) => write!(f, "more than {limit} at once"),
            Refusal::UnknownAccount(name) => write!(f, "account is not known: `{name}`"),
            Refusal::UnknownSignal(name) => write!(f, "signal is not known: `{name}`"),
            Refusal::UnknownAlert(id) => write!(f, "no open alert has the id `{id}`"),
            Refusal::SnapshotDamaged => f.write_str("the snapshot is damaged: use an older one"),
            Refusal::SnapshotNewer(by) => {
                write!(f, "the snapshot was written by version {by}: use that or a later one")
            }
            Refusal::SnapshotConflict(why) => write!(f, "the snapshot does not fit: {why}"),
            Refusal::Disagreement(why) => write!(f, "begin the rounds again: {why}"),
            Refusal::Internal(why) => write!(f, "fault of the plugin: {why}"),
        }
    }
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
}
