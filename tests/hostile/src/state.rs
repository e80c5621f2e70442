//! What the hostile component remembers, as text and back.

/// All it knows.
pub(crate) struct State {
    pub(crate) policy: String,
    pub(crate) lines: Vec<String>,
    pub(crate) now: i64,
    /// Whether `status` was called on this very instance; in no snapshot.
    pub(crate) asked: bool,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self { policy: String::new(), lines: Vec::new(), now: 0, asked: false }
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    /// The time, the number of lines, the lines, the policy.
    pub(crate) fn write(&self) -> String {
        let lines: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        format!("{}\n{}\n{lines}{}", self.now, self.lines.len(), self.policy)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.lines();
        let now = parts.next()?.parse().ok()?;
        let count = parts.next()?.parse().ok()?;
        let lines = parts.by_ref().take(count).map(str::to_owned).collect();
        Some(Self { policy: parts.collect::<Vec<_>>().join("\n"), lines, now, asked: false })
    }
}
