//! A sheet whose header was found, and the rows below it.

use std::collections::VecDeque;
use std::io;

use csv::StringRecord;

use super::super::faults::Fault;
use super::super::mapped::{Owned, Records};
use super::super::rows::COLUMNS_MAX;
use super::sheet::{Row, Rows};
use crate::error::refused;
use crate::text::grouped;

/// Rows in which the header is looked for, and bytes of them.
const HEAD_ROWS: usize = 50;
const HEAD_BYTES: u64 = 4 << 20;

/// The rows of a sheet below its header.
pub(super) struct Sheet {
    rows: Rows,
    /// Rows that were looked at for the header, and stand below it.
    ahead: VecDeque<Row>,
    columns: usize,
    /// The number of the header's row, and cells in columns without a name.
    header: u32,
    nameless: u64,
    /// What is said of the sheet itself.
    said: Vec<String>,
}

impl Sheet {
    pub(super) fn begin(
        mut rows: Rows,
        said: Vec<String>,
        is_header: &dyn Fn(&[String]) -> bool,
    ) -> io::Result<(Vec<String>, Self)> {
        let mut ahead = VecDeque::new();
        let mut bytes = 0;
        while ahead.len() < HEAD_ROWS
            && bytes < HEAD_BYTES
            && let Some(row) = rows.next()?
        {
            bytes += row.bytes;
            ahead.push_back(row);
        }
        let place = header(&ahead, is_header);
        ahead.drain(..place.min(ahead.len()));
        let Some(found) = ahead.pop_front() else {
            return Err(refused(
                "its sheet is empty: a row must name the columns; `--sheet` names another one",
            ));
        };
        let mut names = found.dense(COLUMNS_MAX)?;
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        let columns = names.len();
        Ok((names, Self { rows, ahead, columns, header: found.number, nameless: 0, said }))
    }
}

/// Which of the first rows names the columns: one that is known, or the first that is about as wide as the widest.
fn header(rows: &VecDeque<Row>, is_header: &dyn Fn(&[String]) -> bool) -> usize {
    let known = rows.iter().position(|row| row.dense(COLUMNS_MAX).is_ok_and(|names| is_header(&names)));
    let widest = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
    let wide = || rows.iter().position(|row| row.cells.len() * 10 >= widest * 7);
    known.or_else(wide).unwrap_or_default()
}

impl Records for Sheet {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        let row = match self.ahead.pop_front() {
            Some(row) => row,
            None => match self.rows.next()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let number = u64::from(row.number);
        if row.is_too_long {
            let fault = Fault {
                field: String::new(),
                found: "more".to_owned(),
                expected: format!("a row of at most {} bytes", super::super::rows::ROW_BYTES_MAX),
            };
            return Ok(Some((number, Some(fault))));
        }
        let mut cells = row.cells.into_iter().peekable();
        let mut fields = StringRecord::new();
        for column in 0..self.columns {
            let cell = cells.next_if(|(at, _)| usize::try_from(*at) == Ok(column));
            fields.push_field(cell.as_ref().map_or("", |(_, text)| text));
        }
        self.nameless += cells.count() as u64;
        *record = Owned::Row(fields);
        Ok(Some((number, None)))
    }

    fn remarks(&mut self) -> Vec<String> {
        let mut said = std::mem::take(&mut self.said);
        if self.header > 1 {
            said.push(format!("row {} names the columns: the rows above it are passed over", self.header));
        }
        if self.nameless > 0 {
            said.push(format!("cells in columns without a name are passed over: {}", grouped(self.nameless)));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_known_or_as_wide_as_the_rows() {
        let row = |number: u32, cells: &[&str]| Row {
            number,
            cells: (0..)
                .zip(cells.iter().map(|cell| (*cell).to_owned()))
                .filter(|(_, cell)| !cell.is_empty())
                .collect(),
            is_too_long: false,
            bytes: 0,
        };
        let rows: VecDeque<Row> = [
            row(1, &["Report of May"]),
            row(3, &["a", "b", "c"]),
            row(4, &["1", "2", "3"]),
            row(9, &["Total", "", "3"]),
        ]
        .into();
        assert_eq!(header(&rows, &|_| false), 1);
        assert_eq!(header(&rows, &|names| names.first().is_some_and(|name| name == "1")), 2);
        assert_eq!(header(&VecDeque::new(), &|_| false), 0);
    }
}
