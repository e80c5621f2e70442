//! The same records in many dialects: every ready mapping reads the same activities from each, or says which column it cannot read.
//!
//! `tests/dialects.txt` tells what becomes of each; `UPDATE_EXPECT=1` writes it anew. A dialect from which *other* activities
//! come fails, whatever stands there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot read what it tests must end"
)]

use expect_test::expect_file;
use redtape_import::Accounts;
use redtape_import::Mapping;
use redtape_import::input::Reading;
use redtape_model::calendar;
use redtape_tests::dialect::{File, Sheet, documents, names, repeated, tables};
use redtape_tests::{Came, came, project};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

/// How often the records of a fixture are repeated, some weeks later each.
const TIMES: u64 = 5;
const SEED: u64 = 2026;

/// Where other activities are right: mapping, dialect, and why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("odoo-calendar-event", "flags x", "nothing under `active` does not say that a record is gone"),
    (
        "pipedrive-activities",
        "flags x",
        "nothing under `active_flag` does not say that a record is gone, and nothing under `done` no status",
    ),
    (
        "sharepoint-versions",
        "JSON, texts",
        "a blank means the value above in tables only; what names no account is counted",
    ),
    ("salesforce-task", "flags x", "nothing under `IsClosed` says no status"),
];

/// A file of a ready mapping.
struct Source {
    mapping: Arc<Mapping>,
    text: String,
    is_json: bool,
    /// A table of accounts, for records that name none.
    accounts: Option<Arc<Accounts>>,
}

/// What became of a dialect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Same,
    /// Some records are faults, or all of the file is refused; the column is named.
    Told,
    /// Other activities, and that is right.
    Explained,
    /// A character has no place in the encoding, or there is no such column.
    NotWritten,
}

/// All ready mappings that read tables or JSON, each with the file of its fixture.
fn sources() -> Vec<Source> {
    let source = |mapping: &Arc<Mapping>| {
        let folder = project().join("fixtures/exports").join(mapping.name());
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let is_table = |ending: &str| ending == "csv" || ending == "json";
        let file = files
            .filter(|file| file.extension().is_some_and(|ending| is_table(&ending.to_string_lossy())))
            .filter(|file| !file.ends_with("accounts.csv"))
            .find(|file| !file.file_name().unwrap().to_string_lossy().starts_with("expected"))?;
        Some(Source {
            mapping: Arc::clone(mapping),
            accounts: Some(folder.join("accounts.csv"))
                .filter(|table| table.is_file())
                .map(|table| Accounts::open(&[table]).unwrap()),
            is_json: file.extension().is_some_and(|ending| ending == "json"),
            text: fs::read_to_string(file).unwrap(),
        })
    };
    Mapping::all_ready().filter_map(source).collect()
}

impl Source {
    fn came(&self, file: &str, bytes: &[u8]) -> Result<Came, String> {
        let mapping = Some(Arc::clone(&self.mapping));
        let reading = Reading { mapping, accounts: self.accounts.clone(), ..Reading::default() };
        came(file, bytes, &reading)
    }

    fn records(&self) -> Vec<Value> {
        match serde_json::from_str(&self.text).unwrap() {
            Value::Array(records) => records,
            Value::Object(mut members) => {
                members.iter_mut().find_map(|(_, value)| value.as_array_mut().map(std::mem::take)).unwrap()
            }
            other => panic!("{other}"),
        }
    }
}

/// Activities with instants instead of their writing, how many of each.
fn counted(came: &Came) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in &came.lines {
        let mut value: Value = serde_json::from_str(line).unwrap();
        for name in ["at", "end", "revised"] {
            if let Some(at) = value[name].as_str().and_then(calendar::parse) {
                value[name] = json!(format!("{at:?}"));
            }
        }
        // What is not said to be of the whole day is not.
        if value["all_day"] == json!(false) {
            value.as_object_mut().unwrap().remove("all_day");
        }
        *found.entry(value.to_string()).or_default() += 1;
    }
    found
}

/// What became of a dialect, measured against what the same records are in the writing of the fixture; or what is wrong with that.
fn fate(
    mapping: &str,
    as_written: &Came,
    came: Result<Came, String>,
    columns: &[String],
) -> Result<Fate, String> {
    let names_column = |text: &str| columns.iter().any(|column| text.contains(column.trim()));
    let came = match came {
        Ok(came) => came,
        // Events in JSON are no table: the mapping says so.
        Err(text) if names_column(&text) || text.contains(mapping) => return Ok(Fate::Told),
        Err(text) => return Err(format!("it is refused, and no column is named: {text}")),
    };
    let (right, found) = (counted(as_written), counted(&came));
    let more = |of: &BTreeMap<String, usize>, than: &BTreeMap<String, usize>| -> Vec<String> {
        let is_more =
            |(line, count): &(&String, &usize)| than.get(*line).copied().unwrap_or_default() < **count;
        of.iter().filter(is_more).map(|(line, _)| line.clone()).collect()
    };
    let (other, missing) = (more(&found, &right), more(&right, &found));
    if other.is_empty() && missing.is_empty() {
        return Ok(Fate::Same);
    }
    let faults = came.faults.iter().filter(|fault| names_column(fault)).count();
    let new_faults = faults.saturating_sub(as_written.faults.len());
    // Of a case that lost an event the steps have other numbers.
    let is_of_case = new_faults > 0 && right.keys().all(|line| line.contains("approval-step"));
    let what = match (other.is_empty() || is_of_case, new_faults >= missing.len() || is_of_case) {
        (true, true) => return Ok(Fate::Told),
        (false, _) => "other activities",
        (true, false) => "lost without a word",
    };
    let some =
        |lines: &[String]| lines.iter().take(2).map(|line| format!("\n    {line}")).collect::<String>();
    Err(format!(
        "{what}, {new_faults} faults more\n  faults:{}\n  missing:{}\n  other:{}\n  notes:{}",
        some(&came.faults),
        some(&missing),
        some(&other),
        some(&came.notes)
    ))
}

