//! Why a scan, or what builds on scans, ended before its work was done.

use std::fmt;

use crate::report::Report;

/// Why a log could not be scanned to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Of the engine, the plugin or a policy.
    #[error(transparent)]
    Engine(#[from] redtape::Error),
    /// Of an input or a mapping.
    #[error(transparent)]
    Import(#[from] redtape_import::Error),
    /// An input could not be read to its end; what was decided before is in the report.
    #[error(transparent)]
    CutShort(Box<CutShort>),
    /// The plugin failed on input lines that are known.
    #[error(transparent)]
    OnLines(Box<OnLines>),
}

impl Error {
    /// What went wrong, without how far the scan had come: [`Error::Engine`] or [`Error::Import`].
    pub fn cause(&self) -> &Error {
        match self {
            Error::Engine(_) | Error::Import(_) => self,
            Error::CutShort(cut) => cut.error.cause(),
            Error::OnLines(failed) => failed.error.cause(),
        }
    }

    /// The same error, with the lines it was about, such as ``lines 3 to 7 of `log.ndjson` ``.
    pub(crate) fn on_lines(self, lines: String) -> Self {
        Error::OnLines(Box::new(OnLines { error: self, lines }))
    }
}

/// A scan that ended before its input did.
#[derive(Debug)]
pub struct CutShort {
    /// What went wrong.
    pub error: Error,
    /// What there was until then; time stands where the last whole line had moved it to.
    pub report: Report,
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for CutShort {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// An error, and the input lines that the plugin was given.
#[derive(Debug)]
pub struct OnLines {
    /// What went wrong.
    pub error: Error,
    /// The lines with their input, in words.
    pub lines: String,
}

impl fmt::Display for OnLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.error, self.lines)
    }
}

impl std::error::Error for OnLines {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}
