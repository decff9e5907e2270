"""kafka-python, the client written in Python alone: its 2.0 (the last one that most programs pinned), 2.3 and 3.0.

How to be called and what the exit codes mean: checks.py.
"""

import threading
import time

import kafka
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)

from checks import PATIENCE_S, Skip, check, main, name, noise, refused, same, until

VERSION = tuple(int(part) for part in kafka.__version__.split(".")[:2])
TOPICS = []
KEPT = {"retention.ms": "-1"}  # for timestamps of long ago: by default such records are deleted soon


# --- the same thing under the names of each version -----------------------------------------------------------------


def admin(at):
    return KafkaAdminClient(bootstrap_servers=at)


def create(client, topic, partitions=1, configs=None):
    if VERSION >= (3, 0):
        spec = {"num_partitions": partitions, "replication_factor": 1, "configs": configs or {}}
        return client.create_topics({topic: spec})
    from kafka.admin import NewTopic

    return client.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs or {})])


def grow(client, topic, partitions):
    if VERSION >= (3, 0):
        return client.create_partitions({topic: partitions})
    from kafka.admin import NewPartitions

    return client.create_partitions({topic: NewPartitions(partitions)})


def partitions_of(client, topic):
    """Sorted partition numbers, or None when there is no such topic."""
    [found] = client.describe_topics([topic])
    if found["error_code"] == 3:
        return None
    same("error of the topic", found["error_code"], 0)
    key = "partition_index" if VERSION >= (3, 0) else "partition"
    return sorted(p[key] for p in found["partitions"])


