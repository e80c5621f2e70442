//! Properties of the engine, on streams that nobody wrote by hand.

use super::{Error, Monitor};
use crate::activity::*;
use crate::alert::Alert;
use crate::calendar::{DAY_MS, WEEK_MS};
use crate::signals::SignalId;
use proptest::prelude::*;

/// Monday 2026-01-05.
const START: Instant = 1_767_571_200_000;

/// Limits so low that random streams cross them all the time.
const POLICY: &str = r#"{
    "time_zone": "Europe/London", "lateness": "3d",
    "counting": {"bulk_edit_plans": 3},
    "signals": {
        "meeting-count": {"warning": 2, "critical": 4, "for": "2 of 3w", "keep_firing_for": "1w"},
        "meeting-hours": {"warning": 2, "critical": 3, "for": "1w", "keep_firing_for": "2w"},
        "plan-versions": {"warning": 2, "critical": 3, "keep_firing_for": "1w"},
        "approval-hops": {"warning": 1, "critical": 2, "for": "1w", "open_warning": 2, "open_critical": 3},
        "approval-days": {"warning": 1, "critical": 3, "for": "1w", "open_warning": 5, "open_critical": 9}},
    "override": [{"match": {"tier": "key"}, "signals": {"meeting-count": {"warning": 1}}}]}"#;

fn small(prefix: &'static str, count: u8) -> impl Strategy<Value = Text<'static>> {
    (0..count).prop_map(move |i| format!("{prefix}{i}").into())
}

fn participant() -> impl Strategy<Value = Participant<'static>> {
    (prop_oneof![Just("".into()), small("u", 4)], prop_oneof![Just(Side::Unknown), Just(Side::Customer)])
        .prop_map(|(id, side)| Participant { id, side })
}

fn meeting() -> impl Strategy<Value = Happening<'static>> {
    let status = prop_oneof![4 => Just(MeetingStatus::Held), 1 => Just(MeetingStatus::Planned), 1 => Just(MeetingStatus::Cancelled)];
    let minutes = prop::option::of(prop_oneof![8 => 1..200i32, 1 => Just(0), 1 => Just(DAY_MINUTES)]);
    (minutes, prop::collection::vec(participant(), 0..4), small("s", 3), status, any::<bool>()).prop_map(
        |(duration_min, participants, series, status, long)| {
            let series = if long { series } else { "".into() };
            let title = "Weekly sync".into();
            Happening::Meeting(Meeting {
                duration_min,
                participants,
                series,
                title,
                status,
                ..Default::default()
            })
        },
    )
}

fn happening() -> impl Strategy<Value = Happening<'static>> {
    use Outcome::*;
    let outcome = prop_oneof![
        1 => Just(Requested), 6 => Just(Forwarded), 1 => Just(Returned), 2 => Just(Approved), 1 => Just(Rejected), 1 => Just(Withdrawn)];
    let step = (small("r", 8), prop::option::of(1..4u32), participant(), participant(), outcome).prop_map(
        |(request, step, from, to, outcome)| {
            Happening::ApprovalStep(ApprovalStep { request, step, from, to, outcome })
        },
    );
    let version = (small("p", 4), prop::option::of(0..9u32), prop::bool::weighted(0.1)).prop_map(
        |(plan, version, decided)| {
            Happening::PlanVersion(PlanVersion { plan, version, author: "".into(), decided })
        },
    );
    let profile = prop_oneof![Just("key"), Just("")]
        .prop_map(|tier| Happening::Profile(Profile { tier: tier.into(), ..Default::default() }));
    let retraction = small("i", 120).prop_map(Happening::Retraction);
    prop_oneof![6 => meeting(), 6 => step, 4 => version, 1 => profile, 2 => retraction]
}

fn activity(days: std::ops::Range<i64>, accounts: u8) -> impl Strategy<Value = Activity<'static>> {
    // Few ids and few instants, so that contents of one id and ties in time meet; every content says when it was written.
    (small("i", 120), days, 0..3i64, small("a", accounts), 0..1000i64, happening()).prop_map(
        |(id, day, hour, account, revised, happening)| {
            // A retraction must not name itself.
            let id = if let Happening::Retraction(of) = &happening { format!("x{of}").into() } else { id };
            let at = START + day * DAY_MS + hour * DAY_MS / 3;
            Activity { id, at, account, revised: Some(START + revised), happening }
        },
    )
}

