//! Calendars become meetings: meetings a second, beside the plainest way to come by as many.
//!
//! Of series that is the crate `rrule`, which expands their rules and nothing else; of single events a pass that undoes the
//! folds of their lines. How to read it: `tests/README.md`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement says what it found, or ends")]

use redtape_import::Input;
use redtape_import::calendar;
use redtape_import::input::{Bytes, Content, Reading};
use rrule::RRuleSet;
use std::fmt::Write;
use std::hint::black_box;

use self::in_turn::compare;

#[path = "shared/in_turn.rs"]
mod in_turn;

/// Series that meet on all days of work, and others that meet once a week, over ten years.
const DAILY: usize = 30;
const WEEKLY: usize = 150;
/// Single events.
const EVENTS: usize = 20_000;
/// Where series end that have no end.
const UNTIL: &str = "2026-01-01T00:00:00Z";
/// As Google writes it.
const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nX-LIC-LOCATION:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\n\
    TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nDTSTART:19700329T020000\r\n\
    RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\n\
    TZOFFSETTO:+0100\r\nTZNAME:CET\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n\
    END:STANDARD\r\nEND:VTIMEZONE\r\n";

fn main() {
    for (what, zone) in [("Series, with their zone defined", ZONE), ("Series, in a zone by its name", "")] {
        let (calendar, meetings) = (series(zone), meetings_of_series());
        compare(
            what,
            (meetings, "meetings"),
            &[
                ("rrule alone, the rules and the dates left out", Box::new(|| rrule_alone() - left_out())),
                ("read, put in the order of time", Box::new(|| read(&[&calendar]))),
            ],
        );
    }
    let calendar = events();
    compare(
        "Single events",
        (EVENTS, "meetings"),
        &[
            ("folds undone, names told from values", Box::new(|| unfolded(&calendar))),
            ("read, put in the order of time", Box::new(|| read(&[&calendar]))),
            ("the same calendar twice", Box::new(|| read(&[&calendar, &calendar]))),
        ],
    );
}

/// The rule of a series, and when it first begins: on Mondays of ten weeks.
fn rule(number: usize) -> (&'static str, String) {
    let rule = if number < DAILY { "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" } else { "FREQ=WEEKLY" };
    let (day, hour, minute) = (4 + number % 4 * 7, 8 + number % 9, number % 4 * 15);
    (rule, format!("201601{day:02}T{hour:02}{minute:02}00"))
}

/// The day of the `week`-th week, as series of days of work and of weeks have one at each Monday.
fn monday(number: usize, week: usize) -> String {
    let (_, start) = rule(number);
    let date = calendar::parse(&format!("2016-01-{}T00:00:00Z", start.get(6..8).unwrap_or_default()));
    let later = date.unwrap_or_default() + i64::try_from(week).unwrap_or_default() * 7 * 86_400_000;
    let day = calendar::format(later).replace('-', "");
    format!("{}{}", day.get(..8).unwrap_or_default(), start.get(8..).unwrap_or_default())
}

/// What is left out of each series, and what is changed.
const WEEKS_OUT: [usize; 10] = [3, 20, 51, 52, 104, 156, 208, 260, 312, 364];
const WEEKS_CHANGED: [usize; 5] = [7, 77, 177, 277, 377];

fn left_out() -> usize {
    (DAILY + WEEKLY) * WEEKS_OUT.len()
}

fn meetings_of_series() -> usize {
    rrule_alone() - left_out()
}

