//! Why an input or a mapping cannot be read.

use std::io;

use crate::mistakes::Mistakes;

/// Why nothing, or nothing more, can be read.
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
    /// The mapping has mistakes; its text lists all of them.
    #[error("{0}")]
    Mapping(Mistakes),
}
