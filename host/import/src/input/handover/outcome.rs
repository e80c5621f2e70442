//! What an activity of a process log decides: by a table that somebody wrote, or guessed by its words.
//!
//! Which of several decisions counts is `rounds`' business.

use std::collections::BTreeMap;
use std::sync::Arc;

use wildmatch::WildMatch;

use crate::mapping::listed;

/// Activities whose outcome is remembered.
const ACTIVITIES_MAX: usize = 10_000;

/// What became of a request at a step, in the order in which a table is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Requested,
    Returned,
    Rejected,
    Withdrawn,
    Approved,
    Forwarded,
}

impl Outcome {
    /// All of them, in the order in which a table is looked through.
    pub(crate) const ALL: [Self; 6] = [
        Outcome::Requested,
        Outcome::Returned,
        Outcome::Rejected,
        Outcome::Withdrawn,
        Outcome::Approved,
        Outcome::Forwarded,
    ];

    /// The outcome of a name in the contract.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }

    /// Its name in the contract.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Outcome::Requested => "requested",
            Outcome::Returned => "returned",
            Outcome::Rejected => "rejected",
            Outcome::Withdrawn => "withdrawn",
            Outcome::Approved => "approved",
            Outcome::Forwarded => "forwarded",
        }
    }
}

/// The words of activities that name a decision in most logs. Not `accept`, `complete`, `finish`, `resolve` or
/// `decide`: they name stages more often than decisions.
const WORDS: [(Outcome, &[&str]); 5] = [
    (Outcome::Requested, &["submit", "submitted"]),
    (Outcome::Returned, &["return", "returned", "reopen", "reopened", "reinitiate", "reinitiated"]),
    (
        Outcome::Rejected,
        &[
            "reject",
            "rejects",
            "rejected",
            "rejection",
            "decline",
            "declined",
            "deny",
            "denied",
            "refuse",
            "refused",
            "refusal",
            "disapprove",
            "disapproved",
            "disapproval",
            "unapprove",
            "unapproved",
        ],
    ),
    (Outcome::Withdrawn, &["cancel", "cancelled", "canceled", "cancellation", "withdraw", "withdrawn"]),
    (
        Outcome::Approved,
        &[
            "approve",
            "approved",
            "approval",
            "grant",
            "granted",
            "close",
            "closed",
            "authorise",
            "authorised",
            "authorize",
            "authorized",
        ],
    ),
];

/// Words that turn a decision round.
const NOT: &[&str] = &["not", "cannot", "never"];
const CLOSED: &[&str] = &["close", "closed"];
/// Words beside an approval that is still to come.
const AWAITED: &[&str] = &[
    "ask",
    "await",
    "awaiting",
    "awaits",
    "for",
    "need",
    "needed",
    "needs",
    "pending",
    "request",
    "requested",
    "required",
    "requires",
    "seek",
    "send",
    "sent",
    "wait",
    "waiting",
    "waits",
];

/// Which activity has which outcome.
#[derive(Clone, Debug)]
pub(crate) enum Table {
    /// By the words in its name.
    Words,
    /// By patterns, the first that matches.
    Patterns(Vec<(Outcome, WildMatch)>),
}

impl Table {
    /// A table of patterns, with `*` and `?`, in upper or lower case.
    pub(crate) fn of(patterns: &BTreeMap<Outcome, Vec<String>>) -> Self {
        let all = patterns.iter().flat_map(|(outcome, patterns)| {
            patterns.iter().map(|pattern| (*outcome, WildMatch::new_case_insensitive(pattern)))
        });
        Table::Patterns(all.collect())
    }

    fn of_activity(&self, activity: &str) -> Option<Outcome> {
        match self {
            Table::Patterns(patterns) => {
                patterns.iter().find(|(_, pattern)| pattern.matches(activity)).map(|(outcome, _)| *outcome)
            }
            Table::Words => {
                let words = words(activity);
                let has = |known: &&(Outcome, &[&str])| words.iter().any(|word| known.1.contains(&&**word));
                let outcome = WORDS.iter().find(has).map(|(outcome, _)| *outcome)?;
                let is = |known: &[&str]| words.iter().any(|word| known.contains(&&**word));
                match outcome {
                    // What is not closed, or not rejected, is not decided.
                    _ if is(NOT) => {
                        (outcome == Outcome::Approved && !is(CLOSED)).then_some(Outcome::Rejected)
                    }
                    // An approval that is asked for is none.
                    Outcome::Approved if is(&["approval"]) && is(AWAITED) => None,
                    outcome => Some(outcome),
                }
            }
        }
    }
}

