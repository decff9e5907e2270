//! The pairs: an expression of ours, planned from SQL, and the plain kernel for the same work.
//!
//! The plain side is what a program over DataFusion would run: its expressions and functions, or Arrow's kernel where it
//! has none. It may be laxer than ksqlDB (a null comparison is null there); the data keeps the values the same.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch};
use arrow::compute::kernels::numeric::add_wrapping;
use arrow::datatypes::{DataType, Field, Schema};
use datafusion_common::ScalarValue;
use datafusion_expr::{ColumnarValue, Operator, ScalarUDF};
use datafusion_physical_expr::expressions::{BinaryExpr, CaseExpr, Column, IsNotNullExpr, Literal, cast, like};
use datafusion_physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use millstream_plan::topology::Step;
use millstream_plan::{Catalog, Plan, Settings, plan};

use super::data::SOURCE;
use crate::Result;

type Expr = Arc<dyn PhysicalExpr>;

/// One pair.
pub(crate) struct Case {
    /// What it stands for.
    pub(crate) name: &'static str,
    /// Ours as SQL.
    pub(crate) sql: &'static str,
    /// Ours, compiled.
    pub(crate) ours: Expr,
    /// The plain kernel.
    pub(crate) plain: Expr,
}

/// All pairs over batches like this one.
pub(crate) fn all(batch: &RecordBatch) -> Result<Vec<Case>> {
    let k = Plain { rows: batch.schema_ref() };
    let pairs: Vec<(&'static str, &'static str, Expr)> = vec![
        ("integers", "L * 2 + L", k.op(k.op(k.col("L"), Operator::Multiply, k.long(2)), Operator::Plus, k.col("L"))),
        ("integers, divided", "L / 7", k.op(k.col("L"), Operator::Divide, k.long(7))),
        (
            "doubles",
            "D * 1.5E0 + D",
            k.op(k.op(k.col("D"), Operator::Multiply, k.double(1.5)), Operator::Plus, k.col("D")),
        ),
        ("mixed", "D + I", k.op(k.col("D"), Operator::Plus, k.cast(k.col("I"), DataType::Float64)?)),
        ("decimals, added", "N + N", k.op(k.col("N"), Operator::Plus, k.col("N"))),
        ("decimals, multiplied", "N * N", k.op(k.col("N"), Operator::Multiply, k.col("N"))),
        ("comparison", "L > 1000000", k.known(k.op(k.col("L"), Operator::Gt, k.long(1_000_000)), "L")?),
        (
            "conditions",
            "L > 1000000 AND D < 5000E0",
            k.op(
                k.known(k.op(k.col("L"), Operator::Gt, k.long(1_000_000)), "L")?,
                Operator::And,
                k.known(k.op(k.col("D"), Operator::Lt, k.double(5000.0)), "D")?,
            ),
        ),
        (
            "text, equal",
            "T = 'order order order'",
            k.known(k.op(k.col("T"), Operator::Eq, k.text("order order order")), "T")?,
        ),
        ("text, upper case", "UCASE(T)", k.call("upper", vec![k.col("T")])?),
        ("text, joined", "T || '-' || Y", k.call("concat", vec![k.col("T"), k.text("-"), k.col("Y")])?),
        ("text, a part", "SUBSTRING(T, 2, 5)", k.call("substr", vec![k.col("T"), k.long(2), k.long(5)])?),
        ("text, length", "LEN(T)", k.call("character_length", vec![k.col("T")])?),
        (
            "text, replaced",
            "REPLACE(T, 'order', 'x')",
            k.call("replace", vec![k.col("T"), k.text("order"), k.text("x")])?,
        ),
        (
            "text, found",
            "INSTR(T, 'Paris')",
            // ksqlDB's is 0 for a null text.
            Arc::new(CaseExpr::try_new(
                None,
                vec![(Arc::new(IsNotNullExpr::new(k.col("T"))), k.call("strpos", vec![k.col("T"), k.text("Paris")])?)],
                Some(Arc::new(Literal::new(ScalarValue::Int32(Some(0))))),
            )?),
        ),
        (
            "CASE",
            "CASE WHEN L > 1000000 THEN 'much' WHEN L > 1000 THEN 'some' ELSE 'little' END",
            Arc::new(CaseExpr::try_new(
                None,
                vec![
                    (k.op(k.col("L"), Operator::Gt, k.long(1_000_000)), k.text("much")),
                    (k.op(k.col("L"), Operator::Gt, k.long(1000)), k.text("some")),
                ],
                Some(k.text("little")),
            )?),
        ),
        ("struct field", "ST->F", k.call("get_field", vec![k.col("ST"), k.text("F")])?),
        ("array element", "A[2]", k.call("array_element", vec![k.col("A"), k.long(2)])?),
        ("LIKE, inside", "T LIKE '%Paris%'", k.known(like(false, false, k.col("T"), k.text("%Paris%"), k.rows)?, "T")?),
        (
            "LIKE, from the start",
            "T LIKE 'order%'",
            k.known(like(false, false, k.col("T"), k.text("order%"), k.rows)?, "T")?,
        ),
        (
            "LIKE, several parts",
            "T LIKE '%order%Par_s%'",
            k.known(like(false, false, k.col("T"), k.text("%order%Par_s%"), k.rows)?, "T")?,
        ),
        (
            "regular expression",
            "REGEXP_REPLACE(T, '[0-9]+-', '#')",
            k.call("regexp_replace", vec![k.col("T"), k.text("[0-9]+-"), k.text("#"), k.text("g")])?,
        ),
        ("CAST, number to text", "CAST(L AS STRING)", k.cast(k.col("L"), DataType::Utf8)?),
        ("CAST, text to number", "CAST(Y AS INT)", k.cast(k.col("Y"), DataType::Int32)?),
        ("CAST, double to integer", "CAST(D AS BIGINT)", k.cast(k.col("D"), DataType::Int64)?),
        (
            "CAST, time to text",
            "CAST(TS AS STRING)",
            k.call("to_char", vec![k.col("TS"), k.text("%Y-%m-%dT%H:%M:%S%.3f")])?,
        ),
        ("lambda", "TRANSFORM(A, x => x + 5)", Arc::new(AddToItems { column: k.index("A") })),
        (
            "functions in one another",
            "ABS(L - 1000000)",
            k.call("abs", vec![k.op(k.col("L"), Operator::Minus, k.long(1_000_000))])?,
        ),
    ];
    let mut cases = Vec::with_capacity(pairs.len());
    for (name, sql, plain) in pairs {
        let ours = ours(sql, batch.schema_ref())?;
        cases.push(Case { name, sql, ours, plain });
    }
    Ok(cases)
}

