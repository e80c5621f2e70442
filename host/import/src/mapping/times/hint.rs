//! The form of a value that nobody has stated, as a mapping would state it.
//!
//! What is proposed has read the value: a hint that leads nowhere is worse than none.

use super::names;
use super::parts::Parts;
use super::stated::Stated;

/// Pieces of a text beyond which nothing is proposed.
const PIECES_MAX: usize = 24;
/// Forms that are proposed for one value.
const FORMS_MAX: usize = 2;

/// Words between a date and a time of day.
const BETWEEN: &[&str] = &["T", "Z", "at", "um", "om", "kl", "Uhr", "h", "de", "of"];

/// What a text is made of.
enum Piece<'a> {
    Digits(&'a str),
    Word(&'a str),
    Other(char),
}

/// The forms that read a text, at most two, as they would stand in `formats`.
pub(super) fn forms(text: &str) -> Vec<String> {
    let Some(pieces) = cut(text.trim()) else { return Vec::new() };
    let is_year =
        |digits: &str| digits.len() == 4 && ["19", "20", "21"].iter().any(|it| digits.starts_with(it));
    let has_year = pieces.iter().any(|piece| matches!(piece, Piece::Digits(digits) if is_year(digits)));
    let has_month =
        pieces.iter().any(|piece| matches!(piece, Piece::Word(word) if names::month(word).is_some()));
    let orders: &[&str] = match (has_year, has_month) {
        (true, true) => &["d"],
        (true, false) => &["dm", "md"],
        (false, true) => &["dy"],
        (false, false) => &["dmy", "mdy", "ymd"],
    };
    let mut forms = Vec::new();
    for order in orders {
        let Some(form) = written(&pieces, order) else { continue };
        let reads = Stated::named(&form).is_ok_and(|stated| stated.read(text).is_some());
        if reads && !forms.contains(&form) && forms.len() < FORMS_MAX {
            forms.push(form);
        }
    }
    forms
}

/// A text as a message may quote it: of its words only those that times are written with, for others may name somebody.
pub(super) fn without_names(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first.is_alphabetic() {
            rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let Some((piece, after)) = rest.split_at_checked(end) else { break };
        let is_of_times = !first.is_alphabetic()
            || piece.chars().count() < 3
            || names::month(piece).is_some()
            || names::is_day(piece)
            || BETWEEN.contains(&piece);
        shown.push_str(if is_of_times { piece } else { "…" });
        rest = after;
    }
    shown
}

/// What a number is that stands where a time of day is expected, in words: `0.375` of a spreadsheet, `900` of a log. None: it
/// is something else.
pub(super) fn of_day(text: &str) -> Option<String> {
    let (date, number) = text
        .trim()
        .rsplit_once([' ', 'T'])
        .map_or((None, text.trim()), |(date, number)| (Some(date), number));
    if date.is_some_and(|date| Parts::of(date).is_none()) {
        return None;
    }
    let beside = if date.is_some() {
        ""
    } else {
        ", and name the column with its date (`from` with `time` in the mapping)"
    };
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.is_empty() {
        return None;
    }
    let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    if !fraction.is_empty() {
        let day: f64 = format!("0.{fraction}").parse().ok().filter(|_| whole.bytes().all(|it| it == b'0'))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the minutes of one day")]
        let minutes = (day * 1_440.0).round() as u32;
        return Some(format!(
            "`{number}` is a part of a day, as spreadsheets keep a time of day ({} if it is one): write it as `{}`{beside}",
            clock(minutes),
            clock(minutes)
        ));
    }
    let number_of: u32 = number.parse().ok().filter(|_| (3..=4).contains(&number.len()))?;
    let (hours, minutes) = (number_of / 100, number_of % 100);
    let as_clock = (hours < 24 && minutes < 60).then(|| clock(hours * 60 + minutes));
    let as_minutes = (number_of < 1_440).then(|| clock(number_of));
    let told = match (as_clock, as_minutes) {
        (Some(first), Some(second)) => {
            format!(
                "may be {first}, or minutes since midnight ({second}): write it as `{first}` or `{second}`"
            )
        }
        (Some(only), None) => format!("may be {only}: write it so"),
        (None, Some(only)) => format!("may be minutes since midnight ({only}): write it as `{only}`"),
        (None, None) => return None,
    };
    Some(format!("`{number}` {told}{beside}"))
}

fn cut(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if pieces.len() == PIECES_MAX {
            return None;
        }
        let is_same = |letter: char| match first {
            it if it.is_ascii_digit() => letter.is_ascii_digit(),
            it if it.is_alphabetic() => letter.is_alphabetic(),
            _ => false,
        };
        let end = rest.find(|letter| !is_same(letter)).unwrap_or(rest.len()).max(first.len_utf8());
        let (piece, after) = rest.split_at_checked(end)?;
        pieces.push(match first {
            it if it.is_ascii_digit() => Piece::Digits(piece),
            it if it.is_alphabetic() => Piece::Word(piece),
            it => Piece::Other(it),
        });
        rest = after;
    }
    Some(pieces)
}

