//! Properties as people write them, and what clients get of them.

use super::*;
use crate::KafkaConfig;

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn translated(kind: Kind, pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    translate(kind, &given(pairs)).unwrap().into_iter().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_table_is_in_order_and_complete() {
    assert!(PROPERTIES.is_sorted_by(|a, b| a.name < b.name));
    for property in PROPERTIES {
        assert!(!property.about.is_empty(), "{}", property.name);
        let passes = matches!(property.how, How::Same);
        assert!(!passes || native::clients(property.name).is_some(), "{}", property.name);
        if let How::Renamed(to) = property.how {
            assert!(native::clients(to).is_some(), "{to}");
        }
    }
}

#[test]
fn every_property_is_told_what_becomes_of_it() {
    for (name, value, want) in [
        ("ksql.streams.producer.linger.ms", "5", "passed"),
        ("fetch.max.wait.ms", "5", "translated to fetch.wait.max.ms"),
        ("consumer.fetch.wait.max.ms", "5", "passed"),
        ("ksql.streams.auto.offset.reset", "earliest", "used"),
        ("acks", "all", "used"),
        ("producer.acks", "0", "rejected: results are written idempotently, which needs acks=all"),
        (
            "enable.auto.commit",
            "true",
            "rejected: offsets are committed with the results, or results would be lost or doubled",
        ),
        ("isolation.level", "read_uncommitted", "rejected: what a transaction has taken back would be counted"),
        ("enable.idempotence", "false", "rejected: without it a repeated request would double results"),
        ("group.id", "mine", "rejected: groups are named by ksql.service.id and the query's id"),
        ("interceptor.classes", "a.B", "inert: Java classes are not loaded"),
        ("ssl.enabled.protocols", "TLSv1.3", "inert: that is how it is"),
        ("batch.size", "16384", "passed"),
        ("buffer.memory", "33554432", "translated to queue.buffering.max.kbytes"),
        ("buffer.memory", "much", "rejected: 'much' is not a whole number"),
        ("sasl.mechanism", "SCRAM-SHA-512", "passed"),
        (
            "sasl.mechanism",
            "GSSAPI",
            "rejected: GSSAPI is not built in, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER are",
        ),
        ("queued.min.messages", "5", "passed"),
    ] {
        assert_eq!(handling(name, value).map(|h| h.to_string()).as_deref(), Some(want), "{name}={value}");
    }
    // Nobody gets librdkafka to load code, and nobody but the server's owner says where Kafka is.
    assert!(matches!(handling("plugin.library.paths", "x"), Some(Handling::Rejected(_))));
    assert!(matches!(handling("metadata.broker.list", "x"), Some(Handling::Rejected(_))));
    assert!(is_of_server("consumer.bootstrap.servers") && is_of_server("producer.ssl.key.location"));
    assert!(!is_of_server("linger.ms"));
    assert_eq!(handling("linger.msec", "5"), None);
    assert_eq!(handling("ksql.service.id", "x"), None);
}

#[test]
fn every_kind_of_client_gets_its_own() {
    let all = [
        ("linger.ms", "1"),
        ("producer.linger.ms", "2"),
        ("ksql.streams.producer.batch.size", "0"),
        ("consumer.fetch.max.wait.ms", "3"),
        ("ksql.streams.main.consumer.fetch.max.wait.ms", "4"),
        ("restore.consumer.max.partition.fetch.bytes", "5"),
        ("ksql.streams.request.timeout.ms", "20000"),
        ("admin.request.timeout.ms", "7000"),
        ("queued.min.messages", "9"),
        ("group.id", "no"),
        ("interceptor.classes", "no"),
        ("security.protocol", "plaintext"),
        ("sasl.jaas.config", "of no use without SASL"),
    ];
    let timeout = ("socket.timeout.ms", "20000");
    let check = |kind, want: &[(&str, &str)]| assert_eq!(translated(kind, &all), pairs(want), "{kind:?}");
    check(Kind::Producer, &[("batch.size", "1"), ("linger.ms", "2"), timeout]);
    check(Kind::Consumer, &[("fetch.wait.max.ms", "3"), ("queued.min.messages", "9"), timeout]);
    check(Kind::Main, &[("fetch.wait.max.ms", "4"), ("queued.min.messages", "9"), timeout]);
    let bytes = ("max.partition.fetch.bytes", "5");
    check(Kind::Restore, &[("fetch.wait.max.ms", "3"), bytes, ("queued.min.messages", "9"), timeout]);
    check(Kind::Admin, &[("socket.timeout.ms", "7000")]);
}

const PLAIN: &str = r#"org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";"#;
const SCRAM: &str = r#"org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";"#;

#[test]
fn logins() {
    let check = |more: &[(&str, &str)], want: &[(&str, &str)]| {
        let all = [&[("security.protocol", "SASL_PLAINTEXT")], more].concat();
        let want = [&[("security.protocol", "sasl_plaintext")], want].concat();
        let mut want = pairs(&want);
        want.sort();
        assert_eq!(translated(Kind::Main, &all), want);
    };
    let (user, password) = (("sasl.username", "u"), ("sasl.password", "p"));
    check(&[("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", PLAIN)], &[("sasl.mechanisms", "PLAIN"), user, password]);
    check(
        &[("ksql.streams.sasl.mechanism", "scram-sha-256"), ("sasl.jaas.config", SCRAM)],
        &[("sasl.mechanisms", "SCRAM-SHA-256"), user, password],
    );
    check(
        &[("sasl.mechanisms", "SCRAM-SHA-512"), user, password],
        &[("sasl.mechanisms", "SCRAM-SHA-512"), user, password],
    );
    let unsecured = r#"X.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="alice" unsecuredLoginLifetimeSeconds="60" unsecuredLoginListClaim_scope=",a,b";"#;
    let made = r#"{"Unsecured":{"principal_claim":"sub","lifetime_s":60,"claims":{"scope":["a","b"],"sub":"alice"}}}"#;
    let mechanism = ("sasl.mechanisms", "OAUTHBEARER");
    check(
        &[("sasl.mechanism", "OAUTHBEARER"), ("sasl.jaas.config", unsecured)],
        &[mechanism, ("sasl.oauthbearer.config", made)],
    );
    let of_librdkafka = [
        ("sasl.mechanism", "OAUTHBEARER"),
        ("enable.sasl.oauthbearer.unsecure.jwt", "true"),
        ("sasl.oauthbearer.config", "principal=alice lifeSeconds=60 scope=a,b"),
    ];
    check(&of_librdkafka, &[mechanism, ("sasl.oauthbearer.config", made)]);
    let endpoint = [
        ("sasl.mechanism", "OAUTHBEARER"),
        ("sasl.login.callback.handler.class", "x.secured.OAuthBearerLoginCallbackHandler"),
        ("sasl.oauthbearer.token.endpoint.url", "http://localhost/token"),
        ("sasl.jaas.config", r#"X.OAuthBearerLoginModule required clientId="me" clientSecret="hush" scope="kafka";"#),
    ];
    let made = r#"{"Endpoint":{"url":"http://localhost/token","client_id":"me","client_secret":"hush","scope":"kafka","principal_claim":"sub","encoded":false,"ca_file":null,"ca_pem":null}}"#;
    check(&endpoint, &[mechanism, ("sasl.oauthbearer.config", made)]);
}

#[test]
fn what_is_missing_for_security_is_told() {
    for (more, part) in [
        (&[][..], "sasl.mechanism is missing: PLAIN, SCRAM-SHA-256"),
        (&[("sasl.mechanism", "GSSAPI")], "GSSAPI is not built in"),
        (&[("sasl.mechanism", "PLAIN")], "PLAIN needs sasl.jaas.config, or sasl.username"),
        (&[("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", SCRAM)], "ScramLoginModule does not log in by PLAIN"),
        (&[("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", "x")], "'required' is missing"),
        (&[("sasl.mechanism", "OAUTHBEARER")], "OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url"),
        (
            &[("sasl.mechanism", "OAUTHBEARER"), ("sasl.login.callback.handler.class", "my.Own")],
            "Java classes are not loaded",
        ),
        (
            &[("sasl.mechanism", "OAUTHBEARER"), ("sasl.oauthbearer.token.endpoint.url", "http://localhost/t")],
            "sasl.oauthbearer.client.credentials.client.id is missing",
        ),
    ] {
        let error = translate(Kind::Admin, &given(&[&[("security.protocol", "SASL_SSL")], more].concat())).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
    let error = translate(Kind::Admin, &given(&[("security.protocol", "TLS")])).unwrap_err();
    assert!(error.contains("must be one of PLAINTEXT, SSL"), "{error}");
}

#[test]
fn a_configuration_shows_no_secret_and_checks_values() {
    let login = [("security.protocol", "SASL_PLAINTEXT"), ("sasl.mechanism", "PLAIN")];
    let jaas = [("sasl.jaas.config", r#"PlainLoginModule required username="u" password="hush";"#)];
    let config = KafkaConfig::of("h:1", given(&[&login[..], &jaas].concat())).unwrap();
    assert!(!format!("{config:?}").contains("hush"), "{config:?}");
    let query = config.with_all(&given(&[("linger.ms", "7"), ("max.poll.records", "9")])).unwrap();
    assert_eq!(query.producer(None).get("linger.ms"), Some("7"));
    assert_eq!(query.producer(None).get("sasl.password"), Some("hush"));
    assert_eq!(query.number(Kind::Main, "max.poll.records"), Some(9));
    assert_eq!(config.with_all(&BTreeMap::new()).unwrap(), config);
    let error = config.with_all(&given(&[("linger.ms", "-7")])).unwrap_err().to_string();
    assert!(error.contains("linger.ms"), "{error}");
    let long =
        KafkaConfig::of("h:1", given(&[("session.timeout.ms", "120000"), ("fetch.max.wait.ms", "30000")])).unwrap();
    let consumer = long.reader(crate::ahead::Limits::LEAST);
    assert_eq!(consumer.get("max.poll.interval.ms"), Some("120000"));
    assert_eq!(consumer.get("socket.timeout.ms"), Some("31000"));
    let slow = KafkaConfig::of("h:1", given(&[("linger.ms", "60000"), ("delivery.timeout.ms", "4000")])).unwrap();
    assert_eq!(slow.producer(None).get("linger.ms"), Some("3999"));
}
