//! Records that are nobody's, in words: they name no account, or what is no account by itself.

use std::collections::BTreeMap;

use crate::ids;
use crate::mapping::Made;
use crate::text::{counted, grouped, printable};

/// Examples that a sentence has.
const EXAMPLES_MAX: usize = 3;

/// Why a record gives nothing that is nobody's: the reason in a [`Tally`](super::Tally).
pub const NO_ACCOUNT: &str = "without an account";

/// Counts, by the kind of activity.
#[derive(Debug, Default)]
pub(super) struct Whose(BTreeMap<&'static str, Kind>);

/// The records that are meant as one kind of activity.
#[derive(Debug, Default)]
struct Kind {
    meant: u64,
    /// Those that say nothing of whose they are.
    without_account: u64,
    /// Those that name what is no account by itself: how many, by what it is.
    of_others: BTreeMap<&'static str, u64>,
    examples: Vec<String>,
}

impl Whose {
    /// Counts what a record gave by one rule.
    pub(super) fn count(&mut self, kind: &'static str, made: &Made) {
        let counts = self.0.entry(kind).or_default();
        counts.meant += 1;
        match made {
            Made::NoAccount(None) => counts.without_account += 1,
            Made::NoAccount(Some(named)) => {
                *counts.of_others.entry(ids::kind_of(named)).or_default() += 1;
                if counts.examples.len() < EXAMPLES_MAX && !counts.examples.contains(named) {
                    counts.examples.push(named.clone());
                }
            }
            Made::Line(_) | Made::Fault(_) => {}
        }
    }

    /// A sentence for each kind of which some are nobody's.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (kind, counts) in &self.0 {
            let of = counted(counts.meant, &kind.replace('-', " "));
            if counts.without_account > 0 {
                let (names, are) = words(counts.without_account);
                let count = grouped(counts.without_account);
                told.push(format!("{count} of {of} {names} no account, and {are} left out"));
            }
            let others: u64 = counts.of_others.values().sum();
            if others > 0 {
                let (names, are) = words(others);
                let each = counts.of_others.iter().map(|(what, count)| counted(*count, what));
                let examples: Vec<String> = counts
                    .examples
                    .iter()
                    .map(|it| format!("`{}`", printable(crate::text::cut(it, 80))))
                    .collect();
                told.push(format!(
                    "{} of {of} {names} no account but {}, such as {}, and {are} left out: `--accounts` can tell whose \
                     they are",
                    grouped(others),
                    each.collect::<Vec<_>>().join(", "),
                    examples.join(", "),
                ));
            }
        }
        told
    }
}

/// The verbs of a count.
fn words(count: u64) -> (&'static str, &'static str) {
    if count == 1 { ("names", "is") } else { ("name", "are") }
}
