// The queries as ksqlDB compiles them: rows of boxed values, JSON by way of a tree, everything of a source decoded, a
// processor for each step, state in RocksDB in the format of the query's values.

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;

final class Shaped {
  private static final Columns ORDERS = Columns.of("ORDER_ID BIGINT, PRODUCT STRING, PRICE DOUBLE, QTY INTEGER, "
      + "STATUS STRING, CURRENCY STRING, COUNTRY STRING, CHANNEL STRING, TS BIGINT, NOTE STRING");
  private static final int ORDER_ID = 0, PRODUCT = 1, PRICE = 2, QTY = 3, STATUS = 4, CUSTOMER_ID = 13;
  private static final Columns CUSTOMERS = Columns.of("NAME STRING, CITY STRING, TIER STRING, CREDIT DOUBLE");
  private static final Columns PRODUCTS =
      Columns.of("TITLE STRING, CATEGORY STRING, GRAMS INTEGER, MAKER STRING");
  private static final Columns IMPRESSIONS =
      Columns.of("CAMPAIGN STRING, SLOT STRING, COST INTEGER, REFERRER STRING, AGENT STRING");
  private static final Columns CLICKS = Columns.of("PAGE STRING, X INTEGER, Y INTEGER");

  private final Arguments arguments;
  private final int number;
  private final StreamsBuilder builder = new StreamsBuilder();
  private final Serde<Row> key = RowSerde.key();

  /** One of so many queries, from 0. */
  Shaped(Arguments arguments, int number) {
    this.arguments = arguments;
    this.number = number;
  }

  StreamsBuilder query() {
    switch (arguments.query()) {
      case "b1" -> sink(source(0, ORDERS).processValues(Steps.select(places(ORDERS.size()))), ORDERS);
      case "b2" -> filterAndProject(row -> row.at(PRICE) != null && (Double) row.at(PRICE) > 250.0);
      case "b13" -> filterAndProject(row -> row.at(PRICE) != null && (Double) row.at(PRICE) > number * Queries.BAND
          && (Double) row.at(PRICE) <= (number + 1) * Queries.BAND);
      case "b3" -> enrich();
      case "b4" -> describe();
      case "b5" -> aggregate();
      case "b6" -> windows(TimeWindows.ofSizeAndGrace(Queries.SIZE, Queries.GRACE));
      case "b7" -> windows(TimeWindows.ofSizeAndGrace(Queries.SIZE, Queries.GRACE).advanceBy(Queries.ADVANCE));
      case "b8" -> sessions();
      case "b9" -> joinStreams();
      default -> throw new IllegalArgumentException("no query " + arguments.query());
    }
    return builder;
  }

  private void filterAndProject(Predicate<Row> condition) {
    KStream<Row, Row> result = source(0, ORDERS)
        .processValues(Steps.where(condition))
        .processValues(Steps.select(List.of(Steps.column(ORDER_ID), Steps.column(PRICE), Steps.column(QTY),
            Steps.column(STATUS), row -> (Double) row.at(PRICE) * (Integer) row.at(QTY))));
    sink(result, Columns.of("ORDER_ID BIGINT, PRICE DOUBLE, QTY INTEGER, STATUS STRING, TOTAL DOUBLE"));
  }

  private void enrich() {
    KTable<Row, Row> customers = builder
        .table(arguments.inputs().get(1), Consumed.with(key, RowSerde.json(CUSTOMERS)),
            Materialized.as("customers"))
        .transformValues(Steps.selectOfTable(List.of(Steps.column(0), Steps.column(1))));
    KStream<Row, Row> orders = source(0, ORDERS)
        .processValues(Steps.select(List.of(Steps.column(ORDER_ID), Steps.column(PRICE), Steps.column(QTY))));
    Columns left = Columns.of("ORDER_ID BIGINT, PRICE DOUBLE, QTY INTEGER");
    KStream<Row, Row> joined = orders.leftJoin(customers, (order, customer) -> together(order, 3, customer, 2),
        Joined.with(key, RowSerde.json(left), null));
    sink(joined.processValues(Steps.select(places(5))),
        Columns.of("ORDER_ID BIGINT, PRICE DOUBLE, QTY INTEGER, NAME STRING, CITY STRING"));
  }

  /** By another column than the key: the rows that take part pass through a topic, with the columns that are needed. */
  private void describe() {
    Serde<Row> product = RowSerde.textKey();
    KTable<Row, Row> products = builder
        .table(arguments.inputs().get(1), Consumed.with(product, RowSerde.json(PRODUCTS)),
            Materialized.as("products"))
        .transformValues(Steps.selectOfTable(List.of(Steps.column(0), Steps.column(1))));
    KStream<Row, Row> orders = source(0, ORDERS)
        // The columns first: Kafka Streams writes that topic right behind the step that changes the key. Its last column
        // is the key and is not written again.
        .processValues(Steps.select(List.of(Steps.column(ORDER_ID), Steps.column(CUSTOMER_ID), Steps.column(PRICE),
            Steps.column(QTY), Steps.column(PRODUCT))))
        .filter((id, row) -> row != null && row.at(4) != null)
        .map((id, row) -> new KeyValue<>(Row.of(row.at(4)), row));
    Columns left = Columns.of("ORDER_ID BIGINT, CUSTOMER_ID BIGINT, PRICE DOUBLE, QTY INTEGER");
    KStream<Row, Row> joined = orders.join(products, (order, found) -> together(order, 4, found, 2),
        Joined.with(product, RowSerde.json(left), null));
    joined.processValues(Steps.select(places(6))).to(arguments.output(), Produced.with(product, RowSerde.json(Columns.of(
        "ORDER_ID BIGINT, CUSTOMER_ID BIGINT, PRICE DOUBLE, QTY INTEGER, TITLE STRING, CATEGORY STRING"))));
  }

