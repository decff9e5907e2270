//! A query whose process ends between any two records: its operators go on from what they gave out, as behind a changelog.

use std::collections::BTreeMap;

use crate::error::EngineError;
use crate::operator::Operator;
use crate::query::Query;

/// What the operators of a query have given out: by operator and key.
#[derive(Debug, Default)]
pub(super) struct Saved(BTreeMap<(usize, Vec<u8>), Vec<u8>>);

impl Saved {
    /// Puts fresh operators in the place of those at hand, with all that those have given out till now.
    pub(super) fn restart(&mut self, query: &Query, operators: &mut Vec<Box<dyn Operator>>) -> Result<(), EngineError> {
        for (at, operator) in operators.iter_mut().enumerate() {
            operator.save(&mut |key, value| {
                match value {
                    Some(value) => self.0.insert((at, key.to_vec()), value.to_vec()),
                    None => self.0.remove(&(at, key.to_vec())),
                };
                Ok(())
            })?;
        }
        *operators = query.operators()?;
        for ((at, key), value) in &self.0 {
            if let Some(operator) = operators.get_mut(*at) {
                operator.load(key, value)?;
            }
        }
        operators.iter_mut().for_each(|operator| operator.track());
        Ok(())
    }
}
