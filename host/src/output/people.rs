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

/// Bytes of a pseudonym: two of a million people are the same by a chance of 1 in 37 million.
const PSEUDONYM_BYTES: usize = 8;

/// Whether something about a group of so many people may be broken down by person.
pub fn may_be_broken_down(people: usize) -> bool {
    people >= GROUP_SIZE_MIN
}

/// Gives people the names they appear under, in one report.
///
/// ```
/// use redtape::output::People;
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
}

/// A key that is too short to keep people apart from their pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key for pseudonyms has {bytes} bytes: must be at least {KEY_BYTES_MIN}")]
pub struct KeyTooShort {
    /// How many it has.
    pub bytes: usize,
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
    /// [`KeyTooShort`] below [`KEY_BYTES_MIN`].
    pub fn keyed(key: &[u8]) -> Result<Self, KeyTooShort> {
        let too_short = KeyTooShort { bytes: key.len() };
        if key.len() < KEY_BYTES_MIN {
            return Err(too_short);
        }
        // HMAC takes a key of any length.
        Hmac::new_from_slice(key).map(|mac| Self(Naming::Keyed(mac))).or(Err(too_short))
    }

    /// Names as they are in the log.
    pub fn names() -> Self {
        Self(Naming::Names)
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
            Naming::Keyed(mac) => {
                let code = mac.clone().chain_update(id).finalize().into_bytes();
                Cow::Owned(code.iter().take(PSEUDONYM_BYTES).map(|byte| format!("{byte:02x}")).collect())
            }
        }
    }
}

impl fmt::Debug for People {
    /// Without the key, and without the people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Naming::Numbered(_) => "People::numbered()",
            Naming::Keyed(_) => "People::keyed(..)",
            Naming::Names => "People::names()",
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
    fn four_people_are_too_few() {
        assert_eq!([0, 4, 5, 6].map(may_be_broken_down), [false, false, true, true]);
    }
}
