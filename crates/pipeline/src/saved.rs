//! A plan as JSON: what `plan --json` prints, and what `plan -o` saves and `apply` takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::diff::{Action, Change, Diff, Step};

/// What a plan file says that it is.
const KIND: &str = "millstream plan";
/// The form that is written here, and the only one that is read.
const VERSION: u64 = 1;

/// A plan that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedPlan {
    /// The URL of the server that it is for.
    pub server: String,
    /// The catalog that it was made against.
    pub(crate) fingerprint: String,
    /// Its statements.
    pub(crate) steps: Vec<Step>,
    /// Whether it loses anything.
    pub(crate) loses: bool,
}

/// A comparison as JSON.
pub(crate) fn json(diff: &Diff, server: &str, fingerprint: &str) -> Value {
    json!({
        "kind": KIND,
        "version": VERSION,
        "server": server,
        "catalog": fingerprint,
        "changes": diff.changes.iter().map(change).collect::<Vec<_>>(),
        "steps": diff.steps.iter().map(step).collect::<Vec<_>>(),
        "blocked": diff.blocked,
        "losesState": diff.loses(),
    })
}

fn change(change: &Change) -> Value {
    let action = match change.action {
        Action::Unchanged => "unchanged",
        Action::Create => "create",
        Action::Upgrade => "upgrade",
        Action::Replace => "replace",
        Action::Delete => "delete",
        Action::Leave => "leave",
    };
    let differences: Vec<Value> =
        change.differences.iter().map(|d| json!({"part": d.part, "from": d.from, "to": d.to})).collect();
    json!({
        "action": action,
        "type": change.noun,
        "name": change.id.to_string(),
        "differences": differences,
        "reasons": change.reasons,
        "losses": change.losses,
    })
}

fn step(step: &Step) -> Value {
    json!({"what": step.what, "sql": step.sql, "properties": step.properties})
}

/// Reads what `plan -o` wrote.
///
/// # Errors
/// One sentence on what is wrong with it.
pub fn read(text: &str) -> Result<SavedPlan, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("not JSON: {e}"))?;
    if value.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err("not a plan: 'millstream plan DIR -o FILE' writes one".to_owned());
    }
    if value.get("version").and_then(Value::as_u64) != Some(VERSION) {
        return Err("a plan of another version of millstream: plan again".to_owned());
    }
    let blocked = value.get("blocked").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if blocked {
        return Err("a plan that cannot be done: it says itself why (\"blocked\")".to_owned());
    }
    let text = |value: &Value, name: &str| {
        let found = value.get(name).and_then(Value::as_str).map(str::to_owned);
        found.ok_or_else(|| format!("damaged: no \"{name}\""))
    };
    let steps = value.get("steps").and_then(Value::as_array).ok_or("damaged: no \"steps\"")?;
    let steps = steps.iter().map(|value| {
        let properties = value.get("properties").and_then(Value::as_object).map(strings).unwrap_or_default();
        Ok::<_, String>(Step { what: text(value, "what")?, sql: text(value, "sql")?, properties })
    });
    Ok(SavedPlan {
        server: text(&value, "server")?,
        fingerprint: text(&value, "catalog")?,
        steps: steps.collect::<Result<_, _>>()?,
        loses: value.get("losesState").and_then(Value::as_bool).unwrap_or(true),
    })
}

fn strings(object: &Map<String, Value>) -> BTreeMap<String, String> {
    object.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let steps = vec![Step {
            what: "create stream s".into(),
            sql: "CREATE STREAM s …;".into(),
            properties: BTreeMap::from([("a".into(), "b".into())]),
        }];
        let diff = Diff { changes: Vec::new(), steps: steps.clone(), blocked: Vec::new() };
        let saved = read(&json(&diff, "http://h:1", "f00").to_string()).unwrap();
        let want = SavedPlan { server: "http://h:1".into(), fingerprint: "f00".into(), steps, loses: false };
        assert_eq!(saved, want);
        let blocked = Diff { blocked: vec!["x".into()], ..diff };
        assert!(read(&json(&blocked, "", "").to_string()).unwrap_err().contains("cannot be done"));
        for (text, want) in
            [("{", "not JSON"), ("{}", "not a plan"), (r#"{"kind":"millstream plan","version":2}"#, "another version")]
        {
            assert!(read(text).unwrap_err().contains(want), "{text}");
        }
    }
}
