//! What expressions can call: the standard library of CEL, its string functions, and those of redtape.

use std::sync::{Arc, LazyLock};

use cel::common::types::{BOOL_TYPE, CelBool, CelInt, CelList, CelString, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError, Value};

use super::{flags, limits};
use crate::ids::{self, Id, Spelling};

/// The function that makes a plain name of a text.
pub(super) const SLUG: &str = "slug";
/// The function that reads true or false.
pub(super) const FLAG: &str = "flag";

/// The functions that write an id in its one spelling: any, and one of Salesforce.
const ID: &str = "id";
const SALESFORCE_ID: &str = "sfid";

/// How large what a function gives may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// Numbers, truth or short texts, whatever it takes.
    Little,
    /// As much as it takes, or more.
    Much,
}

use Gives::{Little, Much};

/// What can be called, beside operators, and what it gives.
const FUNCTIONS: &[(&str, Gives)] = &[
    ("bool", Little),
    ("bytes", Much),
    ("charAt", Much),
    ("contains", Little),
    ("double", Little),
    ("duration", Little),
    ("dyn", Much),
    ("endsWith", Little),
    ("flag", Little),
    ("format", Much),
    ("getDate", Little),
    ("getDayOfMonth", Little),
    ("getDayOfWeek", Little),
    ("getDayOfYear", Little),
    ("getFullYear", Little),
    ("getHours", Little),
    ("getMilliseconds", Little),
    ("getMinutes", Little),
    ("getMonth", Little),
    ("getSeconds", Little),
    ("hasValue", Little),
    ("id", Much),
    ("indexOf", Little),
    ("int", Little),
    ("join", Much),
    ("lastIndexOf", Little),
    ("lowerAscii", Much),
    ("matches", Little),
    ("max", Much),
    ("min", Much),
    ("none", Much),
    ("of", Much),
    ("ofNonZeroValue", Much),
    ("optMap", Much),
    ("optFlatMap", Much),
    ("or", Much),
    ("orValue", Much),
    ("replace", Much),
    ("reverse", Much),
    ("sfid", Much),
    ("size", Little),
    ("slug", Much),
    ("split", Much),
    ("startsWith", Little),
    ("string", Much),
    ("substring", Much),
    ("timestamp", Little),
    ("trim", Much),
    ("type", Little),
    ("uint", Little),
    ("upperAscii", Much),
    ("value", Much),
];

/// The names of what can be called, beside operators.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether what a function gives is small whatever it takes.
pub(super) fn is_small(name: &str) -> bool {
    FUNCTIONS.contains(&(name, Little))
}

/// The standard library, the string functions, and those of redtape.
pub(crate) static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    let added = env
        .add_extension(cel::extensions::strings)
        .and_then(|()| limits::declare(&mut env))
        .and_then(|()| declare_bounded(&mut env))
        .and_then(|()| env.add_overload(SLUG, "slug(dyn)", vec![DYN_TYPE], slug))
        .and_then(|()| env.add_overload(FLAG, "flag(dyn)", vec![DYN_TYPE], flag))
        .and_then(|()| env.add_overload(FLAG, "flag(dyn, bool)", vec![DYN_TYPE, BOOL_TYPE], flag))
        .and_then(|()| env.add_overload(ID, "id(dyn)", vec![DYN_TYPE], plain_id))
        .and_then(|()| env.add_overload(SALESFORCE_ID, "sfid(dyn)", vec![DYN_TYPE], salesforce_id));
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
    let text = text_of(FLAG, "takes true, false or a text", &value)?;
    match flags::read(&text) {
        Ok(flag) => Ok(CowVal::owned(CelBool::from(flag.unwrap_or(otherwise)))),
        Err(flags::Unknown) => {
            Err(ExecutionError::function_error(FLAG, format!("found `{text}`, expected {}", flags::KNOWN)))
        }
    }
}

/// A plain value as text; empty for null.
fn text_of(function: &str, takes: &str, value: &CowVal<'_, '_>) -> Result<String, ExecutionError> {
    Ok(match Value::try_from(value.as_ref())? {
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        other => {
            let told = format!("{takes}, found a {}", other.type_of());
            return Err(ExecutionError::function_error(function, told));
        }
    })
}

