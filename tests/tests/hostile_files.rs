//! Files of at most 1 MB made to take memory or time: none takes 100 MB or 10 s of a processor (30 s of a debug build), whatever the
//! format.
//!
//! `REDTAPE_SHOW_COSTS=1` shows what each took.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot read what it tests must end, and shows figures where it is asked to"
)]

use flate2::Compression;
use flate2::write::GzEncoder;
use redtape_tests::dialect::{archive, of_rows, with_texts};
use redtape_tests::measured;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

const PEAK_MIB_MAX: u64 = 100;
/// A debug build takes some five times as long as one for release.
const SECONDS_MAX: f64 = if cfg!(debug_assertions) { 30.0 } else { 10.0 };
const FILE_BYTES_MAX: usize = 1_000_000;

const MAPPING: &str = r#"
about = "Rows of a test"
[[activity]]
kind = "meeting"
id = "Nr"
at = "Start"
account = "Customer"
"#;

/// A file, and what is run with it.
struct Hostile {
    name: String,
    bytes: Vec<u8>,
    arguments: Vec<String>,
}

fn hostile(name: &str, bytes: impl Into<Vec<u8>>, arguments: &[&str]) -> Hostile {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Hostile { name: name.to_owned(), bytes: bytes.into(), arguments }
}

/// A text as often as fits into a file of 1 MB.
fn full(begin: &str, part: &str, end: &str) -> String {
    let times = (FILE_BYTES_MAX - begin.len() - end.len()) / part.len();
    [begin, &part.repeat(times), end].concat()
}

fn gzip(begin: &str, part: &str, mib: usize) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(begin.as_bytes()).unwrap();
    let block = part.repeat((1 << 20) / part.len());
    for _ in 0..mib {
        packer.write_all(block.as_bytes()).unwrap();
    }
    packer.finish().unwrap()
}

fn zstd(begin: &str, part: &str, mib: usize) -> Vec<u8> {
    let mut packer = zstd::Encoder::new(Vec::new(), 1).unwrap();
    packer.write_all(begin.as_bytes()).unwrap();
    let block = part.repeat((1 << 20) / part.len());
    for _ in 0..mib {
        packer.write_all(block.as_bytes()).unwrap();
    }
    packer.finish().unwrap()
}

/// Runs the command with each file; none may take too much, or end by a signal.
fn check(folder: &str, files: Vec<Hostile>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mapping.toml"), MAPPING).unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let mut wrong = Vec::new();
    for Hostile { name, bytes, arguments } in files {
        let file: PathBuf = folder.join(&name);
        assert!(bytes.len() <= FILE_BYTES_MAX, "{name}: {} bytes", bytes.len());
        fs::write(&file, bytes).unwrap();
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| argument.replace("FILE", &at(&name)).replace("MAPPING", &at("mapping.toml")))
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = measured(&arguments, PEAK_MIB_MAX, SECONDS_MAX);
        let told = format!("{name}: code {:?}, {:?} MiB, {:.2} s", ran.code, ran.peak_mib, ran.seconds);
        if std::env::var_os("REDTAPE_SHOW_COSTS").is_some() {
            let first = ran.err.lines().next().unwrap_or_default();
            let shown = first.chars().take(150).collect::<String>();
            eprintln!("{told}: {shown}");
        }
        // What has ended before it was looked at took little.
        let is_within = ran.peak_mib.is_none_or(|mib| mib < PEAK_MIB_MAX) && ran.seconds < SECONDS_MAX;
        if !is_within || ran.code.is_none_or(|code| code > 3) {
            wrong.push(told);
        }
        fs::remove_file(file).unwrap();
    }
    assert!(wrong.is_empty(), "these take too much, or end by a signal:\n{}", wrong.join("\n"));
}

const MAPPED: &[&str] = &["convert", "FILE", "--mapping", "MAPPING"];
const ALONE: &[&str] = &["convert", "FILE"];
const HEADER: &str = "Nr,Start,Customer\n";

