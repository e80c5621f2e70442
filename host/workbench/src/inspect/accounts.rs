//! Whether the accounts of a log can be relied on: the same ones in every kind, one name each, and no record without one.

use super::checks::{Check, Verdict};
use redtape_import::accounts::alike;
use redtape_import::input::{NO_ACCOUNT, Tally};
use redtape_model::text::{counted, cut, grouped, printable};

/// Pairs of names that are shown.
const PAIRS_MAX: usize = 3;
/// From so many accounts of each kind on it is no chance that they share few.
const KIND_ACCOUNTS_MIN: u64 = 3;

/// Two kinds, and how many accounts they share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shared {
    /// The kinds, in the plural, with the number of their accounts and one that only this kind has.
    pub(super) kinds: [(String, u64, String); 2],
    pub(super) accounts: u64,
}

/// The checks of accounts; those that found nothing are not told.
pub(super) fn checks(shared: &[Shared], accounts: &[(String, u64)], records: &Tally) -> Vec<Check> {
    let warning = |why: String| Check { about: "accounts".to_owned(), verdict: Verdict::Warning, why };
    let mut found: Vec<Check> =
        shared.iter().filter(|shared| shared.is_little()).map(|it| warning(it.told())).collect();
    let pairs = alike(accounts.iter().map(|(name, _)| name.as_str()));
    if !pairs.is_empty() {
        let shown =
            pairs.iter().take(PAIRS_MAX).map(|(one, other)| format!("`{}` and `{}`", name(one), name(other)));
        let shown: Vec<String> = shown.collect();
        found.push(warning(format!(
            "{} of names look like two spellings of one account, and count as two: {}; --accounts makes them one",
            counted(pairs.len() as u64, "pair"),
            shown.join(", ")
        )));
    }
    let without = records.left_out.get(NO_ACCOUNT).copied().unwrap_or_default();
    if without > 0 {
        let share = without * 100 / records.records.max(1);
        let told = format!(
            "{} of {} ({share} %) name no account, and are left out",
            grouped(without),
            counted(records.records, "record")
        );
        let verdict = if without * 20 > records.records { Verdict::Warning } else { Verdict::Pass };
        found.push(Check { about: "accounts".to_owned(), verdict, why: told });
    }
    found
}

impl Shared {
    /// Whether they share less than a fifth of the accounts of the smaller one.
    fn is_little(&self) -> bool {
        let least = self.kinds.iter().map(|(_, count, _)| *count).min().unwrap_or_default();
        least >= KIND_ACCOUNTS_MIN && self.accounts * 5 < least
    }

    fn told(&self) -> String {
        let [(one, of_one, example), (other, of_other, other_example)] = &self.kinds;
        format!(
            "{one} have {} and {other} {}, and share {}: do they name accounts in two ways, as `{}` and `{}`? --accounts \
             makes one of them",
            counted(*of_one, "account"),
            grouped(*of_other),
            if self.accounts == 0 { "none".to_owned() } else { grouped(self.accounts) },
            name(example),
            name(other_example)
        )
    }
}

fn name(text: &str) -> String {
    printable(cut(text, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(of_one: u64, of_other: u64, accounts: u64) -> Shared {
        let kind = |name: &str, count, example: &str| (name.to_owned(), count, example.to_owned());
        Shared { kinds: [kind("meetings", of_one, "Bolt"), kind("approval steps", of_other, "42")], accounts }
    }

    #[test]
    fn kinds_that_share_few_accounts_are_told_and_others_are_not() {
        let told = |shared| {
            checks(&[shared], &[], &Tally::default()).into_iter().map(|it| it.why).collect::<Vec<_>>()
        };
        assert_eq!(
            told(shared(12, 9, 0)),
            [
                "meetings have 12 accounts and approval steps 9, and share none: do they name accounts in two ways, as \
              `Bolt` and `42`? --accounts makes one of them"
            ]
        );
        assert_eq!(told(shared(12, 9, 1)).len(), 1);
        for sound in [shared(12, 9, 2), shared(12, 2, 0), shared(1_000, 5, 1)] {
            assert!(told(sound).is_empty());
        }
    }

    #[test]
    fn records_of_nobody_are_a_warning_from_one_in_twenty_on() {
        let of = |without: u64| {
            let mut tally = Tally { records: 3_000, ..Tally::default() };
            tally.left_out.insert(NO_ACCOUNT.into(), without);
            checks(&[], &[], &tally).pop().map(|it| (it.verdict, it.why))
        };
        let told = "412 of 3,000 records (13 %) name no account, and are left out".to_owned();
        assert_eq!(of(412), Some((Verdict::Warning, told)));
        assert_eq!(of(150).map(|(verdict, _)| verdict), Some(Verdict::Pass));
        assert_eq!(of(0), None);
    }
}
