//! What counts as a meeting, a version, a hop, and what was left out and why.
//!
//! `round.rs` follows one request and `plan.rs` one plan; this file takes a week out of an account's open activities
//! ([`close_week`]) and looks at the open ones without taking them ([`look`]). Limits and alerts are not known here.

mod plan;
mod round;

pub use plan::Plan;
pub use round::{Decided, Ending, Round, Trail};

use crate::account::{Account, Entry};
use crate::activity::{DAY_MINUTES, Happening, Instant, Meeting, MeetingStatus, Profile};
use crate::calendar::{WEEK_MS, Week};
use crate::policy::Counting;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A request without a step for so long is no longer waited for, a plan without a version no longer worked on.
pub const SILENT_MS: i64 = 26 * WEEK_MS;
/// How long a retraction waits for its activity: as far as activities may lie ahead.
pub const RETRACTION_MS: i64 = crate::monitor::AHEAD_MS_MAX;
/// Most retractions of an account that wait for their activity once a week has closed.
pub const RETRACTIONS_MAX: usize = 1_000;
/// Most open requests of an account.
pub const REQUESTS_MAX: usize = 1_000;
/// Most plans of an account.
pub const PLANS_MAX: usize = 200;

/// A rule of counting that leaves something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// An entry without hours, or of 24 h and more.
    AllDay,
    /// Many plans issued at one instant.
    BulkEdit,
    /// A meeting that did not take place.
    Cancelled,
    /// Zero or negative length.
    NoDuration,
    /// Taken back before its week closed.
    Retracted,
    /// The number of the version before it.
    SameVersion,
    /// Fewer than two people.
    Solo,
    /// A retraction whose activity never came, or had counted already.
    UnmatchedRetraction,
}

impl Rule {
    /// Its name in tallies.
    pub fn name(self) -> &'static str {
        match self {
            Rule::AllDay => "all-day",
            Rule::BulkEdit => "bulk-edit",
            Rule::Cancelled => "cancelled",
            Rule::NoDuration => "no-duration",
            Rule::Retracted => "retracted",
            Rule::SameVersion => "same-version",
            Rule::Solo => "solo",
            Rule::UnmatchedRetraction => "unmatched-retraction",
        }
    }
}

/// Which activities a signal looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// `meeting`
    Meetings,
    /// `plan-version`
    Plans,
    /// `approval-step`
    Approvals,
    /// All others.
    Other,
}

impl Family {
    /// Of an activity.
    pub fn of(happening: &Happening) -> Self {
        match happening {
            Happening::Meeting(_) => Family::Meetings,
            Happening::PlanVersion(_) => Family::Plans,
            Happening::ApprovalStep(_) => Family::Approvals,
            _ => Family::Other,
        }
    }
}

/// What is remembered of one closed week of one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeekRecord {
    /// Which week.
    pub week: Week,
    /// Meetings counted.
    pub meetings: u32,
    /// Minutes in them.
    pub minutes: u64,
    /// Plan versions counted.
    pub versions: u32,
    /// Rounds decided.
    pub rounds: u32,
    /// Hops of those rounds.
    pub hops: u32,
    /// Milliseconds from first step to decision, summed over those rounds.
    pub deciding_ms: i64,
    /// What was left out, by rule and family.
    pub left_out: BTreeMap<Rule, BTreeMap<Family, u32>>,
}

impl WeekRecord {
    fn leave_out(&mut self, rule: Rule, family: Family) {
        *self.left_out.entry(rule).or_default().entry(family).or_default() += 1;
    }
}

/// A meeting that counted.
#[derive(Clone, Debug)]
pub struct CountedMeeting {
    /// Of the activity.
    pub id: Box<str>,
    /// Its start.
    pub at: Instant,
    /// What was told of it.
    pub meeting: Meeting,
}

/// One closed week of one account with what it rests on.
#[derive(Clone, Debug, Default)]
pub struct WeekFacts {
    /// The numbers, to be remembered.
    pub record: WeekRecord,
    /// The meetings that counted, in time order.
    pub meetings: Vec<CountedMeeting>,
    /// The rounds that were decided, in time order.
    pub rounds: Vec<Decided>,
    /// Activities counted, of every family.
    pub counted: u64,
    /// Families with an activity in this week, counted or left out.
    pub families: BTreeSet<Family>,
    /// Requests whose round ended, how and when; of several the newest.
    pub ended: BTreeMap<Box<str>, (Ending, Instant)>,
    /// Open requests that the limit dropped.
    pub requests_dropped: u64,
    /// Plans that the limit dropped.
    pub plans_dropped: u64,
}

