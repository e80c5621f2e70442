//! Any sequence of calls.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| redtape_fuzz::calls(bytes));
