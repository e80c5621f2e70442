//! The mappings that are ready: embedded, and read when they are first asked for.

use std::sync::{Arc, LazyLock};

use super::Mapping;

/// Names and texts.
const TEXTS: &[(&str, &str)] = &[
    ("bpi-2012", include_str!("ready/bpi-2012.toml")),
    ("bpi-2015", include_str!("ready/bpi-2015.toml")),
    ("bpi-2020-declarations", include_str!("ready/bpi-2020-declarations.toml")),
    ("bpi-2020-prepaid", include_str!("ready/bpi-2020-prepaid.toml")),
    ("dataverse-appointment", include_str!("ready/dataverse-appointment.toml")),
    ("espocrm-meeting", include_str!("ready/espocrm-meeting.toml")),
    ("espocrm-webhook", include_str!("ready/espocrm-webhook.toml")),
    ("google-calendar", include_str!("ready/google-calendar.toml")),
    ("helpdesk", include_str!("ready/helpdesk.toml")),
    ("hubspot-meetings", include_str!("ready/hubspot-meetings.toml")),
    ("hubspot-meetings-export", include_str!("ready/hubspot-meetings-export.toml")),
    ("hubspot-webhook", include_str!("ready/hubspot-webhook.toml")),
    ("jira-changelog", include_str!("ready/jira-changelog.toml")),
    ("jira-issues", include_str!("ready/jira-issues.toml")),
    ("odoo-calendar-event", include_str!("ready/odoo-calendar-event.toml")),
    ("outlook-calendar", include_str!("ready/outlook-calendar.toml")),
    ("pipedrive-activities", include_str!("ready/pipedrive-activities.toml")),
    ("receipt", include_str!("ready/receipt.toml")),
    ("salesforce-activity-report", include_str!("ready/salesforce-activity-report.toml")),
    ("salesforce-content-version", include_str!("ready/salesforce-content-version.toml")),
    ("salesforce-event", include_str!("ready/salesforce-event.toml")),
    ("salesforce-process-instance-step", include_str!("ready/salesforce-process-instance-step.toml")),
    ("salesforce-setup-audit-trail", include_str!("ready/salesforce-setup-audit-trail.toml")),
    ("salesforce-task", include_str!("ready/salesforce-task.toml")),
    ("servicenow-approvals", include_str!("ready/servicenow-approvals.toml")),
    ("sharepoint-versions", include_str!("ready/sharepoint-versions.toml")),
    ("suitecrm-meetings", include_str!("ready/suitecrm-meetings.toml")),
    ("zendesk-ticket-audits", include_str!("ready/zendesk-ticket-audits.toml")),
];

static MAPPINGS: LazyLock<Vec<Arc<Mapping>>> = LazyLock::new(|| {
    let read = TEXTS.iter().filter_map(|(name, text)| match Mapping::from_toml(name, text) {
        Ok(mapping) => Some(Arc::new(Mapping { is_ready: true, ..Arc::into_inner(mapping)? })),
        Err(error) => {
            log::error!("{error}");
            None
        }
    });
    read.collect()
});

/// A mapping that is ready.
pub type Ready = Arc<Mapping>;

impl Mapping {
    /// The ready mapping of a name.
    pub fn ready(name: &str) -> Option<Ready> {
        Self::all_ready().find(|mapping| mapping.name() == name).cloned()
    }

    /// The mapping of records that a file with these columns is most like, and what it lacks to be known; none where it has
    /// less than half of what any is known by.
    pub fn nearest_ready(columns: &[String]) -> Option<(&'static Ready, Vec<String>)> {
        let is_there =
            |names: &Vec<String>| names.iter().any(|name| super::names::find(name, columns).is_some());
        let lacking = |mapping: &'static Ready| {
            let recognize = &mapping.rules.recognize;
            let missing: Vec<String> = recognize
                .iter()
                .filter(|names| !is_there(names))
                .filter_map(|names| names.first().cloned())
                .collect();
            let known = recognize.len() - missing.len();
            (known * 2 >= recognize.len() && known > 0).then_some((mapping, missing, known))
        };
        let all = Self::all_ready().filter(|mapping| mapping.has_activities()).filter_map(lacking);
        let nearest = all.max_by_key(|(_, missing, known)| (*known, std::cmp::Reverse(missing.len())));
        nearest.map(|(mapping, missing, _)| (mapping, missing))
    }

    /// All that are ready, in the order of their names.
    pub fn all_ready() -> impl Iterator<Item = &'static Ready> {
        MAPPINGS.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ready_mapping_is_without_mistakes_and_says_what_it_is_for() {
        let mut names = Vec::new();
        for (name, text) in TEXTS {
            let mapping = Mapping::from_toml(name, text).unwrap_or_else(|error| panic!("{error}"));
            assert!(mapping.about().len() > 20, "{name}");
            assert!(!mapping.rules.recognize.is_empty(), "{name}");
            names.push(*name);
        }
        assert!(names.is_sorted());
        assert_eq!(Mapping::all_ready().count(), TEXTS.len());
    }
}
