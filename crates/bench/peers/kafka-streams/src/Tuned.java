// The queries as somebody would write them by hand over Kafka Streams: only what is needed is parsed, typed, without a
// tree; stores in memory where that is cheaper, in a layout of bytes; no step that does nothing.

import java.nio.ByteBuffer;
import java.util.function.Predicate;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.Stores;

final class Tuned {
  private static final Serde<Typed.Totals> TOTALS = Typed.stored(
      t -> ByteBuffer.allocate(24).putLong(t.count).putDouble(t.sum).putDouble(t.highest).array(), from -> {
        Typed.Totals totals = new Typed.Totals();
        totals.count = from.getLong();
        totals.sum = from.getDouble();
        totals.highest = from.getDouble();
        return totals;
      });
  private static final Serde<Typed.Impression> IMPRESSION = Typed.stored(
      i -> Typed.texts(i.cost, i.campaign, i.slot), from -> {
        Typed.Impression impression = new Typed.Impression();
        impression.cost = from.getInt();
        impression.campaign = Typed.text(from);
        impression.slot = Typed.text(from);
        return impression;
      });
  private static final Serde<Typed.Click> CLICK = Typed.stored(c -> Typed.texts(0, c.page), from -> {
    Typed.Click click = new Typed.Click();
    from.getInt();
    click.page = Typed.text(from);
    return click;
  });
  /** What b4 needs of an order, on its way through the topic between the parts. */
  private static final Serde<Typed.Order> SOLD = Typed.stored(
      o -> ByteBuffer.allocate(28).putLong(o.id).putLong(o.customer).putDouble(o.price).putInt(o.quantity).array(),
      from -> {
        Typed.Order order = new Typed.Order();
        order.id = from.getLong();
        order.customer = from.getLong();
        order.price = from.getDouble();
        order.quantity = from.getInt();
        return order;
      });
  private static final Serde<Long> COUNT = Typed.writing((count, out) -> out.writeNumberField("N", count));

  private final Arguments arguments;
  private final int number;
  private final StreamsBuilder builder = new StreamsBuilder();

  /** One of so many queries, from 0. */
  Tuned(Arguments arguments, int number) {
    this.arguments = arguments;
    this.number = number;
  }

