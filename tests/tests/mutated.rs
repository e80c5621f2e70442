//! Files with some bytes changed: an error, or what was not touched is read as before, or the loss is told. Nothing goes in silence.
//!
//! `REDTAPE_MUTATIONS` says how many of each format; `tests/long mutate` takes thousands.

use redtape_import::Mapping;
use redtape_import::input::{AccountFrom, Format, Reading, Tally};
use redtape_tests::dialect::of_rows;
use redtape_tests::pieces::{Change, Pieces};
use redtape_tests::{Came, Random, came};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records of a file.
const RECORDS: usize = 30;
const SEED: u64 = 12;

const ROWS: &str = r#"
about = "Rows of a test"
[[activity]]
kind = "meeting"
when = "row.Kind != 'note'"
id = "Nr"
at = "Start"
account = "Customer"
duration_min = "Minutes"
title = "Title"
"#;
const TRACES: &str = r#"
about = "Events of a test, each a version"
[trace]
object = "plan"
account = { value = "all" }
plan = "case:concept:name"
actor = ["org:resource", "who"]
"#;

/// A kind of file.
struct Kind {
    name: &'static str,
    file: &'static str,
    mapping: Option<&'static str>,
    from: Option<Format>,
    pieces: Pieces,
}

/// A record of a name: `k0707`, when it is, and the number of minutes.
fn records(write: impl Fn(&str, &str, usize) -> String) -> Vec<(String, String)> {
    let record = |at: usize| {
        let (name, day) = (format!("k{at:02}{at:02}"), format!("2026-05-{:02}", 1 + at % 28));
        let text = write(&name, &day, 15 + at);
        (name, text)
    };
    (0..RECORDS).map(record).collect()
}

fn kind_of(at: usize) -> &'static str {
    if at % 7 == 3 { "note" } else { "visit" }
}

fn kind(
    name: &'static str,
    file: &'static str,
    mapping: Option<&'static str>,
    from: Option<Format>,
    pieces: Pieces,
) -> Kind {
    Kind { name, file, mapping, from, pieces }
}

/// Every format that is read without a feature.
fn kinds() -> Vec<Kind> {
    let mut kinds = tables();
    kinds.extend(documents());
    kinds.extend(process_logs());
    kinds
}

fn tables() -> Vec<Kind> {
    let row = |name: &str, day: &str, minutes: usize| {
        let kind = kind_of(minutes);
        format!("{name},{day} 09:30,customer {minutes},{minutes},\"Review, \"\"{name}\"\"\",{kind}")
    };
    let tabs = |name: &str, day: &str, minutes: usize| {
        format!("{name}\t{day} 09:30\tcustomer {minutes}\t{minutes}\tReview {name}\t{}", kind_of(minutes))
    };
    let header = "Nr,Start,Customer,Minutes,Title,Kind\n";
    let book = Pieces { bytes: book(), records: Vec::new() };
    vec![
        kind("csv", "a.csv", Some(ROWS), None, Pieces::of(header, &records(row), "\n", "\n")),
        kind(
            "tsv",
            "a.tsv",
            Some(ROWS),
            None,
            Pieces::of(&header.replace(',', "\t"), &records(tabs), "\n", "\n"),
        ),
        kind("workbook", "a.xlsx", Some(ROWS), None, book),
    ]
}

