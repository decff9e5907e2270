//! The only crate with rdkafka: links, admin, command topic, readers and writers.
