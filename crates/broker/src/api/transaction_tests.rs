//! Answers of the transaction APIs, in every version that is served.

use std::collections::BTreeMap;

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::describe_producers_request::TopicRequest;
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, DescribeProducersRequest, DescribeTransactionsRequest,
    EndTxnRequest, GroupId, InitProducerIdRequest, ListTransactionsRequest, ProducerId, TransactionalId,
    TxnOffsetCommitRequest,
};

use super::text::{text, topic_name};
use super::topic_tests::encodes;
use super::{
    Api, add_offsets_to_txn, add_partitions_to_txn, describe_producers, describe_transactions, end_txn,
    init_producer_id, list_transactions, txn_offset_commit,
};
use crate::clock::Clock;
use crate::config::Limits;
use crate::error::Code;
use crate::group::Groups;
use crate::record::build::Batch;
use crate::transaction::tests::{Fixture, started};

fn fixture(folder: &tempfile::TempDir) -> (Fixture, (i64, i16)) {
    let f = started(folder.path(), &Clock::manual(1_000), &Limits::default());
    f.topics.create("t", 1, &BTreeMap::new()).unwrap();
    let producer = f.transactions.init(Some("x"), 60_000, -1, -1).unwrap();
    (f, producer)
}

fn id() -> TransactionalId {
    TransactionalId(text("x"))
}

#[test]
fn fencing_has_its_old_name_in_old_versions() {
    let folder = tempfile::tempdir().unwrap();
    let (f, (producer, epoch)) = fixture(&folder);
    let (producer, old) = (ProducerId(producer), epoch);
    f.transactions.init(Some("x"), 60_000, -1, -1).unwrap();
    let named = |known: bool| if known { Code::ProducerFenced.code() } else { Code::InvalidProducerEpoch.code() };
    for version in init_producer_id::InitProducerId::VERSIONS {
        let request = InitProducerIdRequest::default().with_transactional_id(Some(id()));
        let request = request.with_transaction_timeout_ms(5).with_producer_id(producer).with_producer_epoch(old);
        let answer = init_producer_id::answer(&f.transactions, version, &request);
        encodes(&answer, version);
        assert_eq!(
            (answer.error_code, answer.producer_id, answer.producer_epoch),
            (named(version >= 4), ProducerId(-1), -1)
        );
    }
    for version in 0..=3 {
        let topic = AddPartitionsToTxnTopic::default().with_name(topic_name("t")).with_partitions(vec![0]);
        let request = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(id())
            .with_v3_and_below_producer_id(producer)
            .with_v3_and_below_producer_epoch(old)
            .with_v3_and_below_topics(vec![topic]);
        let answer = add_partitions_to_txn::answer(&f.topics, &f.transactions, version, request);
        encodes(&answer, version);
        let code = answer.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code;
        assert_eq!(code, named(version >= 2));
        let request = AddOffsetsToTxnRequest::default().with_transactional_id(id()).with_group_id(GroupId(text("g")));
        let request = request.with_producer_id(producer).with_producer_epoch(old);
        let answer = add_offsets_to_txn::answer(&f.transactions, version, &request);
        encodes(&answer, version);
        assert_eq!(answer.error_code, named(version >= 2));
        let request = EndTxnRequest::default().with_transactional_id(id()).with_producer_id(producer);
        let answer = end_txn::answer(&f.transactions, version, &request.with_producer_epoch(old).with_committed(true));
        encodes(&answer, version);
        assert_eq!(answer.error_code, named(version >= 2));
    }
}

#[test]
fn partitions_join_all_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let (f, (producer, epoch)) = fixture(&folder);
    let (not_attempted, unknown) = (Code::OperationNotAttempted.code(), Code::UnknownTopicOrPartition.code());
    for (name, partitions, expected) in
        [("t", vec![0, 1], vec![not_attempted, unknown]), ("none", vec![0], vec![unknown]), ("t", vec![0], vec![0])]
    {
        let before = f.transactions.describe("x").unwrap().partitions;
        assert!(before.is_empty());
        let topic = AddPartitionsToTxnTopic::default().with_name(topic_name(name)).with_partitions(partitions);
        let request = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(id())
            .with_v3_and_below_producer_id(ProducerId(producer))
            .with_v3_and_below_producer_epoch(epoch)
            .with_v3_and_below_topics(vec![topic]);
        let answer = add_partitions_to_txn::answer(&f.topics, &f.transactions, 3, request);
        let results = &answer.results_by_topic_v3_and_below[0].results_by_partition;
        assert_eq!(results.iter().map(|result| result.partition_error_code).collect::<Vec<_>>(), expected);
    }
    assert_eq!(f.transactions.describe("x").unwrap().partitions.len(), 1);
}

