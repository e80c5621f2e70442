//! Gzip and zstd, known by their first bytes, and other encodings than UTF-8; anything else is passed on as it is.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::charset::Charset;
use super::{Bytes, Counted};
use crate::error::{refused, too_large};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What a frame of zstd begins with that is passed over, behind a byte from 0x50 to 0x5f: pzstd puts one first.
const SKIPPED: [u8; 3] = [0x2a, 0x4d, 0x18];
/// What zstd may look back, as a power of two: it is held while unpacking.
const WINDOW_LOG_MAX: u32 = 26;
/// Most bytes of a first look.
const HEAD_BYTES: usize = 4 << 10;
/// Plain bytes for each stored byte, above which an archive is no log but a bomb. Logs have 10 to 60; gzip can have 1,032.
pub(super) const RATIO_MAX: u64 = 400;
/// Plain bytes up to which the ratio does not matter.
const FREE_BYTES: u64 = 64 << 20;

/// The plain bytes of `raw`, text among them as UTF-8.
pub(super) fn decode(raw: Bytes, charset: &Charset) -> io::Result<Bytes> {
    let mut plain = unpacked(raw)?;
    let head = head(&mut plain)?;
    if head.starts_with(&GZIP) || is_zstd(&head) {
        return Err(refused("it is compressed twice: unpack it once"));
    }
    let whole: Bytes = Box::new(Cursor::new(head.clone()).chain(plain));
    charset.decoded(&head, whole)
}

fn unpacked(mut raw: Bytes) -> io::Result<Bytes> {
    let head = head(&mut raw)?;
    let is_gzip = head.starts_with(&GZIP);
    let is_packed = is_gzip || is_zstd(&head);
    let whole = Cursor::new(head).chain(raw);
    if !is_packed {
        return Ok(Box::new(whole));
    }
    let stored = Arc::new(AtomicU64::new(0));
    let whole = Counted { raw: Box::new(whole), bytes_read: Arc::clone(&stored) };
    let decoder: Bytes = if is_gzip {
        Box::new(MultiGzDecoder::new(BufReader::new(whole)))
    } else {
        let mut decoder = zstd::Decoder::new(whole)?;
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        Box::new(decoder)
    };
    Ok(Box::new(Bounded { decoder, stored, plain: 0 }))
}

fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&ZSTD) || matches!(head, [0x50..=0x5f, rest @ ..] if rest.starts_with(&SKIPPED))
}

/// What a first look gives: as much as was there at once, and enough to know a compression by.
fn head(raw: &mut Bytes) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let mut length = 0;
    while length < ZSTD.len() {
        match raw.read(head.get_mut(length..).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) => break,
            read => length += read?,
        }
    }
    head.truncate(length);
    Ok(head)
}

/// A decoder that ends where there is far more in it than a log can have.
struct Bounded {
    decoder: Bytes,
    stored: Arc<AtomicU64>,
    plain: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.decoder.read(buffer).map_err(told)?;
        self.plain += u64::try_from(bytes).unwrap_or_default();
        let stored = self.stored.load(Ordering::Relaxed);
        if self.plain > FREE_BYTES && self.plain / RATIO_MAX > stored {
            let why = format!(
                "it unpacks to more than {RATIO_MAX} times its size: unpack it first, if it is a log ({} bytes came out of {stored})",
                self.plain
            );
            return Err(refused(why));
        }
        Ok(bytes)
    }
}

/// What zstd says in its own words, where the reader could do something about it.
fn told(error: io::Error) -> io::Error {
    let said = error.to_string();
    if said.contains("too much memory") {
        return too_large(
            1_u64 << WINDOW_LOG_MAX,
            format!(
                "zstd would hold more than {} MiB to unpack it: compress it without `--long` or `--ultra`",
                (1_u64 << WINDOW_LOG_MAX) >> 20
            ),
        );
    }
    if said.contains("deflate stream")
        || said.contains("gzip")
        || error.kind() == io::ErrorKind::UnexpectedEof
    {
        let why = if said.contains("header") || said.contains("corrupt") {
            "a part of it is no gzip, or is damaged: it was put together with something else"
        } else {
            "its gzip is cut off, or something else stands behind it: fetch it again"
        };
        return io::Error::new(error.kind(), why);
    }
    if said.contains("Unknown frame descriptor") {
        return refused(
            "a part of it is no zstd: it was put together with something else, or is another compression",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn decoded(bytes: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        decode(Box::new(Cursor::new(bytes)), &Charset::default())?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressed_logs_are_known_by_their_bytes() {
        assert_eq!(decoded(b"plain".to_vec()).unwrap(), "plain");
        assert_eq!(decoded(Vec::new()).unwrap(), "");
        assert_eq!(decoded([gzip("one "), gzip("two")].concat()).unwrap(), "one two");
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
        assert_eq!(decoded([zstd("one "), zstd("two")].concat()).unwrap(), "one two");
        let skipped = [b"\x50\x2a\x4d\x18\x04\0\0\0abcd".to_vec(), zstd("one "), zstd("two")].concat();
        assert_eq!(decoded(skipped).unwrap(), "one two");
        let told = decoded([zstd("one"), b"garbage".to_vec()].concat()).unwrap_err().to_string();
        assert!(told.starts_with("a part of it is no zstd"), "{told}");
        let mut cut = gzip("one two three");
        cut.truncate(14);
        assert_eq!(decoded(cut).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let told = decoded([gzip("one"), b"behind it".to_vec()].concat()).unwrap_err().to_string();
        assert!(
            told.starts_with("its gzip is cut off") || told.starts_with("a part of it is no gzip"),
            "{told}"
        );
        let twice = zstd::encode_all(&*gzip("one"), 1).unwrap();
        assert_eq!(decoded(twice).unwrap_err().to_string(), "it is compressed twice: unpack it once");
    }

    #[test]
    fn a_bomb_ends_in_an_error() {
        let zeros = io::repeat(0).take(1 << 30);
        let bomb = zstd::encode_all(zeros, 1).unwrap();
        let told =
            io::copy(&mut decode(Box::new(Cursor::new(bomb)), &Charset::default()).unwrap(), &mut io::sink())
                .unwrap_err();
        let said = "it unpacks to more than 400 times its size: unpack it first, if it is a log (";
        assert!(told.to_string().starts_with(said), "{told}");
    }
}
