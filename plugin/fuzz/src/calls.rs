//! Calls in any order: two engines get the same, one as records, the other as text, and must answer alike.
//!
//! The second is moved through snapshots on the way. Names, times and policies are few, so that things meet.

use arbitrary::{Result, Unstructured};
use redtape_engine::account::OPEN_ACTIVITIES_MAX;
use redtape_engine::activity::*;
use redtape_engine::alert::{Alert, Verdict};
use redtape_engine::calendar::{DAY_MS, instant};
use redtape_engine::horizon::HISTORY_WEEKS;
use redtape_engine::monitor::{Error, Intake, Monitor, Progress};
use redtape_engine::problem::PROBLEMS_MAX;
use redtape_engine::signals::SignalId;
use redtape_engine::threshold::SUBJECTS_MAX;
use serde_json::{Value, json};
use std::fmt::Debug;

/// Monday 2026-01-05.
const START: Instant = 1_767_571_200_000;
/// Most activities of one call; the limits of a call have tests of their own.
const RECORDS_MAX: usize = 24;
const EVIDENCE_MAX: usize = 20;
const ACCOUNTS: [&str; 5] = ["a", "b", "\u{e9}\"\\", "", "*"];
const POLICIES: [&str; 5] = [
    "{}",
    r#"{"lateness": "3d", "time_zone": "Europe/London", "counting": {"bulk_edit_plans": 2},
        "signals": {"meeting-count": {"warning": 1, "for": "1w", "keep_firing_for": "1w"}, "meeting-hours": {"warning": 1},
        "plan-versions": {"warning": 1}, "approval-hops": {"warning": 1, "open_warning": 1},
        "approval-days": {"warning": 1, "open_warning": 2}}}"#,
    r#"{"lateness": "3d", "time_zone": "Europe/London", "signals": {"meeting-count": {"enabled": false}},
        "override": [{"match": {"tier": "t1"}, "signals": {"approval-days": {"warning": "off", "critical": 1}}}]}"#,
    r#"{"time_zone": "Nowhere", "lateness": 7, "limits": {}}"#,
    "[",
];

/// Reads `bytes` as calls and makes them.
///
/// # Panics
/// Where the two engines differ, an answer is not what it must be, or a limit does not hold.
pub fn calls(bytes: &[u8]) {
    let mut twins = Twins::default();
    let mut choices = Unstructured::new(bytes);
    while !choices.is_empty() {
        // The bytes are at their end.
        let Ok(()) = twins.call(&mut choices) else { break };
    }
    twins.check();
}

#[derive(Default)]
struct Twins {
    by_record: Monitor,
    by_text: Monitor,
    /// What was accepted, less what was counted, left out or forgotten since.
    held: i64,
    day: i64,
}

impl Twins {
    fn call(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        match choices.int_in_range(0..=15u8)? {
            0..=5 => self.observe(choices)?,
            6..=9 => self.advance(choices.int_in_range(-1..=30)?),
            10 => {
                let policy = choices.choose(&POLICIES)?;
                drop(self.both(|monitor| monitor.configure(policy)));
            }
            11 => self.judge(choices)?,
            12 => self.forget(choices)?,
            13 => self.move_all(),
            14 => {
                let account = choices.choose(&ACCOUNTS)?;
                self.both(|monitor| move_one(monitor, account));
            }
            _ => self.observe_junk(choices)?,
        }
        Ok(())
    }

    /// The same to both, which must answer the same.
    fn both<T: PartialEq + Debug>(&mut self, ask: impl Fn(&mut Monitor) -> T) -> T {
        let answer = ask(&mut self.by_record);
        assert_eq!(answer, ask(&mut self.by_text));
        answer
    }

    fn observe(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let mut activities = Vec::new();
        while activities.len() < RECORDS_MAX && choices.ratio(7, 8)? {
            activities.push(activity(self.day, choices)?);
        }
        let text: String = activities.iter().map(|activity| format!("{}\n", line(activity))).collect();
        let given = activities.len();
        let intake = self.by_record.observe(activities);
        assert_eq!(intake, self.by_text.observe_ndjson(&text), "{text}");
        self.take(intake, given);
        Ok(())
    }

    /// Text that is mostly no activity. One record takes its place for the other engine: what was rejected leaves nothing.
    fn observe_junk(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let length = choices.int_in_range(0..=40)?;
        let junk = String::from_utf8_lossy(choices.bytes(length.min(choices.len()))?).into_owned();
        let lines = junk.strip_prefix('\u{feff}').unwrap_or(&junk).lines();
        let given = lines.filter(|line| !line.trim_ascii().is_empty()).count();
        // No activity fits into 40 bytes.
        let intake = self.by_text.observe_ndjson(&junk);
        assert!(
            intake.as_ref().is_ok_and(|intake| intake.rejected as usize == given)
                || intake == Err(Error::NotConfigured)
        );
        self.take(intake, given);
        Ok(())
    }

