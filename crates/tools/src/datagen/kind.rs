//! What can be made up: orders, clicks, users and persons; the first three as ksql-datagen's quick starts have them.

use super::ValueFormat;
use super::chance::Chance;

/// A kind of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Orders of a shop, with a nested address.
    Orders,
    /// Requests to a web server, in bursts of one user.
    Clickstream,
    /// Users who register, and register again.
    Users,
    /// People who enter an auction house, ids in order.
    Persons,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    Int(i32),
    Bigint(i64),
    Double(f64),
    Text(String),
    Struct(Vec<(&'static str, Field)>),
}

type Columns = Vec<(&'static str, &'static str)>;
type Fields = Vec<(&'static str, Field)>;

const REGIONS: i64 = 9;
const USERS: i64 = 99;
const PAGES: [&str; 8] = [
    "/index.html",
    "/site/login.html",
    "/site/user_status.html",
    "/images/track.png",
    "/cart",
    "/checkout",
    "/search?q=kafka",
    "/help",
];
const STATUSES: [&str; 10] = ["200", "200", "200", "200", "200", "302", "404", "404", "406", "500"];
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15",
    "curl/8.5.0",
];
const FIRST: [&str; 10] = ["Ada", "Bela", "Carl", "Dora", "Emil", "Fay", "Gus", "Hanna", "Ivan", "Judy"];
const LAST: [&str; 9] = ["Abel", "Berg", "Chen", "Diaz", "Engel", "Fox", "Garcia", "Huber", "Ito"];
const CITIES: [(&str, &str); 8] = [
    ("Phoenix", "AZ"),
    ("Los Angeles", "CA"),
    ("San Francisco", "CA"),
    ("Boise", "ID"),
    ("Portland", "OR"),
    ("Bend", "OR"),
    ("Seattle", "WA"),
    ("Cheyenne", "WY"),
];

impl Kind {
    /// Its name, and that of its topic.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Clickstream => "clickstream",
            Self::Users => "users",
            Self::Persons => "persons",
        }
    }

    /// The field that is its key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Orders => "orderid",
            Self::Clickstream => "ip",
            Self::Users => "userid",
            Self::Persons => "id",
        }
    }

    /// Its fields in order, with their SQL types.
    pub(super) fn columns(self, format: ValueFormat) -> Columns {
        match self {
            Self::Orders => {
                let mut columns =
                    vec![("ordertime", "BIGINT"), ("orderid", "INT"), ("itemid", "STRING"), ("orderunits", "DOUBLE")];
                match format {
                    ValueFormat::Json => {
                        columns.push(("address", "STRUCT<city STRING, state STRING, zipcode BIGINT>"));
                    }
                    ValueFormat::Delimited => {
                        columns.extend([("city", "STRING"), ("state", "STRING"), ("zipcode", "BIGINT")]);
                    }
                }
                columns
            }
            Self::Clickstream => vec![
                ("ip", "STRING"),
                ("userid", "INT"),
                ("clicked", "BIGINT"),
                ("request", "STRING"),
                ("status", "STRING"),
                ("bytes", "BIGINT"),
                ("agent", "STRING"),
            ],
            Self::Users => {
                vec![("registertime", "BIGINT"), ("userid", "STRING"), ("regionid", "STRING"), ("gender", "STRING")]
            }
            Self::Persons => vec![
                ("id", "BIGINT"),
                ("name", "STRING"),
                ("email", "STRING"),
                ("city", "STRING"),
                ("state", "STRING"),
                ("entered", "BIGINT"),
            ],
        }
    }

    /// The record number `n` (from 0), of the time `now`: its fields as [`Kind::columns`] has them.
    pub(super) fn draw(self, chance: &mut Chance, n: u64, now: i64, format: ValueFormat) -> Fields {
        match self {
            Self::Orders => order(chance, n, now, format),
            Self::Clickstream => click(chance, now),
            Self::Users => user(chance, now),
            Self::Persons => person(chance, n, now),
        }
    }
}

fn text(value: impl Into<String>) -> Field {
    Field::Text(value.into())
}

fn order(chance: &mut Chance, n: u64, now: i64, format: ValueFormat) -> Fields {
    let id = i32::try_from(n % 2_147_483_648).unwrap_or_default();
    let item = text(format!("Item_{}", chance.between(0, 999)));
    // Two digits behind the point are enough for anybody.
    let units = (chance.share() * 1000.0).round() / 100.0;
    let (city, state) = city(chance);
    let address = vec![("city", text(city)), ("state", text(state)), ("zipcode", zip(chance))];
    let mut fields = vec![
        ("ordertime", Field::Bigint(now)),
        ("orderid", Field::Int(id)),
        ("itemid", item),
        ("orderunits", Field::Double(units)),
    ];
    match format {
        ValueFormat::Json => fields.push(("address", Field::Struct(address))),
        ValueFormat::Delimited => fields.extend(address),
    }
    fields
}

fn click(chance: &mut Chance, now: i64) -> Fields {
    // Few users at a time, so that their sessions have more than one click.
    let user = chance.between(1, 40);
    let ip = format!("111.{}.{}.{}", user % 256, (user * 7) % 256, (user * 13) % 256);
    let method = chance.one_of(&["GET", "GET", "GET", "POST"]);
    let request = format!("{method} {} HTTP/1.1", chance.one_of(&PAGES));
    vec![
        ("ip", text(ip)),
        ("userid", Field::Int(i32::try_from(user).unwrap_or_default())),
        ("clicked", Field::Bigint(now)),
        ("request", text(request)),
        ("status", text(chance.one_of(&STATUSES))),
        ("bytes", Field::Bigint(chance.between(128, 16_384))),
        ("agent", text(chance.one_of(&AGENTS))),
    ]
}

fn user(chance: &mut Chance, now: i64) -> Fields {
    vec![
        ("registertime", Field::Bigint(now)),
        ("userid", text(format!("User_{}", chance.between(1, USERS)))),
        ("regionid", text(format!("Region_{}", chance.between(1, REGIONS)))),
        ("gender", text(chance.one_of(&["MALE", "FEMALE", "OTHER"]))),
    ]
}

fn person(chance: &mut Chance, n: u64, now: i64) -> Fields {
    let (first, last) = (chance.one_of(&FIRST), chance.one_of(&LAST));
    let (city, state) = city(chance);
    vec![
        ("id", Field::Bigint(i64::try_from(n).unwrap_or(i64::MAX))),
        ("name", text(format!("{first} {last}"))),
        ("email", text(format!("{}.{}@example.com", first.to_lowercase(), last.to_lowercase()))),
        ("city", text(city)),
        ("state", text(state)),
        ("entered", Field::Bigint(now)),
    ]
}

fn city(chance: &mut Chance) -> (&'static str, &'static str) {
    let last = i64::try_from(CITIES.len()).unwrap_or(1) - 1;
    let at = usize::try_from(chance.between(0, last)).unwrap_or_default();
    CITIES.get(at).copied().unwrap_or_default()
}

fn zip(chance: &mut Chance) -> Field {
    Field::Bigint(chance.between(10_000, 99_999))
}
