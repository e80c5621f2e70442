//! The way from an export to a report, as the README shows it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::expect_file;
use redtape_tests::{exports, project};

#[test]
fn the_exports_of_the_sample_firm_are_what_makes_them() {
    for (name, text) in exports::salesforce() {
        expect_file![project().join("fixtures/exports/salesforce").join(name)].assert_eq(&text);
    }
}
