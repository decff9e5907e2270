//! Tokens for SASL OAUTHBEARER: asked for at an endpoint by client credentials (OIDC), or made unsigned for tests.
//!
//! librdkafka could ask by itself only with libcurl, which is not built in. It asks us instead, through the client's
//! context, with the text of `sasl.oauthbearer.config`; that text is a [`Source`]. Clients that nobody polls before their
//! first request get their token when they are made ([`provide`]). Equal sources share one token while it is fresh.

mod http;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use millstream_engine::clock::{Clock, SystemClock};
use parking_lot::Mutex;
use rdkafka::ClientConfig;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::batch::set_token;
use crate::errors::KafkaError;

/// Where the text of a source stands in a client's configuration.
const CONFIG: &str = "sasl.oauthbearer.config";
/// The mechanism, as our own translation writes it.
const MECHANISM: (&str, &str) = ("sasl.mechanisms", "OAUTHBEARER");

/// Who gives tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// An endpoint.
    Endpoint(Endpoint),
    /// Nobody: they are made up.
    Unsecured(Unsecured),
}

/// A token endpoint of OAuth 2.0, asked with client credentials.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// `http://…` or `https://…`
    pub(crate) url: String,
    /// Who asks.
    pub(crate) client_id: String,
    /// Its secret.
    pub(crate) client_secret: String,
    /// What for.
    pub(crate) scope: Option<String>,
    /// The claim that names the principal.
    pub(crate) principal_claim: String,
    /// Id and secret are URL-encoded in the header, as RFC 6749 says and not everybody does.
    pub(crate) encoded: bool,
    /// PEM file of those who may sign the endpoint's certificate.
    pub(crate) ca_file: Option<String>,
    /// The same as text.
    pub(crate) ca_pem: Option<String>,
}

/// Secrets stay secret.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("url", &self.url).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A token that nobody signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unsecured {
    /// The claim that names the principal.
    pub(crate) principal_claim: String,
    /// How long it is valid.
    pub(crate) lifetime_s: u32,
    /// What it says.
    pub(crate) claims: BTreeMap<String, Value>,
}

impl Source {
    /// As `sasl.oauthbearer.config` holds it. Errors: it has no JSON, which does not happen.
    pub(crate) fn to_text(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|e| e.to_string())
    }

    fn token(&self, now_ms: i64) -> Result<Token, String> {
        match self {
            Source::Unsecured(unsecured) => unsecured.token(now_ms),
            Source::Endpoint(endpoint) => endpoint.token(now_ms),
        }
    }
}

/// A token and how long it may be used.
#[derive(Clone)]
struct Token {
    text: String,
    principal: String,
    expires_ms: i64,
    /// From here on another one is asked for.
    renew_ms: i64,
}

impl Token {
    fn new(text: String, principal: String, now_ms: i64, expires_ms: i64) -> Token {
        // librdkafka asks after four fifths of what is left: it then must not get the same one. Nor may a client that is made
        // late have to renew it at once: brokers let nobody do so twice in a second.
        let renew_ms = now_ms + (expires_ms - now_ms) / 2;
        Token { text, principal, expires_ms, renew_ms }
    }
}

/// Tokens by the text of their source.
static HELD: Mutex<BTreeMap<String, Token>> = Mutex::new(BTreeMap::new());

fn token(config: &str) -> Result<Token, KafkaError> {
    let now_ms = SystemClock::new().now_ms();
    if let Some(held) = HELD.lock().get(config).filter(|held| held.renew_ms > now_ms) {
        return Ok(held.clone());
    }
    let source: Source = serde_json::from_str(config)
        .map_err(|_| KafkaError::Invalid("OAUTHBEARER: nothing says where tokens come from".to_owned()))?;
    let token = source.token(now_ms).map_err(|why| KafkaError::Denied(format!("OAUTHBEARER: {why}")))?;
    HELD.lock().insert(config.to_owned(), token.clone());
    Ok(token)
}

/// What a client's context answers when librdkafka wants a token.
///
/// # Errors
/// The endpoint does not answer, or refuses; librdkafka asks again after 10 s.
pub(crate) fn answer(config: Option<&str>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
    let token = token(config.unwrap_or_default())?;
    Ok(OAuthToken { token: token.text, principal_name: token.principal, lifetime_ms: token.expires_ms })
}

/// Gives a client its token, if it logs in with one.
///
/// # Errors
/// The endpoint does not answer, or refuses.
pub(crate) fn provide<C: ClientContext>(config: &ClientConfig, client: &Client<C>) -> Result<(), KafkaError> {
    let text = match config.get(CONFIG) {
        Some(text) if config.get(MECHANISM.0) == Some(MECHANISM.1) => text,
        _ => return Ok(()),
    };
    let token = token(text)?;
    set_token(client, &token.text, &token.principal, token.expires_ms)
        .map_err(|why| KafkaError::Denied(format!("OAUTHBEARER: {why}")))
}

impl Unsecured {
    fn token(&self, now_ms: i64) -> Result<Token, String> {
        let principal = self.claims.get(&self.principal_claim).and_then(Value::as_str);
        let principal = principal.ok_or_else(|| format!("the claim {} is missing", self.principal_claim))?;
        let expires_ms = now_ms + i64::from(self.lifetime_s) * 1000;
        let mut claims = self.claims.clone();
        claims.insert("iat".to_owned(), json!(now_ms / 1000));
        claims.insert("exp".to_owned(), json!(expires_ms / 1000));
        let part = |json: String| BASE64.encode(json);
        let text = format!("{}.{}.", part(json!({"alg": "none"}).to_string()), part(json!(claims).to_string()));
        Ok(Token::new(text, principal.to_owned(), now_ms, expires_ms))
    }
}

impl Endpoint {
    fn token(&self, now_ms: i64) -> Result<Token, String> {
        let answer = http::ask(self)?;
        let wrong = |what: &str| format!("the answer of {} {what}", self.url);
        let answer: Value = serde_json::from_str(&answer).map_err(|_| wrong("is not JSON"))?;
        let text = answer.get("access_token").and_then(Value::as_str);
        let text = text.ok_or_else(|| wrong("has no access_token"))?;
        let claims = claims(text).ok_or_else(|| wrong("holds a token that is no JWT"))?;
        let principal = claims.get(&self.principal_claim).and_then(Value::as_str);
        let principal = principal.ok_or_else(|| wrong(&format!("has no claim {}", self.principal_claim)))?;
        let seconds = |value: Option<&Value>| value.and_then(Value::as_f64).map(|s| (s * 1000.0) as i64);
        let expires_ms = seconds(claims.get("exp"))
            .or_else(|| seconds(answer.get("expires_in")).map(|ms| now_ms + ms))
            .ok_or_else(|| wrong("does not say how long its token is valid"))?;
        if expires_ms <= now_ms {
            return Err(wrong("holds a token that is not valid any more"));
        }
        Ok(Token::new(text.to_owned(), principal.to_owned(), now_ms, expires_ms))
    }
}

/// What a token says, its signature not looked at: that is the brokers' business.
fn claims(token: &str) -> Option<BTreeMap<String, Value>> {
    let claims = token.split('.').nth(1)?;
    serde_json::from_slice(&BASE64.decode(claims.trim_end_matches('=')).ok()?).ok()
}

#[cfg(test)]
mod tests;
