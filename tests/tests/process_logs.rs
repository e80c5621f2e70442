//! Real process logs become what was made of them by hand: the same hand-overs as in their canonical twins.
//!
//! The logs are not part of the project. `REDTAPE_DATA` names their folder; without it they are looked for in
//! `../shared/data`.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape::Input;
use redtape::input::Content;
use redtape_tests::project;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// An original, its twin, what stands for the account where the file names it, and outcomes the twin leaves out.
const TWINS: [(&str, &str, Option<&str>, &[&str]); 6] = [
    ("bpic2012.xes.gz", "bpic2012-loans", None, &["requested", "withdrawn"]),
    ("bpic2015-1.xes.gz", "bpic2015-municipality-1", Some("bpic2015-1"), &["requested"]),
    ("bpic2015-2.xes.gz", "bpic2015-municipality-2", Some("bpic2015-2"), &["requested"]),
    ("bpic2020-DomesticDeclarations.xes.gz", "bpic2020-domestic", None, &["requested"]),
    ("bpic2020-PrepaidTravelCost.xes.gz", "bpic2020-prepaid", None, &["requested"]),
    ("helpdesk.xes.gz", "helpdesk", None, &["requested"]),
];

fn data() -> Option<PathBuf> {
    let folder =
        std::env::var_os("REDTAPE_DATA").map_or_else(|| project().join("../shared/data"), PathBuf::from);
    if !folder.is_dir() {
        writeln!(std::io::stderr(), "real process logs: skipped, there is no {}", folder.display()).unwrap();
        return None;
    }
    Some(folder)
}

/// Hand-overs, each with how often it is there: everything but ids, and steps counted without what is left out.
fn steps(path: &Path, account: Option<&str>, omit: &[&str]) -> BTreeMap<String, i64> {
    let mut input = Input::open(&[path.to_owned()]).unwrap();
    let (mut all, mut counted) = (BTreeMap::new(), BTreeMap::<String, i64>::new());
    while let Some(line) = input.next_line().unwrap() {
        let Content::Text(text) = line.content else { panic!("{}: {:?}", path.display(), line) };
        let mut value: Value = serde_json::from_str(text).unwrap();
        let fields = value.as_object_mut().unwrap();
        fields.remove("id");
        let outcome = fields["outcome"].as_str().unwrap().to_owned();
        if omit.contains(&&*outcome) {
            continue;
        }
        let step = counted.entry(fields["request"].as_str().unwrap().to_owned()).or_default();
        *step += 1;
        fields["step"] = (*step).into();
        if let Some(account) = account {
            assert_eq!(fields["account"], account);
            fields.remove("account");
        }
        *all.entry(value.to_string()).or_default() += 1;
    }
    all
}

#[test]
fn real_process_logs_convert_to_their_twins() {
    let Some(data) = data() else { return };
    for (original, twin, account, omit) in TWINS {
        let converted = steps(&data.join("originals").join(original), account, omit);
        let mut expected = steps(&data.join(format!("approvals/{twin}.ndjson.gz")), None, &[]);
        if account.is_some() {
            let without = |(line, count): (String, i64)| {
                let mut value: Value = serde_json::from_str(&line).unwrap();
                value.as_object_mut().unwrap().remove("account");
                (value.to_string(), count)
            };
            expected = expected.into_iter().map(without).collect();
        }
        let differing: Vec<_> = converted
            .iter()
            .filter(|(line, count)| expected.get(*line) != Some(count))
            .chain(expected.iter().filter(|(line, count)| converted.get(*line) != Some(count)))
            .take(5)
            .collect();
        assert!(differing.is_empty(), "{original}: {differing:#?}");
        assert!(converted.len() > 1_000, "{original}: only {} steps", converted.len());
    }
}
