// How many records the applications have processed, as Kafka Streams' own metrics count them, thread by thread: nothing
// is added to what a record costs.

import java.util.List;
import org.apache.kafka.common.Metric;
import org.apache.kafka.streams.KafkaStreams;

final class Progress {
  private final List<? extends Metric> threads;

  Progress(List<KafkaStreams> applications) {
    threads = applications.stream().flatMap(streams -> streams.metrics().values().stream())
        .filter(metric -> metric.metricName().group().equals("stream-thread-metrics"))
        .filter(metric -> metric.metricName().name().equals("process-total")).toList();
    if (threads.isEmpty()) throw new IllegalStateException("Kafka Streams does not count what it processes");
  }

  long count() {
    return threads.stream().mapToLong(metric -> ((Number) metric.metricValue()).longValue()).sum();
  }
}
