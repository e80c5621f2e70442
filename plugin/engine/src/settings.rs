//! What a policy sets: what is left out of the counts, and from which number on it is too much.
//!
//! How a policy is written, and for whom it holds, is `policy.rs`.

/// The lowest log-odds at which a rise is listed. One that falls below them is fading.
pub const LISTED: f32 = -2.2;

/// How sure the watch is before it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Where others are only listed.
    Watch,
    /// The default.
    Notice,
    /// More likely than not.
    Likely,
    /// Seven to one.
    Sure,
}

impl Level {
    /// All of them, the least sure first.
    pub const ALL: [Level; 4] = [Level::Watch, Level::Notice, Level::Likely, Level::Sure];

    /// Its name in policies.
    pub fn name(self) -> &'static str {
        match self {
            Level::Watch => "watch",
            Level::Notice => "notice",
            Level::Likely => "likely",
            Level::Sure => "sure",
        }
    }

    /// The log-odds from which on it speaks, for one signal or for the account as a whole.
    pub fn log_odds(self, is_whole: bool) -> f64 {
        match (self, is_whole) {
            (Level::Watch, false) => -2.0,
            (Level::Watch, true) => f64::from(LISTED),
            (Level::Notice, _) => -1.0,
            (Level::Likely, _) => 0.0,
            (Level::Sure, _) => 2.0,
        }
    }
}

/// What is left out of the counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counting {
    /// Leave out cancelled meetings.
    pub cancelled: bool,
    /// Leave out entries without hours and those of 24 h and more.
    pub all_day: bool,
    /// Leave out meetings of fewer than two people, where they are known.
    pub solo: bool,
    /// Leave out meetings of zero or negative length.
    pub no_duration: bool,
    /// Leave out a version with the number of the one before it.
    pub same_version: bool,
    /// From so many plans issued at one instant on, leave them out; 0: never.
    pub bulk_edit_plans: u32,
}

/// What holds for the rises of every signal that says nothing else.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rises {
    /// How sure it is before it speaks.
    pub level: Level,
    /// Alerts of a signal an account-year; none: as many as there are.
    pub budget: Option<f64>,
}

/// From which number on one signal alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalPolicy {
    /// Whether it is watched at all.
    pub enabled: bool,
    /// The weekly value, or a plan's versions, that is too much; none: off.
    pub warning: Option<f64>,
    /// The weekly value, or a plan's versions, that is far too much; none: off.
    pub critical: Option<f64>,
    /// What one open request may reach.
    pub open_warning: Option<f64>,
    /// What one open request must not reach.
    pub open_critical: Option<f64>,
    /// For how long a weekly value must be there before it alerts.
    pub lasting: Lasting,
    /// Weeks below before an alert resolves.
    pub keep_firing_weeks: u32,
    /// Whether rises above the account's own past are watched for.
    pub rise: bool,
    /// How sure the watch is before it speaks.
    pub rise_level: Level,
    /// Alerts of rises an account-year, over all accounts; none: as many as there are.
    pub rise_budget: Option<f64>,
}

/// `need` of the newest `of` measured weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lasting {
    /// At least so many of them.
    pub need: u32,
    /// So many weeks are looked at.
    pub of: u32,
}

impl Default for Rises {
    fn default() -> Self {
        Self { level: Level::Notice, budget: Some(1.0 / 50.0) }
    }
}

impl Default for Counting {
    fn default() -> Self {
        Self {
            cancelled: true,
            all_day: true,
            solo: true,
            no_duration: true,
            same_version: true,
            // A set of plans may be issued together; ten in one and the same millisecond are a script at work.
            bulk_edit_plans: 10,
        }
    }
}

impl Default for SignalPolicy {
    /// On, without any limit.
    fn default() -> Self {
        Self {
            enabled: true,
            warning: None,
            critical: None,
            open_warning: None,
            open_critical: None,
            lasting: Lasting { need: 2, of: 2 },
            keep_firing_weeks: 4,
            rise: true,
            rise_level: Rises::default().level,
            rise_budget: Rises::default().budget,
        }
    }
}
