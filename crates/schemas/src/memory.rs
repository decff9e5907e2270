//! A registry in memory: for tests, the driver and the conformance runner.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::{Registered, RegistryError, SchemaRegistry, SchemaText};

/// A registry that lives as long as its process.
#[derive(Debug, Default)]
pub struct MemoryRegistry(Mutex<Content>);

#[derive(Debug, Default)]
struct Content {
    by_id: BTreeMap<i32, Arc<Registered>>,
    /// Ids by subject, in the order of their versions.
    subjects: BTreeMap<String, Vec<i32>>,
}

impl MemoryRegistry {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a schema under a subject with an id of the caller's choice.
    pub fn put(&self, subject: &str, id: i32, schema: SchemaText) {
        let mut content = self.0.lock();
        content.by_id.insert(id, Arc::new(Registered { id, schema }));
        content.subjects.entry(subject.to_owned()).or_default().push(id);
    }

    /// The text of that version of a subject.
    pub fn version(&self, subject: &str, version: i32) -> Option<Arc<Registered>> {
        let content = self.0.lock();
        let index = usize::try_from(version).ok()?.checked_sub(1)?;
        content.subjects.get(subject)?.get(index).and_then(|id| content.by_id.get(id)).cloned()
    }
}

impl SchemaRegistry for MemoryRegistry {
    fn by_id(&self, id: i32) -> Result<Arc<Registered>, RegistryError> {
        let found = self.0.lock().by_id.get(&id).cloned();
        found.ok_or_else(|| RegistryError::Missing(format!("Schema {id} not found")))
    }

    fn latest(&self, subject: &str) -> Result<Arc<Registered>, RegistryError> {
        let content = self.0.lock();
        let last = content.subjects.get(subject).and_then(|ids| ids.last());
        let found = last.and_then(|id| content.by_id.get(id)).cloned();
        found.ok_or_else(|| RegistryError::Missing(format!("Subject '{subject}' not found.")))
    }

    fn find(&self, subject: &str, schema: &SchemaText) -> Result<i32, RegistryError> {
        let content = self.0.lock();
        let ids = content.subjects.get(subject).map(Vec::as_slice).unwrap_or_default();
        let found = ids.iter().find(|id| content.by_id.get(id).is_some_and(|r| r.schema == *schema));
        found.copied().ok_or_else(|| RegistryError::Missing("Schema not found".to_owned()))
    }

    fn register(&self, subject: &str, schema: &SchemaText) -> Result<i32, RegistryError> {
        if let Ok(id) = self.find(subject, schema) {
            return Ok(id);
        }
        let mut content = self.0.lock();
        // One schema has one id, under whichever subjects.
        let known = content.by_id.values().find(|r| r.schema == *schema).map(|r| r.id);
        let next = content.by_id.keys().next_back().map_or(1, |last| last.saturating_add(1));
        let id = known.unwrap_or(next);
        content.by_id.entry(id).or_insert_with(|| Arc::new(Registered { id, schema: schema.clone() }));
        content.subjects.entry(subject.to_owned()).or_default().push(id);
        Ok(id)
    }

    fn delete(&self, subject: &str) -> Result<(), RegistryError> {
        let gone = self.0.lock().subjects.remove(subject);
        gone.map(drop).ok_or_else(|| RegistryError::Missing(format!("Subject '{subject}' not found.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchemaKind;

    #[test]
    fn ids_belong_to_schemas_and_versions_to_subjects() {
        let registry = MemoryRegistry::new();
        let schema = |text: &str| SchemaText::new(SchemaKind::Avro, text);
        let one = registry.register("a", &schema("\"int\"")).unwrap();
        assert_eq!(registry.register("a", &schema("\"int\"")), Ok(one));
        assert_eq!(registry.register("b", &schema("\"int\"")), Ok(one));
        let two = registry.register("a", &schema("\"long\"")).unwrap();
        assert_ne!(one, two);
        assert_eq!(registry.latest("a").unwrap().id, two);
        assert_eq!(registry.version("a", 1).unwrap().id, one);
        assert!(registry.find("b", &schema("\"long\"")).is_err());
        registry.delete("a").unwrap();
        assert!(registry.latest("a").is_err() && registry.by_id(two).is_ok());
    }
}
