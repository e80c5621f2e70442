//! Fuzz target: see `plugin/fuzz/src/calls.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redtape_fuzz::calls(bytes));