#[test]
fn offsets_are_checked_one_by_one_and_the_member_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let (f, (producer, epoch)) = fixture(&folder);
    let groups = Groups::new(f.clock.clone(), &Limits::default(), 0);
    let parts = txn_offset_commit::Parts {
        topics: &f.topics,
        groups: &groups,
        transactions: &f.transactions,
        metadata_bytes: 3,
        now_ms: f.clock.now_ms(),
    };
    let partition = |index: i32, metadata: &str| {
        TxnOffsetCommitRequestPartition::default()
            .with_partition_index(index)
            .with_committed_offset(7)
            .with_committed_metadata(Some(text(metadata)))
    };
    let partitions = vec![partition(0, "abc"), partition(1, ""), partition(0, "abcd")];
    let topic = TxnOffsetCommitRequestTopic::default().with_name(topic_name("t")).with_partitions(partitions);
    let request = TxnOffsetCommitRequest::default()
        .with_transactional_id(id())
        .with_group_id(GroupId(text("g")))
        .with_producer_id(ProducerId(producer))
        .with_producer_epoch(epoch)
        .with_generation_id(-1)
        .with_topics(vec![topic]);
    let codes = |request: &TxnOffsetCommitRequest| {
        let answer = parts.answer(request);
        txn_offset_commit::TxnOffsetCommit::VERSIONS.for_each(|version| encodes(&answer, version));
        answer.topics[0].partitions.iter().map(|partition| partition.error_code).collect::<Vec<_>>()
    };
    let (unknown, large) = (Code::UnknownTopicOrPartition.code(), Code::OffsetMetadataTooLarge.code());
    assert_eq!(codes(&request), [Code::InvalidTxnState.code(), unknown, large], "the group was not added");
    f.transactions.add_offsets("x", producer, epoch, "g").unwrap();
    assert_eq!(codes(&request), [0, unknown, large]);
    let member = request.clone().with_member_id(text("gone")).with_generation_id(4);
    let refused = codes(&member)[0];
    assert!([Code::UnknownMemberId.code(), Code::IllegalGeneration.code()].contains(&refused), "{refused}");
    f.transactions.end("x", producer, epoch, true).unwrap();
    assert_eq!(f.offsets.fetch("g", "t", 0).unwrap().offset, 7);
}

#[test]
fn transactions_and_producers_are_described() {
    let folder = tempfile::tempdir().unwrap();
    let (f, (producer, epoch)) = fixture(&folder);
    f.transactions.init(Some("empty"), 1, -1, -1).unwrap();
    f.transactions.add_partitions("x", producer, epoch, &[("t".into(), 0)]).unwrap();
    let batch = Batch::new(0).producer(producer, epoch, 0).transactional().record(1_000, None, Some(b"v")).bytes();
    f.topics.partition("t", 0).unwrap().append(&batch, std::slice::from_ref(&(0..batch.len())), 1_000).unwrap();
    f.clock.advance(500);

    let ids = ["x", "empty", "none", ""].map(|id| TransactionalId(text(id)));
    let request = DescribeTransactionsRequest::default().with_transactional_ids(ids.to_vec());
    let answer = describe_transactions::answer(&f.transactions, request);
    encodes(&answer, 0);
    let states: Vec<_> = answer
        .transaction_states
        .iter()
        .map(|s| (s.error_code, s.transaction_state.as_str(), s.transaction_start_time_ms, s.topics.len()))
        .collect();
    assert_eq!(states[..2], [(0, "Ongoing", 1_000, 1), (0, "Empty", -1, 0)]);
    assert_eq!(states[2].0, Code::TransactionalIdNotFound.code());
    assert_eq!(states[3].0, Code::InvalidRequest.code());

    for (state, by, duration, expected) in [
        (None, None, -1, vec!["empty", "x"]),
        (Some("Ongoing"), None, -1, vec!["x"]),
        (Some("Odd"), None, -1, vec![]),
        (None, Some(producer), -1, vec!["x"]),
        (Some("Ongoing"), None, 499, vec!["x"]),
        (Some("Ongoing"), None, 500, vec![]),
    ] {
        let request = ListTransactionsRequest::default()
            .with_state_filters(state.iter().map(|state| text(state)).collect())
            .with_producer_id_filters(by.into_iter().map(ProducerId).collect())
            .with_duration_filter(duration);
        let answer = list_transactions::answer(&f.transactions, f.clock.now_ms(), &request);
        list_transactions::ListTransactions::VERSIONS.for_each(|version| encodes(&answer, version));
        let listed: Vec<_> = answer.transaction_states.iter().map(|s| s.transactional_id.as_str()).collect();
        assert_eq!(listed, expected, "{state:?} {by:?} {duration}");
        assert_eq!(answer.unknown_state_filters.len(), usize::from(state == Some("Odd")));
    }

    let topic = TopicRequest::default().with_name(topic_name("t")).with_partition_indexes(vec![0, 1]);
    let answer = describe_producers::answer(&f.topics, &DescribeProducersRequest::default().with_topics(vec![topic]));
    encodes(&answer, 0);
    let partitions = &answer.topics[0].partitions;
    let state = &partitions[0].active_producers[0];
    let got = (state.producer_id.0, state.producer_epoch, state.last_sequence, state.current_txn_start_offset);
    assert_eq!(got, (producer, i32::from(epoch), 0, 0));
    assert_eq!(partitions[1].error_code, Code::UnknownTopicOrPartition.code());
}
