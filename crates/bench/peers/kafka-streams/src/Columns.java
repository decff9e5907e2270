// Names and types of columns, in their order: what a row looks like in JSON.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;

record Columns(List<Column> all) {
  enum Type {
    BIGINT, INTEGER, DOUBLE, STRING;

    Object read(JsonNode node) {
      if (node == null || node.isNull()) return null;
      return switch (this) {
        case BIGINT -> node.asLong();
        case INTEGER -> node.asInt();
        case DOUBLE -> node.asDouble();
        case STRING -> node.asText();
      };
    }

    JsonNode write(Object value) {
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      if (value == null) return nodes.nullNode();
      return switch (this) {
        case BIGINT -> nodes.numberNode((Long) value);
        case INTEGER -> nodes.numberNode((Integer) value);
        case DOUBLE -> nodes.numberNode((Double) value);
        case STRING -> nodes.textNode((String) value);
      };
    }
  }

  record Column(String name, Type type) {}

  /** As in CREATE: "PRICE DOUBLE, QTY INTEGER". */
  static Columns of(String text) {
    List<Column> all = new ArrayList<>();
    for (String column : text.split(", ")) {
      String[] parts = column.split(" ");
      all.add(new Column(parts[0], Type.valueOf(parts[1])));
    }
    return new Columns(all);
  }

  int size() {
    return all.size();
  }
}
