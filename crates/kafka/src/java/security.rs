//! `security.protocol` and what it needs: key stores for TLS, a login for SASL.

use std::collections::BTreeMap;

use serde_json::Value;

use super::jaas::{self, Login};
use super::{is_security, native, stores, table};
use crate::oauth::{Endpoint, Source, Unsecured};

/// The mechanisms that librdkafka is built with.
const MECHANISMS: [&str; 4] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
/// The class of Java that asks an endpoint for tokens; its package has changed between releases.
const ASKS_ENDPOINT: &str = "OAuthBearerLoginCallbackHandler";
const ASKS_NOBODY: &str = "OAuthBearerUnsecuredLoginCallbackHandler";

/// What is wrong with a single value.
pub(super) fn check(name: &str, value: &str) -> Result<(), String> {
    let upper = value.trim().to_ascii_uppercase();
    match name {
        "security.protocol" if !PROTOCOLS.contains(&upper.as_str()) => {
            Err(format!("must be one of {}", PROTOCOLS.join(", ")))
        }
        "sasl.mechanism" | "sasl.mechanisms" if !MECHANISMS.contains(&upper.as_str()) => {
            Err(format!("{upper} is not built in, {} are", MECHANISMS.join(", ")))
        }
        "sasl.jaas.config" => jaas::parse(value).map(drop),
        "sasl.login.callback.handler.class" if !value.ends_with(ASKS_ENDPOINT) && !value.ends_with(ASKS_NOBODY) => {
            Err(format!("Java classes are not loaded; what {ASKS_ENDPOINT} does is built in"))
        }
        _ => Ok(()),
    }
}

/// Puts protocol, stores and login into librdkafka's properties.
///
/// # Errors
/// What the protocol needs is missing or cannot be used; what to do.
pub(super) fn translate(given: &BTreeMap<&str, &str>, native: &mut BTreeMap<String, String>) -> Result<(), String> {
    let protocol = given.get("security.protocol").map_or("PLAINTEXT", |value| value.trim()).to_ascii_uppercase();
    check("security.protocol", &protocol).map_err(|why| format!("security.protocol={protocol}: {why}"))?;
    let (tls, sasl) = (protocol.ends_with("SSL"), protocol.starts_with("SASL_"));
    if !tls && !sasl {
        return Ok(());
    }
    native.insert("security.protocol".to_owned(), protocol.to_ascii_lowercase());
    for (name, value) in given {
        let own = native::clients(name).is_some() && table::find(name).is_none() && is_security(name);
        if own && *name != UNSECURED {
            native.insert((*name).to_owned(), (*value).to_owned());
        }
    }
    if tls {
        stores::translate(given, native)?;
    }
    if sasl {
        login(given, native)?;
    }
    Ok(())
}

/// librdkafka's switch for tokens that nobody signs.
const UNSECURED: &str = "enable.sasl.oauthbearer.unsecure.jwt";

fn login(given: &BTreeMap<&str, &str>, native: &mut BTreeMap<String, String>) -> Result<(), String> {
    let mechanism = given.get("sasl.mechanism").or_else(|| given.get("sasl.mechanisms"));
    let mechanism = mechanism.ok_or_else(|| format!("sasl.mechanism is missing: {}", MECHANISMS.join(", ")))?;
    let mechanism = mechanism.trim().to_ascii_uppercase();
    check("sasl.mechanism", &mechanism).map_err(|why| format!("sasl.mechanism: {why}"))?;
    let login = given.get("sasl.jaas.config").map(|text| jaas::parse(text)).transpose()?;
    native.insert("sasl.mechanisms".to_owned(), mechanism.clone());
    let wanted: &[&str] = match mechanism.as_str() {
        "PLAIN" => &["PlainLoginModule"],
        "OAUTHBEARER" => &["OAuthBearerLoginModule", "OAuthBearerUnsecuredLoginModule"],
        _ => &["ScramLoginModule"],
    };
    if let Some(login) = login.as_ref().filter(|login| !wanted.contains(&login.module.as_str())) {
        let (found, wanted) = (&login.module, wanted.first().copied().unwrap_or_default());
        return Err(format!("sasl.jaas.config: {found} does not log in by {mechanism}, {wanted} does"));
    }
    if mechanism == "OAUTHBEARER" {
        let source = match source(given, login.as_ref())? {
            Source::Endpoint(mut endpoint) => {
                trusted(native, &mut endpoint);
                Source::Endpoint(endpoint)
            }
            unsecured => unsecured,
        };
        native.insert("sasl.oauthbearer.config".to_owned(), source.to_text()?);
        return Ok(());
    }
    for (to, option) in [("sasl.username", "username"), ("sasl.password", "password")] {
        let value = login.as_ref().and_then(|login| login.options.get(option).map(String::as_str));
        let value = value.or_else(|| given.get(to).copied());
        let value = value.ok_or_else(|| match login {
            Some(_) => format!("sasl.jaas.config has no {option}=\"…\""),
            None => format!("{mechanism} needs sasl.jaas.config, or {to}"),
        })?;
        native.insert(to.to_owned(), value.to_owned());
    }
    Ok(())
}

