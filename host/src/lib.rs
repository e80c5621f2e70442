//! Runs the redtape component: watches what happens on customer accounts, and says where formality is rising.
//!
//! Load a [`Plugin`] once, make a [`Detector`] for each tenant, configure it, hand in activities, move time forward, and
//! read the alerts:
//!
//! ```
//! use redtape::{Limits, Plugin};
//!
//! # fn main() -> Result<(), redtape::Error> {
//! let plugin = Plugin::embedded()?;
//! let mut detector = plugin.detector(Limits::default())?;
//! detector.configure(r#"{"signals": {"meeting-count": {"warning": 2, "for": "1w"}}}"#)?;
//! let intake = detector.observe_ndjson(concat!(
//!     r#"{"id":"m1","at":"2026-05-04T09:00:00Z","account":"acme","kind":"meeting","duration_min":60}"#, "\n",
//!     r#"{"id":"m2","at":"2026-05-06T09:00:00Z","account":"acme","kind":"meeting","duration_min":60}"#, "\n",
//! ))?;
//! assert_eq!(intake.accepted, 2);
//! let progress = detector.advance(redtape::calendar::parse("2026-05-18T00:00:00Z").unwrap_or_default())?;
//! for alert in &progress.alerts {
//!     println!("{}: {}", alert.account, alert.summary);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A [`Supervisor`] has the calls of a detector and goes on where the plugin fails. [`Policy`] reads policy files,
//! [`Scan`] drives detectors over a log that [`Input`] reads, and [`output`] writes the
//! [`Report`]. [`tuning`] replays logs under policies, compares them, and proposes one; [`suite`] runs tests of a policy,
//! and [`explain`] tells one alert from the activities up. The contract itself is documented in `wit/`.

mod bindings;

pub mod conversion;
pub mod detector;
mod error;
pub mod explain;
pub mod inspect;
mod json;
mod limits;
mod logging;
pub mod lookup;
pub mod masking;
pub mod output;
mod plugin;
mod policy;
mod recovery;
pub mod report;
pub mod scan;
mod shards;
pub mod suite;
pub mod tuning;

pub use detector::{
    Activity, Alert, AlertState, ApprovalStep, Cause, Detector, Direction, Exchange, Happening, Intake,
    Meeting, MeetingStatus, Participant, PlanVersion, PluginInfo, Point, PolicyView, Problem, Profile,
    Progress, Refusal, RuleAction, RuleChange, RuleKind, Service, Setting, Severity, Side, SignalDoc,
    SignalStanding, Standing, StepOutcome, Tally, Verdict, Watch,
};
pub use error::{CutShort, Error, ErrorKind, OnLines, Resource, Source};
pub use json::At;
pub use limits::Limits;
pub use plugin::{CONTRACT, Loader, Plugin};
pub use policy::{InForce, OverrideInForce, Policy, ValueInForce, ValueOrigin};
pub use recovery::{Change, JOURNAL_BYTES_MAX, SetAside, Supervisor};
pub use redtape_import::{
    Accounts, Error as ImportError, Input, Mapping, Mistake, Mistakes, Names, Shown, calendar, input,
    mapping, text,
};
pub use report::Report;
pub use scan::Scan;
