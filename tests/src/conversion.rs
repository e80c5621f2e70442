//! What becomes of a file that is no canonical log.

use redtape::Input;
use redtape::input::{Content, Reading};
use std::path::Path;

/// Lines in their order, then what was said about the file, or why it cannot be read.
///
/// # Errors
///
/// What a reader says of a file that it cannot read to its end.
pub fn converted(file: &Path, reading: &Reading) -> Result<(Vec<String>, String), String> {
    let told = |error: redtape::ImportError| {
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
