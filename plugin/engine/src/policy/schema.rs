//! The JSON Schema of a policy, from its field definitions.

use super::fields::{COUNTING, Field, LIMIT_MAX, MATCH, RISE_BUDGET, RISES, SIGNAL, Shape, TOP};
use super::{OVERRIDES_MAX, Policy};
use crate::settings::Level;
use crate::signals::SignalId;
use serde_json::{Map, Value, json};

pub(super) fn schema() -> String {
    let defaults = Policy::default();
    let mut properties = properties(TOP, |_| true, Some(&defaults));
    properties
        .insert("counting".into(), object(self::properties(COUNTING, |_| true, Some(&defaults.counting))));
    properties.insert("rises".into(), object(self::properties(RISES, |_| true, Some(&defaults.rises))));
    properties.insert("signals".into(), signals(Some(&defaults)));
    properties.insert(
        "override".into(),
        json!({
            "type": "array",
            "maxItems": OVERRIDES_MAX,
            "description": "Other numbers for some accounts; the first that matches holds.",
            "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["match", "signals"],
                "properties": {
                    "match": {
                        "type": "object",
                        "additionalProperties": false,
                        "minProperties": 1,
                        "properties": self::properties(MATCH, |_| true, None),
                    },
                    "signals": some(signals(None)),
                },
            },
        }),
    );
    let mut schema = object(properties);
    if let Value::Object(schema) = &mut schema {
        schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("title".into(), json!("redtape policy"));
    }
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// An object with at least one key.
fn some(mut object: Value) -> Value {
    if let Value::Object(object) = &mut object {
        object.insert("minProperties".into(), json!(1));
    }
    object
}

/// The signals' tables; with their defaults, where they have some of their own.
fn signals(defaults: Option<&Policy>) -> Value {
    let tables = SignalId::all().map(|signal| {
        let is_override = defaults.is_none();
        let allowed = |key: &str| signal.has_option(key) && !(is_override && key == RISE_BUDGET);
        let default = defaults.map(|policy| policy.signals.get(signal));
        (signal.name().to_owned(), object(properties(SIGNAL, allowed, default)))
    });
    object(tables.collect())
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn properties<T>(
    fields: &[Field<T>],
    allowed: impl Fn(&str) -> bool,
    default: Option<&T>,
) -> Map<String, Value> {
    let mut found = Map::new();
    for field in fields.iter().filter(|field| allowed(field.key)) {
        let mut property = shape(field.shape);
        property.insert("description".into(), json!(field.doc));
        if let Some(default) = default {
            property.insert("default".into(), (field.get)(default));
        }
        found.insert(field.key.to_owned(), Value::Object(property));
    }
    found
}

fn shape(shape: Shape) -> Map<String, Value> {
    let value = match shape {
        Shape::Version => json!({ "const": 1 }),
        Shape::Zone => json!({ "type": "string", "minLength": 1 }),
        Shape::Days(_) => json!({ "type": "string", "pattern": "^[0-9]+[dw]$" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Whole(max) => json!({ "type": "integer", "minimum": 0, "maximum": max }),
        Shape::Limit => json!({ "anyOf": [
            { "type": "number", "exclusiveMinimum": 0, "maximum": LIMIT_MAX }, { "const": "off" }] }),
        Shape::Lasting => json!({ "type": "string", "pattern": "^[0-9]+( of [0-9]+)?w$" }),
        Shape::Level => json!({ "enum": Level::ALL.map(Level::name) }),
        Shape::Budget => json!({ "type": "string", "pattern": "^([0-9]+ per [0-9]+ account-years|off)$" }),
        Shape::Weeks(_) => json!({ "type": "string", "pattern": "^[0-9]+w$" }),
        Shape::Glob | Shape::Text => json!({ "type": "string", "minLength": 1 }),
        Shape::OneOf(names) => json!({ "enum": names }),
    };
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
