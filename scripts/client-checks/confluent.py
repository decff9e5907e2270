"""confluent-kafka, the Python face of librdkafka, which most clients outside Java are made of: 2.0 and the newest.

How to be called and what the exit codes mean: checks.py.
"""

import time

import confluent_kafka
from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_CREATE_TIME,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from checks import PATIENCE_S, Skip, check, main, name, noise, refused, same, until

VERSION = tuple(int(part) for part in confluent_kafka.__version__.split(".")[:2])
TOPICS = []
KEPT = {"retention.ms": "-1"}  # for timestamps of long ago: by default such records are deleted soon


def code(*codes):
    """Is the exception a Kafka error of one of these codes?"""
    return lambda e: isinstance(e, KafkaException) and e.args[0].code() in codes


def admin(at):
    return AdminClient({"bootstrap.servers": at})


def wait(futures):
    """The only result of an admin call."""
    [future] = futures.values()
    return future.result(PATIENCE_S)


def partitions_of(client, topic):
    found = client.list_topics(topic, timeout=PATIENCE_S).topics[topic]
    return None if found.error else sorted(found.partitions)


def fresh(at, what, partitions=1, configs=None):
    topic = name(what)
    client = admin(at)
    wait(client.create_topics([NewTopic(topic, partitions, 1, config=configs or {})]))
    TOPICS.append(topic)
    until("the new topic is known", lambda: partitions_of(client, topic) == list(range(partitions)))
    return topic


def producer(at, **options):
    return Producer({"bootstrap.servers": at, **{k.replace("_", "."): v for k, v in options.items()}})


def send_all(client, topic, rows):
    """Produces each row of arguments and waits; returns the offsets, raises the first error."""
    reports = []
    for row in rows:
        client.produce(topic, on_delivery=lambda error, message: reports.append((error, message)), **row)
        client.poll(0)
    same("records without a report", client.flush(PATIENCE_S), 0)
    for error, _ in reports:
        if error:
            raise KafkaException(error)
    same("reports", len(reports), len(rows))
    return [message.offset() for _, message in reports]


def send_values(at, topic, values, partition=0, **options):
    return send_all(producer(at, **options), topic, [{"value": v, "partition": partition} for v in values])


def consumer(at, **options):
    base = {"group.id": name("reader"), "auto.offset.reset": "earliest", "enable.auto.commit": False}
    return Consumer({"bootstrap.servers": at, **base, **{k.replace("_", "."): v for k, v in options.items()}})


def assigned(at, topic, partitions=1, **options):
    client = consumer(at, **options)
    client.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(partitions)])
    return client


def read(client, count, extra_s=0.5):
    """Exactly `count` records: waits for them, and then a moment for any that should not be there."""
    records = []
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        message = client.poll(0.2)
        if message is not None:
            if message.error():
                raise KafkaException(message.error())
            records.append(message)
            if len(records) == count:
                end = min(end, time.monotonic() + extra_s)
    if count == 0 or len(records) != count:
        same("number of records", len(records), count)
    return records


def clean_up(at):
    if TOPICS:
        client = admin(at)  # as long as this lives, its answers come
        for future in client.delete_topics(TOPICS).values():
            future.result(PATIENCE_S)


# --- scenarios ------------------------------------------------------------------------------------------------------


