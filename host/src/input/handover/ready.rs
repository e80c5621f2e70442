//! TEMPORARY until the mappings are merged.
use std::io;

use super::{Handovers, Sample, TraceRules};
use crate::calendar::Zone;
use crate::input::convert::Convert;
use crate::input::trace::Traces;
use crate::input::{Reading, Remarks};

const READY: [(&str, &str); 6] = [
    ("bpi-2012", include_str!("../../mapping/ready/bpi-2012.toml")),
    ("bpi-2015", include_str!("../../mapping/ready/bpi-2015.toml")),
    ("bpi-2020-declarations", include_str!("../../mapping/ready/bpi-2020-declarations.toml")),
    ("bpi-2020-prepaid", include_str!("../../mapping/ready/bpi-2020-prepaid.toml")),
    ("helpdesk", include_str!("../../mapping/ready/helpdesk.toml")),
    ("receipt", include_str!("../../mapping/ready/receipt.toml")),
];

pub(crate) fn open(
    traces: Box<dyn Traces>,
    name: &str,
    _reading: &Reading,
    remarks: &Remarks,
) -> io::Result<Box<dyn Convert>> {
    let mut sample = Sample::of(traces);
    let file = super::stem(name);
    for (ready, text) in READY {
        let (value, _, _) = crate::policy::toml::read(text);
        let list = |key: &str| -> Vec<String> {
            value[key].as_array().into_iter().flatten().map(|v| v.as_str().unwrap().to_owned()).collect()
        };
        let optional = list("optional");
        let names: Vec<String> = list("recognize").into_iter().filter(|n| !optional.contains(n)).collect();
        let (of_trace, of_event): (Vec<String>, Vec<String>) = names.into_iter().partition(|n| n.starts_with("case:"));
        let of_trace: Vec<String> = of_trace.iter().map(|n| n[5..].to_owned()).collect();
        if sample.has(&of_trace, &of_event)? {
            let mut wrong = |place: &str, why: String| panic!("{place} {why}");
            let rules = TraceRules::read("/trace", &value["trace"], &mut wrong).unwrap();
            remarks.lock().unwrap().push(format!("{name}: read with the ready mapping `{ready}`"));
            return Ok(Box::new(Handovers::new(Box::new(sample), rules.settings(Zone::default()), file, name.to_owned(), remarks.clone())));
        }
    }
    let (settings, told) = sample.guess(&file)?;
    remarks.lock().unwrap().push(format!("{name}: {told}"));
    Ok(Box::new(Handovers::new(Box::new(sample), settings, file, name.to_owned(), remarks.clone())))
}
