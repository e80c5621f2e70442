//! Steps of requests that a mapping made without numbers: those of one instant get some.
//!
//! Without a number the engine orders steps of one instant by what they mean and by their ids, which follow the rows; where a
//! table stands newest first, what was handed from one to the next would go backwards.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xxhash_rust::xxh3::xxh3_64;

use super::convert::Held;
use super::handover::Outcome;
use super::ties::{self, Around, Direction, Slope};
use crate::calendar::Instant;
use crate::text::counted;

/// Requests whose rows are followed one by one; what further ones show goes into the direction of the whole.
const REQUESTS_MAX: usize = 100_000;
/// Steps of one instant whose hand-overs are followed from one to the next.
const CHAIN_MAX: usize = 200;

/// What every line of a step has; few others have it.
static STEP: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(b"\"kind\":\"approval-step\""));

/// What the order of the rows says, and what was made of it.
#[derive(Debug, Default)]
pub(super) struct Steps {
    requests: BTreeMap<u64, Seen>,
    /// Within requests.
    within: Slope,
    /// From row to row.
    rows: Slope,
    /// The step that was read last: when, and from which line.
    last: Option<(Instant, u64)>,
    numbered: u64,
}

/// The rows of one request.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    line: u64,
    slope: Slope,
    count: u32,
    /// The latest of its steps.
    newest: Instant,
}

/// What a line says of a step.
#[derive(Deserialize)]
struct Step<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    account: Cow<'a, str>,
    #[serde(borrow)]
    request: Cow<'a, str>,
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    step: Option<IgnoredAny>,
    #[serde(default, borrow)]
    from: Option<Somebody<'a>>,
    #[serde(default, borrow)]
    to: Option<Somebody<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Somebody<'a> {
    Id(#[serde(borrow)] Cow<'a, str>),
    Sided {
        #[serde(borrow)]
        id: Cow<'a, str>,
    },
}

impl Somebody<'_> {
    fn id(&self) -> &str {
        match self {
            Somebody::Id(id) | Somebody::Sided { id } => id,
        }
    }
}

impl<'a> Step<'a> {
    /// A step without a number.
    fn of(text: &'a str) -> Option<Self> {
        STEP.find(text.as_bytes())?;
        serde_json::from_str(text).ok().filter(|step: &Self| step.step.is_none())
    }

    fn request(&self) -> u64 {
        xxh3_64(self.account.as_bytes()).rotate_left(1) ^ xxh3_64(self.request.as_bytes())
    }

    fn outcome(&self) -> Option<Outcome> {
        Outcome::named(&self.outcome)
    }
}

impl Steps {
    /// Looks at a line in the order of reading.
    pub(super) fn see(&mut self, held: &Held) {
        let line = held.line;
        let Some((step, at)) = Step::of(&held.text).zip(held.at) else { return };
        // Two steps of one record say nothing of the order of records.
        if let Some((before, _)) = self.last.replace((at, line)).filter(|(_, before)| *before != line) {
            self.rows.see(before, at);
        }
        let request = step.request();
        let is_full = self.requests.len() >= REQUESTS_MAX;
        match self.requests.get_mut(&request) {
            Some(seen) => {
                if seen.line != line {
                    seen.slope.see(seen.at, at);
                    self.within.see(seen.at, at);
                }
                let (count, newest) = (seen.count.saturating_add(1), seen.newest.max(at));
                *seen = Seen { at, line, slope: seen.slope, count, newest };
            }
            None if is_full => {}
            None => {
                let slope = Slope::default();
                self.requests.insert(request, Seen { at, line, slope, count: 1, newest: at });
            }
        }
    }

    /// Whether any step lacks its number.
    pub(super) fn are_there(&self) -> bool {
        self.last.is_some()
    }