def topics(at):
    """Create, list, describe, grow, delete; what exists is not created again, what is gone is not found."""
    client, topic = admin(at), name("topics")
    wait(client.create_topics([NewTopic(topic, 3, 1, config={"retention.ms": "3600000"})]))
    until("described", lambda: partitions_of(client, topic) == [0, 1, 2])
    check("listed", topic in client.list_topics(timeout=PATIENCE_S).topics)
    again = lambda: wait(client.create_topics([NewTopic(topic, 3, 1)]))
    refused("creating it again", code(KafkaError.TOPIC_ALREADY_EXISTS), again)
    bad = lambda: wait(client.create_topics([NewTopic("no/such name", 1, 1)]))
    refused("a name that is not one", code(KafkaError.TOPIC_EXCEPTION), bad)
    thrice = lambda: wait(client.create_topics([NewTopic(name("thrice"), 1, 3)]))
    refused("three replicas on one broker", code(KafkaError.INVALID_REPLICATION_FACTOR), thrice)
    dry = name("dry")
    wait(client.create_topics([NewTopic(dry, 1, 1)], validate_only=True))
    same("only validated", partitions_of(client, dry), None)
    wait(client.create_partitions([NewPartitions(topic, 5)]))
    until("grown", lambda: partitions_of(client, topic) == [0, 1, 2, 3, 4])
    fewer = lambda: wait(client.create_partitions([NewPartitions(topic, 2)]))
    refused("growing to fewer", code(KafkaError.INVALID_PARTITIONS), fewer)
    wait(client.delete_topics([topic]))
    until("gone", lambda: topic not in client.list_topics(timeout=PATIENCE_S).topics)
    gone = lambda: wait(client.delete_topics([topic]))
    refused("deleting it again", code(KafkaError.UNKNOWN_TOPIC_OR_PART), gone)


def records(at):
    """Keys, null and empty values, headers that repeat or are null, timestamps: all of it comes back, in order."""
    topic = fresh(at, "records", 2, KEPT)
    headers = [("a", b"1"), ("a", b"2"), ("b", b""), ("c", None), ("\u00fc", b"\xff\x00")]
    rows = [
        (0, b"key", b"value", headers, 1_700_000_000_000),
        (0, b"key", None, None, 1_700_000_000_001),
        (0, None, b"", [("only", b"x")], 1_700_000_000_002),
        (1, "\u00e4".encode(), "\u00f6".encode(), None, 1_600_000_000_000),
        (0, b"", b"last", headers[:2], 1_700_000_000_003),
    ]
    sent = [{"partition": p, "key": k, "value": v, "headers": h or [], "timestamp": t} for p, k, v, h, t in rows]
    same("offsets", sorted(send_all(producer(at), topic, sent)), [0, 0, 1, 2, 3])
    reader = assigned(at, topic, 2)
    found = read(reader, len(rows))
    reader.close()
    for partition in (0, 1):
        of = [r for r in found if r.partition() == partition]
        same("offsets read", [r.offset() for r in of], list(range(len(of))))
        same("kinds of timestamps", {r.timestamp()[0] for r in of}, {TIMESTAMP_CREATE_TIME})
        got = [(r.partition(), r.key(), r.value(), r.headers(), r.timestamp()[1]) for r in of]
        same(f"partition {partition}", got, [row for row in rows if row[0] == partition])


def partitioning(at):
    """Records of a key stay together; five thousand of them arrive once each."""
    topic = fresh(at, "partitioning", 3)
    client = producer(at, linger_ms=5)
    send_all(client, topic, [{"value": b"%d" % n, "key": b"k%d" % (n % 20)} for n in range(5000)])
    reader = assigned(at, topic, 3)
    found = read(reader, 5000)
    reader.close()
    same("values", sorted(int(r.value()) for r in found), list(range(5000)))
    places = {}
    for r in found:
        places.setdefault(r.key(), []).append((r.partition(), int(r.value())))
    same("keys", len(places), 20)
    for key, at_places in places.items():
        same(f"partitions of {key}", len({p for p, _ in at_places}), 1)
        same(f"order of {key}", at_places, sorted(at_places))


def compression(at):
    """Every codec, in batches of many records, read back unchanged from one partition with checked CRCs."""
    topic = fresh(at, "compression")
    expected = []
    for codec in ("gzip", "snappy", "lz4", "zstd", "none"):
        values = [b"%s-%d " % (codec.encode(), n) * 20 for n in range(200)]
        send_values(at, topic, values, compression_codec=codec, linger_ms=50)
        expected += values
    reader = assigned(at, topic, check_crcs=True)
    found = read(reader, len(expected))
    reader.close()
    same("values", [r.value() for r in found], expected)
    same("offsets", [r.offset() for r in found], list(range(len(expected))))


