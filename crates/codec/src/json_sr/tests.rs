//! JSON_SR: round trips of every type, damage, and payloads without the id of a schema.

use millstream_types::{Format, FormatSpec, SqlType};

use crate::decoder;
use crate::testing::{column, damage, decode, encode, every_type, registered};

const JSON_SR: FormatSpec = FormatSpec::value(Format::JsonSr);

#[test]
fn every_type_comes_back() {
    let (columns, arrays) = every_type();
    let (registry, schema) = registered(JSON_SR, &columns);
    let payloads = encode(JSON_SR, &columns, schema.as_ref(), &arrays);
    assert_eq!(decode(JSON_SR, &columns, &registry, &payloads), arrays);
}

#[test]
fn damaged_payloads_are_refused_whole() {
    let (columns, arrays) = every_type();
    // Texts are long: a few columns will do.
    let (columns, arrays) = (&columns[..6], &arrays[..6]);
    let (registry, schema) = registered(JSON_SR, columns);
    damage(JSON_SR, columns, &registry, &encode(JSON_SR, columns, schema.as_ref(), arrays));
}

#[test]
fn plain_json_is_refused_and_names_match_in_any_case() {
    let columns = [column("c1", SqlType::Integer)];
    let (registry, schema) = registered(JSON_SR, &columns);
    let mut decoder = decoder(JSON_SR, &columns, &[0], &registry).unwrap();
    assert!(decoder.push(Some(b"{\"c1\":1}")).unwrap_err().0.contains("Unknown magic byte"));
    let id = schema.unwrap().id.unwrap() as u8;
    for text in ["{\"c1\":1}", "{\"C1\":1}"] {
        decoder.push(Some(&[&[0, 0, 0, 0, id], text.as_bytes()].concat())).unwrap();
    }
    assert_eq!(decoder.finish()[0].null_count(), 0);
}
