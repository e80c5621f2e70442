//! Workbooks and archives, which are named for what they are.

use std::io::{self, BufRead};

use super::Bytes;
use super::format::{COMPOUND, refused};
use super::mapped::Records;
use super::plain::Plain;

/// What a file turned out to be.
#[expect(dead_code, reason = "what is read of them comes next")]
pub(super) enum Found {
    /// A sheet with the names of its columns.
    Sheet(Vec<String>, Box<dyn Records>),
    /// The one file in an archive, with its name.
    File(String, Bytes),
}

/// # Errors
///
/// Always, for now: what it is, and what to do.
pub(super) fn open(mut plain: Plain, _: Option<&str>, _: &dyn Fn(&[String]) -> bool) -> io::Result<Found> {
    let is_compound = plain.fill_buf()?.starts_with(COMPOUND);
    Err(refused(if is_compound {
        "it is a workbook of an older Excel, or another document of Office: save its sheet as CSV"
    } else {
        "it is an Excel workbook or another zip archive: save its sheet as CSV, or unpack it"
    }))
}
