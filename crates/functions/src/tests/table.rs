//! Table functions: every example runs, and what makes no rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, ListArray};
use arrow::datatypes::{DataType, Int32Type};
use millstream_types::{SqlType, arrow_type};

use super::evaluate;
use super::literal::{self, Literal};
use crate::{Arg, Call, Error, all_table, find_table};

#[test]
fn examples_hold() {
    for function in all_table() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for example in function.examples {
            let (name, args) = literal::call(example.call);
            assert_eq!(name, function.name);
            let resolved = function.resolve(&args.iter().map(Literal::ty).collect::<Vec<_>>()).unwrap();
            let rows = SqlType::Array(resolved.returns.clone().into());
            let actual = evaluate(&name, &resolved, &args, &rows).unwrap();
            let expected = literal::array(&rows, &[&literal::parse(example.result)]);
            assert_eq!(&actual, &expected, "{}", example.call);
        }
    }
}

#[test]
fn functions_are_found_and_resolved() {
    assert!(find_table("explode").is_some() && find_table("ABS").is_none());
    assert!(all_table().is_sorted_by_key(|f| f.name.to_uppercase()));
    let structs = SqlType::Array(SqlType::Struct([].into()).into());
    let resolved = find_table("EXPLODE").unwrap().resolve(&[Some(structs)]).unwrap();
    assert_eq!(resolved.returns, SqlType::Struct([].into()));
    let error = find_table("EXPLODE").unwrap().resolve(&[Some(SqlType::Integer)]).unwrap_err();
    let text = "Function 'EXPLODE' does not accept parameters (INTEGER).\nValid alternatives are:\nEXPLODE(ARRAY<T> array)\n\
         For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;";
    assert_eq!(error, Error::User(text.into()));
}

/// The lists that a function makes of a column of INTEGER arrays.
fn lists(name: &str, rows: Vec<Option<Vec<Option<i32>>>>) -> Result<ListArray, Error> {
    let function = find_table(name).unwrap();
    let resolved = function.resolve(&[Some(SqlType::Array(SqlType::Integer.into()))])?;
    let returns = arrow_type(&SqlType::Array(resolved.returns.into()));
    let count = rows.len();
    let column: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows));
    let args = [Arg::column(column)];
    let made = (resolved.overload.eval)(&Call { args: &args, rows: count, lambdas: &[], returns: &returns })?;
    Ok(made.as_list().clone())
}

#[test]
fn empty_and_null_arrays_make_no_rows() {
    let made = lists("EXPLODE", vec![Some(vec![]), None, Some(vec![Some(7), None])]).unwrap();
    assert_eq!(made.iter().map(|l| l.map_or(0, |l| l.len())).collect::<Vec<_>>(), [0, 0, 2]);
    let made = lists("CUBE_EXPLODE", vec![Some(vec![]), None, Some(vec![None]), Some(vec![Some(7)])]).unwrap();
    assert_eq!(made.iter().map(|l| l.map_or(0, |l| l.len())).collect::<Vec<_>>(), [1, 0, 1, 2]);
    let empty = made.value(0).as_list::<i32>().value(0);
    assert_eq!((empty.len(), empty.data_type()), (0, &DataType::Int32));
    assert_eq!(made.value(3).as_list::<i32>().value(1).as_primitive(), &Int32Array::from(vec![7]));
}

#[test]
fn cubes_are_bounded() {
    let nulls = |count| vec![Some(vec![None; count])];
    assert_eq!(lists("CUBE_EXPLODE", nulls(20)).unwrap().value(0).len(), 1);
    let error = lists("CUBE_EXPLODE", nulls(21)).unwrap_err();
    assert_eq!(error, Error::Data("CUBE_EXPLODE: 21 elements are more than 20".into()));
    let wide = (0..8).map(|_| Some((0..20).map(Some).collect())).collect();
    assert!(lists("CUBE_EXPLODE", wide).unwrap_err().to_string().starts_with("The results of a batch"));
}