/// Activities that mean nothing beyond a step, or the yes that the last event gives. Of all others that no outcome names it
/// is not known whether they decide.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    patterns: Vec<String>,
}

impl Known {
    /// Patterns with `*` and `?`, in upper or lower case.
    pub(crate) fn of(patterns: &[String]) -> Self {
        Self { patterns: patterns.to_vec() }
    }

    /// # Errors
    ///
    /// What would be right, where an activity is none of them.
    pub(crate) fn check(&self, activity: &str) -> Result<(), String> {
        let fits = |pattern: &String| WildMatch::new_case_insensitive(pattern).matches(activity);
        if self.patterns.iter().any(fits) {
            return Ok(());
        }
        let known = listed(self.patterns.iter().map(String::as_str));
        Err(format!(
            "an activity that `outcomes` of the mapping names, or one of {known}: add it to `outcomes` or `known`"
        ))
    }
}

/// The words of a name: letters, and a capital after a small letter begins a new one.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut was_lower) = (String::new(), false);
    for letter in name.chars() {
        let begins = !letter.is_alphabetic() || (letter.is_uppercase() && was_lower);
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
    }
    words.push(word);
    words
}

/// Outcomes of activities, each looked up once.
#[derive(Debug)]
pub(super) struct Outcomes {
    table: Table,
    known: BTreeMap<Arc<str>, Option<Outcome>>,
}

impl Outcomes {
    pub(super) fn new(table: Table) -> Self {
        Self { table, known: BTreeMap::new() }
    }

    pub(super) fn of(&mut self, activity: &str) -> Option<Outcome> {
        if let Some(outcome) = self.known.get(activity) {
            return *outcome;
        }
        let outcome = self.table.of_activity(activity);
        if self.known.len() < ACTIVITIES_MAX {
            self.known.insert(activity.into(), outcome);
        }
        outcome
    }

    /// Whether they are guessed.
    pub(super) fn are_guessed(&self) -> bool {
        matches!(self.table, Table::Words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn guessed(activity: &str) -> Option<&'static str> {
        Table::Words.of_activity(activity).map(Outcome::as_str)
    }

    #[test]
    fn decisions_are_known_by_whole_words() {
        assert_eq!(guessed("Declaration FINAL_APPROVED by SUPERVISOR"), Some("approved"));
        assert_eq!(guessed("requestClosed"), Some("approved"));
        assert_eq!(guessed("A_DECLINED"), Some("rejected"));
        assert_eq!(guessed("Cancel order"), Some("withdrawn"));
        assert_eq!(guessed("reinitiate request"), Some("returned"));
        assert_eq!(guessed("Declaration SUBMITTED by EMPLOYEE"), Some("requested"));
        for activity in ["Not approved", "Disapproved by finance", "Permit NOT granted", "unapproved"] {
            assert_eq!(guessed(activity), Some("rejected"), "{activity}");
        }
        assert_eq!(guessed("Request For Payment APPROVED by ADMINISTRATION"), Some("approved"));
        assert_eq!(guessed("Manager approval"), Some("approved"));
        for activity in
            ["Approval pending", "Request approval", "Send for approval", "not yet closed", "Not rejected"]
        {
            assert_eq!(guessed(activity), None, "{activity}");
        }
        // What only looks like a decision.
        for activity in
            ["A_PREACCEPTED", "T04 Determine competence", "disclosed", "resubmitted?", "decide", ""]
        {
            assert_eq!(guessed(activity), None, "{activity}");
        }
    }

    #[test]
    fn of_two_patterns_the_more_cautious_outcome_holds() {
        let patterns = |text: &str| vec![text.to_owned()];
        let table = Table::of(&BTreeMap::from([
            (Outcome::Approved, patterns("*approved*")),
            (Outcome::Requested, patterns("* by EMPLOYEE")),
        ]));
        assert_eq!(table.of_activity("APPROVED by employee"), Some(Outcome::Requested));
        assert_eq!(table.of_activity("approved by the board"), Some(Outcome::Approved));
        assert_eq!(table.of_activity("paid"), None);
    }
}
