//! Joins, sub-queries, sets, windows of rows, aggregates, names.

use super::{columns, plan, rows, rows_of, sorted, tables};

#[test]
fn joins_of_all_kinds() {
    let inner = "SELECT p.name, o.id FROM people p JOIN orders o ON p.id = o.who ORDER BY o.id;";
    assert_eq!(rows(inner), ["ada|10", "ada|11", "bob|12"]);
    let left = "SELECT name, o.id FROM people p LEFT JOIN orders o ON p.id = o.who";
    assert_eq!(sorted(left), ["ada|10", "ada|11", "bob|12", "eve|null", "kim|null"]);
    let right = "SELECT name, o.id FROM people p RIGHT JOIN orders o ON p.id = o.who";
    assert_eq!(sorted(right), ["ada|10", "ada|11", "bob|12", "null|13", "null|14"]);
    let full = "SELECT name, o.id FROM people p FULL OUTER JOIN orders o ON p.id = o.who";
    assert_eq!(sorted(full), ["ada|10", "ada|11", "bob|12", "eve|null", "kim|null", "null|13", "null|14"]);
    assert_eq!(rows("SELECT COUNT(*) FROM people CROSS JOIN orders"), ["20"]);
    assert_eq!(rows("SELECT COUNT(*) FROM people, orders WHERE who = 1"), ["8"]);
    let uneven = "SELECT p.id, o.id FROM people p JOIN orders o ON o.who < p.id ORDER BY 1, 2";
    assert_eq!(rows(uneven), ["2|10", "2|11", "3|10", "3|11", "3|12", "4|10", "4|11", "4|12"]);
    let itself = "SELECT a.name, b.name FROM people a JOIN people b ON a.age = b.age AND a.id < b.id";
    assert_eq!(rows(itself), ["bob|kim"]);
    assert_eq!(columns(itself), "A_NAME STRING, B_NAME STRING");
    assert_eq!(
        sorted("SELECT id, a.name, b.age FROM people a JOIN people b USING (id) WHERE a.id < 3"),
        ["1|ada|36", "2|bob|20"]
    );
}

#[test]
fn sub_queries_in_expressions() {
    assert_eq!(rows("SELECT name FROM people WHERE id IN (SELECT who FROM orders) ORDER BY name"), ["ada", "bob"]);
    let none = "SELECT name FROM people p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.who = p.id) ORDER BY name";
    assert_eq!(rows(none), ["eve", "kim"]);
    // A null among the values makes NOT IN unknown.
    assert_eq!(rows("SELECT name FROM people WHERE id NOT IN (SELECT who FROM orders)"), [] as [&str; 0]);
    let scalar = "SELECT name, (SELECT COUNT(*) FROM orders o WHERE o.who = p.id) AS n FROM people p ORDER BY name";
    assert_eq!(rows(scalar), ["ada|2", "bob|1", "eve|0", "kim|0"]);
    assert_eq!(rows("SELECT name FROM people WHERE age = (SELECT MAX(age) FROM people)"), ["ada"]);
    let correlated = "SELECT id FROM orders o WHERE price > (SELECT MIN(price) FROM orders i WHERE i.who = o.who)";
    assert_eq!(rows(correlated), ["11"]);
}

#[test]
fn common_tables_and_derived_ones() {
    let with = "WITH spent AS (SELECT who, SUM(price) AS total FROM orders GROUP BY who),
                     big AS (SELECT * FROM spent WHERE total > 3)
                SELECT name, total FROM big JOIN people ON who = id";
    assert_eq!(rows(with), ["ada|3.75"]);
    let derived = "SELECT d.age, d.n FROM (SELECT age, COUNT(*) AS n FROM people GROUP BY age) d WHERE d.n > 1";
    assert_eq!(rows(derived), ["20|2"]);
    assert_eq!(columns(derived), "AGE INTEGER, N BIGINT");
}

#[test]
fn windows_of_rows() {
    let number =
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY who ORDER BY id DESC) AS n FROM orders WHERE who = 1 ORDER BY id";
    assert_eq!(rows(number), ["10|2", "11|1"]);
    let rank = "SELECT name, RANK() OVER (ORDER BY age), DENSE_RANK() OVER (ORDER BY age) FROM people ORDER BY name";
    assert_eq!(rows(rank), ["ada|3|2", "bob|1|1", "eve|4|3", "kim|1|1"]);
    let lag = "SELECT id, LAG(id) OVER (ORDER BY id), LEAD(id, 2) OVER (ORDER BY id) FROM orders ORDER BY id LIMIT 3";
    assert_eq!(rows(lag), ["10|null|12", "11|10|13", "12|11|14"]);
    let running =
        "SELECT id, SUM(rate) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM orders ORDER BY id";
    assert_eq!(rows(running), ["10|1.0", "11|3.0", "12|5.0", "13|7.0", "14|9.0"]);
    let share = "SELECT id, rate / SUM(rate) OVER () FROM orders WHERE id < 12 ORDER BY id";
    assert_eq!(rows(share).len(), 2);
    assert_eq!(columns(number), "ID BIGINT, N BIGINT");
    assert_eq!(columns(rank), "NAME STRING, KSQL_COL_1 BIGINT, KSQL_COL_2 BIGINT");
}

#[test]
fn sets() {
    assert_eq!(rows("SELECT DISTINCT age FROM people ORDER BY age"), ["20", "36", "null"]);
    assert_eq!(sorted("SELECT id FROM people UNION SELECT who FROM orders"), ["1", "2", "3", "4", "9", "null"]);
    assert_eq!(sorted("SELECT id FROM people INTERSECT SELECT who FROM orders"), ["1", "2"]);
    assert_eq!(sorted("SELECT id FROM people EXCEPT SELECT who FROM orders"), ["3", "4"]);
    assert_eq!(rows("SELECT id FROM people UNION ALL SELECT who FROM orders").len(), 9);
    assert_eq!(rows("SELECT COUNT(DISTINCT age) FROM people"), ["2"]);
}

