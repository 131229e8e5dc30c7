//! Search in linear time.

/// A pattern that is found in time that is linear in the text, whatever both contain (Knuth, Morris, Pratt).
pub(crate) struct Pattern {
    bytes: Vec<u8>,
    /// For each beginning of the pattern: the length of the longest shorter beginning that it ends with.
    borders: Vec<usize>,
}

impl Pattern {
    pub(crate) fn new(bytes: Vec<u8>) -> Pattern {
        let mut pattern = Pattern { borders: vec![0], bytes };
        let mut border = 0;
        for at in 1..pattern.bytes.len() {
            border = pattern.next(border, pattern.bytes.get(at));
            pattern.borders.push(border);
        }
        pattern
    }

    /// Passes the range of each match, and that of a beginning of the pattern at the end of the text.
    pub(crate) fn find(&self, text: impl Iterator<Item = u8>, mut found: impl FnMut(usize, usize, bool)) {
        let (mut matched, mut end) = (0, 0_usize);
        for byte in text {
            matched = self.next(matched, Some(&byte));
            end = end.saturating_add(1);
            if matched == self.bytes.len() {
                found(end.saturating_sub(matched), end, true);
            }
        }
        if matched > 0 && matched < self.bytes.len() {
            found(end.saturating_sub(matched), end, false);
        }
    }

    /// Returns the length of the beginning that a text ends with after this byte, from that length before it.
    fn next(&self, mut matched: usize, byte: Option<&u8>) -> usize {
        while self.bytes.get(matched) != byte {
            let Some(before) = matched.checked_sub(1) else { return 0 };
            matched = self.borders.get(before).copied().unwrap_or_default();
        }
        matched.saturating_add(1)
    }
}
