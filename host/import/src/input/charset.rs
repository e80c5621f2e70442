//! Text in other encodings than UTF-8, on its way to UTF-8.
//!
//! UTF-16 is known by its mark or its zeros, and an encoding can be asked for: both hold for all of an input. What is no
//! UTF-8 and says nothing is Windows-1252 where nothing speaks for UTF-8, line by line, because logs are put together.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use encoding_rs::{CoderResult, Decoder, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Bytes;
use super::format::is_binary;
use crate::error::refused;

/// Bytes that are decoded at once.
const PART_BYTES: usize = 16 << 10;

/// How text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// The encoding of a name such as `utf-16le`, `iso-8859-1` or `shift_jis`, by the list of the WHATWG.
    pub fn named(name: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label_no_replacement(name.as_bytes()).map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether it is UTF-8 or UTF-16.
    pub(super) fn is_unicode(self) -> bool {
        [UTF_8, UTF_16LE, UTF_16BE].contains(&self.0)
    }

    /// Whether each byte is a character.
    pub(super) fn is_single_byte(self) -> bool {
        self.0.is_single_byte()
    }
}

/// What is asked for, and what was found while an input is read on a thread of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Charset {
    pub(super) asked: Option<Encoding>,
    found: Arc<OnceLock<&'static str>>,
    malformed: Arc<AtomicU64>,
}

impl Charset {
    pub(super) fn asked(asked: Option<Encoding>) -> Self {
        Self { asked, ..Self::default() }
    }

    /// The encoding that was found by the first bytes.
    pub(super) fn found(&self) -> Option<&'static str> {
        self.found.get().copied()
    }

    /// Characters that could not be decoded so far.
    pub(super) fn malformed(&self) -> u64 {
        self.malformed.load(Ordering::Relaxed)
    }

    /// The bytes of an input as UTF-8, where its encoding is asked for or seen at its beginning.
    pub(super) fn decoded(&self, head: &[u8], raw: Bytes) -> io::Result<Bytes> {
        if is_binary(head) {
            return Ok(raw);
        }
        if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
            return Err(refused("it is UTF-32: save it as UTF-8"));
        }
        let encoding = match self.asked {
            Some(Encoding(asked)) => asked,
            None => match utf_16(head) {
                Some(found) => {
                    self.found.set(found.name()).unwrap_or_default();
                    found
                }
                None => return Ok(raw),
            },
        };
        if encoding == UTF_8 {
            return Ok(raw);
        }
        let (decoder, malformed) = (encoding.new_decoder_with_bom_removal(), Arc::clone(&self.malformed));
        let parts = Parts { stored: Vec::new(), from: 0, plain: String::new(), given: 0, is_last: false };
        Ok(Box::new(Decoding { raw, decoder, malformed, parts }))
    }
}

/// UTF-16, by its mark or by the zeros between letters of ASCII.
fn utf_16(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let is_ascii = |byte: &u8| *byte != 0 && byte.is_ascii();
    match head {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        [first, 0, second, 0, ..] if is_ascii(first) && is_ascii(second) => Some(UTF_16LE),
        [0, first, 0, second, ..] if is_ascii(first) && is_ascii(second) => Some(UTF_16BE),
        _ => None,
    }
}

/// Decodes bytes as they are asked for.
struct Decoding {
    raw: Bytes,
    decoder: Decoder,
    malformed: Arc<AtomicU64>,
    parts: Parts,
}

/// What was read and is not decoded, and what was decoded and is not given.
struct Parts {
    stored: Vec<u8>,
    from: usize,
    plain: String,
    given: usize,
    is_last: bool,
}

impl Decoding {
    fn fill(&mut self) -> io::Result<()> {
        let parts = &mut self.parts;
        (parts.given, parts.from) = (0, 0);
        parts.plain.clear();
        parts.plain.reserve(4 * PART_BYTES);
        parts.stored.resize(PART_BYTES, 0);
        let bytes = self.raw.read(&mut parts.stored)?;
        parts.stored.truncate(bytes);
        parts.is_last = bytes == 0;
        loop {
            let rest = parts.stored.get(parts.from..).unwrap_or_default();
            let (result, read, had_errors) =
                self.decoder.decode_to_string(rest, &mut parts.plain, parts.is_last);
            parts.from += read;
            self.malformed.fetch_add(u64::from(had_errors), Ordering::Relaxed);
            match result {
                CoderResult::InputEmpty => return Ok(()),
                CoderResult::OutputFull => parts.plain.reserve(4 * PART_BYTES),
            }
        }
    }
}

