//! The same export as Parquet, and what its library alone takes to read it.

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// Writes a CSV file as Parquet with Snappy, which most tools take.
pub(crate) fn write(csv: &Path, to: &Path) {
    let mut reader = csv::Reader::from_path(csv).expect("the file is there");
    let header = reader.headers().expect("there is a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("the file is right")).collect();
    let column = |at: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row.get(at).filter(|it| !it.is_empty())).collect::<StringArray>())
    };
    let columns = header.iter().enumerate().map(|(at, name)| (name, column(at)));
    let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)));
    let batch = batch.expect("columns have one length");
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let file = File::create(to).expect("the target folder can be written");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("it is text");
    writer.write(&batch).expect("the target folder can be written");
    writer.close().expect("the target folder can be written");
}

/// The parquet crate's batches, and nothing done with them.
pub(crate) fn alone(file: &Path) -> usize {
    let file = File::open(file).expect("the file is there");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    reader
        .expect("the file is right")
        .map(|batch| black_box(batch.expect("the file is right")).num_rows())
        .sum()
}
