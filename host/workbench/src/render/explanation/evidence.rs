//! The evidence: activities as they were written, with people as the reader may see them.

use std::collections::BTreeSet;

use super::Page;
use crate::privacy::people::{GROUP_SIZE_MIN, People, may_be_broken_down};
use redtape::detector::Alert;
use redtape_model::text::counted;
use redtape_scan::evidence::Written;
use redtape_scan::scan::TENANT;

/// Fields that name people.
const PEOPLE: [&str; 4] = ["participants", "author", "from", "to"];

impl Page<'_> {
    /// The activities, newest first.
    pub(super) fn evidence(&mut self, alert: &Alert, people: &mut People) {
        let found = &self.told.found.activities;
        let total = usize::try_from(alert.evidence_total).unwrap_or(usize::MAX);
        self.sheet.heading(&format!("Evidence, {} of {total}, newest first", found.len()));
        if alert.account == TENANT {
            return self.paragraph("Of the tenant itself no activities are named.");
        }
        let group: BTreeSet<&str> =
            found.iter().flat_map(|it| PEOPLE.into_iter().flat_map(|field| it.people(field))).collect();
        let mut people = may_be_broken_down(group.len()).then_some(people);
        for written in found {
            let text = format!("{} {}", self.date(written.at), described(written, people.as_deref_mut()));
            self.paragraph(&text);
        }
        let missing = alert.evidence.len().saturating_sub(found.len());
        if missing > 0 {
            let count = counted(u64::try_from(missing).unwrap_or(u64::MAX), "activity");
            self.paragraph(&format!("{count} could not be found in the log."));
        }
        if people.is_none() && !group.is_empty() {
            self.paragraph(&format!(
                "Fewer than {GROUP_SIZE_MIN} people appear here, so they are not told apart."
            ));
        }
    }
}

/// One activity in words.
fn described(written: &Written, people: Option<&mut People>) -> String {
    let number = |field: &str| written.fields.get(field).and_then(serde_json::Value::as_i64);
    let quoted = |name: &str| if name.is_empty() { String::new() } else { format!(" `{name}`") };
    let kind = written.text("kind");
    let mut text = match kind {
        "meeting" => {
            let series =
                [written.text("title"), written.text("series")].into_iter().find(|it| !it.is_empty());
            let minutes =
                number("duration_min").map(|minutes| format!(", {minutes} min")).unwrap_or_default();
            format!("meeting{}{minutes}", quoted(series.unwrap_or_default()))
        }
        "plan-version" => {
            let version = number("version").map(|version| format!(" version {version}")).unwrap_or_default();
            format!("plan{}{version}", quoted(written.text("plan")))
        }
        "approval-step" => {
            let step = number("step").map(|step| format!(", step {step}")).unwrap_or_default();
            format!("request{}{step}, {}", quoted(written.text("request")), written.text("outcome"))
        }
        other => other.to_owned(),
    };
    let who = who(written, people);
    if !who.is_empty() {
        text.push_str(&format!(", {who}"));
    }
    text
}

/// Who took part: by name, or where that must not be told, how many.
fn who(written: &Written, people: Option<&mut People>) -> String {
    let all: Vec<&str> = PEOPLE.into_iter().flat_map(|field| written.people(field)).collect();
    match people {
        _ if all.is_empty() => String::new(),
        Some(people) => {
            let mut named = |field: &str| -> Vec<String> {
                written.people(field).into_iter().map(|id| people.name(id).into_owned()).collect()
            };
            let (from, to) = (named("from"), named("to"));
            if from.is_empty() && to.is_empty() {
                let mut all = named("participants");
                all.extend(named("author"));
                return all.join(", ");
            }
            let side = |word: &str, side: Vec<String>| side.first().map(|name| format!("{word} {name}"));
            [side("from", from), side("to", to)].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        None => {
            let count = all.iter().collect::<BTreeSet<_>>().len();
            if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
        }
    }
}
