//! The common forms of an RFC 3339 time, read by hand: chrono takes any form, and three times as long.

use crate::activity::{INSTANT_MAX, INSTANT_MIN, Instant};

/// Reads `2026-05-09T14:30:00Z`, also with a fraction of up to nine digits or an offset such as `+02:00`, of the years
/// 1900 to 2199; none: it is another form, or no time.
pub(super) fn instant_of(text: &str) -> Option<Instant> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, tail @ ..] =
        text.as_bytes()
    else {
        return None;
    };
    let (year, month, day) = (pair(y1, y2)? * 100 + pair(y3, y4)?, pair(m1, m2)?, pair(d1, d2)?);
    let (hour, minute, second) = (pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?);
    let is_date = (1..=12).contains(&month) && day >= 1 && day <= days_of_month(year, month);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (millis, tail) = fraction(tail)?;
    let days = days_since_1970(year, month, day);
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset(tail)?;
    let at = seconds * 1_000 + millis;
    (INSTANT_MIN..=INSTANT_MAX).contains(&at).then_some(at)
}

/// Two digits.
fn pair(tens: &u8, ones: &u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then_some(i64::from(tens) * 10 + i64::from(ones))
}

/// Milliseconds of a fraction, where there is one, and what is behind it.
fn fraction(tail: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', digits)) = tail.split_first() else { return Some((0, tail)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, tail) = digits.split_at_checked(length).filter(|_| (1..=9).contains(&length))?;
    let digit = |place: usize| i64::from(digits.get(place).map_or(0, |digit| digit - b'0'));
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), tail))
}

/// Seconds east of Greenwich.
fn offset(tail: &[u8]) -> Option<i64> {
    match tail {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (pair(h1, h2)?, pair(m1, m2)?);
            let seconds = (hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 };
            (hours <= 23 && minutes <= 59).then_some(seconds)
        }
        _ => None,
    }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of a civil date, with years that begin in March, in eras of 400 years (H. Hinnant, `days_from_civil`).
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    /// What chrono reads, in the years of the contract.
    fn by_chrono(text: &str) -> Option<Instant> {
        let at = DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis();
        (INSTANT_MIN..=INSTANT_MAX).contains(&at).then_some(at)
    }

    proptest! {
        #[test]
        fn a_common_time_is_read_as_chrono_reads_it(
            (year, month, day) in (1898..2202u16, 0..14u8, 0..33u8),
            (hour, minute, second) in (0..25u8, 0..61u8, 0..62u8),
            tail in "(\\.[0-9]{0,10})?(Z|z|[+-][0-2][0-9]:[0-6][0-9]|)",
        ) {
            let text = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{tail}");
            if let Some(at) = instant_of(&text) {
                prop_assert_eq!(Some(at), by_chrono(&text), "{}", text);
            }
            // Only unusual forms are left to chrono.
            let is_common = second < 60 && tail.len() != 11 && !tail.ends_with('z') && tail.len() < 11;
            if is_common {
                prop_assert_eq!(instant_of(&text), by_chrono(&text), "{}", text);
            }
        }
    }
}
