//! Ids of a record in their one spelling, and whose activity it is.

use std::borrow::Cow;

use super::made::Miss;
use super::{Found, View, fault, prefixed};
use crate::ids::{self, Id, Spelling};
use crate::input::Fault;
use crate::mapping::fields::{ACCOUNT, Shape};
use crate::mapping::rules::{Fill, Source, What};
use crate::mapping::values::tabled;

impl View<'_> {
    /// Whose activity it is: the first value that is an account.
    pub(super) fn account<'s>(&'s self, source: &'s Source, fill: &'s Fill) -> Result<Cow<'s, str>, Miss> {
        let mut texts: Vec<(Cow<'s, str>, &'s str)> = Vec::new();
        let mut take = |found, name: &'s str| -> Result<(), Fault> {
            let text = self.text(found, name, source, fill)?.filter(|text| !ids::is_zero(text));
            texts.extend(text.map(|text| (text, name)));
            Ok(())
        };
        match &source.what {
            What::From(paths) => {
                paths.iter().try_for_each(|path| take(self.value(path), path.name.as_str()))?;
            }
            What::Cel(_) | What::Value(_) => {
                let (found, name) = self.found(source, fill)?;
                take(found, name)?;
            }
        }
        if let Some(accounts) = &self.bound.accounts {
            let known = |text: &Cow<'_, str>| {
                accounts
                    .find(text)
                    .or_else(|| accounts.find(&prefixed(source, text.clone())))
                    .map(str::to_owned)
            };
            if let Some(id) = texts.iter().find_map(|(text, _)| known(text)) {
                return Ok(Cow::Owned(id));
            }
        }
        let mut named = None;
        for (text, name) in texts {
            let is_other = !ids::may_be_account(&text, name) && self.spelling() == Spelling::Salesforce;
            if is_other || !source.is_account.as_ref().map_or(Ok(true), |it| self.is_true(it, ACCOUNT))? {
                named.get_or_insert_with(|| text.into_owned());
                continue;
            }
            return Ok(prefixed(source, text));
        }
        match &source.default {
            Some(default) if !default.is_empty() => Ok(Cow::Borrowed(default)),
            _ => Err(Miss::NoAccount(named)),
        }
    }

    fn spelling(&self) -> Spelling {
        self.bound.mapping.rules.spelling
    }

    /// What was found as a text: by the table of its source, and in the one spelling that an id has.
    pub(super) fn text<'t>(
        &self,
        found: Found<'t>,
        name: &str,
        source: &Source,
        fill: &Fill,
    ) -> Result<Option<Cow<'t, str>>, Fault> {
        let text = match found {
            Found::Absent => return Ok(None),
            Found::Text(text) => text,
            Found::Nest(nest) => {
                let expected = "one value: name a path inside it".to_owned();
                return Err(fault(name, &nest.to_string(), expected));
            }
        };
        let text = match &source.values {
            None => Some(text),
            Some(values) => tabled(values, source.other.as_ref(), &text)
                .map_err(|expected| fault(name, &text, expected))?,
        };
        match text {
            Some(text) if !text.is_empty() => self.spelt(text, name, fill),
            _ => Ok(None),
        }
    }

    /// The one spelling of an id; none where it says that there is nothing. Other texts stay as they are.
    fn spelt<'t>(&self, text: Cow<'t, str>, name: &str, fill: &Fill) -> Result<Option<Cow<'t, str>>, Fault> {
        let is_id = matches!(fill.field.shape, Shape::Id | Shape::Person | Shape::People);
        if !is_id || self.bound.decimals.contains(fill.field.key) && ids::is_number(&text) {
            return Ok(Some(text));
        }
        match ids::read(&text, self.spelling()) {
            Id::Same => Ok(Some(text)),
            Id::Known(id) => Ok(Some(Cow::Owned(id))),
            Id::Nothing => Ok(None),
            Id::Shortened => Err(fault(name, &text, ids::SHORTENED.to_owned())),
        }
    }
}
