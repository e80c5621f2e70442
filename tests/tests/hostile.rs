//! What a hostile component can do: it is told by its right name, within the limits, and nobody else notices.

#![expect(clippy::unwrap_used, reason = "a test whose hostile component does not run must end")]

use redtape::Engine;
use redtape::Mortal;
use redtape::{Detector, Error, ErrorKind, Limits, Loader, Plugin, Profile, Service, Supervisor, Verdict};
use redtape_tests::hostile::{altered, bytes, detector, supervisor};
use std::error::Error as _;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// Of an account that nothing is known about.
const PROFILE: Profile = Profile { tier: String::new(), service: Service::Unknown, tags: Vec::new() };

/// All calls of the contract, on a detector or on a supervisor.
macro_rules! every_call {
    ($of:ty) => {{
        let calls: [(&str, fn(&mut $of) -> Result<(), Error>); 16] = [
            ("info", |it| it.info().map(drop)),
            ("policy-schema", |it| it.policy_schema().map(drop)),
            ("configure", |it| it.configure("trap configure")),
            ("policy-for", |it| it.policy_for("", &PROFILE).map(drop)),
            ("observe", |it| it.observe(&[]).map(drop)),
            ("observe-ndjson", |it| it.observe_ndjson("one").map(drop)),
            ("advance", |it| it.advance(1).map(drop)),
            ("agree", |it| it.agree(1, &[]).map(drop)),
            ("open-alerts", |it| it.open_alerts(&[]).map(drop)),
            ("history", |it| it.history("", "").map(drop)),
            ("feedback", |it| it.feedback("", Verdict::Acted).map(drop)),
            ("status", |it| it.status().map(drop)),
            ("accounts", |it| it.accounts("", 1).map(drop)),
            ("snapshot", |it| it.snapshot(&[]).map(drop)),
            ("restore", |it| it.restore("0\n0\ntrap restore")),
            ("forget", |it| it.forget(&[]).map(drop)),
        ];
        calls
    }};
}

/// Limits that are reached soon.
fn tight() -> Limits {
    let mut limits = Limits::default();
    limits.memory_bytes_max = 64 << 20;
    limits.call_time_max = Duration::from_millis(300);
    limits.answer_bytes_max = 8 << 20;
    limits
}

fn embedded() -> &'static Plugin {
    static EMBEDDED: OnceLock<Plugin> = OnceLock::new();
    EMBEDDED.get_or_init(|| Plugin::embedded().unwrap())
}

/// Runs `deed` between two calls of another instance of the same component, and of another component.
#[track_caller]
fn unnoticed<T>(deed: impl FnOnce() -> T) -> T {
    let line = |id: &str| {
        format!(
            r#"{{"id":"{id}","at":"2026-05-04T09:00:00Z","account":"acme","kind":"exchange","direction":"to-customer"}}"#
        )
    };
    let mut sibling = detector(&Limits::default(), "").unwrap();
    let mut other = embedded().detector(Limits::default()).unwrap();
    other.configure("{}").unwrap();
    for detector in [&mut sibling, &mut other] {
        assert_eq!(detector.observe_ndjson(&line("1")).unwrap().accepted, 1);
    }
    let done = deed();
    for detector in [&mut sibling, &mut other] {
        assert_eq!(detector.observe_ndjson(&line("2")).unwrap().accepted, 1);
        assert_eq!(detector.status().unwrap().open_activities, 2);
    }
    done
}

/// What is said of a deed, by the error and by its source.
#[track_caller]
fn said_of(
    deeds: &str,
    call: impl FnOnce(&mut Detector) -> Result<(), Error>,
) -> (ErrorKind, String, String) {
    unnoticed(|| {
        let mut detector = detector(&tight(), deeds).unwrap();
        let error = call(&mut detector).unwrap_err();
        assert_eq!(detector.dead(), Some(error.to_string().as_str()));
        assert_eq!(detector.info().unwrap_err().kind(), ErrorKind::Dead);
        told(&error)
    })
}

fn told(error: &Error) -> (ErrorKind, String, String) {
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    (error.kind(), error.to_string(), source)
}

