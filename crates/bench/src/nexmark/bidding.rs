//! Auctions with the bids that come in time, and the sessions of bidders.

use std::collections::BTreeMap;

use super::write::{SIZE, add, double, numbers};
use super::{Auction, Bid, Event, events};
use crate::checksum::Tally;

/// An auction and the bids that came until it ended, in their order.
#[derive(Debug)]
struct InTime {
    auction: Auction,
    bids: Vec<Bid>,
}

fn each_auction_of(events: impl Iterator<Item = Event>) -> impl Iterator<Item = InTime> {
    let mut all: BTreeMap<i64, InTime> = BTreeMap::new();
    for event in events {
        match event {
            Event::Auction(auction) => drop(all.insert(auction.id, InTime { auction, bids: Vec::new() })),
            Event::Bid(bid) => {
                let open = |known: &&mut InTime| (known.auction.time..=known.auction.expires).contains(&bid.time);
                if let Some(known) = all.get_mut(&bid.auction).filter(open) {
                    known.bids.push(bid);
                }
            }
            Event::Person(_) => {}
        }
    }
    all.into_values()
}

/// The number of bids in each session of q11: it ends after [`SIZE`] without a bid. Times only grow.
pub(super) fn sessions(bids: impl Iterator<Item = Bid>) -> Tally {
    let mut sessions: BTreeMap<i64, Vec<(i64, i64, u64)>> = BTreeMap::new();
    for bid in bids {
        let of_bidder = sessions.entry(bid.bidder).or_default();
        match of_bidder.last_mut().filter(|(_, end, _)| bid.time - *end <= SIZE) {
            Some((_, end, count)) => (*end, *count) = (bid.time, *count + 1),
            None => of_bidder.push((bid.time, bid.time, 1)),
        }
    }
    let mut tally = Tally::default();
    for (bidder, all) in sessions {
        for (start, end, count) in all {
            add(&mut tally, &numbers(&[bidder, end, start]), &format!("{{\"BIDS\":{count}}}"));
        }
    }
    tally
}

/// The average by category of what auctions end with.
pub(super) fn q4(records: u64) -> Tally {
    let mut categories: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for InTime { auction, bids } in each_auction_of(events(records)) {
        let Some(last) = bids.iter().map(|bid| bid.price).max() else { continue };
        let (sum, count) = categories.entry(auction.category).or_default();
        (*sum, *count) = (*sum + last, *count + 1);
    }
    let mut tally = Tally::default();
    for (category, (sum, count)) in categories {
        let average = double(sum as f64 / count as f64);
        add(&mut tally, &category.to_be_bytes(), &format!("{{\"AVERAGE\":{average}}}"));
    }
    tally
}

/// The highest bid of each auction, of equal ones the first.
pub(super) fn q9(records: u64) -> Tally {
    let mut tally = Tally::default();
    for InTime { auction, bids } in each_auction_of(events(records)) {
        let mut best: Option<&Bid> = None;
        for bid in &bids {
            if best.is_none_or(|best| bid.price > best.price) {
                best = Some(bid);
            }
        }
        let Some(Bid { bidder, price, time, .. }) = best else { continue };
        let value = format!("{{\"WINNING\":[{{\"sort_col\":{price},\"col0\":{bidder},\"col1\":{time}}}]}}");
        add(&mut tally, &auction.id.to_be_bytes(), &value);
    }
    tally
}
