//! Nexmark: people open auctions and bid in them. The data set from a seed, in the usual proportions, and its queries.
//!
//! Of 50 events one is a person, three are auctions, 46 are bids; an event a millisecond. Half of the bids go to a hot
//! auction, three in four come from a hot bidder, three in four auctions are of a hot seller; the others are drawn from the
//! latest. Unlike the original generator no bid is for an auction that does not exist yet, and prices are drawn in whole
//! numbers, so that the data set is the same on every machine.

mod answers;
mod bidding;
mod queries;
mod write;

use std::io::Write;

pub(crate) use answers::answer;
pub(crate) use queries::{reads, statements};

use crate::Result;
use crate::data::{Data, Take};
use crate::orders::{FIRST_TIME, SEED};
use crate::random::Random;

/// Events of a turn: the first is a person, the next three are auctions, the rest are bids.
const TURN: i64 = 50;
const AUCTIONS_OF_TURN: i64 = 3;
/// The first number of a person, and of an auction.
const FIRST_ID: i64 = 1000;
/// Categories are 10 to 14.
const FIRST_CATEGORY: i64 = 10;
const CATEGORIES: u32 = 5;
/// How many of the latest people bid and sell, and how many of the latest auctions are bid in.
const ACTIVE_PEOPLE: i64 = 1000;
const IN_FLIGHT: i64 = 100;
/// The hot one of so many: the last whose number is a multiple.
const HOT_OF: i64 = 100;
/// An auction ends within that, ms.
const LENGTH_MAX: u32 = 3_334;
/// Rows of the side table of q13.
const SIDE_ROWS: i64 = 10_000;
/// Their event time, ms.
const SIDE_TIME: i64 = FIRST_TIME - 600_000;

const FIRST_NAMES: [&str; 11] =
    ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
const LAST_NAMES: [&str; 9] = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
const STATES: [&str; 6] = ["AZ", "CA", "ID", "OR", "WA", "WY"];
const CITIES: [&str; 10] =
    ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"];
const HOT_CHANNELS: [&str; 4] = ["Google", "Facebook", "Baidu", "Apple"];

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Person {
    id: i64,
    name: String,
    city: &'static str,
    state: &'static str,
    /// Event time, ms.
    time: i64,
}

/// Something that is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Auction {
    id: i64,
    initial: i64,
    reserve: i64,
    /// Event time, ms.
    time: i64,
    /// When it ends, ms.
    expires: i64,
    seller: i64,
    category: i64,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bid {
    auction: i64,
    bidder: i64,
    price: i64,
    channel: String,
    /// The folders of its URL, and the channel there, if it names one.
    folders: [String; 3],
    channel_id: Option<u32>,
    /// Event time, ms.
    time: i64,
    extra: String,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Person(Person),
    Auction(Auction),
    Bid(Bid),
}

/// Events without end.
#[derive(Debug)]
struct Events {
    random: Random,
    next: i64,
}

/// The events of so many records.
fn events(records: u64) -> impl Iterator<Item = Event> {
    Events { random: Random::new(SEED), next: 0 }.take(records as usize)
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let (turn, place) = (self.next / TURN, self.next % TURN);
        let time = FIRST_TIME + self.next;
        self.next += 1;
        Some(match place {
            0 => Event::Person(self.person(turn, time)),
            1..=AUCTIONS_OF_TURN => Event::Auction(self.auction(turn * AUCTIONS_OF_TURN + place - 1, turn + 1, time)),
            _ => Event::Bid(self.bid((turn + 1) * AUCTIONS_OF_TURN, turn + 1, time)),
        })
    }
}

impl Events {
    fn person(&mut self, number: i64, time: i64) -> Person {
        let random = &mut self.random;
        let name = format!("{} {}", random.pick(&FIRST_NAMES), random.pick(&LAST_NAMES));
        Person { id: FIRST_ID + number, name, city: random.pick(&CITIES), state: random.pick(&STATES), time }
    }

    /// `people`: how many there are.
    fn auction(&mut self, number: i64, people: i64, time: i64) -> Auction {
        let seller = self.one_of(people, ACTIVE_PEOPLE, 4);
        let random = &mut self.random;
        let initial = price(random);
        Auction {
            id: FIRST_ID + number,
            initial,
            reserve: initial + price(random),
            time,
            expires: time + 1 + i64::from(random.below(LENGTH_MAX)),
            seller,
            category: FIRST_CATEGORY + i64::from(random.below(CATEGORIES)),
        }
    }

