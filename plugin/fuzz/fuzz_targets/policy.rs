//! Fuzz target: see `plugin/fuzz/src/policy.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redtape_fuzz::policy(bytes));
