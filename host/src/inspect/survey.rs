//! A look at every line: kinds, accounts, weeks, and which fields are ever filled.
//!
//! Nothing here decides whether a line is right; the plugin does.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::calendar::{Instant, Zone};
use crate::input::{Content, Line};
use crate::scan::Clock;

/// Accounts that are told apart; an instance of the plugin knows no more.
const ACCOUNTS_MAX: usize = 100_000;
const DAY_MS: i64 = 86_400_000;

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
    end: Instant,
    kinds: BTreeMap<usize, Seen>,
    accounts: BTreeMap<String, u64>,
    /// The earliest and the latest activity of every week in which something happened.
    weeks: BTreeMap<i32, (Instant, Instant)>,
    /// Whether a time of day other than midnight was seen.
    has_hours: bool,
}

/// What was seen of one kind.
#[derive(Debug)]
struct Seen {
    count: u64,
    accounts: BTreeSet<u64>,
    span: (Instant, Instant),
    weeks: BTreeSet<i32>,
    filled: Vec<u64>,
}

impl Survey {
    pub(super) fn new(clock: Clock) -> Self {
        Self { zone: clock.zone, end: clock.end(), ..Self::default() }
    }

    /// Takes a line down, if it says when it happened, and is of a known kind.
    pub(super) fn look(&mut self, line: &Line<&str>) {
        let (Content::Text(text), Some(at)) = (&line.content, line.at.filter(|at| *at <= self.end)) else {
            return;
        };
        let Ok(fields) = serde_json::from_str::<Fields>(text) else { return };
        let known = |(name, _): &(&str, _)| fields.kind.as_deref() == Some(*name);
        let (Some(number), Some(account)) = (KINDS.iter().position(known), fields.account.as_deref()) else {
            return;
        };
        let week = (self.zone.date(at).num_days_from_ce() - 1).div_euclid(7);
        let names = KINDS.get(number).map_or::<&[&str], _>(&[], |(_, names)| names);
        let seen = self.kinds.entry(number).or_insert_with(|| Seen::new(at, names.len()));
        seen.count += 1;
        seen.accounts.insert(line.account);
        seen.span = (seen.span.0.min(at), seen.span.1.max(at));
        seen.weeks.insert(week);
        for (filled, name) in seen.filled.iter_mut().zip(names) {
            *filled += u64::from(fields.is_filled(name));
        }
        let held = self.weeks.entry(week).or_insert((at, at));
        *held = (held.0.min(at), held.1.max(at));
        self.has_hours |= at.rem_euclid(DAY_MS) != 0 && self.zone.midnight(self.zone.date(at)) != at;
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

    pub(super) fn accounts(&self) -> Vec<(String, u64)> {
        let mut accounts: Vec<(String, u64)> =
            self.accounts.iter().map(|(name, count)| (name.clone(), *count)).collect();
        accounts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        accounts
    }

    pub(super) fn gaps(&self) -> Vec<Gap> {
        let weeks = self.weeks.iter().zip(self.weeks.iter().skip(1));
        let mut gaps: Vec<Gap> = weeks
            .filter_map(|((week, (_, after)), (next, (until, _)))| {
                let weeks = u64::try_from(next - week - 1).ok().filter(|weeks| *weeks >= 2)?;
                Some(Gap { after: *after, until: *until, weeks })
            })
            .collect();
        gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.weeks), gap.after));
        gaps
    }

    /// Whether all times are midnights: only dates were known.
    pub(super) fn is_dates_only(&self) -> bool {
        !self.weeks.is_empty() && !self.has_hours
    }
}

impl Seen {
    fn new(at: Instant, fields: usize) -> Self {
        let (accounts, weeks) = Default::default();
        Self { count: 0, accounts, span: (at, at), weeks, filled: vec![0; fields] }
    }
}

/// What a line says, as far as an inspection asks.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    account: Option<Cow<'a, str>>,
    duration_min: Filled,
    end: Filled,
    participants: Filled,
    series: Filled,
    title: Filled,
    mandatory: Filled,
    version: Filled,
    author: Filled,
    decided: Filled,
    step: Filled,
    from: Filled,
    to: Filled,
    thread: Filled,
    tier: Filled,
    service: Filled,
    tags: Filled,
}

impl Fields<'_> {
    fn is_filled(&self, name: &str) -> bool {
        let filled = match name {
            "length" => return self.duration_min.0 || self.end.0,
            "participants" => &self.participants,
            "series" => &self.series,
            "title" => &self.title,
            "mandatory" => &self.mandatory,
            "version" => &self.version,
            "author" => &self.author,
            "decided" => &self.decided,
            "step" => &self.step,
            "from" => &self.from,
            "to" => &self.to,
            "thread" => &self.thread,
            "tier" => &self.tier,
            "service" => &self.service,
            "tags" => &self.tags,
            _ => return false,
        };
        filled.0
    }
}

/// Whether a value says anything: not null, and no empty text, list or object.
#[derive(Default)]
struct Filled(bool);

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> Visitor<'de> for Look {
    type Value = Filled;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Filled, E> {
        Ok(Filled(false))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Filled, E> {
        Ok(Filled(true))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Filled, E> {
        Ok(Filled(true))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Filled, E> {
        Ok(Filled(true))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Filled, E> {
        Ok(Filled(true))
    }

    fn visit_str<E>(self, text: &str) -> Result<Filled, E> {
        Ok(Filled(!text.is_empty()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Filled, A::Error> {
        let mut filled = false;
        while list.next_element::<IgnoredAny>()?.is_some() {
            filled = true;
        }
        Ok(Filled(filled))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Filled, A::Error> {
        let mut filled = false;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            filled = true;
        }
        Ok(Filled(filled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar;

    fn survey(lines: &[&str]) -> Survey {
        let mut input = crate::Input::from_bytes(&[lines.join("\n").as_bytes()]).unwrap();
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
        assert!(survey.is_dates_only());
    }
}
