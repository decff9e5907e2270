//! The `orders` data set: JSON of 11 fields, about 211 bytes, from a seed; and what queries b1 and b2 must make of it.
//!
//! The key is the customer's id as a KAFKA BIGINT (8 bytes, big-endian). Event time moves 1 ms a record; 1 % of the
//! records are up to 5 s out of order and 0.1 % are one to two minutes late.

use std::io::Write;

use crate::products::PRODUCTS;
use crate::random::Random;

/// The seed that every published figure uses.
pub(crate) const SEED: u64 = 42;
/// Distinct keys, uniformly drawn, of every published figure that does not say otherwise.
pub(crate) const CUSTOMERS: u32 = 100_000;
/// Event time of the first record, ms.
pub(crate) const FIRST_TIME: i64 = 1_700_000_000_000;

const STATUSES: [&str; 5] = ["NEW", "PAID", "PACKED", "SHIPPED", "RETURNED"];
const CURRENCIES: [&str; 4] = ["EUR", "USD", "GBP", "JPY"];
const COUNTRIES: [&str; 8] = ["DE", "FR", "US", "GB", "JP", "BR", "IN", "NL"];
const CHANNELS: [&str; 3] = ["web", "app", "store"];
const WORDS: [&str; 12] =
    ["please", "deliver", "before", "noon", "ring", "twice", "gift", "wrap", "leave", "at", "the", "door"];

/// One order, as far as somebody outside of its text needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) order_id: i64,
    pub(crate) customer_id: i64,
    pub(crate) product: u32,
    pub(crate) cents: u32,
    pub(crate) quantity: u32,
    pub(crate) status: &'static str,
    /// Event time, ms.
    pub(crate) time: i64,
}

impl Order {
    pub(crate) fn key(&self) -> [u8; 8] {
        self.customer_id.to_be_bytes()
    }
}

/// Orders without end.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    random: Random,
    next: i64,
    customers: u32,
}

impl Orders {
    /// Orders of [`CUSTOMERS`] customers.
    #[cfg(test)]
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(seed, CUSTOMERS)
    }

    /// Orders of so many customers.
    pub(crate) fn of(seed: u64, customers: u32) -> Self {
        Self { random: Random::new(seed), next: 0, customers }
    }

    /// The next order; its JSON replaces what `value` held.
    pub(crate) fn next(&mut self, value: &mut Vec<u8>) -> Order {
        let random = &mut self.random;
        let late = match random.below(1000) {
            0 => 60_000 + i64::from(random.below(60_000)),
            1..=10 => i64::from(random.below(5_000)),
            _ => 0,
        };
        let mut order = Order {
            product: 0,
            order_id: self.next,
            customer_id: i64::from(random.below(self.customers)),
            cents: 1 + random.below(50_000),
            quantity: 1 + random.below(9),
            status: random.pick(&STATUSES),
            time: FIRST_TIME + self.next - late,
        };
        self.next += 1;
        value.clear();
        order.product = random.below(PRODUCTS);
        let product = order.product;
        let (currency, country, channel) = (random.pick(&CURRENCIES), random.pick(&COUNTRIES), random.pick(&CHANNELS));
        // Writing to a Vec cannot fail.
        let _ = write!(
            value,
            "{{\"order_id\":{},\"customer_id\":{},\"product\":\"sku-{product:05}\",\"price\":{}.{:02},\"qty\":{},\
             \"status\":\"{}\",\"currency\":\"{currency}\",\"country\":\"{country}\",\"channel\":\"{channel}\",\
             \"ts\":{},\"note\":\"",
            order.order_id,
            order.customer_id,
            order.cents / 100,
            order.cents % 100,
            order.quantity,
            order.status,
            order.time,
        );
        for i in 0..random.below(13) {
            if i > 0 {
                value.push(b' ');
            }
            value.extend_from_slice(random.pick(&WORDS).as_bytes());
        }
        value.extend_from_slice(b"\"}");
        order
    }
}