/// Takes the activities before `end` out of `account` and counts them as `week`.
pub fn close_week(account: &mut Account, week: Week, end: Instant, counting: &Counting) -> WeekFacts {
    let mut facts = WeekFacts { record: WeekRecord { week, ..Default::default() }, ..Default::default() };
    let entries = take_out(account, end, &mut facts);
    let bulk = bulk_edits(entries.iter().map(|(_, entry)| entry), counting);
    for (id, entry) in entries {
        let family = Family::of(&entry.happening);
        let rule = match &entry.happening {
            Happening::Meeting(meeting) => meeting_rule(meeting, counting),
            Happening::PlanVersion(_) if bulk.contains(&entry.at) => Some(Rule::BulkEdit),
            Happening::PlanVersion(version) => {
                let plan = account.plans.entry(version.plan.clone()).or_default();
                let counts = plan.take(entry.at, &id, version, counting.same_version);
                (!counts).then_some(Rule::SameVersion)
            }
            _ => None,
        };
        if let Some(rule) = rule {
            facts.record.leave_out(rule, family);
            continue;
        }
        facts.counted += 1;
        match entry.happening {
            Happening::Meeting(meeting) => {
                facts.record.meetings += 1;
                facts.record.minutes += u64::try_from(meeting.duration_min.unwrap_or(0)).unwrap_or(0);
                facts.meetings.push(CountedMeeting { id, at: entry.at, meeting });
            }
            Happening::PlanVersion(_) => facts.record.versions += 1,
            Happening::ApprovalStep(step) => {
                let mut round = account.requests.remove(&step.request);
                match Round::take(&mut round, entry.at, &id, &step) {
                    Some((ending, decided)) => {
                        facts.ended.insert(step.request, (ending, entry.at));
                        facts.rounds.extend(decided);
                    }
                    None => account.requests.extend(round.map(|round| (step.request, round))),
                }
            }
            Happening::Profile(profile) => account.profile = profile,
            Happening::RuleChange(_) | Happening::Exchange(_) | Happening::Retraction(_) => {}
        }
    }
    for round in &facts.rounds {
        facts.record.rounds += 1;
        facts.record.hops += round.hops;
        facts.record.deciding_ms += round.at - round.first;
    }
    for (request, round) in account.requests.extract_if(.., |_, round| round.is_silent(end)) {
        facts.ended.insert(request, (Ending::Silent, round.last + SILENT_MS));
    }
    facts.requests_dropped = keep_newest(&mut account.requests, REQUESTS_MAX, |round| round.last);
    facts.plans_dropped = keep_newest(&mut account.plans, PLANS_MAX, |plan| plan.last());
    facts
}

/// The entries before `end`, in the order of (`at`, step or version, id), without the retracted ones.
fn take_out(account: &mut Account, end: Instant, facts: &mut WeekFacts) -> Vec<(Box<str>, Entry)> {
    let retracted = retracted(account);
    let mut served = BTreeSet::new();
    let due = |entry: &Entry| match entry.happening {
        Happening::Retraction(_) => false,
        _ => entry.at < end,
    };
    let mut entries: Vec<(Box<str>, Entry)> = account.open.extract_if(|_, entry| due(entry)).collect();
    entries.sort_unstable_by(|a, b| a.1.rank(&a.0).cmp(&b.1.rank(&b.0)));
    for (_, entry) in &entries {
        facts.families.insert(Family::of(&entry.happening));
    }
    entries.retain(|(id, entry)| {
        let counts = !retracted.contains(id);
        if !counts {
            served.insert(id.clone());
            facts.record.leave_out(Rule::Retracted, Family::of(&entry.happening));
        }
        counts
    });
    // A retraction goes with its activity; without one it waits as long as activities may lie ahead.
    let waits = |of: &str, entry: &Entry| !served.contains(of) && entry.at + RETRACTION_MS >= end;
    let mut waiting = Vec::new();
    account.open.retain(|id, entry| {
        let Happening::Retraction(of) = &entry.happening else { return true };
        let waits = waits(of, entry);
        if waits {
            waiting.push((entry.at, id.clone()));
        } else if served.contains(of) {
            facts.counted += 1;
        } else {
            facts.record.leave_out(Rule::UnmatchedRetraction, Family::Other);
        }
        waits
    });
    waiting.sort_unstable();
    for (_, id) in waiting.iter().take(waiting.len().saturating_sub(RETRACTIONS_MAX)) {
        account.open.remove(id);
        facts.record.leave_out(Rule::UnmatchedRetraction, Family::Other);
    }
    entries
}

fn retracted(account: &Account) -> BTreeSet<Box<str>> {
    let named = account.open.values().filter_map(|entry| match &entry.happening {
        Happening::Retraction(of) => Some(of.clone()),
        _ => None,
    });
    named.collect()
}

fn meeting_rule(meeting: &Meeting, counting: &Counting) -> Option<Rule> {
    let minutes = meeting.duration_min;
    // Without a name, each is somebody else.
    let unnamed = meeting.participants.iter().filter(|p| p.id.is_empty()).count();
    let named: BTreeSet<&str> =
        meeting.participants.iter().map(|p| &*p.id).filter(|id| !id.is_empty()).collect();
    let rules = [
        (counting.cancelled && meeting.status == MeetingStatus::Cancelled, Rule::Cancelled),
        (counting.all_day && (meeting.all_day || minutes >= Some(DAY_MINUTES)), Rule::AllDay),
        (counting.no_duration && minutes.is_some_and(|minutes| minutes <= 0), Rule::NoDuration),
        (counting.solo && named.len() + unnamed == 1, Rule::Solo),
    ];
    rules.into_iter().find(|(holds, _)| *holds).map(|(_, rule)| rule)
}

