//! Documents that fail when they are stale.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use expect_test::expect_file;
use redtape::Policy;
use redtape_engine::policy;
use std::path::{Path, PathBuf};

use redtape_tests::{Native, cases, project, read, run};

#[test]
fn the_policy_page_is_what_the_parser_takes() {
    expect_file![project().join("plugin/POLICY.md")].assert_eq(&policy::reference());
}

#[test]
fn the_policy_schema_is_what_the_parser_takes() {
    expect_file![project().join("plugin/policy.schema.json")].assert_eq(&(policy::schema() + "\n"));
}

#[test]
fn schema_and_parser_agree_on_every_policy_fixture() {
    let schema = serde_json::from_str(&policy::schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut seen = 0;
    for case in cases() {
        let Some(file) = case.policy_file() else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        // What is no TOML at all is no question of the schema.
        let Ok(table) = text.parse::<toml::Table>() else { continue };
        let value = serde_json::to_value(table).unwrap();
        let parsed = Native::configured(&value.to_string());
        assert_eq!(validator.is_valid(&value), parsed.is_ok(), "{}: {parsed:?}", case.name);
        seen += 1;
    }
    assert!(seen > 8, "only {seen} policies");
    assert!(validator.is_valid(&serde_json::json!({})));
}

#[test]
fn every_policy_in_a_document_is_taken() {
    let mut seen = 0;
    for document in
        ["README.md", "ARCHITECTURE.md", "plugin/POLICY.md", "wit/README.md", "fixtures/README.md"]
    {
        for block in blocks(&read(document), "toml") {
            let policy =
                Policy::from_toml(document, &block).unwrap_or_else(|error| panic!("{document}: {error}"));
            Native::configured(&policy.json()).unwrap_or_else(|error| panic!("{document}: {error:?}"));
            seen += 1;
        }
    }
    assert!(seen > 0, "no document shows a policy");
}

#[test]
fn the_readme_shows_what_the_command_prints() {
    let readme = read("README.md");
    let ran = run(&["scan", "fixtures/fitcorp/activities.ndjson", "--quiet"], b"");
    assert!(blocks(&readme, "text").contains(&ran.out), "the table in README.md should be:\n{}", ran.out);
}

#[test]
fn the_readme_shows_the_example_that_is_compiled() {
    let example = read("host/embed/examples/embed.rs");
    assert!(
        blocks(&read("README.md"), "rust").contains(&example),
        "README.md differs from host/embed/examples/embed.rs"
    );
    assert!(example.lines().count() < 60);
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    let mut seen = 0;
    for document in documents(&project()) {
        let text = std::fs::read_to_string(&document).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = document.with_file_name(target.split('#').next().unwrap());
            assert!(file.exists(), "{}: `{target}` leads nowhere", document.display());
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} links");
}

#[test]
fn every_file_that_the_map_names_is_there() {
    let files: Vec<String> = sources(&project());
    let map = read("ARCHITECTURE.md");
    let names = map.split('`').skip(1).step_by(2).filter(|name| {
        let ending = name.rsplit('.').next().unwrap_or_default();
        name.contains('.') && ["rs", "wit", "toml"].contains(&ending) && !name.contains([' ', '*'])
    });
    let mut seen = 0;
    for name in names {
        assert!(
            files.iter().any(|file| file.ends_with(&format!("/{name}"))),
            "ARCHITECTURE.md: no file is `{name}`"
        );
        seen += 1;
    }
    assert!(seen > 100, "only {seen} files");
}

/// All files below a folder that are ours.
fn sources(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.path().is_dir() {
            found.push(entry.path().display().to_string());
        } else if !name.starts_with('.') && !["node_modules", "target"].contains(&name.as_str()) {
            found.extend(sources(&entry.path()));
        }
    }
    found
}

/// All documents that are ours.
fn documents(folder: &Path) -> Vec<PathBuf> {
    sources(folder).into_iter().filter(|file| file.ends_with(".md")).map(PathBuf::from).collect()
}

/// The fenced blocks of a language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in document.lines() {
        match &mut block {
            None if line == format!("```{language}") => block = Some(String::new()),
            None => {}
            Some(_) if line == "```" => found.extend(block.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    found
}
