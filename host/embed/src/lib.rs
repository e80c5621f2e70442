//! Embeds redtape: watches what happens on customer accounts, and says where formality is rising.
//!
//! Load a [`Plugin`] once, make a [`Detector`] for each tenant, configure it, hand in activities, move time forward, and
//! read the alerts:
//!
//! ```
//! use redtape::{Engine, Limits, Plugin};
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
//! [`Engine`] has the calls. A [`Supervisor`] answers them too, and goes on where the plugin fails. `Policy` reads policy files, with the feature
//! `policy-files`; `cache` keeps compiled code, `parallel` compiles on all cores, `native` is the analysis without a sandbox. The
//! contract itself is documented in `wit/`.

mod bindings;

pub mod detector;
mod engine;
mod error;
mod json;
mod limits;
mod logging;
#[cfg(feature = "native")]
mod native;
mod plugin;
#[cfg(feature = "policy-files")]
pub mod policy;
mod recovery;

pub use detector::{
    Activity, Alert, AlertState, ApprovalStep, Cause, Detector, Direction, Exchange, Happening, Intake,
    Meeting, MeetingStatus, Participant, PlanVersion, PluginInfo, Point, PolicyView, Problem, Profile,
    Progress, Refusal, RuleAction, RuleChange, RuleKind, Service, Setting, Severity, Side, SignalDoc,
    SignalStanding, Standing, StepOutcome, Tally, Verdict, Watch,
};
pub use engine::{Engine, Mortal};
pub use error::{Error, ErrorKind, Resource, Source};
pub use json::At;
pub use limits::Limits;
#[cfg(feature = "native")]
pub use native::Native;
pub use plugin::{CONTRACT, Loader, Plugin};
#[cfg(feature = "policy-files")]
pub use policy::{InForce, OverrideInForce, Policy, ValueInForce, ValueOrigin};
pub use recovery::{Change, JOURNAL_BYTES_MAX, SetAside, Supervisor};
pub use redtape_model::calendar;
