//! The calls that changed a detector since its last snapshot, so that another one can be brought to the same state.
//!
//! Only calls that were answered are in it. When it is emptied is decided by the supervisor.

use std::mem::{size_of, size_of_val};

use crate::detector::{Activity, Happening, Verdict};
use crate::engine::Engine;
use crate::error::Error;
use redtape_model::calendar::Instant;

/// One call that changed, or may have changed, the state of a detector.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// `configure` with this policy.
    Configure(String),
    /// `observe` of these records.
    Observe(Vec<Activity>),
    /// `observe-ndjson` of these lines.
    ObserveNdjson(String),
    /// `advance` to this instant. Called again as often as it was called, so that what was told stays told.
    Advance(Instant),
    /// `agree` on this instant with these sums.
    Agree(Instant, Vec<i64>),
    /// `feedback` on the alert of this id.
    Feedback(String, Verdict),
    /// `restore` of this snapshot.
    Restore(String),
    /// `forget` of these accounts.
    Forget(Vec<String>),
}

impl Change {
    /// Makes the same call on `engine`; its answer was told when it was made first.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn apply(&self, engine: &mut impl Engine) -> Result<(), Error> {
        match self {
            Change::Configure(policy) => engine.configure(policy),
            Change::Observe(activities) => engine.observe(activities).map(drop),
            Change::ObserveNdjson(lines) => engine.observe_ndjson(lines).map(drop),
            Change::Advance(to) => engine.advance(*to).map(drop),
            Change::Agree(to, sums) => engine.agree(*to, sums).map(drop),
            Change::Feedback(alert, verdict) => engine.feedback(alert, *verdict).map(drop),
            Change::Restore(snapshot) => engine.restore(snapshot),
            Change::Forget(accounts) => engine.forget(accounts).map(drop),
        }
    }

    /// The name of the call in the contract.
    pub fn call(&self) -> &'static str {
        match self {
            Change::Configure(_) => "configure",
            Change::Observe(_) => "observe",
            Change::ObserveNdjson(_) => "observe-ndjson",
            Change::Advance(_) => "advance",
            Change::Agree(..) => "agree",
            Change::Feedback(..) => "feedback",
            Change::Restore(_) => "restore",
            Change::Forget(_) => "forget",
        }
    }

    /// About how many bytes it takes to keep it.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Change::Configure(text) | Change::ObserveNdjson(text) | Change::Restore(text) => text.len(),
                Change::Observe(activities) => activities.iter().map(record_bytes).sum(),
                Change::Advance(_) => 0,
                Change::Agree(_, sums) => size_of_val(sums.as_slice()),
                Change::Feedback(alert, _) => alert.len(),
                Change::Forget(accounts) => texts(accounts),
            }
    }
}

/// About how many bytes it takes to keep a record.
pub(super) fn record_bytes(activity: &Activity) -> usize {
    let happening = match &activity.happening {
        Happening::Meeting(it) => {
            let people = it.participants.iter().map(|person| size_of_val(person) + person.id.len());
            it.series.len() + it.title.len() + people.sum::<usize>()
        }
        Happening::PlanVersion(it) => it.plan.len() + it.author.len(),
        Happening::ApprovalStep(it) => it.request.len() + it.from.id.len() + it.to.id.len(),
        Happening::RuleChange(it) => it.rule.len(),
        Happening::Exchange(it) => it.thread.len(),
        Happening::Profile(it) => it.tier.len() + texts(&it.tags),
        Happening::Retraction(of) => of.len(),
    };
    size_of_val(activity) + activity.id.len() + activity.account.len() + happening
}

fn texts(texts: &[String]) -> usize {
    texts.iter().map(|text| size_of_val(text) + text.len()).sum()
}

/// Changes in the order they were made, and their bytes.
#[derive(Debug, Default)]
pub(super) struct Journal {
    changes: Vec<Change>,
    bytes: usize,
}

impl Journal {
    pub(super) fn push(&mut self, change: Change) {
        self.bytes += change.bytes();
        self.changes.push(change);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether shards are agreeing on the next `advance`: what they agreed on so far is in no snapshot.
    pub(super) fn is_agreeing(&self) -> bool {
        matches!(self.changes.last(), Some(Change::Agree(..)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{Meeting, MeetingStatus, Participant, Side};

    #[test]
    fn a_journal_knows_about_how_many_bytes_it_takes() {
        let person = |id: &str| Participant { id: id.to_owned(), side: Side::Internal };
        let meeting = Meeting {
            duration_min: None,
            participants: vec![person("12345"), person("123")],
            series: "12".to_owned(),
            title: "1".repeat(1000),
            mandatory: None,
            status: MeetingStatus::Held,
            all_day: false,
        };
        let activity = Activity {
            id: "1234".to_owned(),
            at: 0,
            account: "1".to_owned(),
            revised: None,
            happening: Happening::Meeting(meeting),
        };
        let record = size_of::<Activity>() + 4 + 1 + 1000 + 2 + 2 * size_of::<Participant>() + 8;
        let change = size_of::<Change>();
        let mut journal = Journal::default();
        journal.push(Change::Observe(vec![activity.clone(), activity]));
        assert_eq!(journal.bytes(), change + 2 * record);
        journal.push(Change::Agree(0, vec![1, 2]));
        assert!(journal.is_agreeing());
        journal.push(Change::Advance(0));
        assert!(!journal.is_agreeing());
        journal.push(Change::ObserveNdjson("12345".to_owned()));
        journal.push(Change::Forget(vec!["123".to_owned()]));
        assert_eq!(journal.bytes(), 5 * change + 2 * record + 16 + 5 + size_of::<String>() + 3);
        journal.clear();
        assert_eq!((journal.bytes(), journal.changes()), (0, &[][..]));
    }
}