    /// Gives numbers to those among the lines of one instant that need them, and puts them in order.
    pub(super) fn number(&mut self, at: Instant, lines: &mut [Held]) {
        let mut requests: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut orders = Vec::new();
        {
            let steps: Vec<Option<Step<'_>>> = lines.iter().map(|held| Step::of(&held.text)).collect();
            for (place, step) in steps.iter().enumerate() {
                if let Some(step) = step {
                    requests.entry(step.request()).or_default().push(place);
                }
            }
            for (request, places) in requests.into_iter().filter(|(_, places)| places.len() > 1) {
                let of = |place: &usize| steps.get(*place).and_then(Option::as_ref);
                let order = self.order(at, request, &places, &of);
                let mut ids: Vec<&str> = Vec::new();
                let numbered: Vec<(usize, usize)> = order
                    .iter()
                    .filter_map(|place| {
                        let id = &*of(place)?.id;
                        // A record that was delivered again is the same step.
                        let number = ids.iter().position(|known| *known == id).unwrap_or_else(|| {
                            ids.push(id);
                            ids.len() - 1
                        });
                        Some((*place, number + 1))
                    })
                    .collect();
                if ids.len() > 1 {
                    self.numbered += numbered.len() as u64;
                    orders.push((places, numbered));
                }
            }
        }
        for (places, numbered) in orders {
            let numbered: Vec<Held> = numbered
                .iter()
                .filter_map(|(place, number)| {
                    let &Held { at, account, line, ref text } = lines.get(*place)?;
                    Some(Held { at, account, line, text: with_number(text, *number) })
                })
                .collect();
            for (place, step) in places.iter().zip(numbered) {
                if let Some(held) = lines.get_mut(*place) {
                    *held = step;
                }
            }
        }
    }

    /// The places of a request's steps of one instant in the order in which they happened.
    fn order<'s>(
        &self,
        at: Instant,
        request: u64,
        places: &[usize],
        of: &dyn Fn(&usize) -> Option<&'s Step<'s>>,
    ) -> Vec<usize> {
        let seen = self.requests.get(&request);
        let own = seen.map_or(Slope::default(), |seen| seen.slope);
        let whole = if self.within == Slope::default() { self.rows } else { self.within };
        let direction = own.direction().or(whole.direction());
        let mut places = places.to_vec();
        if direction == Some(Direction::NewestFirst) {
            places.reverse();
        }
        let is_steady = whole.is_steady()
            && (own == Slope::default() || own.is_steady() && own.direction() == whole.direction());
        if !is_steady {
            places = chain(&places, of);
        }
        // Whether it waits is not followed here: it does where nothing of this instant hands it in.
        let around = Around {
            is_open: false,
            goes_on: seen.is_some_and(|seen| seen.newest > at),
            begins: seen
                .is_none_or(|seen| usize::try_from(seen.count).is_ok_and(|count| count <= places.len())),
        };
        let outcomes: Vec<Option<Outcome>> = places.iter().map(|place| of(place)?.outcome()).collect();
        match ties::settled(&outcomes, around, is_steady) {
            Some(order) => order.iter().filter_map(|at| places.get(*at).copied()).collect(),
            None => places,
        }
    }

    /// What is to be said of it.
    pub(super) fn told(&self) -> Option<String> {
        let whole = if self.within == Slope::default() { self.rows } else { self.within };
        let stands = match whole.direction() {
            Some(Direction::NewestFirst) if whole.is_steady() => "; the table stands newest first",
            _ => "",
        };
        (self.numbered > 0).then(|| {
            let steps = counted(self.numbered, "step");
            format!(
                "{steps} without a number share the instant with another one of the request, and are put in order: \
                 hand-ins first, decisions last{stands}"
            )
        })
    }
}

/// Steps such that who received a request acts next, as far as they say so.
fn chain<'s>(places: &[usize], of: &dyn Fn(&usize) -> Option<&'s Step<'s>>) -> Vec<usize> {
    if places.len() > CHAIN_MAX {
        return places.to_vec();
    }
    let from = |place: &usize| of(place)?.from.as_ref().map(Somebody::id).filter(|id| !id.is_empty());
    let to = |place: &usize| of(place)?.to.as_ref().map(Somebody::id).filter(|id| !id.is_empty());
    let is_hand_in = |place: &usize| of(place).and_then(Step::outcome) == Some(Outcome::Requested);
    let (mut rest, mut order) = (places.to_vec(), Vec::with_capacity(places.len()));
    let mut holder: Option<&str> = None;
    while !rest.is_empty() {
        let goes_on = |place: &usize| holder.is_some() && from(place) == holder;
        // Where nobody goes on, it begins with a hand-in, or with who got it from nobody else.
        let begins = |place: &usize| {
            from(place).is_some() && !rest.iter().any(|other| other != place && to(other) == from(place))
        };
        let next = rest
            .iter()
            .position(|place| holder.is_none() && is_hand_in(place))
            .or_else(|| rest.iter().position(goes_on))
            .or_else(|| rest.iter().position(begins))
            .unwrap_or(0);
        let place = rest.remove(next);
        holder = to(&place);
        order.push(place);
    }
    order
}

