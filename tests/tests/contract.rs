//! The contract: what the component needs, gives, weighs, and that its two doors are one.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape::Engine;
use redtape::{
    Activity, ApprovalStep, Detector, Direction, Error, Exchange, Happening, Limits, Meeting, MeetingStatus,
    Participant, PlanVersion, Plugin, Profile, Refusal, RuleAction, RuleChange, RuleKind, Service, Side,
    StepOutcome,
};
use redtape_model::calendar;
use redtape_tests::read;
use std::io::Write;
use wasmtime::component::Component;

/// Of the component, in bytes. The time zone tables alone are 0.9 MB.
const SIZE_MAX: usize = 2_300_000;
const GZIPPED_SIZE_MAX: usize = 600_000;

#[test]
fn the_component_imports_logging_and_nothing_else() {
    let engine = wasmtime::Engine::default();
    let component = Component::new(&engine, Plugin::embedded_bytes()).unwrap();
    let kind = component.component_type();
    let imports: Vec<&str> = kind.imports(&engine).map(|(name, _)| name).collect();
    assert_eq!(imports, ["redtape:crm/logging@0.1.0"]);
    let exports: Vec<&str> = kind.exports(&engine).map(|(name, _)| name).collect();
    assert_eq!(exports, ["redtape:crm/types@0.1.0", "redtape:crm/detector@0.1.0"]);
}

#[test]
fn the_component_is_small() {
    let bytes = Plugin::embedded_bytes();
    assert!(bytes.len() < SIZE_MAX, "{} bytes", bytes.len());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    let gzipped = gzip.finish().unwrap().len();
    assert!(gzipped < GZIPPED_SIZE_MAX, "{gzipped} bytes gzipped");
}

#[test]
fn the_plugin_names_the_contract_it_implements() {
    let package = read("wit/package.wit");
    let named = package.lines().find_map(|line| line.strip_prefix("package ")?.strip_suffix(';')).unwrap();
    let info = detector().info().unwrap();
    assert_eq!((info.contract.as_str(), info.version.as_str()), (named, env!("CARGO_PKG_VERSION")));
    let signals: Vec<&str> = info.signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(
        signals,
        ["meeting-count", "meeting-hours", "plan-versions", "approval-hops", "approval-days", "creep"]
    );
}

#[test]
fn the_policy_is_told_as_the_engine_has_it() {
    let policy = r#"{"rises":{"level":"sure"},"override":[{"match":{"service":"outsourced","tag":"eu"},
        "signals":{"meeting-count":{"critical":9}}}]}"#;
    let mut component = detector();
    let Err(Error::Refused { refusal: Refusal::NotConfigured, .. }) =
        component.policy_for("acme", &profile())
    else {
        panic!("a plugin without a policy has none to tell");
    };
    component.configure(policy).unwrap();
    let engine = redtape_engine::policy::Policy::parse(policy).unwrap();
    let facts = redtape_engine::activity::Profile {
        tier: "key".into(),
        service: redtape_engine::activity::Service::Outsourced,
        tags: vec!["eu".into()],
    };
    let expected = engine.view("acme", &facts);
    let told = component.policy_for("acme", &profile()).unwrap();
    assert_eq!((told.matched, expected.matched), (Some(0), Some(0)));
    let of_component = told.settings.iter().map(|it| (it.field.clone(), it.value.clone(), it.source.clone()));
    let of_engine = expected.settings.into_iter().map(|it| (it.field, it.value.to_string(), it.source));
    assert!(of_component.eq(of_engine));
    assert!(told.settings.iter().any(|it| it.source == "/override/0/signals/meeting-count/critical"));
    assert_eq!(
        component.policy_for("acme", &Profile { tags: Vec::new(), ..profile() }).unwrap().matched,
        None
    );
    assert_eq!(component.accounts("", 1).unwrap(), Vec::<String>::new(), "nothing is kept");
}

#[test]
fn records_and_lines_are_one_door() {
    let (mut typed, mut text) = (detector(), detector());
    typed.configure("{}").unwrap();
    text.configure("{}").unwrap();
    let by_record = typed.observe(&activities()).unwrap();
    let by_line = text.observe_ndjson(LINES).unwrap();
    assert_eq!((by_record.accepted, by_record.oldest, by_record.newest), (7, by_line.oldest, by_line.newest));
    assert_eq!(format!("{:?}", by_record.problems), format!("{:?}", by_line.problems));
    assert_eq!(typed.snapshot(&[]).unwrap(), text.snapshot(&[]).unwrap());
    let told = |detector: &mut Detector| {
        let to = calendar::parse("2026-06-01T00:00:00Z").unwrap();
        format!("{:?}{}", detector.advance(to).unwrap(), detector.snapshot(&[]).unwrap())
    };
    assert_eq!(told(&mut typed), told(&mut text));
}

