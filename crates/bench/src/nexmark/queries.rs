//! The queries of Nexmark, as far as the language goes. docs/benchmarks.md says which of them differ from the original.
//!
//! Windows that follow a repartition take late rows for a day: the bids of one bidder come from all partitions, which run
//! ahead of each other while a backlog is drained.

use crate::data::Data;
use crate::query::Query;

/// The topics that a query reads, in the order in which [`statements`] names them.
pub(crate) fn reads(query: Query) -> &'static [Data] {
    match query {
        Query::Q3 => &[Data::Auctions, Data::Persons],
        Query::Q4 | Query::Q9 | Query::Q20 => &[Data::Bids, Data::Auctions],
        Query::Q8 => &[Data::Persons, Data::Auctions],
        Query::Q13 => &[Data::Bids, Data::Side],
        _ => &[Data::Bids],
    }
}

/// The statements: sources, then the query, which may be of two. `between` is the topic between these two.
pub(crate) fn statements(query: Query, inputs: &[String], output: &str, between: &str) -> Vec<String> {
    let source = |data: Data, topic: &String| source(data, query, topic);
    let mut all: Vec<String> = reads(query).iter().zip(inputs).map(|(data, topic)| source(*data, topic)).collect();
    let with = format!("WITH (KAFKA_TOPIC='{output}')");
    let composite = format!("WITH (KAFKA_TOPIC='{output}', KEY_FORMAT='JSON')");
    let from_bids = |kind: &str, with: &str, rest: &str| format!("CREATE {kind} result {with} AS SELECT {rest};");
    let stream = |rest: &str| vec![from_bids("STREAM", &with, rest)];
    let table = |rest: &str| vec![from_bids("TABLE", &with, rest)];
    let of_several = |rest: &str| vec![from_bids("TABLE", &composite, rest)];
    all.extend(match query {
        Query::Q0 => stream("auction, bidder, price, date_time, extra FROM bids"),
        Query::Q1 => stream("auction, bidder, 0.908 * price AS price, date_time, extra FROM bids"),
        Query::Q2 => stream("auction, price FROM bids WHERE auction % 123 = 0"),
        Query::Q3 => table(
            "a.id AS id, p.name AS name, p.city AS city, p.state AS state \
             FROM auctions a INNER JOIN persons p ON a.seller = p.id \
             WHERE a.category = 10 AND (p.state = 'OR' OR p.state = 'ID' OR p.state = 'CA')",
        ),
        Query::Q4 => vec![
            format!(
                "CREATE TABLE winning WITH (KAFKA_TOPIC='{between}') AS SELECT b.auction AS auction, \
                 MAX(b.price) AS final, LATEST_BY_OFFSET(a.category) AS category {BIDS_IN_TIME} GROUP BY b.auction;"
            ),
            format!(
                "CREATE TABLE result {with} AS SELECT category, AVG(final) AS average FROM winning GROUP BY category;"
            ),
        ],
        Query::Q5 => vec![
            format!(
                "CREATE TABLE counts WITH (KAFKA_TOPIC='{between}') AS SELECT auction, COUNT(*) AS bids \
                 FROM bids WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 2 SECONDS, GRACE PERIOD 1 DAY) GROUP BY auction;"
            ),
            format!(
                "CREATE STREAM changes (auction BIGINT KEY, bids BIGINT) WITH (KAFKA_TOPIC='{between}', \
                 KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON', WINDOW_TYPE='HOPPING', WINDOW_SIZE='10 SECONDS');"
            ),
            format!(
                "CREATE TABLE result {with} AS SELECT WINDOWSTART AS start, MAX(bids) AS most \
                 FROM changes GROUP BY WINDOWSTART;"
            ),
        ],
        Query::Q7 => table(
            "1 AS one, MAX(price) AS highest FROM bids WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 1 DAY) GROUP BY 1",
        ),
        Query::Q8 => of_several(
            "p.id AS id, p.name AS name, p.date_time / 10000 AS start, COUNT(*) AS auctions \
             FROM persons p INNER JOIN auctions a WITHIN 10 SECONDS GRACE PERIOD 1 DAY ON p.id = a.seller \
             WHERE p.date_time / 10000 = a.date_time / 10000 GROUP BY p.id, p.name, p.date_time / 10000",
        ),
        Query::Q9 => table(&format!(
            "b.auction AS auction, TOPK(b.price, b.bidder, b.date_time, 1) AS winning {BIDS_IN_TIME} GROUP BY b.auction"
        )),
        Query::Q10 => stream(&format!(
            "auction, bidder, price, date_time, extra, FORMAT_TIMESTAMP({TIME}, 'yyyy-MM-dd') AS day, \
             FORMAT_TIMESTAMP({TIME}, 'HH:mm') AS minute FROM bids"
        )),
        Query::Q11 => table(
            "bidder, COUNT(*) AS bids FROM bids WINDOW SESSION (10 SECONDS, GRACE PERIOD 1 DAY) GROUP BY bidder",
        ),
        Query::Q12 => table(
            "bidder, COUNT(*) AS bids FROM bids WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 1 DAY) GROUP BY bidder",
        ),
        Query::Q13 => stream(
            "s.remainder AS remainder, AS_VALUE(b.auction) AS auction, b.bidder AS bidder, b.price AS price, \
             b.date_time AS date_time, s.value AS value FROM bids b INNER JOIN side s ON b.auction % 10000 = s.remainder",
        ),
        Query::Q14 => stream(&format!(
            "auction, bidder, 0.908 * price AS price, \
             CASE WHEN {HOUR} >= 8 AND {HOUR} <= 18 THEN 'dayTime' WHEN {HOUR} <= 6 OR {HOUR} >= 20 THEN 'nightTime' \
             ELSE 'otherTime' END AS time_type, date_time, extra, LEN(extra) - LEN(REPLACE(extra, 'c', '')) AS c_counts \
             FROM bids WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000"
        )),
        Query::Q15 => {
            table(&format!("{DAY} AS day, COUNT(*) AS total, {RANKS}, {DISTINCT} FROM bids GROUP BY {DAY}"))
        }
        Query::Q16 => of_several(&format!(
            "channel, {DAY} AS day, MAX(FORMAT_TIMESTAMP({TIME}, 'HH:mm')) AS minute, COUNT(*) AS total, {RANKS}, \
             {DISTINCT} FROM bids GROUP BY channel, {DAY}"
        )),
        Query::Q17 => of_several(&format!(
            "auction, {DAY} AS day, COUNT(*) AS total, {RANKS}, MIN(price) AS min_price, MAX(price) AS max_price, \
             AVG(price) AS avg_price, SUM(price) AS sum_price FROM bids GROUP BY auction, {DAY}"
        )),
        Query::Q18 => of_several(
            "bidder, auction, LATEST_BY_OFFSET(price) AS price, LATEST_BY_OFFSET(channel) AS channel, \
             LATEST_BY_OFFSET(url) AS url, LATEST_BY_OFFSET(date_time) AS date_time, LATEST_BY_OFFSET(extra) AS extra \
             FROM bids GROUP BY bidder, auction",
        ),
        Query::Q19 => table("auction, TOPK(price, 10) AS highest FROM bids GROUP BY auction"),
        Query::Q20 => stream(
            "b.auction AS auction, b.bidder AS bidder, b.price AS price, b.channel AS channel, b.url AS url, \
             b.date_time AS date_time, b.extra AS extra, a.item AS item, a.initial_bid AS initial_bid, \
             a.reserve AS reserve, a.expires AS expires, a.seller AS seller, a.category AS category \
             FROM bids b INNER JOIN auctions a ON b.auction = a.id WHERE a.category = 10",
        ),
        Query::Q21 => stream(&format!(
            "auction, bidder, price, channel, CASE WHEN LCASE(channel) = 'apple' THEN '0' \
             WHEN LCASE(channel) = 'google' THEN '1' WHEN LCASE(channel) = 'facebook' THEN '2' \
             WHEN LCASE(channel) = 'baidu' THEN '3' ELSE {CHANNEL} END AS channel_id FROM bids \
             WHERE {CHANNEL} IS NOT NULL OR LCASE(channel) IN ('apple', 'google', 'facebook', 'baidu')"
        )),
        Query::Q22 => stream(
            "auction, bidder, price, channel, SPLIT(url, '/')[4] AS dir1, SPLIT(url, '/')[5] AS dir2, \
             SPLIT(url, '/')[6] AS dir3 FROM bids",
        ),
        // No other query is one of Nexmark's.
        _ => Vec::new(),
    });
    all
}

