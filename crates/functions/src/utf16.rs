//! Positions in text as ksqlDB counts them: in UTF-16 code units.

use std::borrow::Cow;

/// How many UTF-16 units `text` has: one a character, two for those outside the basic plane.
pub(crate) fn len(text: &str) -> usize {
    // Each leading byte is a character; leading bytes from F0 start four-byte sequences, which are surrogate pairs.
    text.as_bytes().iter().map(|&b| usize::from(b & 0xC0 != 0x80) + usize::from(b >= 0xF0)).sum()
}

/// The units `from..to` of `text`. Half of a surrogate pair becomes `?`, as it does when Java writes such text as UTF-8.
pub(crate) fn slice(text: &str, from: usize, to: usize) -> Cow<'_, str> {
    if text.is_ascii() {
        let to = to.min(text.len());
        return Cow::Borrowed(text.get(from.min(to)..to).unwrap_or_default());
    }
    let (mut unit, mut start, mut end, mut broken) = (0, None, text.len(), (false, false));
    for (offset, character) in text.char_indices() {
        if start.is_none() && unit >= from {
            start = Some(offset);
            broken.0 = unit > from && from < to;
        }
        if unit + character.len_utf16() > to {
            end = offset;
            broken.1 = unit < to && unit >= from;
            break;
        }
        unit += character.len_utf16();
    }
    let start = start.unwrap_or(text.len()).min(end);
    let whole = text.get(start..end).unwrap_or_default();
    match broken {
        (false, false) => Cow::Borrowed(whole),
        (before, after) => {
            Cow::Owned(format!("{}{whole}{}", if before { "?" } else { "" }, if after { "?" } else { "" }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_cuts_in_utf16_units() {
        assert_eq!(len("aé😀"), 4);
        let cut = |from, to| slice("aé😀b", from, to).into_owned();
        assert_eq!(cut(0, 9), "aé😀b");
        assert_eq!(cut(1, 4), "é😀");
        assert_eq!(cut(3, 5), "?b");
        assert_eq!(cut(1, 3), "é?");
        assert_eq!(cut(4, 5), "b");
        assert_eq!(cut(5, 9), "");
        assert_eq!(slice("stream", 2, 4), "re");
        assert_eq!(slice("stream", 9, 12), "");
    }
}
