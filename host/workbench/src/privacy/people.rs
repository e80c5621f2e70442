//! How people appear in what is written: by number, by a pseudonym that stays, or by name where that is asked for.
//!
//! Every output that names people asks here, and asks whether a group is large enough to be told apart at all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Nothing is broken down by person for a group of fewer people: the privacy floor of Viva Insights and of its library
/// `wpa` (`mingroup = 5`, microsoft.github.io/wpa, "afterhours_summary").
pub const GROUP_SIZE_MIN: usize = 5;

/// Fewest bytes of a key: 128 bits, so that nobody finds it by trying.
pub const KEY_BYTES_MIN: usize = 16;

/// Fewest bits of a key, as its bytes vary. Sixteen random hex digits have some 50, and random bytes more; a key that says one
/// short thing again and again has fewer.
const KEY_BITS_MIN: f64 = 40.0;

/// Bytes of a pseudonym: two of a million people are the same by a chance of 1 in 37 million.
const PSEUDONYM_BYTES: usize = 8;

/// Keys codes where there is no key of somebody's own.
const PUBLIC_KEY: &[u8] = b"redtape: codes without a key";

/// Whether something about a group of so many people may be broken down by person.
pub fn may_be_broken_down(people: usize) -> bool {
    people >= GROUP_SIZE_MIN
}

/// Gives people the names they appear under, in one report.
///
/// ```
/// use redtape_workbench::privacy::People;
///
/// let mut people = People::numbered();
/// assert_eq!(["kam-7", "buyer", "kam-7"].map(|id| people.name(id)), ["person 1", "person 2", "person 1"]);
/// ```
#[derive(Clone)]
pub struct People(Naming);

#[derive(Clone)]
enum Naming {
    Numbered(BTreeMap<String, usize>),
    Keyed(Hmac<Sha256>),
    Names,
    Somebody,
}

/// Why a key does not keep people apart from their pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// Fewer bytes than [`KEY_BYTES_MIN`]; how many.
    #[error("key for pseudonyms has {0} bytes: must be at least {KEY_BYTES_MIN}")]
    Short(usize),
    /// Long enough, but it repeats itself, so that it is soon found by trying.
    #[error(
        "key for pseudonyms repeats itself and is soon guessed: must be random bytes, in base64 or hex where it is text"
    )]
    Guessable,
}

impl People {
    /// `person 1`, `person 2` and so on, in the order in which they are first asked for.
    pub fn numbered() -> Self {
        Self(Naming::Numbered(BTreeMap::new()))
    }

    /// HMAC-SHA-256 of the id, 16 hex digits: the same in every report with this key.
    ///
    /// # Errors
    ///
    /// [`WeakKey`] below [`KEY_BYTES_MIN`], or where it repeats itself.
    pub fn keyed(key: &[u8]) -> Result<Self, WeakKey> {
        if key.len() < KEY_BYTES_MIN {
            return Err(WeakKey::Short(key.len()));
        }
        if bits(key) < KEY_BITS_MIN {
            return Err(WeakKey::Guessable);
        }
        // HMAC takes a key of any length.
        Hmac::new_from_slice(key).map(|mac| Self(Naming::Keyed(mac))).or(Err(WeakKey::Short(key.len())))
    }

    /// Names as they are in the log.
    pub fn names() -> Self {
        Self(Naming::Names)
    }

    /// All of them `somebody`.
    pub fn somebody() -> Self {
        Self(Naming::Somebody)
    }

    /// Whether people keep their names.
    pub fn are_names(&self) -> bool {
        matches!(self.0, Naming::Names)
    }

    /// A code for a text that tells things apart and must not be read, 16 hex digits: another for every text, and the same
    /// wherever it stands. Without a key whoever guesses the text can find out that it was that.
    pub fn code(&self, text: &str) -> String {
        let mac = match &self.0 {
            Naming::Keyed(mac) => Some(mac.clone()),
            _ => Hmac::new_from_slice(PUBLIC_KEY).ok(),
        };
        mac.map(|mac| code(mac, text)).unwrap_or_default()
    }

