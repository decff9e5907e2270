//! What PRINT takes bytes for: every format that all records so far could be in, tried in ksqlDB's order.

use millstream_schemas::{Registry, SchemaKind};
use millstream_types::java_double;

use super::registered;

/// Bounds of windows that are believed: from 2000 to 2100, ms. Other bytes that happen to be 16 long are no windows.
const WINDOW_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// The formats that one side of all records so far could have.
pub(super) struct Guess {
    candidates: Vec<Candidate>,
    /// Some record had bytes.
    seen: bool,
    /// Where schemas stand.
    registry: Registry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    window: Option<Window>,
    format: Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    Session,
    Hopping,
    Tumbling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    Avro,
    Protobuf,
    Json,
    JsonSr,
    Int,
    Bigint,
    Double,
    Text,
}

const PLAIN: [Plain; 8] =
    [Plain::Avro, Plain::Protobuf, Plain::Json, Plain::JsonSr, Plain::Int, Plain::Bigint, Plain::Double, Plain::Text];

impl Guess {
    /// Nothing is known yet of values.
    pub(super) fn of_values(registry: Registry) -> Self {
        let candidates = PLAIN.iter().map(|&format| Candidate { window: None, format }).collect();
        Self { candidates, seen: false, registry }
    }

    /// Nothing is known yet of keys, which may carry a window.
    pub(super) fn of_keys(registry: Registry) -> Self {
        let windows = [Some(Window::Session), Some(Window::Hopping), Some(Window::Tumbling), None];
        let all = windows.iter().flat_map(|&window| PLAIN.iter().map(move |&format| Candidate { window, format }));
        Self { candidates: all.collect(), seen: false, registry }
    }

    /// Drops what these bytes cannot be. Absent ones say nothing.
    pub(super) fn learn(&mut self, bytes: Option<&[u8]>) {
        if let Some(bytes) = bytes {
            self.seen = true;
            let registry = &self.registry;
            self.candidates.retain(|candidate| candidate.text(bytes, registry).is_some());
        }
    }

    /// Bytes that were learnt, by the first format that is left.
    pub(super) fn text(&self, bytes: Option<&[u8]>) -> String {
        let Some(bytes) = bytes else { return "<null>".to_owned() };
        let registry = &self.registry;
        self.candidates.iter().find_map(|candidate| candidate.text(bytes, registry)).unwrap_or_else(|| escaped(bytes))
    }

    /// The formats that are left: `JSON or KAFKA_STRING`.
    pub(super) fn names(&self) -> String {
        if !self.seen {
            return "¯\\_(ツ)_/¯ - no data processed".to_owned();
        }
        if self.candidates.is_empty() {
            return "UNRECOGNISED_BYTES".to_owned();
        }
        self.candidates.iter().map(|candidate| candidate.name()).collect::<Vec<_>>().join(" or ")
    }
}

impl Candidate {
    fn name(self) -> String {
        let plain = match self.format {
            Plain::Avro => "AVRO",
            Plain::Protobuf => "PROTOBUF",
            Plain::Json => "JSON",
            Plain::JsonSr => "JSON_SR",
            Plain::Int => "KAFKA_INT",
            Plain::Bigint => "KAFKA_BIGINT",
            Plain::Double => "KAFKA_DOUBLE",
            Plain::Text => "KAFKA_STRING",
        };
        match self.window {
            None => plain.to_owned(),
            Some(Window::Session) => format!("SESSION({plain})"),
            Some(Window::Hopping) => format!("HOPPING({plain})"),
            Some(Window::Tumbling) => format!("TUMBLING({plain})"),
        }
    }

    /// The bytes as text, if they can be of this format.
    fn text(self, bytes: &[u8], registry: &Registry) -> Option<String> {
        match self.window {
            None => self.format.text(bytes, registry),
            Some(Window::Session) => {
                let (rest, start) = last_long(bytes)?;
                let (key, end) = last_long(rest)?;
                let believed = WINDOW_MS.contains(&start) && WINDOW_MS.contains(&end) && start <= end;
                believed.then(|| self.format.text(key, registry).map(|key| format!("[{key}@{start}/{end}]")))?
            }
            Some(Window::Hopping | Window::Tumbling) => {
                let (key, start) = last_long(bytes)?;
                WINDOW_MS
                    .contains(&start)
                    .then(|| self.format.text(key, registry).map(|key| format!("[{key}@{start}/-]")))?
            }
        }
    }
}

