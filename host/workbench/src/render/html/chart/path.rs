//! Lines of a drawing, as short as they can be written.
//!
//! Places are whole units, and each is written relative to the one before.

/// A line through measured places; where nothing was measured it has a gap. A place by itself is a dot, where the line
/// has round ends.
pub(super) fn line(places: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    drawn(level(&places.collect::<Vec<_>>()))
}

/// Without the places between two others of one height: the line is the same.
fn level(places: &[Option<(f64, f64)>]) -> impl Iterator<Item = Option<(f64, f64)>> {
    let height = |at: Option<usize>| at.and_then(|at| places.get(at)).copied().flatten().map(|(_, y)| y);
    let is_between = move |at: usize| {
        let here = height(Some(at));
        here.is_some() && height(at.checked_sub(1)) == here && height(at.checked_add(1)) == here
    };
    places.iter().enumerate().filter(move |(at, _)| !is_between(*at)).map(|(_, place)| *place)
}

fn drawn(places: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let (mut before, mut pen) = (None, (0.0, 0.0));
    let mut is_alone = false;
    for place in places {
        match place {
            Some(at) if before.is_some() => {
                if is_alone {
                    path.push('l');
                }
                step(&mut path, pen, at);
                is_alone = false;
                pen = at;
            }
            Some(at) => {
                path.push('m');
                step(&mut path, pen, at);
                is_alone = true;
                pen = at;
            }
            None => {
                end(&mut path, is_alone);
                is_alone = false;
            }
        }
        before = place;
    }
    end(&mut path, is_alone);
    path
}

/// Dots at all measured places.
pub(super) fn dots(places: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    drawn(places.flat_map(|place| [place, None]))
}

fn end(path: &mut String, is_alone: bool) {
    if is_alone {
        path.push_str("h0");
    }
}

/// From one place to the next: a minus parts numbers as well as a space does.
fn step(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    // Adding zero makes a zero of minus zero.
    for way in [to.0 - from.0 + 0.0, to.1 - from.1 + 0.0] {
        if path.ends_with(|last: char| last.is_ascii_digit()) && way >= 0.0 {
            path.push(' ');
        }
        path.push_str(&format!("{way:.0}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_gaps() {
        let some = |x: i32, y: i32| Some((f64::from(x), f64::from(y)));
        let places = [None, some(5, 9), some(15, 3), some(25, 3), None, some(45, 7), None, None];
        assert_eq!(line(places.into_iter()), "m5 9l10-6 10 0m20 4h0");
        assert_eq!(dots(places.into_iter()), "m5 9h0m10-6h0m10 0h0m20 4h0");
        assert_eq!(line([None, None].into_iter()), "");
        let places = [some(5, 9), some(15, 9), some(25, 9), some(35, 9), some(45, 8), None, some(65, 8)];
        assert_eq!(line(places.into_iter()), "m5 9l30 0 10-1m20 0h0");
    }
}
