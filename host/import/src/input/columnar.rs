//! Records in columns with types: Parquet and Arrow IPC, in the feature `parquet`.
//!
//! A row becomes what it would be in CSV, so that mappings and tables of events hold for both: times are ISO 8601, what
//! has parts is JSON, nothing is blank.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_json::LineDelimitedWriter;
use arrow_schema::ArrowError;
use csv::StringRecord;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::value::RawValue;

use super::faults::Fault;
use super::format::ARROW_FILE;
use super::mapped::{Owned, Records};
use super::plain::Plain;
use super::rows::{COLUMNS_MAX, ROW_BYTES_MAX};
use crate::error::{refused, too_large};

/// Rows that become text at once: a value that many rows share is small in a file, and takes its size for each here.
const BATCH_ROWS: usize = 256;
/// Bytes of one column in a group of rows, unpacked.
const CHUNK_BYTES_MAX: i64 = 1 << 30;
/// Bytes of a file that is read from its end, and put aside for that.
const FILE_BYTES_MAX: u64 = 4 << 30;

/// The rows of an input.
pub(super) struct Columnar {
    batches: Batches,
    columns: Vec<String>,
    /// What is left of the batch that was read last: in Arrow IPC one can hold all rows.
    batch: Option<RecordBatch>,
    /// Its rows that are next, each a JSON object on a line.
    lines: io::Cursor<Vec<u8>>,
    read: u64,
}

type Batches = Box<dyn RecordBatchReader + Send>;

impl Columnar {
    /// Begins a Parquet file; gives the names of its columns with it.
    pub(super) fn parquet(plain: Plain) -> io::Result<(Vec<String>, Self)> {
        let file = whole(plain, FILE_BYTES_MAX)?;
        Self::of(Box::new(guarded("its footer", || begun(file))??))
    }

    /// The same of Arrow IPC, as a file or a stream.
    pub(super) fn arrow(mut plain: Plain) -> io::Result<(Vec<String>, Self)> {
        if plain.fill_buf()?.starts_with(ARROW_FILE) {
            let file = BufReader::new(whole(plain, FILE_BYTES_MAX)?);
            let reader = guarded("its footer", || FileReader::try_new(file, None))?.map_err(damaged)?;
            return Self::of(Box::new(reader));
        }
        let reader = guarded("its schema", || StreamReader::try_new(plain, None))?.map_err(damaged)?;
        Self::of(Box::new(reader))
    }

    fn of(batches: Batches) -> io::Result<(Vec<String>, Self)> {
        let schema = batches.schema();
        let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        if columns.len() > COLUMNS_MAX {
            return Err(too_large(
                COLUMNS_MAX,
                format!("it has {} columns: at most {COLUMNS_MAX} are read", columns.len()),
            ));
        }
        let again =
            columns.iter().enumerate().find(|(at, name)| columns.iter().take(*at).any(|it| it == *name));
        if let Some((_, name)) = again {
            return Err(refused(format!("two of its columns are named `{}`", super::shortened(name))));
        }
        let (lines, names) = (io::Cursor::default(), columns.clone());
        Ok((columns, Self { batches, columns: names, batch: None, lines, read: 0 }))
    }

    /// The next row as JSON; none at the end.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        while self.lines.read_until(b'\n', line)? == 0 {
            let place = format!("the rows from {} on", self.read + 1);
            let unread = |error: ArrowError| {
                refused(format!("{place} cannot be read: {}", crate::text::printable(&error.to_string())))
            };
            let batch = match self.batch.take() {
                Some(batch) => batch,
                None => match guarded(&place, || self.batches.next())? {
                    Some(batch) => batch.map_err(unread)?,
                    None => return Ok(false),
                },
            };
            let rows = batch.num_rows().min(BATCH_ROWS);
            let mut writer = LineDelimitedWriter::new(Vec::new());
            writer.write(&batch.slice(0, rows)).map_err(unread)?;
            self.lines = io::Cursor::new(writer.into_inner());
            self.batch = (rows < batch.num_rows()).then(|| batch.slice(rows, batch.num_rows() - rows));
        }
        Ok(true)
    }
}

