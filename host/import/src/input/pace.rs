//! How fast a log may move time: one line, however wrong its date, must not make a log late.
//!
//! A line further ahead than the lateness, and than a week, waits for company: for lines with other ids that come right after it and are as late
//! as it is. Where the log goes on as before instead, the line was wrong, or out of order; it waits until time has come to it
//! by itself, or to the end of the log. There it may be the last line of a log that was quiet for a while, or one with a slip
//! in its date: what is usual in the log decides.
//!
//! The same holds for the beginning: a single line ten years before all others, such as an empty date that became 1970, would make
//! a long quiet time of nothing, against which everything is a rise.

use redtape_model::calendar::DAY_MS;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use redtape_model::activity::Happening;
use redtape_model::ndjson::parse_line;

use super::{Line, Origin};
use crate::calendar::Instant;

/// Days that a line may be ahead in any case: also where weeks close at once, nobody works every day.
const DAYS_MIN: u64 = 7;
/// Beyond the lateness, a last line may be so far from the others: no holiday is longer, and no alert ends in it by default.
const QUIET_MS: i64 = 28 * DAY_MS;
/// A first line that is so much older than all behind it stands alone: no firm was quiet for so long.
const OLDER_MS: i64 = 3_600 * DAY_MS;
/// Lines in a row that are company for each other, however far apart they are.
const ROW: usize = 3;
/// A gap is usual where one line in so many comes after one of at least half its length.
const USUAL_LINES: u64 = 100;
/// Of so few lines nobody can tell what is usual: each counts as much as the next.
const FEW_LINES: u64 = 10;
/// Bytes of lines that wait.
const HELD_BYTES_MAX: usize = 16 << 20;

/// Time as the lines of one log move it.
#[derive(Debug)]
pub struct Pace {
    /// How far a line may be ahead by itself.
    lateness_ms: i64,
    /// The latest instant that a line has come to; none: there was no line.
    clock: Option<Instant>,
    /// Up to here no line has to be looked at.
    sure: Instant,
    /// Lines that passed.
    passed: u64,
    /// Gaps beyond the lateness that were real, in ascending order.
    gaps: Vec<i64>,
    /// Lines ahead of time, one right after the other as far as the log goes.
    row: Vec<Held>,
    /// Lines ahead of time behind which the log went on as before.
    alone: BinaryHeap<Reverse<Held>>,
    held_bytes: usize,
    ready: Vec<Held>,
    /// First lines that are ten years older than all behind them.
    older: Vec<Held>,
}

/// A line that waits, or has waited; in the order of time, then of reading.
#[derive(Clone, Debug)]
pub struct Held {
    /// When it says it happened.
    pub at: Instant,
    /// Its place in the order of reading.
    pub order: u64,
    /// The line itself.
    pub line: Line<String>,
    id: String,
    /// What is known of an account may be as old as the account.
    is_profile: bool,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It is taken, and moves time where it is ahead.
    Moves,
    /// It is no activity: it is handed on for what is wrong with it, and moves nothing.
    Still,
    /// It waits.
    Waits,
}

impl Pace {
    /// The pace of a log that takes lines late by so many days.
    pub fn new(lateness_days: u64) -> Self {
        let days =
            i64::try_from(lateness_days.max(DAYS_MIN)).unwrap_or(i64::MAX / DAY_MS).min(i64::MAX / DAY_MS);
        Self {
            lateness_ms: days.saturating_mul(DAY_MS),
            clock: None,
            sure: Instant::MIN,
            passed: 0,
            gaps: Vec::new(),
            row: Vec::new(),
            alone: BinaryHeap::new(),
            held_bytes: 0,
            ready: Vec::new(),
            older: Vec::new(),
        }
    }

    /// The pace of a log whose gaps are all as they should be.
    pub fn free() -> Self {
        Self { lateness_ms: i64::MAX, ..Self::new(0) }
    }

    /// Days that a line may be ahead by itself.
    pub fn days(&self) -> i64 {
        self.lateness_ms / DAY_MS
    }

    /// Judges a line that says it happened at `at`, and has the place `order` in the order of reading. `is_asked` where it
    /// would move time. Lines that have waited long enough are to be had from [`ready`](Self::ready) afterwards.
    pub fn judge(&mut self, line: &Line<&str>, text: &str, at: Instant, order: u64, is_asked: bool) -> Pass {
        if at < self.sure && !is_asked {
            self.contradict(at);
            self.passed += 1;
            return Pass::Moves;
        }
        let Ok(activity) = parse_line(text) else { return Pass::Still };
        self.contradict(at);
        if !self.is_ahead(at) {
            self.pass(at);
            self.release();
            return Pass::Moves;
        }
        let is_company = !matches!(activity.happening, Happening::Retraction(_));
        let is_profile = matches!(activity.happening, Happening::Profile(_));
        let (line, id) = (line.clone().map(str::to_owned), activity.id.into_owned());
        let held = Held { at, order, line, id, is_profile };
        self.hold(held, is_company);
        self.confirm();
        Pass::Waits
    }

