//! Process logs: small ones with what must come out, hostile ones, and real ones against their canonical twins.
//!
//! The real logs are not part of the project. `REDTAPE_DATA` names their folder; without it they are looked for in
//! `../shared/data`. `UPDATE_EXPECT=1` writes what is expected anew; read the difference before you commit it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot read what it tests must end"
)]

use expect_test::expect_file;
use redtape_import::Mapping;
use redtape_import::input::Reading;
use redtape_model::calendar::{self, Zone};
use redtape_tests::{converted, project};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// An original, its twin, what stands for the account where the file names it, and outcomes the twin leaves out.
const TWINS: [(&str, &str, Option<&str>, &[&str]); 7] = [
    ("bpic2012.xes.gz", "bpic2012-loans", None, &["requested", "withdrawn"]),
    ("bpic2015-1.xes.gz", "bpic2015-municipality-1", Some("bpic2015-1"), &["requested"]),
    ("bpic2015-2.xes.gz", "bpic2015-municipality-2", Some("bpic2015-2"), &["requested"]),
    ("bpic2020-DomesticDeclarations.xes.gz", "bpic2020-domestic", None, &["requested"]),
    ("bpic2020-PrepaidTravelCost.xes.gz", "bpic2020-prepaid", None, &["requested"]),
    ("helpdesk.xes.gz", "helpdesk", None, &["requested"]),
    ("receipt-coselog.csv.gz", "receipt-coselog", None, &["requested"]),
];

/// The originals and the approvals, where they are.
fn data() -> Option<PathBuf> {
    let folder =
        std::env::var_os("REDTAPE_DATA").map_or_else(|| project().join("../shared/data"), PathBuf::from);
    if !folder.is_dir() {
        // Past the capture of passing tests: whoever reads the run must see it.
        let told =
            writeln!(std::io::stderr(), "real process logs: skipped, there is no {}", folder.display());
        assert!(told.is_ok());
        return None;
    }
    Some(folder)
}

/// Read with a mapping that is written here.
fn with(toml: &str) -> Reading {
    let mapping = Mapping::from_toml("test", toml).unwrap_or_else(|error| panic!("{error}"));
    Reading { mapping: Some(mapping), ..Reading::default() }
}

#[test]
fn every_process_log_comes_out_as_expected() {
    let mut cases: Vec<PathBuf> = fs::read_dir(project().join("fixtures/process-logs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 11);
    for case in cases {
        let files = fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path());
        let is_log = |file: &PathBuf| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            !name.starts_with("expected") && name != "mapping.toml"
        };
        let logs: Vec<PathBuf> = files.filter(is_log).collect();
        assert_eq!(logs.len(), 1, "{}", case.display());
        let mapping = case.join("mapping.toml");
        let mapping =
            mapping.is_file().then(|| Mapping::read(&mapping).unwrap_or_else(|error| panic!("{error}")));
        let reading = Reading { mapping, ..Reading::default() };
        let (lines, notes) = converted(&logs[0], &reading).unwrap();
        for line in &lines {
            redtape_engine::ndjson::parse_line(line).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
        }
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        expect_file![case.join("expected.ndjson")].assert_eq(&lines);
        expect_file![case.join("expected-notes.txt")].assert_eq(&notes);
    }
    let expected =
        |case: &str| fs::read(project().join("fixtures/process-logs").join(case).join("expected.ndjson"));
    assert_eq!(expected("objects-in-json").unwrap(), expected("objects-in-xml").unwrap());
}

/// A log of requests as a table: what happened to each, in order; some of it within one second.
fn table() -> Vec<String> {
    let mut rows = Vec::new();
    for request in 1..=12 {
        let mut row = |activity: &str, actor: &str, at: u32| {
            let (day, hour) = (1 + (request + at) % 27, 8 + request % 9);
            rows.push(format!(
                "r{request:02},{activity},{actor},2026-0{}-{day:02} {hour:02}:00:00",
                1 + at / 10
            ));
        };
        row("Submit", "buyer", 0);
        for at in 0..request % 4 {
            row("Check price", ["desk-1", "desk-2"][at as usize % 2], 10 + at);
        }
        if request % 3 == 0 {
            // Rejected and handed in again within one second.
            row("Reject", "desk-3", 20);
            row("Submit", "buyer", 20);
        }
        row("Check stock", "desk-4", 30);
        row("Approve", "desk-3", 30 + 10 * (request % 2));
    }
    rows
}

