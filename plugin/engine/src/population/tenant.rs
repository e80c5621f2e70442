//! The tenant itself, as account `*`: what all accounts do together is taken out of each of them, and would be seen by
//! nobody. A second review for everyone is the creep that matters most.

use super::Totals;
use crate::calendar::Week;
use crate::filter::narrow;
use crate::horizon::HISTORY_WEEKS;
use crate::rise::{Common, Rises};
use crate::signals::{PerSignal, SignalId, Value};
use std::collections::VecDeque;
use std::sync::Arc;

/// Awake accounts that make a tenant; fewer can be looked at one by one.
const ACCOUNTS_MIN: f64 = 5.0;

/// The series of the tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its series, without a whole.
    pub rises: Rises,
    /// Means of the newest weeks, oldest first; NaN: nothing to measure.
    pub means: VecDeque<(Week, PerSignal<f32>)>,
}

impl Tenant {
    /// A tenant that begins in `week`.
    pub fn new(week: Week, common: &PerSignal<Common>) -> Self {
        Self {
            rises: Rises::new(week, Arc::new(common.each_ref().map(Common::prior))),
            means: VecDeque::new(),
        }
    }

    /// Remembers a week's means.
    pub fn remember(&mut self, week: Week, values: &PerSignal<Value>) {
        while self.means.front().is_some_and(|(held, _)| *held <= week - HISTORY_WEEKS) {
            self.means.pop_front();
        }
        let mean = |value: &Value| if value.exposure > 0.0 { value.sum / value.exposure } else { f32::NAN };
        self.means.push_back((week, values.each_ref().map(mean)));
    }

    /// The mean of a week.
    pub fn mean(&self, week: Week, id: SignalId) -> Option<f64> {
        let place = self.means.binary_search_by_key(&week, |(held, _)| *held).ok()?;
        let mean = self.means.get(place)?.1.get(id)?;
        Some(f64::from(*mean)).filter(|mean| mean.is_finite())
    }
}

/// What a week brought over all accounts: meetings, hours and versions for each awake account, hops and days for each
/// request; none where there are too few accounts.
pub fn values(totals: &Totals) -> Option<PerSignal<Value>> {
    let awake = totals.awake.real();
    if awake < ACCOUNTS_MIN {
        return None;
    }
    Some(totals.signals.each_ref().map(|sums| Value {
        sum: narrow(sums.value.real()),
        exposure: narrow(sums.exposure.real()),
        squares: narrow(sums.squares.real()),
    }))
}