/// Series without end, with dates that are left out and others that are moved.
fn series(zone: &str) -> String {
    let mut text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bolt//Calendar//EN\r\n{zone}");
    for number in 0..DAILY + WEEKLY {
        let (rule, start) = rule(number);
        let end = format!("{}30", start.get(..13).unwrap_or_default());
        let out: Vec<String> = WEEKS_OUT.iter().map(|week| monday(number, *week)).collect();
        let about = format!(
            "UID:series-{number}\r\nDTSTAMP:20251201T080000Z\r\nSUMMARY:Weekly call {number}\r\n\
             ORGANIZER:mailto:kim@acme.example\r\nATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:ann@bolt-{}.example\r\n\
             ATTENDEE;CN=Bob:mailto:bob@acme.example\r\n",
            number % 50
        );
        write!(
            text,
            "BEGIN:VEVENT\r\n{about}DTSTART;TZID=Europe/Berlin:{start}\r\nDTEND;TZID=Europe/Berlin:{end}\r\n\
             RRULE:{rule}\r\nEXDATE;TZID=Europe/Berlin:{}\r\nEND:VEVENT\r\n",
            out.join(",")
        )
        .expect("text can be written to");
        for week in WEEKS_CHANGED {
            let at = monday(number, week);
            let day = at.get(..8).unwrap_or_default();
            write!(
                text,
                "BEGIN:VEVENT\r\n{about}RECURRENCE-ID;TZID=Europe/Berlin:{at}\r\n\
                 DTSTART;TZID=Europe/Berlin:{day}T180000\r\nDTEND;TZID=Europe/Berlin:{day}T183000\r\nEND:VEVENT\r\n"
            )
            .expect("text can be written to");
        }
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// Single events with four guests, and what else writers write of them.
fn events() -> String {
    let mut text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bolt//Calendar//EN\r\n{ZONE}");
    for number in 0..EVENTS {
        let (day, hour, month) = (1 + number / 300 % 28, 8 + number % 9, 1 + number / 9_000 % 12);
        let start = format!("2025{month:02}{day:02}T{hour:02}");
        write!(
            text,
            "BEGIN:VEVENT\r\nUID:event-{number}\r\nDTSTAMP:20251201T080000Z\r\nSUMMARY:Review\\, weekly\r\n\
             DTSTART;TZID=Europe/Berlin:{start}0000\r\nDTEND;TZID=Europe/Berlin:{start}4500\r\n\
             LOCATION:Room {}\r\nDESCRIPTION:What was said last time\\, what was promised\\, and what is still \r\n \
             open: please bring the numbers of the last quarter.\\nUntil then!\r\nORGANIZER;CN=Kim:mailto:kim@acme.example\r\n",
            number % 7
        )
        .expect("text can be written to");
        for guest in 0..4 {
            let company = if guest < 2 { "acme".to_owned() } else { format!("bolt-{}", number % 1_000) };
            write!(
                text,
                "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Guest {guest};X-NUM\r\n \
                 -GUESTS=0:mailto:guest-{guest}@{company}.example\r\n"
            )
            .expect("text can be written to");
        }
        text.push_str("SEQUENCE:0\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// Instances that the rules give, moved ones included.
fn rrule_alone() -> usize {
    let instances = |number: usize| {
        let (rule, start) = rule(number);
        let set: RRuleSet =
            format!("DTSTART;TZID=Europe/Berlin:{start}\nRRULE:{rule};UNTIL=20260101T000000Z")
                .parse()
                .expect("the rule is right");
        set.all(10_000).dates.into_iter().map(black_box).count()
    };
    (0..DAILY + WEEKLY).map(instances).sum()
}

fn read(calendars: &[&str]) -> usize {
    let bytes = |text: &&str| -> Bytes { Box::new(std::io::Cursor::new(text.as_bytes().to_vec())) };
    let named = (1..).map(|number| format!("{number}.ics")).zip(calendars.iter().map(bytes));
    let reading = Reading { until: calendar::parse(UNTIL), ..Reading::default() };
    let mut input = Input::begin(named.collect(), &reading).expect("there is a thread to read with");
    let mut lines = 0;
    while let Some(line) = input.next_line().expect("the calendar is right") {
        lines += usize::from(matches!(black_box(line.content), Content::Text(_)));
    }
    lines
}

/// The lines without their folds, as names and values; gives how many events there were.
fn unfolded(calendar: &str) -> usize {
    let mut events = 0;
    let mut line = String::new();
    let mut take = |line: &str| {
        let (name, value) = black_box(line.split_once([':', ';']).unwrap_or_default());
        events += usize::from(name == "BEGIN" && value == "VEVENT");
    };
    for part in calendar.lines() {
        match part.strip_prefix([' ', '\t']) {
            Some(folded) => line.push_str(folded),
            None => {
                take(&line);
                part.clone_into(&mut line);
            }
        }
    }
    take(&line);
    events
}
