//! A table of accounts, read row by row from whatever it is written in.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::columns::{self, NAMES, Role};
use crate::error::{refused, too_large};
use crate::ids::{self, Id, Spelling};
use crate::input::TableFile;
use crate::mapping::{Record, find, listed};

/// Rows of a table.
const ROWS_MAX: usize = 1_000_000;
/// What stands between the parts of a list.
const IDS_BETWEEN: &[char] = &[',', ';', '|', '\n'];
const NAMES_BETWEEN: &[char] = &[';', '|', '\n'];
const DOMAINS_BETWEEN: &[char] = &[',', ';', '|', ' ', '\n'];
const SERVICES: &[&str] = &["in-house", "outsourced", "unknown"];

/// What a row says.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Where it stands, in words.
    pub(super) line: String,
    pub(super) id: String,
    pub(super) names: Vec<String>,
    pub(super) former: Vec<String>,
    pub(super) domains: Vec<String>,
    /// The account that it is today, or belongs to.
    pub(super) of: Option<String>,
    tier: Option<String>,
    service: Option<String>,
    tags: Vec<String>,
}

impl Row {
    /// What it says beyond names, as members of a JSON object.
    pub(super) fn profile(&self) -> Option<String> {
        let mut members = serde_json::Map::new();
        members.extend(self.tier.iter().map(|tier| ("tier".to_owned(), Value::from(tier.as_str()))));
        members
            .extend(self.service.iter().map(|service| ("service".to_owned(), Value::from(service.as_str()))));
        if !self.tags.is_empty() {
            members.insert("tags".to_owned(), Value::from(self.tags.clone()));
        }
        let order = ["tier", "service", "tags"];
        let each = order.iter().filter_map(|key| Some(format!("\"{key}\":{}", members.get(*key)?)));
        let text = each.collect::<Vec<_>>().join(",");
        (!text.is_empty()).then_some(text)
    }

    /// A hash of all that it says, wherever it stands.
    fn hash(&self) -> u64 {
        let Self { id, names, former, domains, of, tier, service, tags, .. } = self;
        xxh3_64(format!("{:?}", (id, names, former, domains, of, tier, service, tags)).as_bytes())
    }

    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let said = |row: &Self| {
            let Self { id, names, former, domains, of, tier, service, tags, .. } = row.clone();
            (id, names, former, domains, of, tier, service, tags)
        };
        said(self) == said(other)
    }
}

/// Reads a table; its rows name the file where there are several. What the file says of itself comes beside them, such as
/// that it is one page of several.
pub(super) fn read(path: &Path, several: bool) -> io::Result<(Vec<Row>, Vec<String>)> {
    let mut table = TableFile::open(path)?;
    let columns = table.header().map(<[String]>::to_vec);
    let mut rows: Vec<Row> = Vec::new();
    let places = places(columns.as_deref().unwrap_or_default());
    let mut seen = BTreeSet::new();
    let mut is_known = columns.as_ref().is_none_or(|columns| knows(columns));
    while let Some((line, record)) = table.next()? {
        let is_json = matches!(record, Record::Json(_));
        let mut place = format!("{} {line}", if is_json { "record" } else { "line" });
        if several {
            place = format!("{place} of `{}`", path.display());
        }
        let has = |role: Role| has(role, &places, &record);
        is_known |= is_json && (!has(Role::Id).is_empty() || !has(Role::Name).is_empty());
        // What was said before need not be held once more.
        if let Some(row) = row(place, &has)?.filter(|row| seen.insert(row.hash())) {
            rows.push(row);
        }
        if rows.len() > ROWS_MAX {
            return Err(too_large(ROWS_MAX, format!("it has more than {ROWS_MAX} rows")));
        }
    }
    if !is_known {
        let there = columns.unwrap_or_default();
        return Err(refused(format!(
            "it is no table of accounts: expected a column `id` or `name` (and `tier`, `service`, `tags`, `domains`, \
             `former ids`), found {}",
            listed(there.iter().map(String::as_str))
        )));
    }
    Ok((rows, table.remarks()))
}

fn knows(columns: &[String]) -> bool {
    let known = NAMES.iter().filter(|(role, _)| matches!(role, Role::Id | Role::Name));
    known.flat_map(|(_, names)| *names).any(|name| find(name, columns).is_some())
}

