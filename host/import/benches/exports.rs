//! Exports become activities: lines a second, beside a plain parse of the same file by the format's own library.
//!
//! How to read it: `tests/README.md`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement says what it found, or ends")]

use redtape_import::input::{Content, Reading};
use redtape_import::mapping::{Made, Record};
use redtape_import::{Input, Mapping};
use std::fmt::Write;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use self::in_turn::Read;

#[path = "shared/in_turn.rs"]
mod in_turn;

#[cfg(feature = "parquet")]
#[path = "exports/columnar.rs"]
mod columnar;

const RECORDS: usize = 200_000;
/// A mapping without expressions: what columns alone cost.
const COLUMNS_ONLY: &str = r#"
[[activity]]
kind = "meeting"
id = "Id"
at = "StartDateTime"
account = ["AccountId", "WhatId"]
duration_min = "DurationInMinutes"
participants = [{ from = "OwnerId", side = "internal" }, { from = "WhoId", side = "customer" }]
title = "Subject"
all_day = "IsAllDayEvent"
"#;

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let csv = written(&folder.join("events.csv"), &rows());
    let json = written(&folder.join("meetings.json"), &meetings());
    let plain = Mapping::from_toml("columns only", COLUMNS_ONLY).expect("the mapping is right");
    let ready = |name: &str| Mapping::ready(name).expect("the mapping is ready");
    compare(
        "CSV",
        &csv,
        &[
            ("csv alone", Box::new(|| csv_alone(&csv))),
            ("mapped, columns only", Box::new(|| mapped(&csv, &plain))),
            (
                "mapped, salesforce-event with its filter",
                Box::new(|| mapped(&csv, &ready("salesforce-event"))),
            ),
            ("the same, put in the order of time", Box::new(|| input(&csv, &ready("salesforce-event")))),
        ],
    );
    #[cfg(feature = "parquet")]
    {
        let parquet = folder.join("events.parquet");
        columnar::write(&csv, &parquet);
        compare(
            "Parquet",
            &parquet,
            &[
                ("parquet alone", Box::new(|| columnar::alone(&parquet))),
                ("columns only, put in the order of time", Box::new(|| input(&parquet, &plain))),
                (
                    "salesforce-event with its filter, put in the order of time",
                    Box::new(|| input(&parquet, &ready("salesforce-event"))),
                ),
            ],
        );
    }
    compare(
        "JSON",
        &json,
        &[
            ("serde_json alone, the whole as a value", Box::new(|| json_alone(&json))),
            (
                "hubspot-meetings, put in the order of time",
                Box::new(|| input(&json, &ready("hubspot-meetings"))),
            ),
        ],
    );
}

fn compare(format: &str, file: &Path, reads: &[Read<'_>]) {
    let megabytes = fs::metadata(file).expect("the file is there").len() >> 20;
    in_turn::compare(&format!("{format}, {megabytes} MB"), (RECORDS, "records"), reads);
}

fn written(file: &Path, text: &str) -> PathBuf {
    fs::write(file, text).expect("the target folder can be written");
    file.to_owned()
}

/// Events of Salesforce, in the columns of an export.
fn rows() -> String {
    let mut text =
        "Id,WhoId,WhatId,Subject,Location,IsAllDayEvent,ActivityDateTime,ActivityDate,DurationInMinutes,\
        StartDateTime,EndDateTime,Description,AccountId,OwnerId,Type,IsPrivate,ShowAs,IsDeleted,IsChild,\
        IsGroupEvent,CreatedDate,CreatedById,LastModifiedDate,LastModifiedById,SystemModstamp,IsArchived,\
        RecurrenceActivityId\n"
            .to_owned();
    for number in 0..RECORDS {
        let (day, hour, account) = (1 + number / 300 % 28, 8 + number % 9, number % 3_000);
        let at = format!("2026-{:02}-{day:02}T{hour:02}:30:00.000Z", 1 + number / 9_000 % 12);
        let date = &at.get(..10).unwrap_or_default();
        writeln!(
            text,
            "00U{number:012}AAA,003{number:012}AAA,006{account:012}AAA,\"Review, weekly\",Room 4,false,{at},{date},60,\
             {at},{at},\"First line\nsecond \"\"line\"\"\",001{account:012}AAA,005{:012}AAA,Meeting,false,Busy,false,\
             false,false,{at},005000000000001AAA,{at},005000000000001AAA,{at},false,",
            number % 90
        )
        .expect("text can be written to");
    }
    text
}

/// Meetings of HubSpot, as the API lists them.
fn meetings() -> String {
    let mut text = "{\"results\":[".to_owned();
    for number in 0..RECORDS {
        let (day, hour) = (1 + number / 300 % 28, 8 + number % 9);
        let at = format!("2026-{:02}-{day:02}T{hour:02}", 1 + number / 9_000 % 12);
        let comma = if number == 0 { "" } else { "," };
        write!(
            text,
            "{comma}{{\"id\":\"{number}\",\"properties\":{{\"hs_meeting_start_time\":\"{at}:00:00Z\",\
             \"hs_meeting_end_time\":\"{at}:45:00Z\",\"hs_meeting_outcome\":\"COMPLETED\",\
             \"hs_meeting_title\":\"Review\",\"hubspot_owner_id\":\"{}\"}},\"createdAt\":\"{at}:00:00Z\",\
             \"updatedAt\":\"{at}:00:00Z\",\"archived\":false,\"associations\":{{\"companies\":{{\"results\":\
             [{{\"id\":\"{}\",\"type\":\"meeting_event_to_company\"}}]}},\"contacts\":{{\"results\":\
             [{{\"id\":\"{number}\",\"type\":\"meeting_event_to_contact\"}}]}}}}}}",
            number % 90,
            // Id 0 is nobody's.
            1 + number % 3_000
        )
        .expect("text can be written to");
    }
    text.push_str("]}\n");
    text
}

fn csv_alone(file: &Path) -> usize {
    let mut reader = csv::Reader::from_path(file).expect("the file is there");
    let mut row = csv::StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut row).expect("the file is right") {
        rows += usize::from(black_box(&row).len() > 1);
    }
    rows
}

/// The csv crate and the mapping, without what the host does around them.
fn mapped(file: &Path, mapping: &std::sync::Arc<Mapping>) -> usize {
    let mut reader = csv::Reader::from_path(file).expect("the file is there");
    let header: Vec<String> =
        reader.headers().expect("there is a header").iter().map(str::to_owned).collect();
    let mut bound = mapping.bind(&header, None).expect("the columns are there");
    bound.decide().expect("nothing is open");
    let mut row = csv::StringRecord::new();
    let mut lines = 0;
    while reader.read_record(&mut row).expect("the file is right") {
        bound.activities(Record::Row(&row), &mut |_, made| {
            lines += usize::from(matches!(black_box(made), Made::Line(_)));
        });
    }
    lines
}

fn input(file: &Path, mapping: &std::sync::Arc<Mapping>) -> usize {
    let reading = Reading { mapping: Some(std::sync::Arc::clone(mapping)), ..Reading::default() };
    let mut input = Input::open_as(&[file.to_owned()], &reading).expect("the file is there");
    let mut lines = 0;
    while let Some(line) = input.next_line().expect("the file is right") {
        lines += usize::from(matches!(black_box(line.content), Content::Text(_)));
    }
    lines
}

fn json_alone(file: &Path) -> usize {
    let reader = BufReader::with_capacity(256 << 10, File::open(file).expect("the file is there"));
    let value: serde_json::Value = serde_json::from_reader(reader).expect("the file is right");
    value.get("results").and_then(serde_json::Value::as_array).map_or(0, Vec::len)
}
