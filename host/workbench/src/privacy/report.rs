//! Reports, alerts and problems without names.

use std::collections::{BTreeMap, BTreeSet};

use super::Mask;
use super::quoted::shape;
use crate::explain::Explanation;
use crate::inspect::Inspection;
use crate::privacy::people::may_be_broken_down;
use crate::tuning::{Episode, Replay};
use redtape::detector::Alert;
use redtape_scan::report::{LineProblem, Report, Series};
use redtape_scan::scan::Score;

/// Fields that name people, as problems name them.
const PEOPLE: [&str; 4] = ["participants", "author", "from", "to"];
/// Properties of calendars that do.
const PROPERTIES: [&str; 2] = ["ATTENDEE", "ORGANIZER"];

impl Mask {
    /// An alert that names nobody.
    pub fn alert(&mut self, alert: &mut Alert) {
        if self.names_people() {
            return;
        }
        let Alert { account, subject, summary, suggestion, evidence, .. } = alert;
        self.sentences(&mut [summary, suggestion], &[subject, account]);
        for text in [account, subject].into_iter().chain(evidence) {
            *text = self.reference(text).into_owned();
        }
    }

    /// Sentences that quote things by their names: those go by what stands for them.
    fn sentences(&mut self, texts: &mut [&mut String], quoted: &[&String]) {
        for text in texts {
            for name in quoted.iter().filter(|it| !it.is_empty()) {
                let masked = self.reference(name);
                if masked != **name {
                    **text = text.replace(&format!("`{name}`"), &format!("`{masked}`"));
                }
            }
            **text = self.prose(text).into_owned();
        }
    }

    /// A report that names nobody.
    pub fn report(&mut self, report: &mut Report) {
        if self.names_people() {
            return;
        }
        report.alerts.iter_mut().chain(&mut report.open).for_each(|alert| self.alert(alert));
        report.problems.iter_mut().for_each(|problem| self.problem(problem));
        report.remarks.iter_mut().for_each(|remark| *remark = self.prose(remark).into_owned());
        let histories = std::mem::take(&mut report.histories).into_iter();
        report.histories = histories
            .map(|(series, points)| {
                (Series { account: self.reference(&series.account).into_owned(), ..series }, points)
            })
            .collect::<BTreeMap<_, _>>();
    }

    /// A score of an account whose name may be somebody's.
    pub fn score(&mut self, score: &mut Score) {
        score.account = self.reference(&score.account).into_owned();
    }

    /// A replay that names nobody.
    pub fn replay(&mut self, replay: &mut Replay) {
        if self.names_people() {
            return;
        }
        self.report(&mut replay.report);
        for episode in &mut replay.episodes {
            let Episode { account, subject, summary, .. } = episode;
            self.sentences(&mut [summary], &[subject, account]);
            [account, subject].into_iter().for_each(|text| *text = self.reference(text).into_owned());
        }
    }

    /// An inspection that names nobody.
    pub fn inspection(&mut self, inspection: &mut Inspection) {
        if self.names_people() {
            return;
        }
        self.report(&mut inspection.report);
        inspection
            .accounts
            .iter_mut()
            .for_each(|(account, _)| *account = self.reference(account).into_owned());
        inspection.checks.iter_mut().for_each(|check| check.why = self.prose(&check.why).into_owned());
    }

    /// An explanation that names nobody. Where too few people appear, titles tell them apart no more than the rest does.
    pub fn explanation(&mut self, told: &mut Explanation) {
        if self.names_people() {
            return;
        }
        let group: BTreeSet<&str> = told
            .found
            .activities
            .iter()
            .flat_map(|it| PEOPLE.into_iter().flat_map(|field| it.people(field)))
            .collect();
        let mut few = (!may_be_broken_down(group.len())).then(|| self.of_nobody());
        let mask = few.as_mut().unwrap_or(self);
        told.life.changes.iter_mut().chain(&mut told.life.open).for_each(|alert| mask.alert(alert));
        for written in &mut told.found.activities {
            for (field, value) in &mut written.fields {
                let serde_json::Value::String(text) = value else { continue };
                match field.as_str() {
                    "title" => *text = mask.title(text).into_owned(),
                    "series" | "plan" | "request" | "rule" | "thread" => {
                        *text = mask.reference(text).into_owned()
                    }
                    _ => {}
                }
            }
        }
    }

    /// A problem that quotes nobody.
    pub fn problem(&mut self, problem: &mut LineProblem) {
        if self.names_people() {
            return;
        }
        let LineProblem { field, found, expected, .. } = problem;
        let first = field.trim_start_matches('/').split('/').next().unwrap_or_default();
        let is_people = PEOPLE.contains(&first) || PROPERTIES.contains(&first) || self.names.is_column(field);
        let is_of_people = is_people && !field.ends_with("/side");
        if is_of_people && names_somebody(found) {
            *found = "a person".to_owned();
        } else if field.is_empty() && found.contains('"') {
            *found = shape(found);
        }
        *found = self.prose(found).into_owned();
        *expected = self.prose(expected).into_owned();
    }
}

/// Whether what was found where people should be may be somebody: counts, numbers and words of JSON are nobody.
fn names_somebody(found: &str) -> bool {
    let is_counted = found.starts_with(|it: char| it.is_ascii_digit())
        && found.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || " ,.".contains(it));
    !(is_counted
        || found.is_empty()
        || found.starts_with('`')
        || ["null", "true", "false", "nothing"].contains(&found))
}
