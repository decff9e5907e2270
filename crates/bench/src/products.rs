//! The table that orders are joined to by product, which is not their key: one record a product, all of them before the first
//! order.

use std::io::Write;

use crate::checksum::Tally;
use crate::orders::{FIRST_TIME, Order, Orders, SEED};

/// Products that are ordered.
pub(crate) const PRODUCTS: u32 = 20_000;
const CATEGORIES: [&str; 6] = ["book", "garden", "kitchen", "music", "sport", "toy"];
/// The first product of each fifty has no record.
const MISSING: u32 = 50;

/// Event time of all of them, ms: before that of the latest order.
pub(crate) const TIME: i64 = FIRST_TIME - 600_000;

/// The key of a product, as the orders name it.
pub(crate) fn sku(product: u32) -> String {
    format!("sku-{product:05}")
}

fn category(product: u32) -> &'static str {
    CATEGORIES[product as usize % CATEGORIES.len()]
}

/// The record of a product, if there is one: its JSON replaces what `value` held.
pub(crate) fn record(product: u32, value: &mut Vec<u8>) -> bool {
    value.clear();
    if product.is_multiple_of(MISSING) {
        return false;
    }
    let (category, grams) = (category(product), product % 3_000);
    // Writing to a Vec cannot fail.
    let _ = write!(
        value,
        "{{\"title\":\"Product {product:06}\",\"category\":\"{category}\",\"grams\":{grams},\"maker\":\"maker-{}\"}}",
        product % 311
    );
    true
}

/// What b4 writes for an order, if it writes anything: its product has a record.
pub(crate) fn b4_value(order: &Order, value: &mut Vec<u8>) -> bool {
    let there = !order.product.is_multiple_of(MISSING);
    value.clear();
    let price = f64::from(order.cents) / 100.0;
    let _ = write!(
        value,
        "{{\"ORDER_ID\":{},\"CUSTOMER_ID\":{},\"PRICE\":{price:?},\"QTY\":{},\"TITLE\":\"Product {:06}\",\
         \"CATEGORY\":\"{}\"}}",
        order.order_id,
        order.customer_id,
        order.quantity,
        order.product,
        category(order.product)
    );
    there
}

/// What b4 makes of so many orders.
pub(crate) fn described(records: u64, customers: u32) -> Tally {
    let mut tally = Tally::default();
    let mut orders = Orders::of(SEED, customers);
    let (mut source, mut value) = (Vec::new(), Vec::new());
    for _ in 0..records {
        let order = orders.next(&mut source);
        if b4_value(&order, &mut value) {
            tally.add(Some(sku(order.product).as_bytes()), Some(&value));
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_fifty_has_no_record() {
        let mut value = Vec::new();
        let there = (0..PRODUCTS).filter(|product| record(*product, &mut value)).count();
        assert_eq!(there, 19_600);
        assert!(record(19_999, &mut value));
        let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
        assert_eq!((json["title"].as_str(), json["grams"].as_i64()), (Some("Product 019999"), Some(1_999)));
        assert_eq!(sku(7), "sku-00007");
    }
}
