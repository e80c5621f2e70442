//! A look at every line: kinds, accounts, weeks, and which fields are ever filled.
//!
//! Nothing here decides whether a line is right; the plugin does.

use redtape_model::calendar::DAY_MS;
use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;

use super::accounts::Shared;
use super::checks::Check;
use super::repeats::Repeats;
use super::requests::Requests;
use super::said::Fields;
use super::times::Times;
use super::twins::Twins;
use redtape_import::input::{Content, Line};
use redtape_model::calendar::{Instant, Zone};
use redtape_scan::report::Report;
use redtape_scan::scan::Clock;

/// Accounts that are told apart; an instance of the plugin knows no more.
const ACCOUNTS_MAX: usize = 100_000;

/// The kinds of the contract, each with the fields that may be left empty.
const KINDS: [(&str, &[&str]); 7] = [
    ("meeting", &["length", "participants", "series", "title", "mandatory"]),
    ("plan-version", &["version", "author", "decided"]),
    ("approval-step", &["step", "from", "to"]),
    ("rule-change", &[]),
    ("exchange", &["thread"]),
    ("profile", &["tier", "service", "tags"]),
    ("retraction", &[]),
];

/// One kind of activities.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// As in the contract.
    pub name: &'static str,
    /// Lines of this kind.
    pub count: u64,
    /// Accounts that have some.
    pub accounts: u64,
    /// The earliest and the latest.
    pub span: (Instant, Instant),
    /// Weeks with at least one, from Monday on.
    pub weeks: u64,
    /// The fields that may be left empty.
    pub fields: Vec<Field>,
}

/// How often an optional field is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As in the text form; `length` stands for `duration_min` or `end`.
    pub name: &'static str,
    /// Lines of the kind in which it says something.
    pub filled: u64,
}

/// Weeks in which nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last activity before it.
    pub after: Instant,
    /// The first one after it.
    pub until: Instant,
    /// Whole weeks without any.
    pub weeks: u64,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Survey {
    zone: Zone,
    pub(super) end: Instant,
    present: Instant,
    kinds: BTreeMap<usize, Seen>,
    accounts: BTreeMap<String, u64>,
    pub(super) times: Times,
    pub(super) repeats: Repeats,
    pub(super) twins: Twins,
    pub(super) requests: Requests,
}

/// What was seen of one kind.
#[derive(Debug)]
struct Seen {
    count: u64,
    accounts: BTreeMap<u64, String>,
    span: (Instant, Instant),
    weeks: BTreeSet<i32>,
    filled: Vec<u64>,
    /// Whether a time of day other than midnight was seen.
    has_hours: bool,
}

impl Survey {
    pub(super) fn new(clock: Clock) -> Self {
        Self { zone: clock.zone, end: clock.end(), present: clock.present, ..Self::default() }
    }

    /// Takes a line down, if it says when it happened, and is of a known kind.
    pub(super) fn look(&mut self, line: &Line<&str>) {
        let (Content::Text(text), Some(at)) = (&line.content, line.at) else { return };
        if at > self.present {
            self.times.look_ahead(at, line.origin);
        }
        if at > self.end {
            return;
        }
        let Ok(fields) = serde_json::from_str::<Fields<'_>>(text) else { return };
        let known = |(name, _): &(&str, _)| fields.kind.text() == *name;
        let (Some(number), account) = (KINDS.iter().position(known), fields.account.text()) else { return };
        if account.is_empty() {
            return;
        }
        let week = (self.zone.date(at).num_days_from_ce() - 1).div_euclid(7);
        let names = KINDS.get(number).map_or::<&[&str], _>(&[], |(_, names)| names);
        let seen = self.kinds.entry(number).or_insert_with(|| Seen::new(at, names.len()));
        seen.count += 1;
        if seen.accounts.len() < ACCOUNTS_MAX {
            seen.accounts.entry(line.account).or_insert_with(|| account.to_owned());
        }
        seen.span = (seen.span.0.min(at), seen.span.1.max(at));
        seen.weeks.insert(week);
        for (filled, name) in seen.filled.iter_mut().zip(names) {
            *filled += u64::from(fields.is_filled(name));
        }
        seen.has_hours |= at.rem_euclid(DAY_MS) != 0 && self.zone.midnight(self.zone.date(at)) != at;
        // Facts and deletions may be of any time.
        let kind = KINDS.get(number).map_or("", |(name, _)| name);
        if !matches!(kind, "profile" | "retraction") {
            self.times.look(week, at, line.origin);
        }
        match kind {
            "meeting" => self.twins.look(line, at, &fields),
            "approval-step" => self.requests.look(line, at, &fields),
            _ => {}
        }
        self.repeats.look(line, text, at, number, &fields);
        if let Some(count) = self.accounts.get_mut(account) {
            *count += 1;
        } else if self.accounts.len() < ACCOUNTS_MAX {
            self.accounts.insert(account.to_owned(), 1);
        }
    }

    pub(super) fn kinds(&self) -> Vec<Kind> {
        let kinds = KINDS.iter().enumerate().filter_map(|(number, (name, fields))| {
            let seen = self.kinds.get(&number)?;
            let fields = fields.iter().zip(&seen.filled);
            Some(Kind {
                name,
                count: seen.count,
                accounts: seen.accounts.len() as u64,
                span: seen.span,
                weeks: seen.weeks.len() as u64,
                fields: fields.map(|(name, filled)| Field { name, filled: *filled }).collect(),
            })
        });
        kinds.collect()
    }

