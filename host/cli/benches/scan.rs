//! `redtape scan` from end to end, beside rivals on the same log in the same run. How to read it: `tests/README.md`.
//!
//! Everything runs as a process of its own, in turn, so that noise hits all alike and memory is each one's own. Rivals
//! only count activities by account and week, and their clock starts after Python has loaded.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement says what it found, or ends")]

#[path = "scan/contest.rs"]
mod contest;

use contest::Contestant;
use redtape::Policy;
use redtape_tests::company::{Borrowed, Company};
use redtape_tests::{Native, scan};
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const ACCOUNTS: usize = 3_000;
const WEEKS: u32 = 150;
const ROUNDS: usize = 5;
/// Threads of every rival, and of two shards.
const THREADS: &str = "2";
/// The default policy, but for rises.
const WITHOUT_RISES: &str = "signals.meeting-count.rise = false\nsignals.meeting-hours.rise = false\n\
    signals.plan-versions.rise = false\nsignals.approval-hops.rise = false\nsignals.approval-days.rise = false\n";
const RIVALS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scan/rivals.py");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // What the comparison starts as processes of their own.
        ["native", log] => native(Path::new(log)),
        ["parse", log] => parse(Path::new(log)),
        _ => compare(words.contains(&"--pandas")),
    }
}

fn compare(with_pandas: bool) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let log = match std::env::var_os("REDTAPE_BENCH_LOG") {
        // Benches run in the folder of their crate: a relative path would mean something else.
        Some(file) => PathBuf::from(file).canonicalize().expect("`REDTAPE_BENCH_LOG` names a file"),
        None => company(&folder),
    };
    let lines = count(&log);
    println!("{lines} lines, {} MB, medians of {ROUNDS} rounds in turn\n", bytes(&log) >> 20);
    let mut contestants = own(&log, &folder);
    match contest::python(&folder, with_pandas) {
        Ok(python) => contestants.extend(rivals(&python, &log, lines, with_pandas)),
        Err(reason) => println!("rivals: skipped, {reason}"),
    }
    contest::run(&mut contestants, ROUNDS, &folder);
    contest::table(&contestants, lines);
}

fn own(log: &Path, folder: &Path) -> Vec<Contestant> {
    let plain = folder.join("without-rises.toml");
    fs::write(&plain, WITHOUT_RISES).expect("the target folder can be written");
    let plain = plain.to_string_lossy();
    let redtape = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redtape"));
        command.arg("scan").arg(log).args(arguments);
        command
    };
    let help = redtape(&["--help"]).output().expect("the command can be started").stdout;
    let mut contestants = if String::from_utf8_lossy(&help).contains("--shards") {
        let sharded =
            |count| Contestant::new(format!("redtape scan, {count} shards"), redtape(&["--shards", count]));
        vec![
            Contestant::new("redtape scan, 1 shard", redtape(&["--shards", "1"])),
            sharded(THREADS),
            Contestant::new(
                format!("the same, {THREADS} shards, without the rise watch"),
                redtape(&["--shards", THREADS, "--policy", &plain]),
            ),
        ]
    } else {
        vec![Contestant::new("redtape scan", redtape(&[]))]
    };
    let this = std::env::current_exe().expect("a program knows where it is");
    for (name, job) in [("the native engine, one thread", "native"), ("serde_json, parsing only", "parse")] {
        let mut command = Command::new(&this);
        command.arg(job).arg(log);
        contestants.push(Contestant::new(name, command));
    }
    contestants
}

fn rivals(python: &Path, log: &Path, lines: u64, with_pandas: bool) -> Vec<Contestant> {
    let names = ["duckdb", "polars", "pandas"].into_iter().take(if with_pandas { 3 } else { 2 });
    let rival = |name| {
        let mut command = Command::new(python);
        command.arg(RIVALS).arg(name).arg(log).arg(lines.to_string()).env("POLARS_MAX_THREADS", THREADS);
        Contestant::timed_by_itself(format!("{name}, weekly counts"), command)
    };
    names.map(rival).collect()
}

/// The whole way of a scan, without a component around the engine.
fn native(log: &Path) {
    let engine = Native::configured("{}").expect("the defaults are a policy");
    black_box(scan(vec![engine], &Policy::default(), &[log.to_owned()]));
}

/// What no reader of JSON with serde_json can be faster than.
fn parse(log: &Path) {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(log).expect("the log can be opened"));
    let mut line = String::new();
    while reader.read_line(&mut line).expect("the log can be read") > 0 {
        black_box(serde_json::from_str::<Borrowed<'_>>(&line).ok());
        line.clear();
    }
}

/// The log of a company; written once.
fn company(folder: &Path) -> PathBuf {
    let log = folder.join(format!("company-{ACCOUNTS}x{WEEKS}.ndjson"));
    if !log.is_file() {
        let part = log.with_extension("part");
        let mut file = BufWriter::new(File::create(&part).expect("the target folder can be written"));
        for batch in Company::new(ACCOUNTS, WEEKS).flat_map(|day| day.batches) {
            file.write_all(batch.as_bytes()).expect("the disk has room");
        }
        file.into_inner().expect("the disk has room");
        fs::rename(&part, &log).expect("the target folder can be written");
    }
    log
}

fn count(log: &Path) -> u64 {
    let reader = BufReader::with_capacity(1 << 20, File::open(log).expect("the log can be opened"));
    reader.split(b'\n').map(|line| u64::from(!line.expect("the log can be read").is_empty())).sum()
}

fn bytes(log: &Path) -> u64 {
    fs::metadata(log).expect("the log is there").len()
}
