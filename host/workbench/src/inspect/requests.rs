//! Requests: decided without a step before, decided more than once, never decided.

use redtape_model::calendar::WEEK_MS;
use xxhash_rust::xxh3::xxh3_64;

use super::checks::{Check, Verdict, check, share};
use super::said::Fields;
use super::sampled::Sampled;
use redtape_import::input::{Line, Origin};
use redtape_model::calendar::Instant;
use redtape_model::text::{counted, grouped};
use redtape_scan::report::Report;

/// After so long without a step nobody waits for a request any more.
const SILENT_MS: i64 = 26 * WEEK_MS;
/// Fewer than one in so many are what happens in every log.
const USUAL_PARTS: u64 = 20;
/// One in so many requests without a decision is more than a tail of open ones.
const UNDECIDED_PARTS: u64 = 5;

/// The requests of a log.
#[derive(Debug, Default)]
pub(super) struct Requests {
    requests: Sampled<Request>,
    newest: Instant,
    /// The first decision of each sort.
    first: [Option<(String, Origin)>; 3],
}

/// What became of a request.
#[derive(Debug, Default)]
struct Request {
    /// The id of its newest step, as a hash: a step that is delivered again is the same.
    step: u64,
    last: Instant,
    is_open: bool,
    is_withdrawn: bool,
    decisions: u32,
    /// Decisions with no step before.
    alone: u32,
    /// When such a decision was taken, while a step of that instant may still be read.
    alone_at: Option<Instant>,
    /// Decisions after a decision, with no step between.
    again: u32,
    /// Decisions long after the step before.
    slow: u32,
}

impl Requests {
    /// Looks at a step.
    pub(super) fn look(&mut self, line: &Line<&str>, at: Instant, fields: &Fields<'_>) {
        let (request, outcome) = (fields.request.text(), fields.outcome.text());
        if request.is_empty() {
            return;
        }
        self.newest = self.newest.max(at);
        let hash = xxh3_64(request.as_bytes()).rotate_left(29) ^ line.account;
        let mut is_new = false;
        let Some(known) = self.requests.entry(hash, || {
            is_new = true;
            Request { last: at, ..Request::default() }
        }) else {
            return;
        };
        let step = xxh3_64(fields.id.text().as_bytes());
        if !is_new && known.step == step {
            return;
        }
        known.step = step;
        let sort = known.take(at, outcome, is_new);
        if let Some(first) = sort.and_then(|sort| self.first.get_mut(sort)) {
            first.get_or_insert_with(|| (redtape_model::text::cut(request, 60).to_owned(), line.origin));
        }
    }

    /// What is to be said of them.
    pub(super) fn checks(&self, report: &Report) -> Vec<Check> {
        let (mut requests, mut decisions, mut undecided) = (0_u64, 0_u64, 0_u64);
        let [mut alone, mut again, mut slow] = [0_u64; 3];
        for request in self.requests.values() {
            requests += 1;
            decisions += u64::from(request.decisions);
            alone += u64::from(request.alone);
            again += u64::from(request.again > 0);
            slow += u64::from(request.slow);
            let is_silent = request.last + SILENT_MS <= self.newest;
            undecided += u64::from(request.decisions == 0 && !request.is_withdrawn && is_silent);
        }
        let one_in = self.requests.one_in();
        let about = if one_in > 1 { "about " } else { "" };
        let mut checks = Vec::new();
        let mut add = |count: u64,
                       whole: u64,
                       parts: u64,
                       noun: &str,
                       means: (&str, &str),
                       first: Option<&(String, Origin)>| {
            if count == 0 || count * parts < whole {
                return;
            }
            let example = first.map(|(name, origin)| format!(" (as `{name}` at {})", report.place(*origin)));
            let (found, so) = means;
            let told = format!(
                "{about}{} of {} ({}) {found}{}: {so}",
                grouped(count * one_in),
                counted(whole * one_in, noun),
                share(count, whole),
                example.unwrap_or_default()
            );
            checks.push(check("approval-step", Verdict::Warning, told));
        };
        let [first_alone, first_again, first_slow] = self.first.each_ref().map(Option::as_ref);
        let means = ("have no step before them", "nobody knows how long they took");
        add(alone, decisions, USUAL_PARTS, "decision", means, first_alone);
        let means =
            ("are decided more than once with no step between", "several approvers, or one message twice?");
        add(again, requests, USUAL_PARTS, "request", means, first_again);
        let means = ("come more than 26 weeks after the step before", "by then a request counts as let go");
        add(slow, decisions, USUAL_PARTS, "decision", means, first_slow);
        let means = ("were never decided", "nothing has happened to them for 26 weeks");
        add(undecided, requests, UNDECIDED_PARTS, "request", means, None);
        checks
    }
}

impl Request {
    /// Takes a step in; gives which sort of decision it is, if one that is told.
    fn take(&mut self, at: Instant, outcome: &str, is_new: bool) -> Option<usize> {
        let wait = at - self.last;
        self.last = self.last.max(at);
        match outcome {
            "approved" | "rejected" => {
                self.decisions = self.decisions.saturating_add(1);
                let sort = if is_new {
                    (self.alone, self.alone_at) = (self.alone.saturating_add(1), Some(at));
                    Some(0)
                } else if !self.is_open && self.decisions > 1 {
                    self.again = self.again.saturating_add(1);
                    Some(1)
                } else if self.is_open && wait >= SILENT_MS {
                    self.slow = self.slow.saturating_add(1);
                    Some(2)
                } else {
                    None
                };
                self.is_open = false;
                sort
            }
            "withdrawn" => {
                (self.is_open, self.is_withdrawn) = (false, true);
                None
            }
            _ => {
                // Lines of one instant come in any order.
                match self.alone_at.take_if(|decided| at <= *decided) {
                    Some(_) => self.alone = self.alone.saturating_sub(1),
                    None => (self.is_open, self.is_withdrawn) = (true, false),
                }
                None
            }
        }
    }
}
