//! Records and a mapping: the right one is found, the beginning is looked at, and then record after record is mapped.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use csv::StringRecord;
use serde_json::Value;

use super::convert::{Convert, Converted};
use super::counts::Tally;
use super::faults::Fault;
use super::whose::{NO_ACCOUNT, Whose};
use super::{Reading, Remarks};
use crate::cells;
use crate::error::{refused, unmapped};
use crate::mapping::{Bound, Made, Mapping, Meant, Record, listed};
use crate::text::{counted, grouped};

/// Records that are looked at before the first is mapped.
const AHEAD_MAX: usize = 1_000;
/// Bytes of them.
const AHEAD_BYTES_MAX: usize = 4 << 20;
/// Bytes of records that are looked at where the order of day and month is still open.
const OPEN_BYTES_MAX: usize = 32 << 20;

/// Why a record that is understood gives nothing.
const PASSED_OVER: &str = "passed over, as the mapping says";

/// Records of one input, whatever they are written in.
pub(super) trait Records: Send {
    /// Reads the next one into `record`: at which line it is, and what is wrong with it; none at the end.
    ///
    /// # Errors
    ///
    /// Where the rest cannot be read at all.
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>>;

    /// What was taken for granted, a sentence each; asked for once, when all are read.
    fn remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// A record that was read.
#[derive(Clone, Debug)]
pub(super) enum Owned {
    Row(StringRecord),
    Json(Value),
}

impl Owned {
    pub(super) fn borrowed(&self) -> Record<'_> {
        match self {
            Owned::Row(row) => Record::Row(row),
            Owned::Json(value) => Record::Json(value),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Owned::Row(row) => row.as_slice().len() + 16 * row.len(),
            Owned::Json(value) => super::json::weight(value),
        }
    }
}

/// Elements of a list inside each record, one after the other.
struct Each {
    records: Box<dyn Records>,
    mapping: Arc<Mapping>,
    elements: VecDeque<Value>,
    line: u64,
}

impl Records for Each {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        loop {
            if let Some(element) = self.elements.pop_front() {
                *record = Owned::Json(element);
                return Ok(Some((self.line, None)));
            }
            let Some((line, fault)) = self.records.next(record)? else { return Ok(None) };
            let elements = if let Owned::Json(value) = &*record { self.mapping.each(value) } else { None };
            match (fault, elements) {
                (None, Some(elements)) => (self.line, self.elements) = (line, elements.into()),
                (fault, _) => return Ok(Some((line, fault))),
            }
        }
    }

    fn remarks(&mut self) -> Vec<String> {
        self.records.remarks()
    }
}

/// A record of the beginning, with its line.
type Ahead = (u64, Result<Owned, Fault>);

/// Maps the records of an input.
pub(super) struct Mapped {
    name: String,
    records: Box<dyn Records>,
    bound: Bound,
    ahead: VecDeque<Ahead>,
    current: Owned,
    made: VecDeque<Converted>,
    tally: Tally,
    whose: Whose,
    /// Columns in which a blank means the value above, with that.
    fill_down: Vec<(usize, String)>,
    is_told: bool,
    remarks: Remarks,
}

