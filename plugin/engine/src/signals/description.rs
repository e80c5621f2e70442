//! What a signal is described by: words, limits, watch, and the functions that measure it. Data, and nothing that judges.

use super::parts::{Parts, WeekPart};
use crate::activity::Instant;
use crate::calendar::Calendar;
use crate::counting::WeekFacts;
use crate::filter::{Dips, narrow};
use crate::settings::SignalPolicy;
use crate::tracks::{Ending, Family, Subject};

/// What a signal is called, and what people read about it.
#[derive(Debug)]
pub struct About {
    /// Kebab-case, the same in contract, policy, JSON, documents and file name.
    pub name: &'static str,
    /// Of its values.
    pub unit: &'static str,
    /// What it finds, its evidence, what is not a finding, its options; Markdown.
    pub doc: &'static str,
    /// As a heading.
    pub title: &'static str,
    /// What its weekly values are.
    pub measure: &'static str,
    /// What rises, to begin a sentence with.
    pub noun: &'static str,
    /// For each what its rates are, behind a number: `a week`.
    pub per: &'static str,
    /// The steps in which people write its weekly limits.
    pub step: f64,
}

/// One measured signal.
#[derive(Debug)]
pub struct Signal {
    /// What it is called.
    pub about: About,
    /// Whether it is on where a policy says nothing.
    pub is_on: bool,
    /// The activities it looks at.
    pub family: Family,
    /// What a closed week brought.
    pub measure: fn(&WeekFacts) -> Measure,
    /// How closed weeks are held against limits; none: they are not.
    pub weeks: Option<WeekLimits>,
    /// How open plans or requests are held against limits; none: they are not.
    pub open: Option<OpenLimits>,
    /// How it is watched for rises.
    pub watch: Watch,
    /// The activities a week's value rests on, oldest first.
    pub evidence: for<'a> fn(&'a WeekFacts) -> Vec<&'a [u8]>,
    /// What a week's value is made of, and how much of it: series, plans, kinds of hops, steps.
    pub parts: for<'a> fn(&'a WeekFacts, &Calendar) -> Vec<WeekPart<'a>>,
    /// The smallest correction to a rise that is made of these parts; `""`: none known.
    pub suggestion: fn(&Parts<'_>) -> String,
}

/// What one week brought: for limits and readers, and for the watch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// The week's value; none: there was nothing to measure.
    pub value: Option<f64>,
    /// The same as the watch adds it up.
    pub watched: Value,
}

/// What one week of one series brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Value {
    /// Meetings, hours, versions, hops beyond the first, days.
    pub sum: f32,
    /// Weeks, or requests decided; 0: there was nothing to measure.
    pub exposure: f32,
    /// The squares of what `sum` adds up: of single meetings' hours, of single requests.
    pub squares: f32,
}

/// No week has more of anything: what is beyond was made up, and must not grow out of all numbers.
const VALUE_MAX: f64 = 1e9;
const SQUARES_MAX: f64 = 1e12;

impl Measure {
    /// Of something that is counted in every week.
    pub(super) fn count(count: usize) -> Self {
        Self { value: Some(count as f64), watched: Value::new(count as f64, 1.0, 0.0) }
    }
}

impl Value {
    /// In 32 bits, within what a week can bring.
    pub(super) fn new(sum: f64, exposure: f32, squares: f64) -> Self {
        Self {
            sum: narrow(sum).min(narrow(VALUE_MAX)),
            exposure,
            squares: narrow(squares).min(narrow(SQUARES_MAX)),
        }
    }
}

/// How closed weeks are held against limits.
#[derive(Debug)]
pub struct WeekLimits {
    /// The default of the warning.
    pub warning: f64,
    /// The default of the critical limit.
    pub critical: f64,
    /// A week's value, as a number of people, in words to begin a sentence with.
    pub words: fn(&str, &WeekFacts) -> String,
    /// The smallest correction a week suggests; `""`: none known.
    pub suggestion: fn(&WeekFacts, &Calendar) -> String,
}