#[test]
fn what_a_record_cannot_be_is_told_like_a_line() {
    let mut detector = detector();
    detector.configure("{}").unwrap();
    let mut wrong = activities();
    wrong[0].id = String::new();
    wrong[1].account = "*".to_owned();
    wrong[2].at = i64::MAX;
    let intake = detector.observe(&wrong).unwrap();
    let told: Vec<String> = intake
        .problems
        .iter()
        .map(|p| format!("{} {} {} {}", p.line, p.field, p.found, p.expected))
        .collect();
    assert_eq!(
        told,
        [
            "1 /id \"\" 1 to 200 bytes, not only spaces",
            "2 /account \"*\" another name: `*` is the tenant itself",
            "3 /at 9223372036854775807 a time in the years 1900 to 2199",
        ]
    );
    assert_eq!((intake.accepted, intake.rejected), (4, 3));
}

fn detector() -> Detector {
    Plugin::embedded().unwrap().detector(Limits::default()).unwrap()
}

fn profile() -> Profile {
    Profile { tier: "key".to_owned(), service: Service::Outsourced, tags: vec!["eu".to_owned()] }
}

const LINES: &str = r#"
{"id":"m1","at":"2026-05-04T09:00:00Z","account":"acme","kind":"meeting","duration_min":45,"participants":["u1",{"id":"c1","side":"customer"}],"series":"s1","title":"Sync","mandatory":true,"status":"planned"}
{"id":"p1","at":"2026-05-04T10:00:00Z","account":"acme","kind":"plan-version","plan":"plan","version":3,"author":"u1","decided":true}
{"id":"s1","at":"2026-05-04T11:00:00Z","account":"acme","kind":"approval-step","request":"r1","step":2,"from":"u1","to":{"id":"x1","side":"contractor"},"outcome":"forwarded"}
{"id":"r1","at":"2026-05-04T12:00:00Z","account":"acme","kind":"rule-change","rule":"rule","change":"amended","what":"approval-stage"}
{"id":"e1","at":"2026-05-04T13:00:00Z","account":"acme","kind":"exchange","thread":"t1","direction":"from-customer"}
{"id":"f1","at":"2026-05-04T14:00:00Z","account":"acme","kind":"profile","tier":"key","service":"outsourced","tags":["eu"]}
{"id":"x1","at":"2026-05-04T15:00:00Z","account":"acme","kind":"retraction","of":"m9","revised":"2026-05-04T16:00:00+01:00"}
"#;

/// The same as [`LINES`].
fn activities() -> Vec<Activity> {
    let start = calendar::parse("2026-05-04T09:00:00Z").unwrap();
    let person = |id: &str, side| Participant { id: id.to_owned(), side };
    let meeting = Meeting {
        duration_min: Some(45),
        participants: vec![person("u1", Side::Unknown), person("c1", Side::Customer)],
        series: "s1".to_owned(),
        title: "Sync".to_owned(),
        mandatory: Some(true),
        status: MeetingStatus::Planned,
        all_day: false,
    };
    let version =
        PlanVersion { plan: "plan".to_owned(), version: Some(3), author: "u1".to_owned(), decided: true };
    let step = ApprovalStep {
        request: "r1".to_owned(),
        step: Some(2),
        from: person("u1", Side::Unknown),
        to: person("x1", Side::Contractor),
        outcome: StepOutcome::Forwarded,
    };
    let rule =
        RuleChange { rule: "rule".to_owned(), change: RuleAction::Amended, what: RuleKind::ApprovalStage };
    let exchange = Exchange { thread: "t1".to_owned(), direction: Direction::FromCustomer };
    let happenings = [
        ("m1", Happening::Meeting(meeting)),
        ("p1", Happening::PlanVersion(version)),
        ("s1", Happening::ApprovalStep(step)),
        ("r1", Happening::RuleChange(rule)),
        ("e1", Happening::Exchange(exchange)),
        ("f1", Happening::Profile(profile())),
        ("x1", Happening::Retraction("m9".to_owned())),
    ];
    let hour = 3_600_000;
    let activity = |((id, happening), hours): ((&str, Happening), i64)| Activity {
        id: id.to_owned(),
        at: start + hours * hour,
        account: "acme".to_owned(),
        revised: (id == "x1").then_some(start + 6 * hour),
        happening,
    };
    happenings.into_iter().zip(0..).map(activity).collect()
}
