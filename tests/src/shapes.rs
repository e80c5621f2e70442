//! The logs of the rise watch's fixtures: companies of a few accounts whose weeks follow a written course.
//!
//! A course says what percentage of the usual a week has; chance, from fixed seeds, makes meetings, plan versions and
//! requests of it. All arithmetic is whole, so that no machine rounds otherwise. What must come out of a log is not
//! said here; it stands beside the log in `fixtures/`.

use std::ops::Range;

/// Minutes of a day.
const DAY: u64 = 24 * 60;
/// Minutes of a week. Minute 0 is the start of Monday, 2024-01-01.
const WEEK: u64 = 7 * DAY;

/// A fixture of the rise watch.
#[derive(Debug)]
pub struct Shape {
    /// Its folder in `fixtures/`.
    pub name: &'static str,
    /// Its `activities.ndjson`.
    pub log: String,
}

/// All of them: what must be found, what must stay quiet, and what is the company's own.
pub fn shapes() -> Vec<Shape> {
    vec![
        each_signal("a-ramp-is-found-in-every-signal", 96, ramp),
        each_signal("a-step-is-found-in-every-signal", 84, step),
        each_signal("a-ratchet-is-found-in-every-signal", 100, ratchet),
        each_signal("a-level-that-stays-up-for-two-years-is-one-alert", 146, step),
        each_signal("a-burst-of-three-weeks-stays-no-rise", 80, burst),
        each_signal("a-dip-and-its-recovery-are-no-rise", 80, dip),
        growing("holidays-and-a-growing-company-are-no-rise"),
        gaps("a-gap-in-the-feed-is-no-rise"),
        sparse("sparse-accounts-stay-quiet"),
        joining("an-account-that-has-just-joined-stays-quiet"),
        cut("a-log-cut-at-both-ends-stays-quiet"),
        second_approval("everybody-gets-a-second-approval"),
    ]
}

// Courses: percent of the usual, week by week.

/// From week 40 on more and more, up to three times the usual in week 65.
fn ramp(week: u64) -> u64 {
    100 + 200 * week.saturating_sub(40).min(25) / 25
}

/// From week 40 on three times the usual.
fn step(week: u64) -> u64 {
    if week < 40 { 100 } else { 300 }
}

/// Three small steps, ten weeks apart, up to three times the usual.
fn ratchet(week: u64) -> u64 {
    match week {
        0..40 => 100,
        40..50 => 144,
        50..60 => 208,
        _ => 300,
    }
}

/// Three weeks at 2.5 times the usual: a launch.
fn burst(week: u64) -> u64 {
    if (40..43).contains(&week) { 250 } else { 100 }
}

/// Eight weeks at a third.
fn dip(week: u64) -> u64 {
    if (40..48).contains(&week) { 33 } else { 100 }
}

/// 30 % more a year, and next to nothing in three weeks of August and two at the turn of the year.
fn growth_and_holidays(week: u64) -> u64 {
    let grown = 100 + 30 * week / 52;
    if matches!(week % 52, 31..34 | 51 | 0) { grown / 5 } else { grown }
}

/// The first quarter of an account: from 60 % to the usual.
fn joined(week: u64) -> u64 {
    (60 + 3 * week).min(100)
}

// Logs.

/// Five accounts, each named after the one signal of it that follows the course, and one whose many requests keep the
/// company as a whole as it is.
fn each_signal(name: &'static str, weeks: u64, course: fn(u64) -> u64) -> Shape {
    let mut log = Log::of(name, FIVE, weeks, |account, week| USUAL.with(account, course(week)));
    let steady = Pace { meetings: 0, versions: 0, requests: 130, ..USUAL };
    log.account("steady", 0..weeks, |_| steady);
    log.shape()
}

/// Twenty-four accounts, smaller and larger, that all go up and down together.
fn growing(name: &'static str) -> Shape {
    let mut log = Log::new(name);
    for number in 1..=24 {
        let usual = Pace { meetings: 50 + 40 * (number % 3), versions: 20, requests: 20, ..USUAL };
        log.account(&format!("store-{number}"), 0..80, |week| usual.busy(growth_and_holidays(week)));
    }
    log.shape()
}

/// Twice, nothing reaches the log for three weeks: no request that began or ended in them either.
fn gaps(name: &'static str) -> Shape {
    let mut log = Log::of(name, FIVE, 80, |_, _| USUAL);
    let is_lost = |(minute, _): &Line| matches!(minute / WEEK, 30..33 | 55..58);
    log.items.retain(|lines| !lines.iter().any(is_lost));
    log.shape()
}

/// A meeting every five weeks, a version every eleven, a request every four.
fn sparse(name: &'static str) -> Shape {
    let rare = Pace { meetings: 20, versions: 10, requests: 25, ..USUAL };
    Log::of(name, FIVE, 130, |_, _| rare).shape()
}

