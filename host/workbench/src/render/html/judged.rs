//! What stands below the accounts: everything that was not judged, not counted or not taken, and why.

use std::io::{self, Write};

use super::Page;
use super::escape::{prose, text};
use super::words::title;
use redtape::detector::{AlertState, Cause, SignalStanding, Tally};
use redtape_model::text::{counted, grouped};

/// Problems of lines that are shown.
const PROBLEMS_SHOWN: usize = 20;

/// Writes the section.
pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    writeln!(
        to,
        "<section class=judged aria-labelledby=judged>\n<h2 id=judged>What was judged, and what was not</h2>"
    )?;
    standing(page, to)?;
    waiting(page, to)?;
    left_out(page, to)?;
    problems(page, to)?;
    if !page.report.remarks.is_empty() {
        writeln!(to, "<h3>Taken for granted while reading</h3>\n<ul>")?;
        for remark in &page.report.remarks {
            writeln!(to, "<li>{}</li>", prose(remark))?;
        }
        writeln!(to, "</ul>")?;
    }
    writeln!(to, "</section>")
}

fn standing(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let series = &page.report.series;
    let all = |of: fn(&SignalStanding) -> u32| series.iter().map(|it| u64::from(of(it))).sum::<u64>();
    let (short, watching) = (all(|it| it.asleep + it.warming_up), all(|it| it.watching));
    if short + watching == 0 {
        return Ok(());
    }
    let total = grouped(short + watching);
    if short == 0 {
        writeln!(
            to,
            "<p>There is enough data to judge all {total} series; a series is one signal of one account.</p>"
        )?;
    } else {
        writeln!(
            to,
            "<p><strong>Not enough data</strong> to judge {} of {total} series; a series is one signal of one account. Of these nobody can say that all is well.</p>",
            grouped(short)
        )?;
    }
    writeln!(
        to,
        "<div class=scroll tabindex=0 role=region aria-label=\"Series by signal\"><table><caption>Series by signal</caption><thead><tr><th scope=col>Signal<th scope=col>Judged<th scope=col>Fewer than 8 weeks measured<th scope=col>Nothing in the last 8 weeks<tbody>"
    )?;
    for SignalStanding { signal, asleep, warming_up, watching } in series {
        let [watching, warming_up, asleep] =
            [*watching, *warming_up, *asleep].map(|count| grouped(u64::from(count)));
        writeln!(to, "<tr><th scope=row>{}<td>{watching}<td>{warming_up}<td>{asleep}", text(title(signal)))?;
    }
    writeln!(to, "</table></div>")
}

/// What may become an alert, and what is not decided yet.
fn waiting(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let of = |cause| {
        let waits = page
            .report
            .open
            .iter()
            .filter(|alert| alert.state == AlertState::Pending && alert.cause == cause);
        u64::try_from(waits.count()).unwrap_or_default()
    };
    let (rises, limits, open) =
        (of(Cause::Rise), of(Cause::Threshold), u64::from(page.report.open_activities));
    if rises + limits + open == 0 {
        return Ok(());
    }
    writeln!(to, "<h3>Not decided yet</h3>\n<ul>")?;
    if limits > 0 {
        writeln!(
            to,
            "<li>{} at or over a limit, not yet for as long as the policy asks.</li>",
            counted(limits, "value")
        )?;
    }
    if rises > 0 {
        let series = grouped(rises);
        writeln!(to, "<li>{series} series may be rising; not sure enough to be told.</li>")?;
    }
    if open > 0 {
        writeln!(to, "<li>{} in weeks that are not closed yet.</li>", counted(open, "activity"))?;
    }
    writeln!(to, "</ul>")
}

fn left_out(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let report = page.report;
    let tallies = |to: &mut dyn Write, tallies: &[Tally]| {
        for Tally { rule, count } in tallies.iter().filter(|tally| tally.count > 0) {
            writeln!(to, "<li>{} {}</li>", grouped(*count), text(words(rule)))?;
        }
        Ok::<(), io::Error>(())
    };
    writeln!(to, "<h3>Left out of counting</h3>")?;
    if report.left_out.iter().all(|tally| tally.count == 0) {
        writeln!(to, "<p>Nothing: all {} of closed weeks counted.</p>", counted(report.counted, "activity"))?;
    } else {
        writeln!(
            to,
            "<p>By the counting rules of the policy; {} counted.</p>\n<ul>",
            counted(report.counted, "activity")
        )?;
        tallies(to, &report.left_out)?;
        writeln!(to, "</ul>")?;
    }
    // Late lines are told with the others that were not taken.
    let dropped: Vec<Tally> =
        report.dropped.iter().filter(|tally| tally.rule != "late" && tally.count > 0).cloned().collect();
    if dropped.is_empty() {
        return Ok(());
    }
    writeln!(to, "<h3>Dropped at a limit of size</h3>\n<ul>")?;
    tallies(to, &dropped)?;
    writeln!(to, "</ul>")
}

/// A rule of counting in words; the names may grow.
fn words(rule: &str) -> &str {
    match rule {
        "cancelled" => "cancelled meetings",
        "all-day" => "entries of a whole day or more",
        "solo" => "entries of one person alone",
        "no-duration" => "meetings of no length",
        "bulk-edit" => "plan versions of a bulk edit",
        "same-version" => "saves of a version that was there already",
        "retracted" => "activities taken back later",
        "unmatched-retraction" => "retractions of something that never came",
        "accounts" => "of too many accounts",
        "open-activities" => "of too many activities in open weeks",
        "open-requests" => "of too many open requests",
        "plans" => "of too many plans",
        "too-far-ahead" => "too far ahead of time",
        other => other,
    }
}

fn problems(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let report = page.report;
    let counts = report.counts;
    writeln!(to, "<h3>Lines of the log</h3>")?;
    let parts: Vec<String> = [
        (counts.blank, "blank"),
        (counts.replaced, "replaced by newer content"),
        (counts.duplicate, "repeated"),
        (counts.late, "late: their week was closed"),
        (counts.rejected, "not understood"),
        (counts.dropped, "dropped at a limit"),
        (counts.later, "after the time that was asked for"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, name)| format!("; {} {name}", grouped(count)))
    .collect();
    writeln!(
        to,
        "<p>{} read, {} taken{}.</p>",
        counted(counts.lines, "line"),
        grouped(counts.accepted),
        parts.concat()
    )?;
    if report.problems.is_empty() {
        return Ok(());
    }
    writeln!(to, "<ul class=problems>")?;
    for problem in report.problems.iter().take(PROBLEMS_SHOWN) {
        let field = if problem.field.is_empty() {
            String::new()
        } else {
            format!(" field <code>{}</code>", text(&problem.field))
        };
        let (place, found, expected) =
            (report.place(problem.origin), text(&problem.found), text(&problem.expected));
        writeln!(
            to,
            "<li><bdi>{}</bdi>{field}: found <code>{found}</code>, expected {expected}</li>",
            text(&place)
        )?;
    }
    writeln!(to, "</ul>")?;
    let shown = u64::try_from(report.problems.len().min(PROBLEMS_SHOWN)).unwrap_or_default();
    let more = report.not_taken().saturating_sub(shown);
    if more > 0 {
        writeln!(
            to,
            "<p class=note>And {} more; <code>--format json</code> lists the first 100.</p>",
            grouped(more)
        )?;
    }
    Ok(())
}
