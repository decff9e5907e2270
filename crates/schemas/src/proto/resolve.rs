//! Declarations to messages: files put together, names of types found.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{File, RawEnum, RawField, RawMessage, file};
use super::{EnumId, EnumType, Field, FieldType, Label, Message, MessageId, Proto, known};

/// Most files of a schema.
const FILES_MAX: usize = 256;

/// Reads a schema; `imports` are the texts of the files that it imports, by name. Well-known files are known.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, imports: &[(String, String)]) -> Result<Proto, String> {
    let main = file(text)?;
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    let mut wanted = main.imports.clone();
    while let Some(name) = wanted.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if seen.len() > FILES_MAX {
            return Err("the schema imports too many files".to_owned());
        }
        let given = imports.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
        let text = given.or_else(|| known::text(&name)).ok_or_else(|| format!("{name} is imported but not known"))?;
        let imported = file(text).map_err(|e| format!("{name}: {e}"))?;
        wanted.extend(imported.imports.iter().cloned());
        files.push(imported);
    }
    let mut resolver = Resolver::default();
    let top = resolver.declare(&main);
    for imported in &files {
        resolver.declare(imported);
    }
    for file in std::iter::once(&main).chain(&files) {
        resolver.fill(file)?;
    }
    Ok(Proto { messages: resolver.messages, enums: resolver.enums, top })
}

#[derive(Default)]
struct Resolver {
    messages: Vec<Message>,
    enums: Vec<EnumType>,
    names: BTreeMap<String, FieldType>,
}

impl Resolver {
    /// Enters all names of a file; its outermost messages.
    fn declare(&mut self, file: &File) -> Vec<MessageId> {
        for declared in &file.enums {
            self.declare_enum(declared, &file.package);
        }
        let messages = (0..).zip(&file.messages);
        messages.map(|(i, message)| self.declare_message(message, &file.package, &[i])).collect()
    }

    fn declare_message(&mut self, message: &RawMessage, scope: &str, path: &[i32]) -> MessageId {
        let full_name = join(scope, &message.name);
        let id = MessageId(self.messages.len());
        self.names.entry(full_name.clone()).or_insert(FieldType::Message(id));
        self.messages.push(Message {
            full_name: full_name.clone(),
            path: path.to_vec(),
            fields: Vec::new(),
            map_entry: message.map_entry,
        });
        for declared in &message.enums {
            self.declare_enum(declared, &full_name);
        }
        for (i, inner) in (0..).zip(&message.messages) {
            self.declare_message(inner, &full_name, &[path, &[i]].concat());
        }
        id
    }

    fn declare_enum(&mut self, declared: &RawEnum, scope: &str) {
        let full_name = join(scope, &declared.name);
        self.names.entry(full_name.clone()).or_insert(FieldType::Enum(EnumId(self.enums.len())));
        self.enums.push(EnumType { full_name, values: declared.values.clone() });
    }

    fn fill(&mut self, file: &File) -> Result<(), String> {
        file.messages.iter().try_for_each(|m| self.fill_message(m, &file.package, file.proto2))
    }

    fn fill_message(&mut self, message: &RawMessage, scope: &str, proto2: bool) -> Result<(), String> {
        let full_name = join(scope, &message.name);
        let mut fields: Vec<Field> = Vec::with_capacity(message.fields.len());
        for raw in &message.fields {
            let field = self.field(raw, &full_name, proto2)?;
            if fields.iter().any(|f| f.number == field.number || f.name == field.name) {
                return Err(format!("field {} of {full_name} is there twice", field.name));
            }
            fields.push(field);
        }
        if let Some(FieldType::Message(id)) = self.names.get(&full_name)
            && let Some(target) = self.messages.get_mut(id.0)
        {
            target.fields = fields;
        }
        message.messages.iter().try_for_each(|m| self.fill_message(m, &full_name, proto2))
    }

