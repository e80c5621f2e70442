//! Nobody survives, look-alikes do, and things that were told apart still are.

use super::*;
use crate::conversion::convert;
use proptest::prelude::*;
use redtape_import::Input;
use redtape_import::input::{Fault, Origin};
use redtape_scan::Error;
use redtape_scan::report::LineProblem;

const KEY: &[u8] = b"q1Zb3hXv0m1nJk9yV7cU2sWf8dT4rLxP";

/// What comes out of lines, where `called` says what people are called.
fn converted(text: &str, people: People, called: &[(&str, &str)]) -> String {
    let (names, mut written) = (Names::default(), String::new());
    called.iter().for_each(|(id, name)| names.see(id, name));
    let input = Input::from_bytes(&[text.as_bytes()]).unwrap();
    let told = convert(
        input,
        &mut Mask::new(people, names),
        || (),
        |line| {
            written.push_str(line);
            Ok::<(), Error>(())
        },
    );
    assert_eq!(told.unwrap().problems, [], "{text}");
    written
}

fn meeting(id: &str, people: &[&str], title: &str) -> String {
    let people = serde_json::json!(people);
    let title = serde_json::json!(title);
    format!(
        r#"{{"id":"{id}","at":"2026-05-04T09:00:00Z","account":"x","kind":"meeting","participants":{people},"title":{title}}}"#
    )
}

/// A mask that has seen one meeting of these people, under this title.
fn mask(people: &[(&str, &str)], title: &str) -> Mask {
    let names = Names::default();
    people.iter().for_each(|(id, name)| names.see(id, name));
    let mut mask = Mask::new(People::numbered(), names);
    let ids: Vec<&str> = people.iter().map(|(id, _)| *id).collect();
    mask.see(&redtape_model::ndjson::parse_line(&meeting("a", &ids, title)).unwrap());
    mask
}

#[test]
fn a_title_speaks_of_people_as_the_meeting_does() {
    let people = [
        ("p.seven@acme.example", "Person Seven"),
        ("u8", "Eight, Person (Acme)"),
        ("mark@acme.example", "Mark"),
    ];
    for (title, expected) in [
        ("1:1 with Person Seven", "1:1 with person 1"),
        ("PERSON SEVEN / eight, person", "person 1 / person 2"),
        ("Pérson-Séven's review", "person 1's review"),
        ("1:1Person Seven", "1:1person 1"),
        ("mitPerson SevenWeekly", "mitperson 1Weekly"),
        ("1:1PersonSeven, personseven", "1:1person 1, person 1"),
        ("supersonic sevenths, Personsevens", "supersonic sevenths, Personsevens"),
        ("supersonsevens", "supersonsevens"),
        ("ask p.seven or P. Seven", "ask person 1 or person 1"),
        ("mail P.Seven@ACME.example, then x@other.example", "mail person 1, then person 4"),
        ("Eight onboards", "Eight onboards"),
        ("1:1 Mark", "1:1 person 3"),
        ("Mark up the offer", "Mark up the offer"),
        ("Personal seventh", "Personal seventh"),
        ("Superson Sevenths", "Superson Sevenths"),
        ("Persona Sevens", "Persona Sevens"),
    ] {
        assert_eq!(mask(&people, title).title(title), expected, "{title}");
    }
}

#[test]
fn functions_rooms_and_firms_are_nobody() {
    let people = [
        ("info@acme.example", "Acme Information"),
        ("sales@acme.example", "Sales"),
        ("support@acme.example", "Acme Support Team"),
        ("kam-1@acme.example", ""),
        ("room.blue@acme.example", "Meeting Room Blue"),
        ("buyer", ""),
    ];
    for title in [
        "Info round: sales and support",
        "Acme Support Team weekly",
        "Buyer workshop",
        "KAM-10 review",
        "Blue room",
        "Sales",
    ] {
        assert_eq!(mask(&people, title).title(title), title);
    }
    // One of several who do the same is somebody where he takes part, and nowhere else.
    assert_eq!(mask(&people, "1:1 with kam-1").title("1:1 with kam-1"), "1:1 with person 4");
    assert_eq!(mask(&people, "Review").title("1:1 with kam-1"), "1:1 with kam-1");
}

