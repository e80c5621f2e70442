//! Times of process logs, which are written in many ways, as redtape writes them.
//!
//! A time keeps its offset; one without is local time of a zone that somebody states.

use chrono::NaiveDateTime;

use crate::calendar::{self, Instant, Zone};

/// When something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) at: Instant,
    /// RFC 3339, milliseconds only where there are some.
    pub(super) text: String,
    /// Whether its offset was written beside it.
    pub(super) has_offset: bool,
}

/// Reads `2026-05-09T10:00:00.000+02:00`, also with a blank instead of `T`, without seconds, with an offset such as
/// `+0200` or `+02`, without an offset, or a date alone.
pub(super) fn read(text: &str, zone: Zone) -> Option<Stamp> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, offset) = clock(rest)?;
    let (seconds, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let seconds = if seconds.len() == 5 { format!("{seconds}:00") } else { seconds.to_owned() };
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let millis = fraction.get(..fraction.len().min(3)).unwrap_or_default();
    let millis =
        if millis.bytes().all(|digit| digit == b'0') { String::new() } else { format!(".{millis:0<3}") };
    let offset = match offset {
        None => {
            let local = format!("{date}T{seconds}{millis}");
            let local = NaiveDateTime::parse_from_str(&local, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
            let at = zone.instant(local);
            calendar::parse(&calendar::format(at))?;
            return Some(Stamp { at, text: calendar::format(at), has_offset: false });
        }
        Some("Z" | "z") => "Z".to_owned(),
        Some(offset) => minutes(offset)?,
    };
    let text = format!("{date}T{seconds}{millis}{offset}");
    Some(Stamp { at: calendar::parse(&text)?, text, has_offset: true })
}

/// The time of day, and its offset where there is one.
fn clock(rest: &str) -> Option<(&str, Option<&str>)> {
    if rest.is_empty() {
        return Some(("00:00:00", None));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at_checked(at).map(|(clock, offset)| (clock.trim_end(), Some(offset))),
        None => Some((rest, None)),
    }
}

/// `+02:00` for `+0200` and `+02`; `Z` where it is zero.
fn minutes(offset: &str) -> Option<String> {
    let (sign, digits) = offset.split_at_checked(1)?;
    let digits: String = digits.chars().filter(|digit| *digit != ':').collect();
    let minutes = match digits.len() {
        2 => "00",
        4 => digits.get(2..)?,
        _ => return None,
    };
    let hours = digits.get(..2)?;
    Some(if (hours, minutes) == ("00", "00") { "Z".to_owned() } else { format!("{sign}{hours}:{minutes}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, zone: &str, written: Option<&str>) {
        let stamp = read(text, Zone::named(zone).unwrap());
        if let Some(stamp) = &stamp {
            assert_eq!(calendar::parse(&stamp.text), Some(stamp.at), "{text}");
        }
        assert_eq!(stamp.map(|stamp| stamp.text).as_deref(), written, "{text}");
    }

    #[test]
    fn times_are_read_however_they_are_written() {
        check("2017-01-09T11:27:48.000+01:00", "UTC", Some("2017-01-09T11:27:48+01:00"));
        check("2010-10-05 09:31:29.133999+02:00", "UTC", Some("2010-10-05T09:31:29.133+02:00"));
        check("2010-10-05T09:31:29.5+0200", "UTC", Some("2010-10-05T09:31:29.500+02:00"));
        check(" 2010-10-05T09:31-05 ", "UTC", Some("2010-10-05T09:31:00-05:00"));
        check("2012-10-09T14:50:17+00:00", "UTC", Some("2012-10-09T14:50:17Z"));
        check("2012-10-09", "Europe/Rome", Some("2012-10-08T22:00:00Z"));
        check("2012-10-09T14:50:17", "Europe/Rome", Some("2012-10-09T12:50:17Z"));
        check("2012-10-09 14:50:17.250", "UTC", Some("2012-10-09T14:50:17.250Z"));
        // An hour that the clock skips, and one that comes twice: as long after the gap, and the first.
        check("2026-03-29T02:30:00", "Europe/Rome", Some("2026-03-29T01:30:00Z"));
        check("2026-10-25T02:30:00", "Europe/Rome", Some("2026-10-25T00:30:00Z"));
        for odd in [
            "",
            "yesterday",
            "2012-13-09",
            "2012-10-09T25:00:00Z",
            "2012-10-09T14:50:17+2",
            "09.10.2012 14:50",
            "2012-10-09T14:50:17.x",
            "1812-10-09T14:50:17Z",
            "€€€€€€€€€€€",
        ] {
            check(odd, "UTC", None);
        }
    }
}
