// Kafka's own Java clients of the newest version: producer, consumer, admin, transactions. What Kafka's command line
// tools and Kafka Streams show is in java-tools and Streams.java; here is what they leave out.
//
// Called as `java Clients.java scenarios` (prints their names) or `java Clients.java HOST:PORT SCENARIO`. Exit code 0:
// passed; 1: failed, the last line says why; 77: the broker refuses this, the last line says how.

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

public class Clients {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    /** For timestamps of long ago: by default such records are deleted soon. */
    static final Map<String, String> KEPT = Map.of("retention.ms", "-1");
    static final List<String> TOPICS = new ArrayList<>();
    static String at;
    static Admin admin;

    interface Scenario { void run() throws Exception; }

    /** The broker says that it does not do what the scenario is about. */
    static class Skip extends RuntimeException {
        Skip(String why) { super(why); }
    }

    static final Map<String, Scenario> SCENARIOS = new LinkedHashMap<>();
    static {
        SCENARIOS.put("records", Clients::records);
        SCENARIOS.put("compression", Clients::compression);
        SCENARIOS.put("recompression", Clients::recompression);
        SCENARIOS.put("append-time", Clients::appendTime);
        SCENARIOS.put("group-eager", () -> group("range"));
        SCENARIOS.put("group-cooperative", () -> group("cooperative"));
        SCENARIOS.put("group-static", Clients::staticMembers);
        SCENARIOS.put("offsets", Clients::offsets);
        SCENARIOS.put("reset", Clients::reset);
        SCENARIOS.put("admin", Clients::administer);
        SCENARIOS.put("group-admin", Clients::administerGroups);
        SCENARIOS.put("transactions", Clients::transactions);
        SCENARIOS.put("exactly-once", Clients::exactlyOnce);
        SCENARIOS.put("producer-states", Clients::producerStates);
        SCENARIOS.put("refusals", Clients::refusals);
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 1 && args[0].equals("scenarios")) {
            SCENARIOS.keySet().forEach(System.out::println);
            return;
        }
        if (args.length != 2 || !SCENARIOS.containsKey(args[1])) {
            System.out.println("usage: Clients.java scenarios | HOST:PORT SCENARIO");
            System.exit(2);
        }
        at = args[0];
        int code = 0;
        try {
            admin = Admin.create(options());
            SCENARIOS.get(args[1]).run();
            if (!TOPICS.isEmpty()) await(admin.deleteTopics(TOPICS).all());
            admin.close();
        } catch (Skip e) {
            System.out.println(e.getMessage().replace('\n', ' '));
            code = 77;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
            System.out.println(String.valueOf(e).replace('\n', ' '));
            code = 1;
        }
        System.out.flush();
        Runtime.getRuntime().halt(code);
    }

    // --- checking ---------------------------------------------------------------------------------------------------

    static void check(String what, boolean truth) {
        if (!truth) throw new AssertionError(what);
    }

    static void same(String what, Object got, Object expected) {
        if (!Objects.equals(got, expected)) throw new AssertionError(what + ": got " + got + ", expected " + expected);
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    static void until(String what, Callable<Boolean> ask) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!ask.call()) {
            check(what + ": not so after " + PATIENCE, System.nanoTime() < end);
            Thread.sleep(100);
        }
    }

    static void refused(String what, Class<? extends Exception> error, Callable<?> act) {
        Object answer;
        try {
            answer = act.call();
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            if (!error.isInstance(cause)) throw new AssertionError(what + ": failed with another error: " + cause, cause);
            return;
        }
        throw new AssertionError(what + ": was accepted, answer " + answer);
    }

    // --- clients ----------------------------------------------------------------------------------------------------

    static String name(String what) {
        return "clients-" + what + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    static Properties options(String... pairs) {
        Properties p = new Properties();
        p.put("bootstrap.servers", at);
        for (int n = 0; n < pairs.length; n += 2) p.put(pairs[n], pairs[n + 1]);
        return p;
    }

    static Void create(String topic, int partitions, int replicas, Map<String, String> configs) throws Exception {
        return await(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) replicas).configs(configs))).all());
    }

    static String fresh(String what, int partitions, Map<String, String> configs) throws Exception {
        String topic = name(what);
        create(topic, partitions, 1, configs);
        TOPICS.add(topic);
        return topic;
    }

    static String fresh(String what, int partitions) throws Exception {
        return fresh(what, partitions, Map.of());
    }

    static KafkaProducer<String, String> producer(String... pairs) {
        return new KafkaProducer<>(options(pairs), new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(String... pairs) {
        Properties p = options("auto.offset.reset", "earliest", "enable.auto.commit", "false", "max.poll.records", "10000");
        p.putAll(options(pairs));
        return new KafkaConsumer<>(p, new StringDeserializer(), new StringDeserializer());
    }

    static KafkaConsumer<String, String> assigned(String topic, int partitions, String... pairs) {
        KafkaConsumer<String, String> c = consumer(pairs);
        c.assign(IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList());
        return c;
    }

    static void send(Producer<String, String> producer, String topic, int partition, List<String> values) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (String value : values) sent.add(producer.send(new ProducerRecord<>(topic, partition, null, value)));
        producer.flush();
        for (Future<RecordMetadata> f : sent) await(f);
    }

    static void send(String topic, int partition, List<String> values, String... pairs) throws Exception {
        try (KafkaProducer<String, String> producer = producer(pairs)) {
            send(producer, topic, partition, values);
        }
    }

    /** Exactly `count` records: waits for them, and then a moment for any that should not be there. */
    static List<ConsumerRecord<String, String>> read(Consumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> found = new ArrayList<>();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            consumer.poll(Duration.ofMillis(200)).forEach(found::add);
            if (found.size() >= count) end = Math.min(end, System.nanoTime() + 500_000_000L);
        }
        same("number of records", found.size(), count);
        return found;
    }

    static List<ConsumerRecord<String, String>> readAll(String topic, int partitions, int count, String... pairs) {
        try (KafkaConsumer<String, String> consumer = assigned(topic, partitions, pairs)) {
            return read(consumer, count);
        }
    }

    static List<String> values(Collection<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    static List<String> numbered(String word, int count) {
        return IntStream.range(0, count).mapToObj(n -> word + "-" + n).toList();
    }

    static Map<TopicPartition, Long> committed(String group) throws Exception {
        Map<TopicPartition, Long> found = new HashMap<>();
        await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
            .forEach((tp, o) -> found.put(tp, o.offset()));
        return found;
    }

    // --- scenarios --------------------------------------------------------------------------------------------------

    /** Keys, null and empty values, headers that repeat or are null, timestamps: all of it comes back, in order. */
    static void records() throws Exception {
        String topic = fresh("records", 2, KEPT);
        List<Header> headers = List.of(header("a", "1"), header("a", "2"), header("b", ""), new RecordHeader("c", (byte[]) null));
        List<ProducerRecord<String, String>> sent = List.of(
            new ProducerRecord<>(topic, 0, 1_700_000_000_000L, "key", "value", headers),
            new ProducerRecord<>(topic, 0, 1_700_000_000_001L, "key", (String) null),
            new ProducerRecord<>(topic, 0, 1_700_000_000_002L, null, "", List.of(header("only", "x"))),
            new ProducerRecord<>(topic, 1, 1_600_000_000_000L, "\u00e4", "\u00f6"),
            new ProducerRecord<>(topic, 0, 1_700_000_000_003L, "", "last"));
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer()) {
            sent.forEach(r -> answers.add(producer.send(r)));
        }
        List<Long> offsets = new ArrayList<>();
        for (Future<RecordMetadata> a : answers) offsets.add(await(a).offset());
        same("offsets", offsets, List.of(0L, 1L, 2L, 0L, 3L));
        List<ConsumerRecord<String, String>> found = readAll(topic, 2, 5, "check.crcs", "true");
        for (int p : new int[] {0, 1}) {
            List<String> got = found.stream().filter(r -> r.partition() == p)
                .map(r -> shown(r.key(), r.value(), r.timestamp(), r.headers().toArray())).toList();
            same("partition " + p, got, sent.stream().filter(r -> r.partition() == p)
                .map(r -> shown(r.key(), r.value(), r.timestamp(), r.headers().toArray())).toList());
        }
    }

    static Header header(String key, String value) {
        return new RecordHeader(key, value.getBytes(StandardCharsets.UTF_8));
    }

    static String shown(String key, String value, long timestamp, Header[] headers) {
        return key + "|" + value + "|" + timestamp + "|" + Arrays.stream(headers)
            .map(h -> h.key() + "=" + (h.value() == null ? null : new String(h.value(), StandardCharsets.UTF_8))).toList();
    }

    /** Every codec, with and without a producer id, read back unchanged. */
    static void compression() throws Exception {
        codecs(fresh("compression", 1));
    }

    /** A topic that compresses by itself, whatever its producers do. */
    static void recompression() throws Exception {
        String topic;
        try {
            topic = fresh("recompressed", 1, Map.of("compression.type", "gzip"));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InvalidConfigurationException) throw new Skip(e.getCause().getMessage());
            throw e;
        }
        codecs(topic);
    }

    static void codecs(String topic) throws Exception {
        List<String> expected = new ArrayList<>();
        for (String codec : List.of("gzip", "snappy", "lz4", "zstd", "none")) {
            for (String idempotent : List.of("true", "false")) {
                List<String> values = numbered((codec + idempotent).repeat(20), 100);
                send(topic, 0, values, "compression.type", codec, "linger.ms", "50", "enable.idempotence", idempotent);
                expected.addAll(values);
            }
        }
        List<ConsumerRecord<String, String>> found = readAll(topic, 1, expected.size());
        same("values", values(found), expected);
        for (int n = 0; n < found.size(); n++) same("offset", found.get(n).offset(), (long) n);
    }

    /** With LogAppendTime the broker's time replaces the producer's, for the consumer and for lookups. */
    static void appendTime() throws Exception {
        String topic = fresh("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        RecordMetadata answer;
        try (KafkaProducer<String, String> producer = producer()) {
            answer = await(producer.send(new ProducerRecord<>(topic, 0, 1_000L, "k", "v")));
        }
        long after = System.currentTimeMillis();
        ConsumerRecord<String, String> found = readAll(topic, 1, 1).get(0);
        same("type", found.timestampType().name(), "LOG_APPEND_TIME");
        check("the broker's time: " + found.timestamp(), found.timestamp() >= before && found.timestamp() <= after);
        same("answered to the producer", answer.timestamp(), found.timestamp());
        try (KafkaConsumer<String, String> consumer = consumer()) {
            TopicPartition tp = new TopicPartition(topic, 0);
            same("looked up", consumer.offsetsForTimes(Map.of(tp, before)).get(tp).timestamp(), found.timestamp());
        }
    }

    /** Two members share four partitions, commit, leave; the next one goes on where they were. */
    static void group(String assignor) throws Exception {
        String topic = fresh("group", 4), group = name("group");
        for (int p = 0; p < 4; p++) send(topic, p, numbered("" + p, 25));
        String strategy = assignor.equals("range") ? RangeAssignor.class.getName() : CooperativeStickyAssignor.class.getName();
        String[] pairs = {"group.id", group, "partition.assignment.strategy", strategy, "heartbeat.interval.ms", "500"};
        Map<String, String> found = new HashMap<>();
        KafkaConsumer<String, String> first = consumer(pairs), second = consumer(pairs);
        first.subscribe(List.of(topic));
        until("the first has all", () -> poll(found, first) && first.assignment().size() == 4);
        second.subscribe(List.of(topic));
        until("they share", () -> poll(found, first, second) && first.assignment().size() == 2
            && second.assignment().size() == 2 && found.size() == 100);
        Set<TopicPartition> all = new HashSet<>(first.assignment());
        all.addAll(second.assignment());
        same("partitions", all.size(), 4);
        check("the values are those sent", found.entrySet().stream().allMatch(e -> e.getKey().equals(e.getValue())));
        ConsumerGroupDescription described = await(admin.describeConsumerGroups(List.of(group)).all()).get(group);
        same("state", described.groupState().toString(), "Stable");
        same("members", described.members().size(), 2);
        for (KafkaConsumer<String, String> member : List.of(first, second)) {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            member.assignment().forEach(tp -> offsets.put(tp, noted(25 - tp.partition())));
            member.commitSync(offsets);
            member.close();
        }
        Map<TopicPartition, OffsetAndMetadata> kept =
            await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        for (int p = 0; p < 4; p++) {
            same("committed", kept.get(new TopicPartition(topic, p)), noted(25 - p));
        }
        try (KafkaConsumer<String, String> next = consumer(pairs)) {
            next.subscribe(List.of(topic));
            same("resumed", new HashSet<>(values(read(next, 6))), Set.of("1-24", "2-23", "2-24", "3-22", "3-23", "3-24"));
        }
    }

    static OffsetAndMetadata noted(long offset) {
        return new OffsetAndMetadata(offset, Optional.of(0), "noted");
    }

    @SafeVarargs
    static boolean poll(Map<String, String> found, KafkaConsumer<String, String>... members) {
        for (KafkaConsumer<String, String> member : members) {
            member.poll(Duration.ofMillis(50)).forEach(r -> found.put(r.partition() + "-" + r.offset(), r.value()));
        }
        return true;
    }

    /** A static member that comes back keeps its partitions; a second one of its id fences it. */
    static void staticMembers() throws Exception {
        String topic = fresh("static", 2), group = name("static");
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        for (int n = 0; n < 2; n++) {
            members.add(consumer("group.id", group, "group.instance.id", "i" + n, "heartbeat.interval.ms", "500"));
            members.get(n).subscribe(List.of(topic));
        }
        Map<String, String> none = new HashMap<>();
        until("they share", () -> poll(none, members.get(0), members.get(1))
            && members.stream().allMatch(m -> m.assignment().size() == 1));
        Set<TopicPartition> mine = members.get(0).assignment();
        KafkaConsumer<String, String> same =
            consumer("group.id", group, "group.instance.id", "i0", "heartbeat.interval.ms", "500");
        same.subscribe(List.of(topic));
        until("the new one has its partitions", () -> poll(none, same, members.get(1)) && same.assignment().equals(mine));
        refused("the old one", FencedInstanceIdException.class, () -> {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < end) members.get(0).poll(Duration.ofMillis(100));
            return null;
        });
        await(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(
            List.of(new MemberToRemove("i0"), new MemberToRemove("i1")))).all());
        same("members", await(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().size(), 0);
    }

    /** Beginning, end, by time, by the greatest timestamp; before and after records were deleted. */
    static void offsets() throws Exception {
        String topic = fresh("offsets", 1, KEPT);
        TopicPartition tp = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = producer()) {
            for (int n = 0; n < 10; n++) {
                // The greatest timestamp is not that of the last record.
                long time = n == 5 ? 1_700_000_100_000L : 1_700_000_000_000L + 1000 * n;
                await(producer.send(new ProducerRecord<>(topic, 0, time, null, "" + n)));
            }
        }
        same("earliest", listed(tp, OffsetSpec.earliest()), 0L);
        same("latest", listed(tp, OffsetSpec.latest()), 10L);
        same("greatest timestamp", listed(tp, OffsetSpec.maxTimestamp()), 5L);
        same("by time", listed(tp, OffsetSpec.forTimestamp(1_700_000_003_001L)), 4L);
        same("by a later time", listed(tp, OffsetSpec.forTimestamp(1_700_000_008_500L)), 5L);
        same("by the future", listed(tp, OffsetSpec.forTimestamp(1_800_000_000_000L)), -1L);
        Map<TopicPartition, RecordsToDelete> before = Map.of(tp, RecordsToDelete.beforeOffset(6));
        same("low watermark", await(admin.deleteRecords(before).lowWatermarks().get(tp)).lowWatermark(), 6L);
        same("earliest then", listed(tp, OffsetSpec.earliest()), 6L);
        try (KafkaConsumer<String, String> consumer = assigned(topic, 1)) {
            same("lag", read(consumer, 4).size() + consumer.currentLag(tp).orElse(-1), 4L);
        }
    }

    static long listed(TopicPartition tp, OffsetSpec spec) throws Exception {
        return await(admin.listOffsets(Map.of(tp, spec)).partitionResult(tp)).offset();
    }

    /** Offsets out of range: reset to the earliest, the latest, or an error; a record larger than every limit arrives. */
    static void reset() throws Exception {
        String topic = fresh("reset", 1, Map.of("max.message.bytes", "4000000"));
        TopicPartition tp = new TopicPartition(topic, 0);
        send(topic, 0, numbered("v", 10));
        try (KafkaConsumer<String, String> consumer = assigned(topic, 1)) {
            consumer.seek(tp, 1000);
            same("earliest", read(consumer, 10).get(0).offset(), 0L);
        }
        try (KafkaConsumer<String, String> consumer = assigned(topic, 1, "auto.offset.reset", "latest")) {
            consumer.seek(tp, 1000);
            until("latest", () -> { consumer.poll(Duration.ofMillis(100)); return consumer.position(tp) == 10; });
        }
        try (KafkaConsumer<String, String> consumer = assigned(topic, 1, "auto.offset.reset", "none")) {
            consumer.seek(tp, 1000);
            refused("none", org.apache.kafka.clients.consumer.OffsetOutOfRangeException.class, () -> read(consumer, 1));
        }
        char[] big = new char[3_000_000];
        Random random = new Random(1);
        for (int n = 0; n < big.length; n++) big[n] = (char) (' ' + random.nextInt(90));
        send(topic, 0, List.of(new String(big)), "max.request.size", "5000000");
        String[] small = {"fetch.max.bytes", "1000", "max.partition.fetch.bytes", "1000"};
        try (KafkaConsumer<String, String> consumer = assigned(topic, 1, small)) {
            consumer.seek(tp, 10);
            check("the large value", read(consumer, 1).get(0).value().equals(new String(big)));
        }
    }

    /** Topics, partitions, configs, the cluster, by the admin client. */
    static void administer() throws Exception {
        String topic = name("admin");
        NewTopic spec = new NewTopic(topic, 2, (short) 1).configs(Map.of("retention.ms", "3600000"));
        CreateTopicsResult made = admin.createTopics(List.of(spec));
        same("partitions", await(made.numPartitions(topic)), 2);
        same("replicas", await(made.replicationFactor(topic)), 1);
        same("config", await(made.config(topic)).get("retention.ms").value(), "3600000");
        org.apache.kafka.common.Uuid id = await(made.topicId(topic));
        String plain = topic + "-defaults";
        NewTopic defaults = new NewTopic(plain, Optional.empty(), Optional.empty());
        same("defaults", await(admin.createTopics(List.of(defaults)).replicationFactor(plain)), 1);
        await(admin.deleteTopics(List.of(plain)).all());
        refused("again", TopicExistsException.class, () -> await(admin.createTopics(List.of(spec)).all()));
        check("listed", await(admin.listTopics().names()).contains(topic));
        TopicDescription found = await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        same("id", found.topicId(), id);
        same("described by id", await(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id)))
            .allTopicIds()).get(id).name(), topic);
        await(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all());
        until("grown", () -> await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().size() == 4);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        alter(resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        until("appended", () -> Set.of(configs(resource).get("cleanup.policy").value().split(","))
            .equals(Set.of("compact", "delete")));
        alter(resource, "cleanup.policy", "", AlterConfigOp.OpType.DELETE);
        alter(resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        until("unset", () -> configs(resource).get("retention.ms").value().equals("604800000"));
        same("source", configs(resource).get("retention.ms").source(), ConfigEntry.ConfigSource.DEFAULT_CONFIG);
        same("type", configs(resource).get("retention.ms").type(), ConfigEntry.ConfigType.LONG);
        refused("nonsense", InvalidConfigurationException.class,
            () -> { alter(resource, "retention.ms", "soon", AlterConfigOp.OpType.SET); return null; });
        DescribeClusterResult cluster = admin.describeCluster();
        check("cluster id", !await(cluster.clusterId()).isEmpty());
        int node = await(cluster.controller()).id();
        check("nodes", await(cluster.nodes()).stream().anyMatch(n -> n.id() == node));
        send(topic, 0, numbered("x", 100));
        Map<TopicPartition, ReplicaInfo> replicas = new HashMap<>();
        await(admin.describeLogDirs(List.of(node)).allDescriptions()).get(node).values()
            .forEach(d -> replicas.putAll(d.replicaInfos()));
        check("size of a partition", replicas.get(new TopicPartition(topic, 0)).size() > 300);
        same("size of an empty one", replicas.get(new TopicPartition(topic, 1)).size(), 0L);
        await(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
        until("gone", () -> !await(admin.listTopics().names()).contains(topic));
    }

    static void alter(ConfigResource resource, String key, String value, AlterConfigOp.OpType op) throws Exception {
        AlterConfigOp one = new AlterConfigOp(new ConfigEntry(key, value), op);
        await(admin.incrementalAlterConfigs(Map.of(resource, List.of(one))).all());
    }

    static Config configs(ConfigResource resource) throws Exception {
        return await(admin.describeConfigs(List.of(resource)).all()).get(resource);
    }

    /** Groups without members: offsets set, read, deleted one by one, the group deleted. */
    static void administerGroups() throws Exception {
        String topic = fresh("group-admin", 2), group = name("group-admin");
        TopicPartition zero = new TopicPartition(topic, 0), one = new TopicPartition(topic, 1);
        await(admin.alterConsumerGroupOffsets(group, Map.of(zero, noted(3), one, noted(4))).all());
        same("set", committed(group), Map.of(zero, 3L, one, 4L));
        check("listed", await(admin.listGroups().all()).stream().anyMatch(g -> g.groupId().equals(group)));
        for (GroupState state : List.of(GroupState.EMPTY, GroupState.STABLE)) {
            boolean found = await(admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(state))).all()).stream()
                .anyMatch(g -> g.groupId().equals(group));
            same("listed as " + state, found, state == GroupState.EMPTY);
        }
        await(admin.deleteConsumerGroupOffsets(group, Set.of(zero)).all());
        same("one deleted", committed(group), Map.of(one, 4L));
        String member = name("group-admin");
        try (KafkaConsumer<String, String> consumer = consumer("group.id", member)) {
            consumer.subscribe(List.of(topic));
            until("joined", () -> { consumer.poll(Duration.ofMillis(100)); return consumer.assignment().size() == 2; });
            consumer.commitSync();
            refused("with members", GroupNotEmptyException.class, () -> await(admin.deleteConsumerGroups(List.of(member)).all()));
            refused("offsets of a subscribed topic", GroupSubscribedToTopicException.class,
                () -> await(admin.deleteConsumerGroupOffsets(member, Set.of(zero)).all()));
        }
        await(admin.deleteConsumerGroups(List.of(group, member)).all());
        // An error only since version 6 of the request; before, an unknown group is a dead one.
        try {
            ConsumerGroupDescription found = await(admin.describeConsumerGroups(List.of(group)).all()).get(group);
            same("described", found.groupState(), GroupState.DEAD);
        } catch (ExecutionException e) {
            same("described", e.getCause().getClass(), GroupIdNotFoundException.class);
        }
        refused("again", GroupIdNotFoundException.class, () -> await(admin.deleteConsumerGroups(List.of(group)).all()));
    }

    /** Commit, abort, open transactions; read_committed; fencing; the timeout of the broker. */
    static void transactions() throws Exception {
        String topic = fresh("transactions", 2), id = name("tid");
        TopicPartition tp = new TopicPartition(topic, 0);
        KafkaProducer<String, String> first = producer("transactional.id", id);
        first.initTransactions();
        for (String word : List.of("first", "aborted", "second")) {
            first.beginTransaction();
            send(first, topic, 0, numbered(word, 10));
            send(first, topic, 1, numbered(word, 10));
            if (word.equals("aborted")) first.abortTransaction(); else first.commitTransaction();
        }
        first.beginTransaction();
        send(first, topic, 0, List.of("open"));
        send(topic, 0, List.of("plain"));
        List<String> good = new ArrayList<>(numbered("first", 10));
        good.addAll(numbered("second", 10));
        try (KafkaConsumer<String, String> clean = assigned(topic, 2, "isolation.level", "read_committed")) {
            List<ConsumerRecord<String, String>> found = read(clean, 40);
            for (int p = 0; p < 2; p++) {
                int part = p;
                same("partition " + p, values(found.stream().filter(r -> r.partition() == part).toList()), good);
            }
            // Ten records and a marker, three times, and then the open one.
            same("stable end", clean.endOffsets(List.of(tp)).get(tp), 33L);
            same("all of it", readAll(topic, 2, 62).size(), 62);
            KafkaProducer<String, String> second = producer("transactional.id", id);
            second.initTransactions();
            same("after the fence", values(read(clean, 1)), List.of("plain"));
            refused("the fenced one", ApiException.class, () -> {
                send(first, topic, 0, List.of("late"));
                first.commitTransaction();
                return null;
            });
            second.beginTransaction();
            send(second, topic, 0, List.of("third"));
            second.commitTransaction();
            same("from the new owner", values(read(clean, 1)), List.of("third"));
            second.close();
            String[] brief = {"transactional.id", name("tid"), "transaction.timeout.ms", "2000"};
            try (KafkaProducer<String, String> slow = producer(brief)) {
                slow.initTransactions();
                slow.beginTransaction();
                send(slow, topic, 0, List.of("forgotten"));
                send(topic, 0, List.of("behind"));
                same("after the timeout", values(read(clean, 1)), List.of("behind"));
                refused("committing then", KafkaException.class, () -> { slow.commitTransaction(); return null; });
            }
        }
        first.close(Duration.ZERO);
    }

    /** Copies a topic with the offsets in the transactions, every third batch aborted; no record is lost or doubled. */
    static void exactlyOnce() throws Exception {
        String source = fresh("source", 2), target = fresh("target", 2), group = name("copy");
        for (int p = 0; p < 2; p++) send(source, p, numbered("" + p, 300));
        String[] pairs = {"group.id", group, "isolation.level", "read_committed", "max.poll.records", "40"};
        KafkaConsumer<String, String> reader = consumer(pairs);
        KafkaProducer<String, String> writer = producer("transactional.id", name("tid"));
        writer.initTransactions();
        reader.subscribe(List.of(source));
        int copied = 0, batches = 0;
        long end = System.nanoTime() + 2 * PATIENCE.toNanos();
        while (copied < 600) {
            check("in time, " + copied, System.nanoTime() < end);
            ConsumerRecords<String, String> batch = reader.poll(Duration.ofMillis(500));
            if (batch.isEmpty()) continue;
            writer.beginTransaction();
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            for (ConsumerRecord<String, String> r : batch) {
                writer.send(new ProducerRecord<>(target, r.partition(), r.key(), r.value()));
                next.put(new TopicPartition(source, r.partition()), new OffsetAndMetadata(r.offset() + 1));
            }
            writer.sendOffsetsToTransaction(next, reader.groupMetadata());
            if (++batches % 3 == 0) {
                writer.abortTransaction();
                reader.committed(reader.assignment()).forEach((tp, o) -> reader.seek(tp, o == null ? 0 : o.offset()));
            } else {
                writer.commitTransaction();
                copied += batch.count();
            }
        }
        ConsumerGroupMetadata old = reader.groupMetadata();
        reader.close();
        check("some were aborted", batches >= 3);
        List<ConsumerRecord<String, String>> found = readAll(target, 2, 600, "isolation.level", "read_committed");
        for (int p = 0; p < 2; p++) {
            int part = p;
            same("partition " + p, values(found.stream().filter(r -> r.partition() == part).toList()), numbered("" + p, 300));
        }
        TopicPartition zero = new TopicPartition(source, 0);
        same("committed", committed(group), Map.of(zero, 300L, new TopicPartition(source, 1), 300L));
        // A member of the past must not move the offsets any more.
        writer.beginTransaction();
        refused("a member that has left", CommitFailedException.class, () -> {
            writer.sendOffsetsToTransaction(Map.of(zero, new OffsetAndMetadata(1)), old);
            writer.commitTransaction();
            return null;
        });
        writer.abortTransaction();
        writer.close();
        same("committed still", committed(group).get(zero), 300L);
    }

    /** What the broker says about producers and transactions; one that hangs is fenced by the admin client. */
    static void producerStates() throws Exception {
        String topic = fresh("states", 1), id = name("tid");
        TopicPartition tp = new TopicPartition(topic, 0);
        KafkaProducer<String, String> writer = producer("transactional.id", id);
        writer.initTransactions();
        writer.beginTransaction();
        send(writer, topic, 0, numbered("v", 3));
        TransactionDescription found = await(admin.describeTransactions(List.of(id)).all()).get(id);
        same("state", found.state(), TransactionState.ONGOING);
        same("partitions", found.topicPartitions(), Set.of(tp));
        same("listed", await(admin.listTransactions().all()).stream().filter(t -> t.transactionalId().equals(id))
            .map(TransactionListing::state).toList(), List.of(TransactionState.ONGOING));
        List<ProducerState> states = await(admin.describeProducers(List.of(tp)).all()).get(tp).activeProducers();
        same("producers", states.size(), 1);
        same("producer id", states.get(0).producerId(), found.producerId());
        same("last sequence", states.get(0).lastSequence(), 2);
        same("begin of its transaction", states.get(0).currentTransactionStartOffset().orElse(-1), 0L);
        await(admin.fenceProducers(List.of(id)).all());
        refused("the fenced one", KafkaException.class, () -> { writer.commitTransaction(); return null; });
        until("aborted", () -> Set.of(TransactionState.COMPLETE_ABORT, TransactionState.EMPTY)
            .contains(await(admin.describeTransactions(List.of(id)).all()).get(id).state()));
        same("nothing was committed", readAll(topic, 1, 0, "isolation.level", "read_committed").size(), 0);
        refused("an unknown id", TransactionalIdNotFoundException.class,
            () -> await(admin.describeTransactions(List.of(name("none"))).all()));
    }

    /** Wrong requests are refused with the errors that programs look for. */
    static void refusals() throws Exception {
        String topic = fresh("refusals", 1), compact = fresh("compact", 1, Map.of("cleanup.policy", "compact"));
        refused("a topic name", InvalidTopicException.class, () -> create("a b", 1, 1, Map.of()));
        refused("no partitions", InvalidPartitionsException.class, () -> create(name("x"), 0, 1, Map.of()));
        refused("replicas", InvalidReplicationFactorException.class, () -> create(name("x"), 1, 2, Map.of()));
        refused("a config", InvalidConfigurationException.class, () -> create(name("x"), 1, 1, Map.of("no.such", "1")));
        refused("an unknown topic", UnknownTopicOrPartitionException.class,
            () -> await(admin.describeTopics(List.of(name("none"))).allTopicNames()));
        refused("a compacted topic wants keys", InvalidRecordException.class, () -> attempt(compact, 0, "no key"));
        refused("too large", RecordTooLargeException.class,
            () -> attempt(topic, 0, "x".repeat(2_000_000), "max.request.size", "5000000", "compression.type", "none"));
        refused("an unknown partition", TimeoutException.class, () -> attempt(topic, 7, "x", "max.block.ms", "1000"));
        Map<TopicPartition, RecordsToDelete> far = Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(5));
        refused("deleting behind the end", org.apache.kafka.common.errors.OffsetOutOfRangeException.class,
            () -> await(admin.deleteRecords(far).all()));
        // A broker without access control may know the request (and say that it is off) or not.
        refused("access control", ApiException.class, () -> await(admin.describeAcls(AclBindingFilter.ANY).values()));
        same("nothing was written", readAll(topic, 1, 0).size(), 0);
    }

    static Void attempt(String topic, int partition, String value, String... pairs) throws Exception {
        send(topic, partition, List.of(value), pairs);
        return null;
    }
}
