//! A component that keeps the types of the contract and nothing else of it: what a host must survive.
//!
//! Its policy is a list of misdeeds, one a line: `DEED CALL [NEEDLE]`. At the end of that call, its state already
//! changed, it does the deed; with a needle only where the call's input holds it. What it is not told to do it does
//! well: it keeps the lines it observed as its accounts, and its snapshots hold all it knows.

#![cfg(target_arch = "wasm32")]
#![expect(missing_docs, reason = "generated from the contract; the docs are those of the WIT files")]
#![expect(unsafe_code, reason = "wit-bindgen's exports, and answers that no safe code can give")]

mod deeds;
mod state;

use deeds::Deeds;
use exports::redtape::crm::detector::Guest;
use exports::redtape::crm::types::{
    Activity, Alert, AlertState, Cause, Error, Instant, Intake, PluginInfo, Point, PolicyView, Problem,
    Profile, Progress, Severity, Standing, Verdict,
};
use state::State;
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit", world: "plugin" });

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State::new()) };
}

struct Hostile;

export!(Hostile);

/// What it does as it is made. A test writes another word of the same length into the component.
static MOOD: [u8; 19] = *b"mood at start: meek";

/// Called by the component's start section.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    // SAFETY: it is a valid static; read like this, so that the compiler does not know what is in it.
    let mood = unsafe { std::ptr::read_volatile(&raw const MOOD) };
    deeds::act(std::str::from_utf8(&mood[15..]).unwrap_or_default());
}

/// Makes one call: changes the state, does the deeds of the call, and answers.
fn call<T>(name: &str, input: &str, change: impl FnOnce(&mut State) -> T) -> T {
    let answer = STATE.with_borrow_mut(change);
    deeds_now().at(name, input);
    answer
}

/// The same for a call that can be refused.
fn ask<T>(name: &str, input: &str, change: impl FnOnce(&mut State) -> T) -> Result<T, Error> {
    let answer = call(name, input, change);
    match deeds_now().refuses(name) {
        Some(why) => Err(Error::Internal(why)),
        None => Ok(answer),
    }
}

fn deeds_now() -> Deeds {
    STATE.with_borrow(|state| Deeds::read(&state.policy, state.asked))
}

impl Guest for Hostile {
    fn info() -> PluginInfo {
        let info = PluginInfo {
            name: "hostile".to_owned(),
            version: "0.0.0".to_owned(),
            contract: "redtape:crm@0.1.0".to_owned(),
            signals: Vec::new(),
        };
        call("info", "", |_| info)
    }

    fn policy_schema() -> String {
        call("policy-schema", "", |_| "{}".to_owned())
    }

    fn configure(policy: String) -> Result<(), Error> {
        ask("configure", &policy, |state| state.policy.clone_from(&policy))
    }

    fn policy_for(account: String, _profile: Profile) -> Result<PolicyView, Error> {
        ask("policy-for", &account, |_| PolicyView { matched: None, settings: Vec::new() })
    }

    fn observe(activities: Vec<Activity>) -> Result<Intake, Error> {
        let ids: Vec<String> = activities.into_iter().map(|activity| activity.id).collect();
        take("observe", &ids.join("\n"))
    }

    fn observe_ndjson(lines: String) -> Result<Intake, Error> {
        take("observe-ndjson", &lines)
    }

    fn advance(to: Instant) -> Result<Progress, Error> {
        ask("advance", "", |state| {
            state.now = to;
            Progress { reached: to, weeks_closed: 0, alerts: Vec::new(), counted: 0, left_out: Vec::new() }
        })
    }

    fn agree(_to: Instant, sums: Vec<i64>) -> Result<Vec<i64>, Error> {
        ask("agree", "", |_| sums)
    }

    fn open_alerts(_accounts: Vec<String>) -> Result<Vec<Alert>, Error> {
        let alerts = ask("open-alerts", "", |_| Vec::new())?;
        Ok(if deeds_now().has("huge", "open-alerts") { vec![alert(); 100_000] } else { alerts })
    }

    fn history(_account: String, _signal: String) -> Result<Vec<Point>, Error> {
        ask("history", "", |_| Vec::new())
    }

    fn feedback(id: String, _verdict: Verdict) -> Result<Alert, Error> {
        ask("feedback", &id, |state| {
            state.lines.push(format!("feedback {id}"));
            Alert { id: id.clone(), ..alert() }
        })
    }

    fn status() -> Standing {
        call("status", "", |state| {
            state.asked = true;
            Standing {
                now: Some(state.now),
                accounts: state.count(),
                open_activities: state.count(),
                open_alerts: 0,
                series: Vec::new(),
                dropped: Vec::new(),
            }
        })
    }

    fn accounts(_after: String, _limit: u32) -> Vec<String> {
        let lines = call("accounts", "", |state| state.lines.clone());
        if deeds_now().has("huge", "accounts") { deeds::one_text_a_thousand_times() } else { lines }
    }

    fn snapshot(_accounts: Vec<String>) -> Result<String, Error> {
        let text = ask("snapshot", "", |state| state.write())?;
        let deeds = deeds_now();
        Ok(if deeds.has("huge", "snapshot") {
            "x".repeat(64 << 20)
        } else if deeds.has("garble", "snapshot") {
            deeds::no_text()
        } else {
            text
        })
    }

    fn restore(snapshot: String) -> Result<(), Error> {
        let read = State::read(&snapshot).ok_or(Error::SnapshotDamaged)?;
        ask("restore", &snapshot, |state| *state = read)
    }

    fn forget(accounts: Vec<String>) -> Result<u32, Error> {
        ask("forget", "", |state| {
            let before = state.count();
            state.lines.retain(|line| !accounts.contains(line));
            before - state.count()
        })
    }
}

/// Takes lines in; those that begin with a question mark are rejected.
fn take(name: &str, text: &str) -> Result<Intake, Error> {
    ask(name, text, |state| {
        let mut intake = Intake {
            accepted: 0,
            replaced: 0,
            duplicate: 0,
            late: 0,
            rejected: 0,
            dropped: 0,
            problems: Vec::new(),
            oldest: None,
            newest: None,
        };
        for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.is_empty()) {
            if line.starts_with('?') {
                intake.rejected += 1;
                let expected = "an answer".to_owned();
                intake.problems.push(Problem {
                    line: number,
                    field: String::new(),
                    found: line.to_owned(),
                    expected,
                });
            } else {
                intake.accepted += 1;
                state.lines.push(line.to_owned());
            }
        }
        intake
    })
}

fn alert() -> Alert {
    let none = String::new;
    Alert {
        id: none(),
        account: none(),
        signal: none(),
        cause: Cause::Threshold,
        subject: none(),
        state: AlertState::Firing,
        severity: Severity::Info,
        opened: 0,
        since: 0,
        at: 0,
        value: 0.0,
        expected: None,
        threshold: None,
        unit: none(),
        confidence: None,
        resolution: none(),
        evidence: Vec::new(),
        evidence_total: 0,
        summary: none(),
        suggestion: none(),
    }
}
