//! A policy as it holds for one account, as TOML: a policy itself, with the origin of every value as a comment.

use std::fmt::Write as _;

use redtape::detector::{Profile, Service};
use redtape::policy::{InForce, closed};
use redtape_model::text::{printable, width};

/// Columns from which on comments stand.
const COMMENT_COLUMN: usize = 42;

/// All values in force. The text is itself a policy, and means the same for this account.
pub fn in_force(told: &InForce) -> String {
    let mut page = String::new();
    let (account, about) = (&told.account, facts(&told.profile));
    line(&mut page, &printable(&format!("# {}, for account `{account}`: {about}", told.policy)));
    line(&mut page, &printable(&format!("# {}", override_in_words(told))));
    let mut section = "";
    for held in &told.values {
        let (table, key) = held.field.rsplit_once('/').unwrap_or(("", &held.field));
        if table != section {
            section = table;
            line(&mut page, &format!("\n[{}]", table.trim_start_matches('/').replace('/', ".")));
        }
        let setting = printable(&format!("{key} = {}", held.value));
        let gap = COMMENT_COLUMN.saturating_sub(width(&setting)).max(1);
        line(&mut page, &format!("{setting}{:gap$}# {}", "", held.origin));
    }
    closed(&page)
}

/// Tier, service and tags in words.
fn facts(profile: &Profile) -> String {
    let tier =
        if profile.tier.is_empty() { "no tier".to_owned() } else { format!("tier `{}`", profile.tier) };
    let service = match profile.service {
        Service::Unknown => "service not known",
        Service::InHouse => "in-house service",
        Service::Outsourced => "outsourced service",
    };
    let tags: Vec<String> = profile.tags.iter().map(|tag| format!("`{tag}`")).collect();
    let tags = match tags.as_slice() {
        [] => "no tags".to_owned(),
        [tag] => format!("tag {tag}"),
        tags => format!("tags {}", tags.join(", ")),
    };
    format!("{tier}, {service}, {tags}")
}

fn override_in_words(told: &InForce) -> String {
    match (&told.matched, told.overrides) {
        (None, 0) => "the policy has no overrides".to_owned(),
        (None, 1) => "the override does not match".to_owned(),
        (None, overrides) => format!("none of the {overrides} overrides matches"),
        (Some(matched), overrides) => {
            let place = matched.line.map(|line| format!(", line {line}")).unwrap_or_default();
            let number = matched.number;
            format!("override {number} of {overrides} holds{place}: {}", matched.conditions.join(", "))
        }
    }
}

fn line(page: &mut String, text: &str) {
    // Writing to a String cannot fail.
    writeln!(page, "{text}").unwrap_or_default();
}
