//! A table that is no log: its header and its rows, whatever it is written in.

use std::io::{self, BufRead};
use std::path::Path;

use csv::StringRecord;

use super::charset::{Charset, Guess};
use super::elements::Elements;
use super::format::Format;
use super::mapped::{Owned, Records};
use super::plain::Plain;
use super::rows::Rows;
use super::source::usual_path;
use super::workbook::{self, Found};
use crate::error::{refused, refused_at};
use crate::mapping::Record;

/// Bytes of a block that is read at once.
const BLOCK_BYTES: usize = 256 << 10;

/// A table that is read from its beginning to its end.
pub(crate) struct TableFile {
    header: Option<Vec<String>>,
    records: Box<dyn Records>,
    current: Owned,
}

impl TableFile {
    /// Opens a file, and reads its header.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let (raw, _) = super::open(path)?;
        let charset = Charset::asked(None);
        let mut plain = Plain::begin_as(raw, BLOCK_BYTES, &charset)?;
        let format = Format::detect(plain.fill_buf()?, &path.display().to_string(), true)?;
        if charset.found().is_none() && matches!(format, Format::Csv | Format::Json | Format::Ndjson) {
            // Names in another encoding are read all the same.
            plain.guess(Guess::new(None), Box::new(|told| log::info!("{told}")));
        }
        let (header, records): (_, Box<dyn Records>) = match format {
            Format::Csv => {
                let (header, rows) = Rows::begin(plain, None, &|_| true)?;
                (Some(header), Box::new(rows))
            }
            Format::Json | Format::Ndjson => {
                let path = usual_path(plain.fill_buf()?);
                (None, Box::new(Elements::begin(plain, &path)?))
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                let (header, rows) = super::columnar::Columnar::parquet(plain)?;
                (Some(header), Box::new(rows))
            }
            #[cfg(feature = "parquet")]
            Format::Arrow => {
                let (header, rows) = super::columnar::Columnar::arrow(plain)?;
                (Some(header), Box::new(rows))
            }
            Format::Workbook => match workbook::open(plain, None, &|names| !names.is_empty())? {
                Found::Sheet(header, sheet) => (Some(header), sheet),
                Found::File(..) => return Err(refused("it is an archive: unpack it first")),
            },
            other => {
                let name = other.name();
                return Err(refused(format!("it is {name}: a table of accounts is CSV or JSON")));
            }
        };
        Ok(Self { header, records, current: Owned::Row(StringRecord::new()) })
    }

    /// The names of its columns; none where its records are JSON.
    pub(crate) fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// The next record, and where it stands.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Record<'_>)>> {
        let Some((line, fault)) = self.records.next(&mut self.current)? else { return Ok(None) };
        match fault {
            None => Ok(Some((line, self.current.borrowed()))),
            Some(fault) => Err(refused_at(
                line,
                format!("line {line}: found {}, expected {}", fault.found, fault.expected),
            )),
        }
    }

    /// What was taken for granted, once all records are read.
    pub(crate) fn remarks(&mut self) -> Vec<String> {
        self.records.remarks()
    }
}