/// What a table gives: lines without their places.
fn of_table(name: &str, rows: &[String]) -> (Vec<String>, String) {
    let path = std::env::temp_dir().join(format!("redtape-order-{}-{name}.csv", std::process::id()));
    let head = "case:concept:name,concept:name,org:resource,time:timestamp";
    fs::write(&path, format!("{head}\n{}\n", rows.join("\n"))).unwrap();
    let given = converted(&path, &with("[trace]\naccount = { value = \"acme\" }\n"));
    fs::remove_file(&path).unwrap();
    let (mut lines, notes) = given.unwrap();
    lines.sort();
    (lines, notes)
}

#[test]
fn a_table_that_stands_upside_down_gives_the_same_activities() {
    let rows = table();
    let (usual, notes) = of_table("usual", &rows);
    assert!(!notes.contains("newest"), "{notes}");
    assert!(usual.len() > 40);
    let reversed: Vec<String> = rows.iter().rev().cloned().collect();
    let (lines, notes) = of_table("reversed", &reversed);
    assert!(notes.contains("it stands newest first"), "{notes}");
    assert_eq!(lines, usual);
    // The same events by time, of all requests: rows of a request are scattered.
    let mut by_time = rows.clone();
    by_time.sort_by_key(|row| row.rsplit(',').next().unwrap().to_owned());
    assert_eq!(of_table("by-time", &by_time).0, usual);
    by_time.reverse();
    let (lines, _) = of_table("by-time-reversed", &by_time);
    assert_eq!(lines, usual);
}

#[test]
fn steps_of_records_without_numbers_follow_the_chain() {
    let path = std::env::temp_dir().join(format!("redtape-steps-{}.csv", std::process::id()));
    let rows = "Nr,Deal,When,What,By,For\n5,d1,2026-05-04 09:00,approved,cat,dan\n4,d1,2026-05-04 09:00,forwarded,bob,cat\n\
        3,d1,2026-05-04 09:00,forwarded,ann,bob\n2,d1,2026-05-04 09:00,requested,ann,ann\n1,d2,2026-05-01 09:00,requested,eve,eve\n";
    fs::write(&path, rows).unwrap();
    let mapping = "[[activity]]\nkind = \"approval-step\"\nid = \"Nr\"\nat = \"When\"\naccount = { value = \"acme\" }\n\
        request = \"Deal\"\noutcome = \"What\"\nfrom = \"By\"\nto = \"For\"\n";
    let given = converted(&path, &with(mapping));
    fs::remove_file(&path).unwrap();
    let (lines, notes) = given.unwrap();
    let told: Vec<String> = lines
        .iter()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            redtape_engine::ndjson::parse_line(line).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
            format!("{} {}", value["id"].as_str().unwrap(), value["step"])
        })
        .collect();
    assert_eq!(told, ["1 null", "2 1", "3 2", "4 3", "5 4"]);
    assert!(notes.contains("4 steps without a number"), "{notes}");
}

/// Hand-overs, each with how often it is there: everything but ids, and steps counted without what is left out.
fn steps(lines: &[String], account: Option<&str>, omit: &[&str]) -> BTreeMap<String, i64> {
    let (mut all, mut counted) = (BTreeMap::new(), BTreeMap::<String, i64>::new());
    for line in lines {
        let mut value: Value = serde_json::from_str(line).unwrap();
        let fields = value.as_object_mut().unwrap();
        fields.remove("id");
        if omit.contains(&fields["outcome"].as_str().unwrap()) {
            continue;
        }
        let step = counted.entry(fields["request"].as_str().unwrap().to_owned()).or_default();
        *step += 1;
        fields.insert("step".to_owned(), (*step).into());
        if let Some(account) = account {
            fields.insert("account".to_owned(), account.into());
        }
        *all.entry(value.to_string()).or_default() += 1;
    }
    all
}

