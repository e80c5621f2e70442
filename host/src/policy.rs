//! A policy file: TOML or JSON in, JSON for the plugin out, every mistake shown at its place.
//!
//! What the fields mean, and which values are right, is known to the plugin only.

use std::path::Path;
use std::{fmt, fs};

use serde_json::Value;

use crate::calendar::Zone;
use crate::detector::{Detector, Problem, Refusal};
use crate::error::Error;

pub(crate) mod toml;

use self::toml::Place;

/// Days until a week closes where the policy names none.
const LATENESS_DAYS: u64 = 7;

/// A policy as it was written, ready for [`Detector::configure`].
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    text: String,
    value: Value,
    places: Vec<Place>,
}

impl Default for Policy {
    /// No policy: the documented defaults.
    fn default() -> Self {
        let (name, text, places) = ("defaults".to_owned(), String::new(), Vec::new());
        Self { name, text, value: Value::Object(serde_json::Map::new()), places }
    }
}

impl Policy {
    /// Reads a policy file: JSON where its name ends in `.json`, else TOML.
    ///
    /// # Errors
    ///
    /// [`Error::Read`]; [`Error::Policy`] where it is not well-formed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| Error::Read { name: name.clone(), source })?;
        if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("json")) {
            Self::from_json(&name, &text)
        } else {
            Self::from_toml(&name, &text)
        }
    }

    /// Reads a policy from TOML; `name` is shown in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] with every mistake of syntax.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches('\u{feff}');
        let (value, places, faults) = toml::read(text);
        if !faults.is_empty() {
            let mistakes = faults.into_iter().map(|(span, message)| Mistake::at(text, span, "", message));
            return Err(Error::Policy(PolicyErrors::new(name, mistakes.collect())));
        }
        Ok(Self { name: name.to_owned(), text: text.to_owned(), value, places })
    }

    /// Reads a policy from JSON; `name` is shown in messages.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] where it is no JSON.
    pub fn from_json(name: &str, text: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches('\u{feff}');
        let value = serde_json::from_str(text).map_err(|error| {
            let before: usize =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let start = text.floor_char_boundary(before + error.column().saturating_sub(1));
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(told, _)| told);
            Error::Policy(PolicyErrors::new(
                name,
                vec![Mistake::at(text, start..start + 1, "", message.to_owned())],
            ))
        })?;
        Ok(Self { name: name.to_owned(), text: text.to_owned(), value, places: Vec::new() })
    }

    /// The policy as the contract wants it.
    pub fn json(&self) -> String {
        self.value.to_string()
    }

    /// Configures `detector` with this policy.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] with every mistake at its place in the file; those of [`Detector::configure`].
    pub fn configure(&self, detector: &mut Detector) -> Result<(), Error> {
        detector.configure(&self.json()).map_err(|error| match error {
            Error::Refused { refusal: Refusal::Policy(problems), .. } => {
                Error::Policy(self.explain(&problems))
            }
            other => other,
        })
    }

    /// Its time zone; UTC where it names none that exists, which `configure` refuses.
    pub fn zone(&self) -> Zone {
        self.value.get("time_zone").and_then(Value::as_str).and_then(Zone::named).unwrap_or_default()
    }

    /// Days from the end of a week until it closes.
    pub fn lateness_days(&self) -> u64 {
        let days = |text: &str| {
            let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
            Some(number.parse::<u64>().ok()? * if unit == "w" { 7 } else { 1 })
        };
        self.value.get("lateness").and_then(Value::as_str).and_then(days).unwrap_or(LATENESS_DAYS)
    }

    /// Finds the places that the plugin's problems speak of.
    pub fn explain(&self, problems: &[Problem]) -> PolicyErrors {
        let mistake = |problem: &Problem| {
            let message = match problem.found.as_str() {
                "" => format!("expected {}", problem.expected),
                found => format!("found `{found}`, expected {}", problem.expected),
            };
            match self.place(problem) {
                Some(span) => Mistake::at(&self.text, span, &problem.field, message),
                None => Mistake { field: problem.field.clone(), message, shown: None },
            }
        };
        PolicyErrors::new(&self.name, problems.iter().map(mistake).collect())
    }

    /// The part of the text that `problem` is about: a key where the key is wrong, else the value; where neither is
    /// there, the nearest thing around it.
    fn place(&self, problem: &Problem) -> Option<std::ops::Range<usize>> {
        let mut field = problem.field.as_str();
        loop {
            if let Some(place) = self.places.iter().find(|place| place.field == field) {
                let about_key = place.field != problem.field || place.is_table || names_key(problem);
                return Some(if about_key { place.key.clone() } else { place.value.clone() });
            }
            field = field.rsplit_once('/')?.0;
        }
    }
}

