//! Examples of one overload in one batch: rows do not see one another, and neither where their arrays begin.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use millstream_types::{SqlType, arrow_type};

use super::literal::{self, Literal};
use crate::{Arg, Call, Example, Resolved, all, all_added, all_table};

/// Examples with the same argument types.
struct Batch {
    resolved: Resolved,
    returns: SqlType,
    rows: Vec<(Vec<Literal>, Literal)>,
}

/// Evaluates the examples of a function, as many as there are of each overload and type at a time. Gives how many ran
/// together with another one.
fn check(name: &str, examples: &[Example], resolve: impl Fn(&[Option<SqlType>]) -> (Resolved, SqlType)) -> usize {
    let mut batches: HashMap<(Vec<SqlType>, SqlType), Batch> = HashMap::new();
    // Lambdas are expressions: the planner's tests run their examples.
    for example in examples.iter().filter(|e| !e.call.contains("=>")) {
        let (_, args) = literal::call(example.call);
        let (resolved, returns) = resolve(&args.iter().map(Literal::ty).collect::<Vec<_>>());
        let key = (resolved.params.clone(), returns.clone());
        let batch = batches.entry(key).or_insert_with(|| Batch { resolved, returns, rows: Vec::new() });
        batch.rows.push((args, literal::parse(example.result)));
    }
    batches.retain(|_, batch| batch.rows.len() > 1 && !batch.resolved.params.is_empty());
    batches.values().for_each(|batch| run(name, batch));
    batches.values().map(|batch| batch.rows.len()).sum()
}

fn run(name: &str, batch: &Batch) {
    let params = &batch.resolved.params;
    let columns: Vec<ArrayRef> = (0..params.len())
        .map(|i| literal::array(&params[i], &batch.rows.iter().map(|(args, _)| &args[i]).collect::<Vec<_>>()))
        .collect();
    let expected = literal::array(&batch.returns, &batch.rows.iter().map(|(_, result)| result).collect::<Vec<_>>());
    let returns = arrow_type(&batch.returns);
    // All rows; and twice as many, of which the first half and one more are cut off.
    for (times, start) in [(1, 0), (2, batch.rows.len() + 1)] {
        let cut = |array: &ArrayRef| {
            let whole = concat(&vec![array.as_ref(); times]).unwrap();
            whole.slice(start, whole.len() - start)
        };
        let args: Vec<Arg> = columns.iter().map(|column| Arg::column(cut(column))).collect();
        let expected = cut(&expected);
        let call = Call { args: &args, rows: expected.len(), lambdas: &[], returns: &returns };
        let actual = (batch.resolved.overload.eval)(&call).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(&actual, &expected, "{name}");
    }
}

#[test]
fn rows_of_a_batch_are_on_their_own() {
    let mut together = 0;
    for function in all().iter().chain(all_added()) {
        together += check(function.name, function.examples, |types| {
            let resolved = function.resolve(types).unwrap();
            let returns = resolved.returns.clone();
            (resolved, returns)
        });
    }
    for function in all_table() {
        together += check(function.name, function.examples, |types| {
            let resolved = function.resolve(types).unwrap();
            let returns = SqlType::Array(resolved.returns.clone().into());
            (resolved, returns)
        });
    }
    assert!(together > 100, "{together} examples ran in company");
}
