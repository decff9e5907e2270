// Rows as JSON, and keys as eight bytes, by the way of ksqlDB: a tree of nodes between bytes and rows, names of fields
// matched without regard to their case. What ksqlDB does besides (its rows pass through Connect's schemas and structs)
// is left out, in its favour.

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

final class RowSerde {
  /** Doubles as every Java from 19 on writes them; that of Java 17 now and then writes a digit too many. */
  private static final ObjectMapper MAPPER =
      new ObjectMapper(JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build());

  private RowSerde() {}

  static Serde<Row> json(Columns columns) {
    return Serdes.serdeFrom(writer(columns), reader(columns));
  }

  /** A key of one BIGINT in KAFKA format. */
  static Serde<Row> key() {
    try (var longs = new LongSerializer(); var bytes = new LongDeserializer()) {
      Serializer<Row> write = (topic, row) -> row == null ? null : longs.serialize(topic, (Long) row.at(0));
      Deserializer<Row> read = (topic, key) -> key == null ? null : Row.of(bytes.deserialize(topic, key));
      return Serdes.serdeFrom(write, read);
    }
  }

  /** A key of one STRING in KAFKA format. */
  static Serde<Row> textKey() {
    try (var texts = new StringSerializer(); var bytes = new StringDeserializer()) {
      Serializer<Row> write = (topic, row) -> row == null ? null : texts.serialize(topic, (String) row.at(0));
      Deserializer<Row> read = (topic, key) -> key == null ? null : Row.of(bytes.deserialize(topic, key));
      return Serdes.serdeFrom(write, read);
    }
  }

  private static Deserializer<Row> reader(Columns columns) {
    return (topic, bytes) -> {
      if (bytes == null) return null;
      Map<String, JsonNode> fields = new HashMap<>();
      tree(bytes).properties().forEach(f -> fields.put(f.getKey().toUpperCase(Locale.ROOT), f.getValue()));
      // Room for the pseudo columns and the key, which are added to rows of sources.
      Row row = Row.withRoomFor(columns.size() + 4);
      for (Columns.Column column : columns.all()) row.add(column.type().read(fields.get(column.name())));
      return row;
    };
  }

  private static JsonNode tree(byte[] bytes) {
    try {
      return MAPPER.readTree(bytes);
    } catch (IOException e) {
      throw new SerializationException("not JSON", e);
    }
  }

  private static Serializer<Row> writer(Columns columns) {
    return (topic, row) -> {
      if (row == null) return null;
      ObjectNode tree = MAPPER.createObjectNode();
      for (int at = 0; at < columns.size(); at++) {
        Columns.Column column = columns.all().get(at);
        tree.set(column.name(), column.type().write(row.at(at)));
      }
      try {
        return MAPPER.writeValueAsBytes(tree);
      } catch (IOException e) {
        throw new SerializationException("cannot be written", e);
      }
    };
  }
}