impl Mapped {
    /// Looks at the beginning of an input. Rows come with their `header`.
    pub(super) fn begin(
        mut records: Box<dyn Records>,
        header: Option<&[String]>,
        name: &str,
        reading: &Reading,
        remarks: &Remarks,
    ) -> io::Result<Self> {
        let (mut ahead, mut bytes) = (VecDeque::new(), 0);
        let mut current = Owned::Row(StringRecord::new());
        while ahead.len() < AHEAD_MAX && bytes < AHEAD_BYTES_MAX {
            let Some((line, fault)) = records.next(&mut current)? else { break };
            bytes += current.bytes();
            ahead.push_back((line, fault.map_or_else(|| Ok(current.clone()), Err)));
        }
        if header.is_some() {
            alike(&ahead)?;
        }
        let name = crate::text::printable(name);
        let mapping = match &reading.mapping {
            Some(mapping) => Arc::clone(mapping),
            None => {
                let mapping = recognized(header, &ahead)?;
                remarks.say(format!("`{name}` is read with the mapping `{}`", mapping.name()));
                mapping
            }
        };
        if !mapping.has_activities() {
            let told = "says what traces are, and nothing of single records: it is for process logs";
            return Err(refused(format!("the mapping `{}` {told}", mapping.name())));
        }
        if mapping.each(&Value::Null).is_some() {
            let of = |(line, record): Ahead| match record {
                Ok(Owned::Json(value)) => {
                    let elements = mapping.each(&value).unwrap_or_default().into_iter();
                    elements.map(|element| (line, Ok(Owned::Json(element)))).collect()
                }
                other => vec![(line, other)],
            };
            ahead = ahead.into_iter().flat_map(of).collect();
            let mapping = Arc::clone(&mapping);
            records = Box::new(Each { records, mapping, elements: VecDeque::new(), line: 0 });
        }
        let fill_down = header.map(|header| mapping.fill_down(header)).unwrap_or_default();
        let fill_down = fill_down.into_iter().map(|column| (column, String::new())).collect();
        let mut bound = match header {
            Some(header) => {
                mapping.bind(header, reading.time_zone).map_err(|error| unmapped(error.to_string()))?
            }
            None => mapping.bind_paths(reading.time_zone),
        };
        bound.resolve_with(reading.accounts.clone());
        learn(&mut bound, records.as_mut(), (&mut ahead, &mut current, bytes))?;
        let taken = bound.decide().map_err(|error| refused(error.to_string()))?;
        taken.into_iter().for_each(|remark| remarks.say(format!("`{name}`: {remark}")));
        bound.name_people(reading.names.as_ref());
        let (made, remarks) = (VecDeque::new(), remarks.clone());
        Ok(Self {
            name,
            records,
            bound,
            ahead,
            current,
            made,
            tally: Tally::default(),
            whose: Whose::default(),
            fill_down,
            is_told: false,
            remarks,
        })
    }

    /// Puts the value above in the place of a blank, in the columns that are written so.
    fn fill_down(&mut self) {
        let Owned::Row(row) = &mut self.current else { return };
        let mut is_changed = false;
        for (column, above) in &mut self.fill_down {
            match row.get(*column).map(cells::said) {
                Some("") => is_changed |= !above.is_empty(),
                Some(value) => value.clone_into(above),
                None => {}
            }
        }
        if is_changed {
            let down = |at: usize| {
                self.fill_down.iter().find(|(column, _)| *column == at).map(|(_, above)| &**above)
            };
            let cells = row.iter().enumerate();
            *row = cells
                .map(|(at, cell)| if cells::said(cell).is_empty() { down(at).unwrap_or(cell) } else { cell })
                .collect();
        }
    }

    /// Maps the next record; whether there was one.
    fn step(&mut self) -> io::Result<bool> {
        let (line, fault) = match self.ahead.pop_front() {
            Some((line, Ok(record))) => {
                self.current = record;
                (line, None)
            }
            Some((line, Err(fault))) => (line, Some(fault)),
            None => match self.records.next(&mut self.current)? {
                Some(next) => next,
                None => return Ok(false),
            },
        };
        self.tally.records += 1;
        if let Some(fault) = fault {
            self.tally.faulty += 1;
            self.made.push_back(Converted { line, content: Err(fault) });
            return Ok(true);
        }
        self.fill_down();
        self.bound.stand_at(line);
        let (whose, made) = (&mut self.whose, &mut self.made);
        let (mut is_faulty, before) = (false, made.len());
        let meant = self.bound.activities(self.current.borrowed(), &mut |kind, of_it| {
            whose.count(kind, &of_it);
            let content = match of_it {
                Made::Line(line) => Ok(line),
                Made::Fault(fault) => Err(fault),
                Made::NoAccount(_) => return,
            };
            is_faulty |= content.is_err();
            made.push_back(Converted { line, content });
        });
        match meant {
            Meant::PassedOver => self.tally.leave_out(PASSED_OVER, 1),
            Meant::LeftOut(reason) => self.tally.leave_out(reason.to_owned(), 1),
            Meant::Given if is_faulty => self.tally.faulty += 1,
            Meant::Given if made.len() == before => self.tally.leave_out(NO_ACCOUNT, 1),
            Meant::Given => self.tally.read += 1,
        }
        Ok(true)
    }
}

