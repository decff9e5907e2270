// The steps between source and sink, each a processor of its own as in the topologies that ksqlDB builds: pseudo
// columns and key beside the value, a filter, a projection whose columns are expressions over boxed values.

import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.streams.kstream.ValueTransformerWithKey;
import org.apache.kafka.streams.kstream.ValueTransformerWithKeySupplier;
import org.apache.kafka.streams.processor.ProcessorContext;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

final class Steps {
  /** An expression, compiled. */
  interface Expression {
    Object of(Row row);
  }

  private Steps() {}

  static Expression column(int at) {
    return row -> row.at(at);
  }

  /** Rows of a stream's source get ROWTIME, ROWPARTITION, ROWOFFSET and the column of their key. */
  static FixedKeyProcessorSupplier<Row, Row, Row> pseudoColumns() {
    return () -> new ContextualFixedKeyProcessor<>() {
      @Override
      public void process(FixedKeyRecord<Row, Row> record) {
        if (record.value() != null) {
          var origin = context().recordMetadata();
          record.value().add(record.timestamp())
              .add(origin.map(o -> o.partition()).orElse(0))
              .add(origin.map(o -> o.offset()).orElse(0L))
              .add(record.key().at(0));
        }
        context().forward(record);
      }
    };
  }

  static FixedKeyProcessorSupplier<Row, Row, Row> where(Predicate<Row> condition) {
    return () -> new ContextualFixedKeyProcessor<>() {
      @Override
      public void process(FixedKeyRecord<Row, Row> record) {
        if (record.value() != null && condition.test(record.value())) context().forward(record);
      }
    };
  }

  static FixedKeyProcessorSupplier<Row, Row, Row> select(List<Expression> columns) {
    return () -> new ContextualFixedKeyProcessor<>() {
      @Override
      public void process(FixedKeyRecord<Row, Row> record) {
        context().forward(record.withValue(evaluate(columns, record.value())));
      }
    };
  }

  /** A projection of a table, whatever its keys are. */
  static <K> ValueTransformerWithKeySupplier<K, Row, Row> selectOfTable(List<Expression> columns) {
    return () -> new ValueTransformerWithKey<>() {
      @Override
      public void init(ProcessorContext context) {}

      @Override
      public Row transform(K key, Row row) {
        return evaluate(columns, row);
      }

      @Override
      public void close() {}
    };
  }

  private static Row evaluate(List<Expression> columns, Row row) {
    if (row == null) return null;
    Row result = Row.withRoomFor(columns.size());
    for (Expression column : columns) result.add(column.of(row));
    return result;
  }
}
