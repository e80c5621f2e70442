//! The newest activity ids of many, as evidence.

use crate::activity::NAME_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most activity ids that are remembered as evidence.
const EVIDENCE_MAX: usize = 20;

const _: () = assert!(NAME_BYTES_MAX <= u8::MAX as usize, "the length of an id is one byte");

/// The newest ids of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    /// Each with its length in front, oldest first, in one piece: many trails are kept, few are read.
    packed: Vec<u8>,
    kept: u8,
    /// How many there were.
    pub total: u32,
}

impl Trail {
    /// One more, newer than all before.
    pub fn push(&mut self, id: &[u8]) {
        if usize::from(self.kept) == EVIDENCE_MAX {
            let oldest = 1 + usize::from(self.packed.first().copied().unwrap_or(0));
            self.packed.drain(..oldest.min(self.packed.len()));
            self.kept -= 1;
        }
        self.packed.reserve_exact(if self.kept == 0 { 1 + id.len() } else { 0 });
        self.packed.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        self.packed.extend_from_slice(id);
        self.kept += 1;
        self.total = self.total.saturating_add(1);
    }

    /// Keeps the newest `total` only.
    pub fn shorten(&mut self, total: u32) {
        let newest = self.newest();
        let kept = newest.into_iter().take(total as usize).map(str::to_owned).collect::<Vec<_>>();
        *self = Self::new(kept.iter().map(String::as_str), total);
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        (self.kept, self.total) = (0, 0);
        self.packed.clear();
    }

    /// The ids that are remembered, newest first.
    pub fn newest(&self) -> Vec<&str> {
        let mut rest = self.packed.as_slice();
        let mut ids = Vec::with_capacity(usize::from(self.kept));
        while let Some((length, behind)) = rest.split_first() {
            let Some((id, behind)) = behind.split_at_checked(usize::from(*length)) else { break };
            ids.push(std::str::from_utf8(id).unwrap_or_default());
            rest = behind;
        }
        ids.reverse();
        ids
    }

    /// `newest` of `total` ids, newest first.
    fn new<'a>(newest: impl DoubleEndedIterator<Item = &'a str>, total: u32) -> Self {
        let mut trail = Self::default();
        newest.rev().for_each(|id| trail.push(id.as_bytes()));
        trail.total = total;
        trail
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Trail")]
struct Told<T> {
    newest: T,
    total: u32,
}

impl Serialize for Trail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Told { newest: self.newest(), total: self.total }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Trail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Told::<Vec<String>>::deserialize(deserializer)?;
        if told.newest.len() > EVIDENCE_MAX || told.newest.iter().any(|id| id.len() > NAME_BYTES_MAX) {
            return Err(serde::de::Error::custom("evidence over its limits"));
        }
        Ok(Self::new(told.newest.iter().map(String::as_str), told.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_all_are_counted() {
        let mut trail = Trail::default();
        for i in 0..25 {
            trail.push(format!("id{i}").as_bytes());
        }
        assert_eq!((trail.total, trail.newest().len()), (25, EVIDENCE_MAX));
        assert_eq!((trail.newest()[0], trail.newest()[19]), ("id24", "id5"));
        let again: Trail = serde_json::from_str(&serde_json::to_string(&trail).unwrap()).unwrap();
        assert_eq!(again, trail);
        trail.shorten(2);
        assert_eq!((trail.newest(), trail.total), (vec!["id24", "id23"], 2));
    }
}
