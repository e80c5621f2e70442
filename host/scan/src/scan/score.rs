//! What the rise watch made of single weeks, for charts and for measuring it.

use serde::Serialize;

use redtape::detector::{Point, Refusal};
use redtape::{At, Engine, Error};
use redtape_model::calendar::Instant;

/// Accounts that are asked for at once.
const PAGE: u32 = 10_000;
/// The account that is the tenant itself.
pub const TENANT: &str = "*";
/// The signal that is an account as a whole: where it cannot be judged, nothing of the account can.
pub const WHOLE: &str = "creep";

/// One closed week of one account and signal that has a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Whose; `*` is the tenant itself.
    pub account: String,
    /// Kebab-case.
    pub signal: String,
    /// The Monday of the week.
    pub week: Instant,
    /// What was measured; none: nothing was.
    pub value: Option<f64>,
    /// What was to be expected.
    pub expected: Option<f64>,
    /// How all accounts moved together; 1: not at all.
    pub company_factor: f64,
    /// Log-odds of a rise.
    pub score: f64,
}

impl Score {
    /// From a point of a history; none: it has no score, or its week is not after `after`.
    pub fn from_point(account: &str, signal: &str, point: &Point, after: Option<Instant>) -> Option<Self> {
        let score = point.score.filter(|_| after.is_none_or(|after| point.week > after))?;
        Some(Self {
            account: account.to_owned(),
            signal: signal.to_owned(),
            week: point.week,
            value: point.value,
            expected: point.expected,
            company_factor: point.company_factor,
            score,
        })
    }

    /// The order of scores: by week, account and signal.
    pub(crate) fn rank(&self) -> (Instant, &str, &str) {
        (self.week, &self.account, &self.signal)
    }

    /// As a JSON object whose `at` is the instant at which the week was decided.
    pub fn fields(&self, at: Instant) -> impl Serialize {
        #[derive(Serialize)]
        struct Fields<'a> {
            account: &'a str,
            signal: &'a str,
            at: At,
            week: At,
            score: f64,
            value: Option<f64>,
            expected: Option<f64>,
            company_factor: f64,
        }
        let Self { account, signal, week, value, expected, company_factor, score } = self;
        Fields {
            account,
            signal,
            at: At(at),
            week: At(*week),
            score: *score,
            value: *value,
            expected: *expected,
            company_factor: *company_factor,
        }
    }
}

/// The names of all signals, in the plugin's order.
pub(crate) fn signals(engine: &mut impl Engine) -> Result<Vec<String>, Error> {
    Ok(engine.info()?.signals.into_iter().map(|signal| signal.name).collect())
}

/// The closed weeks of one series that are remembered, oldest first; none where the account or the signal is not known: it is
/// another shard's, or of another plugin.
pub(crate) fn history(engine: &mut impl Engine, account: &str, signal: &str) -> Result<Vec<Point>, Error> {
    match engine.history(account, signal) {
        Err(Error::Refused { refusal: Refusal::UnknownAccount(_) | Refusal::UnknownSignal(_), .. }) => {
            Ok(Vec::new())
        }
        told => told,
    }
}

/// The scores of all closed weeks after `after` that an engine remembers, in no particular order.
pub(crate) fn scores(engine: &mut impl Engine, after: Option<Instant>) -> Result<Vec<Score>, Error> {
    let signals = signals(engine)?;
    let mut names = vec![TENANT.to_owned()];
    loop {
        let last =
            names.last().filter(|name| *name != TENANT || names.len() > 1).cloned().unwrap_or_default();
        let page = engine.accounts(&last, PAGE)?;
        if page.is_empty() {
            break;
        }
        names.extend(page);
    }
    let mut scores = Vec::new();
    for name in &names {
        for signal in &signals {
            let history = engine.history(name, signal)?;
            scores.extend(history.iter().filter_map(|point| Score::from_point(name, signal, point, after)));
        }
    }
    Ok(scores)
}
