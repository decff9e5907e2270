//! `x => body`: the lambda arguments of a call, compiled as closures.
//!
//! The body is an expression over a batch of its own: first the columns of the row that it uses (captured), then the
//! lambda's parameters. When the call is evaluated, the captured columns are repeated for each element of the row's
//! collection, so that the body is evaluated once for all elements of all rows.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion_common::DataFusionError;
use datafusion_common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::Column;
use millstream_functions::{Arg, Call, Error, Function, Given, Lambda, Overload};
use millstream_sql::ast::{Expr, ExprKind, Ident};
use millstream_sql::{Diagnostic, Span};
use millstream_types::{SqlType, arrow_field};

use super::operation::Operation;
use super::{Compiler, Typed, cast, isolate};

/// A parameter of an enclosing lambda.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) ty: SqlType,
}

/// Whether a call has lambdas among its arguments.
pub(super) fn has_lambdas(args: &[Expr]) -> bool {
    args.iter().any(|a| matches!(a.kind, ExprKind::Lambda { .. }))
}

impl Compiler<'_> {
    /// A call with lambdas.
    pub(super) fn call_with_lambdas(
        &mut self,
        span: Span,
        function: &'static Function,
        args: &[Expr],
    ) -> Option<Typed> {
        let mut values: Vec<Option<Typed>> = Vec::with_capacity(args.len());
        let mut given = Vec::with_capacity(args.len());
        let mut complete = true;
        for arg in args {
            if let ExprKind::Lambda { params, .. } = &arg.kind {
                complete &= self.check_names(params);
                given.push(Given::Lambda(params.len()));
                values.push(None);
                continue;
            }
            let typed = self.operand(arg);
            complete &= typed.is_some();
            given.push(Given::Value(typed.as_ref().and_then(|t| t.ty.clone())));
            values.push(typed);
        }
        if !complete {
            return None;
        }
        let mut bodies: Vec<Option<(Typed, Vec<SqlType>)>> = vec![None; args.len()];
        let resolved = function.resolve_with_lambdas(&given, &mut |position, types| {
            let typed = self.body(args.get(position)?, types)?;
            let ty = typed.ty.clone();
            *bodies.get_mut(position)? = Some((typed, types.to_vec()));
            Some(ty)
        });
        let resolved = match resolved {
            Ok(resolved) => resolved?,
            Err(error) => return self.reject_type(span, error),
        };
        let (mut children, mut closures, mut fails) = (Vec::new(), Vec::new(), resolved.overload.fallible);
        for ((value, body), ty) in values.into_iter().zip(bodies).zip(&resolved.params) {
            match (value, body) {
                (Some(value), _) => children.push(cast::convert(value, ty)),
                (None, Some((body, params))) => {
                    let body = cast::convert(body, ty);
                    fails |= body.fails;
                    closures.push((body.expr, params));
                }
                (None, None) => return None,
            }
        }
        let count = children.len();
        let base = self.rows().fields().len();
        let mut lambdas = Vec::with_capacity(closures.len());
        for (body, params) in closures {
            let closure = self.closure(&body, base, &params, &mut children);
            lambdas.push(closure.or_else(|| self.reject(span, "The lambda could not be compiled."))?);
        }
        let operation = InvokeWithLambdas { function, overload: resolved.overload, values: count, lambdas };
        let typed = Typed::operation(operation, children, resolved.returns, fails);
        Some(Typed { isolates: typed.fails, ..typed })
    }

    /// Whether the expression at hand belongs to a lambda's body.
    pub(super) fn in_lambda(&self) -> bool {
        !self.params.is_empty()
    }

    /// The batch that expressions see here: the scope's columns, then the parameters of the enclosing lambdas.
    pub(super) fn rows(&self) -> SchemaRef {
        if self.params.is_empty() {
            return self.scope.rows();
        }
        let rows = self.scope.rows();
        let fields = rows.fields().iter().cloned();
        let params = self.params.iter().map(|p| Arc::new(arrow_field(&p.name, &p.ty)));
        Arc::new(Schema::new(fields.chain(params).collect::<Vec<_>>()))
    }

    /// The parameter of an enclosing lambda that a name means.
    pub(super) fn parameter(&self, name: &Ident) -> Option<Typed> {
        let at = self.params.iter().rposition(|p| p.name == name.value)?;
        let index = self.scope.rows().fields().len() + at;
        Some(Typed {
            expr: Arc::new(Column::new(&name.value, index)),
            ty: self.params.get(at).map(|p| p.ty.clone()),
            fails: false,
            isolates: false,
        })
    }

    /// A parameter must not hide a column, nor a parameter around it.
    fn check_names(&mut self, params: &[Ident]) -> bool {
        let before = self.findings.len();
        for (i, param) in params.iter().enumerate() {
            let repeated = params.iter().take(i).any(|p| p.value == param.value);
            if repeated {
                let message = format!("Lambda arguments have to be unique: {}", param.value);
                self.findings.push(Diagnostic::at(param.span, message));
            } else if self.params.iter().any(|p| p.name == param.value) {
                let message = format!("Reusing lambda arguments in nested lambda is not allowed: {}", param.value);
                self.findings.push(Diagnostic::at(param.span, message).hint("Give the inner one another name."));
            } else if self.scope.has_column(&param.value) {
                let message = format!(
                    "Lambda function argument can't be a column name: {}. The lambda expression arguments must have \
                     names that no column of the source has.",
                    param.value
                );
                self.findings.push(Diagnostic::at(param.span, message));
            }
        }
        self.findings.len() == before
    }

    /// The body of a lambda whose parameters have these types.
    fn body(&mut self, lambda: &Expr, types: &[SqlType]) -> Option<Typed> {
        let ExprKind::Lambda { params, body } = &lambda.kind else { return None };
        let outer = self.params.len();
        let inner = params.iter().zip(types).map(|(p, ty)| Parameter { name: p.value.clone(), ty: ty.clone() });
        self.params.extend(inner);
        let typed = self.compile(body).map(isolate::isolated);
        self.params.truncate(outer);
        typed
    }

    /// `body` over the columns it uses and its parameters. The columns are appended to the call's children.
    fn closure(
        &self,
        body: &Arc<dyn PhysicalExpr>,
        base: usize,
        params: &[SqlType],
        children: &mut Vec<Typed>,
    ) -> Option<Closure> {
        let rows = self.rows();
        let mut used = BTreeSet::new();
        let visited = body.apply(|expr| {
            used.extend(expr.downcast_ref::<Column>().map(Column::index).filter(|index| *index < base));
            Ok(datafusion_common::tree_node::TreeNodeRecursion::Continue)
        });
        visited.ok()?;
        let captured: Vec<usize> = used.into_iter().collect();
        let moved = Arc::clone(body).transform_up(|expr| {
            let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
            let index = match captured.binary_search(&column.index()) {
                Ok(place) => place,
                Err(_) => captured.len() + column.index() - base,
            };
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(column.name(), index));
            Ok(Transformed::yes(column))
        });
        let first = children.len();
        let mut fields = Vec::with_capacity(captured.len() + params.len());
        for index in &captured {
            let field = rows.fields().get(*index)?;
            fields.push(Arc::clone(field));
            let expr: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), *index));
            children.push(Typed { expr, ty: None, fails: false, isolates: false });
        }
        fields.extend(params.iter().enumerate().map(|(i, ty)| Arc::new(arrow_field(&format!("#{i}"), ty))));
        Some(Closure { body: moved.data().ok()?, captured: first..children.len(), rows: Arc::new(Schema::new(fields)) })
    }
}

