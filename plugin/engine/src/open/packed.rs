//! Texts and numbers one behind the other, without names: an activity in about half the bytes of its line.
//!
//! Nothing here outlives the process: snapshots hold activities as JSON.

use crate::activity::{Instant, NAME_BYTES_MAX, Participant, Side, Text};

const _: () = assert!(NAME_BYTES_MAX <= u8::MAX as usize, "the length of a text is one byte");

/// Writes at the end of a buffer.
pub(super) struct Writer<'a>(pub(super) &'a mut Vec<u8>);

impl Writer<'_> {
    /// A text that was checked to be within the limit of a name.
    pub(super) fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        debug_assert!(bytes.len() <= NAME_BYTES_MAX, "names are checked before they are packed");
        self.0.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
        // A copy of any length is a call out of WebAssembly; of eight bytes it is one instruction.
        let (eights, rest) = bytes.get(..usize::from(u8::MAX)).unwrap_or(bytes).as_chunks::<8>();
        eights.iter().for_each(|eight| self.0.extend_from_slice(eight));
        rest.iter().for_each(|byte| self.0.push(*byte));
    }

    pub(super) fn choice(&mut self, choice: u8) {
        self.0.push(choice);
    }

    pub(super) fn flag(&mut self, flag: Option<bool>) {
        self.0.push(flag.map_or(2, u8::from));
    }

    pub(super) fn number(&mut self, number: Option<u32>) {
        match number {
            None => self.0.push(0),
            Some(number) => {
                self.0.push(1);
                self.0.extend_from_slice(&number.to_le_bytes());
            }
        }
    }

    pub(super) fn instant(&mut self, at: Option<Instant>) {
        match at {
            None => self.0.push(0),
            Some(at) => {
                self.0.push(1);
                self.0.extend_from_slice(&at.to_le_bytes());
            }
        }
    }

    pub(super) fn person(&mut self, person: &Participant<'_>) {
        self.0.push(person.side as u8);
        self.text(&person.id);
    }
}

/// Reads what a [`Writer`] wrote. Behind the end everything is empty.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((taken, rest)) = self.0.split_first_chunk() else { return [0; N] };
        self.0 = rest;
        *taken
    }

    /// The bytes of a text.
    pub(super) fn bytes(&mut self) -> &'a [u8] {
        let [length] = self.take();
        let Some((bytes, rest)) = self.0.split_at_checked(usize::from(length)) else { return &[] };
        self.0 = rest;
        bytes
    }

    pub(super) fn text(&mut self) -> Text<'a> {
        std::str::from_utf8(self.bytes()).unwrap_or_default().into()
    }

    pub(super) fn choice<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let [choice] = self.take();
        choices.get(usize::from(choice)).copied().unwrap_or_default()
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        match self.take() {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        (self.take() == [1]).then(|| u32::from_le_bytes(self.take()))
    }

    pub(super) fn instant(&mut self) -> Option<Instant> {
        (self.take() == [1]).then(|| Instant::from_le_bytes(self.take()))
    }

    pub(super) fn person(&mut self) -> Participant<'a> {
        let side = self.choice(&[Side::Unknown, Side::Internal, Side::Customer, Side::Contractor]);
        Participant { id: self.text(), side }
    }

    /// All that is left.
    pub(super) fn rest<T>(&mut self, read: impl Fn(&mut Self) -> T) -> Vec<T> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(read(self));
        }
        all
    }
}
