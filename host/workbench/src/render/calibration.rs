//! A calibration for people: what is proposed beside what the defaults gave, and what it rests on.
//!
//! `policy_file.rs` writes the policy itself.

use super::words;
use crate::render::backtest::{group, noun, percent, rate};
use crate::tuning::calibrate::Proposal;
use crate::tuning::{Ask, Calibration, Numbers, alerts_of};
use redtape_model::calendar::Zone;
use redtape_model::text::{counted, printable, wrap};

mod policy_file;

pub use self::policy_file::policy_file;

/// From here on what is given is told to be far off what was asked for.
const FAR_OFF: f64 = 1.25;
const LIMIT_COLUMNS: usize = 28;
const HEADS: [(&str, usize); 6] =
    [("default", 8), ("warning", 9), ("critical", 10), ("alerts", 8), ("a week", 8), ("accounts", 9)];

/// What was asked and given, by limit.
pub fn calibration(calibration: &Calibration, columns: usize) -> String {
    let columns = columns.max(60);
    let mut text = String::new();
    let mut paragraph = |it: &str| {
        for line in wrap(&printable(it), columns) {
            text.push_str(&line);
            text.push('\n');
        }
    };
    about(calibration).iter().for_each(|line| paragraph(line));
    if calibration.replay.report.span.is_none() {
        return text;
    }
    text.push('\n');
    let heads: String = HEADS.iter().map(|(head, columns)| format!("{head:>columns$}")).collect();
    text.push_str(&format!("{:LIMIT_COLUMNS$}{heads}\n", ""));
    for proposal in &calibration.proposals {
        text.push_str(&row(calibration, proposal));
        for tier in &calibration.tiers {
            for (limit, choice) in tier.limits.iter().filter(|(limit, _)| *limit == proposal.limit) {
                let name = format!("  tier {}", printable(&tier.tier));
                let own = choice.candidates.iter().find(|(it, _)| *it == choice.warning);
                let own = own.map(|(_, count)| *count).unwrap_or_default();
                let cells = [
                    value(limit.warning),
                    value(choice.warning),
                    value(choice.critical),
                    group(own.alerts),
                    a_week(calibration, own.alerts),
                    percent(own.accounts, choice.accounts),
                ];
                text.push_str(&format!("{name:LIMIT_COLUMNS$}{}\n", line(&cells)));
            }
        }
    }
    let rises = calibration.rises.alerts_given();
    let level = calibration.rises.level();
    let row = ["", level, "", &group(rises), &a_week(calibration, rises), ""].map(str::to_owned);
    text.push_str(&format!("{:LIMIT_COLUMNS$}{}\n\n", "rises", line(&row)));
    for note in notes(calibration) {
        for (at, line) in wrap(&printable(&note), columns - 2).iter().enumerate() {
            text.push_str(&format!("{} {line}\n", if at == 0 { "-" } else { " " }));
        }
    }
    text
}

fn row(calibration: &Calibration, proposal: &Proposal) -> String {
    let (limit, given) = (&proposal.limit, &proposal.given);
    let name = format!("{} {}", limit.signal, limit.keys().0);
    let (warning, critical) = match &proposal.choice {
        Ok(choice) => (value(choice.warning), value(choice.critical)),
        Err(_) => ("default".to_owned(), "default".to_owned()),
    };
    let accounts = usize::try_from(calibration.replay.report.accounts).unwrap_or_default();
    let cells = [
        value(limit.warning),
        warning,
        critical,
        group(given.alerts),
        a_week(calibration, given.alerts),
        percent(given.accounts, accounts),
    ];
    format!("{name:LIMIT_COLUMNS$}{}\n", line(&cells))
}

fn line(cells: &[String]) -> String {
    let line: String =
        cells.iter().zip(HEADS).map(|(cell, (_, columns))| format!("{cell:>columns$}")).collect();
    line.trim_end().to_owned()
}

/// A limit as it is written in a policy.
fn value(value: f64) -> String {
    format!("{value}")
}

fn a_week(calibration: &Calibration, alerts: usize) -> String {
    let alerts = Numbers { alerts, ..Numbers::default() };
    rate(calibration.replay.a_week(alerts_of(&alerts)))
}

