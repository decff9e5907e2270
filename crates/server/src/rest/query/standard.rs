//! A pull query in standard SQL that ksqlDB does not have: planned, its sources opened.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use millstream_plan::Settings;
use millstream_pull::Reading;
use millstream_sql::{Diagnostic, Statement};
use tokio::sync::mpsc::Sender;

use super::super::{ApiError, BAD_STATEMENT, SERVER_ERROR};
use super::pull;
use crate::push::{Chunk, Job, Outlet, RowFormat, RowWriter, STALL_MAX};
use crate::server::Server;
use crate::standard;
use crate::state::State;

/// Plans a query whose text was taken as standard SQL. Blocks until the rows of its tables are there, no older than the age
/// given.
pub(super) fn prepare(
    server: &Server,
    (state, settings, age): (&State, &Settings, Duration),
    statement: &Statement,
    text: &str,
    (format, sender): (RowFormat, Sender<Chunk>),
) -> Result<Job, ApiError> {
    let reading = millstream_pull::read(text)
        .map_err(|finding| ApiError::findings(&statement.text, &[finding.inside(statement.span.start)]))?;
    open(server, (state, settings, age), statement, reading, (format, sender))
}

/// Plans a query that our own planner refused for these reasons. Errors: what helps most.
pub(super) fn prepare_instead(
    server: &Server,
    (state, settings, age): (&State, &Settings, Duration),
    statement: &Statement,
    findings: &[Diagnostic],
    (format, sender): (RowFormat, Sender<Chunk>),
) -> Result<Job, ApiError> {
    let own = || ApiError::findings(&statement.text, findings);
    let (reading, tells) = standard::instead(&statement.text, findings, settings).ok_or_else(own)?;
    let opened = open(server, (state, settings, age), statement, reading, (format, sender));
    opened.map_err(|error| if tells || error.code() != BAD_STATEMENT { error } else { own() })
}

fn open(
    server: &Server,
    (state, settings, age): (&State, &Settings, Duration),
    statement: &Statement,
    reading: Reading,
    (format, sender): (RowFormat, Sender<Chunk>),
) -> Result<Job, ApiError> {
    let permit = pull::enter(server, "SQL", &statement.text)?;
    let standard = standard::plan(reading, statement.span.start, &state.catalog, settings, &server.defaults)
        .map_err(|findings| ApiError::findings(&statement.text, &findings))?;
    let columns = standard.planned.columns().to_vec();
    let limit = standard.planned.limit();
    let writer = RowWriter::of_pull(format, &columns, &columns);
    writer.check().map_err(|e| ApiError::statement(BAD_STATEMENT, &statement.text, e))?;
    let planned = standard.open(server, &permit.id, age);
    let planned = planned.map_err(|e| ApiError::statement(SERVER_ERROR, &statement.text, e))?;
    let (asker, cancel) = (sender.clone(), Arc::clone(&permit.cancel));
    let gone = move || asker.is_closed() || cancel.load(Ordering::Relaxed);
    let outlet = Outlet::new(permit, sender, STALL_MAX);
    Ok(Job {
        known: Some(Box::new(move |each| planned.run(gone, each))),
        branches: Vec::new(),
        columns,
        writer,
        limit,
        bounded: true,
        keyed_only: false,
        is_lookup: false,
        deep: true,
        outlet,
    })
}
