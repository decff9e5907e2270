//! From a query that was read to one that runs, and its run.
//!
//! Planning and running recurse over the query, which [`read`](crate::read()) bounds; whoever calls gives them a thread with
//! [`STACK`] of stack. Nothing spills to disk: what needs more memory than is allowed ends.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::temporal_conversions::timestamp_ms_to_datetime;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionConfig;
use datafusion::sql::planner::{ParserOptions, SqlToRel};
use datafusion::sql::sqlparser::ast::Statement;
use futures::StreamExt as _;
use millstream_functions::clock::now_ms;
use millstream_sql::Diagnostic;
use millstream_types::Column;

use crate::context::Context;
use crate::guard::{self, Guard};
use crate::held::Held;
use crate::{Reading, Sources, output, refusal, rewrite};

/// Memory that the operators of one query may take, unless `millstream.pull.memory.max.bytes` says otherwise.
pub const MEMORY_MAX: usize = 512 * 1024 * 1024;
/// Rows that operators hand on at once at most.
const BATCH_ROWS: usize = 4096;
/// Stack of the threads that plan.
const STACK: usize = 32 * 1024 * 1024;

/// A query that can run.
pub struct Planned {
    columns: Vec<Column>,
    schema: SchemaRef,
    limit: Option<u64>,
    logical: LogicalPlan,
    physical: Arc<dyn ExecutionPlan>,
    guard: Arc<Guard>,
    state: SessionState,
    memory: usize,
}

impl Reading {
    /// Plans the query. `memory`: bytes that its operators may take.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn plan(self, sources: &(dyn Sources + Sync), memory: usize) -> Result<Planned, Diagnostic> {
        let failed = |what: &str| Diagnostic::general(format!("The query could not be planned: {what}"));
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("pull-plan".into()).stack_size(STACK);
            let planning = thread.spawn_scoped(scope, || self.plan_here(sources, memory));
            let planning = planning.map_err(|e| failed(&e.to_string()))?;
            // A panic of the planner is an error of this query alone.
            planning.join().unwrap_or_else(|_| Err(failed("the planner has failed.")))
        })
    }

    fn plan_here(mut self, sources: &dyn Sources, memory: usize) -> Result<Planned, Diagnostic> {
        let limit = self.limit();
        let state = state(memory).map_err(|e| refusal::of_planner(&e))?;
        let hidden = self.hidden(sources);
        rewrite::rewrite(&mut self.query, &hidden);
        let context = Context {
            sources,
            words: &self.words,
            relations: &self.relations,
            common: &self.common,
            options: state.config_options(),
            found: RefCell::default(),
            refused: RefCell::default(),
        };
        let planner = SqlToRel::new_with_options(&context, parser_options());
        let planned = planner.sql_statement_to_plan(Statement::Query(self.query));
        if let Some(refused) = context.refused.take() {
            return Err(refused);
        }
        let optimized = planned.and_then(|plan| {
            let only_reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
            only_reads.verify_plan(&plan)?;
            state.optimize(&plan)
        });
        let logical = optimized.map_err(|e| refusal::of_planner(&e))?;
        let columns = output::columns(logical.schema())?;
        let guard = Arc::new(Guard::default());
        let physical = runtime().map_err(Diagnostic::general)?.block_on(async {
            let plan = state.query_planner().create_physical_plan(&logical, &state).await?;
            bounded(plan, &guard)
        });
        let physical = physical.map_err(|e| refusal::of_planner(&e))?;
        let schema = output::schema(&columns);
        Ok(Planned { columns, schema, limit, logical, physical, guard, state, memory })
    }

    /// The hidden columns of each source that the query may name. Sources that cannot be found are told of later.
    fn hidden(&self, sources: &dyn Sources) -> BTreeMap<String, Vec<String>> {
        let mut hidden = BTreeMap::new();
        for name in self.relations.keys().filter(|name| !self.common.contains(*name)) {
            let Ok(source) = sources.find(name, None) else { continue };
            let named = source.columns().iter().filter(|c| c.hidden && self.words.contains(&c.name));
            let names: Vec<String> = named.map(|c| c.name.clone()).collect();
            if !names.is_empty() {
                hidden.insert(name.clone(), names);
            }
        }
        hidden
    }
}

