//! A source as DataFusion reads it: its columns as far as the query may name them, scans of those that are used, and the
//! conditions on single columns that may become lookups.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{StreamExt as _, stream};
use millstream_types::arrow_field;

use crate::{Equal, Scan, Source};

/// Values that a condition may name for it to become a lookup; one of more is a filter.
const VALUES_MAX: usize = 1000;

/// A source in a plan.
#[derive(Debug)]
pub(crate) struct Provider {
    source: Arc<dyn Source>,
    /// The columns that it shows, by place among the source's.
    shown: Vec<usize>,
    schema: SchemaRef,
}

impl Provider {
    /// The source with its columns, of the hidden ones those that are among the words of the query.
    pub(crate) fn new(source: Arc<dyn Source>, words: &BTreeSet<String>) -> Self {
        let columns = source.columns().iter().enumerate();
        let shown = columns.filter(|(_, c)| !c.hidden || words.contains(&c.name));
        let (shown, fields): (Vec<usize>, Vec<_>) = shown.map(|(i, c)| (i, arrow_field(&c.name, &c.ty))).unzip();
        Self { source, shown, schema: Arc::new(Schema::new(fields)) }
    }

    /// The lookup that a condition is, if it is one.
    fn equal(&self, filter: &Expr) -> Option<Equal> {
        let (name, values) = values(filter)?;
        let position = self.schema.index_of(name).ok()?;
        let ty = self.schema.field(position).data_type();
        let column = *self.shown.get(position)?;
        let values: Option<Vec<ScalarValue>> = values.into_iter().map(|value| exact(value, ty)).collect();
        let values = ScalarValue::iter_to_array(values.filter(|v| !v.is_empty())?).ok()?;
        (values.null_count() == 0).then_some(Equal { column, values })
    }
}

/// A value in another type, if it is the same value there.
fn exact(value: &ScalarValue, ty: &DataType) -> Option<ScalarValue> {
    let cast = value.cast_to(ty).ok()?;
    (cast.cast_to(&value.data_type()).ok()? == *value).then_some(cast)
}

/// The column of a condition, and the values of which it must have one: `=`, IN, and OR of those over one column.
fn values(filter: &Expr) -> Option<(&str, Vec<&ScalarValue>)> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value, _)) | (Expr::Literal(value, _), Expr::Column(column)) => {
                Some((column.name.as_str(), vec![value]))
            }
            _ => None,
        },
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (name, mut all) = values(left)?;
            let (other, more) = values(right)?;
            all.extend(more);
            (name == other && all.len() <= VALUES_MAX).then_some((name, all))
        }
        Expr::InList(list) if !list.negated && list.list.len() <= VALUES_MAX => {
            let Expr::Column(column) = list.expr.as_ref() else { return None };
            let all: Option<Vec<&ScalarValue>> = list.list.iter().map(|e| e.as_literal()).collect();
            Some((column.name.as_str(), all?))
        }
        _ => None,
    }
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let kind = |filter: &&Expr| match values(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(kind).collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let places: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.shown.len()).collect());
        let schema = Arc::new(self.schema.project(&places)?);
        let columns = places.iter().filter_map(|place| self.shown.get(*place)).copied().collect();
        let equal = filters.iter().filter_map(|filter| self.equal(filter)).collect();
        let scanned = Scanned { source: Arc::clone(&self.source), scan: Scan { columns, equal }, schema };
        let schema = Arc::clone(&scanned.schema);
        let limit = limit.filter(|_| filters.is_empty());
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(scanned)], None, [], false, limit)?))
    }
}

/// One scan of a source.
struct Scanned {
    source: Arc<dyn Source>,
    scan: Scan,
    schema: SchemaRef,
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanned").field("scan", &self.scan).finish_non_exhaustive()
    }
}

impl PartitionStream for Scanned {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let failed = |e: String| DataFusionError::External(e.into());
        let batches = match self.source.scan(&self.scan) {
            Ok(batches) => batches,
            Err(error) => Box::pin(stream::once(async { Err(error) })),
        };
        let schema = Arc::clone(&self.schema);
        let typed = batches.map(move |batch| {
            let batch = batch.map_err(failed)?;
            let columns: Vec<ArrayRef> = batch.columns().to_vec();
            let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            Ok(arrow::array::RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), typed))
    }
}
