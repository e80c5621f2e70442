//! The first screen: how many accounts of each kind, and what to do first.

use std::io::{self, Write};

use super::concern::{Account, Figures};
use super::escape::prose;
use super::words::{class, has, severity};
use super::{Page, account};
use crate::render::words::listed;
use redtape::detector::{Alert, Severity};
use redtape_model::text::{counted, grouped};
use redtape_scan::scan::TENANT;

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

/// Whether there is something to do, and what cannot be said.
fn verdict(page: &Page<'_>, accounts: &[Account<'_>]) -> String {
    let hidden = page.report.hidden;
    let mut sentences = vec![match open(accounts) {
        Some(open) => whose(page) + &open,
        None if hidden > 0 => "No alert that was asked for is open.".to_owned(),
        None => "No alert is open.".to_owned(),
    }];
    if hidden > 0 {
        let others = if hidden == 1 { "other is" } else { "others are" };
        sentences.push(format!("{} {others} open and not shown here.", grouped(hidden)));
    }
    if let Some(unknown) = page.figures.unknown.filter(|unknown| *unknown > 0) {
        let verb = has(unknown);
        sentences.push(format!("{} {verb} not enough data to be judged.", counted(unknown, "account")));
    }
    sentences.join(" ")
}

/// How many accounts it is about; nothing where it is about all of them together.
fn whose(page: &Page<'_>) -> String {
    let Figures { critical, warning, notice, .. } = page.figures;
    let all = counted(u64::from(page.report.accounts), "account");
    match critical + warning + notice {
        0 => String::new(),
        1 => format!("1 of {all} needs attention: "),
        alerting => format!("{} of {all} need attention: ", grouped(alerting)),
    }
}

/// How many alerts are open; none: none is.
fn open(accounts: &[Account<'_>]) -> Option<String> {
    let open = |severity| accounts.iter().map(|account| account.open_of(severity)).sum::<u64>();
    let severities = [Severity::Critical, Severity::Warning, Severity::Info];
    let counts = severities.map(|it| (open(it), class(it)));
    let named = counts.iter().filter(|(count, _)| *count > 0);
    let named: Vec<String> = named.map(|(count, name)| format!("{} {name}", grouped(*count))).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let total: u64 = counts.iter().map(|(count, _)| count).sum();
    let tenant = accounts.iter().find(|account| account.name == TENANT);
    let together: u64 = tenant.map_or(0, |tenant| severities.map(|it| tenant.open_of(it)).iter().sum());
    let together = match together {
        0 => String::new(),
        1 if total == 1 => "; it concerns all accounts together".to_owned(),
        1 => "; one of them concerns all accounts together".to_owned(),
        count => format!("; {} of them concern all accounts together", grouped(count)),
    };
    let is = if total == 1 { "alert is" } else { "alerts are" };
    (total > 0).then(|| format!("{} {is} open{together}.", listed(&named)))
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
    let (name, note) = match unknown {
        _ if page.report.hidden > 0 => ("Nothing asked for", "other alerts may be open"),
        Some(_) => ("Calm", "judged and quiet"),
        None => ("No open alert", "not each may be judged"),
    };
    figure("calm", name, &grouped(calm), &format!("{}, {note}", of(calm)))?;
    let (number, note) = match unknown {
        Some(unknown) => (grouped(unknown), format!("{}, nobody can say", of(unknown))),
        None => ("–".to_owned(), "not known of each account".to_owned()),
    };
    figure("unknown", "Not enough data", &number, &note)?;
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
