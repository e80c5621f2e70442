//! The weeks of one series as a drawing: value, expected, limit, onset, and when the alert was open.
//!
//! The drawing is stretched to the width there is, the words around it are not: they are HTML beside it.

use std::io::{self, Write};

use super::escape::text;
use super::words::{measure, number, short, title};
use super::{Page, class};
use crate::render::words::who;
use redtape::detector::{Alert, Cause, Point};
use redtape_model::calendar::Instant;

mod path;
mod scale;
mod words;

use self::scale::{HEIGHT, Room, Scale};

/// An alert on the weeks of its series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chart<'a> {
    pub(super) alert: &'a Alert,
    /// Oldest first.
    pub(super) points: &'a [Point],
    /// Of this page, for what names what.
    pub(super) number: u64,
}

impl Chart<'_> {
    /// Whether a week was measured: without one there is nothing to draw.
    pub(super) fn is_drawn(&self) -> bool {
        self.points.iter().any(|point| point.value.is_some())
    }

    /// Whether the alert is about these weekly values themselves, not about one plan or request.
    pub(super) fn is_weekly(&self) -> bool {
        self.alert.subject.is_empty()
    }

    /// What the weekly values are.
    pub(super) fn measure(&self) -> &str {
        measure(&self.alert.signal).unwrap_or(&self.alert.unit)
    }

    /// The limit to draw; of one plan or request it is no limit of weekly values.
    fn limit(&self) -> Option<f64> {
        self.alert.threshold.filter(|_| self.is_weekly())
    }

    fn has_expected(&self) -> bool {
        self.alert.cause == Cause::Rise && self.points.iter().any(|point| point.expected.is_some())
    }

    /// The mean since the onset of a rise. It is not the alert's own value: from that what all accounts did together is
    /// taken out, and the line of values has it.
    fn level(&self) -> Option<f64> {
        let is_rate = self.alert.cause == Cause::Rise && self.alert.expected.is_some();
        mean(self.points, self.alert.since, Instant::MAX).filter(|_| is_rate)
    }

    /// Whether the onset lies before the first week that is remembered.
    fn begins_later(&self) -> bool {
        self.points.first().is_some_and(|first| self.alert.since < first.week)
    }

    /// What there must be room for.
    fn room(&self) -> Room {
        let expected = self.points.iter().filter(|_| self.has_expected()).filter_map(|point| point.expected);
        let values = || self.points.iter().filter_map(|point| point.value);
        let most = values().chain(expected).chain(self.limit()).chain(self.level()).fold(0.0, f64::max);
        match self.alert.unit.as_str() {
            "probability" => Room::Probability,
            _ if values().all(|value| value.fract() == 0.0) => Room::Counts(most),
            _ => Room::Amounts(most),
        }
    }

    /// Whether weeks between measured ones were not measured: then a line alone would not be seen.
    fn is_sparse(&self) -> bool {
        let measured = |point: &Point| point.value.is_some();
        let ends = self.points.iter().position(measured).zip(self.points.iter().rposition(measured));
        ends.and_then(|(first, last)| self.points.get(first..last))
            .is_some_and(|within| !within.iter().all(measured))
    }

    /// Writes the figure: the drawing, its axes, and what its lines are.
    pub(super) fn write(&self, page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
        let Some(scale) = Scale::new(page.zone, self.points, self.room()) else { return Ok(()) };
        writeln!(
            to,
            "<figure class={}><p class=unit aria-hidden=true>{}</p><div class=plot>",
            class(self.alert.severity),
            text(self.measure())
        )?;
        write!(to, "<div class=y aria-hidden=true>")?;
        for (value, percent) in scale.values() {
            write!(to, "<i style=\"top:{percent:.0}%\">{}</i>", number(value))?;
        }
        write!(to, "</div>")?;
        self.drawing(page, &scale, to)?;
        self.onset(page, &scale, to)?;
        write!(to, "<div class=x aria-hidden=true>")?;
        for (percent, date) in scale.dates() {
            write!(to, "<i style=\"left:{percent:.1}%\">{date}</i>")?;
        }
        writeln!(to, "</div></div>")?;
        self.legend(page, to)?;
        writeln!(to, "</figure>")
    }

    fn drawing(&self, page: &Page<'_>, scale: &Scale, to: &mut dyn Write) -> io::Result<()> {
        let (number, width) = (self.number, scale.width());
        write!(
            to,
            "<svg role=img aria-labelledby=\"t{number} d{number}\" viewBox=\"0 0 {width:.0} {HEIGHT:.0}\" preserveAspectRatio=none>"
        )?;
        let (name, account) = (title(&self.alert.signal), text(who(self.alert)));
        write!(to, "<title id=t{number}>Chart: {}, {account}</title>", text(name))?;
        write!(to, "<desc id=d{number}>{}</desc>", text(&words::description(self, page)))?;
        let (since, opened, end) =
            (scale.x(self.alert.since), scale.x(self.alert.opened), self.end(page, scale));
        if end > opened {
            write!(to, "<path class=open d=\"M{opened:.0} 0V{HEIGHT:.0}H{end:.0}V0z\"/>")?;
        }
        write!(to, "<path class=grid d=\"")?;
        for (_, percent) in scale.values() {
            write!(to, "M0 {:.0}h{width:.0}", percent * HEIGHT / 100.0)?;
        }
        write!(to, "\"/>")?;
        if self.has_expected() {
            // What is usual does not end where nothing is measured.
            let known = self.points.iter().filter_map(|it| Some((it.week, it.expected?)));
            let places = known.map(|(week, value)| Some((scale.middle(week), scale.y(value))));
            write!(to, "<path class=expected d=\"{}\"/>", path::line(places))?;
        }
        if let Some(limit) = self.limit() {
            write!(to, "<path class=limit d=\"M0 {:.0}h{width:.0}\"/>", scale.y(limit))?;
        }
        let places =
            || self.points.iter().map(|it| it.value.map(|value| (scale.middle(it.week), scale.y(value))));
        write!(to, "<path class=value d=\"{}\"/>", path::line(places()))?;
        if self.is_sparse() {
            write!(to, "<path class=dots d=\"{}\"/>", path::dots(places()))?;
        }
        if let Some(level) = self.level() {
            write!(to, "<path class=level d=\"M{since:.0} {:.0}H{end:.0}\"/>", scale.y(level))?;
        }
        write!(to, "<path class=onset d=\"M{since:.0} 0V{HEIGHT:.0}\"/></svg>")
    }

    /// Where the alert ends: with the chart, where it is open.
    fn end(&self, page: &Page<'_>, scale: &Scale) -> f64 {
        scale.x(page.as_of)
    }

    fn onset(&self, page: &Page<'_>, scale: &Scale, to: &mut dyn Write) -> io::Result<()> {
        let (percent, since) = (scale.percent(self.alert.since), page.date(self.alert.since));
        let word = if self.begins_later() { "onset earlier:" } else { "onset" };
        let side = if percent > 50.0 { " class=\"on left\"" } else { " class=on" };
        write!(
            to,
            "<div class=marks aria-hidden=true><b{side} style=\"left:{percent:.1}%\">{word} {since}</b></div>"
        )
    }

    fn legend(&self, page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
        write!(to, "<figcaption><ul class=key aria-hidden=true><li class=value>week’s value")?;
        if self.has_expected() {
            write!(to, "<li class=expected>expected")?;
        }
        if let Some(level) = self.level() {
            let since = if self.begins_later() { "of the weeks shown" } else { "since the onset" };
            write!(to, "<li class=level>mean {since}, {}", short(level))?;
        }
        if let Some(limit) = self.limit() {
            write!(to, "<li class=limit>limit {}", number(limit))?;
        }
        write!(
            to,
            "<li class=\"open {}\">alert open since {}",
            class(self.alert.severity),
            page.date(self.alert.opened)
        )?;
        write!(to, "</ul>")?;
        if !self.is_weekly() {
            let subject = text(&self.alert.subject);
            write!(to, "<p>The line shows {}, not <bdi>{subject}</bdi> alone.</p>", text(self.measure()))?;
        }
        write!(to, "</figcaption>")
    }
}

/// The mean of the measured weeks of a span.
fn mean(points: &[Point], from: Instant, to: Instant) -> Option<f64> {
    let within = points.iter().filter(|point| (from..to).contains(&point.week));
    let (sum, count) = within
        .filter_map(|point| point.value)
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
