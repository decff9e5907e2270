//! What the queries must give, from the events and without the engine.

use std::collections::BTreeMap;

use super::bidding::{q4, q9, sessions};
use super::write::{
    Different, Ranks, SIZE, add, day, dollars, double, expanded, hour, minute, numbers, price_time_extra,
};
use super::{Auction, Bid, Event, Person, SIDE_ROWS, events, side_value};
use crate::checksum::Tally;
use crate::query::{Answer, Query, Wanted};

/// The answer to a query of Nexmark over so many events.
pub(crate) fn answer(query: Query, records: u64) -> Answer {
    let wanted = match query {
        Query::Q3 => Wanted::Last(q3(records)),
        Query::Q4 => Wanted::Last(q4(records)),
        Query::Q5 => Wanted::Last(q5(records)),
        Query::Q7 => Wanted::Last(q7(records)),
        Query::Q8 => Wanted::Last(q8(records)),
        Query::Q9 => Wanted::Last(q9(records)),
        Query::Q11 => Wanted::Last(sessions(bids(records))),
        Query::Q12 => Wanted::Last(q12(records)),
        Query::Q15 => Wanted::Last(q15(records)),
        Query::Q16 => Wanted::Last(q16(records)),
        Query::Q17 => Wanted::Last(q17(records)),
        Query::Q18 => Wanted::Last(q18(records)),
        Query::Q19 => Wanted::Last(q19(records)),
        Query::Q20 => Wanted::All(q20(records)),
        _ => Wanted::All(each_bid(query, records)),
    };
    Answer { wanted, late: 0 }
}

fn bids(records: u64) -> impl Iterator<Item = Bid> {
    events(records).filter_map(|event| if let Event::Bid(bid) = event { Some(bid) } else { None })
}

fn auctions(records: u64) -> impl Iterator<Item = Auction> {
    events(records).filter_map(|event| if let Event::Auction(auction) = event { Some(auction) } else { None })
}

fn people(records: u64) -> BTreeMap<i64, Person> {
    let people =
        events(records).filter_map(|event| if let Event::Person(person) = event { Some(person) } else { None });
    people.map(|person| (person.id, person)).collect()
}

/// Queries that make a row of a bid, or none.
fn each_bid(query: Query, records: u64) -> Tally {
    let mut tally = Tally::default();
    for bid in bids(records) {
        let key = bid.auction.to_be_bytes();
        match query {
            Query::Q13 => {
                let row = bid.auction % SIDE_ROWS;
                add(&mut tally, &row.to_be_bytes(), &q13(&bid, row));
            }
            _ => {
                if let Some(value) = row(query, &bid) {
                    add(&mut tally, &key, &value);
                }
            }
        }
    }
    tally
}

fn row(query: Query, bid: &Bid) -> Option<String> {
    let Bid { auction, bidder, price, channel, time, extra, .. } = bid;
    match query {
        Query::Q0 => Some(format!("{{{}}}", price_time_extra(bid, &price.to_string()))),
        Query::Q1 => Some(format!("{{{}}}", price_time_extra(bid, &dollars(*price)))),
        Query::Q2 => (auction % 123 == 0).then(|| format!("{{\"PRICE\":{price}}}")),
        Query::Q10 => {
            let shown = price_time_extra(bid, &price.to_string());
            Some(format!("{{{shown},\"DAY\":\"{}\",\"MINUTE\":\"{}\"}}", day(*time), minute(*time)))
        }
        Query::Q14 => {
            let thousandths = price * 908;
            (1_000_000_000 < thousandths && thousandths < 50_000_000_000).then(|| {
                let of_day = match hour(*time) {
                    8..=18 => "dayTime",
                    ..=6 | 20.. => "nightTime",
                    _ => "otherTime",
                };
                let (dollars, count) = (dollars(*price), extra.matches('c').count());
                format!(
                    "{{\"BIDDER\":{bidder},\"PRICE\":{dollars},\"TIME_TYPE\":\"{of_day}\",\"DATE_TIME\":{time},\
                     \"EXTRA\":\"{extra}\",\"C_COUNTS\":{count}}}"
                )
            })
        }
        Query::Q21 => {
            let known = ["Apple", "Google", "Facebook", "Baidu"].iter().position(|known| known == channel);
            let id = known.map(|at| at.to_string()).or(bid.channel_id.map(|id| id.to_string()))?;
            Some(format!("{{\"BIDDER\":{bidder},\"PRICE\":{price},\"CHANNEL\":\"{channel}\",\"CHANNEL_ID\":\"{id}\"}}"))
        }
        Query::Q22 => {
            let [first, second, third] = &bid.folders;
            Some(format!(
                "{{\"BIDDER\":{bidder},\"PRICE\":{price},\"CHANNEL\":\"{channel}\",\"DIR1\":\"{first}\",\
                 \"DIR2\":\"{second}\",\"DIR3\":\"{third}\"}}"
            ))
        }
        _ => None,
    }
}