def acks(at):
    """Without any acknowledgement, and with the leader's."""
    topic = fresh(at, "acks")
    for level in (0, 1):
        send_values(at, topic, [b"%d-%d" % (level, n) for n in range(50)], acks=level)
        reader = assigned(at, topic)
        found = read(reader, 50 * (level + 1))
        reader.close()
    same("values", [r.value() for r in found], [b"%d-%d" % (a, n) for a in (0, 1) for n in range(50)])


def large(at):
    """A record below the limit passes, one above the topic's is refused, and a topic may raise it."""
    topic = fresh(at, "large")
    value, big = noise(900_000), noise(3_000_000)
    options = {"message_max_bytes": 8_000_000}
    send_values(at, topic, [value], **options)
    too_large = code(KafkaError.MSG_SIZE_TOO_LARGE)
    refused("2 MB", too_large, lambda: send_values(at, topic, [noise(2_000_000)], **options))
    raised = fresh(at, "large-raised", 1, {"max.message.bytes": "4000000"})
    send_values(at, raised, [big, b"after"], **options)
    # A fetch limit below the record: the broker sends it nevertheless, or the consumer would stand still.
    small = {"max.partition.fetch.bytes": 100_000, "fetch.max.bytes": 1_000_000, "message.max.bytes": 1_000_000}
    reader = assigned(at, raised, **small)
    found = [r.value() for r in read(reader, 2)]
    reader.close()
    check("the values are those sent", found == [big, b"after"], [len(v) for v in found])
    reader = assigned(at, topic)
    check("the first value is that sent", [r.value() for r in read(reader, 1)] == [value])
    reader.close()


def poll_all(members, found, done):
    """Polls the members in turn until `done`, collecting (partition, offset) -> value."""
    end = time.monotonic() + 2 * PATIENCE_S
    while not done():
        check("in time", time.monotonic() < end, [m.assignment() for m in members])
        for member in members:
            message = member.poll(0.05)
            if message is not None:
                if message.error():
                    raise KafkaException(message.error())
                found[(message.partition(), message.offset())] = message.value()


def group_of(at, assignor, of, **options):
    """Two members share four partitions, commit, leave; the next one goes on where they were."""
    topic = fresh(at, "group", 4)
    for p in range(4):
        send_values(at, topic, [b"%d-%d" % (p, n) for n in range(25)], partition=p)
    options = {"group_id": of, "partition_assignment_strategy": assignor, **options}
    first = consumer(at, **options)
    first.subscribe([topic])
    found = {}
    poll_all([first], found, lambda: len(first.assignment()) == 4)
    second = consumer(at, **options)
    second.subscribe([topic])
    members = [first, second]
    poll_all(members, found, lambda: len(found) == 100 and [len(m.assignment()) for m in members] == [2, 2])
    taken = [tp.partition for m in members for tp in m.assignment()]
    same("partitions", sorted(taken), [0, 1, 2, 3])
    same("records", found, {(p, n): b"%d-%d" % (p, n) for p in range(4) for n in range(25)})
    client = admin(at)
    described = wait(client.describe_consumer_groups([of]))
    same("state", (described.state.name, len(described.members)), ("STABLE", 2))
    same("assignor", described.partition_assignor, assignor)
    in_it = sorted(tp.partition for m in described.members for tp in m.assignment.topic_partitions)
    same("assignment described", in_it, [0, 1, 2, 3])
    for member in members:
        offsets = [TopicPartition(topic, tp.partition, 25 - tp.partition) for tp in member.assignment()]
        done = member.commit(offsets=offsets, asynchronous=False)
        same("errors of the commit", [tp.error for tp in done], [None] * 2)
        member.close()
    committed = wait(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(of)]))
    same("committed", {tp.partition: tp.offset for tp in committed.topic_partitions}, {p: 25 - p for p in range(4)})
    reader = consumer(at, group_id=of, partition_assignment_strategy=assignor)
    reader.subscribe([topic])
    rest = read(reader, 6)
    reader.close()
    same("resumed", sorted(r.value() for r in rest), [b"1-24", b"2-23", b"2-24", b"3-22", b"3-23", b"3-24"])


