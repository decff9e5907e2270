// The records of the tuned shape: classes for what each query looks at, read from JSON token by token without a tree
// (fields that nobody asked for are skipped) and written the same way; in stores they are bytes of a fixed layout.

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

final class Typed {
  private static final JsonFactory JSON = JsonFactory.builder()
      .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
      .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
      .build();

  private Typed() {}

  /** Takes the value of a field that the parser stands on, or leaves it to be skipped. */
  interface Field<T> {
    void take(T into, String name, JsonParser value) throws IOException;
  }

  interface Fields<T> {
    void write(T from, JsonGenerator out) throws IOException;
  }

  /** A whole order. Queries that need less give a shorter list of fields to {@link #reader}. */
  static final class Order {
    long id, customer, ts;
    double price;
    int quantity;
    String product, status, currency, country, channel, note;
  }

  static final class Customer {
    String name, city;
  }

  static final class Product {
    String title, category;
  }

  static final class Enriched {
    Order order;
    Customer customer;
  }

  static final class Totals {
    long count;
    double sum;
    double highest = Double.NEGATIVE_INFINITY;

    Totals add(Order order) {
      Totals next = new Totals();
      next.count = count + 1;
      next.sum = sum + order.price;
      next.highest = Math.max(highest, order.price);
      return next;
    }
  }

  static final class Impression {
    String campaign, slot;
    int cost;
  }

  static final class Click {
    String page;
  }

  record Described(Order order, Product product) {}

  record Pair(Impression impression, Click click) {}

  static <T> Deserializer<T> reader(java.util.function.Supplier<T> empty, Field<T> field) {
    return (topic, bytes) -> {
      if (bytes == null) return null;
      T value = empty.get();
      try (JsonParser parser = JSON.createParser(bytes)) {
        parser.nextToken();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          field.take(value, name, parser);
          parser.skipChildren();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return value;
    };
  }

  static <T> Serializer<T> writer(Fields<T> fields) {
    return (topic, value) -> {
      if (value == null) return null;
      ByteArrayBuilder bytes = new ByteArrayBuilder(JSON._getBufferRecycler(), 256);
      try (JsonGenerator out = JSON.createGenerator(bytes)) {
        out.writeStartObject();
        fields.write(value, out);
        out.writeEndObject();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      byte[] result = bytes.toByteArray();
      bytes.release();
      return result;
    };
  }

  /** For values that are only written. */
  static <T> Serde<T> writing(Fields<T> fields) {
    return Serdes.serdeFrom(writer(fields), (topic, bytes) -> {
      throw new UnsupportedOperationException("results are not read");
    });
  }

  /** For stores: bytes of a layout that both functions know. */
  static <T> Serde<T> stored(Function<T, byte[]> to, Function<ByteBuffer, T> from) {
    return Serdes.serdeFrom((topic, value) -> value == null ? null : to.apply(value),
        (topic, bytes) -> bytes == null ? null : from.apply(ByteBuffer.wrap(bytes)));
  }

  static byte[] texts(int number, String... texts) {
    byte[][] parts = new byte[texts.length][];
    int size = Integer.BYTES;
    for (int at = 0; at < texts.length; at++) {
      parts[at] = texts[at].getBytes(StandardCharsets.UTF_8);
      size += Short.BYTES + parts[at].length;
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putInt(number);
    for (byte[] part : parts) bytes.putShort((short) part.length).put(part);
    return bytes.array();
  }

  static String text(ByteBuffer from) {
    byte[] part = new byte[from.getShort()];
    from.get(part);
    return new String(part, StandardCharsets.UTF_8);
  }
}