#[test]
fn people_are_masked_before_they_are_seen_and_in_lines_without_them() {
    let log = [meeting("a", &["u1"], "Prep for Person Seven"), meeting("b", &["Person Seven", "u1"], "x")]
        .join("\n");
    let written = converted(&log, People::numbered(), &[]);
    assert!(written.contains("Prep for person 2") && !written.contains("Seven"), "{written}");
    // What one meeting tells of a title holds for all that have it.
    let log =
        [meeting("a", &["u1"], "1:1 Anna"), meeting("b", &["anna@acme.example"], "1:1 Anna")].join("\n");
    let written = converted(&log, People::numbered(), &[]);
    assert_eq!(written.matches("1:1 person 2").count(), 2, "{written}");
}

#[test]
fn ids_that_are_addresses_are_codes_and_still_refer_to_each_other() {
    let log = r#"{"id":"p@x.example/1","at":"2026-05-04T09:00:00Z","account":"someone@gmail.com","kind":"meeting","series":"p@x.example"}
{"id":"b","at":"2026-05-04T09:00:00Z","account":"someone@gmail.com","kind":"retraction","of":"p@x.example/1"}
{"id":"c","at":"2026-05-04T09:00:00Z","account":"acme.example","kind":"exchange","thread":"Re: P@x.example","direction":"from-customer"}"#;
    for people in [People::numbered(), People::keyed(KEY).unwrap()] {
        let written = converted(log, people.clone(), &[]);
        let lines: Vec<serde_json::Value> =
            written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!written.contains('@'), "{written}");
        assert_eq!(lines[0]["id"], lines[1]["of"]);
        assert_eq!(lines[0]["id"], format!("{}/1", lines[0]["series"].as_str().unwrap()));
        assert_eq!(lines[0]["account"], lines[1]["account"]);
        assert_eq!(lines[2]["account"], "acme.example");
        assert_ne!(
            lines[2]["thread"],
            format!("Re: {}", lines[0]["series"].as_str().unwrap()),
            "another spelling is another id"
        );
        assert_eq!(lines[0]["series"], people.code("p@x.example"));
    }
    assert_ne!(People::numbered().code("a"), People::keyed(KEY).unwrap().code("a"));
}

#[test]
fn plans_that_were_told_apart_still_are() {
    let mut mask = mask(&[("u7", "Person Seven"), ("u8", "Person Eight")], "x");
    let plans = [
        "Plan of Person Seven",
        "Plan of Seven, Person",
        "Plan of person seven",
        "Plan of Person Eight",
        "Plan",
    ];
    let masked: Vec<String> = plans.iter().map(|plan| mask.reference(plan).into_owned()).collect();
    assert_eq!([&masked[0], &masked[3], &masked[4]], ["Plan of person 1", "Plan of person 2", "Plan"]);
    assert!(masked[1].starts_with("Plan of person 1~") && masked[2].starts_with("Plan of person 1~"));
    assert_ne!(masked[1], masked[2]);
    let filled = "x".repeat(188);
    assert_eq!(mask.reference(&format!("{filled}Person Seven")), format!("{filled}person 1"));
    assert_eq!(mask.reference(&format!("{filled}person seven")).len(), 200);
    let grown =
        mask.reference(&format!("{} Li Wu, Person Seven, Person Seven", "x".repeat(168))).into_owned();
    assert!(grown.len() <= 200, "{grown}");
}

