//! What the aggregations must give: the last result of each group in each window, and which rows are late.
//!
//! Late is what comes after its windows have closed by the time of the rows of its own partition, so the answer needs the
//! partitions, and each of them its order.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use crate::checksum::Tally;
use crate::orders::Order;

/// Windows of b6 and b7 are as long as that, ms.
pub(crate) const SIZE: i64 = 60_000;
/// A window of b7 begins that often.
pub(crate) const ADVANCE: i64 = 10_000;
/// Late rows are taken for that long.
pub(crate) const GRACE: i64 = 10_000;
/// So long a time that nothing is late.
pub(crate) const FOREVER: i64 = i64::MAX / 2;
/// Sessions of b8 end after that.
pub(crate) const GAP: i64 = 30_000;

/// Groups of orders by customer.
pub(crate) trait Groups {
    /// The next order of a partition.
    fn add(&mut self, order: &Order, partition: i32);
    /// The last results of all groups, and how many rows were late.
    fn last(self: Box<Self>) -> (Tally, u64);
}

/// Groups without windows: number, sum and maximum.
#[derive(Default)]
pub(crate) struct Whole(HashMap<i64, (u64, f64, u32)>);

impl Groups for Whole {
    fn add(&mut self, order: &Order, _partition: i32) {
        let (count, sum, highest) = self.0.entry(order.customer_id).or_default();
        *count += 1;
        *sum += f64::from(order.cents) / 100.0;
        *highest = order.cents.max(*highest);
    }

    fn last(self: Box<Self>) -> (Tally, u64) {
        let (mut tally, mut value) = (Tally::default(), Vec::new());
        for (id, (count, sum, highest)) in self.0 {
            value.clear();
            let highest = f64::from(highest) / 100.0;
            // Writing to a Vec cannot fail.
            let _ = write!(value, "{{\"N\":{count},\"TOTAL\":{},\"HIGHEST\":{highest:?}}}", double(sum));
            tally.add(Some(&id.to_be_bytes()), Some(&value));
        }
        (tally, 0)
    }
}

/// A number as Java writes it, of those that occur here: from ten million on with an exponent.
fn double(value: f64) -> String {
    if value < 1e7 { format!("{value:?}") } else { format!("{value:E}") }
}

/// Groups in windows of [`SIZE`] that begin every `advance` ms: the number of their rows.
pub(crate) struct Windows {
    advance: i64,
    grace: i64,
    counts: HashMap<(i64, i64), u64>,
    /// Time by partition.
    now: BTreeMap<i32, i64>,
    late: u64,
}

impl Windows {
    /// `grace`: how long they take late rows, ms.
    pub(crate) fn every(advance: i64, grace: i64) -> Self {
        Self { advance, grace, counts: HashMap::new(), now: BTreeMap::new(), late: 0 }
    }
}

impl Groups for Windows {
    fn add(&mut self, order: &Order, partition: i32) {
        let now = self.now.entry(partition).or_default();
        *now = order.time.max(*now);
        let newest = order.time / self.advance * self.advance;
        let mut taken = false;
        for start in (0..SIZE / self.advance).map(|i| newest - i * self.advance) {
            if start + SIZE > *now - self.grace {
                *self.counts.entry((order.customer_id, start)).or_default() += 1;
                taken = true;
            }
        }
        self.late += u64::from(!taken);
    }

    fn last(self: Box<Self>) -> (Tally, u64) {
        let mut tally = Tally::default();
        for ((id, start), count) in self.counts {
            let key = [id.to_be_bytes(), start.to_be_bytes()].concat();
            tally.add(Some(&key), Some(format!("{{\"N\":{count}}}").as_bytes()));
        }
        (tally, self.late)
    }
}

/// Sessions that end after [`GAP`]: the number of their rows.
pub(crate) struct Sessions {
    grace: i64,
    /// By customer: beginning, end and number of rows, in the order of time.
    sessions: HashMap<i64, Vec<(i64, i64, u64)>>,
    now: BTreeMap<i32, i64>,
    late: u64,
}

