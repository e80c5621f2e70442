//! Numbers in sentences.

/// A value as people write it: two decimals at most, four where it is small, none that are zero.
pub(crate) fn number(value: f64) -> String {
    decimals(value, if value.abs() < 0.1 { 4 } else { 2 })
}

/// The same, with more decimals where the value would read like the limit it is held against.
pub(crate) fn number_beside(value: f64, limit: f64) -> String {
    let text = number(value);
    if value != limit && text == number(limit) { decimals(value, 4) } else { text }
}

/// Up to `decimals` of them. Exact enough for values that are rounded to four decimals, and ten times as fast as the
/// formatter of `f64`, which finds every digit.
fn decimals(value: f64, decimals: u32) -> String {
    let scale = 10_i64.pow(decimals);
    let scaled = (value * scale as f64).round();
    if scaled.abs() >= 9e15 {
        return format!("{value:.0}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
    let scaled = scaled as i64;
    let (whole, mut rest) = (scaled / scale, scaled.abs() % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let mut width = decimals as usize;
    while rest % 10 == 0 {
        rest /= 10;
        width -= 1;
    }
    let sign = if scaled < 0 && whole == 0 { "-" } else { "" };
    format!("{sign}{whole}.{rest:0width$}")
}

/// `1 meeting`, `2 meetings`.
pub(super) fn count(number: u32, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A share in percent, as a whole number.
pub(super) fn percent(amount: u32, all: u32) -> u64 {
    (200 * u64::from(amount) + u64::from(all)) / (2 * u64::from(all.max(1)))
}
