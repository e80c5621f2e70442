//! The common line, read in one pass: flat fields, no escapes, whole numbers. Anything else is left to serde_json.
//!
//! What is read here is exactly what `parse_line_by_serde` reads; the fuzz target `line` compares the two. Every doubt,
//! every fault among them, gives none: the slow way finds it again and says what is wrong.

use super::instant::instant_of;
use super::plain::plain_bytes;
use super::{
    CHANGES, DIRECTIONS, KINDS, Kind, OUTCOMES, RULE_KINDS, SERVICES, SIDES, STATUSES, kept, minutes,
};
use crate::activity::{
    Activity, ApprovalStep, Exchange, Happening, Instant, Meeting, Participant, PlanVersion, Profile,
    RuleChange, Text,
};

/// Reads a common line; none: it is not one.
#[inline]
pub(super) fn parse(line: &str) -> Option<Activity<'_>> {
    let mut cursor = Cursor { line, at: 0 };
    let mut found = Found::default();
    cursor.skip_space();
    cursor.expect(b'{')?;
    loop {
        cursor.skip_space();
        cursor.expect(b'"')?;
        let key = cursor.text()?;
        cursor.skip_space();
        cursor.expect(b':')?;
        cursor.skip_space();
        found.read(key, &mut cursor)?;
        cursor.skip_space();
        match cursor.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    cursor.skip_space();
    if cursor.at < line.len() {
        return None;
    }
    let activity = found.activity()?;
    activity.check().ok()?;
    Some(activity)
}

/// A place in a line.
struct Cursor<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The rest of a text, behind its opening quote; none where it has escapes.
    fn text(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.at += plain_bytes(self.line.as_bytes().get(start..)?);
        self.end_text(start)
    }

    fn end_text(&mut self, start: usize) -> Option<&'a str> {
        let text = self.line.get(start..self.at);
        self.expect(b'"')?;
        text
    }

    /// A whole number of at most 18 digits.
    fn whole(&mut self) -> Option<i64> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let start = self.at;
        let mut number = 0;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            // More digits are refused below; until then they may wrap.
            number = i64::wrapping_add(i64::wrapping_mul(number, 10), i64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - start;
        let leads_with_zero = digits > 1 && self.line.as_bytes().get(start) == Some(&b'0');
        let ends = matches!(self.peek(), Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'));
        // `-0` is a float to serde_json.
        let is_plain = (1..=18).contains(&digits) && !leads_with_zero && ends && !(negative && number == 0);
        is_plain.then_some(if negative { -number } else { number })
    }

    fn flag(&mut self) -> Option<bool> {
        let rest = self.line.as_bytes().get(self.at..)?;
        let flag = if rest.starts_with(b"true") {
            true
        } else if rest.starts_with(b"false") {
            false
        } else {
            return None;
        };
        self.at += if flag { 4 } else { 5 };
        Some(flag)
    }

    /// Skips a simple value; none where it is a list, an object or null.
    fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.text().map(drop)
            }
            b't' | b'f' => self.flag().map(drop),
            _ => self.whole().map(drop),
        }
    }

    /// Text, or an object of `id` and `side`.
    fn participant(&mut self) -> Option<Participant<'a>> {
        match self.next()? {
            b'"' => Some(Participant { id: self.text()?.into(), ..Default::default() }),
            b'{' => self.person(),
            _ => None,
        }
    }

    /// Inside an object; each field at most once.
    fn person(&mut self) -> Option<Participant<'a>> {
        let (mut id, mut side) = (None, None);
        loop {
            self.skip_space();
            self.expect(b'"')?;
            let key = self.text()?;
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            self.expect(b'"')?;
            let value = self.text()?;
            let slot = match key {
                "id" => &mut id,
                "side" => &mut side,
                _ => return None,
            };
            if slot.replace(value).is_some() {
                return None;
            }
            self.skip_space();
            match self.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        let side = side.map_or(Some(Default::default()), |side| choice(side, SIDES))?;
        Some(Participant { id: id.unwrap_or_default().into(), side })
    }

    fn list<T>(&mut self, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.expect(b'[')?;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Some(Vec::new());
        }
        let mut list = Vec::with_capacity(8);
        loop {
            self.skip_space();
            list.push(element(self)?);
            self.skip_space();
            match self.next()? {
                b',' => {}
                b']' => return Some(list),
                _ => return None,
            }
        }
    }
}

