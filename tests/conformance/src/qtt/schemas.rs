//! The schemas that a topic of a case must have in the registry in the end.

use millstream_schemas::{Registry, SchemaKind};
use millstream_sqltest::json::{Json, parse};

/// Checks those that are written beside a topic: trees of JSON, or the text of a Protobuf schema.
pub(super) fn check(wanted: &Json, topic: &str, registry: &Registry) -> Result<(), String> {
    for (member, side) in [("keySchema", "key"), ("valueSchema", "value")] {
        let Some(wanted) = wanted.get(member) else { continue };
        let subject = format!("{topic}-{side}");
        let registry = registry.get().ok_or("there is no registry")?;
        let schema = &registry.latest(&subject).map_err(|e| e.to_string())?.schema;
        let same = match (schema.kind, wanted) {
            (SchemaKind::Protobuf, Json::String(wanted)) => wanted.trim() == schema.text.trim(),
            _ => same(wanted, &parse(schema.text.as_bytes()).map_err(|e| format!("{subject}: {e}"))?),
        };
        if !same {
            return Err(format!("expected the schema {wanted} of {subject}\nbut was {}", schema.text));
        }
    }
    Ok(())
}

/// Whether two trees are equal; members of objects have no order.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            let in_b = |(name, value): &(String, Json)| b.iter().any(|(n, found)| n == name && same(value, found));
            a.len() == b.len() && a.iter().all(in_b)
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_no_order_and_items_have_one() {
        let tree = |text: &str| parse(text.as_bytes()).unwrap();
        assert!(same(&tree(r#"{"a": [1, {}], "b": null}"#), &tree(r#"{"b": null, "a": [1, {}]}"#)));
        for other in [r#"{"a": [{}, 1], "b": null}"#, r#"{"a": [1, {}]}"#, r#"{"a": [1, {}], "b": null, "c": 1}"#] {
            assert!(!same(&tree(r#"{"a": [1, {}], "b": null}"#), &tree(other)), "{other}");
        }
    }
}
