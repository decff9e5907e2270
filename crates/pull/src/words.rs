//! Functions of other dialects that neither ksqlDB nor DataFusion has, put as DataFusion reads them: `MOD`, `IF`, `YEAR` …
//! They mean what they mean in statements of ksqlDB's grammar.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, Expr, FunctionArg, FunctionArgExpr, FunctionArgumentList, Value,
};

use crate::rewrite::call;

/// What a call of that upper-case name means; `None`: DataFusion knows it by that name, or it is none of these.
pub(crate) fn meant(name: &str, list: &FunctionArgumentList) -> Option<Expr> {
    let args = || list.args.iter().map(plain).collect::<Option<Vec<Expr>>>();
    match (name, list.args.len()) {
        ("MOD", 2) => modulo(args()?),
        ("IF" | "IIF", 3) => choice(args()?),
        ("CEILING", _) => Some(call("ceil", args()?)),
        ("TRUNCATE", _) => Some(call("trunc", args()?)),
        ("ZEROIFNULL", 1) => Some(call("coalesce", args()?.into_iter().chain([zero()]).collect())),
        ("NULLIFZERO", 1) => Some(call("nullif", args()?.into_iter().chain([zero()]).collect())),
        ("LOCATE", 2) => Some(call("instr", args()?.into_iter().rev().collect())),
        ("YEAR" | "QUARTER" | "MONTH" | "WEEK" | "DAY" | "HOUR" | "MINUTE" | "SECOND", 1) => {
            let field = Expr::Value(Value::SingleQuotedString(name.to_ascii_lowercase()).into());
            Some(call("date_part", std::iter::once(field).chain(args()?).collect()))
        }
        _ => None,
    }
}

/// An argument that is no more than an expression.
fn plain(arg: &FunctionArg) -> Option<Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    }
}

fn zero() -> Expr {
    Expr::Value(Value::Number("0".into(), false).into())
}

fn modulo(args: Vec<Expr>) -> Option<Expr> {
    let [left, right] = <[Expr; 2]>::try_from(args).ok()?;
    Some(Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Modulo, right: Box::new(right) })
}

fn choice(args: Vec<Expr>) -> Option<Expr> {
    let [condition, result, otherwise] = <[Expr; 3]>::try_from(args).ok()?;
    Some(Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: Some(Box::new(otherwise)),
    })
}
