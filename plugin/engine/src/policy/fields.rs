//! Every key of a policy, once: its name, shape, text, and where its value goes.

use super::glob::Glob;
use super::{Matching, Policy};
use crate::settings::{Counting, Lasting, Level, Rises, SignalPolicy};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// The number 1.
    Version,
    /// An IANA time zone.
    Zone,
    /// `"7d"` or `"1w"`, up to so many days.
    Days(u32),
    /// `true` or `false`.
    Flag,
    /// A whole number from 0 to this.
    Whole(u32),
    /// A number above 0, or `"off"`.
    Limit,
    /// `"2w"` or `"3 of 4w"`.
    Lasting,
    /// A level of certainty.
    Level,
    /// `"1 per 50 account-years"`, or `"off"`.
    Budget,
    /// `"4w"`, from 1 to so many.
    Weeks(u32),
    /// A pattern with `*` and `?`.
    Glob,
    /// Text that is not empty.
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// A value that fits its shape.
#[derive(Clone, Debug)]
pub(super) enum Setting {
    Whole(u32),
    Zone(Tz),
    Flag(bool),
    Limit(Option<f64>),
    Lasting(Lasting),
    Level(Level),
    Budget(Option<f64>),
    Text(String),
}

/// One key of a table that is read into a `T`.
pub(super) struct Field<T: 'static> {
    pub(super) key: &'static str,
    pub(super) shape: Shape,
    pub(super) doc: &'static str,
    /// Takes the setting in; a setting of another shape cannot come, and is ignored.
    pub(super) set: fn(&mut T, Setting),
    /// The value as a policy would write it.
    pub(super) get: fn(&T) -> Value,
}

/// Most weeks that `for` may look at and `keep_firing_for` may hold.
pub(super) const WEEKS_MAX: u32 = 26;
/// Greatest number of a budget.
pub(super) const COUNT_MAX: u32 = 1_000_000;
/// Greatest limit that makes sense for any unit.
pub(super) const LIMIT_MAX: f64 = 1e9;

macro_rules! field {
    ($key:literal, $shape:expr, $variant:ident => $($place:ident).+, $get:expr, $doc:literal) => {
        Field {
            key: $key,
            shape: $shape,
            doc: $doc,
            set: |target, setting| {
                if let Setting::$variant(value) = setting {
                    target.$($place).+ = value;
                }
            },
            get: $get,
        }
    };
}

/// Keys at the top of a policy, tables apart.
pub(super) const TOP: &[Field<Policy>] = &[
    Field {
        key: "version",
        shape: Shape::Version,
        doc: "The version of this format. Always 1.",
        set: |_, _| {},
        get: |_| json!(1),
    },
    field!("time_zone", Shape::Zone, Zone => time_zone, |p| json!(p.time_zone.name()),
        "Weeks begin on Monday 00:00 in this zone of the IANA database. Fixed once time has moved."),
    field!("lateness", Shape::Days(60), Whole => lateness_days, |p| json!(format!("{}d", p.lateness_days)),
        "How long after its end a week stays open for what comes late. Fixed once time has moved."),
];

/// Keys of `[counting]`.
pub(super) const COUNTING: &[Field<Counting>] = &[
    field!("cancelled", Shape::Flag, Flag => cancelled, |c| json!(c.cancelled),
        "Leave cancelled meetings out."),
    field!("all_day", Shape::Flag, Flag => all_day, |c| json!(c.all_day),
        "Leave entries without hours out, and those of 24 h and more."),
    field!("solo", Shape::Flag, Flag => solo, |c| json!(c.solo),
        "Leave meetings of fewer than two people out, where the people are known."),
    field!("no_duration", Shape::Flag, Flag => no_duration, |c| json!(c.no_duration),
        "Leave meetings of zero or negative length out."),
    field!("same_version", Shape::Flag, Flag => same_version, |c| json!(c.same_version),
        "Leave a plan's version out when it has the number of the one before it: the same version, saved again."),
    field!("bulk_edit_plans", Shape::Whole(1_000_000), Whole => bulk_edit_plans, |c| json!(c.bulk_edit_plans),
        "From so many plans of one account issued at the very same instant on, leave all of them out: an edit by script. 0: never."),
];

/// Keys of `[rises]`.
pub(super) const RISES: &[Field<Rises>] = &[
    field!("level", Shape::Level, Level => level, |r| json!(r.level.name()),
        "How sure the watch is before it speaks of a rise: `watch` speaks of what others only list, `notice` is for careful readers, `likely` is more likely than not, `sure` is seven to one."),
    field!("budget", Shape::Budget, Budget => budget, |r| budget(r.budget),
        "Never more alerts of a signal than this, over all accounts of the tenant in half a year; what is more likely true counts less. Three in half a year are always allowed."),
];

