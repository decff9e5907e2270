//! A query through the product: SQL, planned against a catalog, cut into parts, each run by the engine over its Kafka link,
//! in this process; several queries at once where b13 asks for them.

use std::time::Duration;

use millstream_engine::guarantee::Guarantee;
use millstream_engine::link::{Link, LinkError};
use millstream_engine::runtime::{Runtime, State};
use millstream_engine::sharing::{Sharing, TopicReader};
use millstream_engine::worker::{self, WorkerConfig};
use millstream_kafka::{Admin, KafkaConfig, KafkaLink, LinkConfig, SharedTopic, StartAt};
use millstream_plan::topology::{Input, Output, Stage, SubTopology, cut};
use millstream_plan::{Catalog, Plan};

use crate::measure::Measurement;
use crate::run::{Meter, Options};
use crate::{Result, topics};

/// As the server's.
const EPOCH: Duration = Duration::from_millis(100);
/// Without a record for so long, a run has failed: an epoch that an overloaded broker committed without saying so is not counted.
const STALL_MAX: Duration = Duration::from_secs(60);
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// Drains the input topics. The ledger must hold the rows that are late, and nothing else.
pub(crate) fn run(options: &Options) -> Result<Measurement> {
    let kafka = KafkaConfig::new(&options.bootstrap);
    let admin = Admin::connect(&kafka)?;
    let queries: Vec<Vec<SubTopology>> = stages(options)?.iter().map(|stages| cut(stages)).collect();
    let names = |query: usize| Names { base: format!("{}-{query}", options.output) };
    let mut own: Vec<String> = queries.iter().enumerate().flat_map(|(i, parts)| names(i).all(parts)).collect();
    if queries.iter().any(|parts| follows(options, parts)) {
        own.push(between(options));
    }
    own.iter().try_for_each(|topic| topics::create(&admin, topic))?;
    let mut links = Vec::with_capacity(queries.len());
    for (i, parts) in queries.iter().enumerate() {
        let open = |part: &SubTopology| -> Result<Vec<Opened>> {
            (0..options.threads).map(|thread| Opened::open(link(options, &kafka, &names(i), part, thread))).collect()
        };
        links.push(parts.iter().map(open).collect::<Result<Vec<_>>>()?);
    }

    let sharing = sharing(&kafka);
    let meter = Meter::start()?;
    let mut runtimes = Vec::with_capacity(queries.len());
    for (parts, links) in queries.iter().zip(links) {
        runtimes.push(start(options, parts, links, &sharing)?);
    }
    let mut written = 0;
    for (parts, runtimes) in queries.iter().zip(&runtimes) {
        let records = if follows(options, parts) { written } else { options.records };
        written = wait(parts, runtimes, records)?;
    }
    let measurement = meter.stop(options.records)?;
    let runtimes: Vec<Runtime> = runtimes.into_iter().flatten().flatten().collect();
    let errors: u64 = runtimes.iter().map(|runtime| runtime.status().totals.errors).sum();
    runtimes.into_iter().for_each(Runtime::stop);
    admin.delete_topics(&own.iter().map(String::as_str).collect::<Vec<_>>())?;
    if errors == options.late {
        Ok(measurement)
    } else {
        Err(format!("{errors} records are in the ledger instead of {}", options.late).into())
    }
}

/// A link that is open before the clock runs, and what opens it again if its session ends, as in a server.
struct Opened {
    config: LinkConfig,
    link: KafkaLink,
}

impl Opened {
    fn open(config: LinkConfig) -> Result<Opened> {
        let link = KafkaLink::open(config.clone())?;
        Ok(Opened { config, link })
    }
}

/// The parts of one query, running: the workers of each.
fn start(
    options: &Options,
    parts: &[SubTopology],
    links: Vec<Vec<Opened>>,
    sharing: &Sharing,
) -> Result<Vec<Vec<Runtime>>> {
    let mut runtimes = Vec::with_capacity(parts.len());
    for (part, links) in parts.iter().zip(links) {
        runtimes.push(links.into_iter().map(|link| work(options, part, link, sharing)).collect::<Result<_>>()?);
    }
    Ok(runtimes)
}

