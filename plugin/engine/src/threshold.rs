//! Values against the policy's limits: when an episode opens, how it goes on, and when it ends.
//!
//! Two kinds of values: those of closed weeks ([`judge_week`]), which must last, and those of open requests and plans
//! ([`judge_items`]), which alert at once. A limit is reached at or above its number.

use crate::activity::Instant;
use crate::alert::{Alert, Episode, Further, Item, Severity, State, Words, rounded};
use crate::calendar::{Calendar, WEEK_MS, Week};
use crate::counting::{LiveView, WeekFacts};
use crate::horizon::SILENT_WEEKS_MAX;
use crate::plausible;
use crate::settings::{Lasting, SignalPolicy};
use crate::signals::{Gone, OpenLimits, SignalId, WeekLimits, number, number_beside};
use crate::tracks::EVIDENCE_MAX;
use serde::{Deserialize, Serialize};

/// Most open alerts of an account and signal that are about one subject each.
pub const SUBJECTS_MAX: usize = 5;

/// What is decided, for whom and when.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The account's name.
    pub account: &'a str,
    /// When it is decided.
    pub at: Instant,
    /// For dates in sentences.
    pub calendar: &'a Calendar,
}

/// The newest measured weeks of one series against its limits, the newest in the lowest bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    warning: u32,
    critical: u32,
    /// The weeks of the bits set in `warning`, oldest first, and how many activities each of them rests on.
    hits: Vec<(Week, u32)>,
    /// Weeks in a row with nothing to measure.
    silent: u32,
}

impl Run {
    /// Whether the next weeks must be looked at, even if nothing happens in them.
    pub fn is_live(&self) -> bool {
        self.warning & mask(SILENT_WEEKS_MAX) != 0
    }

    /// Whether its weeks lie in the calendar.
    pub(crate) fn is_plausible(&self) -> bool {
        self.hits.iter().all(|(week, _)| plausible::week(*week))
    }

    fn take(&mut self, week: Week, warning: bool, critical: bool, activities: u32) {
        self.silent = 0;
        self.warning = self.warning << 1 | u32::from(warning);
        self.critical = self.critical << 1 | u32::from(critical);
        if warning {
            self.hits.push((week, activities));
        }
        let known = self.hits.len().saturating_sub(self.within(SILENT_WEEKS_MAX));
        self.hits.drain(..known);
    }

    /// How many of the newest `weeks` were at the limit.
    fn within(&self, weeks: u32) -> usize {
        (self.warning & mask(weeks)).count_ones() as usize
    }

    /// Those of them, oldest first.
    fn hits_within(&self, weeks: u32) -> &[(Week, u32)] {
        self.hits.get(self.hits.len().saturating_sub(self.within(weeks))..).unwrap_or_default()
    }
}

/// The lowest `weeks` bits.
fn mask(weeks: u32) -> u32 {
    1u32.checked_shl(weeks).map_or(u32::MAX, |bit| bit - 1)
}

fn lasts(bits: u32, lasting: Lasting) -> bool {
    bits & 1 == 1 && (bits & mask(lasting.of)).count_ones() >= lasting.need
}

/// A closed week of one signal, and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct ClosedWeek<'a> {
    /// The signal.
    pub id: SignalId,
    /// How its weeks are held against limits.
    pub limits: &'static WeekLimits,
    /// The numbers that hold.
    pub policy: &'a SignalPolicy,
    /// What was counted.
    pub facts: &'a WeekFacts,
    /// The week's value; none: there was nothing to measure.
    pub value: Option<f64>,
}

/// Holds the value of a closed week against the limits of its signal.
pub fn judge_week(
    moment: Moment<'_>,
    week: ClosedWeek<'_>,
    run: &mut Run,
    episodes: &mut Vec<Episode>,
    told: &mut Vec<Alert>,
) {
    let ClosedWeek { id, policy, facts, .. } = week;
    let place = episodes.iter().position(|episode| episode.signal == id && episode.subject.is_empty());
    let mut episode = place.map(|place| episodes.remove(place));
    let limit = policy.warning.or(policy.critical).filter(|_| policy.enabled);
    match (limit, week.value.map(rounded)) {
        (None, _) => {
            *run = Run::default();
            if let Some(episode) = episode.take() {
                let summary = "the policy sets no limit for this any more".to_owned();
                end(&episode, moment, "gone", summary, told);
            }
        }
        (Some(_), None) => {
            run.silent = run.silent.saturating_add(1);
            if run.silent >= SILENT_WEEKS_MAX {
                *run = Run::default();
                if let Some(episode) = episode.take() {
                    let summary = format!("there was nothing to measure for {SILENT_WEEKS_MAX} weeks");
                    end(&episode, moment, "gone", summary, told);
                }
            }
        }
        (Some(limit), Some(value)) => {
            let critical = policy.critical.is_some_and(|critical| value >= critical);
            let evidence = id.signal().filter(|_| value >= limit).map(|signal| (signal.evidence)(facts));
            let evidence = evidence.unwrap_or_default();
            let activities = u32::try_from(evidence.len()).unwrap_or(u32::MAX);
            run.take(facts.week, value >= limit, critical, activities);
            let judged = Judged { moment, week, policy, limit, value, evidence };
            episode = judged.go_on(run, episode, told);
        }
    }
    if let Some(episode) = episode {
        episodes.insert(place.unwrap_or(episodes.len()), episode);
    }
}