    fn take(&mut self, intake: std::result::Result<Intake, Error>, given: usize) {
        let intake = match intake {
            Ok(intake) => intake,
            Err(error) => return assert_eq!(error, Error::NotConfigured),
        };
        let told = intake.rejected + intake.late + intake.dropped;
        let sum = intake.accepted + intake.replaced + intake.duplicate + told;
        assert_eq!(sum as usize, given, "{intake:?}");
        assert_eq!(intake.problems.len(), (told as usize).min(PROBLEMS_MAX));
        for problem in &intake.problems {
            super::check_told(&problem.field, &problem.found, &problem.expected);
        }
        assert_eq!(intake.oldest.is_some(), sum > told, "{intake:?}");
        assert!(intake.oldest <= intake.newest, "{intake:?}");
        self.held += i64::from(intake.accepted);
    }

    fn advance(&mut self, days: i64) {
        let to = START + (self.day + days) * DAY_MS;
        loop {
            match self.both(|monitor| monitor.advance(to)) {
                Ok(progress) => {
                    check_progress(&progress, to);
                    let left_out: u64 = progress.left_out.iter().map(|(_, count)| count).sum();
                    self.held -= i64::try_from(progress.counted + left_out).expect("few were accepted");
                    self.day = self.day.max(self.day + days);
                    if progress.reached == to {
                        return;
                    }
                }
                Err(Error::NotConfigured) => return,
                Err(error) => {
                    return assert!(matches!(error, Error::TimeWentBack(now) if to < now), "{error:?}");
                }
            }
        }
    }

    fn judge(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let Ok(open) = self.both(|monitor| monitor.open_alerts(&[])) else { return Ok(()) };
        let verdict = *choices.choose(&[Verdict::Accepted, Verdict::NotCreep, Verdict::Acted])?;
        if open.is_empty() {
            let unknown = Err(Error::UnknownAlert("none".to_owned()));
            assert_eq!(self.both(|monitor| monitor.feedback("none", verdict)), unknown);
            return Ok(());
        }
        let id = &choices.choose(&open)?.id;
        let told = self.both(|monitor| monitor.feedback(id, verdict)).expect("it is open");
        assert_eq!(&told.id, id);
        Ok(())
    }

    fn forget(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let account = choices.choose(&ACCOUNTS)?.to_string();
        let before = self.by_record.status();
        let Ok(known) = self.both(|monitor| monitor.forget(std::slice::from_ref(&account))) else {
            return Ok(());
        };
        let after = self.by_record.status();
        assert_eq!(before.accounts - known, after.accounts);
        self.held -= i64::from(before.open_activities - after.open_activities);
        Ok(())
    }

    /// Another instance goes on with the state of the second; its snapshot has the same bytes.
    fn move_all(&mut self) {
        let Ok(text) = self.by_text.snapshot(&[]) else { return };
        let mut other = Monitor::default();
        assert_eq!(other.restore(&text), Ok(()));
        assert_eq!(other.snapshot(&[]).as_ref(), Ok(&text));
        self.by_text = other;
    }

    fn check(&mut self) {
        assert_eq!(self.by_record.snapshot(&[]), self.by_text.snapshot(&[]));
        let standing = self.both(|monitor| monitor.status());
        assert_eq!(i64::from(standing.open_activities), self.held, "accepted is counted, left out or open");
        let Ok(open) = self.both(|monitor| monitor.open_alerts(&[])) else { return };
        check_alerts(&open);
        for account in self.both(|monitor| monitor.accounts("", u32::MAX)) {
            let names = [account.clone()];
            let own = self.both(|monitor| monitor.open_alerts(&names)).expect("it is known");
            for signal in SignalId::all() {
                let subjects =
                    own.iter().filter(|alert| alert.signal == signal.name() && !alert.subject.is_empty());
                assert!(subjects.count() <= SUBJECTS_MAX);
                let points =
                    self.both(|monitor| monitor.history(&account, signal.name())).expect("both are known");
                assert!(points.len() <= HISTORY_WEEKS as usize);
                assert!(points.is_sorted_by(|a, b| a.week < b.week));
                assert!(points.iter().all(|point| point.value.is_none_or(f64::is_finite)), "{points:?}");
            }
        }
        assert!(standing.open_activities as usize <= OPEN_ACTIVITIES_MAX * standing.accounts as usize);
    }
}

/// An account leaves and comes back, as when it moves between instances.
fn move_one(monitor: &mut Monitor, account: &str) {
    let names = [account.to_owned()];
    let Ok(text) = monitor.snapshot(&names) else { return };
    assert!(monitor.restore(&text).is_err(), "it is here already");
    assert_eq!(monitor.forget(&names), Ok(1));
    assert_eq!(monitor.restore(&text), Ok(()));
}

fn check_progress(progress: &Progress, to: Instant) {
    assert!(progress.reached <= to);
    check_alerts(&progress.alerts);
    assert!(progress.alerts.iter().all(|alert| alert.at <= to), "{progress:?}");
}

