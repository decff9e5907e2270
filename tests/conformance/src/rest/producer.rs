//! A producer of single records over the protocol itself: Kafka's client library would take timestamp 0, which most
//! inputs have, for "now".

use std::io::{Read, Write};
use std::net::TcpStream;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{ApiKey, ProduceRequest, ProduceResponse, RequestHeader, ResponseHeader, TopicName};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use millstream_engine::driver::TopicRecord;

use super::patience::Patience;

/// A version that both sides know.
const VERSION: i16 = 8;
/// The largest answer, bytes.
const ANSWER_MAX: usize = 1 << 20;
/// Sets all replicas' acknowledgement as a condition.
const ACKS_ALL: i16 = -1;

/// A connection to the only node of a cluster.
pub(super) struct Producer {
    stream: TcpStream,
    correlation: i32,
}

impl Producer {
    /// Connects to `host:port`.
    pub(super) fn open(bootstrap: &str, patience: &Patience) -> Result<Self, String> {
        let open = || {
            let stream = TcpStream::connect(bootstrap)?;
            stream.set_nodelay(true)?;
            // No wait is none at all, here.
            stream.set_read_timeout(Some(patience.left()).filter(|left| !left.is_zero()))?;
            Ok(stream)
        };
        let stream = open().map_err(|e: std::io::Error| format!("{bootstrap}: {e}"))?;
        Ok(Self { stream, correlation: 0 })
    }

    /// Writes a record to a partition and waits until it is there.
    pub(super) fn write(&mut self, topic: &str, partition: i32, record: &TopicRecord) -> Result<(), String> {
        self.correlation += 1;
        let data = PartitionProduceData::default().with_index(partition).with_records(Some(batch(record)));
        let name = TopicName(StrBytes::from_string(topic.to_owned()));
        let topic_data = TopicProduceData::default().with_name(name).with_partition_data(vec![data]);
        let request =
            ProduceRequest::default().with_acks(ACKS_ALL).with_timeout_ms(10_000).with_topic_data(vec![topic_data]);
        let response = self.call(&request).map_err(|e| format!("writing to {topic}: {e}"))?;
        let partitions = response.responses.iter().flat_map(|t| &t.partition_responses);
        match partitions.map(|p| p.error_code).find(|code| *code != 0) {
            Some(code) => Err(format!("writing to {topic}: error {code}")),
            None => Ok(()),
        }
    }

    fn call(&mut self, request: &ProduceRequest) -> Result<ProduceResponse, String> {
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        let header = RequestHeader::default()
            .with_request_api_key(ApiKey::Produce as i16)
            .with_request_api_version(VERSION)
            .with_correlation_id(self.correlation);
        header.encode(&mut frame, ProduceRequest::header_version(VERSION)).map_err(|e| e.to_string())?;
        request.encode(&mut frame, VERSION).map_err(|e| e.to_string())?;
        let length = u32::try_from(frame.len() - 4).map_err(|e| e.to_string())?;
        frame.get_mut(..4).unwrap_or_default().copy_from_slice(&length.to_be_bytes());
        self.stream.write_all(&frame).map_err(|e| e.to_string())?;
        let mut answer = self.answer().map_err(|e| e.to_string())?;
        ResponseHeader::decode(&mut answer, ProduceResponse::header_version(VERSION)).map_err(|e| e.to_string())?;
        ProduceResponse::decode(&mut answer, VERSION).map_err(|e| e.to_string())
    }

    fn answer(&mut self) -> std::io::Result<Bytes> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > ANSWER_MAX {
            return Err(std::io::Error::other(format!("an answer of {length} bytes")));
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        Ok(answer.into())
    }
}

/// A record batch (format 2) of one record. By hand: the generated encoder keeps only one header of a key.
fn batch(record: &TopicRecord) -> Bytes {
    let mut body = BytesMut::new();
    body.put_i8(0);
    varint(&mut body, 0);
    varint(&mut body, 0);
    nullable(&mut body, record.key.as_deref());
    nullable(&mut body, record.value.as_deref());
    varint(&mut body, record.headers.len() as i64);
    for (key, value) in &record.headers {
        nullable(&mut body, Some(key.as_bytes()));
        nullable(&mut body, value.as_deref());
    }
    let mut covered = BytesMut::new();
    covered.put_i16(0);
    covered.put_i32(0);
    covered.put_i64(record.timestamp);
    covered.put_i64(record.timestamp);
    // Of no particular producer.
    covered.put_i64(-1);
    covered.put_i16(-1);
    covered.put_i32(-1);
    covered.put_i32(1);
    varint(&mut covered, body.len() as i64);
    covered.extend_from_slice(&body);
    let mut batch = BytesMut::new();
    batch.put_i64(0);
    // Leader epoch, format and checksum stand between the length and what the checksum covers.
    batch.put_u32(u32::try_from(covered.len() + 9).unwrap_or(u32::MAX));
    batch.put_i32(-1);
    batch.put_i8(2);
    batch.put_u32(crc32c::crc32c(&covered));
    batch.extend_from_slice(&covered);
    batch.freeze()
}

/// Kafka's zigzag numbers.
fn varint(out: &mut BytesMut, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)) as u64;
    while left > 0x7f {
        out.put_u8((left & 0x7f | 0x80) as u8);
        left >>= 7;
    }
    out.put_u8(left as u8);
}

/// Bytes behind their length; -1 for none.
fn nullable(out: &mut BytesMut, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            varint(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
        None => varint(out, -1),
    }
}