/// A measured week and what it is held against.
struct Judged<'a> {
    moment: Moment<'a>,
    week: ClosedWeek<'a>,
    policy: &'a SignalPolicy,
    limit: f64,
    value: f64,
    /// What a week at the limit rests on, oldest first.
    evidence: Vec<&'a [u8]>,
}

impl Judged<'_> {
    /// The episode after this week, if there is one.
    fn go_on(&self, run: &Run, episode: Option<Episode>, told: &mut Vec<Alert>) -> Option<Episode> {
        let at_limit = run.warning & 1 == 1;
        let mut episode = match episode {
            Some(episode) => episode,
            None if at_limit => {
                let since = self.moment.calendar.start(self.week.facts.week);
                Episode::open(self.week.id, "", self.moment.at, since)
            }
            None => return None,
        };
        if at_limit {
            self.evidence.iter().for_each(|id| episode.evidence.push(id));
            episode.evidence.keep_newest(EVIDENCE_MAX, 0);
            let more = u32::try_from(self.evidence.len()).unwrap_or(u32::MAX);
            episode.evidence_total = episode.evidence_total.saturating_add(more);
        }
        if episode.state == State::Pending {
            return self.wait(run, episode, told);
        }
        episode.below_warning = if at_limit { 0 } else { episode.below_warning.saturating_add(1) };
        episode.below_critical =
            if run.critical & 1 == 1 { 0 } else { episode.below_critical.saturating_add(1) };
        let weeks = self.policy.keep_firing_weeks;
        if episode.below_warning >= weeks {
            let summary = self.describe_below(&mut episode);
            end(&episode, self.moment, "back", summary, told);
            return None;
        }
        if episode.severity < Severity::Critical && lasts(run.critical, self.policy.lasting) {
            self.tell(&mut episode, Severity::Critical, told);
        } else if episode.severity == Severity::Critical && episode.below_critical >= weeks {
            self.tell_lower(&mut episode, weeks, told);
        } else if at_limit {
            let severity = episode.severity;
            self.describe(&mut episode, severity);
        } else {
            let summary = self.describe_below(&mut episode);
            episode.words = Words { summary, suggestion: String::new() };
        }
        Some(episode)
    }

    /// A pending episode fires, waits on, or vanishes without a word.
    fn wait(&self, run: &Run, mut episode: Episode, told: &mut Vec<Alert>) -> Option<Episode> {
        let Lasting { need, of } = self.policy.lasting;
        let hits = run.hits_within(of);
        if lasts(run.warning, self.policy.lasting) {
            // It rests on the weeks that count, and on nothing before them.
            episode.since = hits.first().map_or(episode.since, |(week, _)| self.moment.calendar.start(*week));
            let total = hits.iter().fold(0, |sum: u32, (_, count)| sum.saturating_add(*count));
            episode.evidence_total = total;
            episode.evidence.keep_newest(total, 0);
            let critical = lasts(run.critical, self.policy.lasting);
            self.tell(&mut episode, if critical { Severity::Critical } else { Severity::Warning }, told);
            return Some(episode);
        }
        // Running weeks are over at the first one below; of several weeks one at the limit is enough to wait on.
        if run.warning & 1 == 0 && (need == of || hits.is_empty()) {
            return None;
        }
        if run.warning & 1 == 1 {
            self.describe(&mut episode, Severity::Warning);
            episode.at = self.moment.at;
            let limit = number(self.limit);
            episode.words.summary = format!("{}, at or above the limit of {limit}", self.words(self.limit));
        }
        Some(episode)
    }

    fn tell(&self, episode: &mut Episode, severity: Severity, told: &mut Vec<Alert>) {
        episode.state = State::Firing;
        episode.at = self.moment.at;
        self.describe(episode, severity);
        told.push(episode.told(self.moment.account));
    }

    fn tell_lower(&self, episode: &mut Episode, weeks: u32, told: &mut Vec<Alert>) {
        self.describe(episode, Severity::Warning);
        episode.at = self.moment.at;
        let critical = self.policy.critical.unwrap_or(self.limit);
        let words = self.words(critical);
        episode.words.summary =
            format!("{words}, below the critical limit of {} for {}", number(critical), running(weeks));
        told.push(episode.told(self.moment.account));
    }

    /// The newest numbers of a week below the limit; when the alert was told stays.
    fn describe_below(&self, episode: &mut Episode) -> String {
        episode.value = self.value;
        let weeks = running(episode.below_warning);
        format!("{}, below the limit of {} for {weeks}", self.words(self.limit), number(self.limit))
    }

    /// The newest numbers of a week at the limit; when the alert was told stays.
    fn describe(&self, episode: &mut Episode, severity: Severity) {
        let Lasting { need, of } = self.policy.lasting;
        episode.severity = severity;
        episode.value = self.value;
        episode.threshold =
            if severity == Severity::Critical { self.policy.critical } else { Some(self.limit) };
        // A critical alert may rest on a week that is at the lower limit only, until it is told as a warning again.
        let held = episode.threshold.filter(|limit| self.value >= *limit).unwrap_or(self.limit);
        let kind = if self.policy.critical == Some(held) { "critical limit" } else { "limit" };
        let limit = number(held);
        let lasting = match (need, of) {
            (1, 1) => String::new(),
            (need, of) if need == of => format!(" for {}", running(need)),
            (need, of) => format!(" in {need} of {of} weeks"),
        };
        episode.words = Words {
            summary: format!("{}, at or above the {kind} of {limit}{lasting}", self.words(held)),
            suggestion: (self.week.limits.suggestion)(self.week.facts, self.moment.calendar),
        };
    }

    /// The week's value in words, to be read beside `limit`.
    fn words(&self, limit: f64) -> String {
        let date = self.moment.calendar.date(self.moment.calendar.start(self.week.facts.week));
        let value = number_beside(self.value, limit);
        format!("{} in the week of {date}", (self.week.limits.words)(&value, self.week.facts))
    }
}

