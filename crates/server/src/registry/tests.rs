//! The client against a registry of this test: real sockets, the answers of a Confluent Schema Registry.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use millstream_schemas::MemoryRegistry;
use tokio::runtime::Runtime;

use super::*;

/// What the registry of a test knows and has been asked.
#[derive(Default)]
struct Known {
    registry: MemoryRegistry,
    asked: AtomicUsize,
    /// Answers 503 so often first.
    unwell: AtomicUsize,
    authorization: Mutex<Option<String>>,
}

/// Serves until the process ends; its URL.
fn serve(known: Arc<Known>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &known);
        }
    });
    url
}

fn answer(stream: TcpStream, known: &Known) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => *known.authorization.lock() = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    known.asked.fetch_add(1, Ordering::Relaxed);
    let (method, path) = line.trim_end_matches(" HTTP/1.1\r\n").split_once(' ').unwrap();
    let unwell = known.unwell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
    let (status, body) = if unwell {
        (503, "not yet".to_owned())
    } else {
        respond(method, path, &String::from_utf8(body).unwrap(), &known.registry)
    };
    let text = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    reader.into_inner().write_all(text.as_bytes()).unwrap();
}

fn respond(method: &str, path: &str, body: &str, registry: &MemoryRegistry) -> (u16, String) {
    let missing = (404, r#"{"error_code":40401,"message":"Subject not found."}"#.to_owned());
    let shown = |found: &Registered| {
        let SchemaText { kind, text, references, .. } = &found.schema;
        let (id, kind) = (found.id, kind.name());
        json!({"id": id, "schema": text, "schemaType": kind, "references": references, "version": 1}).to_string()
    };
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["schemas", "ids", id]) => {
            registry.by_id(id.parse().unwrap()).map_or(missing, |found| (200, shown(&found)))
        }
        ("GET", ["subjects", subject, "versions", "latest"]) => {
            registry.latest(subject).map_or(missing, |found| (200, shown(&found)))
        }
        ("GET", ["subjects", subject, "versions", version]) => {
            registry.version(subject, version.parse().unwrap()).map_or(missing, |found| (200, shown(&found)))
        }
        ("POST", ["subjects", subject, rest @ ..]) => {
            let sent: Sent = serde_json::from_str(body).unwrap();
            let kind = SchemaKind::parse(sent.schema_type.as_deref()).unwrap();
            if sent.schema == "\"odd\"" {
                return (409, r#"{"error_code":409,"message":"Schema being registered is incompatible"}"#.into());
            }
            let schema = SchemaText::new(kind, sent.schema);
            let id =
                if rest.is_empty() { registry.find(subject, &schema) } else { registry.register(subject, &schema) };
            id.map_or(missing, |id| (200, json!({"id": id}).to_string()))
        }
        ("DELETE", ["subjects", subject]) => registry.delete(subject).map_or(missing, |()| (200, "[1]".into())),
        other => panic!("{other:?}"),
    }
}

fn open_at(url: &str, more: &[(&str, &str)]) -> (Runtime, Registry) {
    let runtime = Runtime::new().unwrap();
    let properties: Properties = [("ksql.schema.registry.url", url)]
        .iter()
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let registry = {
        let _entered = runtime.enter();
        open(&properties).unwrap()
    };
    (runtime, registry)
}

#[test]
fn schemas_are_registered_and_read_back_with_what_they_refer_to() {
    let known = Arc::new(Known::default());
    let url = serve(Arc::clone(&known));
    let (_runtime, registry) = open_at(&url, &[("ksql.schema.registry.basic.auth.user.info", "me:secret")]);
    let registry = registry.get().unwrap();
    let avro = SchemaText::new(SchemaKind::Avro, "\"int\"");
    let id = registry.register("a topic-value", &avro).unwrap();
    assert_eq!(known.authorization.lock().as_deref(), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(registry.find("a topic-value", &avro), Ok(id));
    assert!(matches!(registry.find("other", &avro), Err(RegistryError::Missing(_))));
    assert_eq!(registry.latest("a topic-value").unwrap().schema, avro);
    let asked = known.asked.load(Ordering::Relaxed);
    assert_eq!(registry.by_id(id).unwrap().schema, avro);
    assert_eq!(known.asked.load(Ordering::Relaxed), asked, "ids are kept");

    let event = SchemaText::new(SchemaKind::Protobuf, "syntax = \"proto3\"; message Event { int64 at = 1; }");
    known.registry.put("event", 20, event.clone());
    let reference = Reference { name: "event.proto".into(), subject: "event".into(), version: 1 };
    let text = "syntax = \"proto3\"; import \"event.proto\"; message M { Event e = 1; }";
    let imports = vec![("event.proto".to_owned(), event.text)];
    let whole = SchemaText { kind: SchemaKind::Protobuf, text: text.into(), references: vec![reference], imports };
    known.registry.put("m-value", 21, whole.clone());
    assert_eq!(registry.latest("m-value").unwrap().schema, whole);

    registry.delete("m-value").unwrap();
    assert!(matches!(registry.latest("m-value"), Err(RegistryError::Missing(_))));
    let refused = registry.register("x", &SchemaText::new(SchemaKind::Avro, "\"odd\"")).unwrap_err();
    assert_eq!(refused.to_string(), "Schema being registered is incompatible; error code: 409");
    assert!(matches!(registry.by_id(99), Err(RegistryError::Missing(_))));
}

#[test]
fn a_registry_that_is_not_well_is_asked_again_and_one_that_is_gone_is_unavailable() {
    let known = Arc::new(Known::default());
    known.unwell.store(1, Ordering::Relaxed);
    known.registry.put("s", 5, SchemaText::new(SchemaKind::Json, "{}"));
    let (_runtime, registry) = open_at(&serve(Arc::clone(&known)), &[]);
    assert_eq!(registry.get().unwrap().by_id(5).unwrap().schema.kind, SchemaKind::Json);
    let (_runtime, gone) = open_at("http://127.0.0.1:1", &[]);
    assert!(matches!(gone.get().unwrap().by_id(5), Err(RegistryError::Unavailable(_))));
    assert!(open(&Properties::new()).unwrap().get().is_none());
    let properties = [("ksql.schema.registry.url".to_owned(), "ftp://x".to_owned())].into();
    assert!(open(&properties).unwrap_err().starts_with("ksql.schema.registry.url: "));
}
