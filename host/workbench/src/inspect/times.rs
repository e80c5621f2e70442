//! When things happened: times far from all others, times that lie ahead, a log that ended long ago.

use redtape_model::calendar::DAY_MS;
use std::collections::BTreeMap;

use super::checks::{Check, Verdict, check, share};
use super::survey::Gap;
use redtape_import::input::Origin;
use redtape_model::calendar::{Instant, Zone};
use redtape_model::text::grouped;
use redtape_scan::report::Report;

/// Weeks between a few activities and all others, from which on nobody believes their dates.
const FAR_WEEKS: i32 = 104;
/// One in so many activities, and more, is a part of the log and no slip.
const SLIP_PARTS: u64 = 20;
/// A log whose newest activity is older is not fed any more.
const OLD_MS: i64 = 28 * DAY_MS;
/// Where counts of seconds end up that are taken for milliseconds: January 1970.
const EPOCH: std::ops::Range<Instant> = 0..31 * DAY_MS;

/// A date for people to read.
pub(super) fn date(zone: Zone, at: Instant) -> String {
    zone.date(at).format("%-d %b %Y").to_string()
}

/// The weeks in which something happened.
#[derive(Debug, Default)]
pub(super) struct Times {
    weeks: BTreeMap<i32, Week>,
    /// Lines that say they are of a time to come, with the farthest.
    ahead: u64,
    farthest: Option<(Instant, Origin)>,
}

#[derive(Debug)]
struct Week {
    first: Instant,
    last: Instant,
    count: u64,
    origin: Origin,
}

/// Weeks that lie near each other.
struct Cluster {
    first: Instant,
    last: Instant,
    count: u64,
    origin: Origin,
}

impl Times {
    pub(super) fn look(&mut self, week: i32, at: Instant, origin: Origin) {
        let seen = self.weeks.entry(week).or_insert(Week { first: at, last: at, count: 0, origin });
        (seen.first, seen.last, seen.count) = (seen.first.min(at), seen.last.max(at), seen.count + 1);
    }

    /// Takes down a line of a time to come.
    pub(super) fn look_ahead(&mut self, at: Instant, origin: Origin) {
        self.ahead += 1;
        if self.farthest.is_none_or(|(farthest, _)| at > farthest) {
            self.farthest = Some((at, origin));
        }
    }

    /// From the first to the newest activity, without those that lie far from all others.
    pub(super) fn span(&self) -> Option<(Instant, Instant)> {
        let (main, _) = self.clusters()?;
        Some((main.first, main.last))
    }

    /// Runs of two weeks and more in which nothing happened, the longest first.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        let strays = self.clusters().is_some_and(|(_, strays)| !strays.is_empty());
        let span = self.span().filter(|_| strays);
        let weeks = self.weeks.iter().zip(self.weeks.iter().skip(1));
        let mut gaps: Vec<Gap> = weeks
            .filter_map(|((week, before), (next, after))| {
                let weeks = u64::try_from(next - week - 1).ok().filter(|weeks| *weeks >= 2)?;
                let is_inside = span.is_none_or(|(first, last)| before.first >= first && after.last <= last);
                is_inside.then_some(Gap { after: before.last, until: after.first, weeks })
            })
            .collect();
        gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.weeks), gap.after));
        gaps
    }

    /// What is to be said of them; `end` is the present, or the time that was asked for.
    pub(super) fn checks(&self, zone: Zone, end: Instant, report: &Report) -> Vec<Check> {
        let Some((main, strays)) = self.clusters() else { return Vec::new() };
        let mut checks = Vec::new();
        if EPOCH.contains(&main.first) && EPOCH.contains(&main.last) {
            let why = "every time lies in January 1970: are they seconds that were read as milliseconds?";
            checks.push(check("times", Verdict::Fail, why));
        }
        if let Some(first) = strays.first() {
            let count: u64 = strays.iter().map(|stray| stray.count).sum();
            let why = format!(
                "{} more than two years away from all others, as {} at {}: an empty date, a year mistyped or a wrong unit?",
                if count == 1 {
                    "1 activity lies".to_owned()
                } else {
                    format!("{} activities lie", grouped(count))
                },
                date(zone, first.first),
                report.place(first.origin)
            );
            checks.push(check("times", Verdict::Warning, why));
        }
        if let Some((farthest, origin)) = self.farthest {
            let all = self.ahead + self.weeks.values().map(|week| week.count).sum::<u64>();
            let why = format!(
                "lines of a time that is yet to come, which are not taken: {} ({}), the farthest {} at {}",
                grouped(self.ahead),
                share(self.ahead, all),
                date(zone, farthest),
                report.place(origin)
            );
            checks.push(check("times", Verdict::Warning, why));
        }
        if end - main.last > OLD_MS {
            let why = format!(
                "the newest activity is of {}, more than four weeks ago: what is told as open is as of then",
                date(zone, main.last)
            );
            checks.push(check("feed", Verdict::Warning, why));
        }
        checks
    }

    /// The weeks with most activities, and the others, if they are few.
    fn clusters(&self) -> Option<(Cluster, Vec<Cluster>)> {
        let mut clusters: Vec<Cluster> = Vec::new();
        let mut before: Option<i32> = None;
        for (week, seen) in &self.weeks {
            let is_near = before.replace(*week).is_some_and(|before| week - before <= FAR_WEEKS);
            match clusters.last_mut().filter(|_| is_near) {
                Some(cluster) => {
                    cluster.last = seen.last;
                    cluster.count += seen.count;
                }
                None => {
                    let Week { first, last, count, origin } = *seen;
                    clusters.push(Cluster { first, last, count, origin });
                }
            }
        }
        let all: u64 = clusters.iter().map(|cluster| cluster.count).sum();
        let most = clusters.iter().enumerate().max_by_key(|(_, cluster)| cluster.count).map(|(at, _)| at)?;
        let main = clusters.remove(most);
        if (all - main.count) * SLIP_PARTS <= all {
            return Some((main, clusters));
        }
        let first = clusters.first().map_or(main.first, |it| it.first.min(main.first));
        let last = clusters.last().map_or(main.last, |it| it.last.max(main.last));
        Some((Cluster { first, last, count: all, origin: main.origin }, Vec::new()))
    }
}
