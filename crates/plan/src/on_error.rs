//! What a query does about a record that it cannot read. An extension of ksqlDB's language, which knows the first two by the
//! property `ksql.fail.on.deserialization.error` alone.

/// What becomes of a query and of a record whose key, value or time it cannot read. The processing log has an entry of such a
/// record in any case, unless the query stops.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OnError {
    /// The record is passed over.
    #[default]
    Skip,
    /// The query stops before it.
    Stop,
    /// It is passed over, and goes into a topic as it was.
    DeadLetter {
        /// The topic.
        topic: String,
    },
}
