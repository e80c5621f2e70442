//! Snapshots, real ones with forged numbers above all: refused by name, or the engine goes on with them.
//!
//! A checksum is no defence against malice, so the target sets it anew: whatever stands behind it must be borne.

use arbitrary::{Result, Unstructured};
use redtape_engine::activity::{Activity, Happening, INSTANT_MAX, INSTANT_MIN, Instant, Meeting};
use redtape_engine::alert::State;
use redtape_engine::calendar::DAY_MS;
use redtape_engine::monitor::{Error, Monitor};
use redtape_engine::signals::SignalId;
use std::ops::Range;
use std::sync::LazyLock;
use xxhash_rust::xxh3::xxh3_64;

const OPENING: &str = "{\"checksum\":\"";
const CHECKED_FROM: usize = OPENING.len() + 16;
/// Monday 2026-01-05.
const START: Instant = 1_767_571_200_000;
/// So many edits make a forgery.
const EDITS_MAX: usize = 8;
/// Answers of `advance` until an instant is reached.
const ANSWERS_MAX: usize = 100;
const POLICY: &str = r#"{"lateness": "3d", "signals": {
    "meeting-count": {"warning": 2, "critical": 4, "for": "2 of 3w"}, "meeting-hours": {"warning": 2, "for": "4w"},
    "plan-versions": {"warning": 2}, "approval-hops": {"warning": 1, "for": "1w", "open_warning": 2}},
    "override": [{"match": {"tier": "key"}, "signals": {"meeting-count": {"warning": 1}}}]}"#;
/// Of the types that a snapshot's numbers are read as.
const BORDERS: [i64; 9] =
    [0, -1, i32::MIN as i64, i32::MAX as i64, u32::MAX as i64, i64::MIN, i64::MAX, INSTANT_MIN, INSTANT_MAX];
const TOKENS: [&str; 12] =
    ["null", "true", "[]", "{}", "\"\"", "0", "-", "1e308", "0.5", ",", "\n", "9223372036854775808"];

/// Restores `bytes` as they are, and a real snapshot that they forge.
///
/// # Panics
/// Where a refusal has another name or leaves something behind, or the engine cannot go on with what it took.
pub fn snapshot(bytes: &[u8]) {
    restore(&String::from_utf8_lossy(bytes));
    let mut text = REAL.clone().into_bytes();
    let mut choices = Unstructured::new(bytes);
    for _ in 0..EDITS_MAX {
        if choices.is_empty() || edit(&mut text, &mut choices).is_err() {
            break;
        }
    }
    restore(&sealed(&String::from_utf8_lossy(&text)));
}

/// Forges every number of a real snapshot, one at a time, with each of the borders of its types.
///
/// # Panics
/// As [`snapshot`].
pub fn every_number() {
    let mut place = CHECKED_FROM;
    while let Some(range) = number_from(REAL.as_bytes(), place) {
        place = range.end;
        for border in BORDERS {
            let mut text = REAL.clone();
            text.replace_range(range.clone(), &border.to_string());
            restore(&sealed(&text));
        }
    }
}

fn restore(text: &str) {
    let mut monitor = Monitor::default();
    match monitor.restore(text) {
        Ok(()) => go_on(&mut monitor),
        Err(Error::SnapshotDamaged | Error::SnapshotNewer(_) | Error::SnapshotConflict(_)) => {
            assert_eq!(monitor.status(), Monitor::default().status());
            assert_eq!(monitor.observe(Vec::new()), Err(Error::NotConfigured));
        }
        Err(other) => unreachable!("a snapshot is refused as {other:?}"),
    }
}

/// What a host does next. Times that nobody meant may be refused, as late or as out of range.
fn go_on(monitor: &mut Monitor) {
    let now = monitor.status().now.unwrap_or(START);
    let to = now.saturating_add(30 * DAY_MS).clamp(INSTANT_MIN, INSTANT_MAX);
    let intake = monitor.observe(vec![meeting(to)]).expect("it is configured");
    assert_eq!(intake.rejected, 0, "{intake:?}");
    let reached = |monitor: &mut Monitor| monitor.advance(to).is_ok_and(|progress| progress.reached == to);
    assert!((0..ANSWERS_MAX).any(|_| reached(monitor)) || now > to, "time does not go on to {to}");
    monitor.open_alerts(&[]).expect("it is configured");
    for account in monitor.accounts("", u32::MAX) {
        for signal in SignalId::all() {
            monitor.history(&account, signal.name()).expect("both are known");
        }
    }
    let text = monitor.snapshot(&[]).expect("it is configured");
    let mut other = Monitor::default();
    assert_eq!(other.restore(&text), Ok(()), "{text}");
    assert_eq!(other.snapshot(&[]).as_ref(), Ok(&text));
}

fn meeting(at: Instant) -> Activity<'static> {
    let happening = Happening::Meeting(Meeting { duration_min: Some(30), ..Meeting::default() });
    Activity { id: "next".into(), at, account: "b".into(), revised: None, happening }
}

