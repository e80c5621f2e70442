//! The way from an export to a report, as the README shows it.

use expect_test::expect_file;
use redtape_tests::{command, exports, project, read};
use std::process::Command;

#[test]
fn the_exports_of_the_sample_firm_are_what_makes_them() {
    for (name, text) in exports::salesforce() {
        expect_file![project().join("fixtures/exports/salesforce").join(name)].assert_eq(&text);
    }
}

/// Every line of the README's block as it is pasted, but for the build and for where files go.
#[test]
fn the_way_from_an_export_to_a_report_works_as_pasted() {
    let readme = read("README.md");
    let block = readme.split("```sh\n").find(|block| block.contains("redtape calibrate")).unwrap();
    let block = block.split("```").next().unwrap();
    let folder = std::env::temp_dir().join(format!("redtape-newcomer-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = block.replace("/tmp/", &format!("{}/", folder.display()));
    let script =
        script.replace("cargo build --release\n", "").replace("$PWD/target/release", "$REDTAPE_FOLDER");
    assert_ne!(script, block);
    let binary = command(&[]).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.current_dir(project()).args(["-ec", &script]);
    shell.env("REDTAPE_FOLDER", std::path::Path::new(&binary).parent().unwrap());
    let ran = redtape_tests::finish(shell, b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    // The three accounts that grew formal, and the one that only had a busy month.
    let report = file("report.html");
    for account in ["Brackwater Cycles", "Fernhill Equestrian", "Kestrel Ski"] {
        assert!(report.contains(account), "{account} is not in the report");
    }
    assert!(!ran.out.contains("FAIL"), "{}", ran.out);
    assert!(ran.out.contains("5,115 activities of 24 accounts"), "{}", ran.out);
    assert!(ran.out.contains("policy.toml: valid"), "{}", ran.out);
    assert!(file("policy.toml").contains("# Asked for: 0.30 alerts a week."), "{}", file("policy.toml"));
    std::fs::remove_dir_all(&folder).unwrap();
}
