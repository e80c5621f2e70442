//! One account: its open alerts, the worst first, then what ended lately.

use std::io::{self, Write};

use super::alert::Shown;
use super::concern::Account;
use super::escape::{prose, text};
use super::words::{class, severity, title};
use super::{Page, TABLES_MAX, UNFOLDED_MAX};
use crate::render::order::Resolved;
use crate::render::words::{listed, resolution};
use redtape::detector::Severity;
use redtape_model::text::grouped;
use redtape_scan::scan::TENANT;

/// Resolved alerts of an account that are shown.
const RESOLVED_SHOWN: usize = 10;

/// An account's name as a phrase of HTML.
pub(super) fn name(name: &str) -> String {
    if name == TENANT {
        crate::render::words::whose(name).to_owned()
    } else {
        format!("<bdi>{}</bdi>", text(name))
    }
}

/// Writes accounts one after the other, in the order of concern, and numbers them and their charts.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    page: &'a Page<'a>,
    accounts: usize,
    alerts: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(page: &'a Page<'a>) -> Self {
        Self { page, accounts: 0, alerts: 0 }
    }

    pub(super) fn write(&mut self, account: &Account<'_>, to: &mut dyn Write) -> io::Result<()> {
        self.accounts += 1;
        let class = account.severity().map_or("resolved", class);
        // Without a script a reader folds what is long; with very many accounts the list itself is the overview.
        let open = if self.accounts <= UNFOLDED_MAX { " open" } else { "" };
        write!(
            to,
            "<details class=\"account {class}\" id=a{}{open}>\n<summary><h3>{}</h3> ",
            self.accounts,
            name(account.name)
        )?;
        writeln!(to, "<span class=sum>{}</span></summary>", self.sum(account))?;
        for alert in account.open.iter().flatten() {
            self.alerts += 1;
            let shown =
                Shown { page: self.page, alert, number: self.alerts, has_table: self.alerts <= TABLES_MAX };
            shown.write(to)?;
        }
        self.resolved(account, to)?;
        writeln!(to, "</details>")
    }

    /// What stands beside the name: how many alerts of which signals, and since when.
    fn sum(&self, account: &Account<'_>) -> String {
        let counts: Vec<String> = [Severity::Critical, Severity::Warning, Severity::Info]
            .into_iter()
            .filter(|it| account.open_of(*it) > 0)
            .map(|it| {
                format!(
                    "<span class=\"sev {}\">{} {}</span>",
                    class(it),
                    account.open_of(it),
                    severity(it).to_lowercase()
                )
            })
            .collect();
        let mut signals: Vec<&str> = Vec::new();
        let open = account.open.iter().filter_map(|group| group.first()).map(|alert| alert.signal.as_str());
        let ended =
            account.resolved.iter().filter_map(|group| group.first()).map(|it| it.last.signal.as_str());
        let is_open = account.severity().is_some();
        for signal in open.chain(ended.filter(|_| !is_open)) {
            if !signals.contains(&title(signal)) {
                signals.push(title(signal));
            }
        }
        let signals = text(&listed(&signals)).to_string().to_lowercase();
        match account.since() {
            Some(since) => format!("{} {signals}, since {}", counts.join(" "), self.page.date(since)),
            None => format!("<span class=\"sev resolved\">resolved</span> {signals}"),
        }
    }

    fn resolved(&self, account: &Account<'_>, to: &mut dyn Write) -> io::Result<()> {
        if account.resolved.is_empty() {
            return Ok(());
        }
        if !account.open.is_empty() {
            writeln!(to, "<h4 class=past>Resolved{}</h4>", if self.page.all { "" } else { " lately" })?;
        }
        writeln!(to, "<ul class=ended>")?;
        let shown = if self.page.all { account.resolved.len() } else { RESOLVED_SHOWN };
        for group in account.resolved.iter().take(shown) {
            self.ended(group, to)?;
        }
        writeln!(to, "</ul>")?;
        let more = account.resolved.len().saturating_sub(shown);
        if more > 0 {
            writeln!(
                to,
                "<p class=note>And {} more signals; <code>--all</code> shows each.</p>",
                grouped(u64::try_from(more).unwrap_or_default())
            )?;
        }
        Ok(())
    }

    /// The alerts of one signal that ended: how the worst of them stood, and how the last one ended.
    fn ended(&self, group: &[Resolved<'_>], to: &mut dyn Write) -> io::Result<()> {
        let shown = if self.page.all { group.len() } else { 1 };
        for Resolved { last, worst } in group.iter().take(shown) {
            let how = match resolution(&last.resolution) {
                "" => String::new(),
                how => format!(", {}", text(how)),
            };
            let (signal, class) = (text(title(&last.signal)), class(worst.severity));
            let (since, until) = (self.page.date(last.since), self.page.date(last.at));
            write!(
                to,
                "<li><b>{signal}</b> <span class=\"sev was {class}\">was {}</span> <span class=when>{since} to {until}{how}</span>",
                severity(worst.severity).to_lowercase()
            )?;
            write!(to, "<p>{}.</p>", prose(&worst.summary))?;
            writeln!(to, "</li>")?;
        }
        let more = group.len().saturating_sub(shown);
        if more > 0 {
            let others = if more == 1 {
                "one more like this".to_owned()
            } else {
                format!("{} more like this", grouped(u64::try_from(more).unwrap_or_default()))
            };
            writeln!(to, "<li class=note>And {others}.</li>")?;
        }
        Ok(())
    }
}
