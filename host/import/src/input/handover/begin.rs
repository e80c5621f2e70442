//! Which mapping a process log is read with: the one that was named, a ready one that knows the log, or a guess.

use std::io;
use std::sync::Arc;

use super::super::convert::{Convert, Converted};
use super::super::counts::Tally;
use super::super::ocel::{Log, Objects};
use super::super::trace::Traces;
use super::super::{Reading, Remarks};
use super::{Handovers, Sample, Settings, Stand, TraceRules, stand};
use crate::calendar::Zone;
use crate::error::{refused, unmapped};
use crate::mapping::{Clock, Mapping, listed};

/// How a log is read, and what is said of it.
struct Way<'a> {
    name: &'a str,
    reading: &'a Reading,
    remarks: &'a Remarks,
}

/// Traces that were written one after the other.
pub(in super::super) fn begin(
    traces: Box<dyn Traces>,
    name: &str,
    reading: &Reading,
    remarks: &Remarks,
) -> io::Result<Box<dyn Convert>> {
    let way = Way { name, reading, remarks };
    let mut sample = Sample::of(traces);
    let settings = match &reading.mapping {
        Some(mapping) => way.only(mapping)?,
        None => match way.recognized(&mut sample)? {
            Some(mapping) => way.only(&mapping)?,
            None => {
                let (settings, told) = sample.guess(super::stem(name))?;
                way.say(&told);
                Settings { zone: reading.time_zone, ..settings }
            }
        },
    };
    way.convert(sample, settings)
}

/// The objects of a log.
pub(in super::super) fn begin_objects(
    log: Log,
    name: &str,
    reading: &Reading,
    remarks: &Remarks,
) -> io::Result<Box<dyn Convert>> {
    let way = Way { name, reading, remarks };
    let Some(mapping) = &reading.mapping else {
        return Err(unmapped(format!(
            "a mapping has to say which objects are requests or plans, as `object` in a `[trace]` ({})",
            log.types()
        )));
    };
    let log = Arc::new(log);
    let rules = way.rules(mapping)?;
    let kinds: Vec<&str> = rules.iter().filter_map(|rules| rules.object.as_deref()).collect();
    let mut converters = Vec::new();
    for rules in rules {
        let Some(kind) = &rules.object else {
            let told = format!(
                "the mapping `{}` does not say which `object` is a trace: {}",
                mapping.name(),
                log.types()
            );
            return Err(refused(told));
        };
        let objects = Objects::of(Arc::clone(&log), kind, converters.is_empty().then_some(&kinds[..]))?;
        converters.push(way.convert(Sample::of(Box::new(objects)), rules.settings(way.zone(mapping)))?);
    }
    converters.reverse();
    Ok(Box::new(OneByOne(converters, Tally::default())))
}

impl Way<'_> {
    /// The one ready mapping that knows the log.
    fn recognized(&self, sample: &mut Sample) -> io::Result<Option<Arc<Mapping>>> {
        sample.fill()?;
        let fitting = Mapping::all_ready().filter(|mapping| mapping.recognizes_log(&|name| sample.has(name)));
        let fitting: Vec<&Arc<Mapping>> = fitting.collect();
        match fitting.as_slice() {
            [] => Ok(None),
            [mapping] => {
                let name = crate::text::printable(self.name);
                self.remarks.say(format!("`{name}` is read with the mapping `{}`", mapping.name()));
                Ok(Some(Arc::clone(mapping)))
            }
            several => Err(unmapped(format!(
                "several ready mappings are for it: name one of {} with `--mapping`",
                listed(several.iter().map(|mapping| mapping.name()))
            ))),
        }
    }

    fn rules<'a>(&self, mapping: &'a Mapping) -> io::Result<&'a [TraceRules]> {
        match mapping.traces() {
            [] => Err(unmapped(format!(
                "the mapping `{}` is for single records: for a process log it needs a `[trace]`",
                mapping.name()
            ))),
            rules => Ok(rules),
        }
    }

    fn only(&self, mapping: &Mapping) -> io::Result<Settings> {
        match self.rules(mapping)? {
            [rules] => Ok(rules.settings(self.zone(mapping))),
            _ => Err(unmapped(format!(
                "the mapping `{}` has several `[[trace]]`: only OCEL has several types of objects",
                mapping.name()
            ))),
        }
    }

    fn zone(&self, mapping: &Mapping) -> Option<Zone> {
        self.reading.time_zone.or(mapping.time_zone())
    }

    fn convert(&self, mut sample: Sample, mut settings: Settings) -> io::Result<Box<dyn Convert>> {
        let (file, name) = (super::stem(self.name).to_owned(), crate::text::printable(self.name));
        settings.accounts.clone_from(&self.reading.accounts);
        sample.read_ahead()?;
        let mut clock = Clock::new(settings.formats.clone());
        for (line, text) in sample.traces().flat_map(|trace| stand::written(trace, &mut settings, &file)) {
            clock.see(line, &text);
        }
        clock.decide().map_err(|why| refused(format!("the time of its events {why}")))?;
        let stand = Stand::of(&sample, &mut settings, &clock, &file);
        if let Some(told) = stand.told() {
            self.say(told);
        }
        let remarks = self.remarks.clone();
        Ok(Box::new(Handovers::new(Box::new(sample), settings, (stand, clock), file, name, remarks)))
    }

    fn say(&self, told: &str) {
        self.remarks.say(format!("`{}`: {told}", crate::text::printable(self.name)));
    }
}

/// Several converters of one input, the next one last.
struct OneByOne(Vec<Box<dyn Convert>>, Tally);

impl Convert for OneByOne {
    fn next(&mut self) -> io::Result<Option<Converted>> {
        while let Some(converter) = self.0.last_mut() {
            if let Some(converted) = converter.next()? {
                return Ok(Some(converted));
            }
            self.1.add(&converter.tally());
            self.0.pop();
        }
        Ok(None)
    }

    fn tally(&self) -> Tally {
        self.1.clone()
    }
}
