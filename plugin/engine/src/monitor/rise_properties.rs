//! Properties of the rise watch: neither order nor batches, shards, snapshots or a lost shard show in what it says.

use super::properties::{advance, advance_all, agree, moved, shard_of, shuffled, told};
use super::{Error, Monitor};
use crate::activity::*;
use crate::alert::{Alert, Cause, State, Verdict};
use crate::calendar::{DAY_MS, WEEK_MS};
use crate::signals::SignalId;
use proptest::prelude::*;

/// Monday 2026-01-05.
const START: Instant = 1_767_571_200_000;
/// So unsure that random streams make it speak.
const POLICY: &str = r#"{"rises": {"level": "watch", "budget": "off"}}"#;
const ACCOUNTS: u64 = 9;

/// A number from 0 to below `most` that follows from all of the others.
fn chance(seed: u64, account: u64, week: u64, what: u64, most: u64) -> u64 {
    let mut mixed =
        seed ^ account.wrapping_mul(0x9e37_79b9) ^ week.wrapping_mul(0x85eb_ca6b_c2b2) ^ what << 40;
    for _ in 0..2 {
        mixed = (mixed ^ mixed >> 31).wrapping_mul(0x7fb5_d329_728e_a185);
    }
    (mixed >> 20) % most
}

/// One week of a company in which some accounts step up after half of the weeks.
fn week_of(seed: u64, week: u64, weeks: u64) -> Vec<Activity<'static>> {
    let mut activities = Vec::new();
    for account in 0..ACCOUNTS {
        let up = if account % 3 == 0 && week > weeks / 2 { 4 } else { 1 };
        let mut put = |kind: &str, number: u64, minute: i64, happening| {
            let at = START + week as i64 * WEEK_MS + DAY_MS + minute * 60_000;
            let (id, account) = (format!("{kind}{week}-{number}").into(), format!("a{account}").into());
            activities.push(Activity { id, at, account, revised: None, happening });
        };
        for number in 0..chance(seed, account, week, 1, 4) * up {
            let minutes = i32::try_from(15 * (1 + chance(seed, account, week * 64 + number, 2, 8))).unwrap();
            let series = format!("s{}", number % 3).into();
            let meeting = Meeting { duration_min: Some(minutes), series, ..Default::default() };
            put("m", number, number as i64 * 7, Happening::Meeting(meeting));
        }
        for number in 0..chance(seed, account, week, 3, 2) * up {
            let version = PlanVersion { plan: "p".into(), version: None, author: "".into(), decided: false };
            put("v", number, 90 + number as i64, Happening::PlanVersion(version));
        }
        for request in 0..chance(seed, account, week, 4, 3) {
            let steps = 1 + chance(seed, account, week * 64 + request, 5, 3) * up.min(3);
            for step in 0..steps {
                let outcome = if step + 1 == steps { Outcome::Approved } else { Outcome::Forwarded };
                let person = |id: u64| Participant { id: format!("u{id}").into(), side: Side::Unknown };
                let happening = Happening::ApprovalStep(ApprovalStep {
                    request: format!("r{week}-{request}").into(),
                    step: None,
                    from: person(step),
                    to: person(step + 1),
                    outcome,
                });
                put("s", request * 64 + step, 100 + (step * 300 * up) as i64, happening);
            }
        }
    }
    activities
}

fn company(seed: u64, weeks: u64) -> Vec<Vec<Activity<'static>>> {
    (0..weeks).map(|week| week_of(seed, week, weeks)).collect()
}

fn configured() -> Monitor {
    let mut monitor = Monitor::default();
    monitor.configure(POLICY).unwrap();
    monitor
}

fn end(week: usize) -> Instant {
    START + (week as i64 + 1) * WEEK_MS
}

