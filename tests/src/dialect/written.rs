//! A table as bytes.

/// A file's bytes.
pub type Bytes = Vec<u8>;

/// In which encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    #[default]
    Utf8,
    /// With a byte order mark.
    Utf8Mark,
    /// With a byte order mark, the low byte first.
    Utf16Le,
    /// With a byte order mark, the high byte first.
    Utf16Be,
    /// As Windows of western countries has it.
    Windows1252,
}

/// Which fields stand in quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quoting {
    /// Those that must.
    #[default]
    Minimal,
    /// All of them.
    All,
    /// None; blanks stand where a character would have to be quoted.
    None,
}

/// How a table is written.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// What stands between two fields.
    pub delimiter: char,
    /// Which fields are quoted.
    pub quoting: Quoting,
    /// The end of a line.
    pub end: &'static str,
    /// The bytes of a character.
    pub encoding: Encoding,
    /// Whether a delimiter stands behind the last field as well.
    pub trails: bool,
    /// Whether a line `sep=;` comes first.
    pub says_delimiter: bool,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            delimiter: ',',
            quoting: Quoting::Minimal,
            end: "\n",
            encoding: Encoding::Utf8,
            trails: false,
            says_delimiter: false,
        }
    }
}

impl Written {
    /// A table as texts, as it stands in a file; none where a character has no place in the encoding.
    pub fn write(&self, header: &[String], rows: &[Vec<String>]) -> Option<Bytes> {
        let mut text = String::new();
        if self.says_delimiter {
            text += &format!("sep={}{}", self.delimiter, self.end);
        }
        for row in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)) {
            let fields: Vec<String> = row.iter().map(|field| self.field(field)).collect();
            text += &fields.join(&self.delimiter.to_string());
            if self.trails {
                text.push(self.delimiter);
            }
            text += self.end;
        }
        encoded(&text, self.encoding)
    }

    fn field(&self, text: &str) -> String {
        let is_special = |it: char| it == self.delimiter || matches!(it, '"' | '\n' | '\r');
        let is_quoted = match self.quoting {
            Quoting::All => true,
            Quoting::None => return text.replace(is_special, " "),
            Quoting::Minimal => text.contains(is_special),
        };
        // Lines inside a field end as those of the file do.
        let text = if self.end == "\n" { text.to_owned() } else { text.replace('\n', self.end) };
        if is_quoted { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    }
}

/// A text as bytes; none where a character has no place in the encoding.
pub fn encoded(text: &str, encoding: Encoding) -> Option<Bytes> {
    Some(match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Mark => format!("\u{feff}{text}").into_bytes(),
        Encoding::Utf16Le => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Windows1252 => text.chars().map(western).collect::<Option<_>>()?,
    })
}

fn western(it: char) -> Option<u8> {
    match it {
        '€' => Some(0x80),
        '–' => Some(0x96),
        '→' | '←' => None,
        other => u8::try_from(u32::from(other)).ok().filter(|byte| !(0x80..0xa0).contains(byte)),
    }
}
