//! PARTITION BY: what the record's own key was says nothing any more.

use super::{Context, Operator};
use crate::batch::Batch;
use crate::error::EngineError;

/// Marks rows as keyed by their columns: a row whose record had no key is given one, even one of nulls.
#[derive(Debug)]
pub struct Rekey;

impl Operator for Rekey {
    fn push(&mut self, batch: Batch, _cx: &mut Context<'_>, out: &mut Vec<Batch>) -> Result<(), EngineError> {
        out.push(Batch { keyless: None, windows: None, ..batch });
        Ok(())
    }
}
