#![doc = include_str!("accounts.md")]
//!
//! # How it is kept
//!
//! `accounts/rows.rs` reads rows by the names in `columns.rs`; [`Accounts::find`] gives the one id of an account; `alike.rs`
//! knows two spellings of one where there is no table.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::Error;
use crate::error::refused;
use crate::ids::{self, Id, Spelling};
use crate::input::Remarks;
use crate::text::{counted, cut, grouped, printable};

mod alike;
mod columns;
mod rows;

pub use self::alike::alike;
use self::rows::Row;

/// Conflicts that one error lists.
const CONFLICTS_MAX: usize = 20;
/// Accounts that the table does not have and that are told apart.
const UNKNOWN_MAX: usize = 100_000;
/// Examples of them.
const EXAMPLES_MAX: usize = 3;

/// The accounts of one or several tables.
#[derive(Debug, Default)]
pub struct Accounts {
    /// The tables as they were named.
    name: String,
    /// The one id of an account, by every id that it has or had.
    ids: BTreeMap<String, String>,
    /// The same without case, blanks and punctuation; none where several ids are then alike.
    folded: BTreeMap<String, Option<String>>,
    names: BTreeMap<String, String>,
    domains: BTreeMap<String, String>,
    /// What is said of an account, as members of a JSON object, by a hash of its id.
    profiles: BTreeMap<u64, String>,
    untold: Mutex<Untold>,
}

/// What is still to be said of the table.
#[derive(Debug, Default)]
struct Untold {
    /// What its files say of themselves.
    notes: Vec<String>,
    /// What a log has and the table has not, and the first of it.
    seen: BTreeSet<u64>,
    examples: Vec<String>,
}

/// Where something was said of an account.
#[derive(Clone, Debug)]
struct Claim {
    of: String,
    line: String,
}

impl Accounts {
    /// Reads tables, which count as one.
    ///
    /// # Errors
    ///
    /// [`Error`] where one cannot be read, has no column that is known, or where two of its lines contradict each
    /// other: every contradiction with its lines.
    pub fn open(paths: &[PathBuf]) -> Result<Arc<Self>, Error> {
        let several = paths.len() > 1;
        let (mut rows, mut notes) = (Vec::new(), Vec::new());
        for path in paths {
            let name = path.display().to_string();
            let (read, told) = rows::read(path, several).map_err(|source| Error::of(name.clone(), source))?;
            notes.extend(told.iter().map(|told| format!("`{}`: {told}", printable(&name))));
            rows.extend(read);
        }
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let name = names.join("`, `");
        let table = Self::of(name.clone(), rows).map_err(|source| Error::of(name, source))?;
        table.untold.lock().unwrap_or_else(PoisonError::into_inner).notes = notes;
        Ok(Arc::new(table))
    }

    fn of(name: String, rows: Vec<Row>) -> io::Result<Self> {
        let mut table = Self { name, ..Self::default() };
        let mut conflicts = BTreeSet::new();
        let ends = table.ids(&rows, &mut conflicts);
        let mut names: BTreeMap<String, Claim> = BTreeMap::new();
        let mut domains: BTreeMap<String, Claim> = BTreeMap::new();
        for row in &rows {
            let of = ends.get(&row.id).unwrap_or(&row.id);
            let claim = || Claim { of: of.clone(), line: row.line.clone() };
            for name in &row.names {
                claimed(&mut names, "name", name, fold(name), claim(), &mut conflicts);
            }
            for domain in &row.domains {
                claimed(&mut domains, "domain", domain, domain.clone(), claim(), &mut conflicts);
            }
            let says_most = row.id == *of || !table.profiles.contains_key(&xxh3_64(of.as_bytes()));
            if let Some(profile) = row.profile().filter(|_| says_most) {
                table.profiles.insert(xxh3_64(of.as_bytes()), profile);
            }
        }
        // A name that is the id of another account is as much of a conflict.
        for (name, claim) in &names {
            if let Some(Some(of)) = table.folded.get(name).filter(|of| of.as_ref() != Some(&claim.of)) {
                let told = "is the id of one account and the name of another";
                conflicts.insert(format!(
                    "`{}` {told} (`{of}`, and `{}` in {})",
                    shown(name),
                    claim.of,
                    claim.line
                ));
            }
        }
        if !conflicts.is_empty() {
            let more = conflicts.len().saturating_sub(CONFLICTS_MAX);
            let mut told: Vec<String> = conflicts.into_iter().take(CONFLICTS_MAX).collect();
            if more > 0 {
                told.push(format!("and {} more", grouped(more as u64)));
            }
            return Err(refused(format!("an account must be one account: {}", told.join("; "))));
        }
        table.names = names.into_iter().map(|(name, claim)| (name, claim.of)).collect();
        table.domains = domains.into_iter().map(|(domain, claim)| (domain, claim.of)).collect();
        Ok(table)
    }