/// An expression planned from SQL, moved to the columns of the whole batch.
fn ours(sql: &str, rows: &Schema) -> Result<Expr> {
    let mut catalog = Catalog::default();
    let text = format!("{SOURCE} SELECT {sql} AS X FROM S EMIT CHANGES;");
    let wrong = |findings: Vec<millstream_sql::Diagnostic>| -> String {
        findings.iter().map(|f| f.render(&text)).collect::<Vec<_>>().join("\n")
    };
    for statement in millstream_sql::parse(&text).map_err(wrong)? {
        match plan(&statement, &catalog, &Settings::default()).map_err(wrong)? {
            Plan::CreateSource { source, .. } => catalog.put(source),
            Plan::Select { topology, .. } => {
                let step = topology.stages.iter().flat_map(|s| &s.steps).next();
                let Some(Step::Project { columns, .. }) = step else { continue };
                let expr = columns.first().map(|c| Arc::clone(&c.expr)).ok_or("no column")?;
                return Ok(datafusion_physical_expr::utils::reassign_expr_columns(expr, rows)?);
            }
            _ => {}
        }
    }
    Err(format!("{sql} has no plan").into())
}

/// Builds plain expressions over the columns of a batch.
struct Plain<'a> {
    rows: &'a Schema,
}

impl Plain<'_> {
    fn index(&self, name: &str) -> usize {
        self.rows.index_of(name).unwrap_or(usize::MAX)
    }

    fn col(&self, name: &str) -> Expr {
        Arc::new(Column::new(name, self.index(name)))
    }

    fn long(&self, value: i64) -> Expr {
        Arc::new(Literal::new(ScalarValue::Int64(Some(value))))
    }

    fn double(&self, value: f64) -> Expr {
        Arc::new(Literal::new(ScalarValue::Float64(Some(value))))
    }

    fn text(&self, value: &str) -> Expr {
        Arc::new(Literal::new(ScalarValue::Utf8(Some(value.to_owned()))))
    }

    fn op(&self, left: Expr, op: Operator, right: Expr) -> Expr {
        Arc::new(BinaryExpr::new(left, op, right))
    }

    fn cast(&self, expr: Expr, to: DataType) -> Result<Expr> {
        Ok(cast(expr, self.rows, to)?)
    }

    /// The condition for rows where the column is not null, else false: the plain way to two values.
    fn known(&self, condition: Expr, column: &str) -> Result<Expr> {
        let given: Expr = Arc::new(IsNotNullExpr::new(self.col(column)));
        Ok(self.op(given, Operator::And, condition))
    }

    fn call(&self, name: &str, args: Vec<Expr>) -> Result<Expr> {
        let function = find(name).ok_or_else(|| format!("DataFusion has no function {name}"))?;
        Ok(Arc::new(ScalarFunctionExpr::try_new(function, args, self.rows, Arc::default())?))
    }
}

fn find(name: &str) -> Option<Arc<ScalarUDF>> {
    let all = datafusion_functions::all_default_functions().into_iter();
    let all = all.chain(datafusion_functions_nested::all_default_nested_functions());
    let mut named = all.filter(|f| f.name() == name || f.aliases().iter().any(|a| a == name));
    named.next()
}

/// `x + 5` for each item of a column of lists, as one writes it with Arrow alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AddToItems {
    column: usize,
}

impl std::fmt::Display for AddToItems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("items + 5")
    }
}

impl PhysicalExpr for AddToItems {
    fn data_type(&self, rows: &Schema) -> datafusion_common::Result<DataType> {
        Ok(rows.field(self.column).data_type().clone())
    }

    fn evaluate(&self, batch: &RecordBatch) -> datafusion_common::Result<ColumnarValue> {
        let lists = batch.column(self.column).as_list::<i32>();
        let five = arrow::array::Int32Array::new_scalar(5);
        let items = add_wrapping(lists.values(), &five)?;
        let field = Arc::new(Field::new("item", DataType::Int32, true));
        let lists = ListArray::try_new(field, lists.offsets().clone(), items, lists.nulls().cloned())?;
        Ok(ColumnarValue::Array(Arc::new(lists) as ArrayRef))
    }

    fn children(&self) -> Vec<&Expr> {
        Vec::new()
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Expr>) -> datafusion_common::Result<Expr> {
        Ok(self)
    }

    fn fmt_sql(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