/// Whether the problem is that there is such a key at all: then what was found is its name.
fn names_key(problem: &Problem) -> bool {
    let key = problem.field.rsplit('/').next().unwrap_or_default();
    problem.found == key.replace("~1", "/").replace("~0", "~")
}

/// All mistakes of a policy. Its text has one paragraph for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors {
    /// The file.
    pub name: String,
    /// In the order of the file.
    pub mistakes: Vec<Mistake>,
}

/// One mistake of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// JSON Pointer; empty: the whole policy.
    pub field: String,
    /// What was found and what would be right.
    pub message: String,
    /// Where it is, for TOML.
    pub shown: Option<Shown>,
}

/// A place in a file, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line itself.
    pub text: String,
    /// How many characters the mistake is long; at least 1.
    pub len: usize,
}

impl PolicyErrors {
    fn new(name: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.shown.as_ref().map(|shown| (shown.line, shown.column)));
        Self { name: name.to_owned(), mistakes }
    }
}

impl Mistake {
    /// A mistake at a place of `text`.
    pub(crate) fn at(text: &str, span: std::ops::Range<usize>, field: &str, message: String) -> Self {
        let start = text.floor_char_boundary(span.start);
        let (before, rest) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let lead = before.get(line_start..).unwrap_or_default();
        let tail = rest.lines().next().unwrap_or_default();
        let end = tail.floor_char_boundary(span.end.saturating_sub(start));
        let len = tail.get(..end).unwrap_or_default().chars().count().max(1);
        let shown = Shown {
            line: before.matches('\n').count() + 1,
            column: lead.chars().count() + 1,
            text: format!("{lead}{tail}"),
            len,
        };
        Self { field: field.to_owned(), message, shown: Some(shown) }
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tell_mistakes(f, "policy", &self.name, &self.mistakes)
    }
}

/// Writes the mistakes of a file, a paragraph each, under a line that says how many there are.
pub(crate) fn tell_mistakes(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    name: &str,
    mistakes: &[Mistake],
) -> fmt::Result {
    let count = mistakes.len();
    write!(f, "{what} `{name}` has {count} mistake{}", if count == 1 { "" } else { "s" })?;
    for mistake in mistakes {
        let field = if mistake.field.is_empty() { String::new() } else { format!(": {}", mistake.field) };
        let message = &mistake.message;
        let Some(Shown { line, column, text, len }) = &mistake.shown else {
            write!(f, "\n\n{name}{field}\n  {message}")?;
            continue;
        };
        let text = crate::text::printable(text);
        let lead: String = text.chars().take(column - 1).collect();
        let marked: String = text.chars().skip(column - 1).take(*len).collect();
        let (indent, carets) = (crate::text::width(&lead), crate::text::width(&marked).max(1));
        let gutter = line.to_string().len();
        write!(f, "\n\n{name}:{line}:{column}{field}\n  {line} | {text}\n")?;
        write!(f, "  {:gutter$} | {:indent$}{} {message}", "", "", "^".repeat(carets))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

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
