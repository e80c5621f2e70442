//! The newest activity ids of many, as evidence.

use crate::activity::NAME_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most activity ids that are told as evidence.
pub const EVIDENCE_MAX: u32 = 20;

const _: () = assert!(NAME_BYTES_MAX <= u8::MAX as usize, "the length of an id is one byte");

/// Ids, oldest first, in one piece with their lengths in front: many are kept, few are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    packed: Vec<u8>,
    count: u32,
}

impl Trail {
    /// One more, newer than all before.
    pub fn push(&mut self, id: &[u8]) {
        if self.packed.capacity() == 0 {
            // Most subjects have few activities, of one system with ids of one length.
            self.packed.reserve_exact(4 * (1 + id.len()));
        }
        self.packed.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        self.packed.extend_from_slice(id);
        self.count += 1;
    }

    /// Drops the oldest of those behind which `ahead` come, until `steps` or [`EVIDENCE_MAX`] of them are left.
    pub fn keep_newest(&mut self, steps: u32, ahead: u32) {
        self.drop_oldest(self.count.saturating_sub(steps.min(EVIDENCE_MAX).saturating_add(ahead)));
    }

    /// Drops the newest `ids`.
    pub fn drop_newest(&mut self, ids: u32) {
        let kept = self.count.saturating_sub(ids);
        self.packed.truncate(self.behind(kept));
        self.count = kept;
    }

    /// The newest `steps` of them, [`EVIDENCE_MAX`] at most.
    pub fn newest_of(&self, steps: u32) -> Trail {
        let kept = self.count.min(steps).min(EVIDENCE_MAX);
        let packed = self.packed.get(self.behind(self.count - kept)..).unwrap_or_default().to_vec();
        Trail { packed, count: kept }
    }

    /// The ids, newest first.
    pub fn newest(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.ids().map(|id| std::str::from_utf8(id).unwrap_or_default()).collect();
        ids.reverse();
        ids
    }

    fn drop_oldest(&mut self, ids: u32) {
        if ids > 0 {
            self.packed.drain(..self.behind(ids));
            self.count -= ids;
        }
    }

    /// Where the ids behind the oldest `ids` begin.
    fn behind(&self, ids: u32) -> usize {
        self.ids().take(ids as usize).map(|id| id.len() + 1).sum()
    }

    fn ids(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.packed.as_slice();
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first()?;
            let (id, behind) = behind.split_at_checked(usize::from(*length))?;
            rest = behind;
            Some(id)
        })
    }
}

impl Serialize for Trail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.newest().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Trail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let newest = Vec::<String>::deserialize(deserializer)?;
        if newest.len() > EVIDENCE_MAX as usize || newest.iter().any(|id| id.len() > NAME_BYTES_MAX) {
            return Err(serde::de::Error::custom("evidence over its limits"));
        }
        let mut trail = Self::default();
        newest.iter().rev().for_each(|id| trail.push(id.as_bytes()));
        Ok(trail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let mut trail = Trail::default();
        for i in 0..25 {
            trail.push(format!("id{i}").as_bytes());
        }
        assert_eq!(trail.newest_of(2).newest(), ["id24", "id23"]);
        trail.keep_newest(u32::MAX, 2);
        assert_eq!((trail.newest().len(), trail.newest()[21]), (22, "id3"), "two more are ahead");
        trail.drop_newest(2);
        assert_eq!((trail.newest()[0], trail.newest()[19]), ("id22", "id3"));
        let again: Trail = serde_json::from_str(&serde_json::to_string(&trail).unwrap()).unwrap();
        assert_eq!(again, trail);
        trail.keep_newest(0, 0);
        assert_eq!(trail, Trail::default());
    }
}