/// The deed in each call, but for `configure`, which does what it is just told.
fn deeds(deed: &str, name: &str) -> String {
    if name == "configure" { String::new() } else { format!("{deed} {name}") }
}

#[test]
fn a_trap_in_any_call_is_a_fault_of_that_call() {
    for (name, call) in every_call!(Detector) {
        let (kind, said, source) = said_of(&deeds("trap", name), call);
        assert_eq!((kind, said), (ErrorKind::Fault, format!("plugin failed during `{name}`")));
        assert_eq!(source, "wasm trap: wasm `unreachable` instruction executed");
    }
}

#[test]
fn a_supervisor_answers_after_a_trap_in_any_call() {
    for (name, call) in every_call!(Supervisor) {
        unnoticed(|| {
            let mut supervisor = supervisor(&tight(), &deeds("trap", name)).unwrap();
            let said = call(&mut supervisor).err().map(|error| error.to_string());
            // The one line is set aside; of the empty list there is nothing to set aside.
            let goes_on = name == "observe-ndjson";
            assert_eq!(said, (!goes_on).then(|| format!("plugin failed during `{name}`")));
            assert_eq!(supervisor.set_aside_count(), u64::from(goes_on));
            let answers = every_call!(Supervisor)
                .into_iter()
                .filter(|(other, _)| *other != name && !["configure", "restore"].contains(other));
            for (other, call) in answers {
                call(&mut supervisor).unwrap_or_else(|error| panic!("{name}, then {other}: {error}"));
            }
        });
    }
}

#[test]
fn an_endless_loop_ends_with_its_time() {
    let said = "plugin exceeded its time limit of 300 ms during `advance`";
    let (kind, told, _) = said_of("loop advance", |detector| detector.advance(1).map(drop));
    assert_eq!((kind, told.as_str()), (ErrorKind::Limit, said));
    // Time goes on in the host's own function.
    let (kind, told, _) = said_of("flood advance", |detector| detector.advance(1).map(drop));
    assert_eq!((kind, told.as_str()), (ErrorKind::Limit, said));
}

#[test]
fn memory_ends_at_its_limit() {
    let (kind, said, _) = said_of("grow advance", |detector| detector.advance(1).map(drop));
    let expected = "plugin exceeded its memory limit of 67108864 bytes during `advance`";
    assert_eq!((kind, said.as_str()), (ErrorKind::Limit, expected));
}

#[test]
fn recursion_ends_with_the_stack() {
    let (kind, said, source) = said_of("dive advance", |detector| detector.advance(1).map(drop));
    assert_eq!((kind, said.as_str()), (ErrorKind::Fault, "plugin failed during `advance`"));
    assert_eq!(source, "wasm trap: call stack exhausted");
}

#[test]
fn fuel_ends_at_the_same_place_in_every_run() {
    let metered = Loader::new().metered(true).bytes(bytes()).unwrap();
    let mut limits = tight();
    limits.fuel_per_call = Some(100_000);
    unnoticed(|| {
        let mut detector = metered.detector(limits).unwrap();
        detector.configure("loop advance").unwrap();
        let (kind, said, _) = told(&detector.advance(1).unwrap_err());
        let expected = "plugin exceeded its fuel limit of 100000 units during `advance`";
        assert_eq!((kind, said.as_str()), (ErrorKind::Limit, expected));
    });
}

#[test]
fn an_answer_is_copied_up_to_its_limit() {
    let limit = |call: &str| {
        (ErrorKind::Limit, format!("plugin exceeded its answer limit of 8388608 bytes during `{call}`"))
    };
    let said = |deeds: &str, call: fn(&mut Detector) -> Result<(), Error>| {
        let (kind, said, _) = said_of(deeds, call);
        (kind, said)
    };
    // 1 MiB of the component's memory, handed over a thousand times.
    assert_eq!(said("huge accounts", |it| it.accounts("", 1).map(drop)), limit("accounts"));
    // Many records with nothing in them.
    assert_eq!(said("huge open-alerts", |it| it.open_alerts(&[]).map(drop)), limit("open-alerts"));
    // One long text, or one long message on the way.
    let mut limits = tight();
    limits.memory_bytes_max = 256 << 20;
    for (deed, call) in [("huge", "snapshot"), ("yell", "snapshot")] {
        let error = unnoticed(|| {
            let mut detector = detector(&limits, &format!("{deed} {call}")).unwrap();
            detector.snapshot(&[]).unwrap_err()
        });
        assert_eq!((error.kind(), error.to_string()), limit(call), "{deed}");
    }
}