impl Planned {
    /// The columns of the answer.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number behind LIMIT, which the rows keep to by themselves.
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// How it is answered, as text: DataFusion's logical plan after its optimiser.
    pub fn explain(&self) -> String {
        self.logical.display_indent().to_string()
    }

    /// Gives the rows batch by batch until `each` says that no more are wanted (`false`). A batch without rows asks whether
    /// anybody is still there: one comes now and then while rows are looked for. `gone` says the same inside of operators,
    /// and may be asked often. Blocks; needs [`Planned::STACK`] of stack.
    ///
    /// # Errors
    /// Why the query ended before its last row.
    pub fn run(
        self,
        gone: impl Fn() -> bool + Send + Sync + 'static,
        each: &mut dyn FnMut(&RecordBatch) -> bool,
    ) -> Result<(), String> {
        self.guard.set(Box::new(gone));
        // A panic of an operator is an error of this query alone.
        let ran = catch_unwind(AssertUnwindSafe(|| self.run_here(each)));
        ran.unwrap_or_else(|_| Err("The query has failed: one of its operators broke.".to_owned()))
    }

    /// Stack that a thread needs for [`Planned::run`].
    pub const STACK: usize = STACK;

    fn run_here(self, each: &mut dyn FnMut(&RecordBatch) -> bool) -> Result<(), String> {
        let Self { columns, schema, physical, state, memory, .. } = self;
        let nothing = RecordBatch::new_empty(Arc::clone(&schema));
        let failed = |e: DataFusionError| refusal::of_run(&e, memory);
        runtime()?.block_on(async {
            let mut rows = execute_stream(physical, state.task_ctx()).map_err(failed)?;
            loop {
                // Operators give way now and then, even while they have nothing to show.
                let next = std::future::poll_fn(|cx| match each(&nothing) {
                    true => rows.poll_next_unpin(cx).map(Some),
                    false => Poll::Ready(None),
                });
                let Some(Some(batch)) = next.await else { return Ok(()) };
                let batch = output::converted(&batch.map_err(failed)?, &columns, &schema)?;
                if !each(&batch) {
                    return Ok(());
                }
            }
        })
    }
}

/// Where one query's operators run: on the thread that asks.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().build().map_err(|e| format!("The query could not be started: {e}"))
}

/// The settings of one query, with memory of its own.
fn state(memory: usize) -> Result<SessionState, DataFusionError> {
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(BATCH_ROWS)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_collect_statistics(false);
    let options = config.options_mut();
    options.execution.planning_concurrency = 1;
    // What sorting keeps back for merging files, of which there are none.
    options.execution.sort_spill_reservation_bytes = 0;
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(memory)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    let mut props = ExecutionProps::new();
    // `now()` is one moment for the whole query, by the clock that functions go by.
    props.query_execution_start_time = timestamp_ms_to_datetime(now_ms()).map(|time| time.and_utc());
    Ok(SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_execution_props(props).build())
}

fn parser_options() -> ParserOptions {
    ParserOptions {
        // ksqlDB's literals: 1.5 is DECIMAL.
        parse_float_as_decimal: true,
        // Names are folded already.
        enable_ident_normalization: false,
        support_varchar_with_length: true,
        collect_spans: true,
        map_string_types_to_utf8view: false,
        ..ParserOptions::new()
    }
}

/// Joins make many rows of few: they give way as scans do, so that a client that goes is noticed. What window functions hold
/// is counted.
fn bounded(plan: Arc<dyn ExecutionPlan>, guard: &Arc<Guard>) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    plan.transform_up(|node| {
        let joins = node.is::<CrossJoinExec>() || node.is::<HashJoinExec>() || node.is::<NestedLoopJoinExec>();
        if joins {
            let guarded =
                node.downcast_ref::<NestedLoopJoinExec>().map(|join| guard::guarded(join, guard)).transpose()?;
            let node = guarded.flatten().unwrap_or(node);
            return Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>));
        }
        if !node.is::<WindowAggExec>() && !node.is::<BoundedWindowAggExec>() {
            return Ok(Transformed::no(node));
        }
        let held = node.children().into_iter().map(|child| Arc::new(Held::new(Arc::clone(child))) as _).collect();
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        Ok(Transformed::yes(node.replace_children(held, options)?))
    })
    .data()
}
