//! `redtape explain`: one alert from the activities up.

use std::path::PathBuf;

use redtape::{Alert, Limits, Plugin, Policy, Profile, Service};
use redtape_workbench::explain::{self, Explanation, ID_DIGITS_MIN, Life, Search};
use redtape_workbench::privacy::Mask;
use redtape_workbench::render::{self, Look};

use super::engine::Course;
use super::logs::Logs;
use super::people::{self, PeopleOptions};
use super::progress::Progress;
use super::{Failure, Outcome, engine, logger, out};

/// Digits of a whole id.
const ID_DIGITS: usize = 16;

const EXAMPLES: &str = "\
Examples:
  redtape scan activities.ndjson --ids            # shows the id of each alert
  redtape explain activities.ndjson de13b2eb
  redtape explain 2024.ndjson.gz 2025.ndjson.gz de13b2ebf4661236 --policy policy.toml --all
  redtape explain activities.ndjson de13 --people pseudonyms --people-key people.key

People appear as person 1, person 2 and so on. Where fewer than 5 appear, they are not told apart.";

/// Explains one alert from the activities up: its life, the weeks around it, and the evidence.
///
/// The logs are read three times: to find the alert, to live through it once more, and for its evidence.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct Explain {
    #[command(flatten)]
    logs: Logs,
    /// The alert's id, or its beginning: 4 digits or more.
    #[arg(required = true, value_name = "ALERT-ID")]
    id: String,
    /// The policy that the alert was found with; without it the documented defaults hold.
    #[arg(short, long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    people: PeopleOptions,
    /// Shows every week, not only the first and the last ones.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    course: Course,
    /// Says nothing on standard error but errors.
    #[arg(short, long)]
    quiet: bool,
}

impl Explain {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if self.quiet {
            logger::quiet();
        }
        let id = self.wanted()?;
        self.logs.must_be_files("three times")?;
        let mut mask = self.people.mask(&self.logs)?;
        let policy = self.policy.as_deref().map(Policy::read).transpose()?.unwrap_or_default();
        let plugin = engine::plugin()?;
        let mut progress = Progress::begin(self.quiet);
        let life = self.find(&id, &plugin, &policy, &mut mask, &mut progress)?;
        let mut told = self.explain(life, &plugin, &policy, &mut progress)?;
        mask.explanation(&mut told);
        let columns = out::width();
        out::write(&render::explanation(&told, Look { columns, all: self.all }, mask.people()))?;
        if !self.quiet {
            people::warn(&mask);
        }
        Ok(Outcome::Done)
    }

    /// The id in lower case, if it can be one.
    fn wanted(&self) -> Result<String, Failure> {
        let id = self.id.to_ascii_lowercase();
        let is_hex = id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && (ID_DIGITS_MIN..=ID_DIGITS).contains(&id.len()) {
            return Ok(id);
        }
        Err(Failure::Usage(format!(
            "`ALERT-ID` must be {ID_DIGITS_MIN} to {ID_DIGITS} hex digits, as `scan --ids` shows them: found `{}`",
            self.id
        )))
    }

    fn find(
        &self,
        id: &str,
        plugin: &Plugin,
        policy: &Policy,
        mask: &mut Mask,
        progress: &mut Progress,
    ) -> Result<Life, Failure> {
        let mut input = self.logs.open()?;
        mask.watch(&mut input);
        let detectors = self.course.detectors(plugin, policy)?;
        let scan = self.course.scan(policy)?;
        progress.read(&input, "");
        let found = explain::search(id, input, detectors, scan, || {
            progress.show();
            Ok::<(), Failure>(())
        });
        progress.end();
        let mut list = |mut alerts: Vec<Alert>| -> String {
            alerts.iter_mut().for_each(|alert| mask.alert(alert));
            alerts.iter().map(|alert| format!("\n  {}", render::sighting(alert))).collect()
        };
        match found? {
            Search::One(life) => Ok(*life),
            Search::Several(alerts) => Err(Failure::Usage(format!(
                "several alerts have an id that begins with `{id}`:{}",
                list(alerts)
            ))),
            Search::None { nearest, newest } if nearest.is_empty() && newest.is_empty() => {
                Err(Failure::Usage(format!(
                    "no alert has an id that begins with `{id}`: the log has no alert at all"
                )))
            }
            Search::None { nearest, newest } => {
                let mut told = format!("no alert has an id that begins with `{id}`");
                if !nearest.is_empty() {
                    told.push_str(&format!("\nthe nearest:{}", list(nearest)));
                }
                told.push_str(&format!("\nthe newest:{}", list(newest)));
                Err(Failure::Usage(told))
            }
        }
    }

    fn explain(
        &self,
        life: Life,
        plugin: &Plugin,
        policy: &Policy,
        progress: &mut Progress,
    ) -> Result<Explanation, Failure> {
        let scan = self.course.scan(policy)?;
        let detectors = self.course.detectors(plugin, policy)?;
        let input = self.logs.open()?;
        progress.read(&input, "");
        let points = life.relive(input, detectors, scan, || {
            progress.show();
            Ok::<(), Failure>(())
        });
        progress.end();
        let points = points?;
        let found = life.lookup().run(self.logs.open()?)?;
        let mut detector = plugin.detector(Limits::default())?;
        policy.configure(&mut detector)?;
        let nothing = || Profile { tier: String::new(), service: Service::Unknown, tags: Vec::new() };
        let profile = found.profile.as_ref().map_or_else(nothing, |facts| facts.profile.clone());
        let account = life.last().map(|alert| alert.account.clone()).unwrap_or_default();
        let in_force = policy.in_force(&mut detector, &account, &profile)?;
        Ok(Explanation { life, points, in_force, found, zone: policy.zone() })
    }
}
