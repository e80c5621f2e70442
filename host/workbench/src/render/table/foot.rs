//! What stands below the alerts: everything that was not judged, and why.

use redtape::detector::{Alert, AlertState, Cause};
use redtape_model::text::{counted, grouped};
use redtape_scan::report::Report;

/// One line for each thing worth knowing; none where there is nothing to say.
pub(super) fn lines(report: &Report) -> Vec<String> {
    [
        pending(report),
        listed(report),
        not_taken(report),
        left_out(report),
        limits(report),
        not_yet(report),
        watched(report),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn waiting(report: &Report, cause: Cause) -> u64 {
    let waits = |alert: &&Alert| alert.state == AlertState::Pending && alert.cause == cause;
    u64::try_from(report.open.iter().filter(waits).count()).unwrap_or_default()
}

fn listed(report: &Report) -> Option<String> {
    let listed = waiting(report, Cause::Rise);
    let verb = if listed == 1 { "is" } else { "are" };
    let words = format!("series that may be rising {verb} not sure enough to be told");
    (listed > 0).then(|| format!("Under watch: {} {words}.", grouped(listed)))
}

fn pending(report: &Report) -> Option<String> {
    let pending = waiting(report, Cause::Threshold);
    (pending > 0).then(|| {
        let verb = if pending == 1 { "is" } else { "are" };
        format!(
            "Pending: {} {verb} at or over the limit, not yet for as long as the policy asks.",
            counted(pending, "value")
        )
    })
}

fn not_taken(report: &Report) -> Option<String> {
    let counts = report.counts;
    let parts: Vec<String> =
        [(counts.rejected, "rejected"), (counts.late, "late"), (counts.dropped, "dropped")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{} {name}", grouped(count)))
            .collect();
    (!parts.is_empty()).then(|| format!("Lines not taken: {}.", parts.join(", ")))
}

fn left_out(report: &Report) -> Option<String> {
    let parts: Vec<String> =
        report.left_out.iter().map(|tally| format!("{} {}", grouped(tally.count), tally.rule)).collect();
    (!parts.is_empty()).then(|| format!("Left out of counting: {}.", parts.join(", ")))
}

fn limits(report: &Report) -> Option<String> {
    // Late lines are told above, with the others that were not taken.
    let tallies = report.dropped.iter().filter(|tally| tally.rule != "late" && tally.count > 0);
    let parts: Vec<String> =
        tallies.map(|tally| format!("{} {}", grouped(tally.count), tally.rule)).collect();
    (!parts.is_empty()).then(|| format!("Dropped at a limit: {}.", parts.join(", ")))
}

fn watched(report: &Report) -> Option<String> {
    let sum = |of: fn(&redtape::SignalStanding) -> u32| {
        report.series.iter().map(|series| u64::from(of(series))).sum()
    };
    let watching: u64 = sum(|series| series.watching);
    let (asleep, warming_up): (u64, u64) = (sum(|series| series.asleep), sum(|series| series.warming_up));
    let all = watching + asleep + warming_up;
    if all == 0 {
        return None;
    }
    if watching == all {
        return Some(format!("Enough data to judge all {} series.", grouped(all)));
    }
    let parts: Vec<String> = report
        .series
        .iter()
        .filter(|series| series.asleep + series.warming_up > 0)
        .map(|series| {
            let total = series.asleep + series.warming_up + series.watching;
            format!("{} {} of {total}", series.signal, series.asleep + series.warming_up)
        })
        .collect();
    let reasons = [
        (asleep, "with nothing of their kind in the last 8 closed weeks"),
        (warming_up, "with fewer than 8 weeks measured"),
    ];
    let reasons: Vec<String> = reasons
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", grouped(count)))
        .collect();
    let (unknown, all) = (grouped(all - watching), grouped(all));
    let (reasons, parts) = (reasons.join(", "), parts.join(", "));
    Some(format!("Not enough data to judge {unknown} of {all} series, {reasons}: {parts}."))
}

fn not_yet(report: &Report) -> Option<String> {
    let open = counted(u64::from(report.open_activities), "activity");
    (report.open_activities > 0).then(|| format!("Weeks not closed yet hold {open}."))
}