def configs_of(client, topic):
    """Every config of the topic as a dictionary."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    if VERSION >= (3, 0):
        found = client.describe_configs([resource], config_filter="all")["topic"][topic]
        return {key: entry["value"] for key, entry in found.items()}
    [answer] = client.describe_configs([resource])
    [(error, message, _, of, entries)] = answer.resources
    same("error of the configs", (error, message or "", of), (0, "", topic))
    return {entry[0]: entry[1] for entry in entries}


def group_names(client):
    if VERSION >= (3, 0):
        return {group["group_id"] for group in client.list_groups()}
    return {group[0] for group in client.list_consumer_groups()}


def group_state(client, group):
    """State and number of members."""
    if VERSION >= (3, 0):
        found = client.describe_groups([group])[group]
        return found["group_state"], len(found["members"])
    [found] = client.describe_consumer_groups([group])
    same("error of the group", found.error_code, 0)
    return found.state, len(found.members)


def group_offsets(client, group):
    if VERSION >= (3, 0):
        found = client.list_group_offsets({group: None})[group]
    else:
        found = client.list_consumer_group_offsets(group)
    return {tp: om.offset for tp, om in found.items()}


def delete_group(client, group):
    """The error, or None."""
    if VERSION >= (3, 0):
        result = client.delete_groups([group])[group]
        return None if result == "OK" else result
    [(of, error)] = client.delete_consumer_groups([group])
    same("deleted group", of, group)
    return None if error.errno == 0 else error.__name__


# --- what the scenarios share ---------------------------------------------------------------------------------------


def fresh(at, what, partitions=1, configs=None):
    topic = name(what)
    client = admin(at)
    create(client, topic, partitions, configs)
    TOPICS.append(topic)
    until("the new topic is known", lambda: partitions_of(client, topic) == list(range(partitions)))
    client.close()
    return topic


def producer(at, **options):
    return KafkaProducer(bootstrap_servers=at, **{"acks": "all", **options})


def consumer(at, *topics, **options):
    base = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "consumer_timeout_ms": PATIENCE_S * 1000}
    return KafkaConsumer(*topics, bootstrap_servers=at, **{**base, **options})


def assigned(at, topic, partitions=1, **options):
    client = consumer(at, **options)
    client.assign([TopicPartition(topic, p) for p in range(partitions)])
    return client


def send_all(at, topic, values, partition=0, **options):
    client = producer(at, **options)
    sent = [client.send(topic, value, partition=partition) for value in values]
    client.flush()
    found = [future.get(PATIENCE_S) for future in sent]
    client.close()
    return found


def read(client, count, extra_s=0.5):
    """Exactly `count` records: waits for them, and then a moment for any that should not be there."""
    records = []
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for batch in client.poll(timeout_ms=200).values():
            records.extend(batch)
        if len(records) >= count:
            end = min(end, time.monotonic() + extra_s)
    same("number of records", len(records), count)
    return records


def clean_up(at):
    client = admin(at)
    if TOPICS:
        client.delete_topics(TOPICS)
    client.close()


# --- scenarios ------------------------------------------------------------------------------------------------------


def topics(at):
    """Create, list, describe, grow, delete; what exists is not created again, what is gone is not found."""
    client, topic = admin(at), name("topics")
    create(client, topic, 3, {"retention.ms": "3600000"})
    until("described", lambda: partitions_of(client, topic) == [0, 1, 2])
    check("listed", topic in client.list_topics())
    refused("creating it again", TopicAlreadyExistsError, lambda: create(client, topic, 3))
    grow(client, topic, 5)
    until("grown", lambda: partitions_of(client, topic) == [0, 1, 2, 3, 4])
    refused("growing to fewer", KafkaError, lambda: grow(client, topic, 2))
    client.delete_topics([topic])
    until("gone", lambda: partitions_of(client, topic) is None and topic not in client.list_topics())
    refused("deleting it again", UnknownTopicOrPartitionError, lambda: client.delete_topics([topic]))
    client.close()


def records(at):
    """Keys, null and empty values, headers that repeat, timestamps: all of it comes back, in order."""
    topic = fresh(at, "records", 2, KEPT)
    headers = [("a", b"1"), ("a", b"2"), ("b", b""), ("\u00fc", b"\xff\x00")]
    rows = [
        (0, b"key", b"value", headers, 1_700_000_000_000),
        (0, b"key", None, [], 1_700_000_000_001),
        (0, None, b"", [("only", b"x")], 1_700_000_000_002),
        (1, "\u00e4".encode(), "\u00f6".encode(), [], 1_600_000_000_000),
        (0, b"", b"last", headers[:2], 1_700_000_000_003),
    ]
    client = producer(at)
    sent = [client.send(topic, v, key=k, partition=p, headers=h, timestamp_ms=t) for p, k, v, h, t in rows]
    client.flush()
    same("offsets", [future.get(PATIENCE_S).offset for future in sent], [0, 1, 2, 0, 3])
    client.close()
    reader = assigned(at, topic, 2)
    found = read(reader, len(rows))
    reader.close()
    for partition in (0, 1):
        of = [r for r in found if r.partition == partition]
        same("offsets read", [r.offset for r in of], list(range(len(of))))
        got = [(r.partition, r.key, r.value, list(map(tuple, r.headers)), r.timestamp) for r in of]
        same(f"partition {partition}", got, [row for row in rows if row[0] == partition])


def partitioning(at):
    """Records of a key stay together; two thousand of them arrive once each."""
    topic = fresh(at, "partitioning", 3)
    client = producer(at, linger_ms=5)
    for n in range(2000):
        client.send(topic, b"%d" % n, key=b"k%d" % (n % 20))
    client.flush()
    client.close()
    reader = assigned(at, topic, 3)
    found = read(reader, 2000)
    reader.close()
    same("values", sorted(int(r.value) for r in found), list(range(2000)))
    places = {}
    for r in found:
        places.setdefault(r.key, []).append((r.partition, int(r.value)))
    same("keys", len(places), 20)
    for key, at_places in places.items():
        same(f"partitions of {key}", len({p for p, _ in at_places}), 1)
        same(f"order of {key}", at_places, sorted(at_places))
    check("more than one partition is used", len({r.partition for r in found}) > 1)


def compression(at):
    """Every codec, in batches of many records, read back unchanged from one partition."""
    topic = fresh(at, "compression")
    codecs = ["gzip", "snappy", "lz4", "zstd", None]
    expected = []
    for codec in codecs:
        values = [b"%s-%d " % (str(codec).encode(), n) * 20 for n in range(200)]
        send_all(at, topic, values, compression_type=codec, linger_ms=20)
        expected += values
    reader = assigned(at, topic)
    found = read(reader, len(expected))
    reader.close()
    same("values", [r.value for r in found], expected)
    same("offsets", [r.offset for r in found], list(range(len(expected))))


def acks(at):
    """Without any acknowledgement, and with the leader's."""
    topic = fresh(at, "acks")
    if VERSION == (2, 3):
        raise Skip("kafka-python 2.3 does not write requests that are not answered (Apache gets none either)")
    for level in (0, 1):
        options = {"enable_idempotence": False} if VERSION >= (2, 1) else {}
        client = producer(at, acks=level, **options)
        for n in range(50):
            client.send(topic, b"%d-%d" % (level, n), partition=0)
        client.flush()
        if level == 0:
            # What nobody acknowledges counts as flushed before it has left; closing would throw it away.
            time.sleep(1)
        client.close()
        reader = assigned(at, topic)
        read(reader, 50 * (level + 1))
        reader.close()
    reader = assigned(at, topic)
    same("values", [r.value for r in read(reader, 100)], [b"%d-%d" % (a, n) for a in (0, 1) for n in range(50)])
    reader.close()