fn q3(records: u64) -> Tally {
    let (people, mut tally) = (people(records), Tally::default());
    for auction in auctions(records).filter(|auction| auction.category == 10) {
        let Some(person) = people.get(&auction.seller) else { continue };
        if ["OR", "ID", "CA"].contains(&person.state) {
            let Person { name, city, state, .. } = person;
            let value = format!("{{\"NAME\":\"{name}\",\"CITY\":\"{city}\",\"STATE\":\"{state}\"}}");
            add(&mut tally, &auction.id.to_be_bytes(), &value);
        }
    }
    tally
}

fn q5(records: u64) -> Tally {
    const ADVANCE: i64 = 2_000;
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for bid in bids(records) {
        let newest = bid.time / ADVANCE * ADVANCE;
        for start in (0..SIZE / ADVANCE).map(|i| newest - i * ADVANCE) {
            *counts.entry((start, bid.auction)).or_default() += 1;
        }
    }
    let mut most: BTreeMap<i64, u64> = BTreeMap::new();
    for ((start, _), count) in counts {
        let most = most.entry(start).or_default();
        *most = count.max(*most);
    }
    let mut tally = Tally::default();
    for (start, most) in most {
        add(&mut tally, &start.to_be_bytes(), &format!("{{\"MOST\":{most}}}"));
    }
    tally
}

fn q7(records: u64) -> Tally {
    let mut highest: BTreeMap<i64, i64> = BTreeMap::new();
    for bid in bids(records) {
        let highest = highest.entry(bid.time / SIZE * SIZE).or_default();
        *highest = bid.price.max(*highest);
    }
    let mut tally = Tally::default();
    for (start, highest) in highest {
        // The constant that it is grouped by is an INTEGER: four bytes.
        let key = [1_i32.to_be_bytes().as_slice(), &start.to_be_bytes()].concat();
        add(&mut tally, &key, &format!("{{\"HIGHEST\":{highest}}}"));
    }
    tally
}

fn q8(records: u64) -> Tally {
    let (people, mut opened) = (people(records), BTreeMap::<i64, u64>::new());
    for auction in auctions(records) {
        let same = |person: &&Person| person.time / SIZE == auction.time / SIZE;
        if people.get(&auction.seller).filter(same).is_some() {
            *opened.entry(auction.seller).or_default() += 1;
        }
    }
    let mut tally = Tally::default();
    for (id, count) in opened {
        let Some(Person { name, time, .. }) = people.get(&id) else { continue };
        let key = format!("{{\"ID\":{id},\"NAME\":\"{name}\",\"START\":{}}}", time / SIZE);
        add(&mut tally, key.as_bytes(), &format!("{{\"AUCTIONS\":{count}}}"));
    }
    tally
}

fn q12(records: u64) -> Tally {
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for bid in bids(records) {
        *counts.entry((bid.bidder, bid.time / SIZE * SIZE)).or_default() += 1;
    }
    let mut tally = Tally::default();
    for ((bidder, start), count) in counts {
        add(&mut tally, &numbers(&[bidder, start]), &format!("{{\"BIDS\":{count}}}"));
    }
    tally
}

fn q13(bid: &Bid, row: i64) -> String {
    let Bid { auction, bidder, price, time, .. } = bid;
    let value = side_value(row);
    format!(
        "{{\"AUCTION\":{auction},\"BIDDER\":{bidder},\"PRICE\":{price},\"DATE_TIME\":{time},\"VALUE\":\"{value}\"}}"
    )
}

