//! Pull queries in standard SQL beyond ksqlDB's: planned over the catalog by `millstream-pull`, answered from the views of
//! tables and from streams up to the end that they have now.
//!
//! 1. [`plan`] plans a text; [`source`] are the sources that it finds, by the rules of every pull query.
//! 2. [`Asked::open`] fixes what is read: one snapshot a table and one end a stream, however often a query names them.
//! 3. While the query runs, `source` gives the rows of each scan.

mod source;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millstream_plan::{Catalog, Dialect, Settings, check_bounded, pull_source};
use millstream_pull::{MEMORY_MAX, Planned, Reading, Source as _, Sources};
use millstream_sql::{Diagnostic, Position, Span};
use parking_lot::Mutex;

use self::source::Asked;
use crate::properties::{Properties, of_server};
use crate::server::Server;

/// What the operators of one query may take, in bytes.
const MEMORY: &str = "millstream.pull.memory.max.bytes";

/// A query that can run as soon as its sources are open.
pub(crate) struct Standard {
    /// The query.
    pub(crate) planned: Planned,
    /// Its sources by name.
    sources: BTreeMap<String, Arc<Asked>>,
}

/// Whether a query that our own planner refused for these reasons may be planned as standard SQL, and whether it then is
/// standard SQL that has to say what is wrong with it. `None`: it may not.
pub(crate) fn instead(text: &str, findings: &[Diagnostic], settings: &Settings) -> Option<(Reading, bool)> {
    if settings.dialect != Dialect::Extended {
        return None;
    }
    let reading = millstream_pull::read(text).ok()?;
    let beyond = reading.is_beyond();
    (beyond || findings.iter().all(millstream_plan::is_in_standard_sql)).then_some((reading, beyond))
}

/// Plans a query. `at`: where its text begins in the request.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn plan(
    reading: Reading,
    at: Position,
    catalog: &Catalog,
    settings: &Settings,
    defaults: &Properties,
) -> Result<Standard, Vec<Diagnostic>> {
    check_bounded(reading.limit().is_some(), settings)?;
    let memory = of_server(MEMORY, defaults).and_then(|n| n.parse().ok()).unwrap_or(MEMORY_MAX);
    let asking = Asking { catalog, settings, found: Mutex::default() };
    let planned = reading.plan(&asking, memory).map_err(|finding| vec![finding.inside(at)])?;
    Ok(Standard { planned, sources: asking.found.into_inner() })
}

impl Standard {
    /// The names of its sources.
    pub(crate) fn reads(&self) -> Vec<String> {
        self.sources.keys().cloned().collect()
    }

    /// Fixes what is read of each source, tables no older than `age`, and gives the query. Blocks until their views are
    /// there.
    ///
    /// # Errors
    /// A source cannot be read.
    pub(crate) fn open(self, server: &Server, query_id: &str, age: Duration) -> Result<Planned, String> {
        for source in self.sources.values() {
            source.open(server, query_id, age)?;
        }
        Ok(self.planned)
    }
}

/// The sources of a catalog.
struct Asking<'a> {
    catalog: &'a Catalog,
    settings: &'a Settings,
    found: Mutex<BTreeMap<String, Arc<Asked>>>,
}

impl Sources for Asking<'_> {
    fn find(&self, name: &str, span: Option<Span>) -> Result<Arc<dyn millstream_pull::Source>, Diagnostic> {
        let mut found = self.found.lock();
        if let Some(asked) = found.get(name) {
            return Ok(Arc::clone(asked) as _);
        }
        let asked = Arc::new(Asked::new(pull_source(name, span, self.catalog, self.settings)?));
        debug_assert!(!asked.columns().is_empty());
        found.insert(name.to_owned(), Arc::clone(&asked));
        Ok(asked)
    }
}