fn running(weeks: u32) -> String {
    if weeks == 1 { "1 week".to_owned() } else { format!("{weeks} weeks running") }
}

/// Ends an episode; one that never fired goes without a word.
fn end(episode: &Episode, moment: Moment<'_>, resolution: &str, summary: String, told: &mut Vec<Alert>) {
    if episode.state == State::Pending {
        return;
    }
    told.push(Alert {
        state: State::Resolved,
        at: moment.at,
        resolution: resolution.to_owned(),
        summary,
        suggestion: String::new(),
        ..episode.told(moment.account)
    });
}

/// Holds open requests and plans against the limits of one signal.
///
/// Gives when they must be judged again, even if nothing changes.
pub fn judge_items(
    moment: Moment<'_>,
    id: SignalId,
    policy: &SignalPolicy,
    live: &LiveView<'_>,
    episodes: &mut Vec<Episode>,
    told: &mut Vec<Alert>,
) -> Option<Instant> {
    let signal = id.signal()?;
    let limits = signal.open.as_ref()?;
    let (warning, critical) = signal.open_limits(policy);
    let limit = warning.or(critical).filter(|_| policy.enabled);
    let is_item = |episode: &Episode| episode.signal == id && !episode.subject.is_empty();
    let mut judge = Items { moment, id, limits, policy, live, limit, critical, due: None };
    let mut place = 0;
    while let Some(episode) = episodes.get_mut(place) {
        if is_item(episode) && !judge.goes_on(episode, told) {
            episodes.remove(place);
        } else {
            place += 1;
        }
    }
    let limit = limit?;
    let is_known =
        |item: &Item<'_>| episodes.iter().any(|e| is_item(e) && *e.subject == *item.subject.name());
    let mut candidates: Vec<Item<'_>> = Vec::new();
    for item in live.subjects(signal.family).filter_map(|subject| Item::of(limits, subject, moment.at)) {
        if rounded(item.value) < limit {
            judge.wake_at((limits.due)(&item.subject, limit));
        } else if item.subject.restless_until().is_none_or(|until| until > moment.at) && !is_known(&item) {
            // Names are compared last: most items are below the limit or calm.
            candidates.push(item);
        }
    }
    candidates.sort_unstable_by(|a, b| {
        let (old, new) = (a.subject.since(), b.subject.since());
        b.value.total_cmp(&a.value).then(old.cmp(&new)).then(a.subject.name().cmp(b.subject.name()))
    });
    let free = SUBJECTS_MAX.saturating_sub(episodes.iter().filter(|episode| is_item(episode)).count());
    let first_new = episodes.len();
    let opening = candidates.get(..free.min(candidates.len())).unwrap_or_default();
    episodes.extend(opening.iter().map(|item| judge.open(item)));
    let rest = candidates.get(opening.len()..).unwrap_or_default();
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    let severe = rest.iter().filter(|item| judge.severity(item.value) == Severity::Critical).count();
    let further = Further { count: count(rest.len()), critical: count(severe), limit };
    for episode in episodes.iter_mut().filter(|episode| is_item(episode)) {
        episode.further = None;
    }
    let last = episodes.iter().rposition(is_item);
    if let Some((place, last)) = last.and_then(|place| Some((place, episodes.get_mut(place)?))) {
        last.further = (further.count > 0).then_some(further);
        // It stands for the others too: what is critical among them must not wait behind five warnings.
        if further.critical > 0 && last.severity < Severity::Critical {
            last.severity = Severity::Critical;
            last.at = moment.at;
            if place < first_new {
                told.push(last.told(moment.account));
            }
        }
    }
    told.extend(episodes.iter().skip(first_new).map(|episode| episode.told(moment.account)));
    judge.due
}

