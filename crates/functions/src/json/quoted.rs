//! JSON strings: decoding their escapes, and writing them as Jackson does.

/// The text of a string whose escapes are well-formed. Half of a surrogate pair becomes `?`, as it does when Java writes
/// such a text as UTF-8.
pub(super) fn decode(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, after)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = after.chars();
        match chars.next() {
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('u') => {
                let (decoded, after) = unicode(chars.as_str());
                text.push(decoded);
                rest = after;
                continue;
            }
            itself => text.extend(itself),
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    text
}

/// The character of `\u` followed by `text`, and what comes after it.
fn unicode(text: &str) -> (char, &str) {
    let Some((first, after)) = hex4(text) else { return ('?', text) };
    if let Some(decoded) = char::from_u32(first) {
        return (decoded, after);
    }
    let pair = after.strip_prefix("\\u").and_then(hex4).and_then(|(second, after)| {
        let halves = (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&second);
        let code = halves.then(|| 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))?;
        Some((char::from_u32(code)?, after))
    });
    pair.unwrap_or(('?', after))
}

fn hex4(text: &str) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, after))
}

/// Hands `text` to `sink` as the inside of a JSON string, piece by piece: quotes, backslashes and control characters are
/// escaped, nothing else.
pub(crate) fn escape<E>(text: &str, mut sink: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    let mut rest = text;
    // What needs an escape is one byte, so neither cut can fall inside a character.
    while let Some(at) = rest.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\') {
        let (plain, after) = rest.split_at(at);
        let (special, after) = after.split_at(1);
        sink(plain)?;
        match special {
            "\"" => sink("\\\"")?,
            "\\" => sink("\\\\")?,
            "\n" => sink("\\n")?,
            "\r" => sink("\\r")?,
            "\t" => sink("\\t")?,
            "\u{8}" => sink("\\b")?,
            "\u{c}" => sink("\\f")?,
            control => sink(&format!("\\u{:04X}", control.bytes().next().unwrap_or_default()))?,
        }
        rest = after;
    }
    sink(rest)
}
