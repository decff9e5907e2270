//! Which properties hold what nobody may read.

/// What is shown in place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// How names end, or what they have in them, whose values stay hidden. Names that nobody knows are judged by it too.
const MARKS: [&str; 9] = [
    "password",
    "passphrase",
    "secret",
    "jaas",
    "credential",
    "user.info",
    "keystore.key",
    "key.pem",
    "sasl.oauthbearer.config",
];

/// Whether the value of a property is a secret.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Where to find something, and whose it is, is none.
    let told = ["username", "client.id", "credentials.source", "location", ".class", ".file"];
    MARKS.iter().any(|mark| name.contains(mark)) && !told.iter().any(|end| name.ends_with(end))
        || name.ends_with("token")
        || name.ends_with("api.key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "sasl.jaas.config",
            "ksql.streams.producer.sasl.jaas.config",
            "sasl.password",
            "ssl.key.password",
            "ssl.keystore.key",
            "ssl.key.pem",
            "ksql.schema.registry.basic.auth.user.info",
            "ksql.schema.registry.ssl.keystore.password",
            "sasl.oauthbearer.client.credentials.client.secret",
            "ksql.connect.basic.auth.credentials.password",
            "some.vendor.api.secret",
            "bearer.auth.token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "sasl.username",
            "ssl.keystore.location",
            "ssl.truststore.certificates",
            "ksql.connect.basic.auth.credentials.username",
            "ksql.schema.registry.basic.auth.credentials.source",
            "sasl.oauthbearer.client.credentials.client.id",
            "linger.ms",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
