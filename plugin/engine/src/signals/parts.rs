//! What a rise is made of, and how much of it: a series of meetings, a plan, a kind of hop, a step.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One part of a rise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What tells it from others.
    pub name: Box<str>,
    /// How much there is of it, in the unit of its signal's parts: meetings, minutes, versions, hops.
    pub amount: u32,
    /// What people call it, by the newest activity that says so; `""`: its name is all there is.
    #[serde(default)]
    pub title: Box<str>,
}

/// The same within one week.
#[derive(Debug)]
pub struct WeekPart<'a> {
    /// What tells it from others.
    pub name: Cow<'a, str>,
    /// How much there is of it.
    pub amount: u32,
    /// What people call it; `""`: its name is all there is.
    pub title: Cow<'a, str>,
}

impl<'a> WeekPart<'a> {
    /// One that is called by its name.
    pub(super) fn named(name: impl Into<Cow<'a, str>>, amount: u32) -> Self {
        Self { name: name.into(), amount, title: "".into() }
    }
}

/// All that a rise is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a>(pub &'a [Part]);

impl Parts<'_> {
    /// How much there is of all.
    pub fn all(&self) -> u32 {
        self.0.iter().fold(0, |sum: u32, part| sum.saturating_add(part.amount))
    }

    /// How much there is of one part.
    pub fn of(&self, name: &str) -> u32 {
        self.0.iter().find(|part| *part.name == *name).map_or(0, |part| part.amount)
    }

    /// The greatest part; of equals the first by name.
    pub fn greatest(&self) -> Option<&Part> {
        let greatest = self.0.iter().max_by(|a, b| a.amount.cmp(&b.amount).then(b.name.cmp(&a.name)));
        greatest.filter(|part| part.amount > 0)
    }
}
