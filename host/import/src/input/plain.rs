//! The plain bytes of an input as a stream, for formats that are not read line by line.

use std::io::{self, BufRead, Read};

use super::Bytes;
use super::blocks::{Block, Blocks};

/// Bytes of an input, decompressed and read ahead.
pub(super) struct Plain {
    blocks: Blocks,
    block: Block,
    read: usize,
}

impl Plain {
    /// The bytes of `raw`, read ahead in blocks of `block_bytes`.
    pub(super) fn begin(raw: Bytes, block_bytes: usize) -> io::Result<Self> {
        Ok(Self { blocks: Blocks::begin(raw, block_bytes)?, block: Block::default(), read: 0 })
    }

    /// What was read ahead and is not consumed.
    pub(super) fn held(&self) -> &[u8] {
        self.block.bytes().get(self.read..).unwrap_or_default()
    }

    /// The blocks, where nothing was consumed yet; `Block` is the first of them.
    pub(super) fn into_blocks(self) -> (Blocks, Block) {
        (self.blocks, self.block)
    }
}

impl BufRead for Plain {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read >= self.block.bytes().len() {
            self.blocks.next(&mut self.block)?;
            self.read = 0;
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
