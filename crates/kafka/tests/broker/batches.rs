//! Records in and out: what is lent, where reading starts and ends, what a topic takes.

use crate::{assigned, cluster, event, fetch, fill, part, persist, produce, wait_for};
use millstream_engine::link::{Event, Header, Link as _, LinkError, Outgoing, Output};
use millstream_kafka::batch::TopicProducer;
use millstream_kafka::{KafkaError, KafkaLink, Producer, StartAt};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn records_are_lent_in_order_with_all_they_have() {
    let Some(c) = cluster("lent") else { return };
    let (input, output) = (c.topic("in", 2), c.topic("out", 1));
    let producer = Arc::new(Producer::idempotent(&c.kafka).unwrap());
    let topic = TopicProducer::open(&producer, &input).unwrap();
    let sent = [
        (Some(&b"key"[..]), Some(&b"value"[..]), 1_234_567_890_123),
        (None, Some(&b"no key"[..]), 5),
        (Some(&b"deleted"[..]), None, 6),
        (Some(&b""[..]), Some(&b""[..]), 7),
        (None, None, 0),
    ];
    for (key, value, timestamp) in sent {
        topic.produce(&Outgoing { partition: 1, timestamp, key, value, headers: &[] }).unwrap();
    }
    producer.flush(Duration::from_secs(10)).unwrap();

    let mut link = KafkaLink::open(c.link("w", &[&input], &[&output])).unwrap();
    assert_eq!(assigned(&mut link), [(part(0), 0), (part(1), 0)]);
    let rows = fetch(&mut link, part(1), sent.len());
    for (i, (row, (key, value, timestamp))) in rows.iter().zip(sent).enumerate() {
        assert_eq!(row.offset, i64::try_from(i).unwrap());
        assert_eq!((row.key.as_deref(), row.value.as_deref()), (key, value));
        // librdkafka cannot send the timestamp 0.
        assert_eq!(row.timestamp, timestamp.max(1));
    }
    // The end is an event of its own; it comes again when more has come.
    let end = |link: &mut KafkaLink, from| {
        wait_for("the end", || {
            link.poll(Duration::from_millis(5)).unwrap();
            let fetched = link.fetch(from, 100, &mut |_| panic!("nothing is left")).unwrap();
            fetched.end.then_some(())
        });
    };
    end(&mut link, part(0));
    end(&mut link, part(1));
    topic.produce(&Outgoing { partition: 1, timestamp: 8, key: None, value: Some(b"more"), headers: &[] }).unwrap();
    producer.flush(Duration::from_secs(10)).unwrap();
    assert_eq!(fetch(&mut link, part(1), 1)[0].offset, 5);
    end(&mut link, part(1));
}

#[test]
fn headers_go_and_come_with_their_records() {
    let Some(c) = cluster("headers") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    let producer = Arc::new(Producer::idempotent(&c.kafka).unwrap());
    let topic = TopicProducer::open(&producer, &input).unwrap();
    let header = |key: &'static str, value: Option<&'static [u8]>| Header { key: key.as_bytes(), value };
    let long = vec![b'x'; 100_000];
    let sent: [Vec<Header<'_>>; 6] = [
        vec![],
        vec![header("a", Some(b"1"))],
        vec![header("a", Some(b"")), header("", None), header("a", Some(b"\0\xff")), header("né", None)],
        vec![],
        vec![Header { key: b"long", value: Some(&long) }],
        vec![],
    ];
    for (i, headers) in sent.iter().enumerate() {
        // What stands before the headers must not matter.
        let value = [Some(&b"value"[..]), None][i % 2];
        topic.produce(&Outgoing { partition: 0, timestamp: 5, key: None, value, headers }).unwrap();
    }
    producer.flush(Duration::from_secs(10)).unwrap();

    let mut link = KafkaLink::open(c.link("w", &[&input], &[&output])).unwrap();
    assigned(&mut link);
    let rows = fetch(&mut link, part(0), sent.len());
    for (row, headers) in rows.iter().zip(&sent) {
        let found: Vec<_> = row.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
        assert_eq!(&found, headers, "offset {}", row.offset);
    }
}