#[test]
fn real_process_logs_convert_to_their_twins() {
    let Some(data) = data() else { return };
    for (original, twin, account, omit) in TWINS {
        let (lines, notes) = converted(&data.join("originals").join(original), &Reading::default()).unwrap();
        assert!(notes.contains("is read with the mapping"), "{original}: {notes}");
        assert!(account.is_none_or(|account| lines[0].contains(&format!(r#""account":"{account}""#))));
        let converted_steps = steps(&lines, account, omit);
        let twin = data.join(format!("approvals/{twin}.ndjson.gz"));
        let expected = steps(&converted(&twin, &Reading::default()).unwrap().0, account, &[]);
        let missing = expected.iter().filter(|(line, count)| converted_steps.get(*line) != Some(count));
        let extra = converted_steps.iter().filter(|(line, count)| expected.get(*line) != Some(count));
        let differing: Vec<_> = missing.take(3).chain(extra.take(3)).collect();
        assert!(differing.is_empty(), "{original}: {differing:#?}\n{notes}");
        assert!(converted_steps.len() > 1_000, "{original}: only {}", converted_steps.len());
    }
}

#[test]
fn one_log_in_two_formats_converts_alike() {
    let Some(data) = data() else { return };
    let read =
        |name: &str, reading: &Reading| converted(&data.join("originals").join(name), reading).unwrap().0;
    // A table of events, and the same events in XES: without a mapping, and where every activity acts.
    let usual =
        [read("running-example.xes", &Reading::default()), read("running-example.csv", &Reading::default())];
    assert_eq!(usual[0], usual[1]);
    assert!(usual[0].len() > 30);
    let activities = with("[trace]\nactor = \"concept:name\"\n");
    let traffic =
        [read("roadtraffic100traces.xes", &activities), read("roadtraffic100traces.csv", &activities)];
    assert_eq!(traffic[0], traffic[1]);
    assert!(traffic[0].len() > 200);

    // OCEL in JSON has instants, in XML the local times of the same.
    let mapping = "time_zone = \"Europe/Rome\"\n[[trace]]\nobject = \"Invoice\"\n\
        actor = [\"invoice_inserter\", \"payment_inserter\", \"invoice_blocker\", \"invoice_block_rem\"]\n\
        outcomes = { approved = [\"Insert Payment\"], returned = [\"Set Payment Block\"] }\n\
        [[trace]]\nobject = \"Purchase Requisition\"\nactor = [\"pr_creator\", \"pr_approver\"]\n\
        outcomes = { approved = [\"Approve *\"] }\n";
    let instants = |name: &str| -> Vec<String> {
        let lines = read(name, &with(mapping));
        let at = |line: &String| {
            let mut value: Value = serde_json::from_str(line).unwrap();
            value["at"] = calendar::parse(value["at"].as_str().unwrap()).unwrap().into();
            value["account"] = "".into();
            value.to_string()
        };
        lines.iter().map(at).collect()
    };
    let objects = [instants("ocel20_example.jsonocel"), instants("ocel20_example.xmlocel")];
    assert_eq!(objects[0], objects[1]);
    assert!(objects[0].len() >= 9, "{:?}", objects[0]);
}

#[test]
fn real_logs_that_say_too_little_are_refused() {
    let Some(data) = data() else { return };
    let told = |name: &str| converted(&data.join("originals").join(name), &Reading::default()).unwrap_err();
    let traffic = told("roadtraffic100traces.xes");
    assert!(traffic.starts_with("no hand-over can be seen: no trace has events of two who act"), "{traffic}");
    let objects = told("ocel20_example.jsonocel");
    assert!(objects.contains("`Invoice` (3), `Payment` (3), `Purchase Order` (2)"), "{objects}");
    assert_eq!(objects, told("ocel20_example.xmlocel"));
}

/// Bytes that come out of nothing, so that no file has to be large.
struct Endless {
    head: &'static [u8],
    unit: &'static [u8],
    bytes: u64,
    at: u64,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut read = 0;
        for (byte, at) in buffer.iter_mut().zip(self.at..self.bytes) {
            let at = usize::try_from(at).unwrap();
            *byte = match self.head.get(at) {
                Some(byte) => *byte,
                None => self.unit[(at - self.head.len()) % self.unit.len()],
            };
            read += 1;
        }
        self.at += u64::try_from(read).unwrap();
        Ok(read)
    }
}

/// Why a stream cannot be read, by a name that tells its format.
fn refused(name: &str, head: &'static [u8], unit: &'static [u8], bytes: u64) -> String {
    let folder = std::env::temp_dir().join(format!("redtape-process-logs-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let mut stream = Endless { head, unit, bytes, at: 0 };
    // Repeated bytes pack well: a small file that becomes a large stream.
    let file = fs::File::create(&path).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    std::io::copy(&mut stream, &mut packed).unwrap();
    packed.finish().unwrap();
    let told = converted(&path, &with("[trace]\nobject = \"Order\"\n"));
    fs::remove_dir_all(&folder).unwrap();
    told.map(|(lines, notes)| format!("{} lines; {notes}", lines.len())).unwrap_or_else(|error| error)
}

const MIB: u64 = 1 << 20;

/// The same for a short text.
fn whole(name: &str, text: &'static str) -> String {
    refused(name, text.as_bytes(), b"x", text.len() as u64)
}

#[test]
fn hostile_xes_ends_in_one_error() {
    for (told, expected) in [
        (
            whole(
                "bomb.xes.gz",
                "<?xml version=\"1.0\"?>\n<!DOCTYPE log [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>\n<log>&b;</log>",
            ),
            "line 2: it declares entities of its own, which are never followed: write out what they stand for",
        ),
        (
            whole(
                "outside.xes.gz",
                "<!DOCTYPE log [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>\n<log><trace><string key=\"a\" value=\"&a;\"/></trace></log>",
            ),
            "line 1: it declares entities of its own, which are never followed: write out what they stand for",
        ),
        (
            whole("unknown.xes.gz", "<log>\n<trace>\n<string key=\"a\" value=\"&lol;\"/></trace></log>"),
            "line 3: it is no XML: at 1..4: unrecognized entity `lol`",
        ),
        (
            refused("deep.xes.gz", b"<log>", b"<list>", MIB),
            "line 1: more than 64 elements are inside each other",
        ),
        (
            refused("nested.xes.gz", b"<log>\n", b"<trace>\n", MIB),
            "line 3: a `trace` begins inside what begins at line 2: that is never closed",
        ),
        (
            refused("wide.xes.gz", b"<log>\n<trace><string key='a' value='", b"x", 64 * MIB),
            "line 2: a tag or a text of more than 1024 KiB",
        ),
        (
            refused("long.xes.gz", b"<log><trace>", b"<event><string key='a' value='b'/></event>", 200 * MIB),
            "line 1: a trace of more than 24 MiB",
        ),
        (
            whole("cut.xes.gz", "<log>\n<trace>\n"),
            "line 3: the file ends in the middle of an element: it was cut off",
        ),
        (
            whole("cut2.xes.gz", "<log>\n<trace"),
            "line 2: it is no XML: syntax error: tag not closed: `>` not found before end of input",
        ),
        (
            whole("root.xes.gz", "\n<html/>"),
            "it is a page in HTML, such as an error or a login, and no export",
        ),
        (
            whole("two.xes.gz", "<log/>\n<log/>"),
            "line 2: another log begins: give each log as a file of its own",
        ),
        (
            whole("latin.xes.gz", "<?xml version=\"1.0\" encoding=\"IBM-1047\"?><log/>"),
            "it is written in `IBM-1047`, which is not known: write it in UTF-8 first",
        ),
        (whole("empty.xes.gz", ""), "line 1: there is no element in it"),
    ] {
        assert_eq!(told, expected);
    }
}

#[test]
fn hostile_ocel_ends_in_one_error() {
    for (told, expected) in [
        (
            refused("deep.jsonocel.gz", b"{\"events\": [", b"[", MIB),
            "it is no OCEL 2.0: recursion limit exceeded at line 1 column 138",
        ),
        (
            refused("wide.jsonocel.gz", b"{\"events\":\n[{\"id\": \"", b"x", 64 * MIB),
            "line 2: an object or event of more than 4 MiB",
        ),
        (
            whole("cut.jsonocel.gz", "{\"events\": [{\"id\": 1"),
            "the file was cut off: EOF while parsing an object at line 1 column 20",
        ),
        (
            whole("old.jsonocel.gz", "{\"ocel:events\": {}}"),
            "it is OCEL 1.0: write it as OCEL 2.0 first, such as with pm4py",
        ),
        (
            whole("none.jsonocel.gz", "{\"objects\": []}"),
            "it is no OCEL 2.0: it has no `events` at line 1 column 15",
        ),
        (
            refused("deep.xmlocel.gz", b"<log><events><event>", b"<a>", MIB),
            "line 1: more than 64 elements are inside each other",
        ),
        (
            whole("few.xmlocel.gz", "<log><objects><object id='a' type='Invoice'/></objects></log>"),
            "no object is of type `Order`: types of objects are `Invoice` (1); types of events are none",
        ),
    ] {
        assert_eq!(told, expected);
    }
}

#[test]
fn a_mapping_of_traces_shows_every_mistake_at_its_place() {
    let error = Mapping::from_toml(
        "ours.toml",
        "[trace]\naccont = \"a\"\naccount = { cel = \"evnt['a']\" }\nactor = 7\nwhen = \"1 +\"\nlast = \"done\"\nomit = \"x\"\n\
         plan = \"case:id\"\nrequest = { value = \"\" }\n\n[trace.outcomes]\napproved = 3\nfine = [\"x\"]\n",
    );
    let told = error.unwrap_err().to_string();
    expect_file![project().join("tests/process-log-mistakes.txt")].assert_eq(&told);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 40, ..Default::default() })]

    /// Whatever order the rows stand in, what became of a request comes in one order.
    #[test]
    fn rows_in_any_order_have_the_same_outcomes(rows in proptest::strategy::Strategy::prop_shuffle(proptest::strategy::Just(table()))) {
        let outcomes = |lines: &[String]| {
            let mut all = BTreeMap::<String, Vec<(i64, i64, String)>>::new();
            for line in lines {
                let value: Value = serde_json::from_str(line).unwrap();
                let text = |name: &str| value[name].as_str().unwrap().to_owned();
                let step = (calendar::parse(&text("at")).unwrap(), value["step"].as_i64().unwrap(), text("outcome"));
                all.entry(text("request")).or_default().push(step);
            }
            all.values_mut().for_each(|steps| steps.sort());
            all
        };
        let usual = of_table("in-order", &table()).0;
        let shuffled = of_table("shuffled", &rows).0;
        proptest::prop_assert_eq!(outcomes(&shuffled), outcomes(&usual));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, ..Default::default() })]

    /// Some bytes of a log are replaced, put in or taken out, or its end is missing: never a panic, and what comes out
    /// is in canonical form.
    #[test]
    fn damaged_logs_never_panic(
        which in 0..4_usize,
        at in proptest::prelude::any::<proptest::sample::Index>(),
        length in 0..40_usize,
        other in proptest::prop_oneof![
            proptest::prelude::Just(String::new()),
            "[<>/=\"'&;!?\\[\\]{}:, a-z0-9-]{1,12}",
            "\\PC{1,3}"
        ],
        cut in proptest::option::of(proptest::prelude::any::<proptest::sample::Index>()),
    ) {
        let logs = ["what-files-do-to-readers/awkward.xes", "words-decide/purchases.xes", "objects-in-json/sales.json", "objects-in-xml/sales.xml"];
        let folder = project().join("fixtures/process-logs");
        let mut bytes = fs::read(folder.join(logs[which])).unwrap();
        let from = at.index(bytes.len());
        bytes.splice(from..(from + length).min(bytes.len()), other.bytes());
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let mapping = if which < 2 { None } else { Some(Mapping::read(&folder.join("objects-in-json/mapping.toml")).unwrap()) };
        let ending = if which < 2 { "xes" } else { "jsonocel" };
        let path = std::env::temp_dir().join(format!("redtape-damaged-{}-{which}.{ending}", std::process::id()));
        fs::write(&path, &bytes).unwrap();
        let reading = Reading { mapping: mapping.as_ref().map(Arc::clone), time_zone: Zone::named("Europe/Rome"), ..Reading::default() };
        if let Ok((lines, _)) = converted(&path, &reading) {
            for line in lines {
                let value: Value = serde_json::from_str(&line).unwrap();
                proptest::prop_assert!(value["kind"] == "approval-step" || value["kind"] == "plan-version");
            }
        }
        fs::remove_file(&path).unwrap();
    }
}
