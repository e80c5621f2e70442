//! What a record calls people, beside the ids that activities have.

use std::borrow::Cow;

use serde_json::Value;

use super::rules::{Path, Rules, Source, What};
use crate::names::Names;

/// What stands between several people where a mapping does not say so.
const BETWEEN: [char; 2] = [';', '\n'];

/// Takes down which columns hold people.
pub(super) fn columns(rules: &Rules, names: &Names) {
    let fills = rules.rules.iter().flat_map(|rule| &rule.fills).filter(|fill| fill.field.is_of_people());
    for source in fills.flat_map(|fill| &fill.sources) {
        let from = match &source.what {
            What::From(paths) => paths.as_slice(),
            What::Cel(_) | What::Value(_) => &[],
        };
        from.iter().chain(&source.name).for_each(|path| names.column(&path.name));
    }
}

/// Takes down what people are called where `value` names them and `ids` are theirs, in the same order or by their ids.
pub(super) fn beside(names: &Names, source: &Source, value: &Value, ids: &[Cow<'_, str>]) {
    let called: Vec<String> = match value {
        Value::Object(members) => {
            // `{"id": "name"}`.
            for (id, name) in members {
                names.see(&format!("{}{id}", source.prefix), name.as_str().unwrap_or_default());
            }
            return;
        }
        Value::String(text) => match &source.split {
            Some(split) => text.split(split.as_str()).map(|part| part.trim().to_owned()).collect(),
            None => vec![text.trim().to_owned()],
        },
        other => texts(other),
    };
    // Of lists that differ nobody knows who is who.
    let is_in_step = called.len() == ids.len();
    for (at, name) in called.iter().enumerate() {
        let id = ids.get(at).filter(|_| is_in_step);
        names.see(id.map_or("", |id| id.as_ref()), name);
    }
}

/// The same where each element of `list` has the id and the name.
pub(super) fn within(names: &Names, source: &Source, list: &Value, item: &Path, name: &Path) {
    let elements: Vec<&Value> = match list {
        Value::Array(elements) => elements.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    for element in elements {
        let id = match item.find(element) {
            Some(Value::String(id)) => id.trim().to_owned(),
            Some(Value::Number(id)) => id.to_string(),
            _ => String::new(),
        };
        let id = if id.is_empty() { id } else { format!("{}{id}", source.prefix) };
        names.see(&id, name.find(element).and_then(Value::as_str).unwrap_or_default());
    }
}

/// Takes down names that belong to nobody who takes part, or to nobody knows whom.
pub(super) fn alone(names: &Names, value: &Value) {
    for text in texts(value) {
        text.split(BETWEEN).for_each(|name| names.see("", name));
    }
}

/// All texts of a value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
