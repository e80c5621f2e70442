//! The contract's answers as JSON: the names and the order of keys that reports and streams share.

use serde::{Serialize, Serializer};

use crate::detector::{Alert, AlertState, Cause, Severity, SignalStanding, Tally};
use redtape_model::calendar::{self, Instant};

/// An instant, written as RFC 3339.
#[derive(Clone, Copy, Debug)]
pub struct At(pub Instant);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&calendar::format(self.0))
    }
}

/// The names that contract, policy and JSON have in common.
macro_rules! names {
    ($type:ty { $($case:ident => $name:literal),+ }) => {
        impl $type {
            /// Its name in the contract and in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $name),+ }
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

names!(AlertState { Pending => "pending", Firing => "firing", Resolved => "resolved" });
names!(Severity { Info => "info", Warning => "warning", Critical => "critical" });
names!(Cause { Threshold => "threshold", Rise => "rise" });

#[derive(Serialize)]
struct AlertFields<'a> {
    id: &'a str,
    account: &'a str,
    signal: &'a str,
    cause: Cause,
    subject: &'a str,
    state: AlertState,
    severity: Severity,
    opened: At,
    since: At,
    at: At,
    value: f64,
    expected: Option<f64>,
    threshold: Option<f64>,
    unit: &'a str,
    confidence: Option<f64>,
    resolution: &'a str,
    evidence: &'a [String],
    evidence_total: u32,
    summary: &'a str,
    suggestion: &'a str,
}

impl Serialize for Alert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AlertFields {
            id: &self.id,
            account: &self.account,
            signal: &self.signal,
            cause: self.cause,
            subject: &self.subject,
            state: self.state,
            severity: self.severity,
            opened: At(self.opened),
            since: At(self.since),
            at: At(self.at),
            value: self.value,
            expected: self.expected,
            threshold: self.threshold,
            unit: &self.unit,
            confidence: self.confidence,
            resolution: &self.resolution,
            evidence: &self.evidence,
            evidence_total: self.evidence_total,
            summary: &self.summary,
            suggestion: &self.suggestion,
        }
        .serialize(serializer)
    }
}

impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            rule: &'a str,
            count: u64,
        }
        Fields { rule: &self.rule, count: self.count }.serialize(serializer)
    }
}

impl Serialize for SignalStanding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            signal: &'a str,
            asleep: u32,
            warming_up: u32,
            watching: u32,
        }
        let Self { signal, asleep, warming_up, watching } = self;
        Fields { signal, asleep: *asleep, warming_up: *warming_up, watching: *watching }.serialize(serializer)
    }
}
