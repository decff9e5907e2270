//! What an Accept header asks for: media types with their qualities, and the forms of rows among them.

use super::RowFormat;

/// `application/vnd.ksqlapi.delimited.v1`
pub(super) const DELIMITED: &str = "application/vnd.ksqlapi.delimited.v1";
/// `application/vnd.ksql.v1+json`
pub(super) const ROWS: &str = "application/vnd.ksql.v1+json";
/// `application/vnd.ksql.v1+protobuf`
pub(super) const PROTOBUF: &str = "application/vnd.ksql.v1+protobuf";
/// Plain JSON: whatever the endpoint means by it.
pub(super) const JSON: &str = "application/json";

/// The endpoints that answer with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `/query`, the older one.
    Query,
    /// `/query-stream`
    QueryStream,
}

impl RowFormat {
    /// The form that an Accept header asks for; the first of the best quality. `None`: nothing it names can be had.
    pub(crate) fn negotiate(accept: Option<&str>, endpoint: Endpoint) -> Option<Self> {
        let (any, json) = match endpoint {
            Endpoint::Query => (Self::Rows, Self::Rows),
            Endpoint::QueryStream => (Self::Delimited, Self::JsonArray),
        };
        best(accept, |media| match media {
            "*/*" | "application/*" => Some(any),
            DELIMITED => Some(Self::Delimited),
            JSON => Some(json),
            ROWS => Some(Self::Rows),
            PROTOBUF => Some(Self::Protobuf),
            _ => None,
        })
    }
}

/// Whether an Accept header leaves room for JSON, which is all that most endpoints have.
pub(crate) fn accepts_json(accept: Option<&str>) -> bool {
    best(accept, |media| matches!(media, "*/*" | "application/*" | JSON | ROWS).then_some(())).is_some()
}

/// Of the media types that `known` knows, by their names in lower case, what stands first among those of the best quality.
/// No header, or an empty one, asks for anything.
fn best<T>(accept: Option<&str>, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let accept = accept.map(str::trim).filter(|a| !a.is_empty()).unwrap_or("*/*");
    let mut best: Option<(f32, T)> = None;
    for part in accept.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let Some(found) = known(&pieces.next().unwrap_or_default().to_ascii_lowercase()) else { continue };
        let quality = pieces.find_map(quality).unwrap_or(1.0);
        if quality > 0.0 && best.as_ref().is_none_or(|(q, _)| quality > *q) {
            best = Some((quality, found));
        }
    }
    best.map(|(_, found)| found)
}

/// The value of a parameter `q=`; one that is no number asks for nothing.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_rows() {
        let check = |accept: Option<&str>, want: Option<RowFormat>| {
            assert_eq!(RowFormat::negotiate(accept, Endpoint::QueryStream), want, "{accept:?}");
        };
        check(None, Some(RowFormat::Delimited));
        check(Some("*/*"), Some(RowFormat::Delimited));
        check(Some("application/json"), Some(RowFormat::JsonArray));
        check(Some("application/vnd.ksql.v1+json"), Some(RowFormat::Rows));
        check(Some("application/vnd.ksql.v1+protobuf"), Some(RowFormat::Protobuf));
        check(Some("text/html, application/json;q=0.5, */*;q=0.1"), Some(RowFormat::JsonArray));
        check(
            Some("application/json; charset=utf-8; Q = 0.2, application/vnd.ksql.v1+json;q=.9"),
            Some(RowFormat::Rows),
        );
        check(Some("application/json;q=0, */*"), Some(RowFormat::Delimited));
        check(Some("text/html"), None);
        check(Some("application/json;q=x"), None);
        let query = |accept: Option<&str>| RowFormat::negotiate(accept, Endpoint::Query);
        assert_eq!(query(None), Some(RowFormat::Rows));
        assert_eq!(query(Some("application/json")), Some(RowFormat::Rows));
        assert_eq!(query(Some(DELIMITED)), Some(RowFormat::Delimited));
        assert_eq!(query(Some(PROTOBUF)), Some(RowFormat::Protobuf));
    }

    #[test]
    fn room_for_json() {
        for accept in [None, Some(""), Some("text/html,*/*;q=0.8"), Some(ROWS), Some("Application/JSON; charset=utf-8")]
        {
            assert!(accepts_json(accept), "{accept:?}");
        }
        for accept in ["text/plain", "application/json;q=0", PROTOBUF, DELIMITED] {
            assert!(!accepts_json(Some(accept)), "{accept}");
        }
    }
}
