//! House rules: what is missing, or stands where it does not belong, fails here.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_engine::signals::SignalId;
use redtape_tests::{cases, project, read};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Keys that a signal may have in a policy.
const OPTIONS: [&str; 10] = [
    "enabled",
    "warning",
    "critical",
    "for",
    "keep_firing_for",
    "open_warning",
    "open_critical",
    "rise",
    "rise_level",
    "rise_budget",
];

/// Lines of one source file, its tests not counted.
const FILE_LINES_MAX: usize = 500;

#[test]
fn every_signal_has_its_doc_its_numbers_and_its_fixtures() {
    let reports: Vec<String> = expected_reports();
    for signal in SignalId::all() {
        let name = signal.name();
        let doc = read(format!("plugin/engine/src/signals/{name}.md"));
        assert_eq!(doc, signal.about().doc);
        assert!(doc.starts_with(&format!("# `{name}`")), "{name}: the doc begins with the name");
        for heading in ["## What it finds", "## Evidence", "## Not a finding", "## Options"] {
            assert!(doc.contains(&format!("\n{heading}\n")), "{name}: no `{heading}`");
        }
        for option in OPTIONS.iter().filter(|option| signal.has_option(option)) {
            assert!(doc.contains(&format!("`{option}`")), "{name}: the doc does not name `{option}`");
        }
        let defaults = signal.defaults();
        let has_limits = signal.has_option("warning");
        let limits = defaults.warning.is_some() && defaults.critical.is_some();
        assert_eq!(limits, has_limits, "{name}: no default");
        let firing = reports
            .iter()
            .filter(|report| report.contains(&format!("\"signal\": \"{name}\",\n      \"cause\"")));
        assert!(firing.count() > 0, "{name}: no fixture in which it speaks");
    }
}

/// Host code that still names signals; to be emptied, never to grow.
const NAME_SIGNALS: &[&str] = &[
    "host/scan/src/scan/score.rs",
    "host/workbench/src/render/calibration/policy_file.rs",
    "host/workbench/src/render/html/words.rs",
    "host/workbench/src/tuning/calibrate/limits.rs",
    "host/workbench/src/tuning/calibrate/rises.rs",
    "host/workbench/src/tuning/episode.rs",
];

#[test]
fn signals_are_named_where_they_are_described() {
    // In documents, fixtures and tests too; what a test is lies in a folder or file of that name.
    let of_tests = ["tests", "benches", "examples", "fuzz", "tests.rs"];
    let is_test = |file: &Path| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        name.ends_with("properties")
            || file.ends_with("monitor/limits.rs")
            || file.iter().any(|part| of_tests.iter().any(|it| part == *it))
    };
    let mut found = Vec::new();
    for folder in ["plugin", "host"] {
        let described = project().join("plugin/engine/src/signals");
        let files = sources(&project().join(folder)).into_iter();
        for file in files.filter(|file| !file.starts_with(&described)) {
            let local = file.strip_prefix(project()).unwrap();
            if is_test(local) {
                continue;
            }
            let code = code(&file);
            for name in SignalId::all().map(SignalId::name) {
                if code.contains(&format!("\"{name}\"")) {
                    found.push(local.display().to_string());
                }
            }
        }
    }
    found.sort();
    found.dedup();
    assert_eq!(found, NAME_SIGNALS);
}

/// The engine's modules: each may use those above it.
const MODULES: &[&str] = &[
    "activity",
    "ndjson",
    "problem",
    "calendar",
    "plausible",
    "horizon",
    "name_map",
    "settings",
    "filter",
    "open",
    "tracks",
    "counting",
    "signals",
    "policy",
    "alert",
    "threshold",
    "rise",
    "population",
    "account",
    "monitor",
    "snapshot",
];

#[test]
fn the_engines_modules_import_downward_only() {
    let root = project().join("plugin/engine/src");
    let place = |module: &str| MODULES.iter().position(|it| *it == module);
    let mut seen = BTreeSet::new();
    for file in sources(&root) {
        let local = file.strip_prefix(&root).unwrap().with_extension("");
        let module = local.iter().next().unwrap().to_string_lossy().into_owned();
        if module == "lib" {
            continue;
        }
        let own = place(&module).unwrap_or_else(|| panic!("{module}: no place among the modules"));
        for rest in code(&file).split("crate::").skip(1) {
            let used: String = rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            let above = place(&used).unwrap_or_else(|| panic!("{}: uses crate::{used}", local.display()));
            assert!(above <= own, "{}: uses {used}, which stands below {module}", local.display());
        }
        seen.insert(module);
    }
    assert!(
        MODULES.iter().skip(3).all(|module| seen.contains(*module)),
        "a module that is not there: {seen:?}"
    );
}

#[test]
fn every_fixture_has_an_expectation_and_a_row_in_the_readme() {
    let readme = read("fixtures/README.md");
    for case in cases() {
        let expectations =
            ["expected.json", "expected-error.txt"].iter().filter(|file| case.file(file).is_file()).count();
        assert_eq!(expectations, 1, "{}", case.name);
        assert!(
            case.file("activities.ndjson").is_file() || case.is_refused(),
            "{}: no activities",
            case.name
        );
        assert!(readme.contains(&format!("`{}`", case.name)), "{}: no row in fixtures/README.md", case.name);
    }
    let names: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for row in rows.filter(|row| row.contains('-')) {
        assert!(names.contains(row), "fixtures/README.md: `{row}` is no fixture");
    }
}