#[test]
fn batches_are_whole_and_bounded() {
    let Some(c) = cluster("whole") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    let producer = Arc::new(Producer::idempotent(&c.kafka).unwrap());
    let topic = TopicProducer::open(&producer, &input).unwrap();
    let value = [b'x'; 100];
    let records =
        vec![Outgoing { partition: 0, timestamp: 0, key: Some(b"k"), value: Some(&value), headers: &[] }; 1000];
    for _ in 0..20 {
        assert_eq!(topic.produce_batch(0, &records), (1000, None));
    }
    producer.flush(Duration::from_secs(20)).unwrap();

    let mut link = KafkaLink::open(c.link("w", &[&input], &[&output])).unwrap();
    assigned(&mut link);
    let (mut next, mut largest) = (0, 0);
    wait_for("20000 records", || {
        link.poll(Duration::from_millis(5)).unwrap();
        let fetched = link
            .fetch(part(0), 700, &mut |records| {
                largest = largest.max(records.len());
                for record in records {
                    assert_eq!(record.offset, next);
                    assert_eq!(record.value.unwrap(), value);
                    next += 1;
                }
            })
            .unwrap();
        assert!(fetched.records <= 700);
        (next == 20_000).then_some(())
    });
    assert_eq!(largest, 700, "more than one record a call, but no more than asked for");
}

#[test]
fn a_new_group_starts_where_it_is_told_and_stays_there() {
    let Some(c) = cluster("start") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    fill(&c, &input, 0..10);
    for (reset, group) in [(StartAt::Earliest, "first"), (StartAt::Latest, "last")] {
        let start = if reset == StartAt::Earliest { 0 } else { c.admin.latest_offsets(&input).unwrap()[0] };
        let mut config = c.link(group, &[&input], &[&output]);
        config.group = c.name(group);
        config.reset = reset;
        let mut link = KafkaLink::open(config.clone()).unwrap();
        assert_eq!(assigned(&mut link), [(part(0), start)]);
        assert_eq!(c.admin.group_offsets(&config.group, &input).unwrap(), [Some(start)], "committed at once");
        // As after a crash before the first epoch, with more records in the topic by now.
        drop(link);
        fill(&c, &input, 10..15);
        let mut link = KafkaLink::open(config).unwrap();
        let starts = assigned(&mut link);
        assert_eq!(starts, [(part(0), start)]);
        assert_eq!(persist(|| link.committed(&[part(0)])).unwrap(), starts);
    }
}

#[test]
fn a_start_that_retention_removed_falls_back_to_the_policy() {
    let Some(c) = cluster("gone") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    fill(&c, &input, 0..30);
    let config = c.link("w", &[&input], &[&output]);
    let mut link = KafkaLink::open(config.clone()).unwrap();
    assigned(&mut link);
    link.begin().unwrap();
    persist(|| link.commit(&[(part(0), 20)])).unwrap();
    drop(link);
    // The topic loses its records by being made anew: offset 20 lies beyond its end now.
    c.admin.delete_topics(&[&input]).unwrap();
    wait_for("the new topic", || c.admin.create_topic(&input, 1, None, &[]).ok());
    fill(&c, &input, 0..5);
    let mut link = KafkaLink::open(config).unwrap();
    assert_eq!(assigned(&mut link), [(part(0), 0)]);
    assert_eq!(fetch(&mut link, part(0), 5).len(), 5);
}

#[test]
fn the_largest_record_fits_and_a_larger_one_is_refused_for_ever() {
    let Some(c) = cluster("large") else { return };
    let input = c.topic("in", 1);
    let output = c.name("out");
    c.admin.create_topic(&output, 1, None, &[("max.message.bytes", "2000000")]).unwrap();
    let small = c.name("small");
    c.admin.create_topic(&small, 1, None, &[("max.message.bytes", "5000")]).unwrap();
    let mut link = KafkaLink::open(c.link("w", &[&input], &[&output, &small])).unwrap();
    assigned(&mut link);
    for output in [Output(0), Output(1)] {
        let max = link.max_record_bytes(output);
        let bytes = vec![b'x'; max + 500];
        let of = |len: usize| Outgoing {
            partition: 0,
            timestamp: 1,
            key: Some(&bytes[..10]),
            value: Some(&bytes[..len - 10]),
            headers: &[],
        };
        link.begin().unwrap();
        link.produce(output, &mut std::iter::once(of(max))).unwrap();
        // Many that fit one by one must not be sent as a batch that does not.
        link.produce(output, &mut (0..20).map(|_| of(1_000))).unwrap();
        link.flush().unwrap();
        persist(|| link.commit(&[])).unwrap();
        link.begin().unwrap();
        let refused = link.produce(output, &mut std::iter::once(of(max + 500))).and_then(|()| link.flush());
        assert!(matches!(refused, Err(LinkError::Fatal(_))), "{refused:?}");
        persist(|| link.abort()).unwrap();
    }
    assert_eq!(c.settled(&output, 21).len(), 21);
    assert_eq!(c.settled(&small, 21).len(), 21);
}

