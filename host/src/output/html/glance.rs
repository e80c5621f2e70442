//! The first screen: how many accounts of each kind, and what to do first.

use std::io::{self, Write};

use super::concern::{Account, Figures};
use super::escape::prose;
use super::words::{class, severity};
use super::{Page, account};
use crate::detector::{Alert, Severity};
use crate::output::words::listed;
use crate::scan::TENANT;
use crate::text::{counted, grouped};

/// Accounts on the first screen, and suggestions of each.
const FIRST_MAX: usize = 6;
const OF_ONE_MAX: usize = 2;

/// Writes the verdict, the figures and the first suggestions.
pub(super) fn write(page: &Page<'_>, accounts: &[Account<'_>], to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "<section class=glance aria-labelledby=glance>\n<h2 id=glance>At a glance</h2>")?;
    writeln!(to, "<p class=lead>{}</p>", verdict(page, accounts))?;
    figures(page, to)?;
    writeln!(to, "</section>")?;
    first(accounts, to)
}

/// One sentence that says whether there is something to do.
fn verdict(page: &Page<'_>, accounts: &[Account<'_>]) -> String {
    let Figures { critical, warning, notice, unknown, .. } = page.figures;
    let open = |severity| accounts.iter().map(|account| account.open_of(severity)).sum::<u64>();
    let counts: Vec<String> = [Severity::Critical, Severity::Warning, Severity::Info]
        .into_iter()
        .filter(|it| open(*it) > 0)
        .map(|it| format!("{} {}", grouped(open(it)), class(it)))
        .collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let alerting = critical + warning + notice;
    let mut lead = match (counts.is_empty(), page.report.hidden) {
        (true, 0) => "No alert is open.".to_owned(),
        (true, _) => "No alert that was asked for is open.".to_owned(),
        (false, _) => {
            let total: u64 = accounts
                .iter()
                .map(|account| account.open.iter().map(Vec::len).sum::<usize>())
                .map(|it| u64::try_from(it).unwrap_or_default())
                .sum();
            let verb = if total == 1 { "is" } else { "are" };
            let tenant =
                accounts.iter().any(|account| account.name == TENANT && account.severity().is_some());
            let whole = if tenant { " One or more concern all accounts together." } else { "" };
            let needs = if alerting == 1 { "needs" } else { "need" };
            let whose = if alerting == 0 {
                String::new()
            } else {
                format!(
                    "{} of {} {needs} attention: ",
                    grouped(alerting),
                    counted(u64::from(page.report.accounts), "account")
                )
            };
            let alerts = if total == 1 { "alert" } else { "alerts" };
            let lead = format!("{whose}{} {alerts} {verb} open.{whole}", listed(&counts));
            lead
        }
    };
    if page.report.hidden > 0 {
        let (others, verb) = if page.report.hidden == 1 { ("other", "is") } else { ("others", "are") };
        lead.push_str(&format!(" {} {others} {verb} open and not shown here.", grouped(page.report.hidden)));
    }
    if let Some(unknown) = unknown.filter(|unknown| *unknown > 0) {
        let verb = if unknown == 1 { "has" } else { "have" };
        lead.push_str(&format!(" {} {verb} not enough data to be judged.", counted(unknown, "account")));
    }
    lead
}

fn figures(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let Figures { critical, warning, notice, calm, unknown } = page.figures;
    writeln!(to, "<dl class=figures>")?;
    let mut figure = |class: &str, name: &str, number: &str, note: &str| {
        writeln!(to, "<div class={class}><dt>{name}</dt><dd>{number}</dd><dd class=note>{note}</dd></div>")
    };
    let of = |count| if count == 1 { "account" } else { "accounts" };
    figure("critical", "Critical", &grouped(critical), &format!("{}, act first", of(critical)))?;
    figure("warning", "Warning", &grouped(warning), &format!("{}, look soon", of(warning)))?;
    if notice > 0 {
        figure("notice", "Notice", &grouped(notice), of(notice))?;
    }
    match unknown {
        Some(unknown) => {
            figure("calm", "Calm", &grouped(calm), &format!("{}, judged and quiet", of(calm)))?;
            figure(
                "unknown",
                "Not enough data",
                &grouped(unknown),
                &format!("{}, nobody can say", of(unknown)),
            )?;
        }
        None => {
            figure("calm", "No open alert", &grouped(calm), of(calm))?;
            figure("unknown", "Not enough data", "–", "not known of each account")?;
        }
    }
    writeln!(to, "</dl>")
}

/// The suggestions of the worst alerts, with the way to each account.
fn first(accounts: &[Account<'_>], to: &mut dyn Write) -> io::Result<()> {
    let helped = || {
        let suggested =
            accounts.iter().enumerate().map(|(at, account)| (at + 1, account, suggested(account)));
        suggested.filter(|(_, _, alerts)| !alerts.is_empty())
    };
    let total = helped().count();
    if total == 0 {
        return Ok(());
    }
    writeln!(to, "<section class=first aria-labelledby=first>\n<h2 id=first>What to do first</h2>\n<ol>")?;
    for (number, account, alerts) in helped().take(FIRST_MAX) {
        let name = account::name(account.name);
        writeln!(to, "<li><a href=\"#a{number}\">{name}</a><ul>")?;
        for alert in alerts {
            let (severity, class) = (severity(alert.severity), class(alert.severity));
            let (act, why) = (prose(&alert.suggestion), prose(brief(&alert.summary)));
            write!(to, "<li><span class=\"sev {class}\">{severity}</span> <span class=act>{act}.</span> ")?;
            writeln!(to, "<span class=why>{why}.</span></li>")?;
        }
        writeln!(to, "</ul></li>")?;
    }
    writeln!(to, "</ol>")?;
    if total > FIRST_MAX {
        let of = counted(u64::try_from(total).unwrap_or_default(), "account");
        writeln!(
            to,
            "<p class=note>The most pressing of {of}; the others follow in the order of concern.</p>"
        )?;
    }
    writeln!(to, "</section>")
}

/// What would help an account most: one suggestion a signal, and the same thing once.
fn suggested<'a>(account: &Account<'a>) -> Vec<&'a Alert> {
    let mut held: Vec<&Alert> = Vec::new();
    for alert in account.open.iter().filter_map(|group| group.first().copied()) {
        let is_new = |it: &&Alert| it.suggestion != alert.suggestion && it.signal != alert.signal;
        if !alert.suggestion.is_empty() && held.iter().all(is_new) {
            held.push(alert);
        }
    }
    held.truncate(OF_ONE_MAX);
    held
}

/// A summary without its last part, where that only names another alert of the same thing.
fn brief(summary: &str) -> &str {
    let names_another = summary.find("(alert ").and_then(|at| summary.get(..at)?.rfind(';'));
    names_another.and_then(|end| summary.get(..end)).unwrap_or(summary)
}