/// Week by week, by one engine.
fn plain(company: &[Vec<Activity<'static>>]) -> (String, Vec<Alert>) {
    let (mut monitor, mut alerts) = (configured(), Vec::new());
    for (week, activities) in company.iter().enumerate() {
        monitor.observe(activities.clone()).unwrap();
        advance(&mut monitor, end(week), &mut alerts);
    }
    (told(&[monitor], &alerts), alerts)
}

#[test]
fn a_company_that_steps_up_makes_it_speak() {
    // Otherwise the properties below would say little.
    let (_, alerts) = plain(&company(7, 40));
    let rises = |signal: &str| {
        alerts
            .iter()
            .filter(|it| it.cause == Cause::Rise && it.signal == signal && it.state == State::Firing)
            .count()
    };
    let on = SignalId::all().filter(|signal| signal.defaults().enabled);
    let found: Vec<usize> = on.map(|signal| rises(signal.name())).collect();
    assert!(found.iter().all(|count| *count > 0), "{found:?}");
    assert!(alerts.iter().any(|it| it.account == "*"), "the tenant too");
}

/// A company that is known after some weeks, whose accounts begin with requests and plans at any time.
fn beginners(seed: u64, weeks: u64) -> Vec<Vec<Activity<'static>>> {
    let week = |week: u64| {
        let mut activities = Vec::new();
        for account in 0..24 {
            let from = chance(seed, account, 0, 9, weeks);
            let mut put = |kind: &str, day: i64, happening| {
                let at = START + week as i64 * WEEK_MS + day * DAY_MS;
                let (id, account) = (format!("{kind}{week}-{day}").into(), format!("a{account}").into());
                activities.push(Activity { id, at, account, revised: None, happening });
            };
            put("m", 0, Happening::Meeting(Meeting { duration_min: Some(30), ..Default::default() }));
            for day in 0..if week >= from { 1 + chance(seed, account, week, 6, 4) as i64 } else { 0 } {
                let outcome = if day % 2 == 0 { Outcome::Approved } else { Outcome::Forwarded };
                let person = |id: i64| Participant { id: format!("u{id}").into(), side: Side::Unknown };
                let (from, to, request) = (person(day), person(day + 1), format!("r{}", day / 2).into());
                let step = ApprovalStep { request, step: None, from, to, outcome };
                put("s", 1 + day, Happening::ApprovalStep(step));
            }
        }
        activities
    };
    (0..weeks).map(week).collect()
}

#[test]
fn a_series_made_late_is_one_that_idled() {
    for seed in 0..6 {
        let run = |idles: bool| {
            let (mut monitor, mut alerts) = (configured(), Vec::new());
            for (week, activities) in beginners(seed, 60).into_iter().enumerate() {
                monitor.observe(activities).unwrap();
                advance(&mut monitor, end(week), &mut alerts);
                if idles {
                    let all = monitor.accounts.values_mut().filter_map(|account| account.rises.as_mut());
                    all.for_each(|rises| SignalId::measured().for_each(|(id, _)| _ = rises.of_measured(id)));
                }
                if chance(seed, 0, week as u64, 8, 7) == 0 {
                    monitor = moved(&monitor);
                }
            }
            let account = |monitor: &Monitor, name: &str| {
                monitor.accounts[name].rises.as_ref().map(|rises| rises.series().to_vec())
            };
            let series: Vec<_> = (0..24).map(|it| account(&monitor, &format!("a{it}"))).collect();
            assert!(monitor.population.common().iter().any(|common| common.is_known), "it is known by then");
            (told(&[monitor], &alerts), alerts.len(), series)
        };
        let (late, idled) = (run(false), run(true));
        assert!(late.1 > 0 && late.0 == idled.0, "seed {seed}: {} alerts", late.1);
        let made = |series: &[Option<Vec<crate::rise::Series>>]| {
            let all = series.iter().flatten().flatten();
            all.filter(|series| series.weeks > 0).cloned().collect::<Vec<_>>()
        };
        // Also to the last bit of what is not told; NaN of a rate that is not known is told by its text.
        assert_eq!(format!("{:?}", made(&late.2)), format!("{:?}", made(&idled.2)), "seed {seed}");
    }
}

