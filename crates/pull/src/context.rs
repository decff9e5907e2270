//! What names mean to DataFusion's planner: sources of the caller, functions of [`Functions`].

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DataFusionError, Result, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner};
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, TableSource, WindowUDF};
use millstream_sql::{Diagnostic, Span};

use crate::Sources;
use crate::functions::Functions;
use crate::provider::Provider;

/// The names of one query.
pub(crate) struct Context<'a> {
    pub(crate) sources: &'a dyn Sources,
    /// All words of the query.
    pub(crate) words: &'a BTreeSet<String>,
    /// Where sources are named first.
    pub(crate) relations: &'a BTreeMap<String, Span>,
    /// The names of common tables: they are asked for, too, and need not be sources.
    pub(crate) common: &'a BTreeSet<String>,
    pub(crate) options: &'a ConfigOptions,
    /// Sources that were found, each once, and what was wrong with another.
    pub(crate) found: RefCell<BTreeMap<String, Arc<dyn TableSource>>>,
    pub(crate) refused: RefCell<Option<Diagnostic>>,
}

impl ContextProvider for Context<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        let name = match name {
            TableReference::Bare { table } => table.to_string(),
            other => other.to_string(),
        };
        if let Some(found) = self.found.borrow().get(&name) {
            return Ok(Arc::clone(found));
        }
        match self.sources.find(&name, self.relations.get(&name).copied()) {
            Ok(source) => {
                let table = provider_as_source(Arc::new(Provider::new(source, self.words)));
                self.found.borrow_mut().insert(name, Arc::clone(&table));
                Ok(table)
            }
            Err(finding) => {
                let message = finding.message.clone();
                if !self.common.contains(&name) {
                    self.refused.borrow_mut().get_or_insert(finding);
                }
                Err(DataFusionError::Plan(message))
            }
        }
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        Functions::all().planners()
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        Functions::all().scalar(name)
    }

    fn get_higher_order_meta(&self, _: &str) -> Option<Arc<HigherOrderUDF>> {
        None
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        Functions::all().aggregate(name)
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        Functions::all().window(name)
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.options
    }

    fn udf_names(&self) -> Vec<String> {
        let [scalar, ..] = Functions::all().names();
        scalar
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        let [_, aggregate, _] = Functions::all().names();
        aggregate
    }

    fn udwf_names(&self) -> Vec<String> {
        let [.., window] = Functions::all().names();
        window
    }
}
