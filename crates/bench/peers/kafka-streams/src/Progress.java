// How many records of the inputs were handed to the topology: counted where their values are deserialised, which Kafka
// Streams does once a record and just before it is processed.

import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.serialization.Deserializer;

final class Progress {
  private final LongAdder count = new LongAdder();

  /** The same deserialiser, which counts. */
  <T> Deserializer<T> counted(Deserializer<T> inner) {
    return (topic, bytes) -> {
      count.increment();
      return inner.deserialize(topic, bytes);
    };
  }

  long count() {
    return count.sum();
  }
}