    /// Follows every id to the account that it belongs to today. Gives where each id of a row ends.
    fn ids(&mut self, rows: &[Row], conflicts: &mut BTreeSet<String>) -> BTreeMap<String, String> {
        let mut leads: BTreeMap<String, Claim> = BTreeMap::new();
        let mut first: BTreeMap<&str, &Row> = BTreeMap::new();
        for row in rows {
            match first.get(row.id.as_str()) {
                Some(before) if !before.says_the_same(row) => {
                    let (id, before, line) = (shown(&row.id), &before.line, &row.line);
                    conflicts.insert(format!(
                        "the id `{id}` stands in {before} and, with something else, in {line}"
                    ));
                }
                Some(_) => {}
                None => drop(first.insert(&row.id, row)),
            }
            let former = row.former.iter().map(|former| (former, &row.id));
            for (from, to) in
                former.chain(row.of.iter().map(|of| (&row.id, of))).filter(|(from, to)| from != to)
            {
                let claim = Claim { of: to.clone(), line: row.line.clone() };
                match leads.get(from) {
                    Some(before) if before.of != *to => {
                        conflicts.insert(format!(
                            "`{}` is `{}` by {} and `{}` by {}",
                            shown(from),
                            shown(&before.of),
                            before.line,
                            shown(to),
                            row.line
                        ));
                    }
                    _ => drop(leads.insert(from.clone(), claim)),
                }
            }
        }
        let mut ends = BTreeMap::new();
        let all = leads.keys().map(String::as_str).chain(first.keys().copied());
        for id in all.collect::<BTreeSet<_>>() {
            match end(id, &leads) {
                Ok(end) => drop(ends.insert(id.to_owned(), end)),
                Err(round) => drop(conflicts.insert(round)),
            }
        }
        for (id, end) in ends.iter().chain(ends.values().map(|end| (end, end))) {
            self.ids.insert(id.clone(), end.clone());
            let known = self.folded.entry(fold(id)).or_insert_with(|| Some(end.clone()));
            if known.as_ref() != Some(end) {
                *known = None;
            }
        }
        ends
    }

    /// The one id of the account that is meant: by an id that it has or had, a name regardless of case, blanks and
    /// punctuation, or a domain, also below one and in an address. None: the table does not know it.
    pub fn find(&self, account: &str) -> Option<&str> {
        let account = account.trim();
        let exact = match ids::read(account, Spelling::Salesforce) {
            Id::Known(id) => self.ids.get(&id).or_else(|| self.ids.get(account)),
            Id::Same => self.ids.get(account),
            Id::Nothing | Id::Shortened => return None,
        };
        let folded = || {
            let folded = fold(account);
            self.names.get(&folded).or_else(|| self.folded.get(&folded)?.as_ref())
        };
        exact.or_else(folded).or_else(|| self.by_domain(account)).map(String::as_str)
    }

    fn by_domain(&self, account: &str) -> Option<&String> {
        if self.domains.is_empty() {
            return None;
        }
        let domain = columns::domain(account)?;
        let mut rest = domain.as_str();
        while rest.contains('.') {
            if let Some(found) = self.domains.get(rest) {
                return Some(found);
            }
            (_, rest) = rest.split_once('.')?;
        }
        None
    }

    /// What the table says of an account beyond its names, by a hash of its id: members of a JSON object.
    pub(crate) fn profile(&self, account: u64) -> Option<&str> {
        self.profiles.get(&account).map(String::as_str)
    }

    /// Takes note of an account of a log that the table does not have.
    pub(crate) fn note_unknown(&self, account: &str) {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        if untold.seen.len() < UNKNOWN_MAX && untold.seen.insert(xxh3_64(account.as_bytes())) {
            let shown = shown(account);
            if untold.examples.len() < EXAMPLES_MAX {
                untold.examples.push(format!("`{shown}`"));
            }
        }
    }

