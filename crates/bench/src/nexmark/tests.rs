//! The proportions of the data, and every query through the engine in memory against its answer.

use clap::ValueEnum;
use millstream_engine::driver::{Driver, Feeding, TopicRecord};

use super::*;
use crate::checksum::Tally;
use crate::data::Amount;
use crate::engine::planned;
use crate::query::{Extent, Query, Wanted};

const RECORDS: u64 = 12_000;

#[test]
fn of_fifty_events_one_is_a_person_and_three_are_auctions() {
    let (mut people, mut auctions, mut bids, mut hot) = (0, 0, 0, 0);
    let mut before = 0;
    for event in events(50_000) {
        let time = match event {
            Event::Person(person) => {
                people += 1;
                person.time
            }
            Event::Auction(auction) => {
                assert!(auction.expires > auction.time && auction.seller < FIRST_ID + people);
                auctions += 1;
                auction.time
            }
            Event::Bid(bid) => {
                assert!(bid.auction < FIRST_ID + auctions && bid.bidder < FIRST_ID + people, "{bid:?}");
                assert!((100..=100_000_000).contains(&bid.price), "{}", bid.price);
                hot += i64::from((bid.auction - FIRST_ID) % HOT_OF == 0);
                bids += 1;
                bid.time
            }
        };
        assert!(time > before);
        before = time;
    }
    assert_eq!((people, auctions, bids), (1_000, 3_000, 46_000));
    assert!((22_000..25_000).contains(&hot), "{hot}");
}

/// The records of all topics that a query reads, in the order of their times.
fn inputs(query: Query) -> Vec<(String, TopicRecord)> {
    let amount = Amount { records: RECORDS, customers: 1_000 };
    let mut all = Vec::new();
    for data in query.reads() {
        let topic = format!("{data:?}");
        data.each(amount, &mut |key, timestamp, value| {
            let (key, value) = (Some(key.to_vec()), Some(value.to_vec()));
            all.push((topic.clone(), TopicRecord { key, value, timestamp, headers: Vec::new() }));
            Ok(())
        })
        .unwrap();
    }
    all.sort_by_key(|(_, record)| record.timestamp);
    all
}

fn found(records: &[TopicRecord], wanted: Wanted) -> Wanted {
    let mut tally = Tally::default();
    match wanted {
        Wanted::All(_) => {
            records.iter().for_each(|record| tally.add(record.key.as_deref(), record.value.as_deref()));
            Wanted::All(tally)
        }
        Wanted::Last(_) => {
            let last: std::collections::HashMap<_, _> = records.iter().map(|r| (r.key.as_ref(), r)).collect();
            let there = last.values().filter(|record| record.value.is_some());
            there.for_each(|record| tally.add(record.key.as_deref(), record.value.as_deref()));
            Wanted::Last(tally)
        }
    }
}

/// What is wrong with a query's results, if anything is.
fn flaw(query: Query) -> Option<String> {
    let topics: Vec<String> = query.reads().iter().map(|data| format!("{data:?}")).collect();
    let mut driver = Driver::new();
    for (i, stages) in planned(&query.statements(&topics, "out", "between", 1)).unwrap().iter().enumerate() {
        driver.add_cut(&format!("{i}"), stages).unwrap();
    }
    driver.run(inputs(query), Feeding::Batches).unwrap();
    let wanted = query.answer(Extent { records: RECORDS, customers: 1_000, queries: 1 }).wanted;
    let (Wanted::All(tally) | Wanted::Last(tally)) = wanted;
    let got = found(driver.topic("out"), wanted);
    let well = got == wanted && tally.records > 0 && driver.ledger().is_empty();
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|b| String::from_utf8_lossy(b).into_owned());
    let first = driver.topic("out").first().map(|record| (text(&record.key), text(&record.value)));
    (!well).then(|| format!("{query:?}: {got:?} instead of {wanted:?}, ledger {:?}, {first:?}", driver.ledger().len()))
}

#[test]
fn every_query_gives_its_answer() {
    let queries = Query::value_variants().iter().filter(|query| query.is_nexmark() || **query == Query::B4);
    let flaws: Vec<String> = queries.filter_map(|query| flaw(*query)).collect();
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}
