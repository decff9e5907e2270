//! Headers that every answer has: `response.http.headers.config`, a list of `ACTION NAME: VALUE`, separated by commas, an
//! entry with commas of its own in double quotes. Actions: `add`, `set`, `addDate`, `setDate`; the value of a date is ms
//! from now.

use arrow::temporal_conversions::timestamp_ms_to_datetime;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use millstream_engine::clock::{Clock, SystemClock};

use crate::properties::{Properties, of_server};

const PROPERTY: &str = "response.http.headers.config";

/// The headers of every answer.
#[derive(Debug, Default)]
pub(super) struct ExtraHeaders(Vec<Extra>);

#[derive(Debug)]
struct Extra {
    name: HeaderName,
    value: Value,
    /// It takes the place of others of its name.
    replaces: bool,
}

#[derive(Debug)]
enum Value {
    Text(HeaderValue),
    /// The time so many ms from now.
    Date(i64),
}

impl ExtraHeaders {
    /// The headers that a server's properties ask for. Errors: an entry is not as it should be.
    pub(super) fn of(defaults: &Properties) -> Result<Self, String> {
        let list = of_server(PROPERTY, defaults).unwrap_or_default();
        let entries = entries(list).into_iter().filter(|entry| !entry.is_empty());
        let wrong = |entry: &str| format!("{PROPERTY}: '{entry}' is not like: set Cache-Control: no-store");
        entries.map(|entry| Extra::read(&entry).ok_or_else(|| wrong(&entry))).collect::<Result<_, _>>().map(Self)
    }

    /// Adds them to an answer's.
    pub(super) fn add(&self, headers: &mut HeaderMap) {
        for extra in &self.0 {
            let Some(value) = extra.value.now() else { continue };
            if extra.replaces {
                headers.insert(extra.name.clone(), value);
            } else {
                headers.append(extra.name.clone(), value);
            }
        }
    }
}

impl Extra {
    fn read(entry: &str) -> Option<Self> {
        let (action, rest) = entry.trim().split_once(char::is_whitespace)?;
        let (name, value) = rest.split_once(':')?;
        let (name, value) = (name.trim().parse().ok()?, value.trim());
        let action = action.to_ascii_lowercase();
        let value = match action.as_str() {
            "add" | "set" => Value::Text(HeaderValue::from_str(value).ok()?),
            "adddate" | "setdate" => Value::Date(value.parse().ok()?),
            _ => return None,
        };
        Some(Self { name, value, replaces: action.starts_with("set") })
    }
}

impl Value {
    fn now(&self) -> Option<HeaderValue> {
        match self {
            Self::Text(value) => Some(value.clone()),
            Self::Date(after_ms) => {
                let time = timestamp_ms_to_datetime(SystemClock::new().now_ms().saturating_add(*after_ms))?;
                HeaderValue::from_str(&time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
            }
        }
    }
}

/// The entries of a list.
fn entries(list: &str) -> Vec<String> {
    let (mut entries, mut entry, mut quoted) = (Vec::new(), String::new(), false);
    for c in list.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => entries.push(std::mem::take(&mut entry).trim().to_owned()),
            c => entry.push(c),
        }
    }
    entries.push(entry.trim().to_owned());
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &str) -> Result<ExtraHeaders, String> {
        ExtraHeaders::of(&[(PROPERTY.to_owned(), list.to_owned())].into())
    }

    #[test]
    fn every_answer_has_them() {
        let list =
            "\"add Cache-Control: no-cache, no-store\", set X-XSS-Protection: 1; mode=block, setDate Expires: 1000";
        let mut headers = HeaderMap::new();
        headers.insert("cache-control", HeaderValue::from_static("private"));
        headers.insert("x-xss-protection", HeaderValue::from_static("0"));
        of(list).unwrap().add(&mut headers);
        let all = |name: &str| headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(all("cache-control"), ["private", "no-cache, no-store"]);
        assert_eq!(all("x-xss-protection"), ["1; mode=block"]);
        assert!(all("expires")[0].ends_with(" GMT"), "{headers:?}");
        let mut none = HeaderMap::new();
        of("").unwrap().add(&mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        for wrong in ["Cache-Control: no-store", "put A: b", "set A", "set A b: c", "setDate A: soon", "set A: a\u{1}"]
        {
            assert!(of(wrong).unwrap_err().contains("is not like"), "{wrong}");
        }
    }
}