    /// Says once what its files say of themselves, and what they did not have, at the end of a log.
    pub(crate) fn tell(&self, remarks: &Remarks) {
        let untold = std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
        untold.notes.into_iter().for_each(|told| remarks.say(told));
        if untold.seen.is_empty() {
            return;
        }
        let (count, are) =
            (counted(untold.seen.len() as u64, "account"), if untold.seen.len() == 1 { "is" } else { "are" });
        remarks.say(format!(
            "{count} of the log {are} not in `{}`, such as {}: they stay as they are named",
            printable(&self.name),
            untold.examples.join(", ")
        ));
    }
}

/// Takes a claim down; two of different accounts are a conflict.
fn claimed(
    claims: &mut BTreeMap<String, Claim>,
    what: &str,
    text: &str,
    key: String,
    claim: Claim,
    conflicts: &mut BTreeSet<String>,
) {
    if key.is_empty() {
        return;
    }
    match claims.get(&key) {
        Some(before) if before.of != claim.of => {
            let (text, of, other) = (shown(text), shown(&before.of), shown(&claim.of));
            conflicts.insert(format!(
                "the {what} `{text}` is of `{of}` in {} and of `{other}` in {}",
                before.line, claim.line
            ));
        }
        Some(_) => {}
        None => drop(claims.insert(key, claim)),
    }
}

/// Where an id leads in the end.
fn end(id: &str, leads: &BTreeMap<String, Claim>) -> Result<String, String> {
    let mut way: Vec<&str> = vec![id];
    let mut at = id;
    while let Some(claim) = leads.get(at) {
        at = &claim.of;
        if let Some(begins) = way.iter().position(|before| *before == at) {
            let mut round = way.split_off(begins);
            // Told from its first id on, whichever led into it.
            let least = round.iter().enumerate().min_by_key(|(_, id)| **id).map_or(0, |(place, _)| place);
            round.rotate_left(least);
            let step = |id: &&str| {
                let line = leads.get(*id).map_or("", |claim| claim.line.as_str());
                format!("`{}` ({line})", shown(id))
            };
            let round: Vec<String> = round.iter().map(step).collect();
            return Err(format!("former ids go round: {}", round.join(", then ")));
        }
        way.push(at);
    }
    Ok(at.to_owned())
}

/// A name without case, blanks and punctuation.
pub fn fold(name: &str) -> String {
    // An accent of its own is the same letter.
    let folded: String = name.nfc().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if folded.is_empty() { name.trim().to_lowercase() } else { folded }
}