const BIDS_IN_TIME: &str = "FROM bids b INNER JOIN auctions a ON b.auction = a.id \
                            WHERE b.date_time >= a.date_time AND b.date_time <= a.expires";
const TIME: &str = "FROM_UNIXTIME(date_time)";
const DAY: &str = "FORMAT_TIMESTAMP(FROM_UNIXTIME(date_time), 'yyyy-MM-dd')";
const HOUR: &str = "CAST(FORMAT_TIMESTAMP(FROM_UNIXTIME(date_time), 'HH') AS INTEGER)";
const CHANNEL: &str = "REGEXP_EXTRACT('(&|^)channel_id=([^&]*)', url, 2)";
/// How many bids are small, middling and large.
const RANKS: &str = "SUM(CASE WHEN price < 10000 THEN 1 ELSE 0 END) AS rank1, \
                     SUM(CASE WHEN price >= 10000 AND price < 1000000 THEN 1 ELSE 0 END) AS rank2, \
                     SUM(CASE WHEN price >= 1000000 THEN 1 ELSE 0 END) AS rank3";

/// How many bidders and auctions they are of, and those of each rank.
const DISTINCT: &str = "COUNT(DISTINCT bidder) AS bidders, \
                        COUNT(DISTINCT bidder) FILTER (WHERE price < 10000) AS bidders1, \
                        COUNT(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS bidders2, \
                        COUNT(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS bidders3, \
                        COUNT(DISTINCT auction) AS auctions, \
                        COUNT(DISTINCT auction) FILTER (WHERE price < 10000) AS auctions1, \
                        COUNT(DISTINCT auction) FILTER (WHERE price >= 10000 AND price < 1000000) AS auctions2, \
                        COUNT(DISTINCT auction) FILTER (WHERE price >= 1000000) AS auctions3";

fn source(data: Data, query: Query, topic: &str) -> String {
    // q8 joins what happens, the others join what is.
    let (kind, key) = if query == Query::Q8 { ("STREAM", "KEY") } else { ("TABLE", "PRIMARY KEY") };
    let columns = match data {
        Data::Persons => format!(
            "{kind} persons (id BIGINT {key}, name STRING, email STRING, card STRING, city STRING, state STRING, \
             date_time BIGINT)"
        ),
        Data::Auctions => format!(
            "{kind} auctions (id BIGINT {key}, item STRING, initial_bid BIGINT, reserve BIGINT, date_time BIGINT, \
             expires BIGINT, seller BIGINT, category BIGINT)"
        ),
        Data::Side => "TABLE side (remainder BIGINT PRIMARY KEY, value STRING)".to_owned(),
        _ => "STREAM bids (auction BIGINT KEY, bidder BIGINT, price BIGINT, channel STRING, url STRING, \
              date_time BIGINT, extra STRING)"
            .to_owned(),
    };
    format!("CREATE {columns} WITH (KAFKA_TOPIC='{topic}', KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON');")
}
