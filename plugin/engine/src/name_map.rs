//! Small maps by name, made for thousands of accounts with a handful of things each.
//!
//! The hashes of the names lie side by side: a few of them are searched faster than a table is probed, ten thousand in a
//! microsecond, and an empty map takes no memory.

use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};

/// Something with a name that is unique within its map.
pub trait HasName {
    /// The name's bytes.
    fn name(&self) -> &[u8];
}

/// Things by name, in no particular order: no result may depend on it.
#[derive(Clone, Debug)]
pub struct NameMap<T> {
    hashes: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for NameMap<T> {
    fn default() -> Self {
        Self { hashes: Vec::new(), items: Vec::new() }
    }
}

impl<T: HasName> NameMap<T> {
    /// Where the thing of that name is.
    pub fn place(&self, name: &[u8]) -> Option<usize> {
        let is_it = |place: usize| self.items.get(place).is_some_and(|item| item.name() == name);
        place_of(&self.hashes, hash(name), is_it)
    }

    /// The thing of that name.
    pub fn get(&self, name: &[u8]) -> Option<&T> {
        self.items.get(self.place(name)?)
    }

    /// The thing of that name, to be changed in anything but its name.
    pub fn get_mut(&mut self, name: &[u8]) -> Option<&mut T> {
        let place = self.place(name)?;
        self.items.get_mut(place)
    }

    /// The thing of that name, a new one if there is none.
    pub fn get_or_insert(&mut self, name: &[u8], new: impl FnOnce() -> T) -> Option<&mut T> {
        let place = self.place(name).unwrap_or_else(|| self.push(new()));
        self.items.get_mut(place)
    }

    /// Adds a thing whose name is not there; its place.
    pub fn push(&mut self, item: T) -> usize {
        self.hashes.push(hash(item.name()));
        self.items.push(item);
        self.items.len() - 1
    }

    /// Takes those out that `goes` names, in no particular order.
    pub fn take_out(&mut self, mut goes: impl FnMut(&mut T) -> bool, mut taken: impl FnMut(T)) {
        let mut place = 0;
        while let Some(item) = self.items.get_mut(place) {
            if goes(item) {
                self.hashes.swap_remove(place);
                taken(self.items.swap_remove(place));
            } else {
                place += 1;
            }
        }
        if self.items.capacity() > 8 && self.items.len() * 4 < self.items.capacity() {
            self.hashes.shrink_to(self.items.len() * 2);
            self.items.shrink_to(self.items.len() * 2);
        }
    }
}

impl<T> NameMap<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All of them, in no particular order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// All of them, to be changed in anything but their names.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }
}

impl<T: HasName> FromIterator<T> for NameMap<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut keyed = Self::default();
        for item in items {
            keyed.push(item);
        }
        keyed
    }
}

/// Where among `hashes` one is that `is_it`.
pub fn place_of(hashes: &[u32], hash: u32, is_it: impl Fn(usize) -> bool) -> Option<usize> {
    let (blocks, rest) = hashes.as_chunks::<8>();
    for (block, hashes) in blocks.iter().enumerate() {
        // Without an early exit, which lets it compile to vector compares.
        if hashes.iter().fold(false, |found, held| found | (*held == hash)) {
            let mut places = block * 8..block * 8 + 8;
            let found = places.find(|place| is_it(*place));
            if found.is_some() {
                return found;
            }
        }
    }
    let from = blocks.len() * 8;
    (from..).zip(rest).find(|(place, held)| **held == hash && is_it(*place)).map(|(place, _)| place)
}

/// The hash of a name, the same on every machine.
pub fn hash(name: &[u8]) -> u32 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write(name);
    let hash = hasher.finish();
    #[expect(clippy::cast_possible_truncation, reason = "the halves are folded into one")]
    return (hash ^ (hash >> 32)) as u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl HasName for (Vec<u8>, u32) {
        fn name(&self) -> &[u8] {
            &self.0
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_an_ordered_map_holds(steps in prop::collection::vec((0..60u8, any::<u32>(), 0..20u32), 0..200)) {
            let (mut keyed, mut map) = (NameMap::default(), BTreeMap::new());
            for (name, value, kind) in steps {
                let name = vec![name; usize::from(name) % 5 + 1];
                if kind == 0 {
                    let mut gone = Vec::new();
                    keyed.take_out(|item: &mut (Vec<u8>, u32)| item.1 % 3 == value % 3, |item| gone.push(item));
                    gone.sort();
                    let expected: Vec<_> = map.extract_if(.., |_, held: &mut u32| *held % 3 == value % 3).collect();
                    prop_assert_eq!(gone, expected);
                } else {
                    keyed.get_or_insert(&name, || (name.clone(), 0)).unwrap().1 = value;
                    map.insert(name, value);
                }
                let mut all: Vec<_> = keyed.iter().cloned().collect();
                all.sort();
                prop_assert_eq!(all, map.clone().into_iter().collect::<Vec<_>>());
                prop_assert!(map.keys().all(|name| keyed.get(name).map(|item| item.1) == map.get(name).copied()));
            }
        }
    }
}