/// A worker of a part.
fn work(options: &Options, part: &SubTopology, link: Opened, sharing: &Sharing) -> Result<Runtime> {
    let Opened { config, link } = link;
    let mut open = Some(link);
    let hand_over = move || {
        let link = open.take().map_or_else(|| KafkaLink::open(config.clone()).map_err(LinkError::from), Ok)?;
        Ok(Box::new(link) as Box<dyn Link>)
    };
    let config = WorkerConfig {
        query_id: options.query.name(),
        part: part.clone(),
        guarantee: guarantee(options),
        epoch: EPOCH,
        on_error: Default::default(),
        registry: millstream_schemas::Registry::none(),
        copies: Default::default(),
        sharing: sharing.clone(),
        merges: !options.each,
    };
    Ok(Runtime::start(config, Box::new(hand_over))?)
}

/// How several queries read their topic: once, as a server has it.
fn sharing(kafka: &KafkaConfig) -> Sharing {
    let kafka = kafka.clone();
    Sharing::new(Box::new(move |topic| {
        Ok(Box::new(SharedTopic::connect(&kafka, topic).map_err(LinkError::from)?) as Box<dyn TopicReader>)
    }))
}

fn guarantee(options: &Options) -> Guarantee {
    if options.variant.transactional() { Guarantee::ExactlyOnce } else { Guarantee::AtLeastOnce }
}

/// Whether a query reads what the one before it writes.
fn follows(options: &Options, parts: &[SubTopology]) -> bool {
    let topic = between(options);
    parts.iter().flat_map(|part| &part.inputs).any(|i| matches!(i, Input::Source(source) if source.topic == topic))
}

/// Returns when everything has been through all parts: it counts when it is committed. Says how many results there are.
fn wait(parts: &[SubTopology], runtimes: &[Vec<Runtime>], records: u64) -> Result<u64> {
    let (mut seen, mut since) = (0, std::time::Instant::now());
    loop {
        let mut totals = Vec::with_capacity(runtimes.len());
        // The last one first: what a part has read by then was written before it is asked what was.
        for workers in runtimes.iter().rev() {
            let (mut records_in, mut records_out) = (0, 0);
            for runtime in workers {
                let status = runtime.status();
                if let State::Failed(cause) = status.state {
                    return Err(cause.into());
                }
                records_in += status.totals.records_in;
                records_out += status.totals.records_out;
            }
            totals.push((records_in, records_out));
        }
        totals.reverse();
        let sent = |input: &Input| match input {
            Input::Source(_) => 0,
            Input::Repartition { from, .. } => totals.get(usize::from(*from)).map_or(0, |(_, written)| *written),
        };
        let between: u64 = parts.iter().flat_map(|part| &part.inputs).map(sent).sum();
        let read = totals.iter().map(|(read, _)| read).sum::<u64>();
        if read != seen {
            (seen, since) = (read, std::time::Instant::now());
        } else if since.elapsed() > STALL_MAX {
            return Err(format!("{read} of {} records are counted, and no more come", records + between).into());
        }
        if read >= records + between {
            let last = parts.iter().zip(&totals).filter(|(part, _)| matches!(part.output, Output::Sink(_)));
            return Ok(last.map(|(_, (_, written))| written).sum());
        }
        std::thread::sleep(LOOK);
    }
}

/// The topics of a query besides those of the data and of the result.
struct Names {
    base: String,
}

impl Names {
    fn ledger(&self) -> String {
        format!("{}-ledger", self.base)
    }

    fn repartition(&self, part: u16) -> String {
        format!("{}-{part}-repartition", self.base)
    }

    fn changelog(&self, part: u16) -> String {
        format!("{}-{part}-changelog", self.base)
    }