/// The big-endian number at the end, and what stands before it.
fn last_long(bytes: &[u8]) -> Option<(&[u8], i64)> {
    let (rest, long) = bytes.split_last_chunk::<8>()?;
    Some((rest, i64::from_be_bytes(*long)))
}

impl Plain {
    fn text(self, bytes: &[u8], registry: &Registry) -> Option<String> {
        match self {
            Self::Avro => registered::text(SchemaKind::Avro, bytes, registry),
            Self::Protobuf => registered::text(SchemaKind::Protobuf, bytes, registry),
            Self::JsonSr => registered::text(SchemaKind::Json, bytes, registry),
            Self::Json => {
                let text = std::str::from_utf8(bytes).ok()?;
                let composed = text.trim_start().starts_with(['{', '[']);
                let valid = composed && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
                valid.then(|| compact(text))
            }
            Self::Int => bytes.try_into().ok().map(|b| i32::from_be_bytes(b).to_string()),
            Self::Bigint => bytes.try_into().ok().map(|b| i64::from_be_bytes(b).to_string()),
            Self::Double => bytes.try_into().ok().map(|b| {
                let mut text = Vec::new();
                java_double(f64::from_be_bytes(b), &mut text);
                String::from_utf8_lossy(&text).into_owned()
            }),
            Self::Text => std::str::from_utf8(bytes).ok().map(str::to_owned),
        }
    }
}

/// Valid JSON without the blanks between its parts; numbers and escapes stay as they were written.
pub(super) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in json.chars() {
        if in_string {
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    out
}

/// Bytes of no known format, as Kafka's own classes print them.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\x5C"),
            b' '..=b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("\\x{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(all: &[&[u8]]) -> (String, Vec<String>) {
        let mut guess = Guess::of_values(Registry::none());
        all.iter().for_each(|bytes| guess.learn(Some(bytes)));
        (guess.names(), all.iter().map(|bytes| guess.text(Some(bytes))).collect())
    }

    #[test]
    fn values_narrow_to_what_all_could_be() {
        for (all, names, texts) in [
            (vec![&br#"{ "a" : 1.10, "b\"" : [ 1 ] }"#[..]], "JSON or KAFKA_STRING", vec![r#"{"a":1.10,"b\"":[1]}"#]),
            (vec![b"{}", b"text"], "KAFKA_STRING", vec!["{}", "text"]),
            (vec![&[0, 0, 0, 5], &[0, 0, 1, 0]], "KAFKA_INT or KAFKA_STRING", vec!["5", "256"]),
            (vec![&[255, 255, 255, 255]], "KAFKA_INT", vec!["-1"]),
            (
                vec![&1.5f64.to_be_bytes(), &[128, 0, 0, 0, 0, 0, 0, 1]],
                "KAFKA_BIGINT or KAFKA_DOUBLE",
                vec!["4609434218613702656", "-9223372036854775807"],
            ),
            (vec![&[255, b'a', b'\\', 9], b"x"], "UNRECOGNISED_BYTES", vec!["\\xFFa\\x5C\\x09", "x"]),
            (vec![b"12"], "KAFKA_STRING", vec!["12"]),
        ] {
            let (got, shown) = values(&all);
            assert_eq!((got.as_str(), shown), (names, texts.iter().map(|t| (*t).to_owned()).collect()), "{all:?}");
        }
    }

    #[test]
    fn nulls_say_nothing() {
        let mut guess = Guess::of_keys(Registry::none());
        guess.learn(None);
        assert_eq!((guess.names().as_str(), guess.text(None).as_str()), ("¯\\_(ツ)_/¯ - no data processed", "<null>"));
    }

    #[test]
    fn keys_may_carry_windows() {
        let start = 1_700_000_000_000_i64;
        let mut key = b"k".to_vec();
        key.extend_from_slice(&start.to_be_bytes());
        let mut guess = Guess::of_keys(Registry::none());
        guess.learn(Some(&key));
        assert_eq!(guess.names(), "HOPPING(KAFKA_STRING) or TUMBLING(KAFKA_STRING)");
        assert_eq!(guess.text(Some(&key)), "[k@1700000000000/-]");

        let mut key = b"k".to_vec();
        key.extend_from_slice(&(start + 5).to_be_bytes());
        key.extend_from_slice(&start.to_be_bytes());
        let mut guess = Guess::of_keys(Registry::none());
        guess.learn(Some(&key));
        assert_eq!(guess.text(Some(&key)), "[k@1700000000000/1700000000005]");
        assert!(guess.names().starts_with("SESSION(KAFKA_STRING)"), "{}", guess.names());
    }
}
