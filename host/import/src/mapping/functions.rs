//! What expressions can call: the standard library of CEL, its string functions, and those of redtape.

use std::sync::{Arc, LazyLock};

use cel::common::types::{BOOL_TYPE, CelBool, CelString, DYN_TYPE};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError, Value};

use super::flags;

/// The function that makes a plain name of a text.
pub(super) const SLUG: &str = "slug";
/// The function that reads true or false.
pub(super) const FLAG: &str = "flag";

/// What can be called, beside operators.
pub(crate) const FUNCTIONS: &[&str] = &[
    "bool",
    "bytes",
    "charAt",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "flag",
    "format",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "hasValue",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "max",
    "min",
    "none",
    "of",
    "ofNonZeroValue",
    "optMap",
    "optFlatMap",
    "or",
    "orValue",
    "replace",
    "reverse",
    "size",
    "slug",
    "split",
    "startsWith",
    "string",
    "substring",
    "timestamp",
    "trim",
    "type",
    "uint",
    "upperAscii",
    "value",
];

/// The standard library, the string functions, and those of redtape.
pub(crate) static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    let added = env
        .add_extension(cel::extensions::strings)
        .and_then(|()| env.add_overload(SLUG, "slug(dyn)", vec![DYN_TYPE], slug))
        .and_then(|()| env.add_overload(FLAG, "flag(dyn)", vec![DYN_TYPE], flag))
        .and_then(|()| env.add_overload(FLAG, "flag(dyn, bool)", vec![DYN_TYPE, BOOL_TYPE], flag));
    if let Err(error) = added {
        log::warn!("expressions lack functions: {error}");
    }
    Arc::new(env)
});

/// True or false, however it is written; without a value false, or what the second argument says.
fn flag<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let mut args = args.into_iter();
    let value = args.next().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let otherwise =
        args.next().and_then(|it| it.downcast_ref::<CelBool>().map(|it| *it.inner())).unwrap_or_default();
    let text = match Value::try_from(value.as_ref())? {
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        other => {
            return Err(ExecutionError::function_error(
                FLAG,
                format!("takes true, false or a text, found a {}", other.type_of()),
            ));
        }
    };
    match flags::read(&text) {
        Ok(flag) => Ok(CowVal::owned(CelBool::from(flag.unwrap_or(otherwise)))),
        Err(flags::Unknown) => {
            Err(ExecutionError::function_error(FLAG, format!("found `{text}`, expected {}", flags::KNOWN)))
        }
    }
}

/// A name in lower case: letters, digits and `/` stay, every other run becomes one `-`, and none is at the ends.
fn slug<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = args.into_iter().next().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let Some(text) = value.downcast_ref::<CelString<'_>>() else {
        return match Value::try_from(value.as_ref())? {
            Value::Null => Ok(value),
            _ => Err(ExecutionError::function_error(SLUG, "takes a text")),
        };
    };
    let mut name = String::new();
    for letter in text.inner().chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '/' {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    Ok(CowVal::owned(CelString::from(name)))
}