/// Four accounts of long standing, and one that joins in week 40 and has more to do every week for a quarter.
fn joining(name: &'static str) -> Shape {
    let mut log = Log::of(name, ["alpine", "city", "northern", "river"], 80, |_, _| USUAL);
    log.account("newcomer", 40..80, |week| USUAL.busy(joined(week - 40)));
    log.shape()
}

/// Requests that take up to sixty days, most of them few, those of more hops longer. The log holds those begun after
/// its first day and ends on its last: at first only quick ones can have been decided, and in the end many are open.
fn cut(name: &'static str) -> Shape {
    let mut log = Log::new(name);
    for account in ["alpine", "harbour", "river"] {
        let mut author = Author::new(name, account);
        for day in (0..80 * 7).filter(|day| day % 7 < 5) {
            let begins = author.random.below(10) < 8;
            let days = (0..4).map(|_| author.random.below(61)).min().unwrap_or_default();
            if begins {
                log.request(&mut author, day * DAY, 2 + days / 20, days);
            }
        }
    }
    for lines in &mut log.items {
        lines.retain(|(minute, _)| *minute < 80 * WEEK);
    }
    log.shape()
}

/// From one Monday on, every request of all twenty-four accounts takes one hop more.
fn second_approval(name: &'static str) -> Shape {
    let mut log = Log::new(name);
    for number in 1..=24 {
        log.account(&format!("store-{number}"), 0..90, |week| Pace {
            meetings: 0,
            versions: 0,
            requests: 100,
            hops: if week < 45 { 190 } else { 290 },
            ..USUAL
        });
    }
    log.shape()
}

// Accounts.

/// What a week holds on average. All but the minutes of a meeting are hundredths.
#[derive(Clone, Copy, Debug)]
struct Pace {
    meetings: u64,
    minutes: u64,
    versions: u64,
    requests: u64,
    hops: u64,
    /// From a request's first step to its last.
    days: u64,
}

const USUAL: Pace = Pace { meetings: 120, minutes: 60, versions: 60, requests: 100, hops: 190, days: 300 };

/// Accounts named after what is told of them.
const FIVE: [&str; 5] = ["meetings", "hours", "plans", "hops", "days"];

impl Pace {
    /// With so many percent of one thing and the others as they are: where there are more meetings, they are shorter.
    fn with(mut self, what: &str, percent: u64) -> Self {
        match what {
            "meetings" => {
                self.meetings = self.meetings * percent / 100;
                self.minutes = self.minutes * 100 / percent;
            }
            "hours" => self.minutes = self.minutes * percent / 100,
            "plans" => self.versions = self.versions * percent / 100,
            // The first hop is always there, and no mean may reach the limit of four.
            "hops" => self.hops = 100 + 68 * percent / 100,
            _ => self.days = self.days * percent / 100,
        }
        self
    }

    /// With so many percent of meetings, versions and requests, each of them as it is.
    fn busy(mut self, percent: u64) -> Self {
        for rate in [&mut self.meetings, &mut self.versions, &mut self.requests] {
            *rate = *rate * percent / 100;
        }
        self
    }
}

/// An account while it is written down.
#[derive(Debug)]
struct Author<'a> {
    account: &'a str,
    random: Random,
    /// How much of the next meeting, version and request has come together, in hundredths.
    due: (u64, u64, u64),
    /// How many lines it has.
    lines: u64,
    versions: u64,
}

impl<'a> Author<'a> {
    /// The seed comes from the two names, so that no account depends on another.
    fn new(log: &str, account: &'a str) -> Self {
        let letters = log.bytes().chain(account.bytes());
        let seed = letters.fold(0, |seed: u64, letter| seed.wrapping_mul(31).wrapping_add(u64::from(letter)));
        let mut random = Random(seed);
        let due = (random.below(100), random.below(100), random.below(100));
        Self { account, random, due, lines: 0, versions: 0 }
    }