#[test]
fn aggregates_and_groups() {
    assert_eq!(rows("SELECT MEDIAN(rate), STDDEV(rate) FROM orders WHERE id < 13"), ["2.0|1.0"]);
    assert_eq!(rows("SELECT SUM(rate) FILTER (WHERE who = 1) FROM orders"), ["3.0"]);
    let rollup = "SELECT age, COUNT(*) FROM people GROUP BY ROLLUP(age) ORDER BY 2 DESC, 1";
    assert_eq!(rows(rollup), ["null|4", "20|2", "36|1", "null|1"]);
    let sets = "SELECT age, COUNT(*) FROM people WHERE age > 0 GROUP BY GROUPING SETS ((age), ()) ORDER BY 2, 1";
    assert_eq!(rows(sets), ["36|1", "20|2", "null|3"]);
    assert_eq!(rows("SELECT who, COUNT(*) FROM orders GROUP BY who HAVING COUNT(*) > 1"), ["1|2"]);
    assert_eq!(columns("SELECT SUM(price) AS s, AVG(id) AS a FROM orders"), "S DECIMAL(16, 2), A DOUBLE");
}

#[test]
fn names_are_ksqldbs() {
    assert_eq!(rows("select `Id` from `lower`"), ["7"]);
    assert_eq!(rows("select \"Id\" x from \"lower\""), ["7"]);
    assert_eq!(columns("select `Id` as y, id + 1, people.name from `lower` cross join people"), {
        "Y INTEGER, KSQL_COL_1 BIGINT, NAME STRING"
    });
    assert!(plan(&tables(), "SELECT Id FROM `lower` a JOIN people b ON a.Id = b.Id").is_err());
}

#[test]
fn stars_leave_out_what_is_hidden() {
    let all = "ID INTEGER, NAME STRING, AGE INTEGER, HOME STRUCT<CITY STRING, ZIP INTEGER>, MARKS ARRAY<INTEGER>";
    let named = |sql: &str| columns(sql).replace('`', "");
    assert_eq!(named("SELECT DISTINCT * FROM people"), all);
    assert_eq!(named("SELECT * FROM people WHERE ROWTIME IN (SELECT 1000)"), all);
    assert_eq!(rows("SELECT id FROM people WHERE ROWTIME IN (SELECT 1000)"), ["1"]);
    let joined = "SELECT p.id, o.* FROM people p JOIN orders o ON p.ROWTIME > o.ROWTIME";
    assert_eq!(named(joined), "P_ID INTEGER, O_ID BIGINT, WHO INTEGER, PRICE DECIMAL(6, 2), RATE DOUBLE");
    let stars =
        "SELECT * FROM people p JOIN (SELECT who, ROWTIME AS t FROM orders) o ON p.id = o.who AND p.ROWTIME > 0";
    assert_eq!(named(stars), format!("{all}, WHO INTEGER, T BIGINT"));
}

#[test]
fn structs_and_arrays() {
    let fields =
        "SELECT DISTINCT home->city, home->zip + 1 AS z, marks[1] FROM people WHERE home->city = 'rome' ORDER BY z";
    assert_eq!(rows(fields), ["rome|2|1", "rome|5|null"]);
    assert_eq!(columns(fields), "CITY STRING, Z BIGINT, KSQL_COL_2 INTEGER");
    assert_eq!(rows("SELECT DISTINCT STRUCT(a := 1, b := 'x')->b AS b FROM people"), ["x"]);
    assert_eq!(rows("SELECT DISTINCT MAP('k' := 5)['k'] AS v FROM people"), ["5"]);
}

#[test]
fn only_what_is_used_is_read_and_conditions_are_handed_down() {
    let tables = tables();
    let sql = "SELECT DISTINCT name FROM people WHERE id = 2 AND age > 3";
    assert_eq!(rows_of(plan(&tables, sql).unwrap()).unwrap(), ["bob"]);
    let scans = tables.get("PEOPLE").unwrap().scans.lock().clone();
    let [scan] = scans.as_slice() else { panic!("{scans:?}") };
    assert!(scan.columns.len() <= 3, "{scan:?}");
    let [equal] = scan.equal.as_slice() else { panic!("{scan:?}") };
    assert_eq!((equal.column, equal.values.len()), (0, 1));
    let sql = "SELECT DISTINCT name FROM people WHERE id IN (1, 4) ORDER BY name";
    assert_eq!(rows_of(plan(&tables, sql).unwrap()).unwrap(), ["ada", "kim"]);
    let scan = tables.get("PEOPLE").unwrap().scans.lock().last().cloned().unwrap();
    assert_eq!(scan.equal.first().map(|e| e.values.len()), Some(2));
    assert_eq!(rows_of(plan(&tables, "SELECT COUNT(*) FROM people, orders").unwrap()).unwrap(), ["20"]);
    assert!(tables.get("ORDERS").unwrap().scans.lock().last().unwrap().columns.is_empty());
}

#[test]
fn limits_are_told() {
    let planned = plan(&tables(), "SELECT DISTINCT id FROM people ORDER BY id LIMIT 2 OFFSET 1").unwrap();
    assert_eq!(planned.limit(), Some(2));
    assert!(planned.explain().contains("TableScan: PEOPLE"), "{}", planned.explain());
    assert_eq!(rows_of(planned).unwrap(), ["2", "3"]);
}