fn documents() -> Vec<Kind> {
    let object = |name: &str, day: &str, minutes: usize| {
        let kind = kind_of(minutes);
        format!(
            r#"{{"Nr":"{name}","Start":"{day}T09:30:00Z","Customer":"customer {minutes}","Minutes":{minutes},"Title":"Review","Kind":"{kind}"}}"#
        )
    };
    let line = |name: &str, day: &str, minutes: usize| {
        format!(
            r#"{{"id":"{name}","at":"{day}T09:30:00Z","account":"a{minutes}","kind":"meeting","duration_min":{minutes},"participants":["kam-1"]}}"#
        )
    };
    let event = |name: &str, day: &str, minutes: usize| {
        let day = day.replace('-', "");
        format!(
            "BEGIN:VEVENT\r\nUID:{name}\r\nDTSTART:{day}T093000Z\r\nDTEND:{day}T103000Z\r\nSUMMARY:Review {minutes}\r\n\
             ORGANIZER:mailto:kam-1@ours.example\r\nATTENDEE:mailto:buyer@customer{minutes}.example\r\nEND:VEVENT"
        )
    };
    let begin = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n";
    vec![
        kind("json", "a.json", Some(ROWS), None, Pieces::of("[", &records(object), ",\n", "]\n")),
        kind("json lines", "b.jsonl", Some(ROWS), None, Pieces::of("", &records(object), "\n", "\n")),
        kind("ndjson", "a.ndjson", None, None, Pieces::of("", &records(line), "\n", "\n")),
        kind("ics", "a.ics", None, None, Pieces::of(begin, &records(event), "\r\n", "\r\nEND:VCALENDAR\r\n")),
    ]
}

