//! The data sets by name: what each topic is filled with, record by record, always the same.

use clap::ValueEnum;

use crate::checksum::{Checksum, Tally};
use crate::clicks::Happening;
use crate::orders::{Orders, SEED};
use crate::{Result, clicks, customers, nexmark, products};

/// A topic with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Data {
    /// What customers ordered.
    Orders,
    /// The customers: a table.
    Customers,
    /// What can be ordered: a table.
    Products,
    /// What was shown.
    Impressions,
    /// What was clicked at.
    Clicks,
    /// Nexmark: who sells and bids; a table.
    Persons,
    /// Nexmark: what is sold; a table.
    Auctions,
    /// Nexmark: what is bid.
    Bids,
    /// Nexmark: a value for each remainder of an auction's number; a table.
    Side,
}

/// How much data there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    /// Orders, or impressions and clicks together, or persons, auctions and bids together.
    pub(crate) records: u64,
    /// Distinct customers of the orders.
    pub(crate) customers: u32,
}

/// Takes a record: key, event time in ms, value.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&[u8], i64, &[u8]) -> Result<()>;

impl Data {
    /// Every record of the data set, in order.
    pub(crate) fn each(self, amount: Amount, take: Take<'_>) -> Result<()> {
        let mut value = Vec::new();
        match self {
            Self::Orders => {
                let mut orders = Orders::of(SEED, amount.customers);
                for _ in 0..amount.records {
                    let order = orders.next(&mut value);
                    take(&order.key(), order.time, &value)?;
                }
                Ok(())
            }
            Self::Customers => {
                for id in 0..i64::from(amount.customers) {
                    if customers::record(id, &mut value) {
                        take(&id.to_be_bytes(), customers::TIME, &value)?;
                    }
                }
                Ok(())
            }
            Self::Products => {
                for product in 0..products::PRODUCTS {
                    if products::record(product, &mut value) {
                        take(products::sku(product).as_bytes(), products::TIME, &value)?;
                    }
                }
                Ok(())
            }
            Self::Impressions => happenings(shown(amount), Happening::impression, take),
            Self::Clicks => happenings(clicks::make(SEED, impressions(amount.records)).1, Happening::click, take),
            Self::Persons | Self::Auctions | Self::Bids => nexmark::each(self, amount.records, take),
            Self::Side => nexmark::side(take),
        }
    }

    /// How many records it has and what they say.
    pub(crate) fn tally(self, amount: Amount) -> Result<Tally> {
        let mut tally = Tally::default();
        self.each(amount, &mut |key, _, value| {
            tally.add(Some(key), Some(value));
            Ok(())
        })?;
        Ok(tally)
    }

    /// The checksum of all its keys and values in their order, and how many records and bytes of values there are.
    pub(crate) fn checksum(self, amount: Amount) -> Result<(u64, u64, u64)> {
        let (mut checksum, mut records, mut bytes) = (Checksum::new(), 0, 0);
        self.each(amount, &mut |key, _, value| {
            checksum.write(key);
            checksum.write(value);
            (records, bytes) = (records + 1, bytes + value.len() as u64);
            Ok(())
        })?;
        Ok((checksum.value(), records, bytes))
    }
}

/// The impressions among so many records of impressions and clicks.
pub(crate) fn impressions(records: u64) -> u64 {
    records * 5 / 9
}

fn shown(amount: Amount) -> Vec<Happening> {
    clicks::make(SEED, impressions(amount.records)).0
}

fn happenings(all: Vec<Happening>, json: impl Fn(&Happening, &mut Vec<u8>), take: Take<'_>) -> Result<()> {
    let mut value = Vec::new();
    all.iter().try_for_each(|happening| {
        json(happening, &mut value);
        take(&happening.key(), happening.time, &value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_data_set_ever_drifts() {
        let amount = Amount { records: 10_000, customers: 1_000 };
        let found = Data::value_variants().iter().map(|data| {
            let (checksum, records, _) = data.checksum(amount).unwrap();
            format!("{data:?} {records} {checksum:016x}")
        });
        let want = [
            "Orders 10000 c4316e5e52ef6a23",
            "Customers 990 a744ffa3ae07a3e9",
            "Products 19600 084ffda5f058d753",
            "Impressions 5555 ead181475bfd6959",
            "Clicks 4437 f6759b7913cc173b",
            "Persons 200 7108934d35946601",
            "Auctions 600 eda59a2487205934",
            "Bids 9200 70f5b55b97411bb5",
            "Side 10000 51fb6c64a2dfdcbd",
        ];
        assert_eq!(found.collect::<Vec<_>>(), want);
    }
}