  StreamsBuilder query() {
    switch (arguments.query()) {
      case "b1" -> passThrough();
      case "b2" -> filterAndProject(order -> order.price > 250);
      case "b13" -> filterAndProject(
          order -> order.price > number * Queries.BAND && order.price <= (number + 1) * Queries.BAND);
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

  private void passThrough() {
    source(0, Typed.reader(Typed.Order::new, (order, name, value) -> {
      switch (name) {
        case "order_id" -> order.id = value.getLongValue();
        case "product" -> order.product = value.getText();
        case "price" -> order.price = value.getDoubleValue();
        case "qty" -> order.quantity = value.getIntValue();
        case "status" -> order.status = value.getText();
        case "currency" -> order.currency = value.getText();
        case "country" -> order.country = value.getText();
        case "channel" -> order.channel = value.getText();
        case "ts" -> order.ts = value.getLongValue();
        case "note" -> order.note = value.getText();
        default -> { }
      }
    })).to(arguments.output(), Produced.with(Serdes.Long(), Typed.writing((order, out) -> {
      out.writeNumberField("ORDER_ID", order.id);
      out.writeStringField("PRODUCT", order.product);
      out.writeNumberField("PRICE", order.price);
      out.writeNumberField("QTY", order.quantity);
      out.writeStringField("STATUS", order.status);
      out.writeStringField("CURRENCY", order.currency);
      out.writeStringField("COUNTRY", order.country);
      out.writeStringField("CHANNEL", order.channel);
      out.writeNumberField("TS", order.ts);
      out.writeStringField("NOTE", order.note);
    })));
  }

  private void filterAndProject(Predicate<Typed.Order> condition) {
    source(0, sales()).filter((id, order) -> condition.test(order))
        .to(arguments.output(), Produced.with(Serdes.Long(), Typed.writing((order, out) -> {
          out.writeNumberField("ORDER_ID", order.id);
          out.writeNumberField("PRICE", order.price);
          out.writeNumberField("QTY", order.quantity);
          out.writeStringField("STATUS", order.status);
          out.writeNumberField("TOTAL", order.price * order.quantity);
        })));
  }

  /** Number, price, quantity and status of orders. */
  private static Deserializer<Typed.Order> sales() {
    return Typed.reader(Typed.Order::new, (order, name, value) -> {
      switch (name) {
        case "order_id" -> order.id = value.getLongValue();
        case "price" -> order.price = value.getDoubleValue();
        case "qty" -> order.quantity = value.getIntValue();
        case "status" -> order.status = value.getText();
        default -> { }
      }
    });
  }

  private void enrich() {
    Deserializer<Typed.Customer> reader = Typed.reader(Typed.Customer::new, (customer, name, value) -> {
      switch (name) {
        case "name" -> customer.name = value.getText();
        case "city" -> customer.city = value.getText();
        default -> { }
      }
    });
    // The store holds the bytes of the topic's own format, as it is restored from the topic.
    Serde<Typed.Customer> stored = Serdes.serdeFrom(Typed.writer((customer, out) -> {
      out.writeStringField("name", customer.name);
      out.writeStringField("city", customer.city);
    }), reader);
    KTable<Long, Typed.Customer> customers = builder.table(arguments.inputs().get(1),
        Consumed.with(Serdes.Long(), stored),
        Materialized.<Long, Typed.Customer>as(Stores.inMemoryKeyValueStore("customers"))
            .withCachingDisabled());
    source(0, sales()).leftJoin(customers, (order, customer) -> {
      Typed.Enriched both = new Typed.Enriched();
      both.order = order;
      both.customer = customer;
      return both;
    }).to(arguments.output(), Produced.with(Serdes.Long(), Typed.writing((both, out) -> {
      out.writeNumberField("ORDER_ID", both.order.id);
      out.writeNumberField("PRICE", both.order.price);
      out.writeNumberField("QTY", both.order.quantity);
      out.writeStringField("NAME", both.customer == null ? null : both.customer.name);
      out.writeStringField("CITY", both.customer == null ? null : both.customer.city);
    })));
  }

  private void describe() {
    Deserializer<Typed.Product> reader = Typed.reader(Typed.Product::new, (product, name, value) -> {
      switch (name) {
        case "title" -> product.title = value.getText();
        case "category" -> product.category = value.getText();
        default -> { }
      }
    });
    Serde<Typed.Product> stored = Serdes.serdeFrom(Typed.writer((product, out) -> {
      out.writeStringField("title", product.title);
      out.writeStringField("category", product.category);
    }), reader);
    KTable<String, Typed.Product> products = builder.table(arguments.inputs().get(1),
        Consumed.with(Serdes.String(), stored),
        Materialized.<String, Typed.Product>as(Stores.inMemoryKeyValueStore("products"))
            .withCachingDisabled());
    source(0, Typed.reader(Typed.Order::new, (order, name, value) -> {
      switch (name) {
        case "order_id" -> order.id = value.getLongValue();
        case "product" -> order.product = value.getText();
        case "price" -> order.price = value.getDoubleValue();
        case "qty" -> order.quantity = value.getIntValue();
        default -> { }
      }
    })).map((id, order) -> {
      order.customer = id;
      return new KeyValue<>(order.product, order);
    }).join(products, Typed.Described::new, Joined.with(Serdes.String(), SOLD, null))
        .to(arguments.output(), Produced.with(Serdes.String(), Typed.writing((both, out) -> {
          out.writeNumberField("ORDER_ID", both.order().id);
          out.writeNumberField("CUSTOMER_ID", both.order().customer);
          out.writeNumberField("PRICE", both.order().price);
          out.writeNumberField("QTY", both.order().quantity);
          out.writeStringField("TITLE", both.product().title);
          out.writeStringField("CATEGORY", both.product().category);
        })));
  }

  private void aggregate() {
    prices().groupByKey(Grouped.with(Serdes.Long(), null))
        .aggregate(Typed.Totals::new, (id, order, totals) -> totals.add(order),
            Materialized.<Long, Typed.Totals>as(Stores.inMemoryKeyValueStore("totals"))
                .withKeySerde(Serdes.Long()).withValueSerde(TOTALS))
        .toStream().to(arguments.output(), Produced.with(Serdes.Long(), Typed.writing((totals, out) -> {
          out.writeNumberField("N", totals.count);
          out.writeNumberField("TOTAL", totals.sum);
          out.writeNumberField("HIGHEST", totals.highest);
        })));
  }

  /** Orders of which only the price is read. */
  private KStream<Long, Typed.Order> prices() {
    return source(0, Typed.reader(Typed.Order::new, (order, name, value) -> {
      if (name.equals("price")) order.price = value.getDoubleValue();
    }));
  }

  /** Orders that are only counted; their values are not looked at. */
  private KGroupedStream<Long, byte[]> orders() {
    return source(0, Serdes.ByteArray().deserializer()).groupByKey(Grouped.with(Serdes.Long(), Serdes.ByteArray()));
  }

  private void windows(TimeWindows windows) {
    var store = Stores.inMemoryWindowStore("counts", Queries.SIZE.plus(Queries.GRACE), Queries.SIZE, false);
    orders().windowedBy(windows)
        .count(Materialized.<Long, Long>as(store).withKeySerde(Serdes.Long()).withValueSerde(Serdes.Long()))
        .toStream().to(arguments.output(), Produced.with(
            new WindowedSerdes.TimeWindowedSerde<>(Serdes.Long(), Queries.SIZE.toMillis()), COUNT));
  }

  private void sessions() {
    // Not in memory: that store looks through all ends of sessions for each row.
    var store = Stores.persistentSessionStore("counts", Queries.SESSIONS_KEPT);
    orders().windowedBy(SessionWindows.ofInactivityGapAndGrace(Queries.GAP, Queries.GRACE))
        .count(Materialized.<Long, Long>as(store).withKeySerde(Serdes.Long()).withValueSerde(Serdes.Long()))
        .toStream().to(arguments.output(),
            Produced.with(new WindowedSerdes.SessionWindowedSerde<>(Serdes.Long()), COUNT));
  }

  private void joinStreams() {
    KStream<Long, Typed.Impression> impressions =
        source(0, Typed.reader(Typed.Impression::new, (impression, name, value) -> {
          switch (name) {
            case "campaign" -> impression.campaign = value.getText();
            case "slot" -> impression.slot = value.getText();
            case "cost" -> impression.cost = value.getIntValue();
            default -> { }
          }
        }));
    KStream<Long, Typed.Click> clicks = source(1, Typed.reader(Typed.Click::new, (click, name, value) -> {
      if (name.equals("page")) click.page = value.getText();
    }));
    // Not in memory: that store looks through all times within a window for each row.
    impressions.join(clicks, Typed.Pair::new,
            JoinWindows.ofTimeDifferenceAndGrace(Queries.WITHIN, Queries.JOIN_GRACE),
            StreamJoined.with(Serdes.Long(), IMPRESSION, CLICK))
        .to(arguments.output(), Produced.with(Serdes.Long(), Typed.writing((pair, out) -> {
          out.writeStringField("CAMPAIGN", pair.impression().campaign);
          out.writeStringField("SLOT", pair.impression().slot);
          out.writeNumberField("COST", pair.impression().cost);
          out.writeStringField("PAGE", pair.click().page);
        })));
  }

  /** A stream over an input topic, whose values are read and never written in that form. */
  private <V> KStream<Long, V> source(int input, Deserializer<V> reader) {
    return builder.stream(arguments.inputs().get(input),
        Consumed.with(Serdes.Long(), Serdes.serdeFrom((topic, value) -> {
          throw new UnsupportedOperationException("sources are not written");
        }, reader)));
  }
}
