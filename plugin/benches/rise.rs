//! tmp
use redtape_plugin::rise::ladder::*;
use redtape_plugin::rise::likelihood::*;
use std::time::Instant;
fn main() {
    let dips = Dips { begins: 0.005, ends: 0.25, falls: 0.003 };
    let mut seed = 88172645463325252u64;
    let mut rnd = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) as f64 / 9007199254740992.0
    };
    for mode in 0..3 {
        let n = 3000;
        let weeks = 100;
        let mut l: Vec<Ladder> = (0..n).map(|_| Ladder::new(0.4, 1.2)).collect();
        let mut lk = Likelihood::default();
        let mut acc = 0f64;
        let t = Instant::now();
        for _w in 0..weeks {
            lk.clear();
            let c = 0.9 + 0.2 * rnd();
            for a in l.iter_mut() {
                let x = (rnd() * 5.0).floor();
                let o = match mode {
                    0 => Observation { bottom: a.bottom(), value: x, exposure: c, shape: 4.0 },
                    1 => {
                        let u = ((rnd() * 10.0).floor() / 16.0).exp();
                        Observation {
                            bottom: a.bottom(),
                            value: x / u,
                            exposure: c * (1.0 + (rnd() * 3.0).floor()) / u,
                            shape: 12.0,
                        }
                    }
                    _ => {
                        let u = ((rnd() * 20.0).floor() / 16.0).exp();
                        Observation {
                            bottom: a.bottom(),
                            value: rnd() * 9.0 / u,
                            exposure: c * (1.0 + (rnd() * 3.0).floor()) / u,
                            shape: 12.0,
                        }
                    }
                };
                let w = lk.weights(&o, mode < 2);
                acc += a.step(w, dips).score as f64;
            }
        }
        println!("mode {mode}: {:.3} us, {acc}", t.elapsed().as_secs_f64() * 1e6 / (n * weeks) as f64);
    }
    let mut lk = Likelihood::default();
    let mut a = Ladder::new(0.4, 1.2);
    let w =
        lk.weights(&Observation { bottom: a.bottom(), value: 2.0, exposure: 1.0, shape: 4.0 }, true).clone();
    let t = Instant::now();
    let mut acc = 0f64;
    for _ in 0..300000 {
        acc += a.step(&w, dips).score as f64;
    }
    println!("step alone {:.3} us {acc}", t.elapsed().as_secs_f64() * 1e6 / 300000.0);
}
