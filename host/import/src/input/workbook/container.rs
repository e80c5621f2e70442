//! What a zip archive or a compound file is: a workbook of some kind, an archive of one file, or something else.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, Read, Seek};

use memchr::memmem;
use zip::ZipArchive;

use super::super::Bytes;
use super::super::decode::RATIO_MAX;
use super::super::format::COMPOUND;
use super::super::plain::Plain;
use super::bounds;
use crate::error::{refused, too_large};

/// Bytes of a workbook or an archive.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Bytes of a workbook of the older kind, all of which is held.
const COMPOUND_BYTES_MAX: u64 = 128 << 20;
/// Bytes that an archive may unpack to, whatever its size.
const FREE_BYTES: u64 = 64 << 20;
/// Files of an archive that a message lists.
const LISTED_MAX: usize = 5;

/// What was found.
pub(super) enum Container {
    Workbook(File, Kind),
    File(String, Bytes),
}

/// Kinds of workbooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

/// Puts a file aside and finds out what it is.
pub(super) fn open(mut plain: Plain) -> io::Result<Container> {
    let is_compound = plain.fill_buf()?.starts_with(COMPOUND);
    let bytes_max = if is_compound { COMPOUND_BYTES_MAX } else { FILE_BYTES_MAX };
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut plain.take(bytes_max + 1), &mut file)? > bytes_max {
        return Err(too_large(
            bytes_max,
            format!("it is longer than {bytes_max} bytes: export CSV, or split it"),
        ));
    }
    file.rewind()?;
    if is_compound { compound(file) } else { archive(file) }
}

fn compound(mut file: File) -> io::Result<Container> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(&bytes, &wide).is_some()
    };
    if has("EncryptedPackage") {
        return Err(refused("it is locked with a password: save it without one"));
    }
    if has("__properties_version1.0") {
        return Err(refused(
            "it is an Outlook message (.msg): save the calendar as .ics, or export it as CSV",
        ));
    }
    if !has("Workbook") && !has("Book") {
        return Err(refused(
            "it is a document of an older Office program, and no workbook: export CSV or .xlsx",
        ));
    }
    bounds::xls(&bytes)?;
    file.rewind()?;
    Ok(Container::Workbook(file, Kind::Xls))
}

fn archive(file: File) -> io::Result<Container> {
    let stored = file.metadata()?.len();
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let names = names(&archive)?;
    let has = |name: &str| names.iter().any(|it| it.replace('\\', "/").eq_ignore_ascii_case(name));
    let kind = if has("xl/workbook.bin") {
        Some(Kind::Xlsb)
    } else if has("xl/workbook.xml") {
        Some(Kind::Xlsx)
    } else if has("content.xml") && is_spreadsheet(&mut archive) {
        Some(Kind::Ods)
    } else {
        None
    };
    if let Some(kind) = kind {
        bounds::packed(&mut archive, kind, stored)?;
        let mut file = archive.into_inner();
        file.rewind()?;
        return Ok(Container::Workbook(file, kind));
    }
    for (part, what) in [
        ("word/document.xml", "a document of Word: save its table as .xlsx or CSV"),
        ("ppt/presentation.xml", "slides of PowerPoint"),
        ("Index/Document.iwa", "a document of Apple Numbers or Pages: export .xlsx or CSV"),
    ] {
        if has(part) {
            return Err(refused(format!("it is {what}")));
        }
    }
    let is_file = |name: &&String| {
        let hidden =
            name.starts_with("__MACOSX/") || name.rsplit('/').next().is_some_and(|it| it.starts_with('.'));
        !hidden && !name.ends_with('/')
    };
    let files: Vec<&String> = names.iter().filter(is_file).collect();
    match files.as_slice() {
        [] => Err(refused("it is a zip archive without files")),
        [name] => unpacked(&mut archive, name, stored),
        several => {
            let listed: Vec<String> = several
                .iter()
                .take(LISTED_MAX)
                .map(|name| format!("`{}`", super::super::shortened(name)))
                .collect();
            let more = if several.len() > LISTED_MAX { ", ..." } else { "" };
            Err(refused(format!(
                "it is a zip archive of {} files ({}{more}): unpack it first, and give the files in it",
                several.len(),
                listed.join(", ")
            )))
        }
    }
}

/// The names of all files.
pub(super) fn names(archive: &ZipArchive<File>) -> io::Result<Vec<String>> {
    archive.file_names().map(|name| name.map(Cow::into_owned).map_err(damaged)).collect()
}

fn is_spreadsheet(archive: &mut ZipArchive<File>) -> bool {
    let mut kind = String::new();
    let read = archive.by_name("mimetype").map(|part| part.take(100).read_to_string(&mut kind));
    read.is_ok_and(|read| read.is_ok()) && kind.contains("opendocument.spreadsheet")
}

/// The one file of an archive, put aside.
fn unpacked(archive: &mut ZipArchive<File>, name: &str, stored: u64) -> io::Result<Container> {
    let bytes_max = FREE_BYTES.max(stored.saturating_mul(RATIO_MAX));
    let mut part = archive.by_name(name).map_err(damaged)?;
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut (&mut part).take(bytes_max + 1), &mut file)? > bytes_max {
        return Err(too_large(
            bytes_max,
            format!("it unpacks to more than {RATIO_MAX} times its size: unpack it first, if it is a log"),
        ));
    }
    file.rewind()?;
    Ok(Container::File(name.to_owned(), Box::new(file)))
}

pub(super) fn damaged(error: impl std::fmt::Display) -> io::Error {
    let told = crate::text::printable(&error.to_string());
    refused(format!(
        "it is a zip archive or a workbook that is damaged, or of a kind that is not read: {told}"
    ))
}
