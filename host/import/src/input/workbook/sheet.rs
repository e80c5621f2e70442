//! The rows of a sheet, read on a thread of their own: what reads a workbook lends its cells from itself.

use std::fs::File;
use std::io::{self, BufReader};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use calamine::{DataRef, Ods, Reader, Sheet as Known, SheetType, SheetVisible, Xls, Xlsb, Xlsx};

use super::super::decode::RATIO_MAX;
use super::super::rows::ROW_BYTES_MAX;
use super::cells;
use super::container::{Kind, damaged};
use crate::error::{refused, too_large};
use crate::mapping::listed;
use crate::text::counted;

/// Rows that are read ahead.
const ROWS_AHEAD: usize = 16;
/// Bytes that a cell takes beside its text.
const CELL_BYTES: u64 = 40;
/// Bytes that the text of a sheet may have, whatever the size of the file.
const FREE_BYTES: u64 = 512 << 20;

/// A row in which something stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// From 1.
    pub(super) number: u32,
    /// Columns from 0, with what stands in them.
    pub(super) cells: Vec<(u32, String)>,
    /// Whether it has more bytes than a row may have; its cells are left out then.
    pub(super) is_too_long: bool,
    /// What it takes, about.
    pub(super) bytes: u64,
}

impl Row {
    /// All columns up to the last that is filled.
    pub(super) fn dense(&self, columns_max: usize) -> io::Result<Vec<String>> {
        let mut dense = Vec::new();
        for (column, text) in &self.cells {
            let at = usize::try_from(*column).unwrap_or(usize::MAX);
            if at >= columns_max {
                return Err(too_large(
                    columns_max,
                    format!(
                        "row {} has a name in column {}: at most {columns_max} are read",
                        self.number,
                        at + 1
                    ),
                ));
            }
            dense.resize(at.max(dense.len()), String::new());
            dense.push(text.trim().to_owned());
        }
        Ok(dense)
    }
}

/// What the thread says.
enum Said {
    /// Which sheet is read, and what is to be said of it.
    Begun(Vec<String>),
    Row(Row),
    Ended,
}

/// The rows of one sheet.
pub(super) struct Rows {
    said: Receiver<io::Result<Said>>,
    has_ended: bool,
}

impl Rows {
    /// Opens a sheet; gives what is to be said of it.
    pub(super) fn begin(file: File, kind: Kind, sheet: Option<String>) -> io::Result<(Self, Vec<String>)> {
        let (say, said) = mpsc::sync_channel(ROWS_AHEAD);
        let reader = thread::Builder::new().name("redtape-workbook".to_owned());
        reader.spawn(move || {
            let read = read(file, kind, sheet.as_deref(), &say);
            say.send(read.map(|()| Said::Ended)).unwrap_or_default();
        })?;
        let mut rows = Self { said, has_ended: false };
        match rows.hear()? {
            Said::Begun(told) => Ok((rows, told)),
            Said::Row(_) | Said::Ended => Ok((rows, Vec::new())),
        }
    }

    fn hear(&mut self) -> io::Result<Said> {
        let gone = |_| refused("it is damaged: what reads workbooks gave up on it");
        self.said.recv().map_err(gone).flatten()
    }

    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        while !self.has_ended {
            match self.hear()? {
                Said::Row(row) => return Ok(Some(row)),
                Said::Begun(_) => {}
                Said::Ended => self.has_ended = true,
            }
        }
        Ok(None)
    }
}

/// Puts cells together to rows, and hands them on.
struct Gathered<'a> {
    say: &'a SyncSender<io::Result<Said>>,
    row: Row,
    /// Of all rows, and how many there may be.
    total: u64,
    total_max: u64,
}

impl Gathered<'_> {
    /// Takes a cell; rows come in their order. Whether somebody still listens.
    fn add(&mut self, (row, column): (u32, u32), text: String) -> io::Result<bool> {
        let number = row.saturating_add(1);
        let goes_on = number == self.row.number || self.end();
        if text.is_empty() {
            return Ok(goes_on);
        }
        self.row.number = number;
        let bytes = text.len() as u64 + CELL_BYTES;
        self.row.bytes += bytes;
        self.total += bytes;
        if self.total > self.total_max {
            return Err(too_large(
                self.total_max,
                format!("row {number}: it unpacks to more than {RATIO_MAX} times its size"),
            ));
        }
        if self.row.bytes > ROW_BYTES_MAX {
            self.row.is_too_long = true;
            self.row.cells.clear();
        } else {
            self.row.cells.push((column, text));
        }
        Ok(goes_on)
    }

    fn end(&mut self) -> bool {
        let row = std::mem::take(&mut self.row);
        (row.cells.is_empty() && !row.is_too_long) || self.say.send(Ok(Said::Row(row))).is_ok()
    }
}

