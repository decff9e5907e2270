//! Which functions a query may call, made once for the process when the first query asks: ksqlDB's scalar functions, and
//! what DataFusion has under other names.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use crate::scalar::KsqlFunction;

static FUNCTIONS: OnceLock<Functions> = OnceLock::new();

/// Functions by lower-case name, aliases included.
pub(crate) struct Functions {
    scalar: HashMap<String, Arc<ScalarUDF>>,
    aggregate: HashMap<String, Arc<AggregateUDF>>,
    window: HashMap<String, Arc<WindowUDF>>,
    planners: Vec<Arc<dyn ExprPlanner>>,
}

impl Functions {
    /// All of them.
    pub(crate) fn all() -> &'static Self {
        FUNCTIONS.get_or_init(Self::collect)
    }

    fn collect() -> Self {
        let mut scalar = HashMap::new();
        for function in SessionStateDefaults::default_scalar_functions() {
            named(&mut scalar, function.name(), function.aliases(), &function);
        }
        let (mut aggregate, mut window) = (HashMap::new(), HashMap::new());
        for function in SessionStateDefaults::default_aggregate_functions() {
            named(&mut aggregate, function.name(), function.aliases(), &function);
        }
        for function in SessionStateDefaults::default_window_functions() {
            named(&mut window, function.name(), function.aliases(), &function);
        }
        for function in millstream_functions::all().iter().chain(millstream_functions::all_added()) {
            scalar
                .insert(function.name.to_lowercase(), Arc::new(ScalarUDF::new_from_impl(KsqlFunction::new(function))));
        }
        Self { scalar, aggregate, window, planners: SessionStateDefaults::default_expr_planners() }
    }

    /// The scalar function of that lower-case name.
    pub(crate) fn scalar(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.scalar.get(name).cloned()
    }

    /// The aggregate function of that lower-case name.
    pub(crate) fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregate.get(name).cloned()
    }

    /// The window function of that lower-case name.
    pub(crate) fn window(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.window.get(name).cloned()
    }

    /// What turns syntax of its own, such as `a[1]`, into calls.
    pub(crate) fn planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.planners
    }

    /// The names of all scalar, aggregate and window functions.
    pub(crate) fn names(&self) -> [Vec<String>; 3] {
        [
            self.scalar.keys().cloned().collect(),
            self.aggregate.keys().cloned().collect(),
            self.window.keys().cloned().collect(),
        ]
    }
}

/// Adds a function under its name and its aliases.
fn named<F>(functions: &mut HashMap<String, Arc<F>>, name: &str, aliases: &[String], function: &Arc<F>) {
    for name in std::iter::once(name).chain(aliases.iter().map(String::as_str)) {
        functions.insert(name.to_lowercase(), Arc::clone(function));
    }
}
