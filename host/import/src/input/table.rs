//! Process logs as tables: a row for each event, which names its trace.
//!
//! Rows of a trace need not stand together, so all are held, up to a limit.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;

use csv::StringRecord;

use super::faults::{Fault, Faults};
use super::mapped::{Owned, Records};
use super::plain::Stored;
use super::trace::{Attributes, Event, Trace, Traces};
use crate::cells;
use crate::error::refused;
use crate::mapping::{find, placed, repeated};

/// The column that names the trace, unless a mapping names another.
pub(super) const CASE: &str = "case:concept:name";
/// Begins the columns that are said of a trace.
const OF_TRACE: &str = "case:";

/// Rows that are put together to traces, in the order in which each first appears.
pub(super) struct Table {
    records: Option<Box<dyn Records>>,
    header: Vec<Arc<str>>,
    /// Place of the column that names the trace.
    case: usize,
    traces: VecDeque<Trace>,
    faults: Faults,
    remarks: Vec<String>,
    /// Bytes of the input so far, as it is stored.
    stored: Stored,
}

impl Table {
    /// # Errors
    ///
    /// Where no column has the name `case`.
    pub(super) fn begin(
        records: Box<dyn Records>,
        header: &[String],
        case: &str,
        stored: Stored,
    ) -> io::Result<Self> {
        let twice: Vec<String> = repeated(header)
            .iter()
            .map(|(name, places)| format!("`{}` ({})", super::shortened(name), placed(places)))
            .collect();
        if !twice.is_empty() {
            return Err(refused(format!(
                "its header has columns of one name: {}; which is meant cannot be told: give each a name of its own",
                twice.join(", ")
            )));
        }
        let Some(place) = find(case, header) else {
            return Err(refused(format!(
                "no column is named `{}`, which names the trace of an event; a mapping can name another one, as `case`",
                super::shortened(case)
            )));
        };
        let header = header.iter().map(|name| Arc::from(&**name)).collect();
        Ok(Self {
            records: Some(records),
            header,
            case: place,
            traces: VecDeque::new(),
            faults: Faults::default(),
            remarks: Vec::new(),
            stored,
        })
    }

    fn read(&mut self, mut records: Box<dyn Records>) -> io::Result<()> {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let of_trace = self.header.iter().filter(|name| of_trace_named(name).is_some()).count();
        let (mut current, mut bytes) = (Owned::Row(StringRecord::new()), 0);
        while let Some((line, fault)) = records.next(&mut current)? {
            if let Some(fault) = fault {
                self.faults.push(line, fault);
                continue;
            }
            let Owned::Row(row) = &current else { continue };
            let Some(case) = row.get(self.case).map(cells::said).filter(|case| !case.is_empty()) else {
                let field = self.header.get(self.case).map(ToString::to_string).unwrap_or_default();
                let expected = "the name of a trace".to_owned();
                self.faults.push(line, Fault { field, found: String::new(), expected });
                continue;
            };
            let attributes = self.attributes(row, false);
            bytes += attributes.bytes() + size_of::<Event>();
            let event = Event { line, attributes };
            let place = places.get(case).copied().unwrap_or(self.traces.len());
            if let Some(trace) = self.traces.get_mut(place) {
                trace.events.push(event);
                // What is said of a trace may stand in some of its rows only.
                if trace.attributes.len() < of_trace {
                    let more = self.attributes(row, true);
                    if let Some(trace) = self.traces.get_mut(place) {
                        bytes += trace.attributes.fill(more);
                    }
                }
            } else {
                places.insert(case.to_owned(), place);
                let mut attributes = self.attributes(row, true);
                attributes.add(Arc::from(super::trace::NAME), case);
                bytes += attributes.bytes() + size_of::<Trace>() + case.len();
                self.traces.push_back(Trace { line, attributes, events: vec![event] });
            }
            if bytes as u64 > self.stored.held_max() {
                let told = format!(
                    "line {line}: its events take more than {} MiB: split it by time",
                    self.stored.held_max() >> 20
                );
                return Err(refused(told));
            }
        }
        self.remarks = records.remarks();
        Ok(())
    }

    /// What a row says of its trace, or of itself. What is empty is not there.
    fn attributes(&self, row: &StringRecord, of_trace: bool) -> Attributes {
        let mut attributes = Attributes::default();
        for (name, value) in
            self.header.iter().zip(row.iter().map(cells::said)).filter(|(_, it)| !it.is_empty())
        {
            match of_trace_named(name) {
                Some(name) if of_trace => attributes.add(name.into(), value),
                None if !of_trace => attributes.add(Arc::clone(name), value),
                _ => {}
            }
        }
        attributes
    }
}

/// The name of what a column says of its trace; none where it speaks of the event.
fn of_trace_named(name: &str) -> Option<&str> {
    let (begin, rest) = name.split_at_checked(OF_TRACE.len())?;
    begin.eq_ignore_ascii_case(OF_TRACE).then_some(rest)
}

impl Traces for Table {
    fn next(&mut self) -> io::Result<Option<Trace>> {
        if let Some(records) = self.records.take() {
            self.read(records)?;
        }
        Ok(self.traces.pop_front())
    }

    fn remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    fn faults(&mut self) -> Faults {
        std::mem::take(&mut self.faults)
    }
}
