//! Ids that repeat: of what comes under one id of an account only the newest counts, so two things of one id are one too few.
//!
//! A later version says so with `revised`, and a message that is delivered again says the same; neither is meant.

use xxhash_rust::xxh3::xxh3_64;

use super::checks::{Check, Verdict, check, share};
use super::said::Fields;
use super::sampled::Sampled;
use redtape_import::input::{Line, Origin};
use redtape_model::calendar::{self, Instant};
use redtape_model::text::{counted, cut, grouped};
use redtape_scan::report::Report;

/// Ids that are shown.
const SHOWN_MAX: usize = 2;
/// Bytes of an id that is shown.
const SHOWN_BYTES_MAX: usize = 60;
/// Of so many activities one may be lost to another one's id before counts cannot be relied on.
const FAIL_PARTS: u64 = 10;

/// The ids of a log.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    seen: Sampled<Seen>,
    looked_at: u64,
    others: u64,
    shown: Vec<Shown>,
    /// Ids such as `1.23457E+11`, and the first of them.
    shortened: u64,
    example: Option<(String, Origin)>,
}

/// The newest activity of an id.
#[derive(Debug)]
struct Seen {
    kind: usize,
    at: Instant,
    content: u64,
    what: u64,
    revised: Option<Instant>,
    origin: Origin,
}

/// Two activities of one id.
#[derive(Debug)]
struct Shown {
    id: String,
    first: Origin,
    second: Origin,
}

impl Repeats {
    /// Looks at an activity of kind number `kind`.
    pub(super) fn look(
        &mut self,
        line: &Line<&str>,
        text: &str,
        at: Instant,
        kind: usize,
        fields: &Fields<'_>,
    ) {
        let id = fields.id.text();
        if id.is_empty() {
            return;
        }
        self.looked_at += 1;
        if is_shortened(id) {
            self.shortened += 1;
            self.example.get_or_insert_with(|| (cut(id, SHOWN_BYTES_MAX).to_owned(), line.origin));
        }
        let what = [fields.title.text(), fields.request.text(), fields.plan.text(), fields.outcome.text()]
            .join("\n");
        let now = Seen {
            kind,
            at,
            content: xxh3_64(text.as_bytes()),
            what: xxh3_64(what.as_bytes()),
            revised: calendar::parse(fields.revised.text()),
            origin: line.origin,
        };
        let hash = xxh3_64(id.as_bytes()).rotate_left(17) ^ line.account;
        let mut is_new = false;
        let Some(before) = self.seen.entry(hash, || {
            is_new = true;
            Seen { ..now }
        }) else {
            return;
        };
        if is_new || before.content == now.content {
            return;
        }
        if now.is_another(before) {
            self.others += 1;
            if self.shown.len() < SHOWN_MAX && !self.shown.iter().any(|shown| shown.id == id) {
                let id = cut(id, SHOWN_BYTES_MAX).to_owned();
                self.shown.push(Shown { id, first: before.origin, second: now.origin });
            }
        }
        *before = now;
    }

    /// What is to be said of them.
    pub(super) fn check(&self, report: &Report) -> Check {
        let others = self.others * self.seen.one_in();
        if others == 0 && self.shortened == 0 {
            return check("ids", Verdict::Pass, "no two activities share an id");
        }
        let mut why = Vec::new();
        if let Some((id, origin)) = &self.example {
            why.push(format!(
                "{} such as `{id}` ({}), which a spreadsheet has shortened for good: export with ids as text",
                counted(self.shortened, "id"),
                report.place(*origin)
            ));
        }
        if others > 0 {
            let about = if self.seen.one_in() > 1 { "about " } else { "" };
            let shown: Vec<String> = self
                .shown
                .iter()
                .map(|it| {
                    format!("`{}` at {} and {}", it.id, report.place(it.first), report.place(it.second))
                })
                .collect();
            let replaced = match report.counts.replaced {
                0 => "where both are of one week, the later line replaces the other".to_owned(),
                replaced => format!("{} were replaced by a later line", counted(replaced, "activity")),
            };
            why.push(format!(
                "{about}{} of {} ({}) have the id of an earlier one of their account and are something else (as {}); {replaced}",
                grouped(others),
                counted(self.looked_at, "activity"),
                share(others, self.looked_at),
                shown.join(", "),
            ));
        }
        let verdict = if others * FAIL_PARTS > self.looked_at { Verdict::Fail } else { Verdict::Warning };
        check("ids", verdict, why.join("; "))
    }
}

impl Seen {
    /// Whether it is something else than what came before under its id, and no later version of it.
    fn is_another(&self, before: &Self) -> bool {
        let has_moved = self.at != before.at;
        let is_renamed = self.what != before.what;
        if self.kind != before.kind || has_moved && is_renamed {
            return true;
        }
        // A record that was changed keeps its time or its name; without a word that it is newer, two times are two rows.
        let is_newer = self.revised.is_some() && self.revised != before.revised;
        !is_newer && (has_moved || is_renamed)
    }
}

/// A long number as a spreadsheet shows it, `1.23457E+11`.
fn is_shortened(id: &str) -> bool {
    let Some((number, power)) = id.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    whole.len() == 1 && digits(whole) && digits(part) && power.strip_prefix('+').is_some_and(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_that_a_spreadsheet_has_cut_are_known() {
        for id in ["1.23457E+11", "1,2E+15", "9e+18"] {
            assert!(is_shortened(id), "{id}");
        }
        for id in ["1E5", "12E+5", "E+11", "1.2.3E+4", "2e-5", "a1.2E+11", "1.23457"] {
            assert!(!is_shortened(id), "{id}");
        }
    }
}
