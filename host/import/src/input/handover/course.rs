//! What became of the events of a log, counted and in words.

use super::nobodys::{Nobodys, Told};
use super::rounds::Quiet;
use crate::input::counts::Tally;
use crate::input::whose::NO_ACCOUNT;
use crate::text::{counted, grouped};

/// Why events give nothing.
const NOBODY: &str = "with nobody who acts";
const LEFT_OUT: &str = "left out by `when`";
const WORK: &str = "work of whoever held the request";
const AFTER: &str = "after a decision";

/// What became of the events.
#[derive(Debug, Default)]
pub(super) struct Course {
    pub(super) of: Tally,
    pub(super) traces: u64,
    pub(super) events: u64,
    pub(super) nobody: u64,
    pub(super) left_out: u64,
    pub(super) quiet: Quiet,
    pub(super) silent: u64,
    pub(super) without_offset: u64,
    pub(super) again: u64,
    /// Cases in which what events of one instant mean has put them in order.
    pub(super) put: u64,
    pub(super) nobodys: Nobodys,
    pub(super) failed: u64,
    /// Events of which `when` said nothing.
    pub(super) failed_events: u64,
    /// The first that failed: its line, and why.
    pub(super) failure: Option<(u64, String)>,
}

impl Course {
    /// Counts an event that is a part of a request or a plan.
    pub(super) fn count(&mut self, told: Told) {
        match told {
            Told::Line => self.of.read += 1,
            Told::Faulty => self.of.faulty += 1,
            Told::LeftOut => self.of.leave_out(NO_ACCOUNT, 1),
        }
    }

    /// Counts what gave nothing, once all is read.
    pub(super) fn end(&mut self) {
        let Quiet { work, after } = self.quiet;
        let known = [
            (NOBODY, self.nobody),
            (LEFT_OUT, self.left_out),
            (WORK, work),
            (AFTER, after),
            ("where an expression gave nothing of use", self.failed_events),
        ];
        known.into_iter().for_each(|(reason, events)| self.of.leave_out(reason, events));
        let rest = self.of.records.saturating_sub(self.of.read + self.of.faulty + self.of.left_out_total());
        self.of.leave_out("with an outcome that the mapping leaves out", rest);
    }

    pub(super) fn fail(&mut self, line: u64, why: String) {
        self.failed += 1;
        self.failure.get_or_insert((line, why));
    }

    pub(super) fn told(&self) -> Vec<String> {
        let counts = [
            (self.nobody, NOBODY),
            (self.left_out, LEFT_OUT),
            (self.quiet.work, WORK),
            (self.quiet.after, AFTER),
        ];
        let there = counts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = there.map(|(count, what)| format!("{} {what}", grouped(count))).collect();
        let mut told = Vec::new();
        if !parts.is_empty() {
            let (events, traces) = (counted(self.events, "event"), counted(self.traces, "trace"));
            told.push(format!("of {events} in {traces}: {}", parts.join(", ")));
        }
        for (count, what) in [
            (
                self.put,
                "cases with events of one instant that were put in order, hand-ins first and decisions last",
            ),
            (self.silent, "traces that give nothing"),
            (self.again, "traces with a name that one before has, whose steps are counted on"),
            (self.without_offset, "times without an offset, read as UTC (`--time-zone` says otherwise)"),
        ] {
            if count > 0 {
                told.push(format!("{what}: {}", grouped(count)));
            }
        }
        told.extend(self.nobodys.told());
        if let Some((line, why)) = &self.failure {
            let times = counted(self.failed, "time");
            let why = crate::input::shortened(why);
            told.push(format!("an expression gave nothing of use {times}, first on line {line}: {why}"));
        }
        told
    }
}