/// The instants at which so many plans were issued together that a script did it.
fn bulk_edits<'a>(entries: impl Iterator<Item = &'a Entry>, counting: &Counting) -> BTreeSet<Instant> {
    let mut plans: BTreeMap<Instant, BTreeSet<&str>> = BTreeMap::new();
    if counting.bulk_edit_plans > 0 {
        for entry in entries {
            if let Happening::PlanVersion(version) = &entry.happening {
                plans.entry(entry.at).or_default().insert(&version.plan);
            }
        }
    }
    plans.retain(|_, plans| plans.len() >= counting.bulk_edit_plans as usize);
    plans.into_keys().collect()
}

/// Drops what was touched longest ago until `max` are left; how many went.
fn keep_newest<T>(map: &mut BTreeMap<Box<str>, T>, max: usize, last: impl Fn(&T) -> Instant) -> u64 {
    let surplus = map.len().saturating_sub(max);
    if surplus > 0 {
        let mut order: Vec<(Instant, Box<str>)> =
            map.iter().map(|(key, value)| (last(value), key.clone())).collect();
        order.sort_unstable();
        for (_, key) in order.iter().take(surplus) {
            map.remove(key);
        }
    }
    surplus as u64
}

/// Plans and requests of an account as they stand at one instant, open weeks included.
#[derive(Clone, Debug)]
pub struct Look<'a> {
    account: &'a Account,
    now: Instant,
    /// Plans that were touched in the open weeks.
    plans: BTreeMap<&'a str, Plan>,
    /// Requests that were touched in the open weeks; none: the newest round ended.
    requests: BTreeMap<&'a str, Option<Round>>,
    ended: BTreeMap<&'a str, Ending>,
    /// The account's newest facts.
    pub profile: &'a Profile,
    /// When the next activity that is ahead of `now` happens.
    pub next: Option<Instant>,
}

impl<'a> Look<'a> {
    /// All plans.
    pub fn plans(&self) -> impl Iterator<Item = (&str, &Plan)> {
        let held = self.account.plans.iter().map(|(plan, state)| (&**plan, state));
        let untouched = held.filter(|(plan, _)| !self.plans.contains_key(plan));
        untouched.chain(self.plans.iter().map(|(plan, state)| (*plan, state)))
    }

    /// Open requests that are still waited for.
    pub fn requests(&self) -> impl Iterator<Item = (&str, &Round)> {
        let held = self.account.requests.iter().map(|(request, round)| (&**request, round));
        let untouched = held.filter(|(request, _)| !self.requests.contains_key(request));
        let touched = self.requests.iter().filter_map(|(request, round)| Some((*request, round.as_ref()?)));
        untouched.chain(touched).filter(|(_, round)| !round.is_silent(self.now))
    }

    /// How the newest round of a request ended in the open weeks, or by its silence.
    pub fn ending(&self, request: &str) -> Option<Ending> {
        let round = match self.requests.get(request) {
            Some(touched) => touched.as_ref(),
            None => self.account.requests.get(request),
        };
        let silent = round.filter(|round| round.is_silent(self.now)).map(|_| Ending::Silent);
        silent.or_else(|| self.ended.get(request).copied())
    }
}

/// Looks at `account` as it stands at `now`.
pub fn look<'a>(account: &'a Account, now: Instant, counting: &Counting) -> Look<'a> {
    let retracted = retracted(account);
    let counts = |id: &str, entry: &Entry| {
        use Happening::{ApprovalStep, PlanVersion, Profile};
        matches!(entry.happening, PlanVersion(_) | ApprovalStep(_) | Profile(_)) && !retracted.contains(id)
    };
    let entries = account.open.iter().filter(|(id, entry)| counts(id, entry));
    let mut entries: Vec<(&str, &Entry)> = entries.map(|(id, entry)| (&**id, entry)).collect();
    entries.sort_unstable_by(|a, b| a.1.rank(a.0).cmp(&b.1.rank(b.0)));
    let bulk = bulk_edits(entries.iter().map(|(_, entry)| *entry), counting);
    let mut look = Look {
        account,
        now,
        plans: BTreeMap::new(),
        requests: BTreeMap::new(),
        ended: BTreeMap::new(),
        profile: &account.profile,
        next: None,
    };
    for (id, entry) in entries {
        if entry.at > now {
            look.next = Some(entry.at);
            break;
        }
        match &entry.happening {
            Happening::PlanVersion(version) if !bulk.contains(&entry.at) => {
                let held = || account.plans.get(&version.plan).cloned().unwrap_or_default();
                let plan = look.plans.entry(&version.plan).or_insert_with(held);
                plan.take(entry.at, id, version, counting.same_version);
            }
            Happening::ApprovalStep(step) => {
                let held = || account.requests.get(&step.request).cloned();
                let round = look.requests.entry(&step.request).or_insert_with(held);
                if let Some((ending, _)) = Round::take(round, entry.at, id, step) {
                    look.ended.insert(&step.request, ending);
                }
            }
            Happening::Profile(profile) => look.profile = profile,
            _ => {}
        }
    }
    look
}
