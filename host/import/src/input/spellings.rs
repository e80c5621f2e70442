//! Accounts of exports that look like two spellings of one, said at the end.

use std::collections::BTreeSet;

use super::{Content, Line, Remarks, fields};
use crate::accounts::alike;
use crate::text::{counted, cut, printable};

/// Accounts that are compared.
const NAMES_MAX: usize = 10_000;
/// Pairs that are shown.
const PAIRS_MAX: usize = 3;

/// The accounts that were seen.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    seen: BTreeSet<u64>,
    names: Vec<String>,
}

impl Spellings {
    pub(super) fn look(&mut self, line: &Line<&str>) {
        if line.account == 0 || self.names.len() >= NAMES_MAX || !self.seen.insert(line.account) {
            return;
        }
        if let Content::Text(text) = line.content {
            self.names.extend(fields::read(text).account.map(|account| account.into_owned()));
        }
    }

    pub(super) fn end(&mut self, remarks: &Remarks) {
        let names = std::mem::take(&mut self.names);
        let pairs = alike(names.iter().map(String::as_str));
        if pairs.is_empty() {
            return;
        }
        let shown = |name: &str| printable(cut(name, 80));
        let each = pairs
            .iter()
            .take(PAIRS_MAX)
            .map(|(one, other)| format!("`{}` and `{}`", shown(one), shown(other)));
        remarks.say(format!(
            "accounts that look like two spellings of one, and count as two: {}, such as {} (`--accounts` makes them one)",
            counted(pairs.len() as u64, "pair"),
            each.collect::<Vec<_>>().join(", ")
        ));
    }
}