fn plain_id<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    spelt(ID, Spelling::Plain, args)
}

fn salesforce_id<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    spelt(SALESFORCE_ID, Spelling::Salesforce, args)
}

/// An id in its one spelling; empty where there is none.
fn spelt<'b, 'v>(
    function: &str,
    spelling: Spelling,
    args: Vec<CowVal<'b, 'v>>,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = args.into_iter().next().ok_or(ExecutionError::MissingArgumentOrTarget)?;
    let text = text_of(function, "takes a text or a number", &value)?;
    let id = match ids::read(text.trim(), spelling) {
        Id::Same => text.trim().to_owned(),
        Id::Known(id) => id,
        Id::Nothing => String::new(),
        Id::Shortened => {
            return Err(ExecutionError::function_error(
                function,
                format!("found `{text}`, expected {}", ids::SHORTENED),
            ));
        }
    };
    Ok(CowVal::owned(CelString::from(id)))
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

/// Bytes of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 256 << 10;
/// What a pattern costs, and each byte that it looks at: compiled ones have many states.
const PATTERN_COST: u64 = 64 << 10;
const MATCH_COST: u64 = 512;

/// Functions of the library that can make much out of little, charged before they do.
fn declare_bounded(env: &mut Env) -> Result<(), DeclarationError> {
    type Bounded = (&'static str, &'static [&'static str], cel::common::functions::Function);
    let all: [Bounded; 6] = [
        ("@replace", &["@replace/3", "@replace/4"], replace),
        ("@join", &["@join/1", "@join/2"], join),
        ("@split", &["@split/2", "@split/3"], split),
        ("@indexOf", &["@indexOf/2", "@indexOf/3"], index_of),
        ("@lastIndexOf", &["@lastIndexOf/2", "@lastIndexOf/3"], last_index_of),
        ("@matches", &["@matches/2"], matches),
    ];
    for (name, ids, function) in all {
        for id in ids {
            let count = id.rsplit('/').next().and_then(|count| count.parse().ok()).unwrap_or(1);
            env.add_overload(name, id, (0..count).map(|_| DYN_TYPE).collect(), function)?;
        }
    }
    Ok(())
}

/// The texts and numbers that a function was given.
struct Given<'a, 'b, 'v> {
    function: &'static str,
    args: &'a [CowVal<'b, 'v>],
}

impl Given<'_, '_, '_> {
    fn wrong(&self) -> ExecutionError {
        let types: Vec<&str> = self.args.iter().map(|it| it.get_type().name()).collect();
        ExecutionError::function_error(self.function, format!("cannot be called with {}", types.join(", ")))
    }

    fn text(&self, at: usize) -> Result<&str, ExecutionError> {
        let text = self.args.get(at).and_then(|it| it.downcast_ref::<CelString<'_>>());
        text.map(|it| it.inner()).ok_or_else(|| self.wrong())
    }

    /// A number that may be left out.
    fn number(&self, at: usize) -> Result<Option<i64>, ExecutionError> {
        let Some(value) = self.args.get(at) else { return Ok(None) };
        value.downcast_ref::<CelInt>().map(|it| Some(*it.inner())).ok_or_else(|| self.wrong())
    }
}

fn replace<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let given = Given { function: "replace", args: &args };
    let (text, from, to) = (given.text(0)?, given.text(1)?, given.text(2)?);
    let at_most = given.number(3)?.and_then(|it| usize::try_from(it).ok());
    limits::charge(limits::size(text.len()))?;
    let count = text.matches(from).take(at_most.unwrap_or(usize::MAX)).count();
    limits::charge(limits::size(count).saturating_mul(limits::size(to.len())))?;
    let replaced = at_most.map_or_else(|| text.replace(from, to), |count| text.replacen(from, to, count));
    Ok(CowVal::owned(CelString::from(replaced)))
}

fn join<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let given = Given { function: "join", args: &args };
    let between = if args.len() > 1 { given.text(1)? } else { "" };
    let list = args.first().and_then(|it| it.downcast_ref::<CelList<'_>>()).ok_or_else(|| given.wrong())?;
    let parts = list.inner().iter().map(|it| it.downcast_ref::<CelString<'_>>().map(|it| it.inner()));
    let parts: Vec<&str> = parts.collect::<Option<_>>().ok_or_else(|| given.wrong())?;
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    limits::charge(
        limits::size(bytes)
            .saturating_add(limits::size(parts.len()).saturating_mul(limits::size(between.len()))),
    )?;
    Ok(CowVal::owned(CelString::from(parts.join(between))))
}

fn split<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    /// What a part takes beside its text.
    const PART_COST: u64 = 128;
    let given = Given { function: "split", args: &args };
    let (text, at) = (given.text(0)?, given.text(1)?);
    let at_most = given.number(2)?.and_then(|it| usize::try_from(it).ok());
    limits::charge(limits::size(text.len()))?;
    let count = if at.is_empty() { text.chars().count() } else { text.matches(at).count() + 1 };
    let count = count.min(at_most.unwrap_or(usize::MAX));
    limits::charge(limits::size(count).saturating_mul(PART_COST))?;
    // Without a separator the text falls into its letters.
    let parts: Vec<&str> = match (at_most, at.is_empty()) {
        (Some(0), _) => Vec::new(),
        (Some(count), false) => text.splitn(count, at).collect(),
        (None, false) => text.split(at).collect(),
        (_, true) => {
            let ends = text.char_indices().map(|(at, letter)| (at, at + letter.len_utf8())).take(count);
            let last = count.saturating_sub(1);
            ends.enumerate()
                .filter_map(|(at, (from, to))| text.get(from..if at == last { text.len() } else { to }))
                .collect()
        }
    };
    let parts = parts.into_iter().map(|part| Box::new(CelString::from(part.to_owned())) as Box<dyn Val>);
    Ok(CowVal::owned(CelList::from(parts.collect::<Vec<_>>())))
}

fn index_of<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let given = Given { function: "indexOf", args: &args };
    let (text, part) = (given.text(0)?, given.text(1)?);
    limits::charge(limits::size(text.len()))?;
    let from = byte_at(&given, text, part, 2)?.unwrap_or(0);
    let found = text.get(from..).and_then(|rest| rest.find(part)).map(|at| from + at);
    Ok(letters_before(text, found))
}

