//! Embeds the plugin: one detector, a few activities, one step of time. Run it: `cargo run --example embed`.

#![expect(clippy::print_stdout, reason = "an example shows what it got")]

use redtape::{
    Activity, Engine, Error, Happening, Limits, Meeting, MeetingStatus, Participant, Plugin, Side, calendar,
};

fn main() -> Result<(), Error> {
    // Compiled once; every tenant gets a detector of its own.
    let plugin = Plugin::embedded()?;
    let mut detector = plugin.detector(Limits::default())?;
    detector.configure(r#"{"signals": {"meeting-count": {"warning": 3, "critical": 6}}}"#)?;

    // Three meetings in each of two weeks, as typed records. `observe_ndjson` takes the same as text.
    let days = ["04", "06", "08", "11", "13", "15"];
    let activities: Vec<Activity> = days.map(meeting).into();
    let intake = detector.observe(&activities)?;
    println!("accepted {} activities, {} problems", intake.accepted, intake.problems.len());

    // The host says what time it is. A week closes seven days after its end, and then alerts come.
    let progress = detector.advance(instant("2026-05-25"))?;
    println!("closed {} weeks", progress.weeks_closed);
    for alert in &progress.alerts {
        println!("{} {} {}: {}", alert.severity.as_str(), alert.account, alert.signal, alert.summary);
        println!("  {}", alert.suggestion);
    }
    Ok(())
}

fn meeting(day: &str) -> Activity {
    let participant = |id: &str, side| Participant { id: id.to_owned(), side };
    Activity {
        id: format!("meeting-{day}"),
        at: instant(&format!("2026-05-{day}")),
        account: "northern-sports".to_owned(),
        revised: None,
        happening: Happening::Meeting(Meeting {
            duration_min: Some(60),
            participants: vec![participant("sales", Side::Internal), participant("buyer", Side::Customer)],
            series: String::new(),
            title: "Account team".to_owned(),
            mandatory: None,
            status: MeetingStatus::Held,
            all_day: false,
        }),
    }
}

fn instant(date: &str) -> calendar::Instant {
    calendar::parse(&format!("{date}T09:00:00Z")).unwrap_or_default()
}