/// What b1 writes for an order whose JSON is `source`: all fields but that of the key, named as their columns are.
pub(crate) fn b1_value(order: &Order, source: &[u8], value: &mut Vec<u8>) {
    value.clear();
    let mut fields = source.split(|byte| *byte == b',');
    let price = f64::from(order.cents) / 100.0;
    let _ = write!(value, "{{\"ORDER_ID\":{}", order.order_id);
    for field in fields.by_ref().skip(2) {
        // No text of the data set has a comma or a quotation mark.
        let Some(name) = field.iter().skip(1).position(|byte| *byte == b'"') else { continue };
        let (name, rest) = field.split_at(name + 2);
        value.push(b',');
        value.extend(name.iter().map(u8::to_ascii_uppercase));
        match name {
            b"\"price\"" => {
                let _ = write!(value, ":{price:?}");
            }
            _ => value.extend_from_slice(rest),
        }
    }
}

/// What b2 writes for an order, if it writes anything: price above 250.
pub(crate) fn b2_value(order: &Order, value: &mut Vec<u8>) -> bool {
    let passes = order.cents > 25_000;
    if passes {
        sale_value(order, value);
    }
    passes
}

/// Five columns, `TOTAL` = price * quantity.
pub(crate) fn sale_value(order: &Order, value: &mut Vec<u8>) {
    value.clear();
    // Hundredths divided by 100 are rounded once, as reading the decimal text is.
    let price = f64::from(order.cents) / 100.0;
    let total = price * f64::from(order.quantity);
    let _ = write!(
        value,
        "{{\"ORDER_ID\":{},\"PRICE\":{price:?},\"QTY\":{},\"STATUS\":\"{}\",\"TOTAL\":{total:?}}}",
        order.order_id, order.quantity, order.status
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksum;

    #[test]
    fn the_bytes_never_drift() {
        let mut orders = Orders::new(SEED);
        let mut value = Vec::new();
        let mut checksum = Checksum::new();
        let mut bytes = 0;
        for i in 0..10_000 {
            let order = orders.next(&mut value);
            let json: serde_json::Value = serde_json::from_slice(&value).unwrap();
            assert_eq!(json.as_object().unwrap().len(), 11);
            assert_eq!((json["order_id"].as_i64(), json["ts"].as_i64()), (Some(i), Some(order.time)));
            assert_eq!(json["price"].as_f64(), Some(f64::from(order.cents) / 100.0));
            checksum.write(&order.key());
            checksum.write(&value);
            bytes += value.len();
        }
        assert!((205..=213).contains(&(bytes / 10_000)), "{bytes}");
        assert_eq!(format!("{:016x}", checksum.value()), "b0eb9248d5da00a1");
    }

    #[test]
    fn b2_keeps_about_half_and_multiplies() {
        let mut orders = Orders::new(SEED);
        let mut value = Vec::new();
        let kept = (0..10_000).filter(|_| b2_value(&orders.next(&mut Vec::new()), &mut value)).count();
        assert!((4_800..5_200).contains(&kept), "{kept}");
        let order =
            Order { order_id: 7, customer_id: 1, product: 0, cents: 25_001, quantity: 2, status: "NEW", time: 0 };
        assert!(b2_value(&order, &mut value));
        let want = r#"{"ORDER_ID":7,"PRICE":250.01,"QTY":2,"STATUS":"NEW","TOTAL":500.02}"#;
        assert_eq!(String::from_utf8(value.clone()).unwrap(), want);
        assert!(!b2_value(&Order { cents: 25_000, ..order }, &mut value));
    }

    #[test]
    fn b1_names_fields_as_columns() {
        let mut source = Vec::new();
        let order = Orders::new(SEED).next(&mut source);
        let mut value = Vec::new();
        b1_value(&order, &source, &mut value);
        let source: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&source).unwrap();
        let value: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&value).unwrap();
        assert_eq!(value.len(), 10);
        for (name, field) in &value {
            assert_eq!(Some(field), source.get(&name.to_ascii_lowercase()));
        }
    }
}
