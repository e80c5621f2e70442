//! Whose a hand-over is, and those that are nobody's.

use super::{Answer, Settings};
use crate::ids::{self, Id, Spelling};
use crate::text::{counted, grouped};

/// What became of an event that is a part of a request or a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Line,
    Faulty,
    LeftOut,
}

/// Hand-overs and versions without an account.
#[derive(Debug, Default)]
pub(super) struct Nobodys {
    /// All that are told, or would be if they were somebody's.
    made: u64,
    without_account: u64,
    /// Those of what is no account by itself, and the first of these.
    of_others: u64,
    other: Option<String>,
}

impl Nobodys {
    /// The account in its one spelling.
    ///
    /// # Errors
    ///
    /// Nothing where there is none; the id where it is one that was shortened.
    pub(super) fn whose(
        &mut self,
        account: Option<String>,
        settings: &Settings,
    ) -> Result<String, Option<String>> {
        self.made += 1;
        let account = match account.map(|account| (ids::read(&account, settings.spelling), account)) {
            None | Some((Id::Nothing, _)) => {
                self.without_account += 1;
                return Err(None);
            }
            Some((Id::Shortened, account)) => return Err(Some(account)),
            Some((Id::Known(account), _) | (Id::Same, account)) => account,
        };
        let is_known =
            || settings.accounts.as_ref().is_some_and(|accounts| accounts.find(&account).is_some());
        if settings.spelling == Spelling::Salesforce && !ids::may_be_account(&account, "") && !is_known() {
            self.of_others += 1;
            self.other.get_or_insert(account);
            return Err(None);
        }
        Ok(account)
    }

    /// What is said of them.
    pub(super) fn told(&self) -> Vec<String> {
        let (mut told, made) = (Vec::new(), counted(self.made, "hand-over"));
        if self.without_account > 0 {
            told.push(format!(
                "of {made} without an account, and left out: {}",
                grouped(self.without_account)
            ));
        }
        if let Some(other) = &self.other {
            let (count, what) = (grouped(self.of_others), ids::kind_of(other));
            told.push(format!(
                "of {made} about what is no account by itself, such as the {what} `{other}`, and left out: {count} \
                 (`--accounts` can tell whose they are)"
            ));
        }
        told
    }
}

/// An answer in the one spelling that an id has.
pub(super) fn spelt(answer: Answer, spelling: Spelling) -> Answer {
    let Answer::Text(text) = answer else { return answer };
    match ids::read(text.trim(), spelling) {
        Id::Known(id) => Answer::Text(id),
        Id::Nothing => Answer::Nothing,
        Id::Same | Id::Shortened => Answer::Text(text),
    }
}
