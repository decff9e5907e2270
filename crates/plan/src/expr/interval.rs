//! `moment + INTERVAL '1' DAY` and `moment - INTERVAL …`: ksqlDB's functions that move moments. (An extension.)
//!
//! The parser gives an interval as `INTERVAL(n, unit)`, which means something beside `+` and `-` only.

use millstream_sql::ast::{ArithmeticOp, Expr, ExprKind, TimeUnit};
use millstream_types::SqlType;

use super::shown::Shown;
use super::{Compiler, Typed, literal};
use crate::Dialect;

impl Compiler<'_> {
    /// A moment that is moved; `None`: no operand is an interval.
    pub(super) fn moved(&mut self, whole: &Expr, op: ArithmeticOp, left: &Expr, right: &Expr) -> Option<Option<Typed>> {
        if self.scope.reading.dialect == Dialect::Ksql {
            return None;
        }
        let (moment, (count, unit)) = match (op, interval(left), interval(right)) {
            (ArithmeticOp::Add | ArithmeticOp::Subtract, _, Some(interval)) => (left, interval),
            (ArithmeticOp::Add, Some(interval), None) => (right, interval),
            _ => return None,
        };
        Some(self.moved_by(whole, op, moment, count, unit))
    }

    fn moved_by(&mut self, whole: &Expr, op: ArithmeticOp, moment: &Expr, count: i32, unit: TimeUnit) -> Option<Typed> {
        let typed = self.operand(moment)?;
        let whole_days = matches!(unit, TimeUnit::Years | TimeUnit::Months | TimeUnit::Days);
        let function = match (&typed.ty, op) {
            (Some(SqlType::Timestamp), ArithmeticOp::Add) => "TIMESTAMPADD",
            (Some(SqlType::Timestamp), _) => "TIMESTAMPSUB",
            (Some(SqlType::Date), ArithmeticOp::Add) if whole_days => "DATEADD",
            (Some(SqlType::Date), _) if whole_days => "DATESUB",
            (Some(SqlType::Time), ArithmeticOp::Add) if !whole_days => "TIMEADD",
            (Some(SqlType::Time), _) if !whole_days => "TIMESUB",
            _ => {
                let message = format!(
                    "Error processing expression: {}. {} is not moved by {}.",
                    Shown(whole),
                    typed.type_name(),
                    unit.name()
                );
                return self.reject_type(whole.span, message);
            }
        };
        self.call_typed(whole.span, function, vec![literal::text(unit.name()), literal::integer(count), typed])
    }
}

/// How many of which unit an interval has, if the expression is one.
fn interval(expr: &Expr) -> Option<(i32, TimeUnit)> {
    match &expr.kind {
        ExprKind::Call { name, args } if name.value == "INTERVAL" => match args.as_slice() {
            [Expr { kind: ExprKind::Integer(count), .. }, Expr { kind: ExprKind::Unit(unit), .. }] => {
                Some((*count, *unit))
            }
            _ => None,
        },
        _ => None,
    }
}