def group(at):
    group_of(at, "range", name("group"))


def group_cooperative(at):
    """The same with incremental rebalancing: partitions move without all of them being taken away."""
    group_of(at, "cooperative-sticky", name("group"))


def group_static(at):
    """A static member that comes back within its session keeps its partitions without a rebalance."""
    topic, of = fresh(at, "static", 2), name("static")
    options = {"group_id": of, "session_timeout_ms": 30_000}
    members = [consumer(at, group_instance_id=f"i{n}", **options) for n in range(2)]
    for member in members:
        member.subscribe([topic])
    poll_all(members, {}, lambda: [len(m.assignment()) for m in members] == [1, 1])
    [mine] = members[0].assignment()
    members[0].close()
    client = admin(at)
    described = wait(client.describe_consumer_groups([of]))
    same("both are still members", sorted(m.group_instance_id for m in described.members), ["i0", "i1"])
    back = consumer(at, group_instance_id="i0", **options)
    back.subscribe([topic])
    poll_all([back, members[1]], {}, lambda: len(back.assignment()) == 1)
    same("the partition it had", back.assignment()[0].partition, mine.partition)
    for member in (back, members[1]):
        member.close()


def session(at):
    """A member that stops polling loses its partitions to the other one."""
    topic, of = fresh(at, "session", 2), name("session")
    options = {"group_id": of, "session_timeout_ms": 6_000, "max_poll_interval_ms": 6_000}
    idle, busy = consumer(at, **options), consumer(at, **options)
    for member in (idle, busy):
        member.subscribe([topic])
    poll_all([idle, busy], {}, lambda: [len(m.assignment()) for m in (idle, busy)] == [1, 1])
    poll_all([busy], {}, lambda: len(busy.assignment()) == 2)
    busy.close()
    idle.close()


def offsets(at):
    """Watermarks, offsets by time, seeking."""
    topic = fresh(at, "offsets", 1, KEPT)
    rows = [{"value": b"%d" % n, "partition": 0, "timestamp": 1_700_000_000_000 + 1000 * n} for n in range(10)]
    client = producer(at)
    for row in rows:
        send_all(client, topic, [row])
    tp = TopicPartition(topic, 0)
    reader = assigned(at, topic)
    same("watermarks", reader.get_watermark_offsets(tp, timeout=PATIENCE_S), (0, 10))
    by_time = []
    for at_ms in (0, 1_700_000_003_000, 1_700_000_003_001, 1_800_000_000_000):
        [found] = reader.offsets_for_times([TopicPartition(topic, 0, at_ms)], timeout=PATIENCE_S)
        by_time.append(found.offset)
    same("by time", by_time, [0, 3, 4, -1])
    read(reader, 10)
    reader.seek(TopicPartition(topic, 0, 7))
    same("from 7", [r.value() for r in read(reader, 3)], [b"7", b"8", b"9"])
    reader.close()
    reader = consumer(at)
    reader.assign([TopicPartition(topic, 0, 1000)])
    same("reset to the earliest", [r.offset() for r in read(reader, 10)], list(range(10)))
    reader.close()
    strict = consumer(at, auto_offset_reset="error")
    strict.assign([TopicPartition(topic, 0, 1000)])
    refused("an offset behind the end", code(KafkaError._AUTO_OFFSET_RESET), lambda: read(strict, 0))
    strict.close()