#[test]
fn tables_take_no_more_than_they_may() {
    let rows: String = (0..25_000).map(|at| format!("n{at},2026-05-04 09:00,customer {at}\n")).collect();
    check(
        "hostile-tables",
        vec![
            hostile("empty-rows.csv", full(HEADER, "\n", ""), MAPPED),
            hostile("rows-of-commas.csv", full(HEADER, ",,\n", ""), MAPPED),
            hostile("tiny-faults.csv", full(HEADER, "x\n", ""), MAPPED),
            hostile("one-byte-lines.csv", full("", "x\n", ""), MAPPED),
            hostile("a-huge-field.csv", full("Nr,Start,Customer\n1,2026-05-04,", "x", "\n"), MAPPED),
            hostile(
                "huge-fields.csv",
                full(HEADER, &format!("1,2026-05-04,{}\n", "y".repeat(60_000)), ""),
                MAPPED,
            ),
            hostile("quotes.csv", full(HEADER, "\"", ""), MAPPED),
            hostile("a-quote-a-line.csv", full(HEADER, "\"\n", ""), MAPPED),
            hostile("wide-header.csv", full("", "c,", "\n"), MAPPED),
            hostile("wide-rows.csv", full(HEADER, &format!("{}\n", ",".repeat(900)), ""), MAPPED),
            hostile(
                "thousand-columns.csv",
                full(&vec!["c"; 1_000].join(","), &format!("\n{}", ",".repeat(999)), ""),
                MAPPED,
            ),
            hostile("returns.csv", full("Nr,Start,Customer\r", "x\r", ""), MAPPED),
            hostile("zeros.csv", vec![0; FILE_BYTES_MAX], MAPPED),
            hostile("rows.csv", format!("{HEADER}{rows}"), MAPPED),
            hostile("bomb.csv.gz", gzip(HEADER, "x\n", 16), MAPPED),
            hostile("bomb-of-one-row.csv.gz", gzip(HEADER, "x", 200), MAPPED),
            hostile("bomb.csv.zst", zstd(HEADER, "x\n", 16), MAPPED),
            hostile("bomb-of-one-row.csv.zst", zstd(HEADER, "\"", 1_000), MAPPED),
            hostile("bomb-of-commas.csv.zst", zstd(HEADER, ",", 200), MAPPED),
            hostile("gzip-in-gzip.gz", gzip("", "\u{1f}", 1), MAPPED),
            hostile(
                "events.csv",
                full(
                    "case:concept:name,concept:name,org:resource,time:timestamp\n",
                    "1,a,b,2026-05-04\n",
                    "",
                ),
                ALONE,
            ),
            hostile("cases.csv", cases(), ALONE),
        ],
    );
}

/// A table of events in which each is a case of its own.
fn cases() -> String {
    let rows = (0..25_000).map(|at| format!("c{at},a,r{at},2026-05-04T09:00:00Z\n"));
    format!("case:concept:name,concept:name,org:resource,time:timestamp\n{}", rows.collect::<String>())
}

#[test]
fn documents_take_no_more_than_they_may() {
    check(
        "hostile-documents",
        vec![
            hostile("ones.json", full("[", "1,", "1]"), MAPPED),
            hostile("empty-objects.json", full("[", "{},", "{}]"), MAPPED),
            hostile("lists-in-lists.json", full("", "[", ""), MAPPED),
            hostile("objects-in-objects.json", full("", "{\"a\":", ""), MAPPED),
            hostile("balanced.json", ["[".repeat(500_000), "]".repeat(500_000)].concat(), MAPPED),
            hostile(
                "deep-records.json",
                full("[", &format!("{}1{},", "[".repeat(100), "]".repeat(100)), "1]"),
                MAPPED,
            ),
            hostile("a-huge-text.json", full("[{\"Nr\":\"", "x", "\"}]"), MAPPED),
            hostile("escapes.json", full("[{\"Nr\":\"", "\\u0041", "\"}]"), MAPPED),
            hostile("a-huge-number.json", full("[{\"Nr\":", "9", "}]"), MAPPED),
            hostile("keys.json", full("[{", "\"a\":1,", "\"b\":1}]"), MAPPED),
            hostile("nulls.ndjson", full("", "null\n", ""), MAPPED),
            hostile("empty-lists.ndjson", full("", "[]\n", ""), MAPPED),
            hostile("documents.json", full("", "{}", ""), MAPPED),
            hostile("bomb.json.zst", zstd("[", "1,", 16), MAPPED),
            hostile("bomb-of-brackets.json.zst", zstd("", "[", 200), MAPPED),
            hostile("lines.ndjson", full("", "{}\n", ""), ALONE),
            hostile("blank-lines.ndjson", full("", "\n", ""), ALONE),
            hostile("broken-lines.ndjson", full("", "{\n", ""), ALONE),
            hostile("one-line.ndjson", full("{\"id\":\"", "x", ""), ALONE),
            hostile("bomb.ndjson.zst", zstd("", "{\n", 16), ALONE),
            hostile("bomb-of-one-line.ndjson.gz", gzip("", "x", 200), ALONE),
            hostile("scanned.ndjson", full("", "{\n", ""), &["scan", "FILE"]),
            hostile("inspected.ndjson", full("", "{\n", ""), &["inspect", "FILE"]),
        ],
    );
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(uid: usize, lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:u{uid}\r\nDTSTART:20260504T090000Z\r\nDTEND:20260504T093000Z\r\n{lines}END:VEVENT\r\n"
    )
}

