//! The analysis itself as an [`Engine`], without a sandbox around it: for hosts that trust it, and for comparisons with the
//! component.
//!
//! The conversions are written here and in the component, on purpose: a mistake in one shows as a difference between the two.

use redtape_engine::account::Watch;
use redtape_engine::monitor::{self, Monitor};
use redtape_engine::signals::SignalId;
use redtape_engine::{activity as act, alert, policy, problem};
use redtape_model::calendar::Instant;

use crate::detector as wit;
use crate::engine::{Engine, Mortal};
use crate::error::Error;

/// One tenant, or one shard of one, in this process: no limits of memory and time, and a panic is a panic of the host.
#[derive(Debug, Default)]
pub struct Native(Monitor);

impl Native {
    /// An engine with a policy, one JSON object.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::configure`].
    pub fn configured(policy: &str) -> Result<Self, Error> {
        let mut engine = Self::default();
        engine.configure(policy)?;
        Ok(engine)
    }
}

/// The answer to `call`.
fn answered<T>(call: &'static str, answer: Result<T, monitor::Error>) -> Result<T, Error> {
    answer.map_err(|error| Error::Refused { call, refusal: error.into() })
}

impl Mortal for Native {}

impl Engine for Native {
    fn info(&mut self) -> Result<wit::PluginInfo, Error> {
        let signals = SignalId::all().map(SignalId::about).map(|signal| wit::SignalDoc {
            name: signal.name.to_owned(),
            unit: signal.unit.to_owned(),
            doc: signal.doc.to_owned(),
        });
        Ok(wit::PluginInfo {
            name: "redtape".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            contract: crate::CONTRACT.to_owned(),
            signals: signals.collect(),
        })
    }

    fn policy_schema(&mut self) -> Result<String, Error> {
        Ok(policy::schema())
    }

    fn configure(&mut self, policy: &str) -> Result<(), Error> {
        answered("configure", self.0.configure(policy))
    }

    fn policy_for(&mut self, account: &str, profile: &wit::Profile) -> Result<wit::PolicyView, Error> {
        let profile = act::Profile::from(profile.clone());
        answered("policy-for", self.0.policy_for(account, &profile)).map(Into::into)
    }

    fn observe(&mut self, activities: &[wit::Activity]) -> Result<wit::Intake, Error> {
        let activities = activities.iter().cloned().map(Into::into).collect();
        answered("observe", self.0.observe(activities)).map(Into::into)
    }

    fn observe_ndjson(&mut self, lines: &str) -> Result<wit::Intake, Error> {
        answered("observe-ndjson", self.0.observe_ndjson(lines)).map(Into::into)
    }

    fn advance(&mut self, to: Instant) -> Result<wit::Progress, Error> {
        answered("advance", self.0.advance(to)).map(Into::into)
    }

    fn agree(&mut self, to: Instant, sums: &[i64]) -> Result<Vec<i64>, Error> {
        answered("agree", self.0.agree(to, sums))
    }

    fn open_alerts(&mut self, accounts: &[String]) -> Result<Vec<wit::Alert>, Error> {
        let alerts = answered("open-alerts", self.0.open_alerts(accounts))?;
        Ok(alerts.into_iter().map(Into::into).collect())
    }

    fn history(&mut self, account: &str, signal: &str) -> Result<Vec<wit::Point>, Error> {
        let points = answered("history", self.0.history(account, signal))?;
        Ok(points.into_iter().map(Into::into).collect())
    }

    fn feedback(&mut self, alert: &str, verdict: wit::Verdict) -> Result<wit::Alert, Error> {
        let verdict = match verdict {
            wit::Verdict::Accepted => alert::Verdict::Accepted,
            wit::Verdict::NotCreep => alert::Verdict::NotCreep,
            wit::Verdict::Acted => alert::Verdict::Acted,
        };
        answered("feedback", self.0.feedback(alert, verdict)).map(Into::into)
    }

    fn status(&mut self) -> Result<wit::Standing, Error> {
        Ok(self.0.status().into())
    }

    fn accounts(&mut self, after: &str, limit: u32) -> Result<Vec<String>, Error> {
        Ok(self.0.accounts(after, limit))
    }

    fn snapshot(&mut self, accounts: &[String]) -> Result<String, Error> {
        answered("snapshot", self.0.snapshot(accounts))
    }

    fn restore(&mut self, snapshot: &str) -> Result<(), Error> {
        answered("restore", self.0.restore(snapshot))
    }

    fn forget(&mut self, accounts: &[String]) -> Result<u32, Error> {
        answered("forget", self.0.forget(accounts))
    }
}

// Into the engine.

