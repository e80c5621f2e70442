//! Activity logs of real organisations: every line is accepted or explained, and the counts are written down.
//!
//! The logs are not part of the project. `REDTAPE_DATA` names their folder; without it they are looked for in
//! `../shared/data`. `UPDATE_EXPECT=1` writes `tests/real-logs.txt` anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::expect_file;
use redtape::{AlertState, Policy};
use redtape_scan::Report;
use redtape_tests::{Native, project, scan};
use std::io::Write;
use std::path::{Path, PathBuf};

#[test]
fn every_line_of_the_real_logs_is_accounted_for() {
    let folder =
        std::env::var_os("REDTAPE_DATA").map_or_else(|| project().join("../shared/data"), PathBuf::from);
    if !folder.is_dir() {
        // Past the capture of passing tests: whoever reads the run must see it.
        writeln!(std::io::stderr(), "real logs: skipped, there is no {}", folder.display()).unwrap();
        return;
    }
    let mut logs = Vec::new();
    collect(&folder, &mut logs);
    logs.sort();
    assert!(logs.len() >= 17, "only {} logs in {}", logs.len(), folder.display());
    let policy = Policy::default();
    let mut told = String::from(
        "# Lines of each real log, what became of them, and the alerts of the default policy.\n\
         # log: lines = accepted + replaced + duplicate + late + rejected + dropped; accepted = counted + left out + open; alerts told\n",
    );
    for log in logs {
        let report =
            scan(vec![Native::configured(&policy.json()).unwrap()], &policy, std::slice::from_ref(&log));
        let name = log.strip_prefix(&folder).unwrap().display().to_string();
        told += &format!("{name}: {}\n", line(&report));
        assert!(report.problems.is_empty(), "{name}: {:?}", report.problems);
    }
    expect_file![project().join("tests/real-logs.txt")].assert_eq(&told);
}

/// Canonical logs only: the originals are for importers.
fn collect(folder: &Path, logs: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, logs);
        } else if name.ends_with(".ndjson") || name.ends_with(".ndjson.gz") {
            logs.push(path);
        }
    }
}

fn line(report: &Report) -> String {
    let counts = report.counts;
    assert_eq!(counts.later, 0);
    let taken =
        [counts.accepted, counts.replaced, counts.duplicate, counts.late, counts.rejected, counts.dropped];
    assert_eq!(counts.lines - counts.blank, taken.iter().sum::<u64>(), "the counts add up to the lines");
    let left_out: u64 = report.left_out.iter().map(|tally| tally.count).sum();
    let open = u64::from(report.open_activities);
    assert_eq!(
        counts.accepted,
        report.counted + left_out + open,
        "what was accepted is counted, left out or open"
    );
    let rules: Vec<String> =
        report.left_out.iter().map(|tally| format!("{} {}", tally.count, tally.rule)).collect();
    let firing = report.alerts.iter().filter(|alert| alert.state == AlertState::Firing).count();
    format!(
        "{} = {} + {} + {} + {} + {} + {}; {} + {} [{}] + {open}; {firing} firing, {} resolved",
        counts.lines,
        counts.accepted,
        counts.replaced,
        counts.duplicate,
        counts.late,
        counts.rejected,
        counts.dropped,
        report.counted,
        left_out,
        rules.join(", "),
        report.alerts.len() - firing
    )
}