impl Sessions {
    /// `grace`: how long they take late rows, ms.
    pub(crate) fn after(grace: i64) -> Self {
        Self { grace, sessions: HashMap::new(), now: BTreeMap::new(), late: 0 }
    }
}

impl Groups for Sessions {
    fn add(&mut self, order: &Order, partition: i32) {
        let now = self.now.entry(partition).or_default();
        *now = order.time.max(*now);
        let sessions = self.sessions.entry(order.customer_id).or_default();
        let near = |s: &&(i64, i64, u64)| s.1 >= order.time - GAP && s.0 <= order.time + GAP;
        // What time has passed by takes nothing more, even if it is near.
        let joined: Vec<(i64, i64, u64)> = sessions.iter().filter(near).copied().collect();
        let all = joined.iter().fold((order.time, order.time, 1), |a, s| (a.0.min(s.0), a.1.max(s.1), a.2 + s.2));
        if all.1 < *now - self.grace - GAP {
            self.late += 1;
            return;
        }
        sessions.retain(|s| !near(&s));
        let place = sessions.partition_point(|s| s.1 < all.1);
        sessions.insert(place, all);
    }

    fn last(self: Box<Self>) -> (Tally, u64) {
        let mut tally = Tally::default();
        for (id, sessions) in self.sessions {
            for (start, end, count) in sessions {
                let key = [id.to_be_bytes(), end.to_be_bytes(), start.to_be_bytes()].concat();
                tally.add(Some(&key), Some(format!("{{\"N\":{count}}}").as_bytes()));
            }
        }
        (tally, self.late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(customer_id: i64, time: i64, cents: u32) -> Order {
        Order { order_id: 0, customer_id, product: 0, cents, quantity: 1, status: "NEW", time }
    }

    fn last(mut groups: impl Groups + 'static, orders: &[Order]) -> (Tally, u64) {
        orders.iter().for_each(|order| groups.add(order, 0));
        Box::new(groups).last()
    }

    fn tally(records: &[(&[i64], &str)]) -> Tally {
        let mut tally = Tally::default();
        for (key, value) in records {
            let key: Vec<u8> = key.iter().flat_map(|part| part.to_be_bytes()).collect();
            tally.add(Some(&key), Some(value.as_bytes()));
        }
        tally
    }

    #[test]
    fn groups_are_counted_with_and_without_windows() {
        let orders = [order(1, 100_000, 250), order(2, 125_000, 100), order(1, 70_000, 1_000), order(1, 10_000, 1)];
        let whole: [(&[i64], &str); 2] =
            [(&[1], r#"{"N":3,"TOTAL":12.51,"HIGHEST":10.0}"#), (&[2], r#"{"N":1,"TOTAL":1.0,"HIGHEST":1.0}"#)];
        assert_eq!(last(Whole::default(), &orders), (tally(&whole), 0));
        // At 125,000 the window to 60,000 is closed and that to 120,000 is not.
        let windows: [(&[i64], &str); 2] = [(&[1, 60_000], r#"{"N":2}"#), (&[2, 120_000], r#"{"N":1}"#)];
        assert_eq!(last(Windows::every(SIZE, GRACE), &orders), (tally(&windows), 1));
        assert_eq!(last(Windows::every(ADVANCE, GRACE), &orders).1, 1);
        let sessions: [(&[i64], &str); 2] =
            [(&[1, 100_000, 70_000], r#"{"N":2}"#), (&[2, 125_000, 125_000], r#"{"N":1}"#)];
        assert_eq!(last(Sessions::after(GRACE), &orders), (tally(&sessions), 1));
        // To whom waits, none is late.
        let first: (&[i64], &str) = (&[1, 0], r#"{"N":1}"#);
        assert_eq!(last(Windows::every(SIZE, FOREVER), &orders), (tally(&[windows[0], windows[1], first]), 0));
        let first: (&[i64], &str) = (&[1, 10_000, 10_000], r#"{"N":1}"#);
        assert_eq!(last(Sessions::after(FOREVER), &orders), (tally(&[sessions[0], sessions[1], first]), 0));
    }
}
