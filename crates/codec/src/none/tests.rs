//! Tests of the NONE format.

use arrow::buffer::BooleanBuffer;
use millstream_types::{Column, Format, FormatSpec, Role, SqlType};

use crate::{Payloads, decoder, encoder};

const NONE: FormatSpec = FormatSpec::value(Format::None);

#[test]
fn any_payload_is_a_row_without_columns() {
    for format in Format::ALL {
        let mut decoder = decoder(FormatSpec::value(format), &[], &[], &millstream_schemas::Registry::none()).unwrap();
        for payload in [None, Some(&b"ignored"[..]), Some(b"\xff")] {
            decoder.push(payload).unwrap();
        }
        assert_eq!(decoder.rows(), 3);
        decoder.truncate(2);
        assert_eq!(decoder.rows(), 2);
        assert!(decoder.finish().is_empty());
        assert_eq!(decoder.rows(), 0);
    }
}

#[test]
fn payloads_are_null() {
    let mut out = Payloads::default();
    let mut encoder = encoder(NONE, &[]).unwrap();
    encoder.encode(&[], Some(&BooleanBuffer::from(vec![false, true])), &mut out).unwrap();
    assert_eq!((out.len(), out.get(0), out.get(1)), (2, None, None));
    encoder.encode(&[], None, &mut out).unwrap();
    assert_eq!((out.len(), out.get(2)), (2, None));
}

#[test]
fn columns_are_refused() {
    let key = Column { name: "K".into(), ty: SqlType::String, role: Role::Key };
    let error = decoder(NONE, &[key], &[0], &millstream_schemas::Registry::none()).err().unwrap();
    assert_eq!(error.0, "The 'NONE' format can only be used when no columns are defined. Got: [`K` STRING KEY]");
}
