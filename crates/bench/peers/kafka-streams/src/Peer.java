// Kafka Streams as a peer of the engine: a query as a Kafka Streams application that drains its input topics (of b13
// several, as ksqlDB runs them), and what that cost. The benchmark starts it as a process a run and checks what it
// wrote.
//
// Standard output: one line of JSON, as of the benchmark's own programs, with the CPU seconds before the clients were
// connected and those of the warm half beside. Exit code 1: it failed, the reason is on standard error.

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

public final class Peer {
  /** How often progress is looked at. */
  private static final long LOOK_MS = 5;
  /** How often the broker is asked what is committed. */
  private static final long ASK_MS = 50;
  /** Without a record for so long the run has failed. */
  private static final Duration SILENCE = Duration.ofSeconds(120);

  private final Arguments arguments;
  private final Admin admin;
  private final Meter meter = new Meter();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private Peer(Arguments arguments, Admin admin) {
    this.arguments = arguments;
    this.admin = admin;
  }

  public static void main(String[] words) {
    int code = 0;
    try {
      Arguments arguments = Arguments.parse(words);
      try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.bootstrap()))) {
        System.out.println(new Peer(arguments, admin).run());
      }
    } catch (Exception e) {
      e.printStackTrace();
      code = 1;
    }
    System.exit(code);
  }

  private String run() throws Exception {
    Map<TopicPartition, Long> ends = ends(arguments.inputs());
    List<KafkaStreams> all = new ArrayList<>();
    try {
      for (int query = 0; query < arguments.queries(); query++) all.add(application(query));
      all.forEach(KafkaStreams::start);
      drain(new Progress(all), arguments.records() + repartitioned(ends));
      for (int query = 0; query < arguments.queries(); query++) awaitCommit(arguments.application(query), ends, false);
      // All of it is in the topics between their parts by now, which nothing else is written to.
      for (int query = 0; query < arguments.queries(); query++) {
        awaitCommit(arguments.application(query), ends(between(query)), arguments.exactlyOnce());
      }
      long committed = ends.values().stream().mapToLong(Long::longValue).sum();
      return meter.end(committed, arguments.queries());
    } finally {
      all.forEach(streams -> streams.close(Duration.ofSeconds(60)));
      removeTopics();
    }
  }

  private KafkaStreams application(int query) {
    var settings = Settings.of(arguments, query);
    var topology = arguments.tuned() ? new Tuned(arguments, query).query() : new Shaped(arguments, query).query();
    KafkaStreams streams = new KafkaStreams(topology.build(settings), settings);
    streams.setUncaughtExceptionHandler(e -> {
      failure.compareAndSet(null, e);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) meter.begin();
    });
    return streams;
  }

  /** Returns when every application has processed every record, those between its parts included: `rows` in all. */
  private void drain(Progress progress, long rows) throws InterruptedException {
    long wanted = rows * arguments.queries();
    long seen = 0;
    long heard = System.nanoTime();
    while (seen < wanted) {
      Thread.sleep(LOOK_MS);
      long now = progress.count();
      if (now > 0) meter.begin();
      if (now * 2 >= wanted) meter.half(now * arguments.records() / rows);
      if (now > seen) heard = System.nanoTime();
      seen = now;
      check(System.nanoTime() - heard, seen + " of " + wanted + " records were processed");
    }
  }

  /** Orders of b4 pass through a topic, each of them once. */
  private long repartitioned(Map<TopicPartition, Long> ends) {
    if (!arguments.query().equals("b4")) return 0;
    return ends.entrySet().stream().filter(end -> end.getKey().topic().equals(arguments.inputs().get(0)))
        .mapToLong(Map.Entry::getValue).sum();
  }

  /**
   * Returns when the offsets of a group are those of the ends, which it commits after what it wrote. `marked`: the last of
   * each partition is the mark of a transaction, which may lie behind the offset.
   */
  private void awaitCommit(String group, Map<TopicPartition, Long> ends, boolean marked) throws Exception {
    if (ends.isEmpty()) return;
    long since = System.nanoTime();
    while (true) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      boolean all = ends.entrySet().stream().allMatch(end -> {
        OffsetAndMetadata offset = committed.get(end.getKey());
        return end.getValue() == 0 || offset != null && offset.offset() >= end.getValue() - (marked ? 1 : 0);
      });
      if (all) return;
      check(System.nanoTime() - since, "the offsets were not committed");
      Thread.sleep(ASK_MS);
    }
  }

  private void check(long silentNanos, String what) {
    Throwable cause = failure.get();
    if (cause != null) throw new IllegalStateException("the application failed", cause);
    if (silentNanos > SILENCE.toNanos()) {
      throw new IllegalStateException(what + ", and then nothing for " + SILENCE.toSeconds() + " s");
    }
  }

  /** Topics between the parts of a query. */
  private List<String> between(int query) throws Exception {
    return admin.listTopics().names().get().stream()
        .filter(name -> name.startsWith(arguments.application(query) + "-") && name.endsWith("-repartition")).toList();
  }

  private Map<TopicPartition, Long> ends(List<String> topics) throws Exception {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      topic.partitions().forEach(p -> latest.put(new TopicPartition(topic.name(), p.partition()), OffsetSpec.latest()));
    }
    return admin.listOffsets(latest).all().get().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
  }

  /** Changelogs and repartition topics begin with the name of their application. */
  private void removeTopics() throws Exception {
    List<String> own = admin.listTopics().names().get().stream()
        .filter(name -> name.startsWith(arguments.applications())).toList();
    admin.deleteTopics(own).all().get();
  }
}
