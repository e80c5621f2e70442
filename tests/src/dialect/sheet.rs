//! A table with what its columns hold.

use super::cell::{self, Cell, Kind};
use crate::company::Random;
use serde_json::{Map, Value};

/// Names that tell one record, or one case, from another.
const IDS: &[&str] =
    &["id", "activityid", "processinstanceid", "case:concept:name", "concept:instance", "eventid"];

/// Columns with their kinds, and rows of cells.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The names of the columns, as they are written.
    pub header: Vec<String>,
    /// What they hold.
    pub kinds: Vec<Kind>,
    /// A row for each record.
    pub rows: Vec<Vec<Cell>>,
}

/// Tells how to write a cell of a column.
pub(super) type Mended<'a> = &'a dyn Fn(Kind, &Cell) -> String;

impl Sheet {
    /// Reads a CSV file as a CRM wrote it. Rows that have not as many fields as the header are left out.
    pub fn of_csv(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let first = text.lines().next().unwrap_or_default();
        let delimiter = if first.matches(';').count() > first.matches(',').count() { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new();
        let mut reader =
            reader.delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut rows: Vec<Vec<String>> = reader
            .records()
            .filter_map(Result::ok)
            .map(|row| row.iter().map(str::to_owned).collect())
            .collect();
        let header = rows.remove(0);
        rows.retain(|row| row.len() == header.len());
        Self::of_texts(header, &rows)
    }

    /// Flat records of JSON; members that are lists are left out. None where there is nothing else.
    pub fn of_json(records: &[Value]) -> Option<Self> {
        let flat: Vec<Map<String, Value>> = records.iter().map(flat).collect();
        let mut header: Vec<String> = Vec::new();
        for name in flat.iter().flat_map(Map::keys) {
            if !header.contains(name) {
                header.push(name.clone());
            }
        }
        let text = |record: &Map<String, Value>, name: &String| match record.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let rows: Vec<Vec<String>> =
            flat.iter().map(|record| header.iter().map(|name| text(record, name)).collect()).collect();
        (!header.is_empty()).then(|| Self::of_texts(header, &rows))
    }

    fn of_texts(header: Vec<String>, rows: &[Vec<String>]) -> Self {
        let column = |at: usize| rows.iter().filter_map(move |row| row.get(at).map(String::as_str));
        let kinds: Vec<Kind> =
            header.iter().enumerate().map(|(at, name)| cell::kind(name, column(at))).collect();
        let row =
            |row: &Vec<String>| kinds.iter().zip(row).map(|(kind, text)| Cell::of(*kind, text)).collect();
        let rows = rows.iter().map(row).collect();
        Self { header, kinds, rows }
    }

    /// The same records several times, each time some days later and under ids of their own, so that days beyond the
    /// twelfth are among them.
    #[must_use]
    pub fn repeated(&self, times: u64, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut rows = self.rows.clone();
        for time in 1..=times {
            let days = 9 + 17 * time + random.below(5);
            for row in &self.rows {
                let cells = self.header.iter().zip(row).map(|(name, cell)| {
                    let cell = cell.clone().later(days);
                    if IDS.contains(&name.to_lowercase().as_str()) { renamed(cell, time) } else { cell }
                });
                rows.push(cells.collect());
            }
        }
        Self { rows, ..self.clone() }
    }

    /// Its columns in another order.
    #[must_use]
    pub fn turned(&self) -> Self {
        let mut turned = self.clone();
        turned.header.reverse();
        turned.kinds.reverse();
        turned.rows.iter_mut().for_each(|row| row.reverse());
        turned
    }

    /// With a column more, in front and behind, that nobody knows.
    #[must_use]
    pub fn widened(&self) -> Self {
        let mut wide = self.clone();
        let text = |text: &str| Cell::Text(text.to_owned());
        wide.header.insert(0, "Row №".to_owned());
        wide.kinds.insert(0, Kind::Digits);
        wide.header.push("Färbung, innen".to_owned());
        wide.kinds.push(Kind::Text);
        for (at, row) in wide.rows.iter_mut().enumerate() {
            row.insert(0, text(&at.to_string()));
            row.push(text("weiß; \"matt\", 1|2"));
        }
        wide
    }

    /// With other names of its columns.
    #[must_use]
    pub fn named(&self, name: impl Fn(&str) -> String) -> Self {
        Self { header: self.header.iter().map(|it| name(it)).collect(), ..self.clone() }
    }

    /// Its cells as texts.
    pub fn texts(&self, write: Mended<'_>) -> Vec<Vec<String>> {
        let row =
            |row: &Vec<Cell>| self.kinds.iter().zip(row).map(|(kind, cell)| write(*kind, cell)).collect();
        self.rows.iter().map(row).collect()
    }

    /// Its rows as flat JSON objects.
    pub fn objects(&self, write: &dyn Fn(Kind, &Cell) -> Value) -> Vec<Value> {
        let object = |row: &Vec<Cell>| {
            let cells = self.header.iter().zip(self.kinds.iter().zip(row));
            Value::Object(cells.map(|(name, (kind, cell))| (name.clone(), write(*kind, cell))).collect())
        };
        self.rows.iter().map(object).collect()
    }
}

fn renamed(cell: Cell, time: u64) -> Cell {
    let Cell::Text(text) = cell else { return cell };
    if let Ok(number) = text.parse::<u64>() {
        return Cell::Text((number + time * 1_000).to_string());
    }
    let renamed = text.replacen("0000", &format!("{time:04}"), 1);
    Cell::Text(if renamed == text { format!("{text}{time}") } else { renamed })
}

/// Members of members by their paths; lists are left out.
fn flat(record: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let Value::Object(members) = record else { return found };
    for (name, value) in members {
        match value {
            Value::Object(_) => {
                found
                    .extend(flat(value).into_iter().map(|(inner, value)| (format!("{name}.{inner}"), value)));
            }
            Value::Array(_) => {}
            other => drop(found.insert(name.clone(), other.clone())),
        }
    }
    found
}
