//! Aggregate functions: each is computed anew from all rows of its group. Here is what a call is; `draw` draws one, `result`
//! says what it gives, and `spread` what variances and their like are.

mod draw;
mod result;
mod spread;

use crate::chance::{Chance, happens, pick};
use crate::expr::{Expr, Row, Typed};
use crate::expr_draw::Draw;
use crate::value::{Ty, Value};

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    name: &'static str,
    /// What it is given of each row; none: the row itself, `*`.
    args: Vec<Expr>,
    /// How many values it may give, if it gives several.
    n: Option<usize>,
    /// Another constant, as the statement has it.
    constant: Option<&'static str>,
    /// Whether nulls count.
    nulls: bool,
    /// Whether equal values count once.
    distinct: bool,
    /// The rows that it sees; `None`: all.
    filter: Option<Expr>,
    /// The type of its first argument.
    from: Ty,
    /// Its own type.
    pub(crate) ty: Ty,
}

/// What a group allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rows come in a known order, and stay.
    Ordered,
    /// Rows come in any order, and stay.
    AnyOrder,
    /// Rows come in a known order, and are taken back.
    OrderedUndo,
    /// Rows come in any order, and are taken back.
    AnyOrderUndo,
}

impl Call {
    /// `COUNT(*)`
    pub(crate) fn count() -> Self {
        Self {
            name: "COUNT(*)",
            args: Vec::new(),
            n: None,
            constant: None,
            nulls: true,
            distinct: false,
            filter: None,
            from: Ty::Long,
            ty: Ty::Long,
        }
    }

    /// As text.
    pub(crate) fn sql(&self) -> String {
        let filter = self.filter.as_ref().map(|of| format!(" FILTER (WHERE {})", of.sql())).unwrap_or_default();
        if self.args.is_empty() {
            return format!("COUNT(*){filter}");
        }
        let args: Vec<String> = self.args.iter().map(Expr::sql).collect();
        let distinct = if self.distinct { "DISTINCT " } else { "" };
        let n = self.n.map(|n| format!(", {n}")).unwrap_or_default();
        let constant = self.constant.map(|text| format!(", {text}")).unwrap_or_default();
        let nulls = if self.nulls { ", FALSE" } else { "" };
        format!("{}({distinct}{}{n}{constant}{nulls}){filter}", self.name, args.join(", "))
    }

    /// What it is given of a row, several values as a list; `None`: it does not see the row.
    pub(crate) fn given(&self, row: Row<'_>) -> Option<Value> {
        if self.filter.as_ref().is_some_and(|condition| !condition.holds(row)) {
            return None;
        }
        Some(match self.args.as_slice() {
            // As in ksqlDB `*` stands for the time of the first source's row, which an outer join may lack.
            [] if row.first => Value::Long(row.time),
            [] => Value::Null,
            [only] => only.value(row),
            several => Value::List(several.iter().map(|arg| arg.value(row)).collect()),
        })
    }
}

/// Calls of a group, and a draw of them.
pub(crate) fn calls(draw: &mut Draw<'_>, kind: Kind) -> Vec<Call> {
    let count = draw.chance.usize(1..5);
    (0..count).map(|_| Call::draw(draw, kind)).collect()
}

/// Whether a call may be compared with a number in HAVING: one of them, by place.
pub(crate) fn having(chance: &mut Chance, calls: &[Call]) -> Option<(usize, &'static str, Value)> {
    let fit: Vec<usize> =
        (0..calls.len()).filter(|at| matches!(calls[*at].ty, Ty::Int | Ty::Long | Ty::Double)).collect();
    if fit.is_empty() || !happens(chance, 35) {
        return None;
    }
    let op = pick(chance, &["<", "<=", ">", ">=", "<>", "="]);
    Some((pick(chance, &fit), op, Value::Int(chance.i32(0..6))))
}

/// Expressions of calls: what a projection makes of their results.
pub(crate) fn over(chance: &mut Chance, calls: &[Call]) -> Vec<Typed> {
    let columns: Vec<_> = calls.iter().map(|call| crate::expr::Column::new(call.sql(), call.ty.clone())).collect();
    let mut draw = Draw { chance, columns: &columns, row_time: false };
    let mut out = Vec::new();
    if happens(draw.chance, 30) {
        let ty = pick(draw.chance, &[Ty::Int, Ty::Long, Ty::Long, Ty::Double, Ty::Text, Ty::Bool]);
        let depth = draw.chance.u32(1..3);
        out.push(draw.of(&ty, depth));
    }
    let list = |of: &Ty| Ty::List(Box::new(of.clone()));
    let keys = draw.column(|ty| *ty == list(&Ty::Text));
    if let Some((keys, values)) = keys.and_then(|keys| Some((keys, draw.column(|ty| *ty == list(&Ty::Long))?))) {
        out.push(Typed { expr: Expr::Call("AS_MAP", vec![keys.expr, values.expr]), ty: Ty::Counts });
    }
    out
}
