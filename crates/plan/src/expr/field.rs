//! `base->field`: null for a null struct.

use arrow::array::{Array, ArrayRef, AsArray, make_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;
use millstream_functions::{Arg, Error};
use millstream_sql::Diagnostic;
use millstream_sql::ast::{Expr, Ident};
use millstream_types::SqlType;

use super::operation::Operation;
use super::shown::Shown;
use super::{Compiler, Typed};
use crate::suggest::did_you_mean;

impl Compiler<'_> {
    pub(super) fn field(&mut self, base: &Expr, field: &Ident) -> Option<Typed> {
        let typed = self.operand(base)?;
        let Some(SqlType::Struct(fields)) = typed.ty.clone() else {
            let message = format!("Expected a STRUCT before '->', but {} is {}.", Shown(base), typed.type_name());
            return self.reject_type(base.span, message);
        };
        let Some((index, found)) = fields.iter().enumerate().find(|(_, f)| f.name == field.value) else {
            let finding =
                Diagnostic::at(field.span, format!("Could not find field '{}' in '{}'.", field.value, Shown(base)));
            let hint = did_you_mean(&field.value, fields.iter().map(|f| f.name.as_str()));
            self.findings.push(Diagnostic { hint, ..finding });
            return None;
        };
        Some(field_of(typed, index, &found.ty))
    }
}

/// The field at `index` of a struct.
pub(crate) fn field_of(base: Typed, index: usize, ty: &SqlType) -> Typed {
    Typed::operation(Field { index }, vec![base], ty.clone(), false)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Field {
    index: usize,
}

impl Operation for Field {
    fn name(&self) -> String {
        format!("FIELD {}", self.index)
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let base = args.first().and_then(|a| a.array().as_struct_opt());
        let column = base.and_then(|b| Some((b, b.columns().get(self.index)?)));
        let (base, column) = column.ok_or_else(|| Error::Fatal("the struct lacks the field".into()))?;
        match base.nulls().filter(|n| n.null_count() > 0) {
            None => Ok(ArrayRef::clone(column)),
            nulls => {
                let nulls = NullBuffer::union(nulls, column.nulls());
                Ok(make_array(column.to_data().into_builder().nulls(nulls).build()?))
            }
        }
    }
}
