//! Where the plain part of a JSON text ends.

/// Bytes before the first that is a quote, a backslash or a control character: eight at a time, because most texts of a
/// log are too short for what is made for long ones.
pub fn plain_bytes(bytes: &[u8]) -> usize {
    let each = |byte: u8| u64::from_le_bytes([byte; 8]);
    // Sets the highest bit of a byte that is below the limit; up to the first such byte, of no other.
    let below = |word: u64, limit: u8| word.wrapping_sub(each(limit)) & !word;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = below(word ^ each(b'"'), 1) | below(word ^ each(b'\\'), 1) | below(word, b' ');
        match found & each(0x80) {
            0 => {}
            found => return number * 8 + found.trailing_zeros() as usize / 8,
        }
    }
    let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..b' ')).count();
    words.len() * 8 + plain
}