    /// Lines that wait no more, in the order of time; they are as if they were read now.
    pub fn ready(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.ready)
    }

    /// The end of the log: lines that are taken after all, and lines that stand apart, both in the order of time.
    pub fn end(&mut self) -> (Vec<Held>, Vec<Held>) {
        let mut left: Vec<Held> =
            std::mem::take(&mut self.alone).into_iter().map(|Reverse(held)| held).collect();
        left.append(&mut self.row);
        left.sort();
        let mut apart = std::mem::take(&mut self.older);
        for held in left {
            if !self.is_ahead(held.at) || self.is_usual(held.at) {
                self.pass(held.at);
                self.ready.push(held);
            } else {
                apart.push(held);
            }
        }
        (self.ready(), apart)
    }

    fn is_ahead(&self, at: Instant) -> bool {
        self.lateness_ms < i64::MAX
            && self.clock.is_none_or(|clock| at > clock.saturating_add(self.lateness_ms))
    }

    /// Whether the log has shown that it is quiet for so long.
    fn is_usual(&self, at: Instant) -> bool {
        let Some(clock) = self.clock else { return true };
        let gap = at - clock;
        let from = self.gaps.partition_point(|known| *known < gap / 2);
        let known = u64::try_from(self.gaps.len() - from).unwrap_or(u64::MAX);
        self.passed <= FEW_LINES
            || gap <= self.lateness_ms.saturating_add(QUIET_MS)
            || known > 0 && known.saturating_mul(USUAL_LINES) >= self.passed
    }

    /// A line at `at` moves time.
    fn pass(&mut self, at: Instant) {
        if let Some(clock) = self.clock.filter(|clock| at > clock.saturating_add(self.lateness_ms)) {
            let gap = at - clock;
            self.gaps.insert(self.gaps.partition_point(|known| *known < gap), gap);
        }
        self.passed += 1;
        self.clock = self.clock.max(Some(at));
        // Within a day lines are taken as they come: so far nobody can bring time forward unseen.
        self.sure = self.sure.max(at.saturating_add(DAY_MS));
    }

    /// Lines that a later one at `at` speaks against are in a row with nothing.
    fn contradict(&mut self, at: Instant) {
        let lateness = self.lateness_ms;
        if self.row.iter().any(|held| at < held.at.saturating_sub(lateness)) {
            for held in std::mem::take(&mut self.row) {
                if at < held.at.saturating_sub(lateness) {
                    self.alone.push(Reverse(held));
                } else {
                    self.row.push(held);
                }
            }
        }
    }

    fn hold(&mut self, held: Held, is_company: bool) {
        self.held_bytes += held.bytes();
        // What comes twice, or is taken back, is no company for itself.
        if is_company && self.row.iter().all(|other| other.id != held.id) {
            self.row.push(held);
        } else {
            self.alone.push(Reverse(held));
        }
        if self.held_bytes > HELD_BYTES_MAX {
            // So much that waits is no slip of anybody: the log is far out of order, which the late lines will tell.
            let all = std::mem::take(&mut self.alone).into_iter().map(|Reverse(held)| held);
            let mut all: Vec<Held> = all.chain(std::mem::take(&mut self.row)).collect();
            all.sort();
            self.held_bytes = 0;
            all.iter().for_each(|held| self.pass(held.at));
            self.ready.extend(all);
        }
    }

    /// Lets lines go that have company.
    fn confirm(&mut self) {
        loop {
            let Some(first) = self.row.iter().min().map(|held| held.at) else { return };
            // The row is ahead of time as a whole, so all others are at the first or later.
            let others = self.row.len() - 1;
            let near = first.saturating_add(self.lateness_ms);
            let is_near = self.row.iter().filter(|held| held.at <= near).count() > 1;
            if self.clock.is_none() && !is_near {
                match self.stands_before(first) {
                    Some(true) => {
                        self.set_aside(first);
                        continue;
                    }
                    Some(false) => return,
                    None => {}
                }
            }
            if others == 0 || !(is_near || others + 1 >= ROW || self.is_usual(first)) {
                return;
            }
            self.pass(first);
            self.release();
        }
    }

    /// Whether the first of all lines, without company, is ten years older than lines that are company for each other; it
    /// waits for these. None: it is not so old.
    fn stands_before(&self, first: Instant) -> Option<bool> {
        let mut times: Vec<Instant> = self.row.iter().map(|held| held.at).filter(|at| *at > first).collect();
        times.sort_unstable();
        let next = times.first().filter(|next| **next > first.saturating_add(OLDER_MS))?;
        if self.row.iter().any(|held| held.at == first && held.is_profile) {
            return None;
        }
        let near = next.saturating_add(self.lateness_ms);
        Some(times.len() >= ROW || times.iter().filter(|at| **at <= near).count() > 1)
    }

    fn set_aside(&mut self, first: Instant) {
        let Some(place) = self.row.iter().position(|held| held.at == first) else { return };
        let held = self.row.remove(place);
        self.held_bytes = self.held_bytes.saturating_sub(held.bytes());
        self.older.push(held);
    }

    /// Lets lines go that time has come to.
    fn release(&mut self) {
        loop {
            let next_of_row = self.row.iter().min().filter(|held| !self.is_ahead(held.at)).cloned();
            let next_alone =
                self.alone.peek().map(|Reverse(held)| held).filter(|held| !self.is_ahead(held.at)).cloned();
            let Some(next) = next_of_row.into_iter().chain(next_alone).min() else { return };
            if let Some(place) = self.row.iter().position(|held| held.order == next.order) {
                self.row.remove(place);
            } else {
                self.alone.pop();
            }
            self.held_bytes = self.held_bytes.saturating_sub(next.bytes());
            self.clock = self.clock.max(Some(next.at));
            self.sure = self.sure.max(next.at.saturating_add(DAY_MS));
            self.passed += 1;
            self.ready.push(next);
        }
    }
}

impl Held {
    fn bytes(&self) -> usize {
        let text = match &self.line.content {
            super::Content::Text(text) => text.len(),
            _ => 0,
        };
        text + self.id.len() + size_of::<Self>()
    }

    fn key(&self) -> (Instant, u64, Origin) {
        (self.at, self.order, self.line.origin)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}
