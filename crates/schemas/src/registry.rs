//! The seam to a schema registry.

use std::fmt;
use std::sync::Arc;

use crate::{Registered, SchemaText};

/// Why a registry could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It has no such subject, version or id.
    #[error("{0}")]
    Missing(String),
    /// It cannot be reached, or is not well: the same may succeed later.
    #[error("{0}")]
    Unavailable(String),
    /// It refuses: not allowed, not compatible, no schema.
    #[error("{0}")]
    Refused(String),
}

/// A schema registry. All calls may block, but none for longer than its own bound.
pub trait SchemaRegistry: Send + Sync + fmt::Debug {
    /// The schema of that id, what it refers to included. Kept, as ids never change their meaning.
    ///
    /// # Errors
    /// There is none, or it cannot be had.
    fn by_id(&self, id: i32) -> Result<Arc<Registered>, RegistryError>;

    /// The latest schema of a subject.
    ///
    /// # Errors
    /// There is no such subject, or it cannot be had.
    fn latest(&self, subject: &str) -> Result<Arc<Registered>, RegistryError>;

    /// The id under which a schema stands in a subject.
    ///
    /// # Errors
    /// It does not stand there, or it cannot be told.
    fn find(&self, subject: &str, schema: &SchemaText) -> Result<i32, RegistryError>;

    /// Adds a schema to a subject, unless it stands there; its id.
    ///
    /// # Errors
    /// The registry refuses it, or cannot be reached.
    fn register(&self, subject: &str, schema: &SchemaText) -> Result<i32, RegistryError>;

    /// Removes a subject.
    ///
    /// # Errors
    /// There is none, or the registry cannot be reached.
    fn delete(&self, subject: &str) -> Result<(), RegistryError>;
}

/// The registry that there is, or none.
#[derive(Debug, Clone, Default)]
pub struct Registry(Option<Arc<dyn SchemaRegistry>>);

impl Registry {
    /// This one.
    pub fn new(registry: Arc<dyn SchemaRegistry>) -> Self {
        Self(Some(registry))
    }

    /// None: formats that need one cannot be used.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The registry, if there is one.
    pub fn get(&self) -> Option<&Arc<dyn SchemaRegistry>> {
        self.0.as_ref()
    }
}