/// The fields of a line as they stand; a field that is not there is empty.
#[derive(Default)]
struct Found<'a> {
    /// One bit a field that was there.
    seen: u32,
    texts: [&'a str; Slot::Count as usize],
    numbers: [i64; 3],
    flags: [bool; 3],
    from: Participant<'a>,
    to: Participant<'a>,
    participants: Vec<Participant<'a>>,
    tags: Vec<Text<'a>>,
}

#[derive(Clone, Copy)]
enum Slot {
    Id,
    At,
    Account,
    Kind,
    Revised,
    End,
    Status,
    Outcome,
    Change,
    What,
    Direction,
    Service,
    /// Series, plan, request, rule, thread, tier or `of`: a kind has one of them, and the rest must not be mixed up.
    Series,
    Plan,
    Request,
    Rule,
    Thread,
    Tier,
    Of,
    Title,
    Author,
    Count,
}

/// Bits of the fields that are no texts, behind those that are.
const NUMBERS: u32 = Slot::Count as u32;
const FLAGS: u32 = NUMBERS + 3;
const FROM: u32 = FLAGS + 3;
const TO: u32 = FROM + 1;
const PARTICIPANTS: u32 = TO + 1;
const TAGS: u32 = PARTICIPANTS + 1;
const _: () = assert!(TAGS < u32::BITS, "one bit a field");