fn q15(records: u64) -> Tally {
    let mut days: BTreeMap<String, (Ranks, Different)> = BTreeMap::new();
    for bid in bids(records) {
        let (ranks, different) = days.entry(day(bid.time)).or_default();
        ranks.add(bid.price);
        different.add(&bid);
    }
    let mut tally = Tally::default();
    for (day, (ranks, different)) in days {
        add(&mut tally, day.as_bytes(), &format!("{{{},{}}}", ranks.json(), different.json()));
    }
    tally
}

fn q16(records: u64) -> Tally {
    let mut groups: BTreeMap<(String, String), (Ranks, Different, i64)> = BTreeMap::new();
    for bid in bids(records) {
        let (ranks, different, latest) = groups.entry((bid.channel.clone(), day(bid.time))).or_default();
        ranks.add(bid.price);
        different.add(&bid);
        *latest = bid.time.max(*latest);
    }
    let mut tally = Tally::default();
    for ((channel, day), (ranks, different, latest)) in groups {
        let key = format!("{{\"CHANNEL\":\"{channel}\",\"DAY\":\"{day}\"}}");
        let value = format!("{{\"MINUTE\":\"{}\",{},{}}}", minute(latest), ranks.json(), different.json());
        add(&mut tally, key.as_bytes(), &value);
    }
    tally
}

fn q17(records: u64) -> Tally {
    let mut groups: BTreeMap<(i64, String), (Ranks, Vec<i64>)> = BTreeMap::new();
    for bid in bids(records) {
        let (ranks, prices) = groups.entry((bid.auction, day(bid.time))).or_default();
        ranks.add(bid.price);
        prices.push(bid.price);
    }
    let mut tally = Tally::default();
    for ((auction, day), (ranks, prices)) in groups {
        let (Some(least), Some(most)) = (prices.iter().min(), prices.iter().max()) else { continue };
        let sum: i64 = prices.iter().sum();
        let value = format!(
            "{{{},\"MIN_PRICE\":{least},\"MAX_PRICE\":{most},\"AVG_PRICE\":{},\"SUM_PRICE\":{sum}}}",
            ranks.json(),
            double(sum as f64 / ranks.total as f64)
        );
        let key = format!("{{\"AUCTION\":{auction},\"DAY\":\"{day}\"}}");
        add(&mut tally, key.as_bytes(), &value);
    }
    tally
}

fn q18(records: u64) -> Tally {
    let last: BTreeMap<(i64, i64), Bid> = bids(records).map(|bid| ((bid.bidder, bid.auction), bid)).collect();
    let mut tally = Tally::default();
    for ((bidder, auction), bid) in last {
        let key = format!("{{\"BIDDER\":{bidder},\"AUCTION\":{auction}}}");
        let value = format!(
            "{{\"PRICE\":{},\"CHANNEL\":\"{}\",\"URL\":\"{}\",\"DATE_TIME\":{},\"EXTRA\":\"{}\"}}",
            bid.price,
            bid.channel,
            bid.url(),
            bid.time,
            bid.extra
        );
        add(&mut tally, key.as_bytes(), &value);
    }
    tally
}

fn q19(records: u64) -> Tally {
    let mut prices: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    bids(records).for_each(|bid| prices.entry(bid.auction).or_default().push(bid.price));
    let mut tally = Tally::default();
    for (auction, mut prices) in prices {
        prices.sort_unstable_by(|a, b| b.cmp(a));
        let highest: Vec<String> = prices.iter().take(10).map(i64::to_string).collect();
        add(&mut tally, &auction.to_be_bytes(), &format!("{{\"HIGHEST\":[{}]}}", highest.join(",")));
    }
    tally
}

fn q20(records: u64) -> Tally {
    let (mut known, mut tally) = (BTreeMap::new(), Tally::default());
    for event in events(records) {
        match event {
            Event::Auction(auction) => drop(known.insert(auction.id, auction)),
            Event::Bid(bid) => {
                if let Some(auction) = known.get(&bid.auction).filter(|auction: &&Auction| auction.category == 10) {
                    add(&mut tally, &bid.auction.to_be_bytes(), &expanded(&bid, auction));
                }
            }
            Event::Person(_) => {}
        }
    }
    tally
}