    /// The name that the person of this id appears under; somebody who is not known (`""`) stays so.
    pub fn name<'a>(&mut self, id: &'a str) -> Cow<'a, str> {
        if id.is_empty() {
            return Cow::Borrowed(id);
        }
        match &mut self.0 {
            Naming::Names => Cow::Borrowed(id),
            Naming::Numbered(known) => {
                let next = known.len() + 1;
                let number = match known.get(id) {
                    Some(number) => *number,
                    None => *known.entry(id.to_owned()).or_insert(next),
                };
                Cow::Owned(format!("person {number}"))
            }
            Naming::Somebody => Cow::Borrowed("somebody"),
            Naming::Keyed(mac) => Cow::Owned(code(mac.clone(), id)),
        }
    }
}

fn code(mac: Hmac<Sha256>, text: &str) -> String {
    let code = mac.chain_update(text).finalize().into_bytes();
    code.iter().take(PSEUDONYM_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// Bits of a key as its bytes vary (Shannon's entropy), of the part that it repeats.
fn bits(key: &[u8]) -> f64 {
    let repeats_after = |period: &usize| key.iter().zip(key.iter().skip(*period)).all(|(a, b)| a == b);
    let period = (1..key.len()).find(repeats_after).unwrap_or(key.len());
    let once = key.get(..period).unwrap_or_default();
    let mut counts: BTreeMap<u8, f64> = BTreeMap::new();
    once.iter().for_each(|byte| *counts.entry(*byte).or_default() += 1.0);
    let total: f64 = counts.values().sum();
    counts.values().map(|count| count * (total / count).log2()).sum()
}

impl fmt::Debug for People {
    /// Without the key, and without the people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Naming::Numbered(_) => "People::numbered()",
            Naming::Keyed(_) => "People::keyed(..)",
            Naming::Names => "People::names()",
            Naming::Somebody => "People::somebody()",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_stay_with_their_key_and_numbers_with_their_report() {
        let key = b"0123456789abcdef";
        let mut keyed = People::keyed(key).unwrap();
        // printf %s kam-7 | openssl dgst -sha256 -hmac 0123456789abcdef
        assert_eq!(keyed.name("kam-7"), "e7714b1a58b23c49");
        assert_eq!(People::keyed(key).unwrap().name("kam-7"), keyed.name("kam-7"));
        assert_ne!(People::keyed(b"0123456789abcdeg").unwrap().name("kam-7"), keyed.name("kam-7"));
        assert_eq!(People::names().name("kam-7"), "kam-7");
        for mut people in [keyed, People::numbered(), People::names()] {
            assert_eq!(people.name(""), "", "nobody knows who");
        }
    }

    #[test]
    fn a_short_key_is_refused_and_no_key_is_shown() {
        let refused = People::keyed(b"0123456789abcde").unwrap_err();
        assert_eq!(refused.to_string(), "key for pseudonyms has 15 bytes: must be at least 16");
        assert_eq!(format!("{:?}", People::keyed(b"0123456789abcdef").unwrap()), "People::keyed(..)");
    }

    #[test]
    fn a_key_that_repeats_itself_is_refused_and_a_random_one_is_not() {
        let weak = [
            "aaaaaaaaaaaaaaaa",
            "aaaaaaaabbbbbbbb",
            "secret-secret-secret-",
            "passwordpasswordpassword",
            "0101010101010101",
        ];
        for key in weak {
            assert_eq!(People::keyed(key.as_bytes()).unwrap_err(), WeakKey::Guessable, "{key}");
        }
        // Base64 of 32 random bytes, hex of 16 and of 8, a sentence.
        let strong = [
            "q1Zb3hXv0m1nJk9yV7cU2sWf8dT4rLxPzGaHeKiOoYw=",
            "9f86d081884c7d659a2feaa0c55ad015",
            "60303ae22b998861",
            "a sentence that nobody has ever said",
        ];
        for key in strong {
            assert!(People::keyed(key.as_bytes()).is_ok(), "{key}");
        }
    }

    #[test]
    fn four_people_are_too_few() {
        assert_eq!([0, 4, 5, 6].map(may_be_broken_down), [false, false, true, true]);
    }
}