    fn all(&self, parts: &[SubTopology]) -> Vec<String> {
        let mut all = vec![self.ledger()];
        for part in parts {
            if matches!(part.output, Output::Repartition(_)) {
                all.push(self.repartition(part.number));
            }
            if part.keeps_state() {
                all.push(self.changelog(part.number));
            }
        }
        all
    }
}

/// How a part reaches Kafka, as the server has it.
fn link(options: &Options, kafka: &KafkaConfig, names: &Names, part: &SubTopology, thread: u16) -> LinkConfig {
    let id = format!("{}-{}", names.base, part.number);
    let mut link = LinkConfig::new(kafka.clone(), format!("{id}-group"), format!("bench-{thread}"));
    let promised = worker::guarantee(guarantee(options), part);
    link.transactional_id = (promised == Guarantee::ExactlyOnce).then(|| format!("{id}-{thread}"));
    let input = |input: &Input| match input {
        Input::Source(source) => source.topic.clone(),
        Input::Repartition { from, .. } => names.repartition(*from),
    };
    link.inputs = part.inputs.iter().map(input).collect();
    let output = match &part.output {
        Output::Sink(sink) => sink.topic.clone(),
        Output::Repartition(_) => names.repartition(part.number),
    };
    link.outputs = vec![output, names.ledger()];
    if part.keeps_state() {
        link.outputs.push(names.changelog(part.number));
    }
    link.reset = StartAt::Earliest;
    link
}

/// The stages of each query.
fn stages(options: &Options) -> Result<Vec<Vec<Stage>>> {
    planned(&options.query.statements(&options.inputs, &options.output, &between(options), options.queries))
}

/// The topic between two queries of which one reads the other's result.
fn between(options: &Options) -> String {
    format!("{}-between", options.output)
}

/// The stages of each query among statements, planned as the server plans it.
pub(crate) fn planned(statements: &[String]) -> Result<Vec<Vec<Stage>>> {
    let mut catalog = Catalog::default();
    let mut queries = Vec::new();
    for statement in statements {
        match plan(statement, &catalog)? {
            Plan::CreateSource { source, .. } => catalog.put(source),
            Plan::CreateAs { source, topology, .. } => {
                catalog.put(source);
                queries.push(topology.stages);
            }
            other => return Err(format!("unexpected plan: {other:?}").into()),
        }
    }
    Ok(queries)
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
    use clap::ValueEnum;

    use super::*;
    use crate::query::Query;
    use crate::variant::Variant;

    fn options(query: Query) -> Options {
        Options {
            variant: Variant::AtLeastOnce,
            query,
            bootstrap: "localhost:9092".into(),
            inputs: vec!["in".into(), "in2".into()],
            output: "out".into(),
            records: 1,
            late: 0,
            live: false,
            each: false,
            queries: 3,
            threads: 1,
        }
    }

    #[test]
    fn every_query_goes_from_its_topics_to_its_own() {
        for query in Query::value_variants() {
            let queries: Vec<_> = stages(&options(*query)).unwrap().iter().map(|stages| cut(stages)).collect();
            let count = match query {
                Query::B13 => 3,
                Query::Q4 | Query::Q5 => 2,
                _ => 1,
            };
            assert_eq!(queries.len(), count, "{query:?}");
            let sources = queries[0].iter().flat_map(|part| &part.inputs).filter(|i| matches!(i, Input::Source(_)));
            assert_eq!(sources.count(), query.reads().len(), "{query:?}");
            let last = queries.last().and_then(|parts| parts.last()).map(|part| &part.output);
            let Some(Output::Sink(sink)) = last else { panic!("{query:?}") };
            assert_eq!(sink.topic, "out");
            let follow = queries.iter().filter(|parts| follows(&options(*query), parts)).count();
            assert_eq!(follow, usize::from(matches!(query, Query::Q4 | Query::Q5)));
        }
    }

    #[test]
    fn only_what_is_used_is_decoded() {
        let queries = stages(&options(Query::B2)).unwrap();
        // customer_id, order_id, price, qty, status.
        assert_eq!(queries[0][0].source.used.len(), 5);
    }
}
