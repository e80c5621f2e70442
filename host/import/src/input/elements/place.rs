//! Where a JSON value ends, found without taking it apart.

/// Where in a value a walk is.
#[derive(Debug, Default)]
pub(super) struct Place {
    depth: u64,
    is_text: bool,
    is_escaped: bool,
    /// Whether the value is a number or a word, which ends where something else begins.
    is_bare: bool,
    /// Whether documents begin with lines: then a line that begins like one is no part of a value.
    by_lines: bool,
    /// Whether the last byte ended a line.
    is_margin: bool,
}

/// How far a walk came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// To the end of the value.
    Whole,
    /// To the end of the bytes.
    Part,
    /// To where another document begins inside of it.
    Cut,
}

impl Place {
    pub(super) fn new(by_lines: bool) -> Self {
        Self { by_lines, ..Self::default() }
    }

    /// Whether the value may end where the input ends.
    pub(super) fn is_bare(&self) -> bool {
        self.is_bare && self.depth == 0
    }

    /// Walks on; gives how many bytes belong to the value, and how far it came.
    pub(super) fn walk(&mut self, bytes: &[u8]) -> (usize, Walked) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.is_text {
                let (taken, walked) = self.text(bytes.get(at..).unwrap_or_default());
                at += taken;
                if walked == Walked::Cut || (!self.is_text && self.depth == 0) {
                    return (at, walked);
                }
                continue;
            }
            let is_margin = std::mem::take(&mut self.is_margin);
            match byte {
                b'{' | b'[' if is_margin && self.depth > 0 => return (at, Walked::Cut),
                b'"' if !self.is_bare => self.is_text = true,
                b'{' | b'[' if !self.is_bare => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, Walked::Whole);
                    }
                }
                b'\n' if self.depth > 0 => self.is_margin = self.by_lines,
                // Whatever cannot be part of it ends a bare value; one byte is taken at least, so that a walk gets on.
                b',' | b']' | b'}' | b':' | b'"' | b'{' | b'[' if self.depth == 0 => {
                    return (if self.is_bare { at } else { at + 1 }, Walked::Whole);
                }
                byte if self.depth == 0 && byte.is_ascii_whitespace() && self.is_bare => {
                    return (at, Walked::Whole);
                }
                _ if self.depth == 0 => self.is_bare = true,
                _ => {}
            }
            at += 1;
        }
        (at, Walked::Part)
    }

    /// Walks through a text; gives how many bytes of it there are.
    fn text(&mut self, bytes: &[u8]) -> (usize, Walked) {
        let mut at = 0;
        if self.is_escaped {
            self.is_escaped = false;
            at = 1;
        }
        while let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', bytes.get(at..).unwrap_or_default()) {
            at += found + 1;
            match bytes.get(at - 1) {
                Some(b'"') => {
                    self.is_text = false;
                    return (at, Walked::Whole);
                }
                // A text has no line breaks: where lines are documents, it was cut off.
                Some(b'\n') if self.by_lines => return (at - 1, Walked::Cut),
                Some(b'\n') => {}
                _ if at >= bytes.len() => {
                    self.is_escaped = true;
                    return (at, Walked::Part);
                }
                _ => at += 1,
            }
        }
        (bytes.len(), Walked::Part)
    }
}
