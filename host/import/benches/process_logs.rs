//! Process logs converted, beside a plain parse of the same file with the format's own library: events a second.
//!
//! `cargo bench --package redtape-import --bench process_logs -- FILE.xes.gz FILE.jsonocel=MAPPING.toml`; medians of five.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement says what it found, or ends")]

use flate2::read::MultiGzDecoder;
use quick_xml::events::Event;
use redtape_import::input::Reading;
use redtape_import::{Input, Mapping};
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    let files = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    for argument in files {
        let (file, mapping) = argument.split_once('=').unwrap_or((&argument, ""));
        let mapping = (!mapping.is_empty()).then(|| Mapping::open(mapping).expect("the mapping can be read"));
        let reading = Reading { mapping, ..Reading::default() };
        let path = PathBuf::from(file);
        let (mut converting, mut parsing, mut lines, mut events) = (Vec::new(), Vec::new(), 0, 0);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            events = parse(&path);
            parsing.push(begun.elapsed());
            let begun = Instant::now();
            let mut input =
                Input::open_as(std::slice::from_ref(&path), &reading).expect("the log can be opened");
            lines = 0;
            while let Some(line) = input.next_line().expect("the log can be read") {
                black_box(line);
                lines += 1;
            }
            converting.push(begun.elapsed());
        }
        let (converting, parsing) = (median(converting), median(parsing));
        let rate = |time: Duration| f64::from(events) / time.as_secs_f64();
        println!(
            "{file}: {events} events, {lines} lines; converted {:.0} events/s, parsed {:.0} events/s, ratio {:.2}",
            rate(converting),
            rate(parsing),
            converting.as_secs_f64() / parsing.as_secs_f64()
        );
    }
}

/// Events that a plain parse finds.
fn parse(path: &PathBuf) -> u32 {
    let mut file = BufReader::new(File::open(path).expect("the log can be opened"));
    let is_packed = file.fill_buf().expect("the log can be read").starts_with(b"\x1f\x8b");
    let mut plain: Box<dyn BufRead> = if is_packed {
        Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    if path.to_string_lossy().contains("json") {
        let mut text = Vec::new();
        plain.read_to_end(&mut text).expect("the log can be read");
        let value: serde_json::Value = serde_json::from_slice(&text).expect("it is JSON");
        return value
            .get("events")
            .and_then(|events| events.as_array())
            .map_or(0, |events| u32::try_from(events.len()).unwrap_or(u32::MAX));
    }
    let (mut reader, mut buffer, mut events) = (quick_xml::Reader::from_reader(plain), Vec::new(), 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).expect("it is XML") {
            Event::Start(tag) => events += u32::from(tag.local_name().into_inner() == "event"),
            Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    black_box(
                        attribute
                            .expect("it has attributes")
                            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                            .expect("it has values"),
                    );
                }
            }
            Event::Eof => return events,
            _ => {}
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