def large(at):
    """A record below the limit passes, one above the topic's is refused, and a topic may raise it."""
    topic = fresh(at, "large")
    value = noise(900_000)
    options = {"max_request_size": 8_000_000}
    send_all(at, topic, [value], **options)
    refused("2 MB", MessageSizeTooLargeError, lambda: send_all(at, topic, [noise(2_000_000)], **options))
    raised = fresh(at, "large-raised", 1, {"max.message.bytes": "4000000"})
    big = noise(3_000_000)
    send_all(at, raised, [big, b"after"], **options)
    # A fetch limit below the record: the broker sends it nevertheless, or the consumer would stand still.
    reader = assigned(at, raised, max_partition_fetch_bytes=100_000, fetch_max_bytes=200_000)
    found = [r.value for r in read(reader, 2)]
    reader.close()
    check("the values are those sent", found == [big, b"after"], [len(v) for v in found])
    reader = assigned(at, topic)
    check("the first value is that sent", [r.value for r in read(reader, 1)] == [value])
    reader.close()


def group(at):
    """Two members share four partitions, commit, leave; the next one goes on where they were."""
    topic, of = fresh(at, "group", 4), name("group")
    for p in range(4):
        send_all(at, topic, [b"%d-%d" % (p, n) for n in range(25)], partition=p)
    members = [consumer(at, topic, group_id=of, client_id=f"m{n}", session_timeout_ms=10_000) for n in range(2)]
    found, shares, enough = {}, [0, 0], threading.Event()

    # A thread for each: version 2.0 does not come back from poll() before the others have joined too.
    def work(index):
        while not enough.is_set():
            for batch in members[index].poll(timeout_ms=100).values():
                found.update({(r.partition, r.offset): r.value for r in batch})
            shares[index] = len(members[index].assignment())

    threads = [threading.Thread(target=work, args=[index], daemon=True) for index in range(2)]
    for thread in threads:
        thread.start()
    until("both have two partitions", lambda: shares == [2, 2])
    until("all records", lambda: len(found) == 100)
    enough.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    same("assignments", [len(m.assignment()) for m in members], [2, 2])
    check("no partition twice", not members[0].assignment() & members[1].assignment())
    same("records", found, {(p, n): b"%d-%d" % (p, n) for p in range(4) for n in range(25)})
    client = admin(at)
    same("state", group_state(client, of), ("Stable", 2))
    for member in members:
        offsets = {tp: 25 - tp.partition for tp in member.assignment()}
        member.commit({tp: commit_of(offset, "noted") for tp, offset in offsets.items()})
    for member in members:
        member.close()
    until("empty", lambda: group_state(client, of) == ("Empty", 0))
    same("committed", group_offsets(client, of), {TopicPartition(topic, p): 25 - p for p in range(4)})
    client.close()
    reader = consumer(at, topic, group_id=of)
    rest = read(reader, 6)
    same("committed, asked by a member", reader.committed(TopicPartition(topic, 3)), 22)
    reader.close()
    same("resumed", sorted(r.value for r in rest), [b"1-24", b"2-23", b"2-24", b"3-22", b"3-23", b"3-24"])


def commit_of(offset, metadata):
    return OffsetAndMetadata(offset, metadata) if VERSION < (2, 1) else OffsetAndMetadata(offset, metadata, -1)


