//! The text of an Avro schema to its nodes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Avro, Field, Kind, Logical, Node, NodeId, Record};

/// Decimals of which nobody says how many digits they have: Kafka Connect's default.
const PRECISION_DEFAULT: u32 = 64;
/// Most nodes of a schema: more is no schema of a table.
const NODES_MAX: usize = 100_000;

/// Reads a schema; `imports` are the texts of schemas that it refers to, the deepest first.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, imports: &[(String, String)]) -> Result<Avro, String> {
    let mut parser = Parser::default();
    for (name, text) in imports {
        parser.text(text).map_err(|e| format!("{name}: {e}"))?;
    }
    let root = parser.text(text)?;
    Ok(Avro { nodes: parser.nodes, root })
}

#[derive(Default)]
struct Parser {
    nodes: Vec<Node>,
    named: BTreeMap<String, NodeId>,
}

impl Parser {
    fn text(&mut self, text: &str) -> Result<NodeId, String> {
        // A bare name is a schema, too, with or without quotes.
        let trimmed = text.trim();
        let value = match serde_json::from_str(trimmed) {
            Ok(value) => value,
            Err(_) if trimmed.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') => {
                Value::String(trimmed.to_owned())
            }
            Err(e) => return Err(format!("not an Avro schema: {e}")),
        };
        self.schema(&value, "")
    }

    fn schema(&mut self, value: &Value, namespace: &str) -> Result<NodeId, String> {
        match value {
            Value::String(name) => self.name(name, namespace),
            Value::Array(branches) => {
                let branches = branches.iter().map(|b| self.schema(b, namespace)).collect::<Result<_, _>>()?;
                self.push(Kind::Union(branches), Logical::Plain)
            }
            Value::Object(object) => self.object(object, namespace),
            other => Err(format!("not an Avro schema: {other}")),
        }
    }

    fn name(&mut self, name: &str, namespace: &str) -> Result<NodeId, String> {
        if let Some(kind) = primitive(name) {
            return self.push(kind, Logical::Plain);
        }
        let full = full_name(name, namespace);
        let found = self.named.get(&full).or_else(|| self.named.get(name));
        found.copied().ok_or_else(|| format!("Undefined name: \"{name}\""))
    }

    fn object(&mut self, object: &Map<String, Value>, namespace: &str) -> Result<NodeId, String> {
        let Some(ty) = object.get("type") else { return Err("No type in an Avro schema".to_owned()) };
        let Value::String(name) = ty else { return self.schema(ty, namespace) };
        match name.as_str() {
            "record" | "error" => self.record(object, namespace),
            "enum" => {
                let symbols = object.get("symbols").and_then(Value::as_array).ok_or("Enum has no symbols")?;
                let symbols = symbols.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                let id = self.push(Kind::Enum(symbols), Logical::Plain)?;
                self.declare(object, namespace, id)
            }
            "fixed" => {
                let size = object.get("size").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
                let size = size.filter(|n| i32::try_from(*n).is_ok()).ok_or("Invalid or no size")?;
                let kind = Kind::Fixed(size);
                let logical = logical(object, &kind);
                let id = self.push(kind, logical)?;
                self.declare(object, namespace, id)
            }
            "array" => {
                let items = self.schema(object.get("items").ok_or("Array has no items type")?, namespace)?;
                self.push(Kind::Array(items), Logical::Plain)
            }
            "map" => {
                let values = self.schema(object.get("values").ok_or("Map has no values type")?, namespace)?;
                self.push(Kind::Map(values), Logical::Plain)
            }
            other => match primitive(other) {
                Some(kind) => {
                    let logical = logical(object, &kind);
                    self.push(kind, logical)
                }
                None => self.name(other, namespace),
            },
        }
    }

    fn record(&mut self, object: &Map<String, Value>, namespace: &str) -> Result<NodeId, String> {
        let full_name = declared(object, namespace)?;
        let inner = full_name.rsplit_once('.').map_or("", |(space, _)| space).to_owned();
        let connect = object.get("connect.internal.type").and_then(Value::as_str) == Some("MapEntry");
        let map_entry = connect || full_name == "io.confluent.connect.avro.MapEntry";
        let empty = Record { full_name: full_name.clone(), fields: Vec::new(), map_entry };
        let id = self.push(Kind::Record(empty), Logical::Plain)?;
        self.named.insert(full_name.clone(), id);
        let listed = object.get("fields").and_then(Value::as_array).ok_or("Record has no fields")?;
        let mut fields: Vec<Field> = Vec::with_capacity(listed.len());
        for field in listed {
            let name = field.get("name").and_then(Value::as_str).ok_or("No field name")?;
            if fields.iter().any(|f| f.name == name) {
                return Err(format!("Duplicate field {name} in record {full_name}"));
            }
            let node = self.schema(field.get("type").ok_or_else(|| format!("No field type: {name}"))?, &inner)?;
            fields.push(Field { name: name.to_owned(), node, default: field.get("default").cloned() });
        }
        if let Some(node) = self.nodes.get_mut(id.0) {
            node.kind = Kind::Record(Record { full_name, fields, map_entry });
        }
        Ok(id)
    }

    fn declare(&mut self, object: &Map<String, Value>, namespace: &str, id: NodeId) -> Result<NodeId, String> {
        self.named.insert(declared(object, namespace)?, id);
        Ok(id)
    }

    fn push(&mut self, kind: Kind, logical: Logical) -> Result<NodeId, String> {
        if self.nodes.len() >= NODES_MAX {
            return Err("the schema is too large".to_owned());
        }
        self.nodes.push(Node { kind, logical });
        Ok(NodeId(self.nodes.len() - 1))
    }
}

