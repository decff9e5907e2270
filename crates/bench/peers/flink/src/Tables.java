// The topics as tables. A source has the columns that its query looks at, so that Flink skips the others in JSON.

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

final class Tables {
  /** The broker takes no more than 15 minutes. */
  private static final int TRANSACTION_MAX_MS = 120_000;

  private final Arguments arguments;

  Tables(Arguments arguments) {
    this.arguments = arguments;
  }

  /**
   * A stream over an input topic, with the time of its records as `rt`.
   *
   * @param key the column of the records' key, with its type
   * @param columns those of the value; none: the value is not looked at
   * @param behind how far the watermark is behind the latest record of each partition: an interval
   */
  String stream(String name, int input, String key, String columns, String behind) {
    Map<String, String> with = source(input);
    with.put("connector", "kafka");
    with.put("scan.startup.mode", "earliest-offset");
    with.put("key.fields", key.split(" ")[0]);
    if (columns.isEmpty()) with.put("value.format", "raw");
    return "CREATE TABLE " + name + " (" + key + ", " + (columns.isEmpty() ? "body BYTES" : columns)
        + ", rt TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', WATERMARK FOR rt AS rt - INTERVAL " + behind + ")"
        + options(with);
  }

  /** A table over an input topic: the latest record of each key, versions of it by time. */
  String versions(String name, int input, String key, String columns) {
    Map<String, String> with = source(input);
    with.put("connector", "upsert-kafka");
    return "CREATE TABLE " + name + " (" + key + ", " + columns + ", rt TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', "
        + "WATERMARK FOR rt AS rt, PRIMARY KEY (" + key.split(" ")[0] + ") NOT ENFORCED)" + options(with);
  }

  /** The output topic, written by one of so many queries; `rows` with a row a row, else a table of its keys. */
  String output(int query, boolean rows, String key, String columns) {
    Map<String, String> with = both(arguments.output());
    with.put("connector", rows ? "kafka" : "upsert-kafka");
    if (rows) with.put("key.fields", key.split(" ")[0]);
    with.put("sink.delivery-guarantee", arguments.exactlyOnce() ? "exactly-once" : "at-least-once");
    if (arguments.exactlyOnce()) {
      with.put("sink.transactional-id-prefix", arguments.application(query));
      with.put("sink.transaction-naming-strategy", "pooling");
      with.put("properties.transaction.timeout.ms", Integer.toString(TRANSACTION_MAX_MS));
    }
    with.put("properties.batch.size", Integer.toString(256 << 10));
    with.put("properties.linger.ms", "100");
    with.put("properties.buffer.memory", Integer.toString(64 << 20));
    String unique = rows ? "" : ", PRIMARY KEY (" + key.split(" ")[0] + ") NOT ENFORCED";
    return "CREATE TABLE output" + query + " (" + key + ", " + columns + unique + ")" + options(with);
  }

  /** From its beginning to what is its end when the job starts. Fewer, larger requests than by default. */
  private Map<String, String> source(int input) {
    Map<String, String> with = both(arguments.inputs().get(input));
    with.put("scan.bounded.mode", "latest-offset");
    with.put("properties.group.id", arguments.applications() + input);
    with.put("properties.max.poll.records", "10000");
    with.put("properties.fetch.min.bytes", Integer.toString(256 << 10));
    with.put("properties.fetch.max.wait.ms", "50");
    with.put("properties.max.partition.fetch.bytes", Integer.toString(4 << 20));
    return with;
  }

  /** Keys are the bytes of one column, values are JSON. */
  private Map<String, String> both(String topic) {
    Map<String, String> with = new LinkedHashMap<>();
    with.put("topic", topic);
    with.put("properties.bootstrap.servers", arguments.bootstrap());
    with.put("key.format", "raw");
    with.put("value.format", "json");
    with.put("value.fields-include", "EXCEPT_KEY");
    return with;
  }

  private static String options(Map<String, String> with) {
    return with.entrySet().stream().map(option -> "'" + option.getKey() + "' = '" + option.getValue() + "'")
        .collect(Collectors.joining(", ", " WITH (", ")"));
  }
}
