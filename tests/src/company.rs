//! A company for measurements: so many accounts and weeks, in the order of time, the same bytes in every run.
//!
//! Rates follow a made-up firm with 2 meetings, 0.4 plan versions and 1 request (2.3 steps) an account and week. All
//! arithmetic is whole, so that no machine rounds otherwise.

use redtape_engine::calendar::{DAY_MS, WEEK_MS, instant};
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write;

/// Monday 2022-01-03.
const START: i64 = 1_641_168_000_000;
/// Lines of one batch: far below the limits of a call.
const BATCH_LINES: usize = 10_000;
/// People of the company; a request goes from one to another.
const PEOPLE: u64 = 400;
const STEPS_MAX: u8 = 8;
/// How many of a thousand steps are followed by another.
const GOES_ON_PER_MILLE: u64 = 580;
const STEP_MS_MAX: u64 = 3 * DAY_MS as u64;

/// The activities of one day.
#[derive(Debug)]
pub struct Day {
    /// The midnight it ends at, in milliseconds since 1970; time may be moved there.
    pub end: i64,
    /// Its lines, in batches of at most 10,000.
    pub batches: Vec<String>,
    /// How many lines they are.
    pub lines: u64,
}

/// The days of a company, oldest first.
#[derive(Debug)]
pub struct Company {
    random: Random,
    accounts: Vec<Account>,
    week: u32,
    weeks: u32,
    day_end: i64,
    waiting: BinaryHeap<Reverse<Event>>,
    ids: u64,
}

#[derive(Debug)]
struct Account {
    /// Of the firm's rates, in percent.
    share: u64,
    versions: u32,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: i64,
    id: u64,
    account: usize,
    what: What,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Meeting,
    PlanVersion,
    Step { request: u64, step: u8, holder: u64 },
}

/// A line of a company as it stands: what merely parsing costs, with nothing checked and nothing owned but the list.
#[derive(Debug, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the fields of the text form")]
pub struct Borrowed<'a> {
    pub id: &'a str,
    pub at: &'a str,
    pub account: &'a str,
    pub kind: &'a str,
    pub duration_min: Option<i64>,
    #[serde(borrow)]
    pub participants: Option<Vec<&'a str>>,
    pub series: Option<&'a str>,
    pub plan: Option<&'a str>,
    pub version: Option<u32>,
    pub author: Option<&'a str>,
    pub request: Option<&'a str>,
    pub step: Option<u32>,
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub outcome: Option<&'a str>,
}

impl Company {
    /// A company of `accounts` accounts over `weeks` weeks; requests begun in the last week end after it.
    pub fn new(accounts: usize, weeks: u32) -> Self {
        let mut random = Random(7);
        let account = |_| Account { share: 25 + random.below(151), versions: 0 };
        let accounts = (0..accounts).map(account).collect();
        Self { random, accounts, week: 0, weeks, day_end: START, waiting: BinaryHeap::new(), ids: 0 }
    }

    fn plan_week(&mut self) {
        for account in 0..self.accounts.len() {
            let share = self.accounts.get(account).map_or(0, |account| account.share);
            for (what, per_mille) in [(0, 2_100), (1, 400), (2, 1_000)] {
                // Out of eight chances, so that no account has more than eight a week.
                let chances = (0..8).filter(|_| self.random.below(800_000) < per_mille * share).count();
                for _ in 0..chances {
                    self.plan(account, what);
                }
            }
        }
        self.week += 1;
    }

    fn plan(&mut self, account: usize, what: u8) {
        let (day, second) = (self.random.below(5), self.random.below(36_000));
        let monday = START + i64::from(self.week) * WEEK_MS;
        let at = monday + whole(day) * DAY_MS + (8 * 3_600 + whole(second)) * 1_000;
        self.ids += 1;
        let id = self.ids;
        let what = match what {
            0 => What::Meeting,
            1 => What::PlanVersion,
            _ => What::Step { request: id, step: 1, holder: self.random.below(PEOPLE) },
        };
        self.waiting.push(Reverse(Event { at, id, account, what }));
    }

    /// Writes the line of an event, and plans what follows from it.
    fn tell(&mut self, event: Event, text: &mut String) {
        let Event { at, id, account, what } = event;
        // An instant shows itself as RFC 3339.
        let head = format!(r#""at":"{:?}","account":"A{account:05}""#, instant(at));
        let line = match what {
            What::Meeting => self.meeting(id, account, &head),
            What::PlanVersion => self.plan_version(id, account, &head),
            What::Step { request, step, holder } => {
                let to = self.random.below(PEOPLE);
                let goes_on = step < STEPS_MAX && self.random.below(1_000) < GOES_ON_PER_MILLE;
                if goes_on {
                    self.ids += 1;
                    let at = at + whole(self.random.below(STEP_MS_MAX) / 1_000 * 1_000);
                    let what = What::Step { request, step: step + 1, holder: to };
                    self.waiting.push(Reverse(Event { at, id: self.ids, account, what }));
                }
                let outcome = match self.random.below(7) {
                    _ if goes_on => "forwarded",
                    0 => "rejected",
                    _ => "approved",
                };
                format!(
                    r#"{{"id":"a{id}",{head},"kind":"approval-step","request":"A{account:05}-r{request}","step":{step},"from":"u{holder}","to":"u{to}","outcome":"{outcome}"}}"#
                )
            }
        };
        text.push_str(&line);
        text.push('\n');
    }

    fn meeting(&mut self, id: u64, account: usize, head: &str) -> String {
        let minutes = 15 * (1 + self.random.below(8));
        let mut people = format!(r#""u{}""#, 400 + account % 97);
        for _ in 0..2 + self.random.below(5) {
            // Writing to a `String` cannot fail.
            write!(people, r#","u{}""#, self.random.below(PEOPLE)).unwrap_or_default();
        }
        let series = self.random.below(3);
        format!(
            r#"{{"id":"m{id}",{head},"kind":"meeting","duration_min":{minutes},"participants":[{people}],"series":"A{account:05}-s{series}"}}"#
        )
    }

    fn plan_version(&mut self, id: u64, account: usize, head: &str) -> String {
        let author = self.random.below(PEOPLE);
        let version = self.accounts.get_mut(account).map_or(0, |account| {
            account.versions += 1;
            account.versions
        });
        // A plan for every ten versions.
        let plan = version / 10;
        format!(
            r#"{{"id":"p{id}",{head},"kind":"plan-version","plan":"A{account:05}-p{plan}","version":{version},"author":"u{author}"}}"#
        )
    }
}

impl Iterator for Company {
    type Item = Day;

    fn next(&mut self) -> Option<Day> {
        if self.week < self.weeks && self.day_end >= START + i64::from(self.week) * WEEK_MS {
            self.plan_week();
        }
        if self.week >= self.weeks && self.waiting.is_empty() {
            return None;
        }
        self.day_end += DAY_MS;
        let mut day = Day { end: self.day_end, batches: Vec::new(), lines: 0 };
        let mut text = String::new();
        while self.waiting.peek().is_some_and(|Reverse(event)| event.at < day.end) {
            let Some(Reverse(event)) = self.waiting.pop() else { break };
            self.tell(event, &mut text);
            day.lines += 1;
            if day.lines.is_multiple_of(BATCH_LINES as u64) {
                day.batches.push(std::mem::take(&mut text));
            }
        }
        day.batches.push(text);
        Some(day)
    }
}

/// SplitMix64: small, and the same everywhere.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Numbers here stay far below the bounds of either type.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
