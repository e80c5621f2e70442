//! Gzip and zstd, known by their first bytes; anything else is passed on as it is.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::Bytes;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The plain bytes of `raw`.
pub(super) fn decode(mut raw: Bytes) -> io::Result<Bytes> {
    let mut head = Vec::with_capacity(ZSTD.len());
    raw.by_ref().take(4).read_to_end(&mut head)?;
    let (is_gzip, is_zstd) = (head.starts_with(&GZIP), head.starts_with(&ZSTD));
    let whole = Cursor::new(head).chain(raw);
    if is_gzip {
        return Ok(Box::new(MultiGzDecoder::new(BufReader::new(whole))));
    }
    if is_zstd {
        return Ok(Box::new(zstd::Decoder::new(whole)?));
    }
    Ok(Box::new(whole))
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
}