def tail(at):
    """A consumer at the end gets what is written while it waits, soon."""
    topic = fresh(at, "tail")
    reader = assigned(at, topic, fetch_wait_max_ms=10_000)
    same("nothing yet", reader.poll(1), None)
    writer = producer(at)
    for n in range(5):
        send_all(writer, topic, [{"value": b"%d" % n, "partition": 0}])
        began = time.monotonic()
        found = reader.poll(8)
        same("value", found and found.value(), b"%d" % n)
        check("within 5 s though a fetch may wait 10", time.monotonic() - began < 5)
    reader.close()


def configs(at):
    """What was set is shown with where it comes from, what is altered is shown, nonsense is refused."""
    topic = fresh(at, "configs", 1, {"retention.ms": "3600000", "cleanup.policy": "compact"})
    client = admin(at)
    shown = lambda: wait(client.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]))
    found = shown()
    same("as created", (found["retention.ms"].value, found["cleanup.policy"].value), ("3600000", "compact"))
    same("source of a set one", found["retention.ms"].source, 1)
    same("a default", (found["retention.bytes"].value, found["retention.bytes"].is_default), ("-1", True))
    alter = lambda key, value: wait(
        client.alter_configs([ConfigResource(ConfigResource.Type.TOPIC, topic, set_config={key: value})])
    )
    alter("retention.ms", "7200000")
    # The old request replaces everything that was set.
    until("altered", lambda: shown()["retention.ms"].value == "7200000")
    same("no longer set", shown()["cleanup.policy"].value, "delete")
    refused("a value of the wrong type", code(KafkaError.INVALID_CONFIG), lambda: alter("retention.ms", "soon"))
    refused("an unknown name", code(KafkaError.INVALID_CONFIG), lambda: alter("retention.mss", "1"))
    if VERSION >= (2, 3):
        incremental(client, topic, shown)
    brokers = client.list_topics(timeout=PATIENCE_S).brokers
    of_broker = wait(client.describe_configs([ConfigResource(ConfigResource.Type.BROKER, str(min(brokers)))]))
    check("the broker has configs", len(of_broker) > 0)


def incremental(client, topic, shown):
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry

    def alter(key, value, kind):
        entry = ConfigEntry(key, value, incremental_operation=kind)
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        wait(client.incremental_alter_configs([resource]))

    alter("cleanup.policy", "compact", AlterConfigOpType.APPEND)
    until("appended", lambda: sorted(shown()["cleanup.policy"].value.split(",")) == ["compact", "delete"])
    alter("cleanup.policy", "delete", AlterConfigOpType.SUBTRACT)
    until("subtracted", lambda: shown()["cleanup.policy"].value == "compact")
    alter("retention.ms", None, AlterConfigOpType.DELETE)
    until("unset", lambda: shown()["retention.ms"].value == "604800000")
    same("the others stay", shown()["cleanup.policy"].value, "compact")


def groups(at):
    """List, describe, move offsets, delete; a group with members is not deleted."""
    topic, of = fresh(at, "groups"), name("groups")
    send_values(at, topic, [b"1", b"2"])
    member = consumer(at, group_id=of)
    member.subscribe([topic])
    read(member, 2, extra_s=0)
    member.commit(asynchronous=False)
    client = admin(at)
    listed = lambda: {g.group_id: g.state.name for g in client.list_consumer_groups().result(PATIENCE_S).valid}
    same("listed", listed().get(of), "STABLE")
    delete = lambda: wait(client.delete_consumer_groups([of]))
    refused("deleting it with a member", code(KafkaError.NON_EMPTY_GROUP), delete)
    member.close()
    until("empty", lambda: listed().get(of) == "EMPTY")
    moved = ConsumerGroupTopicPartitions(of, [TopicPartition(topic, 0, 1)])
    wait(client.alter_consumer_group_offsets([moved]))
    found = wait(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(of)]))
    same("offset moved", [(tp.topic, tp.offset) for tp in found.topic_partitions], [(topic, 1)])
    delete()
    check("not listed any more", of not in listed())
    refused("deleting it again", code(KafkaError.GROUP_ID_NOT_FOUND), delete)