impl Read for Decoding {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.parts.given >= self.parts.plain.len() && !self.parts.is_last {
            self.fill()?;
        }
        let mut rest = self.parts.plain.as_bytes().get(self.parts.given..).unwrap_or_default();
        let bytes = rest.read(buffer)?;
        self.parts.given += bytes;
        Ok(bytes)
    }
}

/// Makes text of bytes that should be UTF-8 and may not be, block by block.
pub(super) struct Guess {
    /// What lines that are no UTF-8 are; none: left as they are, for their reader to tell.
    fallback: Option<&'static encoding_rs::Encoding>,
    /// What the input itself says that it is.
    declared: Option<String>,
    is_decided: bool,
    /// Whether text of UTF-8 beyond ASCII was seen.
    is_utf_8: bool,
    /// The beginning of a character at the end of the last block.
    tail: Vec<u8>,
    /// Line ends before this block.
    lines: u64,
}

impl Guess {
    /// `declared` is what the input says of itself.
    pub(super) fn new(declared: Option<(Encoding, String)>) -> Self {
        let declared = declared.filter(|(encoding, _)| encoding.is_single_byte());
        Self {
            fallback: Some(declared.as_ref().map_or(WINDOWS_1252, |(encoding, _)| encoding.0)),
            declared: declared.map(|(_, name)| name),
            is_decided: false,
            is_utf_8: false,
            tail: Vec::new(),
            lines: 0,
        }
    }