    fn field(&self, raw: &RawField, scope: &str, proto2: bool) -> Result<Field, String> {
        let ty = match scalar(&raw.ty) {
            Some(ty) => ty,
            None => self.find(&raw.ty, scope).ok_or_else(|| format!("{} is not a type ({scope})", raw.ty))?,
        };
        let is_message = matches!(ty, FieldType::Message(_));
        let label = match raw.label.as_deref() {
            Some("repeated") => Label::Repeated,
            // Kafka Connect reads a scalar of proto2 that is not there as its default.
            Some(_) if proto2 && !is_message => Label::Implicit,
            Some(_) => Label::Optional,
            None if raw.oneof.is_some() || is_message => Label::Optional,
            None => Label::Implicit,
        };
        let option = |name: &str| raw.options.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        let parameter = |name: &str| raw.parameters.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.parse().ok());
        let scalar = !matches!(ty, FieldType::String | FieldType::Bytes | FieldType::Message(_));
        let packed = option("packed").map_or(!proto2, |value| value == "true");
        Ok(Field {
            name: raw.name.clone(),
            number: raw.number,
            ty,
            label,
            packed: packed && scalar && label == Label::Repeated,
            oneof: raw.oneof.clone(),
            decimal: parameter("precision").map(|precision| (precision, parameter("scale").unwrap_or(0))),
            default: option("default"),
        })
    }

    /// The type that a name means within `scope`: the innermost one.
    fn find(&self, name: &str, scope: &str) -> Option<FieldType> {
        if let Some(absolute) = name.strip_prefix('.') {
            return self.names.get(absolute).copied();
        }
        let mut scope = scope;
        loop {
            if let Some(found) = self.names.get(&join(scope, name)) {
                return Some(*found);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn scalar(name: &str) -> Option<FieldType> {
    Some(match name {
        "double" => FieldType::Double,
        "float" => FieldType::Float,
        "int32" => FieldType::Int32,
        "int64" => FieldType::Int64,
        "uint32" => FieldType::Uint32,
        "uint64" => FieldType::Uint64,
        "sint32" => FieldType::Sint32,
        "sint64" => FieldType::Sint64,
        "fixed32" => FieldType::Fixed32,
        "fixed64" => FieldType::Fixed64,
        "sfixed32" => FieldType::Sfixed32,
        "sfixed64" => FieldType::Sfixed64,
        "bool" => FieldType::Bool,
        "string" => FieldType::String,
        "bytes" => FieldType::Bytes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read() {
        let text = r#"
            // a comment
            syntax = "proto3"; package a.b; import "other.proto"; import 'google/protobuf/wrappers.proto';
            option java_package = "x";
            message Outer { /* in
                two lines */
                message Inner { int32 n = 1; }
                enum Kind { option allow_alias = true; A = 0; B = 0x1; reserved 5 to 9; }
                reserved 40, 50 to max; reserved "old";
                Inner inner = 1;
                repeated Kind kinds = 2 [deprecated = true];
                map<string, Inner> by_name = 3;
                oneof one { string s = 4; a.b.Other o = 5; }
                optional bool there = 6;
                google.protobuf.Int32Value w = 7;
                confluent.type.Decimal d = 8 [(confluent.field_meta) = { params: [
                    { value: "4", key: "precision" }, { key: "scale", value: "2" }] }];
            }
            message Second { .a.b.Outer.Inner i = 1; }
            service S { rpc Get (Outer) returns (Second) { option x = "y"; } }
        "#;
        let other = r#"syntax = "proto3"; package a.b; import "confluent/type/decimal.proto"; message Other {}"#;
        let proto = parse(text, &[("other.proto".into(), other.into())]).unwrap();
        let outer = proto.message(proto.find(None).unwrap());
        let shown: Vec<String> =
            outer.fields.iter().map(|f| format!("{} {} {:?} {}", f.number, f.name, f.label, f.packed)).collect();
        assert_eq!(
            shown,
            [
                "1 inner Optional false",
                "2 kinds Repeated true",
                "3 by_name Repeated false",
                "4 s Optional false",
                "5 o Optional false",
                "6 there Optional false",
                "7 w Optional false",
                "8 d Optional false"
            ]
        );
        assert_eq!(outer.fields[7].decimal, Some((4, 2)));
        let FieldType::Message(entry) = outer.fields[2].ty else { panic!("a map") };
        assert!(proto.message(entry).map_entry);
        let second = proto.find(Some("Second")).unwrap();
        let FieldType::Message(inner) = proto.message(second).fields[0].ty else { panic!("a message") };
        assert_eq!((proto.message(inner).full_name.as_str(), proto.at(&[0, 0])), ("a.b.Outer.Inner", Some(inner)));
        assert_eq!(proto.at(&[1]), Some(second));
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for bad in [
            "message M {",
            "message M { int32 a = 0; }",
            "message M { Nothing a = 1; }",
            "message M { int32 a = 1; int32 b = 1; }",
            "import \"gone.proto\";",
            "nonsense",
            "message M { string s = 1 [",
            "/* endless",
            "import \"endless",
        ] {
            assert!(parse(bad, &[]).is_err(), "{bad}");
        }
    }
}