    /// A line; `rest` are the fields of its kind.
    fn line(&mut self, minute: u64, kind: &str, rest: &str) -> Line {
        self.lines += 1;
        let (at, account) = (instant(minute), self.account);
        let id = format!("{}{}", kind.get(..1).unwrap_or_default(), self.lines);
        (minute, format!(r#"{{"id":"{id}","at":"{at}","account":"{account}","kind":"{kind}",{rest}}}"#))
    }
}

/// A line with its minute.
type Line = (u64, String);

/// What happens, each meeting, version and request with its lines.
#[derive(Debug)]
struct Log {
    name: &'static str,
    items: Vec<Vec<Line>>,
}

impl Log {
    fn new(name: &'static str) -> Self {
        Self { name, items: Vec::new() }
    }

    /// A log of some accounts.
    fn of<const N: usize>(
        name: &'static str,
        accounts: [&str; N],
        weeks: u64,
        pace: impl Fn(&str, u64) -> Pace,
    ) -> Self {
        let mut log = Self::new(name);
        for account in accounts {
            log.account(account, 0..weeks, |week| pace(account, week));
        }
        log
    }

    /// Adds an account with what it does in these weeks.
    fn account(&mut self, account: &str, weeks: Range<u64>, pace: impl Fn(u64) -> Pace) {
        let mut author = Author::new(self.name, account);
        for week in weeks {
            self.week(&mut author, week * WEEK, pace(week));
        }
    }

    /// Up to four meetings, so that none reaches the limit of five, three versions and two requests.
    fn week(&mut self, author: &mut Author<'_>, monday: u64, pace: Pace) {
        for (day, series) in [(0, "team"), (1, "sales"), (2, "supply"), (3, "review")] {
            if author.random.comes(&mut author.due.0, pace.meetings / 4) {
                let minutes = author.random.around(100 * pace.minutes) / 500 * 5;
                self.meeting(author, monday + day * DAY, minutes, series);
            }
        }
        for day in [1, 2, 4] {
            if author.random.comes(&mut author.due.1, pace.versions / 3) {
                self.version(author, monday + day * DAY);
            }
        }
        for day in [0, 3] {
            if author.random.comes(&mut author.due.2, pace.requests / 2) {
                let hops = (pace.hops + author.random.below(100)) / 100;
                let days = (author.random.around(pace.days) + 50) / 100;
                self.request(author, monday + day * DAY, hops, days);
            }
        }
    }

    fn meeting(&mut self, author: &mut Author<'_>, day: u64, minutes: u64, series: &str) {
        let rest = format!(r#""duration_min":{minutes},"participants":["kam","buyer"],"series":"{series}""#);
        self.items.push(vec![author.line(day + 14 * 60, "meeting", &rest)]);
    }

    /// The sixth version of a plan is decided, below the limit of eight, and another plan follows.
    fn version(&mut self, author: &mut Author<'_>, day: u64) {
        let (plan, version) = (1 + author.versions / 6, 1 + author.versions % 6);
        author.versions += 1;
        let decided = if version == 6 { r#","decided":true"# } else { "" };
        let rest = format!(r#""plan":"plan-{plan}","version":{version},"author":"kam"{decided}"#);
        self.items.push(vec![author.line(day + 16 * 60, "plan-version", &rest)]);
    }

    /// A request begun on this day that takes so many hops and days, each hop by day.
    fn request(&mut self, author: &mut Author<'_>, day: u64, hops: u64, days: u64) {
        let (begin, minutes) = (day + 10 * 60 + author.random.below(60), 60 + author.random.below(240));
        let request = author.lines + 1;
        let hands = ["kam", "desk", "lead", "finance", "legal", "director"];
        let steps = (1..=hops).zip(hands.iter().zip(hands.iter().skip(1)));
        let lines = steps.map(|(step, (from, to))| {
            let part = |whole: u64| whole * (step - 1) / (hops - 1).max(1);
            let outcome = match step {
                _ if step == hops => "approved",
                1 => "requested",
                _ => "forwarded",
            };
            let rest = format!(r#""request":"r{request}","from":"{from}","to":"{to}","outcome":"{outcome}""#);
            author.line(begin + part(days) * DAY + part(minutes), "approval-step", &rest)
        });
        self.items.push(lines.collect());
    }

    /// All of it in the order of time.
    fn shape(self) -> Shape {
        let mut lines: Vec<Line> = self.items.into_iter().flatten().collect();
        lines.sort_by_key(|(minute, _)| *minute);
        Shape { name: self.name, log: lines.into_iter().map(|(_, line)| line + "\n").collect() }
    }
}

/// Numbers by chance, the same everywhere: SplitMix64, with the constants of its authors.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Whether the next one comes now, where each time brings so many hundredths of it on average.
    fn comes(&mut self, due: &mut u64, share: u64) -> bool {
        *due += self.below(2 * share + 1);
        let comes = *due >= 100;
        *due -= if comes { 100 } else { 0 };
        comes
    }

    /// Between half and one and a half of the usual.
    fn around(&mut self, usual: u64) -> u64 {
        usual * (50 + self.below(101)) / 100
    }
}

/// A minute as RFC 3339.
fn instant(minute: u64) -> String {
    let (mut year, mut month, mut day) = (2024, 1, minute / DAY);
    let length = |year, month| match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    while day >= length(year, month) {
        day -= length(year, month);
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    format!("{year}-{month:02}-{:02}T{:02}:{:02}:00Z", day + 1, minute % DAY / 60, minute % 60)
}
