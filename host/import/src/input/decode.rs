//! Gzip and zstd, known by their first bytes; anything else is passed on as it is.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::format::refused;

use super::{Bytes, Counted};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Most bytes of a first look.
const HEAD_BYTES: usize = 4 << 10;
/// Plain bytes for each stored byte, above which an archive is no log but a bomb. Logs have 10 to 60; gzip can have 1,032.
const RATIO_MAX: u64 = 400;
/// Plain bytes up to which the ratio does not matter.
const FREE_BYTES: u64 = 64 << 20;

/// The plain bytes of `raw`.
pub(super) fn decode(mut raw: Bytes) -> io::Result<Bytes> {
    let head = head(&mut raw)?;
    let (is_gzip, is_zstd) = (head.starts_with(&GZIP), head.starts_with(&ZSTD));
    let whole = Cursor::new(head).chain(raw);
    if !is_gzip && !is_zstd {
        return Ok(Box::new(whole));
    }
    let stored = Arc::new(AtomicU64::new(0));
    let whole = Counted { raw: Box::new(whole), bytes_read: Arc::clone(&stored) };
    let decoder: Bytes = if is_gzip {
        Box::new(MultiGzDecoder::new(BufReader::new(whole)))
    } else {
        Box::new(zstd::Decoder::new(whole)?)
    };
    Ok(Box::new(Bounded { decoder, stored, plain: 0 }))
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
        let bytes = self.decoder.read(buffer)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn decoded(bytes: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        decode(Box::new(Cursor::new(bytes)))?.read_to_string(&mut text)?;
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
        let mut cut = gzip("one two three");
        cut.truncate(14);
        assert_eq!(decoded(cut).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_bomb_ends_in_an_error() {
        let zeros = io::repeat(0).take(1 << 30);
        let bomb = zstd::encode_all(zeros, 1).unwrap();
        let told = io::copy(&mut decode(Box::new(Cursor::new(bomb))).unwrap(), &mut io::sink()).unwrap_err();
        let said = "it unpacks to more than 400 times its size: unpack it first, if it is a log (";
        assert!(told.to_string().starts_with(said), "{told}");
    }
}
