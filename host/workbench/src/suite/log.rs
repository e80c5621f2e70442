//! The log of a test: its series and its own activities, as lines in the order of time.

use redtape_model::calendar::DAY_MS;
use serde_json::{Map, Value};

use super::Test;
use redtape_model::calendar::{self, Instant, Zone};

/// An activity that is written out in the file.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// Where it is written.
    pub(super) field: String,
    /// As the plugin reads it.
    pub(super) line: String,
    /// None: it is no time, which the plugin will say.
    pub(super) at: Option<Instant>,
}

/// How long before everything else the profile is known.
const BEFORE_MS: i64 = DAY_MS;

/// All activities of a test, one a line.
pub(super) fn of(test: &Test, zone: Zone) -> String {
    let made = test.series.iter().flat_map(|series| series.activities(test.start, zone));
    let made = made.map(|(at, fields)| (at, line(test, at, fields)));
    let given = test.given.iter().filter_map(|given| Some((given.at?, given.line.clone())));
    let mut lines: Vec<(Instant, String)> = made.chain(given).collect();
    if let Some(profile) = &test.profile {
        let first = lines.iter().map(|(at, _)| *at).min();
        let at = first.unwrap_or_default().min(zone.midnight(test.start)) - BEFORE_MS;
        let mut fields = profile.clone();
        fields.insert("id".to_owned(), "profile".into());
        fields.insert("kind".to_owned(), "profile".into());
        lines.push((at, line(test, at, Value::Object(fields))));
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn line(test: &Test, at: Instant, fields: Value) -> String {
    let mut whole: Map<String, Value> = Map::new();
    whole.insert("at".to_owned(), calendar::format(at).into());
    whole.insert("account".to_owned(), test.account.clone().into());
    if let Value::Object(fields) = fields {
        whole.extend(fields);
    }
    Value::Object(whole).to_string()
}
