//! The measured queries: their SQL, the topics that they read, and what they must write.

use clap::ValueEnum;
use millstream_types::partition_for_key;

use crate::checksum::Tally;
use crate::data::{Data, impressions};
use crate::groups::{ADVANCE, FOREVER, GRACE, Groups, SIZE, Sessions, Whole, Windows};
use crate::orders::{Orders, SEED, b1_value, b2_value, sale_value};
use crate::topics::partitions;
use crate::{clicks, customers, nexmark, products};

/// A query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Query {
    /// Passthrough: every column.
    B1,
    /// Filter and project.
    B2,
    /// Orders with the row of their customer.
    B3,
    /// Orders with the row of their product, which is not their key.
    B4,
    /// Number, sum and maximum by customer.
    B5,
    /// Number by customer in tumbling windows.
    B6,
    /// Number by customer in hopping windows.
    B7,
    /// Number by customer in sessions.
    B8,
    /// Impressions with their clicks.
    B9,
    /// Many filters on one topic, each as b2 with a band of prices of its own.
    B13,
    /// Nexmark: passthrough.
    Q0,
    /// Nexmark: currencies.
    Q1,
    /// Nexmark: bids for some auctions.
    Q2,
    /// Nexmark: who sells locally.
    Q3,
    /// Nexmark: average price by category.
    Q4,
    /// Nexmark: hot items, as far as their number of bids.
    Q5,
    /// Nexmark: highest bid, as far as its price.
    Q7,
    /// Nexmark: people who sell soon.
    Q8,
    /// Nexmark: winning bids.
    Q9,
    /// Nexmark: bids with day and minute, into a topic.
    Q10,
    /// Nexmark: sessions of bidders.
    Q11,
    /// Nexmark: bids by bidder and window, of event time.
    Q12,
    /// Nexmark: bids with a row of a side table.
    Q13,
    /// Nexmark: a calculation.
    Q14,
    /// Nexmark: bids by day, without numbers of distinct.
    Q15,
    /// Nexmark: bids by channel and day, without numbers of distinct.
    Q16,
    /// Nexmark: bids by auction and day.
    Q17,
    /// Nexmark: last bid by bidder and auction.
    Q18,
    /// Nexmark: ten highest prices of an auction.
    Q19,
    /// Nexmark: bids with their auction.
    Q20,
    /// Nexmark: channels.
    Q21,
    /// Nexmark: folders of a URL.
    Q22,
}

/// How much there is of a query and of its data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Orders, or impressions and clicks together.
    pub(crate) records: u64,
    /// Distinct customers.
    pub(crate) customers: u32,
    /// Queries of b13; 1 for others.
    pub(crate) queries: u32,
}

/// Prices of one query of b13 span that much; the first begins at 0, and 50 of them take every order.
const BAND: u32 = 10;

/// What the output topic must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// These records.
    All(Tally),
    /// These last records of each key; how many were before them depends on how updates were merged.
    Last(Tally),
}

/// The answer to a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) wanted: Wanted,
    /// Rows that must be in the ledger: those that were late.
    pub(crate) late: u64,
}

impl Query {
    /// Its name in reports.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }

