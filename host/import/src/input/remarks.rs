//! What readers took for granted, said while they read.

use std::sync::{Arc, Mutex, PoisonError};

/// Sentences, in the order in which they were said; complete once the input has ended.
#[derive(Clone, Debug, Default)]
pub struct Remarks(Arc<Mutex<Vec<String>>>);

impl Remarks {
    pub(crate) fn say(&self, remark: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(remark);
    }

    /// All that was said so far.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
