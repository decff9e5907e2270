//! Input records to bytes, by the formats of their topic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millstream_engine::driver::TopicRecord;
use millstream_plan::Catalog;
use millstream_schemas::{Registry, Side};
use millstream_types::{Format, SqlType};

use crate::failure::{Failure, Kind};
use crate::json::Json;

use super::window::Window;
use super::{SideFormat, TestRecord, source_of};

/// The record as a producer would write it; a record without a timestamp is given 0.
///
/// # Errors
/// No source uses the topic, or the record does not fit its format.
pub fn encode(record: &TestRecord, catalog: &Catalog, registry: &Registry) -> Result<TopicRecord, Failure> {
    let wrong = |e: String| Failure::new(Kind::Test, format!("input of {}: {e}", record.topic));
    let source = source_of(catalog, &record.topic).ok_or_else(|| wrong("no source uses the topic".to_owned()))?;
    let mut key = bytes(&record.key, SideFormat::of(source, Side::Key, registry)).map_err(wrong)?;
    if let (Some(key), Some(window)) = (&mut key, &record.window) {
        key.extend(Window::of_json(window).map_err(wrong)?.suffix());
    }
    let value = bytes(&record.value, SideFormat::of(source, Side::Value, registry)).map_err(wrong)?;
    let headers = headers(record.headers.as_ref()).map_err(wrong)?;
    Ok(TopicRecord { key, value, timestamp: record.timestamp.unwrap_or(0), headers })
}

/// Key and value of a header.
type Header = (String, Option<Vec<u8>>);

/// The headers of a record: `{"KEY": text, "VALUE": base64 or null}` each.
fn headers(list: Option<&Json>) -> Result<Vec<Header>, String> {
    list.map(Json::items).unwrap_or_default().iter().map(header).collect()
}

/// One header.
pub(super) fn header(json: &Json) -> Result<Header, String> {
    let value = json.text_of("VALUE").map(|text| STANDARD.decode(text)).transpose();
    let value = value.map_err(|e| format!("the header {json} is not base64: {e}"))?;
    Ok((json.text_of("KEY").unwrap_or_default().to_owned(), value))
}

fn bytes(value: &Json, side: SideFormat<'_>) -> Result<Option<Vec<u8>>, String> {
    match (value, side.spec.format) {
        (Json::Null, _) | (_, Format::None) => Ok(None),
        (value, Format::Json) => Ok(Some(value.to_string().into_bytes())),
        (value, Format::Delimited) => match value.text() {
            Some(line) => Ok(Some(line.as_bytes().to_vec())),
            None => Err(format!("{value} is no line of text")),
        },
        (value, Format::Kafka) => kafka(value, side.columns.first().map(|c| &c.ty)).map(Some),
        (value, Format::JsonSr | Format::Avro | Format::Protobuf | Format::ProtobufNosr) => side.write(value),
    }
}

fn kafka(value: &Json, ty: Option<&SqlType>) -> Result<Vec<u8>, String> {
    let misfit = || format!("{value} does not fit {}", ty.map_or("text", SqlType::base_name));
    let number = if let Json::Number(text) = value { Some(text.as_str()) } else { None };
    // As Java narrows a number: the fraction goes.
    let double = || number.and_then(|n| n.parse::<f64>().ok()).ok_or_else(misfit);
    let long = || number.and_then(|n| n.parse::<i64>().ok()).map_or_else(|| double().map(|d| d as i64), Ok);
    match ty {
        Some(SqlType::Integer) => {
            number.and_then(|n| n.parse::<i32>().ok()).map(|n| n.to_be_bytes().to_vec()).ok_or_else(misfit)
        }
        Some(SqlType::Bigint | SqlType::Timestamp) => Ok(long()?.to_be_bytes().to_vec()),
        Some(SqlType::Double) => Ok(double()?.to_be_bytes().to_vec()),
        _ => Ok(value.text().map_or_else(|| value.to_string(), str::to_owned).into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafka_bytes_follow_the_column() {
        let number = |n: &str| Json::Number(n.to_owned());
        assert_eq!(kafka(&number("1"), Some(&SqlType::Integer)), Ok(vec![0, 0, 0, 1]));
        assert!(kafka(&number("1.5"), Some(&SqlType::Integer)).is_err());
        assert_eq!(kafka(&number("2.9"), Some(&SqlType::Bigint)), Ok(vec![0, 0, 0, 0, 0, 0, 0, 2]));
        assert_eq!(kafka(&Json::String("a".into()), None), Ok(b"a".to_vec()));
    }
}
