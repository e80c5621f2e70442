//! Names of zones: those of the IANA database, of Windows, and as Outlook and Exchange show them.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::definition;
use super::windows;
use super::zone::of_named;

/// What Windows shows that names no city of the IANA database, in order.
const SHOWN: [(&str, &str); 20] = [
    ("adelaide", "Australia/Adelaide"),
    ("astana", "Asia/Almaty"),
    ("atlantic time (canada)", "America/Halifax"),
    ("beijing", "Asia/Shanghai"),
    ("brasilia", "America/Sao_Paulo"),
    ("cape verde is.", "Atlantic/Cape_Verde"),
    ("central america", "America/Guatemala"),
    ("central time (us & canada)", "America/Chicago"),
    ("coordinated universal time", "Etc/UTC"),
    ("eastern time (us & canada)", "America/New_York"),
    ("greenwich mean time", "Europe/London"),
    ("indiana (east)", "America/Indianapolis"),
    ("islamabad", "Asia/Karachi"),
    ("mountain time (us & canada)", "America/Denver"),
    ("nairobi", "Africa/Nairobi"),
    ("pacific time (us & canada)", "America/Los_Angeles"),
    ("solomon is.", "Pacific/Guadalcanal"),
    ("sri jayawardenepura", "Asia/Colombo"),
    ("st. petersburg", "Europe/Moscow"),
    ("west central africa", "Africa/Lagos"),
];

/// A name of a zone without quotes and backslashes, however it was written.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut letters = name.trim().trim_matches('"').chars().peekable();
    while let Some(letter) = letters.next() {
        let is_escape = letter == '\\' && matches!(letters.peek(), Some(',' | ';' | '\\' | ':' | '"'));
        plain.extend(if is_escape { letters.next() } else { Some(letter) });
    }
    plain.trim().to_owned()
}

/// The zone that is meant by a plain name, also behind a path such as `/mozilla.org/20070129_1/Europe/Berlin`.
pub(super) fn named(name: &str) -> Option<Tz> {
    let behind_a_path = || {
        let ends = name.match_indices('/').map(|(at, _)| name.get(at + 1..).unwrap_or_default());
        // A single word behind a path, such as `my/EST`, may well mean something else.
        ends.filter(|end| end.contains('/')).find_map(iana)
    };
    let of_microsoft = || {
        let rest = name.to_ascii_lowercase();
        (rest.strip_prefix("tzone://microsoft/")? == "utc").then_some(Tz::UTC)
    };
    iana(name)
        .or_else(|| of_windows(name))
        .or_else(of_microsoft)
        .or_else(behind_a_path)
        .or_else(|| shown(name))
        .or_else(|| of_offset(name))
}

/// By an offset of whole hours, such as `GMT+0200` or `UTC-05:00`.
fn of_offset(name: &str) -> Option<Tz> {
    let stated = name.strip_prefix("GMT").or_else(|| name.strip_prefix("UTC"))?.trim();
    let seconds = definition::offset(stated)?;
    // The names of the tz database count the other way round.
    let hours = (seconds % 3600 == 0).then_some(-seconds / 3600)?;
    format!("Etc/GMT{hours:+}").parse().ok()
}

/// By its IANA name, whatever the case.
fn iana(name: &str) -> Option<Tz> {
    let alike = || chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name)).copied();
    name.parse().ok().or_else(alike)
}

/// By its name of Windows, also of its summer time, and also numbered, as Outlook does where it finds two of one name.
fn of_windows(name: &str) -> Option<Tz> {
    let without_number = name.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end();
    let standard = without_number.replace("Daylight Time", "Standard Time");
    let names = [name, without_number, &standard];
    names.into_iter().find_map(windows::iana)?.parse().ok()
}

/// By what Windows shows, such as `(UTC+01:00) Amsterdam, Berlin, Bern`: one of its cities, where the offset agrees.
fn shown(name: &str) -> Option<Tz> {
    let (stated, cities) = name.strip_prefix('(')?.split_once(')')?;
    let stated = stated.strip_prefix("UTC").or_else(|| stated.strip_prefix("GMT"))?.trim().replace('.', ":");
    let stated = if stated.is_empty() { 0 } else { definition::offset(&stated)? };
    // Outlook states the offset without summer time, which is the lower one of two halves of a year.
    let fits = |zone: &Tz| {
        let at = |month| NaiveDate::from_ymd_opt(2024, month, 15).map(|day| day.and_time(NaiveTime::MIN));
        let offsets = [1, 7].into_iter().filter_map(at).map(|at| of_named(*zone, at));
        offsets.min() == Some(stated)
    };
    let cities = cities.split([',', '/']).map(str::trim).filter(|city| !city.is_empty());
    cities.filter_map(city).find(fits)
}

/// The zone of a city.
fn city(name: &str) -> Option<Tz> {
    let lower = name.to_lowercase();
    if let Ok(at) = SHOWN.binary_search_by_key(&lower.as_str(), |(shown, _)| shown) {
        return SHOWN.get(at)?.1.parse().ok();
    }
    let plain = lower.replace(' ', "_");
    let is_it = |zone: &&Tz| {
        let last = zone.name().rsplit('/').next().unwrap_or_default();
        zone.name().contains('/') && last.eq_ignore_ascii_case(&plain)
    };
    chrono_tz::TZ_VARIANTS.iter().find(is_it).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_they_are_written() {
        for (name, expected) in [
            ("Asia/Tokyo", "Asia/Tokyo"),
            ("europe/berlin", "Europe/Berlin"),
            ("Tokyo Standard Time", "Asia/Tokyo"),
            ("W. Europe Standard Time 1", "Europe/Berlin"),
            ("Eastern Daylight Time", "America/New_York"),
            ("/mozilla.org/20070129_1/Asia/Tokyo", "Asia/Tokyo"),
            (
                "/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires",
                "America/Argentina/Buenos_Aires",
            ),
            ("tzone://Microsoft/Utc", "UTC"),
            ("GMT+0200", "Etc/GMT-2"),
            ("UTC-05:00", "Etc/GMT+5"),
            ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
            ("(GMT+01.00) Sarajevo/Skopje/Warsaw/Zagreb", "Europe/Sarajevo"),
            ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
            ("(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"),
            ("(UTC) Coordinated Universal Time", "Etc/UTC"),
            ("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
            ("(UTC-06:00) Guadalajara, Mexico City, Monterrey", "America/Mexico_City"),
        ] {
            assert_eq!(named(name).map(|zone| zone.name()), Some(expected), "{name}");
        }
        for name in [
            "",
            "my/EST",
            "PDT",
            "Customized Time Zone",
            "tzone://Microsoft/Custom",
            "Western/Central Europe",
            "(UTC+01:00) Tokyo",
            "(UTC+01:00) Nowhere",
            "(UTC+1",
            "GMT+0530",
            "GMT+2500",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
        assert!(SHOWN.is_sorted());
        assert!(SHOWN.iter().all(|(_, zone)| zone.parse::<Tz>().is_ok()));
    }

    #[test]
    fn quotes_and_backslashes_are_no_part_of_a_name() {
        for name in [r#""(UTC+01:00) Bern, Rome""#, r"(UTC+01:00) Bern\, Rome", " (UTC+01:00) Bern, Rome "] {
            assert_eq!(plain(name), "(UTC+01:00) Bern, Rome");
        }
        assert_eq!(plain(r"a\b"), r"a\b");
    }
}
