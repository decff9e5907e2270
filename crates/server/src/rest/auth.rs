//! Basic authentication, as `authentication.method=BASIC` asks for it.

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Semaphore;

use super::{ApiError, FORBIDDEN, UNAUTHORIZED, blocking};
use crate::data_dir::random_u64;
use crate::properties::{Properties, of_server};
use crate::users::Users;

/// Passwords that are looked at at once: each costs a processor some time.
const VERIFICATIONS_MAX: usize = 2;
/// What anybody may ask, beside `/chc/*`.
const OPEN: [&str; 3] = ["/v1/metadata", "/v1/metadata/id", "/healthcheck"];

/// Who is let in.
pub(crate) struct Gate {
    users: Users,
    /// One of these is needed; `*`: whoever is known.
    roles: Vec<String>,
    /// Further paths that anybody may ask, `*` for anything.
    skipped: Vec<String>,
    challenge: HeaderValue,
    verifying: Semaphore,
    /// By which this process knows itself.
    own_token: String,
}

impl Gate {
    /// The gate that a server's properties ask for; `None`: everybody is let in.
    ///
    /// Errors: the method is unknown, or there are no users to be read.
    pub(crate) fn of(defaults: &Properties) -> Result<Option<Self>, String> {
        let list = |name: &str| -> Vec<String> {
            let items = of_server(name, defaults).unwrap_or_default().split(',').map(str::trim);
            items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
        };
        match of_server("authentication.method", defaults).unwrap_or("NONE").to_ascii_uppercase().as_str() {
            "NONE" => return Ok(None),
            "BASIC" => {}
            other => return Err(format!("authentication.method must be NONE or BASIC, not {other}")),
        }
        let file = of_server(USERS, defaults).ok_or_else(|| {
            format!(
                "authentication.method=BASIC needs {USERS}: a file with a line NAME:HASH a user, made by htpasswd -B"
            )
        })?;
        let realm: String = of_server("authentication.realm", defaults).unwrap_or("ksql").replace(['"', '\\'], "");
        let challenge = HeaderValue::from_str(&format!("Basic realm=\"{realm}\""))
            .map_err(|_| "authentication.realm has characters that a header cannot have".to_owned())?;
        Ok(Some(Self {
            users: Users::read(Path::new(file))?,
            roles: list("authentication.roles"),
            skipped: list("authentication.skip.paths"),
            challenge,
            verifying: Semaphore::new(VERIFICATIONS_MAX),
            own_token: [random_u64(), random_u64()].map(|word| format!("{word:016x}")).concat(),
        }))
    }

    fn is_open(&self, path: &str) -> bool {
        OPEN.contains(&path) || path.starts_with("/chc/") || self.skipped.iter().any(|pattern| fits(pattern, path))
    }

    /// The token by which this process lets itself in, made anew at every start.
    pub(super) fn own_token(&self) -> &str {
        &self.own_token
    }

    fn unauthorized(&self) -> Response {
        let mut response = ApiError::generic(UNAUTHORIZED, "Unauthorized").into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, self.challenge.clone());
        response
    }

    /// Lets a request pass whose credentials are those of a user with the right role, or that anybody may send. Otherwise
    /// the answer.
    pub(super) async fn check(self: &Arc<Self>, path: &str, headers: &HeaderMap) -> Result<(), Response> {
        if self.is_open(path) {
            return Ok(());
        }
        if bearer(headers) == Some(self.own_token()) {
            return Ok(());
        }
        let Some((name, password)) = credentials(headers) else { return Err(self.unauthorized()) };
        let admitted = match self.users.recognise(&name, &password) {
            Some(roles) => Some(self.admits(roles)),
            None => {
                // Never closed.
                let Ok(_permit) = self.verifying.acquire().await else { return Err(self.unauthorized()) };
                let gate = Arc::clone(self);
                let verified = move || gate.users.verify(&name, &password).map(|roles| gate.admits(roles));
                blocking(verified).await.map_err(IntoResponse::into_response)?
            }
        };
        match admitted {
            Some(true) => Ok(()),
            Some(false) => Err(ApiError::generic(FORBIDDEN, "Forbidden").into_response()),
            None => Err(self.unauthorized()),
        }
    }

    /// Whether one of the roles is asked for.
    fn admits(&self, roles: &[String]) -> bool {
        self.roles.iter().any(|wanted| wanted == "*" || roles.contains(wanted))
    }
}

/// The file of users.
const USERS: &str = "millstream.authentication.users.file";

/// Name and password of a header `Authorization: Basic …`.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let text = scheme.eq_ignore_ascii_case("Basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    let (name, password) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// The token of a header `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// Whether a path is that of a pattern with `*` for anything.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths() {
        for (pattern, path, want) in [
            ("/info", "/info", true),
            ("/info", "/info/x", false),
            ("/in*", "/info", true),
            ("*", "/anything", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/d", false),
            ("/a*b*c", "/a1b2c", true),
            ("/b*", "/a/b", false),
        ] {
            assert_eq!(fits(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn credentials_are_read() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            credentials(&headers)
        };
        assert_eq!(read("Basic YWRhOmE6Yg=="), Some(("ada".into(), "a:b".into())));
        assert_eq!(read("basic YWRhOg=="), Some(("ada".into(), "".into())));
        for wrong in ["Bearer YWRhOmE6Yg==", "Basic !", "Basic YWRh", "Basic"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(credentials(&HeaderMap::new()), None);
    }

    #[test]
    fn what_a_gate_needs() {
        let gate = |pairs: &[(&str, &str)]| {
            Gate::of(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
                .map(|gate| gate.is_some())
        };
        assert_eq!(gate(&[]), Ok(false));
        assert!(gate(&[("authentication.method", "basic")]).unwrap_err().contains("htpasswd -B"));
        assert!(gate(&[("authentication.method", "BEARER")]).unwrap_err().contains("NONE or BASIC"));
        let missing = [("authentication.method", "BASIC"), (USERS, "/no/such/file")];
        assert!(gate(&missing).unwrap_err().contains("cannot be read"));
    }
}
