//! Rounds in which shards agree before time moves: numbers in, their sums out. What they mean is the plugin's own.

use crate::error::Error;

/// Rounds before one move of time, enough for three centuries of weeks at once; a plugin that wants more does not come
/// to an end.
const ROUNDS_MAX: usize = 100_000;

/// How far the agreement before one move of time has come.
#[derive(Debug, Default)]
pub(crate) struct Agreement {
    sums: Vec<i64>,
    /// Shards that have answered in this round.
    answered: usize,
    rounds: usize,
    /// Shards that have nothing more to say.
    agreed: usize,
}

impl Agreement {
    /// Adds the numbers of one of `shards`; gives the sums once all have answered. They are taken modulo 2^64, so that
    /// they do not depend on who answers first.
    ///
    /// # Errors
    ///
    /// [`Error::Trap`] where the shards answer lists of different lengths, or too often.
    pub(crate) fn add(&mut self, numbers: &[i64], shards: usize) -> Result<Option<Vec<i64>>, Error> {
        if self.answered == 0 {
            self.rounds += 1;
            self.sums = vec![0; numbers.len()];
        }
        if self.agreed > 0 {
            return Err(lengths(0, numbers.len()));
        }
        if self.sums.len() != numbers.len() {
            return Err(lengths(self.sums.len(), numbers.len()));
        }
        if self.rounds > ROUNDS_MAX {
            return Err(failed(format!("the shards do not agree within {ROUNDS_MAX} rounds")));
        }
        for (sum, number) in self.sums.iter_mut().zip(numbers) {
            *sum = sum.wrapping_add(*number);
        }
        self.answered += 1;
        if self.answered < shards {
            return Ok(None);
        }
        self.answered = 0;
        Ok(Some(std::mem::take(&mut self.sums)))
    }

    /// A shard has answered `[]`; gives how many have.
    ///
    /// # Errors
    ///
    /// [`Error::Trap`] where another one has answered something else.
    pub(crate) fn end(&mut self) -> Result<usize, Error> {
        if self.answered > 0 {
            return Err(lengths(0, self.sums.len()));
        }
        self.agreed += 1;
        Ok(self.agreed)
    }
}

fn lengths(one: usize, other: usize) -> Error {
    let (less, more) = (one.min(other), one.max(other));
    failed(format!("one shard answered {less} numbers and another {more}: expected as many of each"))
}

fn failed(why: String) -> Error {
    redtape::Error::Trap { call: "agree", source: why.into() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    fn why(error: &Error) -> String {
        format!("{error}: {}", error.source().unwrap())
    }

    #[test]
    fn numbers_are_added_element_by_element() {
        let mut agreement = Agreement::default();
        assert_eq!(agreement.add(&[1, i64::MAX], 3).unwrap(), None);
        assert_eq!(agreement.add(&[20, 1], 3).unwrap(), None);
        assert_eq!(agreement.add(&[300, -1], 3).unwrap(), Some(vec![321, i64::MAX]));
        assert_eq!(agreement.add(&[7], 1).unwrap(), Some(vec![7]), "the next round has its own length");
        assert_eq!((agreement.end().unwrap(), agreement.end().unwrap()), (1, 2));
    }

    #[test]
    fn lists_of_different_lengths_are_a_fault() {
        let said = "plugin failed during `agree`: one shard answered 1 numbers and another 2: expected as many of each";
        let mut agreement = Agreement::default();
        agreement.add(&[1], 2).unwrap();
        assert_eq!(why(&agreement.add(&[1, 2], 2).unwrap_err()), said);
        let said = said.replace("1 numbers and another 2", "0 numbers and another 1");
        assert_eq!(why(&agreement.end().unwrap_err()), said);
        let mut agreement = Agreement::default();
        agreement.end().unwrap();
        assert_eq!(why(&agreement.add(&[1], 2).unwrap_err()), said);
    }

    #[test]
    fn an_agreement_comes_to_an_end() {
        let mut agreement = Agreement::default();
        for _ in 0..ROUNDS_MAX {
            agreement.add(&[1], 1).unwrap();
        }
        let error = agreement.add(&[1], 1).unwrap_err();
        assert_eq!(why(&error), "plugin failed during `agree`: the shards do not agree within 100000 rounds");
    }
}
