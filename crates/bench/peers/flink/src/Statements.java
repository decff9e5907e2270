// The queries in Flink SQL: tables, and what is inserted. Columns of results are in upper case, as ksqlDB's.

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * @param tables statements that create tables
 * @param inserts statements that run together, as one job
 */
record Statements(List<String> tables, List<String> inserts) {
  /** Orders are late by less than that; then no window is closed too early, whichever partition is read first. */
  private static final String LATEST = "'2' MINUTE";
  /** Rows of a temporal join wait for the watermark, however late they are; most are no later than that. */
  private static final String LATE = "'5' SECOND";

  static Statements of(Arguments arguments) {
    Tables tables = new Tables(arguments);
    return switch (arguments.query()) {
      case "b1" -> new Statements(List.of(
          orders(tables, "order_id BIGINT, product STRING, price DOUBLE, qty INT, status STRING, currency STRING, "
              + "country STRING, channel STRING, ts BIGINT, note STRING", LATE),
          tables.output(0, true, "id BIGINT", "ORDER_ID BIGINT, PRODUCT STRING, PRICE DOUBLE, QTY INT, STATUS STRING, "
              + "CURRENCY STRING, COUNTRY STRING, CHANNEL STRING, TS BIGINT, NOTE STRING")),
          List.of("INSERT INTO output0 SELECT customer_id, order_id, product, price, qty, status, currency, country, "
              + "channel, ts, note FROM orders"));
      case "b2" -> sales(tables, List.of("price > 250"));
      case "b13" -> {
        List<String> bands = new ArrayList<>();
        for (int band = 0; band < arguments.queries(); band++) {
          bands.add("price > " + band * Queries.BAND + " AND price <= " + (band + 1) * Queries.BAND);
        }
        yield sales(tables, bands);
      }
      case "b3" -> new Statements(List.of(
          orders(tables, "order_id BIGINT, price DOUBLE, qty INT", LATE),
          tables.versions("customers", 1, "customer_id BIGINT", "name STRING, city STRING"),
          tables.output(0, true, "id BIGINT",
              "ORDER_ID BIGINT, PRICE DOUBLE, QTY INT, NAME STRING, CITY STRING")),
          List.of("INSERT INTO output0 SELECT o.customer_id, o.order_id, o.price, o.qty, c.name, c.city "
              + "FROM orders o LEFT JOIN customers FOR SYSTEM_TIME AS OF o.rt AS c "
              + "ON o.customer_id = c.customer_id"));
      case "b4" -> new Statements(List.of(
          orders(tables, "order_id BIGINT, product STRING, price DOUBLE, qty INT", LATE),
          tables.versions("products", 1, "product STRING", "title STRING, category STRING"),
          tables.output(0, true, "id STRING",
              "ORDER_ID BIGINT, CUSTOMER_ID BIGINT, PRICE DOUBLE, QTY INT, TITLE STRING, CATEGORY STRING")),
          List.of("INSERT INTO output0 SELECT o.product, o.order_id, o.customer_id, o.price, o.qty, p.title, p.category "
              + "FROM orders o JOIN products FOR SYSTEM_TIME AS OF o.rt AS p ON o.product = p.product"));
      case "b5" -> new Statements(List.of(
          orders(tables, "price DOUBLE", LATE),
          tables.output(0, false, "id BIGINT", "N BIGINT, TOTAL DOUBLE, HIGHEST DOUBLE")),
          List.of("INSERT INTO output0 SELECT customer_id, COUNT(*), SUM(price), MAX(price) FROM orders "
              + "GROUP BY customer_id"));
      case "b6" -> counts(tables, "window_start", "TUMBLE(TABLE orders, DESCRIPTOR(rt), " + seconds(Queries.SIZE) + ")");
      case "b7" -> counts(tables, "window_start", "HOP(TABLE orders, DESCRIPTOR(rt), " + seconds(Queries.ADVANCE) + ", "
          + seconds(Queries.SIZE) + ")");
      // To Flink a session ends when nothing more belongs to it, to ksqlDB with its last row.
      case "b8" -> counts(tables, "window_end - " + seconds(Queries.GAP) + ", window_start",
          "SESSION(TABLE orders PARTITION BY customer_id, DESCRIPTOR(rt), " + seconds(Queries.GAP) + ")");
      case "b9" -> new Statements(List.of(
          tables.stream("impressions", 0, "id BIGINT", "campaign STRING, slot STRING, cost INT",
              "'" + Queries.JOIN_GRACE.toSeconds() + "' SECOND"),
          tables.stream("clicks", 1, "id BIGINT", "page STRING", "'" + Queries.JOIN_GRACE.toSeconds() + "' SECOND"),
          tables.output(0, true, "id BIGINT", "CAMPAIGN STRING, SLOT STRING, COST INT, PAGE STRING")),
          List.of("INSERT INTO output0 SELECT i.id, i.campaign, i.slot, i.cost, c.page FROM impressions i, clicks c "
              + "WHERE i.id = c.id AND c.rt BETWEEN i.rt - " + seconds(Queries.WITHIN) + " AND i.rt + "
              + seconds(Queries.WITHIN)));
      default -> throw new IllegalArgumentException("no query " + arguments.query());
    };
  }

  /** A filter and projection of the orders for each condition. */
  private static Statements sales(Tables tables, List<String> conditions) {
    List<String> all = new ArrayList<>();
    List<String> inserts = new ArrayList<>();
    all.add(orders(tables, "order_id BIGINT, price DOUBLE, qty INT, status STRING", LATE));
    for (int query = 0; query < conditions.size(); query++) {
      all.add(tables.output(query, true, "id BIGINT",
          "ORDER_ID BIGINT, PRICE DOUBLE, QTY INT, STATUS STRING, TOTAL DOUBLE"));
      inserts.add("INSERT INTO output" + query + " SELECT customer_id, order_id, price, qty, status, price * qty "
          + "FROM orders WHERE " + conditions.get(query));
    }
    return new Statements(all, inserts);
  }

  /** Numbers of orders by customer and window; `key` are the times of a window in the key of its results. */
  private static Statements counts(Tables tables, String key, String windows) {
    return new Statements(List.of(
        orders(tables, "", LATEST),
        tables.output(0, true, "id BYTES", "N BIGINT"),
        "CREATE TEMPORARY SYSTEM FUNCTION window_key AS '" + WindowKey.class.getName() + "'"),
        List.of("INSERT INTO output0 SELECT window_key(customer_id, " + key + "), COUNT(*) FROM TABLE(" + windows + ") "
            + "GROUP BY customer_id, window_start, window_end"));
  }

  private static String orders(Tables tables, String columns, String behind) {
    return tables.stream("orders", 0, "customer_id BIGINT", columns, behind);
  }

  private static String seconds(Duration time) {
    return "INTERVAL '" + time.toSeconds() + "' SECOND";
  }
}
