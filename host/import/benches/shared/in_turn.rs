//! Several ways to read the same records, in turn, so that noise hits all alike.

use std::hint::black_box;
use std::time::Instant;

pub(crate) const ROUNDS: usize = 5;

/// A way to read; gives how many records there were.
pub(crate) type Read<'a> = (&'static str, Box<dyn Fn() -> usize + 'a>);

/// Prints the medians of each way, and their ratio to that of the first. All must find so many `records`, which are called
/// `noun`.
pub(crate) fn compare(what: &str, (records, noun): (usize, &str), reads: &[Read<'_>]) {
    let mut seconds = vec![Vec::new(); reads.len()];
    for round in 0..=ROUNDS {
        for ((name, read), seconds) in reads.iter().zip(&mut seconds) {
            let start = Instant::now();
            assert_eq!(black_box(read()), records, "{name}: all {noun} are read");
            // The first round fills caches.
            if round > 0 {
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let medians: Vec<f64> = seconds
        .into_iter()
        .map(|mut all| {
            all.sort_by(f64::total_cmp);
            all.get(ROUNDS / 2).copied().unwrap_or_default()
        })
        .collect();
    println!("\n{what}: {records} {noun}, medians of {ROUNDS} rounds in turn");
    let first = medians.first().copied().unwrap_or_default();
    for ((name, _), median) in reads.iter().zip(&medians) {
        let rate = records as f64 / median;
        println!("{median:>8.3} s {rate:>11.0} {noun}/s {:>6.2} x  {name}", median / first);
    }
}
