//! Workbooks: the rows of one sheet, as CSV would have them.
//!
//! A workbook is put aside first, because what is in it is named at its end, and it is looked at before it is opened: a
//! small file can claim to be a huge one. Its sheet is read on a thread of its own, row by row.

use std::io;

use super::Bytes;
use super::mapped::Records;
use super::plain::Plain;

#[cfg(feature = "workbooks")]
mod bounds;
#[cfg(feature = "workbooks")]
mod cells;
#[cfg(feature = "workbooks")]
mod container;
#[cfg(feature = "workbooks")]
mod headed;
#[cfg(feature = "workbooks")]
mod sheet;

/// What a file turned out to be.
#[cfg_attr(not(feature = "workbooks"), expect(dead_code, reason = "nothing is opened"))]
pub(super) enum Found {
    /// A sheet with the names of its columns.
    Sheet(Vec<String>, Box<dyn Records>),
    /// The one file in an archive, with its name.
    File(String, Bytes),
}

/// Opens a workbook, or an archive with one file in it. `named` names a sheet, or is its number from 1; `is_header` knows
/// the names of columns.
///
/// # Errors
///
/// Where it is neither, or beyond a limit: what it is, and what to do.
#[cfg(feature = "workbooks")]
pub(super) fn open(
    plain: Plain,
    named: Option<&str>,
    is_header: &dyn Fn(&[String]) -> bool,
) -> io::Result<Found> {
    let (file, kind) = match container::open(plain)? {
        container::Container::Workbook(file, kind) => (file, kind),
        container::Container::File(name, bytes) => return Ok(Found::File(name, bytes)),
    };
    let (rows, said) = sheet::Rows::begin(file, kind, named.map(str::to_owned))?;
    let (header, rows) = headed::Sheet::begin(rows, said, is_header)?;
    Ok(Found::Sheet(header, Box::new(rows)))
}

/// The same in a build that does not read them.
#[cfg(not(feature = "workbooks"))]
pub(super) fn open(_: Plain, _: Option<&str>, _: &dyn Fn(&[String]) -> bool) -> io::Result<Found> {
    Err(crate::error::refused(
        "it is a workbook or an archive, which this build does not read: build it with the feature `workbooks`, or export CSV",
    ))
}