#[test]
fn problems_quote_nobody() {
    let names = Names::default();
    names.column("Owner");
    names.see("u7", "Person Seven");
    let mut mask = Mask::new(People::numbered(), names.clone());
    for (field, found, expected) in [
        ("/participants/0/id", "\"Person Nine\"", "a person"),
        ("/participants", "10001 participants", "10001 participants"),
        ("/from/side", "\"boss\"", "\"boss\""),
        ("Owner", "Person Ten", "a person"),
        ("ATTENDEE", "60 people, 70000 bytes of them", "60 people, 70000 bytes of them"),
        ("/account", "`account` twice", "`account` twice"),
        ("/plan", "\"Plan of Person Seven\"", "\"Plan of person 1\""),
        ("/thread", "\"x@y.example\"", "\"eb4a2bf6f0ae3b06\""),
        ("", "{\"id\":\"Person Nine\",\"at\":nope}", "{\"id\":\"…\",\"at\":nope}"),
        ("", "Error: token expired", "Error: token expired"),
        ("/duration_min", "\"1 h\"", "\"1 h\""),
    ] {
        let (field, found) = (field.to_owned(), found.to_owned());
        let mut problem = LineProblem::of(Origin::default(), Fault { field, found, expected: String::new() });
        mask.problem(&mut problem);
        let is_code = expected.starts_with("\"eb4a");
        let expected =
            if is_code { format!("\"{}\"", mask.people().code("x@y.example")) } else { expected.to_owned() };
        assert_eq!(problem.found, expected, "{}", problem.field);
        let mut named = LineProblem::of(
            Origin::default(),
            Fault { field: "from".to_owned(), found: "Bo".to_owned(), expected: String::new() },
        );
        Mask::new(People::names(), names.clone()).problem(&mut named);
        assert_eq!(named.found, "Bo");
    }
}

#[test]
fn an_alert_quotes_titles_as_they_are_written_elsewhere() {
    let title = "1:1  with Anna";
    let mut mask = mask(&[("anna@acme.example", ""), ("u7", "Person Seven")], title);
    let mut alert = redtape::Alert {
        account: "someone@gmail.com".to_owned(),
        subject: "Plan of Seven, Person".to_owned(),
        summary: "Plan `Plan of Seven, Person` has 3 versions".to_owned(),
        suggestion: "Merge `1:1 with Anna` (series p@x.example) and `1:1 with anna, Monday 09h`; ask Annabel"
            .to_owned(),
        evidence: vec!["p@x.example/1".to_owned()],
        ..redtape::Alert::blank()
    };
    mask.alert(&mut alert);
    let code = mask.people().code("p@x.example");
    assert_eq!(alert.account, mask.people().code("someone@gmail.com"));
    assert_eq!(alert.summary, format!("Plan `{}` has 3 versions", alert.subject));
    assert!(alert.subject.starts_with("Plan of person 2~"), "{}", alert.subject);
    assert_eq!(
        alert.suggestion,
        format!(
            "Merge `1:1  with person 1` (series {code}) and `1:1  with person 1, Monday 09h`; ask Annabel"
        )
    );
    assert_eq!(alert.evidence, [format!("{code}/1")]);
}

/// A word that no list knows.
fn word() -> impl Strategy<Value = String> {
    "[bdfgklmnprtv][aeiou][bdfgklmnprtv][aeiou]q[aeiou]"
}