fn check_alerts(alerts: &[Alert]) {
    assert!(alerts.is_sorted_by(|a, b| a.rank() < b.rank()), "{alerts:?}");
    for alert in alerts {
        assert!(alert.value.is_finite() && alert.threshold.is_none_or(f64::is_finite), "{alert:?}");
        assert!(alert.opened <= alert.at && alert.since <= alert.at, "{alert:?}");
        let evidence = alert.evidence.len();
        assert!(evidence <= EVIDENCE_MAX && evidence <= alert.evidence_total as usize, "{alert:?}");
    }
}

/// One of few names, numbered from 0.
fn name(prefix: &str, count: u8, choices: &mut Unstructured<'_>) -> Result<Text<'static>> {
    let number = choices.int_in_range(0..=count)?;
    Ok(if number == count { "".into() } else { format!("{prefix}{number}").into() })
}

fn activity(day: i64, choices: &mut Unstructured<'_>) -> Result<Activity<'static>> {
    let at = START
        + (day + choices.int_in_range(-20..=40)?) * DAY_MS
        + choices.int_in_range(0..=3)? * (DAY_MS / 4);
    let revised = if choices.ratio(1, 4)? { Some(START + choices.int_in_range(0..=3)?) } else { None };
    Ok(Activity {
        id: name("i", 40, choices)?,
        at,
        account: (*choices.choose(&ACCOUNTS)?).into(),
        revised,
        happening: happening(choices)?,
    })
}

fn happening(choices: &mut Unstructured<'_>) -> Result<Happening<'static>> {
    use Outcome::*;
    Ok(match choices.int_in_range(0..=9u8)? {
        0..=2 => Happening::Meeting(meeting(choices)?),
        3..=4 => Happening::PlanVersion(PlanVersion {
            plan: name("p", 8, choices)?,
            version: number(choices)?,
            author: name("u", 3, choices)?,
            decided: choices.ratio(1, 8)?,
        }),
        5..=7 => Happening::ApprovalStep(ApprovalStep {
            request: name("r", 8, choices)?,
            step: number(choices)?.filter(|step| *step > 0),
            from: participant(choices)?,
            to: participant(choices)?,
            outcome: *choices
                .choose(&[Requested, Forwarded, Forwarded, Returned, Approved, Rejected, Withdrawn])?,
        }),
        8 => Happening::Profile(Profile {
            tier: name("t", 2, choices)?,
            service: Service::InHouse,
            tags: vec![name("g", 9, choices)?],
        }),
        _ => Happening::Retraction(name("i", 40, choices)?),
    })
}

fn meeting(choices: &mut Unstructured<'_>) -> Result<Meeting<'static>> {
    let minutes =
        *choices.choose(&[None, Some(0), Some(30), Some(60), Some(1440), Some(i32::MIN), Some(i32::MAX)])?;
    let mut participants = Vec::new();
    while participants.len() < 4 && choices.ratio(1, 2)? {
        participants.push(participant(choices)?);
    }
    Ok(Meeting {
        duration_min: minutes,
        participants,
        series: name("s", 3, choices)?,
        title: name("Review ", 3, choices)?,
        mandatory: *choices.choose(&[None, Some(true), Some(false)])?,
        status: *choices.choose(&[MeetingStatus::Held, MeetingStatus::Planned, MeetingStatus::Cancelled])?,
        all_day: choices.ratio(1, 16)?,
    })
}

fn participant(choices: &mut Unstructured<'_>) -> Result<Participant<'static>> {
    let side = *choices.choose(&[Side::Unknown, Side::Internal, Side::Customer, Side::Contractor])?;
    Ok(Participant { id: name("u", 5, choices)?, side })
}

fn number(choices: &mut Unstructured<'_>) -> Result<Option<u32>> {
    Ok(*choices.choose(&[None, Some(0), Some(1), Some(2), Some(3), Some(u32::MAX)])?)
}

/// The activity as a line of text.
fn line(activity: &Activity) -> String {
    let mut line = json!({
        "id": &*activity.id,
        "at": instant(activity.at).to_rfc3339(),
        "account": &*activity.account,
        "revised": activity.revised.map(|at| instant(at).to_rfc3339()),
    });
    let own = match &activity.happening {
        Happening::Retraction(of) => json!({"kind": "retraction", "of": &**of}),
        happening => fields(happening),
    };
    if let (Value::Object(line), Value::Object(own)) = (&mut line, own) {
        line.extend(own);
    }
    line.to_string()
}

/// The fields of a kind: serde names them as the text form does.
fn fields(happening: &Happening) -> Value {
    let Ok(Value::Object(tagged)) = serde_json::to_value(happening) else { return Value::Null };
    let Some((kind, Value::Object(mut fields))) = tagged.into_iter().next() else { return Value::Null };
    fields.insert("kind".to_owned(), Value::String(kind));
    Value::Object(fields)
}
