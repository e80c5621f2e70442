//! The filter of the rise watch by itself: one closed week of one account and signal. How to read it: `tests/README.md`.

#![expect(clippy::expect_used, reason = "a measurement of what does not work must end")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use redtape_engine::filter::{Ladder, Likelihood, Observation};
use redtape_engine::signals::SignalId;
use std::hint::black_box;
use std::time::Duration;

const ACCOUNTS: usize = 3_000;
const WEEKS: usize = 20;

/// Numbers from 0 to below 1 that are the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A week of an account as each kind of signal has it: counts with one exposure, requests with spreads of their own, sums
/// that are hardly ever equal.
fn observation(name: &str, bottom: i16, company: f64, chance: &mut Chance) -> Observation {
    let step = |steps: f64, chance: &mut Chance| ((chance.next() * steps).floor() / 64.0).exp();
    let whole = |most: f64, chance: &mut Chance| (chance.next() * most).floor();
    match name {
        "counts" => Observation { bottom, value: whole(5.0, chance), exposure: company, shape: 4.0 },
        "requests" => {
            let (spread, rounds) = (step(40.0, chance), 1.0 + whole(3.0, chance));
            Observation {
                bottom,
                value: whole(6.0, chance) / spread,
                exposure: company * rounds / spread,
                shape: 12.0,
            }
        }
        _ => {
            let spread = step(80.0, chance);
            Observation {
                bottom,
                value: chance.next() * 9.0 / spread,
                exposure: company / spread,
                shape: 12.0,
            }
        }
    }
}

fn weeks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rise");
    group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    group.throughput(Throughput::Elements((ACCOUNTS * WEEKS) as u64));
    let dips = SignalId::measured().map(|(_, signal)| signal.watch.dips).next().expect("there are signals");
    for name in ["counts", "requests", "sums"] {
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let mut chance = Chance(88_172_645_463_325_252);
                let mut ladders: Vec<Ladder> = (0..ACCOUNTS).map(|_| Ladder::new(0.4, 1.2)).collect();
                for _ in 0..WEEKS {
                    let (mut likelihood, company) = (Likelihood::default(), 0.9 + 0.2 * chance.next());
                    for ladder in &mut ladders {
                        let seen = observation(name, ladder.bottom(), company, &mut chance);
                        black_box(ladder.step(likelihood.weights(&seen, name != "sums"), dips));
                    }
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, weeks);
criterion_main!(benches);
