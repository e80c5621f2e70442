//! Where things stand on the two axes of a chart, and which ticks the axes have.
//!
//! The drawing is `WEEK` units wide a week and `HEIGHT` high, and is stretched to the room there is; places of ticks are
//! percentages.

use chrono::{Datelike, NaiveDate};
use redtape_model::calendar::WEEK_MS;

use redtape::detector::Point;
use redtape_model::calendar::{Instant, Zone};

/// Units of the drawing that a week is wide.
const WEEK: f64 = 10.0;
/// Units of the drawing from the bottom to the top; with whole units half a pixel is lost at most.
pub(super) const HEIGHT: f64 = 240.0;
/// Ticks of the axis of time, at most.
const TICKS_MAX: i32 = 5;
/// Weeks up to which ticks are single weeks.
const WEEKS_FEW: i64 = 13;

/// A tick: where, in percent, and what it says.
pub(super) type Tick = (f64, String);

/// Up to where values go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Room {
    /// 0 to 1.
    Probability,
    /// Whole numbers up to this.
    Counts(f64),
    /// Any numbers up to this.
    Amounts(f64),
}

/// The span and the values a chart has room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    zone: Zone,
    from: Instant,
    weeks: i64,
    top: f64,
    step: f64,
}

impl Scale {
    /// For all weeks of `points`, the oldest first; none: there are no weeks.
    pub(super) fn new(zone: Zone, points: &[Point], room: Room) -> Option<Self> {
        let (from, last) = (points.first()?.week, points.last()?.week);
        // Weeks of a clock change are an hour shorter or longer.
        let weeks = (last - from + WEEK_MS / 2) / WEEK_MS + 1;
        // Above the highest value there is room for the label of the onset.
        let (most, least) = match room {
            Room::Probability => (1.0, 0.5),
            Room::Counts(most) => (most * 1.1, 1.0),
            Room::Amounts(most) => (most * 1.1, 0.0),
        };
        let step = step(most).max(least);
        let top = (most / step).ceil().max(1.0) * step;
        Some(Self { zone, from, weeks, top, step })
    }

    pub(super) fn width(&self) -> f64 {
        float(self.weeks) * WEEK
    }

    /// The place of an instant, within the drawing.
    pub(super) fn x(&self, at: Instant) -> f64 {
        (float(at - self.from) / float(WEEK_MS) * WEEK).clamp(0.0, self.width()).round()
    }

    /// The middle of the week that begins at `week`.
    pub(super) fn middle(&self, week: Instant) -> f64 {
        self.x(week) + WEEK / 2.0
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        (HEIGHT - value / self.top * HEIGHT).clamp(0.0, HEIGHT).round()
    }

    /// The place of an instant in percent.
    pub(super) fn percent(&self, at: Instant) -> f64 {
        self.x(at) / self.width() * 100.0
    }

    /// The whole of the axis of values, from the bottom.
    pub(super) fn values(&self) -> Vec<(f64, f64)> {
        let count = (self.top / self.step).round();
        (0..=4_u8)
            .map(f64::from)
            .take_while(|at| *at <= count)
            .map(|at| (at * self.step, 100.0 - at / count * 100.0))
            .collect()
    }

    /// Dates on the axis of time: single weeks where there are few, else months or years.
    pub(super) fn dates(&self) -> Vec<Tick> {
        let tick =
            |at: Instant, date: NaiveDate, form: &str| (self.percent(at), date.format(form).to_string());
        if self.weeks <= WEEKS_FEW {
            let step = usize::try_from(self.weeks / 4 + 1).unwrap_or(1);
            let weeks = (0..self.weeks)
                .step_by(step)
                .map(|week| self.zone.date(self.from + week * WEEK_MS + WEEK_MS / 2));
            let mondays = weeks.map(|date| date.week(chrono::Weekday::Mon).first_day());
            return mondays
                .map(|date| tick(self.zone.midnight(date), date, "%-d %b"))
                .filter(|it| it.0 < 90.0)
                .collect();
        }
        let month = |at| {
            let date = self.zone.date(at);
            date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default()
        };
        let (first, last) = (month(self.from), month(self.from + self.weeks * WEEK_MS));
        let step =
            [1, 2, 3, 6, 12, 24].into_iter().find(|step| (last - first) / step <= TICKS_MAX).unwrap_or(48);
        (first + 1..=last)
            .filter(|month| month % step == 0)
            .filter_map(|month| NaiveDate::from_ymd_opt(month / 12, u32::try_from(month % 12).ok()? + 1, 1))
            .map(|date| tick(self.zone.midnight(date), date, "%b %Y"))
            .filter(|(percent, _)| (1.0..95.0).contains(percent))
            .collect()
    }
}

/// 1, 2 or 5 times a power of ten, so that there are at most four of them up to `most`.
fn step(most: f64) -> f64 {
    let rough = (most / 4.0).max(1e-4);
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|it| it * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power)
}

/// Milliseconds of a few years, and weeks: exact.
#[expect(clippy::as_conversions, reason = "no other way from i64 to f64")]
fn float(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::html::tests::point;
    use redtape::detector::Watch;
    use redtape_model::calendar;

    fn scale(zone: &str, from: &str, weeks: i64, room: Room) -> Scale {
        let from = calendar::parse(from).unwrap();
        let points: Vec<Point> =
            [0, weeks - 1].map(|week| point(from + week * WEEK_MS, None, Watch::Watching)).into();
        Scale::new(Zone::named(zone).unwrap(), &points, room).unwrap()
    }

    #[test]
    fn values_have_few_round_ticks() {
        let ticks = |room| {
            scale("UTC", "2024-01-01T00:00:00Z", 10, room).values().iter().map(|it| it.0).collect::<Vec<_>>()
        };
        assert_eq!(ticks(Room::Counts(3.0)), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(ticks(Room::Counts(5.0)), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(ticks(Room::Counts(1.0)), [0.0, 1.0, 2.0]);
        assert_eq!(ticks(Room::Amounts(17.3)), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(ticks(Room::Amounts(0.9)), [0.0, 0.5, 1.0]);
        assert_eq!(ticks(Room::Amounts(0.0)).len(), 2);
        assert_eq!(ticks(Room::Probability), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn dates_are_weeks_months_or_years_of_the_zone() {
        let dates = |zone, from, weeks| {
            let ticks = scale(zone, from, weeks, Room::Amounts(1.0)).dates();
            ticks.iter().map(|(at, text)| format!("{at:.0} {text}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(dates("UTC", "2024-01-01T00:00:00Z", 4), "0 1 Jan, 50 15 Jan");
        assert_eq!(dates("Europe/London", "2024-03-18T00:00:00Z", 8), "0 18 Mar, 38 8 Apr, 75 29 Apr");
        assert_eq!(
            dates("UTC", "2024-01-01T00:00:00Z", 78),
            "17 Apr 2024, 33 Jul 2024, 50 Oct 2024, 67 Jan 2025, 83 Apr 2025"
        );
        assert_eq!(dates("Asia/Tokyo", "2023-07-02T15:00:00Z", 104), "25 Jan 2024, 50 Jul 2024, 75 Jan 2025");
    }

    #[test]
    fn what_lies_outside_is_drawn_at_the_edge() {
        let scale = scale("UTC", "2024-01-01T00:00:00Z", 4, Room::Amounts(3.6));
        assert_eq!((scale.x(0), scale.x(i64::MAX / 4), scale.width()), (0.0, 40.0, 40.0));
        assert_eq!((scale.y(4.0), scale.y(-1.0), scale.y(99.0)), (0.0, 240.0, 0.0));
    }
}
