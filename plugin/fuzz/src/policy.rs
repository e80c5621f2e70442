//! Policies: each is one that can be written down and read again, or a list of problems.

use redtape_engine::activity::Profile;
use redtape_engine::policy::Policy;
use redtape_engine::problem::PROBLEMS_MAX;

/// Reads `bytes` as a policy.
///
/// # Panics
/// Where a policy reads otherwise from its own text, a value comes from a place that is not there, or problems are not told as they must be.
pub fn policy(bytes: &[u8]) {
    match Policy::parse(&String::from_utf8_lossy(bytes)) {
        Ok(policy) => {
            let again = Policy::parse(&policy.text).expect("a policy can be read from its text");
            assert_eq!(format!("{again:?}"), format!("{policy:?}"));
            let written: serde_json::Value = serde_json::from_str(&policy.text).expect("it is JSON");
            for held in policy.view("acme", &Profile::default()).settings {
                let source = Some(held.source).filter(|source| !source.is_empty());
                assert!(source.is_none_or(|source| written.pointer(&source).is_some()), "{}", held.field);
            }
        }
        Err(problems) => {
            assert!((1..=PROBLEMS_MAX).contains(&problems.len()), "{} problems", problems.len());
            for problem in problems {
                assert_eq!(problem.line, 0);
                super::check_told(&problem.field, &problem.found, &problem.expected);
            }
        }
    }
}
