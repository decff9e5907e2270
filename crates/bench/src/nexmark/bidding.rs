//! Auctions with the bids that come in time, and the sessions of bidders.

use std::collections::BTreeMap;

use super::write::{SIZE, add, numbers};
use super::{Auction, Bid, Event};
use crate::checksum::Tally;

/// An auction and the bids that came until it ended, in their order.
#[derive(Debug)]
pub(super) struct InTime {
    pub(super) auction: Auction,
    pub(super) bids: Vec<Bid>,
}

pub(super) fn each_auction_of(events: impl Iterator<Item = Event>) -> impl Iterator<Item = InTime> {
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