/// The items of one signal and what they are held against.
struct Items<'a> {
    moment: Moment<'a>,
    id: SignalId,
    limits: &'static OpenLimits,
    policy: &'a SignalPolicy,
    live: &'a LiveView<'a>,
    limit: Option<f64>,
    critical: Option<f64>,
    due: Option<Instant>,
}

impl Items<'_> {
    fn open(&mut self, item: &Item<'_>) -> Episode {
        let (name, since) = (item.subject.name(), item.subject.since());
        let mut episode = Episode::open(self.id, name, self.moment.at, since);
        episode.state = State::Firing;
        self.describe(&mut episode, item);
        self.wake_for(item);
        episode
    }

    /// Whether the episode goes on; an end or a higher severity is told.
    fn goes_on(&mut self, episode: &mut Episode, told: &mut Vec<Alert>) -> bool {
        let Moment { account, at, calendar } = self.moment;
        let found = self.limit.and_then(|_| episode.item(self.live));
        let is_there = found.is_some();
        let same = found.filter(|item| episode.is_about(item));
        let Some(item) = same.filter(|_| episode.ending.is_none()) else {
            let (resolution, summary) = self.ending(episode, is_there);
            end(episode, self.moment, resolution, summary, told);
            return false;
        };
        let restless_until = item.subject.restless_until();
        let calm_at = restless_until.map(|until| until + i64::from(self.policy.keep_firing_weeks) * WEEK_MS);
        if let Some(limit) = self.limit.filter(|limit| rounded(item.value) < *limit) {
            self.describe(episode, &item);
            let words = (self.limits.words)(&item.subject, item.value, calendar);
            let summary = format!("{words}, below the limit of {}", number(limit));
            end(episode, self.moment, "back", summary, told);
            return false;
        }
        if calm_at.is_some_and(|calm_at| calm_at <= at) {
            self.describe(episode, &item);
            let gone = Gone { subject: item.subject.name(), ending: None, is_there: true, is_calm: true };
            let (resolution, summary) = (self.limits.ending)(&gone);
            end(episode, self.moment, resolution, summary, told);
            return false;
        }
        // Otherwise it stays as it was told: how often somebody looks must not show.
        if episode.severity < self.severity(item.value) {
            self.describe(episode, &item);
            episode.at = at;
            told.push(episode.told(account));
        }
        self.wake_at(calm_at);
        self.wake_for(&item);
        true
    }

    /// How an episode ended whose item is no longer there, or is another one by now.
    fn ending(&self, episode: &Episode, is_there: bool) -> (&'static str, String) {
        if self.limit.is_none() {
            return ("gone", "the policy sets no limit for this any more".to_owned());
        }
        let subject = &episode.subject;
        let ending = episode.ending.or_else(|| self.live.ending(subject));
        (self.limits.ending)(&Gone { subject, ending, is_there, is_calm: false })
    }

    fn describe(&self, episode: &mut Episode, item: &Item<'_>) {
        // An alert that stands for others may be worse than its own value.
        episode.severity = episode.severity.max(self.severity(item.value));
        let is_critical = self.severity(item.value) == Severity::Critical;
        episode.threshold = if is_critical { self.critical } else { self.limit };
        episode.rest_on(item, is_critical, self.moment.calendar);
    }

    fn severity(&self, value: f64) -> Severity {
        let critical = self.critical.is_some_and(|critical| rounded(value) >= critical);
        if critical { Severity::Critical } else { Severity::Warning }
    }

    /// Judges again when an item that has an alert becomes worse or ends by itself.
    fn wake_for(&mut self, item: &Item<'_>) {
        self.wake_at(item.subject.gone_at());
        if let Some(critical) = self.critical.filter(|critical| rounded(item.value) < *critical) {
            self.wake_at((self.limits.due)(&item.subject, critical));
        }
        if let Some(until) = item.subject.restless_until() {
            self.wake_at(Some(until + i64::from(self.policy.keep_firing_weeks) * WEEK_MS));
        }
    }

    fn wake_at(&mut self, at: Option<Instant>) {
        if let Some(at) = at {
            self.due = Some(self.due.map_or(at, |due| due.min(at)));
        }
    }
}