impl<'a> Found<'a> {
    /// Reads the value of a field; none where it is there already, or no common value.
    fn read(&mut self, key: &str, cursor: &mut Cursor<'a>) -> Option<()> {
        let slot = match key {
            "id" => Slot::Id,
            "at" => Slot::At,
            "account" => Slot::Account,
            "kind" => Slot::Kind,
            "request" => Slot::Request,
            "step" => return self.number(0, cursor),
            "from" => {
                self.see(FROM)?;
                self.from = cursor.participant()?;
                return Some(());
            }
            "to" => {
                self.see(TO)?;
                self.to = cursor.participant()?;
                return Some(());
            }
            "outcome" => Slot::Outcome,
            "duration_min" => return self.number(1, cursor),
            "participants" => {
                self.see(PARTICIPANTS)?;
                self.participants = cursor.list(Cursor::participant)?;
                return Some(());
            }
            "series" => Slot::Series,
            "end" => Slot::End,
            "title" => Slot::Title,
            "status" => Slot::Status,
            "plan" => Slot::Plan,
            "version" => return self.number(2, cursor),
            "author" => Slot::Author,
            "decided" => return self.flag(0, cursor),
            "mandatory" => return self.flag(1, cursor),
            "all_day" => return self.flag(2, cursor),
            "revised" => Slot::Revised,
            "rule" => Slot::Rule,
            "change" => Slot::Change,
            "what" => Slot::What,
            "thread" => Slot::Thread,
            "direction" => Slot::Direction,
            "tier" => Slot::Tier,
            "service" => Slot::Service,
            "tags" => {
                self.see(TAGS)?;
                let tag = |cursor: &mut Cursor<'a>| {
                    cursor.expect(b'"')?;
                    cursor.text().map(Into::into)
                };
                self.tags = cursor.list(tag)?;
                return Some(());
            }
            "of" => Slot::Of,
            _ => return cursor.skip(),
        };
        self.see(slot as u32)?;
        cursor.expect(b'"')?;
        *self.texts.get_mut(slot as usize)? = cursor.text()?;
        Some(())
    }

    fn see(&mut self, field: u32) -> Option<()> {
        let is_new = self.seen & (1 << field) == 0;
        self.seen |= 1 << field;
        is_new.then_some(())
    }

    fn number(&mut self, place: u32, cursor: &mut Cursor<'a>) -> Option<()> {
        self.see(NUMBERS + place)?;
        *self.numbers.get_mut(place as usize)? = cursor.whole()?;
        Some(())
    }

    fn flag(&mut self, place: u32, cursor: &mut Cursor<'a>) -> Option<()> {
        self.see(FLAGS + place)?;
        *self.flags.get_mut(place as usize)? = cursor.flag()?;
        Some(())
    }

    fn has(&self, field: u32) -> bool {
        self.seen & (1 << field) != 0
    }

    /// The text of a field; empty where there is none.
    fn text(&self, slot: Slot) -> &'a str {
        self.texts.get(slot as usize).copied().unwrap_or_default()
    }

    fn name(&self, slot: Slot) -> Text<'a> {
        self.text(slot).into()
    }

    /// A time that may be missing; the outer none where it is no common one.
    fn optional_instant(&self, slot: Slot) -> Option<Option<Instant>> {
        if self.has(slot as u32) { instant_of(self.text(slot)).map(Some) } else { Some(None) }
    }

    fn optional_choice<T: Copy + Default>(&self, slot: Slot, choices: &[(&str, T)]) -> Option<T> {
        if self.has(slot as u32) { choice(self.text(slot), choices) } else { Some(T::default()) }
    }

    /// A number that may be missing; the outer none where it is out of range.
    fn optional_u32(&self, place: u32) -> Option<Option<u32>> {
        if !self.has(NUMBERS + place) {
            return Some(None);
        }
        u32::try_from(*self.numbers.get(place as usize)?).ok().map(Some)
    }

    fn optional_flag(&self, place: u32) -> Option<bool> {
        self.flags.get(place as usize).copied().filter(|_| self.has(FLAGS + place))
    }

    /// The activity; none where a field is missing or none of those that fit.
    #[inline]
    fn activity(mut self) -> Option<Activity<'a>> {
        let at = instant_of(self.text(Slot::At))?;
        let revised = self.optional_instant(Slot::Revised)?;
        let happening = match choice(self.text(Slot::Kind), KINDS)? {
            Kind::Meeting => Happening::Meeting(self.meeting(at)?),
            Kind::PlanVersion => Happening::PlanVersion(PlanVersion {
                plan: self.name(Slot::Plan),
                version: self.optional_u32(2)?,
                author: self.name(Slot::Author),
                decided: self.optional_flag(0).unwrap_or(false),
            }),
            Kind::ApprovalStep => Happening::ApprovalStep(ApprovalStep {
                request: self.name(Slot::Request),
                step: self.optional_u32(0)?,
                outcome: choice(self.text(Slot::Outcome), OUTCOMES)?,
                from: std::mem::take(&mut self.from),
                to: std::mem::take(&mut self.to),
            }),
            Kind::RuleChange => Happening::RuleChange(RuleChange {
                rule: self.name(Slot::Rule),
                change: choice(self.text(Slot::Change), CHANGES)?,
                what: choice(self.text(Slot::What), RULE_KINDS)?,
            }),
            Kind::Exchange => Happening::Exchange(Exchange {
                thread: self.name(Slot::Thread),
                direction: choice(self.text(Slot::Direction), DIRECTIONS)?,
            }),
            Kind::Profile => Happening::Profile(Profile {
                tier: self.name(Slot::Tier),
                service: self.optional_choice(Slot::Service, SERVICES)?,
                tags: std::mem::take(&mut self.tags),
            }),
            Kind::Retraction => Happening::Retraction(self.name(Slot::Of)),
        };
        Some(Activity { id: self.name(Slot::Id), at, account: self.name(Slot::Account), revised, happening })
    }

    fn meeting(&mut self, at: Instant) -> Option<Meeting<'a>> {
        let stated = self.has(NUMBERS + 1).then_some(self.numbers[1]);
        if stated.is_some_and(|stated| i32::try_from(stated).is_err()) {
            return None;
        }
        Some(Meeting {
            duration_min: minutes(at, self.optional_instant(Slot::End)?, stated),
            participants: std::mem::take(&mut self.participants),
            series: self.name(Slot::Series),
            title: kept(self.name(Slot::Title)),
            mandatory: self.optional_flag(1),
            status: self.optional_choice(Slot::Status, STATUSES)?,
            all_day: self.optional_flag(2).unwrap_or(false),
        })
    }
}

fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Option<T> {
    choices.iter().find(|(name, _)| *name == text).map(|(_, chosen)| *chosen)
}
