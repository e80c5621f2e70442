//! Fuzz target: see `plugin/fuzz/src/snapshot.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redtape_fuzz::snapshot(bytes));
