//! A policy as it holds for one account: every key, its value, and the place that says so.

use super::Policy;
use super::fields::{COUNTING, Field, RISES, SIGNAL, TOP};
use crate::activity::Profile;
use serde_json::Value;

/// What a policy means for one account.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The override that holds, from 0.
    pub matched: Option<u32>,
    /// Every key, in the order of the reference page.
    pub settings: Vec<Held>,
}

/// One key, with the value that holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// JSON Pointer, as in a policy without overrides.
    pub field: String,
    /// As a policy would write it.
    pub value: Value,
    /// JSON Pointer of the key that says so; empty: the default.
    pub source: String,
}

pub(super) fn of(policy: &Policy, account: &str, profile: &Profile) -> View {
    // It was read from there, so it can be read again.
    let written: Value = serde_json::from_str(&policy.text).unwrap_or_default();
    let matched = policy.matched(account, profile);
    let signals = matched.map_or(&policy.signals, |(_, entry)| &entry.signals);
    let mut page = Page { written, settings: Vec::new() };
    page.fields(TOP, policy, "", |_| true, |key| vec![format!("/{key}")]);
    page.fields(COUNTING, &policy.counting, "/counting", |_| true, |key| vec![format!("/counting/{key}")]);
    page.fields(RISES, &policy.rises, "/rises", |_| true, |key| vec![format!("/rises/{key}")]);
    for (signal, values) in signals.each() {
        let table = format!("/signals/{}", signal.name());
        let places = |key: &str| {
            let by_override = matched.map(|(number, _)| format!("/override/{number}{table}/{key}"));
            // What `[rises]` says of all signals.
            let by_rises = key.strip_prefix("rise_").map(|key| format!("/rises/{key}"));
            by_override.into_iter().chain([format!("{table}/{key}")]).chain(by_rises).collect()
        };
        page.fields(SIGNAL, values, &table, |key| signal.has_option(key), places);
    }
    View { matched: matched.and_then(|(number, _)| u32::try_from(number).ok()), settings: page.settings }
}

struct Page {
    written: Value,
    settings: Vec<Held>,
}

impl Page {
    /// Adds the fields of a table; the first of the `places` that is written is where the value comes from.
    fn fields<T>(
        &mut self,
        fields: &[Field<T>],
        values: &T,
        table: &str,
        allowed: impl Fn(&str) -> bool,
        places: impl Fn(&str) -> Vec<String>,
    ) {
        for field in fields.iter().filter(|field| allowed(field.key)) {
            let source = places(field.key).into_iter().find(|place| self.written.pointer(place).is_some());
            self.settings.push(Held {
                field: format!("{table}/{}", field.key),
                value: (field.get)(values),
                source: source.unwrap_or_default(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::SignalId;
    use expect_test::expect;
    use serde_json::{Map, json};

    const POLICY: &str = r#"{"time_zone":"Europe/London","counting":{"solo":false},
        "rises":{"level":"sure","budget":"2 per 3 account-years"},
        "signals":{"meeting-count":{"warning":2.5,"critical":"off","for":"3 of 4w"},"creep":{"rise_level":"watch"}},
        "override":[{"match":{"tier":"key"},"signals":{"meeting-count":{"warning":7,"rise_level":"likely"}}},
                    {"match":{"account":"north-*"},"signals":{"plan-versions":{"enabled":false}}}]}"#;

    fn view(policy: &str, account: &str, tier: &str) -> View {
        let profile = Profile { tier: tier.to_owned().into(), ..Profile::default() };
        Policy::parse(policy).unwrap().view(account, &profile)
    }

    #[test]
    fn every_value_says_where_it_comes_from() {
        let shown = |view: View| -> String {
            let is_off = |id: &SignalId| !id.defaults().enabled;
            let off: Vec<String> =
                SignalId::all().filter(is_off).map(|id| format!("/signals/{}/", id.name())).collect();
            let is_shown = |held: &&Held| !off.iter().any(|table| held.field.starts_with(table));
            let written = view.settings.iter().filter(|held| !held.source.is_empty()).filter(is_shown);
            let lines = written.map(|held| format!("{} = {} by {}\n", held.field, held.value, held.source));
            format!("{:?}\n{}", view.matched, lines.collect::<String>())
        };
        let told = ["key", "other"].map(|tier| shown(view(POLICY, "north-1", tier))).concat();
        expect![[r#"
            Some(0)
            /time_zone = "Europe/London" by /time_zone
            /counting/solo = false by /counting/solo
            /rises/level = "sure" by /rises/level
            /rises/budget = "2 per 3 account-years" by /rises/budget
            /signals/meeting-count/warning = 7 by /override/0/signals/meeting-count/warning
            /signals/meeting-count/critical = "off" by /signals/meeting-count/critical
            /signals/meeting-count/for = "3 of 4w" by /signals/meeting-count/for
            /signals/meeting-count/rise_level = "likely" by /override/0/signals/meeting-count/rise_level
            /signals/meeting-count/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/meeting-hours/rise_level = "sure" by /rises/level
            /signals/meeting-hours/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/plan-versions/rise_level = "sure" by /rises/level
            /signals/plan-versions/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/approval-hops/rise_level = "sure" by /rises/level
            /signals/approval-hops/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/approval-days/rise_level = "sure" by /rises/level
            /signals/approval-days/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/creep/rise_level = "watch" by /signals/creep/rise_level
            /signals/creep/rise_budget = "2 per 3 account-years" by /rises/budget
            Some(1)
            /time_zone = "Europe/London" by /time_zone
            /counting/solo = false by /counting/solo
            /rises/level = "sure" by /rises/level
            /rises/budget = "2 per 3 account-years" by /rises/budget
            /signals/meeting-count/warning = 2.5 by /signals/meeting-count/warning
            /signals/meeting-count/critical = "off" by /signals/meeting-count/critical
            /signals/meeting-count/for = "3 of 4w" by /signals/meeting-count/for
            /signals/meeting-count/rise_level = "sure" by /rises/level
            /signals/meeting-count/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/meeting-hours/rise_level = "sure" by /rises/level
            /signals/meeting-hours/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/plan-versions/enabled = false by /override/1/signals/plan-versions/enabled
            /signals/plan-versions/rise_level = "sure" by /rises/level
            /signals/plan-versions/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/approval-hops/rise_level = "sure" by /rises/level
            /signals/approval-hops/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/approval-days/rise_level = "sure" by /rises/level
            /signals/approval-days/rise_budget = "2 per 3 account-years" by /rises/budget
            /signals/creep/rise_level = "watch" by /signals/creep/rise_level
            /signals/creep/rise_budget = "2 per 3 account-years" by /rises/budget
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn the_values_in_force_are_a_policy_that_means_the_same() {
        for (policy, account, tier) in
            [("{}", "x", ""), (POLICY, "x", "key"), (POLICY, "north-1", ""), (POLICY, "x", "")]
        {
            let told = view(policy, account, tier);
            let mut whole = json!({});
            for held in &told.settings {
                let mut table = &mut whole;
                let mut keys = held.field.split('/').skip(1).peekable();
                while let Some(key) = keys.next() {
                    let next = table.as_object_mut().unwrap().entry(key);
                    let last = keys.peek().is_none();
                    table = next
                        .or_insert_with(|| if last { held.value.clone() } else { Value::Object(Map::new()) });
                }
            }
            let values = |view: &View| -> Vec<(String, Value)> {
                view.settings.iter().map(|held| (held.field.clone(), held.value.clone())).collect()
            };
            assert_eq!(values(&view(&whole.to_string(), "any", "any")), values(&told));
        }
    }
}