/// Who gives tokens.
fn source(given: &BTreeMap<&str, &str>, login: Option<&Login>) -> Result<Source, String> {
    let handler = given.get("sasl.login.callback.handler.class").copied().unwrap_or_default();
    check("sasl.login.callback.handler.class", if handler.is_empty() { ASKS_NOBODY } else { handler })
        .map_err(|why| format!("sasl.login.callback.handler.class: {why}"))?;
    let options = login.map(|login| login.options.clone()).unwrap_or_default();
    if let Some(extension) = options.keys().find(|name| name.starts_with("extension_")) {
        return Err(format!("sasl.jaas.config: option {extension}: SASL extensions are not sent"));
    }
    let endpoint = given.get("sasl.oauthbearer.token.endpoint.url").copied().filter(|url| !url.is_empty());
    let asks = handler.ends_with(ASKS_ENDPOINT) || given.get("sasl.oauthbearer.method") == Some(&"oidc");
    if !asks && (endpoint.is_none() || handler.ends_with(ASKS_NOBODY)) {
        return unsecured(given, &options);
    }
    let url = endpoint.ok_or("sasl.oauthbearer.token.endpoint.url is missing: that is where tokens come from")?;
    let found = |option: &str, names: &[&str]| {
        let given = names.iter().find_map(|name| given.get(name).map(|value| (*value).to_owned()));
        given.or_else(|| options.get(option).cloned())
    };
    let needed = |option: &str, names: &[&str]| {
        found(option, names).ok_or_else(|| {
            format!("{} is missing, or {option}=\"…\" in sasl.jaas.config", names.first().copied().unwrap_or_default())
        })
    };
    Ok(Source::Endpoint(Endpoint {
        url: url.to_owned(),
        client_id: needed(
            "clientId",
            &["sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.id"],
        )?,
        client_secret: needed(
            "clientSecret",
            &["sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.secret"],
        )?,
        scope: found("scope", &["sasl.oauthbearer.scope"]),
        principal_claim: given.get("sasl.oauthbearer.sub.claim.name").map_or("sub", |name| *name).to_owned(),
        encoded: given.get("sasl.oauthbearer.header.urlencode") == Some(&"true"),
        ca_file: None,
        ca_pem: None,
    }))
}

/// A https endpoint is trusted by what is said for it, else by what is said for brokers, else by what the system trusts.
fn trusted(native: &BTreeMap<String, String>, endpoint: &mut Endpoint) {
    let get = |name: &str| native.get(name).filter(|value| *value != "probe").cloned();
    endpoint.ca_file = get("https.ca.location");
    endpoint.ca_pem = get("https.ca.pem");
    if endpoint.ca_file.is_none() && endpoint.ca_pem.is_none() {
        endpoint.ca_file = get("ssl.ca.location");
        endpoint.ca_pem = get("ssl.ca.pem");
    }
}

/// A token that nobody signs, as Kafka's own login module and librdkafka make it for tests.
fn unsecured(given: &BTreeMap<&str, &str>, options: &BTreeMap<String, String>) -> Result<Source, String> {
    let mut made = Unsecured { principal_claim: "sub".to_owned(), lifetime_s: 3600, claims: BTreeMap::new() };
    let wrong = |name: &str| format!("sasl.jaas.config: {name} must be a number");
    for (name, value) in options {
        match name.strip_prefix("unsecuredLogin") {
            Some("PrincipalClaimName") => made.principal_claim.clone_from(value),
            Some("LifetimeSeconds") => made.lifetime_s = value.parse().map_err(|_| wrong(name))?,
            Some(claim) => {
                if let Some(claim) = claim.strip_prefix("StringClaim_") {
                    made.claims.insert(claim.to_owned(), Value::from(value.as_str()));
                } else if let Some(claim) = claim.strip_prefix("NumberClaim_") {
                    let number: f64 = value.parse().map_err(|_| wrong(name))?;
                    made.claims.insert(claim.to_owned(), Value::from(number));
                } else if let Some(claim) = claim.strip_prefix("ListClaim_") {
                    // Its first character parts the others.
                    let mut rest = value.chars();
                    let parts: Vec<&str> = match rest.next() {
                        Some(mark) => rest.as_str().split(mark).filter(|part| !part.is_empty()).collect(),
                        None => Vec::new(),
                    };
                    made.claims.insert(claim.to_owned(), Value::from(parts));
                }
            }
            None => {}
        }
    }
    for pair in given.get("sasl.oauthbearer.config").copied().unwrap_or_default().split_whitespace() {
        match pair.split_once('=') {
            Some(("principalClaimName", name)) => name.clone_into(&mut made.principal_claim),
            Some(("lifeSeconds", seconds)) => {
                made.lifetime_s =
                    seconds.parse().map_err(|_| "sasl.oauthbearer.config: lifeSeconds must be a number".to_owned())?;
            }
            Some(("scope", scope)) => {
                made.claims.insert("scope".to_owned(), Value::from(scope.split(',').collect::<Vec<_>>()));
            }
            _ => {}
        }
    }
    let principal = given
        .get("sasl.oauthbearer.config")
        .and_then(|text| text.split_whitespace().find_map(|pair| pair.strip_prefix("principal=")));
    if let Some(principal) = principal {
        made.claims.insert(made.principal_claim.clone(), Value::from(principal));
    }
    if !made.claims.contains_key(&made.principal_claim) {
        return Err(format!(
            "OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url, or for tests \
             unsecuredLoginStringClaim_{}=\"NAME\" in sasl.jaas.config",
            made.principal_claim
        ));
    }
    Ok(Source::Unsecured(made))
}
