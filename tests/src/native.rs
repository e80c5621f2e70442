//! The engine without a component around it, behind the same face as the component.
//!
//! The conversions are written twice on purpose, here and in the plugin's `component.rs`: a mistake in one shows as a
//! difference between the doors.

use redtape::calendar::Instant;
use redtape::scan::{Analysis, Score};
use redtape::{
    Alert, AlertState, Cause, Error, Intake, Problem, Progress, Refusal, Severity, SignalStanding, Standing,
    Tally,
};
use redtape_engine::monitor::{self, Monitor, Tallies};
use redtape_engine::signals::SIGNALS;
use redtape_engine::{alert, problem};

/// One engine, configured.
#[derive(Debug, Default)]
pub struct Native(pub Monitor);

impl Native {
    /// An engine with a policy in JSON.
    ///
    /// # Errors
    /// What is wrong with the policy, in words of the engine.
    pub fn configured(policy: &str) -> Result<Self, Error> {
        let mut monitor = Monitor::default();
        monitor.configure(policy).map_err(|error| refused("configure", error))?;
        Ok(Self(monitor))
    }
}

impl Analysis for Native {
    fn observe_ndjson(&mut self, lines: &str) -> Result<Intake, Error> {
        let intake = self.0.observe_ndjson(lines).map_err(|error| refused("observe-ndjson", error))?;
        let monitor::Intake {
            accepted,
            replaced,
            duplicate,
            late,
            rejected,
            dropped,
            problems,
            oldest,
            newest,
        } = intake;
        let problems = problems.into_iter().map(problem).collect();
        Ok(Intake { accepted, replaced, duplicate, late, rejected, dropped, problems, oldest, newest })
    }

    fn advance(&mut self, to: Instant) -> Result<Progress, Error> {
        let progress = self.0.advance(to).map_err(|error| refused("advance", error))?;
        let monitor::Progress { reached, weeks_closed, alerts, counted, left_out } = progress;
        let alerts = alerts.into_iter().map(alert).collect();
        Ok(Progress { reached, weeks_closed, alerts, counted, left_out: tallies(&left_out) })
    }

    fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        self.0.agree(to, sums).map_err(|error| refused("agree", error))
    }

    fn open_alerts(&mut self) -> Result<Vec<Alert>, Error> {
        let alerts = self.0.open_alerts(&[]).map_err(|error| refused("open-alerts", error))?;
        Ok(alerts.into_iter().map(alert).collect())
    }

    fn status(&mut self) -> Result<Standing, Error> {
        let standing = self.0.status();
        let series = standing.series.into_iter().map(|series| SignalStanding {
            signal: series.signal.to_owned(),
            asleep: series.asleep,
            warming_up: series.warming_up,
            watching: series.watching,
        });
        Ok(Standing {
            now: standing.now,
            accounts: standing.accounts,
            open_activities: standing.open_activities,
            open_alerts: standing.open_alerts,
            series: series.collect(),
            dropped: tallies(&standing.dropped),
        })
    }

    fn signals(&mut self) -> Result<Vec<String>, Error> {
        Ok(SIGNALS.iter().map(|signal| signal.name().to_owned()).collect())
    }

    fn scores(&mut self, after: Option<Instant>) -> Result<Vec<Score>, Error> {
        let mut scores = Vec::new();
        let mut names = self.0.accounts("", u32::MAX);
        names.push("*".to_owned());
        for account in names {
            for signal in SIGNALS {
                let history =
                    self.0.history(&account, signal.name()).map_err(|error| refused("history", error))?;
                let score = |point: &monitor::Point| {
                    Some(Score {
                        account: account.clone(),
                        signal: signal.name().to_owned(),
                        week: point.week,
                        value: point.value,
                        expected: point.expected,
                        company_factor: point.company_factor,
                        score: point.score.filter(|_| after.is_none_or(|after| point.week > after))?,
                    })
                };
                scores.extend(history.iter().filter_map(score));
            }
        }
        Ok(scores)
    }
}

fn refused(call: &'static str, error: monitor::Error) -> Error {
    let refusal = match error {
        monitor::Error::Policy(problems) => Refusal::Policy(problems.into_iter().map(problem).collect()),
        monitor::Error::NotConfigured => Refusal::NotConfigured,
        monitor::Error::TimeWentBack(now) => Refusal::TimeWentBack(now),
        other => Refusal::Internal(format!("{other:?}")),
    };
    Error::Refused { call, refusal }
}

fn problem(problem: problem::Problem) -> Problem {
    Problem { line: problem.line, field: problem.field, found: problem.found, expected: problem.expected }
}

fn tallies(tallies: &Tallies) -> Vec<Tally> {
    tallies.iter().map(|(rule, count)| Tally { rule: rule.to_owned(), count }).collect()
}

fn alert(alert: alert::Alert) -> Alert {
    Alert {
        id: alert.id,
        account: alert.account,
        signal: alert.signal,
        cause: match alert.cause {
            alert::Cause::Threshold => Cause::Threshold,
            alert::Cause::Rise => Cause::Rise,
        },
        subject: alert.subject,
        state: match alert.state {
            alert::State::Pending => AlertState::Pending,
            alert::State::Firing => AlertState::Firing,
            alert::State::Resolved => AlertState::Resolved,
        },
        severity: match alert.severity {
            alert::Severity::Info => Severity::Info,
            alert::Severity::Warning => Severity::Warning,
            alert::Severity::Critical => Severity::Critical,
        },
        opened: alert.opened,
        since: alert.since,
        at: alert.at,
        value: alert.value,
        expected: alert.expected,
        threshold: alert.threshold,
        unit: alert.unit,
        confidence: alert.confidence,
        resolution: alert.resolution,
        evidence: alert.evidence,
        evidence_total: alert.evidence_total,
        summary: alert.summary,
        suggestion: alert.suggestion,
    }
}
