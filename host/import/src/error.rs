//! Why an input or a mapping cannot be read: for people as text, for programs by kind.

use std::{fmt, io};

use crate::mistakes::Mistakes;

/// Why nothing, or nothing more, can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file or stream could not be read: it is not there, or the disk or the network failed.
    #[error("failed to read `{name}`")]
    Io {
        /// The file as it was named.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It can be read, and what it says cannot be understood to its end.
    #[error("failed to read `{name}`")]
    Damaged {
        /// The file as it was named.
        name: String,
        /// Where, as far as it is known.
        place: Option<Place>,
        /// What was found and what would be right.
        source: Refusal,
    },
    /// Nothing says what its columns mean: it needs a mapping, or another one.
    #[error("failed to read `{name}`")]
    Unmapped {
        /// The file as it was named.
        name: String,
        /// Which mappings there are for it.
        source: Refusal,
    },
    /// It, or a part of it, is larger than what is read.
    #[error("failed to read `{name}`")]
    TooLarge {
        /// The file as it was named.
        name: String,
        /// How much is read at most, in the unit that the text names: bytes, columns, rows.
        limit: u64,
        /// What was too large, and what would help.
        source: Refusal,
    },
    /// The mapping has mistakes; its text lists all of them.
    #[error("{0}")]
    Mapping(Mistakes),
}

/// A place in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1; of a sheet and of a table the row.
    pub line: u64,
}

/// What is said of an input that was read and is not taken.
#[derive(Debug)]
pub struct Refusal {
    why: String,
    sort: Sort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Damaged(Option<u64>),
    Unmapped,
    TooLarge(u64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// As readers hand it on.
    fn error(sort: Sort, why: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Self { why: why.into(), sort })
    }
}

/// An input that cannot be understood.
pub(crate) fn refused(why: impl Into<String>) -> io::Error {
    Refusal::error(Sort::Damaged(None), why)
}

/// An input that cannot be understood from a line on.
pub(crate) fn refused_at(line: u64, why: impl Into<String>) -> io::Error {
    Refusal::error(Sort::Damaged(Some(line)), why)
}

/// An input for which there is no mapping.
pub(crate) fn unmapped(why: impl Into<String>) -> io::Error {
    Refusal::error(Sort::Unmapped, why)
}

/// An input of which something is beyond a limit.
pub(crate) fn too_large(limit: impl TryInto<u64>, why: impl Into<String>) -> io::Error {
    Refusal::error(Sort::TooLarge(limit.try_into().unwrap_or(u64::MAX)), why)
}

/// The same error with the line it was found on in its text.
pub(crate) fn after_line(line: u64, source: &io::Error) -> io::Error {
    let told = format!("after line {line}: {source}");
    match sort(source) {
        None => io::Error::new(source.kind(), told),
        Some(Sort::Damaged(_)) => refused_at(line, told),
        Some(sort) => Refusal::error(sort, told),
    }
}

/// What an error says of the input; none: it is one of reading. Libraries say only that data are not as they should be.
fn sort(error: &io::Error) -> Option<Sort> {
    let refusal = error.get_ref().and_then(|inner| inner.downcast_ref::<Refusal>());
    let of_libraries = matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
    refusal.map(|refusal| refusal.sort).or(of_libraries.then_some(Sort::Damaged(None)))
}

impl Error {
    /// Why `name` could not be read.
    pub(crate) fn of(name: impl Into<String>, source: io::Error) -> Self {
        let name = name.into();
        let Some(sort) = sort(&source) else { return Self::Io { name, source } };
        let source = Refusal { why: source.to_string(), sort };
        match sort {
            Sort::Damaged(line) => Self::Damaged { name, place: line.map(|line| Place { line }), source },
            Sort::Unmapped => Self::Unmapped { name, source },
            Sort::TooLarge(limit) => Self::TooLarge { name, limit, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;
    use std::path::PathBuf;

    /// The kind of the error that a file of this name and text ends in.
    fn kind(name: &str, text: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let read = |file: PathBuf| -> Result<(), Error> {
            let mut input = Input::open(&[file])?;
            while input.next_line()?.is_some() {}
            Ok(())
        };
        match read(file) {
            Ok(()) => "read".to_owned(),
            Err(Error::Io { source, .. }) => format!("io {:?}", source.kind()),
            Err(Error::Damaged { place, .. }) => format!("damaged at {:?}", place.map(|place| place.line)),
            Err(Error::Unmapped { .. }) => "unmapped".to_owned(),
            Err(Error::TooLarge { limit, .. }) => format!("too large, {limit}"),
            Err(Error::Mapping(_)) => "mapping".to_owned(),
        }
    }

    #[test]
    fn programs_can_tell_a_disk_from_a_file_from_a_mapping() {
        let wide = vec!["x"; 10_000].join(",") + "\n" + &vec!["1"; 10_000].join(",");
        let long = format!("Id,Subject\n1,{}\n", "x".repeat(2 << 20));
        for (name, text, expected) in [
            ("a.csv", "colour,size\nred,1\nblue,2\n", "unmapped"),
            ("a.csv", "Id,\"Subject\n1,2\n", "damaged at Some(1)"),
            ("a.csv", &wide, "too large, 1000"),
            ("a.csv", &long, "too large, 1048576"),
            ("a.xes", "<log>\n<trace>\n</log>", "damaged at Some(3)"),
            ("a.ndjson.gz", "\u{1f}\u{8b}", "read"),
        ] {
            assert_eq!(kind(name, text.as_bytes()), expected, "{name}: {text:.40}");
        }
        assert_eq!(kind("a.ndjson.gz", b"\x1f\x8b\x08\x00broken"), "damaged at None");
        let gone = Input::open(&[PathBuf::from("/nowhere/a.csv")]).err().unwrap();
        assert!(matches!(gone, Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound));
        assert!(matches!(crate::Mapping::from_toml("m", "about = 1").unwrap_err(), Error::Mapping(_)));
    }
}
