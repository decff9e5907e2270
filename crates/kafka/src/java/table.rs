//! Every property of Kafka's Java consumer, producer and admin client, and what becomes of it.

use super::Clients::{self, Consumers, Every, Producers};
use super::convert::{self, Made};

/// A property of Java's clients.
#[derive(Debug)]
pub struct ClientProperty {
    /// Java's name.
    pub name: &'static str,
    /// Which clients have it.
    pub clients: Clients,
    /// What becomes of it.
    pub(super) how: How,
    /// Its value here when nobody sets it; empty: none.
    pub default: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// What becomes of a property.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// Millstream does what it says.
    Used,
    /// librdkafka has it under the same name, with the same meaning.
    Same,
    /// librdkafka has it under that name.
    Renamed(&'static str),
    /// It becomes those names, by that function.
    Made(&'static str, fn(&str) -> Made),
    /// One of those that mean something only together; what becomes of them.
    Security(&'static str),
    /// These values are what is done anyway; others must not be, for that reason.
    Only(&'static [&'static str], &'static str),
    /// It must not be set, for that reason.
    Never(&'static str),
    /// It has no meaning here, for that reason.
    Inert(&'static str),
}

use How::{Inert, Made as By, Never, Only, Renamed, Same, Security, Used};

impl ClientProperty {
    /// What becomes of it whatever its value, in a word or two.
    pub fn handling(&self) -> String {
        match self.how {
            Used => "used".into(),
            Same => "passed".into(),
            By(to, _) | Renamed(to) | Security(to) if to == self.name => "passed".into(),
            By(to, _) | Renamed(to) | Security(to) if !to.is_empty() => format!("translated to {to}"),
            By(..) | Renamed(_) | Security(_) => "inert".into(),
            Only(accepted, why) => format!("only {}: {why}", accepted.join(", ")),
            Never(why) => format!("rejected: {why}"),
            Inert(why) => format!("inert: {why}"),
        }
    }
}

const fn p(
    name: &'static str,
    clients: Clients,
    how: How,
    default: &'static str,
    about: &'static str,
) -> ClientProperty {
    ClientProperty { name, clients, how, default, about }
}

/// The property of that name, without prefixes.
pub(super) fn find(name: &str) -> Option<&'static ClientProperty> {
    PROPERTIES.iter().find(|property| property.name == name)
}

const NO_CLASSES: &str = "Java classes are not loaded";
const NO_KERBEROS: &str = "Kerberos is not built in; PLAIN, SCRAM, OAUTHBEARER and certificates are";
const JAVA_TLS: &str = "TLS is OpenSSL's, not Java's";
const BROKERS: &str = "it concerns brokers";
const REFRESH: &str = "tokens are renewed after four fifths of their life";
const FORMATS: &str = "formats are chosen by statements";
const METRICS: &str = "figures are at /metrics";
const OURS: &str = "the engine depends on it";
const GROUPS: &str = "groups are named by ksql.service.id and the query's id";
const EXACTLY_ONCE: &str = "offsets are committed with the results, or results would be lost or doubled";
const IDEMPOTENT: &str = "results are written idempotently, which needs acks=all";

/// All of them, by name.
pub static PROPERTIES: &[ClientProperty] = &[
    p("acks", Producers, Only(&["all", "-1"], IDEMPOTENT), "all", "how many replicas have a record before it counts"),
    p(
        "allow.auto.create.topics",
        Consumers,
        Only(&["false"], "topics are created by statements"),
        "false",
        "whether reading creates a topic",
    ),
    p(
        "auto.commit.enable",
        Consumers,
        Only(&["false"], EXACTLY_ONCE),
        "",
        "librdkafka's older name of enable.auto.commit",
    ),
    p(
        "auto.commit.interval.ms",
        Consumers,
        Inert("offsets are committed every commit.interval.ms"),
        "",
        "between two commits of offsets",
    ),
    p("auto.include.jmx.reporter", Every, Inert(METRICS), "", "whether there is JMX"),
    p("auto.offset.reset", Consumers, Used, "latest", "where a query starts that has no committed offsets"),
    p("batch.size", Producers, By("batch.size", convert::batch_size), "1000000", "most bytes of a batch of records"),
    p(
        "buffer.memory",
        Producers,
        By("queue.buffering.max.kbytes", convert::buffer_memory),
        "67108864",
        "bytes of records that wait to be sent",
    ),
    p("check.crcs", Consumers, Same, "false", "whether checksums of records are looked at"),
    p("client.dns.lookup", Every, Same, "use_all_dns_ips", "which of a host's addresses are tried"),
    p("client.id", Every, Same, "millstream", "what brokers call the client in logs and quotas"),
    p("client.rack", Every, Same, "", "where the client is: replicas of the same rack are read"),
    p("compression.codec", Producers, Renamed("compression.type"), "", "librdkafka's name of compression.type"),
    p("compression.gzip.level", Producers, By("compression.level", convert::compression_level), "-1", "level of gzip"),
    p("compression.lz4.level", Producers, By("compression.level", convert::compression_level), "-1", "level of lz4"),
    p("compression.type", Producers, Same, "none", "none, gzip, snappy, lz4 or zstd"),
    p("compression.zstd.level", Producers, By("compression.level", convert::compression_level), "-1", "level of zstd"),
    p("config.providers", Every, Inert(NO_CLASSES), "", "where values come from"),
    p(
        "connections.max.idle.ms",
        Every,
        By("connections.max.idle.ms", convert::idle),
        "0",
        "how long a connection may lie idle",
    ),
    p(
        "default.api.timeout.ms",
        Every,
        Inert("every wait has a bound of its own, at most 30 s"),
        "",
        "longest wait of a call",
    ),
    p("delivery.report.only.error", Producers, Only(&["true"], OURS), "", "librdkafka's: which records are reported"),
    p(
        "delivery.timeout.ms",
        Producers,
        Same,
        "10000",
        "how long a record may take to be acknowledged; at most the transaction's timeout",
    ),
    p(
        "enable.auto.commit",
        Consumers,
        Only(&["false"], EXACTLY_ONCE),
        "false",
        "whether offsets are committed by themselves",
    ),
    p(
        "enable.auto.offset.store",
        Consumers,
        Only(&["false"], EXACTLY_ONCE),
        "",
        "librdkafka's: whether what is read counts as done",
    ),
    p(
        "enable.gapless.guarantee",
        Producers,
        Only(&["false"], OURS),
        "",
        "librdkafka's: what a record that is not delivered means",
    ),
    p(
        "enable.idempotence",
        Producers,
        Only(&["true"], "without it a repeated request would double results"),
        "true",
        "whether repeated requests write once",
    ),
    p("enable.metrics.push", Every, Same, "true", "whether brokers get the client's figures"),
    p(
        "enable.partition.eof",
        Consumers,
        Only(&["true"], OURS),
        "",
        "librdkafka's: whether the end of a partition is told",
    ),
    p(
        "exclude.internal.topics",
        Consumers,
        Inert("topics are named, not matched"),
        "",
        "whether patterns match internal topics",
    ),
    p("fetch.max.bytes", Consumers, By("fetch.max.bytes", convert::fetch_max), "52428800", "most bytes of one fetch"),
    p(
        "fetch.max.wait.ms",
        Consumers,
        Renamed("fetch.wait.max.ms"),
        "50",
        "how long a broker waits for fetch.min.bytes",
    ),
    p(
        "fetch.message.max.bytes",
        Consumers,
        Renamed("max.partition.fetch.bytes"),
        "",
        "librdkafka's name of max.partition.fetch.bytes",
    ),
    p(
        "fetch.min.bytes",
        Consumers,
        By("fetch.min.bytes", convert::fetch_min),
        "1",
        "least bytes that a broker answers a fetch with",
    ),
    p("group.id", Consumers, Never(GROUPS), "", "the consumer group"),
    p("group.instance.id", Consumers, Never("it is the server's identity in its data folder"), "", "the static member"),
    p(
        "group.protocol",
        Consumers,
        Only(&["classic"], "joins need the classic protocol's range assignment"),
        "classic",
        "how a group agrees",
    ),
    p("group.remote.assignor", Consumers, Inert("the classic protocol has none"), "", "who assigns partitions"),
    p(
        "heartbeat.interval.ms",
        Consumers,
        Same,
        "500",
        "between two signs of life; below a third of session.timeout.ms",
    ),
    p("interceptor.classes", Every, Inert(NO_CLASSES), "", "what looks at records"),
    p(
        "isolation.level",
        Consumers,
        Only(&["read_committed"], "what a transaction has taken back would be counted"),
        "read_committed",
        "whether open transactions are read",
    ),
    p("key.deserializer", Consumers, Inert(FORMATS), "", "how keys are read"),
    p("key.serializer", Producers, Inert(FORMATS), "", "how keys are written"),
    p("linger.ms", Producers, Same, "5", "how long a batch waits for more records"),
    p("log.queue", Every, Never(OURS), "", "librdkafka's: where its log goes"),
    p("max.block.ms", Producers, Inert("the engine waits until there is room"), "", "how long sending may wait"),
    p(
        "max.in.flight",
        Producers,
        By("max.in.flight.requests.per.connection", convert::in_flight),
        "",
        "librdkafka's name of max.in.flight.requests.per.connection",
    ),
    p(
        "max.in.flight.requests.per.connection",
        Producers,
        By("max.in.flight.requests.per.connection", convert::in_flight),
        "5",
        "requests at once; 1 to 5",
    ),
    p("max.partition.fetch.bytes", Consumers, Same, "1048576", "most bytes of a partition in one fetch"),
    p("max.poll.interval.ms", Consumers, Same, "60000", "how long a member may be busy before it loses its partitions"),
    p("max.poll.records", Consumers, Used, "2048", "most records of a partition in one step; more than 2048 is 2048"),
    p(
        "max.request.size",
        Producers,
        By("message.max.bytes", convert::request_size),
        "1000000",
        "most bytes of one request",
    ),
    p("message.send.max.retries", Producers, By("retries", convert::retries), "", "librdkafka's name of retries"),
    p(
        "metadata.broker.list",
        Every,
        Never("bootstrap.servers says where Kafka is"),
        "",
        "librdkafka's name of bootstrap.servers",
    ),
    p(
        "metadata.max.age.ms",
        Every,
        By("topic.metadata.refresh.interval.ms", convert::metadata_age),
        "60000",
        "how often topics are asked about",
    ),
    p(
        "metadata.max.idle.ms",
        Producers,
        Inert("topics of queries are never forgotten"),
        "",
        "when a topic is forgotten",
    ),
    p(
        "metadata.recovery.rebootstrap.trigger.ms",
        Every,
        Same,
        "300000",
        "how long without any broker before bootstrap.servers are tried again",
    ),
    p("metadata.recovery.strategy", Every, Same, "rebootstrap", "none or rebootstrap"),
    p("metric.reporters", Every, Inert(METRICS), "", "who gets figures"),
    p("metrics.num.samples", Every, Inert(METRICS), "", "how figures are taken"),
    p("metrics.recording.level", Every, Inert(METRICS), "", "which figures are taken"),
    p("metrics.sample.window.ms", Every, Inert(METRICS), "", "how figures are taken"),
    p(
        "partition.assignment.strategy",
        Consumers,
        Never("joins need the range assignment, which gives equal partitions to one member"),
        "",
        "who gets which partition",
    ),
    p(
        "partitioner",
        Producers,
        Never("keys choose partitions by murmur2, as Java's clients do; joins depend on it"),
        "",
        "librdkafka's partitioner.class",
    ),
    p(
        "partitioner.adaptive.partitioning.enable",
        Producers,
        Inert("records without a key go to any partition"),
        "",
        "whether slow brokers get less",
    ),
    p(
        "partitioner.availability.timeout.ms",
        Producers,
        Inert("records without a key go to any partition"),
        "",
        "when a partition is passed over",
    ),
    p(
        "partitioner.class",
        Producers,
        Never("keys choose partitions by murmur2, as Java's clients do; joins depend on it"),
        "",
        "which partition a key has",
    ),
    p(
        "partitioner.ignore.keys",
        Producers,
        Only(&["false"], "keys choose partitions; joins depend on it"),
        "false",
        "whether keys choose partitions",
    ),
    p("plugin.library.paths", Every, Never("libraries are not loaded"), "", "librdkafka's plug-ins"),
    p("queue.buffering.max.ms", Producers, Renamed("linger.ms"), "", "librdkafka's name of linger.ms"),
    p(
        "receive.buffer.bytes",
        Every,
        By("socket.receive.buffer.bytes", convert::receive_buffer),
        "0",
        "bytes of a socket's buffer; 0: the system's choice",
    ),
    p("reconnect.backoff.max.ms", Every, Same, "1000", "longest pause between two attempts to connect"),
    p("reconnect.backoff.ms", Every, Same, "20", "first pause between two attempts to connect"),
    p("request.required.acks", Producers, Only(&["all", "-1"], IDEMPOTENT), "", "librdkafka's name of acks"),
    p(
        "request.timeout.ms",
        Every,
        By("socket.timeout.ms", convert::request_timeout),
        "10000",
        "longest wait for an answer; producers: at most the transaction's timeout",
    ),
    p(
        "retries",
        Producers,
        By("retries", convert::retries),
        "2147483647",
        "how often a request is repeated within delivery.timeout.ms",
    ),
    p("retry.backoff.max.ms", Every, Same, "1000", "longest pause between two requests"),
    p("retry.backoff.ms", Every, Same, "50", "first pause between two requests"),
    p("sasl.client.callback.handler.class", Every, Inert(NO_CLASSES), "", "what answers the mechanism's questions"),
    p(
        "sasl.jaas.config",
        Every,
        Security("sasl.username, sasl.password or sasl.oauthbearer.config"),
        "",
        "login module and credentials: PlainLoginModule, ScramLoginModule, OAuthBearerLoginModule",
    ),
    p("sasl.kerberos.kinit.cmd", Every, Never(NO_KERBEROS), "", "Kerberos"),
    p("sasl.kerberos.min.time.before.relogin", Every, Inert(NO_KERBEROS), "", "Kerberos"),
    p("sasl.kerberos.service.name", Every, Inert(NO_KERBEROS), "", "Kerberos"),
    p("sasl.kerberos.ticket.renew.jitter", Every, Inert(NO_KERBEROS), "", "Kerberos"),
    p("sasl.kerberos.ticket.renew.window.factor", Every, Inert(NO_KERBEROS), "", "Kerberos"),
    p(
        "sasl.login.callback.handler.class",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "OAuthBearerLoginCallbackHandler: tokens come from sasl.oauthbearer.token.endpoint.url",
    ),
    p("sasl.login.class", Every, Inert(NO_CLASSES), "", "how to log in"),
    p(
        "sasl.login.connect.timeout.ms",
        Every,
        Inert("a token is waited for 5 s"),
        "",
        "longest wait for the token endpoint",
    ),
    p("sasl.login.read.timeout.ms", Every, Inert("a token is waited for 5 s"), "", "longest wait for a token"),
    p("sasl.login.refresh.buffer.seconds", Every, Inert(REFRESH), "", "when a token is renewed"),
    p("sasl.login.refresh.min.period.seconds", Every, Inert(REFRESH), "", "when a token is renewed"),
    p("sasl.login.refresh.window.factor", Every, Inert(REFRESH), "", "when a token is renewed"),
    p("sasl.login.refresh.window.jitter", Every, Inert(REFRESH), "", "when a token is renewed"),
    p(
        "sasl.login.retry.backoff.max.ms",
        Every,
        Inert("a token is asked for again after 10 s"),
        "",
        "pause between two attempts",
    ),
    p(
        "sasl.login.retry.backoff.ms",
        Every,
        Inert("a token is asked for again after 10 s"),
        "",
        "pause between two attempts",
    ),
    p("sasl.mechanism", Every, Security("sasl.mechanism"), "", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"),
    p("sasl.mechanisms", Every, Security("sasl.mechanisms"), "", "librdkafka's name of sasl.mechanism"),
    p(
        "sasl.oauthbearer.client.credentials.client.id",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "who asks for a token",
    ),
    p(
        "sasl.oauthbearer.client.credentials.client.secret",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "its secret",
    ),
    p(
        "sasl.oauthbearer.client.id",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "librdkafka's name of the client id",
    ),
    p(
        "sasl.oauthbearer.client.secret",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "librdkafka's name of the secret",
    ),
    p("sasl.oauthbearer.clock.skew.seconds", Every, Inert(BROKERS), "", "how far clocks may differ"),
    p(
        "sasl.oauthbearer.config",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "librdkafka's settings of an unsecured token: principal=NAME …",
    ),
    p("sasl.oauthbearer.expected.audience", Every, Inert(BROKERS), "", "checks of a token"),
    p("sasl.oauthbearer.expected.issuer", Every, Inert(BROKERS), "", "checks of a token"),
    p(
        "sasl.oauthbearer.header.urlencode",
        Every,
        Security("sasl.oauthbearer.config"),
        "false",
        "whether client id and secret are URL-encoded in the header",
    ),
    p("sasl.oauthbearer.jwks.endpoint.refresh.ms", Every, Inert(BROKERS), "", "checks of a token"),
    p("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Every, Inert(BROKERS), "", "checks of a token"),
    p("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Every, Inert(BROKERS), "", "checks of a token"),
    p("sasl.oauthbearer.jwks.endpoint.url", Every, Inert(BROKERS), "", "checks of a token"),
    p(
        "sasl.oauthbearer.method",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "librdkafka's: oidc asks the token endpoint",
    ),
    p("sasl.oauthbearer.scope", Every, Security("sasl.oauthbearer.config"), "", "what a token is asked for"),
    p("sasl.oauthbearer.scope.claim.name", Every, Inert(BROKERS), "", "the claim of the scope"),
    p(
        "sasl.oauthbearer.sub.claim.name",
        Every,
        Security("sasl.oauthbearer.config"),
        "sub",
        "the claim that names who we are",
    ),
    p(
        "sasl.oauthbearer.token.endpoint.url",
        Every,
        Security("sasl.oauthbearer.config"),
        "",
        "where tokens come from, http or https",
    ),
    p("sasl.password", Every, Security("sasl.password"), "", "librdkafka's: the password of PLAIN and SCRAM"),
    p("sasl.username", Every, Security("sasl.username"), "", "librdkafka's: the name of PLAIN and SCRAM"),
    p(
        "security.protocol",
        Every,
        Security("security.protocol"),
        "PLAINTEXT",
        "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    ),
    p("security.providers", Every, Inert(JAVA_TLS), "", "Java's providers"),
    p(
        "send.buffer.bytes",
        Every,
        By("socket.send.buffer.bytes", convert::send_buffer),
        "0",
        "bytes of a socket's buffer; 0: the system's choice",
    ),
    p("session.timeout.ms", Consumers, Same, "6000", "how long a member may be silent before it loses its partitions"),
    p(
        "socket.connection.setup.timeout.max.ms",
        Every,
        Inert("socket.connection.setup.timeout.ms is never raised"),
        "",
        "longest time to connect",
    ),
    p(
        "socket.connection.setup.timeout.ms",
        Every,
        Same,
        "30000",
        "how long connecting and logging in may take; at least 1000",
    ),
    p(
        "ssl.cipher.suites",
        Every,
        By("ssl.cipher.suites", convert::ciphers),
        "",
        "ciphers of TLS 1.2, by Java's or OpenSSL's names; those of TLS 1.3 are always on",
    ),
    p("ssl.enabled.protocols", Every, By("", convert::tls_versions), "", "TLS 1.2 and 1.3 are spoken"),
    p(
        "ssl.endpoint.identification.algorithm",
        Every,
        By("ssl.endpoint.identification.algorithm", convert::endpoint_identification),
        "https",
        "whether a broker's certificate must name its host; empty: no",
    ),
    p("ssl.engine.factory.class", Every, Inert(NO_CLASSES), "", "who speaks TLS"),
    p("ssl.key.password", Every, Security("ssl.key.password"), "", "password of the private key"),
    p("ssl.keymanager.algorithm", Every, Inert(JAVA_TLS), "", "Java's key managers"),
    p(
        "ssl.keystore.certificate.chain",
        Every,
        Security("ssl.certificate.pem"),
        "",
        "our certificate and those it was signed with, as PEM text",
    ),
    p("ssl.keystore.key", Every, Security("ssl.key.pem"), "", "our private key, as PEM text (PKCS#8)"),
    p(
        "ssl.keystore.location",
        Every,
        Security("ssl.certificate.location and ssl.key.location, or ssl.keystore.location"),
        "",
        "file with our certificate and key: PEM or PKCS12",
    ),
    p("ssl.keystore.password", Every, Security("ssl.keystore.password"), "", "password of a PKCS12 file"),
    p("ssl.keystore.type", Every, Security("which of them"), "", "PEM or PKCS12; without it the file is looked at"),
    p("ssl.protocol", Every, By("", convert::tls_versions), "", "TLS 1.2 and 1.3 are spoken"),
    p("ssl.provider", Every, Inert(JAVA_TLS), "", "Java's provider"),
    p("ssl.secure.random.implementation", Every, Inert(JAVA_TLS), "", "Java's chance"),
    p("ssl.trustmanager.algorithm", Every, Inert(JAVA_TLS), "", "Java's trust managers"),
    p("ssl.truststore.certificates", Every, Security("ssl.ca.pem"), "", "whom we trust, as PEM text"),
    p(
        "ssl.truststore.location",
        Every,
        Security("ssl.ca.location"),
        "",
        "PEM file of those we trust; without it the system's",
    ),
    p("ssl.truststore.password", Every, Inert("a PEM file has none"), "", "password of a Java trust store"),
    p("ssl.truststore.type", Every, Security("which of them"), "", "PEM; without it the file is looked at"),
    p(
        "transaction.timeout.ms",
        Producers,
        Used,
        "10000",
        "how long readers wait for a server that died; commit.interval.ms comes on top",
    ),
    p(
        "transaction.two.phase.commit.enable",
        Producers,
        Only(&["false"], "offsets and results are committed by Kafka alone"),
        "false",
        "who ends transactions",
    ),
    p("transactional.id", Producers, Never("it is made of service, query and server"), "", "the producer's identity"),
    p("value.deserializer", Consumers, Inert(FORMATS), "", "how values are read"),
    p("value.serializer", Producers, Inert(FORMATS), "", "how values are written"),
];
