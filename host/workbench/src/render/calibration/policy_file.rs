//! The proposed policy as a file: TOML, with what speaks for each number beside it.
//!
//! The same log gives the same bytes; nothing in it says when it was made.

use crate::render::backtest::{noun, percent};
use crate::tuning::Calibration;
use crate::tuning::calibrate::{Choice, Count, Limit, Proposal};
use redtape::policy::closed;
use redtape_model::text::{printable, width, wrap};

use super::{a_week, about, notes, value};

/// Columns of a comment.
const COLUMNS: usize = 100;

/// The policy as a commented file.
pub fn policy_file(calibration: &Calibration) -> String {
    let mut file = File::default();
    file.comment("A policy proposed by `redtape calibrate` from the history of these logs. Every figure is that of a replay.");
    file.comment("Change what you know better, then: redtape backtest LOG --policy THIS-FILE");
    file.comment("");
    for input in &calibration.replay.report.inputs {
        file.item(input);
    }
    about(calibration).iter().for_each(|line| file.comment(line));
    let is_empty = calibration.replay.report.span.is_none();
    if !is_empty {
        file.comment("");
        notes(calibration).iter().for_each(|note| file.item(note));
        file.comment("");
        file.comment(
            "The tables below: what other limits would have given. Accounts: the share of all accounts with at least one \
             alert. Time: how much of the time accounts with data are in such an alert.",
        );
    }
    if let Some(zone) = &calibration.zone {
        file.line("");
        file.line(&format!("time_zone = {}", quoted(zone)));
    }
    file.line("");
    file.line("[rises]");
    file.line(&format!("level = {}", quoted(calibration.rises.level())));
    file.signals(calibration);
    for tier in &calibration.tiers {
        file.line("");
        file.line("[[override]]");
        file.line(&format!(
            "match = {{ tier = {} }}  # {}",
            quoted(&tier.tier),
            noun(tier.accounts, "account")
        ));
        let mut signal = "";
        for (limit, choice) in &tier.limits {
            if signal != limit.signal {
                file.line("");
                file.line(&format!("[override.signals.{}]", limit.signal));
                signal = &limit.signal;
            }
            file.choice(calibration, limit, choice);
        }
    }
    closed(&file.text)
}

#[derive(Default)]
struct File {
    text: String,
}

impl File {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A comment that stays one, whatever names are in it.
    fn comment(&mut self, text: &str) {
        self.wrapped("# ", "# ", text);
    }

    fn item(&mut self, text: &str) {
        self.wrapped("# - ", "#   ", text);
    }

    fn wrapped(&mut self, first: &str, next: &str, text: &str) {
        let shown = printable(text);
        let lines = wrap(&shown, COLUMNS - width(first));
        if lines.is_empty() {
            self.line(first);
        }
        for (at, line) in lines.iter().enumerate() {
            let lead = if at == 0 { first } else { next };
            self.line(&format!("{lead}{line}"));
        }
    }

    fn signals(&mut self, calibration: &Calibration) {
        let off: Vec<(String, &str)> = calibration.rises.off().collect();
        let mut signals: Vec<&str> = Vec::new();
        for name in calibration.proposals.iter().map(|it| it.limit.signal.as_str()) {
            if !signals.contains(&name) {
                signals.push(name);
            }
        }
        signals.extend(off.iter().map(|(name, _)| name.as_str()).filter(|name| *name == "creep"));
        for signal in signals {
            self.line("");
            self.line(&format!("[signals.{signal}]"));
            for (_, key) in off.iter().filter(|(name, _)| name == signal) {
                self.comment("Rises of this signal alone would be more than was asked for.");
                self.line(&format!("{key} = false"));
            }
            let mut why_before = None;
            for proposal in calibration.proposals.iter().filter(|it| it.limit.signal == signal) {
                self.proposal(calibration, proposal, why_before);
                why_before = proposal.choice.as_ref().err();
            }
        }
    }

    /// `why_before`: why the limit before it kept its default, which is not said twice.
    fn proposal(&mut self, calibration: &Calibration, proposal: &Proposal, why_before: Option<&String>) {
        let (limit, given) = (&proposal.limit, &proposal.given);
        let (warning, critical) = limit.keys();
        match &proposal.choice {
            Err(why) => {
                if why_before != Some(why) {
                    self.comment(&format!("The default is kept: {why}."));
                }
                if given.alerts > 0 {
                    self.comment(&format!("It gave {}.", noun(given.alerts, "alert")));
                }
                self.line(&format!("# {warning} = {}", value(limit.warning)));
                self.line(&format!("# {critical} = {}", value(limit.critical)));
            }
            Ok(choice) => {
                let told = match given.alerts {
                    0 => "The lowest that was never met in this log".to_owned(),
                    alerts => format!(
                        "{}, {} a week, {} critical",
                        noun(alerts, "alert"),
                        a_week(calibration, alerts),
                        percent(given.critical, alerts)
                    ),
                };
                let (default, alerts) = (value(limit.warning), noun(proposal.default_alerts, "alert"));
                self.comment(&format!("{told}. The default, {default}, gave {alerts}."));
                self.choice(calibration, limit, choice);
            }
        }
    }

    fn choice(&mut self, calibration: &Calibration, limit: &Limit, choice: &Choice) {
        self.line(&format!("#  {:>8}{:>9}{:>9}{:>10}{:>7}", "limit", "alerts", "a week", "accounts", "time"));
        for (candidate, count) in &choice.candidates {
            self.line(&candidate_row(calibration, *candidate, count, choice));
        }
        let (warning, critical) = limit.keys();
        self.line(&format!("{warning} = {}", value(choice.warning)));
        self.line(&format!("{critical} = {}", value(choice.critical)));
    }
}

fn candidate_row(calibration: &Calibration, candidate: f64, count: &Count, choice: &Choice) -> String {
    let mark = if candidate == choice.warning {
        "  <- warning"
    } else if candidate == choice.critical {
        "  <- critical"
    } else {
        ""
    };
    format!(
        "#  {:>8}{:>9}{:>9}{:>10}{:>7}{mark}",
        value(candidate),
        count.alerts,
        a_week(calibration, count.alerts),
        percent(count.accounts, choice.accounts),
        count.time(choice.known_ms).filter(|_| choice.is_timed()).map_or_else(|| "-".to_owned(), share),
    )
}

/// A share of time in whole percent, but never 0 of something.
fn share(share: f64) -> String {
    if share > 0.0 && share < 0.005 { "<1 %".to_owned() } else { format!("{:.0} %", share * 100.0) }
}

/// Text as a policy has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
