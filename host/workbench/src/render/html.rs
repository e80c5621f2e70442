//! The report as one page of HTML, for a manager: the state at a glance, then every account, the worst first.
//!
//! The page is whole without its script, which only searches, filters and unfolds; charts are drawn here. It asks for
//! nothing from outside, and says so to the browser.

use redtape_model::calendar::WEEK_MS;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use redtape::detector::{AlertState, Severity};
use redtape_model::calendar::{Instant, Zone};
use redtape_model::text::{counted, grouped};
use redtape_scan::report::{LATELY_WEEKS, Report};

mod account;
mod alert;
mod chart;
mod concern;
mod escape;
mod glance;
mod guard;
mod judged;
mod words;

use self::concern::{Account, Figures};
use self::escape::text;
use self::words::{class, has};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// Alerts with a table of their weeks: with thousands the page would take long to open.
const TABLES_MAX: u64 = 200;
/// Accounts that are unfolded from the start.
const UNFOLDED_MAX: usize = 25;

/// How the page is to look.
#[derive(Clone, Copy, Debug)]
pub struct Html<'a> {
    /// Whether every resolved alert is shown, or those of the last 26 weeks only.
    pub all: bool,
    /// What the policy is called: its file, or `defaults`.
    pub policy: &'a str,
}

/// Writes the report as a page of HTML, piece by piece. Charts need the histories of
/// [`Scan::charted`](redtape_scan::Scan::charted); without them it is said that there is none.
///
/// # Errors
///
/// Those of `to`.
pub fn html(report: &Report, look: &Html<'_>, to: &mut dyn Write) -> io::Result<()> {
    let from = match report.as_of {
        Some(as_of) if !look.all => as_of - LATELY_WEEKS * WEEK_MS,
        _ => Instant::MIN,
    };
    let accounts = concern::accounts(report, from);
    let page = Page {
        report,
        zone: Zone::named(&report.time_zone).unwrap_or_default(),
        as_of: report.as_of.unwrap_or_default(),
        policy: look.policy,
        all: look.all,
        figures: concern::figures(report, &accounts),
        told: first_told(report),
        open: report.firing().map(|alert| alert.id.as_str()).collect(),
    };
    page.head(to)?;
    page.title(to)?;
    writeln!(to, "<main id=main>")?;
    if page.has_activities() {
        glance::write(&page, &accounts, to)?;
        page.accounts(&accounts, to)?;
        judged::write(&page, to)?;
        page.how_to_read(to)?;
    } else {
        writeln!(to, "<p class=lead>No activities were read: there is nothing to judge.</p>")?;
        judged::write(&page, to)?;
    }
    writeln!(to, "</main>")?;
    page.foot(to)
}

/// What every part of the page has to know.
#[derive(Debug)]
struct Page<'a> {
    report: &'a Report,
    zone: Zone,
    as_of: Instant,
    policy: &'a str,
    all: bool,
    figures: Figures,
    /// When each alert was first told, by its id, as far as the report keeps it.
    told: BTreeMap<&'a str, Instant>,
    /// The ids of the alerts that are shown.
    open: BTreeSet<&'a str>,
}

fn first_told(report: &Report) -> BTreeMap<&str, Instant> {
    let mut told = BTreeMap::new();
    for alert in report.alerts.iter().filter(|alert| alert.state == AlertState::Firing) {
        told.entry(alert.id.as_str()).or_insert(alert.at);
    }
    told
}

