//! Taking activities in: through both doors, each with its number, until a limit is reached. Nothing is decided here.

use super::{ACCOUNTS_MAX, BATCH_BYTES_MAX, BATCH_RECORDS_MAX, Error, Intake, Monitor, too_large};
use crate::account::{Account, OPEN_ACTIVITIES_MAX};
use crate::activity::{Activity, Happening, Instant};
use crate::calendar::instant;
use crate::horizon::AHEAD_MS_MAX;
use crate::ndjson;
use crate::open::Put;
use crate::problem::{Fault, PROBLEMS_MAX, Problem};
use memchr::memchr_iter;

impl Monitor {
    /// Takes activities in from records.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::TooLarge`] above [`BATCH_RECORDS_MAX`].
    pub fn observe(&mut self, activities: Vec<Activity<'_>>) -> Result<Intake, Error> {
        if activities.len() > BATCH_RECORDS_MAX {
            return Err(too_large(BATCH_RECORDS_MAX));
        }
        let open_from = self.open_from()?;
        let mut intake = Intake::default();
        for (activity, line) in activities.iter().zip(1..) {
            match activity.check() {
                Ok(()) => self.take(line, activity, open_from, &mut intake),
                Err(fault) => intake.reject(line, fault),
            }
        }
        intake.log();
        Ok(intake)
    }

    /// Takes activities in from NDJSON; blank lines are skipped but counted in line numbers.
    ///
    /// # Errors
    /// [`Error::NotConfigured`]; [`Error::TooLarge`] above [`BATCH_BYTES_MAX`] or [`BATCH_RECORDS_MAX`] lines.
    pub fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error> {
        if lines.len() > BATCH_BYTES_MAX {
            return Err(too_large(BATCH_BYTES_MAX));
        }
        // Files of some systems begin with a byte order mark.
        let lines = lines.strip_prefix('\u{feff}').unwrap_or(lines);
        let ends = memchr_iter(b'\n', lines.as_bytes()).count();
        if ends + usize::from(!lines.ends_with('\n')) > BATCH_RECORDS_MAX {
            return Err(too_large(BATCH_RECORDS_MAX));
        }
        let open_from = self.open_from()?;
        let mut intake = Intake::default();
        for (line, number) in each_line(lines).zip(1..) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            // By reference: an activity is large, and moving it costs more than reading it.
            match ndjson::parse_line(line) {
                Ok(ref activity) => self.take(number, activity, open_from, &mut intake),
                Err(fault) => intake.reject(number, fault),
            }
        }
        intake.log();
        Ok(intake)
    }

    /// When the open weeks begin; none: no week is closed.
    fn open_from(&self) -> Result<Option<Instant>, Error> {
        let calendar = &self.setup()?.calendar;
        Ok(self.closed.map(|week| calendar.start(week + 1)))
    }

    /// Takes one activity in that is valid by itself.
    fn take(&mut self, line: u32, activity: &Activity<'_>, open_from: Option<Instant>, intake: &mut Intake) {
        if let Some(fault) = late(activity, open_from) {
            intake.late += 1;
            self.dropped.add("late", 1);
            return intake.problem(line, fault);
        }
        if let Some(fault) = ahead(activity, self.now) {
            return self.drop_one("too-far-ahead", line, fault, intake);
        }
        let full = self.accounts.len() >= ACCOUNTS_MAX;
        let buffer = &mut self.buffers.buffer;
        let put = match self.accounts.get_mut(&*activity.account) {
            Some(account) => account.take(activity, buffer),
            None if full => {
                let limit = format!("at most {ACCOUNTS_MAX} accounts");
                return self.drop_one("accounts", line, Fault::new("/account", "one more", limit), intake);
            }
            None => {
                let account =
                    self.accounts.entry(activity.account.as_ref().into()).or_insert_with(Account::default);
                account.take(activity, buffer)
            }
        };
        match put {
            Put::Added => intake.accepted += 1,
            Put::Replaced => intake.replaced += 1,
            Put::Known => intake.duplicate += 1,
            Put::Full => {
                let limit =
                    format!("at most {OPEN_ACTIVITIES_MAX} activities of an account in weeks that are open");
                let fault = Fault::new("/account", "one more", limit);
                return self.drop_one("open-activities", line, fault, intake);
            }
        }
        intake.saw(activity.at);
    }

    fn drop_one(&mut self, rule: &'static str, line: u32, fault: Fault, intake: &mut Intake) {
        self.dropped.add(rule, 1);
        intake.dropped += 1;
        intake.problem(line, fault);
    }
}

/// As [`str::lines`], several bytes at once.
fn each_line(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr_iter(b'\n', text.as_bytes()).chain((!text.ends_with('\n')).then_some(text.len()));
    let lines = ends.scan(0, |start, end| Some((std::mem::replace(start, end + 1), end)));
    lines.filter_map(|(start, end)| text.get(start..end)).map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// Retractions are never late: what they name may still be open.
fn late(activity: &Activity<'_>, open_from: Option<Instant>) -> Option<Fault> {
    let open_from = open_from.filter(|open_from| activity.at < *open_from)?;
    if matches!(activity.happening, Happening::Retraction(_)) {
        return None;
    }
    let expected = format!("{} or later: the weeks before are closed", rfc3339(open_from));
    Some(Fault::new("/at", &rfc3339(activity.at), expected))
}

fn ahead(activity: &Activity<'_>, now: Option<Instant>) -> Option<Fault> {
    let latest = now? + AHEAD_MS_MAX;
    if activity.at <= latest {
        return None;
    }
    let expected = format!("{} or earlier: at most 400 days ahead of the present time", rfc3339(latest));
    Some(Fault::new("/at", &rfc3339(activity.at), expected))
}

fn rfc3339(at: Instant) -> String {
    instant(at).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

impl Intake {
    fn reject(&mut self, line: u32, fault: Fault) {
        self.rejected += 1;
        self.problem(line, fault);
    }

    fn problem(&mut self, line: u32, fault: Fault) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem::new(line, fault));
        }
    }

    fn saw(&mut self, at: Instant) {
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
    }

    fn log(&self) {
        if self.late + self.dropped > 0 {
            log::debug!("not taken: late={} dropped={}", self.late, self.dropped);
        }
    }
}
