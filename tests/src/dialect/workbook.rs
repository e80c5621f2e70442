//! A table as a workbook of Excel (OOXML): parts of XML in a zip archive. Other programs' workbooks are read in `tests/readers/`.

use super::cell::{Cell, Kind};
use super::sheet::Sheet;
use super::written::Bytes;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Export" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
/// Style 1 is a day, style 2 a day with its time; the first as Excel knows it by number, the second in a form of its own.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy\ hh:mm:ss"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>"#;

/// A table as programs write it that know types: dates and times are numbers with a format, flags and numbers are no texts.
pub fn workbook(sheet: &Sheet) -> Bytes {
    let mut rows = String::new();
    let header = sheet.header.iter().map(|name| text(name)).collect::<String>();
    rows += &format!("<row>{header}</row>");
    for row in &sheet.rows {
        let cells = sheet.kinds.iter().zip(row).map(|(kind, cell)| written(*kind, cell)).collect::<String>();
        rows += &format!("<row>{cells}</row>");
    }
    of_rows(&rows)
}

/// A workbook of one sheet with these rows, as XML.
pub fn of_rows(rows: &str) -> Bytes {
    with_texts(rows, "")
}

/// The same, with texts that its cells share, as XML.
pub fn with_texts(rows: &str, texts: &str) -> Bytes {
    let texts = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{texts}</sst>"#
    );
    let sheet = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    archive(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", PARTS.as_bytes()),
        ("xl/styles.xml", STYLES.as_bytes()),
        ("xl/sharedStrings.xml", texts.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn written(kind: Kind, cell: &Cell) -> String {
    match cell {
        Cell::Blank => "<c/>".to_owned(),
        Cell::Flag(flag) => format!("<c t=\"b\"><v>{}</v></c>", u8::from(*flag)),
        Cell::Time(_, has_time) => {
            let days = cell.serial().unwrap_or_default();
            format!("<c s=\"{}\"><v>{days}</v></c>", if *has_time { 2 } else { 1 })
        }
        Cell::Number(digits) | Cell::Text(digits)
            if kind != Kind::Text && digits.len() < 15 && digits.parse::<f64>().is_ok() =>
        {
            format!("<c><v>{digits}</v></c>")
        }
        Cell::Number(other) | Cell::Text(other) => text(other),
    }
}

fn text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{escaped}</t></is></c>")
}

/// A zip archive of files, deflated.
pub fn archive(files: &[(&str, &[u8])]) -> Bytes {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut crc = Crc::new();
        crc.update(content);
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::default());
        packer.write_all(content).expect("memory takes what is written");
        let packed = packer.finish().expect("memory takes what is written");
        let begins = size(bytes.len());
        // Version, flags, method, time and date, checksum, sizes, the length of the name and of what else there is.
        let mut entry = Vec::new();
        for field in [20_u16, 0, 8, 0, 0x5c21] {
            entry.extend(field.to_le_bytes());
        }
        for field in [crc.sum(), size(packed.len()), size(content.len())] {
            entry.extend(field.to_le_bytes());
        }
        entry.extend(u16::try_from(name.len()).expect("a name is short").to_le_bytes());
        entry.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&entry);
        bytes.extend(name.as_bytes());
        bytes.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&entry);
        directory.extend([0; 10]);
        directory.extend(begins.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (count, begins) = (u16::try_from(files.len()).expect("a few files"), size(bytes.len()));
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    bytes.extend([size(directory.len()).to_le_bytes(), begins.to_le_bytes()].concat());
    bytes.extend([0, 0]);
    bytes
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("files of tests are small")
}