#[test]
fn a_history_shows_why() {
    let mut monitor = configured();
    for (week, activities) in company(7, 40).into_iter().enumerate() {
        monitor.observe(activities).unwrap();
        advance(&mut monitor, end(week), &mut Vec::new());
    }
    for (account, signal) in
        [("a0", "meeting-count"), ("a0", "approval-hops"), ("*", "approval-hops"), ("*", "plan-versions")]
    {
        let history = monitor.history(account, signal).unwrap();
        let scored: Vec<_> = history.iter().filter(|point| point.score.is_some()).collect();
        assert!(scored.len() > 10, "{account} {signal}: {} weeks", scored.len());
        assert!(history[..8].iter().all(|point| point.score.is_none()), "no score in the first eight weeks");
        assert!(
            scored.iter().all(|point| point.value.is_some() && point.expected > Some(0.0)),
            "{account} {signal}"
        );
        let (first, last) = (scored[0].score, scored[scored.len() - 1].score);
        assert!(last > first, "{account} {signal} stepped up");
        // The company moves as itself; an account is seen beside it.
        assert_eq!(
            scored.iter().any(|point| point.company_factor != 1.0),
            account != "*",
            "{account} {signal}"
        );
    }
    let whole = monitor.history("a0", "creep").unwrap();
    assert!(
        whole.iter().filter_map(|point| point.value).all(|probability| (0.0..=1.0).contains(&probability))
    );
    assert!(whole.last().unwrap().value > Some(0.2), "{:?}", whole.last());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn order_batches_and_snapshots_do_not_show(seed in any::<u64>(), size in 1..40usize) {
        let company = company(seed, 30);
        let (mut monitor, mut alerts) = (configured(), Vec::new());
        for (week, activities) in company.iter().enumerate() {
            for batch in shuffled(activities, seed).chunks(size) {
                monitor.observe(batch.to_vec()).unwrap();
            }
            monitor.observe(activities.clone()).unwrap();
            if seed >> (week % 64) & 3 == 0 {
                monitor = moved(&monitor);
            }
            advance(&mut monitor, end(week), &mut alerts);
        }
        prop_assert_eq!(told(&[monitor], &alerts), plain(&company).0);
    }

    #[test]
    fn it_does_not_matter_how_many_weeks_close_at_once(seed in any::<u64>(), stride in 2..31usize) {
        // Plans and requests are judged when time moves, weeks as of their end: without limits there are weeks only.
        let off = |policy: &str| policy.replace("limits", r#""warning": "off", "critical": "off""#);
        let policy = off(
            r#"{"rises": {"level": "watch", "budget": "off"}, "signals": {
                "meeting-count": {limits}, "meeting-hours": {limits}, "plan-versions": {limits},
                "approval-hops": {limits, "open_warning": "off", "open_critical": "off"},
                "approval-days": {limits, "open_warning": "off", "open_critical": "off"}}}"#,
        );
        let company = company(seed, 30);
        let run = |stride: usize| {
            let (mut monitor, mut alerts) = (Monitor::default(), Vec::new());
            monitor.configure(&policy).unwrap();
            for (number, weeks) in company.chunks(stride).enumerate() {
                weeks.iter().for_each(|activities| drop(monitor.observe(activities.clone()).unwrap()));
                advance(&mut monitor, end(number * stride + weeks.len() - 1), &mut alerts);
            }
            told(&[monitor], &alerts)
        };
        prop_assert_eq!(run(stride), run(1));
    }

    #[test]
    fn shards_say_what_one_says_and_a_lost_one_is_rebuilt_alone(seed in any::<u64>()) {
        let company = company(seed, 26);
        for count in [1, 2, 7] {
            let mut shards: Vec<Monitor> = (0..count).map(|_| configured()).collect();
            let mut alerts = Vec::new();
            // The first shard is lost, and made anew of what it was given and of the sums.
            let mut journal: Vec<(Vec<Activity<'static>>, Vec<Vec<i64>>, Instant)> = Vec::new();
            for (week, activities) in company.iter().enumerate() {
                for (number, shard) in shards.iter_mut().enumerate() {
                    let own = |it: &&Activity<'static>| shard_of(&it.account, seed, count) == number;
                    let own: Vec<Activity<'static>> = activities.iter().filter(own).cloned().collect();
                    if number == 0 {
                        journal.push((own.clone(), Vec::new(), end(week)));
                    }
                    shard.observe(own).unwrap();
                }
                let mut sums: Vec<i64> = Vec::new();
                loop {
                    let said: Vec<Vec<i64>> = shards.iter_mut().map(|shard| shard.agree(end(week), &sums).unwrap()).collect();
                    journal.last_mut().unwrap().1.push(sums.clone());
                    if said.iter().all(Vec::is_empty) {
                        break;
                    }
                    sums = (0..said[0].len()).map(|i| said.iter().fold(0, |sum: i64, it| sum.wrapping_add(it[i]))).collect();
                }
                alerts.extend(advance_all(&mut shards, end(week)));
            }
            prop_assert_eq!(told(&shards, &alerts), plain(&company).0, "{} shards", count);
            let mut rebuilt = configured();
            for (own, sums, to) in journal {
                rebuilt.observe(own).unwrap();
                sums.iter().for_each(|sums| drop(rebuilt.agree(to, sums).unwrap()));
                advance(&mut rebuilt, to, &mut Vec::new());
            }
            prop_assert_eq!(rebuilt.snapshot(&[]), shards[0].snapshot(&[]));
        }
    }

    #[test]
    fn no_sums_break_it(seed in any::<u64>(), sums in prop::collection::vec(any::<i64>(), 1..40)) {
        // A host that adds up wrongly gets wrong answers, and never a number that is none.
        let mut monitor = configured();
        for (week, activities) in company(seed, 14).into_iter().enumerate() {
            monitor.observe(activities).unwrap();
            let mut said = monitor.agree(end(week), &[]).unwrap();
            while !said.is_empty() {
                let mut wrong: Vec<i64> = sums.iter().copied().cycle().take(said.len()).collect();
                // What shards say about their lists is checked, and comes last in the first rounds of a week.
                if let Some((place, one)) = list_said(&said) {
                    let refused = monitor.agree(end(week), &wrong);
                    prop_assert!(matches!(refused, Err(Error::Disagreement(_))), "{:?}", refused);
                    prop_assert_eq!(monitor.agree(end(week), &[]).unwrap(), said.clone(), "it says the same again");
                    wrong[place..].copy_from_slice(&one);
                }
                // Which week is the first would be a long way round.
                said = monitor.agree(end(week), if week < 3 { &said } else { &wrong }).unwrap();
            }
            for alert in monitor.advance(end(week)).unwrap().alerts {
                prop_assert!(alert.value.is_finite() && alert.confidence.is_none_or(f64::is_finite));
            }
            monitor = moved(&monitor);
        }
        for account in ["a0", "*"] {
            for signal in SignalId::all() {
                for point in monitor.history(account, signal.name()).unwrap() {
                    let numbers = [point.value, point.expected, point.score, Some(point.company_factor)];
                    prop_assert!(numbers.into_iter().flatten().all(f64::is_finite), "{:?}", point);
                }
            }
        }
    }

    #[test]
    fn what_people_say_takes_effect_and_is_kept(seed in any::<u64>(), verdict in 0..3usize) {
        let company = company(seed, 40);
        let mut monitor = configured();
        let verdict = [Verdict::Accepted, Verdict::NotCreep, Verdict::Acted][verdict];
        let mut answered: Option<(Alert, usize)> = None;
        let mut after = Vec::new();
        for (week, activities) in company.iter().enumerate() {
            monitor.observe(activities.clone()).unwrap();
            let mut alerts = Vec::new();
            advance(&mut monitor, end(week), &mut alerts);
            after.extend(alerts.iter().filter(|_| answered.is_some()).cloned());
            let fires = alerts.iter().find(|it| it.cause == Cause::Rise && it.state == State::Firing && it.signal != "creep");
            if let Some(alert) = fires.filter(|_| answered.is_none()) {
                let said = monitor.feedback(&alert.id, verdict).unwrap();
                prop_assert_eq!(&said.id, &alert.id);
                answered = Some((said, week));
                monitor = moved(&monitor);
            }
        }
        let Some((said, week)) = answered else { return Ok(()) };
        let same = || after.iter().filter(|it| (&it.account, &it.signal) == (&said.account, &said.signal) && it.cause == Cause::Rise);
        match verdict {
            Verdict::Acted => {
                prop_assert_eq!(said.state, State::Firing);
                let ends: Vec<&Alert> = same().filter(|it| it.id == said.id && it.state == State::Resolved).collect();
                prop_assert!(ends.iter().all(|it| it.resolution != "back"), "what was acted on says so");
            }
            _ => {
                let how = if verdict == Verdict::Accepted { "accepted" } else { "not-creep" };
                prop_assert_eq!((said.state, said.resolution.as_str()), (State::Resolved, how));
                prop_assert_eq!(same().filter(|it| it.id == said.id).count(), 1, "its end is told once");
                let quiet = verdict == Verdict::NotCreep && week + 26 > company.len();
                prop_assert!(!quiet || same().all(|it| it.id == said.id), "quiet for 26 weeks");
            }
        }
    }
}

