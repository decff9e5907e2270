//! The schema registry over HTTP or https: `ksql.schema.registry.url`, with basic authentication. Schemas are kept by their ids.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use millstream_schemas::{Reference, Registered, Registry, RegistryError, SchemaKind, SchemaRegistry, SchemaText};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Handle;

use crate::properties::{self, Properties};
use crate::service_client::{Answer, ServiceClient, segment};
use crate::tls_client;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often a question is asked again that nobody has answered, and how long is waited before.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(300);
/// Most schemas that are kept; a service has hundreds.
const KEPT_MAX: usize = 10_000;
/// Schemas that refer to each other are followed so far.
const DEPTH_MAX: usize = 32;

/// What `ksql.schema.registry.url` names.
///
/// # Errors
/// It is no URL, or user and password are not as they should be.
pub(crate) fn open(defaults: &Properties) -> Result<Registry, String> {
    let Some(url) = properties::of_server("ksql.schema.registry.url", defaults).filter(|url| !url.is_empty()) else {
        return Ok(Registry::none());
    };
    let clients = url.split(',').map(|url| client(url, TIMEOUT, defaults)).collect::<Result<_, _>>()?;
    let runtime = Handle::try_current().map_err(|e| e.to_string())?;
    Ok(Registry::new(Arc::new(HttpRegistry { clients, runtime, kept: Mutex::default() })))
}

/// The registry at one URL, asked as whom the properties say.
///
/// # Errors
/// It is no URL, a PEM file is wrong, or user and password are not as they should be.
pub(crate) fn client(url: &str, timeout: Duration, defaults: &Properties) -> Result<ServiceClient, String> {
    let tls = || tls_client::config("ksql.schema.registry.", |name| properties::of_server(name, defaults));
    let client = ServiceClient::new(url, timeout, tls).map_err(|e| format!("ksql.schema.registry.url: {e}"))?;
    let user = properties::of_server("ksql.schema.registry.basic.auth.user.info", defaults);
    match user.filter(|user| !user.is_empty()).map(|user| user.split_once(':')) {
        None => Ok(client),
        Some(Some((user, password))) => Ok(client.with_user(user, password)),
        Some(None) => Err("ksql.schema.registry.basic.auth.user.info must be USER:PASSWORD".to_owned()),
    }
}

/// A registry behind one or more URLs.
#[derive(Debug)]
struct HttpRegistry {
    /// One after the other is asked.
    clients: Vec<ServiceClient>,
    /// Where requests run.
    runtime: Handle,
    /// By id: what an id means never changes.
    kept: Mutex<HashMap<i32, Arc<Registered>>>,
}

/// A schema as the registry sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    #[serde(default)]
    id: Option<i32>,
    #[serde(default)]
    schema: String,
    #[serde(default)]
    schema_type: Option<String>,
    #[serde(default)]
    references: Option<Vec<Reference>>,
}

impl HttpRegistry {
    /// Asks, and again when nobody answers or the registry is not well.
    fn ask(&self, method: &Method, path: &str, body: Option<&str>) -> Result<Answer, RegistryError> {
        let mut trouble = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            for client in &self.clients {
                match client.call_on(&self.runtime, method.clone(), path, body.map(str::to_owned)) {
                    Ok(answer) if answer.status < 500 => return Ok(answer),
                    Ok(answer) => trouble = format!("it answered {}: {}", answer.status, answer.body),
                    Err(e) => trouble = e,
                }
            }
        }
        Err(RegistryError::Unavailable(format!("The schema registry cannot be asked: {trouble}")))
    }

    /// The same; what is not there is missing, and what is refused is said so.
    fn asked(&self, method: &Method, path: &str, body: Option<&str>) -> Result<String, RegistryError> {
        let answer = self.ask(method, path, body)?;
        match answer.status {
            _ if answer.ok() => Ok(answer.body),
            404 => Err(RegistryError::Missing(said(&answer.body))),
            _ => Err(RegistryError::Refused(said(&answer.body))),
        }
    }

    /// A schema with all that it refers to.
    fn complete(&self, id: i32, sent: Sent) -> Result<Arc<Registered>, RegistryError> {
        let Some(kind) = SchemaKind::parse(sent.schema_type.as_deref()) else {
            let kind = sent.schema_type.unwrap_or_default();
            return Err(RegistryError::Refused(format!("schema {id} is of unknown type {kind}")));
        };
        let references = sent.references.unwrap_or_default();
        let mut imports = Vec::new();
        self.follow(&references, &mut imports, 0)?;
        let schema = SchemaText { kind, text: sent.schema, references, imports };
        let registered = Arc::new(Registered { id, schema });
        let mut kept = self.kept.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(id, Arc::clone(&registered));
        Ok(registered)
    }

    /// The texts of what a schema refers to, the deepest first.
    fn follow(
        &self,
        references: &[Reference],
        imports: &mut Vec<(String, String)>,
        depth: usize,
    ) -> Result<(), RegistryError> {
        if depth > DEPTH_MAX {
            return Err(RegistryError::Refused("schemas refer to each other too deeply".to_owned()));
        }
        for reference in references {
            if imports.iter().any(|(name, _)| *name == reference.name) {
                continue;
            }
            let path = format!("/subjects/{}/versions/{}", segment(&reference.subject), reference.version);
            let sent = read::<Sent>(&self.asked(&Method::GET, &path, None)?)?;
            self.follow(&sent.references.unwrap_or_default(), imports, depth + 1)?;
            imports.push((reference.name.clone(), sent.schema));
        }
        Ok(())
    }
}