fn people(count: usize) -> String {
    (0..count).map(|at| format!("ATTENDEE:mailto:a{at}@customer.example\r\n")).collect()
}

/// Series that began long ago.
fn of_series(count: usize, lines: &str) -> String {
    let begins = "DTSTART:20000101T090000Z";
    let one = |uid: usize| format!("BEGIN:VEVENT\r\nUID:u{uid}\r\n{begins}\r\n{lines}END:VEVENT\r\n");
    calendar(&(0..count).map(one).collect::<String>())
}

/// Times that are left out, each another one, in a zone that is not that of the series.
fn days_of_one_zone(count: usize) -> String {
    let time = |at: usize| {
        format!("2{:03}{:02}{:02}T{:02}0000", at / 6_720, at / 560 % 12 + 1, at / 20 % 28 + 1, at % 20)
    };
    let times: Vec<String> = (0..count).map(time).collect();
    let line = |times: &[String]| format!("EXDATE;TZID=Europe/Berlin:{}\r\n", times.join(","));
    times.chunks(1_000).map(line).collect()
}

#[test]
fn calendars_take_no_more_than_they_may() {
    let many =
        |count: usize, lines: &str| calendar(&(0..count).map(|uid| event(uid, lines)).collect::<String>());
    let seconds: Vec<String> = (0..60).map(|it: u8| it.to_string()).collect();
    let each = seconds.join(",");
    let by_second = format!("RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5;BYMINUTE={each};BYSECOND={each}\r\n");
    let dates = vec!["20260511T090000Z"; 50_000].join(",");
    let attendees = people(12_000);
    check(
        "hostile-calendars",
        vec![
            hostile("by-second.ics", many(1_800, &by_second), ALONE),
            hostile("secondly.ics", many(5_000, "RRULE:FREQ=SECONDLY\r\n"), ALONE),
            hostile("daily-for-ever.ics", many(7_000, "RRULE:FREQ=DAILY\r\n"), ALONE),
            hostile("never.ics", many(3_000, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n"), ALONE),
            hostile("until-9999.ics", many(3_000, "RRULE:FREQ=HOURLY;UNTIL=99991231T000000Z\r\n"), ALONE),
            hostile(
                "exdates.ics",
                calendar(&event(1, &format!("RRULE:FREQ=DAILY\r\nEXDATE:{dates}\r\n"))),
                ALONE,
            ),
            hostile("rdates.ics", calendar(&event(1, &format!("RDATE:{dates}\r\n"))), ALONE),
            hostile("attendees.ics", calendar(&event(1, &attendees)), ALONE),
            hostile("events.ics", many(9_000, ""), ALONE),
            hostile("one-uid.ics", calendar(&event(1, "SEQUENCE:1\r\n").repeat(7_000)), ALONE),
            hostile("components.ics", full("BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\n", ""), ALONE),
            hostile(
                "empty-events.ics",
                full("BEGIN:VCALENDAR\r\n", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "END:VCALENDAR\r\n"),
                ALONE,
            ),
            hostile(
                "a-folded-line.ics",
                full("BEGIN:VCALENDAR\r\nX-A:", "\r\n x", "\r\nEND:VCALENDAR\r\n"),
                ALONE,
            ),
            hostile("a-long-line.ics", full("BEGIN:VCALENDAR\r\nX-A:", "x", "\r\nEND:VCALENDAR\r\n"), ALONE),
            hostile("blank-lines.ics", full("BEGIN:VCALENDAR\r\n", "\r\n", "END:VCALENDAR\r\n"), ALONE),
            hostile(
                "zones.ics",
                full(
                    "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:z\r\n",
                    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=DAILY\r\nEND:STANDARD\r\n",
                    "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=z:20260504T090000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                ),
                ALONE,
            ),
            hostile("bomb.ics.zst", zstd("BEGIN:VCALENDAR\r\n", "X\r\n", 16), ALONE),
        ],
    );
}

#[test]
fn series_take_no_more_than_they_may() {
    let (long, exdates) = ("x".repeat(60_000), days_of_one_zone(50_000));
    let by_hundred = "RRULE:FREQ=DAILY;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9\r\n";
    let again = format!("RRULE:FREQ=MONTHLY;BYDAY={}\r\n", vec!["5MO"; 15_000].join(","));
    check(
        "hostile-series",
        vec![
            hostile(
                "people-every-day.ics",
                of_series(20, &["RRULE:FREQ=DAILY\r\n", &people(500)].concat()),
                ALONE,
            ),
            hostile(
                "long-names.ics",
                of_series(10, &format!("RRULE:FREQ=DAILY\r\nSUMMARY:{long}\r\n")),
                ALONE,
            ),
            hostile("exdates-of-a-zone.ics", of_series(1, &format!("RRULE:FREQ=DAILY\r\n{exdates}")), ALONE),
            hostile(
                "unread-rdates.ics",
                of_series(1, &format!("RDATE:{}\r\n", "x,".repeat(30_000)).repeat(15)),
                ALONE,
            ),
            hostile(
                "sparse.ics",
                of_series(8_000, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO\r\n"),
                ALONE,
            ),
            hostile("hundred-a-day.ics", of_series(7_000, by_hundred), ALONE),
            hostile("rules-in-one.ics", of_series(5, &"RRULE:FREQ=DAILY\r\n".repeat(9_900)), ALONE),
            hostile("days-named-again.ics", of_series(15, &again), ALONE),
        ],
    );
}

#[test]
fn process_logs_take_no_more_than_they_may() {
    let laughs: String =
        (1..10).map(|at| format!("<!ENTITY l{at} \"{}\">", format!("&l{};", at - 1).repeat(10))).collect();
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE log [<!ENTITY l0 \"ha\">{laughs}]><log><trace><string key=\"concept:name\" value=\"&l9;\"/></trace></log>"
    );
    let external = "<?xml version=\"1.0\"?><!DOCTYPE log [<!ENTITY x SYSTEM \"file:///dev/zero\">]><log><trace><string key=\"concept:name\" value=\"&x;\"/></trace></log>";
    check(
        "hostile-logs",
        vec![
            hostile("empty-events.xes", full("<log><trace>", "<event/>", "</trace></log>"), ALONE),
            hostile("empty-traces.xes", full("<log>", "<trace/>", "</log>"), ALONE),
            hostile("tiny-faults.xes", full("<log>", "<trace><event/></trace>", "</log>"), ALONE),
            hostile("elements-in-elements.xes", full("<log>", "<a>", ""), ALONE),
            hostile(
                "attributes.xes",
                full("<log><trace>", "<string key=\"a\" value=\"b\"/>", "</trace></log>"),
                ALONE,
            ),
            hostile(
                "a-huge-value.xes",
                full("<log><trace><string key=\"concept:name\" value=\"", "x", "\"/></trace></log>"),
                ALONE,
            ),
            hostile("entities.xes", laughs, ALONE),
            hostile("external-entity.xes", external, ALONE),
            hostile(
                "references.xes",
                full("<log><trace><string key=\"concept:name\" value=\"", "&#65;", "\"/></trace></log>"),
                ALONE,
            ),
            hostile("comments.xes", full("<log>", "<!---->", "</log>"), ALONE),
            hostile("bomb.xes.zst", zstd("<log><trace>", "<event/>", 64), ALONE),
            hostile(
                "objects.json",
                full(
                    "{\"objectTypes\":[],\"eventTypes\":[],\"events\":[],\"objects\":[",
                    "{\"id\":\"a\",\"type\":\"b\"},",
                    "{}]}",
                ),
                &["convert", "FILE", "--from", "ocel"],
            ),
            hostile(
                "events.json",
                full("{\"objectTypes\":[],\"eventTypes\":[],\"objects\":[],\"events\":[", "{},", "{}]}"),
                &["convert", "FILE", "--from", "ocel"],
            ),
            hostile(
                "objects.xmlocel",
                full("<log><objects>", "<object id=\"a\" type=\"b\"/>", "</objects></log>"),
                ALONE,
            ),
        ],
    );
}

#[test]
fn workbooks_take_no_more_than_they_may() {
    let row = "<row><c t=\"inlineStr\"><is><t>x</t></is></c></row>";
    let corners = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let header = format!("<row>{}{}{}</row>", text("Nr"), text("Start"), text("Customer"));
    let shared = "<row><c t=\"s\"><v>0</v></c><c><v>46146.375</v></c><c t=\"s\"><v>0</v></c></row>";
    let below = |rows: &str| of_rows(&format!("{header}{rows}"));
    check(
        "hostile-workbooks",
        vec![
            hostile("empty-rows.xlsx", of_rows(&"<row/>".repeat(1_000_000)), MAPPED),
            hostile("rows.xlsx", of_rows(&row.repeat(300_000)), MAPPED),
            hostile("corners.xlsx", of_rows(corners), MAPPED),
            hostile(
                "a-huge-cell.xlsx",
                of_rows(&format!("<row><c t=\"str\"><v>{}</v></c></row>", "x".repeat(50 << 20))),
                MAPPED,
            ),
            hostile(
                "wide.xlsx",
                of_rows(&format!("<row>{}</row>", "<c><v>1</v></c>".repeat(1_000_000))),
                MAPPED,
            ),
            hostile(
                "shared-texts.xlsx",
                with_texts(&format!("{header}{shared}"), &"<si><t>x</t></si>".repeat(2_000_000)),
                MAPPED,
            ),
            hostile(
                "a-huge-shared-text.xlsx",
                with_texts(
                    &format!("{header}{shared}"),
                    &format!("<si><t>{}</t></si>", "x".repeat(100 << 20)),
                ),
                MAPPED,
            ),
            hostile(
                "one-text-shared.xlsx",
                with_texts(
                    &format!("{header}{}", shared.repeat(100_000)),
                    &format!("<si><t>{}</t></si>", "x".repeat(60_000)),
                ),
                MAPPED,
            ),
            hostile("empty-rows-below.xlsx", below(&"<row/>".repeat(1_000_000)), MAPPED),
            hostile("rows-below.xlsx", below(&row.repeat(300_000)), MAPPED),
            hostile(
                "corners-below.xlsx",
                below("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>"),
                MAPPED,
            ),
            hostile(
                "wide-below.xlsx",
                below(&format!("<row>{}</row>", "<c><v>1</v></c>".repeat(1_000_000))),
                MAPPED,
            ),
            hostile("no-workbook.xlsx", archive(&[("a.txt", &[b'x'; 1 << 20])]), MAPPED),
            hostile("cut.xlsx", of_rows(row)[..400].to_vec(), MAPPED),
        ],
    );
}

#[test]
fn policies_and_mappings_take_no_more_than_they_may() {
    let log = "fixtures/fitcorp/activities.ndjson";
    let glob = |at: u64| {
        let account = format!("{}{at}", "*a".repeat(20));
        format!(
            "[[override]]\nmatch = {{ account = \"{account}\" }}\nsignals.meeting-count = {{ warning = 3 }}\n"
        )
    };
    let globs: String = (0..1_000).map(glob).collect();
    let all = "row.l.all(a, row.l.all(b, row.l.all(c, row.l.all(d, a + b + c + d > 0))))";
    let grown = format!("'{}'{}", "a".repeat(16), format!(".replace('a', '{}')", "a".repeat(16)).repeat(8));
    let mapping = |cel: &str| {
        format!(
            "about = \"Hostile\"\n[[activity]]\nkind = \"meeting\"\nid = {{ cel = \"{cel}\" }}\nat = \"at\"\naccount = \"id\"\n"
        )
    };
    let rows = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-rows.json");
    let list = vec!["1"; 100].join(",");
    fs::write(&rows, format!("[{{\"id\":\"1\",\"at\":\"2026-05-04\",\"l\":[{list}]}}]")).unwrap();
    let rows = rows.display().to_string();
    check(
        "hostile-policies",
        vec![
            hostile("globs.toml", globs, &["scan", log, "--policy", "FILE"]),
            hostile("endless.toml", "", &["scan", log, "--policy", "/dev/zero"]),
            hostile("endless-mapping.toml", "", &["convert", &rows, "--mapping", "/dev/zero"]),
            // A megabyte of them takes 103 MB in `scan`, 83 MB in `check`: the reader of TOML keeps each.
            hostile("deep.toml", format!("a = {}", "[".repeat(200_000)), &["scan", log, "--policy", "FILE"]),
            hostile(
                "deep-mapping.toml",
                format!("a = {}", "[".repeat(200_000)),
                &["convert", &rows, "--mapping", "FILE"],
            ),
            hostile("no-mapping.toml", "a,b\n".repeat(50_000), &["convert", &rows, "--mapping", "FILE"]),
            hostile("nested.toml", mapping(all), &["convert", &rows, "--mapping", "FILE"]),
            hostile("grown.toml", mapping(&grown), &["convert", &rows, "--mapping", "FILE"]),
            hostile("accounts.csv", full("id,name\n", "a,b\n", ""), &["convert", log, "--accounts", "FILE"]),
            hostile("endless-accounts.csv", "", &["convert", log, "--accounts", "/dev/zero"]),
        ],
    );
}