/// The line with a number for its step, where lines have it.
fn with_number(line: &str, number: usize) -> String {
    // A quote inside a value is escaped, so that these are keys.
    let keys = [",\"from\":", ",\"to\":", ",\"outcome\":"];
    let place = keys.iter().filter_map(|key| line.find(key)).min().unwrap_or(line.len().saturating_sub(1));
    let (before, after) = line.split_at_checked(place).unwrap_or((line, ""));
    format!("{before},\"step\":{number}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    /// Rows such as `d1 ann>bob forwarded`, of one request.
    fn line(id: usize, row: &str) -> (Instant, String) {
        let mut words = row.split(' ');
        let day: Instant = words.next().unwrap()[1..].parse().unwrap();
        let (from, to) = words.next().unwrap().split_once('>').unwrap();
        let outcome = words.next().unwrap();
        let text = format!(
            "{{\"id\":\"s{id}\",\"at\":\"2026-05-{day:02}T00:00:00Z\",\"account\":\"a\",\"kind\":\"approval-step\",\
             \"request\":\"r\",\"from\":\"{from}\",\"to\":\"{to}\",\"outcome\":\"{outcome}\"}}"
        );
        (day * 86_400_000, text)
    }

    /// The order that the rows come to.
    fn ordered(rows: &[&str]) -> (Vec<String>, Option<String>) {
        let mut lines: Vec<(Instant, String)> =
            rows.iter().enumerate().map(|(id, row)| line(id, row)).collect();
        let mut steps = Steps::default();
        for ((_, text), line) in lines.iter().zip(1..) {
            steps.see(&Held::of(text.clone(), line));
        }
        lines.sort_by_key(|(at, _)| *at);
        let mut told = Vec::new();
        for group in lines.chunk_by(|a, b| a.0 == b.0) {
            let mut held: Vec<Held> = group.iter().map(|(_, text)| Held::of(text.clone(), 1)).collect();
            steps.number(group[0].0, &mut held);
            for held in held {
                let value: serde_json::Value = serde_json::from_str(&held.text).unwrap();
                let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
                told.push(format!(
                    "{}>{} {} {}",
                    field("from"),
                    field("to"),
                    field("outcome"),
                    value["step"]
                ));
            }
        }
        (told, steps.told())
    }

    #[track_caller]
    fn check(rows: &[&str], expected: Expect) {
        let (order, told) = ordered(rows);
        expected.assert_eq(&format!("{}\n{}\n", order.join("\n"), told.unwrap_or_default()));
    }

    #[test]
    fn who_received_a_request_acts_next() {
        check(
            &["d1 cat>dan approved", "d1 bob>cat forwarded", "d1 ann>bob forwarded", "d1 ann>ann requested"],
            expect![[r#"
                ann>ann requested 1
                ann>bob forwarded 2
                bob>cat forwarded 3
                cat>dan approved 4
                4 steps without a number share the instant with another one of the request, and are put in order: hand-ins first, decisions last
            "#]],
        );
    }

    #[test]
    fn a_table_that_stands_newest_first_is_read_from_below() {
        check(
            &["d9 x>y approved", "d3 x>y forwarded", "d3 u>v forwarded", "d1 a>a requested"],
            expect![[r#"
                a>a requested null
                u>v forwarded 1
                x>y forwarded 2
                x>y approved null
                2 steps without a number share the instant with another one of the request, and are put in order: hand-ins first, decisions last; the table stands newest first
            "#]],
        );
    }

    #[test]
    fn what_needs_no_number_stays_as_it_is() {
        check(
            &["d1 a>a requested", "d2 a>b approved"],
            expect![[r#"
                a>a requested null
                a>b approved null

            "#]],
        );
        let numbered = line(1, "d1 a>b approved").1.replace(",\"from\"", ",\"step\":7,\"from\"");
        let mut lines = [1, 2].map(|line| Held::of(numbered.clone(), line));
        let mut steps = Steps::default();
        lines.iter().for_each(|held| steps.see(held));
        assert!(!steps.are_there());
        steps.number(0, &mut lines);
        assert_eq!(lines.map(|held| held.text), [numbered.clone(), numbered]);
    }

    proptest! {
        /// A chain of hand-overs within one instant comes out the same from any order of its rows.
        #[test]
        fn rows_in_any_order_give_one_chain(rows in Just(vec![
            "d1 a>a requested", "d1 a>b forwarded", "d1 b>c forwarded", "d1 c>d forwarded", "d1 d>e approved",
        ]).prop_shuffle()) {
            let (order, _) = ordered(&rows);
            prop_assert_eq!(order, [
                "a>a requested 1", "a>b forwarded 2", "b>c forwarded 3", "c>d forwarded 4", "d>e approved 5",
            ]);
        }
    }
}
