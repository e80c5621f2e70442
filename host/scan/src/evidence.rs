//! Activities of one account, looked up in a log by their ids, and the newest profile beside them.
//!
//! What an activity counts for is the plugin's business; this shows what was written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::Error;
use redtape::detector::{Profile, Service};
use redtape_import::input::{Content, Input, Origin};
use redtape_model::calendar::{self, Instant};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// Whose activities.
    pub account: String,
    /// The ids that are wanted.
    pub ids: BTreeSet<String>,
    /// Nothing after this instant; none: all of the log.
    pub until: Option<Instant>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The activities wanted, newest first.
    pub activities: Vec<Written>,
    /// The newest profile of the account; none: it has none.
    pub profile: Option<Facts>,
    /// Whether the log has any line of the account.
    pub is_known: bool,
}

/// One activity as it was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// When it happened.
    pub at: Instant,
    /// Where it stands.
    pub origin: Origin,
    /// All its fields.
    pub fields: Map<String, Value>,
    /// When this content was written, where it says so.
    revised: Option<Instant>,
}

/// A profile, and where it stands.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What it says.
    pub profile: Profile,
    /// Since when.
    pub at: Instant,
    /// Where it stands.
    pub origin: Origin,
}

impl Lookup {
    /// Reads all of `input`. Of several contents of one id the one that holds is found, as the contract says.
    ///
    /// # Errors
    ///
    /// [`Error::Import`] where the input cannot be read to its end.
    pub fn run(&self, mut input: Input) -> Result<Found, Error> {
        let hash = xxh3_64(self.account.as_bytes());
        let (mut wanted, mut profiles) = (BTreeMap::new(), BTreeMap::new());
        let (mut retracted, mut is_known) = (BTreeSet::new(), false);
        while let Some(line) = input.next_line()? {
            let (Content::Text(text), Some(at)) = (line.content, line.at) else { continue };
            if line.account != hash || self.until.is_some_and(|until| at > until) {
                continue;
            }
            let Some(written) = self.read(text, at, line.origin) else { continue };
            is_known = true;
            match written.text("kind") {
                "retraction" => drop(retracted.insert(written.text("of").to_owned())),
                "profile" => keep(&mut profiles, written),
                _ if self.ids.contains(&written.id) => keep(&mut wanted, written),
                _ => {}
            }
        }
        profiles.retain(|id, _| !retracted.contains(id));
        let newest = profiles.into_values().max_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let mut activities: Vec<Written> = wanted.into_values().collect();
        activities.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
        Ok(Found { activities, profile: newest.as_ref().map(Facts::of), is_known })
    }

    fn read(&self, text: &str, at: Instant, origin: Origin) -> Option<Written> {
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return None };
        let id = fields.get("id")?.as_str()?.to_owned();
        let is_its = fields.get("account")?.as_str()? == self.account;
        let revised = fields.get("revised").and_then(Value::as_str).and_then(calendar::parse);
        is_its.then_some(Written { id, at, origin, fields, revised })
    }
}

/// Keeps a content, unless one that wins is known: the later `revised`, and what comes later where none says.
fn keep(known: &mut BTreeMap<String, Written>, written: Written) {
    if known.get(&written.id).is_none_or(|old| old.revised <= written.revised) {
        known.insert(written.id.clone(), written);
    }
}

impl Written {
    /// A field that is text; empty where it is none.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// The ids of the people in a field: a list of them, or one. Somebody who is not known is left out.
    pub fn people(&self, field: &str) -> Vec<&str> {
        let people = match self.fields.get(field) {
            Some(Value::Array(people)) => people.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        fn id(person: &Value) -> Option<&str> {
            person.as_str().or_else(|| person.get("id")?.as_str())
        }
        people.iter().filter_map(id).filter(|id| !id.is_empty()).collect()
    }
}

impl Facts {
    fn of(written: &Written) -> Self {
        let service = match written.text("service") {
            "in-house" => Service::InHouse,
            "outsourced" => Service::Outsourced,
            _ => Service::Unknown,
        };
        let tags = written.fields.get("tags").and_then(Value::as_array).into_iter().flatten();
        let tags = tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
        let profile = Profile { tier: written.text("tier").to_owned(), service, tags };
        Self { profile, at: written.at, origin: written.origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    const LOG: &str = r#"{"id":"p1","at":"2026-01-01T00:00:00Z","account":"acme","kind":"profile","tier":"old"}
{"id":"m1","at":"2026-01-02T00:00:00Z","account":"acme","kind":"meeting","participants":["a",{"id":"b","side":"customer"},{"side":"internal"}],"title":"new","revised":"2026-01-09T00:00:00Z"}
{"id":"m1","at":"2026-01-02T00:00:00Z","account":"acme","kind":"meeting","title":"older"}
{"id":"m1","at":"2026-01-02T00:00:00Z","account":"other","kind":"meeting","title":"theirs"}
{"id":"p2","at":"2026-02-01T00:00:00Z","account":"acme","kind":"profile","tier":"new","service":"in-house","tags":["eu",7]}
{"id":"p3","at":"2026-03-01T00:00:00Z","account":"acme","kind":"profile","tier":"wrong"}
{"id":"x1","at":"2026-03-02T00:00:00Z","account":"acme","kind":"retraction","of":"p3"}
{"id":"m2","at":"2026-03-03T00:00:00Z","account":"acme","kind":"meeting","title":"second"}
no json
"#;

    #[test]
    fn what_holds_is_found() {
        let of = |account: &str, until: Option<&str>| {
            let ids = ["m1", "m2", "m3"].map(str::to_owned).into();
            let until = until.and_then(calendar::parse);
            let lookup = Lookup { account: account.to_owned(), ids, until };
            let found = lookup.run(Input::from_bytes(&[LOG.as_bytes()]).unwrap()).unwrap();
            let shown = found.activities.iter().map(|it| {
                format!("{}:{} {} {:?}\n", it.id, it.origin.line, it.text("title"), it.people("participants"))
            });
            let facts =
                found.profile.map(|facts| (facts.profile.tier, facts.profile.tags, facts.origin.line));
            format!("{}{facts:?} {}\n", shown.collect::<String>(), found.is_known)
        };
        let told = [of("acme", None), of("acme", Some("2026-01-20T00:00:00Z")), of("nobody", None)].concat();
        expect![[r#"
            m2:8 second []
            m1:2 new ["a", "b"]
            Some(("new", ["eu"], 5)) true
            m1:2 new ["a", "b"]
            Some(("old", [], 1)) true
            None false
        "#]]
        .assert_eq(&told);
    }
}
