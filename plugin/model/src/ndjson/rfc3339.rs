//! RFC 3339 in its common shape, read by hand: a log has one on every line.
//!
//! What is not certain here is left to chrono.

use crate::activity::Instant;

/// Reads `2026-05-09T14:30:00Z`, with a fraction of a second or an offset too; none: chrono has to say.
pub fn read(text: &str) -> Option<Instant> {
    let (head, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *head else {
        return None;
    };
    let day = days(pair(y1, y2)? * 100 + pair(y3, y4)?, pair(m1, m2)?, pair(d1, d2)?)?;
    // A leap second is chrono's to judge.
    let (hour, minute, second) = (below(24, h1, h2)?, below(60, n1, n2)?, below(60, s1, s2)?);
    let (ms, zone) = fraction(rest)?;
    let offset = match *zone {
        [b'Z'] => 0,
        [b'+', h1, h2, b':', n1, n2] => below(24, h1, h2)? * 60 + below(60, n1, n2)?,
        [b'-', h1, h2, b':', n1, n2] => -(below(24, h1, h2)? * 60 + below(60, n1, n2)?),
        _ => return None,
    };
    Some((((day * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + ms)
}

/// Two digits.
fn pair(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

fn below(limit: i64, tens: u8, ones: u8) -> Option<i64> {
    pair(tens, ones).filter(|number| *number < limit)
}

/// Days from 1970-01-01 to a date that exists, of the years from 1 on. Years are counted from March, so that the leap
/// day is the last of them.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        1..=12 => 31,
        _ => return None,
    };
    if year == 0 || !(1..=length).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + in_year - 719_468)
}

/// Milliseconds of `.25`, and what follows; zero where there is no fraction.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', digits)) = rest.split_first() else { return Some((0, rest)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count).filter(|_| (1..=9).contains(&count))?;
    let digit = |place: usize| i64::from(digits.get(place).map_or(0, |byte| byte - b'0'));
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn by_chrono(text: &str) -> Option<Instant> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
    }

    /// What is read by hand is what chrono reads; whether it was.
    #[track_caller]
    fn agrees(text: &str) -> bool {
        let at = read(text);
        assert!(at.is_none() || at == by_chrono(text), "{text}: {at:?}, by chrono {:?}", by_chrono(text));
        at.is_some()
    }

    #[test]
    fn every_day_of_four_centuries_is_the_one_of_chrono() {
        for year in 1890..2310 {
            for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
                let text = format!("{year}-{month:02}-{day:02}T00:00:00Z");
                assert_eq!(agrees(&text), by_chrono(&text).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn borders_are_the_ones_of_chrono() {
        for text in [
            "2026-05-09T23:59:59Z",
            "2026-05-09T23:59:59.9Z",
            "2026-05-09T23:59:59.999999999+23:59",
            "1969-12-31T23:59:59.999-00:00",
            "0001-01-01T00:00:00-23:59",
        ] {
            assert!(agrees(text), "{text}: left to chrono");
        }
        for text in [
            "2026-05-09T23:59:60Z",
            "2026-05-09T23:59:61Z",
            "2026-05-09T24:00:00Z",
            "2026-05-09T00:60:00Z",
            "2026-05-09T00:00:00.Z",
            "2026-05-09T00:00:00.1234567890Z",
            "2026-05-09T00:00:00+24:00",
            "2026-05-09T00:00:00+01:60",
            "2026-05-09T00:00:00+0100",
            "2026-05-09T00:00:00",
            "2026-05-09T00:00:00Zx",
            "2026-05-09t00:00:00z",
            "2026-05-09 00:00:00Z",
            "0000-01-01T00:00:00Z",
            "+2026-05-09T00:00:00Z",
            "2026-05-0\u{663}T00:00:00Z",
        ] {
            assert!(!agrees(text), "{text}: not left to chrono");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_as_by_chrono(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,11})?(Z|z|[+-][0-2][0-9]:?[0-6][0-9]|)",
            place in any::<prop::sample::Index>(),
            other in "[0-9.:+TZ-]|\\PC",
        ) {
            agrees(&text);
            let place = place.index(text.len());
            agrees(&format!("{}{other}{}", &text[..place], &text[place + 1..]));
        }
    }
}