impl Page<'_> {
    fn date(&self, at: Instant) -> String {
        super::words::date(self.zone, at)
    }

    /// How long ago, in weeks or years; nothing under a week.
    fn ago(&self, since: Instant) -> String {
        match u64::try_from((self.as_of - since) / WEEK_MS).unwrap_or_default() {
            0 => String::new(),
            weeks if weeks < 104 => counted(weeks, "week"),
            weeks => counted(weeks / 52, "year"),
        }
    }

    fn has_activities(&self) -> bool {
        let counts = self.report.counts;
        counts.accepted + counts.replaced + counts.duplicate > 0 && self.report.as_of.is_some()
    }

    fn head(&self, to: &mut dyn Write) -> io::Result<()> {
        let as_of = self.report.as_of.map(|at| format!(" as of {}", self.date(at))).unwrap_or_default();
        writeln!(to, "<!doctype html>\n<html lang=en-GB>\n<head>\n<meta charset=utf-8>")?;
        writeln!(
            to,
            "<meta http-equiv=Content-Security-Policy content=\"{}\">",
            guard::content_security(SCRIPT)
        )?;
        writeln!(to, "<meta name=viewport content=\"width=device-width, initial-scale=1\">")?;
        writeln!(
            to,
            "<meta name=color-scheme content=\"light dark\">\n<meta name=referrer content=no-referrer>"
        )?;
        writeln!(
            to,
            "<title>Formality of customer accounts{as_of}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>"
        )
    }

    fn title(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "<a class=skip href=\"#main\">Skip to the report</a>\n<header>")?;
        let as_of = self.report.as_of.map(|at| format!("As of {}", self.date(at))).unwrap_or_default();
        writeln!(to, "<p class=brand>redtape <span>{as_of}</span></p>")?;
        writeln!(to, "<h1>Where formality is rising</h1>")?;
        let inputs: Vec<String> =
            self.report.inputs.iter().take(3).map(|name| text(name).to_string()).collect();
        let more = self.report.inputs.len().saturating_sub(inputs.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let accounts = counted(u64::from(self.report.accounts), "account");
        let activities = counted(self.report.counts.accepted, "activity");
        let span = self
            .report
            .span
            .map(|(first, newest)| format!(", {} to {}", self.date(first), self.date(newest)));
        writeln!(
            to,
            "<p class=source>{accounts}, {activities}{}. Log: <bdi>{}</bdi>{more}. Policy: <bdi>{}</bdi>. Times: {}.</p>\n</header>",
            span.unwrap_or_default(),
            inputs.join(", "),
            text(self.policy),
            text(&self.report.time_zone)
        )
    }

    /// The accounts with something to tell, in groups, and how many have nothing.
    fn accounts(&self, accounts: &[Account<'_>], to: &mut dyn Write) -> io::Result<()> {
        if !accounts.is_empty() {
            controls(to)?;
        }
        let mut writer = account::Writer::new(self);
        for (severity, heading) in [
            (Some(Severity::Critical), "Critical"),
            (Some(Severity::Warning), "Warning"),
            (Some(Severity::Info), "Notice"),
            (None, if self.all { "Resolved" } else { "Resolved lately" }),
        ] {
            let group = || accounts.iter().filter(|account| account.severity() == severity);
            let count = u64::try_from(group().count()).unwrap_or_default();
            if count == 0 {
                continue;
            }
            let class = severity.map_or("resolved", class);
            writeln!(
                to,
                "<section class=group aria-labelledby={class}>\n<h2 id={class} class={class}>{heading} <span class=count>{}</span></h2>",
                grouped(count)
            )?;
            if severity.is_none() && !self.all {
                writeln!(
                    to,
                    "<p class=note>Nothing is open here any more; these ended in the last {LATELY_WEEKS} weeks.</p>"
                )?;
            }
            for account in group() {
                writer.write(account, to)?;
            }
            writeln!(to, "</section>")?;
        }
        self.quiet(to)
    }

    fn quiet(&self, to: &mut dyn Write) -> io::Result<()> {
        let Figures { calm, unknown, .. } = self.figures;
        let asked = match calm {
            _ if self.report.hidden > 0 => " that was asked for",
            1 => " of its own",
            _ => " of their own",
        };
        let count = grouped(calm);
        let heading = format!("<h2 id=quiet>Quiet <span class=count>{count}</span></h2>");
        writeln!(to, "<section class=group aria-labelledby=quiet>\n{heading}")?;
        let none = match calm {
            0 => "No account is without an open alert".to_owned(),
            calm => format!("{} {} no open alert{asked}", counted(calm, "account"), has(calm)),
        };
        let enough = "and enough data in at least one kind of activity to say so";
        match unknown {
            Some(_) if calm > 0 => writeln!(to, "<p>{none}, {enough}; below is what is missing.</p>")?,
            Some(_) => writeln!(to, "<p>{none}, {enough}.</p>")?,
            None => writeln!(
                to,
                "<p>{none}. How many of them have enough data is known of each signal only, see below.</p>"
            )?,
        }
        if let Some(unknown) = unknown.filter(|unknown| *unknown > 0) {
            let (accounts, has) = (counted(unknown, "account"), has(unknown));
            writeln!(
                to,
                "<p>{accounts} {has} no open alert and <strong>not enough data</strong>: nobody can say that all is well there.</p>"
            )?;
        }
        writeln!(to, "</section>")
    }

    fn how_to_read(&self, to: &mut dyn Write) -> io::Result<()> {
        writeln!(to, "{}", include_str!("html/reading.html").trim_end())
    }

    fn foot(&self, to: &mut dyn Write) -> io::Result<()> {
        let version = env!("CARGO_PKG_VERSION");
        writeln!(
            to,
            "<footer><p>redtape {version}. It speaks of accounts, not of people. The same log and policy give the same page.</p></footer>"
        )?;
        writeln!(to, "<script>{SCRIPT}</script>\n</body>\n</html>")
    }
}

/// Search and filters; hidden until the script is there to obey them.
fn controls(to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{}", include_str!("html/controls.html").trim_end())
}

#[cfg(test)]
mod tests;
