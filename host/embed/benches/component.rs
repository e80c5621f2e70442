//! The component beside the native engine: both doors, an empty call, a snapshot and back. How to read it:
//! `tests/README.md`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement says what it found, or ends")]

#[path = "component/records.rs"]
mod records;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use redtape::Engine;
use redtape::{Activity, Detector, Limits, Plugin};
use redtape_engine::monitor::Monitor;
use redtape_tests::company::{Company, Day};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Accounts and weeks: the more accounts, the fewer weeks, so that every bench ends in a minute.
const COMPANIES: [(usize, u32); 3] = [(1_000, 52), (10_000, 8), (100_000, 2)];
/// Rounds of the comparison with the native engine, in turn: noise hits all alike.
const ROUNDS: usize = 7;

/// A day through the typed door: its end and its records.
type Records = (i64, Vec<Vec<Activity>>);

/// The defaults.
const DEFAULTS: &str = "{}";
/// The same without the rise watch.
const NO_RISES: &str = r#"{"signals": {"meeting-count": {"rise": false}, "meeting-hours": {"rise": false},
    "plan-versions": {"rise": false}, "approval-hops": {"rise": false}, "approval-days": {"rise": false}}}"#;

fn configured(plugin: &Plugin, policy: &str) -> Detector {
    let mut detector = plugin.detector(Limits::default()).expect("it starts within the limits");
    detector.configure(policy).expect("it is a policy");
    detector
}

fn native(days: &[Day], policy: &str) -> Monitor {
    let mut monitor = Monitor::default();
    monitor.configure(policy).expect("it is a policy");
    for day in days {
        for batch in &day.batches {
            black_box(monitor.observe_ndjson(batch).expect("it is configured"));
        }
        black_box(monitor.advance(day.end).expect("time goes on"));
    }
    monitor
}

fn by_text(plugin: &Plugin, days: &[Day], policy: &str) -> Detector {
    let mut detector = configured(plugin, policy);
    for day in days {
        for batch in &day.batches {
            black_box(detector.observe_ndjson(batch).expect("it is configured"));
        }
        black_box(detector.advance(day.end).expect("time goes on"));
    }
    detector
}

fn by_record(plugin: &Plugin, days: &[Records]) -> Detector {
    let mut detector = configured(plugin, DEFAULTS);
    for (end, batches) in days {
        for batch in batches {
            black_box(detector.observe(batch).expect("it is configured"));
        }
        black_box(detector.advance(*end).expect("time goes on"));
    }
    detector
}

fn records(days: &[Day]) -> Vec<Records> {
    let day = |day: &Day| (day.end, day.batches.iter().map(|batch| records::records(batch)).collect());
    days.iter().map(day).collect()
}

/// Times of one company, engines in turn: the ratio is the figure, not the seconds.
fn ratios(plugin: &Plugin) {
    let (accounts, weeks) = (1_000, 156);
    let days: Vec<Day> = Company::new(accounts, weeks).collect();
    let records = records(&days);
    let mut seconds: [Vec<f64>; 5] = Default::default();
    let clock = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    for _ in 0..ROUNDS {
        let round = [
            clock(&mut || drop(black_box(native(&days, DEFAULTS)))),
            clock(&mut || drop(black_box(by_text(plugin, &days, DEFAULTS)))),
            clock(&mut || drop(black_box(by_record(plugin, &records)))),
            clock(&mut || drop(black_box(native(&days, NO_RISES)))),
            clock(&mut || drop(black_box(by_text(plugin, &days, NO_RISES)))),
        ];
        seconds.iter_mut().zip(round).for_each(|(all, one)| all.push(one));
    }
    let [native, by_text, by_record, native_plain, text_plain] = seconds.map(median);
    let lines: u64 = days.iter().map(|day| day.lines).sum();
    println!("{lines} lines of 1,000 accounts, medians of {ROUNDS} rounds in turn:");
    for (name, time) in [("native", native), ("component, text", by_text), ("component, records", by_record)]
    {
        println!("  {name:<20} {:>7.1} ms   {:.2} times the native engine", time * 1e3, time / native);
    }
    // A week of one account and signal: what the rise watch adds, over all that it is asked for.
    let each = (accounts * weeks as usize * 5) as f64;
    let (own, sandboxed) = (1e6 * (native - native_plain) / each, 1e6 * (by_text - text_plain) / each);
    println!(
        "without the rise watch: native {:.1} ms, component, text {:.1} ms",
        native_plain * 1e3,
        text_plain * 1e3
    );
    println!("a week of one account and signal: native {own:.3} us, component {sandboxed:.3} us");
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}

fn streams(criterion: &mut Criterion, plugin: &Plugin) {
    let mut group = criterion.benchmark_group("component");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    for (accounts, weeks) in COMPANIES {
        let days: Vec<Day> = Company::new(accounts, weeks).collect();
        group.throughput(Throughput::Elements(days.iter().map(|day| day.lines).sum()));
        group.bench_function(BenchmarkId::new("text", accounts), |bencher| {
            bencher.iter_with_large_drop(|| by_text(plugin, &days, DEFAULTS));
        });
        if accounts == 1_000 {
            let days = records(&days);
            group.bench_function(BenchmarkId::new("records", accounts), |bencher| {
                bencher.iter_with_large_drop(|| by_record(plugin, &days));
            });
        }
    }
    group.finish();
}

/// What crossing the border costs: calls with nothing to do.
fn calls(criterion: &mut Criterion, plugin: &Plugin) {
    let mut detector = configured(plugin, DEFAULTS);
    let mut group = criterion.benchmark_group("call");
    group.bench_function("accounts", |bencher| bencher.iter(|| detector.accounts("", 0)));
    group.bench_function("observe-ndjson", |bencher| bencher.iter(|| detector.observe_ndjson("")));
    group.bench_function("status", |bencher| bencher.iter(|| detector.status()));
    group.finish();
}

fn snapshots(criterion: &mut Criterion, plugin: &Plugin) {
    let days: Vec<Day> = Company::new(1_000, 52).collect();
    let mut detector = by_text(plugin, &days, DEFAULTS);
    let text = detector.snapshot(&[]).expect("it is configured");
    let mut group = criterion.benchmark_group("component-snapshot");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("write", |bencher| bencher.iter(|| detector.snapshot(&[])));
    group.bench_function("restore", |bencher| {
        let fresh = || plugin.detector(Limits::default()).expect("it starts within the limits");
        let restore = |mut detector: Detector| {
            detector.restore(&text).expect("it was just written");
            detector
        };
        bencher.iter_batched(fresh, restore, BatchSize::PerIteration);
    });
    group.finish();
}

fn main() {
    let plugin = Plugin::embedded().expect("the component can be compiled");
    ratios(&plugin);
    let mut criterion = Criterion::default().configure_from_args();
    streams(&mut criterion, &plugin);
    calls(&mut criterion, &plugin);
    snapshots(&mut criterion, &plugin);
    criterion.final_summary();
}