/// What became of dialects of one mapping's records, and what must not be.
#[derive(Default)]
struct Matrix {
    fates: BTreeMap<(usize, String), BTreeMap<String, Fate>>,
    wrong: Vec<String>,
}

impl Matrix {
    /// Reads files in dialects, each with its name, the file's name and its bytes; the first is as the fixture writes it.
    fn judge(&mut self, source: &Source, columns: &[String], files: Vec<File>) {
        let name = source.mapping.name();
        let mut files = files.into_iter();
        let (_, file, bytes) = files.next().unwrap();
        let as_written = source.came(file, &bytes.unwrap());
        let as_written = as_written.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(as_written.lines.len() > 5, "{name}: {as_written:?}");
        for (at, (dialect, file, bytes)) in files.enumerate() {
            let fate = match bytes {
                None => Fate::NotWritten,
                Some(bytes) => match fate(name, &as_written, source.came(file, &bytes), columns) {
                    Ok(fate) => fate,
                    Err(_) if EXPLAINED.iter().any(|it| (it.0, it.1) == (name, &dialect)) => Fate::Explained,
                    Err(what) => {
                        self.wrong.push(format!("{name}, {dialect}: {what}"));
                        continue;
                    }
                },
            };
            self.fates.entry((at, dialect)).or_default().insert(name.to_owned(), fate);
        }
    }

    /// A line for each dialect: how many mappings read the same, and which do not.
    fn told(&self) -> String {
        let line = |((_, dialect), fates): (&(usize, String), &BTreeMap<String, Fate>)| {
            let of = |fate: Fate| -> Vec<&str> {
                fates.iter().filter(|(_, it)| **it == fate).map(|(name, _)| name.as_str()).collect()
            };
            let mut line = format!("{dialect}: the same from {}", of(Fate::Same).len());
            for (what, fate) in [
                ("told", Fate::Told),
                ("explained", Fate::Explained),
                ("cannot be written", Fate::NotWritten),
            ] {
                let names = of(fate);
                if !names.is_empty() {
                    line += &format!("; {what}: {}", names.join(", "));
                }
            }
            line + "\n"
        };
        self.fates.iter().map(line).collect()
    }
}

#[test]
fn tables_mean_the_same_in_every_dialect() {
    let mut matrix = Matrix::default();
    for source in sources() {
        let sheet = if source.is_json {
            Sheet::of_json(&source.records())
        } else {
            Some(Sheet::of_csv(&source.text))
        };
        let Some(sheet) = sheet.map(|sheet| sheet.repeated(TIMES, SEED)) else { continue };
        // Some mappings know JSON only, for people in lists of lists.
        let files = tables(&sheet);
        if source.is_json && source.came("a.csv", files[0].2.as_ref().unwrap()).is_err() {
            continue;
        }
        matrix.judge(&source, &sheet.header, files);
    }
    assert!(
        matrix.wrong.is_empty(),
        "{} dialects are misread:\n{}",
        matrix.wrong.len(),
        matrix.wrong.join("\n")
    );
    expect_file![project().join("tests/dialects.txt")].assert_eq(&matrix.told());
}

#[test]
fn documents_mean_the_same_in_every_dialect() {
    let mut matrix = Matrix::default();
    for source in sources().into_iter().filter(|source| source.is_json) {
        let whole: Value = serde_json::from_str(&source.text).unwrap();
        let key = whole.as_object().and_then(|members| {
            members.iter().find(|(_, value)| value.is_array()).map(|(name, _)| name.clone())
        });
        let records = repeated(&source.records(), TIMES);
        let mut columns = Vec::new();
        names(&json!(records), &mut columns);
        columns.sort();
        columns.dedup();
        matrix.judge(&source, &columns, documents(&records, key.as_deref()));
    }
    assert!(
        matrix.wrong.is_empty(),
        "{} dialects are misread:\n{}",
        matrix.wrong.len(),
        matrix.wrong.join("\n")
    );
    expect_file![project().join("tests/document-dialects.txt")].assert_eq(&matrix.told());
}
