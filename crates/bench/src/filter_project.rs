//! Query b2 as one would write it by hand for this one query: a typed decoder that reads four fields and skips seven, a
//! comparison, an encoder of five columns into one buffer.

use std::borrow::Cow;

use serde::Deserialize;

use crate::Result;

/// The fields of an order that b2 looks at.
#[derive(Debug, Deserialize)]
struct Order<'a> {
    order_id: i64,
    price: f64,
    qty: i32,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

/// Results of a run of records: values back to back, and which record each one is of.
#[derive(Debug, Default)]
pub(crate) struct Results {
    bytes: Vec<u8>,
    /// Index of the record in its run, and where its value ends.
    ends: Vec<(usize, usize)>,
}

impl Results {
    /// Forgets the results, keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds the result of the record at `index`, if it has one. Error: it is no order.
    pub(crate) fn push(&mut self, index: usize, value: &[u8]) -> Result<()> {
        let order: Order<'_> = serde_json::from_slice(value)?;
        if order.price > 250.0 {
            self.encode(&order)?;
            self.ends.push((index, self.bytes.len()));
        }
        Ok(())
    }

    fn encode(&mut self, order: &Order<'_>) -> Result<()> {
        let out = &mut self.bytes;
        out.extend_from_slice(b"{\"ORDER_ID\":");
        out.extend_from_slice(itoa::Buffer::new().format(order.order_id).as_bytes());
        out.extend_from_slice(b",\"PRICE\":");
        out.extend_from_slice(zmij::Buffer::new().format(order.price).as_bytes());
        out.extend_from_slice(b",\"QTY\":");
        out.extend_from_slice(itoa::Buffer::new().format(order.qty).as_bytes());
        out.extend_from_slice(b",\"STATUS\":");
        serde_json::to_writer(&mut *out, &order.status)?;
        out.extend_from_slice(b",\"TOTAL\":");
        out.extend_from_slice(zmij::Buffer::new().format(order.price * f64::from(order.qty)).as_bytes());
        out.push(b'}');
        Ok(())
    }

    /// The results in the order of their records: index of the record, value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |(index, end)| {
            let value = &self.bytes[start..*end];
            start = *end;
            (*index, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{Orders, SEED, b2_value};

    #[test]
    fn writes_what_the_data_set_must_give() {
        let mut orders = Orders::new(SEED);
        let (mut value, mut want) = (Vec::new(), Vec::new());
        let mut results = Results::default();
        let mut wanted = Vec::new();
        for i in 0..1000 {
            let order = orders.next(&mut value);
            results.push(i, &value).unwrap();
            if b2_value(&order, &mut want) {
                wanted.push((i, want.clone()));
            }
        }
        let got = results.iter().map(|(i, v)| (i, v.to_vec())).collect::<Vec<_>>();
        assert_eq!(got, wanted);
        results.clear();
        assert_eq!(results.iter().count(), 0);
        assert!(results.push(0, b"{\"order_id\":1}").is_err());
    }
}
