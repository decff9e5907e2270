"""`ksqldb-client` of PyPI: statements, pull and push queries up to a limit, statuses; answers checked by its models."""
import sys
import time
import warnings

from ksqldb_client import KSqlDBClient
from ksqldb_client.exceptions import APIError

warnings.simplefilter("ignore")
client = KSqlDBClient(sys.argv[1])
assert client.info().ksql_server_info.server_status == "RUNNING"
created = client.ksql(
    "CREATE STREAM KC_S (ID INT KEY, V STRING) WITH (kafka_topic='kc_s', value_format='JSON', partitions=2);"
).root[0]
assert (created.type, created.command_status.status) == ("currentStatus", "SUCCESS"), created
earliest = {"auto.offset.reset": "earliest"}
counted = client.ksql(
    "CREATE TABLE KC_T AS SELECT ID, COUNT(*) AS C FROM ${source} GROUP BY ID;",
    stream_properties=earliest,
    session_variables={"source": "KC_S"},
    command_sequence_number=created.command_sequence_number,
).root[0]
assert counted.command_status.query_id.startswith("CTAS_KC_T_"), counted
# Its HTTP library sends back-quotes as they are, which no URL may have; the server takes the name without them, too.
assert client.status(counted.command_id.replace("`", "")).status == "SUCCESS"
assert "KC_S" in [stream.name for stream in client.ksql("SHOW STREAMS;").root[0].streams]
assert client.ksql("SHOW QUERIES;").root[0].queries[0].sinks == ("KC_T",)

client.ksql("INSERT INTO KC_S (ID, V) VALUES (1, 'a'); INSERT INTO KC_S (ID, V) VALUES (1, 'b');")
for _ in range(100):
    rows = client.query("SELECT * FROM KC_T WHERE ID = 1;")
    if len(rows.root) == 2 and rows[1].row.columns == (1, 2):
        break
    time.sleep(0.1)
assert rows[0].header.schema_ == "`ID` INTEGER KEY, `C` BIGINT" and rows[1].row.columns == (1, 2), rows
rows = client.query("SELECT V FROM KC_S EMIT CHANGES LIMIT 2;", stream_properties=earliest)
assert [row.row.columns for row in rows.root[1:3]] == [("a",), ("b",)], rows
assert rows[3].final_message == "Limit Reached", rows
for wrong, code in ((lambda: client.close_query(query_id="nobody"), 40000), (lambda: client.ksql("DROP STREAM N;"), 40001)):
    try:
        wrong()
        raise SystemExit("it was taken")
    except APIError as error:
        assert error.error_code == code, error
client.ksql("DROP TABLE KC_T DELETE TOPIC; DROP STREAM KC_S DELETE TOPIC;")
print("done")
