//! APIs of producer ids and of looking at transactions.

use kafka_protocol::messages::describe_producers_request::TopicRequest;
use kafka_protocol::messages::{
    DescribeProducersRequest, DescribeTransactionsRequest, InitProducerIdRequest, ListTransactionsRequest, ProducerId,
};

use super::each_version;
use crate::outcome::{Outcome, Result, first, holds, same};
use crate::target::Target;
use crate::wire::batch::Batch;
use crate::wire::group::await_coordinator;
use crate::wire::{Connection, ask, code, text, topic_name, transactional_id};

pub(crate) fn init_producer_id(target: &Target) -> Outcome {
    let mut ids = Vec::new();
    each_version::<InitProducerIdRequest>(target, 4, |connection, version| {
        let mut plain =
            InitProducerIdRequest::default().with_transactional_id(None).with_transaction_timeout_ms(10_000);
        if version >= 3 {
            plain = plain.with_producer_id(ProducerId(-1)).with_producer_epoch(-1);
        }
        let answer = connection.call(version, &plain)?;
        same("without an id", (code(answer.error_code), answer.producer_epoch), ("none".to_owned(), 0))?;
        ids.push(answer.producer_id.0);
        let id = target.name("init");
        await_coordinator(connection, &id, 1)?;
        let first_id = ask::init(connection, Some(&id), 10_000)?;
        ids.push(first_id.0);
        let request = plain.with_transactional_id(Some(transactional_id(&id)));
        let again = connection.call(version, &request)?;
        let seen = (code(again.error_code), again.producer_id.0, again.producer_epoch);
        same("the second time", seen, ("none".to_owned(), first_id.0, first_id.1 + 1))?;
        let mut refused = |what: &str, request: InitProducerIdRequest, wanted: &[&str]| -> Result {
            let seen = code(connection.call(version, &request)?.error_code);
            holds(wanted.contains(&seen.as_str()), format!("{what}: {seen}, wanted {wanted:?}"))
        };
        let long = request.clone().with_transaction_timeout_ms(i32::MAX);
        refused("a timeout of weeks", long, &["InvalidTransactionTimeout"])?;
        let empty = request.clone().with_transactional_id(Some(transactional_id("")));
        refused("an empty id", empty, &["InvalidRequest"])?;
        if version >= 3 {
            let stale = request.with_producer_id(ProducerId(first_id.0)).with_producer_epoch(first_id.1 - 1);
            let stale = if first_id.1 == 0 { stale.with_producer_epoch(17) } else { stale };
            refused(
                "an epoch that is not ours",
                stale,
                &[if version >= 4 { "ProducerFenced" } else { "InvalidProducerEpoch" }],
            )?;
        }
        Ok(())
    })?;
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    same("different producer ids", ids.len(), count)?;
    Ok(format!("{count} producer ids, all different"))
}

/// An open transaction with a record in partition 0; its id and producer.
fn open(target: &Target, connection: &mut Connection, topic: &str) -> Result<(String, (i64, i16))> {
    let id = target.name("open");
    await_coordinator(connection, &id, 1)?;
    let producer = ask::init(connection, Some(&id), 30_000)?;
    same("adding", ask::add_partition(connection, &id, producer, topic)?, "none")?;
    let batch = Batch::of(&["x", "y"], 1).by(producer, 0).transactional();
    same("producing", ask::produce_in(connection, topic, &id, &batch)?, "none")?;
    Ok((id, producer))
}

