use memchr::memmem;

/// The places in a chunk at which links may begin.
pub(super) struct Places<'a> {
    bytes: &'a [u8],
    /// The next link whose beginning is not escaped, if it was looked for.
    link: Option<usize>,
    /// The next escape such as `\u0066`, if it was looked for.
    escape: Option<usize>,
}

impl<'a> Places<'a> {
    const BEGINNING: &'static [u8] = b"file:";

    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, link: None, escape: None }
    }

    /// Returns the first place from `at` on at which a link may begin; at the end, only a part of it may be there.
    pub(super) fn link_after(&mut self, at: usize) -> usize {
        // Looked for again only when it is passed, so that each byte is read once for each of the two.
        let rest = self.bytes.get(at..).unwrap_or_default();
        let find = |part: &[u8]| memmem::find(rest, part).and_then(|place| at.checked_add(place));
        let is_ahead = |place: &usize| *place >= at;
        let end = self.bytes.len();
        let link = self.link.filter(is_ahead).unwrap_or_else(|| find(Self::BEGINNING).unwrap_or(end));
        let may_end_within = || end.saturating_sub(rest.ends_with(b"\\").into());
        let escape =
            self.escape.filter(is_ahead).unwrap_or_else(|| find(b"\\u").unwrap_or_else(may_end_within));
        (self.link, self.escape) = (Some(link), Some(escape));
        let before = self.bytes.get(at..escape).unwrap_or_default();
        let begun = (1..Self::BEGINNING.len()).rev().filter_map(|len| Self::BEGINNING.get(..len));
        let begun = begun.map(|begun| if before.ends_with(begun) { begun.len() } else { 0 }).max();
        link.min(escape.saturating_sub(begun.unwrap_or_default()))
    }
}
