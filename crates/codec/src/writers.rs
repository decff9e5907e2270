//! The registry's framing of payloads, and what is known of the schemas that they were written with.

use std::collections::HashMap;
use std::sync::Arc;

use millstream_schemas::{
    NOT_CONFIGURED, Registered, Registry, RegistryError, SchemaKind, SchemaRegistry, SchemaText, generate,
};
use millstream_types::{Column, FormatSpec};

use crate::damage::Damage;
use crate::{Rejected, Unsupported};

/// Most schemas of which the plans are kept: a topic has a handful, and damaged payloads name any id.
const KNOWN_MAX: usize = 1024;
/// The id of what stays inside.
pub(crate) const OWN: i32 = 0;

/// How to read payloads of each writer's schema: `P`, made once per id.
#[derive(Debug)]
pub(crate) struct Writers<P> {
    registry: Arc<dyn SchemaRegistry>,
    kind: SchemaKind,
    /// That of the columns: what stays inside is written with it, under id 0, which no registry gives.
    own: Option<SchemaText>,
    /// What cannot be read stays so.
    known: HashMap<i32, Result<Arc<P>, String>>,
    last: Option<(i32, Arc<P>)>,
    stalled: Option<String>,
}

impl<P> Writers<P> {
    /// No schema is known yet but that of the columns. Error: there is no registry.
    pub(crate) fn new(registry: &Registry, spec: FormatSpec, columns: &[Column]) -> Result<Self, Unsupported> {
        let kind = SchemaKind::of(spec.format)
            .ok_or_else(|| Unsupported(format!("The '{}' format has no schemas", spec.format)))?;
        let Some(registry) = registry.get() else {
            return Err(Unsupported(NOT_CONFIGURED.to_owned()));
        };
        let own = generate(spec, columns, None);
        Ok(Self { registry: Arc::clone(registry), kind, own, known: HashMap::new(), last: None, stalled: None })
    }

    /// The plan of the writer that a payload names, and the rest of the payload.
    pub(crate) fn open<'p>(
        &mut self,
        payload: &'p [u8],
        make: impl FnOnce(&Registered) -> Result<P, String>,
    ) -> Result<(Arc<P>, &'p [u8]), Rejected> {
        let Some(([magic, a, b, c, d], rest)) = payload.split_first_chunk::<5>() else {
            return Err(Damage::new("it is too short for the id of a schema").into());
        };
        if *magic != 0 {
            return Err(Damage::new("Unknown magic byte: no id of a schema stands before it").into());
        }
        let id = i32::from_be_bytes([*a, *b, *c, *d]);
        if let Some((last, plan)) = &self.last
            && *last == id
        {
            return Ok((Arc::clone(plan), rest));
        }
        let plan = self.plan(id, make)?;
        self.last = Some((id, Arc::clone(&plan)));
        Ok((plan, rest))
    }

    #[cold]
    fn plan(&mut self, id: i32, make: impl FnOnce(&Registered) -> Result<P, String>) -> Result<Arc<P>, Rejected> {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        if let Some(known) = self.known.get(&id) {
            return known.clone().map_err(Rejected);
        }
        let found = match &self.own {
            Some(own) if id == OWN => Ok(Arc::new(Registered { id, schema: own.clone() })),
            _ => self.registry.by_id(id),
        };
        let made = match found {
            Ok(found) if found.schema.kind != self.kind => {
                Err(format!("$: schema {id} is of type {}, not {}", found.schema.kind.name(), self.kind.name()))
            }
            Ok(found) => make(&found).map(Arc::new).map_err(|e| format!("$: schema {id}: {e}")),
            Err(RegistryError::Unavailable(e)) => {
                let reason = format!("schema {id} cannot be had: {e}");
                self.stalled = Some(reason.clone());
                return Err(Rejected(reason));
            }
            Err(RegistryError::Missing(e) | RegistryError::Refused(e)) => Err(format!("$: schema {id}: {e}")),
        };
        self.known.insert(id, made.clone());
        made.map_err(Rejected)
    }

    /// Why the last payload could not be read, where that is no fault of its own.
    pub(crate) fn stalled(&mut self) -> Option<String> {
        self.stalled.take()
    }
}

/// Appends what stands before a payload.
pub(crate) fn frame(id: i32, out: &mut Vec<u8>) {
    out.push(0);
    out.extend_from_slice(&id.to_be_bytes());
}
