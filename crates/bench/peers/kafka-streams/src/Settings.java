// How the applications are configured. Everything that is not here is Kafka Streams' default.

import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.LogAndContinueExceptionHandler;

final class Settings {
  /** ksqlDB's commit interval at least once. */
  private static final int COMMIT_MS = 2000;
  /** Kafka Streams' own exactly once, which ksqlDB leaves as it is; the engine's epochs are as long. */
  private static final int TRANSACTION_MS = 100;
  /** Many applications at once may be slow: their transactions end when they say so. The default is 10 seconds. */
  private static final int TRANSACTION_MAX_MS = 120_000;
  /** ksqlDB's record cache, for all threads of a query together. */
  private static final int CACHE_BYTES = 10_000_000;
  /** ksqlDB's number of threads a query. */
  private static final int THREADS = 4;

  private Settings() {}

  static Properties of(Arguments arguments, int query) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments.application(query));
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.bootstrap());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments.state().toString());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        arguments.exactlyOnce() ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, arguments.exactlyOnce() ? TRANSACTION_MS : COMMIT_MS);
    if (arguments.exactlyOnce()) {
      settings.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), TRANSACTION_MAX_MS);
    }
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, arguments.each() ? 0 : CACHE_BYTES);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    if (arguments.tuned()) tune(settings, arguments); else asKsqlDb(settings);
    return settings;
  }

  private static void asKsqlDb(Properties settings) {
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
    settings.put(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, LogAndContinueExceptionHandler.class);
  }

  /** Fewer, larger requests; one thread, whose only rival on two cores would be the broker; room for every update. */
  private static void tune(Properties settings, Arguments arguments) {
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    if (!arguments.each()) settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 128 << 20);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), 256 << 10);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64L << 20);
  }
}