    /// How many accounts every two kinds share, of those that are judged together.
    pub(super) fn shared(&self) -> Vec<Shared> {
        let judged = ["meeting", "plan-version", "approval-step", "exchange"];
        let of = |name: &str| {
            let number = KINDS.iter().position(|(known, _)| *known == name)?;
            self.kinds.get(&number).map(|seen| (name.replace('-', " ") + "s", &seen.accounts))
        };
        let kinds: Vec<_> = judged.into_iter().filter_map(of).collect();
        let mut shared = Vec::new();
        for (at, (one, accounts)) in kinds.iter().enumerate() {
            for (other, of_other) in kinds.iter().skip(at + 1) {
                let only = |these: &BTreeMap<u64, String>, those: &BTreeMap<u64, String>| {
                    let mut only = these.iter().filter(|(account, _)| !those.contains_key(account));
                    only.next().map(|(_, name)| name.clone()).unwrap_or_default()
                };
                let count = |these: &BTreeMap<u64, String>| these.len() as u64;
                shared.push(Shared {
                    kinds: [
                        (one.clone(), count(accounts), only(accounts, of_other)),
                        (other.clone(), count(of_other), only(of_other, accounts)),
                    ],
                    accounts: accounts.keys().filter(|account| of_other.contains_key(account)).count() as u64,
                });
            }
        }
        shared
    }

    pub(super) fn accounts(&self) -> Vec<(String, u64)> {
        let mut accounts: Vec<(String, u64)> =
            self.accounts.iter().map(|(name, count)| (name.clone(), *count)).collect();
        accounts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        accounts
    }

    pub(super) fn gaps(&self) -> Vec<Gap> {
        self.times.gaps()
    }

    /// The kinds of which all times are midnights, where only dates were known; all of them: true.
    pub(super) fn dates_only(&self) -> (Vec<&'static str>, bool) {
        let dated = |(number, seen): (&usize, &Seen)| {
            let (name, _) = KINDS.get(*number)?;
            (!seen.has_hours && !matches!(*name, "profile" | "retraction")).then_some(*name)
        };
        let dated: Vec<&str> = self.kinds.iter().filter_map(dated).collect();
        (dated, self.kinds.values().all(|seen| !seen.has_hours))
    }

    /// What is to be said of the log beside what its kinds and counts show.
    pub(super) fn checks(&self, report: &Report) -> Vec<Check> {
        let mut checks = self.times.checks(self.zone, self.end, report);
        checks.push(self.repeats.check(report));
        checks.extend(self.twins.check(report));
        checks.extend(self.requests.checks(report));
        checks
    }
}

impl Seen {
    fn new(at: Instant, fields: usize) -> Self {
        let (accounts, weeks) = Default::default();
        Self { count: 0, accounts, span: (at, at), weeks, filled: vec![0; fields], has_hours: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redtape_model::calendar;

    fn survey(lines: &[&str]) -> Survey {
        let mut input = redtape_import::Input::from_bytes(&[lines.join("\n").as_bytes()]).unwrap();
        let present = calendar::parse("2026-06-01T00:00:00Z").unwrap();
        let clock = Clock { zone: Zone::default(), lateness_days: 7, as_of: None, present };
        let mut survey = Survey::new(clock);
        while let Some(line) = input.next_line().unwrap() {
            survey.look(&line);
        }
        survey
    }

    #[test]
    fn only_what_says_something_is_filled() {
        let survey = survey(&[
            r#"{"id":"a","at":"2026-01-05T09:00:00Z","account":"x","kind":"meeting","end":"2026-01-05T10:00:00Z","participants":["u"],"title":""}"#,
            r#"{"id":"b","at":"2026-01-06T09:00:00Z","account":"y","kind":"meeting","duration_min":0,"participants":[],"series":null,"mandatory":false}"#,
            r#"{"id":"c","at":"2026-01-06T09:00:00Z","account":"y","kind":"party"}"#,
            r#"{"id":"d","at":"2026-07-06T09:00:00Z","account":"y","kind":"meeting"}"#,
            "no json",
        ]);
        let [kind] = survey.kinds().try_into().unwrap();
        assert_eq!((kind.name, kind.count, kind.accounts, kind.weeks), ("meeting", 2, 2, 1));
        let filled: Vec<(&str, u64)> = kind.fields.iter().map(|field| (field.name, field.filled)).collect();
        assert_eq!(
            filled,
            [("length", 2), ("participants", 1), ("series", 0), ("title", 0), ("mandatory", 1)]
        );
    }

    #[test]
    fn gaps_are_whole_weeks_without_anything() {
        let line = |date: &str| format!(r#"{{"id":"a","at":"{date}","account":"x","kind":"exchange"}}"#);
        let lines: Vec<String> =
            ["2026-01-11T00:00:00Z", "2026-01-26T00:00:00Z", "2026-02-16T00:00:00Z", "2026-02-23T00:00:00Z"]
                .map(line)
                .into();
        let survey = survey(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let gaps: Vec<(String, u64)> =
            survey.gaps().iter().map(|gap| (calendar::format(gap.after), gap.weeks)).collect();
        assert_eq!(gaps, [("2026-01-11T00:00:00Z".to_owned(), 2), ("2026-01-26T00:00:00Z".to_owned(), 2)]);
        assert_eq!(survey.dates_only(), (vec!["exchange"], true));
    }
}