fn last_index_of<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let given = Given { function: "lastIndexOf", args: &args };
    let (text, part) = (given.text(0)?, given.text(1)?);
    limits::charge(limits::size(text.len()))?;
    // One that begins at or before this place.
    let until = byte_at(&given, text, part, 2)?.map_or(text.len(), |at| (at + part.len()).min(text.len()));
    Ok(letters_before(text, text.get(..until).and_then(|rest| rest.rfind(part))))
}

/// The byte of the letter that a function begins at, where one is given.
fn byte_at(
    given: &Given<'_, '_, '_>,
    text: &str,
    part: &str,
    at: usize,
) -> Result<Option<usize>, ExecutionError> {
    let Some(letter) = given.number(at)? else { return Ok(None) };
    let found = usize::try_from(letter).ok().and_then(|letter| text.char_indices().nth(letter));
    match found {
        Some((byte, _)) => Ok(Some(byte)),
        None if part.is_empty() && letter >= 0 => Ok(Some(text.len())),
        None => Err(ExecutionError::function_error(given.function, format!("index out of range: {letter}"))),
    }
}

fn letters_before<'b, 'v>(text: &str, found: Option<usize>) -> CowVal<'b, 'v> {
    let letters = found.and_then(|at| i64::try_from(text.get(..at)?.chars().count()).ok());
    CowVal::owned(CelInt::from(letters.unwrap_or(-1)))
}

fn matches<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let given = Given { function: "matches", args: &args };
    let (text, pattern) = (given.text(0)?, given.text(1)?);
    limits::charge(PATTERN_COST + limits::size(text.len()).saturating_mul(MATCH_COST))?;
    let compiled = regex::RegexBuilder::new(pattern).size_limit(PATTERN_BYTES_MAX).build();
    let compiled = compiled.map_err(|error| {
        let why = error.to_string();
        let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        ExecutionError::function_error("matches", format!("`{pattern}` is no pattern: {last}"))
    })?;
    Ok(CowVal::owned(CelBool::from(compiled.is_match(text))))
}
