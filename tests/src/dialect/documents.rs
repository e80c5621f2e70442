//! Records of JSON in many dialects.

use super::File;
use super::cell::{Cell, Kind, Locale};
use super::written::{Bytes, Encoding, encoded};
use serde_json::{Value, json};

/// Gives another value for a leaf.
type Leaf<'a> = &'a dyn Fn(&Value) -> Option<Value>;
type OwnedLeaf = Box<dyn Fn(&Value) -> Option<Value>>;

/// A document with its leaves changed; where a leaf becomes nothing, its member goes.
fn changed(value: &Value, leaf: Leaf<'_>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| changed(item, leaf)).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null() || leaf(value).is_some());
            Value::Object(kept.map(|(name, value)| (name.clone(), changed(value, leaf))).collect())
        }
        other => leaf(other).unwrap_or_else(|| other.clone()),
    }
}

/// A time of a document, as a cell.
fn time(value: &Value) -> Option<Cell> {
    let text = value.as_str().filter(|text| text.len() >= 10)?;
    Some(Cell::of(Kind::Time, text)).filter(|cell| matches!(cell, Cell::Time(..)))
}

/// The records of a document, some weeks later each time, under other ids.
pub fn repeated(records: &[Value], times: u64) -> Vec<Value> {
    let later = |at: u64| {
        move |value: &Value| match value {
            Value::String(text) => match time(value) {
                Some(cell) => Some(json!(cell.later(17 * at).plain())),
                None => Some(json!(text.replacen("0000", &format!("{at:04}"), 1).replacen(
                    "500",
                    &format!("5{at}0"),
                    1
                ))),
            },
            // Milliseconds since 1970.
            Value::Number(number) => {
                let number = number.as_u64()?;
                (number > 1_000_000_000_000).then(|| json!(number + at * 17 * 86_400_000))
            }
            _ => None,
        }
    };
    (0..=times).flat_map(|at| records.iter().map(move |record| changed(record, &later(at)))).collect()
}

/// Records of JSON in every dialect.
pub fn documents(records: &[Value], key: Option<&str>) -> Vec<File> {
    let wrapped = |records: &[Value]| match key {
        Some(key) => json!({ key: records }),
        None => json!(records),
    };
    let whole = |leaf: Leaf<'_>| wrapped(&records.iter().map(|it| changed(it, leaf)).collect::<Vec<_>>());
    let keep = |_: &Value| None;
    let document = wrapped(records);
    let pretty = serde_json::to_string_pretty(&document).expect("a document can be written");
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let mut all: Vec<(&str, &str, Option<Bytes>)> = vec![
        ("as written", "a.json", encoded(&pretty, Encoding::Utf8)),
        ("in one line", "a.json", encoded(&document.to_string(), Encoding::Utf8)),
        ("CRLF", "a.json", encoded(&pretty.replace('\n', "\r\n"), Encoding::Utf8)),
        ("byte order mark", "a.json", encoded(&pretty, Encoding::Utf8Mark)),
        ("UTF-16 LE", "a.json", encoded(&pretty, Encoding::Utf16Le)),
        ("UTF-16 BE", "a.json", encoded(&pretty, Encoding::Utf16Be)),
        ("a list", "a.json", encoded(&json!(records).to_string(), Encoding::Utf8)),
        ("a line each", "a.json", encoded(&lines, Encoding::Utf8)),
        ("a line each, .ndjson", "a.ndjson", encoded(&lines, Encoding::Utf8)),
        ("a line each, CRLF", "a.jsonl", encoded(&lines.replace('\n', "\r\n"), Encoding::Utf8)),
        ("members turned round", "a.json", encoded(&turned(&document), Encoding::Utf8)),
        (
            "more members",
            "a.json",
            encoded(&whole(&keep).to_string().replace("{\"", "{\"zz_more\":[1],\""), Encoding::Utf8),
        ),
        ("no nulls", "a.json", encoded(&whole(&keep).to_string(), Encoding::Utf8)),
    ];
    let pages: Vec<String> = records.chunks(7).map(|page| wrapped(page).to_string()).collect();
    all.push(("pages behind each other", "a.json", encoded(&pages.join("\n"), Encoding::Utf8)));
    let null_as = |text: &'static str| move |value: &Value| value.is_null().then(|| json!(text));
    let text_of = |value: &Value| value.as_number().map(|number| json!(number.to_string()));
    let float_of = |value: &Value| value.as_u64().map(|number| json!(number as f64));
    let flag_as = |yes: Value, no: Value| {
        move |value: &Value| match value {
            Value::Null => Some(Value::Null),
            other => other.as_bool().map(|flag| if flag { yes.clone() } else { no.clone() }),
        }
    };
    let leaves: Vec<(&str, OwnedLeaf)> = vec![
        ("blank instead of null", Box::new(null_as(""))),
        ("numbers as texts", Box::new(move |it| if it.is_null() { Some(Value::Null) } else { text_of(it) })),
        (
            "numbers as floats",
            Box::new(move |it| if it.is_null() { Some(Value::Null) } else { float_of(it) }),
        ),
        ("flags true as text", Box::new(flag_as(json!("true"), json!("false")))),
        ("flags True", Box::new(flag_as(json!("True"), json!("False")))),
        ("flags 1", Box::new(flag_as(json!(1), json!(0)))),
        ("flags 1.0", Box::new(flag_as(json!(1.0), json!(0.0)))),
        ("flags Yes", Box::new(flag_as(json!("Yes"), json!("No")))),
        ("flags WAHR", Box::new(flag_as(json!("WAHR"), json!("FALSCH")))),
    ];
    for (name, leaf) in &leaves {
        all.push((name, "a.json", encoded(&whole(leaf).to_string(), Encoding::Utf8)));
    }
    for (name, locale) in Locale::ALL {
        let leaf = |it: &Value| {
            if it.is_null() { Some(Value::Null) } else { time(it).map(|at| json!(locale.write(&at))) }
        };
        all.push((name, "a.json", encoded(&whole(&leaf).to_string(), Encoding::Utf8)));
    }
    let epoch = |it: &Value| match time(it) {
        Some(Cell::Time(at, true)) => Some(json!(at.and_utc().timestamp_millis())),
        _ => it.is_null().then_some(Value::Null),
    };
    all.push(("milliseconds", "a.json", encoded(&whole(&epoch).to_string(), Encoding::Utf8)));
    all.into_iter().map(|(name, file, bytes)| (name.to_owned(), file, bytes)).collect()
}

/// A document with the members of its objects in the other order.
fn turned(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(turned).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let told = members.iter().rev().map(|(name, value)| format!("{}:{}", json!(name), turned(value)));
            format!("{{{}}}", told.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// All names in a document.
pub fn names(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            into.push(name.clone());
            names(value, into);
        }),
        _ => {}
    }
}