def delete_records(at):
    """The beginning moves; what was before it is gone."""
    client = admin(at)
    if not hasattr(client, "delete_records"):
        raise Skip("this version has no delete_records")
    topic = fresh(at, "delete-records")
    send_values(at, topic, [b"%d" % n for n in range(10)])
    done = wait(client.delete_records([TopicPartition(topic, 0, 6)]))
    same("low watermark", done.low_watermark, 6)
    reader = assigned(at, topic)
    same("watermarks", reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=PATIENCE_S), (6, 10))
    same("values", [r.value() for r in read(reader, 4)], [b"6", b"7", b"8", b"9"])
    reader.close()
    far = lambda: wait(client.delete_records([TopicPartition(topic, 0, 11)]))
    refused("behind the end", code(KafkaError.OFFSET_OUT_OF_RANGE), far)


def cluster(at):
    """The cluster, its broker, a topic's id and leader, offsets by the admin client."""
    if VERSION < (2, 3):
        raise Skip("this version has no describe_cluster")
    from confluent_kafka import IsolationLevel, TopicCollection
    from confluent_kafka.admin import OffsetSpec

    topic = fresh(at, "cluster", 2)
    send_values(at, topic, [b"1", b"2"])
    client = admin(at)
    found = client.describe_cluster().result(PATIENCE_S)
    check("it has an id", found.cluster_id)
    check("its controller is one of its nodes", found.controller.id in [n.id for n in found.nodes])
    described = wait(client.describe_topics(TopicCollection([topic])))
    same("partitions", [(p.id, len(p.replicas), len(p.isr)) for p in described.partitions], [(0, 1, 1), (1, 1, 1)])
    check("the topic has an id", str(described.topic_id) not in ("", "AAAAAAAAAAAAAAAAAAAAAA"))
    for spec, offset in ((OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 2), (OffsetSpec.max_timestamp(), None)):
        asked = client.list_offsets({TopicPartition(topic, 0): spec}, isolation_level=IsolationLevel.READ_COMMITTED)
        result = wait(asked).offset
        same("offset", result, result if offset is None and result in (0, 1) else offset)


def idempotent(at):
    """A producer with a producer id and sequence numbers, many requests in flight, each record once."""
    topic = fresh(at, "idempotent", 2)
    client = producer(at, enable_idempotence=True, linger_ms=0, batch_num_messages=10)
    send_all(client, topic, [{"value": b"%d" % n, "partition": n % 2} for n in range(2000)])
    reader = assigned(at, topic, 2)
    found = read(reader, 2000)
    reader.close()
    for p in (0, 1):
        same(f"partition {p}", [int(r.value()) for r in found if r.partition() == p], list(range(p, 2000, 2)))


def transactions(at):
    """Commit and abort over two partitions; read_committed sees only what was committed, and fencing works."""
    topic, tid = fresh(at, "transactions", 2), name("tid")
    first = producer(at, transactional_id=tid)
    first.init_transactions(PATIENCE_S)

    def run(client, word, commit):
        client.begin_transaction()
        send_all(client, topic, [{"value": b"%s-%d" % (word, n), "partition": n % 2} for n in range(10)])
        if commit:
            client.commit_transaction(PATIENCE_S)
        else:
            client.abort_transaction(PATIENCE_S)

    run(first, b"first", True)
    run(first, b"aborted", False)
    run(first, b"second", True)
    # One left open: it holds read_committed back, not read_uncommitted.
    first.begin_transaction()
    send_all(first, topic, [{"value": b"open", "partition": 0}])
    send_values(at, topic, [b"plain"])
    committed = [b"%s-%d" % (word, n) for word in (b"first", b"second") for n in range(10)]
    reader = assigned(at, topic, 2, isolation_level="read_committed")
    same("read_committed", sorted(r.value() for r in read(reader, 20)), sorted(committed))
    dirty = assigned(at, topic, 2, isolation_level="read_uncommitted")
    same("read_uncommitted", len({r.value() for r in read(dirty, 32)}), 32)
    dirty.close()
    # A second producer of that id aborts the open one and fences its owner.
    second = producer(at, transactional_id=tid)
    second.init_transactions(PATIENCE_S)
    same("after the fence", [r.value() for r in read(reader, 1)], [b"plain"])

    def go_on():
        send_all(first, topic, [{"value": b"late", "partition": 0}])
        first.commit_transaction(PATIENCE_S)

    fenced = code(KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED, KafkaError._STATE)
    refused("the fenced one", fenced, go_on)
    run(second, b"third", True)
    same("from the new owner", len(read(reader, 10)), 10)
    reader.close()