#[test]
fn text_that_is_no_text_is_a_fault() {
    let (kind, said, source) = said_of("garble snapshot", |detector| detector.snapshot(&[]).map(drop));
    assert_eq!((kind, said.as_str()), (ErrorKind::Fault, "plugin failed during `snapshot`"));
    assert!(source.contains("invalid utf-8"), "{source}");
}

#[test]
fn a_refusal_of_megabytes_is_told_in_one_line() {
    let mut detector = detector(&tight(), "refuse advance").unwrap();
    let error = detector.advance(1).unwrap_err();
    let said = error.to_string();
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert!(said.starts_with("plugin refused `advance`: fault of the plugin: \\u{1b}[2Jno no no "), "{said}");
    assert!(said.len() < 500, "{} bytes", said.len());
    assert_eq!(detector.dead(), None);
    detector.status().unwrap();
}

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logged;

impl log::Log for Logged {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        // Other tests log as well.
        if record.target() == "redtape_engine::sh out" || record.args().to_string().contains("more messages")
        {
            LOGGED.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[test]
fn a_flood_of_messages_is_cut_and_counted() {
    log::set_logger(&Logged).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let mut detector = detector(&Limits::default(), "shout advance").unwrap();
    detector.advance(1).unwrap();
    let logged = LOGGED.lock().unwrap();
    let message = format!("a {}", "b".repeat(4094));
    assert_eq!(logged.len(), 1_001);
    assert!(logged.iter().take(1_000).all(|it| *it == message));
    assert_eq!(logged[1_000], "3 more messages of this call dropped");
}

#[test]
fn a_component_that_fails_as_it_starts_is_no_detector() {
    for (mood, kind, said, source) in [
        ("trap", ErrorKind::Fault, "plugin failed during `instantiate`", "unreachable"),
        ("dive", ErrorKind::Fault, "plugin failed during `instantiate`", "call stack exhausted"),
        ("loop", ErrorKind::Limit, "plugin exceeded its time limit of 300 ms during `instantiate`", ""),
        (
            "grow",
            ErrorKind::Limit,
            "plugin exceeded its memory limit of 67108864 bytes during `instantiate`",
            "",
        ),
    ] {
        let bytes = altered("mood at start: meek", &format!("mood at start: {mood}"));
        let plugin = Loader::new().bytes(&bytes).unwrap();
        let error = unnoticed(|| plugin.detector(tight()).unwrap_err());
        let told = told(&error);
        assert_eq!((told.0, told.1.as_str()), (kind, said));
        assert!(told.2.contains(source), "{}", told.2);
        let error = Supervisor::new(&plugin, tight()).unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn a_component_that_wants_more_or_gives_less_is_refused() {
    let (kind, said, _) = told(&unnoticed(|| {
        Loader::new().bytes(&altered("redtape:crm/logging@0.1.0", "wasi:random/random@0.2.10")).unwrap_err()
    }));
    let expected = "`component` imports `wasi:random/random@0.2.10`: \
                    a redtape component may import `redtape:crm/logging@0.1.0` only";
    assert_eq!((kind, said.as_str()), (ErrorKind::Contract, expected));
    let (kind, said, source) =
        told(&unnoticed(|| Loader::new().bytes(&altered("advance", "advanse")).unwrap_err()));
    let expected = "`component` does not implement all of `redtape:crm/detector@0.1.0`";
    assert_eq!((kind, said.as_str()), (ErrorKind::Contract, expected));
    assert!(source.contains("`advance`"), "{source}");
}