fn declared(object: &Map<String, Value>, namespace: &str) -> Result<String, String> {
    let name = object.get("name").and_then(Value::as_str).ok_or("No name in schema")?;
    let own = object.get("namespace").and_then(Value::as_str);
    Ok(full_name(name, own.unwrap_or(namespace)))
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}

fn primitive(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}

/// What `logicalType` or Kafka Connect's own annotation says, where it fits the encoding.
fn logical(object: &Map<String, Value>, kind: &Kind) -> Logical {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let connect = text("connect.name").and_then(|n| n.strip_prefix("org.apache.kafka.connect.data."));
    let is = |logical: &str, name: &str| text("logicalType") == Some(logical) || connect == Some(name);
    match kind {
        Kind::Int if is("date", "Date") => Logical::Date,
        Kind::Int if is("time-millis", "Time") => Logical::TimeMillis,
        Kind::Long if is("timestamp-millis", "Timestamp") => Logical::TimestampMillis,
        Kind::Bytes | Kind::Fixed(_) if is("decimal", "Decimal") => {
            let number = |name: &str| object.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
            let parameter = |name: &str| {
                object.get("connect.parameters")?.get(name).and_then(Value::as_str).and_then(|n| n.parse().ok())
            };
            Logical::Decimal {
                precision: number("precision")
                    .or_else(|| parameter("connect.decimal.precision"))
                    .unwrap_or(PRECISION_DEFAULT),
                scale: number("scale").or_else(|| parameter("scale")).unwrap_or(0),
            }
        }
        _ => Logical::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_refer_to_what_was_declared() {
        let text = r#"{"type":"record","name":"Tree","namespace":"a.b","fields":[
            {"name":"left","type":["null","Tree"],"default":null},
            {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["X","Y"]}},
            {"name":"again","type":"a.b.Kind"},
            {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}}]}"#;
        let avro = parse(text, &[]).unwrap();
        let Kind::Record(record) = &avro.node(avro.root()).kind else { panic!("a record") };
        assert_eq!(record.full_name, "a.b.Tree");
        assert_eq!(avro.nullable(record.fields[0].node), Some((Some(0), 1, avro.root())));
        assert_eq!(record.fields[1].node, record.fields[2].node);
        assert_eq!(avro.node(record.fields[3].node).logical, Logical::Decimal { precision: 4, scale: 2 });
        assert_eq!(parse("int", &[]).unwrap().node(NodeId(0)).kind, Kind::Int);
        for bad in ["{", "\"nothing\"", r#"{"type":"array"}"#, r#"{"type":"record","name":"R"}"#, "7"] {
            assert!(parse(bad, &[]).is_err(), "{bad}");
        }
    }
}