/// Names of a role, each with its column where there is one.
type Named = Vec<(&'static str, Option<usize>)>;

/// The columns of every role.
fn places(columns: &[String]) -> Vec<(Role, Named)> {
    let named = |names: &[&'static str]| names.iter().map(|name| (*name, find(name, columns))).collect();
    NAMES.iter().map(|(role, names)| (*role, named(names))).collect()
}

/// The values of a role, each with the name of its column.
fn has(role: Role, places: &[(Role, Named)], record: &Record<'_>) -> Vec<(&'static str, String)> {
    let names = places.iter().find(|(known, _)| *known == role).map_or(&[][..], |(_, names)| names);
    let mut found = Vec::new();
    for (name, column) in names {
        let value = match record {
            Record::Row(row) => column.and_then(|column| row.get(column)).map(str::to_owned),
            Record::Json(value) => member(value, name),
        };
        found.extend(
            value.map(|value| (*name, value.trim().to_owned())).filter(|(_, value)| !ids::is_nothing(value)),
        );
    }
    found
}

/// A member of an object by its name, or by the name of its parent and its own; lists with `|` in between.
fn member(value: &Value, name: &str) -> Option<String> {
    let (value, name) = match name.split_once('.') {
        Some((parent, name)) => (value.get(parent)?, name),
        None => (value, name),
    };
    let members = value.as_object()?;
    let names: Vec<String> = members.keys().cloned().collect();
    match members.get(names.get(find(name, &names)?)?)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => {
            let texts = values.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
            Some(texts.collect::<Vec<_>>().join("|"))
        }
        _ => None,
    }
}

type Has<'a> = &'a dyn Fn(Role) -> Vec<(&'static str, String)>;

fn row(line: String, has: Has<'_>) -> io::Result<Option<Row>> {
    let wrong = |why: String| refused(format!("{line}: {why}"));
    let id = has(Role::Id).into_iter().next();
    let names: Vec<String> = has(Role::Name).into_iter().take(1).map(|(_, name)| name).collect();
    let spelt = |text: &str| match ids::read(text, Spelling::Salesforce) {
        Id::Same => Ok(text.to_owned()),
        Id::Known(id) => Ok(id),
        Id::Nothing => Ok(String::new()),
        Id::Shortened => Err(wrong(format!("found `{text}`, expected {}", ids::SHORTENED))),
    };
    let (own, column) = match (&id, names.first()) {
        (Some((column, id)), _) => (spelt(id)?, *column),
        (None, Some(name)) => (name.clone(), "name"),
        (None, None) => return Ok(None),
    };
    // A record with an id of its own beside that of an account is something that belongs to the account.
    let owner = has(Role::BelongsTo).into_iter().find(|(name, _)| !fold_eq(name, column));
    let owner = owner.filter(|_| matches!(column, "id" | "record id" | "_id"));
    let merged = has(Role::MergedInto).into_iter().next().map(|(_, id)| id);
    let is_account = owner.as_ref().is_none_or(|(_, owner)| spelt(owner).is_ok_and(|owner| owner == own));
    let of = merged.or_else(|| owner.filter(|_| !is_account).map(|(_, id)| id));
    let of = of.map(|of| spelt(&of)).transpose()?;
    // Names may have commas in them.
    let (former_names, former_ids): (Vec<_>, Vec<_>) =
        has(Role::Former).into_iter().partition(|(column, _)| column.contains("name"));
    let mut former = Vec::new();
    for id in parts(&former_ids, IDS_BETWEEN) {
        former.push(spelt(&id)?);
    }
    former.extend(parts(&former_names, NAMES_BETWEEN));
    let service = has(Role::Service)
        .into_iter()
        .next()
        .map(|(_, service)| service.to_lowercase().replace([' ', '_'], "-"));
    if let Some(service) = service.as_deref().filter(|service| !SERVICES.contains(service)) {
        let known = listed(SERVICES.iter().copied());
        return Err(wrong(format!("found the service `{service}`, expected one of {known}")));
    }
    let domains = parts(&has(Role::Domains), DOMAINS_BETWEEN);
    let (names, domains) = if is_account { (names, domains) } else { Default::default() };
    Ok(Some(Row {
        line,
        id: own,
        names,
        former,
        domains: domains.iter().filter_map(|text| columns::domain(text)).collect(),
        of,
        tier: has(Role::Tier).into_iter().next().map(|(_, tier)| tier).filter(|_| is_account),
        service: service.filter(|_| is_account),
        tags: if is_account { parts(&has(Role::Tags), IDS_BETWEEN) } else { Vec::new() },
    }))
}

/// The parts of values that are lists, each once.
fn parts(values: &[(&str, String)], between: &[char]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in values.iter().flat_map(|(_, text)| text.split(between)).map(str::trim) {
        if !ids::is_nothing(part) && !all.iter().any(|known| known == part) {
            all.push(part.to_owned());
        }
    }
    all
}

fn fold_eq(name: &str, other: &str) -> bool {
    super::fold(name) == super::fold(other)
}