impl From<wit::Activity> for act::Activity<'static> {
    fn from(activity: wit::Activity) -> Self {
        Self {
            id: activity.id.into(),
            at: activity.at,
            account: activity.account.into(),
            revised: activity.revised,
            happening: activity.happening.into(),
        }
    }
}

impl From<wit::Happening> for act::Happening<'static> {
    fn from(happening: wit::Happening) -> Self {
        match happening {
            wit::Happening::Meeting(meeting) => Self::Meeting(meeting.into()),
            wit::Happening::PlanVersion(plan) => Self::PlanVersion(act::PlanVersion {
                plan: plan.plan.into(),
                version: plan.version,
                author: plan.author.into(),
                decided: plan.decided,
            }),
            wit::Happening::ApprovalStep(step) => Self::ApprovalStep(step.into()),
            wit::Happening::RuleChange(rule) => Self::RuleChange(rule.into()),
            wit::Happening::Exchange(exchange) => Self::Exchange(act::Exchange {
                thread: exchange.thread.into(),
                direction: match exchange.direction {
                    wit::Direction::FromCustomer => act::Direction::FromCustomer,
                    wit::Direction::ToCustomer => act::Direction::ToCustomer,
                },
            }),
            wit::Happening::Profile(profile) => Self::Profile(profile.into()),
            wit::Happening::Retraction(of) => Self::Retraction(of.into()),
        }
    }
}

impl From<wit::Meeting> for act::Meeting<'static> {
    fn from(meeting: wit::Meeting) -> Self {
        Self {
            duration_min: meeting.duration_min,
            participants: meeting.participants.into_iter().map(Into::into).collect(),
            series: meeting.series.into(),
            title: act::kept_title(&meeting.title).to_owned().into(),
            mandatory: meeting.mandatory,
            status: match meeting.status {
                wit::MeetingStatus::Held => act::MeetingStatus::Held,
                wit::MeetingStatus::Planned => act::MeetingStatus::Planned,
                wit::MeetingStatus::Cancelled => act::MeetingStatus::Cancelled,
            },
            all_day: meeting.all_day,
        }
    }
}

impl From<wit::Participant> for act::Participant<'static> {
    fn from(participant: wit::Participant) -> Self {
        let side = match participant.side {
            wit::Side::Unknown => act::Side::Unknown,
            wit::Side::Internal => act::Side::Internal,
            wit::Side::Customer => act::Side::Customer,
            wit::Side::Contractor => act::Side::Contractor,
        };
        Self { id: participant.id.into(), side }
    }
}

impl From<wit::ApprovalStep> for act::ApprovalStep<'static> {
    fn from(step: wit::ApprovalStep) -> Self {
        let outcome = match step.outcome {
            wit::StepOutcome::Requested => act::Outcome::Requested,
            wit::StepOutcome::Forwarded => act::Outcome::Forwarded,
            wit::StepOutcome::Returned => act::Outcome::Returned,
            wit::StepOutcome::Approved => act::Outcome::Approved,
            wit::StepOutcome::Rejected => act::Outcome::Rejected,
            wit::StepOutcome::Withdrawn => act::Outcome::Withdrawn,
        };
        Self {
            request: step.request.into(),
            step: step.step,
            from: step.from.into(),
            to: step.to.into(),
            outcome,
        }
    }
}

impl From<wit::Profile> for act::Profile<'static> {
    fn from(profile: wit::Profile) -> Self {
        let service = match profile.service {
            wit::Service::Unknown => act::Service::Unknown,
            wit::Service::InHouse => act::Service::InHouse,
            wit::Service::Outsourced => act::Service::Outsourced,
        };
        Self { tier: profile.tier.into(), service, tags: profile.tags.into_iter().map(Into::into).collect() }
    }
}

impl From<wit::RuleChange> for act::RuleChange<'static> {
    fn from(rule: wit::RuleChange) -> Self {
        let change = match rule.change {
            wit::RuleAction::Added => act::RuleAction::Added,
            wit::RuleAction::Amended => act::RuleAction::Amended,
            wit::RuleAction::Retired => act::RuleAction::Retired,
        };
        let what = match rule.what {
            wit::RuleKind::Rule => act::RuleKind::Rule,
            wit::RuleKind::Report => act::RuleKind::Report,
            wit::RuleKind::Field => act::RuleKind::Field,
            wit::RuleKind::Form => act::RuleKind::Form,
            wit::RuleKind::MeetingSeries => act::RuleKind::MeetingSeries,
            wit::RuleKind::ApprovalStage => act::RuleKind::ApprovalStage,
        };
        Self { rule: rule.rule.into(), change, what }
    }
}

// Out of the engine.