def offsets(at):
    """Earliest, latest, by time; seeking; an offset that is not there resets as configured."""
    topic = fresh(at, "offsets", 1, KEPT)
    client = producer(at)
    for n in range(10):
        client.send(topic, b"%d" % n, partition=0, timestamp_ms=1_700_000_000_000 + 1000 * n).get(PATIENCE_S)
    client.close()
    tp = TopicPartition(topic, 0)
    reader = assigned(at, topic)
    same("beginning", reader.beginning_offsets([tp]), {tp: 0})
    same("end", reader.end_offsets([tp]), {tp: 10})
    by_time = {}
    for at_ms in (0, 1_700_000_003_000, 1_700_000_003_001, 1_800_000_000_000):
        found = reader.offsets_for_times({tp: at_ms})[tp]
        by_time[at_ms] = found and (found.offset, found.timestamp)
    expected = [(0, 1_700_000_000_000), (3, 1_700_000_003_000), (4, 1_700_000_004_000), None]
    same("by time", list(by_time.values()), expected)
    reader.seek(tp, 7)
    same("from 7", [r.value for r in read(reader, 3)], [b"7", b"8", b"9"])
    reader.seek(tp, 1000)
    same("reset to the earliest", [r.offset for r in read(reader, 10)], list(range(10)))
    reader.close()
    strict = assigned(at, topic, auto_offset_reset="none")
    strict.seek(tp, 1000)

    def poll():
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            check("nothing is read", not strict.poll(timeout_ms=200))

    refused("an offset behind the end", OffsetOutOfRangeError, poll)
    strict.close()


def tail(at):
    """A consumer at the end gets what is written while it waits, soon."""
    topic = fresh(at, "tail")
    reader = assigned(at, topic, fetch_max_wait_ms=10_000)
    tp = TopicPartition(topic, 0)
    reader.seek_to_end(tp)
    same("position", reader.position(tp), 0)
    reader.poll(timeout_ms=300)
    writer = producer(at)
    for n in range(5):
        writer.send(topic, b"%d" % n, partition=0).get(PATIENCE_S)
        began = time.monotonic()
        [found] = reader.poll(timeout_ms=8000).get(tp, [None])
        same("value", found and found.value, b"%d" % n)
        check("within 5 s though a fetch may wait 10", time.monotonic() - began < 5)
    writer.close()
    reader.close()


def configs(at):
    """What was set is shown, what is altered is shown and stays, nonsense is refused."""
    topic = fresh(at, "configs", 1, {"retention.ms": "3600000", "cleanup.policy": "compact"})
    client = admin(at)
    found = configs_of(client, topic)
    same("as created", (found["retention.ms"], found["cleanup.policy"]), ("3600000", "compact"))
    same("a default", (found["compression.type"], found["segment.bytes"].isdigit()), ("producer", True))
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "7200000", "cleanup.policy": "delete"})
    client.alter_configs([resource])
    wanted = ("7200000", "delete")
    until("altered", lambda: (lambda c: (c["retention.ms"], c["cleanup.policy"]))(configs_of(client, topic)) == wanted)
    bad = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "soon"})

    def alter():
        answer = client.alter_configs([bad])
        # Some versions hand the errors out instead of raising them.
        said = answer["topic"][topic] if isinstance(answer, dict) else answer.resources[0][0]
        check("it is accepted", "InvalidConfig" not in str(said) and said != 40)
        return answer

    refused("a value of the wrong type", (KafkaError, AssertionError), alter)
    same("still", configs_of(client, topic)["retention.ms"], "7200000")
    client.close()


def groups(at):
    """List, describe, delete; a group with members is not deleted."""
    topic, of = fresh(at, "groups"), name("groups")
    send_all(at, topic, [b"1", b"2"])
    member = consumer(at, topic, group_id=of)
    read(member, 2, extra_s=0)
    member.commit()
    client = admin(at)
    check("listed", of in group_names(client))
    same("described", group_state(client, of), ("Stable", 1))
    same("deleting it with a member", delete_group(client, of), "NonEmptyGroupError")
    member.close()
    until("empty", lambda: group_state(client, of) == ("Empty", 0))
    same("offsets", group_offsets(client, of), {TopicPartition(topic, 0): 2})
    same("deleting it", delete_group(client, of), None)
    check("not listed any more", of not in group_names(client))
    same("deleting it again", delete_group(client, of), "GroupIdNotFoundError")
    client.close()


def delete_records(at):
    """The beginning moves; what was before it is gone."""
    client = admin(at)
    if not hasattr(client, "delete_records"):
        raise Skip("this version has no delete_records")
    topic = fresh(at, "delete-records")
    send_all(at, topic, [b"%d" % n for n in range(10)])
    tp = TopicPartition(topic, 0)
    client.delete_records({tp: 6})
    client.close()
    reader = assigned(at, topic)
    same("beginning", reader.beginning_offsets([tp]), {tp: 6})
    same("values", [r.value for r in read(reader, 4)], [b"6", b"7", b"8", b"9"])
    reader.close()


