//! Bytes read ahead: reading and decompressing go on, on a thread of their own, while lines are looked at.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use super::charset::Charset;
use super::{Bytes, Counted, decode};

/// Blocks of one input: one being filled, one being looked at, the others waiting in between.
pub(super) const BLOCKS: usize = 4;

/// Plain bytes of one input, block by block.
pub(super) struct Blocks {
    full: Receiver<io::Result<Block>>,
    empty: Sender<Vec<u8>>,
    ended: bool,
    stored: Arc<AtomicU64>,
}

/// Some bytes; none: the input has ended.
#[derive(Debug, Default)]
pub(super) struct Block {
    room: Vec<u8>,
    length: usize,
}

impl Block {
    pub(super) fn bytes(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }
}

impl Blocks {
    /// Begins to read `raw`, as far as [`BLOCKS`] blocks of `block_bytes` go.
    pub(super) fn begin(raw: Bytes, block_bytes: usize, charset: &Charset) -> io::Result<Self> {
        let (fill, full) = mpsc::channel();
        let (empty, rooms) = mpsc::channel();
        for _ in 1..BLOCKS {
            give(&empty, Vec::new());
        }
        let reader = thread::Builder::new().name("redtape-reader".to_owned());
        let (charset, stored) = (charset.clone(), Arc::<AtomicU64>::default());
        let raw: Bytes = Box::new(Counted { raw, bytes_read: Arc::clone(&stored) });
        reader.spawn(move || read(raw, block_bytes, &charset, &rooms, &fill))?;
        Ok(Self { full, empty, ended: false, stored })
    }

    /// Bytes read so far, as they are stored.
    pub(super) fn stored(&self) -> &Arc<AtomicU64> {
        &self.stored
    }

    /// Puts the next block in the place of `block`; an empty one at the end, and from then on.
    pub(super) fn next(&mut self, block: &mut Block) -> io::Result<()> {
        let read = std::mem::take(block);
        if self.ended {
            return Ok(());
        }
        give(&self.empty, read.room);
        let gone = |_| io::Error::other("the thread that reads has ended");
        *block = self.full.recv().map_err(gone).flatten()?;
        self.ended = block.length == 0;
        Ok(())
    }
}

/// Gives a room back; a reader that has ended needs none.
fn give(empty: &Sender<Vec<u8>>, room: Vec<u8>) {
    empty.send(room).unwrap_or_default();
}

/// Fills rooms until the end, an error, or until nobody listens any more.
fn read(
    raw: Bytes,
    block_bytes: usize,
    charset: &Charset,
    rooms: &Receiver<Vec<u8>>,
    fill: &Sender<io::Result<Block>>,
) {
    let mut plain = match decode::decode(raw, charset) {
        Ok(plain) => plain,
        Err(error) => return fill.send(Err(error)).unwrap_or_default(),
    };
    let mut is_first = true;
    for mut room in rooms {
        room.resize(block_bytes, 0);
        let (length, read) = fill_room(&mut plain, &mut room, is_first);
        is_first = false;
        let is_last = length == 0 || read.is_err();
        // An empty block says that the input has ended, which an error does itself.
        if length > 0 || read.is_ok() {
            fill.send(Ok(Block { room, length })).unwrap_or_default();
        }
        if let Err(error) = read {
            fill.send(Err(error)).unwrap_or_default();
        }
        if is_last {
            return;
        }
    }
}

/// Fills a room with what is there; the first one with a line at least, which shows what the input is.
fn fill_room(plain: &mut Bytes, room: &mut [u8], is_first: bool) -> (usize, io::Result<()>) {
    let (mut length, mut has_line) = (0, false);
    loop {
        let free = room.get_mut(length..).unwrap_or_default();
        if free.is_empty() {
            return (length, Ok(()));
        }
        // What is there is handed on at once: a stream may be slow.
        match plain.read(free) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
            Ok(0) => return (length, Ok(())),
            Ok(bytes) => {
                has_line |= memchr::memchr(b'\n', free.get(..bytes).unwrap_or_default()).is_some();
                length += bytes;
                if has_line || !is_first {
                    return (length, Ok(()));
                }
            }
        }
    }
}
