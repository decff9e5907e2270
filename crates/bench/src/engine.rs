//! Query b2 through the product: SQL, planned against a catalog, run by the engine over its Kafka link, in this process.

use std::time::Duration;

use millstream_engine::guarantee::Guarantee;
use millstream_engine::link::{Link, LinkError};
use millstream_engine::runtime::{Runtime, State};
use millstream_engine::worker::WorkerConfig;
use millstream_kafka::{Admin, KafkaConfig, KafkaLink, LinkConfig, StartAt};
use millstream_plan::topology::{Stage, SubTopology};
use millstream_plan::{Catalog, Plan};

use crate::measure::Measurement;
use crate::run::{Meter, Options};
use crate::{Result, topics};

/// As the server's.
const EPOCH: Duration = Duration::from_millis(100);
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// Drains the input topic. The ledger must stay empty.
pub(crate) fn run(options: &Options) -> Result<Measurement> {
    let ledger = format!("{}-ledger", options.output);
    let kafka = KafkaConfig::new(&options.bootstrap);
    let admin = Admin::connect(&kafka)?;
    topics::create(&admin, &ledger)?;
    let exactly_once = options.variant.transactional();
    let config = WorkerConfig {
        query_id: "b2".to_owned(),
        part: SubTopology::whole(&stage(&options.input, &options.output)?).ok_or("the query has no sink")?,
        guarantee: if exactly_once { Guarantee::ExactlyOnce } else { Guarantee::AtLeastOnce },
        epoch: EPOCH,
    };
    let mut link = LinkConfig::new(kafka, format!("{}-group", options.output), "bench");
    link.transactional_id = exactly_once.then(|| options.output.clone());
    link.inputs = vec![options.input.clone()];
    link.outputs = vec![options.output.clone(), ledger.clone()];
    link.reset = StartAt::Earliest;
    let mut open = Some(KafkaLink::open(link)?);

    let meter = Meter::start()?;
    let hand_over = move || {
        let link = open.take().ok_or_else(|| LinkError::Fatal("the link was lost".to_owned()))?;
        Ok(Box::new(link) as Box<dyn Link>)
    };
    let runtime = Runtime::start(config, Box::new(hand_over))?;
    let records = loop {
        let status = runtime.status();
        match status.state {
            State::Failed(cause) => return Err(cause.into()),
            // They count when they are committed.
            _ if status.totals.records_in >= options.records => break status.totals.records_in,
            _ => std::thread::sleep(LOOK),
        }
    };
    let measurement = meter.stop(records)?;
    let errors = runtime.status().totals.errors;
    runtime.stop();
    admin.delete_topics(&[&ledger])?;
    match errors {
        0 => Ok(measurement),
        n => Err(format!("{n} records are in the ledger").into()),
    }
}

/// The one stage of b2 from `input` to `output`, planned as the server plans it.
fn stage(input: &str, output: &str) -> Result<Stage> {
    let mut catalog = Catalog::default();
    let orders = format!(
        "CREATE STREAM orders (customer_id BIGINT KEY, order_id BIGINT, product STRING, price DOUBLE, qty INTEGER, \
         status STRING, currency STRING, country STRING, channel STRING, ts BIGINT, note STRING) \
         WITH (KAFKA_TOPIC='{input}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');"
    );
    let b2 = format!(
        "CREATE STREAM b2 WITH (KAFKA_TOPIC='{output}') AS \
         SELECT customer_id, order_id, price, qty, status, price * qty AS total FROM orders WHERE price > 250;"
    );
    match plan(&orders, &catalog)? {
        Plan::CreateSource { source, .. } => catalog.put(source),
        other => return Err(format!("unexpected plan: {other:?}").into()),
    }
    match plan(&b2, &catalog)? {
        Plan::CreateAs { topology, .. } => Ok(topology.stages.into_iter().next().ok_or("a plan without a stage")?),
        other => Err(format!("unexpected plan: {other:?}").into()),
    }
}

fn plan(sql: &str, catalog: &Catalog) -> Result<Plan> {
    let render =
        |found: Vec<millstream_sql::Diagnostic>| found.iter().map(|d| d.render(sql)).collect::<Vec<_>>().join("\n");
    let statements = millstream_sql::parse(sql).map_err(render)?;
    let statement = statements.first().ok_or("no statement")?;
    Ok(millstream_plan::plan(statement, catalog, &millstream_plan::Settings::default()).map_err(render)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b2_is_one_stage_from_topic_to_topic() {
        let stage = stage("in", "out").unwrap();
        assert_eq!((stage.source.topic.as_str(), stage.sink.unwrap().topic.as_str()), ("in", "out"));
        // customer_id, order_id, price, qty, status: nothing else is decoded.
        assert_eq!(stage.source.used.len(), 5);
    }
}
