//! A policy that was written by the command knows its own end: cut in the middle it would be valid, and less strict.
//!
//! People may change what is between; who takes the first line away, takes the promise away with it.

use crate::policy::WHAT;
use redtape_model::mistakes::{Mistake, Mistakes};

/// The first line, so that every cut behind it shows.
const HEAD: &str = "# A policy written by redtape. Its last line is `# end of policy`: where that is missing, the file was cut.";
/// The last line.
const END: &str = "# end of policy";

/// A policy between its first line and its last one.
pub fn closed(policy: &str) -> String {
    format!("{HEAD}\n{policy}\n{END}\n")
}

/// Refuses a file that says it has an end and has none, and one that is no more than the beginning of such a file.
pub(super) fn check(name: &str, text: &str) -> Result<(), Mistakes> {
    let text = text.trim_start_matches('\u{feff}').trim_end();
    // Nothing at all is a policy that sets nothing, as it always was; the command leaves no such file.
    if text.is_empty() || !(HEAD.starts_with(text) || is_open(text)) {
        return Ok(());
    }
    let message = "the policy ends before its last line, `# end of policy`: the file was cut, or its end was taken away; \
                   write it again, or take its first line away where all of it is there";
    Err(Mistakes::new(WHAT, name, vec![Mistake::at(text, text.len()..text.len(), "", message.to_owned())]))
}

fn is_open(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    lines.next() == Some(HEAD) && !lines.any(|line| line == END)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_was_cut_anywhere_is_refused() {
        let whole = closed("[signals.meeting-count]\nwarning = 5\n");
        assert!(check("p", &whole).is_ok());
        assert!(check("p", &whole.replace('\n', "\r\n")).is_ok());
        assert!(check("p", &format!("{whole}\n[rises]\nlevel = \"notice\"\n")).is_ok(), "people add to it");
        for at in 1..whole.len() - 1 {
            assert!(check("p", &whole[..at]).is_err(), "{at}: {}", &whole[..at]);
        }
    }

    #[test]
    fn what_people_write_needs_no_end() {
        for text in ["[rises]\n", "# nothing is set\n", "# A policy of ours\n", "version = 1\n", " \n"] {
            assert!(check("p", text).is_ok(), "{text}");
        }
    }
}
