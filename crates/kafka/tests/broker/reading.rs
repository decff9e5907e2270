//! Reading without a group, and the command topic.

use crate::{Row, cluster, fill, wait_for};
use millstream_engine::clock::{Clock as _, SystemClock};
use millstream_engine::link::Record;
use millstream_engine::sharing::TopicReader as _;
use millstream_kafka::{Command, CommandLog, KafkaError, SharedTopic, StartAt, Tail, Writer};
use std::time::Duration;

#[test]
fn a_tail_reads_from_the_start_to_the_end_and_on() {
    let Some(c) = cluster("tail") else { return };
    let topic = c.topic("t", 3);
    fill(&c, &topic, 0..3_000);
    let mut tail = Tail::open(&c.kafka, &topic, StartAt::Earliest).unwrap();
    assert_eq!(tail.partitions(), 3);
    let mut rows: Vec<Row> = Vec::new();
    let read = |tail: &mut Tail, rows: &mut Vec<Row>, max| {
        tail.fetch(max, Duration::from_millis(20), &mut |p, records| rows.extend(records.iter().map(|r| Row::of(p, r))))
            .unwrap()
    };
    let first = wait_for("records", || Some(read(&mut tail, &mut rows, 100)).filter(|p| p.records > 0));
    assert!(first.records <= 100 && !first.at_end);
    wait_for("the end", || read(&mut tail, &mut rows, 1_000).at_end.then_some(()));
    let mut numbers: Vec<u64> = rows.iter().map(Row::number).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..3_000));

    // Each partition by itself: the offsets of a later tail begin after what is there now.
    let mut latest = Tail::open(&c.kafka, &topic, StartAt::Latest).unwrap();
    assert!(latest.at_end(), "there is nothing to read");
    fill(&c, &topic, 3_000..3_003);
    let mut new = Vec::new();
    wait_for("three records", || {
        read(&mut latest, &mut new, 10);
        (new.len() == 3).then_some(())
    });
    let mut numbers: Vec<u64> = new.iter().map(Row::number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [3_000, 3_001, 3_002]);
    rows.clear();
    wait_for("the same three", || {
        read(&mut tail, &mut rows, 10);
        (rows.len() == 3).then_some(())
    });
}

#[test]
fn an_empty_topic_is_at_its_end() {
    let Some(c) = cluster("empty-tail") else { return };
    let topic = c.topic("t", 2);
    let mut tail = Tail::open(&c.kafka, &topic, StartAt::Earliest).unwrap();
    let progress = tail.fetch(10, Duration::from_millis(1), &mut |_, _| panic!("it is empty")).unwrap();
    assert!(progress.at_end);
    let missing = c.name("missing");
    assert_eq!(Tail::open(&c.kafka, &missing, StartAt::Earliest).map(drop), Err(KafkaError::TopicMissing(missing)));
}

#[test]
fn a_written_record_lands_where_java_puts_it() {
    let Some(c) = cluster("writer") else { return };
    let topic = c.topic("t", 6);
    let writer = Writer::open(&c.kafka).unwrap();
    for key in ["21", "foobar", "a-little-bit-long-string", ""] {
        let (partition, offset) = writer.write(&topic, None, Some(key.as_bytes()), Some(b"1"), Some(1_234)).unwrap();
        assert_eq!(partition, millstream_types::partition_for_key(key.as_bytes(), 6), "{key}");
        assert!(offset >= 0);
    }
    assert_eq!(writer.write(&topic, Some(5), None, None, None).unwrap().0, 5);
    writer.write(&topic, None, None, Some(b"2"), None).unwrap();
    let rows = c.contents(&topic);
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert_eq!(rows.iter().filter(|r| r.timestamp == 1_234).count(), 4);
    assert_eq!(rows.iter().filter(|r| r.value.is_none()).count(), 1);

    let missing = c.name("missing");
    let refused = writer.write(&missing, None, None, Some(b"x"), None);
    assert_eq!(refused, Err(KafkaError::TopicMissing(missing)));
    assert!(matches!(writer.write(&topic, Some(17), None, Some(b"x"), None), Err(KafkaError::TopicMissing(_))));
    let large = vec![0; 3_000_000];
    assert!(matches!(writer.write(&topic, None, None, Some(&large), None), Err(KafkaError::Refused(_))));
}

fn read_to_end(log: &mut CommandLog) -> Vec<Command> {
    let mut commands = Vec::new();
    wait_for("the end of the log", || {
        commands.extend(log.read(Duration::from_millis(20)).unwrap());
        log.at_end().then_some(())
    });
    commands
}