#[test]
fn without_transactions_offsets_are_committed_by_themselves() {
    let Some(c) = cluster("alo") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    fill(&c, &input, 0..10);
    let mut config = c.link("w", &[&input], &[&output]);
    config.transactional_id = None;
    let mut link = KafkaLink::open(config.clone()).unwrap();
    assigned(&mut link);
    fetch(&mut link, part(0), 6);
    link.begin().unwrap();
    produce(&mut link, 0, 0..6);
    link.flush().unwrap();
    persist(|| link.commit(&[(part(0), 6)])).unwrap();
    fetch(&mut link, part(0), 4);
    produce(&mut link, 0, 6..10);
    link.abort().unwrap();
    drop(link);
    let mut link = KafkaLink::open(config).unwrap();
    assert_eq!(assigned(&mut link), [(part(0), 6)], "what was not committed comes again");
    let numbers: Vec<u64> = c.contents(&output).iter().map(crate::Row::number).collect();
    assert!(numbers.starts_with(&[0, 1, 2, 3, 4, 5]), "{numbers:?}");
}

#[test]
fn what_cannot_work_is_said_at_once() {
    let Some(c) = cluster("wrong") else { return };
    let input = c.topic("in", 1);
    let missing = c.name("missing");
    let open = |config| KafkaLink::open(config).map(drop);
    assert_eq!(open(c.link("w", &[&missing], &[])), Err(KafkaError::TopicMissing(missing.clone())));
    assert_eq!(open(c.link("w", &[&input], &[&missing])), Err(KafkaError::TopicMissing(missing.clone())));
    assert!(c.admin.topic(&missing).unwrap().is_none(), "asking does not create");
    assert!(matches!(open(c.link("w", &[&input, &input], &[])), Err(KafkaError::Invalid(_))));
    let mut config = c.link("w", &[&input], &[]);
    config.kafka = config.kafka.with("no.such.property", "1");
    let Err(KafkaError::Invalid(text)) = open(config) else { panic!("a wrong property is the user's") };
    assert!(text.contains("no.such.property"), "{text}");
}

#[test]
fn a_topic_that_is_deleted_ends_the_worker() {
    let Some(c) = cluster("deleted") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    let mut config = c.link("w", &[&input], &[&output]);
    // How soon a client looks is up to it.
    config.kafka = config.kafka.with("topic.metadata.refresh.interval.ms", "500");
    let mut link = KafkaLink::open(config).unwrap();
    assigned(&mut link);
    c.admin.delete_topics(&[&input]).unwrap();
    let fatal = wait_for("the end of the worker", || {
        let fetched = link.fetch(part(0), 10, &mut |_| ()).map(drop);
        match link.poll(Duration::from_millis(20)).map(drop).and(fetched) {
            Err(LinkError::Fatal(text)) => Some(text),
            Err(LinkError::Retry(_)) | Ok(()) => None,
            other => panic!("{other:?}"),
        }
    });
    assert!(fatal.contains(&input), "{fatal}");
}

#[test]
fn an_idle_worker_wakes_up_for_a_record() {
    let Some(c) = cluster("wake") else { return };
    let (input, output) = (c.topic("in", 1), c.topic("out", 1));
    let mut link = KafkaLink::open(c.link("w", &[&input], &[&output])).unwrap();
    assigned(&mut link);
    wait_for("the end", || {
        link.poll(Duration::from_millis(10)).unwrap();
        link.fetch(part(0), 10, &mut |_| ()).unwrap().end.then_some(())
    });
    use millstream_engine::clock::{Clock as _, SystemClock};
    let clock = SystemClock::new();
    let writer = std::thread::spawn({
        let kafka = c.kafka.clone();
        move || {
            let writer = millstream_kafka::Writer::open(&kafka).unwrap();
            writer.write(&input, Some(0), None, Some(b"1"), None).unwrap();
        }
    });
    let mut rows = 0;
    while rows == 0 {
        assert!(link.poll(Duration::from_secs(20)).unwrap().is_none());
        rows += link.fetch(part(0), 10, &mut |_| ()).unwrap().records;
    }
    assert!(clock.monotonic() < Duration::from_secs(10), "slept through the record: {:?}", clock.monotonic());
    writer.join().unwrap();
}

#[test]
fn a_second_event_waits_for_its_turn() {
    let Some(c) = cluster("turn") else { return };
    let (input, output) = (c.topic("in", 2), c.topic("out", 1));
    let mut link = KafkaLink::open(c.link("w", &[&input], &[&output])).unwrap();
    assigned(&mut link);
    link.leave().unwrap();
    let Event::Revoked { mut partitions, lost } = event(&mut link) else { panic!("a revocation follows") };
    partitions.sort();
    assert_eq!((partitions.as_slice(), lost), (&[part(0), part(1)][..], false));
    link.unassign(&partitions).unwrap();
    assert_eq!(link.fetch(part(0), 10, &mut |_| ()).unwrap(), Default::default());
}