/// What is observed before each of several steps of time.
fn stream() -> impl Strategy<Value = Vec<(Vec<Activity<'static>>, Instant)>> {
    stream_of(2)
}

fn stream_of(accounts: u8) -> impl Strategy<Value = Vec<(Vec<Activity<'static>>, Instant)>> {
    let stride = (prop::collection::vec(activity(0..120, accounts), 0..60), 1..40i64);
    prop::collection::vec(stride, 1..6).prop_map(|strides| {
        let mut now = START;
        let step = |(mut activities, days): (Vec<Activity<'static>>, i64)| {
            now += days * DAY_MS + DAY_MS / 2;
            // Near the present: what lies before closed weeks is late, which repetition tells each time.
            activities.retain(|activity| activity.at >= now - 10 * DAY_MS || activity.at % 5 == 0);
            (activities, now)
        };
        strides.into_iter().map(step).collect()
    })
}

fn configured() -> Monitor {
    let mut monitor = Monitor::default();
    monitor.configure(POLICY).unwrap();
    monitor
}

pub(super) fn advance(monitor: &mut Monitor, to: Instant, alerts: &mut Vec<Alert>) {
    loop {
        let progress = monitor.advance(to).unwrap();
        alerts.extend(progress.alerts);
        if progress.reached == to {
            return;
        }
    }
}

/// Everything an engine tells from outside, or several that share its accounts. What came late is counted each time it
/// is told, so it stays out.
pub(super) fn told(shards: &[Monitor], alerts: &[Alert]) -> String {
    let mut all = serde_json::to_string_pretty(alerts).unwrap();
    let open = together(shards.iter().flat_map(|shard| shard.open_alerts(&[]).unwrap()).collect());
    all += &serde_json::to_string_pretty(&open).unwrap();
    let mut histories = Vec::new();
    let mut standing = vec![0; 3 * SignalId::all().count() + 1];
    for shard in shards {
        for account in shard.accounts("", u32::MAX).into_iter().chain(["*".to_owned()]) {
            for signal in SignalId::all() {
                let history = shard.history(&account, signal.name()).unwrap();
                histories.push(format!("{account} {}: {history:?}\n", signal.name()));
            }
        }
        let status = shard.status();
        *standing.last_mut().unwrap() += status.open_activities;
        for (series, sums) in status.series.iter().zip(standing.chunks_mut(3)) {
            sums[0] += series.asleep;
            sums[1] += series.warming_up;
            sums[2] += series.watching;
        }
    }
    histories.sort();
    histories.dedup();
    format!("{all}{}{standing:?}{:?}", histories.concat(), shards[0].status().now)
}