fn process_logs() -> Vec<Kind> {
    let trace = |name: &str, day: &str, minutes: usize| {
        format!(
            "<trace>\n<string key=\"concept:name\" value=\"{name}\"/>\n<event><string key=\"concept:name\" value=\"write\"/>\
             <string key=\"org:resource\" value=\"r{minutes}\"/><date key=\"time:timestamp\" value=\"{day}T09:30:00Z\"/></event>\n</trace>"
        )
    };
    let ocel = |name: &str, day: &str, minutes: usize| {
        format!(
            r#"{{"id":"e-{name}","type":"write","time":"{day}T09:30:00Z","attributes":[{{"name":"who","value":"r{minutes}"}}],"relationships":[{{"objectId":"{name}","qualifier":"of"}}]}}"#
        )
    };
    let ocel_xml = |name: &str, day: &str, minutes: usize| {
        format!(
            r#"<event id="e-{name}" type="write" time="{day}T09:30:00Z"><attributes><attribute name="who">r{minutes}</attribute></attributes><objects><relationship object-id="{name}" qualifier="of"/></objects></event>"#
        )
    };
    let each = |write: &dyn Fn(&str) -> String| -> Vec<String> {
        records(|name, _, _| write(name)).into_iter().map(|(_, text)| text).collect()
    };
    let objects = each(&|name| format!(r#"{{"id":"{name}","type":"plan"}}"#)).join(",\n");
    let types = r#""objectTypes":[{"name":"plan","attributes":[]}],"eventTypes":[{"name":"write","attributes":[{"name":"who","type":"string"}]}]"#;
    let json = format!("{{{types},\"objects\":[{objects}],\n\"events\":[");
    let objects = each(&|name| format!("<object id=\"{name}\" type=\"plan\"/>\n")).concat();
    let types = r#"<object-types><object-type name="plan"/></object-types><event-types><event-type name="write"/></event-types>"#;
    let xml = format!("<?xml version=\"1.0\"?>\n<log>{types}\n<objects>{objects}</objects>\n<events>");
    let xes = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n";
    vec![
        kind("xes", "a.xes", Some(TRACES), None, Pieces::of(xes, &records(trace), "\n", "\n</log>\n")),
        kind(
            "ocel json",
            "o.json",
            Some(TRACES),
            Some(Format::Ocel),
            Pieces::of(&json, &records(ocel), ",\n", "]}\n"),
        ),
        kind(
            "ocel xml",
            "o.xmlocel",
            Some(TRACES),
            None,
            Pieces::of(&xml, &records(ocel_xml), "\n", "</events></log>\n"),
        ),
    ]
}

fn book() -> Vec<u8> {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row =
        |cells: &[&str]| format!("<row>{}</row>", cells.iter().map(|text| cell(text)).collect::<String>());
    let header = row(&["Nr", "Start", "Customer", "Minutes", "Title", "Kind"]);
    let rows = records(|name, day, minutes| {
        row(&[name, day, "c", &minutes.to_string(), "Review", kind_of(minutes)])
    });
    of_rows(&rows.into_iter().fold(header, |all, (_, row)| all + &row))
}

impl Kind {
    fn came(&self, mapping: Option<&Arc<Mapping>>, bytes: &[u8]) -> Result<Came, String> {
        let reading = Reading {
            mapping: mapping.cloned(),
            from: self.from,
            account_from: AccountFrom::default(),
            own_domains: vec!["ours.example".to_owned()],
            ..Reading::default()
        };
        came(self.file, bytes, &reading)
    }
}

/// The activities by the record they are of.
fn by_record(came: &Came) -> BTreeMap<String, Vec<&str>> {
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in &came.lines {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let id = value.get("id").and_then(|id| id.as_str()).unwrap_or_default();
        let id = id.trim_start_matches("e-");
        found.entry(id.chars().take(5).collect()).or_default().push(line);
    }
    found
}

/// What is lost in silence, if anything.
fn silent_loss(pieces: &Pieces, change: &Change, before: &Came, after: &Came) -> Option<String> {
    let Tally { records, read, faulty, activities, .. } = after.tally;
    let counted = format!(
        "{records} records, {read} read, {faulty} faulty, {} left out, {activities} activities",
        after.tally.left_out_total()
    );
    if !after.tally.is_whole() || activities != after.lines.len() as u64 || faulty > after.faults.len() as u64
    {
        return Some(format!("{counted}; {} lines, {} faults", after.lines.len(), after.faults.len()));
    }
    let (left_out, was_left_out) = (after.tally.left_out_total(), before.tally.left_out_total());
    let told =
        faulty > before.tally.faulty || left_out > was_left_out || after.notes.len() > before.notes.len();
    let touched = pieces.touched(change);
    let (right, found) = (by_record(before), by_record(after));
    let is_kept = |(name, lines): &(&String, &Vec<&str>)| {
        let there = found.get(name.as_str());
        lines.iter().all(|line| there.is_some_and(|there| there.contains(line)))
    };
    let lost: Vec<&String> = right
        .iter()
        .filter(|(name, _)| !touched.contains(&name.as_str()))
        .filter(|entry| !is_kept(entry))
        .map(|(name, _)| name)
        .collect();
    let is_whole = pieces.is_frame_touched(change) || pieces.records.is_empty();
    if !lost.is_empty() && !told && !is_whole {
        return Some(format!(
            "{lost:?} are lost or changed, and were not touched ({touched:?} were); {counted}"
        ));
    }
    if change.keeps_frame && !told && records < before.tally.records {
        return Some(format!("of {} records only {counted}", before.tally.records));
    }
    None
}

#[test]
fn what_is_lost_is_told() {
    let count: u64 =
        std::env::var("REDTAPE_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(120);
    let mut wrong = Vec::new();
    for kind in kinds() {
        let mapping = kind.mapping.map(|text| Mapping::from_toml("test", text).unwrap());
        let Ok(before) = kind.came(mapping.as_ref(), &kind.pieces.bytes) else {
            wrong.push(format!("{}: not read at all", kind.name));
            continue;
        };
        assert!(before.lines.len() > 20, "{}: {before:?}", kind.name);
        let mut random = Random(SEED);
        for _ in 0..count {
            let change = kind.pieces.change(&mut random);
            let Ok(after) = kind.came(mapping.as_ref(), &change.bytes) else { continue };
            if let Some(loss) = silent_loss(&kind.pieces, &change, &before, &after) {
                let at = change.touched[0].start;
                let from =
                    String::from_utf8_lossy(&kind.pieces.bytes[at.saturating_sub(30)..at]).into_owned();
                let to =
                    String::from_utf8_lossy(&kind.pieces.bytes[at..(at + 30).min(kind.pieces.bytes.len())])
                        .into_owned();
                wrong.push(format!("{}, {} ({from:?}|{to:?}): {loss}", kind.name, change.told));
            }
        }
    }
    assert!(wrong.is_empty(), "{} losses in silence:\n{}", wrong.len(), wrong.join("\n"));
}
