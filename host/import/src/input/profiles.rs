//! What a table of accounts says of tier, service and tags, told before the first line of each account.

use std::collections::BTreeSet;
use std::sync::Arc;

use redtape_model::ndjson;

use super::{Content, Line, Remarks};
use crate::accounts::Accounts;
use crate::calendar::{self, Instant};
use crate::text::counted;

/// Bytes of an id of a profile; the contract's limit.
const ID_BYTES_MAX: usize = 200;

/// The profiles that are still to be told.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    accounts: Option<Arc<Accounts>>,
    told: BTreeSet<u64>,
    /// The latest instant up to here, so that a profile moves no time on.
    latest: Option<Instant>,
    /// The profile that comes before the line that was looked at, and whether it was given.
    due: Option<Line<String>>,
    is_given: bool,
}

impl Profiles {
    pub(super) fn of(accounts: Option<Arc<Accounts>>) -> Self {
        Self { accounts, ..Self::default() }
    }

    pub(super) fn are_none(&self) -> bool {
        self.accounts.is_none()
    }

    /// Looks at the line that comes next.
    pub(super) fn look(&mut self, line: &Line<&str>) {
        (self.due, self.is_given) = (None, false);
        let Some(accounts) = &self.accounts else { return };
        let Content::Text(text) = line.content else { return };
        let Some(at) = line.at.filter(|_| line.account != 0) else { return };
        let is_new = !self.told.contains(&line.account);
        if let Some(members) = accounts.profile(line.account).filter(|_| is_new)
            && let Ok(activity) = ndjson::parse_line(text)
        {
            self.told.insert(line.account);
            let at = self.latest.map_or(at, |latest| latest.min(at));
            let account = serde_json::Value::from(&*activity.account);
            let id = format!("profile-{}", activity.account);
            let id = serde_json::Value::from(crate::text::cut(&id, ID_BYTES_MAX));
            let text = format!(
                "{{\"id\":{id},\"at\":\"{}\",\"account\":{account},\"kind\":\"profile\",{members}}}",
                calendar::format(at)
            );
            let Line { origin, account, .. } = *line;
            self.due = Some(Line { origin, at: Some(at), account, content: Content::Text(text) });
        }
        self.latest = self.latest.max(Some(at));
    }

    /// Whether a profile comes before the line that was looked at. It does so once.
    pub(super) fn is_due(&mut self) -> bool {
        self.is_given = self.due.is_some() && !self.is_given;
        self.is_given
    }

    /// That profile.
    pub(super) fn due(&self) -> Option<Line<&str>> {
        self.due.as_ref().map(Line::as_deref)
    }

    /// Whether the line that was looked at waits behind its profile.
    pub(super) fn is_held(&self) -> bool {
        self.is_given
    }

    /// Says what the table did, once the log has ended.
    pub(super) fn end(&mut self, remarks: &Remarks) {
        let Some(accounts) = self.accounts.take() else { return };
        accounts.tell(remarks);
        if !self.told.is_empty() {
            let count = counted(self.told.len() as u64, "account");
            remarks.say(format!("tier, service and tags of {count} are those of the table of accounts"));
        }
    }
}
