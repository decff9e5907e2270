//! The table that orders are joined to: one record a customer, all of them before the first order.

use std::io::Write;

use crate::orders::{FIRST_TIME, Order};

const CITIES: [&str; 7] = ["Berlin", "Lyon", "Austin", "Leeds", "Osaka", "Recife", "Pune"];
const TIERS: [&str; 3] = ["basic", "silver", "gold"];
/// The first customer of each hundred has no record.
const MISSING: i64 = 100;

/// Event time of all of them, ms: before that of the latest order.
pub(crate) const TIME: i64 = FIRST_TIME - 600_000;

fn city(id: i64) -> &'static str {
    CITIES[(id % CITIES.len() as i64) as usize]
}

fn name(id: i64) -> String {
    format!("Customer {id:07}")
}

/// The record of a customer, if there is one: its JSON replaces what `value` held.
pub(crate) fn record(id: i64, value: &mut Vec<u8>) -> bool {
    value.clear();
    if id % MISSING == 0 {
        return false;
    }
    let tier = TIERS[(id % TIERS.len() as i64) as usize];
    // Writing to a Vec cannot fail.
    let _ = write!(
        value,
        "{{\"name\":\"{}\",\"city\":\"{}\",\"tier\":\"{tier}\",\"credit\":{}.5}}",
        name(id),
        city(id),
        id % 1000
    );
    true
}

/// What b3 writes for an order.
pub(crate) fn b3_value(order: &Order, value: &mut Vec<u8>) {
    value.clear();
    let price = f64::from(order.cents) / 100.0;
    let id = order.customer_id;
    let _ = write!(value, "{{\"ORDER_ID\":{},\"PRICE\":{price:?},\"QTY\":{},", order.order_id, order.quantity);
    let _ = if id % MISSING == 0 {
        write!(value, "\"NAME\":null,\"CITY\":null}}")
    } else {
        write!(value, "\"NAME\":\"{}\",\"CITY\":\"{}\"}}", name(id), city(id))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_has_no_record() {
        let mut value = Vec::new();
        let there = (0..1000).filter(|id| record(*id, &mut value)).count();
        assert_eq!(there, 990);
        assert!(record(999, &mut value));
        let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
        assert_eq!((json["name"].as_str(), json["credit"].as_f64()), (Some("Customer 0000999"), Some(999.5)));
    }
}