    fn bid(&mut self, auctions: i64, people: i64, time: i64) -> Bid {
        let auction = self.one_of(auctions, IN_FLIGHT, 2);
        let bidder = self.one_of(people, ACTIVE_PEOPLE, 4);
        let random = &mut self.random;
        let hot = random.below(2) > 0;
        let number = random.below(10_000);
        let channel = if hot { random.pick(&HOT_CHANNELS).to_owned() } else { format!("channel-{number}") };
        let channel_id = (!hot && random.below(10) > 0).then_some(number);
        let folders = [letters(random, 5), letters(random, 5), letters(random, 3)];
        let (price, length) = (price(random), 20 + random.below(20));
        Bid { auction, bidder, price, channel, folders, channel_id, time, extra: letters(random, length) }
    }

    /// One of so many: all but one in `ratio` times the hot one, else one of the latest.
    fn one_of(&mut self, count: i64, latest: i64, ratio: u32) -> i64 {
        let number = if self.random.below(ratio) > 0 {
            (count - 1) / HOT_OF * HOT_OF
        } else {
            let latest = latest.min(count);
            count - 1 - i64::from(self.random.below(latest as u32))
        };
        FIRST_ID + number
    }
}

/// From 100 to 100 million, small ones as often as large ones.
fn price(random: &mut Random) -> i64 {
    let digits = random.below(6);
    i64::from(1_000 + random.below(9_000)) * 10_i64.pow(digits) / 10
}

fn letters(random: &mut Random, count: u32) -> String {
    (0..count).map(|_| char::from(b'a' + random.below(26) as u8)).collect()
}

impl Bid {
    fn url(&self) -> String {
        let [first, second, third] = &self.folders;
        let mut url = format!("https://example.com/{first}/{second}/{third}/item.htm?query=1");
        if let Some(id) = self.channel_id {
            url.push_str(&format!("&channel_id={id}"));
        }
        url
    }
}

/// The records of one of the topics, among so many events: key, event time in ms, value.
pub(crate) fn each(data: Data, records: u64, take: Take<'_>) -> Result<()> {
    let mut value = Vec::new();
    for event in events(records) {
        value.clear();
        match (event, data) {
            (Event::Person(person), Data::Persons) => {
                let Person { id, name, city, state, time } = person;
                let email = name.to_lowercase().replace(' ', ".");
                // Writing to a Vec cannot fail.
                let _ = write!(
                    value,
                    "{{\"name\":\"{name}\",\"email\":\"{email}@example.com\",\"card\":\"{:04} {:04}\",\"city\":\"{city}\",\
                     \"state\":\"{state}\",\"date_time\":{time}}}",
                    id % 10_000,
                    id * 7 % 10_000
                );
                take(&id.to_be_bytes(), time, &value)?;
            }
            (Event::Auction(auction), Data::Auctions) => {
                let Auction { id, initial, reserve, time, expires, seller, category } = auction;
                let _ = write!(
                    value,
                    "{{\"item\":\"item {id}\",\"initial_bid\":{initial},\"reserve\":{reserve},\"date_time\":{time},\
                     \"expires\":{expires},\"seller\":{seller},\"category\":{category}}}"
                );
                take(&id.to_be_bytes(), time, &value)?;
            }
            (Event::Bid(bid), Data::Bids) => {
                let url = bid.url();
                let Bid { auction, bidder, price, channel, time, extra, .. } = bid;
                let _ = write!(
                    value,
                    "{{\"bidder\":{bidder},\"price\":{price},\"channel\":\"{channel}\",\"url\":\"{url}\",\
                     \"date_time\":{time},\"extra\":\"{extra}\"}}"
                );
                take(&auction.to_be_bytes(), time, &value)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The side table of q13.
pub(crate) fn side(take: Take<'_>) -> Result<()> {
    (0..SIDE_ROWS).try_for_each(|row| {
        take(&row.to_be_bytes(), SIDE_TIME, format!("{{\"value\":\"{}\"}}", side_value(row)).as_bytes())
    })
}

fn side_value(row: i64) -> String {
    format!("side-{}", row * 3 % SIDE_ROWS)
}

#[cfg(test)]
mod tests;