  private void aggregate() {
    Columns read = Columns.of("CUSTOMER_ID BIGINT, PRICE DOUBLE");
    Columns kept =
        Columns.of("CUSTOMER_ID BIGINT, AGGREGATE_0 BIGINT, AGGREGATE_1 DOUBLE, AGGREGATE_2 DOUBLE");
    KTable<Row, Row> table = source(0, ORDERS)
        .processValues(Steps.select(List.of(Steps.column(CUSTOMER_ID), Steps.column(PRICE))))
        .groupByKey(Grouped.with(key, RowSerde.json(read)))
        .aggregate(() -> Row.withRoomFor(4).add(null).add(0L).add(0.0).add(null), (id, row, sum) -> {
          Double price = (Double) row.at(1);
          Double highest = (Double) sum.at(3);
          return Row.of(row.at(0), (Long) sum.at(1) + 1, (Double) sum.at(2) + price,
              highest == null || price > highest ? price : highest);
        }, Materialized.<Row, Row, KeyValueStore<Bytes, byte[]>>as("aggregate")
            .withKeySerde(key).withValueSerde(RowSerde.json(kept)));
    KStream<Row, Row> result = table
        .transformValues(Steps.selectOfTable(List.of(Steps.column(1), Steps.column(2), Steps.column(3)))).toStream();
    sink(result, Columns.of("N BIGINT, TOTAL DOUBLE, HIGHEST DOUBLE"));
  }

  private static final Columns COUNTED = Columns.of("CUSTOMER_ID BIGINT, AGGREGATE_0 BIGINT");
  private static final Columns COUNT = Columns.of("N BIGINT");

  private static Row counted(Row row, Row count) {
    return Row.of(row.at(0), (Long) count.at(1) + 1);
  }

  private static Row nothing() {
    return Row.withRoomFor(2).add(null).add(0L);
  }

  private KGroupedStream<Row, Row> byCustomer() {
    return source(0, ORDERS).processValues(Steps.select(List.of(Steps.column(CUSTOMER_ID))))
        .groupByKey(Grouped.with(key, RowSerde.json(Columns.of("CUSTOMER_ID BIGINT"))));
  }

  private void windows(TimeWindows windows) {
    byCustomer().windowedBy(windows)
        .aggregate(Shaped::nothing, (id, row, count) -> counted(row, count),
            Materialized.<Row, Row, WindowStore<Bytes, byte[]>>as("counts")
                .withKeySerde(key).withValueSerde(RowSerde.json(COUNTED)))
        .transformValues(Steps.selectOfTable(List.of(Steps.column(1))))
        .toStream()
        .to(arguments.output(), Produced.with(
            new WindowedSerdes.TimeWindowedSerde<>(key, Queries.SIZE.toMillis()), RowSerde.json(COUNT)));
  }

  private void sessions() {
    byCustomer().windowedBy(SessionWindows.ofInactivityGapAndGrace(Queries.GAP, Queries.GRACE))
        .aggregate(Shaped::nothing, (id, row, count) -> counted(row, count),
            (id, left, right) -> Row.withRoomFor(2).add(left.at(0) == null ? right.at(0) : left.at(0))
                .add((Long) left.at(1) + (Long) right.at(1)),
            Materialized.<Row, Row, SessionStore<Bytes, byte[]>>as("counts")
                .withKeySerde(key).withValueSerde(RowSerde.json(COUNTED)).withRetention(Queries.SESSIONS_KEPT))
        .transformValues(Steps.selectOfTable(List.of(Steps.column(1))))
        .toStream()
        .to(arguments.output(), Produced.with(new WindowedSerdes.SessionWindowedSerde<>(key), RowSerde.json(COUNT)));
  }

  private void joinStreams() {
    Columns left = Columns.of("CAMPAIGN STRING, SLOT STRING, COST INTEGER");
    Columns right = Columns.of("PAGE STRING");
    KStream<Row, Row> impressions = source(0, IMPRESSIONS).processValues(Steps.select(places(3)));
    KStream<Row, Row> clicks = source(1, CLICKS).processValues(Steps.select(places(1)));
    KStream<Row, Row> joined = impressions.join(clicks, (shown, click) -> together(shown, 3, click, 1),
        JoinWindows.ofTimeDifferenceAndGrace(Queries.WITHIN, Queries.JOIN_GRACE),
        StreamJoined.with(key, RowSerde.json(left), RowSerde.json(right)));
    sink(joined.processValues(Steps.select(places(4))),
        Columns.of("CAMPAIGN STRING, SLOT STRING, COST INTEGER, PAGE STRING"));
  }

  /** A stream over an input topic. */
  private KStream<Row, Row> source(int input, Columns columns) {
    return builder.stream(arguments.inputs().get(input), Consumed.with(key, RowSerde.json(columns)))
        .processValues(Steps.pseudoColumns());
  }

  private void sink(KStream<Row, Row> result, Columns columns) {
    result.to(arguments.output(), Produced.with(key, RowSerde.json(columns)));
  }

  /** The first columns as they are. */
  private static List<Steps.Expression> places(int columns) {
    return IntStream.range(0, columns).mapToObj(Steps::column).toList();
  }

  /** Both rows beside each other; a side that is missing is all nulls. */
  private static Row together(Row left, int leftColumns, Row right, int rightColumns) {
    Row all = Row.withRoomFor(leftColumns + rightColumns);
    for (int at = 0; at < leftColumns; at++) all.add(left.at(at));
    for (int at = 0; at < rightColumns; at++) all.add(right == null ? null : right.at(at));
    return all;
  }
}
