//! What a line says, as far as an inspection asks: each field read once, whatever its value is.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use xxhash_rust::xxh3::xxh3_64;

/// The fields of a line.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub(super) id: Said<'a>,
    #[serde(borrow)]
    pub(super) kind: Said<'a>,
    #[serde(borrow)]
    pub(super) account: Said<'a>,
    #[serde(borrow)]
    pub(super) revised: Said<'a>,
    pub(super) duration_min: Said<'a>,
    #[serde(borrow)]
    pub(super) end: Said<'a>,
    pub(super) participants: Said<'a>,
    #[serde(borrow)]
    pub(super) series: Said<'a>,
    #[serde(borrow)]
    pub(super) title: Said<'a>,
    pub(super) mandatory: Said<'a>,
    #[serde(borrow)]
    pub(super) status: Said<'a>,
    pub(super) all_day: Said<'a>,
    #[serde(borrow)]
    pub(super) plan: Said<'a>,
    version: Said<'a>,
    author: Said<'a>,
    decided: Said<'a>,
    #[serde(borrow)]
    pub(super) request: Said<'a>,
    #[serde(borrow)]
    pub(super) outcome: Said<'a>,
    step: Said<'a>,
    from: Said<'a>,
    to: Said<'a>,
    thread: Said<'a>,
    tier: Said<'a>,
    service: Said<'a>,
    tags: Said<'a>,
}

impl<'a> Fields<'a> {
    /// Whether a field that may be empty says anything.
    pub(super) fn is_filled(&self, name: &str) -> bool {
        let said = match name {
            "length" => return self.duration_min.is_filled() || self.end.is_filled(),
            "participants" => &self.participants,
            "series" => &self.series,
            "title" => &self.title,
            "mandatory" => &self.mandatory,
            "version" => &self.version,
            "author" => &self.author,
            "decided" => &self.decided,
            "step" => &self.step,
            "from" => &self.from,
            "to" => &self.to,
            "thread" => &self.thread,
            "tier" => &self.tier,
            "service" => &self.service,
            "tags" => &self.tags,
            _ => return false,
        };
        said.is_filled()
    }
}

/// What a field says.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Said<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Whole(i64),
    Flag(bool),
    /// Hashes of what a list holds: of texts, or of the ids in it, in the order of hashes.
    Several(Vec<u64>),
    /// A thing with an id, as a hash.
    Thing(u64),
    Other,
}

impl Said<'_> {
    /// Its text; empty where it is none.
    pub(super) fn text(&self) -> &str {
        match self {
            Said::Text(text) => text,
            _ => "",
        }
    }

    /// Whether it says anything: not null, and no empty text, list or object.
    pub(super) fn is_filled(&self) -> bool {
        match self {
            Said::Nothing => false,
            Said::Text(text) => !text.is_empty(),
            Said::Several(list) => !list.is_empty(),
            _ => true,
        }
    }

    /// A hash; none where it is nobody.
    fn hash(&self) -> Option<u64> {
        match self {
            Said::Text(text) if !text.is_empty() => Some(xxh3_64(text.as_bytes())),
            Said::Thing(hash) => Some(*hash),
            Said::Whole(number) => Some(xxh3_64(&number.to_le_bytes())),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Said<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Said<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Said<'de>, E> {
        Ok(Said::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Said<'de>, E> {
        Ok(Said::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Said<'de>, E> {
        Ok(Said::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Said<'de>, E> {
        Ok(i64::try_from(number).map_or(Said::Other, Said::Whole))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Said<'de>, E> {
        Ok(Said::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Said<'de>, E> {
        Ok(Said::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Said<'de>, E> {
        Ok(Said::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Said<'de>, A::Error> {
        let mut hashes = Vec::new();
        while let Some(said) = list.next_element::<Said<'de>>()? {
            hashes.push(said.hash().unwrap_or_default());
        }
        hashes.sort_unstable();
        Ok(Said::Several(hashes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said<'de>, A::Error> {
        let mut said = Said::Nothing;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "id" {
                let id = map.next_value::<Said<'de>>()?.hash();
                said = id.map_or(Said::Other, Said::Thing);
            } else {
                map.next_value::<IgnoredAny>()?;
                if said == Said::Nothing {
                    said = Said::Other;
                }
            }
        }
        Ok(said)
    }
}