/// How open plans or requests are held against limits.
#[derive(Debug)]
pub struct OpenLimits {
    /// The default of the warning.
    pub warning: f64,
    /// The default of the critical limit.
    pub critical: f64,
    /// The value of one at an instant; none: it is not judged.
    pub value: fn(&Subject<'_>, Instant) -> Option<f64>,
    /// When one reaches a limit though nothing happens to it; none: it does not.
    pub due: fn(&Subject<'_>, f64) -> Option<Instant>,
    /// One with its value in words, to begin a sentence with.
    pub words: fn(&Subject<'_>, f64, &Calendar) -> String,
    /// The smallest correction one suggests; `""`: none known.
    pub suggestion: fn(&Subject<'_>) -> String,
    /// How the alert about one that is no longer there, or is another one by now, ends: its resolution and a sentence.
    pub ending: fn(&Gone<'_>) -> (&'static str, String),
}

/// A plan or request that an alert was about, and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Gone<'a> {
    /// Its name.
    pub subject: &'a str,
    /// How it ended; none: that is not known.
    pub ending: Option<Ending>,
    /// Something of its name is there: it has begun anew.
    pub is_there: bool,
    /// It is there and has calmed down.
    pub is_calm: bool,
}

/// How a signal is watched for rises.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// Mean of the logarithms of the accounts' rates, before it is known.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Variance over mean of what is counted, before it is known.
    pub spread: f64,
    /// Of the negative binomial: the smaller, the more scatter.
    pub shape: f64,
    /// Whether the spread is learned.
    pub learns: bool,
    /// Whether it is measured for each decided request.
    pub by_request: bool,
    /// Whether values are whole numbers.
    pub is_count: bool,
    /// Whether accounts may be more regular than chance, as calendars are.
    pub is_calendar: bool,
    /// Dips and falls.
    pub dips: Dips,
    /// What [`Signal::measure`] leaves out of each for the watch: people count the first hop as well.
    pub beyond: f64,
    /// Signals of one group see the same thing: in the account as a whole the best of them speaks. A group of its own says
    /// something also where it is silent, and moves the probabilities of accounts that have it by as much.
    pub group: &'static str,
    /// Log-odds that are added before it speaks for the account: days say less of themselves than meetings do for the
    /// same certainty.
    pub weight: f64,
}

impl Signal {
    /// The numbers that hold without a policy.
    pub fn defaults(&self) -> SignalPolicy {
        let mut policy = SignalPolicy { enabled: self.is_on, ..SignalPolicy::default() };
        if let Some(WeekLimits { warning, critical, .. }) = self.weeks {
            (policy.warning, policy.critical) = (Some(warning), Some(critical));
        }
        if let Some(OpenLimits { warning, critical, .. }) = self.open {
            let (open_warning, open_critical) = self.open_limits_mut(&mut policy);
            (*open_warning, *open_critical) = (Some(warning), Some(critical));
        }
        policy
    }

    /// What open plans or requests are held against: limits of their own beside those of weeks.
    pub fn open_limits(&self, policy: &SignalPolicy) -> (Option<f64>, Option<f64>) {
        match self.weeks {
            Some(_) => (policy.open_warning, policy.open_critical),
            None => (policy.warning, policy.critical),
        }
    }

    fn open_limits_mut<'a>(
        &self,
        policy: &'a mut SignalPolicy,
    ) -> (&'a mut Option<f64>, &'a mut Option<f64>) {
        match self.weeks {
            Some(_) => (&mut policy.open_warning, &mut policy.open_critical),
            None => (&mut policy.warning, &mut policy.critical),
        }
    }

    /// Whether it has this key of a policy.
    pub fn has_option(&self, key: &str) -> bool {
        let (weeks, open) = (self.weeks.is_some(), self.open.is_some());
        match key {
            "enabled" | "rise" | "rise_level" | "rise_budget" => true,
            "warning" | "critical" | "keep_firing_for" => weeks || open,
            "for" => weeks,
            "open_warning" | "open_critical" => weeks && open,
            _ => false,
        }
    }
}
