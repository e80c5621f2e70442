//! Who held a request, and to whom it went: the events of one case become steps.
//!
//! Consecutive events of one actor are his work; a hand-over is dated by the first event of whoever acts next.

use super::outcome::Outcome;

/// An event that takes part.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) actor: String,
    /// What the table says of its activity.
    pub(super) outcome: Option<Outcome>,
}

/// A step of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Number of its event among those that take part.
    pub(super) event: usize,
    pub(super) from: String,
    pub(super) outcome: Outcome,
}

/// What events were that gave no step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quiet {
    /// Work of whoever held the request.
    pub(super) work: u64,
    /// After a decision, and nothing new.
    pub(super) after: u64,
}

/// The steps of a case whose events are in the order of time.
pub(super) fn steps(acts: &[Act], omit: &[Outcome], quiet: &mut Quiet) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut holder, mut closed): (Option<&str>, Option<Outcome>) = (None, None);
    for (event, act) in acts.iter().enumerate() {
        // The first who acts hands the request in.
        let outcome = if event == 0 { act.outcome.or(Some(Outcome::Requested)) } else { act.outcome };
        let is_new = outcome.is_some_and(|outcome| outcome != Outcome::Forwarded && closed != Some(outcome));
        if closed.is_some() && !is_new {
            quiet.after += 1;
            continue;
        }
        let from = match holder {
            // A hand-in is no hand-over.
            Some(holder) if outcome != Some(Outcome::Requested) => holder,
            _ => &*act.actor,
        };
        let outcome = outcome.unwrap_or(Outcome::Forwarded);
        if outcome == Outcome::Forwarded && from == act.actor {
            holder = Some(&act.actor);
            quiet.work += 1;
            continue;
        }
        if !omit.contains(&outcome) {
            steps.push(Step { event, from: from.to_owned(), outcome });
        }
        holder = Some(&act.actor);
        // A request goes on after a rejection, with a new hand-in or without.
        closed = matches!(outcome, Outcome::Approved | Outcome::Withdrawn).then_some(outcome);
    }
    steps
}

/// Where outcomes are guessed: of the decisions of a round the last one decides, and those before it were stages.
pub(super) fn settle(acts: &mut [Act]) {
    let mut decided = false;
    for act in acts.iter_mut().rev() {
        let stage = match act.outcome {
            Some(Outcome::Requested) => {
                decided = false;
                continue;
            }
            Some(Outcome::Approved) => Some(Outcome::Forwarded),
            Some(Outcome::Rejected) => Some(Outcome::Returned),
            Some(Outcome::Withdrawn) => None,
            _ => continue,
        };
        if decided {
            act.outcome = stage;
        }
        decided = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Acts such as `ann`, `bob:approved`, as `from>to outcome`.
    fn shown(acts: &str, omit: &[Outcome], guessed: bool) -> String {
        let mut acts: Vec<Act> = acts.split_whitespace().map(act).collect();
        if guessed {
            settle(&mut acts);
        }
        let mut quiet = Quiet::default();
        let steps = steps(&acts, omit, &mut quiet);
        let shown = steps
            .iter()
            .map(|step| format!("{}>{} {}", step.from, acts[step.event].actor, step.outcome.as_str()));
        let shown: Vec<String> = shown.collect();
        format!("{} | work {}, after {}", shown.join(", "), quiet.work, quiet.after)
    }

    fn act(text: &str) -> Act {
        let (actor, outcome) = text.split_once(':').unwrap_or((text, ""));
        Act { actor: actor.to_owned(), outcome: Outcome::named(outcome) }
    }

    #[track_caller]
    fn check(acts: &str, expected: Expect) {
        expected.assert_eq(&shown(acts, &[], false));
    }

    #[test]
    fn work_of_one_actor_is_one_hand_over() {
        check(
            "ann ann bob bob cat:approved",
            expect!["ann>ann requested, ann>bob forwarded, bob>cat approved | work 2, after 0"],
        );
        check("ann ann", expect!["ann>ann requested | work 1, after 0"]);
        check("ann ann:approved", expect!["ann>ann requested, ann>ann approved | work 0, after 0"]);
        check("", expect![" | work 0, after 0"]);
    }

    #[test]
    fn nothing_counts_after_a_decision_but_something_new() {
        check(
            "ann bob:approved bob cat:forwarded dan:approved eve:rejected fay",
            expect![
                "ann>ann requested, ann>bob approved, bob>eve rejected, eve>fay forwarded | work 0, after 3"
            ],
        );
        check(
            "ann bob:rejected ann:requested bob:approved",
            expect![
                "ann>ann requested, ann>bob rejected, ann>ann requested, ann>bob approved | work 0, after 0"
            ],
        );
        check("ann bob:withdrawn cat", expect!["ann>ann requested, ann>bob withdrawn | work 0, after 1"]);
    }

    #[test]
    fn an_outcome_left_out_takes_no_step_and_still_happens() {
        let omit = [Outcome::Requested, Outcome::Withdrawn];
        let told = shown("ann bob:withdrawn cat dan:requested eve", &omit, false);
        expect!["dan>eve forwarded | work 0, after 1"].assert_eq(&told);
    }

    #[test]
    fn of_guessed_decisions_the_last_of_a_round_decides() {
        let told = shown("ann bob:approved cat:rejected dan:approved ann:requested bob:rejected", &[], true);
        expect!["ann>ann requested, ann>bob forwarded, bob>cat returned, cat>dan approved, ann>ann requested, ann>bob rejected | work 0, after 0"].assert_eq(&told);
    }
}
