//! Windows at the end of keys: eight bytes of the start, before it those of the end where windows have no fixed length.

use millstream_types::KeyWindow;

use crate::json::Json;

/// Bytes of one bound.
const BOUND: usize = 8;

/// A window as a test writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    start: i64,
    end: Option<i64>,
    session: bool,
}

impl Window {
    /// The window of `{"start": ms, "end": ms, "type": "time" or "session"}`.
    ///
    /// # Errors
    /// A bound that its kind needs is missing, or it is of another kind.
    pub(super) fn of_json(json: &Json) -> Result<Self, String> {
        let kind = json.text_of("type").unwrap_or_default();
        let session = kind.eq_ignore_ascii_case("session");
        let (start, end) = (json.integer_of("start"), json.integer_of("end"));
        match start {
            Some(start) if end.is_some() || !session && kind.eq_ignore_ascii_case("time") => {
                Ok(Self { start, end, session })
            }
            _ => Err(format!("not a window: {json}")),
        }
    }

    /// What stands behind the bytes of a key in it.
    pub(super) fn suffix(self) -> Vec<u8> {
        let end = self.end.filter(|_| self.session);
        end.into_iter().chain([self.start]).flat_map(i64::to_be_bytes).collect()
    }

    /// Whether an actual window is this one; the end of a window of fixed length may be left out.
    pub(super) fn is(self, actual: Self) -> bool {
        let same_end = self.end.is_none() || self.end == actual.end;
        self.start == actual.start && same_end && self.session == actual.session
    }
}

/// A key without its window, if its topic's keys have any.
///
/// # Errors
/// It is too short to have one.
pub fn bare_key(key: Option<&[u8]>, window: Option<KeyWindow>) -> Result<Option<&[u8]>, String> {
    match (key, window) {
        (Some(key), Some(window)) => split(key, window).map(|(key, _)| Some(key)),
        _ => Ok(key),
    }
}

/// The start and the end of the window of a key, as far as it tells them.
///
/// # Errors
/// It is too short to have one.
pub fn bounds(key: Option<&[u8]>, window: Option<KeyWindow>) -> Result<[Option<i64>; 2], String> {
    match (key, window) {
        (Some(key), Some(window)) => split(key, window).map(|(_, window)| [Some(window.start), window.end]),
        _ => Ok([None, None]),
    }
}

/// A key and its window.
///
/// # Errors
/// It is too short to have one.
pub(super) fn split(key: &[u8], window: KeyWindow) -> Result<(&[u8], Window), String> {
    let bounds = if window == KeyWindow::Session { 2 } else { 1 };
    let inner = key.len().checked_sub(bounds * BOUND).ok_or_else(|| format!("{} bytes hold no window", key.len()))?;
    let (key, suffix) = key.split_at(inner);
    let mut bounds = suffix.chunks_exact(BOUND).filter_map(|b| b.try_into().ok()).map(i64::from_be_bytes);
    let (first, last) = (bounds.next().unwrap_or_default(), bounds.next());
    let session = window == KeyWindow::Session;
    // Of two bounds the end comes first.
    let (start, end) =
        last.map_or((first, window.size_ms().map(|size| first.saturating_add(size))), |s| (s, Some(first)));
    Ok((key, Window { start, end, session }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    fn window(text: &str) -> Result<Window, String> {
        Window::of_json(&parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn keys_end_with_their_windows() {
        for (text, kind) in [
            (r#"{"start":10,"end":15,"type":"time"}"#, KeyWindow::Tumbling { size_ms: 5 }),
            (r#"{"start":10,"end":15,"type":"time"}"#, KeyWindow::Hopping { size_ms: 5 }),
            (r#"{"start":10,"end":12,"type":"session"}"#, KeyWindow::Session),
        ] {
            let window = window(text).unwrap();
            let key = [b"abc".as_slice(), &window.suffix()].concat();
            let (inner, actual) = split(&key, kind).unwrap();
            assert!(inner == b"abc" && window.is(actual), "{actual:?}");
        }
        let time = window(r#"{"start":10,"end":15,"type":"time"}"#).unwrap();
        for other in [
            r#"{"start":10,"end":15,"type":"session"}"#,
            r#"{"start":10,"end":16,"type":"time"}"#,
            r#"{"start":11,"end":15,"type":"time"}"#,
        ] {
            assert!(!window(other).unwrap().is(time), "{other}");
        }
        assert!(window(r#"{"start":10,"type":"time"}"#).unwrap().is(time));
        assert!(window(r#"{"start":10,"type":"session"}"#).is_err() && window("{}").is_err());
        assert!(split(b"short", KeyWindow::Session).is_err());
    }
}