/// Keys of `[signals.NAME]`; which of them a signal has is the signal's to say.
pub(super) const SIGNAL: &[Field<SignalPolicy>] = &[
    field!("enabled", Shape::Flag, Flag => enabled, |s| json!(s.enabled),
        "Whether the signal is watched at all."),
    field!("warning", Shape::Limit, Limit => warning, |s| limit(s.warning),
        "At this number and above: a warning."),
    field!("critical", Shape::Limit, Limit => critical, |s| limit(s.critical),
        "At this number and above: critical. Not below `warning`."),
    field!("for", Shape::Lasting, Lasting => lasting, |s| lasting(s.lasting),
        "How long a weekly value must be at the limit before the alert fires: `2w` is two measured weeks running, `3 of 4w` three of the newest four."),
    field!("keep_firing_for", Shape::Weeks(WEEKS_MAX), Whole => keep_firing_weeks, |s| json!(format!("{}w", s.keep_firing_weeks)),
        "How many measured weeks in a row must be below the limit before the alert resolves; for plans, weeks without two versions in the last eight. An alert about one open request ends with the request."),
    field!("open_warning", Shape::Limit, Limit => open_warning, |s| limit(s.open_warning),
        "One request that is still open, at this number and above: a warning, at once."),
    field!("open_critical", Shape::Limit, Limit => open_critical, |s| limit(s.open_critical),
        "One request that is still open, at this number and above: critical. Not below `open_warning`."),
    field!("rise", Shape::Flag, Flag => rise, |s| json!(s.rise),
        "Whether the signal is also watched for rises above the account's own past."),
    field!("rise_level", Shape::Level, Level => rise_level, |s| json!(s.rise_level.name()),
        "As `level` of `[rises]`, for this signal."),
    field!("rise_budget", Shape::Budget, Budget => rise_budget, |s| budget(s.rise_budget),
        "As `budget` of `[rises]`, for this signal. Not in an override, since it is counted over all accounts."),
];

/// A key that an override cannot have: it is counted over all accounts.
pub(super) const RISE_BUDGET: &str = "rise_budget";

/// Keys of an override's `match`; all that are given must hold.
pub(super) const MATCH: &[Field<Matching>] = &[
    Field {
        key: "account",
        shape: Shape::Glob,
        doc: "The account's name: `*` stands for any text, `?` for one character.",
        set: |target, setting| {
            if let Setting::Text(glob) = setting {
                target.account = Some(Glob::new(&glob));
            }
        },
        get: |_| Value::Null,
    },
    Field {
        key: "tier",
        shape: Shape::Text,
        doc: "The tier of its newest profile.",
        set: |target, setting| target.tier = text(setting),
        get: |_| Value::Null,
    },
    Field {
        key: "service",
        shape: Shape::OneOf(&["in-house", "outsourced", "unknown"]),
        doc: "Who serves it, by its newest profile.",
        set: |target, setting| target.service = text(setting),
        get: |_| Value::Null,
    },
    Field {
        key: "tag",
        shape: Shape::Text,
        doc: "One of the tags of its newest profile.",
        set: |target, setting| target.tag = text(setting),
        get: |_| Value::Null,
    },
];

fn text(setting: Setting) -> Option<String> {
    match setting {
        Setting::Text(text) => Some(text),
        _ => None,
    }
}

fn budget(value: Option<f64>) -> Value {
    match value {
        None => json!("off"),
        // Of all that give this number, the one with the fewest alerts; it was written as one of them.
        Some(value) => {
            let years = |alerts: &u32| (f64::from(*alerts) / value).round();
            let alerts = (1..=COUNT_MAX).find(|alerts| f64::from(*alerts) / years(alerts) == value);
            let alerts = alerts.unwrap_or(1);
            json!(format!("{alerts} per {} account-years", years(&alerts)))
        }
    }
}

fn limit(value: Option<f64>) -> Value {
    match value {
        None => json!("off"),
        Some(value) if value.fract() == 0.0 => json!(format!("{value}").parse::<u64>().unwrap_or_default()),
        Some(value) => json!(value),
    }
}

fn lasting(value: Lasting) -> Value {
    if value.need == value.of {
        json!(format!("{}w", value.of))
    } else {
        json!(format!("{} of {}w", value.need, value.of))
    }
}
