"""`ksql-python-ng` of PyPI: statements over HTTP/1.1; rows in, and rows of a push query, over HTTP/2."""
import json
import sys
import time

from ksql import KSQLAPI
from ksql.errors import KSQLError

client = KSQLAPI(sys.argv[1])
assert client.get_ksql_version()
assert len(client.get_properties()) > 20
created = client.ksql(
    "CREATE STREAM NG_S (ID INT KEY, V STRING) WITH (kafka_topic='ng_s', value_format='JSON', partitions=2);"
)
assert created[0]["commandStatus"]["status"] == "SUCCESS", created
earliest = {"auto.offset.reset": "earliest"}
client.ksql("CREATE TABLE NG_T AS SELECT ID, COUNT(*) AS C FROM NG_S GROUP BY ID;", stream_properties=earliest)
assert "NG_S" in [stream["name"] for stream in client.ksql("SHOW STREAMS")[0]["streams"]]

acks = client.inserts_stream("NG_S", [{"ID": 1, "V": "a"}, {"ID": 1, "V": "b"}, {"ID": 2, "V": "c"}])
assert [ack["status"] for ack in acks] == ["ok"] * 3, acks

for _ in range(100):
    rows = json.loads("".join(client.query("SELECT * FROM NG_T WHERE ID = 1;")))
    if rows[1:] == [{"row": {"columns": [1, 2]}}]:
        break
    time.sleep(0.1)
assert rows[0]["header"]["schema"] == "`ID` INTEGER KEY, `C` BIGINT", rows
assert rows[1:] == [{"row": {"columns": [1, 2]}}], rows

seen = []
query = "SELECT V FROM NG_S WHERE ID = 1 EMIT CHANGES;"
for piece in client.query(query, stream_properties=earliest, use_http2=True):
    seen.extend(json.loads(line) for line in piece.splitlines() if line)
    if len(seen) == 3:
        assert client.close_query(seen[0]["queryId"]) is True
        break
assert seen[1:] == [["a"], ["b"]], seen
assert client.close_query("nobody") is False
try:
    client.ksql("DROP STREAM NOWHERE;")
    raise SystemExit("a wrong statement was taken")
except KSQLError as error:
    assert "NOWHERE" in str(error), error
client.ksql("DROP TABLE NG_T DELETE TOPIC; DROP STREAM NG_S DELETE TOPIC;")
print("done")