def exactly_once(at):
    """Copies a topic with offsets in the transactions, aborts every third batch, and every record arrives once."""
    source, target, of = fresh(at, "source", 2), fresh(at, "target", 2), name("copy")
    for p in (0, 1):
        send_values(at, source, [b"%d-%d" % (p, n) for n in range(100)], partition=p)
    reader = consumer(at, group_id=of, isolation_level="read_committed")
    reader.subscribe([source])
    writer = producer(at, transactional_id=name("tid"))
    writer.init_transactions(PATIENCE_S)
    copied, batch_number, end = 0, 0, time.monotonic() + 2 * PATIENCE_S
    while copied < 200:
        check("in time", time.monotonic() < end, copied)
        batch = [m for m in reader.consume(20, 1) if not m.error()]
        if not batch:
            continue
        batch_number += 1
        writer.begin_transaction()
        send_all(writer, target, [{"value": m.value(), "partition": m.partition()} for m in batch])
        writer.send_offsets_to_transaction(
            reader.position(reader.assignment()), reader.consumer_group_metadata(), PATIENCE_S
        )
        if batch_number % 3 == 0:
            writer.abort_transaction(PATIENCE_S)
            for tp in reader.committed(reader.assignment(), timeout=PATIENCE_S):
                reader.seek(TopicPartition(tp.topic, tp.partition, max(tp.offset, 0)))
        else:
            writer.commit_transaction(PATIENCE_S)
            copied += len(batch)
    reader.close()
    check("something was aborted", batch_number >= 3)
    clean = assigned(at, target, 2, isolation_level="read_committed")
    found = read(clean, 200)
    clean.close()
    for p in (0, 1):
        values = [r.value() for r in found if r.partition() == p]
        same(f"partition {p}", values, [b"%d-%d" % (p, n) for n in range(100)])
    client = admin(at)
    offsets = wait(client.list_consumer_group_offsets([ConsumerGroupTopicPartitions(of)]))
    same("committed", {tp.partition: tp.offset for tp in offsets.topic_partitions}, {0: 100, 1: 100})


def unknown(at):
    """A topic that does not exist is an error to producers and consumers."""
    topic = name("unknown")
    missing = code(KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._MSG_TIMED_OUT)
    options = {"message_timeout_ms": 8000, "topic_metadata_propagation_max_ms": 1000}
    refused("producing", missing, lambda: send_values(at, topic, [b"x"], **options))
    reader = consumer(at, topic_metadata_propagation_max_ms=1000)
    reader.subscribe([topic])
    refused("consuming", missing, lambda: read(reader, 0))
    reader.close()


SCENARIOS = {
    "topics": topics,
    "records": records,
    "partitioning": partitioning,
    "compression": compression,
    "acks": acks,
    "large": large,
    "group": group,
    "group-cooperative": group_cooperative,
    "group-static": group_static,
    "session": session,
    "offsets": offsets,
    "tail": tail,
    "configs": configs,
    "groups": groups,
    "delete-records": delete_records,
    "cluster": cluster,
    "idempotent": idempotent,
    "transactions": transactions,
    "exactly-once": exactly_once,
    "unknown": unknown,
}

if __name__ == "__main__":
    main(SCENARIOS, clean_up)