/// Which log it was, what was asked for and what was given.
fn about(calibration: &Calibration) -> Vec<String> {
    let (replay, report) = (&calibration.replay, &calibration.replay.report);
    let Some((first, _)) = report.span else {
        return vec!["No activities were read: there is nothing to calibrate by.".to_owned()];
    };
    let zone = Zone::named(&report.time_zone).unwrap_or_default();
    let date = |at| words::date(zone, at);
    let (accounts, lines) =
        (counted(u64::from(report.accounts), "account"), counted(report.counts.lines, "line"));
    let years = replay.account_years();
    let numbers = Numbers::of(&replay.episodes, replay.end());
    let given = alerts_of(&numbers);
    let (asked, defaults) = (rate(calibration.asked_a_week), alerts_of(&calibration.defaults));
    let asked = match calibration.ask {
        Ask::Default => {
            format!(
                "{asked} alerts a week: nothing was asked for, so one for each 100 accounts, at least one a month"
            )
        }
        Ask::AWeek(_) => format!("{asked} alerts a week"),
        Ask::AnAccountYear(alerts) => format!("{} alerts an account-year, {asked} a week", rate(alerts)),
    };
    vec![
        format!(
            "Log: {lines}, {accounts}, {} to {}, {years:.1} account-years ({}).",
            date(first),
            date(replay.end()),
            report.time_zone
        ),
        format!("Asked for: {asked}."),
        format!(
            "Given, in a replay of exactly this policy: {}, {} a week, {} an account-year, on {} of {accounts}; {} critical, {} still open.",
            noun(numbers.alerts, "alert"),
            rate(replay.a_week(given)),
            rate(replay.an_account_year(given)),
            group(numbers.accounts),
            percent(numbers.critical, numbers.alerts),
            group(numbers.open),
        ),
        format!(
            "The documented defaults: {}, {} a week; {} critical.",
            noun(calibration.defaults.alerts, "alert"),
            rate(replay.a_week(defaults)),
            percent(calibration.defaults.critical, calibration.defaults.alerts),
        ),
    ]
}

/// What else has to be known before the policy is trusted.
fn notes(calibration: &Calibration) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(far_off(calibration));
    notes.extend(kept(calibration));
    let few =
        calibration.proposals.iter().filter(|it| it.choice.as_ref().is_ok_and(|it| !it.critical_is_measured));
    let few: Vec<String> = few.map(|it| format!("{} {}", it.limit.signal, it.limit.keys().1)).collect();
    if !few.is_empty() {
        notes.push(format!(
            "Too few alerts to choose it by, so at the distance of the defaults: {}.",
            few.join(", ")
        ));
    }
    notes.extend(calibration.tier_notes.iter().cloned());
    notes.push(rises(calibration));
    let not_taken = calibration.replay.report.not_taken();
    if not_taken > 0 {
        notes.push(format!("{} were not taken; `redtape scan` says why.", counted(not_taken, "line")));
    }
    notes
}

/// Which limits keep their defaults, a sentence for each reason.
fn kept(calibration: &Calibration) -> Vec<String> {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for proposal in &calibration.proposals {
        let Err(why) = &proposal.choice else { continue };
        let signal = proposal.limit.signal.as_str();
        match by_reason.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, signals)) if signals.contains(&signal) => {}
            Some((_, signals)) => signals.push(signal),
            None => by_reason.push((why, vec![signal])),
        }
    }
    by_reason
        .into_iter()
        .map(|(why, signals)| format!("Default kept: {}; {why}.", signals.join(", ")))
        .collect()
}

fn rises(calibration: &Calibration) -> String {
    let tried: Vec<String> = calibration
        .rises
        .tried()
        .map(|(level, alerts)| format!("{} at `{level}`", noun(alerts, "alert")))
        .collect();
    let mut text = format!("Rises above an account's own past gave {}", tried.join(", "));
    match calibration.rises.level() {
        "notice" => text.push_str(", the default level, which leaves room for limits"),
        level => text
            .push_str(&format!("; they may take a third of what was asked for, so the level is `{level}`")),
    }
    let off: Vec<String> = calibration.rises.off().map(|(signal, _)| signal).collect();
    if !off.is_empty() {
        text.push_str(&format!(", and they are switched off where they were most: {}", off.join(", ")));
    }
    text.push('.');
    text
}

/// Why the policy gives much less, or much more, than was asked for.
fn far_off(calibration: &Calibration) -> Option<String> {
    let replay = &calibration.replay;
    let given = replay.a_week(alerts_of(&Numbers::of(&replay.episodes, replay.end())));
    let (asked, most) = (calibration.asked_a_week, replay.a_week(calibration.most));
    let (given_rate, asked_rate) = (rate(given), rate(asked));
    if given * FAR_OFF < asked && most < asked {
        return Some(format!(
            "This log cannot give {asked_rate} alerts a week, only {given_rate}: with lower limits accounts would be in alert \
             for more than a fifth of the time, or nothing more would be found."
        ));
    }
    if given * FAR_OFF < asked {
        return Some(format!(
            "This is less than the {asked_rate} a week asked for: the next lower limits would give far more than that."
        ));
    }
    let kept = calibration.proposals.iter().filter(|it| it.choice.is_err());
    let kept: usize = kept.map(|it| it.given.alerts).sum();
    (given > asked * FAR_OFF).then(|| {
        let why = if kept > 0 {
            format!("defaults that are kept for want of data give {}", noun(kept, "alert"))
        } else {
            "the next higher limits would give far less than that".to_owned()
        };
        format!("This is more than the {asked_rate} a week asked for: {why}.")
    })
}
