//! Pages of other origins: who may ask, as `access.control.allow.origin` says, and what a browser is told beforehand.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::properties::{Properties, of_server};

/// Methods and headers when nobody names any, ksqlDB's.
const METHODS: &str = "GET,POST,HEAD";
const HEADERS: &str = "X-Requested-With,Content-Type,Accept,Origin";

/// Which origins may ask, and how.
pub(super) struct Cors {
    /// `*` within one stands for anything.
    origins: Vec<String>,
    methods: HeaderValue,
    headers: HeaderValue,
}

/// What becomes of a request.
pub(super) enum Verdict {
    /// It goes on; its answer has these headers.
    Pass(Vec<(HeaderName, HeaderValue)>),
    /// It has its answer.
    Answered(Box<Response>),
}

impl Cors {
    /// `None`: browsers are told nothing, which keeps other origins out.
    pub(super) fn of(defaults: &Properties) -> Option<Self> {
        let list = |name: &str, otherwise: &str| {
            let given = of_server(name, defaults).filter(|list| !list.trim().is_empty()).unwrap_or(otherwise);
            let items: Vec<&str> = given.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
            items.join(",")
        };
        let origins = list("access.control.allow.origin", "");
        let value = |text: String| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        (!origins.is_empty()).then(|| Self {
            origins: origins.split(',').map(str::to_owned).collect(),
            methods: value(list("access.control.allow.methods", METHODS)),
            headers: value(list("access.control.allow.headers", HEADERS)),
        })
    }

    /// What becomes of a request.
    pub(super) fn judge(&self, request: &Request) -> Verdict {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return Verdict::Pass(Vec::new()) };
        let Some(allowed) = self.allowed(origin) else {
            let refused = (StatusCode::FORBIDDEN, "CORS Rejected - Invalid origin");
            return Verdict::Answered(Box::new(refused.into_response()));
        };
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !preflight {
            return Verdict::Pass(allowed);
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().extend(allowed);
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, self.headers.clone());
        Verdict::Answered(Box::new(response))
    }

    /// What the answer to this origin says; `None`: it may not ask. Only an origin that is named may send the user's
    /// credentials along: `*` lets everybody ask, but nobody in the user's name.
    fn allowed(&self, origin: &HeaderValue) -> Option<Vec<(HeaderName, HeaderValue)>> {
        let text = origin.to_str().ok()?;
        if self.origins.iter().any(|pattern| pattern != "*" && super::super::auth::fits(pattern, text)) {
            return Some(vec![
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
                (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
                (header::VARY, HeaderValue::from_static("origin")),
            ]);
        }
        let anybody = self.origins.iter().any(|pattern| pattern == "*");
        anybody.then(|| vec![(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))])
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn cors(pairs: &[(&str, &str)]) -> Option<Cors> {
        Cors::of(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    /// Status, and the header of that name.
    fn judged(cors: &Cors, method: &str, headers: &[(&str, &str)], wanted: &str) -> (u16, Option<String>) {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match cors.judge(&request.body(Body::empty()).unwrap()) {
            Verdict::Answered(response) => *response,
            Verdict::Pass(headers) => {
                let mut response = StatusCode::OK.into_response();
                response.headers_mut().extend(headers);
                response
            }
        };
        let header = response.headers().get(wanted).map(|v| v.to_str().unwrap().to_owned());
        (response.status().as_u16(), header)
    }

    #[test]
    fn origins_are_let_in_or_not() {
        assert!(cors(&[]).is_none());
        let named = cors(&[("access.control.allow.origin", "https://ksql.example, https://*.ksqldb.io")]).unwrap();
        let origin = "access-control-allow-origin";
        for (from, status, told) in [
            (None, 200, None),
            (Some("https://ksql.example"), 200, Some("https://ksql.example")),
            (Some("https://docs.ksqldb.io"), 200, Some("https://docs.ksqldb.io")),
            (Some("https://registry"), 403, None),
        ] {
            let headers: Vec<(&str, &str)> = from.map(|from| ("origin", from)).into_iter().collect();
            assert_eq!(judged(&named, "POST", &headers, origin), (status, told.map(str::to_owned)), "{from:?}");
        }
        let anybody = cors(&[("access.control.allow.origin", "*")]).unwrap();
        let headers = [("origin", "https://registry")];
        assert_eq!(judged(&anybody, "GET", &headers, origin), (200, Some("*".into())));
        assert_eq!(judged(&anybody, "GET", &headers, "access-control-allow-credentials"), (200, None));
    }

    #[test]
    fn browsers_ask_beforehand() {
        let own = cors(&[("access.control.allow.origin", "*"), ("access.control.allow.methods", "GET, PUT")]).unwrap();
        let asked = [("origin", "https://ksql.example"), ("access-control-request-method", "PUT")];
        let check = |name: &str, want: &str| {
            assert_eq!(judged(&own, "OPTIONS", &asked, name), (204, Some(want.to_owned())), "{name}");
        };
        check("access-control-allow-methods", "GET,PUT");
        check("access-control-allow-headers", HEADERS);
        assert_eq!(judged(&own, "OPTIONS", &asked[..1], "access-control-allow-methods"), (200, None));
    }
}
