//! What is said of queries that cannot be answered; nothing that can be written makes a panic.

use super::{columns, plan, tables};
use crate::read;

/// The finding of a query, as it is shown.
fn refused(sql: &str) -> String {
    match plan(&tables(), sql) {
        Ok(_) => panic!("{sql}: nothing is wrong"),
        Err(finding) => finding.render(sql),
    }
}

#[test]
fn findings_have_places() {
    let told = refused("SELECT a.nam FROM people a JOIN orders b ON a.id = b.who");
    assert!(told.starts_with("line 1:8: Column 'A.NAM' cannot be resolved."), "{told}");
    assert!(told.contains("\n       ^"), "{told}");
    let told = refused("SELECT DISTINCT name\nFROM persons");
    assert!(told.starts_with("line 2:6: PERSONS does not exist."), "{told}");
    let told = refused("SELECT id FROM people a JOIN orders b ON a.id = b.who");
    assert!(told.contains("ambiguous"), "{told}");
    let told = refused("SELECT DISTINCT nofunc(name) FROM people");
    assert!(told.to_lowercase().contains("nofunc"), "{told}");
    let told = refused("SELECT DISTINCT UCASE(id) FROM people");
    assert!(told.contains("does not accept parameters (INTEGER)"), "{told}");
    let told = refused("SELECT DISTINCT INTERVAL '1' DAY AS i FROM people");
    assert!(told.contains("no SQL type") && told.contains("Hint: "), "{told}");
}

#[test]
fn texts_that_cannot_be_read() {
    for (sql, part) in [
        ("SELECT DISTINCT FROM WHERE", "line 1:"),
        ("SELECT 'x", "Syntax Error"),
        ("SELECT 1; SELECT 2", "line 1:11: Syntax Error\nExpected: end of statement, found: SELECT"),
        ("WITH a AS (SELECT 1) DELETE FROM people", "cannot change anything"),
        ("WITH a AS (SELECT 1) INSERT INTO people SELECT 1", "cannot change anything"),
        ("SELECT * INTO x FROM people", "cannot change anything"),
    ] {
        let finding = read(sql).unwrap_err().render(sql);
        assert!(finding.contains(part), "{sql}: {finding}");
    }
    let wide = format!("SELECT DISTINCT id FROM people WHERE id IN ({}1)", "1,".repeat(5000));
    assert_eq!(columns(&wide), "ID INTEGER");
    let chain = format!("SELECT DISTINCT id FROM people WHERE id = 1{}", " OR id = 2 AND age > 3".repeat(200));
    assert_eq!(columns(&chain), "ID INTEGER");
    let sum = format!("SELECT DISTINCT 1{} AS s FROM people", " + id".repeat(900));
    assert_eq!(super::rows(&sum).len(), 4);
}

#[test]
fn damaged_queries_do_not_panic() {
    let whole = [
        "WITH x AS (SELECT who, SUM(price) AS t FROM orders GROUP BY who) SELECT p.name, x.t, RANK() OVER (PARTITION BY \
         p.age ORDER BY x.t DESC NULLS LAST) FROM people p LEFT JOIN x ON p.id = x.who WHERE EXISTS (SELECT 1 FROM \
         orders) ORDER BY 1 LIMIT 3 OFFSET 1;",
        "SELECT DISTINCT home->city, marks[1], MAP('a' := 1)['a'], SUBSTRING(name, 1, 2), CAST(age AS DECIMAL(4, 2)), \
         CASE WHEN age IS NULL THEN 'x' ELSE \"NAME\" END FROM people UNION SELECT `ID` FROM orders EXCEPT SELECT 1;",
        "SELECT a.*, b.* FROM people a CROSS JOIN (SELECT -1.5E3 x, DATE '2024-01-01') b WHERE a.id NOT IN (SELECT 2) \
         AND name LIKE '%a' GROUP BY ROLLUP(a.id) HAVING COUNT(*) BETWEEN 1 AND 2;",
    ];
    let tables = tables();
    let mut planned = 0;
    for sql in whole {
        let words: Vec<&str> = sql.split_inclusive([' ', '(', ')', ',']).collect();
        for skip in 0..words.len() {
            let without: String = words.iter().enumerate().filter(|(i, _)| *i != skip).map(|(_, w)| *w).collect();
            let doubled: String = words.iter().enumerate().map(|(i, w)| w.repeat(1 + usize::from(i == skip))).collect();
            for damaged in [without, doubled, words.iter().take(skip).copied().collect()] {
                planned += usize::from(plan(&tables, &damaged).is_ok());
            }
        }
    }
    assert!(planned > 0);
    for odd in
        ["", ";", "()", "SELECT", "WITH", "é", "SELECT `", "SELECT \u{0}", "(SELECT 1)", "VALUES (1)", "TABLE people"]
    {
        let _ = plan(&tables, odd);
    }
}
