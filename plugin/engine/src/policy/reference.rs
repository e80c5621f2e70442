//! The reference page of a policy, from its field definitions.

use super::Policy;
use super::fields::{COUNTING, Field, MATCH, RISES, SIGNAL, TOP};
use super::parse::expectation;
use crate::settings::SignalPolicy;
use serde_json::Value;
use std::fmt::Write as _;

pub(super) fn reference() -> String {
    let defaults = Policy::default();
    let mut page = String::from(
        "# The policy\n\nOne TOML or JSON file. Every key is optional; unknown keys are errors. This page is generated \
         from the definitions the parser uses.\n",
    );
    section(&mut page, "Top level", TOP, |_| true, Some(&defaults));
    section(&mut page, "`[counting]`", COUNTING, |_| true, Some(&defaults.counting));
    section(&mut page, "`[rises]`", RISES, |_| true, Some(&defaults.rises));
    for (signal, default) in defaults.signals.each() {
        let title = format!("`[signals.{}]`", signal.name());
        section(&mut page, &title, SIGNAL, |key| signal.has_option(key), Some::<&SignalPolicy>(default));
        line(&mut page, &format!("\nIn {}.", signal.about().unit));
    }
    section(&mut page, "`[[override]]`, its `match`", MATCH, |_| true, None);
    line(
        &mut page,
        "\nAn override has a `match` of at least one key and `signals` tables as above, with only the keys that differ. \
         The first override that matches an account holds, alone.",
    );
    page
}

fn section<T>(
    page: &mut String,
    title: &str,
    fields: &[Field<T>],
    allowed: impl Fn(&str) -> bool,
    default: Option<&T>,
) {
    line(page, &format!("\n## {title}\n"));
    let defaults = if default.is_some() { ("default | ", "---|") } else { ("", "") };
    line(page, &format!("| key | {}what it is | allowed |\n|---|{}---|---|", defaults.0, defaults.1));
    for field in fields.iter().filter(|field| allowed(field.key)) {
        let default = match default.map(field.get) {
            Some(Value::Null) | None => String::new(),
            Some(value) => format!("`{value}` | "),
        };
        line(page, &format!("| `{}` | {default}{} | {} |", field.key, field.doc, expectation(field.shape)));
    }
}

fn line(page: &mut String, text: &str) {
    // Writing to a String cannot fail.
    writeln!(page, "{text}").unwrap_or_default();
}