/// What a shard said about its list of signals, and where: one shard, and the hash of its list.
fn list_said(said: &[i64]) -> Option<(usize, [i64; 2])> {
    let place = said.len().checked_sub(2)?;
    let one = [1, SignalId::list_hash()];
    (said[place..] == one).then_some((place, one))
}

#[test]
fn shards_with_other_signals_do_not_add_up() {
    let mut monitor = configured();
    monitor.observe(week_of(1, 0, 9)).unwrap();
    let said = monitor.agree(end(3), &[]).unwrap();
    let (place, [_, hash]) = list_said(&said).unwrap();
    let together = |shards: i64, hashes: i64| {
        let mut sums = said.clone();
        (sums[place], sums[place + 1]) = (shards, hashes);
        sums
    };
    for (shards, hashes) in
        [(2, 2 * hash + 1), (2, hash), (1, 2 * hash), (0, 0), (i64::MAX, hash), (-1, -hash)]
    {
        let reason = match monitor.agree(end(3), &together(shards, hashes)) {
            Err(Error::Disagreement(reason)) => reason,
            other => panic!("{shards} shards, {hashes}: {other:?}"),
        };
        let names: Vec<&str> = SignalId::all().map(SignalId::name).collect();
        assert_eq!(reason, format!("not all shards have the signals of this one: {}", names.join(", ")));
        assert_eq!(monitor.agree(end(3), &[]).unwrap(), said, "the state is as before");
    }
    assert_ne!(monitor.agree(end(3), &together(16, 16 * hash)).unwrap(), said, "they go on");
}

#[test]
fn half_agreed_weeks_are_in_no_snapshot() {
    let mut monitor = configured();
    monitor.observe(week_of(1, 0, 9)).unwrap();
    let said = monitor.agree(end(3), &[]).unwrap();
    assert!(!said.is_empty());
    assert_eq!(monitor.agree(end(3), &[]).unwrap(), said, "asked again, it says the same");
    let wrong = monitor.agree(end(3), &[1]);
    assert_eq!(wrong, Err(Error::Disagreement(format!("1 sums, {} were answered", said.len()))));
    assert!(matches!(monitor.snapshot(&[]), Err(Error::Disagreement(_))));
    let other = configured().snapshot(&[]).unwrap();
    assert!(matches!(monitor.restore(&other), Err(Error::SnapshotConflict(_))));
    // Whoever gives up on the others goes on alone.
    let mut alone = configured();
    alone.observe(week_of(1, 0, 9)).unwrap();
    assert_eq!(monitor.advance(end(3)), alone.advance(end(3)));
    assert_eq!(monitor.snapshot(&[]), alone.snapshot(&[]));
    let mut shards = [configured(), configured()];
    shards[0].observe(week_of(1, 0, 9)).unwrap();
    agree(&mut shards, end(3));
}
