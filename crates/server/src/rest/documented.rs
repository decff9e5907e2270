//! `docs/openapi.json` against the server: the same routes, and answers of the shapes that it describes. For tests alone.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The document.
fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Checks a JSON text against the schema of that name. Panics with what differs.
#[track_caller]
pub(crate) fn check(schema: &str, json: &str) {
    let document = document();
    let value = serde_json::from_str(json).unwrap();
    let schema = &document["components"]["schemas"][schema];
    assert!(schema.is_object(), "there is no such schema");
    if let Err(e) = Shapes(&document).fits(schema, &value, "") {
        panic!("docs/openapi.json describes another shape: {e}\n{json}");
    }
}

/// The part of JSON Schema that the document uses.
struct Shapes<'d>(&'d Value);

impl Shapes<'_> {
    fn fits(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.0.pointer(reference.trim_start_matches('#'));
            return self.fits(target.ok_or_else(|| format!("{at}: no schema {reference}"))?, value, at);
        }
        if value.is_null() && schema["nullable"] == true {
            return Ok(());
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.fits(part, value, at)?;
        }
        if let Some(mapping) = schema["discriminator"]["mapping"].as_object() {
            let kind = value["@type"].as_str().unwrap_or_default();
            let target = mapping.get(kind).and_then(Value::as_str).ok_or_else(|| format!("{at}: no @type {kind}"))?;
            let target = self.0.pointer(target.trim_start_matches('#')).ok_or_else(|| format!("no schema {target}"))?;
            return self.fits(target, value, at);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fitting = choices.iter().filter(|choice| self.fits(choice, value, at).is_ok()).count();
            return if fitting == 1 { Ok(()) } else { Err(format!("{at}: {fitting} of the choices fit {value}")) };
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            return Err(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        match (schema["type"].as_str(), value) {
            (None, _) => Ok(()),
            (Some("string"), Value::String(_))
            | (Some("boolean"), Value::Bool(_))
            | (Some("number"), Value::Number(_)) => Ok(()),
            (Some("integer"), Value::Number(n)) if n.is_i64() || n.is_u64() => Ok(()),
            (Some("array"), Value::Array(items)) => {
                items.iter().try_for_each(|item| self.fits(&schema["items"], item, &format!("{at}[]")))
            }
            (Some("object"), Value::Object(fields)) => self.object_fits(schema, fields, at),
            (Some(kind), _) => Err(format!("{at}: {value} is no {kind}")),
        }
    }

    fn object_fits(&self, schema: &Value, fields: &Map<String, Value>, at: &str) -> Result<(), String> {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if let Some(name) = required.into_iter().find(|name| !fields.contains_key(*name)) {
            return Err(format!("{at}: {name} is missing"));
        }
        for (name, value) in fields {
            let at = format!("{at}/{name}");
            match (schema["properties"].get(name), &schema["additionalProperties"]) {
                (Some(property), _) => self.fits(property, value, &at)?,
                (None, Value::Bool(false)) => return Err(format!("{at} is not described")),
                (None, others @ Value::Object(_)) => self.fits(others, value, &at)?,
                (None, _) => {}
            }
        }
        Ok(())
    }
}

#[test]
fn the_routes_are_those_of_the_document() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    let routes: BTreeSet<String> =
        super::routes().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(routes, described);
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(reference) if name == "$ref" => found.push(reference.to_owned()),
                        _ => references(value, found),
                    }
                }
            }
            _ => {}
        }
    }
    let (document, mut found) = (document(), Vec::new());
    references(&document, &mut found);
    let lost: Vec<&String> = found.iter().filter(|r| document.pointer(r.trim_start_matches('#')).is_none()).collect();
    assert!(!found.is_empty() && lost.is_empty(), "{lost:?}");
}

#[test]
fn other_shapes_are_told_apart() {
    let document = document();
    let fits = |schema: &str, json: &str| {
        Shapes(&document).fits(&document["components"]["schemas"][schema], &serde_json::from_str(json).unwrap(), "")
    };
    assert_eq!(fits("Warning", r#"{"message":"m"}"#), Ok(()));
    for (schema, json, part) in [
        ("Warning", r#"{}"#, "message is missing"),
        ("Warning", r#"{"message":1}"#, "1 is no string"),
        ("Warning", r#"{"message":"m","x":1}"#, "/x is not described"),
        ("Entity", r#"{"@type":"nope"}"#, "no @type nope"),
        ("StreamedRow", r#"{"header":1}"#, "0 of the choices fit"),
        ("CommandStatus", r#"{"status":"DONE","message":"","queryId":null}"#, "is none of"),
    ] {
        let error = fits(schema, json).unwrap_err();
        assert!(error.contains(part), "{json}: {error}");
    }
}
