//! One replay: a log lived through under one policy, from its first day to its end.

use redtape::Engine;
use redtape_import::input::Input;
use redtape_model::calendar::Instant;
use redtape_scan::Error;
use redtape_scan::report::{Filter, Keep, Report};
use redtape_scan::scan::{Scan, Told};

use super::{Census, Episode, Episodes, number, ratio};
use redtape_model::calendar::{DAY_MS, WEEK_MS};

/// Days of a year, leap years included.
pub const YEAR_DAYS: f64 = 365.25;

/// What a log gave under one policy.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// What the scan says of the log; it keeps no alerts but the open ones.
    pub report: Report,
    /// Who is in the log.
    pub census: Census,
    /// In the order in which people would have heard of them.
    pub episodes: Vec<Episode>,
}

impl Replay {
    /// Lives through `input` with engines that are configured alike; only alerts that `filter` wants become episodes.
    /// `told` gets what the scan tells as it goes on.
    ///
    /// # Errors
    ///
    /// As [`Scan::tell`].
    pub fn run<A, E>(
        scan: Scan,
        mut input: Input,
        engines: Vec<A>,
        filter: Filter,
        mut told: impl FnMut(&Told<'_>) -> Result<(), E>,
    ) -> Result<Self, E>
    where
        A: Engine + Send + 'static,
        E: From<Error>,
    {
        let mut episodes = Episodes::of(filter);
        let census = Census::gather(&mut input, scan.clock());
        let report = scan.keep(Keep::None).tell(input, engines, |what| {
            if let Told::Alerts(alerts) = what {
                episodes.take(alerts);
            }
            told(&what)
        })?;
        Ok(Self { report, census: census.take(), episodes: episodes.into_vec() })
    }

    /// Where time stands at the end; 0 where it never began.
    pub fn end(&self) -> Instant {
        self.report.as_of.unwrap_or_default()
    }

    /// Weeks from the first activity to the end.
    pub fn weeks(&self) -> f64 {
        self.report.span.map_or(0.0, |(first, _)| number((self.end() - first).max(0)) / number(WEEK_MS))
    }

    /// Years that the accounts were known, added up: each from the first line that names it to the end, whether anything
    /// happened on it or not.
    pub fn account_years(&self) -> f64 {
        number(self.census.known_ms(self.end(), |_| true)) / number(DAY_MS) / YEAR_DAYS
    }

    /// So many alerts as a rate a week.
    pub fn a_week(&self, alerts: f64) -> f64 {
        ratio(alerts, self.weeks())
    }

    /// So many alerts as a rate of one account and year.
    pub fn an_account_year(&self, alerts: f64) -> f64 {
        ratio(alerts, self.account_years())
    }
}
