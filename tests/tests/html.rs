//! The report as a page: whole by itself, with a chart for every open alert, and never obeying what a log says.

#![expect(clippy::unwrap_used, reason = "a test that cannot read what it tests must end")]

use redtape_tests::run;
use serde_json::Value;
use sha2::{Digest, Sha256};

const FITCORP: &str = "fixtures/fitcorp/activities.ndjson";
const AS_OF: [&str; 2] = ["--as-of", "2024-12-31"];

fn page(arguments: &[&str], input: &[u8]) -> String {
    let arguments: Vec<&str> =
        ["scan", "--quiet", "--format", "html"].iter().chain(arguments).copied().collect();
    let ran = run(&arguments, input);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}");
    ran.out
}

/// What stands between two texts, for each time they do.
fn between<'a>(text: &'a str, from: &'a str, to: &'a str) -> Vec<&'a str> {
    text.split(from).skip(1).map(|rest| rest.split(to).next().unwrap()).collect()
}

#[test]
fn the_page_needs_nobody_else() {
    let page = page(&[&[FITCORP], &AS_OF[..]].concat(), b"");
    assert!(page.starts_with("<!doctype html>\n<html lang=en-GB>") && page.ends_with("</html>\n"));
    for outside in
        ["http:", "https:", "//", " src=", "url(", "@import", "<link", "<iframe", "<img", "<object", "<form"]
    {
        // Two slashes begin the comments of the script, and stand in no other place.
        let page = page.replace("// ", "");
        assert!(!page.contains(outside), "the page has `{outside}`");
    }
    let ways = between(&page, "href=\"", "\"");
    assert!(ways.len() > 3);
    for way in ways {
        let name = way.strip_prefix('#').unwrap_or_else(|| panic!("`{way}` leads out of the page"));
        assert_eq!(page.matches(&format!(" id={name}")).count(), 1, "{way}");
    }
}

#[test]
fn the_only_script_is_the_one_the_page_allows() {
    let page = page(&[FITCORP], b"");
    let [script] = between(&page, "<script>", "</script>")[..] else { panic!("more than one script") };
    let policy = between(&page, "http-equiv=Content-Security-Policy content=\"", "\"");
    let [policy] = policy[..] else { panic!("more than one policy") };
    assert!(
        policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"),
        "{policy}"
    );
    let hash = between(policy, "'sha256-", "'")[0];
    let mut digits = hash.bytes().filter(|digit| *digit != b'=').map(|digit| match digit {
        b'A'..=b'Z' => u32::from(digit - b'A'),
        b'a'..=b'z' => u32::from(digit - b'a') + 26,
        b'0'..=b'9' => u32::from(digit - b'0') + 52,
        b'+' => 62,
        _ => 63,
    });
    let mut allowed = Vec::new();
    while let Some(first) = digits.next() {
        let joined = (0..3).fold(first, |held, _| held << 6 | digits.next().unwrap_or(0));
        allowed.extend_from_slice(&joined.to_be_bytes()[1..]);
    }
    assert_eq!(allowed[..32], Sha256::digest(script.as_bytes())[..]);
    assert!(
        !page.contains(" on") || between(&page, " on", "=").iter().all(|it| it.contains([' ', '<', '\n']))
    );
}

#[test]
fn every_open_alert_has_its_chart_its_evidence_and_its_suggestion() {
    for as_of in [&AS_OF[..], &[]] {
        let arguments: Vec<&str> = [FITCORP].iter().chain(as_of).copied().collect();
        let page = page(&arguments, b"");
        let json: Vec<&str> =
            ["scan", "--quiet", "--format", "json"].iter().chain(&arguments).copied().collect();
        let report: Value = serde_json::from_str(&run(&json, b"").out).unwrap();
        let open: Vec<&Value> =
            report["open"].as_array().unwrap().iter().filter(|alert| alert["state"] == "firing").collect();
        assert_eq!(page.matches("<svg").count(), open.len());
        assert!(open.len() >= 2);
        let shown = between(&page, "<div class=\"alert ", "\n</div>\n");
        for alert in open {
            let id = format!("id=x{}>", alert["id"].as_str().unwrap());
            let shown = shown.iter().find(|it| it.contains(&id)).unwrap_or_else(|| panic!("no {id}"));
            for part in [
                "<path class=value d=\"m",
                "<path class=onset",
                "<div class=marks",
                "<desc id=d",
                "<b>Suggestion</b>",
            ] {
                assert!(shown.contains(part), "{id}: no `{part}`");
            }
            let is_limit = alert["cause"] == "threshold" && alert["subject"] == "";
            assert_eq!(shown.contains("<path class=limit"), is_limit, "{id}");
            let is_rise = alert["cause"] == "rise" && alert["signal"] != "creep";
            assert_eq!(shown.contains("<path class=expected"), is_rise, "{id}");
            for evidence in alert["evidence"].as_array().unwrap() {
                assert!(shown.contains(&format!("<code>{}</code>", evidence.as_str().unwrap())), "{id}");
            }
        }
    }
}

#[test]
fn what_the_log_says_is_shown_and_not_obeyed() {
    let account = "<script>alert('x')</script>\\\" onload=\\\"y\\u202e";
    let mut log = String::new();
    for day in ["04", "05", "06", "07", "08", "11", "12", "13", "14", "15"] {
        for part in 0..2 {
            log.push_str(&format!(
                "{{\"id\":\"<b>{day}-{part}\",\"at\":\"2026-05-{day}T09:00:00Z\",\"account\":\"{account}\",\"kind\":\"meeting\",\"series\":\"</style><i>\",\"duration_min\":60}}\n"
            ));
        }
    }
    log.push_str("{\"id\":\"<u>\",\"at\":\"<img src=x>\"}\n");
    let page = page(&["-", "--as-of", "2026-05-25"], log.as_bytes());
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;y\\u{202e}"));
    for shown in ["&lt;b&gt;15-1", "&lt;img src=x&gt;", "&lt;/style&gt;&lt;i&gt;"] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    for obeyed in ["<script>alert", "<b>15", "<img", "<i>\"", "\u{202e}", "onload=\"y"] {
        assert!(!page.contains(obeyed), "{obeyed}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
}

#[test]
fn the_page_is_the_same_twice_and_with_any_number_of_shards() {
    for log in [FITCORP, "fixtures/everybody-gets-a-second-approval/activities.ndjson"] {
        let arguments = |shards| [log, "--as-of", "2024-12-31", "--shards", shards];
        let first = page(&arguments("1"), b"");
        for shards in ["1", "2", "5"] {
            assert!(page(&arguments(shards), b"") == first, "{log} with {shards} shards");
        }
    }
}

#[test]
fn silence_is_never_taken_for_health() {
    let quiet = page(&[FITCORP, "--as-of", "2024-02-10"], b"");
    assert!(quiet.contains("No alert is open. 4 accounts have not enough data to be judged."), "{quiet}");
    assert!(
        quiet.contains("<dt>Calm</dt><dd>0</dd>") && quiet.contains("<dt>Not enough data</dt><dd>4</dd>")
    );
    let empty = page(&["-"], b"");
    assert!(empty.contains("No activities were read: there is nothing to judge."));
}