#[test]
fn servers_agree_on_one_list_of_commands() {
    let Some(c) = cluster("command") else { return };
    let (topic, id) = (c.name("commands"), c.name("service"));
    let mut a = CommandLog::open(&c.kafka, &topic, &id).unwrap();
    assert_eq!(c.admin.topic_config(&topic, "retention.ms").unwrap().as_deref(), Some("-1"));
    assert!(a.at_end(), "nothing was said yet");
    let first = a.append(b"k1", b"CREATE STREAM 1").unwrap();
    assert_eq!(first, 0);
    assert_eq!(read_to_end(&mut a), [Command { offset: 0, key: b"k1".into(), value: b"CREATE STREAM 1".into() }]);

    // A second server must read before it writes, and then shuts the first one out until that has read.
    let mut b = CommandLog::open(&c.kafka, &topic, &id).unwrap();
    assert!(!b.at_end());
    assert!(matches!(b.append(b"k2", b"2"), Err(KafkaError::Conflict(_))));
    assert_eq!(read_to_end(&mut b).len(), 1);
    b.append(b"k2", b"2").unwrap();
    let refused = a.append(b"k2", b"2, too late");
    assert!(matches!(refused, Err(KafkaError::Conflict(_))), "{refused:?}");
    assert!(!a.at_end(), "there is something that it has not seen");
    assert_eq!(read_to_end(&mut a).iter().map(|c| c.value.clone()).collect::<Vec<_>>(), [b"2"]);
    a.append(b"k3", b"3").unwrap();
    read_to_end(&mut a);

    // Two appends in a row need a look in between, and what comes back is in order.
    for n in 4..8 {
        a.append(format!("k{n}").as_bytes(), format!("{n}").as_bytes()).unwrap();
        read_to_end(&mut a);
    }
    let mut fresh = CommandLog::open(&c.kafka, &topic, &id).unwrap();
    let all = read_to_end(&mut fresh);
    assert!(all.is_sorted_by_key(|c| c.offset));
    let keys: Vec<_> = all.iter().map(|c| String::from_utf8(c.key.clone()).unwrap()).collect();
    assert_eq!(keys, ["k1", "k2", "k3", "k4", "k5", "k6", "k7"]);
    assert!(b.catch_up().is_ok_and(|read| !read));
    assert!(fresh.catch_up().unwrap());
}

#[test]
fn a_command_that_is_too_large_is_refused_and_the_next_one_works() {
    let Some(c) = cluster("command-large") else { return };
    let (topic, id) = (c.name("commands"), c.name("service"));
    let mut log = CommandLog::open(&c.kafka, &topic, &id).unwrap();
    let refused = log.append(b"k", &vec![b'x'; 2_000_000]);
    assert!(matches!(refused, Err(KafkaError::Refused(_))), "{refused:?}");
    read_to_end(&mut log);
    log.append(b"k", b"small").unwrap();
    assert_eq!(read_to_end(&mut log).len(), 1);
}

#[test]
fn a_command_topic_with_several_partitions_is_refused() {
    let Some(c) = cluster("command-wide") else { return };
    let topic = c.topic("commands", 2);
    assert!(matches!(CommandLog::open(&c.kafka, &topic, "id"), Err(KafkaError::Invalid(_))));
}

#[test]
fn reading_starts_at_a_time_or_an_offset() {
    let Some(c) = cluster("start-at") else { return };
    let topic = c.topic("t", 1);
    let writer = Writer::open(&c.kafka).unwrap();
    for n in 0..5i64 {
        writer.write(&topic, Some(0), None, Some(n.to_string().as_bytes()), Some(1_000 * (n + 1))).unwrap();
    }
    let first = |start: StartAt| {
        let mut tail = Tail::open(&c.kafka, &topic, start).unwrap();
        let mut offsets = Vec::new();
        wait_for("the end", || {
            let progress = tail.fetch(10, Duration::from_millis(20), &mut |_, records| {
                offsets.extend(records.iter().map(|r| r.offset));
            });
            progress.unwrap().at_end.then_some(())
        });
        offsets.first().copied()
    };
    assert_eq!(first(StartAt::Offset(3)), Some(3));
    assert_eq!(first(StartAt::Offset(99)), None, "the end is the nearest");
    assert_eq!(first(StartAt::Time(3_000)), Some(2));
    assert_eq!(first(StartAt::Time(3_001)), Some(3));
    assert_eq!(first(StartAt::Time(6_000)), None, "nothing is that late");
    assert_eq!(first(StartAt::Ago(1_000)), None);

    // A group starts there too.
    let mut config = c.link("w", &[&topic], &[]);
    config.reset = StartAt::Time(4_000);
    let mut link = millstream_kafka::KafkaLink::open(config).unwrap();
    assert_eq!(crate::assigned(&mut link), [(crate::part(0), 3)]);
}

#[test]
fn partitions_that_are_shared_come_and_go() {
    let Some(c) = cluster("shared") else { return };
    let topic = c.topic("t", 2);
    fill(&c, &topic, 0..2_000);
    let mut shared = SharedTopic::connect(&c.kafka, &topic).unwrap();
    let read = |shared: &mut SharedTopic, partition, count: usize| {
        let (mut rows, mut end) = (Vec::new(), None);
        wait_for("records and the end behind them", || {
            let mut each = |records: &[Record<'_>]| rows.extend(records.iter().map(|r| Row::of(partition, r)));
            let found = shared.fetch(partition, 300, &mut each).unwrap();
            end = found.end.or(end.filter(|_| found.records == 0));
            if found.records == 0 {
                shared.wait(Duration::from_millis(20));
            }
            (rows.len() >= count && end.is_some()).then_some(())
        });
        assert_eq!(rows.len(), count);
        (rows.iter().map(|row| row.offset).collect::<Vec<_>>(), end)
    };
    shared.begin(0, 400).unwrap();
    assert_eq!(read(&mut shared, 0, 600), ((400..1_000).collect(), Some(1_000)));
    shared.begin(1, 999).unwrap();
    assert_eq!(read(&mut shared, 1, 1), (vec![999], Some(1_000)));
    shared.end(0);
    shared.begin(0, 0).unwrap();
    assert_eq!(read(&mut shared, 0, 1_000).0.len(), 1_000);

    // Somebody wakes it.
    let wake = shared.waker();
    let clock = SystemClock::new();
    wake();
    shared.wait(Duration::from_secs(60));
    shared.wait(Duration::from_millis(1));
    assert!(clock.monotonic() < Duration::from_secs(30));

    let missing = c.name("missing");
    assert_eq!(SharedTopic::connect(&c.kafka, &missing).map(drop), Err(KafkaError::TopicMissing(missing)));
}
