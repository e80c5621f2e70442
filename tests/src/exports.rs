//! What a firm would export from its CRM: three Salesforce files of two dozen accounts over a year and a half.
//!
//! Made of whole numbers alone, so that they are the same bytes everywhere. Three accounts grow formal, each in a way of its
//! own; one has a burst that is no rise; the rest go on as they were.

use crate::company::Random;
use redtape_engine::calendar::{DAY_MS, WEEK_MS, instant};

/// Monday 2025-01-06.
const START: i64 = 1_736_121_600_000;
const WEEKS: i64 = 78;
const HOUR_MS: i64 = 3_600_000;
/// Weeks of Christmas and New Year.
const HOLIDAYS: [i64; 2] = [50, 51];

/// The accounts, by the names their records have.
const ACCOUNTS: [&str; 24] = [
    "Alder Outdoor",
    "Ashgrove Golf",
    "Brackwater Cycles",
    "Briar Running",
    "Cedar Lane Tennis",
    "Clifton Climbing",
    "Dunmore Sailing",
    "Eastfield Sports",
    "Elm Street Skate",
    "Fernhill Equestrian",
    "Gladstone Gym",
    "Harrow Rugby",
    "Hazelbank Archery",
    "Juniper Trail",
    "Kestrel Ski",
    "Larkfield Hockey",
    "Maple Swim",
    "Norbury Cricket",
    "Oakridge Football",
    "Pinecrest Camping",
    "Rowan Rowing",
    "Stonebridge Boxing",
    "Thistle Badminton",
    "Willow Yoga",
];
/// Whose meetings multiply.
const STEERED: usize = 2;
/// Whose requests need more and more hands.
const CHECKED: usize = 9;
/// Whose plan is written again every week.
const PLANNED: usize = 14;
/// Who has three busy weeks before a renewal, and then none.
const BUSY: usize = 17;

