//! The engine by itself: text in and time forward, one line, a snapshot and back. How to read it: `tests/README.md`.

#![expect(clippy::expect_used, reason = "a measurement of what does not work must end")]

#[path = "../../../tests/src/company.rs"]
pub mod company;

use company::{Borrowed, Company, Day};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use redtape_engine::monitor::Monitor;
use redtape_engine::ndjson::parse_line;
use std::hint::black_box;
use std::time::Duration;

/// Accounts and weeks: the more accounts, the fewer weeks, so that every bench ends in a minute.
const COMPANIES: [(usize, u32); 3] = [(1_000, 52), (10_000, 8), (100_000, 2)];

fn configured() -> Monitor {
    let mut monitor = Monitor::default();
    monitor.configure("{}").expect("the defaults are a policy");
    monitor
}

/// As a scan does: a day's lines, then time to its end.
fn watch(days: &[Day]) -> Monitor {
    let mut monitor = configured();
    for day in days {
        for batch in &day.batches {
            black_box(monitor.observe_ndjson(batch).expect("it is configured"));
        }
        black_box(monitor.advance(day.end).expect("time goes on"));
    }
    monitor
}

fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("watch");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    for (accounts, weeks) in COMPANIES {
        let days: Vec<Day> = Company::new(accounts, weeks).collect();
        group.throughput(Throughput::Elements(days.iter().map(|day| day.lines).sum()));
        group.bench_function(BenchmarkId::from_parameter(accounts), |bencher| {
            bencher.iter_with_large_drop(|| watch(&days));
        });
    }
    group.finish();
}

fn lines(criterion: &mut Criterion) {
    let text: String = Company::new(1_000, 2).flat_map(|day| day.batches).collect();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(text.lines().count() as u64));
    group.bench_function("parse_line", |bencher| {
        bencher.iter(|| text.lines().filter(|line| black_box(parse_line(line)).is_ok()).count());
    });
    group.bench_function("serde_json", |bencher| {
        let parse = |line| black_box(serde_json::from_str::<Borrowed<'_>>(line)).is_ok();
        bencher.iter(|| text.lines().filter(|line| parse(line)).count());
    });
    group.finish();
}

fn snapshots(criterion: &mut Criterion) {
    let days: Vec<Day> = Company::new(1_000, 52).collect();
    let monitor = watch(&days);
    let text = monitor.snapshot(&[]).expect("it is configured");
    let mut group = criterion.benchmark_group("snapshot");
    group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("write", |bencher| bencher.iter(|| monitor.snapshot(&[])));
    group.bench_function("restore", |bencher| {
        let restore = |mut monitor: Monitor| {
            monitor.restore(&text).expect("it was just written");
            monitor
        };
        bencher.iter_batched(Monitor::default, restore, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, streams, lines, snapshots);
criterion_main!(benches);
