//! `x [NOT] IN (a, b, …)`: false for a null x, and nulls in the list match nothing.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::compute::or;
use arrow::datatypes::DataType;
use datafusion_physical_expr::expressions::in_list;
use millstream_functions::{Arg, Error, rows};
use millstream_sql::ast::Expr;
use millstream_types::{SqlType, arrow_type};

use super::compare::two_valued;
use super::constructor::Loose;
use super::operation::Operation;
use super::{Compiler, Typed, logic};

impl Compiler<'_> {
    pub(super) fn in_list(&mut self, expr: &Expr, negated: bool, list: &[Expr]) -> Option<Typed> {
        let members: Vec<Option<Loose>> = std::iter::once(expr).chain(list).map(|e| self.loose(e)).collect();
        let members = members.into_iter().collect::<Option<Vec<Loose>>>()?;
        let mut common: Option<SqlType> = None;
        for member in &members {
            common = match member.unify(common) {
                Ok(ty) => ty,
                Err(finding) => return self.reject_code(finding),
            };
        }
        let Some(ty) = common else {
            // Nothing but NULLs: nothing is found.
            return Some(logic::negated(super::literal::boolean(false), negated));
        };
        let mut converted = Vec::with_capacity(members.len());
        for member in members {
            match member.build(&ty) {
                Ok(typed) => converted.push(typed),
                Err(finding) => return self.reject_code(finding),
            }
        }
        let value = converted.remove(0);
        // A null in the list never matches.
        converted.retain(|t| t.constant().is_none_or(|c| !c.is_null()));
        if converted.is_empty() {
            return Some(logic::negated(super::literal::boolean(false), negated));
        }
        Some(logic::negated(self.found(value, converted, &ty), negated))
    }

    fn found(&self, value: Typed, list: Vec<Typed>, ty: &SqlType) -> Typed {
        let constants = list.iter().all(|t| t.constant().is_some());
        if constants && value.constant().is_none() && !arrow_type(ty).is_nested() && *ty != SqlType::Double {
            let exprs = list.iter().map(|t| Arc::clone(&t.expr)).collect();
            // DataFusion looks constants up in a hash set; its null for a null value becomes false.
            if let Ok(expr) = in_list(Arc::clone(&value.expr), exprs, &false, &self.rows()) {
                let inner = Typed { expr, ty: Some(SqlType::Boolean), fails: value.fails, isolates: false };
                return Typed::operation(TwoValued, vec![inner], SqlType::Boolean, false);
            }
        }
        let args = std::iter::once(value).chain(list).collect();
        Typed::operation(AnyEqual, args, SqlType::Boolean, false)
    }
}

/// Null becomes false.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TwoValued;

impl Operation for TwoValued {
    fn name(&self) -> String {
        "IS TRUE".into()
    }

    fn evaluate(&self, args: &[Arg], _rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let operand = args.first().and_then(|a| a.array().as_boolean_opt());
        Ok(Arc::new(two_valued(operand.cloned().ok_or_else(|| Error::Fatal("IN is not BOOLEAN".into()))?)))
    }
}

/// Whether the first operand equals one of the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AnyEqual;

impl Operation for AnyEqual {
    fn name(&self) -> String {
        "IN".into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, _returns: &DataType) -> Result<ArrayRef, Error> {
        let Some((value, list)) = args.split_first() else { return Err(Error::Fatal("no operand".into())) };
        let mut found = BooleanArray::from(vec![false; rows]);
        for member in list {
            let same = rows::not_distinct(value, member, rows)?;
            let same = if same.len() == rows { same } else { BooleanArray::from(vec![same.value(0); rows]) };
            found = or(&found, &same)?;
        }
        // Null equals null for the kernel, but is never found.
        Ok(Arc::new((0..rows).map(|row| Some(found.value(row) && !value.is_null(row))).collect::<BooleanArray>()))
    }
}