impl Convert for Mapped {
    fn next(&mut self) -> io::Result<Option<Converted>> {
        loop {
            if let Some(made) = self.made.pop_front() {
                return Ok(Some(made));
            }
            if !self.step()? {
                break;
            }
        }
        self.bound.finish().map_err(|error| refused(error.to_string()))?;
        if !std::mem::replace(&mut self.is_told, true) {
            let mut told = self.records.remarks();
            let records = counted(self.tally.records, "record");
            let left_out = self.tally.left_out.iter().filter(|(reason, _)| *reason != NO_ACCOUNT);
            let each: Vec<String> =
                left_out.map(|(reason, count)| format!("{} {reason}", grouped(*count))).collect();
            if !each.is_empty() {
                told.push(format!("of {records}: {}", each.join(", ")));
            }
            told.extend(self.whose.sentences());
            told.into_iter().for_each(|told| self.remarks.say(format!("`{}`: {told}", self.name)));
        }
        Ok(None)
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// # Errors
///
/// Where all of the first rows are wrong in the same way: it has one cause.
fn alike(ahead: &VecDeque<Ahead>) -> io::Result<()> {
    let mut faults = ahead.iter().map(|(_, record)| record.as_ref().err());
    let Some(Some(first)) = faults.next().filter(|_| ahead.len() > 1) else { return Ok(()) };
    if !faults.all(|fault| fault == Some(first)) {
        return Ok(());
    }
    let rows = if ahead.len() < AHEAD_MAX {
        "every row".to_owned()
    } else {
        format!("each of the first {AHEAD_MAX} rows")
    };
    Err(refused(format!("{rows} has {}, expected {}", first.found, first.expected)))
}

/// Lets a mapping see how the file writes times and numbers, as far as it takes to decide; what is read for it is held in
/// `ahead`, of which so many bytes are there already.
fn learn(
    bound: &mut Bound,
    records: &mut dyn Records,
    (ahead, current, mut bytes): (&mut VecDeque<Ahead>, &mut Owned, usize),
) -> io::Result<()> {
    for (line, record) in &*ahead {
        if let Ok(record) = record {
            bound.stand_at(*line);
            bound.learn(record.borrowed());
        }
    }
    while bound.is_open() && bytes < OPEN_BYTES_MAX {
        let Some((line, fault)) = records.next(current)? else { break };
        bytes += current.bytes();
        if fault.is_none() {
            bound.stand_at(line);
            bound.learn(current.borrowed());
        }
        ahead.push_back((line, fault.map_or_else(|| Ok(current.clone()), Err)));
    }
    Ok(())
}

/// The one ready mapping that this is an export of.
fn recognized(header: Option<&[String]>, ahead: &VecDeque<Ahead>) -> io::Result<Arc<Mapping>> {
    let is_for_records = |mapping: &&Arc<Mapping>| mapping.has_activities();
    let is_meant = |mapping: &&Arc<Mapping>| match header {
        Some(header) => mapping.recognizes(header),
        None => ahead.iter().any(|(_, record)| match record {
            Ok(Owned::Json(value)) => mapping.recognizes_json(value),
            _ => false,
        }),
    };
    let mut fitting: Vec<&Arc<Mapping>> =
        Mapping::all_ready().filter(is_for_records).filter(is_meant).collect();
    // A layout that has all of another's columns and some more is known by those.
    let most = fitting.iter().map(|mapping| mapping.recognizes_by()).max().unwrap_or_default();
    fitting.retain(|mapping| mapping.recognizes_by() == most);
    match fitting.as_slice() {
        [mapping] => Ok(Arc::clone(mapping)),
        [] => {
            if header.is_some_and(|header| header.iter().any(|name| is_value(name))) {
                return Err(unmapped(
                    "its first line looks like a row, and not like the names of its columns: put them above it, and name a \
                     mapping with `--mapping`",
                ));
            }
            if let (None, Some((_, Err(fault)))) = (header, ahead.front())
                && ahead.iter().all(|(_, record)| record.is_err())
            {
                // What was found may name somebody.
                return Err(refused(format!(
                    "none of its records can be read: the first is to be {}",
                    fault.expected
                )));
            }
            let there = match (header, ahead.iter().find_map(|(_, record)| record.as_ref().ok())) {
                (Some(header), _) => listed(header.iter().map(String::as_str)),
                (None, Some(Owned::Json(Value::Object(members)))) => {
                    listed(members.keys().map(String::as_str))
                }
                _ => "nothing".to_owned(),
            };
            let columns: Vec<String> =
                match (header, ahead.iter().find_map(|(_, record)| record.as_ref().ok())) {
                    (Some(header), _) => header.to_vec(),
                    (None, Some(Owned::Json(Value::Object(members)))) => members.keys().cloned().collect(),
                    _ => Vec::new(),
                };
            let nearest = Mapping::nearest_ready(&columns).map_or(String::new(), |(mapping, missing)| {
                let name = mapping.name();
                format!(
                    "; the nearest is `{name}`, which knows a file by {} as well: export that, or try `--mapping {name}`, \
                     which says what it lacks",
                    listed(missing.iter().map(String::as_str))
                )
            });
            Err(unmapped(format!(
                "none of the ready mappings is for it (it has {there}){nearest}; `redtape mappings` lists them all, and \
                 `redtape mappings NAME` prints one to begin your own with"
            )))
        }
        several => Err(unmapped(format!(
            "several ready mappings are for it: name one of {} with `--mapping`",
            listed(several.iter().map(|mapping| mapping.name()))
        ))),
    }
}

/// Whether the name of a column is none, but an address or an instant.
fn is_value(name: &str) -> bool {
    let is_address = name.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !name.contains(char::is_whitespace)
    });
    let is_date = name.len() >= 10
        && name.bytes().zip("0000-00-00".bytes()).all(|(byte, form)| match form {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_address || is_date
}

#[cfg(test)]
mod tests {
    use super::super::{Bytes, Content, Input, LINE_BYTES_MAX};
    use super::*;
    use crate::input::Format;
    use proptest::prelude::*;

    /// Text that looks like an export now and then: headers and values of all mappings, and what breaks them.
    fn soup(is_json: bool) -> impl Strategy<Value = String> {
        let words: Vec<String> = Mapping::all_ready()
            .flat_map(|mapping| {
                mapping.text().split(|it: char| !it.is_alphanumeric() && it != '_').map(str::to_owned)
            })
            .filter(|word| word.len() > 1)
            .collect();
        let word = prop_oneof![
            4 => proptest::sample::select(words),
            2 => "2026-0[1-9]-[0-3][0-9]( [0-2][0-9]:[0-5][0-9])?",
            1 => "[0-9]{1,13}",
            1 => ".{0,4}",
            1 => Just("{\"u1\":{}}".to_owned()),
        ];
        let between = if is_json {
            prop::sample::select(vec![
                "\":\"",
                "\",\"",
                "\":[\"",
                "\"],\"",
                "\"},\n{\"",
                "\":null,\"",
                "\":{\"",
            ])
        } else {
            prop::sample::select(vec![",", ",", ",", ";", "\n", "\n", "\"", "\",\""])
        };
        let parts = proptest::collection::vec((word, between), 0..60);
        parts.prop_map(move |parts| {
            let text: String =
                parts.into_iter().flat_map(|(word, between)| [word, between.to_owned()]).collect();
            if is_json { format!("[{{\"{text}\"}}]") } else { text }
        })
    }

    /// Reads all of it: lines are JSON of a length that is allowed, and errors end it.
    fn read(text: &str, mapping: &Arc<Mapping>, from: Format) -> Result<(), TestCaseError> {
        let reading = Reading { from: Some(from), mapping: Some(Arc::clone(mapping)), ..Reading::default() };
        let bytes: Bytes = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut input = Input::begin(vec![("soup".to_owned(), bytes)], &reading).unwrap();
        while let Ok(Some(line)) = input.next_line() {
            if let Content::Text(text) = line.content {
                let value: Value = serde_json::from_str(text).unwrap();
                prop_assert!(text.len() <= LINE_BYTES_MAX && value.get("id").is_some());
                prop_assert!(!text.contains('\n'));
            }
        }
        Ok(())
    }

    fn of_records() -> impl Iterator<Item = &'static Arc<Mapping>> {
        Mapping::all_ready().filter(|mapping| mapping.has_activities())
    }

    /// A header with all columns of a mapping, so that its rows get through to it.
    fn header(mapping: &Mapping) -> (String, usize) {
        let names = mapping.names();
        (names.join(","), names.len())
    }

    proptest! {
        #[test]
        fn no_rows_make_it_panic_and_every_line_is_json(
            text in soup(false),
            at in 0..of_records().count(),
            cells in proptest::collection::vec("[0-9]{1,3}|2026-0[1-9]-[0-3][0-9]|.{0,3}|\"\"\"", 0..60),
        ) {
            let mapping = of_records().nth(at).unwrap();
            read(&text, mapping, Format::Csv)?;
            let (header, columns) = header(mapping);
            let rows: Vec<String> = cells.chunks(columns.max(1)).map(|cells| cells.join(",")).collect();
            read(&format!("{header}\n{}", rows.join("\n")), mapping, Format::Csv)?;
        }

        #[test]
        fn no_json_makes_it_panic_and_every_line_is_json(
            text in soup(true),
            at in 0..of_records().count(),
        ) {
            read(&text, Mapping::all_ready().nth(at).unwrap(), Format::Json)?;
        }
    }
}
