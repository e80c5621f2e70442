//! What is said on standard error when a log was read.

use redtape_import::input::Tally;
use redtape_model::calendar;
use redtape_model::text::{counted, grouped, printable};
use redtape_scan::report::{Apart, LineProblem, Report};

use super::out;

/// Problems that are shown; `--format json` has the first 100.
const PROBLEMS_SHOWN: usize = 5;

/// Says how many lines were read, which were not taken, and why.
pub(super) fn print(report: &Report, sorted: bool) {
    for line in lines(report, sorted) {
        out::note(&line);
    }
}

/// Says what became of the records, where they are not the lines that were read.
pub(super) fn records(tally: &Tally) {
    if tally.left_out_total() > 0 {
        let (records, activities) = (counted(tally.records, "record"), counted(tally.activities, "activity"));
        out::note(&format!(
            "{records}, {activities}, {} not understood{}",
            grouped(tally.faulty),
            left_out(tally)
        ));
    }
}

fn lines(report: &Report, sorted: bool) -> Vec<String> {
    let counts = report.counts;
    let mut head = counted(counts.lines, "line");
    let parts = [
        (counts.blank, "blank"),
        (counts.replaced, "replaced"),
        (counts.duplicate, "duplicate"),
        (counts.late, "late"),
        (counts.rejected, "rejected"),
        (counts.dropped, "dropped"),
        (counts.later, "after --as-of"),
    ];
    for (count, name) in parts.into_iter().filter(|(count, _)| *count > 0) {
        head.push_str(&format!(", {} {name}", grouped(count)));
    }
    let mut lines: Vec<String> =
        report.remarks.iter().map(|remark| printable(&format!("note: {remark}"))).collect();
    lines.push(head);
    lines.extend(problems(report, report.not_taken(), "; --format json lists the first 100"));
    if report.has_unrevised {
        lines.push(
            "note: lines were replaced by later ones of the same id that do not say that they are newer (`revised`); if an \
             id is not of one activity alone, activities are lost: `redtape inspect` looks"
                .to_owned(),
        );
    }
    if let Some(late) = report.late {
        let (count, first) = (counted(counts.late, "line"), report.place(late.first));
        let by = report.place(late.moved_by);
        let advice = if sorted { "" } else { "; --sort puts the log in order first" };
        lines.push(printable(&format!(
            "note: {count} came after their week was closed; the first is {first}, {by} had moved time past it{advice}"
        )));
    }
    if let Some(Apart { count, first, at, days, is_older }) = report.apart {
        let (count, place, at) = (counted(count, "line"), report.place(first), calendar::format(at));
        let far = if is_older {
            "years before all others".to_owned()
        } else {
            format!("more than {days} days after the line before it in time")
        };
        lines.push(printable(&format!(
            "note: {count} not taken because nothing else in the log is near: {place} says {at}, {far}; if that is right, \
             --allow-gap takes it"
        )));
    }
    lines
}

/// Whether nothing of an input was understood, or, where it `is_asked`, an input was empty; says which.
pub(super) fn is_unread(report: &Report, is_asked: bool, quiet: bool) -> bool {
    let mut is_unread = false;
    for (name, records) in report.not_understood() {
        is_unread = true;
        let why = match records {
            1 => "the one line or record in it is no activity".to_owned(),
            records => format!("none of its {} lines or records is an activity", grouped(records)),
        };
        out::note(&printable(&format!("error: nothing in `{name}` was understood: {why}")));
    }
    for name in report.empty_inputs() {
        is_unread |= is_asked;
        let begin = if is_asked { "error" } else { "note" };
        if is_asked || !quiet {
            out::note(&printable(&format!("{begin}: `{name}` is empty: there was nothing to read in it")));
        }
    }
    is_unread
}

/// How many records gave nothing, and why: `, 3 left out (3 shown as free)`.
pub(super) fn left_out(tally: &Tally) -> String {
    let reasons: Vec<String> =
        tally.left_out.iter().map(|(reason, records)| format!("{} {reason}", grouped(*records))).collect();
    match tally.left_out_total() {
        0 => String::new(),
        total => printable(&format!(", {} left out ({})", grouped(total), reasons.join(", "))),
    }
}

/// The first problems of a report, and how many there are more, of so many that were not taken, with a hint where they are.
pub(super) fn problems(report: &Report, not_taken: u64, hint: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for LineProblem { origin, field, found, expected } in report.problems.iter().take(PROBLEMS_SHOWN) {
        let place = report.place(*origin);
        let field = if field.is_empty() { String::new() } else { format!(" field {field}:") };
        lines.push(printable(&format!("  {place}:{field} found `{found}`, expected {expected}")));
    }
    let shown = u64::try_from(report.problems.len().min(PROBLEMS_SHOWN)).unwrap_or_default();
    let more = not_taken.saturating_sub(shown);
    if more > 0 {
        lines.push(format!("  and {} more{hint}", grouped(more)));
    }
    lines
}
