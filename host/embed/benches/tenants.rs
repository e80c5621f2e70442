//! Many tenants in one process: 1,000 detectors from one compiled component. How to read it: `tests/README.md`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement says what it found, or ends")]

use redtape::Engine;
use redtape::{Detector, Limits, Plugin};
use std::time::{Duration, Instant};

const TENANTS: usize = 1_000;

fn main() {
    let plugin = Plugin::embedded().expect("the component can be compiled");
    // The first one pays for what all share.
    let first = tenant(&plugin);
    let before_kb = resident_kb();
    let mut times = Vec::new();
    let mut tenants: Vec<Detector> = Vec::new();
    for _ in 0..TENANTS {
        let start = Instant::now();
        tenants.push(tenant(&plugin));
        times.push(start.elapsed());
    }
    let idle_kb = resident_kb() - before_kb;
    times.sort_unstable();
    let at = |percent: usize| times.get(TENANTS * percent / 100).copied().unwrap_or(Duration::ZERO);
    println!("{TENANTS} tenants, each instantiated and configured:");
    println!("  start     median {:?}, 99 % within {:?}", at(50), at(99));
    println!("  memory    {} MB in all, {} kB each", idle_kb / 1024, idle_kb / TENANTS);
    work(&mut tenants);
    println!(
        "  at work   {} kB each, after one activity and one step of time",
        (resident_kb() - before_kb) / TENANTS
    );
    drop(first);
}

fn tenant(plugin: &Plugin) -> Detector {
    let mut detector = plugin.detector(Limits::default()).expect("it starts within the limits");
    detector.configure("{}").expect("the defaults are a policy");
    detector
}

/// The least that a tenant does in a day.
fn work(tenants: &mut [Detector]) {
    let line =
        r#"{"id":"m1","at":"2026-05-04T09:00:00Z","account":"acme","kind":"meeting","duration_min":60}"#;
    let tomorrow = redtape::calendar::parse("2026-05-05T00:00:00Z").expect("an instant");
    for tenant in tenants {
        tenant.observe_ndjson(line).expect("it is configured");
        tenant.advance(tomorrow).expect("time goes on");
    }
}

/// Memory of this process that is in RAM, in kB.
fn resident_kb() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("this runs on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim_end_matches(" kB").trim().parse().expect("a number")
}
