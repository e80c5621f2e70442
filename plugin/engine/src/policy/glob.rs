//! Patterns of account names: `*` is any text, `?` one character.
//!
//! A policy may have a thousand of them and is asked for every account, so a pattern is looked for in steps that add up to
//! little more than the length of the name, whatever the pattern is.

/// Bytes of a pattern: no name is longer.
pub(super) const BYTES_MAX: usize = crate::activity::NAME_BYTES_MAX;
/// Signs that stand for something else in a pattern.
pub(super) const SIGNS_MAX: usize = 16;

/// A pattern, as it is looked for.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    first: Part,
    /// What comes behind each `*`, the last of them apart.
    middle: Vec<Part>,
    /// None: there is no `*`.
    last: Option<Part>,
}

/// Texts with one character between each and the next.
#[derive(Clone, Debug)]
struct Part(Vec<Box<str>>);

impl Glob {
    /// Reads a pattern.
    pub(super) fn new(pattern: &str) -> Self {
        let mut parts = pattern.split('*').map(|part| Part(part.split('?').map(Box::from).collect()));
        let first = parts.next().unwrap_or(Part(Vec::new()));
        let mut middle: Vec<Part> = parts.collect();
        let last = middle.pop();
        Self { first, middle, last }
    }

    /// Whether a pattern is short enough.
    pub(super) fn is_within_limits(pattern: &str) -> bool {
        pattern.len() <= BYTES_MAX
            && pattern.bytes().filter(|byte| matches!(byte, b'*' | b'?')).count() <= SIGNS_MAX
    }

    /// Whether `name` is one of those it stands for.
    pub(super) fn matches(&self, name: &str) -> bool {
        let Some(mut rest) = self.first.begins(name) else { return false };
        let Some(last) = &self.last else { return rest.is_empty() };
        // The first place is the best: it leaves most for what follows.
        for part in &self.middle {
            let Some(left) = part.find(rest) else { return false };
            rest = left;
        }
        last.ends(rest)
    }
}

impl Part {
    /// What is left of a text that begins with it.
    fn begins<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text;
        for (place, piece) in self.0.iter().enumerate() {
            if place > 0 {
                let mut after = rest.chars();
                after.next()?;
                rest = after.as_str();
            }
            rest = rest.strip_prefix(&**piece)?;
        }
        Some(rest)
    }

    /// What is left behind its first place in a text.
    fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        if let [piece] = self.0.as_slice() {
            return text.split_once(&**piece).map(|(_, rest)| rest);
        }
        text.char_indices().find_map(|(at, _)| self.begins(text.get(at..)?))
    }

    fn ends(&self, text: &str) -> bool {
        if let [piece] = self.0.as_slice() {
            return text.ends_with(&**piece);
        }
        let chars = self.0.iter().map(|piece| piece.chars().count()).sum::<usize>() + self.0.len() - 1;
        let start = text.char_indices().rev().nth(chars - 1);
        start.and_then(|(at, _)| self.begins(text.get(at..)?)) == Some("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By trying everything.
    fn slowly(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, _) => name.is_empty(),
            (Some(('*', rest)), _) => (0..=name.len()).any(|at| slowly(rest, &name[at..])),
            (Some(('?', rest)), Some((_, left))) => slowly(rest, left),
            (Some((sign, rest)), Some((found, left))) => sign == found && slowly(rest, left),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn a_pattern_is_what_trying_everything_says(pattern in "[abé*?]{0,8}", name in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Glob::new(&pattern).matches(&name), slowly(&chars(&pattern), &chars(&name)));
        }
    }

    #[test]
    fn patterns_have_limits() {
        assert!(Glob::is_within_limits("north-*-??"));
        assert!(!Glob::is_within_limits(&"a".repeat(BYTES_MAX + 1)));
        assert!(!Glob::is_within_limits(&"a*".repeat(SIGNS_MAX + 1)));
    }
}
