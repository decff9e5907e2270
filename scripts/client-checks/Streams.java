// Kafka Streams, whose programs ask most of a broker: internal topics, groups with state, transactions over many
// partitions, records deleted from repartition topics.
//
// Called as `Streams scenarios` (prints their names) or `Streams HOST:PORT SCENARIO`. Exit code 0: passed; 1: failed, the
// last line says why.

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.*;

public class Streams {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    static final int WORDS = 7, ROUNDS = 60;
    static final String[] NAMES = {"records", "exactly-once"};
    static String at;
    static Admin admin;

    public static void main(String[] args) {
        if (args.length == 1 && args[0].equals("scenarios")) {
            for (String name : NAMES) System.out.println(name);
            return;
        }
        int code = 0;
        Path folder = null;
        try {
            at = args[0];
            admin = Admin.create(options());
            folder = Files.createTempDirectory("clients-streams");
            // Records are counted at least once, or exactly once: without a crash both give the same counts.
            switch (args[1]) {
                case "records" -> count(folder, StreamsConfig.AT_LEAST_ONCE);
                case "exactly-once" -> count(folder, StreamsConfig.EXACTLY_ONCE_V2);
                default -> throw new IllegalArgumentException("no scenario " + args[1]);
            }
        } catch (Throwable e) {
            e.printStackTrace(System.out);
            System.out.println(String.valueOf(e).replace('\n', ' '));
            code = 1;
        }
        if (folder != null) remove(folder);
        System.out.flush();
        Runtime.getRuntime().halt(code);
    }

    /**
     * Splits lines into words, counts the words (which needs a repartition topic and a changelog), stops after the first
     * half, loses its local state, and goes on from the changelog.
     */
    static void count(Path folder, String guarantee) throws Exception {
        String application = "clients-streams-" + UUID.randomUUID().toString().substring(0, 8);
        String lines = application + "-lines", counts = application + "-counts";
        List<NewTopic> topics = List.of(new NewTopic(lines, 3, (short) 1), new NewTopic(counts, 2, (short) 1));
        admin.createTopics(topics).all().get(30, TimeUnit.SECONDS);
        write(lines, 0, ROUNDS / 2);
        try (KafkaStreams streams = started(application, lines, counts, folder.resolve("1"), guarantee)) {
            until("the counts of the first half", () -> latest(counts).equals(expected(ROUNDS / 2)));
            same("errors", streams.state(), KafkaStreams.State.RUNNING);
        }
        write(lines, ROUNDS / 2, ROUNDS);
        try (KafkaStreams streams = started(application, lines, counts, folder.resolve("2"), guarantee)) {
            until("the counts of all", () -> latest(counts).equals(expected(ROUNDS)));
            ReadOnlyKeyValueStore<String, Long> store =
                streams.store(StoreQueryParameters.fromNameAndType("counted", QueryableStoreTypes.keyValueStore()));
            same("a count asked of the store", store.get("w3"), (long) ROUNDS * 3);
        }
        // Exactly once: each count was written once, so the counts of a word rise by one from record to record.
        if (guarantee.equals(StreamsConfig.EXACTLY_ONCE_V2)) {
            Map<String, Long> last = new HashMap<>();
            for (ConsumerRecord<String, Long> r : all(counts)) {
                same("count after the one before of " + r.key(), r.value(), last.getOrDefault(r.key(), 0L) + 1);
                last.put(r.key(), r.value());
            }
        }
        List<String> mine = admin.listTopics().names().get(30, TimeUnit.SECONDS).stream()
            .filter(t -> t.startsWith(application)).sorted().toList();
        same("its topics", mine, Stream.of("counted-changelog", "counted-repartition", "counts", "lines")
            .map(t -> application + "-" + t).toList());
        admin.deleteTopics(mine).all().get(30, TimeUnit.SECONDS);
    }

    static KafkaStreams started(String application, String lines, String counts, Path folder, String guarantee)
        throws Exception {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(lines, Consumed.with(Serdes.String(), Serdes.String()))
            .flatMapValues(line -> List.of(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with("counted", Serdes.String(), Serdes.String()))
            .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counted"))
                .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()).withCachingDisabled())
            .toStream().to(counts, Produced.with(Serdes.String(), Serdes.Long()));
        Properties p = options();
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        p.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, "200");
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "2");
        p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, "1");
        p.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        // Streams does not leave its group when it stops: the next start waits until the broker has forgotten the old one.
        p.put(StreamsConfig.consumerPrefix("session.timeout.ms"), "6000");
        p.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), "1000");
        KafkaStreams streams = new KafkaStreams(builder.build(), p);
        streams.start();
        until("it runs", () -> streams.state() == KafkaStreams.State.RUNNING);
        return streams;
    }

    /** A round writes one line that has word wN N times, N below WORDS. */
    static void write(String topic, int from, int to) throws Exception {
        StringBuilder line = new StringBuilder();
        for (int n = 1; n < WORDS; n++) line.append(("w" + n + " ").repeat(n));
        StringSerializer text = new StringSerializer();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(options(), text, text)) {
            for (int round = from; round < to; round++) {
                producer.send(new ProducerRecord<>(topic, round % 3, null, line.toString().trim())).get(30, TimeUnit.SECONDS);
            }
        }
    }

    static Map<String, Long> expected(int rounds) {
        Map<String, Long> counts = new HashMap<>();
        for (int n = 1; n < WORDS; n++) counts.put("w" + n, (long) rounds * n);
        return counts;
    }

    static Map<String, Long> latest(String topic) {
        Map<String, Long> counts = new HashMap<>();
        all(topic).forEach(r -> counts.put(r.key(), r.value()));
        return counts;
    }

    /** What is committed in a topic of two partitions. */
    static List<ConsumerRecord<String, Long>> all(String topic) {
        Properties p = options();
        p.put("isolation.level", "read_committed");
        List<ConsumerRecord<String, Long>> found = new ArrayList<>();
        StringDeserializer text = new StringDeserializer();
        try (KafkaConsumer<String, Long> consumer = new KafkaConsumer<>(p, text, new LongDeserializer())) {
            List<TopicPartition> parts = IntStream.range(0, 2).mapToObj(n -> new TopicPartition(topic, n)).toList();
            consumer.assign(parts);
            consumer.seekToBeginning(parts);
            Map<TopicPartition, Long> ends = consumer.endOffsets(parts);
            long limit = System.nanoTime() + PATIENCE.toNanos();
            while (parts.stream().anyMatch(tp -> consumer.position(tp) < ends.get(tp))) {
                if (System.nanoTime() > limit) throw new AssertionError("the end " + ends + " of " + topic + " is not reached");
                consumer.poll(Duration.ofMillis(100)).forEach(found::add);
            }
        }
        return found;
    }

    static Properties options() {
        Properties p = new Properties();
        p.put("bootstrap.servers", at);
        return p;
    }

    static void same(String what, Object got, Object expected) {
        if (!Objects.equals(got, expected)) throw new AssertionError(what + ": got " + got + ", expected " + expected);
    }

    static void until(String what, Callable<Boolean> ask) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!ask.call()) {
            if (System.nanoTime() > end) throw new AssertionError(what + ": not so after " + PATIENCE);
            Thread.sleep(200);
        }
    }

    static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (java.io.IOException e) {
            System.out.println("left behind: " + folder);
        }
    }
}
