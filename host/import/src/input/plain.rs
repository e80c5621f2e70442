//! The plain bytes of an input as a stream, for formats that are not read line by line.

use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Bytes;
use super::blocks::{Block, Blocks};
use super::charset::{Charset, Guess};

/// Bytes of an input, decompressed and read ahead.
pub(super) struct Plain {
    blocks: Blocks,
    block: Block,
    /// The block as text, where it had to be made.
    made: Option<Vec<u8>>,
    read: usize,
    guess: Option<(Guess, Say)>,
}

/// Somebody who is told what is taken for granted.
pub(super) type Say = Box<dyn FnMut(String) + Send>;

/// Bytes of an input that were read so far, as they are stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored(Arc<AtomicU64>);

impl Stored {
    /// Bytes that may be held of the input: a small one can unpack to far more than it is.
    pub(super) fn held_max(&self) -> u64 {
        super::held_max(self.0.load(Ordering::Relaxed))
    }
}

impl Plain {
    /// The bytes of `raw`, read ahead in blocks of `block_bytes`.
    #[cfg(test)]
    pub(super) fn begin(raw: Bytes, block_bytes: usize) -> io::Result<Self> {
        Self::begin_as(raw, block_bytes, &Charset::default())
    }

    /// The same, of text in an encoding that is asked for.
    pub(super) fn begin_as(raw: Bytes, block_bytes: usize, charset: &Charset) -> io::Result<Self> {
        let blocks = Blocks::begin(raw, block_bytes, charset)?;
        Ok(Self { blocks, block: Block::default(), made: None, read: 0, guess: None })
    }

    /// Makes text of what is no UTF-8, from here on.
    pub(super) fn guess(&mut self, guess: Guess, say: Say) {
        self.guess = Some((guess, say));
        let held = self.held().to_vec();
        if !held.is_empty() {
            self.make(&held);
            self.made.get_or_insert(held);
            self.read = 0;
        }
    }

    /// Puts other bytes in the place of some that are held.
    pub(super) fn replace(&mut self, place: Range<usize>, by: &[u8]) {
        let mut held = self.held().to_vec();
        if place.end <= held.len() {
            held.splice(place, by.iter().copied());
            (self.made, self.read) = (Some(held), 0);
        }
    }

    fn make(&mut self, bytes: &[u8]) {
        self.made = self.guess.as_mut().and_then(|(guess, say)| guess.block(bytes, say));
    }

    /// What was read ahead and is not consumed.
    pub(super) fn held(&self) -> &[u8] {
        self.whole().get(self.read..).unwrap_or_default()
    }

    fn whole(&self) -> &[u8] {
        self.made.as_deref().unwrap_or(self.block.bytes())
    }

    /// Bytes read so far, as they are stored.
    pub(super) fn stored(&self) -> Stored {
        Stored(Arc::clone(self.blocks.stored()))
    }

    /// The blocks, where nothing was consumed yet; `Block` is the first of them.
    pub(super) fn into_blocks(self) -> (Blocks, Block) {
        (self.blocks, self.block)
    }
}

impl BufRead for Plain {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read >= self.whole().len() {
            self.blocks.next(&mut self.block)?;
            self.read = 0;
            self.made = match &mut self.guess {
                Some((guess, say)) => guess.block(self.block.bytes(), say),
                None => None,
            };
            if self.block.bytes().is_empty() {
                break;
            }
        }
        Ok(self.held())
    }

    fn consume(&mut self, bytes: usize) {
        self.read += bytes;
    }
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(buffer)?;
        self.consume(bytes);
        Ok(bytes)
    }
}
