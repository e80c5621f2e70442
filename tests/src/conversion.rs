//! What becomes of a file that is no canonical log.

use redtape_import::Input;
use redtape_import::input::{Content, Reading, Tally};
use std::path::Path;

/// Lines in their order, then what was said about the file, or why it cannot be read.
///
/// # Errors
///
/// What a reader says of a file that it cannot read to its end.
pub fn converted(file: &Path, reading: &Reading) -> Result<(Vec<String>, String), String> {
    let told = |error: redtape_import::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        cause.unwrap_or_else(|| error.to_string())
    };
    let mut input = Input::open_as(&[file.to_owned()], reading).map_err(told)?;
    let (mut lines, mut notes) = (Vec::new(), String::new());
    while let Some(line) = input.next_line().map_err(told)? {
        match line.content {
            Content::Text(text) => lines.push(text.to_owned()),
            Content::Faulty(fault) => {
                let (at, found, expected) = (line.origin.line, &fault.found, &fault.expected);
                notes += &format!("line {at}: {}: found `{found}`, expected {expected}\n", fault.field);
            }
            other => panic!("{other:?}"),
        }
    }
    let name = file.display().to_string();
    let short = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
    for remark in input.remarks().all() {
        notes += &format!("note: {}\n", remark.replace(&name, &short));
    }
    Ok((lines, notes))
}

/// What came of bytes that are read as a file of a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Came {
    /// Activities, as they were given.
    pub lines: Vec<String>,
    /// What is wrong with a record, as `field: found ..., expected ...`.
    pub faults: Vec<String>,
    /// What else was said.
    pub notes: Vec<String>,
    /// What became of the records.
    pub tally: Tally,
}

/// Reads bytes as a file of a name.
///
/// # Errors
///
/// What a reader says of a file that it cannot read to its end.
pub fn came(name: &str, bytes: &[u8], reading: &Reading) -> Result<Came, String> {
    let told = |error: redtape_import::Error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        cause.unwrap_or_else(|| error.to_string())
    };
    let opened: redtape_import::input::Bytes = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let mut input = Input::begin(vec![(name.to_owned(), opened)], reading).map_err(told)?;
    let mut came = Came::default();
    while let Some(line) = input.next_line().map_err(told)? {
        match line.content.text() {
            Ok(text) => came.lines.extend(text.map(str::to_owned)),
            Err(fault) => {
                came.faults
                    .push(format!("{}: found `{}`, expected {}", fault.field, fault.found, fault.expected));
            }
        }
    }
    came.notes = input.remarks().all();
    came.tally = input.counts().total();
    Ok(came)
}
