//! The fuzz targets without a fuzzer: every seed, seeds with edits, and bytes by chance.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its seeds must end")]

#[path = "../../fuzz/src/lib.rs"]
pub mod targets;

use proptest::prelude::*;
use proptest::sample::Index;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(name)
}

/// The seeds of a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        folder("seeds").join(target).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has no seeds");
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// The tokens of a target's dictionary, which writes them as JSON does.
fn tokens(target: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder("dictionaries").join(target)).unwrap();
    let tokens = text.lines().filter(|line| line.starts_with('"'));
    tokens.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A seed of a target with a few edits: so many bytes at a place give way to a token, or to bytes by chance.
fn edited(target: &str) -> impl Strategy<Value = Vec<u8>> {
    let put = prop_oneof![
        3 => prop::sample::select(tokens(target)).prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    let edits = prop::collection::vec((any::<Index>(), 0..12usize, put), 0..5);
    (prop::sample::select(seeds(target)), edits).prop_map(|(mut bytes, edits)| {
        for (place, removed, put) in edits {
            let place = place.index(bytes.len() + 1);
            let end = bytes.len().min(place + removed);
            bytes.splice(place..end, put);
        }
        bytes
    })
}

fn by_chance() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600)
}

#[test]
fn every_seed_holds() {
    seeds("line").iter().for_each(|bytes| targets::line(bytes));
    seeds("policy").iter().for_each(|bytes| targets::policy(bytes));
}

#[test]
fn every_number_of_a_snapshot_may_be_forged() {
    targets::every_number();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn line(bytes in edited("line")) {
        targets::line(&bytes);
    }

    #[test]
    fn policy(bytes in edited("policy")) {
        targets::policy(&bytes);
    }

    #[test]
    fn snapshot(bytes in by_chance()) {
        targets::snapshot(&bytes);
    }

    #[test]
    fn calls(bytes in by_chance()) {
        targets::calls(&bytes);
    }
}