/// The three files: name and text.
pub fn salesforce() -> [(&'static str, String); 3] {
    let mut firm = Firm { random: Random(25), ids: 0 };
    [
        ("Event.csv", firm.events()),
        ("ProcessInstanceStep.csv", firm.steps()),
        ("ContentVersion.csv", firm.versions()),
    ]
}

struct Firm {
    random: Random,
    ids: u64,
}

/// A row, and when it was created, which is the order of an export.
type Row = (i64, String);

impl Firm {
    fn id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}5g00000{:05}AAA", self.ids)
    }

    /// Whether something happens that happens in so many of a thousand cases.
    fn happens(&mut self, per_mille: u64) -> bool {
        self.random.below(1_000) < per_mille
    }

    /// A time of a weekday, at a quarter of an hour.
    fn time(&mut self, week: i64) -> i64 {
        let (day, quarter) = (whole(self.random.below(5)), whole(self.random.below(36)));
        START + week * WEEK_MS + day * DAY_MS + 8 * HOUR_MS + quarter * HOUR_MS / 4
    }

    fn events(&mut self) -> String {
        let mut rows = Vec::new();
        for account in 0..ACCOUNTS.len() {
            let rate = 450 + self.random.below(500);
            for week in 0..WEEKS {
                let rate = if HOLIDAYS.contains(&week) { rate / 3 } else { rate };
                let busy = if account == BUSY && (30..33).contains(&week) { 4 } else { 0 };
                let chances = 2 + busy;
                for _ in 0..chances {
                    if self.happens(rate) {
                        let at = self.time(week);
                        let minutes = 30 + 15 * whole(self.random.below(3));
                        rows.push(self.event(
                            account,
                            at,
                            minutes,
                            ["Account call", "Store visit", "Order review"],
                            "",
                        ));
                    }
                }
                if account == STEERED && week >= 44 && !HOLIDAYS.contains(&week) {
                    self.steering(week, &mut rows);
                }
                if self.happens(60) {
                    rows.push(self.no_meeting(account, week));
                }
            }
        }
        let head = "Id,WhoId,WhatId,Subject,IsAllDayEvent,ActivityDate,DurationInMinutes,StartDateTime,EndDateTime,OwnerId,Account.Name,ShowAs,IsDeleted,IsChild,CreatedDate,RecurrenceActivityId";
        file(head, rows)
    }

    /// A steering group every week, from some weeks on with a meeting to prepare it, and then one about its actions.
    fn steering(&mut self, week: i64, rows: &mut Vec<Row>) {
        let monday = START + week * WEEK_MS;
        for (from, day, minutes, subject) in [
            (44, 2, 120, "Steering group"),
            (50, 1, 60, "Steering group: preparation"),
            (56, 3, 60, "Steering group: actions"),
        ] {
            if week >= from {
                let series = format!("00U5g00000S{from:04}AAA");
                rows.push(self.event(
                    STEERED,
                    monday + day * DAY_MS + 10 * HOUR_MS,
                    minutes,
                    [subject; 3],
                    &series,
                ));
            }
        }
    }

    fn event(&mut self, account: usize, at: i64, minutes: i64, subjects: [&str; 3], series: &str) -> Row {
        let id = self.id("00U");
        let created = at - DAY_MS * (1 + whole(self.random.below(20)));
        let subject =
            usize::try_from(self.random.below(3)).ok().and_then(|at| subjects.get(at)).unwrap_or(&"");
        let owner = self.random.below(12);
        let deleted = self.happens(20);
        let (start, end) = (stamp(at), stamp(at + minutes * 60_000));
        let name = ACCOUNTS.get(account).unwrap_or(&"");
        let row = format!(
            "{id},0035g00000C{account:04}AAA,{account_id},{subject},false,{date},{minutes},{start},{end},0055g00000U{owner:04}AAA,{name},Busy,{deleted},false,{created},{series}",
            account_id = account_id(account),
            date = day(at),
            created = stamp(created),
        );
        (created, row)
    }

    /// What is in a calendar and is no meeting: a whole day at a fair, or time to oneself.
    fn no_meeting(&mut self, account: usize, week: i64) -> Row {
        let id = self.id("00U");
        let at = self.time(week);
        let created = at - DAY_MS * 7;
        let owner = self.random.below(12);
        let midnight = at - (at - START).rem_euclid(DAY_MS);
        let (subject, all_day, minutes, start) = if self.happens(500) {
            ("Trade fair", true, 1_440, midnight)
        } else {
            ("Preparation, \"do not disturb\"", false, 90, at)
        };
        let name = ACCOUNTS.get(account).unwrap_or(&"");
        let row = format!(
            "{id},,{account_id},{subject},{all_day},{date},{minutes},{start},{end},0055g00000U{owner:04}AAA,{name},Busy,false,false,{created},",
            account_id = account_id(account),
            subject = quoted(subject),
            date = day(start),
            start = stamp(start),
            end = stamp(start + minutes * 60_000),
            created = stamp(created),
        );
        (created, row)
    }

    fn steps(&mut self) -> String {
        let mut rows = Vec::new();
        for account in 0..ACCOUNTS.len() {
            for week in 0..WEEKS {
                if !self.happens(if HOLIDAYS.contains(&week) { 150 } else { 450 }) {
                    continue;
                }
                let more = if account == CHECKED {
                    u64::try_from((week - 40).max(0) / 8).unwrap_or_default()
                } else {
                    0
                };
                let hands = 1 + self.random.below(2) + more;
                self.request(account, week, hands, &mut rows);
            }
        }
        let head = "Id,ProcessInstanceId,ProcessInstance.TargetObjectId,ProcessInstance.Status,ProcessInstance.TargetObject.Name,StepNodeId,StepStatus,OriginalActorId,ActorId,CreatedDate,Comments";
        file(head, rows)
    }

    /// A request that so many hands decide, one after the other; now and then the last of them says no.
    fn request(&mut self, account: usize, week: i64, hands: u64, rows: &mut Vec<Row>) {
        let process = self.id("04g");
        let mut at = self.time(week);
        let asks = self.random.below(12);
        let is_refused = self.happens(120);
        let status = if is_refused { "Rejected" } else { "Approved" };
        for hand in 0..=hands {
            let actor = if hand == 0 { asks } else { 20 + (asks + hand) % 9 };
            let step = match hand {
                0 => "Started",
                hand if hand == hands && is_refused => "Rejected",
                _ => "Approved",
            };
            let id = self.id("04h");
            let name = ACCOUNTS.get(account).unwrap_or(&"");
            rows.push((
                at,
                format!(
                    "{id},{process},{},{status},{name},04b5g00000N{hand:04}AAA,{step},0055g00000U{actor:04}AAA,0055g00000U{actor:04}AAA,{},",
                    account_id(account),
                    stamp(at)
                ),
            ));
            at += HOUR_MS * (2 + whole(self.random.below(30)));
        }
    }

    fn versions(&mut self) -> String {
        let mut rows = Vec::new();
        for account in 0..ACCOUNTS.len() {
            let mut version = 0;
            for week in 0..WEEKS {
                // A new document every half year; it settles after some weeks.
                let (plan, age) = (week / 26, week % 26);
                if age == 0 {
                    version = 0;
                }
                let is_rewritten = account == PLANNED && week >= 40;
                let per_mille = if is_rewritten {
                    950
                } else if age < 5 {
                    500
                } else {
                    40
                };
                if !self.happens(per_mille) {
                    continue;
                }
                version += 1;
                let (id, at, author) = (self.id("068"), self.time(week), self.random.below(12));
                let name = ACCOUNTS.get(account).unwrap_or(&"");
                rows.push((
                    at,
                    format!(
                        "{id},0695g00000P{account:02}{plan:02}AAA,Account plan {name},{version},{},{name},{},0055g00000U{author:04}AAA,{},false",
                        account_id(account),
                        stamp(at),
                        stamp(at)
                    ),
                ));
            }
        }
        let head = "Id,ContentDocumentId,Title,VersionNumber,FirstPublishLocationId,FirstPublishLocation.Name,CreatedDate,CreatedById,ContentModifiedDate,IsDeleted";
        file(head, rows)
    }
}

fn account_id(account: usize) -> String {
    format!("0015g00000A{account:04}AAA")
}

/// As Salesforce writes instants.
fn stamp(at: i64) -> String {
    format!("{}.000+0000", format!("{:?}", instant(at)).trim_end_matches('Z'))
}

fn day(at: i64) -> String {
    stamp(at).chars().take(10).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A file with a byte order mark, its rows in the order in which they were created.
fn file(head: &str, mut rows: Vec<Row>) -> String {
    rows.sort();
    let rows: Vec<&str> = rows.iter().map(|(_, row)| row.as_str()).collect();
    format!("\u{feff}{head}\n{}\n", rows.join("\n"))
}

/// Numbers here stay far below the bounds of either type.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
