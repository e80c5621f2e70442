//! The columns of a table of accounts by their usual names, compared regardless of case, blanks and punctuation.

use crate::input::is_public_domain;

/// What a column tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    Name,
    Tier,
    Service,
    Tags,
    Domains,
    /// Ids and names that it had, or has elsewhere.
    Former,
    /// The account that a record was merged into.
    MergedInto,
    /// The account that a record of another sort, with an id of its own, belongs to.
    BelongsTo,
}

/// The roles with their names, those first that are meant where there are several.
pub(super) const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Id,
        &[
            "id",
            "record id",
            "account id",
            "company id",
            "organization id",
            "org id",
            "customer id",
            "customer number",
            "customer no",
            "partner id",
            "_id",
            "number",
            "nr",
            "no",
        ],
    ),
    (
        Role::Name,
        &[
            "name",
            "account name",
            "company name",
            "organization name",
            "customer name",
            "account",
            "company",
            "customer",
            "organization",
            "properties.name",
        ],
    ),
    (Role::Tier, &["tier", "account tier", "customer tier", "segment", "properties.tier"]),
    (Role::Service, &["service", "properties.service"]),
    (Role::Tags, &["tags", "tag", "labels", "label"]),
    (
        Role::Domains,
        &[
            "domains",
            "domain",
            "website",
            "websiteurl",
            "company domain name",
            "email domain",
            "email domains",
            "url",
            "properties.domain",
            "properties.website",
        ],
    ),
    (
        Role::Former,
        &[
            "former ids",
            "former id",
            "former names",
            "former name",
            "previous ids",
            "previous id",
            "previous names",
            "old ids",
            "old id",
            "merged ids",
            "merged company ids",
            "aliases",
            "alias",
            "other ids",
            "other id",
            "other names",
            "external id",
            "external ids",
            "account number",
            "hs_merged_object_ids",
            "properties.hs_merged_object_ids",
        ],
    ),
    (Role::MergedInto, &["master record id", "_masterid_value", "masterid", "merged into"]),
    (
        Role::BelongsTo,
        &["account id", "company id", "organization id", "org id", "customer id", "partner id"],
    ),
];

/// The domain of an address, of a web address, or as it is; none: it is none, or one where everybody may have an address.
pub(super) fn domain(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let text = text.rsplit('@').next().unwrap_or_default().trim_end_matches('.').to_lowercase();
    let text = text.strip_prefix("www.").unwrap_or(&text);
    let is_domain = text.contains('.')
        && text.split('.').all(|label| !label.is_empty())
        && !text.contains(|it: char| it.is_whitespace() || it == ',' || it == '&')
        && !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (is_domain && !is_public_domain(text)).then(|| text.to_owned())
}
