//! A policy file: TOML or JSON in, JSON for the plugin out, every mistake shown at its place.
//!
//! What the fields mean, and which values are right, is known to the plugin only.

use std::path::Path;

use serde_json::Value;

use crate::detector::{Problem, Refusal};
use crate::engine::Engine;
use crate::error::Error;
use redtape_model::calendar::Zone;
use redtape_model::document::Document;
use redtape_model::mistakes::Mistakes;
use redtape_model::{problem, whole};

mod end;
mod in_force;

pub use self::end::closed;
pub use self::in_force::{InForce, OverrideInForce, ValueInForce, ValueOrigin};

/// Days until a week closes where the policy names none.
const LATENESS_DAYS: u64 = 7;
/// What the file is called in messages.
const WHAT: &str = "policy";
/// Bytes of a file, as of what the plugin takes: a thousand overrides take a tenth of it.
const FILE_BYTES_MAX: usize = 1 << 20;

/// A policy as it was written, ready for [`Engine::configure`].
#[derive(Clone, Debug)]
pub struct Policy {
    document: Document,
}

impl Default for Policy {
    /// No policy: the documented defaults.
    fn default() -> Self {
        Self { document: Document::empty(WHAT, "defaults") }
    }
}

impl Policy {
    /// Reads a policy file, of 1 MiB at most: JSON where its name ends in `.json`, else TOML.
    ///
    /// # Errors
    ///
    /// [`Error::Read`]; [`Error::Policy`] where it is not well-formed, or was written by the command and has lost its end.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let read = whole::text(path, WHAT, FILE_BYTES_MAX);
        let text = read.map_err(|source| Error::Read { name: name.clone(), source })?;
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("json")) {
            Self::from_json(&name, &text)
        } else {
            end::check(&name, &text).map_err(Error::Policy)?;
            Self::from_toml(&name, &text)
        }
    }

    /// Reads a policy from TOML; `name` is shown in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] with every mistake of syntax.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, Error> {
        let document = Document::from_toml(WHAT, name, text).map_err(Error::Policy)?;
        Ok(Self { document })
    }

    /// Reads a policy from JSON; `name` is shown in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] where it is no JSON.
    pub fn from_json(name: &str, text: &str) -> Result<Self, Error> {
        let document = Document::from_json(WHAT, name, text).map_err(Error::Policy)?;
        Ok(Self { document })
    }

    /// Its file, as it is shown in messages, or `defaults`.
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// The policy as the contract wants it.
    pub fn json(&self) -> String {
        self.document.value.to_string()
    }

    /// Configures `engine` with this policy.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] with every mistake at its place in the file; those of [`Engine::configure`].
    pub fn configure(&self, engine: &mut impl Engine) -> Result<(), Error> {
        engine.configure(&self.json()).map_err(|error| match error {
            Error::Refused { refusal: Refusal::Policy(problems), .. } => {
                Error::Policy(self.explain(&problems))
            }
            other => other,
        })
    }

    /// Its time zone; UTC where it names none that exists, which `configure` refuses.
    pub fn zone(&self) -> Zone {
        self.document.value.get("time_zone").and_then(Value::as_str).and_then(Zone::named).unwrap_or_default()
    }

    /// Days from the end of a week until it closes.
    pub fn lateness_days(&self) -> u64 {
        let days = |text: &str| {
            let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
            Some(number.parse::<u64>().ok()? * if unit == "w" { 7 } else { 1 })
        };
        self.document.value.get("lateness").and_then(Value::as_str).and_then(days).unwrap_or(LATENESS_DAYS)
    }

    /// Finds the places that the plugin's problems speak of.
    pub fn explain(&self, problems: &[Problem]) -> Mistakes {
        let problem = |it: &Problem| problem::Problem {
            line: it.line,
            field: it.field.clone(),
            found: it.found.clone(),
            expected: it.expected.clone(),
        };
        self.document.explain(&problems.iter().map(problem).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt;

    #[track_caller]
    fn check(error: impl fmt::Display, expected: Expect) {
        expected.assert_eq(&format!("{error}\n"));
    }

    fn problem(field: &str, found: &str, expected: &str) -> Problem {
        Problem { line: 0, field: field.to_owned(), found: found.to_owned(), expected: expected.to_owned() }
    }

    #[test]
    fn mistakes_are_shown_at_their_place() {
        let text = "time_zone = 'Mars'\n[signals.meeting-count]\nwarnign = 5\ncritical = \"\u{e9}ight\" # no\n\
                    [[override]]\nmatch = {}\n";
        let policy = Policy::from_toml("p.toml", text).unwrap();
        let errors = policy.explain(&[
            problem("/signals/meeting-count/critical", "\"\u{e9}ight\"", "a number, or `off`"),
            problem("/signals/meeting-count/warnign", "warnign", "one of `warning`, `critical`"),
            problem("/time_zone", "Mars", "a time zone such as `Europe/London`"),
            problem("/override/0/match/account", "", "at least one key"),
        ]);
        check(
            errors,
            expect![[r#"
                policy `p.toml` has 4 mistakes

                p.toml:1:13: /time_zone
                  1 | time_zone = 'Mars'
                    |             ^^^^^^ found `Mars`, expected a time zone such as `Europe/London`

                p.toml:3:1: /signals/meeting-count/warnign
                  3 | warnign = 5
                    | ^^^^^^^ found `warnign`, expected one of `warning`, `critical`

                p.toml:4:12: /signals/meeting-count/critical
                  4 | critical = "éight" # no
                    |            ^^^^^^^ found `"éight"`, expected a number, or `off`

                p.toml:6:1: /override/0/match/account
                  6 | match = {}
                    | ^^^^^ expected at least one key
            "#]],
        );
    }

    #[test]
    fn syntax_is_shown_all_together() {
        check(
            Policy::from_toml("p.toml", "a = \nb = 1\nb = 2\nc = inf\n").unwrap_err(),
            expect![[r#"
            policy `p.toml` has 3 mistakes

            p.toml:1:5
              1 | a = 
                |     ^ string values must be quoted, expected literal string

            p.toml:3:1
              3 | b = 2
                | ^ duplicate key

            p.toml:4:5
              4 | c = inf
                |     ^^^ number is not finite
        "#]],
        );
        check(
            Policy::from_json("p.json", "{\n  \"a\": 1,\n}").unwrap_err(),
            expect![[r#"
            policy `p.json` has 1 mistake

            p.json:3:1
              3 | }
                | ^ trailing comma
        "#]],
        );
    }

    #[test]
    fn zone_and_lateness_are_known_to_the_host() {
        let policy = Policy::from_toml("p", "time_zone = 'Asia/Tokyo'\nlateness = '2w'").unwrap();
        assert_eq!((policy.zone().name(), policy.lateness_days()), ("Asia/Tokyo", 14));
        let policy = Policy::default();
        assert_eq!((policy.zone().name(), policy.lateness_days(), policy.json().as_str()), ("UTC", 7, "{}"));
    }
}
