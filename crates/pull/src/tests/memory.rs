//! Bounds: memory, and clients that go.

use std::sync::Arc;

use arrow::array::Int64Array;
use millstream_types::SqlType;

use super::{Tables, rows_of};
use crate::{MEMORY_MAX, read};

/// A table of some million rows.
fn large() -> Tables {
    let mut tables = Tables::default();
    tables.add("BIG", 1000, vec![("N", SqlType::Bigint, Arc::new(Int64Array::from_iter_values(0..4096)))]);
    tables
}

#[test]
fn a_query_that_needs_too_much_memory_ends_alone() {
    for sql in [
        "SELECT DISTINCT a.n + b.n * 5000 AS x FROM big a JOIN big b ON a.n < b.n",
        "SELECT a.n FROM big a JOIN big b ON a.n = b.n",
        "SELECT n FROM big WHERE n IN (SELECT 5 - n FROM big) ORDER BY n + 1",
        "SELECT n, SUM(n) OVER (), LAG(n) OVER () FROM big",
    ] {
        let planned = read(sql).unwrap().plan(&large(), 4 * 1024 * 1024).unwrap();
        let error = rows_of(planned).err().unwrap_or_else(|| panic!("{sql}: it had room"));
        assert!(error.contains("millstream.pull.memory.max.bytes"), "{sql}: {error}");
    }
    let planned = read("SELECT COUNT(*), MAX(n) FROM big WHERE n + 0 = 7 AND EXISTS (SELECT 1)").unwrap();
    assert_eq!(rows_of(planned.plan(&large(), 4 * 1024 * 1024).unwrap()).unwrap(), ["1000|7"]);
}

#[test]
fn a_query_ends_when_nobody_waits_for_it() {
    for sql in [
        "SELECT COUNT(*) FROM big a, big b WHERE a.n + b.n = -1",
        "SELECT a.n, b.n FROM big a JOIN big b ON a.n <> b.n",
        "SELECT DISTINCT n FROM big ORDER BY n",
    ] {
        let planned = read(sql).unwrap().plan(&large(), MEMORY_MAX).unwrap();
        let mut asked = 0;
        planned
            .run(|| false, &mut |_| {
                asked += 1;
                asked < 3
            })
            .unwrap();
        assert_eq!(asked, 3, "{sql}");
    }
}

#[test]
fn a_join_without_results_ends_when_nobody_waits_for_it() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let sql = "SELECT COUNT(*) FROM big a JOIN big b ON a.n * 7 + b.n * b.n = -5";
    let planned = read(sql).unwrap().plan(&large(), MEMORY_MAX).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let ended = planned.run(move || counted.fetch_add(1, Ordering::Relaxed) >= 10, &mut |_| true);
    assert!(ended.is_err());
    assert_eq!(asked.load(Ordering::Relaxed), 11);
}