/// A lambda's body over its own batch.
#[derive(Debug, Clone)]
struct Closure {
    body: Arc<dyn PhysicalExpr>,
    /// Which children of the call are its captured columns.
    captured: std::ops::Range<usize>,
    /// Arrow schema of its batch: captured columns, then parameters.
    rows: SchemaRef,
}

impl PartialEq for Closure {
    fn eq(&self, other: &Self) -> bool {
        self.body.as_ref() == other.body.as_ref() && self.captured == other.captured && self.rows == other.rows
    }
}

impl Eq for Closure {}

impl Hash for Closure {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.body.hash(state);
        self.captured.hash(state);
    }
}

#[derive(Debug, Clone)]
struct InvokeWithLambdas {
    function: &'static Function,
    overload: &'static Overload,
    /// How many of the children are arguments; captured columns follow.
    values: usize,
    lambdas: Vec<Closure>,
}

// Functions are statics: their address is their identity.
impl PartialEq for InvokeWithLambdas {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.overload, other.overload) && self.lambdas == other.lambdas
    }
}

impl Eq for InvokeWithLambdas {}

impl Hash for InvokeWithLambdas {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
        self.lambdas.hash(state);
    }
}

impl Operation for InvokeWithLambdas {
    fn name(&self) -> String {
        self.function.name.into()
    }

    fn evaluate(&self, args: &[Arg], rows: usize, returns: &DataType) -> Result<ArrayRef, Error> {
        let values = args.get(..self.values).unwrap_or_default();
        let bound: Vec<Bound<'_>> = self
            .lambdas
            .iter()
            .map(|closure| Bound { closure, captured: args.get(closure.captured.clone()).unwrap_or_default() })
            .collect();
        let lambdas: Vec<&dyn Lambda> = bound.iter().map(|b| b as &dyn Lambda).collect();
        (self.overload.eval)(&Call { args: values, rows, lambdas: &lambdas, returns })
    }
}

/// A closure with the captured columns of a batch.
struct Bound<'a> {
    closure: &'a Closure,
    captured: &'a [Arg],
}

impl fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.closure.body)
    }
}

impl Lambda for Bound<'_> {
    fn evaluate(&self, rows: &dyn Fn() -> UInt32Array, params: &[ArrayRef]) -> Result<ArrayRef, Error> {
        let length = params.first().map_or(0, |p| p.len());
        let rows = self.captured.iter().any(|c| !c.is_constant()).then(rows);
        let mut columns = Vec::with_capacity(self.captured.len() + params.len());
        for column in self.captured {
            columns.push(match &rows {
                Some(rows) if !column.is_constant() => take(column.array(), rows, None)?,
                _ => column.expand(length)?,
            });
        }
        columns.extend(params.iter().cloned());
        let options = RecordBatchOptions::new().with_row_count(Some(length));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.closure.rows), columns, &options)?;
        let value = self.closure.body.evaluate(&batch).and_then(|v| v.into_array(batch.num_rows()));
        value.map_err(|error| match error {
            DataFusionError::Execution(text) => Error::Data(text),
            DataFusionError::ArrowError(error, _) => Error::from(*error),
            other => Error::Fatal(crate::reason(&other)),
        })
    }
}
