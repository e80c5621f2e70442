//! The fields of canonical activities: what a mapping may fill, and with what.
//!
//! They are those of `wit/README.md`, in the order in which lines have them.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text.
    Text,
    /// Text that names something: it has one spelling, and none where a program wrote that there is nothing.
    Id,
    /// Text that is cut where it is too long.
    Title,
    /// An instant.
    Time,
    /// A length in whole minutes.
    Minutes,
    /// A whole number, at least this.
    Number(u32),
    /// True or false.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Somebody.
    Person,
    /// Several people.
    People,
    /// Several texts.
    Texts,
}

/// A field of an activity.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its key.
    pub(super) key: &'static str,
    /// What it holds.
    pub(super) shape: Shape,
    /// Whether an activity without it is none.
    pub(super) is_required: bool,
}

impl Field {
    /// Whether it says who somebody is.
    pub(super) fn is_of_people(&self) -> bool {
        matches!(self.shape, Shape::Person | Shape::People) || self.key == "author"
    }
}

/// A kind of activity.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its name.
    pub(super) name: &'static str,
    /// The fields it has beside those of every activity.
    pub(super) fields: &'static [Field],
}

const fn required(key: &'static str, shape: Shape) -> Field {
    Field { key, shape, is_required: true }
}

const fn optional(key: &'static str, shape: Shape) -> Field {
    Field { key, shape, is_required: false }
}

/// The field that says whose an activity is.
pub(super) const ACCOUNT: &str = "account";
/// The fields of every activity; `kind` comes after the first three.
pub(super) const COMMON: &[Field] =
    &[required("id", Shape::Id), required("at", Shape::Time), required(ACCOUNT, Shape::Id)];
/// The one that every activity may have; it comes after `kind`.
pub(super) const REVISED: Field = optional("revised", Shape::Time);

const OUTCOMES: &[&str] = &["requested", "forwarded", "returned", "approved", "rejected", "withdrawn"];
const CHANGES: &[&str] = &["added", "amended", "retired"];
const RULES: &[&str] = &["rule", "report", "field", "form", "meeting-series", "approval-stage"];

/// Which side people are on.
pub(super) const SIDES: &[&str] = &["internal", "customer", "contractor", "unknown"];

/// All kinds.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "meeting",
        fields: &[
            optional("duration_min", Shape::Minutes),
            optional("end", Shape::Time),
            optional("participants", Shape::People),
            optional("series", Shape::Id),
            optional("title", Shape::Title),
            optional("mandatory", Shape::Flag),
            optional("status", Shape::Choice(&["held", "planned", "cancelled"])),
            optional("all_day", Shape::Flag),
        ],
    },
    Kind {
        name: "plan-version",
        fields: &[
            required("plan", Shape::Id),
            optional("version", Shape::Number(0)),
            optional("author", Shape::Id),
            optional("decided", Shape::Flag),
        ],
    },
    Kind {
        name: "approval-step",
        fields: &[
            required("request", Shape::Id),
            optional("step", Shape::Number(1)),
            optional("from", Shape::Person),
            optional("to", Shape::Person),
            required("outcome", Shape::Choice(OUTCOMES)),
        ],
    },
    Kind {
        name: "rule-change",
        fields: &[
            required("rule", Shape::Text),
            required("change", Shape::Choice(CHANGES)),
            required("what", Shape::Choice(RULES)),
        ],
    },
    Kind {
        name: "exchange",
        fields: &[
            optional("thread", Shape::Id),
            required("direction", Shape::Choice(&["from-customer", "to-customer"])),
        ],
    },
    Kind {
        name: "profile",
        fields: &[
            optional("tier", Shape::Text),
            optional("service", Shape::Choice(&["in-house", "outsourced", "unknown"])),
            optional("tags", Shape::Texts),
        ],
    },
    Kind { name: "retraction", fields: &[required("of", Shape::Id)] },
];

/// The kind of a name.
pub(super) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// All fields of a kind, in the order of a line.
pub(super) fn of(kind: &'static Kind) -> impl Iterator<Item = &'static Field> {
    COMMON.iter().chain([&REVISED]).chain(kind.fields)
}