fn plain(stream: &[(Vec<Activity<'static>>, Instant)]) -> String {
    let (mut monitor, mut alerts) = (configured(), Vec::new());
    for (activities, to) in stream {
        monitor.observe(activities.clone()).unwrap();
        advance(&mut monitor, *to, &mut alerts);
    }
    told(&[monitor], &alerts)
}

/// A shuffle that follows from `seed` alone.
pub(super) fn shuffled(activities: &[Activity<'static>], mut seed: u64) -> Vec<Activity<'static>> {
    let mut order: Vec<Activity<'static>> = activities.to_vec();
    for i in (1..order.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(i, (seed >> 33) as usize % (i + 1));
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn order_batches_and_repetition_do_not_matter(stream in stream(), seed in any::<u64>(), size in 1..9usize) {
        let (mut monitor, mut alerts) = (configured(), Vec::new());
        for (activities, to) in &stream {
            for batch in shuffled(activities, seed).chunks(size) {
                monitor.observe(batch.to_vec()).unwrap();
            }
            monitor.observe(shuffled(activities, !seed)).unwrap();
            advance(&mut monitor, *to, &mut alerts);
        }
        prop_assert_eq!(told(&[monitor], &alerts), plain(&stream));
    }

    #[test]
    fn a_snapshot_restored_anywhere_changes_nothing(stream in stream(), seed in any::<u64>()) {
        let (mut monitor, mut alerts) = (configured(), Vec::new());
        for (i, (activities, to)) in stream.iter().enumerate() {
            let half = activities.len() / 2;
            monitor.observe(activities[..half].to_vec()).unwrap();
            if seed >> (2 * i) & 1 == 1 {
                monitor = moved(&monitor);
            }
            monitor.observe(activities[half..].to_vec()).unwrap();
            advance(&mut monitor, *to, &mut alerts);
            if seed >> (2 * i + 1) & 1 == 1 {
                monitor = moved(&monitor);
            }
        }
        prop_assert_eq!(told(&[monitor], &alerts), plain(&stream));
    }

    #[test]
    fn any_number_of_shards_tells_the_same(stream in stream_of(9), seed in any::<u64>(), size in 1..9usize) {
        for count in [1, 2, 7] {
            let mut shards: Vec<Monitor> = (0..count).map(|_| configured()).collect();
            let mut alerts = Vec::new();
            for (activities, to) in &stream {
                for batch in shuffled(activities, seed).chunks(size) {
                    for (number, shard) in shards.iter_mut().enumerate() {
                        let own = |it: &&Activity<'static>| shard_of(&it.account, seed, count) == number;
                        shard.observe(batch.iter().filter(own).cloned().collect()).unwrap();
                        if seed >> (number % 64) & 7 == 0 {
                            *shard = moved(shard);
                        }
                    }
                }
                agree(&mut shards, *to);
                alerts.extend(advance_all(&mut shards, *to));
            }
            prop_assert_eq!(told(&shards, &alerts), plain(&stream), "{} shards", count);
        }
    }

    #[test]
    fn accounts_do_not_touch_each_other(stream in stream()) {
        let mut alone = Vec::new();
        // What accounts do together is the business of the rise watch alone.
        let off = |policy: String| policy.replace("{\"warning\"", "{\"rise\": false, \"warning\"");
        let configured = || {
            let mut monitor = Monitor::default();
            monitor.configure(&off(POLICY.to_owned())).unwrap();
            monitor
        };
        for name in ["a0", "a1"] {
            let (mut monitor, mut alerts) = (configured(), Vec::new());
            for (activities, to) in &stream {
                monitor.observe(activities.iter().filter(|a| &*a.account == name).cloned().collect()).unwrap();
                advance(&mut monitor, *to, &mut alerts);
            }
            alone.extend(alerts);
        }
        let (mut monitor, mut together) = (configured(), Vec::new());
        for (activities, to) in &stream {
            monitor.observe(activities.clone()).unwrap();
            advance(&mut monitor, *to, &mut together);
        }
        alone.sort_by(|a, b| a.rank().cmp(&b.rank()));
        prop_assert_eq!(alone, together);
    }

    #[test]
    fn every_activity_is_accounted_for(stream in stream()) {
        let mut monitor = configured();
        let (mut accepted, mut counted) = (0, 0);
        for (activities, to) in &stream {
            let intake = monitor.observe(activities.clone()).unwrap();
            let sum = intake.accepted + intake.replaced + intake.duplicate + intake.late + intake.rejected + intake.dropped;
            prop_assert_eq!(sum as usize, activities.len());
            accepted += u64::from(intake.accepted);
            let progress = monitor.advance(*to).unwrap();
            counted += progress.counted + progress.left_out.iter().map(|(_, count)| count).sum::<u64>();
        }
        prop_assert_eq!(accepted, counted + u64::from(monitor.status().open_activities));
    }

    #[test]
    fn alerts_live_one_life(stream in stream()) {
        let (mut monitor, mut alerts) = (configured(), Vec::new());
        for (activities, to) in &stream {
            monitor.observe(activities.clone()).unwrap();
            advance(&mut monitor, *to, &mut alerts);
        }
        let mut ended = std::collections::BTreeSet::new();
        let mut last: std::collections::BTreeMap<&str, &Alert> = Default::default();
        for alert in &alerts {
            prop_assert!(alert.value.is_finite() && alert.since <= alert.at && alert.opened <= alert.at);
            prop_assert!(!ended.contains(&alert.id), "told again after its end");
            if let Some(before) = last.insert(&alert.id, alert) {
                prop_assert_eq!(before.opened, alert.opened);
                prop_assert!(before.severity != alert.severity || before.state != alert.state, "told twice");
            }
            match alert.state {
                crate::alert::State::Resolved => prop_assert!(ended.insert(alert.id.clone()) && !alert.resolution.is_empty()),
                state => prop_assert!(state == crate::alert::State::Firing && alert.evidence_total > 0 && alert.resolution.is_empty()),
            }
        }
        for open in monitor.open_alerts(&[]).unwrap() {
            prop_assert!(!ended.contains(&open.id));
        }
    }

    #[test]
    fn no_text_ends_the_engine(text in "(\\PC|[{}\\[\\]:,\"\\n0-9tfn\u{0}]){0,300}", calls in prop::collection::vec((0..9u8, any::<i64>()), 0..20)) {
        let mut monitor = Monitor::default();
        for (call, number) in calls {
            let at = START.wrapping_add(number % (40 * WEEK_MS));
            match call {
                0 => drop(monitor.configure(&text)),
                1 => drop(monitor.configure("{}")),
                2 => drop(monitor.observe_ndjson(&text)),
                3 => drop(monitor.advance(number)),
                4 => drop(monitor.advance(at)),
                5 => drop(monitor.restore(&text)),
                6 => drop(monitor.agree(at, &[number])),
                7 => drop(monitor.history(&text, &text)),
                _ => {
                    let line = format!(r#"{{"id":"i{number}","at":"2026-01-0{}T00:00:00Z","account":"a","kind":"exchange","direction":"to-customer"}}"#, 1 + number.rem_euclid(9));
                    drop(monitor.observe_ndjson(&line));
                }
            }
        }
    }

    #[test]
    fn a_flipped_bit_in_a_snapshot_is_found(stream in stream(), place in any::<prop::sample::Index>(), bit in 0..7u8) {
        let mut monitor = configured();
        for (activities, to) in &stream {
            monitor.observe(activities.clone()).unwrap();
            monitor.advance(*to).unwrap();
        }
        let mut bytes = monitor.snapshot(&[]).unwrap().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert_eq!(Monitor::default().restore(&text), Err(Error::SnapshotDamaged));
        }
    }
}

/// Lets shards agree before time moves.
pub(super) fn agree(shards: &mut [Monitor], to: Instant) {
    let mut sums = Vec::new();
    loop {
        let said: Vec<Vec<i64>> = shards.iter_mut().map(|shard| shard.agree(to, &sums).unwrap()).collect();
        assert!(said.iter().all(|numbers| numbers.len() == said[0].len()), "lists of one length");
        if said[0].is_empty() {
            return;
        }
        sums =
            (0..said[0].len()).map(|i| said.iter().fold(0, |sum: i64, it| sum.wrapping_add(it[i]))).collect();
    }
}

/// Moves time in all shards that have agreed; what they tell, as a host puts it together.
pub(super) fn advance_all(shards: &mut [Monitor], to: Instant) -> Vec<Alert> {
    let mut told = Vec::new();
    shards.iter_mut().for_each(|shard| advance(shard, to, &mut told));
    together(told)
}

/// The answers of several shards in one order; those about the tenant itself come from each of them.
fn together(mut alerts: Vec<Alert>) -> Vec<Alert> {
    alerts.sort_by(|a, b| a.rank().cmp(&b.rank()));
    alerts.dedup_by(|a, b| a.account == "*" && a == b);
    alerts
}

/// Which shard an account lives in; any rule will do.
pub(super) fn shard_of(account: &str, seed: u64, count: usize) -> usize {
    (u64::from(account.as_bytes()[1]).wrapping_mul(seed | 1) >> 7) as usize % count
}

/// The same state in another instance; its snapshot has the same bytes.
pub(super) fn moved(monitor: &Monitor) -> Monitor {
    let text = monitor.snapshot(&[]).unwrap();
    let mut other = Monitor::default();
    other.restore(&text).unwrap();
    assert_eq!(other.snapshot(&[]).unwrap(), text);
    other
}
