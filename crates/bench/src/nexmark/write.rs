//! Keys and values as the results have them.

use std::collections::HashSet;
use std::io::Write;

use super::{Auction, Bid};
use crate::checksum::Tally;

/// Length of a window, ms.
pub(super) const SIZE: i64 = 10_000;

/// Adds a record.
pub(super) fn add(tally: &mut Tally, key: &[u8], value: &str) {
    tally.add(Some(key), Some(value.as_bytes()));
}

/// The bytes of integers, one after the other.
pub(super) fn numbers(of: &[i64]) -> Vec<u8> {
    of.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The day of a time, as text; every data set is within 2023 and 2024.
pub(super) fn day(time: i64) -> String {
    // Days since 2023-11-01.
    let mut days = time.div_euclid(86_400_000) - 19_662;
    let months = [(2023, 11, 30), (2023, 12, 31), (2024, 1, 31), (2024, 2, 29)];
    for (year, month, length) in months {
        if days < length {
            return format!("{year}-{month:02}-{:02}", days + 1);
        }
        days -= length;
    }
    // Seventeen years of records at once.
    String::new()
}

pub(super) fn hour(time: i64) -> i64 {
    time.div_euclid(3_600_000) % 24
}

pub(super) fn minute(time: i64) -> String {
    format!("{:02}:{:02}", hour(time), time.div_euclid(60_000) % 60)
}

/// 0.908 of a price, exactly, with three digits behind the point.
pub(super) fn dollars(price: i64) -> String {
    format!("{}.{:03}", price * 908 / 1000, price * 908 % 1000)
}

/// A quotient as Java writes a double.
pub(super) fn double(value: f64) -> String {
    if value.abs() < 1e7 { format!("{value:?}") } else { java_exponent(value) }
}

fn java_exponent(value: f64) -> String {
    let text = format!("{value:E}");
    // Java has a digit behind the point always.
    if text.contains('.') { text } else { text.replacen('E', ".0E", 1) }
}

/// The number, the small, the middling and the large.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Ranks {
    pub(super) total: u64,
    ranks: [u64; 3],
}

/// Which of the three it is.
fn rank(price: i64) -> usize {
    usize::from(price >= 10_000) + usize::from(price >= 1_000_000)
}

impl Ranks {
    pub(super) fn add(&mut self, price: i64) {
        self.total += 1;
        if let Some(count) = self.ranks.get_mut(rank(price)) {
            *count += 1;
        }
    }

    pub(super) fn json(&self) -> String {
        let [small, middling, large] = self.ranks;
        format!("\"TOTAL\":{},\"RANK1\":{small},\"RANK2\":{middling},\"RANK3\":{large}", self.total)
    }
}

/// Which bidders and auctions bids are of: all of them, then those of each rank.
#[derive(Debug, Default)]
pub(super) struct Different {
    bidders: [HashSet<i64>; 4],
    auctions: [HashSet<i64>; 4],
}

impl Different {
    pub(super) fn add(&mut self, bid: &Bid) {
        for (sets, id) in [(&mut self.bidders, bid.bidder), (&mut self.auctions, bid.auction)] {
            for at in [0, rank(bid.price) + 1] {
                if let Some(set) = sets.get_mut(at) {
                    set.insert(id);
                }
            }
        }
    }

    pub(super) fn json(&self) -> String {
        let [all, small, middling, large] = self.bidders.each_ref().map(HashSet::len);
        let bidders = format!("\"BIDDERS\":{all},\"BIDDERS1\":{small},\"BIDDERS2\":{middling},\"BIDDERS3\":{large}");
        let [all, small, middling, large] = self.auctions.each_ref().map(HashSet::len);
        format!("{bidders},\"AUCTIONS\":{all},\"AUCTIONS1\":{small},\"AUCTIONS2\":{middling},\"AUCTIONS3\":{large}")
    }
}

/// What is behind `{"BIDDER":…` in results that have a bid's columns.
pub(super) fn price_time_extra(bid: &Bid, price: &str) -> String {
    format!("\"BIDDER\":{},\"PRICE\":{price},\"DATE_TIME\":{},\"EXTRA\":\"{}\"", bid.bidder, bid.time, bid.extra)
}

/// The value of q20.
pub(super) fn expanded(bid: &Bid, auction: &Auction) -> String {
    let mut value = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = write!(
        value,
        "{{\"BIDDER\":{},\"PRICE\":{},\"CHANNEL\":\"{}\",\"URL\":\"{}\",\"DATE_TIME\":{},\"EXTRA\":\"{}\",\
         \"ITEM\":\"item {}\",\"INITIAL_BID\":{},\"RESERVE\":{},\"EXPIRES\":{},\"SELLER\":{},\"CATEGORY\":{}}}",
        bid.bidder,
        bid.price,
        bid.channel,
        bid.url(),
        bid.time,
        bid.extra,
        auction.id,
        auction.initial,
        auction.reserve,
        auction.expires,
        auction.seller,
        auction.category
    );
    String::from_utf8(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_minutes_and_numbers_are_as_java_writes_them() {
        assert_eq!((day(1_700_000_000_000), minute(1_700_000_000_000)), ("2023-11-14".into(), "22:13".into()));
        assert_eq!((day(1_701_388_799_999), day(1_701_388_800_000)), ("2023-11-30".into(), "2023-12-01".into()));
        assert_eq!((dollars(100), dollars(1_001)), ("90.800".to_owned(), "908.908".to_owned()));
        assert_eq!(
            (double(2.5), double(1e7), double(12_345_678.5)),
            ("2.5".into(), "1.0E7".into(), "1.23456785E7".into())
        );
    }
}