impl Records for Columnar {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        let mut line = Vec::new();
        if !self.line(&mut line)? {
            return Ok(None);
        }
        self.read += 1;
        if line.len() as u64 > ROW_BYTES_MAX {
            let fault = Fault {
                field: String::new(),
                found: format!("{} bytes", line.len()),
                expected: format!("a row of at most {ROW_BYTES_MAX} bytes"),
            };
            return Ok(Some((self.read, Some(fault))));
        }
        if !matches!(record, Owned::Row(_)) {
            *record = Owned::Row(StringRecord::new());
        }
        let Owned::Row(row) = record else { return Ok(None) };
        row.clear();
        // What is null is not written at all.
        let values: BTreeMap<String, &RawValue> = serde_json::from_slice(&line)?;
        for column in &self.columns {
            row.push_field(&values.get(column).map_or(Ok(Cow::Borrowed("")), |value| text(value))?);
        }
        Ok(Some((self.read, None)))
    }
}

/// A value as a column of CSV has it.
fn text(value: &RawValue) -> io::Result<Cow<'_, str>> {
    match value.get() {
        quoted if quoted.starts_with('"') => Ok(serde_json::from_str::<String>(quoted)?.into()),
        other => Ok(other.into()),
    }
}

fn begun(file: File) -> io::Result<ParquetRecordBatchReader> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
    for (number, group) in builder.metadata().row_groups().iter().enumerate() {
        if let Some(column) = group.columns().iter().find(|it| it.uncompressed_size() > CHUNK_BYTES_MAX) {
            let name = super::shortened(&column.column_path().string());
            return Err(too_large(
                CHUNK_BYTES_MAX,
                format!(
                    "its column `{name}` unpacks to {} bytes in the {}. group of rows: at most {CHUNK_BYTES_MAX} are read; \
                 write it with smaller groups",
                    column.uncompressed_size(),
                    number + 1
                ),
            ));
        }
    }
    builder.with_batch_size(BATCH_ROWS).build().map_err(damaged)
}

/// All of an input as a file that goes away by itself: what the columns are stands at its end.
fn whole(plain: Plain, bytes_max: u64) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut plain.take(bytes_max + 1), &mut file)? > bytes_max {
        return Err(too_large(bytes_max, format!("it is longer than {bytes_max} bytes: split it")));
    }
    file.rewind()?;
    Ok(file)
}

fn damaged(error: impl std::fmt::Display) -> io::Error {
    refused(format!(
        "it is damaged, or of a kind that is not read: {}",
        crate::text::printable(&error.to_string())
    ))
}

