//! What a group is grouped by, as it is kept: results that leave without a row of the group need it.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use millstream_functions::{RowReader, RowWriter};
use millstream_plan::topology::Projection;
use millstream_types::arrow_type;

use crate::error::EngineError;
use crate::operator::kept::{damaged, take_array};

/// The types of the columns that rows are grouped by.
pub(super) struct GroupColumns(Vec<DataType>);

impl GroupColumns {
    /// Those of these expressions.
    pub(super) fn of(group: &[Projection]) -> Self {
        Self(group.iter().map(|part| arrow_type(&part.column.ty)).collect())
    }

    /// Appends columns of one row, or that there are none.
    pub(super) fn put(columns: &[ArrayRef], out: &mut Vec<u8>) -> Result<(), EngineError> {
        let length = out.len();
        out.extend_from_slice(&[0; 4]);
        if !columns.is_empty() {
            RowWriter::of(columns).map_err(fault)?.put(0, out);
        }
        let bytes = u32::try_from(out.len() - length - 4).map_err(|_| damaged())?;
        if let Some(place) = out.get_mut(length..length + 4) {
            place.copy_from_slice(&bytes.to_be_bytes());
        }
        Ok(())
    }

    /// Takes what [`GroupColumns::put`] appended.
    pub(super) fn take(&self, bytes: &mut &[u8]) -> Result<Vec<ArrayRef>, EngineError> {
        let length = u32::from_be_bytes(take_array(bytes)?) as usize;
        let (row, rest) = bytes.split_at_checked(length).ok_or_else(damaged)?;
        *bytes = rest;
        if row.is_empty() {
            return Ok(Vec::new());
        }
        let mut reader = RowReader::of(&self.0).map_err(fault)?;
        reader.push(row).map_err(fault)?;
        reader.finish().map_err(fault)
    }
}

fn fault(error: millstream_functions::Error) -> EngineError {
    EngineError::Query(error.to_string())
}