impl From<problem::Problem> for wit::Problem {
    fn from(problem: problem::Problem) -> Self {
        Self { line: problem.line, field: problem.field, found: problem.found, expected: problem.expected }
    }
}

fn problems(problems: Vec<problem::Problem>) -> Vec<wit::Problem> {
    problems.into_iter().map(Into::into).collect()
}

fn tallies(tallies: &monitor::Tallies) -> Vec<wit::Tally> {
    tallies.iter().map(|(rule, count)| wit::Tally { rule: rule.to_owned(), count }).collect()
}

impl From<policy::View> for wit::PolicyView {
    fn from(view: policy::View) -> Self {
        let settings = view.settings.into_iter().map(|setting| wit::Setting {
            field: setting.field,
            value: setting.value.to_string(),
            source: setting.source,
        });
        Self { matched: view.matched, settings: settings.collect() }
    }
}

impl From<monitor::Intake> for wit::Intake {
    fn from(intake: monitor::Intake) -> Self {
        Self {
            accepted: intake.accepted,
            replaced: intake.replaced,
            duplicate: intake.duplicate,
            late: intake.late,
            rejected: intake.rejected,
            dropped: intake.dropped,
            problems: problems(intake.problems),
            oldest: intake.oldest,
            newest: intake.newest,
        }
    }
}

impl From<monitor::Progress> for wit::Progress {
    fn from(progress: monitor::Progress) -> Self {
        Self {
            reached: progress.reached,
            weeks_closed: progress.weeks_closed,
            alerts: progress.alerts.into_iter().map(Into::into).collect(),
            counted: progress.counted,
            left_out: tallies(&progress.left_out),
        }
    }
}

impl From<alert::Alert> for wit::Alert {
    fn from(alert: alert::Alert) -> Self {
        Self {
            id: alert.id,
            account: alert.account,
            signal: alert.signal,
            cause: match alert.cause {
                alert::Cause::Threshold => wit::Cause::Threshold,
                alert::Cause::Rise => wit::Cause::Rise,
            },
            subject: alert.subject,
            state: match alert.state {
                alert::State::Pending => wit::AlertState::Pending,
                alert::State::Firing => wit::AlertState::Firing,
                alert::State::Resolved => wit::AlertState::Resolved,
            },
            severity: match alert.severity {
                alert::Severity::Info => wit::Severity::Info,
                alert::Severity::Warning => wit::Severity::Warning,
                alert::Severity::Critical => wit::Severity::Critical,
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
}

impl From<monitor::Point> for wit::Point {
    fn from(point: monitor::Point) -> Self {
        Self {
            week: point.week,
            watch: match point.watch {
                Watch::Asleep => wit::Watch::Asleep,
                Watch::WarmingUp => wit::Watch::WarmingUp,
                Watch::Watching => wit::Watch::Watching,
            },
            value: point.value,
            expected: point.expected,
            threshold: point.threshold,
            company_factor: point.company_factor,
            score: point.score,
            left_out: tallies(&point.left_out),
        }
    }
}

impl From<monitor::Standing> for wit::Standing {
    fn from(standing: monitor::Standing) -> Self {
        let series = standing.series.into_iter().map(|series| wit::SignalStanding {
            signal: series.signal.to_owned(),
            asleep: series.asleep,
            warming_up: series.warming_up,
            watching: series.watching,
        });
        Self {
            now: standing.now,
            accounts: standing.accounts,
            open_activities: standing.open_activities,
            open_alerts: standing.open_alerts,
            series: series.collect(),
            dropped: tallies(&standing.dropped),
        }
    }
}

impl From<monitor::Error> for wit::Refusal {
    fn from(error: monitor::Error) -> Self {
        match error {
            monitor::Error::NotConfigured => Self::NotConfigured,
            monitor::Error::Policy(found) => Self::Policy(problems(found)),
            monitor::Error::TimeWentBack(now) => Self::TimeWentBack(now),
            monitor::Error::TimeOutOfRange(asked) => Self::TimeOutOfRange(asked),
            monitor::Error::TooLarge(limit) => Self::TooLarge(limit),
            monitor::Error::UnknownAccount(name) => Self::UnknownAccount(name),
            monitor::Error::UnknownSignal(name) => Self::UnknownSignal(name),
            monitor::Error::UnknownAlert(id) => Self::UnknownAlert(id),
            monitor::Error::SnapshotDamaged => Self::SnapshotDamaged,
            monitor::Error::SnapshotNewer(writer) => Self::SnapshotNewer(writer),
            monitor::Error::SnapshotConflict(reason) => Self::SnapshotConflict(reason),
            monitor::Error::Disagreement(reason) => Self::Disagreement(reason),
            monitor::Error::Internal(fault) => Self::Internal(fault),
        }
    }
}
