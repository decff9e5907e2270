//! Ends a join whose condition no row fulfils when nobody waits for it any more: such a join looks at every pair of rows
//! before it gives way, so that its condition asks.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::NestedLoopJoinExec;
use datafusion::physical_plan::joins::utils::JoinFilter;

/// Says whether nobody waits any more.
pub(crate) type Gone = Box<dyn Fn() -> bool + Send + Sync>;

/// Who is asked whether a query is still wanted: nobody before it runs.
#[derive(Default)]
pub(crate) struct Guard(OnceLock<Gone>);

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// Asks that from here on.
    pub(crate) fn set(&self, gone: Gone) {
        self.0.get_or_init(|| gone);
    }

    fn is_gone(&self) -> bool {
        self.0.get().is_some_and(|gone| gone())
    }
}

/// A nested-loop join whose condition asks the guard; `None`: it has no condition.
pub(crate) fn guarded(join: &NestedLoopJoinExec, guard: &Arc<Guard>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(filter) = join.filter() else { return Ok(None) };
    let condition = Guarded { inner: Arc::clone(filter.expression()), guard: Arc::clone(guard) };
    let filter = JoinFilter::new(Arc::new(condition), filter.column_indices().to_vec(), Arc::clone(filter.schema()));
    let (left, right) = (Arc::clone(join.left()), Arc::clone(join.right()));
    let projection = join.projection().as_ref().map(|p| p.to_vec());
    Ok(Some(Arc::new(NestedLoopJoinExec::try_new(left, right, Some(filter), join.join_type(), projection)?)))
}

/// A condition that asks the guard before each batch.
#[derive(Debug)]
struct Guarded {
    inner: Arc<dyn PhysicalExpr>,
    guard: Arc<Guard>,
}

impl PartialEq for Guarded {
    fn eq(&self, other: &Self) -> bool {
        self.inner.as_ref() == other.inner.as_ref() && Arc::ptr_eq(&self.guard, &other.guard)
    }
}

impl Eq for Guarded {}

impl Hash for Guarded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PhysicalExpr for Guarded {
    fn data_type(&self, input: &Schema) -> Result<DataType> {
        self.inner.data_type(input)
    }

    fn nullable(&self, input: &Schema) -> Result<bool> {
        self.inner.nullable(input)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.guard.is_gone() {
            return Err(DataFusionError::Execution("nobody waits for the query any more".into()));
        }
        self.inner.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.pop().ok_or_else(|| DataFusionError::Internal("no condition".into()))?;
        Ok(Arc::new(Self { inner, guard: Arc::clone(&self.guard) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}
