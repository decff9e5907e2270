//! The KAFKA format: one column in Kafka's own serializers.
//!
//! | SQL | bytes |
//! |---|---|
//! | INTEGER | 4, big-endian |
//! | BIGINT | 8, big-endian |
//! | DOUBLE | 8, IEEE 754, big-endian |
//! | STRING | UTF-8 |
//! | BYTES | as they are |
//!
//! Nothing is coerced: another length is another type, and the record is refused.

mod decode;
mod encode;

#[cfg(test)]
mod tests;

use millstream_types::{Column, SqlType};

use crate::{Decoder, Encoder, Unsupported};

/// A decoder of the one column there is.
pub(crate) fn decoder(columns: &[Column], used: &[usize]) -> Result<Box<dyn Decoder>, Unsupported> {
    Ok(Box::new(decode::KafkaDecoder::new(check(columns)?, !used.is_empty())))
}

/// An encoder of the one column there is.
pub(crate) fn encoder(columns: &[Column]) -> Result<Box<dyn Encoder>, Unsupported> {
    Ok(Box::new(encode::KafkaEncoder::new(check(columns)?)))
}

/// Kafka's serializers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Serializer {
    Integer,
    Long,
    Double,
    Text,
    Bytes,
}

impl Serializer {
    /// The SQL type that it carries.
    fn sql_type(self) -> SqlType {
        match self {
            Self::Integer => SqlType::Integer,
            Self::Long => SqlType::Bigint,
            Self::Double => SqlType::Double,
            Self::Text => SqlType::String,
            Self::Bytes => SqlType::Bytes,
        }
    }
}

fn check(columns: &[Column]) -> Result<Serializer, Unsupported> {
    let [column] = columns else {
        let columns = crate::columns_text(columns);
        return Err(Unsupported(format!("The 'KAFKA' format only supports a single field. Got: [{columns}]")));
    };
    match column.ty {
        SqlType::Integer => Ok(Serializer::Integer),
        SqlType::Bigint => Ok(Serializer::Long),
        SqlType::Double => Ok(Serializer::Double),
        SqlType::String => Ok(Serializer::Text),
        SqlType::Bytes => Ok(Serializer::Bytes),
        ref ty => Err(Unsupported(format!("The 'KAFKA' format does not support type '{}'", ty.base_name()))),
    }
}
