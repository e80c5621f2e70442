//! Which signal: by its place in the list while the engine runs, by its name in everything that is stored.
//!
//! Places change from build to build, names do not. So a state that was stored by a build with another list is read by
//! name: what it does not know of a signal begins anew, and what this build does not know is refused.

use super::{About, LIST, Signal, creep};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use xxhash_rust::xxh3::xxh3_64;

/// How many signals are measured.
pub const MEASURED: usize = LIST.len();

/// The list, each signal with its place.
#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "it is made by the compiler, and the list is far shorter than 255"
)]
const ALL: [(SignalId, &Signal); MEASURED] = {
    let mut all = [(SignalId(0), LIST[0]); MEASURED];
    let mut place = 0;
    while place < MEASURED {
        all[place] = (SignalId(place as u8), LIST[place]);
        place += 1;
    }
    all
};

/// A signal of the list, or the account as a whole, which comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignalId(u8);

impl SignalId {
    /// The account as a whole.
    #[expect(clippy::cast_possible_truncation, reason = "the list is far shorter")]
    pub const WHOLE: SignalId = SignalId(MEASURED as u8);

    /// All of them, in the order they are told.
    pub fn all() -> impl Iterator<Item = SignalId> {
        (0..=Self::WHOLE.0).map(SignalId)
    }

    /// Those that are measured, in the same order.
    pub fn measured() -> impl Iterator<Item = (SignalId, &'static Signal)> {
        ALL.into_iter()
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<SignalId> {
        Self::all().find(|id| id.name() == name)
    }

    /// Its description; none: it is the account as a whole.
    pub fn signal(self) -> Option<&'static Signal> {
        LIST.get(usize::from(self.0)).copied()
    }

    /// What it is called, and what people read about it.
    pub fn about(self) -> &'static About {
        self.signal().map_or(&creep::ABOUT, |signal| &signal.about)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// What tells this list from others: 32 bits of a hash of the names.
    pub fn list_hash() -> i64 {
        let names: Vec<&str> = Self::all().map(Self::name).collect();
        i64::from(u32::try_from(xxh3_64(names.join("\n").as_bytes()) >> 32).unwrap_or_default())
    }
}

impl Serialize for SignalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SignalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::find(&name).ok_or_else(|| D::Error::custom("no such signal"))
    }
}

/// One entry a measured signal, in the order of the list; stored as a map by name. It is the array it holds, so that loops
/// over it are loops over an array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerSignal<T>([T; MEASURED]);

impl<T> PerSignal<T> {
    /// The entry of each signal.
    pub fn from_fn(mut entry: impl FnMut(SignalId, &'static Signal) -> T) -> Self {
        Self(ALL.map(|(id, signal)| entry(id, signal)))
    }

    /// An entry made of each.
    pub fn map<U>(self, entry: impl FnMut(T) -> U) -> PerSignal<U> {
        PerSignal(self.0.map(entry))
    }

    /// A reference to each.
    pub fn each_ref(&self) -> PerSignal<&T> {
        PerSignal(self.0.each_ref())
    }

    /// The entry of a signal; none: it is the account as a whole.
    pub fn get(&self, id: SignalId) -> Option<&T> {
        self.0.get(usize::from(id.0))
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: SignalId) -> Option<&mut T> {
        self.0.get_mut(usize::from(id.0))
    }

    /// Each entry with its signal.
    pub fn each(&self) -> impl Iterator<Item = (SignalId, &T)> {
        (0..).map(SignalId).zip(&self.0)
    }

    /// The same, to be changed.
    pub fn each_mut(&mut self) -> impl Iterator<Item = (SignalId, &mut T)> {
        (0..).map(SignalId).zip(&mut self.0)
    }
}

impl<T> Deref for PerSignal<T> {
    type Target = [T; MEASURED];

    fn deref(&self) -> &[T; MEASURED] {
        &self.0
    }
}

impl<T> DerefMut for PerSignal<T> {
    fn deref_mut(&mut self) -> &mut [T; MEASURED] {
        &mut self.0
    }
}

impl<T: Default> Default for PerSignal<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| T::default()))
    }
}

impl<T: Serialize> Serialize for PerSignal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.each())
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for PerSignal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut named = deserializer.deserialize_map(Named(PhantomData))?;
        if named.last().is_some_and(Option::is_some) {
            return Err(D::Error::custom("no series of its own"));
        }
        Ok(Self::from_fn(|id, _| taken(&mut named, id)))
    }
}

/// One entry a measured signal, and one for the account as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WithWhole<T> {
    /// Of the measured signals.
    pub signals: PerSignal<T>,
    /// Of the account as a whole.
    pub whole: T,
}

impl<T> WithWhole<T> {
    /// The entry of each.
    pub fn from_fn(mut entry: impl FnMut(SignalId) -> T) -> Self {
        Self { signals: PerSignal::from_fn(|id, _| entry(id)), whole: entry(SignalId::WHOLE) }
    }

    /// The entry of a signal.
    pub fn get(&self, id: SignalId) -> &T {
        self.signals.get(id).unwrap_or(&self.whole)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: SignalId) -> &mut T {
        self.signals.get_mut(id).unwrap_or(&mut self.whole)
    }

    /// Each entry, that of the account as a whole last.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.signals.iter().chain([&self.whole])
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.signals.iter_mut().chain([&mut self.whole])
    }

    /// Each entry with its signal.
    pub fn each(&self) -> impl Iterator<Item = (SignalId, &T)> {
        SignalId::all().zip(self.iter())
    }
}

impl<T: Serialize> Serialize for WithWhole<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.each())
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for WithWhole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut named = deserializer.deserialize_map(Named(PhantomData))?;
        Ok(Self::from_fn(|id| taken(&mut named, id)))
    }
}

/// What is stored by name, at the place of each signal and of the account as a whole. No map, because each sort of entry
/// would bring the code of one.
struct Named<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
    type Value = [Option<T>; MEASURED + 1];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries by the names of signals")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut named = [const { None }; MEASURED + 1];
        while let Some(id) = map.next_key::<SignalId>()? {
            let entry = map.next_value()?;
            if let Some(held) = named.get_mut(usize::from(id.0)) {
                *held = Some(entry);
            }
        }
        Ok(named)
    }
}

/// The entry of a signal; one that is not stored begins anew.
fn taken<T: Default>(named: &mut [Option<T>], id: SignalId) -> T {
    named.get_mut(usize::from(id.0)).and_then(Option::take).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_has_names_and_what_is_missing_begins_anew() {
        let numbers = WithWhole::from_fn(|id| id.name().len());
        let text = serde_json::to_string(&numbers).unwrap();
        for id in SignalId::all() {
            assert!(text.contains(&format!("\"{}\":{}", id.name(), id.name().len())), "{text}");
            assert_eq!(SignalId::find(id.name()), Some(id));
            assert_eq!(id.signal().is_none(), id == SignalId::WHOLE);
        }
        assert_eq!(serde_json::from_str::<WithWhole<usize>>(&text).unwrap(), numbers);
        let whole = SignalId::WHOLE.name();
        let fresh: WithWhole<usize> = serde_json::from_str(&format!("{{\"{whole}\":7}}")).unwrap();
        assert_eq!(fresh, WithWhole { whole: 7, ..WithWhole::default() });
        for unknown in [r#"{"another":1}"#.to_owned(), format!("{{\"{whole}\":7}}")] {
            assert!(serde_json::from_str::<PerSignal<usize>>(&unknown).is_err(), "{unknown}");
        }
    }
}