pub(crate) fn describe_producers(target: &Target) -> Outcome {
    let topic = target.topic("describe-producers", 1, &[])?;
    each_version::<DescribeProducersRequest>(target, 0, |connection, version| {
        let plain = ask::init(connection, None, 10_000)?;
        ask::produce(connection, &topic, &Batch::of(&["a", "b", "c"], 1).by(plain, 0))?;
        let (id, producer) = open(target, connection, &topic)?;
        let wanted = |name: &str| TopicRequest::default().with_name(topic_name(name)).with_partition_indexes(vec![0]);
        let request = DescribeProducersRequest::default().with_topics(vec![wanted(&topic)]);
        let answer = first("topic", connection.call(version, &request)?.topics)?;
        let answer = first("partition", answer.partitions)?;
        same("describing", code(answer.error_code), "none")?;
        let seen = answer
            .active_producers
            .iter()
            .map(|p| (p.producer_id.0, p.producer_epoch, p.last_sequence, p.current_txn_start_offset));
        let mut seen = seen.collect::<Vec<_>>();
        seen.sort_unstable();
        let mut expected = [(plain.0, i32::from(plain.1), 2, -1), (producer.0, i32::from(producer.1), 1, 3)];
        expected.sort_unstable();
        same("producers", seen, expected)?;
        let request = DescribeProducersRequest::default().with_topics(vec![wanted(&target.name("absent"))]);
        let answer = first("topic", connection.call(version, &request)?.topics)?;
        let answer = code(first("partition", answer.partitions)?.error_code);
        same("of an unknown topic", answer, "UnknownTopicOrPartition")?;
        same("ending", ask::end(connection, &id, producer, false)?, "none")
    })
}

pub(crate) fn describe_transactions(target: &Target) -> Outcome {
    let topic = target.topic("describe-transactions", 1, &[])?;
    each_version::<DescribeTransactionsRequest>(target, 0, |connection, version| {
        let (id, producer) = open(target, connection, &topic)?;
        let absent = target.name("absent");
        let ids = vec![transactional_id(&id), transactional_id(&absent)];
        let answer = connection.call(version, &DescribeTransactionsRequest::default().with_transactional_ids(ids))?;
        let find =
            |name: &str| first(name, answer.transaction_states.iter().filter(|t| t.transactional_id.as_str() == name));
        let seen = find(&id)?;
        same("its state", (code(seen.error_code), seen.transaction_state.as_str()), ("none".to_owned(), "Ongoing"))?;
        same("its producer", (seen.producer_id.0, seen.producer_epoch), producer)?;
        same("its timeout", seen.transaction_timeout_ms, 30_000)?;
        let parts = seen.topics.iter().map(|t| (t.topic.as_str(), t.partitions.as_slice())).collect::<Vec<_>>();
        same("its partitions", parts, [(topic.as_str(), &[0][..])])?;
        same("an unknown one", code(find(&absent)?.error_code), "TransactionalIdNotFound")?;
        same("ending", ask::end(connection, &id, producer, false)?, "none")
    })
}

pub(crate) fn list_transactions(target: &Target) -> Outcome {
    let topic = target.topic("list-transactions", 1, &[])?;
    each_version::<ListTransactionsRequest>(target, 1, |connection, version| {
        let (id, producer) = open(target, connection, &topic)?;
        let mut listed = |request: ListTransactionsRequest| -> Result<(Option<String>, usize)> {
            let answer = connection.call(version, &request)?;
            same("listing", code(answer.error_code), "none")?;
            let found = answer.transaction_states.iter().find(|t| t.transactional_id.as_str() == id);
            Ok((found.map(|t| t.transaction_state.to_string()), answer.unknown_state_filters.len()))
        };
        let ongoing = (Some("Ongoing".to_owned()), 0);
        same("all", listed(ListTransactionsRequest::default())?, ongoing.clone())?;
        let in_state = |state| ListTransactionsRequest::default().with_state_filters(vec![text(state)]);
        same("open ones", listed(in_state("Ongoing"))?, ongoing.clone())?;
        same("empty ones", listed(in_state("Empty"))?, (None, 0))?;
        same("in a state that is none", listed(in_state("Tired"))?, (None, 1))?;
        let of = |id| ListTransactionsRequest::default().with_producer_id_filters(vec![ProducerId(id)]);
        same("of its producer", listed(of(producer.0))?, ongoing)?;
        same("of another producer", listed(of(producer.0 + 1_000_000))?, (None, 0))?;
        if version >= 1 {
            let hour = ListTransactionsRequest::default().with_duration_filter(3_600_000);
            same("open for an hour", listed(hour)?, (None, 0))?;
        }
        same("ending", ask::end(connection, &id, producer, false)?, "none")
    })
}