/// What the readers' libraries make of damaged bytes, where they give up instead of saying so.
fn guarded<T>(place: &str, read: impl FnOnce() -> T) -> io::Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .map_err(|_panic| refused(format!("{place} cannot be read: it is damaged")))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{Array, DictionaryArray};
    use arrow_ipc::writer::{FileWriter, StreamWriter};
    use arrow_json::ReaderBuilder;
    use arrow_schema::{DataType, Field, Schema, TimeUnit};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::properties::WriterProperties;
    use serde_json::{Map, Value};

    use super::super::{Bytes, Content, Input, Reading};
    use super::*;
    use crate::Mapping;
    use crate::calendar::Zone;

    /// What a column of text is, where each of its values says the same and nothing is lost.
    fn kind<'a>(values: impl Iterator<Item = &'a str> + Clone) -> DataType {
        let mut values = values.filter(|value| !value.is_empty());
        let all = |is: &dyn Fn(&str) -> bool| values.clone().all(is);
        let is_time = |value: &str, form: &str| {
            chrono::NaiveDateTime::parse_from_str(value, form)
                .is_ok_and(|at| at.format(form).to_string() == value)
        };
        if values.clone().next().is_none() {
            DataType::Null
        } else if all(&|value| value.parse::<i64>().is_ok_and(|number| number.to_string() == value)) {
            DataType::Int64
        } else if all(&|value| ["true", "false"].contains(&value)) {
            DataType::Boolean
        } else if all(&|value| is_time(value, "%Y-%m-%dT%H:%M:%S.000Z")) {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        } else if all(&|value| is_time(value, "%Y-%m-%d %H:%M:%S")) {
            DataType::Timestamp(TimeUnit::Millisecond, None)
        } else if values.next().is_some_and(|value| value.len() > 20) {
            DataType::LargeUtf8
        } else {
            DataType::Utf8
        }
    }

    /// The rows of a table as a batch whose columns have types.
    fn typed(text: &str, delimiter: u8) -> RecordBatch {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows = reader.records().map(Result::unwrap);
        // There is no row of another length.
        let rows: Vec<StringRecord> = rows.filter(|row| row.len() == header.len()).collect();
        // Nor is there a name twice, as Jira writes one for each value; no mapping reads such a column.
        let is_once = |name: &str| header.iter().filter(|other| *other == name).count() == 1;
        let places: Vec<usize> = (0..header.len()).filter(|at| is_once(&header[*at])).collect();
        let kept = |row: &StringRecord| places.iter().map(|at| row[*at].to_owned()).collect::<StringRecord>();
        let (header, rows) = (kept(&header), rows.iter().map(kept).collect::<Vec<_>>());
        let fields: Vec<Field> = header
            .iter()
            .enumerate()
            .map(|(at, name)| Field::new(name, kind(rows.iter().map(|row| &row[at])), true))
            .collect();
        let mut lines = String::new();
        for row in &rows {
            let value = |(field, value): (&Field, &str)| {
                let value = match field.data_type() {
                    _ if value.is_empty() => Value::Null,
                    DataType::Int64 | DataType::Boolean => serde_json::from_str(value).unwrap(),
                    _ => value.into(),
                };
                (field.name().clone(), value)
            };
            let object: Map<String, Value> = fields.iter().zip(row).map(value).collect();
            lines += &format!("{}\n", Value::Object(object));
        }
        batch(Schema::new(fields), &lines)
    }

    fn batch(schema: Schema, lines: &str) -> RecordBatch {
        let reader = ReaderBuilder::new(Arc::new(schema)).with_batch_size(1 << 20).build(lines.as_bytes());
        reader.unwrap().next().unwrap().unwrap()
    }

    /// The batch in every form that is read, in groups of a few rows.
    fn written(batch: &RecordBatch) -> Vec<(&'static str, Vec<u8>)> {
        let parquet = |compression: Compression| {
            let properties = WriterProperties::builder().set_compression(compression);
            let properties = properties.set_max_row_group_row_count(Some(3)).build();
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
            writer.write(batch).unwrap();
            writer.into_inner().unwrap()
        };
        let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        file.write(batch).unwrap();
        let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        stream.write(batch).unwrap();
        vec![
            ("zstd", parquet(Compression::ZSTD(ZstdLevel::default()))),
            ("snappy", parquet(Compression::SNAPPY)),
            ("lz4", parquet(Compression::LZ4_RAW)),
            ("gzip", parquet(Compression::GZIP(parquet::basic::GzipLevel::default()))),
            ("file", file.into_inner().unwrap()),
            ("stream", stream.into_inner().unwrap()),
        ]
    }

    /// The activities, then why there are not more.
    fn read(bytes: Vec<u8>, reading: &Reading) -> String {
        let bytes: Bytes = Box::new(io::Cursor::new(bytes));
        let mut input = Input::begin(vec![("export".to_owned(), bytes)], reading).unwrap();
        let mut told = String::new();
        loop {
            match input.next_line() {
                Ok(Some(line)) => match line.content {
                    Content::Text(text) => told += &format!("{text}\n"),
                    other => told += &format!("{}: {:?}\n", line.origin.line, other.text()),
                },
                Ok(None) => return told,
                Err(error) => {
                    let source = std::error::Error::source(&error).map(ToString::to_string);
                    return told + &format!("{error}: {}\n", source.unwrap_or_default());
                }
            }
        }
    }

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/exports")
    }

    #[test]
    fn every_export_in_columns_says_what_it_says_as_text() {
        let mut seen = Vec::new();
        for mapping in Mapping::all_ready() {
            let folder = fixtures().join(mapping.name());
            let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
            let Some(file) = files.into_iter().find(|file| {
                file.extension().is_some_and(|it| it == "csv") && !file.ends_with("accounts.csv")
            }) else {
                continue;
            };
            let text = std::fs::read_to_string(file).unwrap();
            let text = text.trim_start_matches('\u{feff}');
            let delimiter = if text.lines().next().unwrap().contains(';') { b';' } else { b',' };
            let options = std::fs::read_to_string(folder.join("options.txt")).unwrap_or_default();
            let time_zone =
                options.trim().strip_prefix("--time-zone ").map(|zone| Zone::named(zone).unwrap());
            let reading = Reading { time_zone, ..Reading::default() };
            let batch = typed(text, delimiter);
            seen.extend(batch.schema().fields().iter().map(|field| field.data_type().clone()));
            // Faults name the row here, the line there.
            let expected = read(text.as_bytes().to_vec(), &reading);
            let whole =
                |told: &str| told.lines().filter(|line| line.starts_with('{')).collect::<Vec<_>>().join("\n");
            assert!(whole(&expected).len() > 100, "{}", folder.display());
            for (form, bytes) in written(&batch) {
                let told = read(bytes, &reading);
                assert_eq!(whole(&told), whole(&expected), "{} as {form}", mapping.name());
                let is_short = |line: &str| line.contains("as the header has");
                let faults = expected.lines().filter(|line| !line.starts_with('{') && !is_short(line));
                assert_eq!(
                    told.lines().count(),
                    whole(&expected).lines().count() + faults.count(),
                    "{} as {form}",
                    mapping.name()
                );
            }
        }
        for kind in [DataType::Int64, DataType::Boolean, DataType::Utf8, DataType::LargeUtf8, DataType::Null]
        {
            assert!(seen.contains(&kind), "no column is {kind}");
        }
        assert!(
            seen.iter().any(|kind| matches!(kind, DataType::Timestamp(_, Some(_)))),
            "no column is a time"
        );
    }

    #[test]
    fn what_has_parts_is_json_for_the_mapping() {
        let mapping = r#"
            [[activity]]
            kind = "meeting"
            id = "id"
            at = "start"
            account = { cel = "row.account" }
            duration_min = { from = "hours", unit = "h" }
            participants = [{ from = "people", json = true }, { from = "guests", json = true, item = "mail" }]
        "#;
        let text = DataType::Utf8;
        let list = |of: DataType| DataType::List(Arc::new(Field::new("item", of, true)));
        let guest = DataType::Struct(vec![Field::new("mail", text.clone(), true)].into());
        let schema = Schema::new(vec![
            Field::new("id", DataType::UInt32, false),
            Field::new(
                "start",
                DataType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Berlin".into())),
                false,
            ),
            Field::new("account", text.clone(), false),
            Field::new("hours", DataType::Decimal128(5, 2), true),
            Field::new("people", list(text), true),
            Field::new("guests", list(guest), true),
        ]);
        let lines = r#"
            {"id":1,"start":"2026-05-04T09:00:00+02:00","account":"acme \"x\"","hours":"1.50","people":["u1","u2"],"guests":[{"mail":"a@b.c"}]}
            {"id":2,"start":"2026-01-05T09:00:00+01:00","account":"acme \"x\"","people":[]}"#;
        let mapping = Mapping::from_toml("m", mapping).unwrap();
        let reading = Reading { mapping: Some(mapping), ..Reading::default() };
        // A value that many rows have is held once.
        let (mut fields, mut columns, _) = batch(schema, lines).into_parts();
        let shared: DictionaryArray<Int8Type> = ["acme \"x\""; 2].into_iter().collect();
        let mut each = fields.fields().to_vec();
        each[2] = Arc::new(Field::new("account", shared.data_type().clone(), false));
        (fields, columns[2]) = (Arc::new(Schema::new(each)), Arc::new(shared));
        for (form, bytes) in written(&RecordBatch::try_new(fields, columns).unwrap()) {
            let expected = [
                r#"{"id":"2","at":"2026-01-05T09:00:00+01:00","account":"acme \"x\"","kind":"meeting"}"#,
                r#"{"id":"1","at":"2026-05-04T09:00:00+02:00","account":"acme \"x\"","kind":"meeting","duration_min":90,"participants":["u1","u2","a@b.c"]}"#,
                "",
            ];
            assert_eq!(read(bytes, &reading), expected.join("\n"), "{form}");
        }
    }

    #[test]
    fn rows_that_are_events_are_put_together_to_traces() {
        let table = "case:concept:name,concept:name,org:resource,time:timestamp\n\
                     1,submitted,a,2026-05-04T09:00:00.000Z\n\
                     2,submitted,a,2026-05-04T10:00:00.000Z\n\
                     1,approved by manager,b,2026-05-05T09:00:00.000Z\n";
        let expected = read(table.as_bytes().to_vec(), &Reading::default());
        assert_eq!(expected.matches("approval-step").count(), 3, "{expected}");
        for (form, bytes) in written(&typed(table, b',')) {
            assert_eq!(read(bytes, &Reading::default()), expected, "{form}");
        }
    }

    #[test]
    fn a_batch_of_any_size_is_read_row_by_row() {
        let mapping = "[[activity]]\nkind = 'exchange'\nid = 'id'\nat = { value = '2026-05-04' }\n\
                       account = { value = 'acme' }\ndirection = { value = 'to-customer' }";
        let mapping = Mapping::from_toml("m", mapping).unwrap();
        let reading = Reading { mapping: Some(mapping), ..Reading::default() };
        for rows in [0, 1, BATCH_ROWS, BATCH_ROWS + 1, 3 * BATCH_ROWS - 1] {
            let lines: String = (0..rows).map(|row| format!("{{\"id\":{row}}}\n")).collect();
            let schema = Schema::new(vec![Field::new("id", DataType::Int64, true)]);
            let all =
                if rows == 0 { RecordBatch::new_empty(Arc::new(schema)) } else { batch(schema, &lines) };
            for (form, bytes) in written(&all) {
                let told = read(bytes, &reading);
                let ids: Vec<usize> = told
                    .lines()
                    .map(|line| line.split('"').nth(3).and_then(|id| id.parse().ok()).expect(line))
                    .collect();
                assert_eq!(ids, (0..rows).collect::<Vec<_>>(), "{form}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_one_error() {
        let (text, reading) = (DataType::Utf8, Reading::default());
        let one = |name: &str| batch(Schema::new(vec![Field::new(name, text.clone(), true)]), "{}");
        for (form, bytes) in written(&one("a")) {
            let told = read(bytes.clone(), &reading);
            assert!(told.contains("none of the ready mappings is for it (it has `a`)"), "{form}: {told}");
            let told = read(bytes[..bytes.len() / 2].to_vec(), &reading);
            assert!(
                told.lines().count() == 1
                    && told.contains(if form == "stream" { "cannot be read" } else { "damaged" }),
                "{form}: {told}"
            );
        }
        let twice =
            Schema::new(vec![Field::new("a", text.clone(), true), Field::new("a", text.clone(), true)]);
        let twice = RecordBatch::new_empty(Arc::new(twice));
        let mut stream = StreamWriter::try_new(Vec::new(), &twice.schema()).unwrap();
        stream.write(&twice).unwrap();
        let told = read(stream.into_inner().unwrap(), &reading);
        assert!(told.contains("two of its columns are named `a`"), "{told}");
        let wide = (0..1001).map(|at| Field::new(format!("c{at}"), text.clone(), true)).collect::<Vec<_>>();
        let wide = RecordBatch::new_empty(Arc::new(Schema::new(wide)));
        for (form, bytes) in written(&wide) {
            let told = read(bytes, &reading);
            assert!(told.contains("it has 1001 columns: at most 1000 are read"), "{form}: {told}");
        }
        let plain = |bytes: &[u8]| Plain::begin(Box::new(io::Cursor::new(bytes.to_vec())), 1 << 10).unwrap();
        assert!(whole(plain(&[0; 5_000]), 5_000).is_ok());
        let long = whole(plain(&[0; 5_001]), 5_000).unwrap_err();
        assert_eq!(long.to_string(), "it is longer than 5000 bytes: split it");
    }

    #[test]
    fn a_row_that_is_too_long_leaves_the_rest() {
        let mapping = "[[activity]]\nkind = 'exchange'\nid = 'id'\nat = 'at'\naccount = { value = 'acme' }\n\
                       direction = { value = 'to-customer' }";
        let field = |name: &str| Field::new(name, DataType::Utf8, true);
        let schema = Schema::new(vec![field("id"), field("at"), field("text")]);
        let row =
            |id: u8, text: &str| format!("{{\"id\":\"{id}\",\"at\":\"2026-05-04\",\"text\":\"{text}\"}}\n");
        let lines = row(1, "") + &row(2, &"x".repeat(1 << 20)) + &row(3, "");
        let mapping = Mapping::from_toml("m", mapping).unwrap();
        let reading = Reading { mapping: Some(mapping), ..Reading::default() };
        for (form, bytes) in written(&batch(schema, &lines)) {
            let told = read(bytes, &reading);
            assert_eq!(told.matches("\"kind\":\"exchange\"").count(), 2, "{form}: {told}");
            assert!(
                told.contains("2: Err") && told.contains("a row of at most 1048576 bytes"),
                "{form}: {told}"
            );
        }
    }

    proptest::proptest! {
        /// A library that reads binary files has many corners: damage is an error, or other values, and never the end.
        #[test]
        fn no_damage_makes_it_panic(
            form in 0..6usize,
            edits in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..5),
        ) {
            let table = "Id,ContentDocumentId,VersionNumber\n1,a,1\n2,a,2\n3,b,1\n4,a,3\n";
            let (_, mut bytes) = written(&typed(table, b',')).swap_remove(form);
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            read(bytes, &Reading::default());
        }
    }
}