/// How a person is spelled in a text.
fn spelled(first: &str, last: &str, how: usize) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    match how % 7 {
        0 => format!("{} {}", capital(first), capital(last)),
        1 => format!("{}, {}", capital(last), capital(first)),
        2 => format!("{first}.{last}"),
        3 => format!("{first}.{last}@acme.example").to_uppercase(),
        4 => format!("{}\u{a0}{}", capital(first), last.to_uppercase()),
        5 => format!("{first}_{last}").replace('a', "á"),
        _ => format!("{first}-{last}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_survives_in_any_field_and_what_is_written_stays(
        people in proptest::collection::btree_set((word(), word()), 1..5),
        mentions in proptest::collection::vec((0..5_usize, 0..7_usize, 0..8_usize, 0..5_usize), 1..12),
        is_keyed in any::<bool>(),
    ) {
        let people: Vec<(String, String)> = people.into_iter().filter(|(first, last)| first != last).collect();
        prop_assume!(!people.is_empty());
        let of = |at: usize| &people[at % people.len()];
        let mut lines = Vec::new();
        for (number, (who, how, field, there)) in mentions.iter().enumerate() {
            let (first, last) = of(*who);
            let said = format!("about {} now", spelled(first, last, *how));
            let start = format!(r#""at":"2026-05-04T09:00:00Z","account":"{}""#, if *field == 0 { said.as_str() } else { "x" });
            let id = if *field == 1 { format!("{said} {number}") } else { number.to_string() };
            let (first, last) = of(*there);
            let there = format!("{first}.{last}@acme.example");
            lines.push(match field {
                2 => format!(r#"{{"id":"{id}",{start},"kind":"plan-version","plan":"{said}","author":"{there}"}}"#),
                3 => format!(r#"{{"id":"{id}",{start},"kind":"approval-step","request":"{said}","to":"{there}","outcome":"approved"}}"#),
                4 => format!(r#"{{"id":"{id}",{start},"kind":"rule-change","rule":"{said}","change":"added","what":"rule"}}"#),
                5 => format!(r#"{{"id":"{id}",{start},"kind":"exchange","thread":"{said}","direction":"to-customer"}}"#),
                6 => format!(r#"{{"id":"{id}",{start},"kind":"profile","tier":"{said}","tags":["{said}"]}}"#),
                _ => format!(r#"{{"id":"{id}",{start},"kind":"meeting","title":"{said}","series":"{said}","participants":["{there}"]}}"#),
            });
        }
        // Who is only mentioned so far, takes part at the end.
        for (number, (first, last)) in people.iter().enumerate() {
            lines.push(meeting(&format!("end {number}"), &[&format!("{first}.{last}@acme.example")], ""));
        }
        let log = lines.join("\n");
        let namer = || if is_keyed { People::keyed(KEY).unwrap() } else { People::numbered() };
        let written = converted(&log, namer(), &[]);
        let plain = fold::folded(&written);
        for (first, last) in &people {
            prop_assert!(!plain.contains(&format!("{first} {last}")) && !plain.contains(&format!("{last} {first}")), "{}", written);
        }
        prop_assert!(!written.contains('@') && !written.contains("%40"));
        prop_assert_eq!(written.lines().count(), lines.len());
        if !is_keyed {
            prop_assert_eq!(converted(&written, namer(), &[]), written);
        }
    }

    #[test]
    fn a_text_without_names_stays_byte_for_byte(words in proptest::collection::vec("[a-zA-Z0-9 :/&+#.,äß-]{0,12}", 0..8)) {
        let title = words.join(" ");
        let line = meeting("a", &[], &title);
        let people = [("u7", "Xaq Yuq"), ("xaq.yuq@acme.example", "")];
        prop_assert_eq!(converted(&line, People::numbered(), &people), format!("{line}\n"));
    }

    #[test]
    fn references_stay_apart(
        texts in proptest::collection::btree_set("(x |)(Xaq Yuq|xaq yuq|Yuq, Xaq|xaq\\.yuq|a@b\\.example|A@b\\.example|y)( z|)", 2..8),
    ) {
        let mut mask = mask(&[("u7", "Xaq Yuq")], "x");
        let masked: std::collections::BTreeSet<String> = texts.iter().map(|text| mask.reference(text).into_owned()).collect();
        prop_assert_eq!(masked.len(), texts.len(), "{:?} {:?}", texts, masked);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", title in "\\PC*") {
        let mut mask = mask(&[(&text, &title), ("a.b@c.example", &text)], &title);
        for it in [&text, &title] {
            mask.title(it);
            mask.reference(it);
            mask.prose(it);
        }
    }
}
