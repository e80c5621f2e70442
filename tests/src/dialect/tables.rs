//! A table in many dialects.

use super::File;
use super::cell::{Cell, Kind, Locale};
use super::sheet::Sheet;
use super::workbook::workbook;
use super::written::{Encoding, Quoting, Written, encoded};
use serde_json::{Value, json};

/// Words for true and false that programs write.
const FLAGS: &[(&str, &str, &str)] = &[
    ("True", "True", "False"),
    ("TRUE", "TRUE", "FALSE"),
    ("t", "t", "f"),
    ("1", "1", "0"),
    ("1.0", "1.0", "0.0"),
    ("Yes", "Yes", "No"),
    ("WAHR", "WAHR", "FALSCH"),
    ("VRAI", "VRAI", "FAUX"),
    ("x", "x", ""),
];

/// A table in every dialect: its name, the file's name and its bytes.
pub fn tables(sheet: &Sheet) -> Vec<File> {
    let as_csv = |sheet: &Sheet, written: Written, write: &dyn Fn(Kind, &Cell) -> String| {
        written.write(&sheet.header, &sheet.texts(&|kind, cell| write(kind, cell)))
    };
    let plain = |_: Kind, cell: &Cell| cell.plain();
    let csv = Written::default();
    let mut all = vec![("as written".to_owned(), "a.csv", as_csv(sheet, csv, &plain))];
    for (name, delimiter, file) in
        [("semicolon", ';', "a.csv"), ("tab", '\t', "a.tsv"), ("pipe", '|', "a.txt")]
    {
        all.push((name.to_owned(), file, as_csv(sheet, Written { delimiter, ..csv }, &plain)));
    }
    for (name, written) in [
        ("all quoted", Written { quoting: Quoting::All, ..csv }),
        ("none quoted", Written { quoting: Quoting::None, delimiter: '\t', ..csv }),
        ("byte order mark", Written { encoding: Encoding::Utf8Mark, ..csv }),
        ("UTF-16 LE", Written { encoding: Encoding::Utf16Le, delimiter: '\t', ..csv }),
        ("UTF-16 BE", Written { encoding: Encoding::Utf16Be, ..csv }),
        ("Windows-1252", Written { encoding: Encoding::Windows1252, delimiter: ';', ..csv }),
        ("CRLF", Written { end: "\r\n", ..csv }),
        ("CR", Written { end: "\r", ..csv }),
        ("delimiter behind each row", Written { trails: true, ..csv }),
        ("sep= in front", Written { says_delimiter: true, delimiter: ';', ..csv }),
    ] {
        all.push((name.to_owned(), "a.csv", as_csv(sheet, written, &plain)));
    }
    let spaced = |name: &str| format!(" {name} ");
    let underscored = |name: &str| {
        let each = name.chars().flat_map(|it| it.is_uppercase().then_some('_').into_iter().chain(Some(it)));
        each.collect::<String>().trim_start_matches('_').to_lowercase()
    };
    for (name, sheet) in [
        ("columns turned round", sheet.turned()),
        ("more columns", sheet.widened()),
        ("header in capitals", sheet.named(|name| name.to_uppercase())),
        ("header in blanks", sheet.named(spaced)),
        ("header in underscores", sheet.named(underscored)),
    ] {
        all.push((name.to_owned(), "a.csv", as_csv(&sheet, csv, &plain)));
    }
    for (name, yes, no) in FLAGS {
        let write = |_: Kind, cell: &Cell| match cell {
            Cell::Flag(true) => (*yes).to_owned(),
            Cell::Flag(false) => (*no).to_owned(),
            other => other.plain(),
        };
        let has = sheet.kinds.contains(&Kind::Flag);
        all.push((format!("flags {name}"), "a.csv", has.then(|| as_csv(sheet, csv, &write)).flatten()));
    }
    for (name, locale) in Locale::ALL {
        let delimiter = if matches!(locale, Locale::De | Locale::Fr) { ';' } else { ',' };
        let write = |_: Kind, cell: &Cell| locale.write(cell);
        all.push((name.to_owned(), "a.csv", as_csv(sheet, Written { delimiter, ..csv }, &write)));
    }
    for (name, missing) in [("pandas", ""), ("pandas, NaN", "NaN")] {
        all.push((name.to_owned(), "a.csv", csv.write(&sheet.header, &pandas(sheet, missing))));
    }
    let excel = |_: Kind, cell: &Cell| match cell {
        Cell::Flag(flag) => flag.to_string().to_uppercase(),
        other => other.serial().map_or_else(|| other.plain(), |days| days.to_string()),
    };
    all.push(("Excel, serial days".to_owned(), "a.csv", as_csv(sheet, csv, &excel)));
    all.push(("Excel, workbook".to_owned(), "a.xlsx", Some(workbook(sheet))));
    all.extend(json_dialects(sheet));
    all
}

/// Rows as pandas writes them after it has read them: whole numbers beside missing ones are floats, times have a blank.
fn pandas(sheet: &Sheet, missing: &str) -> Vec<Vec<String>> {
    let is_blank = |at: usize| sheet.rows.iter().any(|row| row.get(at) == Some(&Cell::Blank));
    let has_gaps: Vec<bool> = (0..sheet.header.len()).map(is_blank).collect();
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().zip(&sheet.kinds).zip(&has_gaps);
        let cell = |((cell, kind), has_gaps): ((&Cell, &Kind), &bool)| match (cell, kind) {
            (Cell::Blank, _) => missing.to_owned(),
            (Cell::Flag(true), _) => "True".to_owned(),
            (Cell::Flag(false), _) => "False".to_owned(),
            (Cell::Time(at, true), _) => at.format("%Y-%m-%d %H:%M:%S%.f").to_string(),
            (Cell::Text(text) | Cell::Number(text), Kind::Digits | Kind::Number)
                if *has_gaps && text.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                format!("{text}.0")
            }
            (other, _) => other.plain(),
        };
        cells.map(cell).collect()
    };
    sheet.rows.iter().map(row).collect()
}

/// The rows as JSON.
fn json_dialects(sheet: &Sheet) -> Vec<File> {
    let texts = |_: Kind, cell: &Cell| json!(cell.plain());
    let typed = |kind: Kind, cell: &Cell| match cell {
        Cell::Blank => Value::Null,
        Cell::Flag(flag) => json!(flag),
        Cell::Number(text) | Cell::Text(text) if matches!(kind, Kind::Number | Kind::Digits) => {
            serde_json::from_str(text).unwrap_or_else(|_| json!(text))
        }
        other => json!(other.plain()),
    };
    let words = |kind: Kind, cell: &Cell| match cell {
        Cell::Flag(flag) => json!(if *flag { "True" } else { "False" }),
        other => typed(kind, other),
    };
    let lines = |rows: &[Value]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    let typed = sheet.objects(&typed);
    vec![
        (
            "JSON, texts".to_owned(),
            "a.json",
            encoded(&json!(sheet.objects(&texts)).to_string(), Encoding::Utf8),
        ),
        ("JSON, typed".to_owned(), "a.json", encoded(&json!(typed).to_string(), Encoding::Utf8)),
        (
            "JSON, flags True".to_owned(),
            "a.json",
            encoded(&json!(sheet.objects(&words)).to_string(), Encoding::Utf8),
        ),
        ("JSON, UTF-16".to_owned(), "a.json", encoded(&json!(typed).to_string(), Encoding::Utf16Le)),
        ("JSON, a line each".to_owned(), "a.ndjson", encoded(&lines(&typed), Encoding::Utf8Mark)),
    ]
}