#[test]
fn the_quiet_outnumber_the_firing() {
    // False alarms decide whether people trust the tool: look-alikes weigh as much as findings.
    let quiet = expected_reports().iter().filter(|report| report.contains("\"alerts\": [],")).count();
    assert!(quiet >= 25, "only {quiet} fixtures in which nothing may speak");
}

#[test]
fn only_the_doors_know_the_contract() {
    for (folder, word, allowed) in [
        ("plugin", "wit_bindgen", &["contract.rs"][..]),
        ("host", "bindgen!", &["bindings.rs", "detector.rs"][..]),
        ("host", "bindings::", &["bindings.rs", "detector.rs"][..]),
    ] {
        for file in sources(&project().join(folder)) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let knows = code(&file).contains(word);
            assert!(!knows || allowed.contains(&name.as_str()), "{} knows {word}", file.display());
        }
    }
}

#[test]
fn the_plugin_has_no_clock_no_chance_and_no_files() {
    // Files in TOML are for hosts: the plugin is built without them.
    let of_hosts = ["whole.rs"];
    let folders = ["plugin/engine/src", "plugin/model/src"];
    let files = folders.iter().flat_map(|folder| sources(&project().join(folder)));
    for file in files.filter(|file| !of_hosts.iter().any(|name| file.ends_with(name))) {
        let code = code(&file);
        for word in [
            "std::time",
            "SystemTime",
            "std::fs",
            "std::net",
            "std::env::",
            "Utc::now",
            "thread_rng",
            ".mul_add(",
        ] {
            assert!(!code.contains(word), "{} uses {word}", file.display());
        }
    }
}

#[test]
fn files_are_short_and_begin_with_what_they_are_for() {
    for folder in ["plugin", "host", "tests"] {
        for file in sources(&project().join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let lines = code(&file).lines().count();
            assert!(lines <= FILE_LINES_MAX, "{}: {lines} lines", file.display());
            assert!(
                text.starts_with("//!") || text.starts_with("#![doc"),
                "{}: no module doc",
                file.display()
            );
        }
    }
}

/// Crates of ours that a crate may be built on. Nothing runs in circles, and importers need no runtime.
const BUILT_ON: &[(&str, &[&str])] = &[
    ("plugin/model", &[]),
    ("plugin/engine", &["model"]),
    ("plugin/component", &["engine"]),
    ("host/embed", &["model", "engine", "component"]),
    ("host/import", &["model"]),
    ("host/scan", &["model", "embed", "import"]),
    ("host/workbench", &["model", "embed", "import", "scan"]),
    ("host/cli", &["model", "embed", "import", "scan", "workbench"]),
];

#[test]
fn crates_are_built_on_those_below_them() {
    let library: BTreeSet<String> =
        members().into_iter().filter(|member| !member.starts_with("tests")).collect();
    assert_eq!(library, BUILT_ON.iter().map(|(member, _)| (*member).to_owned()).collect());
    for (member, allowed) in BUILT_ON {
        let table: toml::Table = read(format!("{member}/Cargo.toml")).parse().unwrap();
        let target = table.get("target").and_then(toml::Value::as_table);
        let tables = target.into_iter().flatten().filter_map(|(_, of)| of.get("dependencies"));
        for name in tables.chain(table.get("dependencies")).filter_map(toml::Value::as_table).flatten() {
            let ours = match name.0.strip_prefix("redtape") {
                None => continue,
                Some("") => "embed",
                Some(rest) => rest.trim_start_matches('-'),
            };
            assert!(allowed.contains(&ours), "{member} is built on {ours}");
        }
    }
}

#[test]
fn every_item_of_the_contract_has_a_doc() {
    for file in ["package", "types", "logging", "detector"] {
        let text = read(format!("wit/{file}.wit"));
        let mut documented = false;
        for line in text.lines().map(str::trim) {
            let words = ["interface ", "world ", "record ", "enum ", "variant ", "type ", "package "];
            let is_item = words.iter().any(|word| line.starts_with(word)) || line.contains(": func(");
            assert!(!is_item || documented, "wit/{file}.wit: no doc before `{line}`");
            documented = line.starts_with("///");
        }
    }
}

#[test]
fn every_member_follows_the_lints_and_every_version_stands_once() {
    for member in members() {
        let manifest = read(format!("{member}/Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member}: no lints");
        let table: toml::Table = manifest.parse().unwrap();
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                assert!(
                    value.get("workspace").is_some(),
                    "{member}: the version of {name} belongs in the workspace"
                );
            }
        }
    }
}

/// The folders of the workspace's crates.
fn members() -> Vec<String> {
    let table: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = table.get("workspace").and_then(|it| it.get("members")).and_then(toml::Value::as_array);
    members.unwrap().iter().map(|member| member.as_str().unwrap().to_owned()).collect()
}

fn expected_reports() -> Vec<String> {
    let files = cases().into_iter().map(|case| case.file("expected.json"));
    files.filter_map(|file| std::fs::read_to_string(file).ok()).collect()
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        let path = entry.path();
        // What others wrote, and what was built.
        let is_ours = !["node_modules", "target", "carried"].iter().any(|it| path.ends_with(it));
        if path.is_dir() && is_ours {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// A source file without its tests and comments.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}