impl SchemaRegistry for HttpRegistry {
    fn by_id(&self, id: i32) -> Result<Arc<Registered>, RegistryError> {
        if let Some(kept) = self.kept.lock().get(&id) {
            return Ok(Arc::clone(kept));
        }
        let sent = read::<Sent>(&self.asked(&Method::GET, &format!("/schemas/ids/{id}"), None)?)?;
        self.complete(id, sent)
    }

    fn latest(&self, subject: &str) -> Result<Arc<Registered>, RegistryError> {
        let path = format!("/subjects/{}/versions/latest", segment(subject));
        let sent = read::<Sent>(&self.asked(&Method::GET, &path, None)?)?;
        let id = sent.id.ok_or_else(|| RegistryError::Refused("the registry gave a schema no id".to_owned()))?;
        self.complete(id, sent)
    }

    fn find(&self, subject: &str, schema: &SchemaText) -> Result<i32, RegistryError> {
        id_of(&self.asked(&Method::POST, &format!("/subjects/{}", segment(subject)), Some(&body(schema)))?)
    }

    fn register(&self, subject: &str, schema: &SchemaText) -> Result<i32, RegistryError> {
        let path = format!("/subjects/{}/versions", segment(subject));
        id_of(&self.asked(&Method::POST, &path, Some(&body(schema)))?)
    }

    fn delete(&self, subject: &str) -> Result<(), RegistryError> {
        self.asked(&Method::DELETE, &format!("/subjects/{}", segment(subject)), None).map(drop)
    }
}

/// A schema as the registry takes it; Avro is what it takes a schema for that says nothing.
fn body(schema: &SchemaText) -> String {
    let mut body = json!({"schema": schema.text});
    if let Some(members) = body.as_object_mut() {
        if schema.kind != SchemaKind::Avro {
            members.insert("schemaType".into(), schema.kind.name().into());
        }
        if !schema.references.is_empty() {
            members.insert("references".into(), json!(schema.references));
        }
    }
    body.to_string()
}

fn id_of(answer: &str) -> Result<i32, RegistryError> {
    let sent: Sent = read(answer)?;
    sent.id.ok_or_else(|| RegistryError::Refused(format!("the registry gave no id: {answer}")))
}

fn read<T: for<'a> Deserialize<'a>>(answer: &str) -> Result<T, RegistryError> {
    serde_json::from_str(answer)
        .map_err(|e| RegistryError::Refused(format!("the registry's answer cannot be read ({e}): {answer}")))
}

/// What the registry says about an error: its message and its code.
fn said(body: &str) -> String {
    #[derive(Deserialize)]
    struct Error {
        error_code: i64,
        message: String,
    }
    match serde_json::from_str::<Error>(body) {
        Ok(error) => format!("{}; error code: {}", error.message, error.error_code),
        Err(_) => body.to_owned(),
    }
}

#[cfg(test)]
mod tests;