/// One forgery. Numbers come first and most: the rest is mostly found by the parser.
fn edit(text: &mut Vec<u8>, choices: &mut Unstructured<'_>) -> Result<()> {
    let kind = choices.int_in_range(0..=7u8)?;
    let place = choices.int_in_range(CHECKED_FROM..=text.len().max(CHECKED_FROM))?;
    match kind {
        0..=3 => {
            let Some(range) = number_from(text, place) else { return Ok(()) };
            let number = number(choices)?.to_string();
            text.splice(range, number.into_bytes());
        }
        4 => {
            let token = choices.choose(&TOKENS)?;
            let end = text.len().min(place + choices.int_in_range(0..=8)?);
            text.splice(place.min(end)..end, token.bytes());
        }
        5 => {
            let bit = choices.int_in_range(0..=6u8)?;
            text.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << bit);
        }
        6 => swap_lines(text, choices)?,
        _ => text.truncate(place),
    }
    Ok(())
}

/// Puts one line in the place of another, or twice.
fn swap_lines(text: &mut Vec<u8>, choices: &mut Unstructured<'_>) -> Result<()> {
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let last = lines.len().saturating_sub(1);
    let (from, to) = (choices.int_in_range(0..=last)?, choices.int_in_range(0..=last)?);
    let length = choices.int_in_range(0..=1)?;
    if let Some(line) = lines.get(from).cloned() {
        lines.splice(to..to + length, [line]);
    }
    *text = lines.concat();
    Ok(())
}

/// The first number from `place` on.
fn number_from(text: &[u8], place: usize) -> Option<Range<usize>> {
    let begins =
        |pair: &[u8]| matches!(pair, [b':' | b'[' | b',', next] if next.is_ascii_digit() || *next == b'-');
    let start = place + text.get(place..)?.windows(2).position(begins)? + 1;
    let rest = text.get(start..)?;
    let length = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e'));
    Some(start..start + length.unwrap_or(rest.len()))
}

fn number(choices: &mut Unstructured<'_>) -> Result<i64> {
    Ok(if choices.ratio(1, 4)? {
        choices.arbitrary()?
    } else {
        choices.choose(&BORDERS)?.wrapping_add(choices.int_in_range(-2..=2)?)
    })
}

/// `text` with the checksum that belongs to it.
fn sealed(text: &str) -> String {
    let Some(checked) = text.get(CHECKED_FROM..) else { return text.to_owned() };
    format!("{OPENING}{:016x}{checked}", xxh3_64(checked.as_bytes()))
}

/// A snapshot with something of everything in it.
static REAL: LazyLock<String> = LazyLock::new(|| {
    let mut monitor = Monitor::default();
    monitor.configure(POLICY).expect("the policy is right");
    let mut lines = String::new();
    for day in (5..=31).step_by(2) {
        for (account, kind) in [
            (
                "a",
                r#""kind":"meeting","duration_min":45,"participants":["u1",{"id":"u2","side":"customer"}]"#,
            ),
            (
                "a",
                r#""kind":"meeting","status":"cancelled","series":"s1","title":"Steering","revised":"2026-01-02T00:00:00Z""#,
            ),
            ("b", r#""kind":"plan-version","plan":"p1""#),
            ("b", r#""kind":"approval-step","request":"r1","from":"u1","to":"u2","outcome":"forwarded""#),
        ] {
            let id = lines.len();
            lines += &format!(
                r#"{{"id":"i{id}","at":"2026-01-{day:02}T09:00:00Z","account":"{account}",{kind}}}"#
            );
            lines += "\n";
        }
    }
    for (at, kind) in [
        ("2026-01-06", r#""kind":"profile","tier":"key","tags":["t"]"#),
        (
            "2026-01-08",
            r#""kind":"approval-step","request":"r2","step":1,"from":"u1","to":"u2","outcome":"approved""#,
        ),
        ("2026-01-30", r#""kind":"plan-version","plan":"p2","version":3,"decided":true"#),
        ("2026-01-31", r#""kind":"retraction","of":"nothing""#),
        ("2027-12-01", r#""kind":"exchange","direction":"to-customer""#),
    ] {
        lines += &format!(r#"{{"id":"{at}","at":"{at}T10:00:00Z","account":"b",{kind}}}"#);
        lines += "\n";
    }
    monitor.observe_ndjson(&lines).expect("it is configured");
    monitor.advance(START + 25 * DAY_MS).expect("time goes on");
    monitor.observe_ndjson(&lines).expect("what is late now is counted");
    let text = monitor.snapshot(&[]).expect("it is configured");
    assert_eq!(sealed(&text), text, "the checksum is set as the engine sets it");
    let open = monitor.open_alerts(&[]).expect("it is configured");
    assert!(
        [State::Pending, State::Firing].iter().all(|state| open.iter().any(|alert| alert.state == *state))
    );
    text
});
