//! What becomes of a record.

use crate::input::Fault;

/// What a record gave by one of the rules of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// An activity in canonical form.
    Line(String),
    /// Why it is none.
    Fault(Fault),
    /// It says nothing of whose it is; or it names something that is no account by itself, which is given.
    NoAccount(Option<String>),
}

/// What became of a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// Every `when` passes it over.
    PassedOver,
    /// It is left out for this reason of the mapping.
    LeftOut(&'a str),
    /// Something was made of it, right or wrong.
    Given,
}

/// Why there is no line.
pub(super) enum Miss {
    Fault(Fault),
    NoAccount(Option<String>),
}

impl From<Fault> for Miss {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