fn shown(text: &str) -> String {
    printable(cut(text, 80))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn table(text: &str) -> Result<Accounts, String> {
        let folder = tempfile::tempdir().unwrap();
        let file =
            folder.path().join(if text.starts_with(['[', '{']) { "accounts.json" } else { "accounts.csv" });
        std::fs::write(&file, text).unwrap();
        let (rows, _) = rows::read(&file, false).map_err(|error| error.to_string())?;
        Accounts::of("accounts.csv".to_owned(), rows).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(text: &str, expected: Expect) {
        expected.assert_eq(&table(text).unwrap_err());
    }

    #[test]
    fn an_account_is_found_by_whatever_it_is_called() {
        let csv = "Account ID;Account Name;Tier;Service;Tags;Website;Former ids\n\
                   7.0;Bolt & Co. Ltd;gold;in-house;a|b;https://www.bolt.example/en;B-1, B-2\n\
                   001D000000IqhSL;Zinc;;;;zinc.example, zinc.test;\n\
                   8;Gmail users;;;;gmail.com;\n";
        let table = table(csv).unwrap();
        for (text, id) in [
            ("7", Some("7")),
            ("7.0", Some("7")),
            ("BOLT&CO LTD", Some("7")),
            ("b-2", Some("7")),
            ("shop.bolt.example", Some("7")),
            ("ann@bolt.example", Some("7")),
            ("notbolt.example", None),
            ("example", None),
            ("001D000000IqhSL", Some("001D000000IqhSLIAZ")),
            ("001D000000IqhSLIAZ", Some("001D000000IqhSLIAZ")),
            ("zinc.test", Some("001D000000IqhSLIAZ")),
            ("ann@gmail.com", None),
            ("Bolt", None),
            ("", None),
        ] {
            assert_eq!(table.find(text), id, "{text}");
        }
        let profile = table.profile(xxh3_64(b"7"));
        assert_eq!(profile, Some(r#""tier":"gold","service":"in-house","tags":["a","b"]"#));
        assert_eq!(table.profile(xxh3_64(b"8")), None);
    }

    #[test]
    fn what_belongs_to_an_account_leads_to_it() {
        let opportunities = r#"[{"Id": "006D000000IqhSL", "AccountId": "001D000000IqhSL", "Name": "Renewal"},
                                {"Id": "006D000000IqhSM", "AccountId": "001D000000IqhSM", "Name": "Renewal"}]"#;
        let found = table(opportunities).unwrap();
        assert_eq!(found.find("006D000000IqhSLIAZ"), Some("001D000000IqhSLIAZ"));
        assert_eq!(found.find("Renewal"), None, "two of them have one name, which is no account's");
        let merged = "Id,Name,MasterRecordId\n1,Bolt,2\n2,Bolt,3\n3,Bolt Ltd,\n";
        assert_eq!(
            ["1", "2", "Bolt"].map(|it| table(merged).unwrap().find(it).map(str::to_owned)),
            [Some("3".to_owned()), Some("3".to_owned()), Some("3".to_owned())]
        );
        let names = "customer;former names\nBolt Ltd;Volt|Jolt\n";
        assert_eq!(table(names).unwrap().find("jolt"), Some("Bolt Ltd"));
    }

    #[test]
    fn a_table_that_is_one_page_of_several_says_so() {
        let told = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("accounts.json");
            std::fs::write(&file, text).unwrap();
            let remarks = Remarks::default();
            let accounts = Accounts::open(std::slice::from_ref(&file)).unwrap();
            assert_eq!(accounts.find("bolt"), Some("1"));
            accounts.tell(&remarks);
            accounts.tell(&remarks);
            remarks
                .all()
                .iter()
                .map(|told| told.replace(&file.display().to_string(), "F"))
                .collect::<Vec<_>>()
        };
        for (page, why) in [
            (r#"{"records":[R],"done":false}"#, "`done` is false; 1 record is read"),
            (
                r#"{"results":[R],"paging":{"next":{"after":"2"}}}"#,
                "`paging.next` names another page; 1 record is read",
            ),
            (
                r#"{"@odata.nextLink":"x","value":[R]}"#,
                "`@odata.nextLink` names another page; 1 record is read",
            ),
            (r#"{"nextPageToken":"x","value":[R]}"#, "`nextPageToken` names another page; 1 record is read"),
        ] {
            let page = page.replace('R', r#"{"id":"1","name":"Bolt"}"#);
            assert_eq!(told(&page), [format!("`F`: it says that it is not all: {why}")], "{page}");
        }
        assert!(told(r#"{"records":[{"id":"1","name":"Bolt"}],"done":true}"#).is_empty());
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused_with_its_lines() {
        refused(
            "id,name\n1,Bolt\n2,BOLT\n3,bolt.\n",
            expect![
                "an account must be one account: the name `BOLT` is of `1` in line 2 and of `2` in line 3; the name `bolt.` is of `1` in line 2 and of `3` in line 4"
            ],
        );
        refused(
            "id,former id\n1,2\n2,3\n3,1\n4,9\n5,9\n",
            expect![
                "an account must be one account: `9` is `4` by line 5 and `5` by line 6; former ids go round: `1` (line 4), then `3` (line 3), then `2` (line 2)"
            ],
        );
        refused(
            "id,name,tier\n1,Bolt,a\n1,Bolt,b\n2,1,a\n",
            expect![
                "an account must be one account: `1` is the id of one account and the name of another (`1`, and `2` in line 4); the id `1` stands in line 2 and, with something else, in line 3"
            ],
        );
        refused(
            "id,domain\n1,bolt.example\n2,BOLT.example\n",
            expect![
                "an account must be one account: the domain `bolt.example` is of `1` in line 2 and of `2` in line 3"
            ],
        );
        refused(
            "id,name,service\n1,Bolt,ours\n,,\n",
            expect!["line 2: found the service `ours`, expected one of `in-house`, `outsourced`, `unknown`"],
        );
        refused(
            "colour,size\n1,2\n",
            expect![
                "it is no table of accounts: expected a column `id` or `name` (and `tier`, `service`, `tags`, `domains`, `former ids`), found `colour`, `size`"
            ],
        );
        assert!(
            table("id,name,tier\n1,Bolt,a\n1,Bolt,a\n").is_ok(),
            "what is said twice is no contradiction"
        );
    }
}
