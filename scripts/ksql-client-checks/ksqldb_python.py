"""`ksqldb` of PyPI: statements, rows in by a stream of inserts, pull and push queries, the end of a push query."""
import asyncio
import sys
import time

import requests
from ksqldb import KSQLdbClient

client = KSQLdbClient(sys.argv[1])
assert len(client.get_properties()) > 20
created = client.ksql(
    "CREATE STREAM PY_S (ID INT KEY, V STRING) WITH (kafka_topic='py_s', value_format='JSON', partitions=2);"
)
assert created[0]["commandStatus"]["status"] == "SUCCESS", created
counted = client.ksql(
    "CREATE TABLE PY_T AS SELECT ID, COUNT(*) AS C FROM PY_S GROUP BY ID;",
    {"ksql.streams.auto.offset.reset": "earliest"},
)
assert counted[0]["commandStatus"]["status"] == "SUCCESS", counted
assert "PY_S" in [stream["name"] for stream in client.ksql("SHOW STREAMS;")[0]["streams"]]

acks = client.inserts_stream("PY_S", [{"ID": 1, "V": "a"}, {"ID": 1, "V": "b"}, {"ID": 2, "V": "c"}])
assert [ack["status"] for ack in acks] == ["ok"] * 3, acks

for _ in range(100):
    rows = client.query_sync("SELECT * FROM PY_T WHERE ID = 1;")
    if rows[1:] == [[1, 2]]:
        break
    time.sleep(0.1)
assert rows[0]["columnNames"] == ["ID", "C"] and rows[1:] == [[1, 2]], rows


async def push():
    seen = []
    query = "SELECT V FROM PY_S WHERE ID = 1 EMIT CHANGES;"
    async for row in client.query_async(query, {"auto.offset.reset": "earliest"}, timeout=30):
        seen.append(row)
        if len(seen) == 3:
            client.close_query(seen[0]["queryId"])
            break
    return seen


rows = asyncio.run(push())
assert rows[1:] == [["a"], ["b"]], rows
try:
    client.ksql("DROP STREAM NOWHERE;")
    raise SystemExit("a wrong statement was taken")
except requests.HTTPError as error:
    assert error.response.status_code == 400 and "NOWHERE" in error.response.text, error.response.text
client.ksql("DROP TABLE PY_T DELETE TOPIC; DROP STREAM PY_S DELETE TOPIC;")
print("done")
