// How many records of the inputs were fetched, counted a batch at a time so that it costs nothing. A process runs one
// application, whose consumers make the interceptors themselves: the number is the process's.

import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

public final class Progress implements ConsumerInterceptor<byte[], byte[]> {
  private static final LongAdder COUNT = new LongAdder();

  static long count() {
    return COUNT.sum();
  }

  @Override
  public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
    COUNT.add(records.count());
    return records;
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void configure(Map<String, ?> settings) {}

  @Override
  public void close() {}
}