def cluster(at):
    """One broker that is its own controller, and, where the client asks for it, the place of the logs."""
    client = admin(at)
    found = client.describe_cluster()
    broker_ids = [b.get("broker_id", b.get("node_id")) for b in found["brokers"]]
    same("controller", [found["controller_id"]] if VERSION < (3, 0) else broker_ids, broker_ids)
    check("it has an id", found["cluster_id"])
    if VERSION >= (3, 0):
        topic = fresh(at, "log-dirs", 2)
        send_all(at, topic, [noise(1000)])
        [broker] = client.describe_log_dirs({topic: [0, 1]})
        parts = [p for d in broker["log_dirs"] for t in d["topics"] if t["name"] == topic for p in t["partitions"]]
        sizes = {p["partition_index"]: p["partition_size"] for p in parts}
        check("sizes of both partitions", sizes.keys() == {0, 1} and sizes[0] >= 1000 and sizes[1] == 0, sizes)
    client.close()


def idempotent(at):
    """A producer with a producer id and sequence numbers, many requests in flight, each record once."""
    if VERSION < (2, 1):
        raise Skip("this version has no idempotent producer")
    topic = fresh(at, "idempotent", 2)
    client = producer(at, enable_idempotence=True, linger_ms=0, batch_size=500)
    for n in range(1000):
        client.send(topic, b"%d" % n, partition=n % 2)
    client.flush()
    client.close()
    reader = assigned(at, topic, 2)
    found = read(reader, 1000)
    reader.close()
    for p in (0, 1):
        same(f"partition {p}", [int(r.value) for r in found if r.partition == p], list(range(p, 1000, 2)))


def transactions(at):
    """Commit and abort over two partitions; read_committed sees only what was committed, and offsets go with it."""
    if VERSION < (2, 1):
        raise Skip("this version has no transactions")
    topic, of, tid = fresh(at, "transactions", 2), name("transactions"), name("tid")
    source = fresh(at, "transactions-source")
    send_all(at, source, [b"s"] * 5)
    client = producer(at, transactional_id=tid)
    client.init_transactions()

    def run(word, commit, offset=None):
        client.begin_transaction()
        for n in range(10):
            client.send(topic, b"%s-%d" % (word, n), partition=n % 2)
        client.flush()
        if offset is not None:
            client.send_offsets_to_transaction({TopicPartition(source, 0): commit_of(offset, "")}, of)
        (client.commit_transaction if commit else client.abort_transaction)()

    run(b"first", True, 3)
    run(b"aborted", False, 5)
    run(b"second", True)
    # One left open: it holds read_committed back, not read_uncommitted.
    client.begin_transaction()
    client.send(topic, b"open", partition=0)
    client.flush()
    send_all(at, topic, [b"plain"])
    committed = [b"%s-%d" % (word, n) for word in (b"first", b"second") for n in range(10)]
    reader = assigned(at, topic, 2, isolation_level="read_committed")
    same("read_committed", sorted(r.value for r in read(reader, 20)), sorted(committed))
    dirty = assigned(at, topic, 2)
    same("read_uncommitted", len({r.value for r in read(dirty, 32)}), 32)
    dirty.close()
    asks = admin(at)
    same("offsets of the committed one", group_offsets(asks, of), {TopicPartition(source, 0): 3})
    asks.close()
    # A second producer of that id aborts the open one and fences its owner.
    second = producer(at, transactional_id=tid)
    second.init_transactions()
    same("after the fence", [r.value for r in read(reader, 1)], [b"plain"])

    def go_on():
        client.send(topic, b"late", partition=0).get(PATIENCE_S)
        client.commit_transaction()

    refused("the fenced one", KafkaError, go_on)
    second.begin_transaction()
    second.send(topic, b"third", partition=0)
    second.commit_transaction()
    same("from the new owner", [r.value for r in read(reader, 1)], [b"third"])
    second.close()
    reader.close()


def unknown(at):
    """A topic that does not exist, with automatic creation off on the client's side, is an error."""
    topic = name("unknown")
    client = admin(at)
    same("described", partitions_of(client, topic), None)
    refused("deleting it", UnknownTopicOrPartitionError, lambda: client.delete_topics([topic]))
    client.close()


SCENARIOS = {
    "topics": topics,
    "records": records,
    "partitioning": partitioning,
    "compression": compression,
    "acks": acks,
    "large": large,
    "group": group,
    "offsets": offsets,
    "tail": tail,
    "configs": configs,
    "groups": groups,
    "delete-records": delete_records,
    "cluster": cluster,
    "idempotent": idempotent,
    "transactions": transactions,
    "unknown": unknown,
}

if __name__ == "__main__":
    main(SCENARIOS, clean_up)
