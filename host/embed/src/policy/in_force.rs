//! A policy as it holds for one account: every value, and where each comes from.
//!
//! The plugin resolves it; here the places in the file are added.

use std::fmt;

use serde_json::Value;

use super::Policy;
use crate::detector::{PolicyView, Profile};
use crate::engine::Engine;
use crate::error::Error;

/// What a policy means for one account.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The policy file.
    pub policy: String,
    /// The account it was asked for.
    pub account: String,
    /// The facts it was asked for.
    pub profile: Profile,
    /// How many overrides the policy has.
    pub overrides: usize,
    /// The override that holds; none: none matches.
    pub matched: Option<OverrideInForce>,
    /// Every value, in the order of the reference page.
    pub values: Vec<ValueInForce>,
}

/// The override that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideInForce {
    /// Its number, from 1.
    pub number: usize,
    /// Where it begins; none for JSON.
    pub line: Option<usize>,
    /// What it asks for, such as `tier = "key"`.
    pub conditions: Vec<String>,
}

/// One value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueInForce {
    /// JSON Pointer, as in a policy without overrides.
    pub field: String,
    /// As a policy would write it; TOML and JSON write it alike.
    pub value: String,
    /// Where it comes from.
    pub origin: ValueOrigin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueOrigin {
    /// The policy does not say, so the documented default holds.
    Default,
    /// The policy says so for all accounts.
    Policy {
        /// Where; none for JSON.
        line: Option<usize>,
    },
    /// `[rises]` says so for all signals.
    Rises {
        /// Where; none for JSON.
        line: Option<usize>,
    },
    /// An override says so.
    Override {
        /// Its number, from 1.
        number: usize,
        /// Where; none for JSON.
        line: Option<usize>,
    },
}

impl fmt::Display for ValueOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match self {
            ValueOrigin::Default => return f.write_str("default"),
            ValueOrigin::Policy { line } => {
                f.write_str("policy")?;
                line
            }
            ValueOrigin::Rises { line } => {
                f.write_str("[rises]")?;
                line
            }
            ValueOrigin::Override { number, line } => {
                write!(f, "override {number}")?;
                line
            }
        };
        line.map_or(Ok(()), |line| write!(f, ", line {line}"))
    }
}

impl Policy {
    /// What it means for an account of this name with these facts. `engine` is configured with it.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::policy_for`].
    pub fn in_force(
        &self,
        engine: &mut impl Engine,
        account: &str,
        profile: &Profile,
    ) -> Result<InForce, Error> {
        let PolicyView { matched, settings } = engine.policy_for(account, profile)?;
        let values = settings.into_iter().map(|setting| ValueInForce {
            origin: self.origin(&setting.source, &setting.field),
            field: setting.field,
            value: setting.value,
        });
        Ok(InForce {
            policy: self.name().to_owned(),
            account: account.to_owned(),
            profile: profile.clone(),
            overrides: self.document.value.get("override").and_then(Value::as_array).map_or(0, Vec::len),
            matched: matched.and_then(|number| usize::try_from(number).ok()).map(|it| self.matched(it)),
            values: values.collect(),
        })
    }

    /// The keys it sets, overrides apart, and how many overrides it has.
    pub fn sets(&self) -> (Vec<String>, usize) {
        let (mut keys, mut overrides) = (Vec::new(), 0);
        for (key, value) in self.document.value.as_object().into_iter().flatten() {
            match value {
                Value::Array(entries) if key == "override" => overrides = entries.len(),
                // The names of signals are known; the table around them says nothing.
                _ => leaves(if key == "signals" { "" } else { key }, value, &mut keys),
            }
        }
        (keys, overrides)
    }

    fn matched(&self, number: usize) -> OverrideInForce {
        let place = format!("/override/{number}");
        let conditions = self.document.value.pointer(&format!("{place}/match")).and_then(Value::as_object);
        let conditions = conditions.into_iter().flatten().map(|(key, value)| format!("{key} = {value}"));
        // An entry of a list has no key of its own; its first key stands in the line after `[[override]]`, or in its own.
        let keys = ["match", "signals"].map(|key| self.document.line(&format!("{place}/{key}")));
        let line = self.document.line(&place).or_else(|| keys.into_iter().flatten().min());
        OverrideInForce { number: number + 1, line, conditions: conditions.collect() }
    }

    fn origin(&self, source: &str, field: &str) -> ValueOrigin {
        let line = self.document.line(source);
        if source.is_empty() {
            return ValueOrigin::Default;
        }
        let number = source.strip_prefix("/override/").and_then(|rest| rest.split('/').next());
        match number.and_then(|number| number.parse::<usize>().ok()) {
            Some(number) => ValueOrigin::Override { number: number + 1, line },
            None if source == field => ValueOrigin::Policy { line },
            None => ValueOrigin::Rises { line },
        }
    }
}

/// The dotted names of all values below `value`.
fn leaves(name: &str, value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(table) => {
            let dot = if name.is_empty() { "" } else { "." };
            table.iter().for_each(|(key, value)| leaves(&format!("{name}{dot}{key}"), value, keys));
        }
        _ => keys.push(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::Plugin;
    use crate::detector::Service;

    #[test]
    fn every_value_has_its_line() {
        let text = "lateness = \"3d\"\n[rises]\nlevel = \"sure\"\n\n[[override]]\nmatch = { tag = \"eu\" }\n\
                    signals.meeting-count = { warning = 7 }\n";
        let policy = Policy::from_toml("p.toml", text).unwrap();
        let mut engine = Plugin::embedded().unwrap().detector(Limits::default()).unwrap();
        policy.configure(&mut engine).unwrap();
        let mut of = |tags: &[&str]| {
            let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
            let profile = Profile { tier: String::new(), service: Service::Unknown, tags };
            policy.in_force(&mut engine, "acme", &profile).unwrap()
        };
        let told = |in_force: &InForce, field: &str| {
            let held = in_force.values.iter().find(|held| held.field == field).unwrap();
            format!("{} by {}", held.value, held.origin)
        };
        let eu = of(&["uk", "eu"]);
        assert_eq!(told(&eu, "/lateness"), "\"3d\" by policy, line 1");
        assert_eq!(told(&eu, "/signals/meeting-count/warning"), "7 by override 1, line 7");
        assert_eq!(told(&eu, "/signals/meeting-count/critical"), "8 by default");
        assert_eq!(told(&eu, "/signals/meeting-count/rise_level"), "\"sure\" by [rises], line 3");
        let matched =
            OverrideInForce { number: 1, line: Some(5), conditions: vec!["tag = \"eu\"".to_owned()] };
        assert_eq!((eu.matched.unwrap(), eu.overrides), (matched, 1));
        let other = of(&[]);
        assert_eq!(
            (&other.matched, &*told(&other, "/signals/meeting-count/warning")),
            (&None, "5 by default")
        );
        assert_eq!(policy.sets(), (vec!["lateness".to_owned(), "rises.level".to_owned()], 1));
    }
}
