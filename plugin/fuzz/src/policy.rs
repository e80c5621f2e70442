//! Policies: each is one that can be written down and read again, or a list of problems.

use redtape_plugin::policy::Policy;
use redtape_plugin::problem::PROBLEMS_MAX;

/// Reads `bytes` as a policy.
///
/// # Panics
/// Where a policy reads otherwise from its own text, or problems are not told as they must be.
pub fn policy(bytes: &[u8]) {
    match Policy::parse(&String::from_utf8_lossy(bytes)) {
        Ok(policy) => {
            let again = Policy::parse(&policy.text).expect("a policy can be read from its text");
            assert_eq!(format!("{again:?}"), format!("{policy:?}"));
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