fn read(file: File, kind: Kind, sheet: Option<&str>, say: &SyncSender<io::Result<Said>>) -> io::Result<()> {
    let total_max = FREE_BYTES.max(file.metadata()?.len().saturating_mul(RATIO_MAX));
    let mut rows = Gathered { say, row: Row::default(), total: 0, total_max };
    let file = BufReader::new(file);
    let begun = |sheets: &[Known]| {
        let (name, told) = chosen(sheets, sheet)?;
        say.send(Ok(Said::Begun(told))).unwrap_or_default();
        Ok::<_, io::Error>(name)
    };
    match kind {
        Kind::Xlsx => {
            let mut book: Xlsx<_> = Xlsx::new(file).map_err(damaged)?;
            let name = begun(book.sheets_metadata())?;
            let mut cells = book.worksheet_cells_reader(&name).map_err(damaged)?;
            while let Some(cell) = cells.next_cell().map_err(damaged)? {
                if !rows.add(cell.get_position(), cells::text(cell.get_value()))? {
                    return Ok(());
                }
            }
        }
        Kind::Xlsb => {
            let mut book: Xlsb<_> = Xlsb::new(file).map_err(damaged)?;
            let name = begun(book.sheets_metadata())?;
            let mut cells = book.worksheet_cells_reader(&name).map_err(damaged)?;
            while let Some(cell) = cells.next_cell().map_err(damaged)? {
                let value: &DataRef<'_> = cell.get_value();
                if !rows.add(cell.get_position(), cells::text(value))? {
                    return Ok(());
                }
            }
        }
        Kind::Xls => {
            let mut book: Xls<_> = Xls::new(file).map_err(damaged)?;
            let name = begun(book.sheets_metadata())?;
            all(&mut rows, &book.worksheet_range(&name).map_err(damaged)?)?;
        }
        Kind::Ods => {
            let mut book: Ods<_> = Ods::new(file).map_err(damaged)?;
            let name = begun(book.sheets_metadata())?;
            all(&mut rows, &book.worksheet_range(&name).map_err(damaged)?)?;
        }
    }
    rows.end();
    Ok(())
}

/// Hands on a sheet that is held.
fn all(rows: &mut Gathered<'_>, range: &calamine::Range<calamine::Data>) -> io::Result<()> {
    let (top, left) = range.start().unwrap_or_default();
    for (row, cells) in (top..).zip(range.rows()) {
        for (column, cell) in (left..).zip(cells) {
            if !rows.add((row, column), cells::held(cell))? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The sheet that is asked for, by its name or its number from 1, or the first that is shown; with what is to be said.
fn chosen(sheets: &[Known], asked: Option<&str>) -> io::Result<(String, Vec<String>)> {
    let names = || listed(sheets.iter().map(|sheet| sheet.name.as_str()));
    if let Some(asked) = asked {
        let by_number = || sheets.get(asked.parse::<usize>().ok()?.checked_sub(1)?);
        let found = sheets.iter().find(|sheet| sheet.name == asked).or_else(by_number);
        let found = found.ok_or_else(|| {
            refused(format!("it has no sheet `{}`: it has {}", super::super::shortened(asked), names()))
        })?;
        return Ok((found.name.clone(), Vec::new()));
    }
    let is_shown =
        |sheet: &&Known| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let shown: Vec<&Known> = sheets.iter().filter(is_shown).collect();
    let Some(first) = shown.first().copied().or(sheets.first()) else {
        return Err(refused("it is a workbook without sheets"));
    };
    let more = match shown.len() {
        0 | 1 => Vec::new(),
        count => vec![format!(
            "the sheet `{}` is read, the first of {}; `--sheet` names another one",
            crate::text::printable(&first.name),
            counted(count as u64, "sheet")
        )],
    };
    Ok((first.name.clone(), more))
}