    /// What it reads, in the order in which its statements name the topics.
    pub(crate) fn reads(self) -> &'static [Data] {
        match self {
            Self::B3 => &[Data::Orders, Data::Customers],
            Self::B4 => &[Data::Orders, Data::Products],
            Self::B9 => &[Data::Impressions, Data::Clicks],
            _ if self.is_nexmark() => nexmark::reads(self),
            _ => &[Data::Orders],
        }
    }

    /// Whether it is one of Nexmark's.
    pub(crate) fn is_nexmark(self) -> bool {
        self >= Self::Q0
    }

    /// What the limit loops beside it read and copy.
    pub(crate) fn looped(self) -> Data {
        if self.is_nexmark() { Data::Bids } else { Data::Orders }
    }

    /// The statements: those of the sources, then the query, or that many of them. `between` is the topic between two queries
    /// of which one reads the other's result.
    pub(crate) fn statements(self, inputs: &[String], output: &str, between: &str, queries: u32) -> Vec<String> {
        let topic = |at: usize| inputs.get(at).map(String::as_str).unwrap_or_default();
        let orders = format!(
            "CREATE STREAM orders (customer_id BIGINT KEY, order_id BIGINT, product STRING, price DOUBLE, qty INTEGER, \
             status STRING, currency STRING, country STRING, channel STRING, ts BIGINT, note STRING) \
             WITH (KAFKA_TOPIC='{}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
            topic(0)
        );
        let with = format!("WITH (KAFKA_TOPIC='{output}')");
        let windowed = |window: &str| {
            format!(
                "CREATE TABLE counts {with} AS SELECT customer_id, COUNT(*) AS n FROM orders \
                 WINDOW {window} GROUP BY customer_id EMIT CHANGES;"
            )
        };
        match self {
            Self::B1 => vec![orders, format!("CREATE STREAM b1 {with} AS SELECT * FROM orders;")],
            Self::B2 => vec![orders, sales("b2", &with, "price > 250")],
            Self::B13 => {
                let band = |i: u32| format!("price > {} AND price <= {}", i * BAND, (i + 1) * BAND);
                let query = |i: u32| sales(&format!("b13_{i}"), &with, &band(i));
                std::iter::once(orders).chain((0..queries).map(query)).collect()
            }
            Self::B3 => vec![
                orders,
                format!(
                    "CREATE TABLE customers (customer_id BIGINT PRIMARY KEY, name STRING, city STRING, tier STRING, \
                     credit DOUBLE) WITH (KAFKA_TOPIC='{}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
                    topic(1)
                ),
                format!(
                    "CREATE STREAM b3 {with} AS SELECT o.customer_id AS customer_id, o.order_id AS order_id, \
                     o.price AS price, o.qty AS qty, c.name AS name, c.city AS city \
                     FROM orders o LEFT JOIN customers c ON o.customer_id = c.customer_id;"
                ),
            ],
            Self::B4 => vec![
                orders,
                format!(
                    "CREATE TABLE products (product STRING PRIMARY KEY, title STRING, category STRING, grams INTEGER, \
                     maker STRING) WITH (KAFKA_TOPIC='{}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
                    topic(1)
                ),
                format!(
                    "CREATE STREAM b4 {with} AS SELECT o.product AS product, o.order_id AS order_id, \
                     o.customer_id AS customer_id, o.price AS price, o.qty AS qty, p.title AS title, \
                     p.category AS category FROM orders o INNER JOIN products p ON o.product = p.product;"
                ),
            ],
            Self::B5 => vec![
                orders,
                format!(
                    "CREATE TABLE b5 {with} AS SELECT customer_id, COUNT(*) AS n, SUM(price) AS total, \
                     MAX(price) AS highest FROM orders GROUP BY customer_id EMIT CHANGES;"
                ),
            ],
            Self::B6 => vec![orders, windowed("TUMBLING (SIZE 60 SECONDS, GRACE PERIOD 10 SECONDS)")],
            Self::B7 => {
                vec![orders, windowed("HOPPING (SIZE 60 SECONDS, ADVANCE BY 10 SECONDS, GRACE PERIOD 10 SECONDS)")]
            }
            Self::B8 => vec![orders, windowed("SESSION (30 SECONDS, GRACE PERIOD 10 SECONDS)")],
            Self::B9 => vec![
                format!(
                    "CREATE STREAM impressions (id BIGINT KEY, campaign STRING, slot STRING, cost INTEGER, \
                     referrer STRING, agent STRING) \
                     WITH (KAFKA_TOPIC='{}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
                    topic(0)
                ),
                format!(
                    "CREATE STREAM clicks (id BIGINT KEY, page STRING, x INTEGER, y INTEGER) \
                     WITH (KAFKA_TOPIC='{}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');",
                    topic(1)
                ),
                format!(
                    "CREATE STREAM b9 {with} AS SELECT i.id AS id, i.campaign AS campaign, i.slot AS slot, \
                     i.cost AS cost, c.page AS page FROM impressions i INNER JOIN clicks c \
                     WITHIN 30 SECONDS GRACE PERIOD 5 SECONDS ON i.id = c.id;"
                ),
            ],
            _ => nexmark::statements(self, inputs, output, between),
        }
    }

    /// What it must give.
    pub(crate) fn answer(self, extent: Extent) -> Answer {
        self.answer_after(extent, GRACE)
    }

    /// What it must give to whom no row is late.
    pub(crate) fn answer_in_full(self, extent: Extent) -> Answer {
        self.answer_after(extent, FOREVER)
    }

    /// What it must give when windows take late rows for that long, ms.
    fn answer_after(self, extent: Extent, grace: i64) -> Answer {
        let Extent { records, customers, queries } = extent;
        let all = |tally| Answer { wanted: Wanted::All(tally), late: 0 };
        let mut groups: Box<dyn Groups> = match self {
            Self::B1 => {
                return all(each_order(records, customers, |order, source, out| {
                    b1_value(order, source, out);
                    true
                }));
            }
            Self::B2 => return all(each_order(records, customers, |order, _, out| b2_value(order, out))),
            Self::B13 => {
                return all(each_order(records, customers, |order, _, out| {
                    sale_value(order, out);
                    order.cents <= queries * BAND * 100
                }));
            }
            Self::B3 => {
                return all(each_order(records, customers, |order, _, out| {
                    customers::b3_value(order, out);
                    true
                }));
            }
            Self::B4 => return all(products::described(records, customers)),
            Self::B9 => return all(clicks::clicked(impressions(records))),
            Self::B5 => Box::new(Whole::default()),
            Self::B6 => Box::new(Windows::every(SIZE, grace)),
            Self::B7 => Box::new(Windows::every(ADVANCE, grace)),
            Self::B8 => Box::new(Sessions::after(grace)),
            _ => return nexmark::answer(self, records),
        };
        let (mut orders, mut value) = (Orders::of(SEED, customers), Vec::new());
        for _ in 0..records {
            let order = orders.next(&mut value);
            groups.add(&order, partition_for_key(&order.key(), partitions()));
        }
        let (tally, late) = groups.last();
        Answer { wanted: Wanted::Last(tally), late }
    }
}

/// A filter and projection of the orders.
fn sales(name: &str, with: &str, condition: &str) -> String {
    format!(
        "CREATE STREAM {name} {with} AS SELECT customer_id, order_id, price, qty, status, price * qty AS total \
         FROM orders WHERE {condition};"
    )
}

/// What becomes of the orders, each by itself.
pub(crate) fn each_order(
    records: u64,
    customers: u32,
    result: impl Fn(&crate::orders::Order, &[u8], &mut Vec<u8>) -> bool,
) -> Tally {
    let mut tally = Tally::default();
    let mut orders = Orders::of(SEED, customers);
    let (mut source, mut value) = (Vec::new(), Vec::new());
    for _ in 0..records {
        let order = orders.next(&mut source);
        if result(&order, &source, &mut value) {
            tally.add(Some(&order.key()), Some(&value));
        }
    }
    tally
}
