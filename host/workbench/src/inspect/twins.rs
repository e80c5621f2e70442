//! Meetings that are there twice under different ids: from the calendars of two colleagues, or from two systems.
//!
//! Two meetings of one account may begin at one time. What is called a twin agrees in more: see [`Meeting::is_twin_of`].

use redtape_model::calendar::DAY_MS;
use xxhash_rust::xxh3::xxh3_64;

use super::checks::{Check, Verdict, check, share};
use super::said::{Fields, Said};
use super::sampled::Sampled;
use redtape_import::input::{Line, Origin};
use redtape_model::calendar::{self, Instant};
use redtape_model::text::{counted, cut, grouped};
use redtape_scan::report::Report;

/// Meetings of one account and start that are compared.
const TOGETHER_MAX: usize = 16;
/// People of a meeting that are compared.
const PEOPLE_MAX: usize = 32;
/// Pairs that are shown.
const SHOWN_MAX: usize = 2;
/// Bytes of an id that is shown.
const SHOWN_BYTES_MAX: usize = 60;
/// Of so many meetings one may be there twice before counts cannot be relied on.
const FAIL_PARTS: u64 = 10;
/// Fewer than one in so many are a slip of somebody's.
const SLIP_PARTS: u64 = 100;
const MINUTE_MS: i64 = 60_000;

/// The meetings of a log.
#[derive(Debug, Default)]
pub(super) struct Twins {
    starts: Sampled<Vec<Meeting>>,
    meetings: u64,
    twins: u64,
    shown: Vec<[(String, Origin); 2]>,
}

#[derive(Debug)]
struct Meeting {
    id: Box<str>,
    length: Option<i64>,
    /// A hash of the title without case and blanks; none: it has none.
    title: Option<u64>,
    people: Vec<u64>,
    origin: Origin,
}

impl Twins {
    /// Looks at a meeting.
    pub(super) fn look(&mut self, line: &Line<&str>, at: Instant, fields: &Fields<'_>) {
        let Some(meeting) = Meeting::of(line.origin, at, fields) else { return };
        self.meetings += 1;
        let hash = xxh3_64(&at.to_le_bytes()) ^ line.account.rotate_left(23);
        let Some(together) = self.starts.entry(hash, Vec::new) else { return };
        if let Some(same) = together.iter_mut().find(|other| other.id == meeting.id) {
            // It was delivered again, or has changed.
            *same = meeting;
            self.meetings -= 1;
            return;
        }
        if let Some(other) = together.iter().find(|other| meeting.is_twin_of(other)) {
            self.twins += 1;
            if self.shown.len() < SHOWN_MAX {
                let shown =
                    |meeting: &Meeting| (cut(&meeting.id, SHOWN_BYTES_MAX).to_owned(), meeting.origin);
                self.shown.push([shown(other), shown(&meeting)]);
            }
        }
        if together.len() < TOGETHER_MAX {
            together.push(meeting);
        }
    }

    /// What is to be said of them; none: there are no meetings.
    pub(super) fn check(&self, report: &Report) -> Option<Check> {
        if self.meetings == 0 {
            return None;
        }
        let twins = self.twins * self.starts.one_in();
        if twins == 0 {
            return Some(check("twins", Verdict::Pass, "no meeting is there twice"));
        }
        let about = if self.starts.one_in() > 1 { "about " } else { "" };
        let shown: Vec<String> = self
            .shown
            .iter()
            .map(|[(a, first), (b, second)]| {
                format!("`{a}` ({}) and `{b}` ({})", report.place(*first), report.place(*second))
            })
            .collect();
        let why = format!(
            "{about}{} of {} ({}) have a twin: same account, same start, same length or title, another id; each counts twice. \
             Two calendars, or two systems? {}",
            grouped(twins),
            counted(self.meetings, "meeting"),
            share(twins, self.meetings),
            shown.join("; "),
        );
        let verdict = match twins {
            twins if twins * FAIL_PARTS > self.meetings => Verdict::Fail,
            twins if twins * SLIP_PARTS < self.meetings => Verdict::Pass,
            _ => Verdict::Warning,
        };
        Some(check("twins", verdict, why))
    }
}

impl Meeting {
    /// None: it is none that counts.
    fn of(origin: Origin, at: Instant, fields: &Fields<'_>) -> Option<Self> {
        let id = fields.id.text();
        let end = calendar::parse(fields.end.text()).map(|end| end - at);
        let length = end.or(match fields.duration_min {
            Said::Whole(minutes) => minutes.checked_mul(MINUTE_MS),
            _ => None,
        });
        let is_left_out = fields.status.text() == "cancelled"
            || fields.all_day == Said::Flag(true)
            || length.is_some_and(|length| length >= DAY_MS);
        if id.is_empty() || is_left_out {
            return None;
        }
        let title: String = fields
            .title
            .text()
            .split_whitespace()
            .flat_map(str::chars)
            .flat_map(char::to_lowercase)
            .collect();
        let title = (!title.is_empty()).then(|| xxh3_64(title.as_bytes()));
        let people = match &fields.participants {
            Said::Several(people) => people.iter().copied().filter(|it| *it != 0).take(PEOPLE_MAX).collect(),
            _ => Vec::new(),
        };
        Some(Self { id: id.into(), length, title, people, origin })
    }

    /// Whether both are one meeting, begun at one time for one account. Lengths must not differ. Titles or people agree, and what
    /// does not agree is not known, or of two files: each calendar lists its own people.
    fn is_twin_of(&self, other: &Self) -> bool {
        if self.length.zip(other.length).is_some_and(|(a, b)| a != b) {
            return false;
        }
        let of_two_files = self.origin.file != other.origin.file;
        let same_title = self.title.zip(other.title).map(|(a, b)| a == b);
        let are_known = !self.people.is_empty() && !other.people.is_empty();
        let shares_people = are_known.then(|| self.people.iter().any(|one| other.people.contains(one)));
        let same_people = are_known && self.people == other.people;
        match same_title {
            Some(true) => of_two_files || shares_people != Some(false),
            Some(false) => of_two_files && same_people,
            None if are_known => same_people || of_two_files && shares_people == Some(true),
            None => of_two_files && self.length.is_some() && other.length.is_some(),
        }
    }
}
