//! Queries as the server plans them: statements to parts.

use millstream_plan::topology::{SubTopology, cut};
use millstream_plan::{Catalog, Plan, Settings, plan};

/// The parts of a query over these sources. Error: the statements are wrong.
pub fn planned(sources: &[&str], query: &str) -> Result<Vec<SubTopology>, String> {
    let mut catalog = Catalog::default();
    for source in sources {
        if let Plan::CreateSource { source, .. } = statement(source, &catalog)? {
            catalog.put(source);
        }
    }
    let Plan::CreateAs { topology, .. } = statement(query, &catalog)? else {
        return Err("not a query".into());
    };
    Ok(cut(&topology.stages))
}

fn statement(sql: &str, catalog: &Catalog) -> Result<Plan, String> {
    let told = |found: Vec<millstream_sql::Diagnostic>| found.iter().map(|d| d.render(sql)).collect::<String>();
    let statements = millstream_sql::parse(sql).map_err(told)?;
    let statement = statements.first().ok_or("no statement")?;
    plan(statement, catalog, &Settings::default()).map_err(told)
}
