//! One account however it is called: a table of accounts, mappings for single logs, and what `inspect` says of accounts.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_tests::run;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const VISITS: &str = "Nr,Start,Customer\n1.0,2026-05-04 09:00,BOLT LTD\n2.0,2026-05-05 09:00,Nobody knows\n3.0,2026-05-05 10:00,\n";
const VISITS_MAPPING: &str = "[[activity]]\nkind = \"meeting\"\nid = { from = \"Nr\", prefix = \"v-\" }\nat = \"Start\"\naccount = \"Customer\"\n";
const TICKETS: &str = "Ticket;Opened;Company\nT-1;2026-05-03 08:00;17.0\n";
const TICKETS_MAPPING: &str = "[[activity]]\nkind = \"approval-step\"\nid = \"Ticket\"\nat = \"Opened\"\naccount = \"Company\"\nrequest = \"Ticket\"\noutcome = { value = \"requested\" }\n";
const LOG: &str = "{\"id\":\"p1\",\"at\":\"2026-05-06T08:00:00Z\",\"account\":\"B-old\",\"kind\":\"plan-version\",\"plan\":\"x\"}\n";
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:c1\r\nDTSTART:20260507T090000Z\r\nDTEND:20260507T100000Z\r\nORGANIZER:mailto:kam-1@ours.example\r\nATTENDEE:mailto:buyer@uk.bolt.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const ACCOUNTS: &str = "id;name;tier;domains;former ids\n17;Bolt Ltd.;gold;bolt.example;B-old\n18;Zinc;;;\n";

fn files(folder: &Path) -> impl Fn(&str, &str) -> String {
    let folder = folder.to_owned();
    move |name, text| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

#[test]
fn whatever_names_an_account_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = files(folder.path());
    let visits = format!("visits-*.csv={}", file("visits.toml", VISITS_MAPPING));
    let logs = [
        file("visits-5.csv", VISITS),
        file("tickets.csv", TICKETS),
        file("log.ndjson", LOG),
        file("calendar.ics", CALENDAR),
    ];
    let (rest, table) = (file("tickets.toml", TICKETS_MAPPING), file("accounts.csv", ACCOUNTS));
    let mut arguments = vec!["convert"];
    arguments.extend(logs.iter().map(String::as_str));
    arguments.extend(["--mapping", &visits, "--mapping", &rest, "--own-domain", "ours.example"]);
    let accounts = |arguments: &[&str]| -> (BTreeSet<String>, Vec<Value>, String) {
        let ran = run(arguments, b"");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let account = |line: &Value| line["account"].as_str().unwrap_or_default().to_owned();
        (lines.iter().map(account).collect(), lines, ran.err)
    };
    // Without the table each name is an account of its own.
    let (without, ..) = accounts(&arguments);
    assert_eq!(without.len(), 5, "{without:?}");
    arguments.extend(["--accounts", &table]);
    let (with, lines, said) = accounts(&arguments);
    assert_eq!(with, ["17".to_owned(), "Nobody knows".to_owned()].into());
    let first = &lines[0];
    assert_eq!((&first["kind"], &first["tier"]), (&Value::from("profile"), &Value::from("gold")), "{first}");
    assert_eq!(lines.len(), 6, "a profile, and each activity once");
    for told in [
        "1 account of the log is not in",
        "such as `Nobody knows`",
        "1 of 3 meetings names no account, and is left out",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn a_table_and_a_mapping_that_cannot_be_used_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = files(folder.path());
    let (log, mapping) = (file("log.ndjson", LOG), file("visits.toml", VISITS_MAPPING));
    let twice = file("twice.csv", "id,name\n1,Bolt\n2,bolt\n");
    let ran = run(&["scan", &log, "--accounts", &twice], b"");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("the name `bolt` is of `1` in line 2 and of `2` in line 3"), "{}", ran.err);
    let other = format!("visits.csv={mapping}");
    let ran = run(&["scan", &log, "--mapping", &other], b"");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("no log is called `visits.csv`"), "{}", ran.err);
    let ran = run(&["scan", &log, "--mapping", &mapping, "--mapping", &mapping], b"");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}

#[test]
fn inspect_says_where_accounts_cannot_be_relied_on() {
    let mut log = String::new();
    for account in 0..6 {
        for day in 1..8 {
            log += &format!(
                "{{\"id\":\"m{account}-{day}\",\"at\":\"2026-05-{day:02}T09:00:00Z\",\"account\":\"Firm {account}\",\"kind\":\"meeting\"}}\n"
            );
            log += &format!(
                "{{\"id\":\"a{account}-{day}\",\"at\":\"2026-05-{day:02}T09:30:00Z\",\"account\":\"{}\",\"kind\":\"approval-step\",\"request\":\"r\",\"outcome\":\"requested\"}}\n",
                400 + account
            );
        }
    }
    log += "{\"id\":\"x\",\"at\":\"2026-05-09T09:00:00Z\",\"account\":\"FIRM-3\",\"kind\":\"meeting\"}\n";
    let ran = run(&["inspect", "-", "-q"], log.as_bytes());
    let out = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "meetings have 7 accounts and approval steps 6, and share none",
        "1 pair of names look like two spellings of one account",
    ] {
        assert!(out.contains(told), "{told}: {out}");
    }
    let sound = run(&["inspect", "fixtures/fitcorp/activities.ndjson", "-q"], b"");
    assert!(!sound.out.contains("two spellings") && !sound.out.contains("share none"), "{}", sound.out);
}