    /// The next block as text; none: as it is. What was found is said to `say`, once.
    pub(super) fn block(&mut self, block: &[u8], say: &mut dyn FnMut(String)) -> Option<Vec<u8>> {
        let joined = (!self.tail.is_empty()).then(|| [&*std::mem::take(&mut self.tail), block].concat());
        let bytes = joined.as_deref().unwrap_or(block);
        let is_last = block.is_empty();
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => {
                self.is_utf_8 |= !text.is_ascii();
                self.count(bytes);
                return joined;
            }
            Err(error) if error.error_len().is_none() && !is_last => {
                let (whole, tail) = bytes.split_at(error.valid_up_to());
                self.is_utf_8 |= !whole.is_ascii();
                self.tail = tail.to_vec();
                self.count(whole);
                return Some(whole.to_vec());
            }
            Err(error) => error.valid_up_to(),
        };
        if !std::mem::replace(&mut self.is_decided, true) {
            self.decide(bytes, valid, say);
        }
        let made = match self.fallback {
            None => joined,
            Some(fallback) => Some(self.lines_of(bytes, fallback, is_last)),
        };
        self.lines += memchr::memchr_iter(b'\n', block).count() as u64;
        made
    }

    fn count(&mut self, bytes: &[u8]) {
        if !self.is_decided {
            self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        }
    }

    /// Decides at the first bytes that are no UTF-8. Where as many lines are UTF-8 beyond ASCII as are not, it is UTF-8
    /// with broken lines.
    fn decide(&mut self, bytes: &[u8], valid: usize, say: &mut dyn FnMut(String)) {
        let (mut good, mut bad) = (u64::from(self.is_utf_8), 0_u64);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()) {
            match std::str::from_utf8(line) {
                Ok(_) => good += 1,
                Err(_) => bad += 1,
            }
        }
        let before = bytes.get(..valid).unwrap_or_default();
        let line = self.lines + memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        match (self.fallback, &self.declared) {
            (Some(fallback), Some(declared)) => {
                say(format!(
                    "what is no UTF-8 in it is read as {}, for it says that it is written in `{declared}`",
                    fallback.name()
                ));
            }
            (Some(_), None) if self.is_utf_8 || good >= bad => self.fallback = None,
            (Some(fallback), None) => say(format!(
                "line {line} is no UTF-8: such lines are read as {} (if they are not, say `--encoding`)",
                fallback.name()
            )),
            (None, _) => {}
        }
    }

    /// Each line as it is, where it is UTF-8, or decoded.
    fn lines_of(&mut self, bytes: &[u8], fallback: &'static encoding_rs::Encoding, is_last: bool) -> Vec<u8> {
        let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match std::str::from_utf8(line) {
                Ok(line) => text.push_str(line),
                // The last line of a block may end in the middle of a character.
                Err(error) if error.error_len().is_none() && !is_last && !line.ends_with(b"\n") => {
                    let (whole, tail) = line.split_at(error.valid_up_to());
                    text.push_str(std::str::from_utf8(whole).unwrap_or_default());
                    self.tail = tail.to_vec();
                }
                Err(_) => text.push_str(&fallback.decode_without_bom_handling(line).0),
            }
        }
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], asked: Option<&str>) -> String {
        let charset = Charset::asked(asked.map(|name| Encoding::named(name).unwrap()));
        let raw: Bytes = Box::new(io::Cursor::new(bytes.to_vec()));
        let mut text = Vec::new();
        charset.decoded(bytes, raw).unwrap().read_to_end(&mut text).unwrap();
        let malformed = if charset.malformed() > 0 { " malformed" } else { "" };
        format!("{}{}{malformed}", charset.found().unwrap_or_default(), String::from_utf8_lossy(&text))
    }

    fn utf_16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn whole_inputs_are_decoded_by_their_mark_their_zeros_or_as_asked() {
        let text = "id,Büro 🦀\n".repeat(5000);
        assert_eq!(
            decoded(&utf_16(&format!("\u{feff}{text}"), u16::to_le_bytes), None),
            format!("UTF-16LE{text}")
        );
        assert_eq!(
            decoded(&utf_16(&format!("\u{feff}{text}"), u16::to_be_bytes), None),
            format!("UTF-16BE{text}")
        );
        assert_eq!(decoded(&utf_16(&text, u16::to_le_bytes), None), format!("UTF-16LE{text}"));
        assert_eq!(decoded(&utf_16(&text, u16::to_be_bytes), None), format!("UTF-16BE{text}"));
        assert_eq!(decoded(text.as_bytes(), None), text);
        assert_eq!(decoded(b"B\xfcro", Some("latin1")), "Büro");
        assert_eq!(decoded(b"\x93\xfa\x96\x7b", Some("shift_jis")), "日本");
        assert_eq!(decoded(b"\xff\xfea\0\0\xd8b\0", None), "UTF-16LEa\u{fffd}b malformed");
        assert_eq!(Encoding::named("utf-9"), None);
    }

    /// The text that comes out, and what is said, whatever the size of blocks.
    fn guessed(bytes: &[u8], declared: Option<&str>) -> (Vec<u8>, Vec<String>) {
        let at = |size: usize| {
            let mut guess =
                Guess::new(declared.map(|name| (Encoding::named(name).unwrap(), name.to_owned())));
            let (mut text, mut said) = (Vec::new(), Vec::new());
            for block in bytes.chunks(size).chain([&[][..]]) {
                let made = guess.block(block, &mut |told| said.push(told));
                text.extend_from_slice(made.as_deref().unwrap_or(block));
            }
            (text, said)
        };
        let whole = at(1 << 20);
        for line in [64, 100] {
            assert_eq!(at(line).0, whole.0, "{line}");
        }
        whole
    }

    #[test]
    fn what_is_no_utf_8_is_windows_1252_unless_something_speaks_for_utf_8() {
        let said = |bytes: &[u8]| {
            let (text, said) = guessed(bytes, None);
            (String::from_utf8_lossy(&text).into_owned(), said.join("; "))
        };
        let told =
            "line 2 is no UTF-8: such lines are read as windows-1252 (if they are not, say `--encoding`)";
        assert_eq!(said(b"a\nB\xfcro \x80 5\nMuse\xe9"), ("a\nBüro € 5\nMuseé".to_owned(), told.to_owned()));
        // Lines that are UTF-8 stay so, also among others.
        assert_eq!(said("a\n\x00B\nB\u{fc}ro\n".replace('\0', "").as_bytes()).1, "");
        let mixed = [&b"a\nB\xfcro\nM\xfcll\n"[..], "Büro\n".as_bytes()].concat();
        assert_eq!(said(&mixed), ("a\nBüro\nMüll\nBüro\n".to_owned(), told.to_owned()));
        // One broken byte in a file of UTF-8 does not make it another encoding.
        let broken = ["Büro\nMüll\n".as_bytes(), b"B\xfcro\n"].concat();
        assert_eq!(guessed(&broken, None), (broken.clone(), Vec::new()));
        let (text, said) = guessed(b"<?xml?>\nB\xfcro \xa4\n", Some("iso-8859-15"));
        assert_eq!(String::from_utf8(text).unwrap(), "<?xml?>\nBüro €\n");
        assert_eq!(
            said,
            [
                "what is no UTF-8 in it is read as ISO-8859-15, for it says that it is written in `iso-8859-15`"
            ]
        );
    }
}
