"""`ksql` of PyPI (ksql-python): statements over HTTP/1.1; rows in, and rows of a push query, over HTTP/2 by an upgrade."""
import collections
import collections.abc
import sys
import time

# What its HTTP/2 library, of 2016, took from where newer Pythons have it no more.
for name in ("Iterable", "Mapping", "MutableMapping", "MutableSet"):
    setattr(collections, name, getattr(collections.abc, name))

from ksql import KSQLAPI  # noqa: E402
from ksql.errors import KSQLError  # noqa: E402

client = KSQLAPI(sys.argv[1])
assert client.get_ksql_version()
assert len(client.get_properties()) > 20
created = client.ksql(
    "CREATE STREAM KP_S (ID INT KEY, V STRING) WITH (kafka_topic='kp_s', value_format='JSON', partitions=2);"
)
assert created[0]["commandStatus"]["status"] == "SUCCESS", created
client.ksql("CREATE TABLE KP_T AS SELECT ID, COUNT(*) AS C FROM KP_S GROUP BY ID;")
assert "KP_S" in [stream["name"] for stream in client.ksql("SHOW STREAMS")[0]["streams"]]

time.sleep(2)  # the count begins with what comes after it
acks = client.inserts_stream("KP_S", [{"ID": 1, "V": "a"}, {"ID": 1, "V": "b"}, {"ID": 2, "V": "c"}])
assert [ack["status"] for ack in acks] == ["ok"] * 3, acks

# Below `query`, which no Python since 3.7 takes: it ends a generator by StopIteration.
for _ in range(100):
    answer = "".join(client.sa.query("SELECT * FROM KP_T WHERE ID = 1;"))
    if '{"row":{"columns":[1,2]}}' in answer:
        break
    time.sleep(0.1)
assert "`ID` INTEGER KEY, `C` BIGINT" in answer and '{"row":{"columns":[1,2]}}' in answer, answer

earliest = {"auto.offset.reset": "earliest"}
seen = []
for piece in client.sa.query2("SELECT V FROM KP_S WHERE ID = 1 EMIT CHANGES;", stream_properties=earliest):
    seen.extend(line for line in piece.splitlines() if line)
    if len(seen) == 3:
        query = seen[0].split('"queryId":"')[1].split('"')[0]
        assert client.close_query(query) is True
        break
assert seen[1:] == ['["a"]', '["b"]'], seen
assert client.close_query("nobody") is False
try:
    client.ksql("DROP STREAM NOWHERE;")
    raise SystemExit("a wrong statement was taken")
except KSQLError as error:
    assert "NOWHERE" in str(error), error
client.ksql("DROP TABLE KP_T DELETE TOPIC; DROP STREAM KP_S DELETE TOPIC;")
print("done")
