#![doc = include_str!("creep.md")]

use super::{About, RiseWords, Signal};
use crate::counting::{Family, WeekRecord};
use crate::settings::SignalPolicy;

const ABOUT: About = About {
    name: "creep",
    unit: "probability",
    doc: include_str!("creep.md"),
    options: &["enabled", "rise_level", "rise_budget"],
    family: Family::Other,
};

/// The signal `creep`: the account as a whole, from the rises of its other signals.
pub(super) struct Creep;

impl Signal for Creep {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn defaults(&self) -> SignalPolicy {
        SignalPolicy::default()
    }

    fn week_value(&self, _record: &WeekRecord) -> Option<f64> {
        None
    }

    fn judges_weeks(&self) -> bool {
        false
    }

    fn rise_words(&self) -> RiseWords {
        RiseWords { noun: "the account as a whole", per: "", offset: 0.0 }
    }

    fn week_words(&self, _value: &str, _record: &WeekRecord) -> String {
        String::new()
    }
}