/// The pattern of pieces, whose numbers of one or two digits mean the letters of `order`, one after the other.
fn written(pieces: &[Piece<'_>], order: &str) -> Option<String> {
    let mut order = order.chars();
    let mut clock = ["H", "M", "S"].into_iter();
    let halves = ["am", "pm", "a", "p"];
    let is_half = |piece: &Piece<'_>| matches!(piece, Piece::Word(word) if halves.iter().any(|half| word.eq_ignore_ascii_case(half)));
    let has_half = pieces.iter().any(is_half);
    let other = |at: Option<usize>| match at.and_then(|at| pieces.get(at)) {
        Some(Piece::Other(letter)) => Some(*letter),
        _ => None,
    };
    let (mut form, mut at, mut in_clock) = (String::new(), 0, false);
    while let Some(piece) = pieces.get(at) {
        let (before, after) = (other(at.checked_sub(1)), other(Some(at + 1)));
        match piece {
            Piece::Digits(digits) => {
                let begins_clock =
                    after == Some(':') || (before != Some(':') && order.as_str().is_empty() && !in_clock);
                if in_clock && matches!(before, Some('.' | ',')) && digits.len() != 2
                    || in_clock && clock.len() == 0
                {
                    // The point belongs to `%.f`.
                    form.pop();
                    form.push_str("%.f");
                } else if clock.len() < 3 && order.as_str().is_empty() && matches!(before, Some('+' | '-')) {
                    form.pop();
                    form.push_str(if digits.len() == 4 { "%z" } else { "%:z" });
                    at += if digits.len() == 4 { 0 } else { 2 };
                } else if in_clock || (begins_clock && digits.len() <= 2) {
                    in_clock = true;
                    let next = clock.next()?;
                    form.push('%');
                    form.push_str(if next == "H" && has_half { "I" } else { next });
                } else {
                    form.push_str(&match digits.len() {
                        4 => "%Y".to_owned(),
                        8 => "%Y%m%d".to_owned(),
                        10 => "%Y%m%d%H".to_owned(),
                        14 => "%Y%m%d%H%M%S".to_owned(),
                        1 | 2 => format!("%{}", order.next()?),
                        _ => return None,
                    });
                }
            }
            Piece::Word(word) if is_half(piece) => {
                form.push_str("%p");
                // Points of `p.m.` are read away before.
                if word.len() == 1 {
                    let rest = pieces.get(at + 1..)?;
                    let points = rest.iter().take_while(|it| {
                        matches!(it, Piece::Other('.' | ' '))
                            || matches!(it, Piece::Word(it) if it.eq_ignore_ascii_case("m"))
                    });
                    at += points.count();
                }
            }
            Piece::Word(word) if names::month(word).is_some() => {
                form.push_str(if word.chars().count() == 3 { "%b" } else { "%B" })
            }
            Piece::Word(word) if names::is_day(word) => {
                form.push_str(if word.chars().count() == 3 { "%a" } else { "%A" })
            }
            // A word that means something else, such as the week of `2026-W19-1`, leaves nothing to propose.
            Piece::Word(word) if BETWEEN.contains(word) => form.push_str(word),
            Piece::Word(_) => return None,
            Piece::Other('%') => form.push_str("%%"),
            Piece::Other(letter) if letter.is_whitespace() => {
                in_clock = false;
                form.push(' ');
            }
            Piece::Other(letter) => form.push(*letter),
        }
        at += 1;
    }
    Some(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_the_place_of_a_time_of_day_is_explained() {
        const DATE: &str = ", and name the column with its date (`from` with `time` in the mapping)";
        for (text, expected) in [
            (
                "2026-05-04 0.375",
                "`0.375` is a part of a day, as spreadsheets keep a time of day (09:00 if it is one): write it as `09:00`",
            ),
            (
                "0,729166667",
                &format!(
                    "`0,729166667` is a part of a day, as spreadsheets keep a time of day (17:30 if it is one): write it as `17:30`{DATE}"
                ),
            ),
            (
                "4.5.2026 900",
                "`900` may be 09:00, or minutes since midnight (15:00): write it as `09:00` or `15:00`",
            ),
            (
                "900",
                &format!(
                    "`900` may be 09:00, or minutes since midnight (15:00): write it as `09:00` or `15:00`{DATE}"
                ),
            ),
            ("2026-05-04 1730", "`1730` may be 17:30: write it so"),
            ("2026-05-04 0075", "`0075` may be minutes since midnight (01:15): write it as `01:15`"),
        ] {
            assert_eq!(of_day(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "2026-05-04 9",
            "2026-05-04 2575",
            "2026-05-04 1.5",
            "soon 0.375",
            "12:00",
            "46146.375",
            "2026-05-04 x",
        ] {
            assert_eq!(of_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_hint_is_the_form_of_the_value() {
        for (text, expected) in [
            ("04/05/26", &["%d/%m/%y", "%m/%d/%y"][..]),
            ("14/05/2026 09:30", &["%d/%m/%Y %H:%M"]),
            ("4/5/2026", &["%d/%m/%Y", "%m/%d/%Y"]),
            ("05/14/2026, 2:10:22\u{202f}PM", &["%m/%d/%Y, %I:%M:%S %p"]),
            ("04-MAY-26", &["%d-%b-%y"]),
            ("26-05-04 09:30:15.250", &["%d-%m-%y %H:%M:%S%.f", "%y-%m-%d %H:%M:%S%.f"]),
            ("4/5/26 2:10 p.m.", &["%d/%m/%y %I:%M %p", "%m/%d/%y %I:%M %p"]),
            ("09:30 14/05/2026", &["%H:%M %d/%m/%Y"]),
            ("2026050409", &["%Y%m%d%H"]),
            ("14/05/26 09:30 +0200", &["%d/%m/%y %H:%M %z", "%y/%m/%d %H:%M %z"]),
            ("May 26", &[]),
            ("KW 19", &[]),
            ("2026-W19-1", &[]),
            ("", &[]),
            ("99/99/9999", &[]),
        ] {
            assert_eq!(forms(text), expected, "{text}");
        }
    }
}
